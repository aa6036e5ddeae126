/* SPDX-License-Identifier: ISC */
#ifndef MAILD_ROLES_H
#define MAILD_ROLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "dsn_param.h"
#include "body_kind.h"
#include "deliver_by.h"
#include "mt_priority.h"
#include "require_tls.h"

/*
 * The messages between the roles.
 *
 * Each is one datagram of a SOCK_SEQPACKET socket pair: its type, then its
 * fields in the order of the structs below, and at most one descriptor
 * (SCM_RIGHTS).  roles.c holds them in one table: which role may send it to
 * which, whether a descriptor comes with it, and the limit of every field; what
 * breaks a rule of that table is refused whole, so a role that was taken over
 * can say nothing but these sentences.
 *
 * A login, from front's side:
 *
 *	front -> auth   LOGIN         who says to be whom, with which password
 *	auth  -> mail   TICKET        (granted) a random id, its user and scope
 *	auth  -> front  VERDICT       granted with the ticket's id, denied, …
 *	front -> mail   SESSION       the ticket's id, the connection
 *	mail  -> front  SESSION_ANSWER
 *
 * Only the ticket names the user: front never asserts an identity.  It is on its
 * way to mail before front hears of it, so that mail need only read what auth has
 * sent to know a ticket that front shows.  When the
 * client has logged out of it and wants another one (IMAP's UNAUTHENTICATE):
 *
 *	mail -> front  SESSION_BACK   the connection, or mail's end of the pair
 *
 * Of mechanisms that do not show the password front understands nothing.
 * Instead of LOGIN it says:
 *
 *	front -> auth   SASL_START      the first message of the client
 *	auth  -> front  SASL_CHALLENGE  … as often as the mechanism needs
 *	front -> auth   SASL_RESPONSE   … or that the client gives up
 *
 * A message that leaves the machine:
 *
 *	mail -> outbound  STS_POLICY  what its domain has promised of TLS, if
 *	                              anything, as far as mail knows
 *	mail -> outbound  RELAY       the envelope, and a stream of its text
 *	mail -> outbound  RELAY_RCPT  one for each recipient
 *	outbound -> mail  STS_POLICY  what it promises now, for mail to keep
 *	outbound -> mail  RELAYED     one for each recipient
 *	outbound -> mail  RELAY_DONE
 *
 * One that comes from the world, and that rspamd is to see first:
 *
 *	mail -> outbound  FILTER      the envelope, and a stream of its text
 *	mail -> outbound  LOOKUP      or only whether lists name its client
 *	outbound -> mail  FILTERED
 */
enum role {
	ROLE_MASTER,
	ROLE_FRONT,
	ROLE_AUTH,
	ROLE_MAIL,
	ROLE_OUTBOUND,
	ROLES
};

/* "front", in logs and on the command line. */
const char *role_name(enum role r);
/* ROLES: no such role. */
enum role role_find(const char *name);

#define ROLE_MSG_MAX    ((size_t)73728) /* bytes of one message */
#define ROLE_PART_MAX   ((size_t)65536) /* bytes of one PART's data */
#define ROLE_INPUT_MAX  ((size_t)65536) /* unread input of a SESSION */
#define ROLE_SECRET_MAX 12288 /* SASL names and passwords (SASL_MESSAGE_MAX) */
#define ROLE_USER_MAX   254   /* a canonical address */
#define ROLE_PEER_MAX   64    /* "192.0.2.1", "[2001:db8::1]" */
#define ROLE_LOCAL_MAX  128
#define ROLE_TLS_MAX    128
#define ROLE_HELO_MAX   512   /* front cuts a longer one */
#define ROLE_TAG_MAX    256   /* front answers BAD to a longer one */
#define ROLE_TEXT_MAX   1024  /* reasons, for the log and the admin */
#define ROLE_NAME_MAX   253   /* a domain, a host */
#define ROLE_XTEXT_MAX  500   /* ORCPT and ENVID, as they were given */
#define ROLE_REPLY_MAX  2048  /* of another server, lines joined by " / " */
#define ROLE_RCPTS_MAX  100   /* of one RELAY */
#define ROLE_STS_ID_MAX 32    /* of a policy of MTA-STS … */
#define ROLE_POLICY_MAX 32768 /* … and its text */

