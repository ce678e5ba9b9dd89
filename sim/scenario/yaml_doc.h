/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * YAML 1.1 as a tree of nodes that know their place.
 *
 * Types are not decided here: a scalar is its text, and the key it stands under says how to read
 * it. Aliases share the node of their anchor (so the tree is a graph without cycles); their
 * expanded size counts against MAX_VALUES. Refused, each with its place: duplicate keys, tags,
 * merge keys, more than one document, nesting deeper than MAX_DEPTH, text that is not UTF-8.
 */
#ifndef SIM_SCENARIO_YAML_DOC_H
#define SIM_SCENARIO_YAML_DOC_H

#include "scenario/input.h"

#define MAX_DEPTH 64
#define MAX_VALUES 1000000
#define MAX_ANCHORS 1000

enum node_kind {
	NODE_SCALAR,
	NODE_MAP,
	NODE_LIST,
};

struct yaml_node;

struct yaml_entry {
	const char *key; /* map only */
	struct src_pos pos; /* of the key, or of the list item */
	struct yaml_node *value;
};

struct yaml_node {
	enum node_kind kind;
	bool quoted; /* scalar: in quotes or a block, so a string to YAML */
	struct src_pos pos;
	const char *text; /* scalar */
	struct yaml_entry *entries; /* map and list, in the order of the file */
	u32 n, cap;
	u32 weight; /* nodes below and including this one, aliases expanded; 0: unfinished */
};

/*
 * The document's root or NULL with a message. file must live as long as the nodes. With line != 0
 * every place is file:line (the text stands on a command line).
 */
struct yaml_node *yaml_parse(struct input *in, const char *file, u32 line, const char *text,
			     size_t len);

/* Nothing, ~ or null. */
bool yaml_is_null(const struct yaml_node *node);
/* A map's value, or NULL. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* "'text'", "a list", "a map" or "nothing", for a message. */
const char *yaml_describe(struct input *in, const struct yaml_node *node);

/* NULL when out of memory. */
struct yaml_node *yaml_new(struct input *in, enum node_kind kind, struct src_pos pos);
struct yaml_entry *yaml_append(struct input *in, struct yaml_node *node, const char *key,
			       struct src_pos pos, struct yaml_node *value);
/* A node of its own with the same children. */
struct yaml_node *yaml_copy(struct input *in, const struct yaml_node *node);

#endif
