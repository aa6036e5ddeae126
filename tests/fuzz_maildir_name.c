/* SPDX-License-Identifier: ISC */
#include "maildir_name.h"

#include <stdlib.h>

#include "mail_flags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct maildir_name m, again;
	struct buf out = { 0 };

	free(mail_flags_read(s));
	if (maildir_name_parse(&m, s) < 0)
		return 0;
	maildir_name_format(&out, m.unique, m.flags, UINT32_MAX,
	    m.letters);
	if (maildir_name_parse(&again, buf_span(&out)) < 0 ||
	    again.flags != m.flags || again.uid != m.uid)
		abort();
	buf_free(&out);
	return 0;
}
