/* SPDX-License-Identifier: ISC */
#include "check.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"

static struct conf *
parse(const char *text)
{
	struct buf errors = { 0 };
	struct conf *c = conf_parse_text(span_str(text), "f", NULL, 0,
	    &errors);

	ck_buf_eq(&errors, "");
	ck_assert_ptr_nonnull(c);
	return c;
}

START_TEST(nothing_set_serves_localhost)
{
	struct conf *c = parse("");

	ck_assert_str_eq(c->hostname, "localhost");
	ck_assert_uint_eq(c->ndomains, 1);
	ck_assert_str_eq(c->domain[0], "localhost");
	ck_assert_uint_eq(c->nlisten, 5);
	ck_assert_int_eq(c->listen[1].kind, CONF_IMAPS);
	ck_assert_uint_eq(c->listen[1].port, 993);
	ck_assert_str_eq(c->listen[1].host, "");
	ck_assert_int_eq(c->listen[4].kind, CONF_LMTP);
	ck_assert_str_eq(c->listen[4].path, RUNSTATEDIR "/maild/lmtp.sock");
	ck_assert_ptr_null(c->listen[4].host);
	ck_assert_str_eq(c->state_dir, LOCALSTATEDIR "/lib/maild");
	ck_assert_str_eq(c->control_socket,
	    RUNSTATEDIR "/maild/control.sock");
	ck_assert_ptr_null(c->tls_cert);
	ck_assert_ptr_null(c->tls_key);
	ck_assert_str_eq(c->user, "maild");
	ck_assert(!c->plaintext);
	ck_assert_ptr_null(c->log_file);
	ck_assert_uint_eq(c->message_size, 50 << 20);
	ck_assert_uint_eq(c->recipients, 100);
	ck_assert_uint_eq(c->auth_failures, 10);
	ck_assert_uint_eq(c->auth_failures_period, 600);
	ck_assert_uint_eq(c->imap_idle_timeout, 1800);
	ck_assert_str_eq(c->detail_separator, "+");
	conf_free(c);
}
END_TEST

static const char everything[] =
    "hostname Mail.Example.ORG\n"
    "domain example.org example.net\n"
    "domain EXAMPLE.com\n"
    "listen imaps [2001:DB8::1]:993; listen imap 192.0.2.1:143\n"
    "listen submissions :465\n"
    "listen lmtp \"unix:/run/a b/lmtp\"\n"
    "listen lmtp localhost:24\n"
    "state_dir '/srv/mail \"x\"'\n"
    "control_socket /run/c\n"
    "user \"\"\n"
    "workers 3\n"
    "search_index no\n"
    "plaintext yes\n"
    "detail_separator \"\"\n"
    "received_hide_client yes\n"
    "file_sent yes\n"
    "client 'Acme*' { hide QRESYNC; hide NOTIFY }\nclient x { }\n"
    "tls {\n\tcert /c\n\tkey /k\n\tclient_ca /a\n"
    "\tclient_user common_name\n}\n"
    "auth {\n\thash_cost 2\n\tintrospection_url https://x/y\n"
    "\tintrospection_user me\n"
    "\tintrospection_password_file /p\n"
    "\tintrospection_claim sub\n\tintrospection_scope mail\n}\n"
    "log { format json; level debug; file /var/log/maild }\n"
    "server { comment \"Hello there\" }\n"
    "quota { storage 1G; messages 14; mailboxes 15; full reject }\n"
    "limits {\n"
    "\tmessage_size 65537\n"
    "\trecipients 7\n"
    "\tfuture_release 1d\n"
    "\tdeliver_by 5s\n"
    "\tpriority 5\n"
    "\tconnections 8\n"
    "\tconnections_per_address 9\n"
    "\tconnections_per_user 10\n"
    "\tauth_failures 11 per 90s\n"
    "\tmessages_per_user 20 per 20m\n"
    "\trecipients_per_user 21 per 21m\n"
    "\tmessages_per_address 22 per 22m\n"
    "\trecipients_per_address 23 per 23m\n"
    "\tlogin_timeout 12s\n"
    "}\n"
    "limits { imap_progress_interval 16s; messages_per_command 17 }\n"
    "limits { imap_8bit_headers no }\n"
    "limits { imap_idle_timeout 1h; smtp_idle_timeout 61s }\n"
    "limits { free_reserve 0 }\n"
    "proxy { trusted 192.0.2.0/24 2001:DB8::/32; trusted ::1 }\n"
    "inbound { tarpit 3s; connections_per_address 9 per 2m\n"
    "\tmessages_per_address 8 per 1h; recipients_per_address 7 per 1d\n"
    "\tdnsbl \"a.example b.example\"; dnsbl_timeout 8s\n"
    "\tgreylist yes; greylist_delay 2s; greylist_window 3h\n"
    "\tgreylist_lifetime 4d; greylist_known 6\n"
    "\trspamd https://rspamd.example.org; rspamd_timeout 9s\n"
    "\trspamd_failure defer; trusted ::1 }\n"
    "relay { smarthost smtp://[2001:DB8::1]; mx no; mx_port 12\n"
    "\tsrs_domain example.org\n"
    "\tuser me; password_file /p\n"
    "\tca_file /ca; resolver 192.0.2.1@53; resolver_timeout 17s\n"
    "\ttrust_anchor /t; timeout 90s\n"
    "\tmta_sts no; sts_ca /s; sts_port 18\n"
    "\tconnections 13; connections_per_destination 14\n"
    "}\n"
    "queue { retry 60s 1h; lifetime 15s; warn_after 16s }\n";

