/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fills plain structs from a YAML map, as their key tables say (engine/param.h).
 *
 * Every value, given or default, goes through the same parser and range check. Errors carry the
 * place of the value; the struct keeps zeros where one happened, and binding goes on.
 */
#ifndef SIM_SCENARIO_BIND_H
#define SIM_SCENARIO_BIND_H

#include "engine/param.h"
#include "scenario/yaml_doc.h"

/* A table and the struct it describes (zeroed by the caller). */
struct bind_part {
	const struct param_table *table;
	void *out;
};

#define MAX_PARTS 4

/*
 * The keys of one map may belong to several tables; others (NULL-terminated or NULL) are keys that
 * the caller reads itself. what names the map in messages ("variant 'lazy'"). 0, -EINVAL, -ENOMEM.
 */
int bind_map(struct input *in, const struct yaml_node *map, const char *what,
	     const struct bind_part *parts, u32 nr_parts, const char *const *others);

/* Reads one value that stands outside a table, by a key that is made up for it. */
int bind_value(struct input *in, const struct param_key *key, const struct yaml_node *node,
	       void *out);

/* "'KEY' expects WANTED, got ...: why"; why may be NULL or "". Returns -EINVAL. */
int bind_mismatch(struct input *in, const char *key, const char *wanted,
		  const struct yaml_node *node, const char *why);

/* "variant 'lazy'" if the map has a name, else "variant". */
const char *bind_what(struct input *in, const char *what, const struct yaml_node *map);

/* Items of a list; a map or scalar alone is a list of one; nothing is an empty list. */
u32 bind_count(const struct yaml_node *node);
const struct yaml_node *bind_item(const struct yaml_node *node, u32 i);

#endif
