/* SPDX-License-Identifier: ISC */
#include "imap_command.h"

/*
 * To add a command: write imap_<command>.c with its struct imap_handler, name
 * that in imap_command.h, and add a line here, with the flags that say what it
 * is to the dispatcher (imap.c), which checks and applies them.  The handler
 * reads its arguments with imap_parse.h and imap_args.h, writes to im->out,
 * and ends with imap_ok(), imap_no(), imap_bad() or imap_fail().  If it may
 * take long, it returns IMAP_WAIT whenever imap_room() or imap_slice_over()
 * say so.  Its test is a transcript in tests/transcripts/imap/.  A capability
 * that becomes true by it goes into imap_capability.c.
 */
static const struct imap_command commands[] = {
	{ "APPEND", &imap_append, 0 },
	{ "AUTHENTICATE", &imap_late, 0 },
	{ "CANCELUPDATE", &imap_cancelupdate, IMAP_MAILBOX },
	{ "CAPABILITY", &imap_capability, 0 },
	{ "CHECK", &imap_noop, IMAP_MAILBOX },
	{ "CLOSE", &imap_close, IMAP_MAILBOX | IMAP_QUIET },
	{ "COMPARATOR", &imap_comparator, 0 },
	{ "COMPRESS", &imap_compress, IMAP_QUIET },
	{ "COPY", &imap_copy, IMAP_MAILBOX | IMAP_NUMBERS | IMAP_UID_TOO },
	{ "CREATE", &imap_create, 0 },
	{ "DELETE", &imap_delete, 0 },
	{ "DELETEACL", &imap_deleteacl, 0 },
	{ "ENABLE", &imap_enable, 0 },
	{ "ESEARCH", &imap_esearch,
	    IMAP_NUMBERS | IMAP_KEYS | IMAP_KEEPS | IMAP_UID_TOO },
	{ "EXAMINE", &imap_examine, IMAP_QUIET },
	{ "EXPUNGE", &imap_expunge, IMAP_MAILBOX | IMAP_WRITES | IMAP_UID_TOO },
	{ "FETCH", &imap_fetch,
	    IMAP_MAILBOX | IMAP_NUMBERS | IMAP_KEEPS | IMAP_UID_TOO },
	{ "GETACL", &imap_getacl, 0 },
	{ "GETMETADATA", &imap_getmetadata, 0 },
	{ "GETQUOTA", &imap_getquota, 0 },
	{ "GETQUOTAROOT", &imap_getquotaroot, 0 },
	{ "ID", &imap_id, 0 },
	{ "IDLE", &imap_idle, 0 },
	{ "LIST", &imap_list, 0 },
	{ "LISTRIGHTS", &imap_listrights, 0 },
	{ "LOGIN", &imap_late, 0 },
	{ "LOGOUT", &imap_logout, IMAP_QUIET },
	{ "LSUB", &imap_lsub, 0 },
	{ "MOVE", &imap_move,
	    IMAP_MAILBOX | IMAP_WRITES | IMAP_NUMBERS | IMAP_UID_TOO },
	{ "MYRIGHTS", &imap_myrights, 0 },
	{ "NAMESPACE", &imap_namespace, 0 },
	{ "NOOP", &imap_noop, 0 },
	{ "NOTIFY", &imap_notify, 0 },
	{ "RENAME", &imap_rename, 0 },
	{ "REPLACE", &imap_replace,
	    IMAP_MAILBOX | IMAP_WRITES | IMAP_NUMBERS | IMAP_UID_TOO },
	{ "SEARCH", &imap_search,
	    IMAP_MAILBOX | IMAP_NUMBERS | IMAP_KEYS | IMAP_KEEPS |
	    IMAP_UID_TOO },
	{ "SELECT", &imap_select, IMAP_QUIET },
	{ "SETACL", &imap_setacl, 0 },
	{ "SETMETADATA", &imap_setmetadata, 0 },
	{ "SETQUOTA", &imap_setquota, 0 },
	{ "SORT", &imap_sort,
	    IMAP_MAILBOX | IMAP_NUMBERS | IMAP_KEYS | IMAP_KEEPS |
	    IMAP_UID_TOO },
	{ "STARTTLS", &imap_late, 0 },
	{ "STATUS", &imap_status, 0 },
	{ "STORE", &imap_store,
	    IMAP_MAILBOX | IMAP_WRITES | IMAP_NUMBERS | IMAP_KEEPS |
	    IMAP_UID_TOO },
	{ "SUBSCRIBE", &imap_subscribe, 0 },
	{ "THREAD", &imap_thread,
	    IMAP_MAILBOX | IMAP_NUMBERS | IMAP_KEYS | IMAP_KEEPS |
	    IMAP_UID_TOO },
	{ "UNAUTHENTICATE", &imap_unauthenticate, IMAP_QUIET },
	{ "UNSELECT", &imap_unselect, IMAP_MAILBOX | IMAP_QUIET },
	{ "UNSUBSCRIBE", &imap_unsubscribe, 0 },
};

const struct imap_command *
imap_command_find(struct span name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (span_ieqs(name, commands[i].name))
			return &commands[i];
	}
	return NULL;
}

const struct imap_command *
imap_command_peek(struct span s, bool *uid)
{
	struct imap_cursor c = { .p = s.p, .end = span_end(s) };
	struct span tag, name;

	if (!imap_tag(&c, &tag) || !imap_sp(&c))
		return NULL;
	*uid = imap_word(&c, "UID");
	if ((*uid && !imap_sp(&c)) || !imap_atom(&c, &name) || imap_end(&c))
		return NULL;
	return imap_command_find(name);
}
