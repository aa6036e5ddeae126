/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_CTL_CLIENT_H
#define MAILCTL_CTL_CLIENT_H

#include <jansson.h>

#include "cmd.h"

/*
 * The control API of maild: HTTP and JSON on a Unix socket.  The socket is
 * --socket, else MAILCTL_SOCKET, else where a system's maild has it.
 */
#define CTL_CLIENT_ANSWER_MAX ((size_t)64 << 20)

/*
 * One request.  path is below /v1, without it; of its two parts the second
 * one (NULL: none) is percent-encoded: "/users/", "a@b", "/password".  body
 * (NULL: none) is taken over and wiped.  Returns 0 with what came in *answer
 * (NULL where nothing came), or an exit code after it has said what is wrong.
 */
struct ctl_path {
	const char *before, *arg, *behind;
};
#define CTL_PATH(s) ((struct ctl_path){ (s), NULL, NULL })

int ctl_client_call(const struct cmd *c, const char *method,
    struct ctl_path path, json_t *body, json_t **answer);

/* For who speaks with the socket by itself: where it is; what to say of a
 * problem (application/problem+json) with that HTTP status, or of a connection
 * that failed with that errno.  The exit code is returned. */
const char *ctl_client_socket(const struct cmd *c);
int ctl_client_problem(const struct cmd *c, const char *about, struct span body,
    long http);
int ctl_client_unreachable(const struct cmd *c, long error);

/* A member of an answer, "" where it lacks. */
const char *ctl_client_string(const json_t *j, const char *name);
/* Where s stands in an array of strings, whatever its case; their number where
 * it does not. */
size_t ctl_client_position(const json_t *list, const char *s);
/* A time, in seconds since 1970; INT64_MIN where it lacks. */
int64_t ctl_client_time(const json_t *j, const char *name);

#endif
