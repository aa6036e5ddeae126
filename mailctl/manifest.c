/* SPDX-License-Identifier: ISC */
#include "manifest.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "mail_flags.h"

#define HEADER "mailctl-backup 1"

void
manifest_hash(char hash[MANIFEST_HASH_LEN + 1], struct span s)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	EVP_Digest(s.n > 0 ? s.p : "", s.n, digest, NULL, EVP_sha256(), NULL);
	for (size_t i = 0; i < MANIFEST_HASH_LEN / 2; i++)
		snprintf(hash + 2 * i, 3, "%02x", digest[i]);
}

/* ---- what is in it ---- */

void
manifest_clear(struct manifest *m)
{
	for (size_t i = 0; i < m->len; i++) {
		struct manifest_mailbox *b = &m->mailbox[i];

		for (size_t j = 0; j < b->len; j++)
			free(b->message[j].flags);
		free(b->message);
		free(b->name);
	}
	free(m->mailbox);
	*m = (struct manifest){ 0 };
}

struct manifest_mailbox *
manifest_find(const struct manifest *m, const char *name, uint32_t uidvalidity)
{
	for (size_t i = 0; i < m->len; i++) {
		if (m->mailbox[i].uidvalidity == uidvalidity &&
		    strcmp(m->mailbox[i].name, name) == 0)
			return &m->mailbox[i];
	}
	return NULL;
}

struct manifest_mailbox *
manifest_add(struct manifest *m, const char *name, uint32_t uidvalidity)
{
	struct manifest_mailbox *b;

	m->mailbox = xrealloc_array(m->mailbox, m->len + 1,
	    sizeof(m->mailbox[0]));
	b = &m->mailbox[m->len++];
	*b = (struct manifest_mailbox){ .name = xstrdup(name),
		.uidvalidity = uidvalidity };
	return b;
}

struct manifest_message *
manifest_add_message(struct manifest_mailbox *b,
    const struct manifest_message *msg)
{
	if (b->len == b->cap) {
		b->cap = b->cap > 0 ? 2 * b->cap : 64;
		b->message = xrealloc_array(b->message, b->cap,
		    sizeof(b->message[0]));
	}
	b->message[b->len] = *msg;
	b->message[b->len].flags = xstrdup(msg->flags);
	return &b->message[b->len++];
}

static int
by_uid(const void *a, const void *b)
{
	uint32_t x = ((const struct manifest_message *)a)->uid;
	uint32_t y = ((const struct manifest_message *)b)->uid;

	return x < y ? -1 : x > y;
}

void
manifest_sort(struct manifest_mailbox *b)
{
	if (b->len > 1)
		qsort(b->message, b->len, sizeof(b->message[0]), by_uid);
}

struct manifest_message *
manifest_find_message(const struct manifest_mailbox *b, uint32_t uid)
{
	struct manifest_message key = { .uid = uid };

	if (b->len == 0)
		return NULL;
	return bsearch(&key, b->message, b->len, sizeof(key), by_uid);
}

/* ---- writing ---- */

void
manifest_format(struct buf *out, const struct manifest *m)
{
	char hash[MANIFEST_HASH_LEN + 1];

	out->max = MANIFEST_MAX;
	buf_adds(out, HEADER "\n");
	for (size_t i = 0; i < m->len; i++) {
		const struct manifest_mailbox *b = &m->mailbox[i];

		buf_addf(out, "mailbox %" PRIu32 " %s\n", b->uidvalidity,
		    b->name);
		for (size_t j = 0; j < b->len; j++) {
			const struct manifest_message *g = &b->message[j];

			buf_addf(out, "message %" PRIu32 " %s %" PRIu64
			    " %" PRId64 " %s %s\n", g->uid,
			    g->gone ? "gone" : "here", g->size, g->date.sec,
			    g->hash, g->flags);
		}
	}
	manifest_hash(hash, buf_span(out));
	buf_addf(out, "end %s\n", hash);
}

