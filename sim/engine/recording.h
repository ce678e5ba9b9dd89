/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a real kernel did under one load, as sim/host reads it from a folder and sim/verdict judges a run by it. Plain
 * tables; docs/validate.md has the files.
 */
#ifndef SIM_ENGINE_RECORDING_H
#define SIM_ENGINE_RECORDING_H

#include "engine/diag.h"

/* Who claims a column. */
enum mechanism {
	MECH_LIST_LRU,
	MECH_SLAB,
	MECH_DYING,
	MECH_SHRINKER,
	MECH_PAGE_CACHE,
	NR_MECHANISMS,
};

extern const char *const mechanism_names[NR_MECHANISMS + 1]; /* NULL behind the last */

/* A series.csv: a row a step, NaN where the kernel has no such number. */
struct recording_table {
	const char *path;
	const char **columns, **labels; /* [nr_columns], without the label's; [nr_rows] */
	double *cells; /* [nr_rows][nr_columns] */
	u32 nr_columns, nr_rows;
};

/* A line of slabinfo at a step. */
struct recording_cache {
	const char *step, *cache;
	double active_objs, num_objs;
	u32 boot; /* of boots.csv; 0: slabinfo */
};

enum moment_kind {
	MOMENT_TIME, /* at time_s */
	MOMENT_READ, /* when so many bytes more than at time_s were read into the page cache */
	MOMENT_ANON, /* when anonymous memory has that size */
};

/* When a run is where the recording was at a step. */
struct recording_moment {
	const char *step;
	enum moment_kind kind;
	double time_s;
	u64 bytes;
	s64 shift; /* of bytes: the run is compared with its state so much later */
};

struct recording_figure {
	const char *step, *column;
	const char *from; /* recorded at this step instead; NULL: at step */
	const char *since; /* the value then is taken off; NULL: a level */
	const char *allow; /* "10 % or 2252", as written */
	double share, least; /* of the nearest recorded value; in its unit; 0: none */
	bool range; /* between the boots is right */
	enum mechanism mechanism;
	const char *reason;
	struct src_pos pos;
};

/* A figure that is known to be past its tolerance. */
struct recording_known {
	const char *step, *column;
	double bound; /* share */
	enum mechanism mechanism;
	const char *reason;
	struct src_pos pos;
};

struct recording {
	const char *folder, *kernel, *load; /* the last two: names of folders */
	const char *scenario; /* path; NULL: none */
	const char *trace; /* of shrinker calls; NULL: none */
	struct recording_table *boots;
	struct recording_cache *caches;
	struct recording_moment *moments;
	struct recording_figure *figures;
	struct recording_known *known;
	const char **slabinfos; /* paths of /proc/slabinfo copies */
	u32 nr_boots, nr_caches, nr_moments, nr_figures, nr_known, nr_slabinfos;
	bool general; /* no figures.csv: figures are by the general rules */
};

#endif
