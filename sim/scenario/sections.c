// SPDX-License-Identifier: GPL-3.0-or-later
/* The machine and what is on it at the start: cgroups, mounts, workloads, slab caches. */
#include "scenario/read.h"

#include "scenario/units.h"

#include <stdlib.h>
#include <string.h>

#define MAX_COUNT 10000000

/* ---- machine ---- */

#define DISK_OFFSET(member)                                                                        \
	(offsetof(struct machine_conf, disk.member) - offsetof(struct machine_conf, disk))

static const struct param_key disk_keys[] = {
	{.name = "iops",
	 .type = PARAM_DOUBLE,
	 .offset = DISK_OFFSET(iops),
	 .dflt = "500",
	 .min = 0.001,
	 .help = "requests per second"},
	{.name = "bandwidth",
	 .type = PARAM_BANDWIDTH,
	 .offset = DISK_OFFSET(bandwidth),
	 .dflt = "150MiB/s",
	 .min = 1,
	 .help = "bytes per second"},
	{.name = "latency",
	 .type = PARAM_TIME,
	 .offset = DISK_OFFSET(latency),
	 .dflt = "8ms",
	 .help = "of one request"},
	{.name = NULL},
};

static const struct param_table disk_table = {
	.what = "disk",
	.size = sizeof(((struct machine_conf *)0)->disk),
	.keys = disk_keys,
};

#define CONFIG_OFFSET(member)                                                                      \
	(offsetof(struct machine_conf, config.member) - offsetof(struct machine_conf, config))

static const struct param_key config_keys[] = {
	{.name = "swap",
	 .type = PARAM_BOOL,
	 .offset = CONFIG_OFFSET(swap),
	 .dflt = "on",
	 .help = "CONFIG_MEMCG_SWAP: memory.swap.* files"},
	{.name = "psi",
	 .type = PARAM_BOOL,
	 .offset = CONFIG_OFFSET(psi),
	 .dflt = "on",
	 .help = "CONFIG_PSI: *.pressure files and what is behind them (from 4.20)"},
	{.name = "zswap",
	 .type = PARAM_BOOL,
	 .offset = CONFIG_OFFSET(zswap),
	 .dflt = "off",
	 .help = "CONFIG_ZSWAP: memory.zswap.* files (from 5.19)"},
	{.name = NULL},
};

static const struct param_table config_table = {
	.what = "config",
	.size = sizeof(((struct machine_conf *)0)->config),
	.keys = config_keys,
};

