// SPDX-License-Identifier: GPL-3.0-or-later
/* What is compared: a list of variants, or the product of a matrix. */
#include "scenario/read.h"

#include "scenario/units.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_COMBINATIONS 4096

/* A value that a kernel or axis key can take. */
struct choice {
	const char *name; /* of the axis value, or the kernel as written */
	const char *row; /* kernel only */
	struct axis_choice axis; /* axis only */
};

static u32 nr_axes(const struct schema *schema)
{
	u32 n = 0;

	while (schema->axes[n].name)
		n++;
	sim_assert(n <= MAX_AXES);
	return n;
}

/* "kernel", then the axes; NULL-terminated. */
static void axis_keys(const struct schema *schema, const char *keys[MAX_AXES + 2])
{
	u32 n = nr_axes(schema);

	keys[0] = "kernel";
	for (u32 i = 0; i < n; i++)
		keys[i + 1] = schema->axes[i].name;
	keys[n + 1] = NULL;
}

/* ---- kernel ---- */

/* A.B or A.B.C */
static bool is_release(const char *s)
{
	int parts = 0;

	for (;; s++) {
		size_t digits = strspn(s, "0123456789");

		if (!digits || digits > 6)
			return false;
		s += digits;
		parts++;
		if (*s != '.')
			return !*s && parts >= 2 && parts <= 3;
	}
}

static int read_kernel(struct reader *r, const struct yaml_node *node, struct choice *out)
{
	const char *why = NULL, *text = node->text;
	const struct schema *schema = r->schema;

	if (node->kind != NODE_SCALAR || yaml_is_null(node))
		return bind_mismatch(&r->in, "kernel", "a release like v5.17", node, NULL);
	if (is_release(text))
		return input_error(&r->in, node->pos, "kernel '%s' needs the v: v%s", text, text);
	if (*text != 'v' || !is_release(text + 1))
		return bind_mismatch(&r->in, "kernel", "a release like v5.17", node, NULL);
	out->name = text;
	out->row = schema->resolve_kernel(text, &why);
	if (out->row)
		return 0;
	if (why)
		return input_error(&r->in, node->pos, "kernel '%s': %s", text, why);
	return input_error(&r->in, node->pos,
			   "kernel '%s' is older than the first that is modelled, %s", text,
			   schema->kernels[0]);
}

/* ---- axis values ---- */

/* The value names of an axis; NULL-terminated, NULL when out of memory. */
static const char **value_names(struct reader *r, const struct schema_axis *axis)
{
	const char **names;
	u32 n = 0;

	while (axis->values[n].name)
		n++;
	names = input_alloc(&r->in, n + 1UL, sizeof(*names));
	for (u32 i = 0; names && i < n; i++)
		names[i] = axis->values[i].name;
	return names;
}

/* The parameters of a value: those of the map form, or all defaults. */
static int bind_params(struct reader *r, const struct schema_axis *axis,
		       const struct schema_axis_value *value, const struct yaml_node *node,
		       struct choice *out)
{
	static const char *const others[] = {"policy", NULL};
	const struct yaml_node none = {.kind = NODE_MAP, .pos = node->pos, .text = ""};
	const char *what = input_printf(&r->in, "%s '%s'", axis->name, value->name);
	struct bind_part part = {value->params, NULL};

	if (value->params) {
		part.out = out->axis.params = input_alloc(&r->in, 1, value->params->size);
		if (!part.out)
			return -ENOMEM;
	}
	return bind_map(&r->in, node->kind == NODE_MAP ? node : &none, what, &part,
			value->params ? 1 : 0, others);
}

/* A name, or {policy: name, ...}. */
static int read_axis_value(struct reader *r, const struct schema_axis *axis,
			   const struct yaml_node *node, struct choice *out)
{
	struct param_key key = {.name = axis->name, .type = PARAM_ENUM};
	const struct yaml_node *policy = node->kind == NODE_MAP ? yaml_get(node, "policy") : node;
	const char **names = value_names(r, axis);
	int i;

	if (!names)
		return -ENOMEM;
	key.choices = names;
	if (!policy)
		return input_error(&r->in, node->pos, "missing key 'policy' in %s: one of %s",
				   axis->name, input_join(&r->in, names));
	if (bind_value(&r->in, &key, policy, &i))
		return -EINVAL;
	out->name = out->axis.value = axis->values[i].name;
	return bind_params(r, axis, &axis->values[i], node, out);
}

/* key 0 is the kernel, key i + 1 axis i. */
static int read_choice(struct reader *r, u32 key, const struct yaml_node *node, struct choice *out)
{
	*out = (struct choice){.name = NULL};
	if (!key)
		return read_kernel(r, node, out);
	return read_axis_value(r, &r->schema->axes[key - 1], node, out);
}

static void set_choice(struct variant_conf *v, u32 key, const struct choice *c)
{
	if (key) {
		v->axis[key - 1] = c->axis;
		return;
	}
	v->kernel = c->name;
	v->row = c->row;
}

