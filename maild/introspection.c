/* SPDX-License-Identifier: ISC */
#include "introspection.h"

#include <jansson.h>

/* application/x-www-form-urlencoded */
void
introspection_form(struct buf *out, struct span token)
{
	buf_reserve(out, token.n * 3 + 64);
	buf_adds(out, "token_type_hint=access_token&token=");
	for (size_t i = 0; i < token.n; i++) {
		unsigned char c = (unsigned char)token.p[i];

		if (ascii_alpha(c) || ascii_digit(c) ||
		    (c != '\0' && strchr("-._~", c) != NULL))
			buf_addc(out, (char)c);
		else
			buf_addf(out, "%%%02X", c);
	}
}

/* A list of words, or nothing is wanted. */
static bool
has_scope(const json_t *answer, const char *wanted)
{
	const char *scopes = json_string_value(json_object_get(answer,
	    "scope"));
	struct span list, word;

	if (wanted == NULL)
		return true;
	list = span_str(scopes != NULL ? scopes : "");
	while (span_split(&list, ' ', &word)) {
		if (span_eq(word, span_str(wanted)))
			return true;
	}
	return false;
}

/* Whether it has begun, and has not ended; *seconds is left of it. */
static bool
is_in_time(const json_t *answer, int64_t now, uint32_t *seconds)
{
	const json_t *exp = json_object_get(answer, "exp");
	const json_t *nbf = json_object_get(answer, "nbf");
	double left;

	*seconds = INTROSPECTION_NO_END;
	if (json_is_number(nbf) && json_number_value(nbf) > (double)now)
		return false;
	if (!json_is_number(exp))
		return exp == NULL;
	left = json_number_value(exp) - (double)now;
	if (left < 1)
		return false;
	if (left < (double)INTROSPECTION_NO_END)
		*seconds = (uint32_t)left;
	return true;
}

static void
read_claims(struct introspection *out, const json_t *answer,
    const struct introspection_wants *wants)
{
	const char *user = json_string_value(json_object_get(answer,
	    wants->claim));

	out->active = json_is_true(json_object_get(answer, "active")) &&
	    user != NULL && user[0] != '\0' &&
	    has_scope(answer, wants->scope) &&
	    is_in_time(answer, wants->now, &out->seconds);
	if (out->active)
		out->user = xstrdup(user);
}

int
introspection_parse(struct introspection *out, struct span json,
    const struct introspection_wants *wants)
{
	json_t *answer = NULL;
	bool good;

	*out = (struct introspection){ 0 };
	if (json.n <= INTROSPECTION_ANSWER_MAX)
		answer = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES,
		    NULL);
	good = json_is_boolean(json_object_get(answer, "active"));
	if (good)
		read_claims(out, answer, wants);
	json_decref(answer);
	return good ? 0 : -1;
}
