/* SPDX-License-Identifier: ISC */
#include "sasl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct sasl_binding exporter = { "tls-exporter", { "bytes", 5 } };

static void
serve(struct span s, unsigned char flags)
{
	static const struct scram_keys keys[2] = { 0 };
	struct scram_server server = { .plus = flags & 1,
		.plus_offered = flags & 2,
		.binding = &exporter,
		.nbinding = 1 };
	struct buf out = { 0 };
	struct span line = { 0 };

	span_split(&s, '\n', &line);
	if (scram_server_first(&server, line) == 0) {
		scram_server_challenge(
		    &server, SPAN_LIT("n"), SPAN_LIT("salt"), 4096, &out);
		span_split(&s, '\n', &line);
		scram_server_final(&server, line, keys, 2, &out);
	}
	scram_server_clear(&server);
	buf_free(&out);
}

/* What a million iterations take is known, and would be all that is seen. */
static bool
takes_long(struct span s)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.n && digits < 6; i++)
		digits = ascii_digit((unsigned char)s.p[i]) ? digits + 1 : 0;
	return digits == 6;
}

static void
ask(struct span s, unsigned char flags)
{
	struct sasl_client c = { .authcid = "u",
		.password = "p",
		.nonce = "n",
		.binding = exporter,
		.mech =
		    sasl_mech_find(flags & 1 ? SPAN_LIT("SCRAM-SHA-256-PLUS")
					     : SPAN_LIT("SCRAM-SHA-256")) };
	struct span line = { 0 };
	struct buf out = { 0 };

	while (sasl_client_step(&c, line, &out) == SASL_CONTINUE &&
	       span_split(&s, '\n', &line))
		buf_clear(&out);
	sasl_client_clear(&c);
	buf_free(&out);
}

/* A byte of flags, then the peer's messages, a line each. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);

	if (size == 0)
		return 0;
	if ((data[0] & 4) && !takes_long(s))
		ask(span_sub(s, 1, s.n), data[0]);
	else if (!(data[0] & 4))
		serve(span_sub(s, 1, s.n), data[0]);
	return 0;
}
