/* SPDX-License-Identifier: ISC */
/*
 * Commands that touch no mail: CAPABILITY, NOOP, CHECK, LOGOUT (RFC 3501),
 * NAMESPACE (RFC 2342), ID (RFC 2971), COMPRESS (RFC 4978).
 */
#include "conf.h"
#include "imap_args.h"
#include "imap_capability.h"
#include "imap_command.h"
#include "imap_id.h"

static void
tell_capabilities(struct imap *im)
{
	buf_adds(&im->out, "* CAPABILITY ");
	imap_add_capabilities(im);
	buf_adds(&im->out, "\r\n");
}

static enum imap_result
capability(struct imap *im)
{
	if (!imap_arg_end(im))
		return IMAP_DONE;
	tell_capabilities(im);
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

static enum imap_result
id(struct imap *im)
{
	const struct conf *conf = session_worker(im->session)->conf;
	struct span name;

	if (!imap_arg_sp(im))
		return IMAP_DONE;
	if (!imap_id_parse(&im->cmd.args, &name))
		return imap_bad(im, "NIL or a list of at most %d fields with "
		    "their values was expected", IMAP_ID_PAIRS_MAX);
	if (!imap_arg_end(im))
		return IMAP_DONE;
	buf_clear(&im->client);
	buf_add_span(&im->client, name);
	buf_adds(&im->out, IMAP_ID_ANSWER);
	if (conf->nclients > 0) /* it may be told less than at its login */
		tell_capabilities(im);
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

/*
 * RFC 8437.  All state is this session's, which ends.  The front role has the
 * connection then, and knows nothing of compression, whose end a client need
 * not mark so that it could be found in what is read: so that cannot be undone
 * (section 3).
 */
static enum imap_result
unauthenticate(struct imap *im)
{
	if (!imap_arg_end(im))
		return IMAP_DONE;
	if (session_started(im->session)->tag[0] == '\0')
		return imap_no(im, "CANNOT", "There is nothing to log in to");
	if (session_compressed(im->session)) {
		imap_bye(im, "[UNAVAILABLE] A compressed connection cannot be "
		    "used again");
		return IMAP_WAIT;
	}
	im->cmd.back = true;
	return imap_ok(im, "You are logged out: log in again");
}

const struct imap_handler imap_unauthenticate = { .start = unauthenticate };
