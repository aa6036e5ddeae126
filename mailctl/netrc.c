/* SPDX-License-Identifier: ISC */
#include "netrc.h"

static bool
is_space(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n';
}

/* Words are split by white space; quotes keep it; a backslash escapes. */
static bool
next_word(struct span *s, struct buf *out)
{
	bool quoted = false;

	buf_clear(out);
	*s = span_trim(*s);
	if (s->n == 0)
		return false;
	while (s->n > 0 && (quoted || !is_space(s->p[0]))) {
		if (s->p[0] == '"') {
			quoted = !quoted;
		} else {
			if (s->p[0] == '\\' && s->n > 1)
				*s = span_sub(*s, 1, s->n);
			buf_addc(out, s->p[0]);
		}
		*s = span_sub(*s, 1, s->n);
	}
	return true;
}

struct entry {
	bool host; /* it is for our host */
	struct buf login, password;
};

static bool
wanted(const struct entry *e, const char *user)
{
	return e->host && e->password.len > 0 && (user == NULL ||
	    e->login.len == 0 ||
	    span_eq(buf_span(&e->login), span_str(user)));
}

/* A macro's text goes up to an empty line. */
static void
skip_macro(struct span *s)
{
	struct span line;

	while (span_split(s, '\n', &line)) {
		if (span_trim(line).n == 0)
			return;
	}
}

static void
begin(struct entry *e, bool host)
{
	e->host = host;
	buf_wipe(&e->login);
	buf_wipe(&e->password);
}

/* Reads up to the entry that is wanted; false: there is none. */
static bool
find(struct span s, const char *host, const char *user, struct entry *e)
{
	struct buf word = { 0 }, value = { 0 };

	while (next_word(&s, &word)) {
		struct span w = buf_span(&word);
		bool machine = span_eq(w, SPAN_LIT("machine"));

		if ((machine || span_eq(w, SPAN_LIT("default"))) &&
		    wanted(e, user))
			break;
		if (span_eq(w, SPAN_LIT("default")))
			begin(e, true);
		else if (span_eq(w, SPAN_LIT("macdef")))
			skip_macro(&s);
		else if (!next_word(&s, &value))
			break;
		else if (machine)
			begin(e, span_ieqs(buf_span(&value), host));
		else if (span_eq(w, SPAN_LIT("login")))
			buf_add_span(&e->login, buf_span(&value));
		else if (span_eq(w, SPAN_LIT("password")))
			buf_add_span(&e->password, buf_span(&value));
	}
	buf_wipe(&word);
	buf_wipe(&value);
	return wanted(e, user);
}

bool
netrc_find(struct span text, const char *host, const char *user,
    struct buf *login, struct buf *password)
{
	struct entry e = { 0 };
	bool found = find(text, host, user, &e);

	if (found) {
		buf_add_span(login, buf_span(&e.login));
		buf_add_span(password, buf_span(&e.password));
	}
	begin(&e, false);
	return found;
}
