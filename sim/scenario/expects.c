// SPDX-License-Identifier: GPL-3.0-or-later
#include "scenario/read.h"

#include "scenario/units.h"

#include <string.h>

/* Metrics may be negative in principle (a difference), so no bound at 0. */
#define ANY_NUMBER .min = -1e300, .max = 1e300
#define EXPECT_BOUNDS (EXPECT_NEAR | EXPECT_MIN | EXPECT_MAX | EXPECT_BETWEEN)

struct expect_entry {
	struct expect_conf e;
	u64 given;
};

enum {
	KEY_METRIC,
	KEY_VARIANT,
	KEY_OVER,
	KEY_ORDER,
	KEY_NEAR,
	KEY_MIN,
	KEY_MAX,
	KEY_AT,
	KEY_EACH,
	KEY_NAME
};

static const struct param_key expect_keys[] = {
	[KEY_METRIC] = {.name = "metric",
			.type = PARAM_STRING,
			.offset = offsetof(struct expect_entry, e.metric),
			.required = true,
			.help = "with its suffix"},
	[KEY_VARIANT] = {.name = "variant",
			 .type = PARAM_NAME,
			 .offset = offsetof(struct expect_entry, e.variant),
			 .help = "whose value is judged"},
	[KEY_OVER] = {.name = "over",
		      .type = PARAM_NAME,
		      .offset = offsetof(struct expect_entry, e.over),
		      .help = "variant that the value is divided by"},
	[KEY_ORDER] = {.name = "order",
		       .type = PARAM_NAMES,
		       .offset = offsetof(struct expect_entry, e.order),
		       .help = "variants in which the metric rises, instead of variant"},
	[KEY_NEAR] = {.name = "near",
		      .type = PARAM_DOUBLE,
		      .offset = offsetof(struct expect_entry, e.near),
		      ANY_NUMBER,
		      .help = "expected value"},
	[KEY_MIN] = {.name = "min",
		     .type = PARAM_DOUBLE,
		     .offset = offsetof(struct expect_entry, e.min),
		     ANY_NUMBER,
		     .help = "smallest good value"},
	[KEY_MAX] = {.name = "max",
		     .type = PARAM_DOUBLE,
		     .offset = offsetof(struct expect_entry, e.max),
		     ANY_NUMBER,
		     .help = "largest good value"},
	[KEY_AT] = {.name = "at",
		    .type = PARAM_TIME,
		    .offset = offsetof(struct expect_entry, e.at),
		    .help = "simulated time of the sample that is judged"},
	[KEY_EACH] = {.name = "each",
		      .type = PARAM_BOOL,
		      .offset = offsetof(struct expect_entry, e.each),
		      .help = "judge every repeat instead of the mean"},
	[KEY_NAME] = {.name = "name",
		      .type = PARAM_STRING,
		      .offset = offsetof(struct expect_entry, e.name),
		      .help = "what it is about; stands before the verdict"},
	{.name = NULL},
};

static const struct param_table expect_table = {
	.what = "expectation",
	.size = sizeof(struct expect_entry),
	.keys = expect_keys,
	.pos_offset = offsetof(struct expect_entry, e.pos),
	.given_offset = offsetof(struct expect_entry, given),
};

/* Read here: their form decides what they mean. */
static const char *const other_keys[] = {"within", "between", NULL};

/* A number, or "1 %" of near. */
static void read_within(struct reader *r, const struct yaml_node *node, struct expect_conf *e)
{
	struct param_key key = {.name = "within", .type = PARAM_DOUBLE};
	size_t len = node->kind == NODE_SCALAR ? strlen(node->text) : 0;
	struct yaml_node number = *node;

	e->within_relative = len && node->text[len - 1] == '%';
	if (e->within_relative) {
		len--;
		while (len && node->text[len - 1] == ' ')
			len--;
		number.text = input_printf(&r->in, "%.*s", (int)len, node->text);
		number.quoted = false;
	}
	if (bind_value(&r->in, &key, &number, &e->within))
		return;
	if (e->within_relative)
		e->within /= 100.0;
	e->has |= EXPECT_WITHIN;
}

bool read_range(struct reader *r, const struct yaml_node *node, const struct param_key *number,
		double *lo, double *hi)
{
	if (node->kind != NODE_LIST || node->n != 2) {
		bind_mismatch(&r->in, number->name, "[lowest, highest]", node, NULL);
		return false;
	}
	if (bind_value(&r->in, number, bind_item(node, 0), lo) ||
	    bind_value(&r->in, number, bind_item(node, 1), hi))
		return false;
	if (*lo > *hi)
		input_error(&r->in, node->pos, "'%s' has the larger number first", number->name);
	return true;
}

