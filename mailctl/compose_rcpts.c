/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "compose.h"
#include "header.h"

#define RCPTS_MAX 10000

static int
add(struct compose_rcpts *l, const struct address *a, struct buf *err)
{
	const char *host = a->host != NULL && a->host[0] != '\0' ? a->host :
								  l->domain;
	struct buf text = { 0 };
	struct mailbox_addr parts;

	buf_addf(&text, "%s%s%s", a->mailbox != NULL ? a->mailbox : "",
	    host != NULL ? "@" : "", host != NULL ? host : "");
	if (mailbox_addr_parse(buf_span(&text), true, &parts) < 0) {
		buf_addf(err, "\"%s\" is no address", text.data);
		buf_free(&text);
		return -1;
	}
	if (l->len == RCPTS_MAX) {
		buf_addf(err, "more than %d recipients", RCPTS_MAX);
		buf_free(&text);
		return -1;
	}
	if (l->len == l->cap) {
		l->cap = l->cap > 0 ? 2 * l->cap : 8;
		l->address = xrealloc_array(l->address, l->cap,
		    sizeof(l->address[0]));
	}
	l->address[l->len++] = buf_steal(&text);
	return 0;
}

int
compose_add_rcpts(struct compose_rcpts *l, struct span value, struct buf *err)
{
	struct address_list list = { 0 };
	int ret = 0;

	if (!address_list_parse(&list, value)) {
		buf_addf(err, "more than %d addresses in one list",
		    ADDRESS_MAX);
		ret = -1;
	}
	for (size_t i = 0; i < list.len && ret == 0; i++) {
		if (list.addr[i].kind == ADDRESS_MAILBOX)
			ret = add(l, &list.addr[i], err);
	}
	address_list_clear(&list);
	return ret;
}

int
compose_header_rcpts(struct compose_rcpts *l, struct span header,
    struct buf *err)
{
	struct header_field f;

	while (header_next(&header, &f)) {
		if (!span_ieqs(f.name, "To") && !span_ieqs(f.name, "Cc") &&
		    !span_ieqs(f.name, "Bcc"))
			continue;
		if (compose_add_rcpts(l, f.value, err) < 0)
			return -1;
	}
	return 0;
}

void
compose_rcpts_clear(struct compose_rcpts *l)
{
	for (size_t i = 0; i < l->len; i++)
		free(l->address[i]);
	free(l->address);
	*l = (struct compose_rcpts){ 0 };
}

void
compose_without(struct buf *out, struct span message, const char *field)
{
	struct span rest = message;
	struct header_field f;

	while (header_next(&rest, &f)) {
		if (!span_ieqs(f.name, field))
			buf_add_span(out, f.line);
	}
	buf_add_span(out, rest);
}
