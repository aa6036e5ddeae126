/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "mail_world.h"
#include "smtp.h"

#define INPUTS_A_WORLD 200 /* then its mail is thrown away */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct world world;

static void
fresh_world(void)
{
	static char name[] = "x.example", *domain = name;
	static unsigned inputs;

	if (inputs++ % INPUTS_A_WORLD != 0)
		return;
	if (world.base != NULL)
		world_close(&world);
	world_open(&world, engine_mem_open());
	world.conf.domain = &domain;
	world.conf.ndomains = 1;
	world.conf.message_size = 65536;
	world_add_user(&world, "a@x.example");
	world_add_user(&world, "b@x.example");
	world_set_alias(&world, "c@x.example", "a@x.example b+d@x.example");
	world_set_alias(&world, "e@x.example", "e@x.example c@x.example");
}

static void
settle(void)
{
	for (int i = 0; i < 2; i++)
		event_base_loop(world.base, EVLOOP_NONBLOCK);
}

/* The first byte chooses the protocol and how the rest, the client, is cut. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session_start start = { .peer = "192.0.2.1", .local = "587",
		.tls = "", .helo = "pc", .esmtp = true, .tag = "",
		.user = "a@x.example" };
	size_t step;

	if (size < 1)
		return 0;
	fresh_world();
	world_connect(&world, 0,
	    data[0] & 1 ? &smtp_lmtp_proto : &smtp_submission_proto, &start);
	step = data[0] & 2 ? 7 : 100000;
	for (size_t i = 1; i < size; i += step) {
		bufferevent_write(world.peer[0].bev, data + i,
		    size - i < step ? size - i : step);
		settle();
	}
	world_leave(&world, 0);
	return 0;
}
