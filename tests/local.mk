# A program here is one name in a list: its source is the file of that name,
# and LDADD below is what it is linked with.
AM_DEFAULT_SOURCE_EXT = .c

LIBMAILPROTO_CHECKS = \
	tests/check_address \
	tests/check_base64 \
	tests/check_bodystructure \
	tests/check_buf \
	tests/check_casefold \
	tests/check_charset \
	tests/check_date \
	tests/check_dkim \
	tests/check_dsn_param \
	tests/check_encword \
	tests/check_envelope \
	tests/check_deliver_by \
	tests/check_future_release \
	tests/check_greylist \
	tests/check_header \
	tests/check_imap_client \
	tests/check_imap_client_deflate \
	tests/check_imap_frame \
	tests/check_imap_parse \
	tests/check_imap_pattern \
	tests/check_imap_resp \
	tests/check_imap_url \
	tests/check_imap_write \
	tests/check_mime \
	tests/check_mime_tree \
	tests/check_msgtext \
	tests/check_msgtext_match \
	tests/check_mta_sts \
	tests/check_param \
	tests/check_preview \
	tests/check_proxy \
	tests/check_qp \
	tests/check_sasl \
	tests/check_sasl_oauth \
	tests/check_scram \
	tests/check_seqset \
	tests/check_smtp_client \
	tests/check_smtp_cmd \
	tests/check_smtp_data \
	tests/check_smtp_reply \
	tests/check_sort_keys \
	tests/check_span \
	tests/check_srs \
	tests/check_thread_list \
	tests/check_utf7

MAILD_CHECKS = \
	tests/check_auth \
	tests/check_auth_guard \
	tests/check_auth_hash \
	tests/check_auth_store \
	tests/check_conf \
	tests/check_conf_doc \
	tests/check_conf_reload \
	tests/check_ctl \
	tests/check_ctl_http \
	tests/check_dnsbl \
	tests/check_dsn \
	tests/check_engine \
	tests/check_engine_lmdb \
	tests/check_front \
	tests/check_imap \
	tests/check_imap_foreign \
	tests/check_imap_load \
	tests/check_imap_order \
	tests/check_inbound \
	tests/check_introspection \
	tests/check_log \
	tests/check_mail \
	tests/check_mail_ticket \
	tests/check_outbound_dane \
	tests/check_outbound_mx \
	tests/check_outbound_trouble \
	tests/check_queue_hop \
	tests/check_rates \
	tests/check_mt_priority \
	tests/check_require_tls \
	tests/check_roles \
	tests/check_roles_process \
	tests/check_route \
	tests/check_rspamd \
	tests/check_sandbox \
	tests/check_scfg \
	tests/check_session \
	tests/check_session_deflate \
	tests/check_smtp \
	tests/check_segment \
	tests/check_store_mailbox \
	tests/check_store_message \
	tests/check_store_model \
	tests/check_store_page \
	tests/check_store_queue \
	tests/check_store_quota \
	tests/check_store_series \
	tests/check_store_rows \
	tests/check_store_sorts \
	tests/check_store_sts \
	tests/check_store_uids \
	tests/check_store_user \
	tests/check_store_view \
	tests/check_submission \
	tests/check_tls_cert \
	tests/check_trace \
	tests/check_user_name \
	tests/check_xxh64

MAILCTL_CHECKS = \
	tests/check_answering \
	tests/check_autoconfig \
	tests/check_cmd \
	tests/check_compose \
	tests/check_html \
	tests/check_http_head \
	tests/check_login \
	tests/check_maildir_keywords \
	tests/check_maildir_name \
	tests/check_manifest \
	tests/check_mbox \
	tests/check_msgid \
	tests/check_opt \
	tests/check_out \
	tests/check_part \
	tests/check_permanent_flags \
	tests/check_progress \
	tests/check_query \
	tests/check_sync_state \
	tests/check_template \
	tests/check_term \
	tests/check_user_config \
	tests/check_words

