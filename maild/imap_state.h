/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_STATE_H
#define MAILD_IMAP_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "imap_parse.h"
#include "imap_tell.h"
#include "session.h"
#include "store.h"

/*
 * The state of a logged-in session, and what every command uses of it.
 */
#define IMAP_LINE_MAX  ((size_t)1 << 20) /* of a command, APPEND's message
					  * apart */
#define IMAP_DEPTH_MAX 32                /* open parentheses */
#define IMAP_TAG_MAX   256
#define IMAP_BAD_MAX   20 /* BAD replies in a row end the session */
#define IMAP_SLICE_MS  4  /* then other sessions of the thread have their turn */

/*
 * What a handler tells the dispatcher.  DONE: the reply is set.  MORE and WAIT:
 * call resume again, for MORE once there is more input (and end the session
 * where there can be none), for WAIT once a store write is through, there is
 * room again, or session_wake() was called.
 */
enum imap_result { IMAP_DONE, IMAP_MORE, IMAP_WAIT };

struct imap;

/*
 * A command.  start reads the arguments, cmd.args, and does what can be done at
 * once.  resume goes on until IMAP_DONE; it is not called while store writes,
 * or reads by its pool, are under way.  clear, where not NULL, releases what
 * cmd.state refers to; cmd.state itself is freed by the dispatcher.
 */
struct imap_handler {
	enum imap_result (*start)(struct imap *im);
	enum imap_result (*resume)(struct imap *im);
	void (*clear)(struct imap *im);
};

enum imap_status { IMAP_OK, IMAP_NO, IMAP_BAD };

/* The command in hand. */
struct imap_cmd {
	const struct imap_command *def; /* NULL: none */
	char tag[IMAP_TAG_MAX + 1];
	bool uid;     /* it came behind "UID" */
	bool numbers; /* a UID command that takes message numbers, too */
	struct imap_cursor args;
	size_t args_at; /* where they begin in frame.cmd */
	uint64_t told;   /* when it began, or its progress was told, ms */
	uint32_t lowest; /* UID down to which it went, where there are more
			  * messages than it may work on; else 0 */
	bool compress;  /* the reply is the last that is not compressed */
	bool back;      /* … is the last of this session */
	bool modseq;    /* the reply tells HIGHESTMODSEQ, if it is OK */
	bool stream;    /* they end with a literal that is yet to come:
			 * frame.literal_size bytes, then the command's end */
	bool refused;   /* such a literal comes, yet the reply is set: the
			 * handler only takes it */
	struct buf scratch;
	struct buf name[2]; /* mailbox names, UTF-8 */
	enum imap_status status;
	struct buf reply; /* of the tagged line, with its response code */
	void *state;
};

enum imap_phase {
	IMAP_READING, /* no command is in hand, or not the whole of it */
	IMAP_RUNNING,
	IMAP_TELLING, /* the reply is set; changes are told before it */
	IMAP_CLOSING,
};

struct imap {
	struct session *session; /* NULL: it has ended, and only the writes
				  * under way keep this */
	struct store *store;
	struct store_user user;
	enum imap_phase phase;
	struct buf client; /* what it calls itself (RFC 2971) */
	struct imap_frame frame;
	struct imap_cmd cmd;
	struct buf out;
	size_t room;     /* of the session, beside out; 0: to be asked for */
	bool midline;    /* what was written last is not the end of a line */
	unsigned writes; /* store writes under way */
	unsigned bad;    /* BAD replies in a row */
	unsigned enabled; /* bits of imap_enable.h */
	uint64_t slice;  /* when this turn began, ms */

	/* The selected mailbox. */
	bool selected, readonly;
	struct store_view view;
	struct seqset recent;   /* UIDs that are \Recent to this session */
	size_t keywords;        /* how many of them FLAGS has named */
	struct seqset saved;    /* UIDs that "$" stands for (RFC 5182) */
	struct imap_tell tell;
	struct imap_context *contexts; /* searches that are kept up to date */

