/* SPDX-License-Identifier: ISC */
#include "mime.h"
#include "store_harness.h"

static struct box b;

/* ---- delivery ---- */

static const char text[] =
    "From: Bob <bob@example.org>\r\n"
    "Subject: hello\r\n"
    "Date: Thu, 1 Jan 1970 00:02:00 +0100\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=x\r\n"
    "\r\n"
    "--x\r\n"
    "\r\n"
    "one\r\n"
    "--x\r\n"
    "Content-Type: application/pdf\r\n"
    "\r\n"
    "two\r\n"
    "--x--\r\n";
static const char prefix[] = "Return-Path: <alice@example.org>\r\n";

static void
read_all(struct store_src *src, struct buf *out)
{
	struct span s;

	while (out->len < src->src.size) {
		ck_assert_int_eq(src->src.at(src->src.arg, out->len, &s), 0);
		ck_assert_uint_gt(s.n, 0);
		buf_add_span(out, s);
	}
	ck_assert_uint_eq(out->len, src->src.size);
}

static bool
contains(struct span s, const char *what)
{
	for (size_t i = 0; i < s.n; i++) {
		if (span_iprefix(span_sub(s, i, s.n), span_str(what)))
			return true;
	}
	return false;
}

static void
expect_meta(const struct store_cursor *c, const struct store_msg *m)
{
	struct store_meta meta, front;
	struct mime_tree tree = { 0 };

	ck_assert_int_eq(store_msg_meta(b.st, c, m, &meta), STORE_OK);
	ck_assert_uint_eq(meta.header_len,
	    (size_t)(strstr(text, "\r\n\r\n") - text) + 4 + sizeof(prefix) -
		1);
	ck_assert_int_eq(mime_tree_unpack(&tree, meta.tree), 0);
	ck_assert_uint_eq(tree.len, 3);
	ck_assert(span_eq(span_sub(meta.envelope, 0, 2), SPAN_LIT("(\"")));
	ck_assert(contains(meta.envelope, "\"hello\""));
	ck_assert(contains(meta.body, "\"mixed\""));
	ck_assert_uint_gt(meta.bodystructure.n, meta.body.n);
	mime_tree_clear(&tree);
	ck_assert_int_eq(store_msg_front(b.st, m, &front), STORE_OK);
	ck_assert_uint_eq(front.header_len, meta.header_len);
	ck_assert_uint_eq(front.header_sum, meta.header_sum);
	ck_assert_uint_eq(front.thread, meta.thread);
	ck_assert(span_eq(front.bodystructure, meta.bodystructure));
	ck_assert_uint_eq(front.envelope.n, 0);
}

/* Read alone, and found out when it is damaged. */
static void
expect_header(const struct store_cursor *c, const struct store_msg *m,
    struct span message)
{
	struct buf scratch = { 0 };
	struct store_meta meta;
	struct span header;

	ck_assert_int_eq(store_msg_meta(b.st, c, m, &meta), STORE_OK);
	ck_assert_int_eq(store_msg_header(b.st, c, m, &meta, &scratch, &header),
	    STORE_OK);
	ck_assert(span_eq(header, span_sub(message, 0, meta.header_len)));
	meta.header_sum++;
	ck_assert_int_eq(store_msg_header(b.st, c, m, &meta, &scratch, &header),
	    STORE_UNAVAILABLE);
	buf_free(&scratch);
}

