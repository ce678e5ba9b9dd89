// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/engine.h"

int engine_init(struct engine *e)
{
	int ret;

	*e = (struct engine){0};
	ret = fingerprint_init(&e->fp);
	if (ret)
		return ret;
	return event_queue_init(&e->queue, &e->failed);
}

void engine_destroy(struct engine *e)
{
	event_queue_destroy(&e->queue);
	fingerprint_destroy(&e->fp);
}

bool engine_step(struct engine *e)
{
	struct event event;
	u64 time;

	if (!event_pop(&e->queue, &time, &event))
		return false;
	e->now = time;
	e->events++;
	event.fn(event.ctx, event.arg);
	return true;
}
