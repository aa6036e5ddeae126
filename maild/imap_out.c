/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <time.h>

#include "conf.h"
#include "imap_command.h"
#include "imap_enable.h"
#include "imap_state.h"
#include "imap_write.h"

/* Gather so much before it goes to the session. */
#define OUT_GATHER ((size_t)16384)
/* Bytes of ranges in one response, about. */
#define OUT_RANGES ((size_t)4096)

void
imap_flush(struct imap *im)
{
	if (im->out.len > 0)
		session_write(im->session, buf_span(&im->out));
	buf_clear(&im->out);
	im->room = 0;
}

size_t
imap_room(struct imap *im)
{
	if (im->out.len >= OUT_GATHER)
		imap_flush(im);
	if (im->room == 0)
		im->room = session_room(im->session);
	return im->room > im->out.len ? im->room - im->out.len : 0;
}

size_t
imap_room_for(struct imap *im, size_t piece)
{
	size_t room = imap_room(im);

	return (room < OUT_GATHER ? room : OUT_GATHER) / piece;
}

void
imap_out_bulk(struct imap *im, struct span s)
{
	if (s.n < OUT_GATHER / 4) {
		buf_add_span(&im->out, s);
		return;
	}
	imap_flush(im);
	session_write(im->session, s);
	im->room = 0;
}

void
imap_out_number(struct buf *out, uint64_t n)
{
	static const char pairs[] = "00010203040506070809"
	    "10111213141516171819" "20212223242526272829"
	    "30313233343536373839" "40414243444546474849"
	    "50515253545556575859" "60616263646566676869"
	    "70717273747576777879" "80818283848586878889"
	    "90919293949596979899";
	char digits[20], *p = digits + sizeof(digits);

	while (n >= 10) {
		p -= 2;
		memcpy(p, pairs + n % 100 * 2, 2);
		n /= 100;
	}
	if (n > 0 || p == digits + sizeof(digits))
		*--p = (char)('0' + n);
	buf_add(out, p, (size_t)(digits + sizeof(digits) - p));
}

void
imap_out_ranges(struct buf *out, const struct seqset *set, size_t *at)
{
	size_t begin = out->len;

	while (*at < set->len && out->len - begin < OUT_RANGES) {
		const struct seqrange *r = &set->range[(*at)++];

		buf_addc(out, out->len > begin ? ',' : ' ');
		imap_out_number(out, r->lo);
		if (r->hi == r->lo)
			continue;
		buf_addc(out, ':');
		imap_out_number(out, r->hi);
	}
}

void
imap_out_modseq(struct buf *out, const char *sep, uint64_t modseq)
{
	buf_adds(out, sep);
	buf_adds(out, "MODSEQ (");
	imap_out_number(out, modseq);
	buf_addc(out, ')');
}

void
imap_out_mailbox(struct imap *im, struct span name)
{
	imap_write_mailbox(&im->out,
	    span_ieqs(name, "INBOX") ? SPAN_LIT("INBOX") : name,
	    imap_enabled(im, IMAP_UTF8));
}

uint64_t
imap_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

bool
imap_slice_over(const struct imap *im)
{
	return imap_clock() - im->slice >= IMAP_SLICE_MS;
}

enum imap_result
imap_pause(struct imap *im)
{
	session_wake(im->session);
	return IMAP_WAIT;
}

void
imap_progress(struct imap *im, uint64_t done, uint64_t goal)
{
	uint64_t now = imap_clock();
	uint64_t interval =
	    session_worker(im->session)->conf->imap_progress_interval;

	if (now - im->cmd.told < interval * 1000)
		return;
	im->cmd.told = now;
	buf_addf(&im->out, "* OK [INPROGRESS (\"%s\" ", im->cmd.tag);
	if (goal > 0)
		buf_addf(&im->out, "%" PRIu64 " %" PRIu64, done, goal);
	else
		buf_adds(&im->out, "NIL NIL");
	buf_adds(&im->out, ")] Still at work\r\n");
}

static enum imap_result __attribute__((format(printf, 4, 0)))
reply(struct imap *im, enum imap_status status, const char *code,
    const char *fmt, va_list ap)
{
	im->cmd.status = status;
	buf_clear(&im->cmd.reply);
	if (code != NULL)
		buf_addf(&im->cmd.reply, "[%s] ", code);
	buf_vaddf(&im->cmd.reply, fmt, ap);
	return IMAP_DONE;
}

enum imap_result
imap_ok(struct imap *im, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	reply(im, IMAP_OK, NULL, fmt, ap);
	va_end(ap);
	return IMAP_DONE;
}

enum imap_result
imap_no(struct imap *im, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	reply(im, IMAP_NO, code, fmt, ap);
	va_end(ap);
	return IMAP_DONE;
}

enum imap_result
imap_bad(struct imap *im, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	reply(im, IMAP_BAD, NULL, fmt, ap);
	va_end(ap);
	return IMAP_DONE;
}

/* RFC 5530 */
static const char *const codes[] = {
	[STORE_NONEXISTENT] = "NONEXISTENT",
	[STORE_EXPUNGED] = "EXPUNGEISSUED",
	[STORE_ALREADYEXISTS] = "ALREADYEXISTS",
	[STORE_DENIED] = "NOPERM",
	[STORE_CANNOT] = "CANNOT",
	[STORE_OVERQUOTA] = "OVERQUOTA",
	[STORE_LIMIT] = "LIMIT",
	[STORE_FULL] = "UNAVAILABLE",
	[STORE_UNAVAILABLE] = "UNAVAILABLE",
};

enum imap_result
imap_fail(struct imap *im, enum store_status st)
{
	return imap_no(im, codes[st], "%s", store_strerror(st));
}

enum imap_result
imap_fail_target(struct imap *im, enum store_status st)
{
	if (st == STORE_NONEXISTENT)
		return imap_no(im, "TRYCREATE", "There is no such mailbox");
	return imap_fail(im, st);
}

enum imap_result
imap_completed(struct imap *im)
{
	return imap_ok(im, "%s%s completed", im->cmd.uid ? "UID " : "",
	    im->cmd.def->name);
}

void
imap_bye(struct imap *im, const char *fmt, ...)
{
	va_list ap;

	if (!im->midline) {
		va_start(ap, fmt);
		buf_adds(&im->out, "* BYE ");
		buf_vaddf(&im->out, fmt, ap);
		buf_adds(&im->out, "\r\n");
		va_end(ap);
	}
	im->phase = IMAP_CLOSING;
	imap_flush(im);
	session_close(im->session);
}

void
imap_write_begin(struct imap *im)
{
	im->writes++;
}

bool
imap_write_end(struct imap *im)
{
	im->writes--;
	if (im->session != NULL) {
		session_wake(im->session);
		return true;
	}
	if (im->writes == 0)
		imap_free(im);
	return false;
}
