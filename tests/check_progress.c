/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "progress.h"

static const struct {
	uint64_t total, done;
	int64_t ms;
	const char *line;
} lines[] = {
	{ 100, 0, 0, "In box: 0/100, 0/s" },
	{ 100, 10, 2000, "In box: 10/100, 5/s, 0:18 left" },
	{ 10000, 1, 61000, "In box: 1/10000, 0/s, 10165:39 left" },
	{ 100, 100, 2000, "In box: 100/100, 50/s" },
	{ 100, 120, 2000, "In box: 120/100, 60/s" },
	/* How many there are is not known of a stream. */
	{ 0, 10, 2000, "In box: 10, 5/s" },
};

START_TEST(line_tells_how_far_it_is)
{
	struct progress p = { .what = "In\nbox", .total = lines[_i].total,
		.done = lines[_i].done };
	struct buf out = { 0 };

	progress_format(&out, &p, lines[_i].ms);
	ck_buf_eq(&out, lines[_i].line);
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, line_tells_how_far_it_is, 0,
	    sizeof(lines) / sizeof(lines[0]));
}

int
main(void)
{
	return check_run("progress", add);
}
