/* SPDX-License-Identifier: ISC */
/*
 * A whole session on the memory engine, with a few messages to find.  The
 * input is what the client sends; a line "\x01" logs in as a second session,
 * to which what follows goes, or back.
 */
#include <assert.h>

#include "imap_world.h"

#define USER "test@localhost"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const messages[] = {
	"From: a@example.com\r\nSubject: one\r\n"
	"Date: Wed, 17 Jul 1996 02:23:25 -0700\r\n\r\nbody\r\n",
	"Subject: =?utf-8?q?caf=C3=A9?=\r\nMIME-Version: 1.0\r\n"
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
	"--b\r\n\r\ntext\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
	"Subject: inner\r\n\r\ninner\r\n--b--\r\n",
	"no colon\r\n\r\n",
};

static void
fill(struct world *w)
{
	static const struct span keyword = { "Work", 4 };

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		struct store_delivery d = { .flags = (uint32_t)i,
			.keyword = &keyword, .nkeywords = i % 2 };
		enum store_status st = world_deliver(w, USER, "INBOX",
		    span_str(messages[i]), &d, 1);

		assert(st == STORE_OK);
	}
}

static void
settle(struct world *w, struct peer *p)
{
	world_settle(w, USER);
	evbuffer_drain(bufferevent_get_input(p->bev), SIZE_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of((const char *)data, size), part;
	enum store_status st;
	struct world w;
	size_t i = 1;

	world_open(&w, engine_mem_open());
	st = world_add_user(&w, USER);
	assert(st == STORE_OK);
	fill(&w);
	while (span_split(&rest, '\x01', &part)) {
		if (w.peer[i].bev == NULL)
			world_login(&w, i, USER);
		bufferevent_write(w.peer[i].bev, part.p, part.n);
		settle(&w, &w.peer[i]);
		i = 3 - i;
	}
	world_close(&w);
	return 0;
}