	struct imap_notify *notify; /* NULL: NOTIFY was never said */
	bool quietly;               /* cmd has not come from the client … */
	struct buf quiet_args;      /* … but is UID FETCH with these … */
	struct imap_cmd aside;      /* … and this one is gone on with then */
	enum imap_phase phase_aside;
};

/* ---- output (imap_out.c) ---- */

/* Handlers append to im->out; these send it on. */
void imap_flush(struct imap *im);
/* Bytes that may be written before the handler should wait. */
size_t imap_room(struct imap *im);
/* So many pieces of at most that size may be written before asking again. */
size_t imap_room_for(struct imap *im, size_t piece);
/* Append much data, without a copy in im->out. */
void imap_out_bulk(struct imap *im, struct span s);
/* Append a number, fast. */
void imap_out_number(struct buf *out, uint64_t n);
/* Append " 1:5,7", as many of the ranges from *at on as one response should
 * have; there is as much room as this before. */
#define IMAP_RANGES_ROOM ((size_t)4096 + 512)
void imap_out_ranges(struct buf *out, const struct seqset *set, size_t *at);
/* Append sep and "MODSEQ (n)" (RFC 7162 section 3.1.4.2). */
void imap_out_modseq(struct buf *out, const char *sep, uint64_t modseq);

/* Append a mailbox name as the client reads it. */
void imap_out_mailbox(struct imap *im, struct span name);

/* This turn was long enough: return imap_pause(). */
uint64_t imap_clock(void); /* ms */
bool imap_slice_over(const struct imap *im);
enum imap_result imap_pause(struct imap *im);
/*
 * Before such a pause, at a line's start: tell the client how far the command
 * is (INPROGRESS, RFC 9585), where it was not told for a while.  done < goal,
 * in whatever units; goal 0: that is not known.
 */
void imap_progress(struct imap *im, uint64_t done, uint64_t goal);
/* The client is alive: it has the whole of imap_idle_timeout again. */
void imap_alive(struct imap *im);

/* ---- replies (imap_out.c) ---- */

/* Set the tagged reply; all return IMAP_DONE.  ok's text may begin with a
 * response code in brackets, no's code is one without them, or NULL. */
enum imap_result imap_ok(struct imap *im, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
enum imap_result imap_no(struct imap *im, const char *code, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));
enum imap_result imap_bad(struct imap *im, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* NO for a store's answer, with the response code that it maps to. */
enum imap_result imap_fail(struct imap *im, enum store_status st);
/* The same where the target of APPEND, COPY or MOVE may be missing:
 * [TRYCREATE]. */
enum imap_result imap_fail_target(struct imap *im, enum store_status st);
/* "<name> completed", UID included. */
enum imap_result imap_completed(struct imap *im);

/* Append what CAPABILITY says to this session. */
void imap_add_capabilities(struct imap *im);

/* End the session: with a BYE where the stream stands at a line's start. */
void imap_bye(struct imap *im, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- commands of our own ---- */

/* Run UID FETCH with im->quiet_args, from the space before them on.  No tagged
 * reply is written.  im->quietly: it is not through yet. */
void imap_run_quietly(struct imap *im);

/* ---- store writes, and reads by its pool ---- */

/* Around each asynchronous call of the store: begin before it, end first of
 * all in its done.  False: the session is gone, touch nothing of it. */
void imap_write_begin(struct imap *im);
bool imap_write_end(struct imap *im);

/* Set cmd.args to the first argument again, also after frame.cmd has grown. */
void imap_args_rewind(struct imap *im);

/* ---- of single commands ---- */

void imap_deselect(struct imap *im);  /* imap_select.c */
void imap_idle_stop(struct imap *im); /* imap_idle.c: watches no longer */

/* Release all; called by whoever sees the last of it. */
void imap_free(struct imap *im);

#endif
