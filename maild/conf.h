/* SPDX-License-Identifier: ISC */
#ifndef MAILD_CONF_H
#define MAILD_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/*
 * The configuration: maild.conf read, checked and filled up with defaults.
 * Tables hold every setting (name, type, default, range, whether reload applies
 * it, a sentence): conf_table.h.  The checks, the manual page and the sample
 * come from them.
 *
 * A struct conf is made whole, is never changed afterwards, and is replaced by
 * reload.  It can be sent to the roles as bytes.
 */
enum conf_listener {
	CONF_IMAP,        /* STARTTLS */
	CONF_IMAPS,
	CONF_SUBMISSION,  /* STARTTLS */
	CONF_SUBMISSIONS,
	CONF_LMTP,
	CONF_SMTP,        /* mail from the world */
};

struct conf_listen {
	enum conf_listener kind;
	char *host; /* an IP address, "" for all, "localhost" for 127.0.0.1 and
		     * ::1 where there is one; NULL for a Unix socket */
	uint16_t port;
	char *path; /* of a Unix socket, or NULL */
};

/* proxy { trusted 192.0.2.0/24 } */
struct conf_network {
	bool ipv6;
	unsigned char address[16]; /* the first 4 of them for IPv4 */
	unsigned bits;
};

struct conf_networks {
	struct conf_network *network;
	size_t len;
};

/* client NAME { hide CAPABILITY ... } */
struct conf_client {
	char *name; /* as ID has it; "*" at its end stands for anything */
	char **hidden; /* capabilities */
	size_t nhidden;
};

/* relay { smarthost smtps://mx.example.org } */
enum conf_smarthost_tls {
	CONF_SMARTHOST_TLS,      /* smtps:// */
	CONF_SMARTHOST_STARTTLS, /* smtp://: it must be offered */
	CONF_SMARTHOST_CLEAR,    /* smtp+insecure:// */
};

struct conf_smarthost {
	enum conf_smarthost_tls tls;
	char host[254]; /* a name, or an IP address without brackets */
	uint16_t port;
};

/* Seconds from one attempt to the next; the last one goes for all others. */
#define CONF_RETRIES_MAX 32
struct conf_retries {
	uint32_t seconds[CONF_RETRIES_MAX];
	size_t len;
};

#define CONF_CA_FILE     "/etc/ssl/certs/ca-certificates.crt"

struct conf {
	char *hostname;
	char **domain; /* local ones, lower case; the first completes names
			* that users log in with without one */
	size_t ndomains;
	struct conf_listen *listen;
	size_t nlisten;
	char *state_dir;      /* mail/, auth/ below it */
	char *control_socket;
	char *tls_cert, *tls_key; /* NULL: a self-signed one is made in
				   * state_dir/tls/ */
	char *tls_client_ca;   /* NULL: clients show no certificates */
	char *tls_client_user; /* "email" or "common_name": what in them says
				* whose they are */
	char *user;           /* to run as when started by root; NULL: nobody
			       * else */
	bool plaintext;       /* logins without TLS from loopback */
	uint32_t hash_cost;   /* of new passwords: yescrypt's, 1 to 11 */
	char *introspection_url;  /* NULL: no logins by token */
	char *introspection_user; /* NULL: none, to log in there */
	char *introspection_password_file;
	char *introspection_claim; /* "username", "email" or "sub" */
	char *introspection_scope; /* NULL: any will do */
	char *log_format;     /* "text" or "json" */
	char *log_level;      /* "debug", "info", "warning" or "error" */
	char *log_file;       /* NULL: standard error */

