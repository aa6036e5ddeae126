/* SPDX-License-Identifier: ISC */
#include "autoconfig.h"
#include "check.h"
#include "srv.h"

/* ---- autoconfig ---- */

#define PROVIDER(s) "<clientConfig version='1.1'><emailProvider id='x'>" s     \
	"</emailProvider></clientConfig>"
#define SERVER(tag, type, host, port, socket, more)                            \
	"<" tag " type='" type "'><hostname>" host "</hostname><port>" port    \
	"</port><socketType>" socket "</socketType>" more "</" tag ">"
#define IN(host, port, socket)                                                 \
	SERVER("incomingServer", "imap", host, port, socket, "")
#define USER "<username>%EMAILLOCALPART%+%EmailDomain%</username>"

static const struct {
	const char *in;
	const char *want; /* "service host port user oauth; …"; NULL: -1 */
} documents[] = {
	{ PROVIDER(IN("i.example", "993", "SSL")),
	    "imap i.example 993 tls - password;" },
	{ PROVIDER(IN("i.%EMAILDOMAIN%", " 143 ", "starttls")),
	    "imap i.example.org 143 starttls - password;" },
	{ PROVIDER(SERVER("outgoingServer", "smtp", "s.example", "465", "SSL",
	    USER)), "smtp s.example 465 tls bob+example.org password;" },
	{ PROVIDER(SERVER("outgoingServer", "smtp", "s.example", "465", "SSL",
	    "<authentication>OAuth2</authentication>")),
	    "smtp s.example 465 tls - token;" },
	{ PROVIDER(SERVER("outgoingServer", "smtp", "s.example", "465", "SSL",
	    "<authentication>OAuth2</authentication>"
	    "<authentication>password-cleartext</authentication>")),
	    "smtp s.example 465 tls - password;" },
	/* Not with TLS, not IMAP, not a host, not a port. */
	{ PROVIDER(IN("i.example", "143", "plain")), "" },
	{ PROVIDER(SERVER("incomingServer", "pop3", "p.example", "995", "SSL",
	    "")), "" },
	{ PROVIDER(IN("user@i.example", "993", "SSL")), "" },
	{ PROVIDER(IN("i.example/x", "993", "SSL")), "" },
	{ PROVIDER(IN("", "993", "SSL")), "" },
	{ PROVIDER(IN("i.example", "0", "SSL")), "" },
	{ PROVIDER(IN("i.example", "65536", "SSL")), "" },
	/* In order; elsewhere there are none. */
	{ PROVIDER(IN("a.example", "1", "SSL") IN("b.example", "2", "SSL")),
	    "imap a.example 1 tls - password;"
	    "imap b.example 2 tls - password;" },
	{ "<clientConfig><webMail>" IN("i.example", "993", "SSL")
	  "</webMail></clientConfig>", "" },
	/* Not a document of this kind. */
	{ "<html></html>", NULL },
	{ "", NULL },
	{ "<clientConfig>", NULL },
	{ "<!DOCTYPE clientConfig [<!ENTITY a 'b'>]>" PROVIDER(""), NULL },
};

static void
describe(struct buf *out, const struct autoconfig *a)
{
	for (size_t i = 0; i < a->len; i++) {
		const struct autoconfig_server *s = &a->server[i];

		buf_addf(out, "%s %s %u %s %s %s;",
		    s->service == AUTOCONFIG_SMTP ? "smtp" : "imap", s->host,
		    s->port, s->starttls ? "starttls" : "tls",
		    s->user != NULL ? s->user : "-",
		    s->oauth ? "token" : "password");
	}
}

START_TEST(servers_with_tls_are_found)
{
	struct span in = span_str(documents[_i].in);
	const char *want = documents[_i].want;
	struct buf out = { 0 };
	struct autoconfig a;

	ck_assert_int_eq(autoconfig_parse(&a, in, "bob@example.org"),
	    want != NULL ? 0 : -1);
	describe(&out, &a);
	ck_assert_str_eq(out.len > 0 ? out.data : "",
	    want != NULL ? want : "");
	autoconfig_clear(&a);
	buf_free(&out);
}
END_TEST

