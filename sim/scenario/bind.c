// SPDX-License-Identifier: GPL-3.0-or-later
#include "scenario/bind.h"

#include "scenario/units.h"

#include <errno.h>
#include <string.h>

/* random_draw() ends there */
#define MAX_QUANTITY 9.0e18

/* What a key of this type expects; the types that are not here have their own words. */
static const char *const wanted_by_type[] = {
	[PARAM_BOOL] = "on or off",
	[PARAM_INT] = "a whole number",
	[PARAM_DOUBLE] = "a number",
	[PARAM_SIZE] = "a size like 64KiB",
	[PARAM_TIME] = "a time like 500ms",
	[PARAM_RATE] = "a rate like 10/s",
	[PARAM_BANDWIDTH] = "a bandwidth like 150MiB/s",
	[PARAM_STRING] = "a text",
	[PARAM_NAME] = "a name (1 to 64 of A-Z a-z 0-9 . _ + -)",
	[PARAM_RANDOM] = "a whole number or {dist: ..., ...}",
	[PARAM_RANDOM_TIME] = "a time like 500ms or {dist: ..., ...}",
	[PARAM_RANDOM_SIZE] = "a size like 64KiB or {dist: ..., ...}",
	[PARAM_SIZES] = "a size like 64KiB or a list of sizes",
	[PARAM_TIMES] = "a time like 500ms or a list of times",
	[PARAM_NAMES] = "a name or a list of names",
	[PARAM_STRUCT] = "a map",
	[PARAM_LIST] = "a list of maps",
};

/* parse_scalar() and lists of names keep a pointer where others keep a u64 */
_Static_assert(sizeof(const char *) == sizeof(u64), "64-bit hosts only");

static void *member(void *out, size_t offset)
{
	return (char *)out + offset;
}

int bind_mismatch(struct input *in, const char *key, const char *wanted,
		  const struct yaml_node *node, const char *why)
{
	bool has_why = why && *why;

	if (input_full(in))
		return -EINVAL;
	return input_error(in, node->pos, "'%s' expects %s, got %s%s%s", key, wanted,
			   yaml_describe(in, node), has_why ? ": " : "", has_why ? why : "");
}

/* ---- single values ---- */

/* on/off of YAML is also true/false and yes/no: the choice that means the same, or -1. */
static int choice_of_bool(const char *const *choices, const struct yaml_node *node)
{
	bool value, choice;

	if (node->quoted || parse_bool(node->text, &value))
		return -1;
	for (int i = 0; choices[i]; i++)
		if (!parse_bool(choices[i], &choice) && choice == value)
			return i;
	return -1;
}

static int bind_enum(struct input *in, const struct param_key *key, const struct yaml_node *node,
		     int *out)
{
	static const char *const none[] = {NULL};
	const char *const *choices = key->choices ? key->choices : none;

	if (node->kind == NODE_SCALAR && !yaml_is_null(node)) {
		for (int i = 0; choices[i]; i++)
			if (!strcmp(choices[i], node->text)) {
				*out = i;
				return 0;
			}
		*out = choice_of_bool(choices, node);
		if (*out >= 0)
			return 0;
		*out = 0;
	}
	if (input_full(in))
		return -EINVAL;
	return input_error(in, node->pos, "'%s' expects %s, got %s%s", key->name,
			   input_printf(in, choices[0] && choices[1] ? "one of %s" : "%s",
					input_join(in, choices)),
			   yaml_describe(in, node),
			   node->kind == NODE_SCALAR ? input_hint(in, node->text, choices) : "");
}

/* 0, or -EINVAL with *why, "" if there is nothing to add to what was expected. */
static int parse_scalar(enum param_type type, const struct yaml_node *node, void *out,
			const char **why)
{
	const char *text = node->text;

	switch (type) {
	case PARAM_BOOL:
		return node->quoted ? -EINVAL : parse_bool(text, out);
	case PARAM_INT:
		return node->quoted ? -EINVAL : parse_int(text, out, why);
	case PARAM_DOUBLE:
		return node->quoted ? -EINVAL : parse_double(text, out, why);
	case PARAM_SIZE:
		return parse_size(text, out, why);
	case PARAM_TIME:
		return parse_time(text, out, why);
	case PARAM_RATE:
		return parse_rate(text, out, why);
	case PARAM_BANDWIDTH:
		return parse_bandwidth(text, out, why);
	case PARAM_NAME:
		if (parse_name(text, why))
			return -EINVAL;
		/* fall through */
	case PARAM_STRING:
		*(const char **)out = text;
		return 0;
	default:
		return -EINVAL;
	}
}

