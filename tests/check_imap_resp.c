/* SPDX-License-Identifier: ISC */
#include "check.h"
#include "imap_resp.h"

/* Small limits: 256 bytes of response, 64 of literal. */
static const struct imap_limits limits = { 256, 64, 0 };

static const char *const type_name[] = {
	[IMAP_RESP_OK] = "OK",
	[IMAP_RESP_NO] = "NO",
	[IMAP_RESP_BAD] = "BAD",
	[IMAP_RESP_BYE] = "BYE",
	[IMAP_RESP_PREAUTH] = "PREAUTH",
	[IMAP_RESP_EXISTS] = "EXISTS",
	[IMAP_RESP_RECENT] = "RECENT",
	[IMAP_RESP_EXPUNGE] = "EXPUNGE",
	[IMAP_RESP_FETCH] = "FETCH",
	[IMAP_RESP_CAPABILITY] = "CAPABILITY",
	[IMAP_RESP_FLAGS] = "FLAGS",
	[IMAP_RESP_LIST] = "LIST",
	[IMAP_RESP_STATUS] = "STATUS",
	[IMAP_RESP_SEARCH] = "SEARCH",
	[IMAP_RESP_ESEARCH] = "ESEARCH",
	[IMAP_RESP_OTHER] = "OTHER",
};

