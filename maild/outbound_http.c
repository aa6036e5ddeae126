/* SPDX-License-Identifier: ISC */
#include "outbound_http.h"

#include <sys/queue.h>

#include <curl/curl.h>
#include <event2/event.h>

#include <stdlib.h>

/* A request, and what has come of its answer. */
struct outbound_http_request {
	LIST_ENTRY(outbound_http_request) entry;
	struct outbound_http *http;
	CURL *curl;
	struct curl_slist *resolve, *headers;
	char error[CURL_ERROR_SIZE];
	struct buf form, body;
	ssize_t (*read)(void *arg, char *p, size_t n);
	const char *type;
	outbound_http_done done;
	void *arg;
};

struct outbound_http {
	struct event_base *base;
	CURLM *multi;
	struct event *timer;
	struct buf ca;
	LIST_HEAD(, outbound_http_request) requests;
};

/* ---- libcurl on the loop ---- */

static void
request_free(struct outbound_http_request *r)
{
	LIST_REMOVE(r, entry);
	curl_multi_remove_handle(r->http->multi, r->curl);
	curl_easy_cleanup(r->curl);
	curl_slist_free_all(r->resolve);
	curl_slist_free_all(r->headers);
	buf_wipe(&r->form);
	buf_wipe(&r->body);
	free(r);
}

/* Whatever its parameters (RFC 9110 section 8.3.1). */
static bool
has_type(const struct outbound_http_request *r)
{
	const char *text = NULL;
	struct span type, rest;

	if (r->type == NULL)
		return true;
	curl_easy_getinfo(r->curl, CURLINFO_CONTENT_TYPE, &text);
	if (text == NULL)
		return false;
	rest = span_str(text);
	return span_split(&rest, ';', &type) &&
	       span_ieqs(span_trim(type), r->type);
}

static void
finished(struct outbound_http_request *r, CURLcode code)
{
	const char *problem =
	    r->error[0] != '\0' ? r->error : curl_easy_strerror(code);
	long status = 0;

	if (code == CURLE_OK)
		curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200 && !has_type(r)) {
		status = 0;
		problem = "the answer is of another type";
	}
	r->done(r->arg, (unsigned)status, buf_span(&r->body), problem);
	request_free(r);
}

static void
look(struct outbound_http *h)
{
	struct outbound_http_request *r;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &r);
		finished(r, m->data.result);
	}
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct outbound_http *h = arg;
	int flags = (what & EV_READ ? CURL_CSELECT_IN : 0) |
	    (what & EV_WRITE ? CURL_CSELECT_OUT : 0), running;

	curl_multi_socket_action(h->multi, fd, flags, &running);
	look(h);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct outbound_http *h = arg;
	int running;

	(void)fd;
	(void)what;
	curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	look(h);
}

static int
set_timer(CURLM *multi, long ms, void *arg)
{
	struct outbound_http *h = arg;
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	(void)multi;
	if (ms < 0)
		event_del(h->timer);
	else
		event_add(h->timer, &tv);
	return 0;
}

static int
watch(CURL *curl, curl_socket_t fd, int what, void *arg, void *socket)
{
	struct outbound_http *h = arg;
	struct event *ev = socket;
	short events = EV_PERSIST;

	(void)curl;
	if (ev != NULL)
		event_free(ev);
	ev = NULL;
	if (what & CURL_POLL_IN)
		events |= EV_READ;
	if (what & CURL_POLL_OUT)
		events |= EV_WRITE;
	if (what != CURL_POLL_REMOVE) {
		ev = event_new(h->base, fd, events, on_socket, h);
		event_add(ev, NULL);
	}
	curl_multi_assign(h->multi, fd, ev);
	return 0;
}

struct outbound_http *
outbound_http_new(struct event_base *base)
{
	struct outbound_http *h = xcalloc(1, sizeof(*h));

	LIST_INIT(&h->requests);
	h->base = base;
	h->timer = evtimer_new(base, on_timer, h);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		h->multi = curl_multi_init();
	if (h->multi == NULL) {
		outbound_http_free(h);
		return NULL;
	}
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, watch);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	return h;
}

void
outbound_http_trust(struct outbound_http *h, struct span ca)
{
	buf_clear(&h->ca);
	buf_add_span(&h->ca, ca);
}

void
outbound_http_free(struct outbound_http *h)
{
	if (h == NULL)
		return;
	while (!LIST_EMPTY(&h->requests))
		request_free(LIST_FIRST(&h->requests));
	if (h->multi != NULL)
		curl_multi_cleanup(h->multi);
	event_free(h->timer);
	buf_free(&h->ca);
	free(h);
}

/* ---- a request ---- */

