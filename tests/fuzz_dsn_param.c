/* SPDX-License-Identifier: ISC */
#include "dsn_param.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken can be written, and reads back the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct buf out = { 0 };
	unsigned notify, again;
	enum dsn_ret ret;

	if (dsn_notify_parse(s, &notify) == 0) {
		dsn_notify_write(&out, notify);
		if (dsn_notify_parse(
			span_sub(buf_span(&out), 8, out.len), &again) < 0 ||
		    again != notify)
			__builtin_trap();
	}
	dsn_ret_parse(s, &ret);
	buf_clear(&out);
	dsn_xtext_encode(&out, span_sub(s, 0, 30));
	dsn_envid_ok(buf_span(&out));
	dsn_envid_ok(s);
	dsn_orcpt_ok(s);
	buf_free(&out);
	return 0;
}
