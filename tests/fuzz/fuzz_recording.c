// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Any bytes as the files of a recorded load (series, steps, figures and known, told by the first byte) or as a trace of
 * shrinker calls: an error with a place, or tables that hang together.
 */
#include "host/recording.h"
#include "run/shrink_check.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int add_fn(struct recording *rec, const struct csv_file *f, struct arena *arena,
		   struct diag *d);

static int add(struct recording *rec, add_fn *fn, const char *text, size_t len, struct arena *arena,
	       struct diag *d)
{
	struct csv_file f;
	int ret = csv_file_parse(&f, "fuzz", text, len, arena, d);

	for (u32 i = 0; !ret && i < f.nr_rows * f.nr_columns; i++)
		if (!f.cells[i])
			abort();
	return ret ? ret : fn(rec, &f, arena, d);
}

static void check(const struct recording *rec)
{
	for (u32 i = 0; i < rec->nr_moments; i++)
		if (!rec->moments[i].step || !(rec->moments[i].time_s >= 0))
			abort();
	for (u32 i = 0; i < rec->nr_figures; i++)
		if (!(rec->figures[i].share >= 0) || !(rec->figures[i].least >= 0) ||
		    rec->figures[i].mechanism >= NR_MECHANISMS || !rec->figures[i].pos.line)
			abort();
	for (u32 i = 0; i < rec->nr_known; i++)
		if (!(rec->known[i].bound > 0) || !*rec->known[i].reason)
			abort();
	for (u32 b = 0; b < rec->nr_boots; b++)
		for (u32 i = 0; i < rec->boots[b].nr_rows * rec->boots[b].nr_columns; i++)
			if (isinf(rec->boots[b].cells[i]))
				abort();
}

static void check_trace(const struct validation_trace *t)
{
	/* each line has one first thing that is wrong with it */
	if (!t->starts || t->wrong > t->starts + t->ends || !t->rows ||
	    !!t->wrong != !!*t->expected)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char steps[] = "step,at\na,1s\nb,read 1MiB from 1s\n";
	add_fn *const files[] = {recording_add_series, recording_add_moments, recording_add_figures,
				 recording_add_known};
	struct recording rec = {.folder = "fuzz", .load = "w", .kernel = "k"};
	struct arena *arena = arena_new();
	struct validation_trace trace;
	struct diag d;
	u8 kind = size ? data[0] : 0;
	int ret;

	if (!arena)
		abort();
	diag_init(&d);
	/* the first letters of the head lines: label, step, then figures with "step,column,since", known with "load" */
	if (kind == '#' || kind == ' ' || kind == 't') {
		ret = shrink_check_text(&trace, "fuzz", (const char *)data, size, NULL, arena, &d);
		if (!ret)
			check_trace(&trace);
	} else {
		u32 which = size > 9 && !memcmp(data, "step,colu", 9) ? 2 : kind == 's' ? 1 : 0;

		if (size > 5 && !memcmp(data, "load,", 5))
			which = 3;
		ret = which == 2 ? add(&rec, recording_add_moments, steps, sizeof(steps) - 1, arena,
				       &d)
				 : 0;
		if (!ret)
			ret = add(&rec, files[which], (const char *)data, size, arena, &d);
		if (!ret)
			check(&rec);
	}
	if (!ret != !d.nr_errors || (ret && d.worst != DIAG_INPUT))
		abort();
	diag_free(&d);
	arena_free(arena);
	return 0;
}
