/* SPDX-License-Identifier: ISC */
#include "imap_context.h"

#include <stdlib.h>

#include "imap_args.h"
#include "imap_command.h"

/* Messages between two looks at the clock. */
#define CONTEXT_SLICE 64

bool
imap_context_has(const struct imap *im, struct span tag)
{
	for (const struct imap_context *c = im->contexts; c != NULL;
	     c = c->next) {
		if (span_eq(tag, span_str(c->tag)))
			return true;
	}
	return false;
}

void
imap_context_free(struct imap_context *c)
{
	if (c == NULL)
		return;
	search_clear(&c->search);
	buf_free(&c->text);
	buf_free(&c->scratch);
	seqset_clear(&c->uids);
	seqset_clear(&c->added);
	seqset_clear(&c->removed);
	seqset_clear(&c->fresh);
	imap_sorted_free(c->sorted);
	free(c);
}

void
imap_context_clear(struct imap *im)
{
	while (im->contexts != NULL) {
		struct imap_context *c = im->contexts;

		im->contexts = c->next;
		imap_context_free(c);
	}
}

void
imap_context_by_uid(struct imap *im)
{
	for (struct imap_context *c = im->contexts; c != NULL; c = c->next)
		c->uid = true;
}

/* The program once more, from bytes that stay. */
static void
parse_again(struct imap *im, struct imap_context *c, size_t off,
    bool (*parse)(struct search *s))
{
	struct imap_cursor args = im->cmd.args;
	struct span s = span_sub(buf_span(&c->text), off, SIZE_MAX);

	im->cmd.args = (struct imap_cursor){ .p = s.p, .end = span_end(s),
		.scratch = &c->scratch };
	search_begin(&c->search, im, &im->view);
	parse(&c->search);
	search_fix(&c->search);
	im->cmd.args = args;
}

static struct imap_context *
make(struct imap *im, const char *program, bool (*parse)(struct search *s),
    struct span fetch)
{
	struct span cmd = buf_span(&im->frame.cmd);
	struct imap_context *c;
	unsigned n = 0;

	for (c = im->contexts; c != NULL; c = c->next)
		n++;
	if (n == IMAP_CONTEXTS_MAX || cmd.n > IMAP_CONTEXT_TEXT_MAX)
		return NULL;
	c = xcalloc(1, sizeof(*c));
	memcpy(c->tag, im->cmd.tag, sizeof(c->tag));
	c->uid = im->cmd.uid;
	buf_add_span(&c->text, cmd);
	c->last = im->view.uidnext - 1;
	if (fetch.n > 0)
		c->fetch = span_sub(buf_span(&c->text),
		    (size_t)(fetch.p - cmd.p), fetch.n);
	parse_again(im, c, (size_t)(program - cmd.p), parse);
	return c;
}

/* RFC 5267 section 4.3.1: the rest is done even if this is refused. */
static void
refuse(struct imap *im, const char *why)
{
	buf_addf(&im->out, "* NO [NOUPDATE \"%s\"] %s\r\n", im->cmd.tag, why);
}

struct imap_context *
imap_context_begin(struct imap *im, const struct search_options *options,
    const char *program, bool (*parse)(struct search *s))
{
	struct imap_context *c;

	if ((options->opts & SEARCH_RETURN_UPDATE) == 0)
		return NULL;
	c = make(im, program, parse, options->update);
	if (c == NULL)
		refuse(im, "Only some short searches are kept up to date");
	return c;
}

void
imap_context_keep(struct imap *im, struct imap_context *c,
    const struct seqset *found)
{
	store_view_uids(&im->view, found, &c->uids);
	c->next = im->contexts;
	im->contexts = c;
}

void
imap_context_keep_sorted(struct imap *im, struct imap_context *c,
    const struct seqset *found, struct imap_sorted *sorted)
{
	if (sorted == NULL) {
		refuse(im, "There is too much to be kept in order");
		imap_context_free(c);
		return;
	}
	c->sorted = sorted;
	imap_context_keep(im, c, found);
}

/* ---- what changes ---- */

void
imap_context_gone(struct imap *im, const struct imap_gone *gone, size_t n)
{
	struct seqset uids = { 0 };

	for (size_t i = 0; i < n; i++)
		seqset_add(&uids, gone[i].uid, gone[i].uid);
	for (struct imap_context *c = im->contexts; c != NULL; c = c->next) {
		for (size_t i = 0; i < n; i++) {
			uint32_t told = c->uid ? gone[i].uid : gone[i].seq;

			if (!seqset_has(&c->uids, gone[i].uid))
				continue;
			if (c->sorted != NULL)
				imap_sorted_remove(c->sorted, gone[i].uid,
				    told);
			else
				seqset_add(&c->removed, told, told);
		}
		seqset_subtract(&c->uids, &uids);
	}
	seqset_clear(&uids);
}

static bool
write_updates(struct imap *im, const struct imap_context *c, const char *name,
    struct seqset *set, size_t *at)
{
	while (*at < set->len) {
		if (imap_room(im) < IMAP_RANGES_ROOM)
			return false;
		buf_addf(&im->out, "* ESEARCH (TAG \"%s\")%s %s (0", c->tag,
		    c->uid ? " UID" : "", name);
		imap_out_ranges(&im->out, set, at);
		buf_adds(&im->out, ")\r\n");
	}
	seqset_clear(set);
	*at = 0;
	return true;
}