	uint64_t message_size;         /* bytes */
	uint32_t recipients;           /* of one message */
	uint32_t priority;             /* that a user may give a message */
	uint32_t future_release;       /* seconds; 0: not offered */
	uint32_t deliver_by;           /* seconds at least; 0: not offered */
	uint32_t connections_per_user;
	uint32_t connections_per_address;
	uint32_t connections;
	uint32_t auth_failures;        /* within … */
	uint32_t auth_failures_period; /* seconds, per address */
	/* Of submission, and seconds; 0: no limit. */
	uint32_t messages_per_user, messages_per_user_period;
	uint32_t recipients_per_user, recipients_per_user_period;
	uint32_t messages_per_address, messages_per_address_period;
	uint32_t recipients_per_address, recipients_per_address_period;
	uint32_t imap_idle_timeout;    /* seconds, logged in (RFC 9051: >= 30 m) */
	uint32_t imap_progress_interval; /* seconds, of INPROGRESS */
	bool imap_8bit_headers;        /* APPEND of them without UTF8=ACCEPT */
	uint32_t messages_per_command; /* of IMAP; 0: no limit */
	uint32_t smtp_idle_timeout;    /* seconds */
	uint32_t login_timeout;        /* seconds to be logged in */
	bool file_sent;                /* what is submitted, to Sent */
	bool received_hide_client;     /* no client address in Received */
	char *detail_separator;        /* "+"; "" for none */
	struct conf_networks proxies;  /* who must say whose connection it is */
	char *srs_domain;              /* of forwarded mail's senders; or NULL */
	uint32_t inbound_tarpit;       /* seconds that a refusal may take */
	/* Of mail from the world, by client address; 0: no limit. */
	uint32_t inbound_connections, inbound_connections_period;
	uint32_t inbound_messages, inbound_messages_period;
	uint32_t inbound_recipients, inbound_recipients_period;
	char *dnsbl; /* zones, a space between them; or NULL */
	uint32_t dnsbl_timeout; /* seconds */
	bool greylist;
	/* Seconds, and messages; see greylist.h. */
	uint32_t greylist_delay, greylist_window, greylist_lifetime;
	uint32_t greylist_known;
	char *rspamd_url;      /* NULL: mail is not checked */
	uint32_t rspamd_timeout; /* seconds */
	char *rspamd_failure;  /* "accept" or "defer" what was not checked */
	struct conf_networks inbound_trusted; /* whom that does not concern */
	uint64_t free_reserve;         /* bytes left free on the volume */
	struct conf_client *client;    /* what not to tell whom */
	size_t nclients;
	char *server_comment;          /* RFC 5464: /shared/comment, or NULL */
	char *server_admin;            /* and /shared/admin: a URI, or NULL */
	uint64_t quota_storage;        /* bytes of a user; 0: no limit … */
	uint32_t quota_messages;
	uint32_t quota_mailboxes;
	char *quota_full;              /* "defer" or "reject" mail */
	char *quota_admin;             /* address, may set quotas; or NULL */
	uint32_t workers;              /* event threads; 0: one per core */
	bool search_index;             /* keep one, for fast SEARCH */

	struct conf_smarthost *smarthost; /* or NULL */
	bool mx;                   /* without one: as the DNS says */
	uint32_t mx_port;
	char *relay_user;          /* NULL: no login there */
	char *relay_password_file;
	char *relay_ca_file;
	char *resolver;            /* NULL: those of /etc/resolv.conf */
	uint32_t resolver_timeout; /* seconds for an answer */
	char *trust_anchor;        /* NULL: DNSSEC is not looked at */
	bool mta_sts;
	char *sts_ca;              /* NULL: as relay_ca_file */
	uint32_t sts_port;
	uint32_t relay_timeout;    /* seconds for a reply */
	uint32_t relay_connections;             /* in all … */
	uint32_t relay_connections_destination; /* … and to one */
	struct conf_retries queue_retry;
	uint32_t queue_lifetime;   /* seconds, then a message bounces */
	uint32_t queue_warn_after; /* seconds */
};

/*
 * Read a file (NULL: none, so all is as by default) with what it includes, and
 * then the lines of -o: one that names a setting which the file has, too,
 * takes its place; of the settings that may stand several times (domain,
 * listen) it adds one.  NULL: errors (with its file, line, column and a caret
 * under the place) holds everything that is wrong, ready to be shown.
 *
 * What is on this machine (files, ports, users) is not looked at here.
 */
#define CONF_SIZE_MAX  ((size_t)1 << 19) /* bytes, with all that is included */
#define CONF_FILES_MAX 64
#define CONF_CHAIN_MAX 8 /* files that include each other */

struct conf *conf_load(const char *path, const char *const *option,
    size_t noptions, struct buf *errors);
/* The same from text, which may not include files; name stands for the file
 * in errors. */
struct conf *conf_parse_text(struct span text, const char *name,
    const char *const *option, size_t noptions, struct buf *errors);
void conf_free(struct conf *c);

/* As text with every setting written out and nothing to include: what
 * conf_parse_text() makes of it is equal.  So it is sent to the roles. */
void conf_format(struct buf *out, const struct conf *c);
bool conf_equal(const struct conf *a, const struct conf *b);

/* Whether a capability is kept from a client of that name (empty: unknown),
 * ASCII case ignored. */
bool conf_hides(const struct conf *c, struct span client,
    const char *capability);

/* Whether an address is in one of them. */
bool conf_networks_hold(const struct conf_networks *list, bool ipv6,
    const unsigned char *address);

/* Whether mail may leave for other servers at all. */
bool conf_relays(const struct conf *c);

/* "imaps" */
const char *conf_listener_name(enum conf_listener kind);
/* Append the place as it is written: ":993", "[::1]:993", "unix:/path". */
void conf_listen_format(struct buf *out, const struct conf_listen *l);

#endif