static const char everything_formatted[] =
    "hostname mail.example.org\n"
    "domain example.org\n"
    "domain example.net\n"
    "domain example.com\n"
    "listen imaps [2001:db8::1]:993\n"
    "listen imap 192.0.2.1:143\n"
    "listen submissions :465\n"
    "listen lmtp \"unix:/run/a b/lmtp\"\n"
    "listen lmtp localhost:24\n"
    "state_dir \"/srv/mail \\\"x\\\"\"\n"
    "control_socket /run/c\n"
    "user \"\"\n"
    "workers 3\n"
    "search_index no\n"
    "plaintext yes\n"
    "detail_separator \"\"\n"
    "received_hide_client yes\n"
    "file_sent yes\n"
    "client Acme* { hide QRESYNC NOTIFY }\nclient x { }\n"
    "server {\n\tcomment \"Hello there\"\n\tadmin \"\"\n}\n"
    "tls {\n\tcert /c\n\tkey /k\n\tclient_ca /a\n"
    "\tclient_user common_name\n}\n"
    "auth {\n\thash_cost 2\n\tintrospection_url https://x/y\n"
    "\tintrospection_user me\n"
    "\tintrospection_password_file /p\n"
    "\tintrospection_claim sub\n\tintrospection_scope mail\n}\n"
    "log {\n\tformat json\n\tlevel debug\n\tfile /var/log/maild\n}\n"
    "quota {\n\tstorage 1G\n\tmessages 14\n\tmailboxes 15\n"
    "\tfull reject\n\tadmin \"\"\n}\n"
    "limits {\n"
    "\tmessage_size 65537\n"
    "\trecipients 7\n"
    "\tfuture_release 1d\n"
    "\tdeliver_by 5s\n"
    "\tpriority 5\n"
    "\tconnections 8\n"
    "\tconnections_per_address 9\n"
    "\tconnections_per_user 10\n"
    "\tauth_failures 11 per 90s\n"
    "\tmessages_per_user 20 per 20m\n"
    "\trecipients_per_user 21 per 21m\n"
    "\tmessages_per_address 22 per 22m\n"
    "\trecipients_per_address 23 per 23m\n"
    "\tlogin_timeout 12s\n"
    "\timap_idle_timeout 1h\n"
    "\timap_progress_interval 16s\n"
    "\timap_8bit_headers no\n"
    "\tmessages_per_command 17\n"
    "\tsmtp_idle_timeout 61s\n"
    "\tfree_reserve 0\n"
    "}\n"
    "proxy {\n\ttrusted 192.0.2.0/24\n\ttrusted 2001:db8::/32\n"
    "\ttrusted ::1/128\n}\n"
    "inbound {\n\ttarpit 3s\n\tconnections_per_address 9 per 2m\n"
    "\tmessages_per_address 8 per 1h\n\trecipients_per_address 7 per 1d\n"
    "\tdnsbl \"a.example b.example\"\n\tdnsbl_timeout 8s\n"
    "\tgreylist yes\n\tgreylist_delay 2s\n\tgreylist_window 3h\n"
    "\tgreylist_lifetime 4d\n\tgreylist_known 6\n"
    "\trspamd https://rspamd.example.org\n\trspamd_timeout 9s\n"
    "\trspamd_failure defer\n\ttrusted ::1/128\n}\n"
    "relay {\n"
    "\tsmarthost smtp://[2001:db8::1]:587\n"
    "\tmx no\n"
    "\tmx_port 12\n"
    "\tuser me\n"
    "\tpassword_file /p\n"
    "\tca_file /ca\n"
    "\tsrs_domain example.org\n"
    "\tresolver 192.0.2.1@53\n"
    "\tresolver_timeout 17s\n"
    "\ttrust_anchor /t\n"
    "\tmta_sts no\n"
    "\tsts_ca /s\n"
    "\tsts_port 18\n"
    "\ttimeout 90s\n"
    "\tconnections 13\n"
    "\tconnections_per_destination 14\n"
    "}\n"
    "queue {\n"
    "\tretry 1m 1h\n"
    "\tlifetime 15s\n"
    "\twarn_after 16s\n"
    "}\n";

