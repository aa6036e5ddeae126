/* SPDX-License-Identifier: ISC */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <check.h>
#include <stdlib.h>

#include "buf.h"

/* Compare a span with a C string, and show both where they differ. */
#define ck_span_eq(s, want)                                                    \
	do {                                                                   \
		struct span ck_s = (s);                                        \
		const char *ck_w = (want);                                     \
		ck_assert_msg(span_eq(ck_s, span_str(ck_w)),                   \
		    "%s is \"%.*s\", not \"%s\"", #s, (int)ck_s.n,             \
		    ck_s.n > 0 ? ck_s.p : "", ck_w);                           \
	} while (0)
#define ck_buf_eq(b, want) ck_span_eq(buf_span(b), want)

/* Run one suite with its single test case: the main of every check program. */
static inline int
check_run(const char *name, void (*add)(TCase *tc))
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	add(tc);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
