/* SPDX-License-Identifier: ISC */
/*
 * What the store itself takes, without any protocol above it:
 *
 *	bench_store [-n messages] [-s size] [DIR]
 *
 * DIR (made, and removed again) should lie on the disk that counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store.h"

static struct engine *engine;
static struct store *store;
static struct store_user user;
static int wake_fd;
static size_t messages = 100000, size = 3000;
static char dir[256] = "bench-store.tmp";

static void
die(const char *what)
{
	fprintf(stderr, "bench_store: %s\n", what);
	exit(1);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double
cpu(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	    (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}

/* ---- a loop ---- */

static void
wake(void *arg)
{
	uint64_t one = 1;

	(void)arg;
	if (write(wake_fd, &one, sizeof(one)) < 0)
		die("eventfd");
}

static void
turn(void)
{
	uint64_t n;

	if (read(wake_fd, &n, sizeof(n)) < 0)
		die("eventfd");
	store_dispatch(store);
}

static bool finished;
static enum store_status outcome;

static void
done(void *arg, enum store_status st)
{
	(void)arg;
	finished = true;
	outcome = st;
}

static void
changed(void *arg, enum store_status st, const struct store_changed *c)
{
	(void)c;
	done(arg, st);
}

static void
wait_done(void)
{
	while (!finished)
		turn();
	finished = false;
	if (outcome != STORE_OK)
		die(store_strerror(outcome));
}

static void
sum(void *arg, struct span s)
{
	for (size_t i = 0; i < s.n; i += 64)
		*(uint64_t *)arg += (unsigned char)s.p[i];
}

/* ---- deliveries ---- */

struct flow {
	const struct store_mailbox *box;
	size_t nboxes, left, under_way, batch;
};

struct delivery {
	struct flow *flow;
	size_t n;
	struct store_message *message[100];
};

static struct store_message *
message(void)
{
	static const char head[] = "From: Somebody <somebody@example.org>\r\n"
	    "To: bob@example.org\r\nSubject: measured\r\n"
	    "Date: Tue, 1 Jul 2025 12:00:00 +0200\r\n"
	    "Message-ID: <1234567890.12345@example.org>\r\n\r\n";
	static char body[1 << 20];
	struct store_message *m = store_message_new(store, NULL, NULL);

	/* Each has its own random body. */
	for (size_t i = 0; i < size; i += 80) {
		snprintf(body + i, 81, "%016lx%016lx%016lx%016lx%014lx\r\n",
		    random(), random(), random(), random(), random());
	}
	store_message_write(m, span_of(head, sizeof(head) - 1));
	store_message_write(m, span_of(body, size));
	if (store_message_finish(m) != STORE_OK)
		die("message");
	return m;
}

static void deliver(struct flow *f);

static void
delivered(void *arg, enum store_status st, const struct store_delivered *out,
    size_t n)
{
	struct delivery *d = arg;

	(void)out;
	(void)n;
	if (st != STORE_OK)
		die(store_strerror(st));
	for (size_t i = 0; i < d->n; i++)
		store_message_free(d->message[i]);
	d->flow->under_way--;
	deliver(d->flow);
	free(d);
}

static void
deliver(struct flow *f)
{
	struct delivery *d;
	struct store_delivery in[100];

	if (f->left == 0)
		return;
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		die("memory");
	d->flow = f;
	d->n = f->left < f->batch ? f->left : f->batch;
	for (size_t i = 0; i < d->n; i++) {
		d->message[i] = message();
		in[i] = (struct store_delivery){ .message = d->message[i],
			.mailbox = f->box[f->left % f->nboxes] };
	}
	f->left -= d->n;
	f->under_way++;
	store_deliver(store, in, d->n, delivered, d);
}

static void
run_deliveries(const struct store_mailbox *box, size_t nboxes, size_t n,
    size_t clients, size_t batch, const char *what)
{
	struct flow f = { box, nboxes, n, 0, batch };
	struct engine_stats before, after;
	double t = now(), c = cpu();

	engine_stats(engine, &before);
	for (size_t i = 0; i < clients; i++)
		deliver(&f);
	while (f.under_way > 0)
		turn();
	t = now() - t;
	c = cpu() - c;
	engine_stats(engine, &after);
	printf("%-34s %8.0f /s  %6.1f us CPU each  %5.1f per sync"
	       "  %6.0f bytes each\n", what, (double)n / t,
	    c / (double)n * 1e6, (double)n /
		(double)(after.syncs - before.syncs),
	    (double)(after.bytes - before.bytes) / (double)n);
}

/* ---- reading ---- */

static void
run_view(const struct store_mailbox *m)
{
	struct store_view v;
	struct store_counts c;

	store_begin(store);
	if (store_mailbox_counts(store, m, &c) != STORE_OK ||
	    store_view_open(store, m, &v) != STORE_OK || v.len != c.messages)
		die("view");
	store_end(store);
	store_view_clear(&v);
}

static void
walk(const struct store_mailbox *m, unsigned columns, bool meta)
{
	struct store_cursor c = { .mailbox = *m, .columns = columns };
	struct store_meta md;
	struct store_msg msg;
	uint64_t total = 0;

	store_begin(store);
	for (uint32_t uid = 1; store_msg_next(store, &c, uid, &msg) == STORE_OK;
	     uid = msg.uid + 1) {
		total += msg.flags.system;
		if (meta && store_msg_meta(store, &c, &msg, &md) == STORE_OK)
			sum(&total, md.envelope);
	}
	store_cursor_end(&c);
	store_end(store);
}

static void
run_flags(const struct store_mailbox *m)
{
	walk(m, STORE_HOT, false);
}

static void
run_cold(const struct store_mailbox *m)
{
	walk(m, STORE_HOT | STORE_COLD, false);
}

