/* SPDX-License-Identifier: ISC */
#include "bytes.h"
#include "store_queue_impl.h"

/* ---- keys ---- */

struct span
store_queue_msg_key(char key[STORE_QUEUE_KEY], uint64_t id)
{
	key[0] = 'q';
	be64_put(key + 1, id);
	return span_of(key, 9);
}

struct span
store_queue_rcpt_key(char key[STORE_QUEUE_KEY], uint64_t id, uint32_t index)
{
	key[0] = 'r';
	be64_put(key + 1, id);
	be32_put(key + 9, index);
	return span_of(key, 13);
}

struct span
store_queue_due_key(char key[STORE_QUEUE_KEY], struct span domain, int64_t next,
    uint64_t id, uint32_t index)
{
	size_t n = 1;

	key[0] = 'd';
	if (domain.n > 0)
		memcpy(key + n, domain.p, domain.n);
	n += domain.n;
	key[n++] = '\0';
	be64_put(key + n, next > 0 ? (uint64_t)next : 0);
	be64_put(key + n + 8, id);
	be32_put(key + n + 16, index);
	return span_of(key, n + 20);
}

int
store_queue_due_parse(
    struct span key, struct span *domain, int64_t *next, uint64_t *id)
{
	const char *nul;

	if (!store_key_is(key, 'd'))
		return -1;
	nul = memchr(key.p, '\0', key.n);
	if (nul == NULL || key.p + key.n - nul != 21)
		return -1;
	*domain = span_sub(key, 1, (size_t)(nul - key.p) - 1);
	*next = (int64_t)be64_get(nul + 1);
	*id = be64_get(nul + 9);
	return 0;
}

/* ---- the schedule: empty, or priority + MT_PRIORITY_MAX (1) ---- */

void
store_queue_due_pack(struct buf *out, int priority)
{
	buf_addc(out, (char)(priority + MT_PRIORITY_MAX));
}

bool
store_queue_due_priority(struct span v, int *priority)
{
	unsigned byte = v.n == 1 ? (unsigned char)v.p[0] : MT_PRIORITIES;

	*priority = (int)byte - MT_PRIORITY_MAX;
	return byte < MT_PRIORITIES;
}

/* ---- fields of values ---- */

static void
put64(struct buf *out, uint64_t v)
{
	char p[8];

	le64_put(p, v);
	buf_add(out, p, sizeof(p));
}

static void
put32(struct buf *out, uint32_t v)
{
	char p[4];

	le32_put(p, v);
	buf_add(out, p, sizeof(p));
}

static void
put_text(struct buf *out, struct span s)
{
	char p[2];

	le16_put(p, (uint16_t)s.n);
	buf_add(out, p, sizeof(p));
	buf_add_span(out, s);
}

/* What is left of a value; bad once something was not there. */
struct reader {
	struct span rest;
	bool bad;
};

static const char *
take(struct reader *r, size_t n)
{
	static const char zero[8];
	const char *p = r->rest.p;

	r->bad = r->bad || r->rest.n < n;
	if (r->bad)
		return zero;
	r->rest = span_sub(r->rest, n, r->rest.n);
	return p;
}

static unsigned
take_enum(struct reader *r, unsigned count)
{
	unsigned v = (unsigned char)*take(r, 1);

	r->bad = r->bad || v >= count;
	return v;
}

static struct span
take_text(struct reader *r)
{
	size_t n = le16_get(take(r, 2));

	if (n > r->rest.n)
		r->bad = true;
	return r->bad || n == 0 ? span_of("", 0) : span_of(take(r, n), n);
}

static bool
whole(const struct reader *r)
{
	return !r->bad && r->rest.n == 0;
}

/* ---- messages: version 1 has no future, 2 no require_tls,
 * 3 no priority, 4 no by ---- */