FUZZ_TARGETS = \
	tests/fuzz_address \
	tests/fuzz_answering \
	tests/fuzz_auth_record \
	tests/fuzz_autoconfig \
	tests/fuzz_base64 \
	tests/fuzz_bodystructure \
	tests/fuzz_casefold \
	tests/fuzz_charset \
	tests/fuzz_conf \
	tests/fuzz_ctl \
	tests/fuzz_date \
	tests/fuzz_deflate \
	tests/fuzz_dkim \
	tests/fuzz_dnsbl \
	tests/fuzz_dsn_param \
	tests/fuzz_encword \
	tests/fuzz_envelope \
	tests/fuzz_front_imap \
	tests/fuzz_front_smtp \
	tests/fuzz_deliver_by \
	tests/fuzz_future_release \
	tests/fuzz_mt_priority \
	tests/fuzz_header \
	tests/fuzz_http_head \
	tests/fuzz_imap_client \
	tests/fuzz_imap_parse \
	tests/fuzz_imap_pattern \
	tests/fuzz_imap_resp \
	tests/fuzz_imap_session \
	tests/fuzz_imap_url \
	tests/fuzz_inbound \
	tests/fuzz_introspection \
	tests/fuzz_maildir_keywords \
	tests/fuzz_maildir_name \
	tests/fuzz_manifest \
	tests/fuzz_mbox \
	tests/fuzz_mime \
	tests/fuzz_mime_tree \
	tests/fuzz_msgtext \
	tests/fuzz_mta_sts \
	tests/fuzz_outbound_dane \
	tests/fuzz_outbound_mx \
	tests/fuzz_page \
	tests/fuzz_param \
	tests/fuzz_part \
	tests/fuzz_proxy \
	tests/fuzz_qp \
	tests/fuzz_queue \
	tests/fuzz_roles \
	tests/fuzz_rspamd \
	tests/fuzz_sasl \
	tests/fuzz_sasl_oauth \
	tests/fuzz_scfg \
	tests/fuzz_scram \
	tests/fuzz_seqset \
	tests/fuzz_segment \
	tests/fuzz_smtp_client \
	tests/fuzz_smtp_cmd \
	tests/fuzz_smtp_data \
	tests/fuzz_smtp_reply \
	tests/fuzz_smtp_session \
	tests/fuzz_sort_keys \
	tests/fuzz_srv \
	tests/fuzz_sync_state \
	tests/fuzz_srs \
	tests/fuzz_template \
	tests/fuzz_thread_list \
	tests/fuzz_utf7 \
	tests/fuzz_words

noinst_LIBRARIES += libfuzzmain.a
libfuzzmain_a_SOURCES = tests/fuzz_main.c

# Archives give main only to the programs that lack one: the fuzz targets.
LDADD = libmailctl.a $(MAILD_LIBS) $(FUZZ_MAIN) $(CURL_LIBS) $(EXPAT_LIBS) \
	$(RESOLV_LIBS) $(CHECK_LIBS)

if HAVE_CHECK
check_PROGRAMS += $(LIBMAILPROTO_CHECKS) $(MAILD_CHECKS) $(MAILCTL_CHECKS)
TESTS += $(LIBMAILPROTO_CHECKS) $(MAILD_CHECKS) $(MAILCTL_CHECKS)
endif
check_PROGRAMS += $(FUZZ_TARGETS)
TESTS += $(FUZZ_TARGETS) tests/capability-table tests/check-layering \
	tests/check-maild tests/check-man

AM_TESTS_ENVIRONMENT = top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir;

EXTRA_DIST += \
	.ci \
	scripts \
	tests/capability-table \
	tests/check-layering \
	tests/check-maild \
	tests/check-man \
	tests/check.h \
	tests/clients \
	tests/corpus \
	tests/ctl_harness.h \
	tests/engine_harness.h \
	tests/front_fake.h \
	tests/imap_grammar.h \
	tests/imap_world.h \
	tests/mail_world.h \
	tests/make-corpus \
	tests/mime_input.h \
	tests/store_harness.h \
	tests/transcripts

# Load generators of the benchmarks, and what the store alone takes.  The folder
# is not distributed whole: it would bring the objects of this build.
noinst_PROGRAMS += tests/bench/bench_store tests/bench/smtp_load \
	tests/bench/imap_load tests/bench/login_load
BENCH_LOAD = tests/bench/load_generator.c tests/bench/load_generator.h
tests_bench_bench_store_LDADD = $(MAILD_LIBS)
tests_bench_smtp_load_SOURCES = tests/bench/smtp_load.c $(BENCH_LOAD)
tests_bench_smtp_load_LDADD = $(MAILPROTO_LIBS)
tests_bench_imap_load_SOURCES = tests/bench/imap_load.c $(BENCH_LOAD)
tests_bench_imap_load_LDADD =
tests_bench_login_load_SOURCES = tests/bench/login_load.c $(BENCH_LOAD)
tests_bench_login_load_LDADD =
EXTRA_DIST += BENCHMARKS.md tests/bench/bench.py tests/bench/bounds.md \
	tests/bench/growth tests/bench/growth.png tests/bench/idle \
	tests/bench/imap tests/bench/indexing tests/bench/latency tests/bench/limit \
	tests/bench/lmtp tests/bench/load tests/bench/loads.py \
	tests/bench/logins tests/bench/queue tests/bench/resync \
	tests/bench/run-all tests/bench/submission tests/bench/sync \
	tests/bench/users