START_TEST(many_servers_and_long_values_are_left_out)
{
	struct buf xml = { 0 }, host = { 0 };
	struct autoconfig a;

	for (size_t i = 0; i <= AUTOCONFIG_TEXT_MAX; i++)
		buf_addc(&host, 'a');
	buf_adds(&xml, "<clientConfig><emailProvider>");
	buf_addf(&xml, SERVER("incomingServer", "imap", "%s", "993", "SSL",
	    ""), host.data);
	for (size_t i = 0; i < 2 * AUTOCONFIG_SERVERS_MAX; i++)
		buf_adds(&xml, IN("i.example", "993", "SSL"));
	buf_adds(&xml, "</emailProvider></clientConfig>");
	ck_assert_int_eq(autoconfig_parse(&a, buf_span(&xml), "a@b"), 0);
	ck_assert_uint_eq(a.len, AUTOCONFIG_SERVERS_MAX);
	ck_assert_str_eq(a.server[0].host, "i.example");
	autoconfig_clear(&a);
	buf_free(&xml);
	buf_free(&host);
}
END_TEST

/* ---- SRV ---- */

#define QUESTION "\6_imaps\4_tcp\7example\3org\0\0\41\0\1"
#define ANSWERS(n) "\0\1\205\200\0\1\0" n "\0\0\0\0" QUESTION
#define RECORD(len, data) "\300\14\0\41\0\1\0\0\0\1\0" len data

static const struct {
	struct span in;
	const char *host; /* NULL: no answer */
	unsigned port;
} answers[] = {
	{ SPAN_LIT(ANSWERS("\1") RECORD("\12", "\0\1\0\0\3\341\1a\300\30")),
	    "a.example.org", 993 },
	/* The lower priority, and of these the heavier one. */
	{ SPAN_LIT(ANSWERS("\3") RECORD("\11", "\0\2\0\377\0\1\1a\0")
		RECORD("\11", "\0\1\0\1\0\2\1b\0")
		RECORD("\11", "\0\1\0\2\0\3\1c\0")), "c", 3 },
	{ SPAN_LIT(ANSWERS("\1") RECORD("\7", "\0\0\0\0\0\0\0")), "", 0 },
	{ SPAN_LIT(ANSWERS("\1") RECORD("\4", "\0\0\0\0")), NULL, 0 },
	{ SPAN_LIT(ANSWERS("\0")), NULL, 0 },
	{ SPAN_LIT(ANSWERS("\2") RECORD("\11", "\0\2\0\377\0\1\1a\0")),
	    NULL, 0 },
	{ SPAN_LIT("\0\1"), NULL, 0 },
};

START_TEST(best_target_of_an_answer)
{
	char host[SRV_HOST_MAX];
	unsigned port;
	bool found = srv_read(answers[_i].in, host, &port);

	ck_assert_int_eq(found, answers[_i].host != NULL);
	if (found) {
		ck_assert_str_eq(host, answers[_i].host);
		ck_assert_uint_eq(port, answers[_i].port);
	}
}
END_TEST

START_TEST(resolver_is_an_address)
{
	ck_assert_int_eq(srv_server_ok("127.0.0.1"), 0);
	ck_assert_int_eq(srv_server_ok("127.0.0.1:5353"), 0);
	ck_assert_int_eq(srv_server_ok("127.0.0.1:70000"), -1);
	ck_assert_int_eq(srv_server_ok("localhost"), -1);
	ck_assert_int_eq(srv_server_ok(""), -1);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, servers_with_tls_are_found, 0,
	    sizeof(documents) / sizeof(documents[0]));
	tcase_add_test(tc, many_servers_and_long_values_are_left_out);
	tcase_add_loop_test(tc, best_target_of_an_answer, 0,
	    sizeof(answers) / sizeof(answers[0]));
	tcase_add_test(tc, resolver_is_an_address);
}

int
main(void)
{
	return check_run("autoconfig", add);
}
