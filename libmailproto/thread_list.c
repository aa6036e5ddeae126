/* SPDX-License-Identifier: ISC */
#include "thread_list.h"

int
thread_list_read(struct imap_cursor c,
    void (*fn)(void *arg, uint32_t number, uint32_t depth), void *arg)
{
	uint32_t above[THREAD_LIST_DEPTH_MAX]; /* at each open parenthesis */
	uint32_t depth = 0, number;
	size_t open = 0;
	bool any = false; /* since the last parenthesis opened */

	imap_sp(&c);
	while (!imap_end(&c)) {
		if (imap_char(&c, '(')) {
			if (open == THREAD_LIST_DEPTH_MAX)
				return -1;
			above[open++] = depth;
			any = false;
		} else if (imap_char(&c, ')')) {
			if (open == 0 || !any)
				return -1;
			depth = above[--open];
		} else if (open == 0 || !imap_number(&c, &number) ||
		    number == 0) {
			return -1;
		} else {
			fn(arg, number, depth++);
			any = true;
		}
		imap_sp(&c);
	}
	return open == 0 ? 0 : -1;
}
