/* SPDX-License-Identifier: ISC */
#include "cmd.h"

/*
 * To add a command: write cmd_<name>.c after the pattern of its neighbours,
 * declare its entry here, put it into the table in the order in which help
 * shows it, add the file to local.mk, and describe it in the manual page of its
 * family, which cmd_help.c knows.
 */
extern const struct cmd_entry cmd_account_add, cmd_account_default,
    cmd_account_list, cmd_account_remove, cmd_account_show, cmd_account_test;
extern const struct cmd_entry cmd_alias_add, cmd_alias_list, cmd_alias_remove,
    cmd_alias_resolve;
extern const struct cmd_entry cmd_dkim_add, cmd_dkim_list, cmd_dkim_rotate,
    cmd_dkim_remove;
extern const struct cmd_entry cmd_archive, cmd_batch, cmd_copy, cmd_delete,
    cmd_flag, cmd_move, cmd_undo;
extern const struct cmd_entry cmd_completion, cmd_discover, cmd_forward,
    cmd_probe, cmd_quota, cmd_raw_imap, cmd_raw_smtp, cmd_reply, cmd_watch;
extern const struct cmd_entry cmd_domain_add, cmd_domain_list,
    cmd_domain_remove;
extern const struct cmd_entry cmd_get, cmd_help, cmd_list, cmd_ping, cmd_search;
extern const struct cmd_entry cmd_index_rebuild, cmd_index_status;
extern const struct cmd_entry cmd_mailbox_create, cmd_mailbox_delete,
    cmd_mailbox_empty, cmd_mailbox_list, cmd_mailbox_rename, cmd_mailbox_status,
    cmd_mailbox_subscribe, cmd_mailbox_unsubscribe;
extern const struct cmd_entry cmd_queue_bounce, cmd_queue_delay, cmd_queue_drop,
    cmd_queue_hold, cmd_queue_list, cmd_queue_release, cmd_queue_retry,
    cmd_queue_show;
extern const struct cmd_entry cmd_backup, cmd_export, cmd_import, cmd_migrate,
    cmd_restore, cmd_sync;
extern const struct cmd_entry cmd_send, cmd_show;
extern const struct cmd_entry cmd_user_add, cmd_user_delete, cmd_user_list,
    cmd_user_passwd, cmd_user_quota;
extern const struct cmd_entry cmd_user_send_as_add, cmd_user_send_as_list,
    cmd_user_send_as_remove;
extern const struct cmd_entry cmd_user_app_add, cmd_user_app_list,
    cmd_user_app_revoke, cmd_user_disable, cmd_user_enable;

const struct cmd_entry *const cmd_table[] = {
	&cmd_list,
	&cmd_search,
	&cmd_show,
	&cmd_get,
	&cmd_send,
	&cmd_reply,
	&cmd_forward,
	&cmd_move,
	&cmd_copy,
	&cmd_archive,
	&cmd_flag,
	&cmd_delete,
	&cmd_undo,
	&cmd_watch,
	&cmd_export,
	&cmd_import,
	&cmd_migrate,
	&cmd_backup,
	&cmd_restore,
	&cmd_sync,
	&cmd_mailbox_list,
	&cmd_mailbox_status,
	&cmd_mailbox_create,
	&cmd_mailbox_rename,
	&cmd_mailbox_subscribe,
	&cmd_mailbox_unsubscribe,
	&cmd_mailbox_empty,
	&cmd_mailbox_delete,
	&cmd_quota,
	&cmd_account_add,
	&cmd_account_list,
	&cmd_account_show,
	&cmd_account_test,
	&cmd_account_default,
	&cmd_account_remove,
	&cmd_discover,
	&cmd_probe,
	&cmd_batch,
	&cmd_raw_imap,
	&cmd_raw_smtp,
	&cmd_user_add,
	&cmd_user_list,
	&cmd_user_passwd,
	&cmd_user_quota,
	&cmd_user_disable,
	&cmd_user_enable,
	&cmd_user_delete,
	&cmd_user_app_add,
	&cmd_user_app_list,
	&cmd_user_app_revoke,
	&cmd_user_send_as_add,
	&cmd_user_send_as_list,
	&cmd_user_send_as_remove,
	&cmd_alias_add,
	&cmd_alias_list,
	&cmd_alias_remove,
	&cmd_alias_resolve,
	&cmd_domain_add,
	&cmd_domain_list,
	&cmd_domain_remove,
	&cmd_dkim_add,
	&cmd_dkim_list,
	&cmd_dkim_rotate,
	&cmd_dkim_remove,
	&cmd_queue_list,
	&cmd_queue_show,
	&cmd_queue_retry,
	&cmd_queue_hold,
	&cmd_queue_release,
	&cmd_queue_delay,
	&cmd_queue_drop,
	&cmd_queue_bounce,
	&cmd_index_status,
	&cmd_index_rebuild,
	&cmd_ping,
	&cmd_completion,
	&cmd_help,
	NULL,
};
