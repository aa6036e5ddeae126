/* SPDX-License-Identifier: ISC */
#ifndef MAILD_ROUTE_H
#define MAILD_ROUTE_H

#include "conf.h"
#include "store.h"

/*
 * Where an address leads: to which mailboxes here and which addresses
 * elsewhere, by way of aliases.
 *
 * All without regard to case, the first that is found:
 *
 *	an alias or user of that address, as it is;
 *	one of the address without its detail ("user+detail"); of a user, the
 *	mailbox named by the detail gets the mail where there is one, its INBOX
 *	where there is none;
 *	for postmaster and abuse of any domain of ours: the same name in the
 *	first domain, then postmaster there, then the user that was created
 *	first;
 *	the sender that an address of SRS stands for;
 *	an alias whose name is "@" and the domain.
 *
 * An alias that leads back to itself leads nowhere.  Targets that are no longer
 * there are passed over while others are.
 */
#define ROUTE_DEPTH_MAX   10   /* aliases behind aliases */
#define ROUTE_ALIASES_MAX 1000 /* expanded for one address */
#define ROUTE_TARGETS_MAX 2000

enum route_status {
	ROUTE_OK = 0,
	ROUTE_UNKNOWN,     /* the domain is ours, nobody has that name */
	ROUTE_FOREIGN,     /* the domain is not ours */
	ROUTE_ELSEWHERE,   /* an alias leads there, and nothing is relayed */
	ROUTE_LOOP,        /* an alias leads to itself, or through too many */
	ROUTE_TOO_MANY,    /* over ROUTE_TARGETS_MAX */
	ROUTE_DISABLED,    /* the user takes no mail */
	ROUTE_FULL,        /* the user's quota leaves no room */
	ROUTE_UNAVAILABLE, /* the store failed */
};

struct route_target {
	struct store_mailbox mailbox;
	char address[STORE_ADDRESS_MAX + 1]; /* as the sender or the last alias
					      * wrote it: for Delivered-To */
};

struct route_remote {
	char address[STORE_ADDRESS_MAX + 1]; /* as it was written */
	char domain[STORE_ADDRESS_MAX + 1];  /* lower case, A-labels */
	size_t origin;
};

/* Where one way ends that mail to an address takes. */
struct route_end {
	enum route_status status; /* ROUTE_OK: mail gets there */
	struct span address;      /* as the sender or the last alias wrote it */
	const struct store_user *user; /* whose mailbox it is; NULL: it is */
	uint64_t mailbox;              /* elsewhere, or takes no mail */
	/* The aliases that led there, the first first. */
	const char *via[ROUTE_DEPTH_MAX];
	size_t nvia;
};

/* A zeroed route is empty and ready for use. */
struct route {
	/* Set these before route_add(): */
	bool relay;    /* the sender may send to other domains */
	size_t origin; /* goes into what is added to remote */
	uint64_t size; /* what targets must have room for; 0: none */
	const unsigned char *srs_key; /* NULL: no SRS address leads anywhere */
	/* Called for each end, between store_begin() and store_end(), for who
	 * shows the way; or NULL. */
	void (*on_end)(void *arg, const struct route_end *e);
	void *end_arg;

	struct route_target *target; /* no mailbox stands in it twice */
	size_t ntargets, cap;
	struct route_remote *remote; /* nor does an address here */
	size_t nremotes, capremotes;
	bool here; /* route_add() has led to a mailbox; never cleared */
};

/*
 * Add where address leads: "local@domain" as in RCPT, or "postmaster".  When
 * the status is not ROUTE_OK, nothing was added.
 */
enum route_status route_add(struct route *r, struct store *st,
    const struct conf *conf, struct span address);
/* Lead to the users' mailboxes for junk instead, where they have one. */
void route_junk(struct route *r, struct store *st);
void route_clear(struct route *r);
/* "550 5.1.1 …", as SMTP has it, for what is not ROUTE_OK; else NULL. */
const char *route_reply(const struct conf *conf, enum route_status st);

/* Whether an alias of that name, in its canonical form, with these targets
 * would lead back to itself, or through too many others. */
bool route_loops(struct store *st, const struct conf *conf, const char *name,
    const struct span *target, size_t n);

/* Whether user may write from that address: it gets mail to it, among others
 * perhaps, or was granted it (store_send_as_set()). */
bool route_owned(struct store *st, const struct conf *conf,
    const struct store_user *user, struct span address);

#endif
