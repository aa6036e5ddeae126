/* SPDX-License-Identifier: ISC */
#include "sort_keys.h"

#include <endian.h>
#include <string.h>

#include "address.h"
#include "base_subject.h"
#include "casefold.h"
#include "encword.h"
#include "header.h"
#include "message_id.h"
#include "utf8.h"

#define FIELD_MAX ((size_t)8192) /* bytes taken of a field for a text */

/* Version 1, whether it is a reply (1), number of references (2), lengths of
 * the texts (2 each), the hash of the Message-ID (8), texts, references (8
 * each); little-endian. */
#define VERSION   1
#define LENGTHS   4
#define ID        (LENGTHS + 2 * SORT_TEXTS)
#define FIXED     (ID + 8)
#define REF_BYTES ((size_t)8)

static void
put(char *to, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (char)(v >> (8 * i) & 0xff);
}

static uint64_t
get(const char *from, size_t bytes)
{
	uint64_t v = 0;

	memcpy(&v, from, bytes);
	return le64toh(v);
}

/* ---- texts ---- */

struct packer {
	struct span header;
	struct buf texts, scratch;
	char fixed[FIXED];
};

/* Text number i is s, folded. */
static void
add_text(struct packer *p, enum sort_text i, struct span s)
{
	struct buf folded = { 0 };
	struct span key;

	casefold(&folded, s);
	key = buf_span(&folded);
	if (key.n > SORT_KEY_MAX)
		key.n = utf8_fit(key, SORT_KEY_MAX);
	put(p->fixed + LENGTHS + 2 * i, key.n, 2);
	buf_add_span(&p->texts, key);
	buf_free(&folded);
}

static void
add_subject(struct packer *p)
{
	struct buf base = { 0 };
	struct header_field f;

	buf_clear(&p->scratch);
	if (header_find(p->header, "Subject", &f))
		header_decode(&p->scratch, span_sub(f.value, 0, FIELD_MAX));
	p->fixed[1] = base_subject(&base, buf_span(&p->scratch));
	add_text(p, SORT_SUBJECT, buf_span(&base));
	buf_free(&base);
}

/* The first address of the fields of a name, which count as one. */
static bool
first_address(struct packer *p, const char *name, struct address_list *l)
{
	struct span rest = p->header;
	struct header_field f;

	while (header_next(&rest, &f)) {
		if (!span_ieqs(f.name, name))
			continue;
		address_list_parse(l, span_sub(f.value, 0, FIELD_MAX));
		if (l->len > 0)
			return true;
	}
	return false;
}

/* RFC 5957 section 3; of a group its name. */
static void
display(struct buf *out, const struct address *a)
{
	bool group = a->kind != ADDRESS_MAILBOX;
	const char *name = group ? a->mailbox : a->name;

	buf_clear(out);
	if (name != NULL)
		encword_decode(out, span_str(name));
	if (out->len == 0 && !group)
		buf_addf(out, "%s@%s", a->mailbox != NULL ? a->mailbox : "",
		    a->host != NULL ? a->host : "");
}

/* The text for sorting by the address, and, if it is asked for, the one for
 * sorting by what is shown of it. */
static void
add_address(
    struct packer *p, const char *name, enum sort_text plain, bool shown)
{
	struct address_list l = { 0 };
	bool any = first_address(p, name, &l);
	const char *mailbox = any ? l.addr[0].mailbox : NULL;

	add_text(p, plain, span_str(mailbox != NULL ? mailbox : ""));
	buf_clear(&p->scratch);
	if (shown && any)
		display(&p->scratch, &l.addr[0]);
	if (shown)
		add_text(p, plain + 1, buf_span(&p->scratch));
	address_list_clear(&l);
}

/* ---- references ---- */

/* Append the hashes of a field's Message IDs, at most max; of more, the first
 * and the last ones. */
static size_t
add_ids(struct packer *p, struct buf *out, const char *name, size_t max,
    bool first_only)
{
	struct buf id = { 0 };
	struct header_field f;
	struct lexer l = { 0 };
	size_t n = 0;
	char v[REF_BYTES];

	buf_clear(&p->scratch);
	if (header_find(p->header, name, &f))
		header_unfold(&p->scratch, f.value);
	l.rest = buf_span(&p->scratch);
	while (message_id_next(&l, &id)) {
		if (n == max) {
			memmove(out->data + REF_BYTES,
			    out->data + 2 * REF_BYTES, (n - 2) * REF_BYTES);
			out->len -= REF_BYTES;
			n--;
		}
		put(v, message_id_hash(buf_span(&id)), REF_BYTES);
		buf_add(out, v, REF_BYTES);
		n++;
		if (first_only)
			break;
	}
	buf_free(&id);
	return n;
}

/* RFC 5256 section 3: of References, else the first of In-Reply-To. */
static void
add_refs(struct packer *p, struct buf *refs)
{
	struct buf id = { 0 };
	size_t n = add_ids(p, refs, "References", SORT_REFS_MAX, false);

	if (n == 0)
		n = add_ids(p, refs, "In-Reply-To", 1, true);
	put(p->fixed + 2, n, 2);
	if (add_ids(p, &id, "Message-ID", 1, true) > 0)
		memcpy(p->fixed + ID, id.data, REF_BYTES);
	buf_free(&id);
}

void
sort_keys_pack(struct buf *out, struct span header)
{
	struct packer p = { .header = header, .fixed = { VERSION } };
	struct buf refs = { 0 };

	add_subject(&p);
	add_address(&p, "Cc", SORT_CC, false);
	add_address(&p, "From", SORT_FROM, true);
	add_address(&p, "To", SORT_TO, true);
	add_refs(&p, &refs);
	buf_add(out, p.fixed, FIXED);
	buf_add_span(out, buf_span(&p.texts));
	buf_add_span(out, buf_span(&refs));
	buf_free(&refs);
	buf_free(&p.texts);
	buf_free(&p.scratch);
}

int
sort_keys_parse(struct span s, struct sort_keys *out)
{
	size_t at = FIXED, nrefs;

	*out = (struct sort_keys){ 0 };
	if (s.n < FIXED || s.p[0] != VERSION)
		return -1;
	nrefs = (size_t)get(s.p + 2, 2);
	for (int i = 0; i < SORT_TEXTS; i++) {
		size_t n = (size_t)get(s.p + LENGTHS + 2 * i, 2);

		out->text[i] = span_sub(s, at, n);
		at += n;
	}
	if (at + nrefs * REF_BYTES != s.n) {
		*out = (struct sort_keys){ 0 };
		return -1;
	}
	out->reply = s.p[1] != 0;
	out->id = get(s.p + ID, REF_BYTES);
	out->refs = span_sub(s, at, SIZE_MAX);
	return 0;
}

size_t
sort_keys_nrefs(const struct sort_keys *k)
{
	return k->refs.n / REF_BYTES;
}

uint64_t
sort_keys_ref(const struct sort_keys *k, size_t i)
{
	return get(k->refs.p + i * REF_BYTES, REF_BYTES);
}
