/* SPDX-License-Identifier: ISC */
#include "mail_sink.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mail_file.h"
#include "mbox.h"

static void
have(struct mail_sink *s, uint32_t uid)
{
	if (uid > 0)
		seqset_add(&s->have, uid, uid);
}

/* ---- mbox ---- */

struct resuming {
	struct mail_sink *sink;
	struct mbox_parser parser;
	uint64_t whole; /* bytes of the file before the last message */
	bool ours;      /* it holds messages that we wrote */
	bool short_end; /* the last one is cut off … */
	uint32_t uid;   /* … or it is this one; 0: not of this mailbox */
};

/* "UIDVALIDITY.UID.SIZE": a message that was cut off is smaller. */
static int
on_message(void *arg, const struct mbox_message *m)
{
	struct resuming *r = arg;
	struct span id = m->id, uidvalidity, uid;
	uint32_t v, u;
	uint64_t size;

	r->whole = r->parser.start;
	r->short_end = false;
	r->uid = 0;
	if (!span_split(&id, '.', &uidvalidity) || !span_split(&id, '.', &uid) ||
	    span_u32(uidvalidity, &v) < 0 || span_u32(uid, &u) < 0 ||
	    span_u64(id, UINT64_MAX, &size) < 0)
		return 0;
	r->ours = true;
	r->short_end = m->body.n != size;
	if (!r->short_end && v == r->sink->uidvalidity) {
		r->uid = u;
		have(r->sink, u);
	}
	return 0;
}

static int
read_mbox(struct resuming *r, FILE *file)
{
	static char piece[65536];
	size_t n;
	int ret = 0;

	while (ret == 0 && (n = fread(piece, 1, sizeof(piece), file)) > 0)
		ret = mbox_feed(&r->parser, span_of(piece, n));
	return ret == 0 && ferror(file) == 0 ? mbox_end(&r->parser) : -1;
}

/* A message of ours that was cut off has no empty line at its end, or too
 * little before it; it goes, and comes again. */
static bool
cut_off(struct resuming *r)
{
	if (r->short_end || !r->ours || r->parser.blank)
		return r->short_end;
	if (r->uid > 0)
		seqset_remove(&r->sink->have, r->uid, r->uid);
	return true;
}

static int
resume_mbox(struct mail_sink *s)
{
	struct resuming r = { .sink = s };
	bool cut;
	long size;
	int ret;

	r.parser.fn = on_message;
	r.parser.arg = &r;
	ret = read_mbox(&r, s->file);
	if (ret != 0)
		ret = cmd_fail(s->cmd, EX_DATAERR, "%s: this is no mbox file",
		    s->path);
	fseek(s->file, 0, SEEK_END);
	size = ftell(s->file);
	cut = cut_off(&r);
	if (ret == 0 && cut && (ftruncate(fileno(s->file),
		(off_t)r.whole) < 0 || fseek(s->file, 0, SEEK_END) != 0))
		ret = mail_file_fail(s->cmd, EX_IOERR, s->path);
	/* The last message of another program's file may lack that line. */
	if (ret == 0 && !cut && size > 0 && !r.parser.blank)
		fputs(r.parser.line.len > 0 ? "\n\n" : "\n", s->file);
	mbox_clear(&r.parser);
	return ret;
}

static int
open_mbox(struct mail_sink *s)
{
	if (strcmp(s->path, "-") == 0) {
		s->file = stdout;
		return 0;
	}
	s->file = fopen(s->path, "a+e");
	if (s->file == NULL)
		return mail_file_fail(s->cmd, EX_CANTCREAT, s->path);
	return resume_mbox(s);
}

static int
write_mbox(struct mail_sink *s, const struct index_message *m, struct span body)
{
	struct buf head = { 0 }, id = { 0 };
	bool ok;

	buf_addf(&id, "%" PRIu32 ".%" PRIu32 ".%" PRIu64, s->uidvalidity,
	    m->uid, mbox_size(body));
	mbox_write_head(&head, body, m->date, m->flags, id.data);
	ok = fwrite(head.data, 1, head.len, s->file) == head.len &&
	    mbox_write_body(s->file, body) == 0;
	buf_free(&head);
	buf_free(&id);
	return ok ? 0 : mail_file_fail(s->cmd, EX_IOERR, s->path);
}

static int
close_mbox(struct mail_sink *s)
{
	int ret = 0;

	if (s->file == NULL || s->file == stdout)
		return 0;
	if (fflush(s->file) != 0 || fsync(fileno(s->file)) < 0)
		ret = mail_file_fail(s->cmd, EX_IOERR, s->path);
	fclose(s->file);
	return ret;
}

