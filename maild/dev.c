/* SPDX-License-Identifier: ISC */
#include "config.h" /* nftw() */

#include "dev.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "file.h"
#include "scfg.h"
#include "tls_cert.h"

static int
make_dir(struct dev *d, struct buf *why)
{
	const char *tmp = getenv("TMPDIR");
	struct buf path = { 0 };

	if (d->options.dir != NULL) {
		buf_adds(&path, d->options.dir);
		if (mkdir(path.data, 0700) == 0 || errno == EEXIST)
			d->dir = realpath(path.data, NULL);
	} else {
		buf_addf(&path, "%s/maild-XXXXXX", tmp != NULL ? tmp : "/tmp");
		if (mkdtemp(path.data) != NULL)
			d->dir = realpath(path.data, NULL);
		d->temporary = d->dir != NULL;
	}
	if (d->dir == NULL)
		buf_addf(why, "%s: %s", path.data, strerror(errno));
	buf_free(&path);
	return d->dir != NULL ? 0 : -1;
}

static const struct {
	enum conf_listener kind;
	uint16_t offset;
} ports[] = {
	{ CONF_IMAP, 143 },
	{ CONF_IMAPS, 993 },
	{ CONF_SUBMISSION, 587 },
	{ CONF_SUBMISSIONS, 465 },
	{ CONF_LMTP, 24 },
};

/* One machine is all the clients there are, tests get passwords wrong, and
 * make users by the thousand. */
static const char limits[] = "auth { hash_cost 1 }\n"
			     "limits {\n"
			     "\tconnections_per_address 100000\n"
			     "\tconnections_per_user 10000\n"
			     "\tauth_failures 1000 per 1m\n"
			     "}\n";

static void
make_text(struct dev *d)
{
	struct buf socket = { 0 };

	buf_adds(&d->text, "hostname localhost\ndomain localhost\nuser \"\"\n"
			   "relay { mx no }\n");
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		buf_addf(&d->text, "listen %s localhost:%u\n",
		    conf_listener_name(ports[i].kind),
		    d->options.base + ports[i].offset);
	buf_adds(&d->text, "state_dir ");
	scfg_quote(&d->text, d->dir);
	buf_adds(&d->text, "\ncontrol_socket ");
	buf_addf(&socket, "%s/control.sock", d->dir);
	scfg_quote(&d->text, socket.data);
	buf_addf(&d->text, "\nplaintext %s\n",
	    d->options.plaintext ? "yes" : "no");
	buf_adds(&d->text, limits);
	buf_free(&socket);
}

static void
make_users(struct dev *d)
{
	struct buf name = { 0 };

	d->nusers = 1 + d->options.users;
	d->user = xcalloc(d->nusers, sizeof(*d->user));
	d->name = xcalloc(d->nusers, sizeof(*d->name));
	for (size_t i = 0; i < d->nusers; i++) {
		if (i == 0)
			buf_adds(&name, "test@localhost");
		else
			buf_addf(&name, "user%zu@localhost", i);
		d->name[i] = buf_steal(&name);
		d->user[i] = (struct master_user){ d->name[i], DEV_PASSWORD };
	}
}

int
dev_init(struct dev *d, const struct dev_options *o, struct buf *why)
{
	*d = (struct dev){ .options = *o };
	if (make_dir(d, why) < 0)
		return -1;
	make_text(d);
	make_users(d);
	return 0;
}

int
dev_certificate(const struct dev *d, const struct conf *c, struct buf *why)
{
	struct buf dir = { 0 }, from = { 0 }, to = { 0 }, pem = { 0 };
	struct tls_cert t = { 0 };
	int ret;

	if (c->tls_cert != NULL)
		return 0;
	buf_addf(&dir, "%s/tls", c->state_dir);
	buf_addf(&from, "%s/tls/ca.pem", c->state_dir);
	buf_addf(&to, "%s/ca.pem", d->dir);
	ret = tls_cert_self_signed(&t, dir.data, c->hostname, why);
	if (ret == 0 && (file_read(&pem, from.data, NULL) < 0 ||
			    file_write(to.data, 0644, buf_span(&pem)) < 0)) {
		buf_addf(why, "%s: %s", to.data, strerror(errno));
		ret = -1;
	}
	tls_cert_wipe(&t);
	buf_free(&dir);
	buf_free(&from);
	buf_free(&to);
	buf_free(&pem);
	return ret;
}

void
dev_hints(const struct dev *d, struct buf *out)
{
	unsigned base = d->options.base;

	buf_addf(out, "maild serves test@localhost");
	if (d->nusers > 1)
		buf_addf(out, " and user1@localhost to user%zu@localhost",
		    d->nusers - 1);
	buf_addf(out, ", password %s\n", DEV_PASSWORD);
	buf_addf(out,
	    "  IMAP  localhost, port %u (TLS) or %u (STARTTLS)\n"
	    "  SMTP  localhost, port %u (TLS) or %u (STARTTLS)\n"
	    "  LMTP  localhost, port %u\n"
	    "  its certificate is signed by %s/ca.pem\n"
	    "Try:\n",
	    base + 993, base + 143, base + 465, base + 587, base + 24, d->dir);
	buf_addf(out,
	    "  curl --cacert %s/ca.pem -u test:%s imaps://localhost:%u/INBOX\n",
	    d->dir, DEV_PASSWORD, base + 993);
	buf_addf(out,
	    "  curl --cacert %s/ca.pem -u test:%s --ssl-reqd "
	    "smtp://localhost:%u --mail-from test@localhost "
	    "--mail-rcpt test@localhost -T MESSAGE.eml\n",
	    d->dir, DEV_PASSWORD, base + 587);
	buf_addf(out, "  mailctl --socket %s/control.sock user list\n", d->dir);
	buf_adds(out, "Stop it with Control-C.\n");
}

static int
remove_one(const char *path, const struct stat *sb, int type, struct FTW *ftw)
{
	(void)sb;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
dev_clear(struct dev *d)
{
	if (d->temporary)
		nftw(d->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	for (size_t i = 0; i < d->nusers; i++)
		free(d->name[i]);
	free(d->name);
	free(d->user);
	free(d->dir);
	buf_free(&d->text);
	*d = (struct dev){ 0 };
}