START_TEST(a_message_comes_back_as_it_was_given)
{
	struct store_mailbox inbox;
	struct store_delivery d = { .flags = STORE_FLAGGED,
		.internaldate = { 1000, -300 },
		.prefix = span_of(prefix, sizeof(prefix) - 1) };
	struct store_cursor c = { .columns = STORE_HOT | STORE_COLD };
	struct store_msg m;
	struct store_src src;
	struct buf got = { 0 };

	box_start(&b, _i);
	inbox = box_mailbox(&b, "INBOX");
	d.mailbox = c.mailbox = inbox;
	d.message = box_message(&b, text);
	ck_assert_uint_eq(store_message_size(d.message), sizeof(text) - 1);
	ck_assert_int_eq(box_call(&b, store_deliver(b.st, &d, 1, box_delivered,
					  &b)),
	    STORE_OK);
	store_message_free(d.message);
	ck_assert_uint_eq(b.delivered[0].uid, 1);
	ck_assert_uint_eq(b.delivered[0].uidvalidity,
	    box_counts(&b, inbox).uidvalidity);
	store_begin(b.st);
	ck_assert_int_eq(store_msg_get(b.st, &c, 1, &m), STORE_OK);
	ck_assert_uint_eq(m.flags.system, STORE_FLAGGED);
	ck_assert_uint_eq(m.size, sizeof(text) - 1 + sizeof(prefix) - 1);
	ck_assert_int_eq(m.internaldate.sec, 1000);
	ck_assert_int_eq(m.internaldate.zone, -300);
	ck_assert_int_eq(m.sent, 120 - 3600);
	ck_assert_int_gt(m.savedate, 1000000000);
	expect_meta(&c, &m);
	store_msg_src(b.st, &c, &m, &src);
	read_all(&src, &got);
	expect_header(&c, &m, buf_span(&got));
	ck_assert_int_eq(memcmp(got.data, prefix, sizeof(prefix) - 1), 0);
	ck_assert_int_eq(memcmp(got.data + sizeof(prefix) - 1, text,
			     sizeof(text) - 1), 0);
	ck_assert_int_eq(store_msg_get(b.st, &c, 2, &m), STORE_NONEXISTENT);
	store_cursor_end(&c);
	store_end(b.st);
	buf_free(&got);
	box_stop(&b);
}
END_TEST

START_TEST(one_message_for_many_is_stored_once)
{
	struct store_mailbox box[3];
	struct store_delivery d[4];
	struct store_msg m[4];
	struct store_message *msg;

	box_start(&b, _i);
	box[0] = box_mailbox(&b, "INBOX");
	box[1] = box_mailbox(&b, "Sent");
	box[2] = box_mailbox(&b, "Junk");
	msg = box_message(&b, text);
	for (size_t i = 0; i < 4; i++)
		d[i] = (struct store_delivery){ .message = msg,
			.mailbox = box[i % 3] };
	ck_assert_int_eq(box_call(&b, store_deliver(b.st, d, 4, box_delivered,
					  &b)),
	    STORE_OK);
	/* And again, alone: the same bytes. */
	ck_assert_int_eq(box_call(&b, store_deliver(b.st, d, 1, box_delivered,
					  &b)),
	    STORE_OK);
	store_message_free(msg);
	store_begin(b.st);
	for (size_t i = 0; i < 4; i++) {
		struct store_cursor c = { .mailbox = box[i % 3],
			.columns = STORE_COLD };

		ck_assert_int_eq(store_msg_get(b.st, &c, i < 3 ? 1 : 3, &m[i]),
		    STORE_OK);
		ck_assert_uint_eq(m[i].blob, m[0].blob);
		store_cursor_end(&c);
	}
	store_end(b.st);
	ck_assert_uint_eq(box_counts(&b, box[0]).messages, 3);
	box_stop(&b);
}
END_TEST

START_TEST(a_failed_delivery_leaves_nothing)
{
	struct store_mailbox inbox, gone;
	struct store_delivery d[2];
	struct store_message *msg;

	box_start(&b, _i);
	inbox = box_mailbox(&b, "INBOX");
	gone = box_create(&b, "gone");
	msg = box_message(&b, text);
	d[0] = (struct store_delivery){ .message = msg, .mailbox = inbox };
	d[1] = (struct store_delivery){ .message = msg, .mailbox = gone };
	ck_assert_int_eq(box_call(&b, store_mailbox_delete(b.st, &b.user,
					  SPAN_LIT("gone"), box_done, &b)),
	    STORE_OK);
	ck_assert_int_eq(box_call(&b, store_deliver(b.st, d, 2, box_delivered,
					  &b)),
	    STORE_NONEXISTENT);
	ck_assert_uint_eq(box_counts(&b, inbox).messages, 0);
	ck_assert_uint_eq(box_counts(&b, inbox).uidnext, 1);
	/* The message is still good for those who are there. */
	ck_assert_int_eq(box_call(&b, store_deliver(b.st, d, 1, box_delivered,
					  &b)),
	    STORE_OK);
	store_message_free(msg);
	ck_assert_uint_eq(box_counts(&b, inbox).messages, 1);
	box_stop(&b);
}
END_TEST

