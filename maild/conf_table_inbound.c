/* SPDX-License-Identifier: ISC */
#include "conf_table_impl.h"

static const char *const rspamd_failures[] = { "accept", "defer", NULL };

const struct conf_setting conf_table_inbound[] = {
	{ .block = "inbound",
	    .name = "tarpit",
	    .type = &conf_type_time,
	    FIELD(inbound_tarpit),
	    .def = "5s",
	    .max = 60,
	    .reload = true,
	    .sentence = "How long a client waits for a reply to what it gets "
			"wrong for the third time and after." },
	{ .block = "inbound",
	    .name = "connections_per_address",
	    .type = &conf_type_rate,
	    FIELD(inbound_connections),
	    .def = "0 per 1m",
	    .max = 1000000,
	    .reload = true,
	    .sentence = "Connections from the world that one client address "
			"makes within a time; "
			"further ones are turned away with 421, by each "
			"process for connections.  A /64 network of "
			"IPv6 is one address.  0: no limit." },
	{ .block = "inbound",
	    .name = "messages_per_address",
	    .type = &conf_type_rate,
	    FIELD(inbound_messages),
	    .def = "0 per 1m",
	    .max = 1000000,
	    .reload = true,
	    .sentence = "Messages from the world that one client address "
			"brings within a time; further ones are put off.  A /64 network of "
			"IPv6 is one address.  0: no limit." },
	{ .block = "inbound",
	    .name = "recipients_per_address",
	    .type = &conf_type_rate,
	    FIELD(inbound_recipients),
	    .def = "0 per 1m",
	    .max = 1000000,
	    .reload = true,
	    .sentence = "Recipients of what one client address brings from the "
			"world within a time; further ones are put off.  A /64 network of "
			"IPv6 is one address.  0: no limit." },
	{ .block = "inbound",
	    .name = "dnsbl",
	    .type = &conf_type_text,
	    FIELD(dnsbl),
	    .def = "",
	    .max = 1000,
	    .optional = true,
	    .sentence = "Lists of addresses in the DNS, up to 8 zones with "
			"spaces between them, such as \"zen.spamhaus.org\": "
			"clients that one of them names get no mail in.  What "
			"does not answer names nobody." },
	{ .block = "inbound",
	    .name = "dnsbl_timeout",
	    .type = &conf_type_time,
	    FIELD(dnsbl_timeout),
	    .def = "5s",
	    .min = 1,
	    .max = 60,
	    .reload = true,
	    .sentence = "How long the lists may take to answer." },
	{ .block = "inbound",
	    .name = "greylist",
	    .type = &conf_type_bool,
	    FIELD(greylist),
	    .def = "no",
	    .reload = true,
	    .sentence = "Whether mail is put off that is the first from its "
			"sender to its recipient by a network of clients (24 "
			"bits of an IPv4 address, 64 of IPv6): who means it "
			"comes again.  A restart forgets who has." },
	{ .block = "inbound",
	    .name = "greylist_delay",
	    .type = &conf_type_time,
	    FIELD(greylist_delay),
	    .def = "5m",
	    .min = 1,
	    .max = 86400,
	    .reload = true,
	    .sentence = "How long it is put off." },
	{ .block = "inbound",
	    .name = "greylist_window",
	    .type = &conf_type_time,
	    FIELD(greylist_window),
	    .def = "2d",
	    .min = 60,
	    .max = 30 * 86400,
	    .reload = true,
	    .sentence = "How long it may take to come again, before that counts "
			"as the first time." },
	{ .block = "inbound",
	    .name = "greylist_lifetime",
	    .type = &conf_type_time,
	    FIELD(greylist_lifetime),
	    .def = "36d",
	    .min = 60,
	    .max = 366 * 86400,
	    .reload = true,
	    .sentence = "How long who has come again is remembered after the "
			"last message." },
	{ .block = "inbound",
	    .name = "greylist_known",
	    .type = &conf_type_count,
	    FIELD(greylist_known),
	    .def = "5",
	    .max = 1000000,
	    .reload = true,
	    .sentence = "Of how many messages a network must have come again "
			"to be put off no more; 0: that makes no difference." },
	{ .block = "inbound",
	    .name = "rspamd",
	    .type = &conf_type_text,
	    FIELD(rspamd_url),
	    .def = "",
	    .max = 1000,
	    .optional = true,
	    .sentence = "The URL of rspamd's normal worker, http:// or "
			"https://, such as http://127.0.0.1:11333.  It sees "
			"each message from the world before it is taken: the message is refused, put off, given "
			"header lines or another subject as it says; what it "
			"would add a header to is filed in the mailbox for "
			"junk.  Without it nothing is checked." },
	{ .block = "inbound",
	    .name = "rspamd_timeout",
	    .type = &conf_type_time,
	    FIELD(rspamd_timeout),
	    .def = "30s",
	    .min = 1,
	    .max = 300,
	    .reload = true,
	    .sentence = "How long rspamd may take for a message." },
	{ .block = "inbound",
	    .name = "rspamd_failure",
	    .type = &conf_type_word,
	    FIELD(rspamd_failure),
	    .def = "accept",
	    .words = rspamd_failures,
	    .reload = true,
	    .sentence = "What becomes of messages when rspamd does not answer: "
			"they are taken unchecked, or put off." },
	{ .block = "inbound",
	    .name = "trusted",
	    .type = &conf_type_networks,
	    FIELD(inbound_trusted),
	    .shown = "192.0.2.0/24 2001:db8::1",
	    .reload = true,
	    .sentence = "Networks whose mail is neither counted by these limits "
			"nor put off by greylist, nor looked for in lists, "
			"such as those of a backup server for one's domains.  "
			"May be given several times." },
	END,
};
