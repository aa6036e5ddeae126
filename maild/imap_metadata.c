/* SPDX-License-Identifier: ISC */
/*
 * GETMETADATA (RFC 5464 section 4.2), and what its responses look like.
 */
#include "imap_metadata.h"

#include <inttypes.h>
#include <stdlib.h>

#include "conf.h"
#include "imap_args.h"
#include "imap_command.h"
#include "imap_use.h"
#include "imap_write.h"

#define SPECIAL_USE SPAN_LIT("/private/specialuse") /* RFC 6154 section 4 */

/* Up to this size a value is quoted; and a response is ended beyond it. */
#define QUOTED_MAX   1024
#define RESPONSE_MAX 8192

enum depth { DEPTH_ONE, DEPTH_BELOW, DEPTH_ALL };

struct item {
	size_t name, nname, value, nvalue; /* in text */
	bool nil;
};

struct getting {
	struct imap *im;
	struct imap_entries entries;
	enum depth depth;
	uint64_t max, longest; /* MAXSIZE, and what was over it */
	bool server;
	struct store_mailbox mailbox;
	/* the one that is looked at: */
	struct span entry;
	bool found;
	/* what was found: */
	struct buf text;
	struct item *item;
	size_t nitems, cap, at;
};

/* ---- entries ---- */

static struct span
entry_at(const struct imap_entries *e, size_t i)
{
	size_t from = i > 0 ? e->end[i - 1] : 0;

	return span_sub(buf_span(&e->text), from, e->end[i] - from);
}

static bool
take_entry(struct imap *im, struct imap_entries *e)
{
	struct span name;

	if (e->n == IMAP_ENTRIES_MAX) {
		imap_no(im, "LIMIT", "A command takes at most %d entries",
		    IMAP_ENTRIES_MAX);
		return false;
	}
	if (!imap_astring(&im->cmd.args, &name) ||
	    !store_annot_name(&e->text, name)) {
		imap_bad(im, "The name of an entry was expected: /shared/... "
			     "or /private/...");
		return false;
	}
	e->end[e->n++] = e->text.len;
	return true;
}

bool
imap_entries_parse(struct imap *im, struct imap_entries *e)
{
	if (!imap_char(&im->cmd.args, '('))
		return take_entry(im, e);
	do {
		if (!take_entry(im, e))
			return false;
	} while (imap_sp(&im->cmd.args));
	if (imap_char(&im->cmd.args, ')'))
		return true;
	imap_bad(im, "The list of entries has no end");
	return false;
}

void
imap_entries_clear(struct imap_entries *e)
{
	buf_free(&e->text);
}

/* ---- looking up ---- */

static void
add(struct getting *g, const struct store_annot *a)
{
	struct item it = { .nil = a->value.p == NULL };

	if (a->value.n > g->max) {
		if (a->value.n > g->longest)
			g->longest = a->value.n;
		return;
	}
	if (g->nitems == g->cap) {
		g->cap = g->cap * 2 + 8;
		g->item = xrealloc_array(g->item, g->cap, sizeof(g->item[0]));
	}
	it.name = g->text.len;
	it.nname = a->entry.n;
	buf_add_span(&g->text, a->entry);
	it.value = g->text.len;
	it.nvalue = a->value.n;
	buf_add_span(&g->text, a->value);
	g->item[g->nitems++] = it;
}

static bool
within(const struct getting *g, struct span name)
{
	struct span below = span_sub(name, g->entry.n, name.n);

	if (below.n == 0 || g->depth == DEPTH_ALL)
		return true;
	return g->depth == DEPTH_BELOW &&
	       memchr(below.p + 1, '/', below.n - 1) == NULL;
}

static bool
on_annot(void *arg, const struct store_annot *a)
{
	struct getting *g = arg;

	if (within(g, a->entry)) {
		g->found = true;
		add(g, a);
	}
	return true;
}

