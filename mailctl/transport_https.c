/* SPDX-License-Identifier: ISC */
#include "transport_https.h"

#include <curl/curl.h>

#define SECONDS       10L
#define REDIRECTS_MAX 3L

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct buf *out = arg;

	buf_add(out, p, size * n);
	return out->failed ? 0 : size * n;
}

static void
set_options(CURL *curl, const char *url, const char *ca_file, struct buf *out)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, SECONDS);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
	if (ca_file != NULL) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
}

bool
transport_https_get(const char *url, const char *ca_file, struct buf *out)
{
	CURL *curl = curl_easy_init();
	CURLcode code = CURLE_FAILED_INIT;

	if (curl != NULL) {
		set_options(curl, url, ca_file, out);
		code = curl_easy_perform(curl);
	}
	curl_easy_cleanup(curl);
	return code == CURLE_OK;
}