bool
imap_context_write(struct imap *im)
{
	for (struct imap_context *c = im->contexts; c != NULL; c = c->next) {
		if (c->sorted != NULL &&
		    !imap_sorted_write(c->sorted, im, c->tag, c->uid))
			return false;
		if (!write_updates(im, c, "REMOVEFROM", &c->removed,
			&c->removed_at) ||
		    !write_updates(im, c, "ADDTO", &c->added, &c->added_at))
			return false;
	}
	return true;
}

/* What has changed is told before what is new is fetched. */
static bool
is_told(const struct imap_context *c)
{
	return c->added.len == 0 && c->removed.len == 0 &&
	    (c->sorted == NULL || imap_sorted_told(c->sorted));
}

bool
imap_context_fetch(struct imap *im, struct buf *out)
{
	for (struct imap_context *c = im->contexts; c != NULL; c = c->next) {
		if (c->fresh.len == 0 || !is_told(c))
			continue;
		buf_clear(out);
		buf_addc(out, ' ');
		seqset_format(out, &c->fresh);
		buf_addc(out, ' ');
		buf_add_span(out, c->fetch);
		seqset_clear(&c->fresh);
		return true;
	}
	return false;
}

/* ---- what is looked at again ---- */

static void
begin(struct imap *im)
{
	store_begin(im->store);
	for (struct imap_context *c = im->contexts; c != NULL; c = c->next) {
		imap_message_begin(&c->search.m);
		search_resolve(&c->search);
	}
}

/* Make what was gathered as UIDs what is to be told. */
static void
number(const struct imap_context *c, struct seqset *set)
{
	if (!c->uid)
		imap_view_numbers(c->search.view, set);
}

static void
end(struct imap *im)
{
	for (struct imap_context *c = im->contexts; c != NULL; c = c->next) {
		imap_message_end(&c->search.m);
		seqset_subtract(&c->uids, &c->removed);
		seqset_merge(&c->uids, &c->added);
		if (c->sorted != NULL) { /* which has it in order */
			seqset_clear(&c->removed);
			seqset_clear(&c->added);
		}
		number(c, &c->removed);
		number(c, &c->added);
	}
	store_end(im->store);
}

/* False: it cannot be read. */
static bool
resort(struct imap_context *c, uint32_t seq, bool matches)
{
	uint32_t uid = c->search.view->uid[seq - 1];
	uint32_t told = c->uid ? uid : seq;

	if (c->sorted == NULL)
		return true;
	if (matches)
		return imap_sorted_add(c->sorted, &c->search.m, uid, told) ==
		    STORE_OK;
	imap_sorted_remove(c->sorted, uid, told);
	return true;
}

/* What cannot be read is left as it was. */
static void
check_message(struct imap *im, uint32_t seq)
{
	uint32_t uid = im->view.uid[seq - 1];
	bool matches, deep;

	for (struct imap_context *c = im->contexts; c != NULL; c = c->next) {
		bool fresh = uid > c->last;

		if (fresh)
			c->last = uid;
		if (search_message(&c->search, seq, &matches, &deep) !=
			STORE_OK ||
		    matches == seqset_has(&c->uids, uid))
			continue;
		if (!resort(c, seq, matches))
			continue;
		if (fresh && matches && c->fetch.n > 0)
			seqset_add(&c->fresh, uid, uid);
		seqset_add(matches ? &c->added : &c->removed, uid, uid);
	}
}

bool
imap_context_check(struct imap *im, const struct seqset *uids, uint64_t *at)
{
	uint64_t uid;

	while (seqset_next(uids, *at, &uid)) {
		if (!imap_context_write(im))
			return false;
		begin(im);
		for (unsigned n = 0; n < CONTEXT_SLICE &&
		     seqset_next(uids, *at, &uid); n++) {
			uint32_t seq = store_view_seq(&im->view, (uint32_t)uid);

			if (seq > 0)
				check_message(im, seq);
			*at = uid + 1;
		}
		end(im);
		if (imap_slice_over(im)) {
			session_wake(im->session);
			return false;
		}
	}
	return imap_context_write(im);
}

/* ---- CANCELUPDATE (RFC 5267 section 4.3.5) ---- */

static void
drop(struct imap *im, struct span tag)
{
	struct imap_context **at = &im->contexts, *c;

	while ((c = *at) != NULL) {
		if (!span_eq(tag, span_str(c->tag))) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		imap_context_free(c);
	}
}

/* Take the tags; drop them where that is set. */
static bool
each_tag(struct imap *im, bool dropping)
{
	struct span tag;

	do {
		if (!imap_arg_sp(im))
			return false;
		if (!imap_string(&im->cmd.args, &tag)) {
			imap_bad(im, "The tag of a search was expected, "
			    "quoted");
			return false;
		}
		if (dropping) {
			drop(im, tag);
		} else if (!imap_context_has(im, tag)) {
			imap_bad(im, "No search with that tag is kept up to "
			    "date");
			return false;
		}
	} while (!imap_end(&im->cmd.args));
	return true;
}

static enum imap_result
cancel(struct imap *im)
{
	if (!each_tag(im, false))
		return IMAP_DONE;
	imap_args_rewind(im);
	each_tag(im, true);
	return imap_completed(im);
}

const struct imap_handler imap_cancelupdate = { .start = cancel };