START_TEST(a_full_store_refuses_mail_and_takes_deletes)
{
	struct store_mailbox inbox;
	struct store_delivery d;

	box_start(&b, HARNESS_MEM);
	inbox = box_mailbox(&b, "INBOX");
	box_deliver(&b, inbox, STORE_DELETED, 3);
	d = (struct store_delivery){ .message = box_message(&b, text),
		.mailbox = inbox };
	engine_mem_fail(b.h.e, 1, ENGINE_FULL);
	ck_assert_int_eq(box_call(&b, store_deliver(b.st, &d, 1, box_delivered,
					  &b)),
	    STORE_FULL);
	ck_assert_uint_eq(box_counts(&b, inbox).messages, 3);
	ck_assert_int_eq(box_expunge(&b, inbox, "1:*"), STORE_OK);
	engine_mem_fail(b.h.e, 1, ENGINE_OK);
	ck_assert_int_eq(box_call(&b, store_deliver(b.st, &d, 1, box_delivered,
					  &b)),
	    STORE_OK);
	ck_assert_uint_eq(b.delivered[0].uid, 4);
	engine_mem_fail(b.h.e, 1, ENGINE_IO);
	ck_assert_int_eq(box_call(&b, store_deliver(b.st, &d, 1, box_delivered,
					  &b)),
	    STORE_UNAVAILABLE);
	engine_mem_fail(b.h.e, 1, ENGINE_OK);
	ck_assert_int_eq(box_flags(&b, inbox, "4", STORE_FLAGS_ADD, STORE_SEEN,
			     NULL), STORE_UNAVAILABLE);
	box_expect(&b, inbox, "4:0 ");
	store_message_free(d.message);
	box_stop(&b);
}
END_TEST

START_TEST(a_prefix_has_a_limit)
{
	struct store_delivery d = { 0 };
	char *p = xcalloc(5000, 1);

	memset(p, 'a', 5000);
	box_start(&b, HARNESS_MEM);
	d.mailbox = box_mailbox(&b, "INBOX");
	d.message = box_message(&b, text);
	d.prefix = span_of(p, 4096);
	ck_assert_int_eq(box_call(&b, store_deliver(b.st, &d, 1, box_delivered,
					  &b)),
	    STORE_OK);
	d.prefix = span_of(p, 4097);
	ck_assert_int_eq(box_call(&b, store_deliver(b.st, &d, 1, box_delivered,
					  &b)),
	    STORE_LIMIT);
	store_message_free(d.message);
	free(p);
	box_stop(&b);
}
END_TEST

START_TEST(a_large_message_streams)
{
	struct store_delivery d = { 0 };
	struct store_cursor c = { .columns = STORE_COLD };
	char *piece = xmalloc(50000);
	struct store_src src;
	struct store_msg m;
	struct span s;
	uint64_t off = 0, n = 0;

	memset(piece, 'x', 50000);
	box_start(&b, _i);
	d.mailbox = c.mailbox = box_mailbox(&b, "INBOX");
	d.message = store_message_new(b.st, NULL, NULL);
	store_message_write(d.message, SPAN_LIT("Subject: big\r\n\r\n"));
	for (int i = 0; i < 200; i++) {
		while (!store_message_write(d.message, span_of(piece, 50000)) &&
		    n++ == 0)
			box_dispatch(&b);
	}
	ck_assert_int_eq(store_message_finish(d.message), STORE_OK);
	off = store_message_size(d.message);
	ck_assert_int_eq(box_call(&b, store_deliver(b.st, &d, 1, box_delivered,
					  &b)),
	    STORE_OK);
	store_message_free(d.message);
	store_begin(b.st);
	ck_assert_int_eq(store_msg_get(b.st, &c, 1, &m), STORE_OK);
	ck_assert_uint_eq(m.size, off);
	store_msg_src(b.st, &c, &m, &src);
	for (off = 0; off < m.size; off += s.n)
		ck_assert_int_eq(src.src.at(src.src.arg, off, &s), 0);
	store_cursor_end(&c);
	store_end(b.st);
	free(piece);
	box_stop(&b);
}
END_TEST

/* ---- flags ---- */

