// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Extent status entries of ext4 (fs/ext4/extents_status.c): a read file has at least one. Their shrinker
 * knows neither memcgs nor nodes; it walks the inodes in turn, and an entry that was used since the last turn
 * gets another round. Seen in the recorded traces as ext4_es_scan with a count that stays for a whole turn.
 * Not modelled: their 40 bytes of slab each, more than one extent a file.
 */
#include "page_cache/internal.h"

#include <errno.h>

static struct extent_status *es_at(const struct page_cache *pc, u32 id)
{
	return (struct extent_status *)(void *)pc->es.base + id;
}

static u64 cached(const struct extent_status *es)
{
	return es->fresh + es->referenced + es->seen;
}

static u64 count(void *ctx, u32 shrinker, u32 block, u32 node)
{
	const struct page_cache *pc = ctx;

	(void)block;
	(void)node;
	return cached(es_at(pc, shrinker_at(pc->shrinkers, shrinker)->arg));
}

/* Entries are met in turn: those not used since go, used ones are behind the others next time. */
static unsigned long scan(void *ctx, u32 shrinker, u32 block, u32 node, u64 nr,
			  const struct task *t)
{
	struct page_cache *pc = ctx;
	struct extent_status *es = es_at(pc, shrinker_at(pc->shrinkers, shrinker)->arg);
	unsigned long freed = 0;

	(void)block;
	(void)node;
	(void)t;
	while (nr && cached(es)) {
		u64 n;

		if (!es->fresh && !es->referenced) {
			es->fresh = es->seen;
			es->seen = 0;
		}
		n = min_of(nr, es->fresh);
		es->fresh -= n;
		freed += n;
		nr -= n;
		n = min_of(nr, es->referenced);
		es->referenced -= n;
		es->seen += n;
		nr -= n;
	}
	return freed;
}

static const struct shrinker_ops es_shrinker_ops = {
	.scan_name = "ext4_es_scan",
	.count = count,
	.scan = scan,
};

int extent_status_init(struct page_cache *pc)
{
	return flat_init(&pc->es, sizeof(struct extent_status), MAX_SUPERS, false,
			 &pc->e->failed) ||
			       idmap_init(&pc->es_of, 16, &pc->e->failed)
		       ? -ENOMEM
		       : 0;
}

void extent_status_destroy(struct page_cache *pc)
{
	flat_destroy(&pc->es);
	idmap_destroy(&pc->es_of);
}

static u32 es_of_super(struct page_cache *pc, u32 sb, const struct task *t)
{
	u32 id = idmap_get(&pc->es_of, sb);

	if (id)
		return id;
	id = flat_take(&pc->es);
	if (!id)
		return 0;
	*es_at(pc, id) = (struct extent_status){0};
	es_at(pc, id)->shrinker = shrinker_register(pc->shrinkers, 0, DEFAULT_SEEKS, SHRINK_BATCH,
						    &es_shrinker_ops, pc, id, t);
	if (!es_at(pc, id)->shrinker) {
		flat_give(&pc->es, id);
		return 0;
	}
	return idmap_put(&pc->es_of, sb, id) ? id : 0;
}

void extent_status_add(struct page_cache *pc, u32 mapping, const struct task *t)
{
	struct mapping *m = mapping_at(pc, mapping);
	u32 id;

	if (m->has_extent || !m->inode || super_at(pc->vfs, m->sb)->fs != FS_EXT4)
		return;
	id = es_of_super(pc, m->sb, t);
	if (!id)
		return;
	m->has_extent = true;
	es_at(pc, id)->referenced++;
}

/* Which of them it was is not kept: one of the largest group. */
void extent_status_del(struct page_cache *pc, u32 mapping, u16 cpu)
{
	struct mapping *m = mapping_at(pc, mapping);
	u32 id = m->has_extent ? idmap_get(&pc->es_of, m->sb) : 0;
	struct extent_status *es = id ? es_at(pc, id) : NULL;
	u64 *group;

	(void)cpu;
	m->has_extent = false;
	if (!es || !cached(es))
		return;
	group = es->referenced >= es->fresh && es->referenced >= es->seen ? &es->referenced
		: es->fresh >= es->seen					  ? &es->fresh
									  : &es->seen;
	--*group;
}

void extent_status_umount(struct page_cache *pc, u32 sb, u16 cpu)
{
	u32 id = idmap_get(&pc->es_of, sb);

	if (!id)
		return;
	idmap_remove(&pc->es_of, sb);
	shrinker_unregister(pc->shrinkers, es_at(pc, id)->shrinker, cpu);
	flat_give(&pc->es, id);
}
