/* SPDX-License-Identifier: ISC */
#include "transport.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>

#include "tls_binding.h"

#define CONNECT_SECONDS 60L
#define GREETING_MAX    512 /* kept of it, for people to read */

struct transport {
	CURL *curl;
	curl_socket_t fd;
	bool connected, secure, local;
	bool imap, greeted, alien; /* alien: that is another protocol */
	struct buf greeting;
	char early; /* a byte that look() has received */
	bool has_early;
	struct tls_bindings bindings;
	char error[CURL_ERROR_SIZE];
};

/* ---- the URL ---- */

struct address {
	char *scheme, *host;
};

static char *
part(CURLU *u, CURLUPart what)
{
	char *s = NULL;

	return curl_url_get(u, what, &s, 0) == CURLUE_OK ? s : NULL;
}

static bool
absent(CURLU *u, CURLUPart what)
{
	char *s = part(u, what);
	bool none = s == NULL || s[0] == '\0' || strcmp(s, "/") == 0;

	curl_free(s);
	return none;
}

static void
address_clear(struct address *a)
{
	curl_free(a->scheme);
	curl_free(a->host);
	*a = (struct address){ 0 };
}

static bool
address_parse(const char *url, struct address *a)
{
	CURLU *u = curl_url();
	bool ok;

	*a = (struct address){ 0 };
	ok = u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    absent(u, CURLUPART_USER) && absent(u, CURLUPART_PASSWORD) &&
	    absent(u, CURLUPART_PATH) && absent(u, CURLUPART_QUERY) &&
	    absent(u, CURLUPART_FRAGMENT);
	if (ok) {
		a->scheme = part(u, CURLUPART_SCHEME);
		a->host = part(u, CURLUPART_HOST);
		ok = a->scheme != NULL && a->host != NULL &&
		    (strncmp(a->scheme, "imap", 4) == 0 ||
			strncmp(a->scheme, "smtp", 4) == 0);
	}
	curl_url_cleanup(u);
	if (!ok)
		address_clear(a);
	return ok;
}

char *
transport_host(const char *url)
{
	struct address a;
	char *host = NULL;

	if (address_parse(url, &a)) {
		host = xstrdup(a.host);
		address_clear(&a);
	}
	return host;
}

/* By name or number: before the connection is there to ask. */
static bool
is_local(const char *host)
{
	return strcmp(host, "localhost") == 0 ||
	    strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0 ||
	    strcmp(host, "::1") == 0;
}

/* ---- connecting ---- */

/* Left alone libcurl passes over lines that are no greeting, until the time is
 * over. */
static bool
is_greeting(const struct transport *t, struct span line)
{
	if (t->imap)
		return span_iprefix(line, SPAN_LIT("* "));
	return line.n > 3 && ascii_digit(line.p[0]) &&
	    ascii_digit(line.p[1]) && ascii_digit(line.p[2]);
}

static size_t
on_line(char *p, size_t size, size_t n, void *arg)
{
	struct transport *t = arg;
	struct span line = span_trim(span_of(p, size * n));

	if (t->greeted)
		return size * n;
	t->greeted = true;
	t->alien = !is_greeting(t, line);
	buf_add_span(&t->greeting, span_sub(line, 0, GREETING_MAX));
	return t->alien ? 0 : size * n;
}

/* A server that does not want us says why in its greeting.  0: it does. */
static int
turned_away(const struct transport *t)
{
	struct span s = buf_span(&t->greeting);

	if (t->imap)
		return span_iprefix(s, SPAN_LIT("* BYE")) ? EX_TEMPFAIL : 0;
	if (s.n == 0 || s.p[0] == '2')
		return 0;
	return s.p[0] == '4' ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

static const struct {
	CURLcode code;
	int status;
	const char *sentence; /* NULL: libcurl's, and … */
	const char *hint;
} failures[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, EX_UNAVAILABLE, NULL,
	    "check the name" },
	{ CURLE_COULDNT_RESOLVE_PROXY, EX_UNAVAILABLE, NULL,
	    "check ALL_PROXY" },
	{ CURLE_COULDNT_CONNECT, EX_UNAVAILABLE, NULL,
	    "mailctl probe HOST shows what listens there" },
	{ CURLE_OPERATION_TIMEDOUT, EX_UNAVAILABLE, "no answer in time", NULL },
	{ CURLE_USE_SSL_FAILED, EX_NOPERM,
	    "the server offers no STARTTLS, and nothing goes there in clear",
	    NULL },
	{ CURLE_PEER_FAILED_VERIFICATION, EX_NOPERM, NULL,
	    "where you know the authority, give its certificate with "
	    "--ca-file" },
	{ CURLE_SSL_CACERT_BADFILE, EX_CONFIG, NULL, NULL },
	{ CURLE_SSL_CONNECT_ERROR, EX_PROTOCOL, NULL,
	    "is that a port with TLS from the start?" },
	{ CURLE_WEIRD_SERVER_REPLY, EX_PROTOCOL, NULL, NULL },
	{ CURLE_GOT_NOTHING, EX_UNAVAILABLE,
	    "the server closed the connection", NULL },
	{ CURLE_RECV_ERROR, EX_UNAVAILABLE,
	    "the server closed the connection", NULL },
};

