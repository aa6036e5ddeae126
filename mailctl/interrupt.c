/* SPDX-License-Identifier: ISC */
#include "interrupt.h"

#include <signal.h>

static volatile sig_atomic_t asked;

static void
on_signal(int signo)
{
	(void)signo;
	asked = 1;
}

void
interrupt_catch(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal };

	sigemptyset(&sa.sa_mask);
	sa.sa_flags = (int)(SA_RESTART | SA_RESETHAND);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
}

bool
interrupted(void)
{
	return asked != 0;
}

int
interrupt_fail(const struct cmd *c)
{
	return cmd_fail(c, EX_TEMPFAIL,
	    "interrupted; the same command goes on from here");
}
