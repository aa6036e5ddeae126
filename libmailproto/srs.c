/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "srs.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define HASH_LEN 8 /* characters, of five bits each */
#define DAY      86400
#define DAYS     1024 /* two characters' worth; then they begin anew */

static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";

/* ---- the digest ---- */

/* Of the parts, whatever the case of their letters. */
static void
add_hash(struct buf *out, const unsigned char *key, struct span s)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	struct buf folded = { 0 };
	uint64_t bits = 0;
	unsigned n = 0;

	for (size_t i = 0; i < s.n; i++)
		buf_addc(&folded, (char)ascii_lower((unsigned char)s.p[i]));
	HMAC(EVP_sha256(), key, SRS_KEY_SIZE,
	    (const unsigned char *)buf_span(&folded).p, folded.len, md, &n);
	for (size_t i = 0; i < 5; i++)
		bits = bits << 8 | md[i];
	for (size_t i = 0; i < HASH_LEN; i++)
		buf_addc(out, base32[bits >> (5 * (HASH_LEN - 1 - i)) & 31]);
	buf_free(&folded);
}

static bool
hash_is_right(const unsigned char *key, struct span hash, struct span s)
{
	struct buf want = { 0 };
	bool right;

	add_hash(&want, key, s);
	right = span_ieq(hash, buf_span(&want));
	buf_free(&want);
	return right;
}

/* ---- the day ---- */

static unsigned
day_of(int64_t now)
{
	return (unsigned)(now / DAY % DAYS);
}

static bool
is_fresh(struct span stamp, int64_t now)
{
	unsigned day = 0;

	if (stamp.n != 2)
		return false;
	for (size_t i = 0; i < 2; i++) {
		const char *at = memchr(base32,
		    ascii_lower((unsigned char)stamp.p[i]), 32);

		if (at == NULL)
			return false;
		day = day << 5 | (unsigned)(at - base32);
	}
	return (day_of(now) + DAYS - day) % DAYS <= SRS_DAYS;
}

/* ---- forward ---- */

static bool
is_tagged(struct span local, const char *tag)
{
	return local.n > 5 && span_iprefix(local, span_str(tag)) &&
	    strchr("=+-", local.p[4]) != NULL;
}

/* rest: "TT=example.org=ann", "first.example==HHHH=…". */
static void
add_address(struct buf *out, const unsigned char *key, const char *tag,
    struct span rest, const char *domain)
{
	buf_addf(out, "%s=", tag);
	add_hash(out, key, rest);
	buf_addc(out, '=');
	buf_add_span(out, rest);
	buf_addf(out, "@%s", domain);
}

static void
forward(struct buf *out, const unsigned char *key, struct span local,
    struct span host, const char *domain, int64_t now)
{
	const unsigned day = day_of(now);
	struct buf rest = { 0 };
	struct span skipped;

	if (is_tagged(local, "SRS0")) {
		buf_add_span(&rest, host);
		buf_addc(&rest, '=');
		buf_add_span(&rest, span_sub(local, 4, local.n));
	} else if (is_tagged(local, "SRS1")) {
		/* What the other one signed is signed anew. */
		local = span_sub(local, 5, local.n);
		span_split(&local, '=', &skipped);
		buf_add_span(&rest, local);
	} else {
		buf_addf(&rest, "%c%c=", base32[day >> 5], base32[day & 31]);
		buf_add_span(&rest, host);
		buf_addc(&rest, '=');
		buf_add_span(&rest, local);
		add_address(out, key, "SRS0", buf_span(&rest), domain);
		buf_free(&rest);
		return;
	}
	add_address(out, key, "SRS1", buf_span(&rest), domain);
	buf_free(&rest);
}

int
srs_forward(struct buf *out, const unsigned char *key, struct span sender,
    const char *domain, int64_t now)
{
	const char *at = sender.n > 0 ? memrchr(sender.p, '@', sender.n) : NULL;
	struct buf made = { .max = SRS_MAX };
	int ret = -1;

	if (at == NULL || at == sender.p || sender.p[0] == '"')
		return -1;
	forward(&made, key, span_of(sender.p, (size_t)(at - sender.p)),
	    span_of(at + 1, (size_t)(span_end(sender) - at) - 1), domain, now);
	if (!made.failed) {
		buf_add_span(out, buf_span(&made));
		ret = 0;
	}
	buf_free(&made);
	return ret;
}

/* ---- back ---- */

static int
add_if_whole(struct buf *out, struct span local, struct span host)
{
	if (local.n == 0 || host.n == 0)
		return -1;
	buf_add_span(out, local);
	buf_addc(out, '@');
	buf_add_span(out, host);
	return 0;
}

/* rest: "TT=example.org=ann"; the local part may have any "=" in it. */
static int
reverse_first(struct buf *out, struct span rest, int64_t now)
{
	struct span stamp, host;

	if (!span_split(&rest, '=', &stamp) || !is_fresh(stamp, now) ||
	    !span_split(&rest, '=', &host))
		return -1;
	return add_if_whole(out, rest, host);
}

/* rest: "first.example==HHHH=TT=example.org=ann". */
static int
reverse_second(struct buf *out, struct span rest)
{
	struct buf local = { 0 };
	struct span host;
	int ret = -1;

	if (span_split(&rest, '=', &host) && rest.n > 0) {
		buf_adds(&local, "SRS0");
		buf_add_span(&local, rest);
		ret = add_if_whole(out, buf_span(&local), host);
	}
	buf_free(&local);
	return ret;
}

int
srs_reverse(struct buf *out, const unsigned char *key, struct span local,
    int64_t now)
{
	const bool first = is_tagged(local, "SRS0");
	struct span rest = span_sub(local, 5, local.n), hash;

	if ((!first && !is_tagged(local, "SRS1")) ||
	    !span_split(&rest, '=', &hash) || !hash_is_right(key, hash, rest))
		return -1;
	return first ? reverse_first(out, rest, now) :
		       reverse_second(out, rest);
}
