/* SPDX-License-Identifier: ISC */
#ifndef TESTS_MIME_INPUT_H
#define TESTS_MIME_INPUT_H

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "mime.h"
#include "msgsrc.h"

/* What the checks and the fuzz targets of mime, envelope, bodystructure and
 * msgtext have in common. */

/* Parse s, fed in chunks of that many bytes; 0: at once. */
static inline struct mime_parser *
mime_input(struct span s, size_t chunk)
{
	struct mime_parser *p = mime_parser_new();

	if (chunk == 0)
		chunk = s.n;
	for (size_t off = 0; off < s.n; off += chunk) {
		/* In memory of its own, so that ASan sees a byte too far. */
		struct span run = span_sub(s, off, chunk);
		char *copy = malloc(run.n);

		memcpy(copy, run.p, run.n);
		mime_parser_feed(p, span_of(copy, run.n));
		free(copy);
	}
	mime_parser_finish(p);
	return p;
}

static inline bool
mime_part_eq(const struct mime_part *a, const struct mime_part *b)
{
	return a->kind == b->kind && a->encoding == b->encoding &&
	    a->parent == b->parent && a->first_child == b->first_child &&
	    a->next == b->next && a->header_off == b->header_off &&
	    a->header_len == b->header_len && a->body_off == b->body_off &&
	    a->body_len == b->body_len && a->lines == b->lines;
}

static inline bool
mime_tree_eq(const struct mime_tree *a, const struct mime_tree *b)
{
	for (size_t i = 0; a->len == b->len && i < a->len; i++) {
		if (!mime_part_eq(&a->part[i], &b->part[i]))
			return false;
	}
	return a->len == b->len;
}

/* A message in memory that is handed out in runs of at most chunk bytes, each
 * in memory of its own. */
struct mime_memory {
	struct span s;
	size_t chunk;
	char *run;
};

static inline int
mime_memory_at(void *arg, uint64_t off, struct span *out)
{
	struct mime_memory *m = arg;
	struct span s = span_sub(m->s, (size_t)off, m->chunk);

	if (s.n == 0)
		return -1;
	free(m->run);
	m->run = malloc(s.n);
	if (m->run == NULL)
		return -1;
	memcpy(m->run, s.p, s.n);
	*out = span_of(m->run, s.n);
	return 0;
}

static inline struct msgsrc
mime_memory_src(struct mime_memory *m)
{
	return (struct msgsrc){ mime_memory_at, m, m->s.n };
}

/* The content of a file of the test tree, to be freed. */
static inline struct buf
mime_file(const char *path)
{
	struct buf b = { .max = (size_t)1 << 30 };
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	do {
		char *at = buf_reserve(&b, 65536);

		n = fread(at, 1, 65536, f);
		b.len += n;
	} while (n > 0);
	fclose(f);
	return b;
}

/* Call fn for every file of tests/corpus/folder; returns their number. */
static inline int
mime_corpus(const char *folder, void (*fn)(const char *name, struct span s))
{
	const char *top = getenv("top_srcdir");
	char path[PATH_MAX], file[PATH_MAX + 256];
	struct dirent *e;
	int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/tests/corpus/%s",
	    top != NULL ? top : ".", folder);
	d = opendir(path);
	while (d != NULL && (e = readdir(d)) != NULL) {
		struct buf b;

		if (e->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
		b = mime_file(file);
		fn(e->d_name, buf_span(&b));
		buf_free(&b);
		n++;
	}
	if (d != NULL)
		closedir(d);
	return n;
}

#endif