#define ROLE_BINDING_MAX 64  /* of a TLS channel (tls_binding.h) */
#define ROLE_APP_MAX    64   /* the name of an application password */
#define ROLE_ANSWER_MAX 4096 /* all a user's application passwords */
#define ROLE_NAMES_MAX  1024 /* in a certificate */

#define ROLE_TICKET_SIZE    16 /* random bytes */
#define ROLE_TICKET_SECONDS 10

enum role_type {
	/* master to any: */
	ROLE_PART,     /* of the configuration or, to front, of the TLS key */
	ROLE_HELLO,    /* all parts are there: start */
	ROLE_LISTENER, /* + a listening socket: to front, and LMTP and the
			* control socket to mail */
	ROLE_PEER,     /* + a channel to another role; again when it restarted:
			* it takes the place of the old one */
	ROLE_RELOAD,   /* new parts are there: use them from now on */
	ROLE_STOP,     /* end what is open (BYE, 421), then exit */
	ROLE_ADD_USER, /* to mail: create one (maild --dev) */
	/* any to master: */
	ROLE_READY,    /* started, and in its sandbox */
	ROLE_FAILED,   /* cannot start: text says why; then it exits */
	ROLE_RELOADED,
	ROLE_USER_ADDED,
	/* a login: */
	ROLE_LOGIN,
	ROLE_TICKET,
	ROLE_VERDICT,
	ROLE_SESSION, /* + the connection, or the end of a stream pair that
		       * front pumps TLS through */
	ROLE_SESSION_ANSWER,
	/* mail to auth, for the control API: */
	ROLE_SET_PASSWORD,
	ROLE_DELETE_USER,
	ROLE_USER_ANSWER,
	/* a login by a mechanism that auth speaks itself: */
	ROLE_SASL_START,
	ROLE_SASL_CHALLENGE,
	ROLE_SASL_RESPONSE,
	ROLE_CHANGE_USER, /* mail to auth, for the control API */
	/* mail leaving: */
	ROLE_RELAY, /* + the reading end of a stream: size bytes, then its end;
		     * what ends before is no message */
	ROLE_RELAY_RCPT,
	ROLE_RELAYED,
	ROLE_RELAY_DONE,
	/* auth to outbound and back, about tokens: */
	ROLE_INTROSPECT,
	ROLE_INTROSPECTED,
	ROLE_SESSION_BACK, /* + what came with SESSION */
	/* a message from the world, for rspamd: */
	ROLE_FILTER, /* + the reading end of a stream, as of RELAY */
	ROLE_FILTERED,
	ROLE_LOOKUP, /* its client in the lists of the DNS: to be answered by
		      * FILTERED, too */
	ROLE_STS_POLICY, /* of a domain: fetched, or kept from earlier */
	ROLE_TYPES
};

enum role_part {
	ROLE_PART_CONF, /* conf_format() */
	ROLE_PART_CERT, /* the chain, PEM */
	ROLE_PART_KEY,  /* PEM */
	ROLE_PART_CLIENT_CA, /* certificates, PEM */
	/* to outbound: */
	ROLE_PART_CA,     /* authorities that others are verified by, PEM */
	ROLE_PART_RESOLV, /* resolv.conf(5) */
	ROLE_PART_ANCHORS, /* what DNSSEC trusts */
	ROLE_PART_STS_CA, /* authorities for policies of MTA-STS, PEM */
	ROLE_PART_RELAY,  /* the password for the smarthost */
	ROLE_PART_OAUTH,  /* … for the authorization server */
	ROLE_PARTS
};

/* What a ticket is good for. */
enum role_scope {
	ROLE_SCOPE_IMAP,
	ROLE_SCOPE_SUBMISSION,
	ROLE_SCOPES,
	/* Of a SESSION only, which needs no ticket: mail from the world, on a
	 * stream of frames (inbound.h). */
	ROLE_SCOPE_INBOUND = ROLE_SCOPES
};

enum role_verdict {
	ROLE_GRANTED,
	ROLE_DENIED,   /* NO [AUTHENTICATIONFAILED], 535; comes delayed */
	ROLE_TEMPFAIL, /* NO [UNAVAILABLE], 454: busy, or a role is away */
	ROLE_MALFORMED, /* BAD, 501: that is not what the mechanism says */
	ROLE_VERDICTS
};

