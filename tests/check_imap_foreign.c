/* SPDX-License-Identifier: ISC */
/*
 * Every command against mailboxes that are not the user's: what exists and is
 * not shared must be like what does not exist, word for word, and stay as it
 * is.
 */
#include <limits.h>
#include <stdio.h>

#include "check.h"
#include "imap_world.h"

#define ME  "test@localhost"
#define BOB "bob@localhost"

/* "@" stands for the mailbox.  NULL: the command names none. */
static const struct {
	const char *name, *text;
} commands[] = {
	{ "APPEND", "APPEND \"@\" {5+}\r\nA: b\n" },
	{ "AUTHENTICATE", NULL },
	{ "CANCELUPDATE", NULL },
	{ "CAPABILITY", NULL },
	{ "CHECK", NULL },
	{ "CLOSE", NULL },
	{ "COMPARATOR", NULL },
	{ "COMPRESS", NULL },
	{ "COPY", "COPY 1 \"@\"" },
	{ "COPY", "UID COPY 1 \"@\"" },
	{ "CREATE", "CREATE \"@/x\"" },
	{ "CREATE", "CREATE \"@/x/y\" (USE (\\Drafts))" },
	{ "DELETE", "DELETE \"@\"" },
	{ "DELETEACL", "DELETEACL \"@\" " ME },
	{ "ENABLE", NULL },
	{ "ESEARCH", "ESEARCH IN (mailboxes \"@\") ALL" },
	{ "ESEARCH", "ESEARCH IN (subtree \"@\") ALL" },
	{ "EXAMINE", "EXAMINE \"@\"" },
	{ "EXPUNGE", NULL },
	{ "FETCH", NULL },
	{ "GETACL", "GETACL \"@\"" },
	{ "GETMETADATA", "GETMETADATA \"@\" /shared/comment" },
	{ "GETMETADATA", "GETMETADATA \"@\" (DEPTH infinity) /private" },
	{ "GETQUOTA", "GETQUOTA \"@\"" },
	{ "GETQUOTA", "GETQUOTA " BOB },
	{ "GETQUOTAROOT", "GETQUOTAROOT \"@\"" },
	{ "ID", NULL },
	{ "IDLE", NULL },
	{ "LIST", "LIST \"\" \"@\"" },
	{ "LIST", "LIST \"\" \"@*\" RETURN (STATUS (MESSAGES) MYRIGHTS "
		  "METADATA (/shared/comment))" },
	{ "LIST", "LIST (SUBSCRIBED) \"\" \"@\" RETURN (STATUS (MESSAGES))" },
	{ "LISTRIGHTS", "LISTRIGHTS \"@\" " ME },
	{ "LOGIN", NULL },
	{ "LOGOUT", NULL },
	{ "LSUB", "LSUB \"\" \"@\"" },
	{ "MOVE", "MOVE 1 \"@\"" },
	{ "MOVE", "UID MOVE 1 \"@\"" },
	{ "MYRIGHTS", "MYRIGHTS \"@\"" },
	{ "NAMESPACE", NULL },
	{ "NOOP", NULL },
	{ "NOTIFY", "NOTIFY SET STATUS (mailboxes \"@\" (MessageNew "
		    "MessageExpunge MailboxName MailboxMetadataChange))" },
	{ "NOTIFY", "NOTIFY SET STATUS (subtree \"@\" (MessageNew "
		    "MessageExpunge MailboxName))" },
	{ "RENAME", "RENAME \"@\" mine" },
	{ "RENAME", "RENAME \"@\" \"@2\"" },
	{ "RENAME", "RENAME Archive \"@/x\"" },
	{ "REPLACE", "REPLACE 1 \"@\" {5+}\r\nA: b\n" },
	{ "REPLACE", "UID REPLACE 1 \"@\" {5+}\r\nA: b\n" },
	{ "SEARCH", NULL },
	{ "SELECT", "SELECT \"@\"" },
	{ "SELECT", "SELECT \"@\" (CONDSTORE)" },
	{ "SETACL", "SETACL \"@\" " ME " lrswipkxtea" },
	{ "SETMETADATA", "SETMETADATA \"@\" (/shared/comment \"x\")" },
	{ "SETMETADATA",
	    "SETMETADATA \"@\" (/private/specialuse \"\\\\Sent\")" },
	{ "SETQUOTA", "SETQUOTA " BOB " (STORAGE 1)" },
	{ "SORT", NULL },
	{ "STARTTLS", NULL },
	{ "STATUS", "STATUS \"@\" (MESSAGES UNSEEN SIZE)" },
	{ "STORE", NULL },
	{ "THREAD", NULL },
	{ "SUBSCRIBE", "SUBSCRIBE \"@\"" },
	{ "UNAUTHENTICATE", NULL },
	{ "UNSELECT", NULL },
	{ "UNSUBSCRIBE", "UNSUBSCRIBE \"@\"" },
};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

/* The first is there. */
static const char *const mailboxes[] = {
	"Other Users/" BOB "/Work",
	"Other Users/" BOB "/None",
	"Other Users/" BOB "/INBO",
	"Other Users/gone@localhost/Work",
	"Other Users/none@localhost/Work",
};
#define NMAILBOXES (sizeof(mailboxes) / sizeof(mailboxes[0]))

static struct world w;

