/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <sys/random.h>

#include "imap_thread.h"

/*
 * THREAD=REFERENCES; the numbers of steps are those of RFC 5256 section 3.
 */

/* Messages between two looks at the clock. */
#define LINK_SLICE 64

/* Of an ID, the node that it names; id 0: no entry. */
struct thread_id {
	uint64_t id;
	uint32_t node;
};

/* ---- IDs ---- */

/* With a seed, as senders choose the IDs. */
static size_t
slot_of(const struct thread_tree *t, uint64_t id)
{
	uint64_t h = (id ^ t->seed[0]) * (t->seed[1] | 1);

	h = (h ^ h >> 32) * 0x9e3779b97f4a7c15;
	return (size_t)(h >> 32) & (t->slots - 1);
}

static struct thread_id *
find(const struct thread_tree *t, uint64_t id)
{
	size_t i = slot_of(t, id);

	while (t->table[i].id != 0 && t->table[i].id != id)
		i = (i + 1) & (t->slots - 1);
	return &t->table[i];
}

static void
grow(struct thread_tree *t)
{
	struct thread_id *old = t->table;
	size_t slots = t->slots;

	t->slots = slots > 0 ? 2 * slots : 256;
	while (t->slots < 2 * (t->n + 1))
		t->slots *= 2;
	t->table = xcalloc(t->slots, sizeof(t->table[0]));
	for (size_t i = 0; i < slots; i++) {
		if (old[i].id != 0)
			*find(t, old[i].id) = old[i];
	}
	free(old);
}

static struct thread_id *
find_room(struct thread_tree *t, uint64_t id)
{
	if (2 * (t->used + 1) > t->slots)
		grow(t);
	return find(t, id);
}

static void
name(struct thread_tree *t, struct thread_id *at, uint64_t id, uint32_t node)
{
	*at = (struct thread_id){ id, node };
	t->used++;
}

/* The node of an ID, made where it is missing; THREAD_NONE: too many. */
static uint32_t
node_of(struct thread_tree *t, uint64_t id)
{
	struct thread_id *at = find_room(t, id);
	uint32_t node;

	if (at->id != 0)
		return at->node;
	node = thread_node_add(t);
	if (node != THREAD_NONE)
		name(t, at, id, node);
	return node;
}

/* The first message with an ID has it. */
static void
name_messages(struct thread_tree *t)
{
	if (getrandom(t->seed, sizeof(t->seed), 0) != sizeof(t->seed))
		abort();
	for (uint32_t i = 0; i < t->n && !t->failed; i++) {
		struct thread_id *at;

		thread_node_add(t);
		if (t->message[i].id == 0)
			continue;
		at = find_room(t, t->message[i].id);
		if (at->id == 0)
			name(t, at, t->message[i].id, i);
	}
}

/* ---- step 1 ---- */

/* Is node below, or the same as, top? */
static bool
is_below(const struct thread_tree *t, uint32_t node, uint32_t top)
{
	if (node == top)
		return true;
	if (t->node[top].child == THREAD_NONE)
		return false;
	while (node != THREAD_NONE && node != top)
		node = t->node[node].parent;
	return node == top;
}

static void
unlink_node(struct thread_tree *t, uint32_t node)
{
	uint32_t *at;

	if (t->node[node].parent == THREAD_NONE)
		return;
	at = &t->node[t->node[node].parent].child;
	while (*at != node)
		at = &t->node[*at].next;
	*at = t->node[node].next;
	t->node[node].parent = t->node[node].next = THREAD_NONE;
}

static void
link_message(struct thread_tree *t, uint32_t i)
{
	const struct thread_message *m = &t->message[i];
	uint32_t last = THREAD_NONE;

	for (size_t r = 0; r < m->nrefs; r++) {
		uint32_t node = node_of(t, t->ref[m->refs + r]);

		if (node == THREAD_NONE)
			return;
		if (last != THREAD_NONE &&
		    t->node[node].parent == THREAD_NONE &&
		    !is_below(t, last, node))
			thread_node_link(t, last, node);
		last = node;
	}
	if (t->node[i].parent != THREAD_NONE && t->node[i].parent == last)
		return;
	unlink_node(t, i);
	if (last != THREAD_NONE && !is_below(t, last, i))
		thread_node_link(t, last, i);
}

/* ---- steps 2 and 3 ---- */

/* From deepest() by after() to the top, children come before parents. */
static uint32_t
deepest(const struct thread_tree *t, uint32_t node)
{
	while (t->node[node].child != THREAD_NONE)
		node = t->node[node].child;
	return node;
}

static uint32_t
after(const struct thread_tree *t, uint32_t node)
{
	if (t->node[node].next != THREAD_NONE)
		return deepest(t, t->node[node].next);
	return t->node[node].parent;
}

/* All children of a node go below another one. */
static void
move_children(struct thread_tree *t, uint32_t from, uint32_t to)
{
	uint32_t c = t->node[from].child, next;

	for (; c != THREAD_NONE; c = next) {
		next = t->node[c].next;
		thread_node_link(t, to, c);
	}
	t->node[from].child = THREAD_NONE;
}

/* Put in the place of each dummy among a node's children its own. */
static void
prune_children(struct thread_tree *t, uint32_t node)
{
	uint32_t c = t->node[node].child, next;

	t->node[node].child = THREAD_NONE;
	for (; c != THREAD_NONE; c = next) {
		next = t->node[c].next;
		if (thread_real(t, c))
			thread_node_link(t, node, c);
		else
			move_children(t, c, node);
	}
}