static size_t scalar_size(enum param_type type)
{
	return type == PARAM_BOOL ? sizeof(bool) : sizeof(u64);
}

static double scalar_as_double(enum param_type type, const void *value)
{
	switch (type) {
	case PARAM_INT:
		return (double)*(const s64 *)value;
	case PARAM_SIZE:
	case PARAM_TIME:
		return (double)*(const u64 *)value;
	default:
		return *(const double *)value;
	}
}

static int check_range(struct input *in, const struct param_key *key, enum param_type type,
		       const struct yaml_node *node, const void *value)
{
	bool ranged = type == PARAM_INT || type == PARAM_DOUBLE || type == PARAM_SIZE ||
		      type == PARAM_TIME || type == PARAM_RATE || type == PARAM_BANDWIDTH;
	bool has_max = key->max >= key->min && (key->min != 0.0 || key->max != 0.0);
	double v = ranged ? scalar_as_double(type, value) : 0.0;
	char min[48], max[48];

	if (!ranged || (v >= key->min && (!has_max || v <= key->max)))
		return 0;
	format_value(min, sizeof(min), type, key->min);
	format_value(max, sizeof(max), type, key->max);
	if (!has_max)
		return input_error(in, node->pos, "'%s' must be at least %s, got %s", key->name,
				   min, yaml_describe(in, node));
	return input_error(in, node->pos, "'%s' must be between %s and %s, got %s", key->name, min,
			   max, yaml_describe(in, node));
}

/* type is the key's, or that of an item of its list. */
static int bind_scalar(struct input *in, const struct param_key *key, enum param_type type,
		       const struct yaml_node *node, void *out)
{
	const char *why = "";
	u64 value[1] = {0};

	if (node->kind != NODE_SCALAR || yaml_is_null(node) ||
	    parse_scalar(type, node, value, &why))
		return bind_mismatch(in, key->name, wanted_by_type[key->type], node, why);
	if (check_range(in, key, type, node, value))
		return -EINVAL;
	memcpy(out, value, scalar_size(type));
	return 0;
}

/* ---- random quantities ---- */

/* What a distribution is given by; all but constant also take min and max. */
static const struct dist_info {
	const char *name;
	enum dist_kind kind;
	const char *need[2];
} dists[] = {
	{"constant", DIST_CONSTANT, {"value", NULL}},
	{"exponential", DIST_EXPONENTIAL, {"mean", NULL}},
	{"lognormal", DIST_LOGNORMAL, {"mean", "sigma"}},
	{"pareto", DIST_PARETO, {"mean", "shape"}},
	{"zipf", DIST_ZIPF, {"exponent", "n"}},
	{"uniform", DIST_UNIFORM, {"min", "max"}},
	{"normal", DIST_NORMAL, {"mean", "stddev"}},
};

enum quantity {
	WHOLE, /* in the unit of the key, and whole where that has none */
	AVERAGE, /* in the unit of the key */
	PURE, /* a number without unit */
	COUNT,
};

static const struct dist_param {
	const char *name;
	enum quantity quantity;
	size_t offset;
} dist_params[] = {
	{"value", WHOLE, offsetof(struct random_spec, value)},
	{"mean", AVERAGE, offsetof(struct random_spec, value)},
	{"stddev", AVERAGE, offsetof(struct random_spec, shape)},
	{"sigma", PURE, offsetof(struct random_spec, shape)},
	{"shape", PURE, offsetof(struct random_spec, shape)},
	{"exponent", PURE, offsetof(struct random_spec, shape)},
	{"n", COUNT, offsetof(struct random_spec, n)},
	{"min", WHOLE, offsetof(struct random_spec, lo)},
	{"max", WHOLE, offsetof(struct random_spec, hi)},
};

static enum param_type quantity_type(enum param_type type, enum quantity quantity)
{
	if (quantity == PURE)
		return PARAM_DOUBLE;
	if (quantity == COUNT)
		return PARAM_INT;
	if (type == PARAM_RANDOM)
		return quantity == WHOLE ? PARAM_INT : PARAM_DOUBLE;
	return type == PARAM_RANDOM_TIME ? PARAM_TIME : PARAM_SIZE;
}

