/* SPDX-License-Identifier: ISC */
#include "scfg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scfg_source src = { .name = "fuzz",
		.text = span_of((const char *)data, size) };
	struct buf errors = { 0 };
	struct scfg_errors e = { .out = &errors };
	struct scfg_block b = { 0 };

	scfg_parse(&b, &src, &e);
	scfg_clear(&b);
	buf_free(&errors);
	return 0;
}
