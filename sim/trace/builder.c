// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The first pass: an event becomes a hit of 32 bytes, its names become numbers. What needs to know
 * the whole recording (which hierarchy, which cache, which order) is left to the join.
 */
#include "trace/builder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "trace/build_state.h"
#include "trace/join.h"
#include "trace/scan_word.h"

/* Cut off by 15 letters, so beginnings are compared. */
static const struct slice kthreads[] = {
	{"kworker/", 8}, {"ksoftirqd/", 10}, {"kswapd", 6},  {"kcompactd", 9},	 {"khugepaged", 10},
	{"kthreadd", 8}, {"migration/", 10}, {"rcu", 3},     {"jbd2/", 5},	 {"kdamond", 7},
	{"cpuhp/", 6},	 {"<idle>", 6},	     {"swapper", 7}, {"oom_reaper", 10},
};

struct trace_builder *trace_builder_new(const struct trace_import_opts *opts, const char *name)
{
	struct trace_builder *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->name = name;
	if (opts)
		b->opts = *opts;
	b->arena = arena_new();
	b->scratch = arena_new();
	b->tagged = calloc(UINT16_MAX + 1, sizeof(*b->tagged));
	if (!b->arena || !b->scratch || !b->tagged || cache_table_init(&b->caches, b->arena)) {
		trace_builder_free(b);
		return NULL;
	}
	b->first_time = UINT64_MAX;
	return b;
}

void trace_builder_free(struct trace_builder *b)
{
	if (!b)
		return;
	hits_destroy(&b->hits);
	cache_table_destroy(&b->caches);
	free(b->tagged);
	free(b->cgroups);
	free(b->roots);
	arena_free(b->scratch);
	arena_free(b->arena);
	free(b);
}

struct trace_stats *trace_builder_stats(struct trace_builder *b)
{
	return &b->stats;
}

static bool is_kthread(struct slice comm)
{
	for (u32 i = 0; i < ARRAY_SIZE(kthreads); i++)
		if (comm.s[0] == kthreads[i].s[0] && slice_starts(comm, kthreads[i]))
			return true;
	return false;
}

/* One look at the first letter spares most tasks the list above. */
static inline u8 comm_flags(struct slice comm)
{
	/* a bit for each letter from '@' on; two names begin with others */
	static const u64 first = 1ULL << ('k' - '@') | 1ULL << ('m' - '@') | 1ULL << ('r' - '@') |
				 1ULL << ('j' - '@') | 1ULL << ('c' - '@') | 1ULL << ('s' - '@') |
				 1ULL << ('o' - '@');
	char c = comm.len ? comm.s[0] : 0;
	u8 flags = 0;

	if (c != '<' && ((u8)c < '@' || (u8)c > 'z' || !(first >> (c - '@') & 1)))
		return 0;
	if (slice_starts(comm, SLICE("kswapd")))
		flags |= HIT_KSWAPD;
	if (is_kthread(comm))
		flags |= HIT_KTHREAD;
	return flags;
}

/* Are the pointers of this recording worth anything? KERNEL_FACTS 8: %p is hashed. */
static void watch_pointer(struct pointer_watch *w, const struct raw_object *o)
{
	w->nr_hidden += o->ptr_kind == RAW_PTR_HIDDEN;
	w->nr_null += o->ptr_kind == RAW_PTR_NULL;
	if (o->ptr_kind != RAW_PTR_VALUE)
		return;
	if (!w->first)
		w->first = o->ptr;
	w->differ |= o->ptr != w->first;
	w->longest_run = max_of(w->longest_run, ++w->run);
}

/* The cache of a named object; NO_CACHE when out of memory or there are too many. */
static inline u32 cache_of(struct trace_builder *b, const struct raw_object *o)
{
	u32 cache = b->tagged[o->name_tag];

	if (likely(cache))
		return cache - 1;
	cache = cache_table_get(&b->caches, o->name);
	if (o->name_tag && cache != NO_CACHE)
		b->tagged[o->name_tag] = (u16)(cache + 1);
	return cache;
}

static int no_cache(const struct trace_builder *b)
{
	return b->caches.nr_caches == NO_CACHE ? -E2BIG : -ENOMEM;
}

static inline int add_alloc(struct trace_builder *b, struct hit *h, const struct raw_object *o)
{
	u32 cache;

	if (unlikely(!b->pointers.differ || o->ptr_kind != RAW_PTR_VALUE))
		watch_pointer(&b->pointers, o);
	if (unlikely(o->ptr_kind != RAW_PTR_VALUE)) {
		h->flags = HIT_SKIP;
		return 0;
	}
	h->ptr = o->ptr;
	h->node = o->node >= 0 && o->node <= INT16_MAX ? (s16)o->node : -1;
	if (o->accounted == RAW_ACCOUNTED_YES)
		h->flags |= HIT_ACCOUNTED | HIT_ACCOUNT_SAID;
	else if (o->accounted == RAW_ACCOUNTED_NO)
		h->flags |= HIT_ACCOUNT_SAID;
	else if (memmem(o->gfp.s, o->gfp.len, "ACCOUNT", 7))
		h->flags |= HIT_ACCOUNTED;
	if (unlikely(!o->name.len)) {
		h->aux = cache_table_site(&b->caches, o);
		b->nameless = true;
		return h->aux == NONE_U32 ? -ENOMEM : 0;
	}
	cache = cache_of(b, o);
	if (unlikely(cache == NO_CACHE))
		return no_cache(b);
	cache_table_sizes(&b->caches, cache, o->bytes_req, o->bytes_alloc);
	h->cache = (u16)cache;
	h->flags |= HIT_NAMED;
	return 0;
}

