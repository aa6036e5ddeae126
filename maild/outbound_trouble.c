/* SPDX-License-Identifier: ISC */
#include "outbound_trouble.h"

#include <string.h>

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

static bool
is_of_host(const struct outbound_trouble *t, const char *host)
{
	size_t n = strlen(host);

	return t->text.len > n && memcmp(t->text.data, host, n) == 0 &&
	       t->text.data[n] == ':' && t->text.data[n + 1] == ' ';
}

/* Whether what is known goes before this. */
static bool
is_passed_over(const struct outbound_trouble *t, bool same_host,
    enum outbound_obstacle what, bool for_good)
{
	if (same_host && what == OUTBOUND_UNREACHED)
		return t->what != OUTBOUND_UNREACHED;
	if (same_host && t->what == OUTBOUND_UNREACHED)
		return for_good && t->other_passes;
	return for_good && t->text.len > 0 && !t->for_good;
}

void
outbound_trouble_add(struct outbound_trouble *t, const char *host,
    enum outbound_obstacle what, bool required, const char *problem)
{
	const bool for_good = required && replies[what].final != NULL;
	const bool same_host = is_of_host(t, host);

	if (is_passed_over(t, same_host, what, for_good))
		return;
	if (!same_host)
		t->other_passes = t->other_passes ||
				  (t->text.len > 0 && !t->for_good);
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