START_TEST(formatted_it_reads_back_equal)
{
	static const char *const in[] = { everything, "" };
	struct conf *c = parse(in[_i]), *again, *other = parse("workers 4");
	struct buf text = { 0 };

	conf_format(&text, c);
	if (_i == 0)
		ck_buf_eq(&text, everything_formatted);
	again = parse(text.data);
	ck_assert(conf_equal(c, again));
	ck_assert(!conf_equal(c, other));
	ck_assert_uint_eq(again->nlisten, 5);
	if (_i == 0) {
		ck_assert_ptr_null(again->user);
		ck_assert_str_eq(again->state_dir, "/srv/mail \"x\"");
		ck_assert_uint_eq(again->auth_failures_period, 90);
		ck_assert_uint_eq(again->free_reserve, 0);
	}
	buf_free(&text);
	conf_free(other);
	conf_free(again);
	conf_free(c);
}
END_TEST

static const struct {
	const char *in, *want;
} wrong[] = {
	{ "hostname a\n\ntls {\n\tcert /c\n\tkey /k\n\tcertt /d\n}\n",
	    "f:6:2: error: unknown setting \"certt\" in tls; "
	    "did you mean \"cert\"?\n"
	    "\t\tcertt /d\n"
	    "\t\t^\n" },
	{ "hostnam a",
	    "f:1:1: error: unknown setting \"hostnam\"; "
	    "did you mean \"hostname\"?\n"
	    "\thostnam a\n"
	    "\t^\n" },
	{ "limit { }",
	    "f:1:1: error: unknown setting \"limit\"; "
	    "did you mean \"limits\"?\n"
	    "\tlimit { }\n"
	    "\t^\n" },
	{ "xyzzy 1", "f:1:1: error: unknown setting \"xyzzy\"\n"
	    "\txyzzy 1\n"
	    "\t^\n" },
	{ "hostname a\n  hostname b",
	    "f:2:3: error: \"hostname\" is set already, at f:1:1\n"
	    "\t  hostname b\n"
	    "\t  ^\n" },
	{ "limits { recipients 1; recipients 2 }",
	    "f:1:24: error: \"recipients\" is set already, at f:1:10\n"
	    "\tlimits { recipients 1; recipients 2 }\n"
	    "\t                       ^\n" },
	{ "hostname", "f:1:1: error: \"hostname\" needs a value: NAME\n"
	    "\thostname\n"
	    "\t^\n" },
	{ "hostname a b", "f:1:12: error: \"hostname\" takes one value only\n"
	    "\thostname a b\n"
	    "\t           ^\n" },
	{ "hostname a { b }", "f:1:1: error: \"hostname\" takes no block\n"
	    "\thostname a { b }\n"
	    "\t^\n" },
	{ "tls /c /k", "f:1:1: error: \"tls\" is a block: tls { ... }\n"
	    "\ttls /c /k\n"
	    "\t^\n" },
	{ "client", "f:1:1: error: \"client\" needs a value: "
		    "NAME { hide CAPABILITY ... }\n\tclient\n\t^\n" },
	{ "client a", "f:1:1: error: \"client\" takes a block, and there are "
		      "at most 64\n\tclient a\n\t^\n" },
	{ "client a { hide }", "f:1:12: error: in a client stands \"hide "
			       "CAPABILITY ...\"\n"
			       "\tclient a { hide }\n"
			       "\t           ^\n" },
	{ "client a { hide \"B C\" }",
	    "f:1:17: error: \"B C\" is no capability, or one too many\n"
	    "\tclient a { hide \"B C\" }\n"
	    "\t                ^\n" },
	{ "hostname a_b", "f:1:10: error: \"a_b\" is no host or domain name\n"
	    "\thostname a_b\n"
	    "\t         ^\n" },
	{ "domain a -b", "f:1:10: error: \"-b\" is no host or domain name\n"
	    "\tdomain a -b\n"
	    "\t         ^\n" },
	{ "domain a A", "f:1:10: error: the domain \"a\" is there already\n"
	    "\tdomain a A\n"
	    "\t         ^\n" },
	{ "domain a b; relay { srs_domain c }",
	    "f:1:21: error: \"c\" is no \"domain\" of this server\n"
	    "\tdomain a b; relay { srs_domain c }\n"
	    "\t                    ^\n" },
	{ "domain", "f:1:1: error: \"domain\" needs a value: NAME ...\n"
	    "\tdomain\n"
	    "\t^\n" },
	{ "state_dir mail",
	    "f:1:11: error: this path must begin with \"/\"\n"
	    "\tstate_dir mail\n"
	    "\t          ^\n" },
	{ "proxy { trusted 192.0.2.1/24 10.0.0.0/33 }",
	    "f:1:17: error: \"192.0.2.1/24\" is no network, as in "
	    "192.0.2.0/24 or 2001:db8::1\n"
	    "\tproxy { trusted 192.0.2.1/24 10.0.0.0/33 }\n"
	    "\t                ^\n"
	    "f:1:30: error: \"10.0.0.0/33\" is no network, as in "
	    "192.0.2.0/24 or 2001:db8::1\n"
	    "\tproxy { trusted 192.0.2.1/24 10.0.0.0/33 }\n"
	    "\t                             ^\n" },
	{ "plaintext on", "f:1:11: error: \"plaintext\" is yes or no\n"
	    "\tplaintext on\n"
	    "\t          ^\n" },
	{ "log { level loud }", "f:1:13: error: \"level\" is one of "
	    "debug, info, warning, error\n"
	    "\tlog { level loud }\n"
	    "\t            ^\n" },
	{ "detail_separator ++",
	    "f:1:18: error: \"detail_separator\" is longer than 1 bytes\n"
	    "\tdetail_separator ++\n"
	    "\t                 ^\n" },
	{ "workers -1", "f:1:9: error: \"-1\" is no number\n"
	    "\tworkers -1\n"
	    "\t        ^\n" },
	{ "workers 257",
	    "f:1:9: error: \"workers\" is out of range: 0 to 256\n"
	    "\tworkers 257\n"
	    "\t        ^\n" },
	{ "limits { message_size 50MB }", "f:1:23: error: \"50MB\" is no "
	    "size such as 512K, 50M or 2G\n"
	    "\tlimits { message_size 50MB }\n"
	    "\t                      ^\n" },
	{ "limits { message_size 99999999999999999999G }",
	    "f:1:23: error: \"99999999999999999999G\" is no "
	    "size such as 512K, 50M or 2G\n"
	    "\tlimits { message_size 99999999999999999999G }\n"
	    "\t                      ^\n" },
	{ "limits { message_size 1 }", "f:1:23: error: \"message_size\" is "
	    "out of range: 64K to 2G\n"
	    "\tlimits { message_size 1 }\n"
	    "\t                      ^\n" },
	{ "limits { login_timeout 60 }", "f:1:24: error: \"60\" is no "
	    "time such as 30s, 10m or 2h\n"
	    "\tlimits { login_timeout 60 }\n"
	    "\t                       ^\n" },
	{ "limits { imap_idle_timeout 29m }", "f:1:28: error: "
	    "\"imap_idle_timeout\" is out of range: 30m to 1d\n"
	    "\tlimits { imap_idle_timeout 29m }\n"
	    "\t                           ^\n" },
	{ "limits { auth_failures 10 }", "f:1:10: error: \"auth_failures\" "
	    "is written NUMBER per TIME\n"
	    "\tlimits { auth_failures 10 }\n"
	    "\t         ^\n" },
	{ "limits { auth_failures 10 per 2d }", "f:1:31: error: \"2d\" is no "
	    "time such as 30s, 10m or 2h, up to 1d\n"
	    "\tlimits { auth_failures 10 per 2d }\n"
	    "\t                              ^\n" },
	{ "listen imaps", "f:1:1: error: \"listen\" is written "
	    "SERVICE PLACE\n"
	    "\tlisten imaps\n"
	    "\t^\n" },
	{ "listen pop3 :110", "f:1:8: error: \"pop3\" is no service: "
	    "imap, imaps, submission, submissions, lmtp, smtp\n"
	    "\tlisten pop3 :110\n"
	    "\t       ^\n" },
	{ "listen imaps example.org:993", "f:1:14: error: "
	    "\"example.org:993\" is no IP address with a port, as in :143, "
	    "192.0.2.1:143 or [2001:db8::1]:143\n"
	    "\tlisten imaps example.org:993\n"
	    "\t             ^\n" },
	{ "listen imaps 2001:db8::1:993", "f:1:14: error: "
	    "\"2001:db8::1:993\" is no IP address with a port, as in :143, "
	    "192.0.2.1:143 or [2001:db8::1]:143\n"
	    "\tlisten imaps 2001:db8::1:993\n"
	    "\t             ^\n" },
	{ "listen lmtp :24", "f:1:13: error: lmtp takes mail from anyone: "
	    "only on a Unix socket or localhost\n"
	    "\tlisten lmtp :24\n"
	    "\t            ^\n" },
	{ "listen imap unix:/x",
	    "f:1:13: error: only lmtp can be on a Unix socket\n"
	    "\tlisten imap unix:/x\n"
	    "\t            ^\n" },
	{ "listen imap :1; listen imaps :1",
	    "f:1:30: error: imap listens there already\n"
	    "\tlisten imap :1; listen imaps :1\n"
	    "\t                             ^\n" },
	{ "auth { introspection_url http://x }",
	    "f:1:8: error: the URL must begin with https://\n"
	    "\tauth { introspection_url http://x }\n"
	    "\t       ^\n" },
	{ "auth { introspection_user x }",
	    "f:1:8: error: an \"introspection_user\" needs its "
	    "\"introspection_password_file\", and that one it\n"
	    "\tauth { introspection_user x }\n"
	    "\t       ^\n" },
	{ "tls { cert /c }", "f:1:7: error: a \"cert\" needs its \"key\"\n"
	    "\ttls { cert /c }\n"
	    "\t      ^\n" },
	{ "tls { key /c }", "f:1:7: error: a \"key\" needs its \"cert\"\n"
	    "\ttls { key /c }\n"
	    "\t      ^\n" },
	{ "relay { smarthost mx.example.org }",
	    "f:1:19: error: \"mx.example.org\" is not smtps://HOST, "
	    "smtp://HOST or smtp+insecure://HOST with or without :PORT\n"
	    "\trelay { smarthost mx.example.org }\n"
	    "\t                  ^\n" },
	{ "relay { user me }",
	    "f:1:9: error: a \"user\" needs its \"password_file\", and that "
	    "one it\n"
	    "\trelay { user me }\n"
	    "\t        ^\n" },
	{ "queue { retry 1m 0s }",
	    "f:1:18: error: \"retry\" is out of range: 1s to 1d\n"
	    "\tqueue { retry 1m 0s }\n"
	    "\t                 ^\n" },
	{ "include x", "f:1:1: error: \"include\" works in files only\n"
	    "\tinclude x\n"
	    "\t^\n" },
	/* syntax and sense, all in one run */
	{ "workers \"1\nplaintext perhaps\nuser a\nuser b\n",
	    "f:1:9: error: this quote is not closed\n"
	    "\tworkers \"1\n"
	    "\t        ^\n"
	    "f:2:11: error: \"plaintext\" is yes or no\n"
	    "\tplaintext perhaps\n"
	    "\t          ^\n"
	    "f:4:1: error: \"user\" is set already, at f:3:1\n"
	    "\tuser b\n"
	    "\t^\n" },
};