static const struct param_key machine_keys[] = {
	{.name = "topology",
	 .type = PARAM_STRING,
	 .offset = offsetof(struct machine_conf, topology),
	 .required = true,
	 .help = "hwloc synthetic description, host, or path of an hwloc XML file"},
	{.name = "memory",
	 .type = PARAM_SIZES,
	 .offset = offsetof(struct machine_conf, memory),
	 .required = true,
	 .min = 1 << 20,
	 .help = "of the whole machine, or a list with one size per node"},
	{.name = "page_size",
	 .type = PARAM_SIZE,
	 .offset = offsetof(struct machine_conf, page_size),
	 .dflt = "4KiB",
	 .help = "4KiB or 64KiB"},
	{.name = "min_free",
	 .type = PARAM_SIZE,
	 .offset = offsetof(struct machine_conf, min_free),
	 .help = "vm.min_free_kbytes; default: the kernel's formula"},
	{.name = "possible_cpus",
	 .type = PARAM_INT,
	 .offset = offsetof(struct machine_conf, possible_cpus),
	 .min = 1,
	 .max = 8192,
	 .help = "default: as many as the topology has"},
	{.name = "possible_nodes",
	 .type = PARAM_INT,
	 .offset = offsetof(struct machine_conf, possible_nodes),
	 .min = 1,
	 .max = 1024,
	 .help = "default: as many as the topology has"},
	{.name = "reserved",
	 .type = PARAM_SIZES,
	 .offset = offsetof(struct machine_conf, reserved),
	 .help = "memory of each node that the page allocator never sees; default: struct pages"},
	{.name = "zone_dma",
	 .type = PARAM_BOOL,
	 .offset = offsetof(struct machine_conf, zone_dma),
	 .dflt = "on",
	 .help = "a DMA zone of 16 MiB on node 0"},
	{.name = "rcu_grace_period",
	 .type = PARAM_TIME,
	 .offset = offsetof(struct machine_conf, rcu_grace_period),
	 .dflt = "20ms",
	 .help = "until an object freed by RCU is gone"},
	{.name = "config",
	 .type = PARAM_STRUCT,
	 .offset = offsetof(struct machine_conf, config),
	 .sub = &config_table,
	 .help = "build options that change what a cgroup costs"},
	{.name = "disk",
	 .type = PARAM_STRUCT,
	 .offset = offsetof(struct machine_conf, disk),
	 .sub = &disk_table,
	 .help = "the one disk behind every file system; without it reads and writes take no "
		 "time"},
	{.name = "vfs_cache_pressure",
	 .type = PARAM_INT,
	 .offset = offsetof(struct machine_conf, vfs_cache_pressure),
	 .dflt = "100",
	 .max = 1000000,
	 .help = "sysctl vm.vfs_cache_pressure: 0 = dentries and inodes are never reclaimed"},
	{.name = "watermark_boost_factor",
	 .type = PARAM_INT,
	 .offset = offsetof(struct machine_conf, watermark_boost_factor),
	 .dflt = "15000",
	 .max = 1000000,
	 .help = "sysctl vm.watermark_boost_factor, 1/10000 of the high mark: 0 = no boost; before "
		 "v5.0 there is none"},
	{.name = "highatomic",
	 .type = PARAM_SIZES,
	 .offset = offsetof(struct machine_conf, highatomic),
	 .help = "memory of each node kept for atomic allocations of higher orders (2 MiB a "
		 "pageblock)"},
	{.name = "occupied",
	 .type = PARAM_SIZES,
	 .offset = offsetof(struct machine_conf, occupied),
	 .help = "memory of each node that something not modelled holds from the start"},
	{.name = "slowness",
	 .type = PARAM_DOUBLE,
	 .offset = offsetof(struct machine_conf, slowness),
	 .dflt = "1",
	 .min = 0.001,
	 .max = 1e6,
	 .help = "reclaim takes so many times the CPU time of the cost table"},
	{.name = NULL},
};

const struct param_table machine_table = {
	.what = "machine",
	.size = sizeof(struct machine_conf),
	.keys = machine_keys,
	.pos_offset = offsetof(struct machine_conf, pos),
	.given_offset = offsetof(struct machine_conf, given),
};

void check_machine(struct reader *r)
{
	struct machine_conf *m = &r->s->machine;
	const struct yaml_node *map = yaml_get(r->root, "machine");
	const struct yaml_node *memory = yaml_get(map, "memory");

	m->has_disk = yaml_get(map, "disk") != NULL;
	m->topology_pos = value_pos(map, "topology");
	m->memory_pos = value_pos(map, "memory");
	if (m->topology && !*m->topology)
		input_error(&r->in, value_pos(map, "topology"), "'topology' is empty");
	if (memory && memory->kind == NODE_LIST && !memory->n)
		input_error(&r->in, memory->pos, "'memory' is an empty list");
	/* 0: was wrong, and has been reported */
	if (m->page_size && m->page_size != 4096 && m->page_size != 65536)
		input_error(&r->in, value_pos(map, "page_size"),
			    "'page_size' must be 4KiB or 64KiB");
}

/* ---- initial ---- */