static void
fill_in(struct buf *out, const char *text, const char *mailbox)
{
	for (; *text != '\0'; text++) {
		/* "@" of an address is not alone between quotes. */
		if (text[0] == '@' && (text[-1] == '"'))
			buf_adds(out, mailbox);
		else
			buf_addc(out, *text);
	}
}

/* Answers of peer i, its mailbox's name taken out of them. */
static void
ask(size_t i, const char *text, const char *mailbox, struct buf *out)
{
	struct buf cmd = { 0 }, line = { 0 };
	const char *at;

	buf_adds(&cmd, "T ");
	fill_in(&cmd, text, mailbox);
	buf_adds(&cmd, "\r\n");
	bufferevent_write(w.peer[i].bev, cmd.data, cmd.len);
	do {
		buf_clear(&line);
		ck_assert_msg(world_line(&w, i, &line), "%s: no answer", text);
		at = strstr(line.data, mailbox);
		if (at != NULL) {
			buf_add(out, line.data, (size_t)(at - line.data));
			at += strlen(mailbox);
		}
		buf_adds(out, at != NULL ? at : line.data);
		buf_addc(out, '\n');
	} while (strncmp(line.data, "T ", 2) != 0);
	buf_free(&cmd);
	buf_free(&line);
}

static void
expect(size_t i, const char *text, const char *want)
{
	struct buf got = { 0 };

	ask(i, text, "-", &got);
	ck_assert_msg(strstr(got.data, want) != NULL, "%s: %s", text, got.data);
	buf_free(&got);
}

static void
login(size_t i, const char *user)
{
	struct buf line = { 0 };

	world_login(&w, i, user);
	ck_assert(world_line(&w, i, &line));
	buf_free(&line);
}

static void
set_up(void)
{
	world_open(&w, engine_mem_open());
	ck_assert_int_eq(world_add_user(&w, ME), STORE_OK);
	ck_assert_int_eq(world_add_user(&w, BOB), STORE_OK);
	ck_assert_int_eq(world_add_user(&w, "gone@localhost"), STORE_OK);
	login(2, "gone@localhost");
	expect(2, "CREATE Work", "OK");
	expect(2, "SETACL Work " ME " lrswipkxtea", "OK");
	login(1, BOB);
	expect(1, "CREATE Work", "OK");
	expect(1, "APPEND Work {5+}\r\nA: b\n", "OK");
	expect(1, "SETMETADATA Work (/shared/comment \"bob's\")", "OK");
	login(0, ME);
	expect(0, "APPEND INBOX {5+}\r\nA: b\n", "OK");
	expect(0, "SELECT INBOX", "OK");
}

static void
on_deleted(void *arg, enum store_status st)
{
	ck_assert_int_eq(st, STORE_OK);
	*(bool *)arg = true;
}

static void
delete_user(void)
{
	bool done = false;

	store_user_delete(
	    w.store, SPAN_LIT("gone@localhost"), on_deleted, &done);
	while (!done)
		ck_assert(world_turn(&w));
}

START_TEST(what_is_not_shared_is_like_what_is_not_there)
{
	struct buf first = { 0 }, other = { 0 };

	set_up();
	delete_user();
	for (size_t c = 0; c < NCOMMANDS; c++) {
		if (commands[c].text == NULL)
			continue;
		buf_clear(&first);
		expect(0, "SELECT INBOX", "T OK");
		ask(0, commands[c].text, mailboxes[0], &first);
		for (size_t m = 1; m < NMAILBOXES; m++) {
			buf_clear(&other);
			expect(0, "SELECT INBOX", "T OK");
			ask(0, commands[c].text, mailboxes[m], &other);
			ck_assert_msg(strcmp(first.data, other.data) == 0,
			    "%s\n%s: %s\n%s: %s", commands[c].text,
			    mailboxes[0], first.data, mailboxes[m], other.data);
		}
	}
	expect(1, "STATUS Work (MESSAGES)", "MESSAGES 1");
	expect(1, "GETACL Work", "* ACL Work " BOB " lrswipkxteacd\n");
	expect(1, "GETMETADATA Work /shared/comment", "bob's");
	expect(1, "GETQUOTA " BOB, "()");
	expect(1, "LIST \"\" Work*", "* LIST (\\HasNoChildren) \"/\" Work\nT");
	expect(0, "STATUS INBOX (MESSAGES)", "MESSAGES 1");
	buf_free(&first);
	buf_free(&other);
	world_close(&w);
}
END_TEST

/* Each name in the table of maild/imap_command.c is here, too. */
START_TEST(no_command_is_left_out)
{
	const char *top = getenv("top_srcdir");
	char path[PATH_MAX], line[256], name[32];
	size_t found = 0;
	bool known;
	FILE *f;

	snprintf(path, sizeof(path), "%s/maild/imap_command.c",
	    top != NULL ? top : ".");
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "\t{ \"%31[A-Z]\", &imap_", name) != 1)
			continue;
		known = false;
		for (size_t c = 0; c < NCOMMANDS; c++)
			known |= strcmp(commands[c].name, name) == 0;
		ck_assert_msg(known, "%s is not tried", name);
		found++;
	}
	fclose(f);
	ck_assert_uint_gt(found, 20);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, what_is_not_shared_is_like_what_is_not_there);
	tcase_add_test(tc, no_command_is_left_out);
}

int
main(void)
{
	return check_run("imap_foreign", add);
}