START_TEST(names_what_is_wrong)
{
	struct buf errors = { 0 };

	ck_assert_ptr_null(conf_parse_text(span_str(wrong[_i].in), "f", NULL,
	    0, &errors));
	ck_buf_eq(&errors, wrong[_i].want);
	buf_free(&errors);
}
END_TEST

START_TEST(option_takes_the_place_of_the_files_line)
{
	static const char *const option[] = { "workers 9",
		"limits { recipients 3; connections 5 }", "domain c",
		"listen lmtp 127.0.0.1:24" };
	struct buf errors = { 0 };
	struct conf *c = conf_parse_text(
	    SPAN_LIT("workers 1\ndomain a b\nlimits { recipients 2 }\n"
		     "listen imap :1143"),
	    "f", option, 4, &errors);

	ck_buf_eq(&errors, "");
	ck_assert_uint_eq(c->workers, 9);
	ck_assert_uint_eq(c->recipients, 3);
	ck_assert_uint_eq(c->connections, 5);
	ck_assert_uint_eq(c->ndomains, 3);
	ck_assert_str_eq(c->domain[2], "c");
	ck_assert_uint_eq(c->nlisten, 2);
	ck_assert_int_eq(c->listen[1].kind, CONF_LMTP);
	conf_free(c);
}
END_TEST