static int bind_quantity(struct input *in, enum param_type type, const struct dist_param *param,
			 const struct yaml_node *node, double min, struct random_spec *spec)
{
	struct param_key key = {
		.name = param->name,
		.type = quantity_type(type, param->quantity),
		.min = min,
		.max = MAX_QUANTITY,
	};
	u64 value = 0;

	if (bind_scalar(in, &key, key.type, node, &value))
		return -EINVAL;
	if (param->quantity == COUNT)
		*(u64 *)member(spec, param->offset) = value;
	else
		*(double *)member(spec, param->offset) = scalar_as_double(key.type, &value);
	return 0;
}

/* The parameter of this name if the distribution takes it. */
static const struct dist_param *find_dist_param(const struct dist_info *dist, const char *name)
{
	bool takes = dist->kind != DIST_CONSTANT && (!strcmp(name, "min") || !strcmp(name, "max"));

	for (size_t i = 0; i < ARRAY_SIZE(dist->need); i++)
		takes |= dist->need[i] && !strcmp(name, dist->need[i]);
	for (size_t i = 0; takes && i < ARRAY_SIZE(dist_params); i++)
		if (!strcmp(name, dist_params[i].name))
			return &dist_params[i];
	return NULL;
}

static const struct dist_info *find_dist(struct input *in, const struct yaml_node *map)
{
	const char *names[ARRAY_SIZE(dists) + 1] = {NULL};
	struct param_key key = {.name = "dist", .type = PARAM_ENUM, .choices = names};
	const struct yaml_node *node = yaml_get(map, "dist");
	int i;

	for (size_t k = 0; k < ARRAY_SIZE(dists); k++)
		names[k] = dists[k].name;
	if (!node) {
		input_error(in, map->pos, "a random quantity needs 'dist': one of %s",
			    input_join(in, names));
		return NULL;
	}
	return bind_enum(in, &key, node, &i) ? NULL : &dists[i];
}

static void unknown_dist_key(struct input *in, const struct dist_info *dist,
			     const struct yaml_entry *e)
{
	const char *takes[] = {dist->need[0], dist->need[1], NULL};

	if (!input_full(in))
		input_error(in, e->pos, "dist %s takes no %s; it takes %s%s", dist->name,
			    input_quote(in, e->key), input_join(in, takes),
			    dist->kind == DIST_CONSTANT || dist->kind == DIST_UNIFORM
				    ? ""
				    : " (and min, max as clamps)");
}

static int bind_random_map(struct input *in, const struct param_key *key,
			   const struct yaml_node *map, struct random_spec *spec)
{
	const struct dist_info *dist = find_dist(in, map);
	const char *problem;
	u32 before = in->nr_errors;

	if (!dist)
		return -EINVAL;
	*spec = (struct random_spec){.kind = dist->kind};
	for (u32 i = 0; i < map->n; i++) {
		const struct yaml_entry *e = &map->entries[i];
		const struct dist_param *param = find_dist_param(dist, e->key);
		/* an upper clamp of 0 would mean that there is none */
		bool clamp = !strcmp(e->key, "max") && dist->kind != DIST_UNIFORM;

		if (param)
			bind_quantity(in, key->type, param, e->value, clamp ? 1.0 : 0.0, spec);
		else if (strcmp(e->key, "dist"))
			unknown_dist_key(in, dist, e);
	}
	for (size_t i = 0; i < ARRAY_SIZE(dist->need); i++)
		if (dist->need[i] && !yaml_get(map, dist->need[i]))
			input_error(in, map->pos, "'%s': dist %s needs '%s'", key->name, dist->name,
				    dist->need[i]);
	problem = input_status(in, before) ? NULL : random_spec_check(spec);
	if (problem)
		input_error(in, map->pos, "'%s': %s", key->name, problem);
	return input_status(in, before);
}

static int bind_random(struct input *in, const struct param_key *key, const struct yaml_node *node,
		       struct random_spec *spec)
{
	struct random_spec value = {.kind = DIST_CONSTANT};
	struct param_key number = *key;
	u64 constant = 0;

	if (node->kind == NODE_MAP) {
		if (bind_random_map(in, key, node, &value))
			return -EINVAL;
		*spec = value;
		return 0;
	}
	number.max = MAX_QUANTITY;
	number.min = 0.0;
	if (bind_scalar(in, &number, quantity_type(key->type, WHOLE), node, &constant))
		return -EINVAL;
	value.value = scalar_as_double(quantity_type(key->type, WHOLE), &constant);
	*spec = value;
	return 0;
}