static void
prune_below(struct thread_tree *t, uint32_t root)
{
	uint32_t node = deepest(t, root);

	for (; node != root; node = after(t, node))
		prune_children(t, node);
	prune_children(t, root);
}

/* A dummy at the top stays where it has several children. */
static void
add_root(struct thread_tree *t, uint32_t root)
{
	uint32_t child = t->node[root].child;

	if (!thread_real(t, root)) {
		if (child == THREAD_NONE)
			return;
		if (t->node[child].next == THREAD_NONE) {
			unlink_node(t, child);
			root = child;
		}
	}
	t->root[t->nroots++] = root;
}

static void
gather_roots(struct thread_tree *t)
{
	size_t nodes = t->nnodes;
	uint32_t *tops = xrealloc_array(NULL, nodes + 1, sizeof(tops[0]));
	size_t n = 0;

	for (uint32_t i = 0; i < nodes; i++) {
		if (t->node[i].parent == THREAD_NONE)
			tops[n++] = i;
	}
	t->root = xrealloc_array(NULL, n + 1, sizeof(t->root[0]));
	for (size_t i = 0; i < n; i++) {
		prune_below(t, tops[i]);
		add_root(t, tops[i]);
	}
	free(tops);
}

/* ---- steps 4 and 5 ---- */

static void
sort_roots(struct thread_tree *t)
{
	for (size_t i = 0; i < t->nroots; i++) {
		if (!thread_real(t, t->root[i]))
			thread_sort_children(t, t->root[i]);
	}
	thread_sort_nodes(t, t->root, t->nroots);
}

/* What speaks for a root: itself, or its first child. */
static const struct thread_message *
speaker(const struct thread_tree *t, uint32_t root)
{
	return &t->message[thread_real(t, root) ? root : t->node[root].child];
}

/* Step 5 B: of each subject, the root that others are to go below. */
static uint32_t *
choose(const struct thread_tree *t)
{
	uint32_t *table = xrealloc_array(NULL, t->n + 1, sizeof(table[0]));

	for (size_t i = 0; i <= t->n; i++)
		table[i] = THREAD_NONE;
	for (size_t i = 0; i < t->nroots; i++) {
		uint32_t root = t->root[i], *at;
		const struct thread_message *m = speaker(t, root);

		at = &table[m->group];
		if (*at == THREAD_NONE ||
		    (thread_real(t, *at) &&
			(!thread_real(t, root) ||
			    (t->message[*at].reply && !m->reply))))
			*at = root;
	}
	return table;
}

/* Step 5 C, of one root that is not the chosen one, *at. */
static void
merge(struct thread_tree *t, uint32_t root, uint32_t *at)
{
	uint32_t dummy;

	if (!thread_real(t, *at) && !thread_real(t, root)) {
		move_children(t, root, *at);
		return;
	}
	if (!thread_real(t, *at) ||
	    (thread_real(t, root) && t->message[root].reply &&
		!t->message[*at].reply)) {
		thread_node_link(t, *at, root);
		return;
	}
	dummy = thread_node_add(t);
	if (dummy == THREAD_NONE)
		return;
	thread_node_link(t, dummy, root);
	thread_node_link(t, dummy, *at);
	*at = dummy;
}

/* A dummy that was made stands where the chosen one of its subject stood. */
static void
merge_subjects(struct thread_tree *t)
{
	uint32_t *table = choose(t);
	uint32_t *chosen = xrealloc_array(NULL, t->n + 1, sizeof(chosen[0]));
	uint32_t *group = xrealloc_array(NULL, t->nroots + 1, sizeof(group[0]));
	size_t n = 0;

	memcpy(chosen, table, (t->n + 1) * sizeof(chosen[0]));
	for (size_t i = 0; i < t->nroots; i++)
		group[i] = speaker(t, t->root[i])->group;
	for (size_t i = 0; i < t->nroots && !t->failed; i++) {
		if (group[i] != 0 && t->root[i] != chosen[group[i]])
			merge(t, t->root[i], &table[group[i]]);
	}
	for (size_t i = 0; i < t->nroots; i++) {
		if (group[i] == 0)
			t->root[n++] = t->root[i];
		else if (t->root[i] == chosen[group[i]])
			t->root[n++] = table[group[i]];
	}
	t->nroots = n;
	free(table);
	free(chosen);
	free(group);
}

/* ---- step 6 ---- */

/* Children first, so that a dummy's first child is known. */
static void
sort_below(struct thread_tree *t, uint32_t root)
{
	uint32_t node = deepest(t, root);

	while (node != root) {
		/* What comes after it is not moved by this. */
		thread_sort_children(t, node);
		node = after(t, node);
	}
	thread_sort_children(t, root);
}

bool
thread_by_references(struct thread_tree *t, const struct imap *im)
{
	if (t->nnodes == 0)
		name_messages(t);
	while (t->linked < t->n && !t->failed) {
		link_message(t, (uint32_t)t->linked++);
		if (t->linked % LINK_SLICE == 0 && imap_slice_over(im))
			return false;
	}
	if (t->failed)
		return true;
	gather_roots(t);
	sort_roots(t);
	merge_subjects(t);
	for (size_t i = 0; i < t->nroots; i++)
		sort_below(t, t->root[i]);
	thread_sort_nodes(t, t->root, t->nroots);
	return true;
}