START_TEST(option_is_checked_as_a_line)
{
	static const char *const option[] = { "workers 9", "workers 8",
		"nonsense" };
	struct buf errors = { 0 };

	ck_assert_ptr_null(conf_load(NULL, option, 3, &errors));
	ck_buf_eq(&errors,
	    "-o:1:1: error: \"workers\" is set already, at -o:1:1\n"
	    "\tworkers 8\n"
	    "\t^\n"
	    "-o:1:1: error: unknown setting \"nonsense\"\n"
	    "\tnonsense\n"
	    "\t^\n");
	buf_free(&errors);
}
END_TEST

/* ---- files ---- */

static char folder[] = "/tmp/check_conf.XXXXXX";

static void
write_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void
make_folder(void)
{
	char path[256];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/d", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void
remove_folder(void)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* Load folder/maild.conf; in the errors the folder reads "DIR". */
static struct conf *
load(struct buf *errors)
{
	char path[256];
	struct buf raw = { 0 };
	struct conf *c;
	const char *at, *hit;

	snprintf(path, sizeof(path), "%s/maild.conf", folder);
	c = conf_load(path, NULL, 0, &raw);
	at = raw.data != NULL ? raw.data : "";
	while ((hit = strstr(at, folder)) != NULL) {
		buf_add(errors, at, (size_t)(hit - at));
		buf_adds(errors, "DIR");
		at = hit + strlen(folder);
	}
	buf_adds(errors, at);
	buf_free(&raw);
	return c;
}

START_TEST(includes_in_the_order_of_names)
{
	struct buf errors = { 0 };
	struct conf *c;

	make_folder();
	write_file("maild.conf", "domain a\ninclude d/*.conf\ndomain e\n"
		"include none*.conf\n");
	write_file("d/2.conf", "domain c\n");
	write_file("d/1.conf", "domain b\nworkers 2\n");
	write_file("d/3.conf", "include 4\n");
	write_file("d/4", "domain d\n");
	c = load(&errors);
	ck_buf_eq(&errors, "");
	ck_assert_uint_eq(c->ndomains, 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(c->domain[i][0], "abcde"[i]);
	ck_assert_uint_eq(c->workers, 2);
	conf_free(c);
	buf_free(&errors);
	remove_folder();
}
END_TEST

START_TEST(include_errors_show_the_chain)
{
	struct buf errors = { 0 };

	make_folder();
	write_file("maild.conf", "workers 1\n  include d/a\n");
	write_file("d/a", "include b\ninclude missing\ninclude a\n");
	write_file("d/b", "workers 2\nfoo");
	ck_assert_ptr_null(load(&errors));
	ck_buf_eq(&errors,
	    "DIR/d/a:2:9: error: DIR/d/missing: No such file or directory\n"
	    "\tinclude missing\n"
	    "\t        ^\n"
	    "\tincluded from DIR/maild.conf:2:11\n"
	    "DIR/d/a:3:9: error: DIR/d/a: the file includes itself\n"
	    "\tinclude a\n"
	    "\t        ^\n"
	    "\tincluded from DIR/maild.conf:2:11\n"
	    "DIR/d/b:1:1: error: \"workers\" is set already, at "
	    "DIR/maild.conf:1:1\n"
	    "\tworkers 2\n"
	    "\t^\n"
	    "\tincluded from DIR/d/a:1:9\n"
	    "\tincluded from DIR/maild.conf:2:11\n"
	    "DIR/d/b:2:1: error: unknown setting \"foo\"\n"
	    "\tfoo\n"
	    "\t^\n"
	    "\tincluded from DIR/d/a:1:9\n"
	    "\tincluded from DIR/maild.conf:2:11\n");
	buf_free(&errors);
	remove_folder();
}
END_TEST

START_TEST(files_are_bounded)
{
	struct buf errors = { 0 };
	char name[16], text[32];

	make_folder();
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "d/%d", i);
		snprintf(text, sizeof(text), "include %d", i + 1);
		write_file(name, text);
	}
	write_file("maild.conf", "include d/0");
	ck_assert_ptr_null(load(&errors));
	ck_assert_ptr_nonnull(strstr(errors.data,
	    "error: files include each other more than 8 deep\n"));
	buf_clear(&errors);

	for (int i = 0; i < CONF_FILES_MAX; i++) {
		snprintf(name, sizeof(name), "d/%d", i);
		write_file(name, "");
	}
	write_file("maild.conf", "include d/*");
	ck_assert_ptr_null(load(&errors));
	ck_assert_ptr_nonnull(strstr(errors.data, "these are too many files"));
	buf_clear(&errors);

	write_file("maild.conf", "include /dev/zero");
	ck_assert_ptr_null(load(&errors));
	ck_assert_ptr_nonnull(strstr(errors.data,
	    "error: /dev/zero: the configuration is too large\n"));
	buf_free(&errors);
	remove_folder();
}
END_TEST

START_TEST(missing_file_is_named)
{
	struct buf errors = { 0 };

	ck_assert_ptr_null(conf_load("/nonexistent", NULL, 0, &errors));
	ck_buf_eq(&errors,
	    "/nonexistent: error: No such file or directory\n");
	buf_free(&errors);
}
END_TEST

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void
add(TCase *tc)
{
	tcase_add_test(tc, nothing_set_serves_localhost);
	tcase_add_loop_test(tc, formatted_it_reads_back_equal, 0, 2);
	tcase_add_loop_test(tc, names_what_is_wrong, 0, LEN(wrong));
	tcase_add_test(tc, option_takes_the_place_of_the_files_line);
	tcase_add_test(tc, option_is_checked_as_a_line);
	tcase_add_test(tc, includes_in_the_order_of_names);
	tcase_add_test(tc, include_errors_show_the_chain);
	tcase_add_test(tc, files_are_bounded);
	tcase_add_test(tc, missing_file_is_named);
}

int
main(void)
{
	return check_run("conf", add);
}
