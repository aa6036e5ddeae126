/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <event2/event.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf.h"
#include "log.h"
#include "outbound_host.h"
#include "outbound_http.h"
#include "outbound_state.h"
#include "rspamd.h"

/*
 * Messages that mail asks about, of rspamd: its text goes there as it comes on
 * the stream.
 */
#define FILTERS_MAX 1000

struct outbound_filter {
	LIST_ENTRY(outbound_filter) entry;
	struct outbound *outbound;
	uint32_t request; /* mail's */
	struct buf headers;
	int text; /* the stream … */
	uint64_t size, taken;
	struct event *readable;
	struct outbound_host *host;
	struct outbound_http_request *http; /* libcurl has it */
};

static void
filter_free(struct outbound_filter *f)
{
	LIST_REMOVE(f, entry);
	f->outbound->nfilters--;
	outbound_host_cancel(f->host);
	if (f->http != NULL)
		outbound_http_cancel(f->http);
	event_free(f->readable);
	close(f->text);
	buf_free(&f->headers);
	free(f);
}

void
outbound_filters_free(struct outbound *o)
{
	while (!LIST_EMPTY(&o->filters))
		filter_free(LIST_FIRST(&o->filters));
}

/* answer: "" where there is none. */
static void
tell(struct outbound_filter *f, struct span answer)
{
	struct role_msg m = { .type = ROLE_FILTERED };

	m.filtered.request = f->request;
	m.filtered.answer = answer;
	outbound_tell(f->outbound, &m);
	filter_free(f);
}

static void
fail(struct outbound_filter *f, const char *problem)
{
	log_warning("outbound: rspamd was of no help", "problem=%s", problem);
	tell(f, SPAN_LIT(""));
}

static void
on_answer(void *arg, unsigned status, struct span body, const char *problem)
{
	struct outbound_filter *f = arg;
	struct buf brief = { 0 };

	f->http = NULL;
	if (status == 0)
		fail(f, problem);
	else if (status != 200)
		fail(f, "it refuses to tell");
	else if (rspamd_shrink(&brief, body) < 0)
		fail(f, "that is no answer to the question");
	else
		tell(f, buf_span(&brief));
	buf_free(&brief);
}

/* ---- the text ---- */

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	const struct outbound_filter *f = arg;

	(void)fd;
	(void)what;
	if (f->http != NULL)
		outbound_http_resume(f->http);
}

static ssize_t
read_text(void *arg, char *p, size_t n)
{
	struct outbound_filter *f = arg;
	ssize_t got;

	if (n > f->size - f->taken)
		n = (size_t)(f->size - f->taken);
	if (n == 0)
		return 0;
	got = read(f->text, p, n);
	if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
		event_add(f->readable, NULL);
		return OUTBOUND_HTTP_LATER;
	}
	if (got <= 0)
		return -1; /* it is not whole */
	f->taken += (uint64_t)got;
	return got;
}

/* ---- the question ---- */

static bool
is_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	}
	return true;
}

static void
add(struct buf *out, const char *name, struct span value)
{
	if (value.n == 0 || !is_text(value))
		return;
	buf_addf(out, "%s: ", name);
	buf_add_span(out, value);
	buf_addc(out, '\n');
}

/* "[2001:db8::1]" without brackets. */
static struct span
address_of(struct span peer)
{
	if (peer.n > 2 && peer.p[0] == '[')
		return span_sub(peer, 1, peer.n - 2);
	return peer;
}

static void
write_headers(struct buf *out, const struct conf *conf,
    const struct role_msg *m)
{
	struct span rest = m->filter.recipients, one;

	add(out, "IP", address_of(m->filter.peer));
	add(out, "Helo", m->filter.helo);
	add(out, "From", m->filter.sender);
	if (m->filter.sender.n == 0)
		buf_adds(out, "From: <>\n");
	while (span_split(&rest, '\0', &one))
		add(out, "Rcpt", one);
	add(out, "Queue-Id", m->filter.id);
	add(out, "MTA-Name", span_str(conf->hostname));
	buf_adds(out, "Content-Type: application/octet-stream\nExpect:\n");
}

static void
on_host(void *arg, const char *address)
{
	struct outbound_filter *f = arg;
	struct outbound *o = f->outbound;
	const struct conf *conf = o->process->conf;
	struct buf url = { 0 };
	struct outbound_http_ask ask = {
		.address = address != NULL && address[0] != '\0' ? address :
								   NULL,
		.headers = buf_span(&f->headers),
		.read = read_text,
		.size = f->size,
		.clear = true,
		.max = RSPAMD_ANSWER_MAX,
		.seconds = conf->rspamd_timeout,
	};

	f->host = NULL;
	if (address == NULL) {
		fail(f, "its name has no address");
		return;
	}
	buf_adds(&url, conf->rspamd_url);
	if (url.data[url.len - 1] != '/')
		buf_addc(&url, '/');
	buf_adds(&url, "checkv2");
	ask.url = url.data;
	f->http = outbound_http_request(o->http, &ask, on_answer, f);
	buf_free(&url);
}

void
outbound_filter_new(struct outbound *o, const struct role_msg *m, int fd)
{
	struct outbound_filter *f = xcalloc(1, sizeof(*f));
	const struct conf *conf = o->process->conf;

	f->outbound = o;
	f->request = m->filter.request;
	f->size = m->filter.size;
	f->text = fd;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	f->readable = event_new(o->process->base, fd, EV_READ, on_readable, f);
	LIST_INSERT_HEAD(&o->filters, f, entry);
	o->nfilters++;
	if (o->http == NULL || conf->rspamd_url == NULL || o->stopping ||
	    o->nfilters > FILTERS_MAX) {
		fail(f, "it is not to be asked now");
		return;
	}
	write_headers(&f->headers, conf, m);
	outbound_host_find(&f->host, o->dns, conf->rspamd_url, on_host, f);
}
