/* SPDX-License-Identifier: ISC */
#include "srv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char host[SRV_HOST_MAX];
	unsigned port;

	srv_read(span_of((const char *)data, size), host, &port);
	return 0;
}
