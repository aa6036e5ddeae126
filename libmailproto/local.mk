noinst_LIBRARIES += libmailproto.a
libmailproto_a_CPPFLAGS = $(AM_CPPFLAGS) $(SSL_CFLAGS) $(UTF8PROC_CFLAGS) \
	$(ZLIB_CFLAGS)
libmailproto_a_SOURCES = \
	libmailproto/address.c libmailproto/address.h \
	libmailproto/address_format.c \
	libmailproto/auth_results.c libmailproto/auth_results.h \
	libmailproto/base64.c libmailproto/base64.h \
	libmailproto/base_subject.c libmailproto/base_subject.h \
	libmailproto/bodystructure.c libmailproto/bodystructure.h \
	libmailproto/bodystructure_params.c \
	libmailproto/buf.c libmailproto/buf.h \
	libmailproto/casefold.c libmailproto/casefold.h \
	libmailproto/charset.c libmailproto/charset.h \
	libmailproto/charset_name.c libmailproto/charset_name.h \
	libmailproto/date.c libmailproto/date.h \
	libmailproto/date_parse.c \
	libmailproto/date_parts.h \
	libmailproto/encword.c libmailproto/encword.h \
	libmailproto/encword_encode.c \
	libmailproto/envelope.c libmailproto/envelope.h \
	libmailproto/header.c libmailproto/header.h \
	libmailproto/imap_client.c libmailproto/imap_client.h \
	libmailproto/imap_client_auth.c \
	libmailproto/imap_client_cmd.c \
	libmailproto/imap_client_deflate.c \
	libmailproto/imap_client_state.h \
	libmailproto/imap_envelope.c \
	libmailproto/imap_frame.c \
	libmailproto/imap_parse.c libmailproto/imap_parse.h \
	libmailproto/imap_pattern.c libmailproto/imap_pattern.h \
	libmailproto/imap_resp.c libmailproto/imap_resp.h \
	libmailproto/imap_resp_walk.c \
	libmailproto/imap_url.c libmailproto/imap_url.h \
	libmailproto/imap_write.c libmailproto/imap_write.h \
	libmailproto/lex.c libmailproto/lex.h \
	libmailproto/mailbox_addr.c \
	libmailproto/message_id.c libmailproto/message_id.h \
	libmailproto/mime.c libmailproto/mime.h \
	libmailproto/mime_parser.c \
	libmailproto/mime_tree.c \
	libmailproto/msgsrc.h \
	libmailproto/msgtext.c libmailproto/msgtext.h \
	libmailproto/msgtext_decode.c libmailproto/msgtext_decode.h \
	libmailproto/msgtext_match.c \
	libmailproto/mta_sts.c libmailproto/mta_sts.h \
	libmailproto/param.c libmailproto/param.h \
	libmailproto/param_decode.c \
	libmailproto/preview.c libmailproto/preview.h \
	libmailproto/proxy.c libmailproto/proxy.h \
	libmailproto/qp.c libmailproto/qp.h \
	libmailproto/sasl.c libmailproto/sasl.h \
	libmailproto/sasl_oauth.c libmailproto/sasl_oauth.h \
	libmailproto/sasl_scram.c libmailproto/sasl_scram.h \
	libmailproto/saslprep.c libmailproto/saslprep.h \
	libmailproto/scram.c libmailproto/scram.h \
	libmailproto/seqset.c libmailproto/seqset.h \
	libmailproto/smtp_client.c libmailproto/smtp_client.h \
	libmailproto/smtp_client_auth.c \
	libmailproto/smtp_client_mail.c \
	libmailproto/smtp_client_result.c \
	libmailproto/smtp_client_state.h \
	libmailproto/smtp_cmd.c libmailproto/smtp_cmd.h \
	libmailproto/body_kind.c libmailproto/body_kind.h \
	libmailproto/smtp_data.c libmailproto/smtp_data.h \
	libmailproto/dkim.c libmailproto/dkim.h \
	libmailproto/dkim_canon.c libmailproto/dkim_canon.h \
	libmailproto/dkim_key.c libmailproto/dkim_key.h \
	libmailproto/deliver_by.c libmailproto/deliver_by.h \
	libmailproto/dsn_param.c libmailproto/dsn_param.h \
	libmailproto/future_release.c libmailproto/future_release.h \
	libmailproto/mt_priority.c libmailproto/mt_priority.h \
	libmailproto/require_tls.c libmailproto/require_tls.h \
	libmailproto/smtp_reply.c libmailproto/smtp_reply.h \
	libmailproto/sort_keys.c libmailproto/sort_keys.h \
	libmailproto/span.c libmailproto/span.h \
	libmailproto/srs.c libmailproto/srs.h \
	libmailproto/thread_list.c libmailproto/thread_list.h \
	libmailproto/tls_binding.c libmailproto/tls_binding.h \
	libmailproto/utf7.c libmailproto/utf7.h \
	libmailproto/utf8.c libmailproto/utf8.h

# What a program that links libmailproto.a needs besides.
MAILPROTO_LIBS = libmailproto.a $(UTF8PROC_LIBS) $(SSL_LIBS) $(ZLIB_LIBS)
