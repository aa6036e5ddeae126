/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "trace.h"

#define BY .hostname = "mx.example", .id = "1f.2", .date = { .sec = 1 }
#define DATE ";\r\n\tThu, 1 Jan 1970 00:00:01 +0000\r\n"

static const struct {
	struct trace t;
	const char *out;
} lines[] = {
	{ { BY, .helo = "pc", .peer = "192.0.2.1", .esmtp = true,
	      .authenticated = true, .tls = "TLSv1.3 X" },
	    "Received: from pc ([192.0.2.1])\r\n"
	    "\tby mx.example with ESMTPSA id 1f.2\r\n\t(TLSv1.3 X)" DATE },
	{ { BY, .helo = "[IPv6:2001:db8::1]", .peer = "[2001:db8::1]",
	      .esmtp = true, .tls = "", .rcpt = "a@x.example" },
	    "Received: from [IPv6:2001:db8::1] ([IPv6:2001:db8::1])\r\n"
	    "\tby mx.example with ESMTP id 1f.2\r\n\tfor <a@x.example>" DATE },
	{ { BY, .helo = "", .peer = "unix", .lmtp = true, .tls = "" },
	    "Received: from unknown (unix)\r\n"
	    "\tby mx.example with LMTP id 1f.2" DATE },
	{ { BY, .helo = "pc", .esmtp = true, .authenticated = true,
	      .utf8 = true, .tls = "TLSv1.2 Y" },
	    "Received: by mx.example with UTF8SMTPSA id 1f.2\r\n"
	    "\t(TLSv1.2 Y)" DATE },
	{ { BY, .helo = "pc", .peer = "192.0.2.1", .tls = "" },
	    "Received: from pc ([192.0.2.1])\r\n"
	    "\tby mx.example with SMTP id 1f.2" DATE },
	{ { BY, .helo = "pc", .peer = "192.0.2.1", .tls = "", .rcpt = "a@b",
	      .prioritized = true, .priority = -3 },
	    "Received: from pc ([192.0.2.1])\r\n"
	    "\tby mx.example with SMTP id 1f.2\r\n\tfor <a@b>\r\n"
	    "\tPRIORITY -3" DATE },
	{ { BY, .helo = "a b)\r\nX: (\xc3\xa4;", .peer = "192.0.2.1",
	      .tls = "" },
	    "Received: from a?b???X:????? ([192.0.2.1])\r\n"
	    "\tby mx.example with SMTP id 1f.2" DATE },
};

START_TEST(received_line)
{
	struct buf out = { 0 };

	trace_write(&out, &lines[_i].t);
	ck_buf_eq(&out, lines[_i].out);
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, received_line, 0,
	    sizeof(lines) / sizeof(lines[0]));
}

int
main(void)
{
	return check_run("trace", add);
}
