/* SPDX-License-Identifier: ISC */
#ifndef MAILPROTO_SMTP_CMD_H
#define MAILPROTO_SMTP_CMD_H

#include <sys/types.h>

#include "address.h"
#include "buf.h"

/*
 * SMTP and LMTP commands (RFC 5321 section 4.1, RFC 2033), server side.
 */
#define SMTP_LINE_MAX   4096 /* of a command, CRLF included (512 by the RFC,
			      * more with extensions, RFC 5321 4.5.3.1.4) */
#define SMTP_AUTH_MAX   16384 /* of an AUTH command or response line */
#define SMTP_PARAMS_MAX 16   /* ESMTP parameters of one command */

enum smtp_verb {
	SMTP_UNKNOWN,
	SMTP_HELO, SMTP_EHLO, SMTP_LHLO, SMTP_MAIL, SMTP_RCPT, SMTP_DATA,
	SMTP_RSET, SMTP_NOOP, SMTP_QUIT, SMTP_VRFY, SMTP_EXPN, SMTP_HELP,
	SMTP_STARTTLS, SMTP_AUTH, SMTP_BDAT,
};

struct smtp_param {
	struct span keyword; /* as written; compare with span_ieqs() */
	struct span value;   /* p NULL: there was no '=' */
};

/* Spans lie in the line. */
struct smtp_cmd {
	enum smtp_verb verb;
	struct span word; /* the verb as written */
	struct span arg;  /* all behind the verb, trimmed: HELO's name … */
	/* MAIL and RCPT: */
	bool null_path;           /* <> */
	struct span path;         /* the address without brackets and route */
	struct mailbox_addr addr; /* the same, split; for "<Postmaster>" the
				   * domain is empty */
	struct smtp_param param[SMTP_PARAMS_MAX];
	size_t nparam;
	/* BDAT (RFC 3030 section 2): */
	uint64_t chunk; /* bytes that follow the line, whatever the reply */
	bool last;
};

enum smtp_cmd_result {
	SMTP_CMD_OK = 0,
	SMTP_CMD_SYNTAX = -1, /* 500 or 501: *why says what */
	SMTP_CMD_PARAMS = -2, /* too many parameters, or one is malformed */
};

/*
 * Take one line off s.  >0: bytes of it with its CRLF; 0: more is needed; -1:
 * longer than max, or a bare CR, bare LF or NUL stands in it.  *line excludes
 * the CRLF.
 */
ssize_t smtp_line(struct span s, size_t max, struct span *line);

/* After such a -1: how many bytes of s to drop so that the next line stands in
 * front.  found false: its CRLF is yet to come; drop them and call again. */
size_t smtp_line_skip(struct span s, bool *found);

/*
 * Read a line.  Addresses may hold UTF-8 (RFC 6531); whether they should have
 * is for the caller to say, by smtp_cmd_ascii() and the SMTPUTF8 parameter.
 * Where the result is not OK, verb tells how far it came: a verb that is known
 * has bad arguments (501), else the verb is bad (500).  *why is static.  After a
 * BDAT that is not OK nobody knows where the next command begins.
 */
enum smtp_cmd_result smtp_cmd_parse(struct span line, struct smtp_cmd *cmd,
    const char **why);
/* No byte of the arguments is beyond ASCII. */
bool smtp_cmd_ascii(const struct smtp_cmd *cmd);
const struct smtp_param *smtp_cmd_param(const struct smtp_cmd *cmd,
    const char *keyword);

/* A request of HTTP: a browser was talked into speaking to a mail server, and
 * what follows may hold commands. */
bool smtp_cmd_is_http(const struct smtp_cmd *cmd);

/* xtext of RFC 3461 section 4; -1: bad syntax, nothing appended. */
int smtp_xtext_decode(struct buf *out, struct span s);

#endif
