/* SPDX-License-Identifier: ISC */
#include <unistd.h>

#include "ctl_harness.h"
#include "log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Requests, one after the other, to a server with one user: "METHOD PATH", a
 * new line, the body, and a NUL. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of((const char *)data, size), one, line, method;
	struct ctl_harness h;
	char *m, *path;

	log_open("fuzz", "error", "text", STDERR_FILENO);
	ctl_json_init();
	ctl_harness_open(&h, NULL, NULL);
	ctl_harness_ask(&h, "POST", "/v1/users",
	    SPAN_LIT("{\"address\":\"bob\",\"password\":\"x\"}"));
	for (int i = 0; i < 8 && span_split(&rest, '\0', &one); i++) {
		line = method = SPAN_LIT("");
		span_split(&one, '\n', &line);
		span_split(&line, ' ', &method);
		m = span_dup(method);
		path = span_dup(line);
		ctl_harness_ask(&h, m, path, one);
		free(m);
		free(path);
	}
	ctl_harness_close(&h);
	return 0;
}