/* ---- lists and structs ---- */

static int bind_scalars(struct input *in, const struct param_key *key, const struct yaml_node *node,
			struct param_list *list)
{
	enum param_type type = key->type == PARAM_SIZES	  ? PARAM_SIZE
			       : key->type == PARAM_TIMES ? PARAM_TIME
							  : PARAM_NAME;
	u32 n = node->kind == NODE_LIST ? node->n : 1;
	u32 before = in->nr_errors;
	u64 *values = input_alloc(in, n, sizeof(*values));

	if (!values)
		return -ENOMEM;
	for (u32 i = 0; i < n; i++)
		bind_scalar(in, key, type, bind_item(node, i), &values[i]);
	if (input_status(in, before))
		return -EINVAL;
	*list = (struct param_list){.items = values, .n = n};
	return 0;
}

const char *bind_what(struct input *in, const char *what, const struct yaml_node *map)
{
	const struct yaml_node *name = yaml_get(map, "name");

	if (!name || name->kind != NODE_SCALAR || yaml_is_null(name))
		return what;
	return input_printf(in, "%s %s", what, input_quote(in, name->text));
}

u32 bind_count(const struct yaml_node *node)
{
	return node->kind == NODE_LIST ? node->n : !yaml_is_null(node);
}

const struct yaml_node *bind_item(const struct yaml_node *node, u32 i)
{
	return node->kind == NODE_LIST ? node->entries[i].value : node;
}

static int bind_list(struct input *in, const struct param_key *key, const struct yaml_node *node,
		     struct param_list *list)
{
	const struct param_table *sub = key->sub;
	u32 n = bind_count(node), before = in->nr_errors;
	char *structs;

	if (node->kind == NODE_SCALAR && n)
		return bind_mismatch(in, key->name, wanted_by_type[key->type], node, NULL);
	structs = input_alloc(in, n, sub->size);
	if (!structs)
		return -ENOMEM;
	for (u32 i = 0; i < n && !input_full(in) && !in->oom; i++) {
		const struct yaml_node *item = bind_item(node, i);
		struct bind_part part = {sub, structs + i * sub->size};

		bind_map(in, item, bind_what(in, sub->what, item), &part, 1, NULL);
	}
	*list = (struct param_list){.items = structs, .n = n};
	return input_status(in, before);
}

static int bind_struct(struct input *in, const struct param_key *key, const struct yaml_node *node,
		       void *out)
{
	struct bind_part part = {key->sub, out};

	if (node->kind != NODE_MAP && !yaml_is_null(node))
		return bind_mismatch(in, key->name, wanted_by_type[key->type], node, NULL);
	return bind_map(in, node, key->sub->what, &part, 1, NULL);
}

int bind_value(struct input *in, const struct param_key *key, const struct yaml_node *node,
	       void *out)
{
	switch (key->type) {
	case PARAM_ENUM:
		return bind_enum(in, key, node, out);
	case PARAM_RANDOM:
	case PARAM_RANDOM_TIME:
	case PARAM_RANDOM_SIZE:
		return bind_random(in, key, node, out);
	case PARAM_SIZES:
	case PARAM_TIMES:
	case PARAM_NAMES:
		return bind_scalars(in, key, node, out);
	case PARAM_STRUCT:
		return bind_struct(in, key, node, out);
	case PARAM_LIST:
		return bind_list(in, key, node, out);
	default:
		return bind_scalar(in, key, key->type, node, out);
	}
}

/* ---- defaults ---- */

static void bind_defaults(struct input *in, const struct param_table *table, struct src_pos pos,
			  u64 seen, void *out);

static void bind_default(struct input *in, const struct param_key *key, struct src_pos pos,
			 void *out)
{
	bool flow = key->dflt && (*key->dflt == '{' || *key->dflt == '[');
	struct yaml_node scalar = {.kind = NODE_SCALAR, .text = key->dflt}, *node = &scalar;

	if (!key->dflt) {
		if (key->type == PARAM_STRUCT)
			bind_defaults(in, key->sub, pos, 0, out);
		return;
	}
	scalar.pos.file = input_printf(in, "default of '%s'", key->name);
	scalar.quoted = !*key->dflt; /* "" is an empty text, not nothing */
	if (flow)
		node = yaml_parse(in, scalar.pos.file, 1, key->dflt, strlen(key->dflt));
	if (node)
		bind_value(in, key, node, out);
}

