/* SPDX-License-Identifier: ISC */
#include "maildir_name.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>

#include "mail_flags.h"

/* "TIME.UID_TAG.mailctl" */
static void
read_ours(struct maildir_name *m)
{
	struct span rest = m->unique, time, id, uid, tag;

	if (!span_split(&rest, '.', &time) || !span_split(&rest, '.', &id) ||
	    !span_eq(rest, SPAN_LIT("mailctl")) ||
	    !span_split(&id, '_', &uid))
		return;
	tag = id;
	if (tag.n != MAILDIR_TAG_LEN || span_u32(uid, &m->uid) < 0)
		return;
	for (size_t i = 0; i < tag.n; i++) {
		if (ascii_hex(tag.p[i]) < 0) {
			m->uid = 0;
			return;
		}
	}
	m->tag = tag;
}

int
maildir_name_parse(struct maildir_name *m, struct span name)
{
	const char *info = NULL;

	*m = (struct maildir_name){ 0 };
	if (name.n == 0 || name.p[0] == '.' ||
	    memchr(name.p, '/', name.n) != NULL ||
	    memchr(name.p, '\0', name.n) != NULL)
		return -1;
	info = memchr(name.p, ':', name.n);
	m->unique = name;
	if (info != NULL) {
		struct span flags;

		m->unique.n = (size_t)(info - name.p);
		flags = span_sub(name, m->unique.n, name.n);
		if (flags.n >= 3 && memcmp(flags.p, ":2,", 3) == 0)
			m->letters = span_sub(flags, 3, flags.n);
		m->flags = mail_flags_from_letters(m->letters);
	}
	if (m->unique.n == 0)
		return -1;
	read_ours(m);
	return 0;
}

void
maildir_name_make(struct buf *out, int64_t sec, uint32_t uid, const char *tag)
{
	buf_addf(out, "%" PRId64 ".%" PRIu32 "_%s.mailctl", sec, uid, tag);
}

void
maildir_name_format(struct buf *out, struct span unique, unsigned flags,
    unsigned known, struct span before)
{
	buf_add_span(out, unique);
	buf_adds(out, ":2,");
	mail_flags_letters(out, flags);
	for (size_t i = 0; i < before.n; i++) {
		if ((mail_flags_from_letters(span_sub(before, i, 1)) &
			known) == 0 && ascii_alpha(before.p[i]))
			buf_addc(out, before.p[i]);
	}
}

void
maildir_tag(char tag[MAILDIR_TAG_LEN + 1], const char *mailbox,
    uint32_t uidvalidity)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	struct buf text = { 0 };

	buf_addf(&text, "%" PRIu32 " %s", uidvalidity, mailbox);
	EVP_Digest(text.data, text.len, hash, NULL, EVP_sha256(), NULL);
	for (int i = 0; i < MAILDIR_TAG_LEN / 2; i++)
		snprintf(tag + 2 * i, 3, "%02x", hash[i]);
	buf_free(&text);
}
