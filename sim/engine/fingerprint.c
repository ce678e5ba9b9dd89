// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/fingerprint.h"

#include <errno.h>
#include <xxhash.h>

int fingerprint_init(struct fingerprint *f)
{
	f->n = 0;
	f->state = XXH3_createState();
	if (!f->state)
		return -ENOMEM;
	XXH3_128bits_reset(f->state);
	return 0;
}

void fingerprint_destroy(struct fingerprint *f)
{
	XXH3_freeState(f->state);
	f->state = NULL;
}

void fingerprint_flush(struct fingerprint *f)
{
	XXH3_128bits_update(f->state, f->words, f->n * sizeof(f->words[0]));
	f->n = 0;
}

void fingerprint_digest(struct fingerprint *f, u64 out[2])
{
	XXH128_hash_t h;

	fingerprint_flush(f);
	h = XXH3_128bits_digest(f->state);
	out[0] = h.high64;
	out[1] = h.low64;
}