static int
explain(const struct transport *t, CURLcode code, const char *url,
    struct buf *err)
{
	const char *sentence = t->error[0] != '\0' ? t->error :
						     curl_easy_strerror(code);
	const char *hint = NULL;
	int status = turned_away(t);

	if (t->alien || status != 0) {
		buf_addf(err, "%s: %s: %s", url, !t->alien ?
		    "the server turns us away" : t->imap ?
		    "this is not IMAP" : "this is not SMTP",
		    t->greeting.len > 0 ? t->greeting.data : "");
		return t->alien ? EX_PROTOCOL : status;
	}
	status = EX_UNAVAILABLE;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		if (failures[i].code != code)
			continue;
		status = failures[i].status;
		hint = failures[i].hint;
		if (failures[i].sentence != NULL)
			sentence = failures[i].sentence;
	}
	buf_addf(err, "%s: %s", url, sentence);
	if (hint != NULL)
		buf_addf(err, "; %s", hint);
	return status;
}

static void
set_options(struct transport *t, const char *url, const char *ca_file,
    unsigned seconds, bool local)
{
	curl_easy_setopt(t->curl, CURLOPT_URL, url);
	curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR,
	    "imap,imaps,smtp,smtps");
	curl_easy_setopt(t->curl, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(t->curl, CURLOPT_HEADERFUNCTION, on_line);
	curl_easy_setopt(t->curl, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(t->curl, CURLOPT_TIMEOUT,
	    seconds > 0 ? (long)seconds : CONNECT_SECONDS);
	curl_easy_setopt(t->curl, CURLOPT_USE_SSL,
	    (long)(local ? CURLUSESSL_TRY : CURLUSESSL_ALL));
	curl_easy_setopt(t->curl, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	/* A proxy would make a local connection a distant one. */
	if (local)
		curl_easy_setopt(t->curl, CURLOPT_PROXY, "");
	if (ca_file != NULL) {
		curl_easy_setopt(t->curl, CURLOPT_CAINFO, ca_file);
		curl_easy_setopt(t->curl, CURLOPT_CAPATH, NULL);
	}
}

/* NULL: there is no TLS, or it is not OpenSSL's. */
static SSL *
session(struct transport *t)
{
	struct curl_tlssessioninfo *info = NULL;

	if (curl_easy_getinfo(t->curl, CURLINFO_TLS_SSL_PTR, &info) !=
		CURLE_OK || info->backend != CURLSSLBACKEND_OPENSSL)
		return NULL;
	return info->internals;
}

static void
look(struct transport *t, bool local)
{
	char *ip = NULL;
	size_t n = 0;

	t->connected = curl_easy_getinfo(t->curl, CURLINFO_ACTIVESOCKET,
	    &t->fd) == CURLE_OK && t->fd != CURL_SOCKET_BAD;
	/* A name says little: the address decides. */
	if (curl_easy_getinfo(t->curl, CURLINFO_PRIMARY_IP, &ip) == CURLE_OK)
		t->local = local && ip != NULL && is_local(ip);
	/* Only who has asked for bytes is told the TLS session. */
	t->has_early = curl_easy_recv(t->curl, &t->early, 1, &n) ==
	    CURLE_OK && n == 1;
	t->secure = t->secure || session(t) != NULL;
}

struct transport *
transport_open(const char *url, const char *ca_file, unsigned seconds,
    int *status, struct buf *err)
{
	struct transport *t = xcalloc(1, sizeof(*t));
	struct address a;
	CURLcode code;
	bool local;

	if (!address_parse(url, &a)) {
		buf_addf(err, "%s: not of the form imaps://HOST:PORT or "
		    "smtps://HOST:PORT", url);
		*status = EX_CONFIG;
		free(t);
		return NULL;
	}
	local = is_local(a.host);
	t->imap = strncmp(a.scheme, "imap", 4) == 0;
	/* Else libcurl has had STARTTLS, or given up. */
	t->secure = !local || strcmp(a.scheme, "imaps") == 0 ||
	    strcmp(a.scheme, "smtps") == 0;
	address_clear(&a);
	t->curl = curl_easy_init();
	if (t->curl == NULL) {
		buf_adds(err, "libcurl cannot be initialized");
		*status = EX_SOFTWARE;
		free(t);
		return NULL;
	}
	set_options(t, url, ca_file, seconds, local);
	code = curl_easy_perform(t->curl);
	if (code != CURLE_OK) {
		*status = explain(t, code, url, err);
		transport_close(t);
		return NULL;
	}
	look(t, local);
	return t;
}

struct transport *
transport_open_socket(const char *path, long *error)
{
	struct transport *t = xcalloc(1, sizeof(*t));
	CURLcode code = CURLE_FAILED_INIT;

	t->curl = curl_easy_init();
	if (t->curl != NULL) {
		curl_easy_setopt(t->curl, CURLOPT_URL, "http://localhost");
		curl_easy_setopt(t->curl, CURLOPT_UNIX_SOCKET_PATH, path);
		curl_easy_setopt(t->curl, CURLOPT_PROXY, "");
		curl_easy_setopt(t->curl, CURLOPT_CONNECT_ONLY, 1L);
		curl_easy_setopt(t->curl, CURLOPT_TIMEOUT, CONNECT_SECONDS);
		code = curl_easy_perform(t->curl);
	}
	if (code == CURLE_OK) {
		t->connected = curl_easy_getinfo(t->curl,
		    CURLINFO_ACTIVESOCKET, &t->fd) == CURLE_OK;
		t->local = true;
		return t;
	}
	if (t->curl != NULL)
		curl_easy_getinfo(t->curl, CURLINFO_OS_ERRNO, error);
	transport_close(t);
	return NULL;
}

void
transport_close(struct transport *t)
{
	if (t == NULL)
		return;
	/* Or libcurl says goodbye once more and waits for an answer. */
	if (t->connected)
		shutdown(t->fd, SHUT_RDWR);
	curl_easy_cleanup(t->curl);
	buf_free(&t->greeting);
	free(t);
}

bool
transport_secure(const struct transport *t)
{
	return t->secure;
}

void
transport_tls(struct transport *t, struct transport_tls *tls)
{
	SSL *ssl = session(t);
	X509 *cert = ssl != NULL ? SSL_get0_peer_certificate(ssl) : NULL;
	struct tm tm;

	*tls = (struct transport_tls){ .expires = INT64_MIN };
	if (cert == NULL)
		return;
	snprintf(tls->version, sizeof(tls->version), "%s",
	    SSL_get_version(ssl));
	if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) == 1)
		tls->expires = (int64_t)timegm(&tm);
}

