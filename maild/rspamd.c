/* SPDX-License-Identifier: ISC */
#include "rspamd.h"

#include <jansson.h>
#include <stdlib.h>

#define TEXT_MAX    200 /* of a reply */
#define SUBJECT_MAX 2000

static const char *const action_names[] = {
	[RSPAMD_NO_ACTION] = "no action",
	[RSPAMD_GREYLIST] = "greylist",
	[RSPAMD_ADD_HEADER] = "add header",
	[RSPAMD_REWRITE_SUBJECT] = "rewrite subject",
	[RSPAMD_SOFT_REJECT] = "soft reject",
	[RSPAMD_REJECT] = "reject",
	[RSPAMD_QUARANTINE] = "quarantine",
};
#define NACTIONS (sizeof(action_names) / sizeof(action_names[0]))

const char *
rspamd_action_name(enum rspamd_action a)
{
	return action_names[a];
}

static enum rspamd_action
find_action(const char *name)
{
	if (strcmp(name, "discard") == 0)
		return RSPAMD_QUARANTINE;
	for (size_t i = 0; i < NACTIONS; i++) {
		if (strcmp(name, action_names[i]) == 0)
			return (enum rspamd_action)i;
	}
	return RSPAMD_NO_ACTION;
}

/* One line; NULL where there is no text. */
static char *
line_of(const json_t *text, size_t max, bool ascii)
{
	struct span s = span_of(json_string_value(text),
	    json_string_length(text));
	struct buf out = { 0 };

	if (s.n == 0 || s.n > max)
		return NULL;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		buf_addc(&out, c < ' ' || c == 0x7f ? ' ' :
		    c >= 0x80 && ascii              ? '?' : (char)c);
	}
	return buf_steal(&out);
}

/* ---- fields of the header ---- */

/* RFC 5322 section 3.6.8, ftext */
static bool
is_name(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++) {
		if (s[i] <= ' ' || s[i] > '~' || s[i] == ':')
			return false;
	}
	return n > 0 && n < 100;
}

/* Lines that go on begin with white space, whatever came. */
static char *
fold(struct span s)
{
	struct buf out = { 0 };

	s = span_trim(s);
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool goes_on = i + 1 < s.n &&
		    (s.p[i + 1] == ' ' || s.p[i + 1] == '\t');

		if (c == '\n')
			buf_adds(&out, goes_on ? "\r\n" : "\r\n\t");
		else if (c != '\r')
			buf_addc(&out, (c < ' ' && c != '\t') || c == 0x7f ?
			    ' ' : (char)c);
	}
	return buf_steal(&out);
}

static bool
add_edit(struct rspamd_verdict *v, const char *name, char *value, int index)
{
	if (v->nedits == RSPAMD_EDITS_MAX || !is_name(name)) {
		free(value);
		return false;
	}
	v->edit = xrealloc_array(v->edit, v->nedits + 1, sizeof(*v->edit));
	v->edit[v->nedits++] = (struct rspamd_edit){ xstrdup(name), value,
		index };
	return true;
}

/* A string, or an object that has it as its value, or a list of those. */
static void
add_field(struct rspamd_verdict *v, const char *name, const json_t *what)
{
	const json_t *value = json_is_object(what) ?
	    json_object_get(what, "value") : what;
	struct span s = span_of(json_string_value(value),
	    json_string_length(value));

	if (s.n > 0 && s.n <= RSPAMD_FIELD_MAX)
		add_edit(v, name, fold(s), 0);
}

static void
read_additions(struct rspamd_verdict *v, json_t *fields)
{
	const char *name;
	json_t *what, *one;
	size_t i;

	json_object_foreach (fields, name, what) {
		if (!json_is_array(what))
			add_field(v, name, what);
		json_array_foreach (what, i, one)
			add_field(v, name, one);
	}
}

static void
read_removals(struct rspamd_verdict *v, json_t *fields)
{
	const char *name;
	json_t *what;

	json_object_foreach (fields, name, what) {
		json_int_t index = json_integer_value(what);

		if (json_is_integer(what) && index > -10000 && index < 10000)
			add_edit(v, name, NULL, (int)index);
	}
}

/* ---- the answer ---- */

static json_t *
load(struct span json)
{
	if (json.n > RSPAMD_ANSWER_MAX)
		return NULL;
	return json_loadb(json.p, json.n, 0, NULL);
}

int
rspamd_parse(struct rspamd_verdict *out, struct span json)
{
	json_t *answer = load(json), *milter;
	const char *action =
	    json_string_value(json_object_get(answer, "action"));

	*out = (struct rspamd_verdict){ 0 };
	if (action != NULL) {
		milter = json_object_get(answer, "milter");
		out->action = find_action(action);
		out->text = line_of(json_object_get(json_object_get(answer,
		    "messages"), "smtp_message"), TEXT_MAX, true);
		out->subject = line_of(json_object_get(answer, "subject"),
		    SUBJECT_MAX, false);
		read_removals(out, json_object_get(milter, "remove_headers"));
		read_additions(out, json_object_get(milter, "add_headers"));
	}
	json_decref(answer);
	return action != NULL ? 0 : -1;
}

void
rspamd_clear(struct rspamd_verdict *v)
{
	for (size_t i = 0; i < v->nedits; i++) {
		free(v->edit[i].name);
		free(v->edit[i].value);
	}
	free(v->edit);
	free(v->text);
	free(v->subject);
	*v = (struct rspamd_verdict){ 0 };
}

static void
keep(json_t *to, const json_t *from, const char *key)
{
	json_t *value = json_object_get(from, key);

	if (value != NULL)
		json_object_set(to, key, value);
}

int
rspamd_shrink(struct buf *out, struct span json)
{
	json_t *answer = load(json), *brief = json_object();
	json_t *milter = json_object();
	char *text = NULL;
	bool good = json_is_string(json_object_get(answer, "action"));

	keep(brief, answer, "action");
	keep(brief, answer, "messages");
	keep(brief, answer, "subject");
	keep(milter, json_object_get(answer, "milter"), "add_headers");
	keep(milter, json_object_get(answer, "milter"), "remove_headers");
	json_object_set(brief, "milter", milter);
	if (good)
		text = json_dumps(brief, JSON_COMPACT);
	good = text != NULL && strlen(text) <= RSPAMD_SHORT_MAX;
	if (good)
		buf_adds(out, text);
	free(text);
	json_decref(milter);
	json_decref(brief);
	json_decref(answer);
	return good ? 0 : -1;
}
