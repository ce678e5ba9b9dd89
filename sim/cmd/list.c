// SPDX-License-Identifier: GPL-3.0-or-later
/* memcgsim list scenarios|kernels|axes|metrics|workloads|filesystems|caches */
#include "cmd/cmd.h"
#include "kernels/axes.h"
#include "kernels/rows.h"
#include "run/recorder.h"
#include "run/world.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- scenarios ---- */

static int is_scenario(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 5 && !strcmp(e->d_name + n - 5, ".yaml");
}

/* The value of a top-level key that stands on one line; "" if there is none. */
static void first_value(char *buf, size_t len, const char *path, const char *key)
{
	FILE *f = fopen(path, "r");
	char line[512];
	size_t n = strlen(key);

	buf[0] = 0;
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, key, n) || line[n] != ':')
			continue;
		line[strcspn(line, "\n")] = 0;
		snprintf(buf, len, "%s", line + n + 1 + strspn(line + n + 1, " "));
		break;
	}
	if (f)
		fclose(f);
}

static u32 list_folder(struct command_ctx *c, const char *folder)
{
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, is_scenario, alphasort);
	char what[256];

	for (int i = 0; i < n; i++) {
		const char *path = arena_printf(c->arena, "%s/%s", folder, entries[i]->d_name);

		entries[i]->d_name[strlen(entries[i]->d_name) - 5] = 0;
		first_value(what, sizeof(what), path ? path : "", "description");
		printf("%-26s %s\n", entries[i]->d_name, what);
		free(entries[i]);
	}
	free(entries);
	return n > 0 ? (u32)n : 0;
}

static void list_scenarios(struct command_ctx *c)
{
	u32 n = list_folder(c, "scenarios");

	n += list_folder(c, "scenarios/recorded");
	if (!n)
		n = list_folder(c, MEMCGSIM_SHARE "/scenarios");
	if (!n)
		diag_error(&c->diag, DIAG_INPUT, "no scenarios in scenarios/ or %s",
			   MEMCGSIM_SHARE "/scenarios");
}

/* ---- kernels ---- */

static bool same_alloc(const struct memcg_alloc *a, const struct memcg_alloc *b)
{
	return b->what && !strcmp(a->what, b->what) && a->bytes == b->bytes &&
	       a->per_node == b->per_node && a->psi == b->psi && a->measured == b->measured &&
	       a->account == b->account;
}

/* What a cgroup allocates; several alike in a row are one line. */
static void list_memcg_allocs(const struct kernel_row *row)
{
	u32 alike = 1;

	for (const struct memcg_alloc *m = row->memcg_allocs; m->what; m++, alike++) {
		char count[16] = "";

		if (same_alloc(m, m + 1))
			continue;
		if (alike > 1)
			snprintf(count, sizeof(count), "%u x ", alike);
		printf("         %-24s %4s%4u B%s%s%s%s\n", m->what, count, m->bytes,
		       m->per_node == 2 ? " per node" : "", m->psi ? " (psi)" : "",
		       m->account ? ", charged to the parent" : "",
		       m->measured ? "  source: measured" : "");
		alike = 0;
	}
}

static void list_kernels(struct command_ctx *c)
{
	for (u32 i = 0; kernel_row_at(i); i++) {
		const struct kernel_row *row = kernel_row_at(i),
					*before = i ? kernel_row_at(i - 1) : NULL;

		printf("%-8s %s\n", row->name, row->commit);
		for (u32 a = 0; a < NR_AXES; a++)
			if (!before || c->opt.verbose || strcmp(before->axes[a], row->axes[a]))
				printf("         %-14s %s\n", axis_infos[a].name, row->axes[a]);
		if (!before || before->memcg_allocs != row->memcg_allocs)
			list_memcg_allocs(row);
		if (!before || before->task_struct != row->task_struct)
			printf("         %-24s %8u B a thread  source: measured\n", "task_struct",
			       row->task_struct);
	}
}

/* ---- the rest ---- */

static void list_axes(struct command_ctx *c)
{
	(void)c;
	for (u32 a = 0; a < NR_AXES; a++) {
		printf("%s: %s\n", axis_infos[a].name, axis_infos[a].help);
		for (const struct axis_value *v = axis_infos[a].values; v->name; v++) {
			printf("  %-14s %s\n", v->name, v->help);
			for (const struct param_key *k = v->params ? v->params->keys : NULL;
			     k && k->name; k++)
				printf("    %-12s %s%s%s%s\n", k->name, k->help,
				       k->dflt ? " (" : "", k->dflt ? k->dflt : "",
				       k->dflt ? ")" : "");
		}
	}
}

