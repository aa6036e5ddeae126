/* SPDX-License-Identifier: ISC */
#include "mime.h"

#include "header.h"

static const struct {
	const char *name;
	enum mime_encoding encoding;
} encodings[] = {
	{ "7bit", MIME_ENC_IDENTITY },
	{ "8bit", MIME_ENC_IDENTITY },
	{ "binary", MIME_ENC_IDENTITY },
	{ "base64", MIME_ENC_BASE64 },
	{ "quoted-printable", MIME_ENC_QP },
};

/* RFC 2045 section 5.1: token. */
static bool
is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 0x7f ||
		    strchr("()<>@,;:\\\"/[]?=", c) != NULL)
			return false;
	}
	return s.n > 0;
}

static bool
is_media_type(struct span s)
{
	struct span type;

	return span_split(&s, '/', &type) && is_token(type) && is_token(s);
}

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = (char)ascii_lower((unsigned char)*s);
}

void
mime_content_type(struct span header, struct param_list *l)
{
	struct header_field f;

	if (header_find(header, "Content-Type", &f)) {
		param_list_parse(l, f.value);
		lower(l->value);
		if (is_media_type(span_str(l->value)))
			return;
	}
	param_list_parse(l, SPAN_LIT("text/plain"));
}

enum mime_encoding
mime_transfer_encoding(struct span header, struct param_list *l)
{
	struct header_field f;

	if (header_find(header, "Content-Transfer-Encoding", &f))
		param_list_parse(l, f.value);
	else
		param_list_parse(l, SPAN_LIT("7bit"));
	lower(l->value);
	if (l->value[0] == '\0')
		param_list_parse(l, SPAN_LIT("7bit"));
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		if (strcmp(l->value, encodings[i].name) == 0)
			return encodings[i].encoding;
	}
	return MIME_ENC_UNKNOWN;
}

/* Part n of message root: of a multipart its child, else root's own body is
 * part 1. */
static uint32_t
part_of_message(const struct mime_tree *t, uint32_t root, uint32_t n)
{
	if (t->part[root].kind == MIME_MULTIPART)
		return mime_child(t, root, n);
	return n == 1 ? root : MIME_NONE;
}

uint32_t
mime_child(const struct mime_tree *t, uint32_t part, uint32_t n)
{
	uint32_t i = n > 0 ? t->part[part].first_child : MIME_NONE;

	while (i != MIME_NONE && n-- > 1)
		i = t->part[i].next;
	return i;
}

uint32_t
mime_find(const struct mime_tree *t, const uint32_t *nums, size_t n)
{
	uint32_t at = 0;

	if (t->len == 0)
		return MIME_NONE;
	for (size_t i = 0; i < n && at != MIME_NONE; i++) {
		if (i == 0)
			at = part_of_message(t, 0, nums[i]);
		else if (t->part[at].kind == MIME_MULTIPART)
			at = mime_child(t, at, nums[i]);
		else if (t->part[at].kind == MIME_MESSAGE)
			at = part_of_message(t, t->part[at].first_child,
			    nums[i]);
		else
			at = MIME_NONE;
	}
	return at;
}