/* ---- reading ---- */

static bool
is_hash(struct span s)
{
	if (s.n != MANIFEST_HASH_LEN)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_digit(s.p[i]) && (s.p[i] < 'a' || s.p[i] > 'f'))
			return false;
	}
	return true;
}

static bool
read_mailbox(struct manifest *m, struct span rest)
{
	struct span number;
	uint32_t uidvalidity;
	char *name;

	if (!span_split(&rest, ' ', &number) ||
	    span_u32(number, &uidvalidity) < 0 || rest.n == 0 ||
	    memchr(rest.p, '\0', rest.n) != NULL)
		return false;
	name = span_dup(rest);
	manifest_add(m, name, uidvalidity);
	free(name);
	return true;
}

static bool
read_message(struct manifest *m, struct span rest)
{
	struct span uid, state, size, date, hash;
	struct manifest_message g = { 0 };
	struct manifest_mailbox *b;
	uint64_t sec;

	if (m->len == 0 || !span_split(&rest, ' ', &uid) ||
	    !span_split(&rest, ' ', &state) ||
	    !span_split(&rest, ' ', &size) || !span_split(&rest, ' ', &date) ||
	    !span_split(&rest, ' ', &hash))
		return false;
	b = &m->mailbox[m->len - 1];
	g.gone = span_eq(state, SPAN_LIT("gone"));
	if ((!g.gone && !span_eq(state, SPAN_LIT("here"))) ||
	    span_u32(uid, &g.uid) < 0 || !is_hash(hash) ||
	    (b->len > 0 && b->message[b->len - 1].uid >= g.uid) ||
	    span_u64(size, UINT64_MAX, &g.size) < 0)
		return false;
	/* Before 1970 there is a sign. */
	if (span_u64(date.n > 0 && date.p[0] == '-' ?
		span_sub(date, 1, date.n) : date, INT64_MAX, &sec) < 0)
		return false;
	g.date.sec = date.p[0] == '-' ? -(int64_t)sec : (int64_t)sec;
	memcpy(g.hash, hash.p, MANIFEST_HASH_LEN);
	g.flags = mail_flags_read(rest);
	manifest_add_message(b, &g);
	free(g.flags);
	return true;
}

static bool
read_line(struct manifest *m, struct span line)
{
	struct span word;

	if (!span_split(&line, ' ', &word))
		return false;
	if (span_eq(word, SPAN_LIT("mailbox")))
		return read_mailbox(m, line);
	return span_eq(word, SPAN_LIT("message")) && read_message(m, line);
}

bool
manifest_check_sum(struct span *text)
{
	char hash[MANIFEST_HASH_LEN + 1];
	struct span last;
	size_t n = MANIFEST_HASH_LEN + sizeof("end \n") - 1;

	if (text->n < n)
		return false;
	last = span_sub(*text, text->n - n, n);
	*text = span_sub(*text, 0, text->n - n);
	manifest_hash(hash, *text);
	return memcmp(last.p, "end ", 4) == 0 && last.p[n - 1] == '\n' &&
	    memcmp(last.p + 4, hash, MANIFEST_HASH_LEN) == 0;
}

int
manifest_parse(struct manifest *m, struct span text, struct buf *err)
{
	struct span line;
	size_t n = 1;

	*m = (struct manifest){ 0 };
	if (!manifest_check_sum(&text)) {
		buf_adds(err, "it is damaged: its checksum is wrong");
		return -1;
	}
	if (!span_split(&text, '\n', &line) ||
	    !span_eq(line, SPAN_LIT(HEADER))) {
		buf_adds(err, "it is not the manifest of a backup, or of a "
		    "later version");
		return -1;
	}
	while (span_split(&text, '\n', &line)) {
		n++;
		if (read_line(m, line))
			continue;
		buf_addf(err, "line %zu makes no sense", n);
		manifest_clear(m);
		return -1;
	}
	return 0;
}
