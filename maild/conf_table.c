/* SPDX-License-Identifier: ISC */
#include "conf_table.h"
#include "mt_priority.h"

static const char *const client_users[] = { "email", "common_name", NULL };
static const char *const introspection_claims[] = { "username", "email", "sub",
	NULL };
static const char *const log_formats[] = { "text", "json", NULL };
static const char *const rspamd_failures[] = { "accept", "defer", NULL };
static const char *const quota_fulls[] = { "defer", "reject", NULL };
static const char *const log_levels[] = { "debug", "info", "warning", "error",
	NULL };

#define FIELD(f)        .field = #f, .offset = offsetof(struct conf, f)
#define SOCKET_PATH_MAX 107 /* unix(7) */
#define KB              ((uint64_t)1 << 10)
#define MB              ((uint64_t)1 << 20)
#define GB              ((uint64_t)1 << 30)
#define TB              ((uint64_t)1 << 40)

/*
 * To add one: a field in struct conf, a line here, and "make check" with
 * CONF_DOC_WRITE=1 to have the sample and the manual page say so, too.
 */
const struct conf_setting conf_settings[] = {
	{ .block = "",
	    .name = "hostname",
	    .type = &conf_type_host,
	    FIELD(hostname),
	    .def = "localhost",
	    .reload = true,
	    .sentence = "The name of this server: in greetings, Received lines "
			"and the certificate that it makes for itself." },
	{ .block = "",
	    .name = "domain",
	    .type = &conf_type_domain,
	    FIELD(domain),
	    .shown = "example.org",
	    .reload = true,
	    .sentence =
		"Domains whose mail is delivered here.  May be given "
		"several times.  The first completes the names of "
		"users who log in without one.  Default: the hostname." },
	{ .block = "",
	    .name = "listen",
	    .type = &conf_type_listen,
	    FIELD(listen),
	    .shown = "imaps :993",
	    .sentence = "A service and the place where it is offered: "
			"ADDRESS:PORT with an IP address ([...] around one of "
			"version 6), localhost:PORT, :PORT for all "
			"addresses, or unix:PATH.  Lmtp, which takes mail "
			"from anyone, may be at the last and at localhost "
			"only.  Smtp, mail from the world for the domains of "
			"this server, is off unless it is named.  "
			"May be given several times.  Default: all of "
			"imap :143, imaps :993, submission :587, submissions "
			":465 and lmtp unix:/run/maild/lmtp.sock." },
	{ .block = "",
	    .name = "state_dir",
	    .type = &conf_type_path,
	    FIELD(state_dir),
	    .def = LOCALSTATEDIR "/lib/maild",
	    .shown = "/var/lib/maild",
	    .max = 3000,
	    .sentence = "The folder that holds mail, accounts and the "
			"certificate that maild makes for itself." },
	{ .block = "",
	    .name = "control_socket",
	    .type = &conf_type_path,
	    FIELD(control_socket),
	    .def = RUNSTATEDIR "/maild/control.sock",
	    .shown = "/run/maild/control.sock",
	    .max = SOCKET_PATH_MAX,
	    .sentence = "The Unix socket of the control API, which mailctl "
			"talks to." },
	{ .block = "",
	    .name = "user",
	    .type = &conf_type_text,
	    FIELD(user),
	    .def = "maild",
	    .max = 32,
	    .optional = true,
	    .sentence = "The user to run as when maild is started by root; "
			"\"\" for no change." },
	{ .block = "",
	    .name = "workers",
	    .type = &conf_type_count,
	    FIELD(workers),
	    .def = "0",
	    .max = 256,
	    .sentence = "Event threads for mail, and processes for "
			"connections; 0 for one per processor core." },
	{ .block = "",
	    .name = "plaintext",
	    .type = &conf_type_bool,
	    FIELD(plaintext),
	    .def = "no",
	    .reload = true,
	    .sentence = "Whether connections from this machine may log in "
			"without TLS." },
	{ .block = "",
	    .name = "detail_separator",
	    .type = &conf_type_text,
	    FIELD(detail_separator),
	    .def = "+",
	    .max = 1,
	    .reload = true,
	    .sentence = "What ends the user's name in an address such as "
			"user+detail; \"\" where addresses have no detail." },
	{ .block = "",
	    .name = "received_hide_client",
	    .type = &conf_type_bool,
	    FIELD(received_hide_client),
	    .def = "no",
	    .reload = true,
	    .sentence = "Whether Received lines of submitted mail leave out "
			"the address of the client." },
	{ .block = "",
	    .name = "client",
	    .type = &conf_type_client,
	    FIELD(client),
	    .shown = "\"Example Mail*\" { hide QRESYNC }",
	    .reload = true,
	    .sentence = "IMAP capabilities that a client is not told of, since "
			"it stumbles over them; what it calls itself in its ID "
			"is the NAME, with \"*\" at the end standing for "
			"anything.  May be given several times." },

	{ .block = "server",
	    .name = "comment",
	    .type = &conf_type_text,
	    FIELD(server_comment),
	    .def = "",
	    .max = 1000,
	    .optional = true,
	    .reload = true,
	    .sentence = "What users may read of this server by IMAP "
			"METADATA; \"\" for nothing." },
	{ .block = "server",
	    .name = "admin",
	    .type = &conf_type_text,
	    FIELD(server_admin),
	    .def = "",
	    .max = 1000,
	    .optional = true,
	    .reload = true,
	    .sentence = "A URI by which users reach its administrator, such "
			"as mailto:postmaster@example.org." },

	{ .block = "tls",
	    .name = "cert",
	    .type = &conf_type_path,
	    FIELD(tls_cert),
	    .def = "",
	    .max = 3000,
	    .optional = true,
	    .reload = true,
	    .sentence = "The certificate and its chain, PEM.  Without one "
			"maild makes and uses a self-signed one in "
			"state_dir/tls." },
	{ .block = "tls",
	    .name = "key",
	    .type = &conf_type_path,
	    FIELD(tls_key),
	    .def = "",
	    .max = 3000,
	    .optional = true,
	    .reload = true,
	    .sentence = "The private key of the certificate, PEM, without a "
			"password." },
	{ .block = "tls",
	    .name = "client_ca",
	    .type = &conf_type_path,
	    FIELD(tls_client_ca),
	    .def = "",
	    .max = 3000,
	    .optional = true,
	    .reload = true,
	    .sentence = "The authorities whose certificates log clients in "
			"(SASL EXTERNAL), PEM.  Without any, clients are not "
			"asked for one." },
	{ .block = "tls",
	    .name = "client_user",
	    .type = &conf_type_word,
	    FIELD(tls_client_user),
	    .def = "email",
	    .words = client_users,
	    .reload = true,
	    .sentence = "What in a client's certificate is the name of the "
			"user: an e-mail address, or the common name." },

	{ .block = "auth",
	    .name = "hash_cost",
	    .type = &conf_type_count,
	    FIELD(hash_cost),
	    .def = "5",
	    .min = 1,
	    .max = 11,
	    .reload = true,
	    .sentence = "How slow the hash of a new password is (yescrypt's "
			"cost); each step doubles time and memory." },
	{ .block = "auth",
	    .name = "introspection_url",
	    .type = &conf_type_text,
	    FIELD(introspection_url),
	    .def = "",
	    .max = 1000,
	    .optional = true,
	    .sentence = "Where the OAuth 2.0 server tells whose a token is "
			"(RFC 7662), an https:// URL; its certificate is "
			"verified as relay.ca_file says.  With it, clients may "
			"log in by token (OAUTHBEARER, XOAUTH2)." },
	{ .block = "auth",
	    .name = "introspection_user",
	    .type = &conf_type_text,
	    FIELD(introspection_user),
	    .def = "",
	    .max = 254,
	    .optional = true,
	    .reload = true,
	    .sentence = "The client id to log in with there; \"\" for no "
			"login." },
	{ .block = "auth",
	    .name = "introspection_password_file",
	    .type = &conf_type_path,
	    FIELD(introspection_password_file),
	    .def = "",
	    .max = 3000,
	    .optional = true,
	    .reload = true,
	    .sentence = "A file whose first line is the secret for it." },
	{ .block = "auth",
	    .name = "introspection_claim",
	    .type = &conf_type_word,
	    FIELD(introspection_claim),
	    .def = "username",
	    .words = introspection_claims,
	    .reload = true,
	    .sentence = "What in its answer is the name of the user." },
	{ .block = "auth",
	    .name = "introspection_scope",
	    .type = &conf_type_text,
	    FIELD(introspection_scope),
	    .def = "",
	    .max = 254,
	    .optional = true,
	    .reload = true,
	    .sentence = "A scope that a token must have; \"\" for any." },

	{ .block = "log",
	    .name = "format",
	    .type = &conf_type_word,
	    FIELD(log_format),
	    .def = "text",
	    .words = log_formats,
	    .sentence = "Lines of key=value pairs, or JSON objects." },
	{ .block = "log",
	    .name = "level",
	    .type = &conf_type_word,
	    FIELD(log_level),
	    .def = "info",
	    .words = log_levels,
	    .sentence = "The least severe level that is logged." },
	{ .block = "log",
	    .name = "file",
	    .type = &conf_type_path,
	    FIELD(log_file),
	    .def = "",
	    .max = 3000,
	    .optional = true,
	    .sentence = "The file to add the log to; \"\" for standard "
			"error." },

	{ .block = "quota",
	    .name = "storage",
	    .type = &conf_type_size,
	    FIELD(quota_storage),
	    .def = "0",
	    .max = 1024 * TB,
	    .reload = true,
	    .sentence = "How much mail a user may have, unless the user was "
			"given another quota; 0 for no limit." },
	{ .block = "quota",
	    .name = "messages",
	    .type = &conf_type_count,
	    FIELD(quota_messages),
	    .def = "0",
	    .max = UINT32_MAX,
	    .reload = true,
	    .sentence = "How many messages, likewise." },
	{ .block = "quota",
	    .name = "mailboxes",
	    .type = &conf_type_count,
	    FIELD(quota_mailboxes),
	    .def = "0",
	    .max = UINT32_MAX,
	    .reload = true,
	    .sentence = "How many mailboxes, likewise." },
	{ .block = "quota",
	    .name = "full",
	    .type = &conf_type_word,
	    FIELD(quota_full),
	    .def = "defer",
	    .words = quota_fulls,
	    .reload = true,
	    .sentence = "Whether mail to a user over quota is to be tried "
			"again (defer) or returned to its sender (reject)." },
	{ .block = "quota",
	    .name = "admin",
	    .type = &conf_type_text,
	    FIELD(quota_admin),
	    .def = "",
	    .max = 254,
	    .optional = true,
	    .reload = true,
	    .sentence = "The address of a user who may see and set the "
			"quota of all users by IMAP; \"\" for none." },

	{ .block = "limits",
	    .name = "message_size",
	    .type = &conf_type_size,
	    FIELD(message_size),
	    .def = "50M",
	    .min = 64 * KB,
	    .max = 2 * GB,
	    .reload = true,
	    .sentence = "The largest message that is taken." },
	{ .block = "limits",
	    .name = "recipients",
	    .type = &conf_type_count,
	    FIELD(recipients),
	    .def = "100",
	    .min = 1,
	    .max = 1000,
	    .reload = true,
	    .sentence = "Recipients of one message." },
	{ .block = "limits",
	    .name = "future_release",
	    .type = &conf_type_time,
	    FIELD(future_release),
	    .def = "30d",
	    .min = 0,
	    .max = 999999999,
	    .reload = true,
	    .sentence = "For how long a user may have a message held that is "
			"to go later (RFC 4865); 0: not at all." },
	{ .block = "limits",
	    .name = "priority",
	    .type = &conf_type_count,
	    FIELD(priority),
	    .def = "4",
	    .min = 0,
	    .max = MT_PRIORITY_MAX,
	    .reload = true,
	    .sentence = "The highest priority that a user may give a message "
			"(MT-PRIORITY, RFC 6710); a higher one becomes it." },
	{ .block = "limits",
	    .name = "connections",
	    .type = &conf_type_count,
	    FIELD(connections),
	    .def = "10000",
	    .min = 1,
	    .max = 1000000,
	    .reload = true,
	    .sentence = "Connections in all." },
	{ .block = "limits",
	    .name = "connections_per_address",
	    .type = &conf_type_count,
	    FIELD(connections_per_address),
	    .def = "256",
	    .min = 1,
	    .max = 1000000,
	    .reload = true,
	    .sentence = "Connections from one client address." },
	{ .block = "limits",
	    .name = "connections_per_user",
	    .type = &conf_type_count,
	    FIELD(connections_per_user),
	    .def = "64",
	    .min = 1,
	    .max = 1000000,
	    .reload = true,
	    .sentence = "Connections that one user is logged in on." },
	{ .block = "limits",
	    .name = "auth_failures",
	    .type = &conf_type_rate,
	    FIELD(auth_failures),
	    .def = "10 per 10m",
	    .min = 1,
	    .max = 1000000,
	    .reload = true,
	    .sentence = "Failed logins from one client address within a time; "
			"further ones are refused unchecked." },
	{ .block = "limits",
	    .name = "messages_per_user",
	    .type = &conf_type_rate,
	    FIELD(messages_per_user),
	    .def = "0 per 1h",
	    .max = 1000000,
	    .reload = true,
	    .sentence = "Messages that a user submits within a time; further ones are put off.  0: no "
			"limit." },
	{ .block = "limits",
	    .name = "recipients_per_user",
	    .type = &conf_type_rate,
	    FIELD(recipients_per_user),
	    .def = "0 per 1h",
	    .max = 1000000,
	    .reload = true,
	    .sentence = "Recipients of what a user submits within a time; further ones are put off.  0: no "
			"limit." },
	{ .block = "limits",
	    .name = "messages_per_address",
	    .type = &conf_type_rate,
	    FIELD(messages_per_address),
	    .def = "0 per 1h",
	    .max = 1000000,
	    .reload = true,
	    .sentence = "Messages submitted from one client "
			"address within a time; further ones are put off.  0: no "
			"limit." },
	{ .block = "limits",
	    .name = "recipients_per_address",
	    .type = &conf_type_rate,
	    FIELD(recipients_per_address),
	    .def = "0 per 1h",
	    .max = 1000000,
	    .reload = true,
	    .sentence = "Recipients of what is submitted from one client "
			"address within a time; further ones are put off.  0: no "
			"limit." },
	{ .block = "limits",
	    .name = "login_timeout",
	    .type = &conf_type_time,
	    FIELD(login_timeout),
	    .def = "2m",
	    .min = 5,
	    .max = 600,
	    .reload = true,
	    .sentence = "How long a connection may take to log in." },
	{ .block = "limits",
	    .name = "imap_idle_timeout",
	    .type = &conf_type_time,
	    FIELD(imap_idle_timeout),
	    .def = "30m",
	    .min = 1800,
	    .max = 86400,
	    .reload = true,
	    .sentence = "How long an IMAP session may be silent." },
	{ .block = "limits",
	    .name = "imap_progress_interval",
	    .type = &conf_type_time,
	    FIELD(imap_progress_interval),
	    .def = "10s",
	    .min = 1,
	    .max = 3600,
	    .reload = true,
	    .sentence = "How often an IMAP search that takes long says how far "
			"it is." },
	{ .block = "limits",
	    .name = "imap_8bit_headers",
	    .type = &conf_type_bool,
	    FIELD(imap_8bit_headers),
	    .def = "yes",
	    .reload = true,
	    .sentence = "Whether IMAP APPEND takes messages with 8-bit "
			"characters in their header from a client that has "
			"not enabled UTF8=ACCEPT.  RFC 6855 section 4 wants "
			"them refused; but such mail exists, programs that "
			"move it here enable nothing, and it would be lost." },
	{ .block = "limits",
	    .name = "messages_per_command",
	    .type = &conf_type_count,
	    FIELD(messages_per_command),
	    .def = "0",
	    .max = UINT32_MAX,
	    .reload = true,
	    .sentence = "How many messages one IMAP command may work on "
			"(MESSAGELIMIT, RFC 9738), 1000 at least being "
			"advisable; 0 for no limit." },
	{ .block = "limits",
	    .name = "smtp_idle_timeout",
	    .type = &conf_type_time,
	    FIELD(smtp_idle_timeout),
	    .def = "5m",
	    .min = 10,
	    .max = 3600,
	    .reload = true,
	    .sentence = "How long an SMTP or LMTP session may be "
			"silent." },
	{ .block = "limits",
	    .name = "free_reserve",
	    .type = &conf_type_size,
	    FIELD(free_reserve),
	    .def = "100M",
	    .max = 1 * TB,
	    .sentence = "Free space on the disk below which no new mail is "
			"taken; deleting goes on." },

	{ .block = "proxy",
	    .name = "trusted",
	    .type = &conf_type_networks,
	    FIELD(proxies),
	    .shown = "192.0.2.0/24 2001:db8::1",
	    .reload = true,
	    .sentence = "Networks of proxies that begin each connection with a "
			"header of the PROXY protocol (version 1 or 2): the "
			"client it names is the one that limits, logs and "
			"Received lines are about.  Without that header they "
			"are turned away; all others may not send one.  May be "
			"given several times.  Lmtp knows no proxies." },

	{ .block = "inbound",
	    .name = "tarpit",
	    .type = &conf_type_time,
	    FIELD(inbound_tarpit),
	    .def = "5s",
	    .max = 60,
	    .reload = true,
	    .sentence = "How long a client waits for a reply to what it gets "
			"wrong for the third time and after." },
	{ .block = "inbound",
	    .name = "connections_per_address",
	    .type = &conf_type_rate,
	    FIELD(inbound_connections),
	    .def = "0 per 1m",
	    .max = 1000000,
	    .reload = true,
	    .sentence = "Connections from the world that one client address "
			"makes within a time; "
			"further ones are turned away with 421, by each "
			"process for connections.  A /64 network of "
			"IPv6 is one address.  0: no limit." },
	{ .block = "inbound",
	    .name = "messages_per_address",
	    .type = &conf_type_rate,
	    FIELD(inbound_messages),
	    .def = "0 per 1m",
	    .max = 1000000,
	    .reload = true,
	    .sentence = "Messages from the world that one client address "
			"brings within a time; further ones are put off.  A /64 network of "
			"IPv6 is one address.  0: no limit." },
	{ .block = "inbound",
	    .name = "recipients_per_address",
	    .type = &conf_type_rate,
	    FIELD(inbound_recipients),
	    .def = "0 per 1m",
	    .max = 1000000,
	    .reload = true,
	    .sentence = "Recipients of what one client address brings from the "
			"world within a time; further ones are put off.  A /64 network of "
			"IPv6 is one address.  0: no limit." },
	{ .block = "inbound",
	    .name = "dnsbl",
	    .type = &conf_type_text,
	    FIELD(dnsbl),
	    .def = "",
	    .max = 1000,
	    .optional = true,
	    .sentence = "Lists of addresses in the DNS, up to 8 zones with "
			"spaces between them, such as \"zen.spamhaus.org\": "
			"clients that one of them names get no mail in.  What "
			"does not answer names nobody." },
	{ .block = "inbound",
	    .name = "dnsbl_timeout",
	    .type = &conf_type_time,
	    FIELD(dnsbl_timeout),
	    .def = "5s",
	    .min = 1,
	    .max = 60,
	    .reload = true,
	    .sentence = "How long the lists may take to answer." },
	{ .block = "inbound",
	    .name = "greylist",
	    .type = &conf_type_bool,
	    FIELD(greylist),
	    .def = "no",
	    .reload = true,
	    .sentence = "Whether mail is put off that is the first from its "
			"sender to its recipient by a network of clients (24 "
			"bits of an IPv4 address, 64 of IPv6): who means it "
			"comes again.  A restart forgets who has." },
	{ .block = "inbound",
	    .name = "greylist_delay",
	    .type = &conf_type_time,
	    FIELD(greylist_delay),
	    .def = "5m",
	    .min = 1,
	    .max = 86400,
	    .reload = true,
	    .sentence = "How long it is put off." },
	{ .block = "inbound",
	    .name = "greylist_window",
	    .type = &conf_type_time,
	    FIELD(greylist_window),
	    .def = "2d",
	    .min = 60,
	    .max = 30 * 86400,
	    .reload = true,
	    .sentence = "How long it may take to come again, before that counts "
			"as the first time." },
	{ .block = "inbound",
	    .name = "greylist_lifetime",
	    .type = &conf_type_time,
	    FIELD(greylist_lifetime),
	    .def = "36d",
	    .min = 60,
	    .max = 366 * 86400,
	    .reload = true,
	    .sentence = "How long who has come again is remembered after the "
			"last message." },
	{ .block = "inbound",
	    .name = "greylist_known",
	    .type = &conf_type_count,
	    FIELD(greylist_known),
	    .def = "5",
	    .max = 1000000,
	    .reload = true,
	    .sentence = "Of how many messages a network must have come again "
			"to be put off no more; 0: that makes no difference." },
	{ .block = "inbound",
	    .name = "rspamd",
	    .type = &conf_type_text,
	    FIELD(rspamd_url),
	    .def = "",
	    .max = 1000,
	    .optional = true,
	    .sentence = "The URL of rspamd's normal worker, http:// or "
			"https://, such as http://127.0.0.1:11333.  It sees "
			"each message from the world before it is taken: the message is refused, put off, given "
			"header lines or another subject as it says; what it "
			"would add a header to is filed in the mailbox for "
			"junk.  Without it nothing is checked." },
	{ .block = "inbound",
	    .name = "rspamd_timeout",
	    .type = &conf_type_time,
	    FIELD(rspamd_timeout),
	    .def = "30s",
	    .min = 1,
	    .max = 300,
	    .reload = true,
	    .sentence = "How long rspamd may take for a message." },
	{ .block = "inbound",
	    .name = "rspamd_failure",
	    .type = &conf_type_word,
	    FIELD(rspamd_failure),
	    .def = "accept",
	    .words = rspamd_failures,
	    .reload = true,
	    .sentence = "What becomes of messages when rspamd does not answer: "
			"they are taken unchecked, or put off." },
	{ .block = "inbound",
	    .name = "trusted",
	    .type = &conf_type_networks,
	    FIELD(inbound_trusted),
	    .shown = "192.0.2.0/24 2001:db8::1",
	    .reload = true,
	    .sentence = "Networks whose mail is neither counted by these limits "
			"nor put off by greylist, nor looked for in lists, "
			"such as those of a backup server for one's domains.  "
			"May be given several times." },

	{ .block = "relay",
	    .name = "smarthost",
	    .type = &conf_type_smarthost,
	    FIELD(smarthost),
	    .def = "",
	    .optional = true,
	    .sentence = "The server that mail for other domains is handed "
			"to: smtps:// (TLS, port 465), smtp:// (STARTTLS, "
			"port 587), or smtp+insecure:// (neither, port 25).  "
			"Its certificate is verified." },
	{ .block = "relay",
	    .name = "mx",
	    .type = &conf_type_bool,
	    FIELD(mx),
	    .def = "yes",
	    .sentence = "Whether mail for other domains, where no smarthost "
			"is set, goes to the servers that the DNS names for "
			"them.  If not, it is refused." },
	{ .block = "relay",
	    .name = "mx_port",
	    .type = &conf_type_count,
	    FIELD(mx_port),
	    .def = "25",
	    .min = 1,
	    .max = 65535,
	    .sentence = "The port of those servers." },
	{ .block = "relay",
	    .name = "user",
	    .type = &conf_type_text,
	    FIELD(relay_user),
	    .def = "",
	    .max = 254,
	    .optional = true,
	    .reload = true,
	    .sentence = "The name to log in with at the smarthost; \"\" for "
			"no login." },
	{ .block = "relay",
	    .name = "password_file",
	    .type = &conf_type_path,
	    FIELD(relay_password_file),
	    .def = "",
	    .max = 3000,
	    .optional = true,
	    .reload = true,
	    .sentence = "A file whose first line is the password for it." },
	{ .block = "relay",
	    .name = "ca_file",
	    .type = &conf_type_path,
	    FIELD(relay_ca_file),
	    .def = CONF_CA_FILE,
	    .max = 3000,
	    .reload = true,
	    .sentence = "The certificates, PEM, of the authorities that "
			"other servers are verified by." },
	{ .block = "relay",
	    .name = "srs_domain",
	    .type = &conf_type_text,
	    FIELD(srs_domain),
	    .def = "",
	    .max = 100,
	    .optional = true,
	    .reload = true,
	    .sentence = "A domain of this server that senders of other domains "
			"get an address in (SRS) when an alias passes their "
			"mail on to another server, so that it passes SPF; "
			"what comes back to such an address goes to the "
			"sender.  \"\" for senders as they are." },
	{ .block = "relay",
	    .name = "resolver",
	    .type = &conf_type_text,
	    FIELD(resolver),
	    .def = "",
	    .max = 64,
	    .optional = true,
	    .sentence = "The DNS server to ask, an IP address with or without "
			"@PORT; \"\" for those of /etc/resolv.conf." },
	{ .block = "relay",
	    .name = "trust_anchor",
	    .type = &conf_type_path,
	    FIELD(trust_anchor),
	    .def = "",
	    .max = 3000,
	    .optional = true,
	    .sentence = "A file with the DS or DNSKEY records that DNSSEC "
			"begins with, such as /usr/share/dns/root.key of "
			"Debian's dns-root-data; then what TLSA records say "
			"of a server is enforced (DANE, RFC 7672).  The "
			"resolver must pass DNSSEC on.  \"\" for no DNSSEC." },
	{ .block = "relay",
	    .name = "mta_sts",
	    .type = &conf_type_bool,
	    FIELD(mta_sts),
	    .def = "yes",
	    .sentence = "Whether the policies that domains publish of their "
			"servers' TLS (MTA-STS, RFC 8461) are fetched and "
			"enforced, where mail goes to these servers." },
	{ .block = "relay",
	    .name = "sts_ca",
	    .type = &conf_type_path,
	    FIELD(sts_ca),
	    .def = "",
	    .max = 3000,
	    .optional = true,
	    .sentence = "The certificates, PEM, of the authorities for the "
			"servers of these policies; \"\" for those of "
			"ca_file." },
	{ .block = "relay",
	    .name = "sts_port",
	    .type = &conf_type_count,
	    FIELD(sts_port),
	    .def = "443",
	    .min = 1,
	    .max = 65535,
	    .sentence = "The port of the servers of these policies." },
	{ .block = "relay",
	    .name = "timeout",
	    .type = &conf_type_time,
	    FIELD(relay_timeout),
	    .def = "5m",
	    .min = 1,
	    .max = 3600,
	    .reload = true,
	    .sentence = "How long another server may take to answer a "
			"command; for a whole message it is twice that." },
	{ .block = "relay",
	    .name = "connections",
	    .type = &conf_type_count,
	    FIELD(relay_connections),
	    .def = "100",
	    .min = 1,
	    .max = 1000,
	    .reload = true,
	    .sentence = "Messages that are on their way out at a time." },
	{ .block = "relay",
	    .name = "connections_per_destination",
	    .type = &conf_type_count,
	    FIELD(relay_connections_destination),
	    .def = "10",
	    .min = 1,
	    .max = 1000,
	    .reload = true,
	    .sentence = "Of these, to one server or domain." },

	{ .block = "queue",
	    .name = "retry",
	    .type = &conf_type_retries,
	    FIELD(queue_retry),
	    .def = "1m 5m 15m 30m 1h 2h 4h",
	    .min = 1,
	    .max = 86400,
	    .reload = true,
	    .sentence = "How long a message waits after each attempt to pass "
			"it on; the last time goes for all further ones.  "
			"A tenth more or less is drawn by lot." },
	{ .block = "queue",
	    .name = "lifetime",
	    .type = &conf_type_time,
	    FIELD(queue_lifetime),
	    .def = "5d",
	    .min = 10,
	    .max = 30 * 86400,
	    .reload = true,
	    .sentence = "How long it is tried; then the sender is told that "
			"it failed." },
	{ .block = "queue",
	    .name = "warn_after",
	    .type = &conf_type_time,
	    FIELD(queue_warn_after),
	    .def = "4h",
	    .min = 1,
	    .max = 30 * 86400,
	    .reload = true,
	    .sentence = "When the sender is told that it is late." },
};
const size_t conf_nsettings = sizeof(conf_settings) / sizeof(conf_settings[0]);

const struct conf_setting *
conf_setting_find(const char *block, const char *name)
{
	for (size_t i = 0; i < conf_nsettings; i++)
		if (strcmp(conf_settings[i].block, block) == 0 &&
		    strcmp(conf_settings[i].name, name) == 0)
			return &conf_settings[i];
	return NULL;
}

bool
conf_block_exists(const char *block)
{
	for (size_t i = 0; i < conf_nsettings; i++)
		if (block[0] != '\0' &&
		    strcmp(conf_settings[i].block, block) == 0)
			return true;
	return false;
}

const char *
conf_name_like(const char *block, const char *name)
{
	const char *best = NULL, *known;
	size_t least = 2 + strlen(name) / 4, d;

	for (size_t i = 0; i < conf_nsettings; i++) {
		if (strcmp(conf_settings[i].block, block) == 0)
			known = conf_settings[i].name;
		else if (block[0] == '\0')
			known = conf_settings[i].block;
		else
			continue;
		d = span_distance(span_str(name), span_str(known));
		if (d < least) {
			best = known;
			least = d;
		}
	}
	return best;
}
