/* SPDX-License-Identifier: ISC */
/* Every parameter has a lower-case name, and what is found is in the list. */
#include <assert.h>

#include "charset.h"
#include "param.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct param_list l = { 0 };
	struct buf out = { 0 };

	param_list_parse(&l, s);
	assert(l.value != NULL && l.len <= PARAM_MAX);
	for (size_t i = 0; i < l.len; i++) {
		assert(l.param[i].name[0] != '\0');
		assert(param_get(&l, l.param[i].name) != NULL);
		for (const char *c = l.param[i].name; *c != '\0'; c++)
			assert(*c == ascii_lower(*c));
	}
	param_decode(&l, "name", &out);
	param_decode(&l, "filename", &out);
	assert(utf8_valid(buf_span(&out)));
	param_list_clear(&l);
	buf_free(&out);
	return 0;
}
