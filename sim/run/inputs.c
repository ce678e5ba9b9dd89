// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/inputs.h"

#include "trace/import.h"
#include "workload/workload.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Relative paths start from the scenario's folder, else from where the shipped scenarios are. */
static const char *resolve_path(struct inputs *in, const char *path)
{
	const char *const dirs[] = {in->scenario->dir, "scenarios", MEMCGSIM_SHARE "/scenarios"};
	const char *first = NULL;

	if (*path == '/' || !in->scenario->dir || !*in->scenario->dir)
		return path;
	for (u32 i = 0; i < ARRAY_SIZE(dirs); i++) {
		const char *there = arena_printf(in->arena, "%s/%s", dirs[i], path);

		if (!there || !access(there, F_OK))
			return there;
		if (!first)
			first = there;
	}
	return first;
}

static void finish_hash(struct sha256_ctx *ctx, char text[65])
{
	u8 digest[SHA256_DIGEST_SIZE];

	sha256_digest(ctx, sizeof(digest), digest);
	for (u32 i = 0; i < sizeof(digest); i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static int hash_file(struct input_file *f, struct diag *d)
{
	struct sha256_ctx ctx;
	u8 buf[65536];
	FILE *in = fopen(f->path, "rb");
	size_t n;

	if (!in)
		return diag_error(d, DIAG_INPUT, "cannot read %s: %s", f->path, strerror(errno));
	sha256_init(&ctx);
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0) {
		sha256_update(&ctx, n, buf);
		f->bytes += n;
	}
	if (ferror(in)) {
		fclose(in);
		return diag_error(d, DIAG_INPUT, "cannot read %s: %s", f->path, strerror(errno));
	}
	fclose(in);
	finish_hash(&ctx, f->sha256);
	return 0;
}

/*
 * What a scenario is but for its seed: the same repeats are drawn from one distribution whatever it is. A line that
 * begins with "seed:" is that key, since all else in a top-level mapping of blocks is indented; in one with braces
 * the seed is part of the hash.
 */
static int hash_unseeded(struct input_file *f, const char *path, struct diag *d)
{
	FILE *in = fopen(path, "rb");
	struct sha256_ctx ctx;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int err;

	if (!in)
		return diag_error(d, DIAG_INPUT, "cannot read %s: %s", path, strerror(errno));
	sha256_init(&ctx);
	while ((n = getline(&line, &cap, in)) >= 0)
		if (strncmp(line, "seed:", 5))
			sha256_update(&ctx, (size_t)n, (const u8 *)line);
	err = !feof(in);
	free(line);
	if (fclose(in) || err)
		return diag_error(d, DIAG_INPUT, "cannot read %s", path);
	finish_hash(&ctx, f->unseeded);
	return 0;
}

/* Adds a file to the manifest's list; the path in it is as the scenario writes it. */
static int add_file(struct inputs *in, const char *shown, const char *path, struct diag *d)
{
	struct input_file *f = &in->files[in->nr_files];
	int ret;

	f->path = path;
	ret = hash_file(f, d);
	if (ret)
		return ret;
	f->path = shown;
	in->nr_files++;
	return 0;
}

static int load_trace(struct inputs *in, u32 i, bool strict, struct diag *d)
{
	const struct workload_conf *conf = &in->scenario->workloads[i];
	const struct workload_type *type = workload_types[conf->type];
	struct trace_import_opts opts = {.strict = strict};
	const char *name, *path;
	s64 root;

	if (!type->trace_path)
		return 0;
	name = *(const char *const *)(const void *)((const char *)conf->params + type->trace_path);
	/* a trace type's params begin with the hierarchy's id */
	root = *(const s64 *)conf->params;
	opts.root_given = root > 0;
	opts.root = (u32)root;
	path = resolve_path(in, name);
	if (!path)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	if (trace_import_text(&in->traces[i], path, &opts, d))
		return -EINVAL;
	in->has_trace[i] = true;
	return add_file(in, name, path, d);
}

static int load_slabinfo(struct inputs *in, struct diag *d)
{
	const char *name = in->scenario->initial.slabinfo, *path;
	int ret;

	if (!name || !*name)
		return 0;
	path = resolve_path(in, name);
	if (!path)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	ret = slabinfo_read(&in->slabinfo, path, in->arena, d);
	if (ret)
		return ret;
	in->layouts = arena_array(in->arena, in->slabinfo.n, sizeof(*in->layouts));
	if (!in->layouts && in->slabinfo.n)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	for (u32 i = 0; i < in->slabinfo.n; i++) {
		const struct slabinfo_line *l = &in->slabinfo.lines[i];

		in->layouts[in->nr_layouts++] = (struct cache_layout){
			.name = l->cache,
			.size = l->objsize,
			.objects = l->objperslab,
			.order = order_for(l->pagesperslab, 1),
		};
	}
	return add_file(in, name, path, d);
}

/* One size for each node, or a list with one per node. */
static int check_per_node(const struct inputs *in, const char *key, const struct param_list *sizes,
			  struct diag *d)
{
	u32 nodes = in->topology.nr_nodes;

	if (sizes->n <= 1 || sizes->n == nodes)
		return 0;
	return diag_at(
		d, in->scenario->machine.pos,
		"%s: %u sizes for %u NUMA nodes; give one size for each node or one per node", key,
		sizes->n, nodes);
}

/* Memory of the nodes: a list, one total split evenly, or what the topology says. */
static int split_memory(struct inputs *in, struct diag *d)
{
	const struct machine_conf *m = &in->scenario->machine;
	const u64 *sizes = m->memory.items;
	u32 nodes = in->topology.nr_nodes;

	if (m->memory.n > 1 && m->memory.n != nodes)
		return diag_at(d, m->memory_pos,
			       "memory: %u sizes for %u NUMA nodes; give one size for "
			       "the whole machine or one per node",
			       m->memory.n, nodes);
	for (u32 i = 0; i < nodes; i++)
		in->node_bytes[i] = m->memory.n > 1 ? sizes[i]
				    : m->memory.n   ? sizes[0] / nodes
						    : in->topology.node_bytes[i];
	for (u32 i = 0; i < nodes; i++)
		if (in->node_bytes[i] < 16ULL << 20)
			return diag_at(d, m->memory_pos, "memory: node %u has less than 16 MiB", i);
	if (check_per_node(in, "reserved", &m->reserved, d) ||
	    check_per_node(in, "occupied", &m->occupied, d))
		return -EINVAL;
	return 0;
}

/* What is wrong with the description stands at its place in the scenario. */
static int read_topology(struct inputs *in, const char *text, struct diag *d)
{
	struct diag own;
	int ret;

	diag_init(&own);
	ret = topology_read(&in->topology, text, in->arena, &own);
	if (ret && own.worst == DIAG_INPUT)
		diag_at(d, in->scenario->machine.topology_pos, "%.*s", (int)own.len - 1, own.text);
	else
		diag_merge(d, &own);
	diag_free(&own);
	return ret;
}

static int load_machine(struct inputs *in, struct diag *d)
{
	const struct machine_conf *m = &in->scenario->machine;
	const char *text = m->topology;
	size_t n = strlen(text);

	if (strchr(text, '/') || (n > 4 && !strcmp(text + n - 4, ".xml"))) {
		text = resolve_path(in, text);
		if (!text)
			return diag_error(d, DIAG_SYSTEM, "out of memory");
		if (add_file(in, m->topology, text, d))
			return -EINVAL;
	}
	if (read_topology(in, text, d))
		return -EINVAL;
	if ((m->possible_cpus && m->possible_cpus < in->topology.nr_cpus) ||
	    (m->possible_nodes && m->possible_nodes < in->topology.nr_nodes))
		return diag_at(d, m->pos,
			       "possible_cpus and possible_nodes can not be below the %u CPUs and "
			       "%u nodes of the topology",
			       in->topology.nr_cpus, in->topology.nr_nodes);
	return split_memory(in, d);
}

int inputs_load(struct inputs *in, const struct scenario *s, bool strict, struct diag *d)
{
	int ret;

	*in = (struct inputs){.scenario = s, .arena = arena_new()};
	if (in->arena) {
		in->traces =
			arena_array(in->arena, max_of(s->nr_workloads, 1U), sizeof(*in->traces));
		in->has_trace = arena_array(in->arena, max_of(s->nr_workloads, 1U), sizeof(bool));
		in->files = arena_array(in->arena, s->nr_workloads + 3, sizeof(*in->files));
	}
	if (!in->arena || !in->traces || !in->has_trace || !in->files)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	ret = add_file(in, s->path, s->path, d);
	if (!ret)
		ret = hash_unseeded(&in->files[0], s->path, d);
	if (!ret)
		ret = load_machine(in, d);
	if (!ret)
		ret = load_slabinfo(in, d);
	for (u32 i = 0; !ret && i < s->nr_workloads; i++)
		ret = load_trace(in, i, strict, d);
	return ret;
}

void inputs_free(struct inputs *in)
{
	for (u32 i = 0; in->scenario && in->traces && i < in->scenario->nr_workloads; i++)
		if (in->has_trace[i])
			trace_free(&in->traces[i]);
	arena_free(in->arena);
	in->arena = NULL;
}