enum role_answer {
	ROLE_SESSION_TAKEN,  /* mail has it and says "OK": close your copy of a
			      * plain connection, pump a TLS one */
	ROLE_SESSION_NO_TICKET, /* unknown, used, expired, or of another scope:
				 * NO [UNAVAILABLE], 454 */
	ROLE_SESSION_LIMIT,  /* connections_per_user: NO [LIMIT], 454 */
	ROLE_SESSION_FAILED, /* NO [UNAVAILABLE], 454 */
	ROLE_SESSION_ANSWERS
};

enum role_token {
	ROLE_TOKEN_GOOD,
	ROLE_TOKEN_BAD,     /* or not for this service */
	ROLE_TOKEN_UNKNOWN, /* the authorization server does not answer */
	ROLE_TOKENS
};

enum role_change { /* of a user, besides the password */
	ROLE_CHANGE_DISABLE,
	ROLE_CHANGE_ENABLE,
	ROLE_CHANGE_APP_ADD, /* answered with the password */
	ROLE_CHANGE_APP_REVOKE,
	ROLE_CHANGE_APP_LIST, /* answered with auth_apps_format() */
	ROLE_CHANGES
};

enum role_user_status { /* enum auth_client_status, in its order */
	ROLE_USER_OK,
	ROLE_USER_NONE,
	ROLE_USER_EXISTS,
	ROLE_USER_FAILED,
	ROLE_USER_NO_APP, /* no such application password */
	ROLE_USER_LIMIT,  /* it has too many of them */
	ROLE_USER_STATUSES
};

struct role_ticket {
	uint8_t id[ROLE_TICKET_SIZE];
};

/*
 * One message.  Spans are borrowed: those of a received message live as long
 * as the callback that gets it, those of a message to be sent as long as the
 * call.  Texts (T) have no control characters in them, which roles.c sees to,
 * so they may go into logs and header lines; bytes (B) are anything.
 *
 * connection is front's: unique among all connections of this server, in logs
 * and Received lines (LOG_ID).  request is the sender's, and comes back in the
 * answer.
 */
