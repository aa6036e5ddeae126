/* SPDX-License-Identifier: ISC */
#include "sasl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A mechanism's name and the client's messages, a line each. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size), line;
	struct sasl_server server = { 0 };
	struct buf out = { 0 };

	if (!span_split(&s, '\n', &line))
		return 0;
	server.mech = sasl_mech_find(line);
	if (server.mech != NULL) {
		if (!span_split(&s, '\n', &line))
			line = span_of(NULL, 0);
		while (sasl_server_step(&server, line, &out) ==
			SASL_CONTINUE && span_split(&s, '\n', &line))
			buf_clear(&out);
	}
	sasl_server_clear(&server);
	buf_free(&out);
	return 0;
}
