/* SPDX-License-Identifier: ISC */
/*
 * Parts of a message that are copied from other ones (CATENATE, RFC 4469).
 */
#include "imap_append.h"

#include "conf.h"
#include "imap_section.h"
#include "imap_url.h"

static void
bad_url(struct imap *im, const struct append_copy *c, const char *why)
{
	struct buf code = { 0 };

	buf_adds(&code, "BADURL ");
	imap_url_quote(&code, buf_span(&c->url));
	imap_no(im, code.data, "%s", why);
	buf_free(&code);
}

/* What cannot be found, or not be read by this user, is named by no URL. */
static void
fail(struct imap *im, const struct append_copy *c, enum store_status st)
{
	if (st == STORE_NONEXISTENT || st == STORE_DENIED ||
	    st == STORE_CANNOT)
		bad_url(im, c, "There is no such message or part of it");
	else
		imap_fail(im, st);
}

/* ---- finding it ---- */

static enum store_status
open_mailbox(struct imap *im, struct append_copy *c, const struct imap_url *u)
{
	struct store_counts counts;
	enum store_status st = store_mailbox_open(im->store, &im->user,
	    buf_span(&u->mailbox), &c->mailbox);

	if (st != STORE_OK || u->uidvalidity == 0)
		return st;
	st = store_mailbox_counts(im->store, &c->mailbox, &counts);
	if (st == STORE_OK && counts.uidvalidity != u->uidvalidity)
		st = STORE_NONEXISTENT;
	return st;
}

static enum store_status
find_section(struct imap_message *m, const struct imap_section *s,
    struct append_copy *c)
{
	struct imap_range r;
	enum store_status st = imap_section_find(s, m, &c->text, &r);

	if (st == STORE_OK && !r.exists)
		st = STORE_NONEXISTENT;
	c->made = r.made;
	c->off = r.off;
	c->left = r.len;
	return st;
}

static enum store_status
find_message(struct imap *im, struct append_copy *c, const struct imap_url *u,
    const struct imap_section *s)
{
	struct imap_message m = { .store = im->store };
	enum store_status st;

	c->uid = u->uid;
	store_begin(im->store);
	st = open_mailbox(im, c, u);
	if (st == STORE_OK) {
		m.cursor.mailbox = c->mailbox;
		imap_message_begin(&m);
		st = imap_message_load(&m, c->uid, STORE_HOT | STORE_COLD);
		if (st == STORE_OK)
			st = find_section(&m, s, c);
		imap_message_end(&m);
	}
	store_end(im->store);
	return st;
}

/* "HEADER.FIELDS (To)" is an atom and what a cursor reads. */
static bool
parse_section(struct imap_section *s, struct buf *text, struct buf *scratch)
{
	struct span spec;
	struct imap_cursor c;

	buf_addc(text, ']');
	spec = span_of(text->data, strcspn(text->data, " ]"));
	c = (struct imap_cursor){ .p = span_end(spec),
		.end = text->data + text->len, .scratch = scratch };
	return imap_section_parse(s, spec, &c) && imap_end(&c);
}

static enum store_status
find(struct imap *im, struct append_copy *c, struct imap_url *u)
{
	struct imap_section s = { 0 };
	struct buf scratch = { 0 };
	enum store_status st = parse_section(&s, &u->section, &scratch) ?
	    find_message(im, c, u, &s) :
	    STORE_NONEXISTENT;

	imap_section_clear(&s);
	buf_free(&scratch);
	return st;
}

static void
cut(struct append_copy *c, const struct imap_url *u)
{
	uint64_t skip = u->off < c->left ? u->off : c->left;

	c->off += skip;
	c->left -= skip;
	if (u->len > 0 && u->len < c->left)
		c->left = u->len;
}

/* Few bytes of a client could ask for very many: one command copies no more
 * than the largest message has. */
static bool
admit(struct imap *im, struct append *a)
{
	if (!append_admit(im, a, a->copy.left))
		return false;
	a->copied += a->copy.left;
	if (a->copied <= session_worker(im->session)->conf->message_size)
		return true;
	imap_no(im, "LIMIT", "These are too many bytes to be copied by one "
	    "command");
	return false;
}

bool
append_url(struct imap *im, struct append *a, struct span url)
{
	struct append_copy *c = &a->copy;
	struct imap_url u;
	enum store_status st;

	append_copy_clear(c);
	if (url.n > IMAP_URL_MAX) {
		imap_bad(im, "A URL has at most %d bytes", IMAP_URL_MAX);
		return false;
	}
	buf_add_span(&c->url, url);
	if (imap_url_parse(&u, url) < 0) {
		bad_url(im, c, "A URL was expected, such as "
		    "/INBOX/;UID=1/;SECTION=2");
		return false;
	}
	st = find(im, c, &u);
	cut(c, &u);
	imap_url_clear(&u);
	if (st != STORE_OK)
		fail(im, c, st);
	return st == STORE_OK && admit(im, a);
}

void
append_copy_clear(struct append_copy *c)
{
	buf_free(&c->url);
	buf_free(&c->text);
	*c = (struct append_copy){ 0 };
}

/* ---- copying it ---- */

static enum store_status
next_run(const struct append_copy *c, struct imap_message *m, struct span *run)
{
	const struct msgsrc *src;

	if (c->made) {
		*run = span_sub(buf_span(&c->text), (size_t)c->off,
		    (size_t)c->left);
		return STORE_OK;
	}
	src = imap_message_src(m);
	if (src->at(src->arg, c->off, run) < 0)
		return STORE_UNAVAILABLE;
	*run = span_sub(*run, 0, (size_t)c->left);
	return STORE_OK;
}

static enum store_status
copy_runs(struct imap *im, struct append *a, struct imap_message *m)
{
	struct append_copy *c = &a->copy;
	struct span run;

	while (c->left > 0 && !a->full && !imap_slice_over(im)) {
		enum store_status st = next_run(c, m, &run);

		if (st != STORE_OK)
			return st;
		append_write(a, run);
		c->off += run.n;
		c->left -= run.n;
	}
	return STORE_OK;
}

enum append_copied
append_copy(struct imap *im, struct append *a)
{
	struct append_copy *c = &a->copy;
	struct imap_message m = { .store = im->store,
		.cursor.mailbox = c->mailbox };
	enum store_status st = STORE_OK;

	store_begin(im->store);
	imap_message_begin(&m);
	if (!c->made)
		st = imap_message_load(&m, c->uid, STORE_HOT | STORE_COLD);
	if (st == STORE_OK)
		st = copy_runs(im, a, &m);
	imap_message_end(&m);
	store_end(im->store);
	if (st != STORE_OK) {
		fail(im, c, st);
		return APPEND_COPY_REFUSED;
	}
	if (c->left == 0)
		return APPEND_COPY_DONE;
	return a->full ? APPEND_COPY_WAITS : APPEND_COPY_PAUSES;
}
