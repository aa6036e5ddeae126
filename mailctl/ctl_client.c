/* SPDX-License-Identifier: ISC */
#include "ctl_client.h"

#include <curl/curl.h>
#include <stdlib.h>

#define CTL_SECONDS 60L

struct request {
	CURL *curl;
	struct curl_slist *headers;
	struct buf url, answer;
	char *body;
	char error[CURL_ERROR_SIZE];
};

static const char *
socket_path(const struct cmd *c)
{
	const char *env = getenv("MAILCTL_SOCKET");

	if (c->opt.socket != NULL)
		return c->opt.socket;
	return env != NULL && env[0] != '\0' ? env :
					       RUNSTATEDIR "/maild/control.sock";
}

/* ---- making a request ---- */

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct request *r = arg;

	buf_add(&r->answer, p, size * n);
	return r->answer.failed ? 0 : size * n;
}

static void
set_url(struct request *r, struct ctl_path path)
{
	char *arg = NULL;

	if (path.arg != NULL)
		arg = curl_easy_escape(r->curl, path.arg,
		    (int)strlen(path.arg));
	buf_addf(&r->url, "http://localhost/v1%s%s%s", path.before,
	    arg != NULL ? arg : "", path.behind != NULL ? path.behind : "");
	curl_free(arg);
}

static void
set_options(struct request *r, const char *socket, const char *method)
{
	curl_easy_setopt(r->curl, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(r->curl, CURLOPT_URL, r->url.data);
	curl_easy_setopt(r->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(r->curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(r->curl, CURLOPT_TIMEOUT, CTL_SECONDS);
	curl_easy_setopt(r->curl, CURLOPT_ERRORBUFFER, r->error);
	curl_easy_setopt(r->curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(r->curl, CURLOPT_WRITEDATA, r);
	if (r->body == NULL)
		return;
	r->headers = curl_slist_append(NULL, "Content-Type: application/json");
	curl_easy_setopt(r->curl, CURLOPT_HTTPHEADER, r->headers);
	curl_easy_setopt(r->curl, CURLOPT_POSTFIELDS, r->body);
}

static void
request_clear(struct request *r)
{
	if (r->body != NULL)
		explicit_bzero(r->body, strlen(r->body));
	free(r->body);
	buf_free(&r->url);
	buf_wipe(&r->answer);
	curl_slist_free_all(r->headers);
	curl_easy_cleanup(r->curl);
}

/* ---- reading the answer ---- */

/* A problem's code (conf/openapi.yaml), else its HTTP status, decides. */
static const struct {
	const char *code;
	int status;
} problems[] = {
	{ "bad_address", EX_DATAERR },
	{ "bad_domain", EX_DATAERR },
	{ "bad_password", EX_DATAERR },
	{ "forbidden", EX_NOPERM },
	{ "no_such_user", EX_NOUSER },
	{ "no_such_alias", EX_NOUSER },
	{ "no_such_key", EX_NOUSER },
	{ "no_such_app_password", EX_NOUSER },
	{ "user_exists", EX_CANTCREAT },
	{ "alias_exists", EX_CANTCREAT },
	{ "key_exists", EX_CANTCREAT },
	{ "too_many_app_passwords", EX_CANTCREAT },
	{ "disk_full", EX_TEMPFAIL },
	{ "unavailable", EX_TEMPFAIL },
};

const char *
ctl_client_string(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s != NULL ? s : "";
}

size_t
ctl_client_position(const json_t *list, const char *s)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (strcasecmp(json_string_value(one), s) == 0)
			break;
	}
	return i;
}

/* RFC 3339 in UTC, as the API has it. */
int64_t
ctl_client_time(const json_t *j, const char *name)
{
	struct tm tm = { 0 };

	if (sscanf(ctl_client_string(j, name), "%4d-%2d-%2dT%2d:%2d:%2d",
		&tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
		&tm.tm_sec) != 6)
		return INT64_MIN;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	return (int64_t)timegm(&tm);
}

static int
problem(const struct cmd *c, const json_t *j, long http)
{
	const char *code = ctl_client_string(j, "code");
	const char *detail = ctl_client_string(j, "detail");
	int status = http >= 500 ? EX_TEMPFAIL : EX_PROTOCOL;

	for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
		if (strcmp(code, problems[i].code) == 0)
			status = problems[i].status;
	}
	if (detail[0] == '\0')
		detail = ctl_client_string(j, "title");
	if (detail[0] != '\0')
		return cmd_fail(c, status, "%s", detail);
	return cmd_fail(c, status, "the server answers with HTTP status %ld",
	    http);
}

static int
read_answer(const struct cmd *c, struct request *r, json_t **answer)
{
	json_t *j = NULL;
	long http = 0;
	int ret;

	curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &http);
	if (r->answer.len > 0)
		j = json_loadb(r->answer.data, r->answer.len, 0, NULL);
	if (http / 100 != 2) {
		ret = problem(c, j, http);
		json_decref(j);
		return ret;
	}
	if (j == NULL && http != 204)
		return cmd_fail(c, EX_PROTOCOL,
		    "the server's answer is no JSON");
	*answer = j;
	return 0;
}

static int
perform(const struct cmd *c, struct request *r, const char *socket,
    json_t **answer)
{
	CURLcode code = curl_easy_perform(r->curl);
	int status = EX_UNAVAILABLE;

	if (code == CURLE_OK)
		return read_answer(c, r, answer);
	if (code == CURLE_WRITE_ERROR)
		return cmd_fail(c, EX_PROTOCOL,
		    "the server's answer is too long");
	if (code == CURLE_OPERATION_TIMEDOUT)
		status = EX_TEMPFAIL;
	return cmd_fail(c, status, "%s: %s", socket, r->error[0] != '\0' ?
	    r->error : curl_easy_strerror(code));
}

int
ctl_client_call(const struct cmd *c, const char *method, struct ctl_path path,
    json_t *body, json_t **answer)
{
	struct request r = { .answer = { .max = CTL_CLIENT_ANSWER_MAX } };
	const char *socket = socket_path(c);
	int ret;

	*answer = NULL;
	if (body != NULL)
		r.body = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	r.curl = curl_easy_init();
	if (r.curl == NULL)
		ret = cmd_fail(c, EX_SOFTWARE,
		    "libcurl cannot be initialized");
	else {
		set_url(&r, path);
		set_options(&r, socket, method);
		ret = perform(c, &r, socket, answer);
	}
	request_clear(&r);
	return ret;
}
