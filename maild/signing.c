/* SPDX-License-Identifier: ISC */
#include "signing.h"

#include <stdlib.h>
#include <time.h>

#include "domain_name.h"
#include "log.h"
#include "store_dkim.h"

/* Between store_begin() and store_end(). */
static bool
find_keys(struct store *st, const char *author, struct store_dkim *out)
{
	struct buf domain = { 0 };
	bool ok = domain_name_ascii(&domain, author) &&
		  store_dkim_find(st, buf_span(&domain), out) == STORE_OK;

	buf_free(&domain);
	return ok;
}

struct dkim_message *
signing_begin(struct store *st, struct span begin)
{
	char *author = dkim_author_domain(begin);
	struct store_dkim keys;
	bool wanted;

	if (author == NULL)
		return NULL;
	store_begin(st);
	wanted = find_keys(st, author, &keys);
	store_end(st);
	free(author);
	return wanted ? dkim_message_new(begin) : NULL;
}

static void
sign(const struct dkim_message *m, const char *domain,
    const struct store_dkim_key *k, struct buf *out)
{
	struct dkim_key *key = dkim_key_read(k->algorithm, k->der);
	char selector[STORE_SELECTOR_MAX + 1] = { 0 };
	struct dkim_signer s = { key, domain, selector, (int64_t)time(NULL) };

	memcpy(selector, k->selector.p, k->selector.n);
	if (key == NULL || !dkim_message_sign(m, &s, out))
		log_error("dkim: cannot sign", "domain=%s selector=%s", domain,
		    selector);
	dkim_key_free(key);
}

void
signing_write(struct store *st, const struct dkim_message *m, struct buf *out)
{
	struct store_dkim keys;

	store_begin(st);
	if (find_keys(st, dkim_message_domain(m), &keys)) {
		for (size_t i = 0; i < keys.n; i++) {
			if (!keys.key[i].next)
				sign(m, keys.domain, &keys.key[i], out);
		}
	}
	store_end(st);
}