static void read_between(struct reader *r, const struct yaml_node *node, struct expect_conf *e)
{
	struct param_key key = {.name = "between", .type = PARAM_DOUBLE, ANY_NUMBER};

	if (read_range(r, node, &key, &e->lo, &e->hi))
		e->has |= EXPECT_BETWEEN;
}

void check_variant_name(struct reader *r, struct src_pos pos, const char *name)
{
	/* no variant at all has been reported already */
	if (!r->variants.n || names_find(&r->variants, name, strlen(name)) || input_full(&r->in))
		return;
	input_error(&r->in, pos, "no variant is named '%s'%s", name,
		    names_hint(&r->in, &r->variants, name));
}

static void check_order(struct reader *r, const struct yaml_node *map, const struct expect_conf *e)
{
	const struct yaml_node *order = yaml_get(map, "order");
	struct named *named = input_alloc(&r->in, e->order.n, sizeof(*named));
	const char *const *list = e->order.items;
	struct names names;

	if (!named)
		return;
	if (e->order.n < 2)
		input_error(&r->in, order->pos, "'order' needs at least two variants");
	for (u32 i = 0; i < e->order.n; i++) {
		named[i] = (struct named){list[i], bind_item(order, i)->pos, i};
		check_variant_name(r, named[i].pos, named[i].name);
	}
	names_index(&r->in, &names, named, e->order.n, "'order': variant");
	if (e->over || e->has & EXPECT_BOUNDS)
		input_error(&r->in, order->pos,
			    "'order' is judged alone: write over, near, min, max or between as "
			    "another expectation");
}

static void check_bounds(struct reader *r, const struct yaml_node *map, const struct expect_conf *e)
{
	bool near = e->has & EXPECT_NEAR, within = e->has & EXPECT_WITHIN;

	if (near && !within && !yaml_get(map, "within"))
		input_error(&r->in, value_pos(map, "near"),
			    "'near' needs 'within': a number, or a share like 1 %%");
	if (within && !near && !yaml_get(map, "near"))
		input_error(&r->in, value_pos(map, "within"), "'within' needs 'near'");
	if (e->has & EXPECT_MIN && e->has & EXPECT_MAX && e->min > e->max)
		input_error(&r->in, value_pos(map, "min"), "'min' is above 'max'");
}

static u32 given_as_has(u64 given)
{
	static const struct {
		int key;
		u32 has;
	} pairs[] = {
		{KEY_NEAR, EXPECT_NEAR}, {KEY_MIN, EXPECT_MIN},	  {KEY_MAX, EXPECT_MAX},
		{KEY_AT, EXPECT_AT},	 {KEY_EACH, EXPECT_EACH},
	};
	u32 has = 0;

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (given >> pairs[i].key & 1)
			has |= pairs[i].has;
	return has;
}

static void check_subject(struct reader *r, const struct yaml_node *map,
			  const struct expect_entry *x)
{
	bool variant = x->given >> KEY_VARIANT & 1, order = x->given >> KEY_ORDER & 1;
	const struct expect_conf *e = &x->e;

	if (variant == order)
		input_error(&r->in, map->pos,
			    variant ? "an expectation has 'variant' or 'order', not both"
				    : "missing key 'variant' in expectation (or 'order')");
	if (order)
		check_order(r, map, e);
	if (e->variant)
		check_variant_name(r, value_pos(map, "variant"), e->variant);
	if (e->over)
		check_variant_name(r, value_pos(map, "over"), e->over);
	if (!order && !(e->has & EXPECT_BOUNDS))
		input_error(&r->in, map->pos,
			    "nothing to judge: give near and within, min, max, or between");
}

static void read_expect(struct reader *r, const struct yaml_node *map, struct expect_conf *e)
{
	struct expect_entry x = {.given = 0};
	struct bind_part part = {&expect_table, &x};
	const struct yaml_node *within = yaml_get(map, "within"),
			       *between = yaml_get(map, "between");
	u32 before = r->in.nr_errors;

	bind_map(&r->in, map, "expectation", &part, 1, other_keys);
	x.e.has = given_as_has(x.given);
	x.e.metric_pos = value_pos(map, "metric");
	if (within)
		read_within(r, within, &x.e);
	if (between)
		read_between(r, between, &x.e);
	if (!input_status(&r->in, before)) {
		check_bounds(r, map, &x.e);
		check_subject(r, map, &x);
	}
	*e = x.e;
}

void read_expects(struct reader *r)
{
	const struct yaml_node *node = yaml_get(r->root, "expect");
	u32 n = node ? bind_count(node) : 0;

	r->s->expects = input_alloc(&r->in, n, sizeof(*r->s->expects));
	if (!r->s->expects)
		return;
	r->s->nr_expects = n;
	for (u32 i = 0; i < n && !input_full(&r->in) && !r->in.oom; i++)
		read_expect(r, bind_item(node, i), &r->s->expects[i]);
}
