/* SPDX-License-Identifier: ISC */
#include <assert.h>

#include "thread_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
see(void *arg, uint32_t number, uint32_t depth)
{
	size_t *seen = arg;

	assert(number > 0 && depth <= *seen);
	(*seen)++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct imap_cursor c = { (const char *)data,
		(const char *)data + size, NULL, false, false, false };
	size_t seen = 0;

	thread_list_read(c, see, &seen);
	return 0;
}