/* Each response on a line: its kind and type, then what a walk finds. */
static const struct {
	const char *in, *want;
} responses[] = {
	/* status */
	{ "* OK ready\r\n", "* OK 'ready'\n" },
	{ "a1 OK done\r\n", "a1 OK 'done'\n" },
	{ "a1 no [TRYCREATE] Mailbox\r\n", "a1 NO code=22[]0 'Mailbox'\n" },
	{ "a1 OK [APPENDUID 38505 3955] ok\r\n",
	    "a1 OK code=4[38505 3955]38505 'ok'\n" },
	{ "* OK [UIDVALIDITY 7]\r\n", "* OK code=24[7]7 ''\n" },
	{ "* OK [HIGHESTMODSEQ 9] \r\n", "* OK code=11[9]9 ''\n" },
	{ "a1 OK [MESSAGELIMIT 1000 23] part\r\n",
	    "a1 OK code=14[1000 23]1000 'part'\n" },
	{ "* OK [X-NEW (a \"b\")] t\r\n", "* OK code=1[(a \"b\")]0 't'\n" },
	{ "* OK [not closed\r\n", "* OK '[not closed'\n" },
	{ "* OK\r\n", "* OK ''\n" },
	{ "* BYE [UNAVAILABLE] \r\n", "* BYE code=25[]0 ''\n" },
	{ "* PREAUTH hi\r\n", "* PREAUTH 'hi'\n" },
	{ "* OK ends in {5}\r\n* OK b\r\n", "* OK 'ends in {5}'\n* OK 'b'\n" },
	{ "a OK x{99999}\r\na OK \"(((\r\n", "a OK 'x{99999}'\na OK '\"((('\n" },
	{ "+ idling {3}\r\n+\r\n+ \r\n+text\r\n",
	    "+ 'idling {3}'\n+ ''\n+ ''\n+ 'text'\n" },
	/* numbers, words */
	{ "* 23 EXISTS\r\n* 0 RECENT\r\n* 4 EXPUNGE\r\n",
	    "* 23 EXISTS\n* RECENT\n* 4 EXPUNGE\n" },
	{ "* CAPABILITY IMAP4rev1  LITERAL+ \r\n",
	    "* CAPABILITY <IMAP4rev1><LITERAL+>\n" },
	{ "* FLAGS (\\Seen $Junk)\r\n", "* FLAGS <\\Seen><$Junk>\n" },
	{ "* FLAGS ()\r\n", "* FLAGS\n" },
	{ "* 5 X-NEW y\r\n* ID NIL\r\n", "* 5 OTHER X-NEW\n* OTHER ID\n" },
	{ "* 4294967296 EXISTS\r\n", "* OTHER 4294967296\n" },
	/* mailboxes */
	{ "* LIST (\\HasNoChildren \\Sent) \"/\" \"Sent Items\"\r\n",
	    "* LIST / 'Sent Items' <\\HasNoChildren><\\Sent>\n" },
	{ "* LIST () NIL INBOX\r\n", "* LIST - 'INBOX'\n" },
	{ "* LIST () \"\\\\\" {5}\r\na\"\\b\r\r\n",
	    "* LIST \\ 'a\"\\b\r'\n" },
	{ "* LIST () \"/\" a (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n",
	    "* LIST / 'a'\n" },
	{ "* STATUS \"a \\\"b\" (MESSAGES 3 UIDNEXT 12)\r\n",
	    "* STATUS 'a \"b' <MESSAGES=3><UIDNEXT=12>\n" },
	{ "* STATUS a () \r\n", "* STATUS 'a'\n" },
	/* searches */
	{ "* SEARCH 2 3 6\r\n* SEARCH\r\n* SEARCH \r\n",
	    "* SEARCH 2,3,6,\n* SEARCH\n* SEARCH\n" },
	{ "* SEARCH 2 5 (MODSEQ 917162500)\r\n", "* SEARCH 2,5,\n" },
	{ "* ESEARCH (TAG \"a1\") UID MIN 2 ALL 2,10:11\r\n",
	    "* of a1 ESEARCH uid <MIN=2><ALL=2,10:11>\n" },
	{ "* ESEARCH (TAG \"a1\")\r\n", "* of a1 ESEARCH\n" },
	{ "* ESEARCH (x y) COUNT 1\r\n", "* ESEARCH <COUNT=1>\n" },
	{ "* ESEARCH COUNT 5\r\n", "* ESEARCH <COUNT=5>\n" },
	/* fetches */
	{ "* 1 FETCH (UID 5 FLAGS (\\Seen \\Answered))\r\n",
	    "* 1 FETCH <0 UID [] 5 5><2 FLAGS [] (\\Seen \\Answered) 0>\n" },
	{ "* 1 FETCH (FLAGS () RFC822.SIZE 4096)\r\n",
	    "* 1 FETCH <2 FLAGS [] () 0><1 RFC822.SIZE [] 4096 4096>\n" },
	{ "* 1 FETCH (BODY[] {5}\r\na)\r\n( UID 9)\r\n",
	    "* 1 FETCH <5 BODY [] a)\r\n( 0><0 UID [] 9 9>\n" },
	{ "* 1 FETCH (BODY[1.2.HEADER.FIELDS (To \"a]\")]<100> \"x\\\"y\")\r\n",
	    "* 1 FETCH <5 BODY [1.2.HEADER.FIELDS (To \"a]\")] x\"y 100>\n" },
	{ "* 1 FETCH (BODY[TEXT] NIL)\r\n",
	    "* 1 FETCH <5 BODY [TEXT] (nil) 0>\n" },
	{ "* 1 FETCH (BODY (\"a\" {1}\r\n) (NIL)) X (1 (2)) Y z)\r\n",
	    "* 1 FETCH <6 BODY [] (\"a\" {1}\r\n) (NIL)) 0>"
	    "<6 X [] (1 (2)) 0><6 Y [] z 0>\n" },
	{ "* 1 FETCH (BINARY[1] ~{3}\r\na\nb INTERNALDATE \"x\")\r\n",
	    "* 1 FETCH <6 BINARY [1] ~{3}\r\na\nb 0>"
	    "<3 INTERNALDATE [] x 0>\n" },
	{ "* 1 FETCH ()\r\n", "* 1 FETCH\n" },
	/* what cannot be read */
	{ "\r\n", "invalid\n" },
	{ "*\r\n", "invalid\n" },
	{ "* \r\n", "invalid\n" },
	{ "*OK\r\n", "invalid\n" },
	{ "* 5 EXISTS x\r\n", "invalid\n" },
	{ "a1 MAYBE x\r\n", "invalid\n" },
	{ "a1 BYE x\r\n", "invalid\n" },
	{ "a1\r\n", "invalid\n" },
	{ "HTTP/1.1 400 Bad\r\n", "invalid\n" },
	{ "* FLAGS \\Seen\r\n", "invalid\n" },
	{ "* LIST () \"/\"\r\n", "invalid\n" },
	{ "* STATUS a (MESSAGES)\r\n", "invalid\n" },
	{ "* SEARCH 1 x\r\n", "invalid\n" },
	{ "* 1 FETCH (UID)\r\n", "invalid\n" },
	{ "* 1 FETCH (UID 1\r\n", "invalid\n" },
	{ "* 1 FETCH (UID 1) 2\r\n", "invalid\n" },
	{ "* 1 FETCH (BODY[ \"x\")\r\n", "invalid\n" },
	{ "* 1 FETCH (ENVELOPE NIL)\r\n", "invalid\n" },
	{ "* 1 FETCH (X ((((((((((((((((((\r\n", "invalid\n" },
	{ "* 1 FETCH (BODY[] {65}\r\n", "long\n" },
};

