/* SPDX-License-Identifier: ISC */
#include "template.h"

#include "header.h"

/* Append the value of that name. */
static int
add_value(struct buf *out, struct span name, const struct opt_list *values,
    struct buf *err)
{
	for (size_t i = 0; i < values->len; i++) {
		struct span value = span_str(values->value[i]), key;

		span_split(&value, '=', &key);
		if (span_eq(key, name)) {
			buf_add_span(out, value);
			return 0;
		}
	}
	buf_addf(err, "\"%.*s\" has no value; give --set %.*s=VALUE",
	    (int)name.n, name.p, (int)name.n, name.p);
	return -1;
}

static const char *
find(struct span s, const char *pair)
{
	for (size_t i = 0; i + 1 < s.n; i++) {
		if (s.p[i] == pair[0] && s.p[i + 1] == pair[1])
			return s.p + i;
	}
	return NULL;
}

/* Append text with its names replaced; what was put in is not looked at. */
static int
fill(struct buf *out, struct span text, const struct opt_list *values,
    struct buf *err)
{
	const char *open, *close;
	struct span name;

	out->max = TEMPLATE_MAX;
	while ((open = find(text, "{{")) != NULL) {
		buf_add(out, text.p, (size_t)(open - text.p));
		text = span_sub(text, (size_t)(open - text.p) + 2, text.n);
		close = find(text, "}}");
		if (close == NULL) {
			buf_adds(err, "\"{{\" without \"}}\"");
			return -1;
		}
		name = span_trim(span_of(text.p, (size_t)(close - text.p)));
		if (add_value(out, name, values, err) < 0)
			return -1;
		text = span_sub(text, (size_t)(close - text.p) + 2, text.n);
	}
	buf_add_span(out, text);
	if (!out->failed)
		return 0;
	buf_addf(err, "larger than %zu bytes", TEMPLATE_MAX);
	return -1;
}

static int
read_field(struct template *t, const struct header_field *f,
    const struct opt_list *values, struct buf *err)
{
	const struct {
		const char *name;
		struct buf *value;
	} fields[] = {
		{ "From", &t->from },
		{ "To", &t->to },
		{ "Cc", &t->cc },
		{ "Bcc", &t->bcc },
		{ "Subject", &t->subject },
	};
	struct buf value = { 0 };
	int ret = -1;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!span_ieqs(f->name, fields[i].name))
			continue;
		if (fields[i].value->len > 0)
			break;
		header_unfold(&value, f->value);
		ret = fill(fields[i].value, buf_span(&value), values, err);
		buf_free(&value);
		return ret;
	}
	buf_adds(err, "its fields are From, To, Cc, Bcc and Subject, each "
		      "once, and an empty line ends them");
	return ret;
}

int
template_read(struct template *t, struct span text,
    const struct opt_list *values, struct buf *err)
{
	struct header_field f;
	struct span line;

	while (header_next(&text, &f)) {
		if (read_field(t, &f, values, err) < 0)
			return -1;
	}
	span_split(&text, '\n', &line); /* the empty one */
	return fill(&t->body, text, values, err);
}

void
template_clear(struct template *t)
{
	buf_free(&t->from);
	buf_free(&t->to);
	buf_free(&t->cc);
	buf_free(&t->bcc);
	buf_free(&t->subject);
	buf_free(&t->body);
}
