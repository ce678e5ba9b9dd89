// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * memcgsim list scenarios|kernels|axes|metrics|workloads|filesystems|caches: as text in 80 columns for people, else
 * as one flat table.
 */
#include "cmd/cmd.h"
#include "cmd/list_table.h"
#include "kernels/axes.h"
#include "kernels/fields.h"
#include "kernels/rows.h"
#include "run/recorder.h"
#include "run/world.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a list is printed to: a table, or, with format text, straight to stdout. */
struct list {
	struct command_ctx *c;
	struct list_table t;
	bool text;
};

static void hang(const struct list *l, const char *left, u32 indent, const char *text)
{
	list_hang(stdout, l->c->arena, left, indent, text);
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* ---- scenarios ---- */

static int is_scenario(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 5 && !strcmp(e->d_name + n - 5, ".yaml");
}

static int is_folder(const struct dirent *e)
{
	return e->d_name[0] != '.' && (e->d_type == DT_DIR || e->d_type == DT_UNKNOWN);
}

/* The value of a top-level key that stands on one line, without its quotes; "" if there is none. */
static void first_value(char *buf, size_t len, const char *path, const char *key)
{
	FILE *f = fopen(path, "r");
	char line[512], *value;
	size_t n = strlen(key);

	buf[0] = 0;
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, key, n) || line[n] != ':')
			continue;
		line[strcspn(line, "\n")] = 0;
		value = line + n + 1 + strspn(line + n + 1, " ");
		n = strlen(value);
		if (n > 1 && (*value == '"' || *value == '\'') && value[n - 1] == *value) {
			value[n - 1] = 0;
			value++;
		}
		snprintf(buf, len, "%s", value);
		break;
	}
	if (f)
		fclose(f);
}

/* One row, or line of text. */
static void add_scenario(struct list *l, const char *name, const char *path, bool recorded)
{
	char what[512];

	first_value(what, sizeof(what), path, "description");
	if (l->text)
		hang(l, name, 26, what);
	else
		list_table_row(&l->t, (const char *[]){name, path,
						       recorded ? "recorded" : "shipped", what});
}

static u32 list_folder(struct list *l, const char *folder)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, is_scenario, alphasort);

	for (int i = 0; i < n; i++) {
		const char *path = arena_printf(l->c->arena, "%s/%s", folder, entries[i]->d_name);

		entries[i]->d_name[strlen(entries[i]->d_name) - 5] = 0;
		if (path)
			add_scenario(l, entries[i]->d_name, path, false);
		free(entries[i]);
	}
	free(entries);
	return n > 0 ? (u32)n : 0;
}

/* The loads of one recorded kernel that have a scenario; as text one line for all. */
static void list_recorded_kernel(struct list *l, const char *folder, const char *kernel)
{
	const char *in = arena_printf(l->c->arena, "%s/%s", folder, kernel), *loads = "";
	struct dirent **entries = NULL;
	int n = in ? scandir(in, &entries, is_folder, alphasort) : 0;

	for (int i = 0; i < n; i++) {
		const char *path =
			arena_printf(l->c->arena, "%s/%s/scenario.yaml", in, entries[i]->d_name);
		FILE *f = path ? fopen(path, "r") : NULL;

		if (f) {
			fclose(f);
			if (l->text)
				loads = arena_printf(l->c->arena, "%s %s", or_empty(loads),
						     entries[i]->d_name);
			else
				add_scenario(l, entries[i]->d_name, path, true);
		}
		free(entries[i]);
	}
	free(entries);
	if (loads && *loads)
		hang(l, arena_printf(l->c->arena, "  %s", kernel), 14, loads);
}