void
store_queue_msg_pack(struct buf *out, const struct store_queue_msg *m)
{
	buf_addc(out, 5);
	buf_addc(out, (char)m->body);
	buf_addc(out, m->utf8);
	buf_addc(out, (char)m->ret);
	put32(out, m->left);
	put64(out, (uint64_t)m->created);
	put64(out, m->size);
	put64(out, m->blob);
	put_text(out, m->sender);
	put_text(out, m->envid);
	put_text(out, m->prefix);
	put_text(out, m->future);
	buf_addc(out, (char)m->require_tls);
	buf_addc(out, (char)(m->priority + MT_PRIORITY_MAX));
	buf_addc(out, (char)m->by.mode);
	buf_addc(out, m->by.trace);
	put64(out, (uint64_t)m->by.at);
}

int
store_queue_msg_parse(
    struct span key, struct span v, struct store_queue_msg *out)
{
	struct reader r = { .rest = v };
	unsigned version = take_enum(&r, 6);

	*out = (struct store_queue_msg){ 0 };
	r.bad = r.bad || key.n != 9 || version == 0;
	if (!r.bad)
		out->id = be64_get(key.p + 1);
	out->body = (enum body_kind)take_enum(&r, BODY_KINDS);
	out->utf8 = take_enum(&r, 2);
	out->ret = (enum dsn_ret)take_enum(&r, DSN_RETS);
	out->left = le32_get(take(&r, 4));
	out->created = (int64_t)le64_get(take(&r, 8));
	out->size = le64_get(take(&r, 8));
	out->blob = le64_get(take(&r, 8));
	out->sender = take_text(&r);
	out->envid = take_text(&r);
	out->prefix = take_text(&r);
	out->future = version > 1 ? take_text(&r) : span_of("", 0);
	if (version > 2)
		out->require_tls =
		    (enum require_tls)take_enum(&r, REQUIRE_TLS_KINDS);
	if (version > 3)
		out->priority =
		    (int)take_enum(&r, MT_PRIORITIES) - MT_PRIORITY_MAX;
	if (version > 4) {
		out->by.mode =
		    (enum deliver_by_mode)take_enum(&r, DELIVER_BY_MODES);
		out->by.trace = take_enum(&r, 2);
		out->by.at = (int64_t)le64_get(take(&r, 8));
	}
	return whole(&r) && out->left > 0 ? 0 : -1;
}

/* ---- recipients ---- */

void
store_queue_rcpt_pack(struct buf *out, const struct store_queue_rcpt *r)
{
	buf_addc(out, 1);
	buf_addc(out, (char)r->state);
	buf_addc(out, (char)r->warning);
	buf_addc(out, (char)r->notify);
	put32(out, r->attempts);
	put64(out, (uint64_t)r->next);
	put64(out, (uint64_t)r->last);
	put_text(out, r->address);
	put_text(out, r->domain);
	put_text(out, r->orcpt);
	put32(out, r->reply.code);
	put_text(out, r->reply.enhanced);
	put_text(out, span_sub(r->reply.text, 0, STORE_REPLY_MAX));
	put_text(out, r->reply.host);
}

int
store_queue_rcpt_parse(
    struct span key, struct span v, struct store_queue_rcpt *out)
{
	struct reader r = { .rest = v };

	*out = (struct store_queue_rcpt){ 0 };
	r.bad = key.n != 13 || take_enum(&r, 2) != 1;
	if (!r.bad)
		out->index = be32_get(key.p + 9);
	out->state = (enum store_queue_state)take_enum(&r, STORE_QUEUE_STATES);
	out->warning =
	    (enum store_queue_warning)take_enum(&r, STORE_QUEUE_WARNINGS);
	out->notify = take_enum(&r, 16);
	out->attempts = le32_get(take(&r, 4));
	out->next = (int64_t)le64_get(take(&r, 8));
	out->last = (int64_t)le64_get(take(&r, 8));
	out->address = take_text(&r);
	out->domain = take_text(&r);
	out->orcpt = take_text(&r);
	out->reply.code = le32_get(take(&r, 4));
	out->reply.enhanced = take_text(&r);
	out->reply.text = take_text(&r);
	out->reply.host = take_text(&r);
	if (out->domain.n > STORE_DOMAIN_MAX ||
	    out->reply.text.n > STORE_REPLY_MAX)
		r.bad = true;
	return whole(&r) ? 0 : -1;
}
