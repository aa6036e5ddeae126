/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "login.h"

static char home[] = "/tmp/check_login.XXXXXX";

static void
put_file(const char *name, unsigned mode, const char *text)
{
	struct buf path = { 0 };
	FILE *f;

	buf_addf(&path, "%s/%s", home, name);
	f = fopen(path.data, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	ck_assert_int_eq(chmod(path.data, mode), 0);
	buf_free(&path);
}

static void
set_up(void)
{
	struct buf path = { 0 };

	strcpy(strrchr(home, '.') + 1, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(home));
	setenv("HOME", home, 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("MAILCTL_PASSWORD");
	buf_addf(&path, "%s/.config", home);
	ck_assert_int_eq(mkdir(path.data, 0700), 0);
	buf_adds(&path, "/mailctl");
	ck_assert_int_eq(mkdir(path.data, 0700), 0);
	buf_free(&path);
	/* No terminal to ask on. */
	ck_assert_ptr_nonnull(freopen("/dev/null", "r", stdin));
}

static int
remove_one(const char *path, const struct stat *sb, int type, struct FTW *ftw)
{
	(void)sb;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
tear_down(void)
{
	nftw(home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#define CONFIG ".config/mailctl/config"

/* Where a password comes from: what the files hold, and what is found. */
static const struct {
	const char *config;
	unsigned config_mode;
	const char *netrc;
	unsigned netrc_mode;
	const char *env;
	int status;
	const char *user, *password;
} sources[] = {
	{ "account a\nuser u\npassword_cmd printf 'x y\\n'\n", 0644, NULL, 0,
	    NULL, 0, "u", "x y" },
	{ "account a\nuser u\npassword_cmd printf 'x\\n\\n'\n", 0644, NULL, 0,
	    NULL, 0, "u", "x\n" },
	{ "account a\nuser u\ntoken_cmd printf 'x.y\\n'\n", 0644, NULL, 0,
	    NULL, 0, "u", "x.y" },
	{ "account a\nuser u\ntoken_cmd false\n", 0644, NULL, 0, NULL,
	    EX_CONFIG, NULL, NULL },
	{ "account a\nuser u\npassword_cmd false\n", 0644, NULL, 0, NULL,
	    EX_CONFIG, NULL, NULL },
	{ "account a\nuser u\npassword_cmd true\n", 0644, NULL, 0, NULL,
	    EX_CONFIG, NULL, NULL },
	{ "account a\nuser u\npassword_cmd read x && echo x\n", 0644, NULL, 0,
	    NULL, EX_CONFIG, NULL, NULL },
	{ "account a\nuser u\npassword_file /nonexistent\n", 0644, NULL, 0,
	    NULL, EX_CONFIG, NULL, NULL },
	{ "account a\nuser u\npassword p\n", 0600, NULL, 0, NULL, 0, "u", "p" },
	{ "account a\nuser u\npassword p\n", 0640, NULL, 0, NULL, EX_CONFIG,
	    NULL, NULL },
	{ "account a\nuser u\npassword p\n", 0604, NULL, 0, "env", EX_CONFIG,
	    NULL, NULL },
	{ "account a\nuser u\npassword p\n", 0600, NULL, 0, "env", 0, "u",
	    "env" },
	{ "account a\nuser u\n", 0644, "machine h login u password n", 0600,
	    NULL, 0, "u", "n" },
	{ "account a\n", 0644, "machine h login v password n", 0600, NULL, 0,
	    "v", "n" },
	{ "account a\nuser u\n", 0644, "machine h login u password n", 0644,
	    NULL, EX_CONFIG, NULL, NULL },
	{ "account a\nuser u\n", 0644, "machine g login u password n", 0600,
	    NULL, EX_NOPERM, NULL, NULL },
	{ "account a\n", 0644, NULL, 0, NULL, EX_CONFIG, NULL, NULL },
	{ "nonsense\n", 0644, NULL, 0, NULL, EX_CONFIG, NULL, NULL },
	{ NULL, 0, NULL, 0, "env", EX_CONFIG, NULL, NULL },
};

START_TEST(password_from_its_source)
{
	struct cmd c = { .opt = { .password_fd = UINT32_MAX } };
	struct login l;
	const char *password = NULL;
	int ret;

	if (sources[_i].config != NULL)
		put_file(CONFIG, sources[_i].config_mode, sources[_i].config);
	if (sources[_i].netrc != NULL)
		put_file(".netrc", sources[_i].netrc_mode, sources[_i].netrc);
	if (sources[_i].env != NULL)
		setenv("MAILCTL_PASSWORD", sources[_i].env, 1);
	ret = login_init(&l, &c);
	if (ret == 0)
		ret = login_password(&l, &c, "imaps://h", &password);
	ck_assert_int_eq(ret, sources[_i].status);
	if (ret == 0) {
		ck_assert_str_eq(l.user, sources[_i].user);
		ck_assert_str_eq(password, sources[_i].password);
	}
	login_clear(&l);
}
END_TEST

START_TEST(options_are_stronger_than_settings)
{
	struct cmd c = { .opt = { .password_fd = UINT32_MAX } };
	struct login l;

	put_file(CONFIG, 0644, "account a\nimap imaps://a\nuser ua\n"
	    "account b\nimap imaps://b\nsmtp smtps://b\nuser ub\n");
	ck_assert_int_eq(login_init(&l, &c), 0);
	ck_assert_str_eq(l.imap, "imaps://a");
	ck_assert_ptr_null(l.smtp);
	login_clear(&l);
	c.opt.account = "b";
	c.opt.user = "other";
	ck_assert_int_eq(login_init(&l, &c), 0);
	ck_assert_str_eq(l.imap, "imaps://b");
	ck_assert_str_eq(l.smtp, "smtps://b");
	ck_assert_str_eq(l.user, "other");
	login_clear(&l);
	c.opt.account = "c";
	ck_assert_int_eq(login_init(&l, &c), EX_CONFIG);
	login_clear(&l);
}
END_TEST

START_TEST(password_by_file_and_descriptor)
{
	struct cmd c = { .opt = { .password_fd = UINT32_MAX, .user = "u" } };
	struct buf path = { 0 };
	const char *password;
	struct login l;
	int fd[2];

	put_file("secret", 0600, "from file\r\n");
	buf_addf(&path, "%s/secret", home);
	c.opt.password_file = path.data;
	ck_assert_int_eq(login_init(&l, &c), 0);
	ck_assert_int_eq(login_password(&l, &c, "imaps://h", &password), 0);
	ck_assert_str_eq(password, "from file");
	login_clear(&l);
	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(write(fd[1], "from fd", 7), 7);
	close(fd[1]);
	c.opt.password_fd = (uint32_t)fd[0];
	ck_assert_int_eq(login_init(&l, &c), 0);
	ck_assert_int_eq(login_password(&l, &c, "imaps://h", &password), 0);
	ck_assert_str_eq(password, "from fd");
	login_clear(&l);
	close(fd[0]);
	buf_free(&path);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, password_from_its_source, 0,
	    sizeof(sources) / sizeof(sources[0]));
	tcase_add_test(tc, options_are_stronger_than_settings);
	tcase_add_test(tc, password_by_file_and_descriptor);
}

int
main(void)
{
	return check_run("login", add);
}