static inline int add_free(struct trace_builder *b, struct hit *h, const struct raw_object *o)
{
	u32 cache;

	if (unlikely(o->ptr_kind != RAW_PTR_VALUE)) {
		b->pointers.nr_hidden += o->ptr_kind == RAW_PTR_HIDDEN;
		h->flags = HIT_SKIP;
		return 0;
	}
	if (unlikely(o->ptr == b->pointers.first))
		b->pointers.run = 0;
	h->ptr = o->ptr;
	if (slice_starts(o->call_site, SLICE("rcu_do_batch")))
		h->flags |= HIT_RCU;
	b->frees_by_callback += !!(h->flags & (HIT_RCU | HIT_IRQ));
	if (o->name.len) {
		cache = cache_of(b, o);
		if (unlikely(cache == NO_CACHE))
			return no_cache(b);
		h->cache = (u16)cache;
		h->flags |= HIT_NAMED;
	}
	return 0;
}

static struct root_count *root_of(struct trace_builder *b, u32 root)
{
	struct root_count *roots;

	for (u32 i = 0; i < b->nr_roots; i++)
		if (b->roots[i].root == root)
			return &b->roots[i];
	if (b->nr_roots == MOST_ROOTS)
		return NULL;
	roots = realloc(b->roots, (b->nr_roots + 1) * sizeof(*roots));
	if (!roots)
		return NULL;
	b->roots = roots;
	roots[b->nr_roots] = (struct root_count){.root = root};
	return &roots[b->nr_roots++];
}

static int add_cgroup(struct trace_builder *b, struct hit *h, const struct raw_event *ev)
{
	const struct raw_cgroup *cg = &ev->cgroup;
	struct root_count *root = root_of(b, cg->root);
	struct cgroup_event *e;

	if (cg->pid > RAW_PID_LIMIT)
		return -EINVAL;
	if (!root)
		return b->nr_roots == MOST_ROOTS ? -E2BIG : -ENOMEM;
	root->mkdirs += ev->type == RAW_CGROUP_MKDIR;
	root->attaches += ev->type == RAW_CGROUP_ATTACH;
	if (b->nr_cgroups == b->cap_cgroups) {
		u32 cap = b->cap_cgroups ? b->cap_cgroups * 2 : 256;

		e = realloc(b->cgroups, cap * sizeof(*e));
		if (!e)
			return -ENOMEM;
		b->cgroups = e;
		b->cap_cgroups = cap;
	}
	e = &b->cgroups[b->nr_cgroups];
	*e = (struct cgroup_event){.id = cg->id, .root = cg->root, .pid = cg->pid};
	e->path.len = cg->path.len;
	e->path.s = arena_strndup(b->scratch, cg->path.s, cg->path.len);
	h->aux = b->nr_cgroups++;
	b->max_pid = max_of(b->max_pid, cg->pid);
	return e->path.s ? 0 : -ENOMEM;
}

static int add_rare(struct trace_builder *b, struct hit *h, const struct raw_event *ev)
{
	switch (ev->type) {
	case RAW_CGROUP_MKDIR:
	case RAW_CGROUP_RMDIR:
	case RAW_CGROUP_RELEASE:
	case RAW_CGROUP_ATTACH:
		return add_cgroup(b, h, ev);
	case RAW_FORK:
	case RAW_EXIT:
		if (ev->task.pid > RAW_PID_LIMIT || ev->task.child > RAW_PID_LIMIT)
			return -EINVAL;
		h->pid = ev->task.pid;
		h->child = ev->task.child;
		b->max_pid = max_of(b->max_pid, max_of(ev->task.pid, ev->task.child));
		return 0;
	case RAW_SHRINK_START:
		b->stats.shrink_starts++;
		return 0;
	case RAW_SHRINK_END:
		b->stats.shrink_ends++;
		return 0;
	default:
		h->flags = HIT_SKIP;
		return 0;
	}
}

