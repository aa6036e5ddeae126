/* SPDX-License-Identifier: ISC */
#include "msgid.h"

#include <errno.h>
#include <stdlib.h>

#include "slurp.h"

#define STDIN_MAX ((size_t)64 << 20)

void
msgid_clear(struct msgid *id)
{
	free(id->mailbox);
	seqset_clear(&id->uids);
	*id = (struct msgid){ 0 };
}

static int
set(struct msgid *id, struct span mailbox, struct span uids)
{
	if (seqset_parse(&id->uids, uids) < 0 ||
	    memchr(mailbox.p, '\0', mailbox.n) != NULL)
		return -1;
	id->mailbox = span_dup(mailbox);
	return 0;
}

static bool
is_set(struct span s)
{
	struct seqset set = { 0 };
	bool ok = seqset_parse(&set, s) == 0;

	seqset_clear(&set);
	return ok;
}

/* MAILBOX;UIDVALIDITY, the part before a colon. */
static int
split_validity(struct span *mailbox, uint32_t *uidvalidity)
{
	for (size_t i = mailbox->n; i-- > 0;) {
		if (mailbox->p[i] != ';')
			continue;
		if (span_u32(span_sub(*mailbox, i + 1, mailbox->n),
			uidvalidity) < 0 || *uidvalidity == 0)
			return -1;
		mailbox->n = i;
		return 0;
	}
	return -1;
}

int
msgid_parse(struct msgid *id, struct span s)
{
	*id = (struct msgid){ 0 };
	if (is_set(s))
		return set(id, SPAN_LIT("INBOX"), s);
	/* The first colon with a set behind it: sets have colons, too. */
	for (size_t i = 1; i < s.n; i++) {
		struct span mailbox = span_sub(s, 0, i);
		struct span uids = span_sub(s, i + 1, s.n);
		uint32_t uidvalidity;

		if (s.p[i] != ':' || !is_set(uids))
			continue;
		if (split_validity(&mailbox, &uidvalidity) == 0)
			id->uidvalidity = uidvalidity;
		if (mailbox.n > 0 && set(id, mailbox, uids) == 0)
			return 0;
		break;
	}
	msgid_clear(id);
	return -1;
}

void
msgid_format(struct buf *out, const char *mailbox, uint32_t uidvalidity,
    uint32_t uid)
{
	buf_addf(out, "%s;%u:%u", mailbox, uidvalidity, uid);
}

void
msgid_format_set(struct buf *out, const char *mailbox, uint32_t uidvalidity,
    const struct seqset *uids)
{
	buf_addf(out, "%s;%u:", mailbox, uidvalidity);
	seqset_format(out, uids);
}

/* One that goes on where the last one was in the same mailbox joins it: a
 * pipe of a thousand ids is one command then. */
static bool
join(struct msgid_list *l, const struct msgid *id)
{
	struct msgid *last = l->len > 0 ? &l->id[l->len - 1] : NULL;

	if (last == NULL || last->uids.len >= MSGID_RANGES_MAX ||
	    last->uidvalidity != id->uidvalidity ||
	    strcmp(last->mailbox, id->mailbox) != 0)
		return false;
	for (size_t i = 0; i < id->uids.len; i++)
		seqset_add(&last->uids, id->uids.range[i].lo,
		    id->uids.range[i].hi);
	return true;
}

int
msgid_list_add(struct msgid_list *l, struct span word, struct buf *err)
{
	struct msgid id;

	if (msgid_parse(&id, word) < 0) {
		buf_addf(err, "\"%.*s\" names no message; write MAILBOX:UID",
		    (int)word.n, word.p);
		return -1;
	}
	if (join(l, &id)) {
		msgid_clear(&id);
		return 0;
	}
	l->id = xrealloc_array(l->id, l->len + 1, sizeof(l->id[0]));
	l->id[l->len++] = id;
	return 0;
}

/* Undo the escapes of TSV. */
static void
unescape(struct buf *out, struct span s)
{
	static const char letters[] = "tnr\\", meant[] = "\t\n\r\\";
	const char *at;

	buf_clear(out);
	for (size_t i = 0; i < s.n; i++) {
		at = s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] != '\0' ?
		    strchr(letters, s.p[i + 1]) : NULL;
		buf_addc(out, at != NULL ? meant[at - letters] : s.p[i]);
		if (at != NULL)
			i++;
	}
}

static int
add_stdin(struct msgid_list *l, struct buf *err)
{
	struct buf text = { .max = STDIN_MAX }, word = { 0 };
	struct span rest, line;
	int ret = 0;

	if (slurp_fd(0, &text) < 0) {
		buf_addf(err, "standard input: %s", strerror(errno));
		ret = -1;
	}
	rest = buf_span(&text);
	while (ret == 0 && span_split(&rest, '\n', &line)) {
		unescape(&word, line);
		if (word.len > 0)
			ret = msgid_list_add(l, buf_span(&word), err);
	}
	buf_free(&word);
	buf_free(&text);
	return ret;
}

int
msgid_list_read(struct msgid_list *l, int argc, char *const *argv,
    struct buf *err)
{
	int ret = 0;

	for (int i = 0; i < argc && ret == 0; i++)
		ret = strcmp(argv[i], "-") == 0 ?
		    add_stdin(l, err) :
		    msgid_list_add(l, span_str(argv[i]), err);
	return ret;
}

void
msgid_list_clear(struct msgid_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		msgid_clear(&l->id[i]);
	free(l->id);
	*l = (struct msgid_list){ 0 };
}