static const struct param_key partial_keys[] = {
	{.name = "node",
	 .type = PARAM_INT,
	 .offset = offsetof(struct initial_partial_conf, node),
	 .required = true,
	 .max = 1023,
	 .help = "whose list"},
	{.name = "free",
	 .type = PARAM_SIZES,
	 .offset = offsetof(struct initial_partial_conf, free),
	 .required = true,
	 .min = 1,
	 .max = 32767,
	 .help = "free objects of each slab, from the head of the list"},
	{.name = NULL},
};

static const struct param_table partial_table = {
	.what = "partial slabs",
	.size = sizeof(struct initial_partial_conf),
	.keys = partial_keys,
};

static const struct param_key initial_cache_keys[] = {
	{.name = "cache",
	 .type = PARAM_STRING,
	 .offset = offsetof(struct initial_cache_conf, cache),
	 .required = true,
	 .help = "as slabinfo names it"},
	{.name = "live",
	 .type = PARAM_INT,
	 .offset = offsetof(struct initial_cache_conf, live),
	 .dflt = "-1",
	 .min = -1,
	 .max = 1099511627776,
	 .help = "true live objects; -1: as many as slabinfo shows active"},
	{.name = "node",
	 .type = PARAM_INT,
	 .offset = offsetof(struct initial_cache_conf, node),
	 .dflt = "-1",
	 .min = -1,
	 .max = 1023,
	 .help = "-1: spread over the nodes by their memory"},
	{.name = "partial",
	 .type = PARAM_LIST,
	 .offset = offsetof(struct initial_cache_conf, partial),
	 .sub = &partial_table,
	 .help = "slabs on the nodes' partial lists; without it: empty ones if that fits, else "
		 "half full"},
	{.name = NULL},
};

static const struct param_table initial_cache_table = {
	.what = "initial cache",
	.size = sizeof(struct initial_cache_conf),
	.keys = initial_cache_keys,
	.pos_offset = offsetof(struct initial_cache_conf, pos),
	.given_offset = offsetof(struct initial_cache_conf, given),
};

static const struct param_key initial_keys[] = {
	{.name = "slabinfo",
	 .type = PARAM_STRING,
	 .offset = offsetof(struct initial_conf, slabinfo),
	 .dflt = "",
	 .help = "path of a /proc/slabinfo, relative to the scenario's folder"},
	{.name = "sizes_only",
	 .type = PARAM_BOOL,
	 .offset = offsetof(struct initial_conf, sizes_only),
	 .dflt = "off",
	 .help = "take objsize and objperslab from it, but no population"},
	{.name = "caches",
	 .type = PARAM_LIST,
	 .offset = offsetof(struct initial_conf, caches),
	 .sub = &initial_cache_table,
	 .help = "populations given one by one"},
	{.name = NULL},
};

const struct param_table initial_table = {
	.what = "initial",
	.size = sizeof(struct initial_conf),
	.keys = initial_keys,
	.pos_offset = offsetof(struct initial_conf, pos),
	.given_offset = offsetof(struct initial_conf, given),
};

/* ---- cgroups ---- */

static const struct param_key cgroup_keys[] = {
	{.name = "name",
	 .type = PARAM_NAME,
	 .offset = offsetof(struct cgroup_conf, name),
	 .required = true,
	 .help = "with a count above 1: NAME0, NAME1, ..."},
	{.name = "count",
	 .type = PARAM_INT,
	 .offset = offsetof(struct cgroup_conf, count),
	 .dflt = "1",
	 .min = 1,
	 .max = MAX_COUNT,
	 .help = "how many"},
	{.name = "parent",
	 .type = PARAM_NAME,
	 .offset = offsetof(struct cgroup_conf, parent),
	 .help = "an earlier cgroup; default: the root cgroup"},
	{.name = "max",
	 .type = PARAM_SIZE,
	 .offset = offsetof(struct cgroup_conf, max),
	 .min = 65536,
	 .help = "memory.max: reclaim, then the OOM killer; default: no limit"},
	{.name = "high",
	 .type = PARAM_SIZE,
	 .offset = offsetof(struct cgroup_conf, high),
	 .min = 65536,
	 .help = "memory.high: who goes over it reclaims; default: no limit"},
	{.name = NULL},
};