/* ---- Maildir ---- */

static int
seen_maildir(void *arg, const char *folder, const char *name)
{
	struct mail_sink *s = arg;
	struct maildir_name n;

	(void)folder;
	if (maildir_name_parse(&n, span_str(name)) == 0 && n.uid > 0 &&
	    span_eq(n.tag, span_str(s->tag)))
		have(s, n.uid);
	return 0;
}

static int
open_maildir(struct mail_sink *s)
{
	static const char *const subs[] = { "cur", "new" };
	int ret = mail_file_maildir(s->cmd, s->path);

	maildir_tag(s->tag, s->mailbox, s->uidvalidity);
	if (ret == 0)
		ret = maildir_keywords_read(&s->keywords, s->cmd, s->path);
	for (size_t i = 0; ret == 0 && i < 2; i++) {
		struct buf folder = { 0 };

		buf_addf(&folder, "%s/%s", s->path, subs[i]);
		ret = mail_file_each(s->cmd, folder.data, seen_maildir, s);
		buf_free(&folder);
	}
	return ret;
}

static int
write_maildir(struct mail_sink *s, const struct index_message *m,
    struct span body)
{
	unsigned bits = maildir_keywords_bits(&s->keywords, m->flags);
	struct buf unique = { 0 }, temp = { 0 }, path = { 0 };
	int ret = maildir_keywords_write(&s->keywords, s->cmd, s->path);

	if (ret != 0)
		return ret;
	maildir_name_make(&unique, m->date.sec, m->uid, s->tag);
	buf_addf(&temp, "%s/tmp/%s", s->path, unique.data);
	buf_addf(&path, "%s/cur/", s->path);
	maildir_name_format(&path, buf_span(&unique), bits, bits,
	    span_of(NULL, 0));
	ret = mail_file_write(s->cmd, temp.data, path.data, body, m->date.sec,
	    true);
	buf_free(&unique);
	buf_free(&temp);
	buf_free(&path);
	return ret;
}

static int
close_folder(struct mail_sink *s)
{
	return mail_file_sync(s->cmd, s->path);
}

/* ---- eml ---- */

/* "UIDVALIDITY-UID.eml", as get writes them. */
static int
seen_eml(void *arg, const char *folder, const char *name)
{
	struct mail_sink *s = arg;
	struct span rest = span_str(name), v, u;
	uint32_t uidvalidity, uid;

	(void)folder;
	if (span_split(&rest, '-', &v) && span_split(&rest, '.', &u) &&
	    span_eq(rest, SPAN_LIT("eml")) && span_u32(v, &uidvalidity) == 0 &&
	    span_u32(u, &uid) == 0 && uidvalidity == s->uidvalidity)
		have(s, uid);
	return 0;
}

static int
open_eml(struct mail_sink *s)
{
	int ret = mail_file_folder(s->cmd, s->path);

	return ret != 0 ? ret :
	    mail_file_each(s->cmd, s->path, seen_eml, s);
}

static int
write_eml(struct mail_sink *s, const struct index_message *m, struct span body)
{
	struct buf temp = { 0 }, path = { 0 };
	int ret;

	buf_addf(&path, "%s/%" PRIu32 "-%" PRIu32 ".eml", s->path,
	    s->uidvalidity, m->uid);
	buf_addf(&temp, "%s/.%" PRIu32 "-%" PRIu32, s->path, s->uidvalidity,
	    m->uid);
	ret = mail_file_write(s->cmd, temp.data, path.data, body, m->date.sec,
	    false);
	buf_free(&temp);
	buf_free(&path);
	return ret;
}

/* ---- all of them ---- */

static const struct mail_format formats[] = {
	{ "mbox", open_mbox, write_mbox, close_mbox },
	{ "maildir", open_maildir, write_maildir, close_folder },
	{ "eml", open_eml, write_eml, close_folder },
};

const struct mail_format *
mail_format_find(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	}
	return NULL;
}

int
mail_sink_open(struct mail_sink *s)
{
	return s->format->open(s);
}

int
mail_sink_write(struct mail_sink *s, const struct index_message *m,
    struct span body)
{
	return s->format->write(s, m, body);
}

int
mail_sink_close(struct mail_sink *s)
{
	int ret = s->format->close(s);

	seqset_clear(&s->have);
	maildir_keywords_clear(&s->keywords);
	return ret;
}