bool
transport_compressed(struct transport *t)
{
	SSL *ssl = session(t);

	return ssl != NULL && SSL_get_current_compression(ssl) != NULL;
}

struct sasl_binding
transport_binding(struct transport *t)
{
	SSL *ssl = t->secure ? session(t) : NULL;
	struct sasl_binding none = { 0 };

	if (ssl == NULL)
		return none;
	tls_bindings_get(&t->bindings, ssl, SSL_get0_peer_certificate(ssl));
	return t->bindings.len > 0 ? t->bindings.binding[0] : none;
}

bool
transport_private(const struct transport *t)
{
	return t->secure || t->local;
}

/* ---- bytes ---- */

ssize_t
transport_send(struct transport *t, struct span s)
{
	size_t n = 0;
	CURLcode code = curl_easy_send(t->curl, s.p, s.n, &n);

	if (code == CURLE_AGAIN)
		return 0;
	return code == CURLE_OK ? (ssize_t)n : -1;
}

ssize_t
transport_recv(struct transport *t, char *p, size_t n, bool *eof)
{
	size_t got = 0;
	CURLcode code;

	*eof = false;
	if (t->has_early && n > 0) {
		t->has_early = false;
		p[0] = t->early;
		return 1;
	}
	code = curl_easy_recv(t->curl, p, n, &got);
	*eof = code == CURLE_OK && got == 0;
	if (code == CURLE_AGAIN)
		return 0;
	return code == CURLE_OK ? (ssize_t)got : -1;
}

int
transport_fd(const struct transport *t)
{
	return t->fd;
}

bool
transport_wait(struct transport *t, bool write, unsigned seconds)
{
	struct pollfd p = {
		.fd = t->fd,
		.events = (short)(POLLIN | (write ? POLLOUT : 0)),
	};

	int n = poll(&p, 1, (int)seconds * 1000);

	return n > 0 || (n < 0 && errno == EINTR);
}
