/* SPDX-License-Identifier: ISC */
#ifndef MAILD_LOG_QUOTE_H
#define MAILD_LOG_QUOTE_H

#include "buf.h"

/*
 * Append s, of which at most max bytes, so that it is one value of a log line
 * whatever it holds; what was cut shows as "...".
 *
 * Text: as it is where it can be, else in quotes with \" \\ \n \r \t, and
 * \xNN for every byte of what is neither valid UTF-8 nor printable.
 */
void log_quote_text(struct buf *out, struct span s, size_t max);
/* A JSON string, quotes included; invalid bytes become U+FFFD. */
void log_quote_json(struct buf *out, struct span s, size_t max);

#endif
