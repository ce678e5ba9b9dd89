// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * workload: replay, what it counted: how much of the recording this kernel saw, and how often one of the rules of
 * replay.c had to fill in.
 */
#include "workload/readers.h"
#include "workload/replay.h"

READ(allocs, s->allocs)
READ(frees, s->frees)
READ(touches, s->touches)
READ(orphan_frees, s->orphan_frees)
READ(made_up, s->made_up)
READ(kept, s->kept)
READ(free_after_reclaim, s->free_after_reclaim)
READ(alloc_while_kept, s->alloc_while_kept)
READ(released, s->released)
READ(sb_guessed, w->trace->stats.sb_guessed)
READ(sb_unknown, w->trace->stats.sb_unknown)
READ(memcg_guessed, w->trace->stats.memcg_guessed)
READ(damaged, w->trace->stats.damaged)
READ(lost, w->trace->stats.lost_events)

#define COUNTED(n, u, h)                                                                           \
	.info = {.name = n, .unit = u, .help = h, .integer = true, .kind = METRIC_COUNTED}

const struct metric_source replay_metrics[] = {
	{COUNTED("replay.allocs", "objects", "allocations replayed"), .read = allocs},
	{COUNTED("replay.frees", "objects", "frees replayed"), .read = frees},
	{COUNTED("replay.touches", "lookups", "lookups replayed"), .read = touches},
	{COUNTED("replay.orphan_frees", "objects", "frees of what was there before the trace"),
	 .read = orphan_frees},
	{COUNTED("replay.made_up", "objects", "of those: not in the initial population, made up"),
	 .read = made_up},
	{COUNTED("replay.kept_after_reclaim", "objects",
		 "freed by reclaim in the recording, kept here"),
	 .read = kept},
	{COUNTED("replay.free_after_reclaim", "objects",
		 "freed here by reclaim before the recording did"),
	 .read = free_after_reclaim},
	{COUNTED("replay.alloc_while_kept", "objects",
		 "allocated again where this kernel kept something"),
	 .read = alloc_while_kept},
	{COUNTED("replay.css_released", "cgroups", "cgroups that the recorded kernel freed"),
	 .read = released},
	{COUNTED("replay.sb_guessed", "objects",
		 "dentries whose superblock is that of a later inode"),
	 .read = sb_guessed},
	{COUNTED("replay.sb_unknown", "objects", "dentries without a superblock: on no LRU"),
	 .read = sb_unknown},
	{COUNTED("replay.memcg_guessed", "objects",
		 "allocations of tasks never seen to enter a cgroup: root"),
	 .read = memcg_guessed},
	{COUNTED("replay.damaged_lines", "lines", "lines of the trace that could not be read"),
	 .read = damaged},
	{COUNTED("replay.lost_events", "events", "events that the recording itself lost"),
	 .read = lost},
	{.info = {.name = NULL}},
};

u32 replay_notes(struct workload *w, struct arena *arena, char **out, u32 max)
{
	const struct trace *t = w->trace;
	const struct state *s = w->state;
	u32 n = 0;

	if (max < 3)
		return 0;
	out[n++] = arena_printf(
		arena,
		"%s: recorded CPU c runs on modelled CPU c modulo %u; dentries join their LRU "
		"at allocation, inodes when their dentry is freed",
		w->name, s->nr_cpus);
	out[n++] = arena_printf(
		arena,
		"%s: %llu of %llu dentries took the superblock of a later inode of the same "
		"task, %llu have none; %llu allocations by tasks of unknown cgroup: root",
		w->name, (unsigned long long)t->stats.sb_guessed,
		(unsigned long long)(t->stats.sb_guessed + t->stats.sb_unknown),
		(unsigned long long)t->stats.sb_unknown,
		(unsigned long long)t->stats.memcg_guessed);
	out[n++] = arena_printf(
		arena,
		"%s: %llu objects freed in the trace were there before it: taken from the "
		"initial population, %llu of them made up before the first record",
		w->name, (unsigned long long)t->stats.orphan_frees, (unsigned long long)s->made_up);
	return n;
}