/* An entry that is not stored, but known from elsewhere. */
static void
offer(struct getting *g, struct span name, struct span value)
{
	const struct store_annot a = { name, value };

	if (value.n > 0 && name.n >= g->entry.n &&
	    memcmp(name.p, g->entry.p, g->entry.n) == 0 &&
	    (name.n == g->entry.n || name.p[g->entry.n] == '/'))
		on_annot(g, &a);
}

static void
offer_conf(struct getting *g, const char *name, const char *value)
{
	if (value != NULL)
		offer(g, span_str(name), span_str(value));
}

static bool
offer_use(void *arg, const struct store_listed *l)
{
	struct getting *g = arg;
	struct buf uses = { 0 };

	if (l->mailbox.id != g->mailbox.id)
		return true;
	imap_use_write(&uses, l->use);
	offer(g, SPECIAL_USE, span_trim(buf_span(&uses)));
	buf_free(&uses);
	return false;
}

/* All that there is of one entry that was asked for. */
static enum store_status
look_up(struct getting *g, struct span entry)
{
	const struct conf *conf = session_worker(g->im->session)->conf;
	struct store *st = g->im->store;
	enum store_status status;

	g->entry = entry;
	g->found = false;
	status = store_annot_each(st, &g->im->user,
	    g->server ? NULL : &g->mailbox, entry, on_annot, g);
	if (status != STORE_OK)
		return status;
	if (g->server) {
		offer_conf(g, "/shared/admin", conf->server_admin);
		offer_conf(g, "/shared/comment", conf->server_comment);
	} else if (span_iprefix(SPECIAL_USE, entry)) {
		status = store_mailbox_each(st, &g->im->user, offer_use, g);
	}
	if (!g->found && g->depth == DEPTH_ONE)
		add(g, &(struct store_annot){ .entry = entry });
	return status;
}

static enum store_status
look_up_all(struct getting *g, const struct imap_entries *e)
{
	enum store_status status = STORE_OK;

	g->text.max = (size_t)4 * STORE_ANNOT_MAX *
		      (STORE_ANNOT_VALUE_MAX + (size_t)STORE_ANNOT_NAME_MAX);
	store_begin(g->im->store);
	for (size_t i = 0; status == STORE_OK && i < e->n; i++)
		status = look_up(g, entry_at(e, i));
	store_end(g->im->store);
	return status == STORE_OK && g->text.failed ? STORE_LIMIT : status;
}

/* ---- writing ---- */

static void
write_value(struct buf *out, struct span value)
{
	bool nul = value.n > 0 && memchr(value.p, '\0', value.n) != NULL;

	if (value.n <= QUOTED_MAX && !nul) {
		imap_write_string(out, value);
		return;
	}
	buf_addf(out, "%s{%zu}\r\n", nul ? "~" : "", value.n);
	buf_add_span(out, value);
}

/* One response, of as many items as it should have. */
static void
write_some(struct getting *g, struct span mailbox)
{
	struct buf *out = &g->im->out;
	struct span text = buf_span(&g->text);
	size_t start = out->len;
	char sep = '(';

	buf_adds(out, "* METADATA ");
	if (g->server)
		buf_adds(out, "\"\"");
	else
		imap_out_mailbox(g->im, mailbox);
	buf_addc(out, ' ');
	do {
		const struct item *it = &g->item[g->at++];

		buf_addc(out, sep);
		imap_write_astring(out, span_sub(text, it->name, it->nname));
		buf_addc(out, ' ');
		if (it->nil)
			buf_adds(out, "NIL");
		else
			write_value(out, span_sub(text, it->value, it->nvalue));
		sep = ' ';
	} while (g->at < g->nitems && out->len - start < RESPONSE_MAX);
	buf_adds(out, ")\r\n");
}

static void
release(struct getting *g)
{
	imap_entries_clear(&g->entries);
	buf_free(&g->text);
	free(g->item);
}