/* What parts a pair from the one before it. */
static const char *
gap(const struct buf *out)
{
	return out->data[out->len - 1] == '>' ? "" : " ";
}

static void
show_walk(struct imap_resp *r, struct buf *out)
{
	struct imap_fetched f;
	struct span a, b;
	uint32_t n;

	while (r->type == IMAP_RESP_FETCH && imap_resp_item(r, &f)) {
		buf_addf(out, "%s<%d %.*s [%.*s] ", gap(out), (int)f.item,
		    (int)f.name.n, f.name.p, (int)f.section.n,
		    f.section.n > 0 ? f.section.p : "");
		buf_adds(out, f.value.p == NULL ? "(nil)" : "");
		buf_add_span(out, f.value);
		buf_addf(out, " %u>", (unsigned)f.number);
	}
	if (r->type == IMAP_RESP_SEARCH && imap_resp_number(r, &n)) {
		buf_addc(out, ' ');
		do
			buf_addf(out, "%u,", n);
		while (imap_resp_number(r, &n));
	}
	while ((r->type == IMAP_RESP_STATUS || r->type == IMAP_RESP_ESEARCH) &&
	    imap_resp_pair(r, &a, &b))
		buf_addf(out, "%s<%.*s=%.*s>", gap(out), (int)a.n, a.p,
		    (int)b.n, b.p);
	while ((r->type == IMAP_RESP_CAPABILITY || r->type == IMAP_RESP_FLAGS ||
		   r->type == IMAP_RESP_LIST) && imap_resp_word(r, &a))
		buf_addf(out, "%s<%.*s>", gap(out), (int)a.n, a.p);
}

static void
show(struct imap_resp *r, struct buf *out)
{
	if (r->kind == IMAP_RESP_CONTINUE) {
		buf_addf(out, "+ '%.*s'\n", (int)r->text.n, r->text.p);
		return;
	}
	if (r->kind == IMAP_RESP_TAGGED)
		buf_add_span(out, r->tag);
	else
		buf_addf(out, "*%s%.*s", r->tag.n > 0 ? " of " : "",
		    (int)r->tag.n, r->tag.n > 0 ? r->tag.p : "");
	if (r->number > 0)
		buf_addf(out, " %u", r->number);
	buf_addf(out, " %s", type_name[r->type]);
	if (r->type == IMAP_RESP_OTHER)
		buf_addf(out, " %.*s", (int)r->word.n, r->word.p);
	if (r->code != IMAP_CODE_NONE)
		buf_addf(out, " code=%d[%.*s]%u", (int)r->code,
		    (int)r->code_arg.n, r->code_arg.p,
		    (unsigned)r->code_number);
	if (r->type <= IMAP_RESP_PREAUTH)
		buf_addf(out, " '%.*s'", (int)r->text.n, r->text.p);
	if (r->type == IMAP_RESP_LIST)
		buf_addf(out, " %c", r->separator != 0 ? r->separator : '-');
	if (r->mailbox.p != NULL)
		buf_addf(out, " '%.*s'", (int)r->mailbox.n, r->mailbox.p);
	if (r->uid)
		buf_adds(out, " uid");
	show_walk(r, out);
	buf_addc(out, '\n');
}

static void
feed(struct span rest, size_t piece, struct buf *out)
{
	struct imap_resp_reader rd = { .limits = limits };
	enum imap_resp_event ev = IMAP_RESP_MORE;
	struct imap_resp r;
	size_t used;

	while (rest.n > 0 && ev <= IMAP_RESP_DONE) {
		ev = imap_resp_feed(&rd, span_sub(rest, 0, piece), &used, &r);
		rest = span_sub(rest, used, rest.n);
		if (ev == IMAP_RESP_DONE)
			show(&r, out);
	}
	if (ev == IMAP_RESP_INVALID)
		buf_adds(out, "invalid\n");
	if (ev == IMAP_RESP_TOOLONG)
		buf_adds(out, "long\n");
	imap_resp_clear(&rd);
}

START_TEST(responses_in_any_pieces)
{
	const size_t piece[] = { 4096, 1, 2, 5 };

	for (size_t i = 0; i < sizeof(piece) / sizeof(piece[0]); i++) {
		struct buf out = { 0 };

		feed(span_str(responses[_i].in), piece[i], &out);
		ck_buf_eq(&out, responses[_i].want);
		buf_free(&out);
	}
}
END_TEST