static int check_combination(const struct reader *r, const struct variant_conf *v, char *why,
			     size_t why_len)
{
	const char *values[MAX_AXES] = {NULL};

	for (u32 i = 0; i < MAX_AXES; i++)
		values[i] = v->axis[i].value;
	snprintf(why, why_len, "these values do not go together");
	return r->schema->check_variant(v->row, values, why, why_len);
}

/* ---- variants: a list ---- */

static const struct param_key variant_keys[] = {
	{.name = "name",
	 .type = PARAM_NAME,
	 .offset = offsetof(struct variant_conf, name),
	 .required = true,
	 .help = "stands in tables and CSV files"},
	{.name = NULL},
};

static const struct param_table variant_table = {
	.what = "variant",
	.size = sizeof(struct variant_conf),
	.keys = variant_keys,
	.pos_offset = offsetof(struct variant_conf, pos),
};

static void read_variant(struct reader *r, const struct yaml_node *map, struct variant_conf *v)
{
	const char *keys[MAX_AXES + 2], *what = bind_what(&r->in, "variant", map);
	struct bind_part part = {&variant_table, v};
	u32 before = r->in.nr_errors;
	struct choice c;
	char why[256];

	axis_keys(r->schema, keys);
	bind_map(&r->in, map, what, &part, 1, keys);
	for (u32 i = 0; map->kind == NODE_MAP && keys[i]; i++) {
		const struct yaml_node *node = yaml_get(map, keys[i]);

		if (node && !read_choice(r, i, node, &c))
			set_choice(v, i, &c);
	}
	if ((map->kind == NODE_MAP || yaml_is_null(map)) && !yaml_get(map, "kernel"))
		input_error(&r->in, map->pos, "missing key 'kernel' in %s (a release like v5.17)",
			    what);
	if (input_status(&r->in, before) || !v->kernel)
		return;
	if (check_combination(r, v, why, sizeof(why)))
		input_error(&r->in, v->pos, "%s: %s", what, why);
	else if (strcmp(v->kernel, v->row))
		add_note(r, input_printf(&r->in, "variant %s: kernel %s is modelled by row %s",
					 v->name, v->kernel, v->row));
}

static void read_variant_list(struct reader *r, const struct yaml_node *node)
{
	u32 n = bind_count(node);

	if (!n)
		input_error(&r->in, node->pos, "'variants' needs at least one");
	r->s->variants = input_alloc(&r->in, n, sizeof(*r->s->variants));
	if (!r->s->variants)
		return;
	r->s->nr_variants = n;
	for (u32 i = 0; i < n && !input_full(&r->in) && !r->in.oom; i++)
		read_variant(r, bind_item(node, i), &r->s->variants[i]);
}

/* ---- matrix: a product ---- */

/* One key of the matrix. A list is a dimension of the names; a single value is not. */
struct dimension {
	u32 key;
	u32 n;
	bool named;
	struct choice *choices;
};

struct matrix {
	struct dimension dims[MAX_AXES + 1];
	u32 nr_dims;
	u64 nr_combinations;
};

static void read_dimension(struct reader *r, const struct yaml_entry *e, u32 key,
			   struct dimension *dim)
{
	const struct yaml_node *values = e->value;

	dim->key = key;
	dim->named = values->kind == NODE_LIST;
	dim->n = bind_count(values);
	if (!dim->n) {
		input_error(&r->in, values->pos, "'%s' has no values", e->key);
		return;
	}
	dim->choices = input_alloc(&r->in, dim->n, sizeof(*dim->choices));
	for (u32 i = 0; dim->choices && i < dim->n && !input_full(&r->in); i++)
		read_choice(r, key, bind_item(values, i), &dim->choices[i]);
}

static void note_kernel_rows(struct reader *r, const struct dimension *dim)
{
	for (u32 i = 0; dim->key == 0 && i < dim->n; i++)
		if (strcmp(dim->choices[i].name, dim->choices[i].row))
			add_note(r, input_printf(&r->in, "matrix: kernel %s is modelled by row %s",
						 dim->choices[i].name, dim->choices[i].row));
}

/* 0 if the product can be built. */
static int read_dimensions(struct reader *r, const struct yaml_node *map, struct matrix *m)
{
	const char *keys[MAX_AXES + 2];
	u32 before = r->in.nr_errors, key;

	axis_keys(r->schema, keys);
	bind_map(&r->in, map, "matrix", NULL, 0, keys);
	m->nr_combinations = 1;
	for (u32 i = 0; map->kind == NODE_MAP && i < map->n && m->nr_dims <= MAX_AXES; i++) {
		for (key = 0; keys[key] && strcmp(keys[key], map->entries[i].key);)
			key++;
		if (!keys[key])
			continue;
		read_dimension(r, &map->entries[i], key, &m->dims[m->nr_dims]);
		if (m->nr_combinations <= MAX_COMBINATIONS)
			m->nr_combinations *= m->dims[m->nr_dims].n;
		m->nr_dims++;
	}
	if ((map->kind == NODE_MAP || yaml_is_null(map)) && !yaml_get(map, "kernel"))
		input_error(&r->in, map->pos,
			    "missing key 'kernel' in matrix (one release like "
			    "v5.17, or a list)");
	if (m->nr_combinations > MAX_COMBINATIONS)
		input_error(&r->in, map->pos, "the matrix has more than %d combinations",
			    MAX_COMBINATIONS);
	return input_status(&r->in, before);
}

