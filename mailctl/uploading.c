/* SPDX-License-Identifier: ISC */
#include "uploading.h"

#include <unistd.h>

#include "atomic_file.h"
#include "slurp.h"

#define SETTLE_SECONDS 2

char *
uploading_mark(void)
{
	return slurp_state_path("uploading");
}

bool
uploading_settle(const char *mark)
{
	if (mark == NULL || access(mark, F_OK) != 0)
		return true;
	if (sleep(SETTLE_SECONDS) > 0)
		return false;
	unlink(mark);
	return true;
}

bool
uploading_begin(const char *mark)
{
	return mark == NULL || atomic_file_write(mark, SPAN_LIT("")) == 0;
}

void
uploading_end(const char *mark)
{
	if (mark != NULL)
		unlink(mark);
}
