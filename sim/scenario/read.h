/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files of this room among each other: one struct reader per scenario, one function per
 * section. The functions return nothing: errors are counted in the reader's input, and a section
 * that went wrong leaves what it could read, so that later ones can still be checked.
 */
#ifndef SIM_SCENARIO_READ_H
#define SIM_SCENARIO_READ_H

#include "scenario/bind.h"
#include "scenario/names.h"
#include "scenario/scenario.h"

struct reader {
	struct input in;
	const struct schema *schema;
	struct scenario *s; /* in the arena */
	struct yaml_node *root;
	struct names variants, cgroups;
};

/* scenario.c */
void add_note(struct reader *r, const char *text);
/* Place of a map's value, or of the map if it has no such key. */
struct src_pos value_pos(const struct yaml_node *map, const char *key);

/* sections.c; cgroups before mounts, which name them */
extern const struct param_table machine_table, initial_table;
void check_machine(struct reader *r);
void read_cgroups(struct reader *r);
void read_mounts(struct reader *r);
void read_workloads(struct reader *r);

/* variants.c */
void read_variants(struct reader *r);
/* --variant: keeps the named variant, the first, and the expectations about these two. */
void keep_variant(struct reader *r, const char *name);

/* expects.c; after read_variants */
void read_expects(struct reader *r);
/* Is there a variant of this name? If not, an error. */
void check_variant_name(struct reader *r, struct src_pos pos, const char *name);
/* [lowest, highest] of a key, both numbers in the range of number. Whether it was one. */
bool read_range(struct reader *r, const struct yaml_node *node, const struct param_key *number,
		double *lo, double *hi);

/* balances.c; after read_variants */
void read_balances(struct reader *r);

/* set.c: applies the nr-th (from 1) --set KEY=VALUE to the tree */
void apply_set(struct input *in, struct yaml_node **root, const char *option, u32 nr);

#endif