int trace_builder_add(struct trace_builder *b, const struct raw_event *ev)
{
	struct hit *h;

	if (unlikely(ev->pid > RAW_PID_LIMIT))
		return -EINVAL;
	b->stats.events++;
	b->first_time = min_of(b->first_time, ev->time_ns);
	b->last_time = max_of(b->last_time, ev->time_ns);
	b->max_cpu = max_of(b->max_cpu, ev->cpu);
	if (ev->type == RAW_OTHER || ev->type == RAW_KSWAPD_WAKE || ev->type == RAW_KSWAPD_SLEEP) {
		b->stats.ignored++;
		return 0;
	}
	if (unlikely(b->hits.n >= MOST_HITS))
		return -E2BIG;
	h = hits_add(&b->hits, ev->time_ns);
	if (unlikely(!h))
		return -ENOMEM;
	h->time_ns = ev->time_ns;
	h->ptr = 0;
	h->pid = ev->pid;
	h->aux = 0;
	h->cache = 0;
	h->cpu = ev->cpu;
	h->type = ev->type;
	h->flags = (u8)(comm_flags(ev->comm) | (ev->irq ? HIT_IRQ : 0));
	h->node = -1;
	b->max_pid = max_of(b->max_pid, ev->pid);
	if (likely(ev->type == RAW_CACHE_ALLOC))
		return add_alloc(b, h, &ev->obj);
	if (likely(ev->type == RAW_CACHE_FREE))
		return add_free(b, h, &ev->obj);
	return add_rare(b, h, ev);
}

/* ---- the second half: what the whole recording says ---- */

static int check_pointers(const struct trace_builder *b, struct diag *d)
{
	const struct pointer_watch *w = &b->pointers;
	struct src_pos pos = {.file = b->name};

	if ((!w->first && (w->nr_hidden || w->nr_null > MOST_ALIKE)) ||
	    (!w->differ && w->longest_run > MOST_ALIKE))
		return diag_error(d, DIAG_INPUT,
				  "%s: all object pointers are hidden (____ptrval____): objects "
				  "cannot be joined; record with no_hash_pointers on the kernel "
				  "command line",
				  b->name);
	if (w->nr_hidden)
		diag_warn(d, pos,
			  "%" PRIu64 " events have a hidden pointer (____ptrval____) and are left "
			  "out",
			  w->nr_hidden);
	return 0;
}

static bool used_more(const struct root_count *a, const struct root_count *b)
{
	if (a->mkdirs != b->mkdirs)
		return a->mkdirs > b->mkdirs;
	if (a->attaches != b->attaches)
		return a->attaches > b->attaches;
	return a->root < b->root;
}

/* The hierarchy to follow; without any cgroup event it does not matter. */
static u32 choose_root(const struct trace_builder *b, struct diag *d)
{
	const struct root_count *best = b->roots;
	struct src_pos pos = {.file = b->name};

	for (u32 i = 0; i < b->nr_roots; i++) {
		if (b->opts.root_given && b->roots[i].root == b->opts.root)
			return b->opts.root;
		if (used_more(&b->roots[i], best))
			best = &b->roots[i];
	}
	if (b->opts.root_given) {
		if (best)
			diag_warn(d, pos,
				  "no cgroup event of hierarchy root=%u; root=%u has %" PRIu64
				  " cgroup_mkdir",
				  b->opts.root, best->root, best->mkdirs);
		return b->opts.root;
	}
	if (b->nr_roots > 1)
		diag_warn(d, pos,
			  "cgroup events of %u hierarchies; taking root=%u, with %" PRIu64
			  " cgroup_mkdir the most used",
			  b->nr_roots, best->root, best->mkdirs);
	return best ? best->root : 0;
}

/* What the reader of the result must know and no counter says. */
static void notes(const struct trace_builder *b, bool was_unsorted, struct diag *d)
{
	struct src_pos pos = {.file = b->name};

	if (was_unsorted)
		diag_warn(d, pos, "events are not in order of time and were sorted");
	if (b->stats.lost_events)
		diag_warn(d, pos, "the recording lost %" PRIu64 " events", b->stats.lost_events);
	if (b->frees_by_callback && (b->stats.shrink_starts || b->stats.reclaim_frees))
		diag_warn(d, pos,
			  "%" PRIu64
			  " frees came from RCU callbacks or interrupts: whether reclaim "
			  "caused them cannot be told",
			  b->frees_by_callback);
}

int trace_builder_finish(struct trace_builder *b, struct trace *out, struct diag *d)
{
	bool unsorted = b->hits.unsorted;
	int ret = check_pointers(b, d);

	*out = (struct trace){.nr_records = 0};
	if (ret)
		return ret;
	ret = hits_sort(&b->hits);
	if (!ret)
		ret = trace_join(b, choose_root(b, d), out);
	if (ret) {
		trace_free(out);
		diag_error(d, DIAG_SYSTEM, "%s: out of memory", b->name);
		return ret;
	}
	notes(b, unsorted, d);
	out->nr_cpus = b->stats.events ? (u32)b->max_cpu + 1 : 0;
	out->duration_ns = b->stats.events ? b->last_time - b->first_time : 0;
	out->stats = b->stats;
	out->arena = b->arena;
	b->arena = NULL;
	return 0;
}

void trace_free(struct trace *t)
{
	if (t->records_mapped)
		munmap(t->records, t->records_mapped);
	arena_free(t->arena);
	*t = (struct trace){.nr_records = 0};
}
