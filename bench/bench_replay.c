// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/bench_replay.h"

#include "engine/arena.h"
#include "kernels/rows.h"
#include "workload/types.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MEMCGS 1000
#define SUPERS 100
#define CPUS 4
#define BLOCK (1U << 18) /* records made at a time */
#define NS_PER_RECORD 1000
#define SAMPLE_NS (100 * NSEC_PER_MSEC)

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- the synthetic trace ---- */

struct source {
	struct trace trace;
	struct trace_record *records;
	u32 *live; /* ids that are alive, in no order */
	u32 *free_ids;
	u32 nr_live, nr_free, want;
	u64 left; /* timed operations still to make; loading comes before */
	u64 x;
	u64 time;
	struct rng rng;
	bool loading;
	double spent; /* s in making records */
};

static u64 below(struct source *s, u64 n)
{
	s->x ^= s->x << 13;
	s->x ^= s->x >> 7;
	s->x ^= s->x << 17;
	return s->x % n;
}

static void make_alloc(struct source *s, struct trace_record *r)
{
	u32 id = s->free_ids[--s->nr_free];

	s->live[s->nr_live++] = id;
	*r = (struct trace_record){
		.id = id,
		.memcg = 1 + (u32)below(s, MEMCGS),
		.sb = 1 + (u32)below(s, SUPERS),
		.peer = NONE_U32,
		.type = TRACE_ALLOC,
		.flags = TRACE_F_ACCOUNTED,
		.node = -1,
	};
}

static void make_record(struct source *s, struct trace_record *r)
{
	u64 what = s->loading ? 0 : below(s, 3);
	u32 i;

	/* what is alive stays near the wanted number */
	if (what < 2 && !s->loading)
		what = s->nr_live <= s->want ? 0 : 1;
	if (what == 0) {
		make_alloc(s, r);
	} else {
		i = what == 1 ? (u32)below(s, s->nr_live)
			      : (u32)zipf_draw(&s->rng, s->nr_live, 0.9);
		*r = (struct trace_record){
			.id = s->live[i],
			.peer = NONE_U32,
			.type = what == 1 ? TRACE_FREE : TRACE_TOUCH,
			.node = -1,
		};
		if (what == 1) {
			s->free_ids[s->nr_free++] = s->live[i];
			s->live[i] = s->live[--s->nr_live];
		}
	}
	r->cpu = (u16)below(s, CPUS);
	r->time_ns = s->time += NS_PER_RECORD;
}

static const struct trace_record *next_block(void *ctx, u64 *n)
{
	struct source *s = ctx;
	double start = now_s();
	u64 want = s->loading ? s->want - s->nr_live : s->left;

	*n = min_of(want, (u64)BLOCK);
	for (u64 i = 0; i < *n; i++)
		make_record(s, &s->records[i]);
	if (!s->loading)
		s->left -= *n;
	s->spent += now_s() - start;
	return *n ? s->records : NULL;
}

static int source_init(struct source *s, u32 live)
{
	struct arena *a = arena_new();

	*s = (struct source){.want = live, .x = 88172645463325252ULL, .loading = true};
	s->trace.arena = a;
	s->trace.caches = arena_array(a, 1, sizeof(*s->trace.caches));
	s->trace.memcgs = arena_array(a, MEMCGS + 1, sizeof(*s->trace.memcgs));
	s->trace.supers = arena_array(a, SUPERS + 1, sizeof(*s->trace.supers));
	s->records = malloc(BLOCK * sizeof(*s->records));
	s->live = malloc((live + 2ULL) * sizeof(u32));
	s->free_ids = malloc((live + 2ULL) * sizeof(u32));
	if (!s->trace.caches || !s->trace.memcgs || !s->trace.supers || !s->records || !s->live ||
	    !s->free_ids || rng_init(&s->rng, 1, "bench"))
		return -ENOMEM;
	/* so that they are not taken for the simulator's */
	memset(s->records, 1, BLOCK * sizeof(*s->records));
	memset(s->live, 1, (live + 2ULL) * sizeof(u32));
	s->trace.nr_ids = live + 2;
	while (s->nr_free < live + 2) {
		s->free_ids[s->nr_free] = live + 1 - s->nr_free;
		s->nr_free++;
	}
	s->trace.caches[0] = (struct trace_cache){
		.name = "dentry", .object_size = 192, .size = 192, .kind = TRACE_CACHE_DENTRY};
	s->trace.nr_caches = 1;
	for (u32 i = 0; i <= MEMCGS; i++)
		s->trace.memcgs[i] =
			(struct trace_memcg){.path = i ? "/c" : "/", .preexisting = i > 0};
	s->trace.nr_memcgs = MEMCGS + 1;
	for (u32 i = 0; i <= SUPERS; i++)
		s->trace.supers[i] = (struct trace_super){.name = "ext4", .fs = i ? "ext4" : NULL};
	s->trace.nr_supers = SUPERS + 1;
	s->trace.nr_cpus = CPUS;
	s->trace.next_block = next_block;
	s->trace.block_ctx = s;
	return 0;
}

static void source_destroy(struct source *s)
{
	free(s->records);
	free(s->live);
	free(s->free_ids);
	rng_destroy(&s->rng);
	arena_free(s->trace.arena);
}

/* ---- the kernel under it ---- */

