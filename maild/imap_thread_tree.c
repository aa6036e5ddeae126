/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <stdlib.h>

#include "imap_thread.h"

bool
thread_real(const struct thread_tree *t, uint32_t node)
{
	return node < t->n;
}

void
thread_tree_clear(struct thread_tree *t)
{
	free(t->message);
	buf_free(&t->texts);
	free(t->ref);
	free(t->node);
	free(t->root);
	free(t->table);
}

uint32_t
thread_node_add(struct thread_tree *t)
{
	if (t->nnodes == THREAD_NODES_MAX) {
		t->failed = true;
		return THREAD_NONE;
	}
	if (t->nnodes == t->cap) {
		t->cap = t->cap > 0 ? 2 * t->cap : t->n + 64;
		t->node = xrealloc_array(t->node, t->cap, sizeof(t->node[0]));
	}
	t->node[t->nnodes] =
	    (struct thread_node){ THREAD_NONE, THREAD_NONE, THREAD_NONE };
	return (uint32_t)t->nnodes++;
}

void
thread_node_link(struct thread_tree *t, uint32_t parent, uint32_t child)
{
	t->node[child].parent = parent;
	t->node[child].next = t->node[parent].child;
	t->node[parent].child = child;
}

uint32_t
thread_node_rank(const struct thread_tree *t, uint32_t node)
{
	if (!thread_real(t, node))
		node = t->node[node].child;
	return t->message[node].rank;
}

static int
by_rank(const void *a, const void *b, void *arg)
{
	const struct thread_tree *t = arg;
	uint32_t x = thread_node_rank(t, *(const uint32_t *)a);
	uint32_t y = thread_node_rank(t, *(const uint32_t *)b);

	return (x > y) - (x < y);
}

void
thread_sort_nodes(struct thread_tree *t, uint32_t *node, size_t n)
{
	if (n > 1)
		qsort_r(node, n, sizeof(node[0]), by_rank, t);
}

void
thread_sort_children(struct thread_tree *t, uint32_t node)
{
	uint32_t first = t->node[node].child, c, *list;
	size_t n = 0;

	if (first == THREAD_NONE || t->node[first].next == THREAD_NONE)
		return;
	for (c = first; c != THREAD_NONE; c = t->node[c].next)
		n++;
	list = xrealloc_array(NULL, n, sizeof(list[0]));
	n = 0;
	for (c = first; c != THREAD_NONE; c = t->node[c].next)
		list[n++] = c;
	thread_sort_nodes(t, list, n);
	t->node[node].child = THREAD_NONE;
	while (n-- > 0)
		thread_node_link(t, node, list[n]);
	free(list);
}

void
thread_by_subject(struct thread_tree *t, const uint32_t *by_date)
{
	uint32_t *first = xrealloc_array(NULL, t->n + 1, sizeof(first[0]));

	for (size_t i = 0; i <= t->n; i++)
		first[i] = THREAD_NONE;
	for (size_t i = 0; i < t->n; i++)
		thread_node_add(t);
	t->root = xrealloc_array(NULL, t->n + 1, sizeof(t->root[0]));
	for (size_t i = 0; i < t->n && !t->failed; i++) {
		uint32_t *head = &first[t->message[by_date[i]].group];

		if (*head == THREAD_NONE)
			*head = t->root[t->nroots++] = by_date[i];
		else
			thread_node_link(t, *head, by_date[i]);
	}
	for (size_t i = 0; i < t->nroots; i++)
		thread_sort_children(t, t->root[i]);
	free(first);
}
