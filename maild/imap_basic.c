/* SPDX-License-Identifier: ISC */
/*
 * Commands that touch no mail: CAPABILITY, NOOP, CHECK, LOGOUT (RFC 3501),
 * NAMESPACE (RFC 2342), ID (RFC 2971), COMPRESS (RFC 4978).
 */
#include "conf.h"
#include "imap_args.h"
#include "imap_capability.h"
#include "imap_command.h"

/* RFC 2971 section 3.3. */
#define ID_PAIRS_MAX 30
#define ID_FIELD_MAX 30
#define ID_VALUE_MAX 1024

static enum imap_result
capability(struct imap *im)
{
	if (!imap_arg_end(im))
		return IMAP_DONE;
	buf_adds(&im->out, "* CAPABILITY ");
	imap_capability_write(&im->out, IMAP_STAGE_IN,
	    session_worker(im->session)->conf->message_size);
	buf_adds(&im->out, "\r\n");
	return imap_completed(im);
}

const struct imap_handler imap_capability = { .start = capability };

/* CHECK, too: every change is on disk before it is acknowledged. */
static enum imap_result
noop(struct imap *im)
{
	return imap_arg_end(im) ? imap_completed(im) : IMAP_DONE;
}

const struct imap_handler imap_noop = { .start = noop };

static enum imap_result
logout(struct imap *im)
{
	if (!imap_arg_end(im))
		return IMAP_DONE;
	buf_adds(&im->out, "* BYE Logging out\r\n");
	im->phase = IMAP_CLOSING;
	return imap_completed(im);
}

const struct imap_handler imap_logout = { .start = logout };

static enum imap_result
namespace(struct imap *im)
{
	if (!imap_arg_end(im))
		return IMAP_DONE;
	buf_addf(&im->out, "* NAMESPACE ((\"\" \"%c\")) "
	    "((\"Other Users%c\" \"%c\")) NIL\r\n",
	    STORE_SEPARATOR, STORE_SEPARATOR, STORE_SEPARATOR);
	return imap_completed(im);
}

const struct imap_handler imap_namespace = { .start = namespace };

static bool
id_pair(struct imap_cursor *c)
{
	struct span field, value;

	return imap_string(c, &field) && field.n <= ID_FIELD_MAX &&
	    imap_sp(c) && imap_nstring(c, &value) && value.n <= ID_VALUE_MAX;
}

static bool
id_params(struct imap_cursor *c)
{
	unsigned n = 0;

	if (imap_word(c, "NIL"))
		return true;
	if (!imap_char(c, '('))
		return false;
	if (imap_char(c, ')'))
		return true;
	do {
		if (++n > ID_PAIRS_MAX || !id_pair(c))
			return false;
	} while (imap_sp(c));
	return imap_char(c, ')');
}

static enum imap_result
id(struct imap *im)
{
	if (!imap_arg_sp(im))
		return IMAP_DONE;
	if (!id_params(&im->cmd.args))
		return imap_bad(im, "NIL or a list of at most %d fields with "
		    "their values was expected", ID_PAIRS_MAX);
	if (!imap_arg_end(im))
		return IMAP_DONE;
	buf_adds(&im->out, IMAP_ID_ANSWER);
	return imap_completed(im);
}

const struct imap_handler imap_id = { .start = id };

static enum imap_result
compress(struct imap *im)
{
	struct span algorithm;

	if (!imap_arg_sp(im))
		return IMAP_DONE;
	if (!imap_atom(&im->cmd.args, &algorithm) ||
	    !span_ieqs(algorithm, "DEFLATE"))
		return imap_bad(im, "DEFLATE was expected");
	if (!imap_arg_end(im))
		return IMAP_DONE;
	if (session_compressed(im->session))
		return imap_no(im, "COMPRESSIONACTIVE",
		    "The session is compressed already");
	im->cmd.compress = true;
	return imap_ok(im, "From here on it is compressed");
}

const struct imap_handler imap_compress = { .start = compress };

static enum imap_result
late(struct imap *im)
{
	return imap_bad(im, "You are logged in already");
}

/* LOGIN, AUTHENTICATE, STARTTLS. */
const struct imap_handler imap_late = { .start = late };
