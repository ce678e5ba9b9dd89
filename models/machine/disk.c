// SPDX-License-Identifier: GPL-3.0-or-later
/* The disk's queue and those who wait for it; an assumption of ours, see the header: no kernel code is modelled here. */
#include "machine/disk.h"

void disk_init(struct disk *d, struct engine *e, const struct disk_spec *spec)
{
	*d = (struct disk){.e = e, .present = spec->present};
	if (!spec->present)
		return;
	d->seek_ns = 1e9 / spec->iops;
	d->ns_per_byte = 1e9 / spec->bandwidth;
	d->latency = spec->latency;
}

u64 disk_submit(struct disk *d, enum io_dir dir, u64 place, u64 bytes)
{
	bool goes_on = place != DISK_SOMEWHERE && place == d->head;
	u64 start = max_of(d->busy_until, d->e->now), takes;

	if (!d->present)
		return d->e->now;
	/* rounded to whole nanoseconds before it steers anything */
	takes = (u64)((goes_on ? 0.0 : d->seek_ns) + (double)bytes * d->ns_per_byte);
	d->head = place == DISK_SOMEWHERE ? DISK_SOMEWHERE : place + bytes;
	d->busy_until = start + takes;
	d->busy_ns += takes;
	d->requests++;
	d->seeks += !goes_on;
	*(dir == IO_READ ? &d->bytes_read : &d->bytes_written) += bytes;
	return goes_on ? d->busy_until : max_of(d->busy_until, start + d->latency);
}

/* ---- what operations owe ---- */

static struct io_debt *debt_of_event(struct disk *d, enum io_reason why)
{
	struct io_debt *debt = &d->debt[why];

	if (debt->event != d->e->events + 1)
		*debt = (struct io_debt){.event = d->e->events + 1};
	return debt;
}

static void add_request(struct io_debt *debt, u64 place, u64 bytes)
{
	debt->place = debt->requests ? DISK_SOMEWHERE : place;
	debt->requests++;
	debt->bytes += bytes;
}

void io_owe(struct disk *d, enum io_reason why, u64 place, u64 bytes)
{
	if (d->present)
		add_request(debt_of_event(d, why), place, bytes);
}

void io_owe_file(struct disk *d, u64 place, u64 bytes)
{
	struct io_debt *debt;

	if (!d->present)
		return;
	debt = debt_of_event(d, IO_OWN);
	if (debt->file_bytes && debt->file_place + debt->file_bytes != place) {
		add_request(debt, debt->file_place, debt->file_bytes);
		debt->file_bytes = 0;
	}
	if (!debt->file_bytes)
		debt->file_place = place;
	debt->file_bytes += bytes;
}

void io_owe_sem(struct disk *d, struct io_sem *sem)
{
	if (d->present)
		debt_of_event(d, IO_RECLAIM)->sem = sem;
}

bool io_owes_nothing(const struct disk *d)
{
	for (u32 i = 0; i < NR_IO_REASONS; i++)
		if (d->debt[i].event == d->e->events + 1)
			return false;
	return true;
}

/* ---- waiting ---- */

static void serve(void *ctx, u64 arg);

static void reason_over(struct io_waiter *w, u64 reason)
{
	struct io_sem *sem = w->debt[reason].sem;

	w->waited[reason] += w->disk->e->now - w->since;
	w->since = w->disk->e->now;
	if (sem && sem->first) {
		struct io_waiter *next = sem->first;

		/* handed over */
		sem->first = next->next;
		engine_after(w->disk->e, 0, serve, next, reason);
	} else if (sem) {
		sem->free++;
	}
}

/* A reason begins: it may have to queue first. */
static void reason_begins(struct io_waiter *w, u64 reason)
{
	struct io_sem *sem = w->debt[reason].sem;

	if (!sem || sem->free) {
		if (sem)
			sem->free--;
		serve(w, reason);
		return;
	}
	w->next = NULL;
	if (sem->first)
		sem->last->next = w;
	else
		sem->first = w;
	sem->last = w;
}

