/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "mailbox_path.h"
#include "manifest.h"
#include "sync_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A path that is given out leads back, and never out of the folder. */
static void
try_path(const char *name)
{
	struct buf path = { 0 }, back = { 0 };

	if (mailbox_path(&path, name, '/') &&
	    (!mailbox_path_name(&back, path.data, '/') ||
		strcmp(back.data, name) != 0 ||
		strstr(path.data, "/.") != NULL || path.data[0] == '.'))
		abort();
	buf_free(&path);
	buf_free(&back);
}

/* The sum is put right: what has a wrong one is not looked at further. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct buf text = { 0 }, again = { 0 };
	char hash[MANIFEST_HASH_LEN + 1], *name = span_dup(s);
	struct sync_state state;

	try_path(name);
	free(name);
	buf_add_span(&text, s);
	manifest_hash(hash, s);
	buf_addf(&text, "end %s\n", hash);
	if (sync_state_parse(&state, buf_span(&text)) == 0)
		sync_state_format(&again, &state);
	sync_state_clear(&state);
	buf_free(&text);
	buf_free(&again);
	return 0;
}
