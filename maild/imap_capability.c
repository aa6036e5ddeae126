/* SPDX-License-Identifier: ISC */
#include "imap_capability.h"

#include <inttypes.h>

#define BEFORE                                                                 \
	(IMAP_STAGE_CLEAR | IMAP_STAGE_PLAIN | IMAP_STAGE_TLS)
#define LOGIN (IMAP_STAGE_PLAIN | IMAP_STAGE_TLS)
#define IN    IMAP_STAGE_IN

/*
 * A capability stands here once all of its RFC works, with the stages in which
 * what it offers is allowed.
 */
static const struct {
	const char *name;
	unsigned stages;
} capabilities[] = {
	{ "IMAP4rev1", BEFORE | IN },                         /* RFC 3501 */
	{ "IMAP4rev2", BEFORE | IN },                         /* RFC 9051 */
	{ "STARTTLS", IMAP_STAGE_CLEAR | IMAP_STAGE_PLAIN },
	{ "LOGINDISABLED", IMAP_STAGE_CLEAR },
	{ "AUTH=PLAIN", LOGIN },
	{ "AUTH=LOGIN", LOGIN },
	{ "AUTH=SCRAM-SHA-256", LOGIN },                      /* RFC 7677 */
	{ "AUTH=SCRAM-SHA-256-PLUS", IMAP_STAGE_TLS },
	{ "AUTH=EXTERNAL", IMAP_STAGE_CERTIFICATE },          /* RFC 4422 */
	{ "AUTH=OAUTHBEARER", IMAP_STAGE_TOKENS },            /* RFC 7628 */
	{ "AUTH=XOAUTH2", IMAP_STAGE_TOKENS },
	{ "SASL-IR", LOGIN },                                 /* RFC 4959 */
	{ "LITERAL+", BEFORE | IN },                          /* RFC 7888 */
	{ "ID", BEFORE | IN },                                /* RFC 2971 */
	{ "ENABLE", IN },                                     /* RFC 5161 */
	{ "CONDSTORE", IN },                                  /* RFC 7162 */
	{ "QRESYNC", IN },
	{ "COMPRESS=DEFLATE", IN },                           /* RFC 4978 */
	{ "IDLE", IN },                                       /* RFC 2177 */
	{ "NAMESPACE", IN },                                  /* RFC 2342 */
	{ "ESEARCH", IN },                                    /* RFC 4731 */
	{ "SEARCHRES", IN },                                  /* RFC 5182 */
	{ "WITHIN", IN },                                     /* RFC 5032 */
	{ "SEARCH=FUZZY", IN },                               /* RFC 6203 */
	{ "SORT", IN },                                       /* RFC 5256 */
	{ "SORT=DISPLAY", IN },                               /* RFC 5957 */
	{ "ESORT", IN },                                      /* RFC 5267 */
	{ "THREAD=ORDEREDSUBJECT", IN },                      /* RFC 5256 */
	{ "THREAD=REFERENCES", IN },
	{ "I18NLEVEL=2", IN },                                /* RFC 5255 */
	{ "CONTEXT=SEARCH", IN },                             /* RFC 5267 */
	{ "CONTEXT=SORT", IN },
	{ "MULTISEARCH", IN },                                /* RFC 7377 */
	{ "UIDONLY", IN },                                    /* RFC 9586 */
	{ "PARTIAL", IN },                                    /* RFC 9394 */
	{ "INPROGRESS", IN },                                 /* RFC 9585 */
	{ "CHILDREN", IN },                                   /* RFC 3348 */
	{ "LIST-EXTENDED", IN },                              /* RFC 5258 */
	{ "LIST-STATUS", IN },                                /* RFC 5819 */
	{ "SPECIAL-USE", IN },                                /* RFC 6154 */
	{ "CREATE-SPECIAL-USE", IN },
	{ "ACL", IN },                                        /* RFC 4314 */
	{ "RIGHTS=kxte", IN },
	{ "LIST-MYRIGHTS", IN },                              /* RFC 8440 */
	{ "NOTIFY", IN },                                     /* RFC 5465 */
	{ "METADATA", IN },                                   /* RFC 5464 */
	{ "LIST-METADATA", IN },                              /* RFC 9590 */
	{ "QUOTA", IN },                                      /* RFC 9208 */
	{ "QUOTA=RES-STORAGE", IN },
	{ "QUOTA=RES-MESSAGE", IN },
	{ "QUOTA=RES-MAILBOX", IN },
	{ "QUOTASET", IN },
	{ "UIDPLUS", IN },                                    /* RFC 4315 */
	{ "MOVE", IN },                                       /* RFC 6851 */
	{ "UNAUTHENTICATE", IMAP_STAGE_BACK },                /* RFC 8437 */
	{ "UNSELECT", IN },                                   /* RFC 3691 */
	{ "MULTIAPPEND", IN },                                /* RFC 3502 */
	{ "CATENATE", IN },                                   /* RFC 4469 */
	{ "REPLACE", IN },                                    /* RFC 8508 */
	{ "UTF8=ACCEPT", IN },                                /* RFC 6855 */
	{ "BINARY", IN },                                     /* RFC 3516 */
	{ "OBJECTID", IN },                                   /* RFC 8474 */
	{ "SAVEDATE", IN },                                   /* RFC 8514 */
	{ "PREVIEW", IN },                                    /* RFC 8970 */
	{ "STATUS=SIZE", IN },                                /* RFC 8438 */
};

void
imap_capability_write(struct buf *out, unsigned stage, const struct conf *conf,
    struct span client)
{
	const char *sep = "";

	for (size_t i = 0;
	     i < sizeof(capabilities) / sizeof(capabilities[0]); i++) {
		if ((capabilities[i].stages & stage) == 0 ||
		    conf_hides(conf, client, capabilities[i].name))
			continue;
		buf_addf(out, "%s%s", sep, capabilities[i].name);
		sep = " ";
	}
	if (stage & IMAP_STAGE_IN) /* RFC 7889 */
		buf_addf(out, " APPENDLIMIT=%" PRIu64, conf->message_size);
	if ((stage & IMAP_STAGE_IN) && conf->messages_per_command > 0)
		buf_addf(out, " MESSAGELIMIT=%u", /* RFC 9738 */
		    conf->messages_per_command);
}
