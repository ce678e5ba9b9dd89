// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Models how the page allocator comes up (mm/page_alloc.c and, since 6.4, mm/mm_init.c): nodes cut into zones, the
 * kernel's own early memory, watermarks, sizes of the per-CPU lists, zonelists (KERNEL_FACTS 2.5).
 */
#include "machine/page_alloc.h"

#include <errno.h>
#include <stdlib.h>

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

/* ---- zones ---- */

/* Ends of the DMA and DMA32 zones; 64 KiB pages (powerpc, arm64 as configured) have one zone. */
static u64 zone_end_bytes(const struct page_alloc_spec *s, u32 type)
{
	if (type == ZONE_NORMAL || s->page_size != 4096)
		return type == ZONE_NORMAL ? UINT64_MAX : 0;
	if (type == ZONE_DMA)
		return s->zone_dma ? 16 * MIB : 0;
	return 4 * GIB;
}

static void add_zone(struct page_alloc *p, u32 node, u32 type, u64 first_pfn, u64 end_pfn)
{
	struct zone *z = &p->zones[p->nr_zones++];

	*z = (struct zone){
		.type = (u8)type,
		.node = (u8)node,
		.first_pfn = first_pfn,
		.end_pfn = end_pfn,
		.managed = end_pfn - first_pfn,
		.free = (s64)(end_pfn - first_pfn),
		.next_fresh = (u32)(first_pfn >> p->block_order),
		.end_block = (u32)(end_pfn >> p->block_order),
	};
}

/* The kernel's own early memory comes from the largest zone of a node (memblock takes it from above). */
static void reserve_early(struct page_alloc *p, u32 node, u64 pages, u64 occupied)
{
	struct zone *largest = NULL;

	for (u32 i = 0; i < p->nr_zones; i++) {
		struct zone *z = &p->zones[i];

		if (z->node == node && (!largest || z->managed > largest->managed))
			largest = z;
	}
	/* pfn 0 means "no memory", so the first page of all is never given out */
	if (!node && largest != &p->zones[0])
		page_alloc_reserve(p, &p->zones[0], 1, false);
	if (largest) {
		page_alloc_reserve(p, largest, max_of(pages, node ? 0ULL : 1ULL), false);
		page_alloc_reserve(p, largest, occupied, true);
	}
}

static void cut_zones(struct page_alloc *p, const struct page_alloc_spec *s)
{
	u64 block_pages = 1ULL << p->block_order, pfn = 0;

	for (u32 node = 0; node < s->nr_nodes; node++) {
		u64 first = pfn;
		u64 end = pfn + s->node_bytes[node] / s->page_size / block_pages * block_pages;
		u64 reserved = s->reserved[node] ? s->reserved[node] : (end - first) * 64;

		for (u32 type = 0; type < NR_ZONE_TYPES && pfn < end; type++) {
			u64 limit = min_of(zone_end_bytes(s, type) / s->page_size, end);

			if (limit <= pfn)
				continue;
			add_zone(p, node, type, pfn, limit);
			pfn = limit;
		}
		reserve_early(p, node, div_round_up(reserved, s->page_size),
			      s->occupied[node] / s->page_size);
	}
}

/* ---- watermarks and what is kept free ---- */

static u64 int_sqrt(u64 x)
{
	u64 r = 0;

	for (u64 bit = 1ULL << 31; bit; bit >>= 1)
		if ((r + bit) * (r + bit) <= x)
			r += bit;
	return r;
}

static void set_watermarks(struct page_alloc *p, const struct page_alloc_spec *s)
{
	u64 min_kb = s->min_free_bytes / 1024;

	for (u32 i = 0; i < p->nr_zones; i++)
		p->managed += p->zones[i].managed;
	if (!min_kb) {
		min_kb = int_sqrt(p->managed * (s->page_size / 1024) * 16);
		min_kb = min_of(max_of(min_kb, (u64)128),
				(u64)(s->min_free_max_kb ? s->min_free_max_kb : 65536));
	}
	for (u32 i = 0; i < p->nr_zones; i++) {
		struct zone *z = &p->zones[i];
		u64 step;

		z->min = (u64)((u128)(min_kb * 1024 / s->page_size) * z->managed / p->managed);
		step = max_of(z->min / 4, z->managed / 1000);
		z->low = z->min + step;
		z->high = z->min + 2 * step;
		/* what higher zones of the node could have held stays reserved (ratio 256) */
		for (u32 j = 0, above = 0; j < p->nr_zones; j++) {
			struct zone *h = &p->zones[j];

			if (h->node == z->node && h->type > z->type)
				above += (u32)h->managed;
			z->reserve[ZONE_NORMAL] = above / 256;
		}
	}
}