static const struct param_table cgroup_table = {
	.what = "cgroup",
	.size = sizeof(struct cgroup_conf),
	.keys = cgroup_keys,
	.pos_offset = offsetof(struct cgroup_conf, pos),
	.given_offset = offsetof(struct cgroup_conf, given),
};

/* The cgroup with a count that numbers one of its members so, or NULL. */
static const struct cgroup_conf *numbered_cgroup(const struct reader *r, const char *name)
{
	size_t len = strlen(name);

	for (size_t at = len; at > 1 && strchr("0123456789", name[at - 1]); at--) {
		const struct named *base = names_find(&r->cgroups, name, at - 1);
		const struct cgroup_conf *c = base ? &r->s->cgroups[base->i] : NULL;
		bool leading_zero = name[at - 1] == '0' && at < len;

		if (c && c->count > 1 && !leading_zero && len - at < 18 &&
		    strtoll(name + at - 1, NULL, 10) < c->count)
			return c;
	}
	return NULL;
}

/* The name must be that of one of the first n cgroups; key is who says so. */
static void check_cgroup_name(struct reader *r, struct src_pos pos, const char *key,
			      const char *name, u32 n)
{
	const struct named *found = names_find(&r->cgroups, name, strlen(name));
	const struct cgroup_conf *c = found ? &r->s->cgroups[found->i] : numbered_cgroup(r, name);

	if (input_full(&r->in))
		return;
	if (!c)
		input_error(&r->in, pos, "'%s' is no cgroup: '%s'%s", key, name,
			    names_hint(&r->in, &r->cgroups, name));
	else if (c >= r->s->cgroups + n)
		input_error(&r->in, pos, "'%s' must be a cgroup earlier in the list: '%s' is at %s",
			    key, name, input_place(&r->in, c->pos, pos.file));
	else if (found && c->count > 1)
		input_error(
			&r->in, pos,
			"'%s' must be one cgroup: '%s' has a count, its members are %s0 to %s%lld",
			key, name, name, name, (long long)c->count - 1);
}

static struct src_pos item_value_pos(const struct reader *r, const char *section, u32 i,
				     const char *key)
{
	return value_pos(bind_item(yaml_get(r->root, section), i), key);
}

static void check_cgroup(struct reader *r, u32 i)
{
	const struct cgroup_conf *c = &r->s->cgroups[i], *numbered;

	if (!c->name)
		return;
	numbered = numbered_cgroup(r, c->name);
	if (numbered)
		input_error(&r->in, c->pos, "cgroup '%s' is already a member of '%s' (count %lld)",
			    c->name, numbered->name, (long long)numbered->count);
	if (c->parent)
		check_cgroup_name(r, item_value_pos(r, "cgroups", i, "parent"), "parent", c->parent,
				  i);
}

/* The section as a list of structs of a table. */
static struct param_list read_list(struct reader *r, const char *section,
				   const struct param_table *table)
{
	struct param_key key = {.name = section, .type = PARAM_LIST, .sub = table};
	const struct yaml_node *node = yaml_get(r->root, section);
	struct param_list list = {NULL, 0};

	if (node)
		bind_value(&r->in, &key, node, &list);
	return list;
}

void read_cgroups(struct reader *r)
{
	struct param_list list = read_list(r, "cgroups", &cgroup_table);
	struct named *names = input_alloc(&r->in, list.n, sizeof(*names));

	r->s->cgroups = list.items;
	r->s->nr_cgroups = list.n;
	for (u32 i = 0; names && i < list.n; i++)
		names[i] = (struct named){r->s->cgroups[i].name, r->s->cgroups[i].pos, i};
	if (names)
		names_index(&r->in, &r->cgroups, names, list.n, "cgroup");
	for (u32 i = 0; i < list.n; i++)
		check_cgroup(r, i);
}

