/* SPDX-License-Identifier: ISC */
#ifndef MAILD_LOG_H
#define MAILD_LOG_H

#include <inttypes.h>
#include <stdbool.h>

#include "span.h"

/*
 * The log: one line per fact.
 *
 *	log_info("imap: logged in", "session=" LOG_ID " user=%s", id, user);
 *
 * writes, as text or as a JSON object,
 *
 *	2026-01-31T12:00:00.123Z info mail imap: logged in session=1f user=bob
 *
 * The first argument is a literal, "area: what happened", without any data.
 * The second, if any, lists the data: "key=%conversion" separated by spaces,
 * of %s %.*s %c %d %i %u %x with the lengths l, ll, j and z; the compiler
 * checks it as it does printf's.  A key or value is never merged with its
 * neighbours: each value is quoted where it needs to be, so that no CR, LF,
 * control or escape character of it reaches the file, and no value can pass
 * for another key.  Values are cut at LOG_VALUE_MAX bytes, lines at
 * LOG_LINE_MAX.  A NULL string shows as "-".
 *
 * Never log a secret.  Keys that mean the same everywhere: session (the
 * connection, LOG_ID), message (LOG_ID), user, peer, mailbox, size, error.
 *
 * Each line is one write(2), so roles and threads can share a file.
 */
#define LOG_VALUE_MAX 512
#define LOG_LINE_MAX  4096

/* How ids of connections and messages are written, here and in Received. */
#define LOG_ID "%" PRIx64
/* The arguments for a %.*s. */
#define LOG_SPAN(s) (int)(s).n, (s).p

enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARNING, /* someone should have a look */
	LOG_LEVEL_ERROR,   /* something does not work */
};

/* Until this is called: text, from info on, to standard error.  role is
 * "master", "front" … (borrowed for good); level and format are the words of
 * struct conf.  fd stays the caller's. */
void log_open(const char *role, const char *level, const char *format, int fd);
/* Whether such lines are written at all, where making their data costs. */
bool log_wants(enum log_level level);

void log_event(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The blanks keep event and list literals. */
#define log_debug(event, ...)                                                  \
	log_event(LOG_LEVEL_DEBUG, "" event, " " __VA_ARGS__)
#define log_info(event, ...)                                                   \
	log_event(LOG_LEVEL_INFO, "" event, " " __VA_ARGS__)
#define log_warning(event, ...)                                                \
	log_event(LOG_LEVEL_WARNING, "" event, " " __VA_ARGS__)
#define log_error(event, ...)                                                  \
	log_event(LOG_LEVEL_ERROR, "" event, " " __VA_ARGS__)

#endif
