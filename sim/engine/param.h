/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Key tables: how a room says which keys of a scenario it owns.
 *
 * A room describes a plain C struct by a table of keys (name, type, offset, range, default, help);
 * sim/scenario fills the struct from YAML and reports errors with their place; `list` and docs/
 * print the same table. So a new workload or policy parameter is one line next to the code that
 * reads it, and sim/scenario knows no kernel.
 */
#ifndef SIM_ENGINE_PARAM_H
#define SIM_ENGINE_PARAM_H

#include "engine/base.h"
#include "engine/dist.h"

enum param_type {
	PARAM_BOOL, /* bool              on/off true/false yes/no */
	PARAM_INT, /* s64               whole number in [min, max] */
	PARAM_DOUBLE, /* double            number in [min, max] */
	PARAM_SIZE, /* u64 bytes         plain or KiB MiB GiB TiB */
	PARAM_TIME, /* u64 ns            ns us ms s min h d (unit required unless 0) */
	PARAM_RATE, /* double per second N/s N/min N/h N/d */
	PARAM_BANDWIDTH, /* double bytes/s  size followed by /s */
	PARAM_STRING, /* const char *      any scalar */
	PARAM_NAME, /* const char *      [A-Za-z0-9._+-]{1,64} */
	PARAM_ENUM, /* int               index into choices */
	PARAM_RANDOM, /* struct random_spec  a number or {dist: ..., ...}; draws whole numbers */
	PARAM_RANDOM_TIME, /* struct random_spec in ns */
	PARAM_RANDOM_SIZE, /* struct random_spec in bytes */
	PARAM_SIZES, /* struct param_list of u64 bytes: one size, or a list */
	PARAM_TIMES, /* struct param_list of u64 ns: one time, or a list */
	PARAM_NAMES, /* struct param_list of const char *: one name, or a list */
	PARAM_STRUCT, /* nested map, described by sub, stored in place */
	PARAM_LIST, /* struct param_list of structs described by sub (a single map is a list of one) */
};

/* A list that a key filled; items live as long as the scenario. */
struct param_list {
	void *items;
	u32 n;
};

struct param_table;

struct param_key {
	const char *name;
	enum param_type type;
	size_t offset; /* of the value in the struct; every struct begins zeroed */
	bool required;
	const char *dflt; /* YAML text of the default, parsed like input; NULL = zero */
	double min, max; /* of a number; both 0 = unbounded, never < 0 */
	const char *const *choices; /* PARAM_ENUM: NULL-terminated */
	const struct param_table *sub; /* PARAM_STRUCT, PARAM_LIST */
	const char *help; /* one line: meaning and unit */
};

struct param_table {
	const char *what; /* for messages: "container-churn workload" */
	size_t size; /* of the struct */
	const struct param_key *keys; /* ends with .name == NULL */
	/* optional: offset of a struct src_pos to fill with the place of the map; 0 = none (so never
	 * the first member) */
	size_t pos_offset;
	/* optional: offset of a u64 bit mask of which keys were given (bit i = keys[i]); 0 = none */
	size_t given_offset;
	/* optional: what is wrong with values that are right one by one; NULL: nothing */
	const char *(*check)(const void *values);
};

#endif
