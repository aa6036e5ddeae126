noinst_LIBRARIES += libmailproto.a
libmailproto_a_CPPFLAGS = $(AM_CPPFLAGS) $(UTF8PROC_CFLAGS)
libmailproto_a_SOURCES = \
	libmailproto/buf.c libmailproto/buf.h \
	libmailproto/header.c libmailproto/header.h \
	libmailproto/seqset.c libmailproto/seqset.h \
	libmailproto/span.c libmailproto/span.h

# What a program that links libmailproto.a needs besides.
MAILPROTO_LIBS = libmailproto.a $(UTF8PROC_LIBS) $(SSL_LIBS)