/* The next request of a reason, then the next reason. */
static void serve(void *ctx, u64 arg)
{
	struct io_waiter *w = ctx;
	struct disk *d = w->disk;
	struct io_debt *debt = &w->debt[arg];

	if (debt->file_bytes) {
		u64 bytes = debt->file_bytes;

		debt->file_bytes = 0;
		engine_at(d->e, disk_submit(d, IO_READ, debt->file_place, bytes), serve, w, arg);
		return;
	}
	if (debt->requests) {
		u64 bytes = debt->bytes / debt->requests;

		debt->requests--;
		debt->bytes -= bytes;
		engine_at(d->e,
			  disk_submit(d, arg == IO_OWN ? IO_READ : IO_WRITE, debt->place, bytes),
			  serve, w, arg);
		debt->place = DISK_SOMEWHERE;
		return;
	}
	reason_over(w, arg);
	if (arg + 1 < NR_IO_REASONS)
		reason_begins(w, arg + 1);
	else
		w->then(w->ctx, w->arg);
}

static void begin(void *ctx, u64 arg)
{
	struct io_waiter *w = ctx;

	w->since = w->disk->e->now;
	reason_begins(w, arg);
}

void io_collect(struct io_waiter *w)
{
	struct disk *d = w->disk;

	w->owes = false;
	for (u32 i = 0; i < NR_IO_REASONS; i++) {
		w->debt[i] = (struct io_debt){0};
		if (d->debt[i].event != d->e->events + 1)
			continue;
		w->debt[i] = d->debt[i];
		w->owes = true;
		d->debt[i].event = 0;
	}
}

void io_serve(struct io_waiter *w, u64 delay, void (*then)(void *ctx, u64 arg), void *ctx, u64 arg)
{
	if (!w->owes) {
		engine_after(w->disk->e, delay, then, ctx, arg);
		return;
	}
	w->then = then;
	w->ctx = ctx;
	w->arg = arg;
	w->owes = false;
	engine_after(w->disk->e, delay, begin, w, 0);
}

void io_wait(struct io_waiter *w, u64 delay, void (*then)(void *ctx, u64 arg), void *ctx, u64 arg)
{
	io_collect(w);
	io_serve(w, delay, then, ctx, arg);
}

/* ---- metrics ---- */

static double busy(const void *model)
{
	const struct disk *d = model;

	return d->present && d->e->now ? (double)d->busy_ns / (double)d->e->now : NAN;
}

static double requests(const void *model)
{
	const struct disk *d = model;

	return d->present ? (double)d->requests : NAN;
}

static double bytes_read(const void *model)
{
	const struct disk *d = model;

	return d->present ? (double)d->bytes_read : NAN;
}

static double bytes_written(const void *model)
{
	const struct disk *d = model;

	return d->present ? (double)d->bytes_written : NAN;
}

const struct metric_source disk_metrics[] = {
	{.info = {.name = "disk.busy",
		  .unit = "ratio",
		  .kind = METRIC_DERIVED,
		  .help = "share of the time that the disk had work; above 1: a queue is left"},
	 .read = busy},
	{.info = {.name = "disk.requests",
		  .unit = "requests",
		  .kind = METRIC_COUNTED,
		  .integer = true,
		  .help = "requests queued"},
	 .read = requests},
	{.info = {.name = "disk.read_bytes",
		  .unit = "bytes",
		  .kind = METRIC_COUNTED,
		  .integer = true,
		  .help = "bytes read from the disk"},
	 .read = bytes_read},
	{.info = {.name = "disk.written_bytes",
		  .unit = "bytes",
		  .kind = METRIC_COUNTED,
		  .integer = true,
		  .help = "bytes written to it, and clusters that reclaim read first"},
	 .read = bytes_written},
	{.info = {.name = NULL}},
};