bool
outbound_http_host(const char *url, bool clear, struct buf *host,
    uint16_t *port)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *name = NULL, *number = NULL;
	struct span s = { 0 };
	uint64_t n = 0;
	bool good;

	good = curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    (strcmp(scheme, "https") == 0 ||
		(clear && strcmp(scheme, "http") == 0)) &&
	    curl_url_get(u, CURLUPART_HOST, &name, 0) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_PORT, &number, CURLU_DEFAULT_PORT) ==
		CURLUE_OK &&
	    span_u64(span_str(number), UINT16_MAX, &n) == 0;
	if (good) {
		s = span_str(name);
		if (s.n > 2 && s.p[0] == '[')
			s = span_sub(s, 1, s.n - 2);
		buf_add_span(host, s);
		*port = (uint16_t)n;
	}
	curl_free(scheme);
	curl_free(name);
	curl_free(number);
	curl_url_cleanup(u);
	return good;
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct outbound_http_request *r = arg;

	buf_add(&r->body, p, size * n);
	return r->body.failed ? 0 : size * n;
}

static void
set_address(struct outbound_http_request *r, const char *url,
    const char *address)
{
	struct buf host = { 0 }, line = { 0 };
	uint16_t port;

	if (address == NULL || !outbound_http_host(url, true, &host, &port))
		return;
	buf_addf(&line, "%s:%u:%s", host.data, port, address);
	r->resolve = curl_slist_append(NULL, line.data);
	curl_easy_setopt(r->curl, CURLOPT_RESOLVE, r->resolve);
	buf_free(&host);
	buf_free(&line);
}

static size_t
on_read(char *p, size_t size, size_t n, void *arg)
{
	struct outbound_http_request *r = arg;
	ssize_t got = r->read(r->arg, p, size * n);

	if (got == OUTBOUND_HTTP_LATER)
		return CURL_READFUNC_PAUSE;
	return got < 0 ? CURL_READFUNC_ABORT : (size_t)got;
}

/* What was read once cannot be read again: so the connection is a new one. */
static void
set_upload(struct outbound_http_request *r,
    const struct outbound_http_ask *ask)
{
	if (ask->read == NULL)
		return;
	r->read = ask->read;
	curl_easy_setopt(r->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(r->curl, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(r->curl, CURLOPT_READDATA, r);
	curl_easy_setopt(r->curl, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)ask->size);
	curl_easy_setopt(r->curl, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(r->curl, CURLOPT_FORBID_REUSE, 1L);
}

static void
set_headers(struct outbound_http_request *r, struct span lines)
{
	struct span line;

	while (span_split(&lines, '\n', &line)) {
		char *text = span_dup(line);

		r->headers = curl_slist_append(r->headers, text);
		free(text);
	}
	if (r->headers != NULL)
		curl_easy_setopt(r->curl, CURLOPT_HTTPHEADER, r->headers);
}

static void
set_options(struct outbound_http_request *r,
    const struct outbound_http_ask *ask)
{
	struct span trusted =
	    ask->ca.n > 0 ? ask->ca : buf_span(&r->http->ca);
	struct curl_blob ca = { (void *)(uintptr_t)trusted.p, trusted.n,
		CURL_BLOB_COPY };

	curl_easy_setopt(r->curl, CURLOPT_URL, ask->url);
	curl_easy_setopt(r->curl, CURLOPT_PROTOCOLS_STR,
	    ask->clear ? "https,http" : "https");
	curl_easy_setopt(r->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(r->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(r->curl, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(r->curl, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(r->curl, CURLOPT_CAINFO_BLOB, &ca);
	curl_easy_setopt(r->curl, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(r->curl, CURLOPT_TIMEOUT, (long)ask->seconds);
	curl_easy_setopt(r->curl, CURLOPT_ERRORBUFFER, r->error);
	curl_easy_setopt(r->curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(r->curl, CURLOPT_WRITEDATA, r);
	curl_easy_setopt(r->curl, CURLOPT_PRIVATE, r);
	if (ask->form.p != NULL) {
		curl_easy_setopt(
		    r->curl, CURLOPT_POSTFIELDS, buf_span(&r->form).p);
		curl_easy_setopt(
		    r->curl, CURLOPT_POSTFIELDSIZE, (long)r->form.len);
	}
	if (ask->user != NULL)
		curl_easy_setopt(r->curl, CURLOPT_USERNAME, ask->user);
	if (ask->password != NULL)
		curl_easy_setopt(r->curl, CURLOPT_PASSWORD, ask->password);
	set_upload(r, ask);
	set_headers(r, ask->headers);
	set_address(r, ask->url, ask->address);
}

struct outbound_http_request *
outbound_http_request(struct outbound_http *h,
    const struct outbound_http_ask *ask, outbound_http_done done, void *arg)
{
	struct outbound_http_request *r = xcalloc(1, sizeof(*r));

	r->http = h;
	r->done = done;
	r->arg = arg;
	r->type = ask->type;
	buf_init(&r->body, ask->max);
	buf_add_span(&r->form, ask->form);
	r->curl = curl_easy_init();
	if (r->curl == NULL)
		abort();
	LIST_INSERT_HEAD(&h->requests, r, entry);
	set_options(r, ask);
	/* It begins by the timer: from the loop. */
	if (curl_multi_add_handle(h->multi, r->curl) != CURLM_OK)
		abort();
	return r;
}

void
outbound_http_resume(struct outbound_http_request *r)
{
	curl_easy_pause(r->curl, CURLPAUSE_CONT);
}

void
outbound_http_cancel(struct outbound_http_request *r)
{
	request_free(r);
}
