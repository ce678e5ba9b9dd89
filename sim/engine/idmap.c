// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/idmap.h"

#include "engine/arena.h"

#include <errno.h>
#include <stdlib.h>

static struct idmap_slot *alloc_slots(u32 size)
{
	return huge_calloc(size, sizeof(struct idmap_slot));
}

int idmap_init(struct idmap *m, u32 expected, int *failed)
{
	u32 size = 64;

	while (size < expected * 2 && size < 1U << 31)
		size *= 2;
	*m = (struct idmap){.slots = alloc_slots(size), .mask = size - 1, .failed = failed};
	return m->slots ? 0 : -ENOMEM;
}

void idmap_destroy(struct idmap *m)
{
	free(m->slots);
	m->slots = NULL;
}

static void insert(struct idmap *m, u64 stored_key, u32 value)
{
	u32 i = idmap_hash(m, stored_key - 1);

	while (m->slots[i].key)
		i = (i + 1) & m->mask;
	m->slots[i] = (struct idmap_slot){.key = stored_key, .value = value};
}

static bool grow(struct idmap *m)
{
	struct idmap old = *m;

	m->slots = m->mask < (1U << 31) - 1 ? alloc_slots((old.mask + 1) * 2) : NULL;
	if (!m->slots) {
		*m = old;
		if (m->failed)
			*m->failed = -ENOMEM;
		return false;
	}
	m->mask = old.mask * 2 + 1;
	for (u32 i = 0; i <= old.mask; i++)
		if (old.slots[i].key)
			insert(m, old.slots[i].key, old.slots[i].value);
	idmap_destroy(&old);
	return true;
}

bool idmap_put(struct idmap *m, u64 key, u32 value)
{
	u32 i = idmap_hash(m, key);

	for (; m->slots[i].key; i = (i + 1) & m->mask) {
		if (m->slots[i].key == key + 1) {
			m->slots[i].value = value;
			return true;
		}
	}
	/* at most half full: most lookups end at the first slot */
	if (unlikely((u64)m->n * 2 >= (u64)m->mask) && !grow(m))
		return false;
	insert(m, key + 1, value);
	m->n++;
	return true;
}

bool idmap_remove(struct idmap *m, u64 key)
{
	u32 i = idmap_hash(m, key), hole;

	while (m->slots[i].key != key + 1) {
		if (!m->slots[i].key)
			return false;
		i = (i + 1) & m->mask;
	}
	m->n--;
	/* Close the gap: move back every later key of the run that may stand here. */
	for (hole = i;;) {
		u32 home;

		i = (i + 1) & m->mask;
		if (!m->slots[i].key)
			break;
		home = idmap_hash(m, m->slots[i].key - 1);
		if (((i - home) & m->mask) >= ((i - hole) & m->mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole].key = 0;
	return true;
}
