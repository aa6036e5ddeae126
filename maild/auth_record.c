/* SPDX-License-Identifier: ISC */
#include "auth_record.h"

#include "bytes.h"

#define FLAG_DISABLED 1

static bool
take(struct span *s, void *to, size_t n)
{
	if (s->n < n)
		return false;
	memcpy(to, s->p, n);
	*s = span_sub(*s, n, s->n);
	return true;
}

static bool
take_span(struct span *s, size_t n, size_t max, struct span *out)
{
	if (n > max || s->n < n)
		return false;
	*out = span_of(s->p, n);
	*s = span_sub(*s, n, s->n);
	return true;
}

static bool
take_app(struct span *s, struct auth_app *app)
{
	uint8_t number[8], len;

	if (!take(s, number, 4))
		return false;
	app->id = le32_get(number);
	if (!take(s, number, 8))
		return false;
	app->created = (int64_t)le64_get(number);
	return take(s, app->digest, sizeof(app->digest)) &&
	    take(s, &app->keys, sizeof(app->keys)) && take(s, &len, 1) &&
	    take_span(s, len, AUTH_APP_NAME_MAX, &app->name);
}

static bool
take_record(struct span s, struct auth_record *r)
{
	uint8_t flags, len[2];

	if (!take(&s, &flags, 1) || flags > FLAG_DISABLED ||
	    !take(&s, r->salt, sizeof(r->salt)) ||
	    !take(&s, &r->keys, sizeof(r->keys)) || !take(&s, len, 2) ||
	    !take_span(&s, le16_get(len), AUTH_RECORD_HASH_MAX, &r->hash) ||
	    r->hash.n == 0)
		return false;
	r->disabled = flags & FLAG_DISABLED;
	while (s.n > 0 && r->napps < AUTH_APPS_MAX) {
		if (!take_app(&s, &r->app[r->napps]))
			return false;
		r->napps++;
	}
	return s.n == 0;
}

int
auth_record_parse(struct span s, struct auth_record *r)
{
	*r = (struct auth_record){ 0 };
	if (take_record(s, r))
		return 0;
	*r = (struct auth_record){ 0 };
	return -1;
}

static void
add_app(struct buf *out, const struct auth_app *app)
{
	uint8_t number[8];

	le32_put(number, app->id);
	buf_add(out, number, 4);
	le64_put(number, (uint64_t)app->created);
	buf_add(out, number, 8);
	buf_add(out, app->digest, sizeof(app->digest));
	buf_add(out, &app->keys, sizeof(app->keys));
	buf_addc(out, (char)app->name.n);
	buf_add_span(out, app->name);
}

void
auth_record_format(struct buf *out, const struct auth_record *r)
{
	uint8_t len[2];

	buf_addc(out, r->disabled ? FLAG_DISABLED : 0);
	buf_add(out, r->salt, sizeof(r->salt));
	buf_add(out, &r->keys, sizeof(r->keys));
	le16_put(len, (uint16_t)r->hash.n);
	buf_add(out, len, sizeof(len));
	buf_add_span(out, r->hash);
	for (size_t i = 0; i < r->napps; i++)
		add_app(out, &r->app[i]);
}