static void
run_meta(const struct store_mailbox *m)
{
	walk(m, STORE_HOT | STORE_COLD, true);
}

static void
run_bodies(const struct store_mailbox *m)
{
	struct store_cursor c = { .mailbox = *m, .columns = STORE_COLD };
	struct store_src src;
	struct store_msg msg;
	uint64_t total = 0;
	struct span s;

	store_begin(store);
	for (uint32_t uid = 1; uid <= 1000 &&
	     store_msg_next(store, &c, uid, &msg) == STORE_OK;
	     uid = msg.uid + 1) {
		store_msg_src(store, &c, &msg, &src);
		for (uint64_t off = 0; off < msg.size; off += s.n) {
			if (src.src.at(src.src.arg, off, &s) != 0)
				die("body");
			sum(&total, s);
		}
	}
	store_cursor_end(&c);
	store_end(store);
}

/* ---- writing ---- */

static void
store_all(const struct store_mailbox *m, enum store_flag_op op)
{
	struct store_flag_change change = { .op = op, .system = STORE_SEEN,
		.unchangedsince = UINT64_MAX };
	struct seqset all = { 0 };

	seqset_add(&all, 1, UINT32_MAX);
	store_change_flags(store, m, &all, &change, changed, NULL);
	seqset_clear(&all);
	wait_done();
}

static void
run_store(const struct store_mailbox *m)
{
	static bool on;

	on = !on;
	store_all(m, on ? STORE_FLAGS_ADD : STORE_FLAGS_REMOVE);
}

static struct store_mailbox target;

static void
run_copy(const struct store_mailbox *m)
{
	struct seqset set = { 0 };

	seqset_add(&set, 1, 1000);
	store_copy(store, m, &set, &target, false, changed, NULL);
	seqset_clear(&set);
	wait_done();
}

static const struct {
	const char *what;
	void (*fn)(const struct store_mailbox *m);
} runs[] = {
	{ "SELECT", run_view },
	{ "FETCH 1:* FLAGS", run_flags },
	{ "FETCH 1:* RFC822.SIZE", run_cold },
	{ "FETCH 1:* ENVELOPE", run_meta },
	{ "1,000 bodies", run_bodies },
	{ "STORE 1:* +-FLAGS", run_store },
	{ "COPY of 1,000", run_copy },
};

static void
run_all(const struct store_mailbox *m)
{
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		double t[5], c = cpu(), x;

		for (size_t k = 0; k < 5; k++) {
			x = now();
			runs[i].fn(m);
			t[k] = now() - x;
			for (size_t j = k; j > 0 && t[j] < t[j - 1]; j--) {
				x = t[j];
				t[j] = t[j - 1];
				t[j - 1] = x;
			}
		}
		printf("%-34s %8.2f ms median  %6.2f best  %6.2f ms CPU\n",
		    runs[i].what, t[2] * 1e3, t[0] * 1e3,
		    (cpu() - c) / 5 * 1e3);
	}
}

/* ---- the whole ---- */

static struct store_mailbox
make_box(const char *name)
{
	struct store_mailbox m;

	store_mailbox_create(store, &user, span_str(name), 0, done, NULL);
	wait_done();
	if (store_mailbox_open(store, &user, span_str(name), &m) != STORE_OK)
		die("mailbox");
	return m;
}

static void
open_all(void)
{
	struct engine_lmdb_options o = { .dir = dir, .schema = STORE_SCHEMA,
		.migrate = store_migrate };
	const char *why;

	if (mkdir(dir, 0700) != 0)
		die("the folder cannot be made");
	wake_fd = eventfd(0, 0);
	engine = engine_lmdb_open(&o, &why);
	if (engine == NULL)
		die(why);
	store = store_new(engine, wake, NULL);
	store_user_create(store, SPAN_LIT("bob"), done, NULL);
	wait_done();
	if (store_user_find(store, SPAN_LIT("bob"), &user) != STORE_OK)
		die("user");
}

static void
close_all(void)
{
	static const char *const file[] = { "data.mdb", "lock.mdb", "lock" };
	char path[300];
	struct stat sb;

	store_free(store);
	engine_close(engine);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, file[i]);
		if (i == 0 && stat(path, &sb) == 0)
			printf("%-34s %8.1f MB\n", "on disk",
			    (double)sb.st_blocks * 512 / 1e6);
		unlink(path);
	}
	rmdir(dir);
}

int
main(int argc, char **argv)
{
	struct store_mailbox box[50], inbox;
	char name[16];
	int c;

	while ((c = getopt(argc, argv, "n:s:")) != -1) {
		if (c == 'n')
			messages = (size_t)strtoul(optarg, NULL, 10);
		else if (c == 's')
			size = (size_t)strtoul(optarg, NULL, 10) / 80 * 80;
		else
			die("usage: bench_store [-n messages] [-s size] [DIR]");
	}
	if (optind < argc)
		snprintf(dir, sizeof(dir), "%s", argv[optind]);
	if (size > 1 << 20)
		die("size: at most 1 MB");
	open_all();
	for (size_t i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "box%zu", i);
		box[i] = make_box(name);
	}
	target = make_box("target");
	run_deliveries(box, 1, 500, 1, 1, "deliver, 1 client");
	run_deliveries(box, 10, 5000, 10, 1, "deliver, 10 clients");
	run_deliveries(box, 50, 20000, 50, 1, "deliver, 50 clients");
	inbox = make_box("one");
	run_deliveries(&inbox, 1, 10000, 50, 1, "deliver, 50 into one mailbox");
	inbox = make_box("big");
	run_deliveries(&inbox, 1, messages, 4, 100, "MULTIAPPEND of 100");
	run_all(&inbox);
	close_all();
	return 0;
}