static void list_recorded(struct list *l, const char *folder)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, is_folder, alphasort);

	if (n > 0 && l->text)
		printf("\nRecorded on real kernels, to be run as\n"
		       "%s/KERNEL/LOAD/scenario.yaml:\n",
		       folder);
	for (int i = 0; i < n; i++) {
		list_recorded_kernel(l, folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

static void list_scenarios(struct list *l)
{
	static const char *const places[] = {"scenarios", MEMCGSIM_SHARE "/scenarios"};

	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		if (!list_folder(l, places[i]))
			continue;
		list_recorded(l, arena_printf(l->c->arena, "%s/recorded", places[i]));
		return;
	}
	diag_error(&l->c->diag, DIAG_INPUT, "no scenarios in %s or %s", places[0], places[1]);
}

/* ---- kernels ---- */

/* "on, before off; 0a4465d34028"; the first row says what each field means, too. */
static void print_field(const struct list *l, const struct kernel_row *row,
			const struct kernel_row *before, u32 field)
{
	const char *unit = row_field_unit(field), *help = "";
	const char *name = arena_printf(l->c->arena, "  %s%s%s%s", row_field_name(field),
					*unit ? " (" : "", unit, *unit ? ")" : "");
	char value[ROW_VALUE_LEN], old[ROW_VALUE_LEN] = "";
	const char *text;

	row_field_value(row, field, value);
	if (before)
		row_field_value(before, field, old);
	if (row == kernel_row_at(0))
		help = row_field_help(field);
	text = arena_printf(l->c->arena, "%s%s%s; %s%s%s%s%s", value, *old ? ", before " : "", old,
			    or_empty(row_field_source(row, field)),
			    row_field_measured(row, field) ? "; source: measured" : "",
			    *help ? " (" : "", help, *help ? ")" : "");
	if (name && text)
		hang(l, name, 30, text);
}

static void print_row(const struct list *l, const struct kernel_row *row,
		      const struct kernel_row *before)
{
	const char *group = "";
	bool all = !before || l->c->opt.verbose;

	hang(l, row->name, 9, row->commit);
	for (u32 f = 0; f < row_field_count(); f++) {
		bool changed = row_field_changed(row, f);

		if (!all && !changed)
			continue;
		if (all && strcmp(group, row_field_group(f))) {
			group = row_field_group(f);
			printf(" %s\n", group);
		}
		print_field(l, row, changed ? before : NULL, f);
	}
}

static void list_kernels(struct list *l)
{
	for (u32 i = 0; kernel_row_at(i); i++) {
		const struct kernel_row *row = kernel_row_at(i);

		if (l->text) {
			print_row(l, row, i ? kernel_row_at(i - 1) : NULL);
			continue;
		}
		for (u32 f = 0; f < row_field_count(); f++) {
			char value[ROW_VALUE_LEN];

			row_field_value(row, f, value);
			list_table_row(&l->t,
				       (const char *[]){row->name, row_field_group(f),
							row_field_name(f), value, row_field_unit(f),
							row_field_changed(row, f) ? "1" : "0",
							row_field_source(row, f),
							row_field_measured(row, f) ? "1" : "0",
							row_field_help(f)});
		}
	}
	if (l->text)
		puts("\nA release takes the row of its name, else the last one before it: v5.17 "
		     "is\n"
		     "v5.16. -v: every row in full. --format csv, json or md: with what each "
		     "field\n"
		     "means.");
}

/* ---- axes, workloads: names with keys ---- */

static const char *with_default(const struct list *l, const struct param_key *k)
{
	return k->required ? arena_printf(l->c->arena, "%s (required)", k->help)
	       : k->dflt   ? arena_printf(l->c->arena, "%s (%s)", k->help, k->dflt)
			   : k->help;
}

static void list_axes(struct list *l)
{
	for (u32 a = 0; a < NR_AXES; a++) {
		const struct axis_info *axis = &axis_infos[a];

		if (l->text)
			hang(l, arena_printf(l->c->arena, "%s:", axis->name), 15, axis->help);
		for (const struct axis_value *v = axis->values; v->name; v++) {
			if (l->text)
				hang(l, arena_printf(l->c->arena, "  %s", v->name), 17, v->help);
			else
				list_table_row(&l->t, (const char *[]){axis->name, v->name, "", "",
								       v->help});
			for (const struct param_key *k = v->params ? v->params->keys : NULL;
			     k && k->name; k++) {
				if (!l->text)
					list_table_row(&l->t,
						       (const char *[]){axis->name, v->name,
									k->name, k->dflt, k->help});
				else
					hang(l, arena_printf(l->c->arena, "    %s", k->name), 22,
					     with_default(l, k));
			}
		}
	}
}

/* Keys inside of keys are named files.mount in the table, and stand further to the right as text. */
static void list_keys(struct list *l, const char *type, const char *outer,
		      const struct param_table *t, u32 indent)
{
	struct arena *arena = l->c->arena;

	for (const struct param_key *k = t->keys; k->name; k++) {
		const char *name = arena_printf(arena, "%s%s", outer, k->name);

		if (l->text)
			hang(l, arena_printf(arena, "%*s%s", (int)indent, "", k->name), 23,
			     with_default(l, k));
		else
			list_table_row(&l->t, (const char *[]){type, name, k->required ? "1" : "0",
							       k->dflt, k->help});
		if (k->sub && name)
			list_keys(l, type, arena_printf(arena, "%s.", name), k->sub, indent + 2);
	}
}

static void list_workloads(struct list *l)
{
	for (const struct schema_workload *w = l->c->catalog.schema.workloads; w->type; w++) {
		if (l->text)
			hang(l, arena_printf(l->c->arena, "%s:", w->type), 4, w->help);
		else
			list_table_row(&l->t, (const char *[]){w->type, "", "", "", w->help});
		list_keys(l, w->type, "", w->params, 4);
	}
}

/* ---- file systems and caches ---- */

static void list_filesystems(struct list *l)
{
	for (u32 i = 0; i < NR_FS_TYPES; i++) {
		u32 f = fs_infos[i].flags;
		char flags[200];

		snprintf(flags, sizeof(flags), "%s%s%s%s%s%s%s",
			 f & FS_PINS_DENTRIES ? " dentries-pinned" : "",
			 f & FS_DROPS_INODES ? " no-inode-without-dentry" : "",
			 f & FS_NO_NEGATIVE ? " no-negative-dentries" : "",
			 f & FS_ZERO_SEEKS ? " zero-seeks" : "",
			 fs_inodes_aware(i, LRU_INODES_ALLOC_INODE) ? "" : " own-inode-alloc",
			 f & FS_OWN_RECLAIM ? " own-inode-reclaim" : "",
			 f & FS_NO_LRU ? " no-lru" : "");
		if (l->text)
			hang(l,
			     arena_printf(l->c->arena, "%-10s %s", fs_infos[i].name,
					  fs_infos[i].inode_cache),
			     31, flags + (*flags == ' '));
		else
			list_table_row(&l->t,
				       (const char *[]){fs_infos[i].name, fs_infos[i].inode_cache,
							flags + (*flags == ' ')});
	}
}

/* Object sizes of the caches that the models make, by row. */
static u32 size_in(const struct kernel_row *row, const char *cache)
{
	if (!strcmp(cache, "dentry"))
		return row->dentry;
	if (!strcmp(cache, "radix_tree_node"))
		return row->xa_node;
	if (!strcmp(cache, "kernfs_node_cache"))
		return row->kernfs_node;
	if (!strcmp(cache, "mnt_cache"))
		return row->mount;
	for (u32 fs = 0; fs < NR_FS_TYPES; fs++)
		if (!strcmp(fs_infos[fs].inode_cache, cache))
			return row->inode[fs];
	return 0;
}

/* "1088 v4.18, 1080 v4.19": each size from the row on that brought it. */
static void list_cache(struct list *l, const char *cache)
{
	const char *sizes = "";
	u32 before = 0;

	for (u32 i = 0; kernel_row_at(i); i++) {
		const struct kernel_row *row = kernel_row_at(i);
		u32 size = size_in(row, cache);

		if (!l->text)
			list_table_row(&l->t,
				       (const char *[]){cache, row->name,
							arena_printf(l->c->arena, "%u", size)});
		else if (size != before)
			sizes = arena_printf(l->c->arena, "%s%s%u %s", or_empty(sizes),
					     i ? ", " : "", size, row->name);
		before = size;
	}
	if (l->text)
		hang(l, cache, 20, or_empty(sizes));
}

static void list_caches(struct list *l)
{
	static const char *const others[] = {"dentry", "radix_tree_node", "kernfs_node_cache",
					     "mnt_cache"};

	for (u32 i = 0; i < ARRAY_SIZE(others); i++)
		list_cache(l, others[i]);
	for (u32 fs = 0; fs < NR_FS_TYPES; fs++) {
		bool seen = false;

		for (u32 k = 0; k < fs; k++)
			seen |= !strcmp(fs_infos[k].inode_cache, fs_infos[fs].inode_cache);
		if (!seen)
			list_cache(l, fs_infos[fs].inode_cache);
	}
	if (l->text)
		puts("\nBytes of an object on its slab, and the kernel row from which on. Also "
		     "made:\n"
		     "kmalloc-* (-cg-* from v5.14 on), kmem_cache and kmem_cache_node, mem_cgroup\n"
		     "(v6.18), and what a slabinfo or a trace names.");
}

/* ---- metrics ---- */

/* The metrics of a kernel without workloads, and those that every workload has. */
static void add_metric(struct list *l, const struct metric_info *m)
{
	const char *kind = m->kind == METRIC_SAMPLED   ? "sampled"
			   : m->kind == METRIC_COUNTED ? "counted"
						       : "derived";

	if (l->text)
		hang(l, m->name, 29,
		     arena_printf(l->c->arena, "%s (%s, %s)", m->help, m->unit, kind));
	else
		list_table_row(&l->t, (const char *[]){m->name, m->unit, kind, m->help});
}

static void list_metrics(struct list *l)
{
	struct command_ctx *c = l->c;
	static const char text[] =
		"scenario: m\nduration: 1s\nmachine: {topology: \"pu:1\", memory: 64MiB}\n"
		"variants: [{name: v, kernel: v6.18}]\n";
	struct world *w = calloc(1, sizeof(*w));
	struct scenario *s = NULL;
	struct inputs in = {0};

	if (!w || scenario_parse(&s, "list", text, sizeof(text) - 1, NULL, &c->catalog.schema,
				 &c->diag)) {
		free(w);
		return;
	}
	in.scenario = s;
	in.arena = c->arena;
	in.has_trace = (bool[1]){false};
	in.node_bytes[0] = 64 << 20;
	if (!topology_read(&in.topology, s->machine.topology, c->arena, &c->diag) &&
	    !world_build(w, &in, 0, 1, &c->diag)) {
		u32 n = recorder_metrics(w, NULL, c->arena);
		struct metric_info *infos = arena_array(c->arena, n, sizeof(*infos));

		if (infos)
			recorder_metrics(w, infos, c->arena);
		for (u32 i = 0; infos && i < n; i++)
			add_metric(l, &infos[i]);
		if (l->text)
			puts("\nworkload.<name>.duration_s, .finished, .ops, .refused and what its "
			     "type adds\n"
			     "(replay.*). Sampled ones have .end, .peak (exact) and .mean "
			     "(time-weighted).");
	}
	world_destroy(w);
	free(w);
	scenario_free(s);
}

static const struct {
	const char *name;
	void (*list)(struct list *l);
	const char *columns[10];
	u32 numbers; /* columns that hold numbers */
} lists[] = {
	{"scenarios", list_scenarios, {"scenario", "path", "origin", "description"}, 0},
	{"kernels",
	 list_kernels,
	 {"kernel", "group", "field", "value", "unit", "changed", "source", "measured", "meaning"},
	 1 << 5 | 1 << 7},
	{"axes", list_axes, {"axis", "value", "parameter", "default", "meaning"}, 0},
	{"metrics", list_metrics, {"metric", "unit", "kind", "meaning"}, 0},
	{"workloads",
	 list_workloads,
	 {"workload", "key", "required", "default", "meaning"},
	 1 << 2},
	{"filesystems", list_filesystems, {"filesystem", "inode_cache", "flags"}, 0},
	{"caches", list_caches, {"cache", "kernel", "object_size"}, 1 << 2},
};

static enum exit_code print_list(struct command_ctx *c, u32 which)
{
	struct list l = {.c = c, .text = c->opt.format == TABLE_TEXT};
	int ret;

	list_table_begin(&l.t, c->arena, lists[which].columns, lists[which].numbers);
	lists[which].list(&l);
	if (l.text || c->diag.nr_errors)
		return diag_print(&c->diag);
	ret = list_table_print(&l.t, c->opt.format, stdout);
	if (ret == -ENOMEM)
		diag_error(&c->diag, DIAG_SYSTEM, "out of memory");
	return diag_print(&c->diag);
}

static enum exit_code cmd_list(struct command_ctx *c)
{
	const char *names[ARRAY_SIZE(lists) + 1] = {0}, *near;

	for (u32 i = 0; i < ARRAY_SIZE(lists); i++) {
		names[i] = lists[i].name;
		if (c->opt.nr_args == 1 && !strcmp(c->opt.args[0], lists[i].name))
			return print_list(c, i);
	}
	near = c->opt.nr_args ? nearest_name(c->opt.args[0], names) : NULL;
	diag_error(&c->diag, DIAG_INPUT,
		   "list: needs one of scenarios, kernels, axes, metrics, workloads, filesystems, "
		   "caches%s%s%s",
		   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return diag_print(&c->diag);
}

const struct command command_list = {
	.name = "list",
	.args = "WHAT",
	.help = "scenarios, kernels, axes, metrics, workloads, filesystems, caches",
	.run = cmd_list,
};