static void print_keys(const struct param_table *t, int indent)
{
	for (const struct param_key *k = t->keys; k->name; k++) {
		printf("%*s%-*s %s%s%s%s\n", indent, "", 22 - indent, k->name, k->help,
		       k->required ? " (required)"
		       : k->dflt   ? " ("
				   : "",
		       !k->required && k->dflt ? k->dflt : "", !k->required && k->dflt ? ")" : "");
		if (k->sub)
			print_keys(k->sub, indent + 2);
	}
}

static void list_workloads(struct command_ctx *c)
{
	for (const struct schema_workload *w = c->catalog.schema.workloads; w->type; w++) {
		printf("%s: %s\n", w->type, w->help);
		print_keys(w->params, 4);
	}
}

static void list_filesystems(struct command_ctx *c)
{
	(void)c;
	for (u32 i = 0; i < NR_FS_TYPES; i++) {
		u32 f = fs_infos[i].flags;

		printf("%-10s %-20s%s%s%s%s%s%s%s\n", fs_infos[i].name, fs_infos[i].inode_cache,
		       f & FS_PINS_DENTRIES ? " dentries-pinned" : "",
		       f & FS_DROPS_INODES ? " no-inode-without-dentry" : "",
		       f & FS_NO_NEGATIVE ? " no-negative-dentries" : "",
		       f & FS_ZERO_SEEKS ? " zero-seeks" : "",
		       fs_inodes_aware(i, LRU_INODES_ALLOC_INODE) ? "" : " own-inode-alloc",
		       f & FS_OWN_RECLAIM ? " own-inode-reclaim" : "",
		       f & FS_NO_LRU ? " no-lru" : "");
	}
}

/* Caches that the models make, by row: sizes are per kernel. */
static void list_caches(struct command_ctx *c)
{
	(void)c;
	printf("%-20s", "cache");
	for (u32 i = 0; kernel_row_at(i); i++)
		printf(" %7s", kernel_row_at(i)->name);
	printf("\n%-20s", "dentry");
	for (u32 i = 0; kernel_row_at(i); i++)
		printf(" %7u", kernel_row_at(i)->dentry);
	for (u32 fs = 0; fs < NR_FS_TYPES; fs++) {
		bool seen = false;

		for (u32 k = 0; k < fs; k++)
			seen |= !strcmp(fs_infos[k].inode_cache, fs_infos[fs].inode_cache);
		if (seen)
			continue;
		printf("\n%-20s", fs_infos[fs].inode_cache);
		for (u32 i = 0; kernel_row_at(i); i++)
			printf(" %7u", kernel_row_at(i)->inode[fs]);
	}
	puts("");
}

/* The metrics of a kernel without workloads, and those that every workload has. */
static void list_metrics(struct command_ctx *c)
{
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
			printf("%-28s %-10s %-8s %s\n", infos[i].name, infos[i].unit,
			       infos[i].kind == METRIC_SAMPLED	 ? "sampled"
			       : infos[i].kind == METRIC_COUNTED ? "counted"
								 : "derived",
			       infos[i].help);
		puts("workload.<name>.duration_s, .finished, .ops, .refused and what its type adds "
		     "(replay.*)\n"
		     "Sampled ones have .end, .peak (exact) and .mean (time-weighted).");
	}
	world_destroy(w);
	free(w);
	scenario_free(s);
}

static const struct {
	const char *name;
	void (*print)(struct command_ctx *c);
} lists[] = {
	{"scenarios", list_scenarios}, {"kernels", list_kernels},
	{"axes", list_axes},	       {"metrics", list_metrics},
	{"workloads", list_workloads}, {"filesystems", list_filesystems},
	{"caches", list_caches},
};

static enum exit_code cmd_list(struct command_ctx *c)
{
	const char *names[ARRAY_SIZE(lists) + 1] = {0}, *near;

	for (u32 i = 0; i < ARRAY_SIZE(lists); i++) {
		names[i] = lists[i].name;
		if (c->opt.nr_args != 1 || strcmp(c->opt.args[0], lists[i].name))
			continue;
		lists[i].print(c);
		return diag_print(&c->diag);
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
