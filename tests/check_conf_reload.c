/* SPDX-License-Identifier: ISC */
#include "conf_reload.h"

#include "check.h"

static const struct {
	const char *running, *next; /* the files */
	const char *want;           /* what is in use then, as a file */
	const char *kept;           /* settings that wait for a restart */
} reloads[] = {
	{ "hostname a.example\n", "hostname b.example\n",
	    "hostname b.example\n", "" },
	{ "hostname a.example\nlisten imaps :993\n",
	    "hostname a.example\nlisten imaps :1993\ndomain b.example\n",
	    "hostname a.example\nlisten imaps :993\ndomain b.example\n",
	    "listen " },
	{ "log { level info }\n", "log { level debug }\nworkers 3\n", "",
	    "workers log.level " },
	{ "listen imap :143\nlisten imaps :993\n",
	    "listen imap :143\nlisten imaps :993\nlimits { recipients 5 }\n",
	    "listen imap :143\nlisten imaps :993\nlimits { recipients 5 }\n",
	    "" },
	{ "tls { cert /a; key /b }\n", "", "", "" },
};

static struct conf *
conf_of(const char *text)
{
	struct buf errors = { 0 };
	struct conf *c = conf_parse_text(span_str(text), "test", NULL, 0,
	    &errors);

	ck_assert_msg(c != NULL, "%s: %s", text, errors.data);
	buf_free(&errors);
	return c;
}

static void
keep(void *arg, const char *setting)
{
	buf_addf(arg, "%s ", setting);
}

START_TEST(reload_applies_what_it_can)
{
	struct conf *running = conf_of(reloads[_i].running);
	struct conf *next = conf_of(reloads[_i].next);
	struct conf *want = conf_of(reloads[_i].want);
	struct buf kept = { 0 }, errors = { 0 };
	struct conf *got = conf_reload(running, next, keep, &kept, &errors);

	ck_assert_msg(got != NULL, "%s", errors.data);
	ck_assert(conf_equal(got, want));
	ck_buf_eq(&kept, reloads[_i].kept);
	buf_free(&kept);
	buf_free(&errors);
	conf_free(running);
	conf_free(next);
	conf_free(want);
	conf_free(got);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, reload_applies_what_it_can, 0,
	    sizeof(reloads) / sizeof(reloads[0]));
}

int
main(void)
{
	return check_run("conf, reload", add);
}
