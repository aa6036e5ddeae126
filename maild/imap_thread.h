/* SPDX-License-Identifier: ISC */
#ifndef MAILD_IMAP_THREAD_H
#define MAILD_IMAP_THREAD_H

#include "imap_order.h"

/*
 * Trees of messages, for THREAD (RFC 5256 section 3).  Messages have numbers,
 * by place in the mailbox; the nodes of a tree with lower numbers than there
 * are messages are these, the others stand for messages that are not there.
 */
#define THREAD_NONE      UINT32_MAX
#define THREAD_NODES_MAX ((size_t)16 << 20)

struct thread_message {
	uint32_t seq;
	int64_t sent;
	bool reply;
	struct order_text subject;
	uint64_t id;        /* as in struct sort_keys */
	size_t refs, nrefs; /* in the table of all */
	/* set once all are there: */
	uint32_t rank; /* in the order of dates */
	uint32_t
	    group; /* of those with the same base subject; 0: it is empty */
};

struct thread_node {
	uint32_t parent, child, next;
};

struct thread_tree {
	struct thread_message *message;
	size_t n;
	struct buf texts;
	uint64_t *ref;
	size_t nrefs, cap_refs;

	struct thread_node *node;
	size_t nnodes, cap;
	uint32_t *root; /* in order */
	size_t nroots;
	bool failed; /* over THREAD_NODES_MAX */

	/* private: of REFERENCES */
	struct thread_id *table;
	size_t slots, used;
	uint64_t seed[2];
	size_t linked; /* messages */
};

/* Has the node a message? */
bool thread_real(const struct thread_tree *t, uint32_t node);
void thread_tree_clear(struct thread_tree *t);
/* A new node without any ties, or THREAD_NONE. */
uint32_t thread_node_add(struct thread_tree *t);
/* Make child, which has no parent, one of parent. */
void thread_node_link(struct thread_tree *t, uint32_t parent, uint32_t child);
/* What a node is ordered by: its rank, or that of its first child. */
uint32_t thread_node_rank(const struct thread_tree *t, uint32_t node);
/* Order nodes, or the children of one. */
void thread_sort_nodes(struct thread_tree *t, uint32_t *node, size_t n);
void thread_sort_children(struct thread_tree *t, uint32_t node);

/* Make the trees of messages whose ranks and groups are set; by_date are their
 * numbers in the order of ranks. */
void thread_by_subject(struct thread_tree *t, const uint32_t *by_date);
/* The same in turns; true: they are made, or failed is set. */
bool thread_by_references(struct thread_tree *t, const struct imap *im);

#endif
