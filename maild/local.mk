# All of the daemon but main.c is in one archive, so that the tests link it.
noinst_LIBRARIES += libmaild.a
libmaild_a_CPPFLAGS = \
	$(AM_CPPFLAGS) \
	$(CRYPT_CFLAGS) $(IDN2_CFLAGS) $(SECCOMP_CFLAGS) $(UTF8PROC_CFLAGS) \
	$(UNBOUND_CFLAGS) $(CURL_CFLAGS) $(ZLIB_CFLAGS) \
	$(EVENT_CFLAGS) $(SSL_CFLAGS) $(LMDB_CFLAGS) $(JANSSON_CFLAGS)
libmaild_a_SOURCES = \
	maild/account.c maild/account.h \
	maild/account_disable.c \
	maild/auth.c \
	maild/auth_admin.c \
	maild/auth_app.c maild/auth_app.h \
	maild/auth_client.c maild/auth_client.h \
	maild/auth_external.c \
	maild/auth_guard.c maild/auth_guard.h \
	maild/auth_hash.c maild/auth_hash.h \
	maild/auth_login.c maild/auth_login.h \
	maild/auth_oauth.c \
	maild/auth_password.c \
	maild/auth_pool.c maild/auth_pool.h \
	maild/auth_record.c maild/auth_record.h \
	maild/auth_sasl.c \
	maild/auth_scram.c \
	maild/auth_state.h \
	maild/auth_store.c maild/auth_store.h \
	maild/auth_token.c maild/auth_token.h \
	maild/bytes.h \
	maild/conf.c maild/conf.h \
	maild/conf_check.c maild/conf_check.h \
	maild/conf_client.c \
	maild/conf_doc.c maild/conf_doc.h \
	maild/conf_listen.c \
	maild/conf_network.c \
	maild/conf_number.c \
	maild/conf_read.c maild/conf_read.h \
	maild/conf_reload.c maild/conf_reload.h \
	maild/conf_smarthost.c \
	maild/conf_table.c maild/conf_table.h maild/conf_table_impl.h \
	maild/conf_table_auth.c \
	maild/conf_table_inbound.c \
	maild/conf_table_limits.c \
	maild/conf_table_relay.c \
	maild/conf_table_server.c \
	maild/conf_type.c \
	maild/ctl.c maild/ctl.h \
	maild/ctl_access.c \
	maild/ctl_addresses.c maild/ctl_addresses.h \
	maild/ctl_aliases.c \
	maild/ctl_dkim.c \
	maild/ctl_domains.c \
	maild/ctl_index.c \
	maild/ctl_json.c \
	maild/ctl_problem.c \
	maild/ctl_quota.c \
	maild/ctl_queue.c \
	maild/ctl_request.c maild/ctl_request.h \
	maild/ctl_server.c \
	maild/ctl_upgrade.c \
	maild/ctl_upgrade.h \
	maild/ctl_resolve.c \
	maild/ctl_send_as.c \
	maild/ctl_users.c \
	maild/deliver.c maild/deliver.h \
	maild/dev.c maild/dev.h \
	maild/dkim_maker.c maild/dkim_maker.h \
	maild/dnsbl.c maild/dnsbl.h \
	maild/domain_name.c maild/domain_name.h \
	maild/domains.c maild/domains.h \
	maild/dsn.c maild/dsn.h \
	maild/engine.c maild/engine.h \
	maild/engine_blob.c \
	maild/engine_blob_store.c \
	maild/engine_impl.h \
	maild/engine_lmdb.c maild/engine_lmdb.h \
	maild/engine_lmdb_kv.c \
	maild/engine_mem.c maild/engine_mem.h \
	maild/engine_pool.c \
	maild/engine_refs.c \
	maild/engine_txn.c \
	maild/engine_update.c \
	maild/engine_upkeep.c \
	maild/engine_verify.c \
	maild/engine_watch.c \
	maild/engine_writer.c \
	maild/file.c maild/file.h \
	maild/filter.c maild/filter.h \
	maild/front.c maild/front.h \
	maild/front_accept.c \
	maild/front_back.c \
	maild/front_conn.c maild/front_conn.h \
	maild/front_conn_state.h \
	maild/front_imap.c \
	maild/front_login.c \
	maild/front_mx.c \
	maild/front_proxy.c \
	maild/front_pump.c maild/front_pump.h \
	maild/front_smtp.c \
	maild/front_stream.c \
	maild/front_table.c maild/front_table.h \
	maild/front_tls.c maild/front_tls.h \
	maild/greylist.c maild/greylist.h \
	maild/imap.c maild/imap.h \
	maild/imap_acl.c maild/imap_acl.h \
	maild/imap_ahead.c maild/imap_ahead.h \
	maild/imap_append.c \
	maild/imap_append.h \
	maild/imap_append_catenate.c \
	maild/imap_append_text.c \
	maild/imap_args.c maild/imap_args.h \
	maild/imap_basic.c \
	maild/imap_capability.c maild/imap_capability.h \
	maild/imap_command.c maild/imap_command.h \
	maild/imap_comparator.c \
	maild/imap_context.c maild/imap_context.h \
	maild/imap_copy.c \
	maild/imap_enable.c maild/imap_enable.h \
	maild/imap_esearch.c \
	maild/imap_expunge.c \
	maild/imap_fetch.c maild/imap_fetch.h \
	maild/imap_fetch_binary.c \
	maild/imap_fetch_parse.c \
	maild/imap_fetch_write.c \
	maild/imap_flags.c maild/imap_flags.h \
	maild/imap_id.c maild/imap_id.h \
	maild/imap_idle.c \
	maild/imap_limit.c maild/imap_limit.h \
	maild/imap_list.c maild/imap_list.h \
	maild/imap_list_match.c \
	maild/imap_list_parse.c \
	maild/imap_mailbox.c \
	maild/imap_message.c maild/imap_message.h \
	maild/imap_metadata.c maild/imap_metadata.h \
	maild/imap_modseq.c maild/imap_modseq.h \
	maild/imap_name.c maild/imap_name.h \
	maild/imap_notify.c maild/imap_notify.h \
	maild/imap_notify_boxes.c \
	maild/imap_notify_names.c \
	maild/imap_notify_run.c \
	maild/imap_objectid.c maild/imap_objectid.h \
	maild/imap_order.c maild/imap_order.h \
	maild/imap_order_run.c maild/imap_order_text.c \
	maild/imap_out.c \
	maild/imap_qresync.c maild/imap_qresync.h \
	maild/imap_quota.c \
	maild/imap_search.c maild/imap_search.h \
	maild/imap_search_index.c \
	maild/imap_search_match.c \
	maild/imap_search_parse.c \
	maild/imap_search_report.c \
	maild/imap_search_return.c maild/imap_search_return.h \
	maild/imap_search_rows.c maild/imap_search_rows.h \
	maild/imap_search_scan.c \
	maild/imap_section.c maild/imap_section.h \
	maild/imap_select.c \
	maild/imap_sources.c maild/imap_sources.h \
	maild/imap_state.h \
	maild/imap_setmetadata.c \
	maild/imap_sort.c maild/imap_sort.h \
	maild/imap_sort_rows.c \
	maild/imap_sorted.c maild/imap_sorted.h \
	maild/imap_status.c maild/imap_status.h \
	maild/imap_store.c \
	maild/imap_tell.c maild/imap_tell.h \
	maild/imap_tell_write.c \
	maild/imap_thread.c maild/imap_thread.h \
	maild/imap_thread_refs.c \
	maild/imap_thread_tree.c \
	maild/imap_use.c maild/imap_use.h \
	maild/inbound.c maild/inbound.h \
	maild/indexer.c maild/indexer.h \
	maild/indexer_build.c \
	maild/indexer_impl.h \
	maild/indexer_merge.c \
	maild/introspection.c maild/introspection.h \
	maild/log.c maild/log.h \
	maild/log_quote.c maild/log_quote.h \
	maild/mail.c \
	maild/mail_count.c maild/mail_count.h \
	maild/mail_session.c \
	maild/mail_srs.c \
	maild/mail_state.h \
	maild/mail_ticket.c maild/mail_ticket.h \
	maild/mail_worker.c \
	maild/master.c maild/master.h \
	maild/master_bind.c \
	maild/master_child.c \
	maild/master_files.c \
	maild/master_notify.c \
	maild/master_reload.c \
	maild/master_role.c maild/master_role.h \
	maild/master_state.h \
	maild/outbound.c \
	maild/outbound_conn.c \
	maild/outbound_dane.c maild/outbound_dane.h \
	maild/outbound_dns.c maild/outbound_dns.h \
	maild/outbound_dnsbl.c \
	maild/outbound_filter.c \
	maild/outbound_host.c maild/outbound_host.h \
	maild/outbound_http.c maild/outbound_http.h \
	maild/outbound_introspect.c \
	maild/outbound_job.c \
	maild/outbound_addresses.c maild/outbound_addresses.h \
	maild/outbound_mx.c maild/outbound_mx.h \
	maild/outbound_state.h \
	maild/outbound_sts.c maild/outbound_sts.h \
	maild/outbound_tls.c maild/outbound_tls.h \
	maild/outbound_trouble.c maild/outbound_trouble.h \
	maild/outbound_way.c \
	maild/peer.c maild/peer.h \
	maild/postings.c maild/postings.h \
	maild/queue.c maild/queue.h \
	maild/queue_begin.c \
	maild/queue_hop.c \
	maild/queue_job.c \
	maild/queue_copy.c \
	maild/queue_outcome.c \
	maild/queue_pick.c \
	maild/queue_report.c \
	maild/queue_srs.c \
	maild/queue_sts.c \
	maild/queue_state.h \
	maild/rates.c maild/rates.h \
	maild/roles.c maild/roles.h \
	maild/roles_channel.c maild/roles_channel.h \
	maild/roles_peers.c maild/roles_peers.h \
	maild/roles_process.c maild/roles_process.h \
	maild/route.c maild/route.h \
	maild/route_folder.c \
	maild/route_junk.c \
	maild/route_place.c maild/route_place.h \
	maild/route_reply.c \
	maild/rspamd.c maild/rspamd.h \
	maild/rspamd_edit.c \
	maild/sandbox.c maild/sandbox.h \
	maild/sandbox_calls.c \
	maild/sandbox_files.c \
	maild/scfg.c maild/scfg.h \
	maild/scfg_error.c \
	maild/sent.c maild/sent.h \
	maild/session.c maild/session.h \
	maild/session_deflate.c maild/session_deflate.h \
	maild/session_io.h \
	maild/session_socket.c maild/session_socket.h \
	maild/session_start.c \
	maild/segment.c maild/segment.h \
	maild/signing.c maild/signing.h \
	maild/smtp.c maild/smtp.h \
	maild/smtp_chunk.c \
	maild/smtp_deliver.c \
	maild/smtp_dnsbl.c \
	maild/smtp_ehlo.c maild/smtp_ehlo.h \
	maild/smtp_envelope.c \
	maild/smtp_filter.c \
	maild/smtp_greylist.c \
	maild/smtp_inbound.c \
	maild/smtp_rates.c \
	maild/smtp_session.h \
	maild/smtp_text.c \
	maild/smtp_verb.c \
	maild/stats.c maild/stats.h \
	maild/store.c maild/store.h \
	maild/store_acl.c maild/store_acl.h \
	maild/store_alias.c \
	maild/store_annot.c maild/store_annot.h \
	maild/store_change.c \
	maild/store_copy.c \
	maild/store_deliver.c \
	maild/store_dkim.c maild/store_dkim.h \
	maild/store_domain.c \
	maild/store_expunge.c maild/store_expunge.h \
	maild/store_head.c \
	maild/store_impl.h \
	maild/store_incoming.c maild/store_incoming.h \
	maild/store_index.c maild/store_index.h \
	maild/store_insert.c maild/store_insert.h \
	maild/store_list.c \
	maild/store_log.c \
	maild/store_mailbox.c \
	maild/store_message.c \
	maild/store_meta.c maild/store_meta.h \
	maild/store_name.c \
	maild/store_names.c maild/store_names.h \
	maild/store_narrow.c \
	maild/store_page.c \
	maild/store_purge.c maild/store_purge.h \
	maild/store_queue.c maild/store_queue.h \
	maild/store_queue_impl.h \
	maild/store_queue_read.c \
	maild/store_queue_record.c \
	maild/store_quota.c maild/store_quota.h \
	maild/store_recent.c maild/store_recent.h \
	maild/store_rename.c \
	maild/store_replace.c \
	maild/store_replace.h \
	maild/store_rights.c \
	maild/store_root.c \
	maild/store_row.c \
	maild/store_rows.c maild/store_rows.h \
	maild/store_seen.c \
	maild/store_sorts.c \
	maild/store_sorts.h \
	maild/store_series.c maild/store_series.h \
	maild/store_sts.c maild/store_sts.h \
	maild/store_uids.c maild/store_uids.h \
	maild/store_user.c \
	maild/store_view.c \
	maild/store_views.c maild/store_views.h \
	maild/submission.c maild/submission.h \
	maild/tls_cert.c maild/tls_cert.h \
	maild/tls_make.c maild/tls_make.h \
	maild/trace.c maild/trace.h \
	maild/trigram_lists.c maild/trigram_lists.h \
	maild/trigrams.c maild/trigrams.h \
	maild/user_name.c maild/user_name.h \
	maild/xxh64.c maild/xxh64.h

# In the order of the linker: what needs others comes first.
MAILD_LIBS = libmaild.a $(MAILPROTO_LIBS) $(EVENT_LIBS) $(SSL_LIBS) $(LMDB_LIBS) $(JANSSON_LIBS) $(CRYPT_LIBS) $(IDN2_LIBS) $(SECCOMP_LIBS) $(UNBOUND_LIBS) $(CURL_LIBS) $(ZLIB_LIBS)

sbin_PROGRAMS += maild/maild
maild_maild_CPPFLAGS = $(libmaild_a_CPPFLAGS)
maild_maild_SOURCES = maild/main.c
maild_maild_LDADD = $(MAILD_LIBS)
