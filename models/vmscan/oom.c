// SPDX-License-Identifier: GPL-3.0-or-later
/* out_of_memory() and mem_cgroup_out_of_memory(): a victim and a verdict. */
#include "vmscan/vmscan.h"

#include <stdio.h>
#include <string.h>

void oom_consider(struct oom_task *best, const struct oom_task *task)
{
	if (best->found && task->pages <= best->pages)
		return;
	*best = *task;
	best->found = true;
}

static u64 bytes(const struct vmscan *v, s64 pages)
{
	return pages > 0 ? (u64)pages << v->m->page_shift : 0;
}

/* What a memcg's tree is charged for: the rest beside pages and stocks is slab and other kernel memory. */
static void look_at_memcg(const struct vmscan *v, u32 memcg, struct oom_verdict *o)
{
	const struct memcg_system *m = v->memcg;
	s64 anon = 0, file = 0, stock = 0;

	for (u32 cg = memcg; cg; cg = memcg_next(m, cg, memcg))
		for (u32 node = 0; node < v->m->nr_nodes; node++) {
			const struct page_lruvec *l = lruvec_at(v->pages, cg, node);

			anon += l ? (s64)l->anon : 0;
			file += l ? (s64)(l->pages[INACTIVE_FILE] + l->pages[ACTIVE_FILE]) : 0;
		}
	for (u32 cpu = 0; cpu < v->m->nr_cpus; cpu++)
		for (u32 i = 0; i < v->row->stock_slots; i++)
			if (m->cpus[cpu].stock_memcg[i] &&
			    memcg_in_tree(m, m->cpus[cpu].stock_memcg[i], memcg))
				stock += m->cpus[cpu].stock_pages[i];
	memcg_path(m, memcg, o->memcg, sizeof(o->memcg));
	o->max = bytes(v, memcg_at(m, memcg)->max_pages);
	o->anon = bytes(v, anon);
	o->file = bytes(v, file);
	o->other = bytes(v, stock);
	o->slab = bytes(v, memcg_at(m, memcg)->usage - anon - file - stock);
}

static void look_at_machine(const struct vmscan *v, struct oom_verdict *o)
{
	static const char *const names[] = {"DMA", "DMA32", "Normal"};
	const struct page_alloc *p = &v->m->pages;
	const struct zone *z = &p->zones[p->zonelist[o->node * p->nr_zones]];

	o->zone = names[z->type];
	o->zone_free = z->free << v->m->page_shift;
	o->zone_min = bytes(v, (s64)z->min);
	o->anon = bytes(v, v->pages->anon.level);
	o->file = bytes(v, v->pages->file.level);
	o->slab = (u64)v->pages->slab->bytes.level;
	o->free = bytes(v, p->free.level);
	o->dying = (u64)v->memcg->dying_bytes.level;
	o->other = bytes(v, (s64)p->managed - p->free.level - v->pages->anon.level -
				    v->pages->file.level) -
		   o->slab;
}

/* The killer itself; *o says where memory is short, and gets the rest if it is to be kept. */
static enum oom_result kill_one(struct vmscan *v, u32 memcg, struct oom_verdict *o)
{
	struct oom *oom = &v->oom;
	struct oom_task task = {.found = false};
	enum oom_result result;

	if (oom->ops.select)
		oom->ops.select(oom->ops.ctx, memcg, &task);
	/* that there is nobody to kill is said once */
	if (oom->nr_verdicts < MAX_OOM_VERDICTS && (task.found || !oom->nobody)) {
		if (o->limit)
			look_at_memcg(v, memcg, o);
		else
			look_at_machine(v, o);
		o->killed = task.found;
		o->task_anon = bytes(v, (s64)task.pages);
		if (task.number)
			snprintf(o->task, sizeof(o->task), "%s%u", task.name, task.number);
		else
			snprintf(o->task, sizeof(o->task), "%s", task.found ? task.name : "");
		oom->verdicts[oom->nr_verdicts++] = *o;
	}
	if (!task.found) {
		oom->nobody++;
		return OOM_NO_VICTIM;
	}
	oom->kills++;
	oom->kills_limit += o->limit;
	oom->last = v->e->now;
	engine_trail(v->e, TRAIL_OOM, task.memcg, task.pages << 1 | o->limit);
	result = oom->ops.kill(oom->ops.ctx, &task);
	oom->current_dies |= result == OOM_CURRENT;
	return result;
}

enum oom_result oom_memcg(struct vmscan *v, u32 memcg)
{
	struct oom_verdict o = {.time = v->e->now, .limit = true};

	return kill_one(v, memcg, &o);
}

enum oom_result oom_machine(struct vmscan *v, u32 node, u32 order)
{
	struct oom_verdict o = {.time = v->e->now, .node = node, .order = order};

	/* who reclaims gives memory back, who was chosen exits: neither has others killed */
	if (v->in_reclaim || v->oom.current_dies || !v->kswapd)
		return OOM_NO_VICTIM;
	return kill_one(v, ROOT_MEMCG, &o);
}