/* zone_batchsize() and the size of the lists: six batches, from 5.14 on the low mark over the node's CPUs. */
static void size_pcp(struct page_alloc *p, const struct page_alloc_spec *s)
{
	for (u32 i = 0; i < p->nr_zones; i++) {
		struct zone *z = &p->zones[i];
		u64 limit = (s->pcp_limit ? s->pcp_limit : 1 * MIB) / s->page_size;
		u64 batch = max_of(min_of(z->managed / 1024, limit) / 4, (u64)1), power = 1,
		    cpus = 0;

		for (batch += batch / 2; power * 2 <= batch; power *= 2)
			;
		z->pcp_batch = (u32)max_of(power - 1, (u64)1);
		z->pcp_high = 6 * z->pcp_batch;
		for (u32 c = 0; c < s->nr_cpus; c++)
			cpus += s->cpu_node[c] == z->node;
		if (s->pcp_from_low_mark)
			z->pcp_high =
				(u32)max_of(z->low / max_of(cpus, (u64)1), (u64)z->pcp_batch * 4);
	}
}

/* Pageblocks that atomic allocations of higher orders made theirs: in the largest zone of the node. */
static void keep_highatomic(struct page_alloc *p, const struct page_alloc_spec *s)
{
	for (u32 node = 0; node < p->nr_nodes; node++) {
		struct zone *largest = NULL;

		for (u32 i = 0; i < p->nr_zones; i++)
			if (p->zones[i].node == node &&
			    (!largest || p->zones[i].managed > largest->managed))
				largest = &p->zones[i];
		if (largest)
			largest->highatomic =
				min_of(s->highatomic[node] / s->page_size, largest->managed / 2);
	}
}

/* ---- zonelists ---- */

/* Nodes by distance from `node`; equal distances in order of node number from `node` on. */
static void order_nodes(struct page_alloc *p, const struct page_alloc_spec *s, u32 node)
{
	u16 *order = &p->node_order[node * p->nr_nodes];

	for (u32 i = 0; i < p->nr_nodes; i++) {
		u32 candidate = (node + i) % p->nr_nodes, j = i;
		u32 d = s->distance[node * p->nr_nodes + candidate];

		while (j > 0 && s->distance[node * p->nr_nodes + order[j - 1]] > d) {
			order[j] = order[j - 1];
			j--;
		}
		order[j] = (u16)candidate;
	}
}

static int build_zonelists(struct page_alloc *p, const struct page_alloc_spec *s)
{
	p->zonelist = calloc((size_t)p->nr_nodes * p->nr_zones, 1);
	p->node_order = calloc((size_t)p->nr_nodes * p->nr_nodes, sizeof(u16));
	if (!p->zonelist || !p->node_order)
		return -ENOMEM;
	for (u32 node = 0; node < p->nr_nodes; node++) {
		u8 *list = &p->zonelist[node * p->nr_zones];

		order_nodes(p, s, node);
		for (u32 i = 0; i < p->nr_nodes; i++)
			for (u32 z = p->nr_zones; z--;)
				if (p->zones[z].node == p->node_order[node * p->nr_nodes + i])
					*list++ = (u8)z;
	}
	return 0;
}

int page_alloc_init(struct page_alloc *p, struct engine *e, const struct kernel_ops *ops,
		    const struct page_alloc_spec *s)
{
	u64 bytes = 0;

	*p = (struct page_alloc){
		.e = e,
		.ops = ops,
		.page_size = s->page_size,
		.block_order = s->page_size == 4096 ? 9 : 8,
		.watermark_boost_factor = s->watermark_boost_factor,
		.nr_nodes = s->nr_nodes,
	};
	for (u32 i = 0; i < s->nr_nodes; i++)
		bytes += s->node_bytes[i];
	if (bytes / s->page_size >= NONE_U32)
		return -E2BIG;
	p->nr_blocks = bytes / s->page_size >> p->block_order;
	if (!p->nr_blocks)
		return -EINVAL;
	/* calloc of much memory is untouched pages: a block costs something when it is used */
	p->blocks = calloc(p->nr_blocks, sizeof(*p->blocks));
	p->bitmaps = calloc(p->nr_blocks, sizeof(*p->bitmaps));
	if (!p->blocks || !p->bitmaps)
		return -ENOMEM;
	cut_zones(p, s);
	p->nr_cpus = s->nr_cpus;
	p->fast_mark_sees_highatomic = s->fast_mark_sees_highatomic;
	p->pcp_from_low_mark = s->pcp_from_low_mark;
	p->pcp = calloc((size_t)s->nr_cpus * p->nr_zones + 1, sizeof(*p->pcp));
	if (!p->pcp)
		return -ENOMEM;
	set_watermarks(p, s);
	size_pcp(p, s);
	keep_highatomic(p, s);
	for (u32 i = 0; i < p->nr_zones; i++)
		gauge_add(&p->free, e, p->zones[i].free);
	return build_zonelists(p, s);
}

void page_alloc_destroy(struct page_alloc *p)
{
	free(p->blocks);
	free(p->bitmaps);
	free(p->zonelist);
	free(p->pcp);
	free(p->node_order);
	*p = (struct page_alloc){0};
}
