/* SPDX-License-Identifier: ISC */
#include "maildir_keywords.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read of a file is written as such that it is read the same, and all
 * of its words can be put into a command. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct maildir_keywords k = { 0 }, again = { 0 };
	struct buf out = { 0 }, words = { 0 };

	maildir_keywords_parse(&k, span_of((const char *)data, size));
	maildir_keywords_format(&out, &k);
	maildir_keywords_parse(&again, buf_span(&out));
	if (maildir_keywords_known(&k) != maildir_keywords_known(&again))
		abort();
	buf_adds(&words, "");
	maildir_keywords_words(&words, &k, ~(unsigned)MAIL_FLAGS_ALL);
	if (strpbrk(words.data, "\r\n(){\"\\") != NULL)
		abort();
	maildir_keywords_clear(&k);
	maildir_keywords_clear(&again);
	buf_free(&out);
	buf_free(&words);
	return 0;
}
