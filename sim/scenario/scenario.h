/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A scenario as the rest of the program sees it: YAML turned into plain structs (DESIGN section 3).
 *
 * The room knows YAML, units and the fixed keys of a scenario; it knows no kernel. What there is to
 * choose from (workload types, axes and their values, file systems, mount presets, kernels) is handed
 * in as a struct schema by sim/run, which collects it from the models' registries.
 */
#ifndef SIM_SCENARIO_SCENARIO_H
#define SIM_SCENARIO_SCENARIO_H

#include "engine/diag.h"
#include "engine/param.h"

#define MAX_AXES 16
#define NAME_MAX_LEN 64

/* ---- what there is to choose from ---- */

struct schema_axis_value {
	const char *name;
	const struct param_table *params; /* keys beside `policy:` in the map form */
	const char *help;
};

struct schema_axis {
	const char *name;
	const struct schema_axis_value *values; /* ends with .name == NULL */
	const char *help;
};

struct schema_workload {
	const char *type;
	const struct param_table *params;
	const char *help;
	const char *starter; /* YAML block for `memcgsim new TYPE`, indented as a list item */
};

struct schema {
	const struct schema_axis *axes; /* as in DESIGN section 5, then .name == NULL */
	const struct schema_workload *workloads;
	const char *const *filesystems; /* NULL-terminated */
	const char *const *mount_presets;
	const char *const *kernels; /* rows, "v4.18" ... ascending */
	/* Row in force at a release ("v5.17" -> "v5.16"); NULL: older than all. why gets a message. */
	const char *(*resolve_kernel)(const char *release, const char **why);
	/*
	 * Do the axis values of this variant (kernel row plus overrides) go together? values[i] is the
	 * chosen value name of axis i or NULL for the row's. 0, or -EINVAL with why.
	 */
	int (*check_variant)(const char *row, const char *const *values, char *why, size_t why_len);
};

/* ---- what was chosen ---- */

struct machine_conf {
	const char *topology; /* hwloc synthetic | "host" | path of an XML file */
	struct param_list memory; /* u64 bytes: one (whole machine) or one per node */
	u64 page_size; /* 4096 or 65536 */
	u64 min_free; /* bytes; 0 = the kernel's formula */
	s64 possible_cpus; /* 0 = as many as the topology has */
	s64 possible_nodes;
	struct param_list
		reserved; /* u64 bytes, of every node or per node: the page allocator never sees them */
	struct param_list occupied; /* u64 bytes, of every node or per node: taken from the start */
	double slowness; /* reclaim takes so many times the CPU time of the cost table */
	s64 vfs_cache_pressure; /* sysctl vm.vfs_cache_pressure */
	s64 watermark_boost_factor; /* sysctl vm.watermark_boost_factor */
	struct param_list
		highatomic; /* u64 bytes, per node: kept for atomic allocations of higher orders */
	bool zone_dma; /* a DMA zone of 16 MiB on node 0 */
	u64 rcu_grace_period; /* ns */
	struct {
		bool swap, psi, zswap; /* build options that change what a cgroup costs */
	} config;
	struct {
		double iops, bandwidth; /* bytes/s */
		u64 latency; /* ns */
	} disk;
	bool has_disk;
	struct src_pos pos, topology_pos, memory_pos; /* of the map, and of two of its values */
	u64 given;
};

struct axis_choice {
	const char *value; /* value name; NULL = the kernel row's */
	void *params; /* struct of the value's param table, defaults filled in; NULL if it has none */
};

struct variant_conf {
	const char *name;
	const char *kernel; /* as written: "v5.17" */
	const char *row; /* resolved: "v5.16" */
	struct axis_choice axis[MAX_AXES]; /* in schema order */
	struct src_pos pos;
};

struct mount_conf {
	const char *name;
	int fs; /* index into schema.filesystems; -1 with a preset */
	int preset; /* index into schema.mount_presets; -1 without */
	s64 count;
	s64 busy_every; /* of so many metadata blocks one stays busy; 0: none */
	bool remote; /* not on the machine's disk */
	u64 log; /* xfs: bytes */
	const char *cgroup; /* who mounts: the root objects are charged there; NULL = root */
	struct src_pos pos;
	u64 given;
};

struct cgroup_conf {
	const char *name;
	s64 count; /* > 1: name0, name1, ... */
	const char *parent; /* NULL = the root cgroup */
	u64 max, high; /* bytes; 0 = no limit */
	struct src_pos pos;
	u64 given;
};

struct workload_conf {
	const char *name;
	int type; /* index into schema.workloads */
	u64 start; /* ns */
	void *params; /* struct of the type's table */
	struct src_pos pos;
};

/* Slabs on a node's partial list at the start, which no slabinfo shows. */
struct initial_partial_conf {
	s64 node;
	struct param_list free; /* u64: free objects of each, in the order of the list */
};