/* ---- mounts ---- */

enum {
	KEY_MOUNT_NAME,
	KEY_FS,
	KEY_PRESET,
	KEY_MOUNT_COUNT,
	KEY_CGROUP,
	KEY_BUSY_EVERY,
	KEY_REMOTE,
	KEY_LOG,
	NR_MOUNT_KEYS
};

static const struct param_key mount_keys[] = {
	[KEY_MOUNT_NAME] = {.name = "name",
			    .type = PARAM_NAME,
			    .offset = offsetof(struct mount_conf, name),
			    .required = true,
			    .help = "of the superblock, or of all with a count"},
	[KEY_FS] = {.name = "fs",
		    .type = PARAM_ENUM,
		    .offset = offsetof(struct mount_conf, fs),
		    .help = "file system"},
	[KEY_PRESET] = {.name = "preset",
			.type = PARAM_ENUM,
			.offset = offsetof(struct mount_conf, preset),
			.help = "a named set of kernel-internal superblocks, instead of fs"},
	[KEY_MOUNT_COUNT] = {.name = "count",
			     .type = PARAM_INT,
			     .offset = offsetof(struct mount_conf, count),
			     .dflt = "1",
			     .min = 1,
			     .max = MAX_COUNT,
			     .help = "superblocks of this kind"},
	[KEY_CGROUP] = {.name = "cgroup",
			.type = PARAM_NAME,
			.offset = offsetof(struct mount_conf, cgroup),
			.help = "who mounts: pays for the root objects; default: the root cgroup"},
	[KEY_BUSY_EVERY] = {.name = "busy_every",
			    .type = PARAM_INT,
			    .offset = offsetof(struct mount_conf, busy_every),
			    .max = 1000000,
			    .help = "of so many metadata blocks the journal keeps one busy: never "
				    "reclaimed; 0: none"},
	[KEY_REMOTE] =
		{.name = "remote",
		 .type = PARAM_BOOL,
		 .offset = offsetof(struct mount_conf, remote),
		 .dflt = "no",
		 .help = "its files are on another machine (NFS): the disk has nothing to do "
			 "with them"},
	[KEY_LOG] = {.name = "log",
		     .type = PARAM_SIZE,
		     .offset = offsetof(struct mount_conf, log),
		     .dflt = "128MiB",
		     .min = 1 << 20,
		     .max = 1e15,
		     .help = "xfs: size of the log"},
	[NR_MOUNT_KEYS] = {.name = NULL},
};

static void check_mount(struct reader *r, struct mount_conf *m, u32 i)
{
	bool fs = m->given >> KEY_FS & 1, preset = m->given >> KEY_PRESET & 1;
	const char *name = m->name ? m->name : "";

	if (fs == preset)
		input_error(&r->in, m->pos,
			    fs ? "mount '%s' has both 'fs' and 'preset'"
			       : "missing key 'fs' in mount '%s' (or 'preset')",
			    name);
	if (!fs)
		m->fs = -1;
	if (!preset)
		m->preset = -1;
	if (m->cgroup)
		check_cgroup_name(r, item_value_pos(r, "mounts", i, "cgroup"), "cgroup", m->cgroup,
				  r->s->nr_cgroups);
}

