/* SPDX-License-Identifier: ISC */
/* /v1/queue: mail that waits to leave. */
#include "ctl_request.h"

#include <inttypes.h>
#include <stdlib.h>

#include "date.h"
#include "queue.h"
#include "store_queue.h"

#define MESSAGES_MAX 1000 /* of one answer */
#define DELAY_MAX    (30 * 86400)

/* ---- which ones ---- */

struct filter {
	json_int_t id, older, after;             /* 0: any */
	const char *sender, *recipient, *domain; /* NULL: any */
};

/* NULL: good; or what is wrong.  The op and its seconds are the caller's. */
static const char *
read_filter(json_t *body, struct filter *f)
{
	json_t *op, *seconds; /* read_op() looks at them */

	*f = (struct filter){ 0 };
	if (json_unpack(body, "{s?o, s?o, s?I, s?I, s?s, s?s, s?s, s?I !}",
		"op", &op, "seconds", &seconds, "id", &f->id, "after",
		&f->after, "sender", &f->sender, "recipient", &f->recipient,
		"domain", &f->domain, "older", &f->older) < 0)
		return "the body has a member that is not known, or not of "
		       "its type";
	if (f->id < 0 || f->older < 0 || f->after < 0)
		return "a number is negative";
	return NULL;
}

static bool
is_same(const char *want, struct span s)
{
	return want == NULL || span_ieqs(s, want);
}

static bool
fits(const struct filter *f, const struct store_queue_msg *m, int64_t now)
{
	return (f->id == 0 || (uint64_t)f->id == m->id) &&
	       is_same(f->sender, m->sender) && now - m->created >= f->older;
}

static bool
rcpt_fits(const struct filter *f, const struct store_queue_rcpt *r)
{
	return is_same(f->recipient, r->address) &&
	       is_same(f->domain, r->domain);
}

/* Calls rcpt for each recipient that fits, and message before the first one of
 * a message; MESSAGES_MAX messages at most. */
struct walk {
	struct filter filter;
	void (*message)(void *arg, const struct store_queue_msg *m);
	void (*rcpt)(void *arg, const struct store_queue_msg *m,
	    const struct store_queue_rcpt *r);
	void *arg;
	const struct store_queue_msg *msg;
	bool begun; /* message has been called for msg */
	size_t n;
	uint64_t last;
	bool more;
};

static bool
on_rcpt(void *arg, const struct store_queue_rcpt *r)
{
	struct walk *w = arg;

	if (!rcpt_fits(&w->filter, r))
		return true;
	if (!w->begun)
		w->message(w->arg, w->msg);
	w->n += !w->begun;
	w->begun = true;
	w->rcpt(w->arg, w->msg, r);
	return true;
}

static enum store_status
walk(struct store *store, struct walk *w)
{
	int64_t now = (int64_t)time(NULL);
	struct store_queue_msg m;
	enum store_status st;

	w->last = w->filter.id > 0 ? (uint64_t)w->filter.id - 1
				   : (uint64_t)w->filter.after;
	store_begin(store);
	while ((st = store_queue_next(store, w->last + 1, &m)) == STORE_OK) {
		if (w->filter.id > 0 && m.id != (uint64_t)w->filter.id)
			break;
		w->more = w->n == MESSAGES_MAX;
		if (w->more)
			break;
		w->last = m.id;
		w->msg = &m;
		w->begun = false;
		if (fits(&w->filter, &m, now))
			st = store_queue_rcpts(store, m.id, on_rcpt, w);
		if (st != STORE_OK)
			break;
	}
	store_end(store);
	return st == STORE_NONEXISTENT ? STORE_OK : st;
}

/* ---- showing ---- */

static json_t *
time_json(int64_t sec)
{
	struct buf b = { 0 };
	json_t *t;

	date_format_rfc3339(&b, sec);
	t = json_stringn(b.data, b.len);
	buf_free(&b);
	return t;
}

/* What another server said may be no UTF-8. */
static json_t *
text_json(struct span s)
{
	json_t *t = s.n > 0 ? json_stringn(s.p, s.n) : json_string("");

	return t != NULL ? t : json_string("?");
}

static void
show_message(void *arg, const struct store_queue_msg *m)
{
	static const char *const tls[REQUIRE_TLS_KINDS] = {
		[REQUIRE_TLS_UNSAID] = "",
		[REQUIRE_TLS_YES] = "required",
		[REQUIRE_TLS_NO] = "optional",
	};

	json_array_append_new(
	    arg, json_pack("{s:i, s:I, s:o, s:I, s:o, s:i, s:s, s:[]}", "v", 1,
		     "id", (json_int_t)m->id, "created", time_json(m->created),
		     "size", (json_int_t)m->size, "sender",
		     text_json(m->sender), "priority", m->priority, "tls",
		     tls[m->require_tls], "recipients"));
}

static void
show_rcpt(void *arg, const struct store_queue_msg *m,
    const struct store_queue_rcpt *r)
{
	static const char *const states[] = {
		[STORE_QUEUE_WAITING] = "waiting",
		[STORE_QUEUE_HELD] = "held",
		[STORE_QUEUE_FAILED] = "failed",
		[STORE_QUEUE_DELIVERED] = "delivered",
		[STORE_QUEUE_RELAYED] = "relayed",
		[STORE_QUEUE_FUTURE] = "future",
	};
	json_t *list = arg, *msg, *o;

	(void)m;
	msg = json_array_get(list, json_array_size(list) - 1);
	o = json_pack("{s:o, s:s, s:i, s:o}", "address", text_json(r->address),
	    "state", states[r->state], "attempts", (int)r->attempts, "next",
	    time_json(r->next));
	if (r->last != 0)
		json_object_set_new(o, "last", time_json(r->last));
	if (r->reply.code != 0) {
		json_object_set_new(
		    o, "code", json_integer((json_int_t)r->reply.code));
		json_object_set_new(
		    o, "enhanced", text_json(r->reply.enhanced));
		json_object_set_new(o, "reply", text_json(r->reply.text));
		json_object_set_new(o, "host", text_json(r->reply.host));
	}
	json_array_append_new(json_object_get(msg, "recipients"), o);
}

