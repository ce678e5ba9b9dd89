/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A replay is a walk through memory in random order; every record says long before its turn what it
 * will touch. Records are looked at in chunks, and for the chunks to come six stages each fetch what
 * the one before made known, so that the misses of many records overlap. Within a chunk the records are
 * sorted by type first: which type comes next can not be predicted, three short loops can. The stages
 * only read, and what they read may be stale by the record's turn: they never decide anything.
 */
#ifndef MODELS_WORKLOAD_LOOKAHEAD_H
#define MODELS_WORKLOAD_LOOKAHEAD_H

#include "engine/trace_record.h"
#include "kernels/instance.h"

#define CHUNK 8
#define CHUNKS 8 /* a power of two above the number of stages */

struct lookahead_chunk {
	u32 nr_allocs, nr_frees, nr_others; /* others: frees and touches */
	u8 allocs[CHUNK], frees[CHUNK], others[CHUNK]; /* offsets in the chunk */
	u32 object[CHUNK]; /* free, touch: the object */
	u32 block[CHUNK]; /* alloc, free: LRU block */
	u32 cache[CHUNK]; /* alloc, free: the cache; 0: one that many share, at hand anyway */
};

struct lookahead {
	const struct kernel *k;
	const u32 *object_of; /* trace id -> object; see mask */
	const u32 *memcg_of; /* trace memcg -> memcg */
	const u32 *set_of; /* trace superblock -> lru set */
	const u32 *cache_of; /* trace cache -> root cache */
	u32 mask; /* of object_of: the bits that are an object */
	struct lookahead_chunk chunks[CHUNKS];
};

/* A new block of records: nothing is known of any. */
void lookahead_reset(struct lookahead *l);
/*
 * Four parts, in turn while the records of a chunk (of a block with nr) are replayed: memory takes only
 * so many requests at a time, so they are spread over the work.
 */
#define LOOKAHEAD_EVERY (CHUNK / 4)
void lookahead_ids(struct lookahead *l, const struct trace_record *records, u64 nr, u64 chunk);
void lookahead_objects(struct lookahead *l, const struct trace_record *records, u64 chunk);
void lookahead_links(struct lookahead *l, const struct trace_record *records, u64 chunk);
void lookahead_blocks(struct lookahead *l, const struct trace_record *records, u64 chunk);

/* The LRU blocks that record `at` and the rest of its chunk are likely about; 0: not known. */
static inline const u32 *lookahead_blocks_from(const struct lookahead *l, u64 at)
{
	return &l->chunks[at / CHUNK % CHUNKS].block[at % CHUNK];
}

#endif