void read_mounts(struct reader *r)
{
	struct param_key keys[NR_MOUNT_KEYS + 1];
	struct param_table table = {
		.what = "mount",
		.size = sizeof(struct mount_conf),
		.keys = keys,
		.pos_offset = offsetof(struct mount_conf, pos),
		.given_offset = offsetof(struct mount_conf, given),
	};
	struct param_list list;
	struct names names;
	struct named *named;

	memcpy(keys, mount_keys, sizeof(keys));
	keys[KEY_FS].choices = r->schema->filesystems;
	keys[KEY_PRESET].choices = r->schema->mount_presets;
	list = read_list(r, "mounts", &table);
	r->s->mounts = list.items;
	r->s->nr_mounts = list.n;
	named = input_alloc(&r->in, list.n, sizeof(*named));
	for (u32 i = 0; named && i < list.n; i++) {
		named[i] = (struct named){r->s->mounts[i].name, r->s->mounts[i].pos, i};
		check_mount(r, &r->s->mounts[i], i);
	}
	if (named)
		names_index(&r->in, &names, named, list.n, "mount");
}

/* ---- workloads ---- */

static const struct param_key workload_keys[] = {
	{.name = "name",
	 .type = PARAM_NAME,
	 .offset = offsetof(struct workload_conf, name),
	 .required = true,
	 .help = "stands in the metrics workload.<name>.*"},
	{.name = "start",
	 .type = PARAM_TIME,
	 .offset = offsetof(struct workload_conf, start),
	 .help = "simulated time; default 0"},
	{.name = NULL},
};

static const struct param_table workload_table = {
	.what = "workload",
	.size = sizeof(struct workload_conf),
	.keys = workload_keys,
	.pos_offset = offsetof(struct workload_conf, pos),
};

/* Index into schema.workloads, or -1 with a message. */
static int read_type(struct reader *r, const struct yaml_node *item, const char *what)
{
	const struct schema_workload *types = r->schema->workloads;
	struct param_key key = {.name = "type", .type = PARAM_ENUM};
	const struct yaml_node *node = yaml_get(item, "type");
	const char **names;
	u32 n = 0;
	int type;

	while (types[n].type)
		n++;
	names = input_alloc(&r->in, n + 1UL, sizeof(*names));
	for (u32 i = 0; names && i < n; i++)
		names[i] = types[i].type;
	key.choices = names;
	if (names && node && !bind_value(&r->in, &key, node, &type))
		return type;
	if (names && !node && !input_full(&r->in))
		input_error(&r->in, item->pos, "missing key 'type' in %s: one of %s", what,
			    input_join(&r->in, names));
	return -1;
}

static void read_workload(struct reader *r, const struct yaml_node *item, struct workload_conf *w)
{
	static const char *const others[] = {"type", NULL};
	const char *what = bind_what(&r->in, "workload", item);
	struct bind_part parts[2] = {{&workload_table, w}, {NULL, NULL}};

	if (item->kind != NODE_MAP) {
		input_error(&r->in, item->pos, "a workload is a map with name and type, not %s",
			    yaml_describe(&r->in, item));
		return;
	}
	/* without its type nobody knows which keys are right */
	w->type = read_type(r, item, what);
	if (w->type < 0)
		return;
	parts[1].table = r->schema->workloads[w->type].params;
	if (parts[1].table)
		parts[1].out = w->params = input_alloc(&r->in, 1, parts[1].table->size);
	bind_map(&r->in, item, what, parts, w->params ? 2 : 1, others);
}

void read_workloads(struct reader *r)
{
	const struct yaml_node *node = yaml_get(r->root, "workloads");
	u32 n = node ? bind_count(node) : 0;
	struct workload_conf *w = input_alloc(&r->in, n, sizeof(*w));
	struct named *named = input_alloc(&r->in, n, sizeof(*named));
	struct names names;

	if (!w || !named)
		return;
	r->s->workloads = w;
	r->s->nr_workloads = n;
	for (u32 i = 0; i < n && !input_full(&r->in) && !r->in.oom; i++) {
		read_workload(r, bind_item(node, i), &w[i]);
		named[i] = (struct named){w[i].name, w[i].pos, i};
	}
	names_index(&r->in, &names, named, n, "workload");
	if (r->s->until_done && !n)
		input_error(&r->in, value_pos(r->root, "until"),
			    "'until: workloads-done' needs workloads");
}