void
ctl_queue_search(struct ctl_request *r)
{
	json_t *list = json_array();
	struct walk w = {
		.message = show_message, .rcpt = show_rcpt, .arg = list
	};
	const char *wrong = read_filter(r->body, &w.filter);
	enum store_status st = STORE_OK;

	if (wrong == NULL)
		st = walk(r->env.accounts.store, &w);
	if (wrong == NULL && st == STORE_OK) {
		ctl_answer(r, 200,
		    json_pack("{s:o, s:I, s:b}", "messages", list, "last",
			(json_int_t)w.last, "more", (int)w.more));
		return;
	}
	json_decref(list);
	ctl_answer_problem(r,
	    wrong != NULL ? CTL_BAD_REQUEST : ctl_problem_of_store(st), wrong);
}

/* ---- changing ---- */

static const struct {
	const char *name;
	enum store_queue_op op;
} ops[] = {
	{ "retry", STORE_QUEUE_MOVE },
	{ "hold", STORE_QUEUE_HOLD },
	{ "release", STORE_QUEUE_RELEASE },
	{ "delay", STORE_QUEUE_MOVE },
	{ "drop", STORE_QUEUE_REMOVE },
	{ "bounce", STORE_QUEUE_BOUNCE },
};

struct message {
	uint64_t id;
	struct store_queue_change *change;
	size_t n;
};

struct changes {
	struct ctl_request *r;
	struct store_queue_change like; /* each of them */
	struct message *message;
	size_t n, rcpts, waiting;
	uint64_t last;
	bool more;
	enum store_status st;
};

static void
changes_free(struct changes *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->message[i].change);
	free(c->message);
	free(c);
}

static void
finish(struct changes *c)
{
	if (c->st == STORE_OK)
		ctl_answer(c->r, 200,
		    json_pack("{s:I, s:I, s:I, s:b}", "messages",
			(json_int_t)c->n, "recipients", (json_int_t)c->rcpts,
			"last", (json_int_t)c->last, "more", (int)c->more));
	else
		ctl_answer_problem(c->r, ctl_problem_of_store(c->st), NULL);
	changes_free(c);
}

static void
on_changed(void *arg, enum store_status st)
{
	struct changes *c = arg;

	if (st != STORE_OK)
		c->st = st;
	if (--c->waiting == 0)
		finish(c);
}

static void
take_message(void *arg, const struct store_queue_msg *m)
{
	struct changes *c = arg;
	struct message *to = &c->message[c->n++];

	to->id = m->id;
	to->change = xcalloc(m->left, sizeof(*to->change));
}

static void
take_rcpt(void *arg, const struct store_queue_msg *m,
    const struct store_queue_rcpt *r)
{
	struct changes *c = arg;
	struct message *to = &c->message[c->n - 1];

	if (to->n == m->left)
		return;
	to->change[to->n] = c->like;
	to->change[to->n++].index = r->index;
	c->rcpts++;
}

static void
submit(struct changes *c)
{
	struct store *store = c->r->env.accounts.store;

	c->waiting = c->n + 1; /* one for this call */
	for (size_t i = 0; i < c->n; i++)
		store_queue_change(store, c->message[i].id,
		    c->message[i].change, c->message[i].n, on_changed, c);
	on_changed(c, c->st);
}

/* What is to be done with each; NULL: good. */
static const char *
read_op(json_t *body, struct store_queue_change *like)
{
	const char *name = json_string_value(json_object_get(body, "op"));
	json_t *seconds = json_object_get(body, "seconds");
	json_int_t s = json_integer_value(seconds);
	size_t i = 0;

	while (i < sizeof(ops) / sizeof(ops[0]) &&
	       (name == NULL || strcmp(name, ops[i].name) != 0))
		i++;
	if (i == sizeof(ops) / sizeof(ops[0]))
		return "\"op\" is retry, hold, release, delay, drop or bounce";
	if ((strcmp(name, "delay") == 0) != (seconds != NULL) || s < 0 ||
	    s > DELAY_MAX)
		return "\"delay\" and only that takes \"seconds\", up to 30 "
		       "days";
	*like = (struct store_queue_change){ .op = ops[i].op,
		.state = STORE_QUEUE_FAILED,
		.next = (int64_t)time(NULL) + s,
		.reply = { 554, SPAN_LIT("5.7.0"),
		    SPAN_LIT("an administrator has sent it back"),
		    SPAN_LIT("") } };
	return NULL;
}

void
ctl_queue_change(struct ctl_request *r)
{
	struct changes *c = xcalloc(1, sizeof(*c));
	struct walk w = {
		.message = take_message, .rcpt = take_rcpt, .arg = c
	};
	const char *wrong = read_filter(r->body, &w.filter);

	if (wrong == NULL)
		wrong = read_op(r->body, &c->like);
	if (wrong != NULL) {
		free(c);
		ctl_answer_problem(r, CTL_BAD_REQUEST, wrong);
		return;
	}
	if (c->like.op == STORE_QUEUE_MOVE && r->env.queue != NULL)
		queue_unblock(r->env.queue);
	c->r = r;
	c->message = xcalloc(MESSAGES_MAX, sizeof(*c->message));
	c->st = walk(r->env.accounts.store, &w);
	c->last = w.last;
	c->more = w.more;
	submit(c);
}