START_TEST(flags_are_set_added_and_removed)
{
	struct store_mailbox m;
	struct store_counts c;
	uint64_t modseq;

	box_start(&b, _i);
	m = box_mailbox(&b, "INBOX");
	box_deliver(&b, m, 0, 5);
	ck_assert_int_eq(box_flags(&b, m, "2,4", STORE_FLAGS_ADD, STORE_SEEN,
			     "$Work"), STORE_OK);
	box_set_eq(&b.changed.done, "2,4");
	box_expect(&b, m, "1:0 2:1,$Work 3:0 4:1,$Work 5:0 ");
	modseq = b.changed.last_modseq;
	ck_assert_uint_eq(box_counts(&b, m).modseq, modseq);
	ck_assert_uint_eq(box_counts(&b, m).unseen, 3);
	ck_assert_int_eq(box_flags(&b, m, "1:4,7", STORE_FLAGS_SET,
			     STORE_DELETED, "two"), STORE_OK);
	box_expect(&b, m, "1:8,two 2:8,two 3:8,two 4:8,two 5:0 ");
	box_set_eq(&b.changed.missing, "7");
	ck_assert_uint_gt(b.changed.first_modseq, modseq);
	c = box_counts(&b, m);
	ck_assert_uint_eq(c.deleted, 4);
	ck_assert_uint_eq(c.unseen, 5);
	ck_assert_int_eq(box_flags(&b, m, "1", STORE_FLAGS_REMOVE,
			     STORE_DELETED | STORE_SEEN, "TWO"), STORE_OK);
	ck_assert_int_eq(box_flags(&b, m, "2", STORE_FLAGS_REMOVE, 0,
			     "never-was"), STORE_OK);
	ck_assert_uint_eq(b.changed.first_modseq, 0);
	box_set_eq(&b.changed.done, "2");
	box_expect(&b, m, "1:0 2:8,two 3:8,two 4:8,two 5:0 ");
	/* What stays as it is gets no MODSEQ. */
	modseq = box_counts(&b, m).modseq;
	ck_assert_int_eq(box_flags(&b, m, "1:*", STORE_FLAGS_REMOVE,
			     STORE_SEEN, NULL), STORE_OK);
	ck_assert_uint_eq(box_counts(&b, m).modseq, modseq);
	ck_assert_int_eq(box_flags(&b, m, "9", STORE_FLAGS_ADD, STORE_SEEN,
			     NULL), STORE_OK);
	box_set_eq(&b.changed.missing, "9");
	box_stop(&b);
}
END_TEST

START_TEST(unchangedsince_leaves_what_is_newer)
{
	struct store_flag_change change = { .op = STORE_FLAGS_ADD,
		.system = STORE_FLAGGED };
	struct store_mailbox m;
	struct seqset set = box_set("1:4");

	box_start(&b, _i);
	m = box_mailbox(&b, "INBOX");
	box_deliver(&b, m, 0, 3);
	change.unchangedsince = box_counts(&b, m).modseq;
	ck_assert_int_eq(box_flags(&b, m, "2", STORE_FLAGS_ADD, STORE_SEEN,
			     NULL), STORE_OK);
	store_change_flags(b.st, &m, &set, &change, box_changed, &b);
	box_wait(&b);
	ck_assert_int_eq(b.status, STORE_OK);
	box_set_eq(&b.changed.done, "1,3");
	box_set_eq(&b.changed.modified, "2");
	box_set_eq(&b.changed.missing, "4");
	box_expect(&b, m, "1:4 2:1 3:4 ");
	seqset_clear(&set);
	box_stop(&b);
}
END_TEST

