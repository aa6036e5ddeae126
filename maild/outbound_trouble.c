/* SPDX-License-Identifier: ISC */
#include "outbound_trouble.h"

/* final: of a message that asks for REQUIRETLS and goes back with it. */
static const struct {
	const char *passing, *final;
} replies[OUTBOUND_OBSTACLES] = {
	[OUTBOUND_UNREACHED] = { "4.4.1", NULL },
	[OUTBOUND_UNKNOWN] = { "4.4.3", NULL },
	[OUTBOUND_NO_TLS] = { "4.7.4", "5.7.10" },
	[OUTBOUND_BAD_TLS] = { "4.7.5", "5.7.10" },
	[OUTBOUND_UNNAMED] = { "4.7.5", "5.7.10" },
	[OUTBOUND_UNPROVEN] = { "4.7.5", "5.7.10" },
	[OUTBOUND_NO_REQUIRETLS] = { "4.7.5", "5.7.30" },
};

void
outbound_trouble_add(struct outbound_trouble *t, const char *host,
    enum outbound_obstacle what, bool required, const char *problem)
{
	const bool for_good = required && replies[what].final != NULL;

	if (t->text.len > 0 && for_good && !t->for_good)
		return;
	t->what = what;
	t->for_good = for_good;
	buf_clear(&t->text);
	buf_addf(&t->text, "%s: %s", host, problem);
}

unsigned
outbound_trouble_code(const struct outbound_trouble *t, const char **enhanced)
{
	*enhanced = t->for_good ? replies[t->what].final :
				  replies[t->what].passing;
	return t->for_good ? 550 : 451;
}

void
outbound_trouble_clear(struct outbound_trouble *t)
{
	buf_free(&t->text);
	*t = (struct outbound_trouble){ 0 };
}
