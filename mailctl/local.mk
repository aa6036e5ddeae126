# All of mailctl but main.c is in one archive, so that the tests link it.
noinst_LIBRARIES += libmailctl.a
libmailctl_a_CPPFLAGS = $(AM_CPPFLAGS) \
	$(CURL_CFLAGS) $(JANSSON_CFLAGS) $(SSL_CFLAGS)
libmailctl_a_SOURCES = \
	mailctl/cmd.h

bin_PROGRAMS += mailctl/mailctl
mailctl_mailctl_CPPFLAGS = $(libmailctl_a_CPPFLAGS)
mailctl_mailctl_SOURCES = mailctl/main.c
mailctl_mailctl_LDADD = $(MAILPROTO_LIBS) $(CURL_LIBS) $(JANSSON_LIBS)
