/* SPDX-License-Identifier: ISC */
/*
 * The table of settings against all that repeats it: struct conf, the sample
 * and the manual page.  CONF_DOC_WRITE=1 brings the last two up to date.
 */
#include "check.h"

#include <stdio.h>

#include "conf_doc.h"
#include "file.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void
top_path(struct buf *out, const char *name)
{
	const char *top = getenv("top_srcdir");

	buf_addf(out, "%s/%s", top != NULL ? top : ".", name);
}

static void
read_top(struct buf *out, const char *name)
{
	struct buf path = { 0 };

	top_path(&path, name);
	ck_assert_msg(file_read(out, path.data, NULL) == 0, "%s", path.data);
	buf_free(&path);
}

/* The file is as it should be, or else made so where that is asked for. */
static void
same_or_write(const char *name, const struct buf *want)
{
	struct buf have = { 0 }, path = { 0 };

	if (getenv("CONF_DOC_WRITE") != NULL) {
		top_path(&path, name);
		ck_assert_int_eq(file_write(path.data, 0644, buf_span(want)),
		    0);
		buf_free(&path);
	}
	read_top(&have, name);
	ck_assert_msg(span_eq(buf_span(&have), buf_span(want)),
	    "%s is behind the tables of settings: run check_conf_doc with "
	    "CONF_DOC_WRITE=1", name);
	buf_free(&have);
}

/* ---- the table itself ---- */

START_TEST(each_setting_is_told_whole)
{
	const struct conf_setting *s = conf_setting_at((size_t)_i);
	size_t n = strlen(s->sentence);

	ck_assert_ptr_eq(conf_setting_find(s->block, s->name), s);
	ck_assert_uint_gt(n, 15);
	ck_assert_int_eq(s->sentence[n - 1], '.');
	ck_assert(s->def != NULL || s->shown != NULL);
	ck_assert(s->words == NULL || s->type == &conf_type_word);
	if (s->type->limit != NULL)
		ck_assert_uint_lt(s->min, s->max);
}
END_TEST

/* Fields of lists, and the second one of a rate, come with their first. */
static const char *const companions[] = { "nclients", "ndomains",
	"nlisten", "auth_failures_period", "messages_per_user_period",
	"recipients_per_user_period", "messages_per_address_period",
	"recipients_per_address_period", "inbound_connections_period",
	"inbound_messages_period", "inbound_recipients_period" };

static bool
field_is_covered(struct span name)
{
	const struct conf_setting *s;

	for (size_t i = 0; (s = conf_setting_at(i)) != NULL; i++)
		if (span_eq(name, span_str(s->field)))
			return true;
	for (size_t i = 0; i < LEN(companions); i++)
		if (span_eq(name, span_str(companions[i])))
			return true;
	return false;
}

/* One declaration without its comment: "char *tls_cert, *tls_key". */
static size_t
check_declaration(struct span text)
{
	struct span part, name;
	size_t n = 0;

	while (span_split(&text, ',', &part)) {
		part = span_trim(part);
		name = span_sub(part, 0, 0);
		for (size_t i = part.n; i > 0 && part.p[i - 1] != ' ' &&
		     part.p[i - 1] != '*'; i--)
			name = span_sub(part, i - 1, part.n);
		ck_assert_msg(field_is_covered(name),
		    "no setting fills conf.%.*s", (int)name.n, name.p);
		n++;
	}
	return n;
}

START_TEST(every_field_of_conf_has_a_setting)
{
	struct buf text = { 0 }, bare = { 0 };
	const char *at, *end;
	struct span rest, line;
	size_t n = 0;

	read_top(&text, "maild/conf.h");
	at = strstr(text.data, "\nstruct conf {\n");
	ck_assert_ptr_nonnull(at);
	at += strlen("\nstruct conf {\n");
	end = strstr(at, "\n};\n");
	ck_assert_ptr_nonnull(end);
	while (at < end) {
		if (strncmp(at, "/*", 2) == 0)
			at = strstr(at, "*/") + 2;
		else
			buf_addc(&bare, *at++);
	}
	rest = buf_span(&bare);
	while (span_split(&rest, ';', &line))
		if (span_trim(line).n > 0)
			n += check_declaration(span_trim(line));
	ck_assert_uint_ge(n, conf_settings_count());
	buf_free(&text);
	buf_free(&bare);
}
END_TEST

/* ---- the sample ---- */

START_TEST(sample_is_up_to_date)
{
	struct buf want = { 0 };

	conf_doc_sample(&want);
	same_or_write("conf/maild.conf.sample", &want);
	buf_free(&want);
}
END_TEST

/* Both as it is, and with every setting uncommented (but for those that are
 * examples, not defaults), it is the default configuration. */
