/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A hash map from 64-bit keys to 32-bit ids: open addressing, linear probing, 16 bytes a slot (one cache
 * line a lookup) and no malloc per key. Order of the table never reaches a result.
 */
#ifndef SIM_ENGINE_IDMAP_H
#define SIM_ENGINE_IDMAP_H

#include "engine/base.h"

struct idmap_slot {
	u64 key; /* key + 1; 0 = empty (so UINT64_MAX is no key) */
	u32 value;
	u32 unused;
};

struct idmap {
	struct idmap_slot *slots;
	u32 mask; /* size - 1 */
	u32 n;
	int *failed; /* set to -ENOMEM when it can not grow */
};

int idmap_init(struct idmap *m, u32 expected, int *failed);
void idmap_destroy(struct idmap *m);
/* Adds or replaces; false when out of memory. */
bool idmap_put(struct idmap *m, u64 key, u32 value);
bool idmap_remove(struct idmap *m, u64 key);

static inline u32 idmap_hash(const struct idmap *m, u64 key)
{
	u64 h = key * 0x9e3779b97f4a7c15ULL;

	return (u32)((h ^ (h >> 32)) & m->mask);
}

static ALWAYS_INLINE void idmap_prefetch(const struct idmap *m, u64 key)
{
	__builtin_prefetch(&m->slots[idmap_hash(m, key)]);
}

/* 0 if the key is not there. */
static inline u32 idmap_get(const struct idmap *m, u64 key)
{
	u32 i = idmap_hash(m, key);

	while (m->slots[i].key) {
		if (m->slots[i].key == key + 1)
			return m->slots[i].value;
		i = (i + 1) & m->mask;
	}
	return 0;
}

#endif
