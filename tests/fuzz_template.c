/* SPDX-License-Identifier: ISC */
#include "template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct template t = { 0 };
	struct opt_list values = { 0 };
	struct buf err = { 0 };

	opt_list_add(&values, "a=x\r\ny");
	opt_list_add(&values, "b={{a}}");
	template_read(&t, span_of((const char *)data, size), &values, &err);
	template_clear(&t);
	opt_list_free(&values);
	buf_free(&err);
	return 0;
}
