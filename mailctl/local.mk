# All of mailctl but main.c is in one archive, so that the tests link it.
noinst_LIBRARIES += libmailctl.a
libmailctl_a_CPPFLAGS = $(AM_CPPFLAGS) \
	$(CURL_CFLAGS) $(EXPAT_CFLAGS) $(JANSSON_CFLAGS) $(SSL_CFLAGS) $(UTF8PROC_CFLAGS)
libmailctl_a_SOURCES = \
	mailctl/account_file.c mailctl/account_file.h \
	mailctl/atomic_file.c mailctl/atomic_file.h \
	mailctl/answering.c mailctl/answering.h \
	mailctl/autoconfig.c mailctl/autoconfig.h \
	mailctl/appender.c mailctl/appender.h \
	mailctl/backup_store.c mailctl/backup_store.h \
	mailctl/bodies.c mailctl/bodies.h \
	mailctl/change.c mailctl/change.h \
	mailctl/cmd.c mailctl/cmd.h \
	mailctl/cmd_account.c \
	mailctl/cmd_account_add.c \
	mailctl/cmd_alias.c \
	mailctl/cmd_alias_resolve.c \
	mailctl/cmd_batch.c \
	mailctl/cmd_backup.c \
	mailctl/cmd_completion.c \
	mailctl/cmd_discover.c \
	mailctl/cmd_domain.c \
	mailctl/cmd_dkim.c \
	mailctl/cmd_export.c \
	mailctl/cmd_flag.c \
	mailctl/cmd_get.c \
	mailctl/cmd_help.c \
	mailctl/cmd_import.c \
	mailctl/cmd_index.c \
	mailctl/cmd_list.c \
	mailctl/cmd_mailbox.c \
	mailctl/cmd_mailbox_list.c \
	mailctl/cmd_mailbox_status.c \
	mailctl/cmd_migrate.c \
	mailctl/cmd_move.c \
	mailctl/cmd_ping.c \
	mailctl/cmd_probe.c \
	mailctl/cmd_quota.c \
	mailctl/cmd_queue.c \
	mailctl/cmd_quota_own.c \
	mailctl/cmd_raw.c \
	mailctl/cmd_reply.c \
	mailctl/cmd_restore.c \
	mailctl/cmd_search.c \
	mailctl/cmd_send.c \
	mailctl/cmd_show.c \
	mailctl/cmd_sync.c \
	mailctl/cmd_table.c \
	mailctl/cmd_undo.c \
	mailctl/cmd_user.c \
	mailctl/cmd_user_access.c \
	mailctl/cmd_user_send_as.c \
	mailctl/cmd_watch.c \
	mailctl/compose.c mailctl/compose.h \
	mailctl/compose_rcpts.c \
	mailctl/crlf.c mailctl/crlf.h \
	mailctl/ctl_client.c mailctl/ctl_client.h \
	mailctl/ctl_session.c mailctl/ctl_session.h \
	mailctl/discover.c mailctl/discover.h \
	mailctl/find.c mailctl/find.h \
	mailctl/each_user.c mailctl/each_user.h \
	mailctl/fingerprint.c mailctl/fingerprint.h \
	mailctl/html.c mailctl/html.h \
	mailctl/http_head.c mailctl/http_head.h \
	mailctl/imap_conn.c mailctl/imap_conn.h \
	mailctl/imap_conn_mailbox.c \
	mailctl/inbound.c mailctl/inbound.h \
	mailctl/interrupt.c mailctl/interrupt.h \
	mailctl/listing.c mailctl/listing.h \
	mailctl/listing_order.c \
	mailctl/login.c mailctl/login.h \
	mailctl/mail_file.c mailctl/mail_file.h \
	mailctl/mail_flags.c mailctl/mail_flags.h \
	mailctl/mail_sink.c mailctl/mail_sink.h \
	mailctl/mail_source.c mailctl/mail_source.h \
	mailctl/mailbox_index.c mailctl/mailbox_index.h \
	mailctl/mailbox_names.c mailctl/mailbox_names.h \
	mailctl/mailbox_path.c mailctl/mailbox_path.h \
	mailctl/maildir_keywords.c mailctl/maildir_keywords.h \
	mailctl/maildir_name.c mailctl/maildir_name.h \
	mailctl/manifest.c mailctl/manifest.h \
	mailctl/mbox.h mailctl/mbox_parse.c mailctl/mbox_write.c \
	mailctl/message.c mailctl/message.h \
	mailctl/migrate.c mailctl/migrate.h \
	mailctl/msgid.c mailctl/msgid.h \
	mailctl/netrc.c mailctl/netrc.h \
	mailctl/opt.c mailctl/opt.h \
	mailctl/order.c mailctl/order.h \
	mailctl/out.c mailctl/out.h \
	mailctl/out_format.h \
	mailctl/out_json.c mailctl/out_json.h \
	mailctl/out_text.c \
	mailctl/out_tsv.c \
	mailctl/outgoing.c mailctl/outgoing.h \
	mailctl/pager.c mailctl/pager.h \
	mailctl/part.c mailctl/part.h \
	mailctl/permanent_flags.c mailctl/permanent_flags.h \
	mailctl/private_file.c mailctl/private_file.h \
	mailctl/progress.c mailctl/progress.h \
	mailctl/query.c mailctl/query.h \
	mailctl/raw.c mailctl/raw.h \
	mailctl/secret.c mailctl/secret.h \
	mailctl/sent.c mailctl/sent.h \
	mailctl/slurp.c mailctl/slurp.h \
	mailctl/smtp_conn.c mailctl/smtp_conn.h \
	mailctl/special_use.c mailctl/special_use.h \
	mailctl/srv.c mailctl/srv.h \
	mailctl/sync_local.c mailctl/sync_local.h \
	mailctl/sync_mailbox.c mailctl/sync_mailbox.h \
	mailctl/sync_pair.c \
	mailctl/sync_remote.c mailctl/sync_remote.h \
	mailctl/sync_state.c mailctl/sync_state.h \
	mailctl/sync_transfer.c mailctl/sync_work.h \
	mailctl/template.c mailctl/template.h \
	mailctl/term.c mailctl/term.h \
	mailctl/transfer.c mailctl/transfer.h \
	mailctl/transport.h mailctl/transport_curl.c \
	mailctl/transport_https.c mailctl/transport_https.h \
	mailctl/undo.c mailctl/undo.h \
	mailctl/uploading.c mailctl/uploading.h \
	mailctl/user_config.c mailctl/user_config.h \
	mailctl/user_config_edit.c mailctl/user_config_edit.h \
	mailctl/words.c mailctl/words.h

bin_PROGRAMS += mailctl/mailctl
mailctl_mailctl_CPPFLAGS = $(libmailctl_a_CPPFLAGS)
mailctl_mailctl_SOURCES = mailctl/main.c
MAILCTL_LIBS = libmailctl.a $(MAILPROTO_LIBS) $(CURL_LIBS) $(EXPAT_LIBS) \
	$(JANSSON_LIBS) $(RESOLV_LIBS)
mailctl_mailctl_LDADD = $(MAILCTL_LIBS)
