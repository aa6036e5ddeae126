/* SPDX-License-Identifier: ISC */
#include "conf.h"

#include <stdlib.h>

#include "conf_read.h"
#include "conf_table.h"
#include "dnsbl.h"

/*
 * A configuration is made in three layers, each bound in the same way: the
 * file, the lines of -o, and the defaults of what neither has set.
 */
enum layer { LAYER_NONE, LAYER_FILE, LAYER_OPTION, LAYER_DEFAULT };

struct setting_state {
	enum layer layer;    /* that set it */
	struct scfg_pos pos; /* where */
};

struct binder {
	struct conf *conf;
	struct conf_input input;
	struct setting_state *state; /* by the number of the setting */
	struct scfg_errors errors;
	enum layer layer;
};

static struct setting_state *
state_of(struct binder *b, const struct conf_setting *s)
{
	return &b->state[conf_setting_number(s)];
}

static void
unknown(struct binder *b, const char *block, const struct scfg_word *w)
{
	const char *like = conf_name_like(block, w->s);
	struct buf text = { 0 };

	buf_addf(&text, "unknown setting \"%s\"", w->s);
	if (block[0] != '\0')
		buf_addf(&text, " in %s", block);
	if (like != NULL)
		buf_addf(&text, "; did you mean \"%s\"?", like);
	scfg_error(&b->errors, &w->pos, "%s", text.data);
	buf_free(&text);
}

static bool
set_before(struct binder *b, const struct conf_setting *s,
    const struct scfg_word *w)
{
	const struct setting_state *st = state_of(b, s);
	struct buf first = { 0 };

	if (s->type->multiple || st->layer != b->layer)
		return false;
	scfg_pos_format(&first, &st->pos);
	scfg_error(&b->errors, &w->pos, "\"%s\" is set already, at %s", s->name,
	    first.data);
	buf_free(&first);
	return true;
}

static void
bind_setting(struct binder *b, const struct conf_setting *s,
    const struct scfg_directive *d)
{
	const struct scfg_word *name = &d->word[0];

	if (d->has_block && !s->type->block)
		scfg_error(&b->errors, &name->pos, "\"%s\" takes no block",
		    s->name);
	else if (!set_before(b, s, name) &&
		 s->type->parse(b->conf, s, d, &b->errors))
		*state_of(b, s) = (struct setting_state){ b->layer, name->pos };
}

static void bind_block(struct binder *b, const char *name,
    const struct scfg_block *block);

static void
bind_directive(struct binder *b, const char *block,
    const struct scfg_directive *d)
{
	const struct scfg_word *name = &d->word[0];
	const struct conf_setting *s = conf_setting_find(block, name->s);

	if (d->bad)
		return;
	if (s != NULL)
		bind_setting(b, s, d);
	else if (block[0] != '\0' || !conf_block_exists(name->s))
		unknown(b, block, name);
	else if (!d->has_block || d->nwords > 1)
		scfg_error(&b->errors, &name->pos,
		    "\"%s\" is a block: %s { ... }", name->s, name->s);
	else
		bind_block(b, name->s, &d->block);
}

static void
bind_block(struct binder *b, const char *name, const struct scfg_block *block)
{
	for (size_t i = 0; i < block->len; i++)
		bind_directive(b, name, &block->directive[i]);
}

static void
bind_text(struct binder *b, enum layer layer, const char *name,
    struct span text)
{
	b->layer = layer;
	conf_input_text(&b->input, name, text, &b->errors);
	bind_block(b, "", &b->input.block);
	conf_input_next(&b->input);
}

/* ---- defaults ---- */

#define DEFAULT_LISTEN              \
	"listen imap :143\n"        \
	"listen imaps :993\n"       \
	"listen submission :587\n"  \
	"listen submissions :465\n" \
	"listen lmtp unix:" RUNSTATEDIR "/maild/lmtp.sock\n"

static void
default_line(struct buf *out, const struct conf_setting *s)
{
	const char *def = s->def[0] != '\0' ? s->def : "\"\"";

	if (s->block[0] != '\0')
		buf_addf(out, "%s { %s %s }\n", s->block, s->name, def);
	else
		buf_addf(out, "%s %s\n", s->name, def);
}

static void
bind_defaults(struct binder *b)
{
	const struct conf_setting *s;
	struct buf text = { 0 };

	for (size_t i = 0; (s = conf_setting_at(i)) != NULL; i++)
		if (b->state[i].layer == LAYER_NONE && s->def != NULL)
			default_line(&text, s);
	if (b->conf->nlisten == 0)
		buf_adds(&text, DEFAULT_LISTEN);
	bind_text(b, LAYER_DEFAULT, "default", buf_span(&text));
	buf_clear(&text);
	if (b->conf->ndomains == 0 && b->conf->hostname != NULL) {
		buf_addf(&text, "domain %s\n", b->conf->hostname);
		bind_text(b, LAYER_DEFAULT, "default", buf_span(&text));
	}
	buf_free(&text);
}

/* ---- what no single setting can tell ---- */

static void
check_tls(struct binder *b)
{
	const struct conf_setting *cert = conf_setting_find("tls", "cert");
	const struct conf_setting *key = conf_setting_find("tls", "key");

	if (b->conf->tls_cert != NULL && b->conf->tls_key == NULL)
		scfg_error(&b->errors, &state_of(b, cert)->pos,
		    "a \"cert\" needs its \"key\"");
	if (b->conf->tls_key != NULL && b->conf->tls_cert == NULL)
		scfg_error(&b->errors, &state_of(b, key)->pos,
		    "a \"key\" needs its \"cert\"");
}