START_TEST(sample_is_the_default)
{
	struct buf sample = { 0 }, text = { 0 }, errors = { 0 };
	struct conf *def, *c;
	struct span rest, line;

	conf_doc_sample(&sample);
	rest = buf_span(&sample);
	while (span_split(&rest, '\n', &line)) {
		size_t tab = line.n > 0 && line.p[0] == '\t';
		struct span t = span_sub(line, tab, line.n);

		if (_i == 1 && t.n > 1 && t.p[0] == '#' && t.p[1] != ' ' &&
		    !span_iprefix(t, SPAN_LIT("#client \"")) &&
		    !span_iprefix(t, SPAN_LIT("#domain")) &&
		    !span_iprefix(t, SPAN_LIT("#listen")) &&
		    !span_iprefix(t, SPAN_LIT("#trusted")))
			t = span_sub(t, 1, t.n);
		buf_add_span(&text, t);
		buf_addc(&text, '\n');
	}
	c = conf_parse_text(buf_span(&text), "sample", NULL, 0, &errors);
	ck_buf_eq(&errors, "");
	def = conf_parse_text(SPAN_LIT("state_dir /var/lib/maild\n"
				       "control_socket "
				       "/run/maild/control.sock"),
	    "default", NULL, 0, &errors);
	ck_assert(conf_equal(c, def) == (_i == 1));
	conf_free(c);
	conf_free(def);
	buf_free(&sample);
	buf_free(&text);
}
END_TEST

START_TEST(explains_by_either_name)
{
	struct buf a = { 0 }, b = { 0 };

	ck_assert(conf_doc_explain(&a, "message_size"));
	ck_assert(conf_doc_explain(&b, "limits.message_size"));
	ck_buf_eq(&a, "limits { message_size SIZE }\n"
		"    The largest message that is taken.\n"
		"    Allowed: 64K to 2G\n"
		"    Default: 50M\n"
		"    A change needs a reload\n");
	ck_assert(span_eq(buf_span(&a), buf_span(&b)));
	buf_clear(&a);
	ck_assert(!conf_doc_explain(&a, "tls.message_size"));
	ck_assert(!conf_doc_explain(&a, ""));
	ck_assert(!conf_doc_explain(&a, "limits"));
	ck_buf_eq(&a, "");
	buf_free(&a);
	buf_free(&b);
}
END_TEST

/* ---- the manual page ---- */

#define BEGIN ".\\\" Settings, from conf_table_*.c by check_conf_doc: begin\n"
#define END   ".\\\" Settings: end\n"
#define WIDTH 78

/* Text of the manual: each sentence on lines of its own. */
static void
man_text(struct buf *out, const char *text)
{
	struct span rest = span_str(text), word;
	size_t column = 0;

	while (span_split(&rest, ' ', &word)) {
		bool sentence_ended = word.n == 0;

		if (column > 0 &&
		    (sentence_ended || column + 1 + word.n > WIDTH)) {
			buf_addc(out, '\n');
			column = 0;
		}
		if (sentence_ended)
			continue;
		if (column > 0)
			buf_addc(out, ' ');
		else if (word.p[0] == '.' || word.p[0] == '\'')
			buf_adds(out, "\\&");
		buf_add_span(out, word);
		column += word.n + (column > 0);
	}
	buf_addc(out, '\n');
}

static void
man_setting(struct buf *out, const struct conf_setting *s)
{
	const char *def = s->shown != NULL ? s->shown : s->def;
	struct buf range = { 0 };

	buf_addf(out, ".It Ic %s Ar %s\n", s->name, s->type->syntax);
	man_text(out, s->sentence);
	conf_doc_range(&range, s);
	if (range.len > 0)
		buf_addf(out, "Allowed: %s.\n", range.data);
	if (s->def != NULL)
		buf_addf(out, "Default:\n.Ql %s .\n",
		    def[0] != '\0' ? def : "\\(dq\\(dq");
	if (!s->reload)
		buf_adds(out, "A change takes a restart.\n");
	buf_free(&range);
}

static void
man_settings(struct buf *out)
{
	const struct conf_setting *s;
	const char *block = NULL;

	for (size_t i = 0; (s = conf_setting_at(i)) != NULL; i++) {
		if (block == NULL || strcmp(block, s->block) != 0) {
			buf_adds(out, block != NULL ? ".El\n" : "");
			if (s->block[0] != '\0')
				buf_addf(out, ".Ss Block %s\n", s->block);
			buf_adds(out, ".Bl -tag -width Ds\n");
		}
		block = s->block;
		man_setting(out, s);
	}
	buf_adds(out, ".El\n");
}

START_TEST(manual_is_up_to_date)
{
	struct buf have = { 0 }, want = { 0 };
	const char *begin, *end;

	read_top(&have, "man/maild.conf.5");
	begin = strstr(have.data, BEGIN);
	end = strstr(have.data, END);
	ck_assert(begin != NULL && end != NULL && begin < end);
	buf_add(&want, have.data, (size_t)(begin - have.data) + strlen(BEGIN));
	man_settings(&want);
	buf_adds(&want, end);
	same_or_write("man/maild.conf.5", &want);
	buf_free(&have);
	buf_free(&want);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, each_setting_is_told_whole, 0,
	    (int)conf_settings_count());
	tcase_add_test(tc, every_field_of_conf_has_a_setting);
	tcase_add_test(tc, sample_is_up_to_date);
	tcase_add_loop_test(tc, sample_is_the_default, 0, 2);
	tcase_add_test(tc, explains_by_either_name);
	tcase_add_test(tc, manual_is_up_to_date);
}

int
main(void)
{
	return check_run("conf_doc", add);
}
