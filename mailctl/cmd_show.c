/* SPDX-License-Identifier: ISC */
#include <inttypes.h>

#include "header.h"
#include "message.h"
#include "out_json.h"
#include "part.h"
#include "term.h"

/*
 * show: messages for people to read.
 */
static const struct {
	const char *name, *member; /* of the header, of JSON */
} fields[] = {
	{ "From", "from" },
	{ "Reply-To", "reply_to" },
	{ "To", "to" },
	{ "Cc", "cc" },
	{ "Date", "date" },
	{ "Subject", "subject" },
	{ "Message-ID", "message_id" },
};

#define NFIELDS (sizeof(fields) / sizeof(fields[0]))

struct show {
	struct cmd *cmd;
	struct msgid_list ids;
	unsigned shown;
};

/* What was read of one message. */
struct reading {
	const struct message *m;
	struct span header;
	struct buf text;
	struct part_list attachments;
};

static bool
field(const struct reading *r, size_t i, struct buf *value)
{
	struct header_field f;

	buf_clear(value);
	if (!header_find(r->header, fields[i].name, &f))
		return false;
	header_decode(value, f.value);
	return true;
}

/* ---- for people ---- */

static void
print_field(struct out *o, const char *name, struct span value)
{
	struct buf clean = { 0 };

	term_clean(&clean, value);
	fprintf(o->file, "%s%s:%s %s\n", o->colour ? "\033[1m" : "", name,
	    o->colour ? "\033[0m" : "", clean.data != NULL ? clean.data : "");
	buf_free(&clean);
}

static void
print_attachment(struct out *o, const struct part *p)
{
	struct buf line = { 0 };

	buf_addf(&line, "part %s, %s, %" PRIu64 " bytes", p->number, p->type,
	    p->size);
	if (p->filename[0] != '\0')
		buf_addf(&line, ", \"%s\"", p->filename);
	print_field(o, "Attachment", buf_span(&line));
	buf_free(&line);
}

static void
print_text(struct out *o, const struct reading *r)
{
	struct buf value = { 0 }, clean = { .max = SIZE_MAX / 4 };

	for (size_t i = 0; i < NFIELDS; i++) {
		if (field(r, i, &value))
			print_field(o, fields[i].name, buf_span(&value));
	}
	for (size_t i = 0; i < r->attachments.len; i++)
		print_attachment(o, &r->attachments.part[i]);
	term_clean_text(&clean, buf_span(&r->text));
	fputc('\n', o->file);
	fwrite(clean.data != NULL ? clean.data : "", 1, clean.len, o->file);
	buf_free(&value);
	buf_free(&clean);
}

/* ---- for programs ---- */

static json_t *
attachments_json(const struct part_list *l)
{
	json_t *a = json_array();

	for (size_t i = 0; i < l->len; i++) {
		const struct part *p = &l->part[i];

		json_array_append_new(a, json_pack("{s:o, s:o, s:o, s:I}",
		    "part", out_json_string(span_str(p->number)),
		    "type", out_json_string(span_str(p->type)),
		    "filename", out_json_string(span_str(p->filename)),
		    "size", (json_int_t)p->size));
	}
	return a;
}

static void
print_json(struct out *o, const struct reading *r)
{
	json_t *j = json_pack("{s:i, s:I}", "v", 1, "uid",
	    (json_int_t)r->m->uid);
	struct buf value = { 0 };

	json_object_set_new(j, "mailbox",
	    out_json_string(span_str(r->m->mailbox)));
	json_object_set_new(j, "uidvalidity",
	    json_integer((json_int_t)r->m->uidvalidity));
	for (size_t i = 0; i < NFIELDS; i++) {
		if (field(r, i, &value))
			json_object_set_new(j, fields[i].member,
			    out_json_string(buf_span(&value)));
	}
	json_object_set_new(j, "text", out_json_string(buf_span(&r->text)));
	json_object_set_new(j, "attachments",
	    attachments_json(&r->attachments));
	out_json_print(o, j);
	json_decref(j);
	buf_free(&value);
}

/* ---- the command ---- */

/* A message may be all header. */
static struct span
header_of(struct span message)
{
	size_t n = header_length(message);

	return span_sub(message, 0, n > 0 ? n : message.n);
}

static int
show(const struct message *m, void *arg)
{
	struct show *s = arg;
	struct out *o = &s->cmd->out;
	struct buf bytes = { .max = PART_MESSAGE_MAX };
	struct reading r = { .m = m, .text = { .max = 2 * PART_TEXT_MAX } };
	int ret;

	if (out_left(o))
		return 0;
	ret = message_read(m, &bytes);
	if (ret == 0) {
		r.header = header_of(buf_span(&bytes));
		part_read(&r.text, &r.attachments, buf_span(&bytes));
		if (o->mode == OUT_JSON) {
			print_json(o, &r);
		} else {
			if (s->shown == 0)
				out_page(o);
			fputs(s->shown++ > 0 ? "\n" : "", o->file);
			print_text(o, &r);
		}
	}
	buf_free(&bytes);
	buf_free(&r.text);
	part_list_clear(&r.attachments);
	return ret;
}

static int
show_all(struct imap_conn *ic, void *arg)
{
	struct show *s = arg;

	return message_each(ic, &s->ids, show, s);
}

static int
exec(struct cmd *c, int argc, char **argv)
{
	struct show s = { .cmd = c };
	struct buf err = { 0 };
	int ret;

	if (!cmd_options(c, &argc, argv, NULL, 1, -1))
		return c->status;
	if (msgid_list_read(&s.ids, argc, argv, &err) < 0)
		ret = cmd_usage(c, "%s", err.data);
	else
		ret = imap_conn_with(c, show_all, &s);
	msgid_list_clear(&s.ids);
	buf_free(&err);
	return cmd_end(c, ret);
}

const struct cmd_entry cmd_show = {
	.name = "show",
	.usage = "ID...",
	.summary = "show messages as text, and what is attached",
	.example = { "mailctl show INBOX:4711",
	    "mailctl search -q is:unread | mailctl show -" },
	.paged = true,
	.as = CMD_AS_USER,
	.exec = exec,
};
