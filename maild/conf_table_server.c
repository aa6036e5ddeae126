/* SPDX-License-Identifier: ISC */
#include "conf_table_impl.h"

static const char *const client_users[] = { "email", "common_name", NULL };
static const char *const log_formats[] = { "text", "json", NULL };
static const char *const log_levels[] = { "debug", "info", "warning", "error",
	NULL };

#define SOCKET_PATH_MAX 107 /* unix(7) */

const struct conf_setting conf_table_top[] = {
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
		"users who log in without one.  mailctl domain add adds "
		"others.  Default: the hostname." },
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
	    .name = "search_index",
	    .type = &conf_type_bool,
	    FIELD(search_index),
	    .def = "yes",
	    .reload = true,
	    .sentence = "Whether the texts of mail are indexed.  Without an "
			"index, which goes from the disk then, a search finds "
			"the same, but reads each message for it." },
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
	    .name = "file_sent",
	    .type = &conf_type_bool,
	    FIELD(file_sent),
	    .def = "no",
	    .reload = true,
	    .sentence = "Whether what a user submits is also filed in the "
			"user's mailbox of sent mail, where the copy that a "
			"client puts there itself replaces it." },
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
	END,
};

const struct conf_setting conf_table_server[] = {
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
	END,
};

const struct conf_setting conf_table_tls[] = {
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
	END,
};

const struct conf_setting conf_table_log[] = {
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
	END,
};