/* State of the slab caches at the start, from a /proc/slabinfo of the modelled machine. */
struct initial_cache_conf {
	const char *cache;
	s64 live; /* true live objects; slabinfo shows free ones on CPU slabs as active */
	s64 node; /* -1: spread over the nodes by their memory */
	struct param_list partial; /* struct initial_partial_conf; n == 0: assumed */
	struct src_pos pos;
	u64 given;
};

struct initial_conf {
	const char *slabinfo; /* path, "" if none; relative to the scenario's folder */
	bool sizes_only; /* take objsize and objperslab, but no population */
	struct param_list caches; /* struct initial_cache_conf */
	struct src_pos pos;
	u64 given;
};

enum expect_has {
	EXPECT_NEAR = 1 << 0,
	EXPECT_WITHIN = 1 << 1,
	EXPECT_MIN = 1 << 2,
	EXPECT_MAX = 1 << 3,
	EXPECT_BETWEEN = 1 << 4,
	EXPECT_AT = 1 << 5,
	EXPECT_EACH = 1 << 6,
};

struct expect_conf {
	const char *name; /* what it is about; NULL: none */
	const char *metric; /* with its suffix, as written */
	const char *variant; /* NULL with order */
	const char *over; /* variant that the value is divided by; NULL = none */
	struct param_list order; /* const char * variant names; n == 0 without */
	u32 has; /* enum expect_has */
	double near, within; /* within: absolute, or relative if within_relative ("1 %") */
	bool within_relative;
	double min, max, lo, hi;
	u64 at; /* ns */
	bool each;
	struct src_pos pos, metric_pos;
};

enum balance_has {
	BALANCE_SCAN_RATIO = 1 << 0,
	BALANCE_CACHE_RATIO = 1 << 1,
	BALANCE_JAIN = 1 << 2,
	BALANCE_SMALL_RETENTION = 1 << 3,
	BALANCE_SAWTOOTH = 1 << 4,
};

/* What reclaim may do to caches and page cache, in the terms of the metrics balance.*. */
struct balance_conf {
	const char *variant; /* NULL: the first */
	struct param_list caches; /* const char *: mounts, file systems, functions; n == 0: all */
	u32 has; /* enum balance_has */
	double scan_lo, scan_hi, jain_lo, jain_hi;
	double cache_ratio, sawtooth; /* largest good value */
	double small_retention; /* smallest */
	struct src_pos pos, caches_pos;
};

struct input_ref {
	const char *path; /* of every file that was read, for manifest.json */
};

struct scenario {
	const char *path; /* as given */
	const char *dir; /* folder that relative paths start from */
	const char *name, *description;
	u64 seed;
	s64 repeats;
	u64 duration; /* ns; 0 with until_done */
	bool until_done;
	u64 sample; /* ns */
	u64 sample_caches; /* ns; 0 = 60 points and the end */
	struct machine_conf machine;
	struct variant_conf *variants;
	u32 nr_variants;
	struct mount_conf *mounts;
	u32 nr_mounts;
	struct cgroup_conf *cgroups;
	u32 nr_cgroups;
	struct workload_conf *workloads;
	u32 nr_workloads;
	struct initial_conf initial;
	struct expect_conf *expects;
	u32 nr_expects;
	struct balance_conf *balances;
	u32 nr_balances;
	const char **notes; /* "kernel v5.17: row v5.16", skipped combinations of a matrix */
	u32 nr_notes;
	void *arena; /* owns everything above */
};

struct scenario_opts {
	const char *const *set; /* KEY=VALUE of every --set, in order */
	u32 nr_set;
	const char *variant; /* --variant: this and the first; NULL = all */
	bool has_seed;
	u64 seed; /* --seed */
};

/*
 * Reads and checks a scenario file. All errors found go to d, with file:line:col and a nearest-name
 * hint; 0 only if there was none. On error *out is untouched.
 */
int scenario_load(struct scenario **out, const char *path, const struct scenario_opts *opts,
		  const struct schema *schema, struct diag *d);
/* The same from memory; name stands in for the file in messages. */
int scenario_parse(struct scenario **out, const char *name, const char *text, size_t len,
		   const struct scenario_opts *opts, const struct schema *schema, struct diag *d);
void scenario_free(struct scenario *s);

/* Parsers of single values, for other readers (sim.yaml, command line). 0 or -EINVAL with why. */
int parse_size(const char *text, u64 *bytes, const char **why);
int parse_time(const char *text, u64 *ns, const char **why);
int parse_rate(const char *text, double *per_second, const char **why);
int parse_bool(const char *text, bool *out);

/* ---- sim.yaml: defaults of the installation (DESIGN section 3) ---- */

struct install_conf {
	const char *out; /* folder for results; default "out" */
	s64 jobs; /* 0 = number of CPUs */
	const char *plot_terminal; /* gnuplot terminal; default "svg" */
	int progress; /* 0 auto, 1 always, 2 never */
	int cost_model; /* 0 default */
	void *arena;
};

/* path NULL: ./sim.yaml, else $XDG_CONFIG_HOME/memcgsim/sim.yaml, else the defaults. */
int install_conf_load(struct install_conf *c, const char *path, struct diag *d);
void install_conf_free(struct install_conf *c);

#endif
