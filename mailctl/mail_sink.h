/* SPDX-License-Identifier: ISC */
#ifndef MAILCTL_MAIL_SINK_H
#define MAILCTL_MAIL_SINK_H

#include <stdio.h>

#include "mailbox_index.h"
#include "maildir_keywords.h"
#include "maildir_name.h"

/*
 * Where export writes: an mbox file, a Maildir, or a folder of .eml files.
 * What is there already is known by UIDVALIDITY and UID and is not written
 * again; whatever interrupts it, opening it again goes on.
 */
struct mail_sink {
	const struct cmd *cmd;
	const struct mail_format *format;
	const char *path; /* "-": standard output, mbox only */
	const char *mailbox;
	uint32_t uidvalidity;
	struct seqset have; /* after mail_sink_open(): the UIDs there */
	/* private */
	FILE *file;
	char tag[MAILDIR_TAG_LEN + 1];
	struct maildir_keywords keywords;
};

/* Functions that return int give 0 or an exit code. */
int mail_sink_open(struct mail_sink *s);
int mail_sink_write(struct mail_sink *s, const struct index_message *m,
    struct span body);
/* All of it is durable. */
int mail_sink_close(struct mail_sink *s);

struct mail_format {
	const char *name;
	int (*open)(struct mail_sink *s);
	int (*write)(struct mail_sink *s, const struct index_message *m,
	    struct span body);
	int (*close)(struct mail_sink *s);
};

/* NULL: there is none of that name. */
const struct mail_format *mail_format_find(const char *name);

#endif