START_TEST(keywords_have_limits)
{
	struct store_mailbox m, other;
	struct store_keywords kw;
	char name[STORE_KEYWORD_MAX + 2];

	box_start(&b, _i);
	m = box_mailbox(&b, "INBOX");
	box_deliver(&b, m, 0, 2);
	for (int i = 0; i < STORE_KEYWORDS_MAX; i++) {
		snprintf(name, sizeof(name), "kw%d", i);
		ck_assert_int_eq(box_flags(&b, m, "1", STORE_FLAGS_ADD, 0,
				     name), STORE_OK);
	}
	ck_assert_int_eq(box_flags(&b, m, "1", STORE_FLAGS_ADD, 0, "more"),
	    STORE_LIMIT);
	ck_assert_int_eq(box_flags(&b, m, "2", STORE_FLAGS_ADD, 0, "KW255"),
	    STORE_OK);
	ck_assert_int_eq(box_flags(&b, m, "1", STORE_FLAGS_ADD, 0, "a b"),
	    STORE_CANNOT);
	ck_assert_int_eq(box_flags(&b, m, "1", STORE_FLAGS_ADD, 0, "\\x"),
	    STORE_CANNOT);
	memset(name, 'k', sizeof(name));
	name[STORE_KEYWORD_MAX + 1] = '\0';
	ck_assert_int_eq(box_flags(&b, m, "1", STORE_FLAGS_ADD, 0, name),
	    STORE_LIMIT);
	store_begin(b.st);
	ck_assert_int_eq(store_mailbox_keywords(b.st, &m, &kw), STORE_OK);
	ck_assert_uint_eq(kw.len, STORE_KEYWORDS_MAX);
	ck_span_eq(kw.name[200], "kw200");
	store_end(b.st);
	other = box_create(&b, "other");
	box_deliver(&b, other, 0, 1);
	ck_assert_int_eq(box_flags(&b, other, "1", STORE_FLAGS_ADD, 0, "own"),
	    STORE_OK);
	ck_assert_int_eq(box_copy(&b, m, "2", other, false), STORE_OK);
	box_expect(&b, other, "1:0,own 2:0,kw255 ");
	ck_assert_int_eq(box_copy(&b, m, "1", other, false), STORE_LIMIT);
	box_expect(&b, other, "1:0,own 2:0,kw255 ");
	ck_assert_int_eq(box_flags(&b, m, "1", STORE_FLAGS_REMOVE, 0, "kw1"),
	    STORE_OK);
	ck_assert_int_eq(box_copy(&b, m, "1", other, false), STORE_OK);
	box_stop(&b);
}
END_TEST

/* ---- expunge, copy, move ---- */

START_TEST(expunge_takes_the_deleted_ones)
{
	struct store_mailbox m;
	struct store_counts before, after;
	struct seqset gone = { 0 };

	box_start(&b, _i);
	m = box_mailbox(&b, "INBOX");
	box_deliver(&b, m, 0, 9);
	ck_assert_int_eq(box_flags(&b, m, "2,4:6,9", STORE_FLAGS_ADD,
			     STORE_DELETED, NULL), STORE_OK);
	before = box_counts(&b, m);
	ck_assert_int_eq(box_expunge(&b, m, "1:4"), STORE_OK);
	box_set_eq(&b.changed.done, "2,4");
	store_expunge(b.st, &m, NULL, box_changed, &b);
	box_wait(&b);
	box_set_eq(&b.changed.done, "5:6,9");
	box_expect(&b, m, "1:0 3:0 7:0 8:0 ");
	after = box_counts(&b, m);
	ck_assert_uint_eq(after.messages, 4);
	ck_assert_uint_eq(after.deleted, 0);
	ck_assert_uint_eq(after.unseen, 4);
	ck_assert_uint_eq(after.size, before.size / 9 * 4);
	ck_assert_uint_eq(after.uidnext, 10);
	ck_assert_uint_gt(after.modseq, before.modseq);
	ck_assert_int_eq(store_expunged(b.st, &m, before.modseq, &gone),
	    STORE_OK);
	box_set_eq(&gone, "2,4:6,9");
	seqset_clear(&gone);
	ck_assert_int_eq(store_expunged(b.st, &m, before.modseq + 1, &gone),
	    STORE_OK);
	box_set_eq(&gone, "5:6,9");
	seqset_clear(&gone);
	ck_assert_uint_eq(box_deliver(&b, m, 0, 1), 10);
	ck_assert_int_eq(box_expunge(&b, m, "1:*"), STORE_OK);
	ck_assert_uint_eq(b.changed.last_modseq, 0);
	box_stop(&b);
}
END_TEST

/* So that what asks for it can let others have their turn. */
START_TEST(deleted_sizes_are_added_page_by_page)
{
	struct store_mailbox m;
	uint32_t from = 1;
	uint64_t sum = 0, one;
	unsigned calls = 0;

	box_start(&b, HARNESS_MEM);
	m = box_mailbox(&b, "INBOX");
	box_deliver(&b, m, 0, 1);
	one = box_counts(&b, m).size;
	ck_assert_int_eq(store_deleted_size(b.st, &m, &from, &sum), STORE_OK);
	ck_assert_uint_eq(from, 0);
	ck_assert_uint_eq(sum, 0);
	box_deliver(&b, m, STORE_DELETED, 1000);
	for (from = 1; from > 0; calls++)
		ck_assert_int_eq(store_deleted_size(b.st, &m, &from, &sum),
		    STORE_OK);
	ck_assert_uint_ge(calls, 5);
	ck_assert_uint_eq(sum, 1000 * one);
	box_stop(&b);
}
END_TEST

