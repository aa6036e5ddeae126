/* SPDX-License-Identifier: ISC */
#include "autoconfig.h"
#include "cmd.h"
#include "imap_resp.h"
#include "smtp_reply.h"
#include "transport.h"

/*
 * probe: what mail services a host has, until when their certificates hold,
 * and how one may log in.
 */
#define PROBE_SECONDS 10
#define LOGINS_MAX    16 /* ways to log in; more are left out */
#define PIECE         ((size_t)4096)

/* A question to a server, and what its answer says of logging in. */
struct probe {
	struct imap_resp_reader imap;
	struct buf smtp;   /* of a reply */
	struct buf logins; /* the mechanisms, with a space behind each */
	bool done, failed;
};

static void
add_logins(struct probe *p, struct span words)
{
	struct span word;

	while (span_split(&words, ' ', &word)) {
		if (word.n == 0)
			continue;
		buf_add_span(&p->logins, word);
		buf_addc(&p->logins, ' ');
	}
}

static void
feed_imap(struct probe *p, struct span s)
{
	enum imap_resp_event e = IMAP_RESP_DONE;
	struct imap_resp r;
	struct span word;
	size_t used;

	while (!p->done && e == IMAP_RESP_DONE) {
		e = imap_resp_feed(&p->imap, s, &used, &r);
		s = span_sub(s, used, s.n);
		if (e != IMAP_RESP_DONE)
			break;
		p->done = r.kind == IMAP_RESP_TAGGED;
		while (r.type == IMAP_RESP_CAPABILITY &&
		    imap_resp_word(&r, &word)) {
			if (span_iprefix(word, SPAN_LIT("AUTH=")))
				add_logins(p, span_sub(word, 5, word.n));
		}
	}
	p->failed = e == IMAP_RESP_INVALID || e == IMAP_RESP_TOOLONG;
}

static void
feed_smtp(struct probe *p, struct span s)
{
	struct smtp_reply reply = { 0 };
	struct span rest, line;
	ssize_t n;

	buf_add_span(&p->smtp, s);
	n = smtp_reply_parse(buf_span(&p->smtp), &reply);
	p->done = n > 0;
	p->failed = n < 0;
	rest = buf_span(&reply.text);
	while (p->done && span_split(&rest, '\n', &line)) {
		if (span_iprefix(line, SPAN_LIT("AUTH ")))
			add_logins(p, span_sub(line, 5, line.n));
	}
	smtp_reply_clear(&reply);
}

static const struct service {
	const char *name, *before, *behind, *question;
	void (*feed)(struct probe *p, struct span s);
} services[] = {
	{ "imaps", "imaps://", "", "1 CAPABILITY\r\n", feed_imap },
	{ "imap", "imap://", "", "1 CAPABILITY\r\n", feed_imap },
	{ "submissions", "smtps://", "", "EHLO [127.0.0.1]\r\n", feed_smtp },
	{ "submission", "smtp://", ":587", "EHLO [127.0.0.1]\r\n", feed_smtp },
};

/* What is not answered in time says nothing; the service is there. */
static void
ask(struct probe *p, struct transport *t, const struct service *s)
{
	char piece[PIECE];
	bool eof = false;
	ssize_t n;

	p->failed = transport_send(t, span_str(s->question)) <= 0;
	while (!p->done && !p->failed) {
		n = transport_recv(t, piece, sizeof(piece), &eof);
		if (n > 0)
			s->feed(p, span_of(piece, (size_t)n));
		else if (n < 0 || eof ||
		    !transport_wait(t, false, PROBE_SECONDS))
			p->failed = true;
	}
}

/* ---- rows ---- */

static const struct out_column columns[] = {
	{ "service", OUT_STRING, false },
	{ "url", OUT_STRING, true },
	{ "tls", OUT_STRING, false },
	{ "expires", OUT_TIME, false },
	{ "logins", OUT_LIST, true },
};

static void
print_service(struct out *o, const struct service *s, const char *url,
    struct transport *t)
{
	struct probe p = {
		.imap = { .limits = { .line = PIECE, .literal = PIECE } },
		.smtp = { .max = SMTP_REPLY_MAX },
	};
	struct span word[LOGINS_MAX], rest;
	struct transport_tls tls;
	size_t n = 0;

	ask(&p, t, s);
	transport_tls(t, &tls);
	rest = buf_span(&p.logins);
	while (n < LOGINS_MAX && span_split(&rest, ' ', &word[n]))
		n++;
	out_str(o, span_str(s->name));
	out_str(o, span_str(url));
	out_str(o, span_str(tls.version));
	out_time(o, tls.expires);
	out_list(o, word, n);
	imap_resp_clear(&p.imap);
	buf_free(&p.smtp);
	buf_free(&p.logins);
}

/* What is wrong with a service is said; others may do. */
static int
probe(struct cmd *c, const char *host)
{
	size_t n = sizeof(services) / sizeof(services[0]), found = 0;
	int status, last = EX_UNAVAILABLE;

	out_begin(&c->out, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < n; i++) {
		struct buf url = { 0 }, err = { 0 };
		struct transport *t;

		buf_addf(&url, "%s%s%s", services[i].before, host,
		    services[i].behind);
		t = transport_open(url.data, c->opt.ca_file, PROBE_SECONDS,
		    &status, &err);
		if (t != NULL) {
			found++;
			print_service(&c->out, &services[i], url.data, t);
			transport_close(t);
		} else {
			cmd_warn(c, "%s", err.data);
			last = status;
		}
		buf_free(&url);
		buf_free(&err);
	}
	out_end(&c->out);
	return found > 0 ? EX_OK : last;
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	if (!cmd_options(c, &argc, argv, NULL, 1, 1))
		return c->status;
	if (!autoconfig_host_ok(span_str(argv[0])))
		return cmd_usage(c, "%s: not the name of a host", argv[0]);
	return cmd_end(c, probe(c, argv[0]));
}

const struct cmd_entry cmd_probe = {
	.name = "probe",
	.usage = "HOST",
	.summary = "show the mail services of a host",
	.example = { "mailctl probe mail.example.org",
	    "mailctl probe mail.example.org --json" },
	.exec = exec,
};
