/* SPDX-License-Identifier: ISC */
#include "ctl_client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>

#define CTL_SECONDS 60L

struct request {
	CURL *curl;
	struct curl_slist *headers;
	struct buf url, answer;
	char *body;
	char error[CURL_ERROR_SIZE];
};

const char *
ctl_client_socket(const struct cmd *c)
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
	{ "no_such_domain", EX_NOUSER },
	{ "no_such_key", EX_NOUSER },
	{ "no_such_app_password", EX_NOUSER },
	{ "user_exists", EX_CANTCREAT },
	{ "alias_exists", EX_CANTCREAT },
	{ "domain_exists", EX_CANTCREAT },
	{ "domain_in_use", EX_DATAERR },
	{ "domain_configured", EX_CONFIG },
	{ "key_exists", EX_CANTCREAT },
	{ "too_many_app_passwords", EX_CANTCREAT },
	{ "too_many_sessions", EX_TEMPFAIL },
	{ "user_disabled", EX_NOPERM },
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

/* about: who or what the request was of, or NULL. */
static int
problem(const struct cmd *c, const char *about, const json_t *j, long http)
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
	if (detail[0] != '\0' && about != NULL)
		return cmd_fail(c, status, "%s: %s", about, detail);
	if (detail[0] != '\0')
		return cmd_fail(c, status, "%s", detail);
	return cmd_fail(c, status, "the server answers with HTTP status %ld",
	    http);
}

int
ctl_client_problem(const struct cmd *c, const char *about, struct span body,
    long http)
{
	json_t *j = json_loadb(body.p, body.n, 0, NULL);
	int ret = problem(c, about, j, http);

	json_decref(j);
	return ret;
}

static int
read_answer(const struct cmd *c, const char *about, struct request *r,
    json_t **answer)
{
	json_t *j = NULL;
	long http = 0;
	int ret;

	curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &http);
	if (r->answer.len > 0)
		j = json_loadb(r->answer.data, r->answer.len, 0, NULL);
	if (http / 100 != 2) {
		ret = problem(c, about, j, http);
		json_decref(j);
		return ret;
	}
	if (j == NULL && http != 204)
		return cmd_fail(c, EX_PROTOCOL,
		    "the server's answer is no JSON");
	*answer = j;
	return 0;
}

/* libcurl speaks of a host and a port, which there are not. */
int
ctl_client_unreachable(const struct cmd *c, long error)
{
	const char *socket = ctl_client_socket(c);

	if (error == EACCES)
		return cmd_fail(c, EX_NOPERM, "%s: the control socket is for "
		    "root and maild's group: be one of them", socket);
	return cmd_fail(c, EX_UNAVAILABLE, "%s: maild does not listen there "
	    "(%s): start it, or name its control socket with --socket or "
	    "MAILCTL_SOCKET", socket, strerror((int)error));
}

static int
perform(const struct cmd *c, const char *about, struct request *r,
    json_t **answer)
{
	CURLcode code = curl_easy_perform(r->curl);
	int status = EX_UNAVAILABLE;
	long error = 0;

	if (code == CURLE_OK)
		return read_answer(c, about, r, answer);
	curl_easy_getinfo(r->curl, CURLINFO_OS_ERRNO, &error);
	if (code == CURLE_COULDNT_CONNECT && error != 0)
		return ctl_client_unreachable(c, error);
	if (code == CURLE_WRITE_ERROR)
		return cmd_fail(c, EX_PROTOCOL,
		    "the server's answer is too long");
	if (code == CURLE_OPERATION_TIMEDOUT)
		status = EX_TEMPFAIL;
	return cmd_fail(c, status, "%s: %s", ctl_client_socket(c),
	    r->error[0] != '\0' ? r->error : curl_easy_strerror(code));
}

int
ctl_client_call(const struct cmd *c, const char *method, struct ctl_path path,
    json_t *body, json_t **answer)
{
	struct request r = { .answer = { .max = CTL_CLIENT_ANSWER_MAX } };
	const char *socket = ctl_client_socket(c);
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
		ret = perform(c, path.arg, &r, answer);
	}
	request_clear(&r);
	return ret;
}