static void
check_introspection(struct binder *b)
{
	const struct conf_setting *url = conf_setting_find("auth",
	    "introspection_url");
	const struct conf_setting *user = conf_setting_find("auth",
	    "introspection_user");
	const struct conf *c = b->conf;

	if (c->introspection_url != NULL &&
	    !span_iprefix(span_str(c->introspection_url),
		SPAN_LIT("https://")))
		scfg_error(&b->errors, &state_of(b, url)->pos,
		    "the URL must begin with https://");
	if ((c->introspection_user == NULL) !=
	    (c->introspection_password_file == NULL))
		scfg_error(&b->errors, &state_of(b, user)->pos,
		    "an \"introspection_user\" needs its "
		    "\"introspection_password_file\", and that one it");
}

static void
check_rspamd(struct binder *b)
{
	const struct conf_setting *url =
	    conf_setting_find("inbound", "rspamd");
	const char *value = b->conf->rspamd_url;

	if (value != NULL &&
	    !span_iprefix(span_str(value), SPAN_LIT("http://")) &&
	    !span_iprefix(span_str(value), SPAN_LIT("https://")))
		scfg_error(&b->errors, &state_of(b, url)->pos,
		    "the URL must begin with http:// or https://");
}

static void
check_dnsbl(struct binder *b)
{
	const struct conf_setting *s = conf_setting_find("inbound", "dnsbl");
	struct span rest = span_str(b->conf->dnsbl != NULL ? b->conf->dnsbl :
							      ""), zone;
	size_t n = 0;

	while (span_split(&rest, ' ', &zone)) {
		char *name = span_dup(zone);

		if (zone.n > 0 && (!conf_host_normalize(name) ||
				      ++n > DNSBL_ZONES_MAX))
			scfg_error(&b->errors, &state_of(b, s)->pos,
			    "\"%s\" is no name, or one too many", name);
		free(name);
	}
}

static void
check_relay(struct binder *b)
{
	const struct conf_setting *user = conf_setting_find("relay", "user");
	const struct conf *c = b->conf;

	if ((c->relay_user == NULL) != (c->relay_password_file == NULL))
		scfg_error(&b->errors, &state_of(b, user)->pos,
		    "a \"user\" needs its \"password_file\", and that one it");
}

/* What comes back to an address of it must be ours to pass on. */
static void
check_srs(struct binder *b)
{
	const struct conf *c = b->conf;
	size_t i = 0;

	if (c->srs_domain == NULL)
		return;
	while (i < c->ndomains &&
	    !span_ieqs(span_str(c->srs_domain), c->domain[i]))
		i++;
	if (i == c->ndomains)
		scfg_error(&b->errors, &state_of(b,
		    conf_setting_find("relay", "srs_domain"))->pos,
		    "\"%s\" is no \"domain\" of this server", c->srs_domain);
}

/* ---- the whole ---- */

static void
bind_options(struct binder *b, const char *const *option, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bind_text(b, LAYER_OPTION, "-o", span_str(option[i]));
}

static struct conf *
finish(struct binder *b)
{
	bind_defaults(b);
	check_tls(b);
	check_introspection(b);
	check_rspamd(b);
	check_dnsbl(b);
	check_relay(b);
	check_srs(b);
	conf_input_clear(&b->input);
	free(b->state);
	if (b->errors.count > 0) {
		conf_free(b->conf);
		return NULL;
	}
	return b->conf;
}

static struct binder
begin(struct buf *errors)
{
	return (struct binder){
		.conf = xcalloc(1, sizeof(struct conf)),
		.state = xcalloc(conf_settings_count(),
		    sizeof(struct setting_state)),
		.errors = { .out = errors },
	};
}

struct conf *
conf_load(const char *path, const char *const *option, size_t noptions,
    struct buf *errors)
{
	struct binder b = begin(errors);

	b.layer = LAYER_FILE;
	if (path != NULL)
		conf_input_file(&b.input, path, &b.errors);
	bind_block(&b, "", &b.input.block);
	conf_input_next(&b.input);
	bind_options(&b, option, noptions);
	return finish(&b);
}

struct conf *
conf_parse_text(struct span text, const char *name, const char *const *option,
    size_t noptions, struct buf *errors)
{
	struct binder b = begin(errors);

	bind_text(&b, LAYER_FILE, name, text);
	bind_options(&b, option, noptions);
	return finish(&b);
}

void
conf_free(struct conf *c)
{
	const struct conf_setting *s;

	if (c == NULL)
		return;
	for (size_t i = 0; (s = conf_setting_at(i)) != NULL; i++)
		if (s->type->clear != NULL)
			s->type->clear(c, s);
	free(c);
}

void
conf_format(struct buf *out, const struct conf *c)
{
	const struct conf_setting *s;
	const char *block = "";

	for (size_t i = 0; (s = conf_setting_at(i)) != NULL; i++) {
		size_t n = s->type->count != NULL ? s->type->count(c, s) : 1;

		if (strcmp(block, s->block) != 0) {
			if (block[0] != '\0')
				buf_adds(out, "}\n");
			buf_addf(out, "%s {\n", s->block);
			block = s->block;
		}
		for (size_t v = 0; v < n; v++) {
			buf_addf(out, "%s%s ", block[0] != '\0' ? "\t" : "",
			    s->name);
			s->type->format(out, c, s, v);
			buf_addc(out, '\n');
		}
	}
	buf_adds(out, block[0] != '\0' ? "}\n" : "");
}

bool
conf_relays(const struct conf *c)
{
	return c->smarthost != NULL || c->mx;
}

bool
conf_equal(const struct conf *a, const struct conf *b)
{
	struct buf ta = { 0 }, tb = { 0 };
	bool equal;

	conf_format(&ta, a);
	conf_format(&tb, b);
	equal = span_eq(buf_span(&ta), buf_span(&tb));
	buf_free(&ta);
	buf_free(&tb);
	return equal;
}