START_TEST(many_expunges_are_remembered_in_few_records)
{
	struct store_mailbox m;
	uint64_t modseq[300];
	struct seqset gone = { 0 };
	char uid[16];

	box_start(&b, HARNESS_MEM);
	m = box_mailbox(&b, "INBOX");
	box_deliver(&b, m, STORE_DELETED, 400);
	for (uint32_t i = 0; i < 300; i++) {
		snprintf(uid, sizeof(uid), "%u", i + 1);
		modseq[i] = box_counts(&b, m).modseq;
		ck_assert_int_eq(box_expunge(&b, m, uid), STORE_OK);
	}
	for (uint32_t i = 0; i < 300; i++) {
		ck_assert_int_eq(store_expunged(b.st, &m, modseq[i], &gone),
		    STORE_OK);
		/* All since, and perhaps some before. */
		for (uint32_t uid_n = i + 1; uid_n <= 300; uid_n++)
			ck_assert(seqset_has(&gone, uid_n));
		ck_assert(!seqset_has(&gone, 301));
		if (i > 270)
			ck_assert(!seqset_has(&gone, i));
		seqset_clear(&gone);
	}
	ck_assert_uint_eq(box_counts(&b, m).messages, 100);
	box_stop(&b);
}
END_TEST

START_TEST(copies_pair_up_and_keep_all_but_the_uid)
{
	struct store_mailbox from, to;
	struct store_cursor c = { .columns = STORE_HOT | STORE_COLD };
	struct store_msg one, two;

	box_start(&b, _i);
	from = box_mailbox(&b, "INBOX");
	to = box_mailbox(&b, "Archive");
	box_deliver(&b, from, STORE_ANSWERED, 5);
	box_deliver(&b, to, 0, 2);
	ck_assert_int_eq(box_flags(&b, from, "2", STORE_FLAGS_ADD, 0, "x"),
	    STORE_OK);
	ck_assert_int_eq(box_copy(&b, from, "2,4,7", to, false), STORE_OK);
	box_set_eq(&b.changed.source, "2,4");
	box_set_eq(&b.changed.copy, "3:4");
	box_set_eq(&b.changed.missing, "7");
	ck_assert_uint_eq(b.changed.uidvalidity,
	    box_counts(&b, to).uidvalidity);
	box_expect(&b, to, "1:0 2:0 3:2,x 4:2 ");
	ck_assert_uint_eq(box_counts(&b, from).messages, 5);
	store_begin(b.st);
	c.mailbox = from;
	ck_assert_int_eq(store_msg_get(b.st, &c, 2, &one), STORE_OK);
	store_cursor_end(&c);
	c.mailbox = to;
	ck_assert_int_eq(store_msg_get(b.st, &c, 3, &two), STORE_OK);
	store_cursor_end(&c);
	store_end(b.st);
	ck_assert_uint_eq(one.blob, two.blob);
	ck_assert_uint_eq(one.size, two.size);
	ck_assert_int_eq(one.sent, two.sent);
	ck_assert_int_eq(one.internaldate.sec, two.internaldate.sec);
	box_stop(&b);
}
END_TEST

START_TEST(move_takes_and_gives)
{
	struct store_mailbox from, to;
	struct store_counts before;

	box_start(&b, _i);
	from = box_mailbox(&b, "INBOX");
	to = box_mailbox(&b, "Archive");
	box_deliver(&b, from, 0, 6);
	before = box_counts(&b, from);
	ck_assert_int_eq(box_copy(&b, from, "2:3,6", to, true), STORE_OK);
	box_set_eq(&b.changed.source, "2:3,6");
	box_set_eq(&b.changed.copy, "1:3");
	box_expect(&b, from, "1:0 4:0 5:0 ");
	box_expect(&b, to, "1:0 2:0 3:0 ");
	ck_assert_uint_eq(box_counts(&b, from).size +
		box_counts(&b, to).size, before.size);
	ck_assert_int_eq(box_copy(&b, from, "1:*", from, true), STORE_OK);
	box_set_eq(&b.changed.source, "1,4:5");
	box_set_eq(&b.changed.copy, "7:9");
	box_expect(&b, from, "7:0 8:0 9:0 ");
	ck_assert_int_eq(box_copy(&b, from, "8", from, false), STORE_OK);
	box_expect(&b, from, "7:0 8:0 9:0 10:0 ");
	box_stop(&b);
}
END_TEST

