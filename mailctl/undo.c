/* SPDX-License-Identifier: ISC */
#include "undo.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "atomic_file.h"
#include "msgid.h"
#include "out_json.h"
#include "slurp.h"

#define STATE_MAX ((size_t)16 << 20)

/* ---- what was done ---- */

static void
add(struct undo *u, const char *mailbox, uint32_t uidvalidity,
    const struct seqset *uids, const char *verb, const char *argument)
{
	struct buf id = { 0 };

	if (u->steps == NULL)
		u->steps = json_array();
	if (uidvalidity == 0 || uids->len == 0)
		return;
	msgid_format_set(&id, mailbox, uidvalidity, uids);
	json_array_append_new(u->steps,
	    json_pack("{s:o, s:o}", "id", out_json_string(buf_span(&id)), verb,
		out_json_string(span_str(argument))));
	buf_free(&id);
}

void
undo_add_move(struct undo *u, const char *mailbox, uint32_t uidvalidity,
    const struct seqset *uids, const char *back)
{
	add(u, mailbox, uidvalidity, uids, "move", back);
}

void
undo_add_flag(struct undo *u, const char *mailbox, uint32_t uidvalidity,
    const struct seqset *uids, const char *flag, bool set)
{
	struct buf store = { 0 };

	buf_addf(&store, "%cFLAGS.SILENT (%s)", set ? '-' : '+', flag);
	add(u, mailbox, uidvalidity, uids, "store", store.data);
	buf_free(&store);
}

/* ---- the file ---- */

static int
write_state(const char *path, const struct imap_conn *ic, json_t *steps)
{
	json_t *state = json_pack("{s:i, s:o, s:o, s:O}", "v", 1, "imap",
	    out_json_string(span_str(ic->login->imap)), "user",
	    out_json_string(span_str(ic->login->user)), "steps", steps);
	char *text = json_dumps(state, JSON_COMPACT);
	int ret;

	ret = atomic_file_write(path, span_str(text));
	free(text);
	json_decref(state);
	return ret;
}

void
undo_save(const struct imap_conn *ic, struct undo *u)
{
	char *path;

	if (u->steps == NULL)
		return;
	path = slurp_state_path("undo");
	if (path != NULL && write_state(path, ic, u->steps) < 0)
		cmd_warn(ic->cmd, "undo will not know of this: %s: %s", path,
		    strerror(errno));
	free(path);
	json_decref(u->steps);
	u->steps = NULL;
}

static json_t *
read_state(void)
{
	struct buf text = { .max = STATE_MAX };
	char *path = slurp_state_path("undo");
	json_t *state = NULL;

	if (path != NULL && slurp_file(path, &text) == 0 && text.len > 0)
		state = json_loadb(text.data, text.len, 0, NULL);
	free(path);
	buf_free(&text);
	return state;
}

static bool
is_string(const json_t *state, const char *member, const char *want)
{
	const char *s = json_string_value(json_object_get(state, member));

	return s != NULL && strcmp(s, want) == 0;
}

int
undo_load(const struct imap_conn *ic, json_t **state)
{
	size_t n;

	*state = read_state();
	n = json_array_size(json_object_get(*state, "steps"));
	if (n > 0 && is_string(*state, "imap", ic->login->imap) &&
	    is_string(*state, "user", ic->login->user))
		return 0;
	json_decref(*state);
	*state = NULL;
	return cmd_fail(ic->cmd, EX_NO,
	    n > 0 ? "the last change was made in another account"
		  : "there is nothing to take back");
}

void
undo_forget(void)
{
	char *path = slurp_state_path("undo");

	if (path != NULL)
		unlink(path);
	free(path);
}