/* The nr-th combination; the first key of the matrix changes slowest. */
static void fill_combination(struct reader *r, const struct matrix *m, u64 nr,
			     struct variant_conf *v)
{
	const char *name = NULL;

	for (u32 i = m->nr_dims; i--; nr /= m->dims[i].n) {
		const struct dimension *dim = &m->dims[i];
		const struct choice *c = &dim->choices[nr % dim->n];

		set_choice(v, dim->key, c);
		if (dim->named)
			name = name ? input_printf(&r->in, "%s+%s", c->name, name) : c->name;
	}
	sim_assert(v->kernel); /* read_dimensions() insists on the key */
	v->name = name ? name : v->kernel;
}

static void read_matrix(struct reader *r, const struct yaml_node *map)
{
	struct matrix m = {.nr_dims = 0};
	char why[256] = "";

	if (read_dimensions(r, map, &m))
		return;
	r->s->variants = input_alloc(&r->in, m.nr_combinations, sizeof(*r->s->variants));
	if (!r->s->variants)
		return;
	for (u32 i = 0; i < m.nr_dims; i++)
		note_kernel_rows(r, &m.dims[i]);
	for (u64 nr = 0; nr < m.nr_combinations; nr++) {
		struct variant_conf *v = &r->s->variants[r->s->nr_variants];

		*v = (struct variant_conf){.pos = map->pos};
		fill_combination(r, &m, nr, v);
		if (check_combination(r, v, why, sizeof(why)))
			add_note(r,
				 input_printf(&r->in, "matrix: %s is skipped: %s", v->name, why));
		else if (strlen(v->name) > NAME_MAX_LEN)
			input_error(&r->in, map->pos,
				    "the name '%s' is longer than %d characters; "
				    "write 'variants' instead",
				    v->name, NAME_MAX_LEN);
		else
			r->s->nr_variants++;
	}
	if (!r->s->nr_variants && !r->in.nr_errors)
		input_error(&r->in, map->pos, "no combination of the matrix can exist: %s", why);
}

/* ---- both ---- */

void read_variants(struct reader *r)
{
	const struct yaml_node *list = yaml_get(r->root, "variants");
	const struct yaml_node *matrix = yaml_get(r->root, "matrix");
	struct named *names;

	if (list && matrix)
		input_error(&r->in, matrix->pos,
			    "'matrix' and 'variants' exclude each other; 'variants' is at %s",
			    input_place(&r->in, list->pos, matrix->pos.file));
	if (!list && !matrix)
		input_error(&r->in, r->root->pos,
			    "missing key 'variants' in scenario (or 'matrix')");
	if (list)
		read_variant_list(r, list);
	else if (matrix)
		read_matrix(r, matrix);
	names = input_alloc(&r->in, r->s->nr_variants, sizeof(*names));
	for (u32 i = 0; names && i < r->s->nr_variants; i++)
		names[i] = (struct named){r->s->variants[i].name, r->s->variants[i].pos, i};
	if (names)
		names_index(&r->in, &r->variants, names, r->s->nr_variants, "variant");
}

static bool kept(const struct reader *r, const char *name)
{
	for (u32 i = 0; i < r->s->nr_variants; i++)
		if (!name || !strcmp(r->s->variants[i].name, name))
			return true;
	return false;
}

static bool expect_kept(const struct reader *r, const struct expect_conf *e)
{
	const char *const *order = e->order.items;

	for (u32 i = 0; i < e->order.n; i++)
		if (!kept(r, order[i]))
			return false;
	return kept(r, e->variant) && kept(r, e->over);
}

void keep_variant(struct reader *r, const char *name)
{
	const struct named *found = names_find(&r->variants, name, strlen(name));
	struct scenario *s = r->s;
	u32 n = 0;

	if (!found) {
		input_error(&r->in, (struct src_pos){.file = "--variant"},
			    "no variant is named %s%s", input_quote(&r->in, name),
			    names_hint(&r->in, &r->variants, name));
		return;
	}
	s->variants[1 % s->nr_variants] = s->variants[found->i];
	s->nr_variants = found->i ? 2 : 1;
	for (u32 i = 0; i < s->nr_expects; i++)
		if (expect_kept(r, &s->expects[i]))
			s->expects[n++] = s->expects[i];
	if (n < s->nr_expects)
		add_note(r, input_printf(&r->in,
					 "--variant %s: %u of %u expectations are about other "
					 "variants and are left out",
					 name, s->nr_expects - n, s->nr_expects));
	s->nr_expects = n;
	n = 0;
	for (u32 i = 0; i < s->nr_balances; i++)
		if (kept(r, s->balances[i].variant))
			s->balances[n++] = s->balances[i];
	s->nr_balances = n;
}
