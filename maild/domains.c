/* SPDX-License-Identifier: ISC */
#include "domains.h"

#include "user_name.h"

bool
domains_configured(const struct conf *conf, struct span domain)
{
	for (size_t i = 0; i < conf->ndomains; i++)
		if (span_ieqs(domain, conf->domain[i]))
			return true;
	return false;
}

enum store_status
domains_find(struct store *st, const struct conf *conf, struct span address)
{
	struct span domain = user_name_domain(address);

	return domains_configured(conf, domain) ? STORE_OK :
						  store_domain_find(st, domain);
}
