// SPDX-License-Identifier: GPL-3.0-or-later
#include "scenario/read.h"

/* Ratios of reclaim; the largest that a batch of 1,024 can make of one object in 2^12 is far below. */
#define ANY_RATIO .min = 0, .max = 1e12

struct balance_entry {
	struct balance_conf b;
	u64 given;
};

enum { KEY_VARIANT, KEY_CACHES, KEY_CACHE_RATIO, KEY_SMALL_RETENTION, KEY_SAWTOOTH };

static const struct param_key balance_keys[] = {
	[KEY_VARIANT] = {.name = "variant",
			 .type = PARAM_NAME,
			 .offset = offsetof(struct balance_entry, b.variant),
			 .help = "who is judged; default the first"},
	[KEY_CACHES] = {.name = "caches",
			.type = PARAM_NAMES,
			.offset = offsetof(struct balance_entry, b.caches),
			.help = "mounts, file systems or functions of shrinkers; default all"},
	[KEY_CACHE_RATIO] = {.name = "cache_ratio",
			     .type = PARAM_DOUBLE,
			     .offset = offsetof(struct balance_entry, b.cache_ratio),
			     ANY_RATIO,
			     .help = "largest good scan_ratio of a single cache"},
	[KEY_SMALL_RETENTION] = {.name = "small_retention",
				 .type = PARAM_DOUBLE,
				 .offset = offsetof(struct balance_entry, b.small_retention),
				 .min = 0,
				 .max = 1,
				 .help = "smallest good balance.small_retention"},
	[KEY_SAWTOOTH] = {.name = "sawtooth",
			  .type = PARAM_DOUBLE,
			  .offset = offsetof(struct balance_entry, b.sawtooth),
			  ANY_RATIO,
			  .help = "largest good balance.sawtooth"},
	{.name = NULL},
};

static const struct param_table balance_table = {
	.what = "balance",
	.size = sizeof(struct balance_entry),
	.keys = balance_keys,
	.pos_offset = offsetof(struct balance_entry, b.pos),
	.given_offset = offsetof(struct balance_entry, given),
};

/* Pairs of numbers. */
static const char *const other_keys[] = {"scan_ratio", "jain", NULL};

static void read_ranges(struct reader *r, const struct yaml_node *map, struct balance_conf *b)
{
	struct param_key scan = {.name = "scan_ratio", .type = PARAM_DOUBLE, ANY_RATIO},
			 jain = {.name = "jain", .type = PARAM_DOUBLE, .min = 0, .max = 1};
	const struct yaml_node *node = yaml_get(map, "scan_ratio");

	if (node && read_range(r, node, &scan, &b->scan_lo, &b->scan_hi))
		b->has |= BALANCE_SCAN_RATIO;
	node = yaml_get(map, "jain");
	if (node && read_range(r, node, &jain, &b->jain_lo, &b->jain_hi))
		b->has |= BALANCE_JAIN;
}

static void read_balance(struct reader *r, const struct yaml_node *map, struct balance_conf *b)
{
	struct balance_entry x = {.given = 0};
	struct bind_part part = {&balance_table, &x};
	u32 before = r->in.nr_errors;

	bind_map(&r->in, map, "balance", &part, 1, other_keys);
	x.b.has = (x.given >> KEY_CACHE_RATIO & 1 ? BALANCE_CACHE_RATIO : 0) |
		  (x.given >> KEY_SMALL_RETENTION & 1 ? BALANCE_SMALL_RETENTION : 0) |
		  (x.given >> KEY_SAWTOOTH & 1 ? BALANCE_SAWTOOTH : 0);
	x.b.caches_pos = value_pos(map, "caches");
	if (map->kind == NODE_MAP)
		read_ranges(r, map, &x.b);
	if (!input_status(&r->in, before)) {
		if (x.b.variant)
			check_variant_name(r, value_pos(map, "variant"), x.b.variant);
		if (!x.b.has)
			input_error(&r->in, map->pos,
				    "nothing to judge: give scan_ratio, cache_ratio, jain, "
				    "small_retention or sawtooth");
		else if (x.given >> KEY_CACHES & 1 && !(x.b.has & BALANCE_CACHE_RATIO))
			input_error(
				&r->in, x.b.caches_pos,
				"'caches' says whose 'cache_ratio' is judged, and there is none");
	}
	*b = x.b;
}

void read_balances(struct reader *r)
{
	const struct yaml_node *node = yaml_get(r->root, "balance");
	u32 n = node ? bind_count(node) : 0;

	r->s->balances = input_alloc(&r->in, n, sizeof(*r->s->balances));
	if (!r->s->balances)
		return;
	r->s->nr_balances = n;
	for (u32 i = 0; i < n && !input_full(&r->in) && !r->in.oom; i++)
		read_balance(r, bind_item(node, i), &r->s->balances[i]);
}