/* ---- a copy's prefix, recent ---- */

START_TEST(a_prefix_goes_with_its_message)
{
	struct store_delivery d = { .prefix = span_of(prefix,
		sizeof(prefix) - 1) };
	struct store_cursor c = { .columns = STORE_COLD };
	struct store_src src;
	struct store_msg m;
	struct buf got = { 0 };

	box_start(&b, _i);
	d.mailbox = box_mailbox(&b, "INBOX");
	d.message = box_message(&b, text);
	ck_assert_int_eq(box_call(&b, store_deliver(b.st, &d, 1, box_delivered,
					  &b)),
	    STORE_OK);
	store_message_free(d.message);
	c.mailbox = box_mailbox(&b, "Archive");
	ck_assert_int_eq(box_copy(&b, d.mailbox, "1", c.mailbox, true),
	    STORE_OK);
	store_begin(b.st);
	ck_assert_int_eq(store_msg_get(b.st, &c, 1, &m), STORE_OK);
	store_msg_src(b.st, &c, &m, &src);
	read_all(&src, &got);
	ck_assert_int_eq(memcmp(got.data, prefix, sizeof(prefix) - 1), 0);
	store_cursor_end(&c);
	store_end(b.st);
	buf_free(&got);
	box_stop(&b);
}
END_TEST

START_TEST(recent_is_for_the_first_who_asks)
{
	struct store_mailbox m;

	box_start(&b, _i);
	m = box_mailbox(&b, "INBOX");
	ck_assert_uint_eq(store_recent(b.st, &m, true), 1);
	box_deliver(&b, m, 0, 3);
	ck_assert_uint_eq(box_counts(&b, m).recent, 3);
	ck_assert_uint_eq(store_recent(b.st, &m, false), 1);
	ck_assert_uint_eq(store_recent(b.st, &m, true), 1);
	ck_assert_uint_eq(store_recent(b.st, &m, true), 4);
	box_deliver(&b, m, STORE_DELETED, 2);
	ck_assert_uint_eq(box_counts(&b, m).recent, 2);
	ck_assert_uint_eq(store_recent(b.st, &m, false), 4);
	ck_assert_int_eq(box_expunge(&b, m, "4"), STORE_OK);
	ck_assert_uint_eq(box_counts(&b, m).recent, 1);
	ck_assert_uint_eq(store_recent(b.st, &m, true), 4);
	box_deliver(&b, m, 0, 1);
	ck_assert_uint_eq(box_counts(&b, m).recent, 1);
	ck_assert_uint_eq(store_recent(b.st, &m, false), 6);
	box_stop(&b);
}
END_TEST

static void
add(TCase *tc)
{
	int n = HARNESS_ENGINES;

	tcase_add_loop_test(tc, a_message_comes_back_as_it_was_given, 0, n);
	tcase_add_loop_test(tc, one_message_for_many_is_stored_once, 0, n);
	tcase_add_loop_test(tc, a_failed_delivery_leaves_nothing, 0, n);
	tcase_add_test(tc, a_full_store_refuses_mail_and_takes_deletes);
	tcase_add_test(tc, a_prefix_has_a_limit);
	tcase_add_loop_test(tc, a_large_message_streams, 0, n);
	tcase_add_loop_test(tc, flags_are_set_added_and_removed, 0, n);
	tcase_add_loop_test(tc, unchangedsince_leaves_what_is_newer, 0, n);
	tcase_add_loop_test(tc, keywords_have_limits, 0, n);
	tcase_add_loop_test(tc, expunge_takes_the_deleted_ones, 0, n);
	tcase_add_test(tc, deleted_sizes_are_added_page_by_page);
	tcase_add_test(tc, many_expunges_are_remembered_in_few_records);
	tcase_add_loop_test(tc, copies_pair_up_and_keep_all_but_the_uid, 0, n);
	tcase_add_loop_test(tc, move_takes_and_gives, 0, n);
	tcase_add_loop_test(tc, a_prefix_goes_with_its_message, 0, n);
	tcase_add_loop_test(tc, recent_is_for_the_first_who_asks, 0, n);
}

int
main(void)
{
	return check_run("store_message", add);
}
