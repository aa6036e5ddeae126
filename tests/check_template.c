/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "template.h"

static const char *const given[] = { "name=Bob", "to=bob@x", "eq=a=b",
	"evil=x\r\nBcc: eve@x", "nest={{name}}", "empty=" };

static const struct {
	const char *text;
	const char *to, *subject, *body; /* to NULL: refused, body is why */
} templates[] = {
	{ "To: {{name}} <{{ to }}>\nSubject: Hi\n {{name}}\n\nDear {{name}},\n",
	    "Bob <bob@x>", "Hi Bob", "Dear Bob,\n" },
	{ "To: a@x\r\n\r\n{{eq}}\r\n", "a@x", "", "a=b\r\n" },
	{ "To: a@x\n\n{{nest}} {{empty}}.", "a@x", "", "{{name}} ." },
	{ "To: a@x\n\n", "a@x", "", "" },
	{ "To: a@x\n", "a@x", "", "" },
	{ "\n{ {name} }}", "", "", "{ {name} }}" },
	{ "To: a@x\nSubject: {{evil}}\n\n", "a@x", "x\r\nBcc: eve@x", "" },
	{ "To: a@x\n\n{{nobody}}", NULL, NULL, "--set nobody=VALUE" },
	{ "To: a@x\n\n{{name", NULL, NULL, "without" },
	{ "To: a@x\n\n{{", NULL, NULL, "without" },
	{ "To: a@x\nTo: b@x\n\n", NULL, NULL, "each once" },
	{ "X-Mine: b@x\n\n", NULL, NULL, "its fields are" },
	{ "just text\n", NULL, NULL, "its fields are" },
};

START_TEST(template_is_filled_in)
{
	struct template t = { 0 };
	struct opt_list values = { 0 };
	struct buf err = { 0 };
	int ret;

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		opt_list_add(&values, given[i]);
	ret = template_read(&t, span_str(templates[_i].text), &values, &err);
	if (templates[_i].to == NULL) {
		ck_assert_int_eq(ret, -1);
		ck_assert_ptr_nonnull(strstr(err.data, templates[_i].body));
	} else {
		ck_assert_int_eq(ret, 0);
		ck_buf_eq(&t.to, templates[_i].to);
		ck_buf_eq(&t.subject, templates[_i].subject);
		ck_buf_eq(&t.body, templates[_i].body);
		ck_buf_eq(&t.bcc, "");
	}
	template_clear(&t);
	opt_list_free(&values);
	buf_free(&err);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, template_is_filled_in, 0,
	    sizeof(templates) / sizeof(templates[0]));
}

int
main(void)
{
	return check_run("template", add);
}
