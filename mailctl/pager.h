/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_PAGER_H
#define MAILCTL_PAGER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * A pager between standard output and the terminal: what $PAGER says, else
 * less, as "less -FRX" unless $LESS says otherwise.  What is meant for a
 * terminal on standard error goes through it, too, so that neither overwrites
 * the other.
 *
 * The pager may be left at any time: that is no error, what is written
 * then is lost.
 */
struct pager {
	pid_t pid;
	int out, err; /* what they were; err -1: it was no terminal */
};

/* False: the terminal is too dumb, or no pager is wanted ($PAGER is empty or
 * "cat"). */
bool pager_start(struct pager *p);

/* Wait until the user has left it; standard output is the terminal again.
 * False: it could not be run. */
bool pager_end(struct pager *p);

#endif