static void set_pos(const struct param_table *table, struct src_pos pos, void *out)
{
	if (table->pos_offset)
		*(struct src_pos *)member(out, table->pos_offset) = pos;
}

/* Defaults of what was not seen; does not ask for what is required. */
static void bind_defaults(struct input *in, const struct param_table *table, struct src_pos pos,
			  u64 seen, void *out)
{
	set_pos(table, pos, out);
	for (u32 i = 0; table->keys[i].name; i++)
		if (!(seen >> i & 1))
			bind_default(in, &table->keys[i], pos, member(out, table->keys[i].offset));
}

/* ---- maps ---- */

struct map_binding {
	struct input *in;
	const char *what;
	const struct bind_part *parts;
	u32 nr_parts;
	const char *const *others;
	u64 seen[MAX_PARTS]; /* bit i: keys[i] of the part's table */
};

/* Finds the key in a table, or returns false. */
static bool bind_entry(struct map_binding *b, const struct yaml_entry *e)
{
	for (u32 p = 0; p < b->nr_parts; p++) {
		const struct param_key *keys = b->parts[p].table->keys;

		for (u32 i = 0; keys[i].name; i++) {
			if (strcmp(keys[i].name, e->key))
				continue;
			b->seen[p] |= 1ULL << i;
			bind_value(b->in, &keys[i], e->value,
				   member(b->parts[p].out, keys[i].offset));
			return true;
		}
	}
	for (const char *const *s = b->others; s && *s; s++)
		if (!strcmp(*s, e->key))
			return true;
	return false;
}

static void unknown_key(struct map_binding *b, const struct yaml_entry *e)
{
	const char *names[128];
	const char *hint;
	size_t n = 0;

	if (input_full(b->in))
		return;
	for (u32 p = 0; p < b->nr_parts; p++)
		for (u32 i = 0; b->parts[p].table->keys[i].name && n < 127; i++)
			names[n++] = b->parts[p].table->keys[i].name;
	for (const char *const *s = b->others; s && *s && n < 127; s++)
		names[n++] = *s;
	names[n] = NULL;
	hint = input_hint(b->in, e->key, names);
	if (!*hint)
		hint = input_printf(b->in, n ? "; known: %s" : " (it takes none)%s",
				    input_join(b->in, names));
	input_error(b->in, e->pos, "unknown key %s in %s%s", input_quote(b->in, e->key), b->what,
		    hint);
}

static void finish_part(struct map_binding *b, u32 p, struct src_pos pos)
{
	const struct param_table *table = b->parts[p].table;
	void *out = b->parts[p].out;

	for (u32 i = 0; table->keys[i].name; i++) {
		sim_assert(i < 64); /* the bits of seen */
		if (table->keys[i].required && !(b->seen[p] >> i & 1))
			input_error(b->in, pos, "missing key '%s' in %s", table->keys[i].name,
				    b->what);
	}
	bind_defaults(b->in, table, pos, b->seen[p], out);
	if (table->given_offset)
		*(u64 *)member(out, table->given_offset) = b->seen[p];
}

int bind_map(struct input *in, const struct yaml_node *map, const char *what,
	     const struct bind_part *parts, u32 nr_parts, const char *const *others)
{
	struct map_binding b = {in, what, parts, nr_parts, others, {0}};
	u32 before = in->nr_errors;

	sim_assert(nr_parts <= MAX_PARTS);
	if (map->kind != NODE_MAP && !yaml_is_null(map))
		return input_error(in, map->pos, "%s expects a map of keys and values, got %s",
				   what, yaml_describe(in, map));
	for (u32 i = 0; map->kind == NODE_MAP && i < map->n && !in->oom; i++)
		if (!bind_entry(&b, &map->entries[i]))
			unknown_key(&b, &map->entries[i]);
	for (u32 p = 0; p < nr_parts; p++)
		finish_part(&b, p, map->pos);
	for (u32 p = 0; p < nr_parts && in->nr_errors == before && !in->oom; p++) {
		const char *why =
			parts[p].table->check ? parts[p].table->check(parts[p].out) : NULL;

		if (why)
			input_error(in, map->pos, "%s: %s", what, why);
	}
	return input_status(in, before);
}
