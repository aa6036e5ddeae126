/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_UPLOADING_H
#define MAILCTL_UPLOADING_H

#include <stdbool.h>

/*
 * A file that stands while messages are under way to a server.  Killed amid
 * that, we may be back before the server has stored what it had got, and would
 * send it a second time: the next one waits a moment.  A mark that is NULL is
 * none.
 */

/* In $XDG_STATE_HOME/mailctl, for who has no better place; the caller frees
 * it.  NULL: there is no home. */
char *uploading_mark(void);

/* Before it is looked what is there.  False: a signal came, and it stands. */
bool uploading_settle(const char *mark);
/* False: errno says why not. */
bool uploading_begin(const char *mark);
/* All that was sent is answered. */
void uploading_end(const char *mark);

#endif
