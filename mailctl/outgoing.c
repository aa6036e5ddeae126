/* SPDX-License-Identifier: ISC */
#include "outgoing.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "header.h"
#include "sent.h"
#include "slurp.h"
#include "smtp_conn.h"

const char *
outgoing_author(const struct outgoing *o)
{
	if (o->from != NULL)
		return o->from;
	if (o->login->from != NULL)
		return o->login->from;
	if (o->login->user != NULL && strchr(o->login->user, '@') != NULL)
		return o->login->user;
	return NULL;
}

int
outgoing_stdin(const struct outgoing *o, struct buf *out)
{
	out->max = OUTGOING_MAX;
	if (slurp_fd(0, out) == 0)
		return 0;
	return cmd_fail(o->cmd, errno == EFBIG ? EX_DATAERR : EX_IOERR,
	    "standard input: %s", strerror(errno));
}

int
outgoing_text(const struct outgoing *o, struct buf *text)
{
	if (o->body == NULL)
		return outgoing_stdin(o, text);
	buf_adds(text, o->body);
	return 0;
}

/* ---- attachments ---- */

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

struct files {
	struct buf *bytes;
	struct compose_attachment *attachment; /* those of before, too */
	size_t len, nattachments;
};

static int
read_files(const struct outgoing *o, const struct compose *m, struct files *f)
{
	f->bytes = xcalloc(o->attach.len + 1, sizeof(f->bytes[0]));
	f->attachment = xcalloc(
	    o->attach.len + m->nattachments + 1, sizeof(f->attachment[0]));
	for (; f->nattachments < m->nattachments; f->nattachments++)
		f->attachment[f->nattachments] = m->attachment[f->nattachments];
	for (size_t i = 0; i < o->attach.len; i++) {
		const char *path = o->attach.value[i];
		struct buf *b = &f->bytes[f->len++];

		b->max = OUTGOING_MAX;
		if (slurp_file(path, b) < 0)
			return cmd_fail(o->cmd, EX_NOINPUT, "%s: %s", path,
			    strerror(errno));
		f->attachment[f->nattachments++] =
		    (struct compose_attachment){ base_name(path), buf_span(b) };
	}
	return 0;
}

static void
files_clear(struct files *f)
{
	for (size_t i = 0; i < f->len; i++)
		buf_free(&f->bytes[i]);
	free(f->bytes);
	free(f->attachment);
}

/* ---- making it ---- */

static void
random_word(char word[33])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char r[16];

	if (getrandom(r, sizeof(r), 0) != sizeof(r))
		abort();
	for (size_t i = 0; i < sizeof(r); i++) {
		word[2 * i] = digits[r[i] >> 4];
		word[2 * i + 1] = digits[r[i] & 15];
	}
	word[32] = '\0';
}

static int
make(struct outgoing *o, struct compose *m, const struct files *f)
{
	struct buf err = { 0 };
	char unique[33];
	int ret = 0;

	random_word(unique);
	m->from = outgoing_author(o);
	m->attachment = f->attachment;
	m->nattachments = f->nattachments;
	m->date = date_now();
	m->unique = unique;
	if (m->from == NULL)
		return cmd_fail(o->cmd, EX_CONFIG,
		    "no author is known: give --from, or make an account "
		    "with mailctl account add");
	if (compose_message(&o->filed, m, &err) < 0)
		ret = cmd_fail(o->cmd, EX_DATAERR, "%s", err.data);
	buf_free(&err);
	m->unique = NULL;
	m->attachment = NULL;
	m->nattachments = 0;
	return ret;
}

int
outgoing_compose(struct outgoing *o, struct compose *m)
{
	struct files f = { 0 };
	int ret;

	o->filed.max = OUTGOING_MAX;
	ret = read_files(o, m, &f);
	if (ret == 0)
		ret = make(o, m, &f);
	files_clear(&f);
	return ret;
}

/* ---- whom it goes to ---- */

/* The first one, for the caller to free; NULL: there is none. */
static char *
first_address(struct span list)
{
	struct compose_rcpts l = { 0 };
	struct buf err = { 0 };
	char *address = NULL;

	compose_add_rcpts(&l, list, &err);
	if (l.len > 0)
		address = xstrdup(l.address[0]);
	compose_rcpts_clear(&l);
	buf_free(&err);
	return address;
}

char *
outgoing_self(const struct outgoing *o)
{
	const char *from = outgoing_author(o);

	return from != NULL ? first_address(span_str(from)) : NULL;
}

int
outgoing_rcpts(struct outgoing *o, int argc, char **argv, bool header)
{
	char *self = outgoing_self(o);
	struct buf err = { 0 };
	int ret = 0;

	/* The author's domain completes names such as "root". */
	o->rcpts.domain = self != NULL ? strrchr(self, '@') + 1 : NULL;
	for (int i = 0; i < argc && ret == 0; i++)
		ret = compose_add_rcpts(&o->rcpts, span_str(argv[i]), &err);
	if (ret == 0 && header)
		ret =
		    compose_header_rcpts(&o->rcpts, buf_span(&o->filed), &err);
	if (ret < 0)
		ret = cmd_fail(o->cmd, EX_DATAERR, "%s", err.data);
	else if (o->rcpts.len == 0)
		ret = cmd_usage(o->cmd, "nobody to send it to");
	o->rcpts.domain = NULL;
	free(self);
	buf_free(&err);
	return ret;
}

/* The envelope's sender, for the caller to free; "" is the null path. */
static char *
envelope_sender(const struct outgoing *o)
{
	struct header_field f;

	if (o->sender != NULL)
		return xstrdup(strcmp(o->sender, "<>") == 0 ? "" : o->sender);
	if (outgoing_author(o) != NULL)
		return outgoing_self(o);
	if (header_find(buf_span(&o->filed), "From", &f))
		return first_address(f.value);
	return NULL;
}

/* ---- submission ---- */

int
outgoing_submit(struct outgoing *o)
{
	struct smtp_conn_mail mail = {
		.rcpt = (const char *const *)o->rcpts.address,
		.nrcpt = o->rcpts.len,
	};
	char *sender = envelope_sender(o);
	size_t accepted;
	int ret;

	if (sender == NULL)
		return cmd_fail(o->cmd, EX_CONFIG,
		    "no sender is known: give "
		    "-f, or write \"from\" into the configuration");
	o->message.max = OUTGOING_MAX;
	compose_without(&o->message, buf_span(&o->filed), "Bcc");
	mail.from = sender;
	mail.text = buf_span(&o->message);
	ret = smtp_conn_send(o->cmd, o->login, &mail, &accepted);
	/* What has gone out is sent, though not to all. */
	if (accepted > 0 && !o->no_copy && o->login->imap != NULL)
		sent_file(o->cmd, o->login, o->conn, buf_span(&o->filed));
	free(sender);
	return ret;
}

void
outgoing_clear(struct outgoing *o)
{
	opt_list_free(&o->attach);
	compose_rcpts_clear(&o->rcpts);
	buf_free(&o->filed);
	buf_free(&o->message);
}