START_TEST(body_may_hold_nul)
{
	struct imap_resp_reader rd = { .limits = limits };
	struct imap_fetched f;
	struct imap_resp r;
	size_t used;

	ck_assert_int_eq(imap_resp_feed(&rd,
	    SPAN_LIT("* 1 FETCH (BODY[] {3}\r\na\0b)\r\n"), &used, &r),
	    IMAP_RESP_DONE);
	ck_assert(imap_resp_item(&r, &f));
	ck_assert(span_eq(f.value, SPAN_LIT("a\0b")));
	imap_resp_clear(&rd);
}
END_TEST

START_TEST(mailbox_name_to_utf8)
{
	struct buf out = { 0 };

	imap_resp_mailbox(&out, SPAN_LIT("Entw&APw-rfe"));
	imap_resp_mailbox(&out, SPAN_LIT("|R&D|\xc3\xa4"));
	ck_buf_eq(&out, "Entw\xc3\xbcrfe|R&D|\xc3\xa4");
	buf_free(&out);
}
END_TEST

START_TEST(endless_line_is_refused)
{
	struct imap_resp_reader rd = { .limits = limits };
	enum imap_resp_event ev = IMAP_RESP_MORE;
	struct imap_resp r;
	size_t used;

	for (int i = 0; i < 1000 && ev == IMAP_RESP_MORE; i++)
		ev = imap_resp_feed(&rd, SPAN_LIT("* X xxxxxxx"), &used, &r);
	ck_assert_int_eq(ev, IMAP_RESP_TOOLONG);
	imap_resp_clear(&rd);
}
END_TEST

static const struct {
	const char *in, *want; /* NULL: no envelope */
} envelopes[] = {
	{ "(\"Wed, 17 Jul 1996\" {3}\r\na\"b ((\"T \\\"G\\\"\" NIL \"g\" \"x\"))"
	  " NIL NIL ((NIL NIL \"a\" \"b\")(NIL NIL \"c\\\\\" \"d\")) NIL NIL"
	  " NIL \"<1@x>\")",
	    "Wed, 17 Jul 1996|a\"b|T \"G\",g,x;||NIL,a,b;NIL,c\\,d;|<1@x>" },
	{ "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)", "NIL|NIL||||NIL" },
	{ "(NIL NIL ((NIL NIL \"group\" NIL) (NIL NIL NIL NIL)) NIL NIL NIL"
	  " NIL NIL NIL NIL)", "NIL|NIL|NIL,group,NIL;NIL,NIL,NIL;|||NIL" },
	{ "(NIL NIL NIL NIL NIL NIL NIL NIL NIL)", NULL },
	{ "(NIL NIL (()) NIL NIL NIL NIL NIL NIL NIL)", NULL },
	{ "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) x", NULL },
	{ "NIL", NULL },
};

static void
add_nil(struct buf *out, struct span s, char end)
{
	if (s.p == NULL)
		buf_adds(out, "NIL");
	buf_add_span(out, s);
	buf_addc(out, end);
}

static void
add_list(struct buf *out, struct imap_cursor list)
{
	struct imap_address a;

	while (imap_address_next(&list, &a)) {
		add_nil(out, a.name, ',');
		add_nil(out, a.mailbox, ',');
		add_nil(out, a.host, ';');
	}
	buf_addc(out, '|');
}

START_TEST(envelope_and_its_addresses)
{
	struct buf scratch = { 0 }, out = { 0 };
	struct imap_envelope e;
	bool ok = imap_envelope_read(span_str(envelopes[_i].in), &scratch, &e);

	ck_assert_int_eq(ok, envelopes[_i].want != NULL);
	if (ok) {
		add_nil(&out, e.date, '|');
		add_nil(&out, e.subject, '|');
		add_list(&out, e.from);
		add_list(&out, e.sender);
		add_list(&out, e.to);
		add_nil(&out, e.message_id, '\0');
		ck_assert_str_eq(out.data, envelopes[_i].want);
	}
	buf_free(&scratch);
	buf_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, responses_in_any_pieces, 0,
	    sizeof(responses) / sizeof(responses[0]));
	tcase_add_test(tc, body_may_hold_nul);
	tcase_add_test(tc, mailbox_name_to_utf8);
	tcase_add_test(tc, endless_line_is_refused);
	tcase_add_loop_test(tc, envelope_and_its_addresses, 0,
	    sizeof(envelopes) / sizeof(envelopes[0]));
}

int
main(void)
{
	return check_run("imap_resp", add);
}
