/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "mail_count.h"

struct count {
	char *user; /* first: the tree compares by it */
	size_t n;
};

struct mail_count {
	pthread_mutex_t mutex;
	void *tree; /* of struct count, tsearch(3) */
};

static int
compare(const void *a, const void *b)
{
	const struct count *ca = a, *cb = b;

	return strcmp(ca->user, cb->user);
}

struct mail_count *
mail_count_new(void)
{
	struct mail_count *c = xcalloc(1, sizeof(*c));

	pthread_mutex_init(&c->mutex, NULL);
	return c;
}

static void
count_free(void *p)
{
	struct count *one = p;

	free(one->user);
	free(one);
}

void
mail_count_free(struct mail_count *c)
{
	if (c == NULL)
		return;
	tdestroy(c->tree, count_free);
	pthread_mutex_destroy(&c->mutex);
	free(c);
}

static struct count *
find(struct mail_count *c, const char *user)
{
	struct count key = { .user = (char *)(size_t)user };
	void *node = tfind(&key, &c->tree, compare);

	return node != NULL ? *(struct count **)node : NULL;
}

static struct count *
make(struct mail_count *c, const char *user)
{
	struct count *one = xcalloc(1, sizeof(*one));

	one->user = xstrdup(user);
	if (tsearch(one, &c->tree, compare) == NULL)
		abort();
	return one;
}

bool
mail_count_add(struct mail_count *c, const char *user, size_t max)
{
	struct count *one;
	bool room;

	pthread_mutex_lock(&c->mutex);
	one = find(c, user);
	room = (one != NULL ? one->n : 0) < max;
	if (room && one == NULL)
		one = make(c, user);
	if (room)
		one->n++;
	pthread_mutex_unlock(&c->mutex);
	return room;
}

void
mail_count_drop(struct mail_count *c, const char *user)
{
	struct count *one;

	pthread_mutex_lock(&c->mutex);
	one = find(c, user);
	if (one != NULL && --one->n == 0) {
		tdelete(one, &c->tree, compare);
		count_free(one);
	}
	pthread_mutex_unlock(&c->mutex);
}
