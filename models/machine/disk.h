/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The disk behind the file systems: one queue, served in order of arrival. A request takes the disk for the
 * time of a seek (1 / IOPS), unless it begins where the last one ended, and for its bytes; its caller
 * sees at least the latency, if there was a seek. Where something is on the disk is a number that its owner
 * makes up: what lies together has neighbouring numbers. A machine without one serves every request at once.
 *
 * Nobody blocks inside a model: an operation that waits for the disk notes what it waits for (io_owe()), and
 * whoever ran it, a task or kswapd, waits for that before it goes on (io_wait()). So the effects of an
 * operation are there when it starts, its time passes in competition with all other users of the disk.
 * Not modelled: an I/O scheduler that lets readers overtake, sorting, more than one disk.
 */
#ifndef MODELS_MACHINE_DISK_H
#define MODELS_MACHINE_DISK_H

#include "engine/metric.h"

struct disk_spec {
	bool present;
	double iops;
	double bandwidth; /* bytes a second */
	u64 latency; /* ns */
};

/* Something that only so many may hold while they wait for the disk; others queue for it. */
struct io_sem {
	u32 free;
	struct io_waiter *first, *last; /* in order of arrival */
};

#define DISK_SOMEWHERE 0 /* a place that is nobody's neighbour */

/* What is owed: requests here and there, one after the other, and a part of a file. */
struct io_debt {
	u64 event; /* that made it: what nobody took is void with the next event */
	u32 requests;
	u64 bytes; /* of them all */
	u64 place; /* of the only one */
	u64 file_place, file_bytes;
	struct io_sem *sem; /* held meanwhile; NULL: none */
};

enum io_reason {
	IO_OWN, /* what the operation itself reads */
	IO_RECLAIM, /* what reclaim on its behalf wrote and waited for */
	NR_IO_REASONS,
};

struct disk {
	struct engine *e;
	bool present;
	double seek_ns, ns_per_byte;
	u64 latency;
	u64 busy_until; /* ns */
	u64 head; /* where the last request ended */
	struct io_debt debt[NR_IO_REASONS];
	u64 requests, seeks, bytes_read, bytes_written, busy_ns;
};

/* Someone who waits for requests, one after the other. */
struct io_waiter {
	struct disk *disk;
	struct io_debt debt[NR_IO_REASONS];
	bool owes; /* something in debt */
	u64 since; /* when the wait for the present reason began */
	u64 waited[NR_IO_REASONS]; /* ns in all */
	void (*then)(void *ctx, u64 arg);
	void *ctx;
	u64 arg;
	struct io_waiter *next; /* in the queue of a semaphore */
};

void disk_init(struct disk *d, struct engine *e, const struct disk_spec *spec);

enum io_dir { IO_READ, IO_WRITE };

/* Queues a request now; when it is done, ns. */
u64 disk_submit(struct disk *d, enum io_dir dir, u64 place, u64 bytes);

/* The operation that runs waits for a request; for pages of a file, in one request if they are neighbours. */
void io_owe(struct disk *d, enum io_reason why, u64 place, u64 bytes);
void io_owe_file(struct disk *d, u64 place, u64 bytes);
/* What the operation waits for inside reclaim it waits for with the semaphore held. */
void io_owe_sem(struct disk *d, struct io_sem *sem);
/* Nothing that the present event did has to be waited for. */
bool io_owes_nothing(const struct disk *d);

/* The waiter takes over what the present event owes. */
void io_collect(struct io_waiter *w);
/* After `delay` ns, and after all that it took over is served, `then` runs. */
void io_serve(struct io_waiter *w, u64 delay, void (*then)(void *ctx, u64 arg), void *ctx, u64 arg);
/* Both: after all that the present event owes. */
void io_wait(struct io_waiter *w, u64 delay, void (*then)(void *ctx, u64 arg), void *ctx, u64 arg);

extern const struct metric_source disk_metrics[];

#endif