static int make_kernel(struct world *w, const char *accounting, const char *list_lru, u32 live)
{
	static u16 cpu_node[CPUS] = {0, 0, 1, 1};
	static u32 distance[4] = {10, 20, 20, 10};
	struct kernel_spec spec = {
		.row = kernel_row_find("v6.18"),
		.config = CONFIG_SWAP,
		.vfs_cache_pressure = 100,
		.machine =
			{
				.topology = {.nr_cpus = CPUS,
					     .nr_nodes = 2,
					     .cpu_node = cpu_node,
					     .distance = distance},
				.page_size = 4096,
				.rcu_grace_period = 20 * NSEC_PER_MSEC,
			},
	};

	memcpy(spec.axes, spec.row->axes, sizeof(spec.axes));
	spec.axes[AXIS_ACCOUNTING] = accounting;
	spec.axes[AXIS_LIST_LRU] = list_lru;
	for (u32 i = 0; i < 2; i++)
		spec.machine.node_bytes[i] = (1ULL << 30) + 400ULL * live;
	return engine_init(&w->e) ? -ENOMEM : kernel_init(&w->k, &w->e, &spec);
}

/* Resident bytes of this process. */
static u64 resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long long pages = 0, total;

	if (f && fscanf(f, "%llu %llu", &total, &pages) != 2)
		pages = 0;
	if (f)
		fclose(f);
	return pages * (u64)sysconf(_SC_PAGESIZE);
}

/* What the main loop of a run does, with a sample of every metric at each step. */
static void run_to_end(struct world *w, struct workload *wl)
{
	u64 next_sample = w->e.now + SAMPLE_NS, stream;
	struct metric_value v;

	while ((stream = wl->type->stream_next(wl)) != UINT64_MAX && !w->e.failed) {
		u64 event = event_next_time(&w->e.queue), next = min_of(stream, event);

		if (next_sample <= next) {
			for (u32 t = 0; t < w->k.nr_metric_tables; t++)
				for (const struct metric_source *m = w->k.metrics[t].sources;
				     m->info.name; m++)
					metric_read(&w->k.metrics[t], m, &v);
			next_sample += SAMPLE_NS;
		} else if (stream < event) {
			wl->type->stream_run(wl, min_of(event, next_sample) - 1);
		} else {
			engine_step(&w->e);
		}
	}
}

/* Loads w's kernel with `live` objects and times `ops` operations. */
static int time_replay(struct bench_replay *out, struct world *w, struct source *s,
		       const char *policies, u32 live, u64 ops, u64 before)
{
	/* the replay's own params, all defaults: see models/workload/replay.c */
	static const u64 params[16];
	struct workload wl = {
		.type = &workload_replay, .name = "bench", .params = params, .world = w};
	u64 visited;
	double start;

	/* until this function ends */
	/* cppcheck-suppress autoVariables */
	w->workloads = &wl;
	w->nr_workloads = 1;
	w->seed = 1;
	wl.trace = &s->trace;
	wl.state = calloc(1, wl.type->state_size);
	if (!wl.state)
		return -ENOMEM;
	wl.type->start(&wl);
	/* load until `live` are alive: the source ends, and begins again for the timed part */
	s->left = ops;
	while (s->loading && !w->e.failed) {
		run_to_end(w, &wl);
		s->loading = false;
	}
	*out = (struct bench_replay){.policies = policies, .live = live, .ops = ops};
	out->bytes_per_object = (double)(resident() - before) / live;
	replay_continue(&wl);
	s->spent = 0.0;
	visited = w->e.visited;
	start = now_s();
	run_to_end(w, &wl);
	start = now_s() - start - s->spent;
	out->ops_per_s = (double)ops / start;
	out->ns_per_op = start / (double)ops * 1e9;
	out->visited = w->e.visited - visited;
	wl.type->destroy(&wl);
	free(wl.state);
	return w->e.failed;
}

int bench_replay(struct bench_replay *out, const char *accounting, const char *list_lru, u32 live,
		 u64 ops)
{
	struct world *w = calloc(1, sizeof(*w));
	struct source *s = calloc(1, sizeof(*s));
	int ret = w && s ? source_init(s, live) : -ENOMEM;
	u64 before = resident();

	if (!ret) {
		ret = make_kernel(w, accounting, list_lru, live);
		if (!ret) {
			ret = time_replay(out, w, s, accounting, live, ops, before);
			kernel_destroy(&w->k);
			engine_destroy(&w->e);
		}
		source_destroy(s);
	}
	free(s);
	free(w);
	return ret;
}

/* A chain through all records in random order (Sattolo's cycle): every read waits for the one before. */
double bench_random_read(u32 n)
{
	struct record {
		u32 next;
		u32 pad[7];
	} *r = NULL;
	u64 x = 88172645463325252ULL;
	u32 at = 0, reads = 4000000;
	double start;

	r = aligned_alloc(2 << 20,
			  ((size_t)n * sizeof(*r) + (2 << 20) - 1) & ~(size_t)((2 << 20) - 1));
	if (!r)
		return 0.0;
	(void)madvise(r, (size_t)n * sizeof(*r), MADV_HUGEPAGE);
	for (u32 i = 0; i < n; i++)
		r[i].next = i;
	for (u32 i = n - 1; i > 0; i--) {
		u32 j, t;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		j = (u32)(x % i);
		t = r[i].next;
		r[i].next = r[j].next;
		r[j].next = t;
	}
	start = now_s();
	for (u32 i = 0; i < reads; i++)
		at = r[at].next;
	start = now_s() - start;
	/* the result must be used, or there is nothing to time */
	if (at == NONE_U32)
		start = 0.0;
	free(r);
	return start / reads * 1e9;
}
