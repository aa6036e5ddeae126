/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "conf.h"
#include "route.h"

const char *
route_reply(const struct conf *conf, enum route_status st)
{
	switch (st) {
	case ROUTE_OK:
		break;
	case ROUTE_UNKNOWN:
		return "550 5.1.1 No such user here";
	case ROUTE_FOREIGN:
		return "550 5.7.1 Relaying is not available here";
	case ROUTE_ELSEWHERE:
		return "550 5.7.1 Forwards elsewhere; relaying is not "
		       "available here";
	case ROUTE_LOOP:
		return "550 5.4.6 Alias leads back to itself";
	case ROUTE_TOO_MANY:
		return "550 5.3.5 Alias has too many targets";
	case ROUTE_DISABLED:
		return "550 5.2.1 Mailbox takes no mail";
	case ROUTE_FULL:
		return strcmp(conf->quota_full, "reject") == 0 ?
			   "552 5.2.2 Mailbox is full" :
			   "452 4.2.2 Mailbox is full";
	case ROUTE_UNAVAILABLE:
		return "451 4.3.0 Mail store is not available";
	}
	return NULL;
}
