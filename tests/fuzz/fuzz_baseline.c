// SPDX-License-Identifier: GPL-3.0-or-later
/* Any bytes as a stored baseline: an error with a place, or rows that can be compared; what has values goes through the tests. */
#include "verdict/baseline.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_row(const struct baseline_row *row)
{
	const struct moments *m = &row->moments;

	if (!row->variant || !row->metric || !row->text || !row->tolerance || isinf(row->value))
		abort();
	if (!(row->allowed >= 0.0) || isinf(row->allowed))
		abort();
	if (row->repeated && ((m->n > 0) != !isnan(m->mean) || (m->n > 1 && !(m->sd >= 0.0))))
		abort();
	for (u32 i = 0; row->values && i < m->n; i++)
		if (!isfinite(row->values[i]))
			abort();
}

/* Two distributions that a file could hold: a chance, from 0 to 1, wherever there is one; no test where none is possible. */
static void test_rows(const struct baseline_row *a, const struct baseline_row *b)
{
	const struct sample x = {a->moments, a->values}, y = {b->moments, b->values};
	enum stats_test test;
	double p = stats_test(&x, &y, 0.01, &test), both[2] = {p, NAN};

	if ((test == STATS_NONE) != (x.m.n < 2 || y.m.n < 2) || p < 0.0 || p > 1.0)
		abort();
	if (stats_holm(both, 2) != !isnan(p) || !isnan(both[1]) || (!isnan(p) && both[0] != p))
		abort();
	if (stats_resolves(&x.m, &y.m, 0.01, 0.95) < 0.0 || stats_half(&x.m) < 0.0)
		abort();
	stats_repeats(x.m.sd, a->allowed, 0.01, 0.95);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct baseline b = {.path = "fuzz"};
	struct arena *arena = arena_new();
	struct diag d;
	char *text;
	int ret;

	if (!arena)
		abort();
	text = arena_alloc(arena, size + 1);
	if (!text)
		abort();
	if (size)
		memcpy(text, data, size);
	diag_init(&d);
	ret = baseline_parse(&b, text, arena, &d);
	if (!ret != !d.nr_errors || (ret && d.worst != DIAG_INPUT))
		abort();
	if (!ret && (!b.n || strcmp(b.rows[0].metric, BASELINE_INPUTS)))
		abort();
	for (u32 i = 0; !ret && i < b.n; i++) {
		check_row(&b.rows[i]);
		if (i && b.rows[i].repeated && b.rows[i - 1].repeated)
			test_rows(&b.rows[i - 1], &b.rows[i]);
	}
	diag_free(&d);
	arena_free(arena);
	return 0;
}