enum store_status
imap_entries_write(struct imap *im, struct span name,
    const struct store_mailbox *m, const struct imap_entries *e)
{
	struct getting g = { .im = im, .max = UINT64_MAX, .mailbox = *m };
	enum store_status status = look_up_all(&g, e);

	while (status == STORE_OK && g.at < g.nitems)
		write_some(&g, name);
	release(&g);
	return status;
}

/* ---- GETMETADATA ---- */

static bool
take_depth(struct imap_cursor *c, struct getting *g)
{
	static const char *const words[] = { "0", "1", "infinity" };

	for (unsigned i = 0; i < 3; i++) {
		if (imap_word(c, words[i])) {
			g->depth = i;
			return true;
		}
	}
	return false;
}

static bool
take_option(struct imap *im, struct getting *g)
{
	struct imap_cursor *c = &im->cmd.args;
	uint32_t n;

	if (imap_word(c, "MAXSIZE")) {
		if (imap_sp(c) && imap_number(c, &n)) {
			g->max = n;
			return true;
		}
	} else if (imap_word(c, "DEPTH") && imap_sp(c) && take_depth(c, g)) {
		return true;
	}
	imap_bad(im, "MAXSIZE with a number or DEPTH with 0, 1 or infinity "
		     "was expected");
	return false;
}

/* "(DEPTH 1)" with the space behind it, where it stands. */
static bool
take_options(struct imap *im, struct getting *g)
{
	struct imap_cursor *c = &im->cmd.args;

	if (!imap_char(c, '('))
		return true;
	do {
		if (!take_option(im, g))
			return false;
	} while (imap_sp(c));
	if (imap_char(c, ')'))
		return imap_arg_sp(im);
	imap_bad(im, "The list of options has no end");
	return false;
}

static bool
options_ahead(const struct imap_cursor *c)
{
	struct imap_cursor at = *c;

	return imap_char(&at, '(') &&
	       (imap_word(&at, "MAXSIZE") || imap_word(&at, "DEPTH"));
}

/* The grammar has the options before the mailbox, the examples behind it. */
static bool
parse(struct imap *im, struct getting *g)
{
	struct buf *name = &im->cmd.name[0];

	if (!imap_arg_sp(im) || !take_options(im, g) ||
	    !imap_arg_mailbox(im, name) || !imap_arg_sp(im))
		return false;
	if (options_ahead(&im->cmd.args) && !take_options(im, g))
		return false;
	g->server = name->len == 0;
	return imap_entries_parse(im, &g->entries) && imap_arg_end(im);
}

static enum imap_result
resume(struct imap *im)
{
	struct getting *g = im->cmd.state;

	while (g->at < g->nitems) {
		if (imap_room(im) < 2 * RESPONSE_MAX)
			return IMAP_WAIT;
		write_some(g, buf_span(&im->cmd.name[0]));
	}
	if (g->longest > 0)
		return imap_ok(im,
		    "[METADATA LONGENTRIES %" PRIu64 "] GETMETADATA completed",
		    g->longest);
	return imap_completed(im);
}

static enum imap_result
getmetadata(struct imap *im)
{
	struct getting *g = xcalloc(1, sizeof(*g));
	enum store_status status = STORE_OK;

	im->cmd.state = g;
	g->im = im;
	g->max = UINT64_MAX;
	if (!parse(im, g))
		return IMAP_DONE;
	store_begin(im->store);
	if (!g->server)
		status = store_mailbox_open(im->store, &im->user,
		    buf_span(&im->cmd.name[0]), &g->mailbox);
	if (status == STORE_OK)
		status = look_up_all(g, &g->entries);
	store_end(im->store);
	return status == STORE_OK ? resume(im) : imap_fail(im, status);
}

static void
clear(struct imap *im)
{
	release(im->cmd.state);
}

const struct imap_handler imap_getmetadata = { getmetadata, resume, clear };
