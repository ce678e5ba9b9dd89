/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The yardstick for the event queue (DESIGN section 10): a plain 4-ary heap of 24-byte entries,
 * built with the same flags and timed in the same run.
 */
#ifndef BENCH_REF_HEAP_H
#define BENCH_REF_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct ref_entry {
	uint64_t time;
	uint64_t seq;
	void *payload;
};

struct ref_heap {
	struct ref_entry *at;
	size_t n, cap;
	uint64_t next_seq;
};

int ref_heap_push(struct ref_heap *h, uint64_t time, void *payload);
int ref_heap_pop(struct ref_heap *h, struct ref_entry *out);
void ref_heap_free(struct ref_heap *h);

#endif