struct role_msg {
	enum role_type type;
	union {
		struct {
			enum role_part what;
			struct span data; /* B; the next one continues it */
		} part;
		struct {
			uint32_t number;   /* of this process in its role */
			uint64_t first_id; /* of its connections; it counts up
					    * from there */
		} hello;
		struct {
			uint32_t index; /* into conf->listen, or … */
#define ROLE_LISTENER_CONTROL UINT32_MAX
		} listener;
		struct {
			enum role role;
			uint32_t number;
		} peer;
		struct {
			struct span text; /* T */
		} failed;
		struct {
			bool ok;
			struct span text; /* T: why not */
		} reloaded;
		struct {
			uint32_t request;
			struct span user, password; /* T, B */
		} add_user;
		struct {
			uint32_t request;
			bool ok;
		} user_added;
		struct {
			uint64_t connection;
			enum role_scope scope;
			struct span peer;      /* T */
			struct span mechanism; /* T: "PLAIN"; "LOGIN" also
						* for IMAP's command */
			struct span authzid, authcid, password; /* B */
		} login;
		struct {
			struct role_ticket ticket;
			enum role_scope scope;
			struct span user; /* T: canonical */
		} ticket;
		struct {
			uint64_t connection;
			enum role_verdict verdict;
			struct role_ticket ticket; /* zero unless granted */
		} verdict;
		struct {
			struct role_ticket ticket;
			uint64_t connection;
			enum role_scope scope;
			struct span peer, local, tls; /* T: session_start */
			struct span helo, tag;        /* T */
			bool esmtp;
			struct span input; /* B: read, not yet looked at */
		} session;
		struct {
			uint64_t connection;
			enum role_answer answer;
		} session_answer;
		struct {
			uint64_t connection;
			bool tls; /* the receiver still has it, and pumps */
			struct span peer, local, helo; /* T: of SESSION */
			struct span input; /* B: read, not yet looked at */
		} session_back;
		struct {
			uint32_t request;
			bool create;      /* it must be new; else be there */
			struct span user; /* T */
			struct span password; /* B */
		} set_password;
		struct {
			uint32_t request;
			struct span user; /* T */
		} delete_user;
		struct {
			uint32_t request;
			enum role_user_status status;
			struct span data; /* B: what was asked for */
		} user_answer;
		struct {
			uint32_t request;
			enum role_change what;
			struct span user; /* T */
			uint32_t app;     /* APP_REVOKE */
			struct span name; /* T: APP_ADD */
		} change_user;
		struct {
			uint64_t connection;
			enum role_scope scope;
			struct span peer, mechanism; /* T */
			struct span initial;         /* B */
			/* T: names in the client's certificate, if it is good,
			 * a space between them. */
			struct span certificate;
			/* B: those the TLS connection has; else empty. */
			struct span exporter, end_point;
		} sasl_start;
		struct {
			uint64_t connection;
			struct span data; /* B */
		} sasl_challenge;
		struct {
			uint64_t connection;
			bool cancel;
			struct span data; /* B */
		} sasl_response;
		struct {
			uint32_t job;       /* mail's, unique while it runs */
			struct span domain; /* T: of all its recipients */
			struct span sender; /* T: "" for the null path */
			struct span envid;  /* T: xtext, "" for none */
			enum dsn_ret ret;
			enum body_kind body; /* what the text needs */
			bool utf8;
			enum require_tls require_tls;
			unsigned priority; /* MT_PRIORITY_MAX more than
					    * it is */
			enum deliver_by_mode by;
			bool by_trace;
			uint64_t by_at;      /* seconds since 1970 */
			uint64_t size;       /* bytes in the stream */
			uint32_t recipients; /* how many will follow */
		} relay;
		struct {
			uint32_t job;
			struct span address; /* T */
			struct span orcpt;   /* T: "rfc822;" and xtext */
			uint32_t notify;     /* dsn_notify bits */
		} relay_rcpt;
		struct {
			uint32_t job;
			uint32_t index;       /* of the recipient */
			uint32_t code;        /* 250: another server has it */
			struct span enhanced; /* T: "5.1.1", or "" */
			struct span text;     /* T: what was said */
			struct span host;     /* T: who said it, "" for us */
			bool dsn;             /* … and will notify (RFC 3461) */
			bool by;              /* … and sees to BY */
		} relayed;
		struct {
			uint32_t job;
			bool reached;  /* a server of the domain was spoken to … */
			bool answered; /* … and said what becomes of the message */
		} relay_done;
		struct {
			uint32_t request;
			struct span token; /* B */
		} introspect;
		struct {
			uint32_t request;
			enum role_token verdict;
			struct span user; /* T: as the server names it */
			uint32_t seconds; /* that the token is good for */
		} introspected;
		struct {
			uint32_t request;
			struct span peer, helo; /* T */
			struct span sender;     /* T: "" for the null path */
			struct span id;         /* T: of the message */
			struct span recipients; /* B: a NUL behind each */
			uint64_t size;          /* bytes in the stream */
		} filter;
		struct {
			uint32_t request;
			struct span answer; /* B: JSON (rspamd.h); or the list
					     * and what it says; empty: there
					     * is none */
		} filtered;
		struct {
			uint32_t request;
			struct span peer; /* T */
		} lookup;
		struct {
			struct span domain, id; /* T */
			uint32_t seconds; /* that it is good for, from now on */
			struct span text; /* B: mta_sts_format() */
		} sts_policy;
	};
};

/* Whether a descriptor comes with it, and whether it holds a secret, so that
 * the bytes it came in are wiped. */
bool role_msg_has_fd(enum role_type type);
bool role_msg_is_secret(enum role_type type);
/* "SESSION", for logs. */
const char *role_msg_name(enum role_type type);

/*
 * The bytes of m, in out[0..ROLE_MSG_MAX).  Returns how many; -1: a field is
 * over its limit or holds what it may not.
 */
ssize_t role_msg_format(char *out, const struct role_msg *m);

/*
 * The whole of s as a message that from may send to to.  -1: it is none; m
 * is zeroed.
 */
int role_msg_parse(struct span s, enum role from, enum role to,
    struct role_msg *m);

#endif
