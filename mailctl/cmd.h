/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_CMD_H
#define MAILCTL_CMD_H

#include <sysexits.h>

#include "opt.h"
#include "out.h"

/*
 * The commands of mailctl.  Each is a file cmd_<name>.c that ends in its
 * const struct cmd_entry; cmd_table.c lists them and says how to add one.
 *
 * Exit codes are those of sysexits.h, and 1 means that it worked and the
 * answer is no.
 */
#define EX_NO        1  /* nothing was found */
#define EX_NOMESSAGE 68 /* no such mailbox or message */

/* What the options that every command takes were set to. */
struct cmd_options {
	bool json, help, no_pager;
	const char *config, *account;
	const char *imap, *smtp, *user;
	const char *password_file, *ca_file;
	uint32_t password_fd; /* UINT32_MAX: none */
	const char *socket;
	const char *as; /* act as this user; NULL: as who logs in */
	bool as_each;   /* … as every user */
};

struct imap_session;

struct cmd {
	const struct cmd_entry *entry;
	bool sendmail; /* called by that name */
	struct cmd_options opt;
	struct out out; /* after cmd_options() */
	int status;     /* what to exit with when cmd_options() says no */
	struct imap_session *session; /* of a batch; NULL: it is in none */
	unsigned line;     /* of the batch */
	int argc;         /* words behind the command's name, as given */
	char **argv;
	/* of each_user_run(): for whom this one runs, and where all print */
	const char *user;
	struct out *whole;
	struct buf *words; /* not NULL: only append the options, for a shell */
};

/* Whether an admin may have it done to the mail of others (-u, -A). */
enum cmd_as {
	CMD_AS_NONE,
	CMD_AS_USER, /* to one's at a time */
	CMD_AS_EACH, /* … or to everyone's */
};

struct cmd_entry {
	const char *name;    /* "list", "user add" */
	const char *usage;   /* operands, and options that matter most */
	const char *summary; /* a few words, lower case, no full stop */
	const char *example[2];
	bool alone; /* it has the connection or the input for itself, and is
		     * no line of a batch */
	bool bulk; /* it carries many messages: the connection is compressed */
	bool paged; /* what it prints is for reading: through a pager */
	enum cmd_as as;
	int (*exec)(struct cmd *c, int argc, char **argv);
};

extern const struct cmd_entry *const cmd_table[]; /* ends with NULL */

/* NULL: there is none of that name. */
const struct cmd_entry *cmd_find(const char *name);

/* The name that is most like the first words, for "did you mean"; NULL: none
 * is like them. */
const char *cmd_nearest(int argc, char **argv);

/* The program: finds the command and runs it. */
int cmd_main(int argc, char **argv);

/* The same for the words of a line. */
int cmd_run(struct cmd *c, int argc, char **argv);

/* Take the options off argv: the common ones, and own (NULL: none).  min and
 * max operands must be left (max -1: any number).  False: the command ends
 * with c->status, help or an error having been printed. */
bool cmd_options(struct cmd *c, int *argc, char **argv, const struct opt *own,
    int min, int max);

/* What happens is said on standard error, cleaned for a terminal; under --json
 * as JSON.  cmd_fail() returns code. */
int cmd_fail(const struct cmd *c, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void cmd_warn(const struct cmd *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int cmd_usage(const struct cmd *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Flush what was printed; EX_IOERR where that fails, else status. */
int cmd_end(struct cmd *c, int status);

#endif
