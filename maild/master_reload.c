/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "conf_reload.h"
#include "log.h"
#include "master_state.h"

static void
needs_restart(void *arg, const char *setting)
{
	(void)arg;
	log_warning("reload: a setting waits for a restart", "setting=%s",
	    setting);
}

/* One line of the log for each line of text. */
static void
log_lines(struct span text)
{
	struct span line;

	while (span_split(&text, '\n', &line)) {
		if (line.n > 0)
			log_error("reload: error", "text=%.*s",
			    LOG_SPAN(line));
	}
}

/* Everything is built before anything is changed. */
static struct conf *
build(struct master *m, struct tls_cert *tls, struct master_relay *relay,
    struct buf *why)
{
	struct conf *read, *next;

	read = m->options->load(m->options->arg, why);
	if (read == NULL)
		return NULL;
	next = conf_reload(m->conf, read, needs_restart, NULL, why);
	conf_free(read);
	if (next != NULL && (master_tls_read(tls, next, why) < 0 ||
	    master_relay_read(relay, next, why) < 0)) {
		conf_free(next);
		next = NULL;
	}
	return next;
}

static void
apply(struct master *m, struct conf *next, const struct tls_cert *tls,
    const struct master_relay *relay)
{
	conf_free(m->own);
	m->conf = m->own = next;
	tls_cert_wipe(&m->tls);
	m->tls = *tls;
	master_relay_wipe(&m->relay);
	m->relay = *relay;
	for (size_t i = 0; i < m->nchildren; i++) {
		struct child *c = &m->child[i];

		if (c->pid == 0)
			continue;
		if (child_send_parts(c) < 0 || child_say(c, ROLE_RELOAD) < 0)
			log_error("reload: cannot tell a role", "role=%s",
			    role_name(c->role));
	}
}

void
master_reload(struct master *m)
{
	struct master_relay relay = { 0 };
	struct tls_cert tls = { 0 };
	struct buf why = { 0 };
	struct conf *next;

	if (m->stopping || m->options->load == NULL)
		return;
	master_notify("RELOADING=1");
	next = build(m, &tls, &relay, &why);
	if (next == NULL) {
		log_lines(buf_span(&why));
		log_error("reload: the old configuration stays");
		tls_cert_wipe(&tls);
		master_relay_wipe(&relay);
	} else {
		apply(m, next, &tls, &relay);
		log_info("reload: the new configuration is in use");
	}
	master_notify("READY=1");
	buf_free(&why);
}
