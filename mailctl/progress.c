/* SPDX-License-Identifier: ISC */
#include "progress.h"

#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#include "term.h"

#define QUIET_MS  1000 /* what is done by then needs no progress */
#define REDRAW_MS 200

static int64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool
progress_is_seen(const struct cmd *c)
{
	return !c->opt.json && isatty(2) == 1;
}

void
progress_begin(const struct cmd *c, struct progress *p, const char *what,
    uint64_t total)
{
	*p = (struct progress){
		.what = what,
		.total = total,
		.terminal = progress_is_seen(c),
		.begun = now(),
	};
}

void
progress_format(struct buf *out, const struct progress *p, int64_t milliseconds)
{
	uint64_t ms = milliseconds > 0 ? (uint64_t)milliseconds : 1;
	uint64_t rate = p->done * 1000 / ms, left;

	term_clean(out, span_str(p->what));
	buf_addf(out, ": %" PRIu64, p->done);
	if (p->total > 0)
		buf_addf(out, "/%" PRIu64, p->total);
	buf_addf(out, ", %" PRIu64 "/s", rate);
	if (p->done == 0 || p->done >= p->total)
		return;
	left = (p->total - p->done) * ms / p->done / 1000;
	buf_addf(out, ", %" PRIu64 ":%02" PRIu64 " left", left / 60, left % 60);
}

void
progress_add(struct progress *p, uint64_t n)
{
	struct buf line = { 0 };
	int64_t at;

	p->done += n;
	if (!p->terminal)
		return;
	at = now();
	if (at - p->begun < QUIET_MS || at - p->last < REDRAW_MS)
		return;
	p->last = at;
	p->shown = true;
	progress_format(&line, p, at - p->begun);
	fprintf(stderr, "\r\033[K%s", line.data);
	buf_free(&line);
}

void
progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
