/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shrinker calls of a recorded trace: mm_shrink_slab_start and _end of one call put together. */
#ifndef TESTS_SHRINKER_RECORDED_H
#define TESTS_SHRINKER_RECORDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORDED_SHRINKERS 16
#define RECORDED_TASKS 16

struct recorded_call {
	/* the start line */
	int64_t deferred; /* "objects to shrink" */
	bool nofs; /* its gfp flags have no __GFP_FS: super blocks refuse it */
	int64_t cache_items;
	int64_t delta;
	int64_t total_scan;
	int priority;
	/* the end line */
	int64_t unused_scan;
	int64_t new_scan;
	int64_t left; /* its total_scan */
	int64_t freed;
	/* who, and when: numbers of lines */
	int shrinker;
	int task;
	int node;
	uint32_t idle_since; /* end of the task's call before */
	uint32_t start;
	uint32_t end;
};

struct recorded_shrinker {
	char function[32];
	char pointer[24]; /* kernels before 4.19 may print the same word for all */
};

struct recorded {
	struct recorded_call *calls; /* by start */
	size_t nr_calls;
	uint32_t *lines; /* 2 * call, + 1 for its end; in the order of the trace */
	size_t nr_lines;
	struct recorded_shrinker shrinkers[RECORDED_SHRINKERS];
	int nr_shrinkers;
	long pids[RECORDED_TASKS];
	int nr_tasks;
};

/* Reads a zstd file. Returns 0, or -1 after saying on stderr what is wrong with it. */
int recorded_read(const char *path, struct recorded *r);
/* The same from memory; path stands in for the file in messages. */
int recorded_read_text(const char *path, const char *text, size_t size, struct recorded *r);
void recorded_free(struct recorded *r);

#endif
