// SPDX-License-Identifier: GPL-3.0-or-later
#include "host/recording.h"

#include "scenario/scenario.h"
#include "trace/slabinfo.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_DEPTH 4
#define MAX_BOOTS 16
#define MAX_SHIFT (32LL << 20) /* a model that needs more is not that load's */

/* ---- folders ---- */

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static const char *const traces[] = {
	"shrink.trace.zst", "shrink.trace.gz", "shrink.trace",	 "trace.txt.gz", "trace.txt.zst",
	"trace.txt",	    "shrink.csv.gz",   "shrink.csv.zst", "shrink.csv",	 NULL};

static int is_load_file(const struct dirent *e)
{
	for (const char *const *name = traces; *name; name++)
		if (!strcmp(e->d_name, *name))
			return 1;
	return starts(e->d_name, "series.csv") || starts(e->d_name, "slabinfo.") ||
	       !strcmp(e->d_name, "scenario.yaml") || !strcmp(e->d_name, "figures.csv");
}

static int is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void free_entries(struct dirent **entries, int n)
{
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
}

static bool is_load(const char *folder)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, is_load_file, by_name);

	if (n < 0)
		return false;
	free_entries(entries, n);
	return n > 0;
}

/* One that is named twice, by itself and within a tree, is taken once. */
static int add_folder(struct recording_list *list, const char *folder, struct arena *arena)
{
	for (u32 i = 0; i < list->n; i++)
		if (!strcmp(list->folders[i], folder))
			return 0;
	if (list->n == list->cap) {
		u32 cap = list->cap ? 2 * list->cap : 16;
		const char **more = arena_array(arena, cap, sizeof(*more));

		if (!more)
			return -ENOMEM;
		if (list->n)
			memcpy(more, list->folders, list->n * sizeof(*more));
		list->folders = more;
		list->cap = cap;
	}
	list->folders[list->n++] = folder;
	return 0;
}

/* 0, or negative with a message: what cannot be looked into may hold a load. */
static int walk(struct recording_list *list, const char *folder, u32 depth, u32 *deepest,
		struct arena *arena, struct diag *d)
{
	struct dirent **entries;
	int n, ret = 0;

	if (is_load(folder)) {
		*deepest = *deepest == UINT32_MAX ? depth : max_of(*deepest, depth);
		return add_folder(list, folder, arena) ? diag_error(d, DIAG_SYSTEM, "out of memory")
						       : 0;
	}
	if (depth == MAX_DEPTH)
		return 0;
	n = scandir(folder, &entries, is_visible, by_name);
	if (n < 0)
		return diag_error(d, errno == ENOMEM ? DIAG_SYSTEM : DIAG_INPUT, "%s: %s", folder,
				  strerror(errno));
	for (int i = 0; i < n && !ret; i++) {
		char *path = arena_printf(arena, "%s/%s", folder, entries[i]->d_name);
		struct stat st;

		if (!path)
			ret = diag_error(d, DIAG_SYSTEM, "out of memory");
		else if (!stat(path, &st) && S_ISDIR(st.st_mode))
			ret = walk(list, path, depth + 1, deepest, arena, d);
	}
	free_entries(entries, n);
	return ret;
}

/* "; did you mean 'x'?" of what lies beside a path that is not there, or "". */
static const char *near_path(const char *path, struct arena *arena)
{
	const char *slash = strrchr(path, '/'), *word = slash ? slash + 1 : path, *near = NULL;
	const char *hint = NULL, **names;
	struct dirent **entries;
	char *parent = slash ? arena_strndup(arena, path, (size_t)(slash - path) + 1) : NULL;
	int n = scandir(parent ? parent : ".", &entries, is_visible, by_name);

	if (n < 0)
		return "";
	names = arena_array(arena, (size_t)n + 1, sizeof(*names));
	for (int i = 0; names && i < n; i++)
		names[i] = entries[i]->d_name;
	if (names)
		near = nearest_name(word, names);
	if (near)
		hint = arena_printf(arena, "; did you mean '%s%s'?", parent ? parent : "", near);
	free_entries(entries, n);
	return hint ? hint : "";
}

int recording_find(struct recording_list *list, const char *path, struct arena *arena,
		   struct diag *d)
{
	char *folder = arena_strdup(arena, path);
	u32 deepest = UINT32_MAX;
	struct stat st;

	if (!folder)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	for (size_t n = strlen(folder); n > 1 && folder[n - 1] == '/'; n--)
		folder[n - 1] = 0;
	if (stat(folder, &st))
		return diag_error(d, DIAG_INPUT, "%s: %s%s", path, strerror(errno),
				  near_path(folder, arena));
	if (!S_ISDIR(st.st_mode))
		return diag_error(d, DIAG_INPUT, "%s: not a folder", path);
	if (walk(list, folder, 0, &deepest, arena, d))
		return -EINVAL;
	if (deepest == UINT32_MAX)
		return diag_error(
			d, DIAG_INPUT,
			"%s: no recorded load here: a folder with series.csv, or with a trace "
			"(docs/validate.md says how to record one)",
			path);
	list->tree |= deepest >= 2;
	return 0;
}

/* ---- series ---- */

/* A whole cell as a number; false: it is none. */
static bool parse_number(const char *text, double *v)
{
	char *end;

	errno = 0;
	*v = strtod(text, &end);
	return *text && !*end && !errno && isfinite(*v) &&
	       (*text == '-' || (*text >= '0' && *text <= '9'));
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of two steps of one name only the first would ever be looked at. */
static int refuse_twins(const struct recording_table *t, struct arena *arena, struct diag *d)
{
	const char **sorted = arena_array(arena, t->nr_rows, sizeof(*sorted));

	if (!sorted)
		return diag_error(d, DIAG_SYSTEM, "%s: out of memory", t->path);
	memcpy(sorted, t->labels, t->nr_rows * sizeof(*sorted));
	qsort(sorted, t->nr_rows, sizeof(*sorted), by_text);
	for (u32 i = 1; i < t->nr_rows; i++)
		if (!strcmp(sorted[i - 1], sorted[i]))
			return diag_error(d, DIAG_INPUT, "%s: label: '%s': twice", t->path,
					  sorted[i]);
	return 0;
}

int recording_add_series(struct recording *rec, const struct csv_file *f, struct arena *arena,
			 struct diag *d)
{
	struct recording_table *t;

	if (!rec->boots)
		rec->boots = arena_array(arena, MAX_BOOTS, sizeof(*rec->boots));
	if (!rec->boots)
		return diag_error(d, DIAG_SYSTEM, "%s: out of memory", f->path);
	if (strcmp(f->head[0], "label"))
		return diag_at(d, (struct src_pos){f->path, 1, 0},
			       "not a series: its first column is 'label'");
	if (rec->nr_boots == MAX_BOOTS)
		return diag_error(d, DIAG_INPUT, "%s: more than %d boots", f->path, MAX_BOOTS);
	t = &rec->boots[rec->nr_boots];
	*t = (struct recording_table){
		.path = f->path,
		.columns = f->head + 1,
		.nr_columns = f->nr_columns - 1,
		.nr_rows = f->nr_rows,
		.labels = arena_array(arena, max_of(f->nr_rows, 1U), sizeof(*t->labels)),
		.cells = arena_array(arena, (size_t)f->nr_rows * f->nr_columns + 1,
				     sizeof(*t->cells)),
	};
	if (!t->labels || !t->cells)
		return diag_error(d, DIAG_SYSTEM, "%s: out of memory", f->path);
	if (!f->nr_rows)
		return diag_error(d, DIAG_INPUT, "%s: a head line and no step", f->path);
	for (u32 i = 0; i < f->nr_rows; i++) {
		t->labels[i] = csv_file_cell(f, i, 0);
		for (u32 k = 0; k < t->nr_columns; k++) {
			const char *text = csv_file_cell(f, i, (int)k + 1);
			double *v = &t->cells[(size_t)i * t->nr_columns + k];

			if (!*text || !strcmp(text, "-1"))
				*v = NAN;
			else if (!parse_number(text, v))
				return diag_at(d, (struct src_pos){f->path, f->lines[i], 0},
					       "%s: '%s' is not a number", t->columns[k], text);
		}
	}
	if (refuse_twins(t, arena, d))
		return -EINVAL;
	rec->nr_boots++;
	return 0;
}

static int read_series(struct recording *rec, const char *name, struct arena *arena, struct diag *d)
{
	static const char *const endings[] = {"", ".gz", ".zst"};
	struct csv_file f;

	for (u32 i = 0; i < ARRAY_SIZE(endings); i++) {
		char *path = arena_printf(arena, "%s/%s%s", rec->folder, name, endings[i]);

		if (!path)
			return diag_error(d, DIAG_SYSTEM, "out of memory");
		if (access(path, F_OK))
			continue;
		if (csv_file_read(&f, path, arena, d))
			return -EINVAL;
		return recording_add_series(rec, &f, arena, d);
	}
	return 0;
}

static int read_boots(struct recording *rec, struct arena *arena, struct diag *d)
{
	char name[32];
	int ret = read_series(rec, "series.csv", arena, d);

	for (u32 i = 2; !ret && rec->nr_boots && i <= MAX_BOOTS; i++) {
		snprintf(name, sizeof(name), "series.run%u.csv", i);
		ret = read_series(rec, name, arena, d);
	}
	return ret;
}

/* ---- slabinfo ---- */

static int add_cache(struct recording *rec, u32 *cap, const struct recording_cache *c,
		     struct arena *arena)
{
	if (rec->nr_caches == *cap) {
		u32 n = *cap ? 2 * *cap : 256;
		struct recording_cache *more = arena_array(arena, n, sizeof(*more));

		if (!more)
			return -ENOMEM;
		if (rec->nr_caches)
			memcpy(more, rec->caches, rec->nr_caches * sizeof(*more));
		rec->caches = more;
		*cap = n;
	}
	rec->caches[rec->nr_caches++] = *c;
	return 0;
}

/* slabinfo.csv, boots.csv: tag, cache, active_objs, num_objs, and maybe boot. */
static int read_cache_table(struct recording *rec, u32 *cap, const char *name, struct arena *arena,
			    struct diag *d)
{
	char *path = arena_printf(arena, "%s/%s", rec->folder, name);
	int tag, cache, active, num, boot;
	struct csv_file f;

	if (!path)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	if (access(path, F_OK))
		return 0;
	if (csv_file_read(&f, path, arena, d))
		return -EINVAL;
	tag = csv_file_column(&f, "tag");
	cache = csv_file_column(&f, "cache");
	active = csv_file_column(&f, "active_objs");
	num = csv_file_column(&f, "num_objs");
	boot = csv_file_column(&f, "boot");
	if (tag < 0 || cache < 0 || active < 0 || num < 0)
		return diag_at(d, (struct src_pos){path, 1, 0},
			       "needs the columns tag, cache, active_objs, num_objs");
	for (u32 i = 0; i < f.nr_rows; i++) {
		struct recording_cache c = {.step = csv_file_cell(&f, i, tag),
					    .cache = csv_file_cell(&f, i, cache)};
		double b = 0;

		if (!parse_number(csv_file_cell(&f, i, active), &c.active_objs) ||
		    !parse_number(csv_file_cell(&f, i, num), &c.num_objs) ||
		    (boot >= 0 &&
		     (!parse_number(csv_file_cell(&f, i, boot), &b) || b < 1 || b > 64)))
			return diag_at(d, (struct src_pos){path, f.lines[i], 0},
				       "a count is not a number");
		c.boot = (u32)b;
		if (add_cache(rec, cap, &c, arena))
			return diag_error(d, DIAG_SYSTEM, "%s: out of memory", path);
	}
	return 0;
}

/* A copy of /proc/slabinfo; the tag is what stands behind "slabinfo.". */
static int read_slabinfo(struct recording *rec, u32 *cap, const char *path, const char *tag,
			 struct arena *arena, struct diag *d)
{
	struct slabinfo_file f;

	if (slabinfo_read(&f, path, arena, d))
		return -EINVAL;
	for (u32 i = 0; i < f.n; i++) {
		struct recording_cache c = {.step = tag,
					    .cache = f.lines[i].cache,
					    .active_objs = (double)f.lines[i].active_objs,
					    .num_objs = (double)f.lines[i].num_objs};

		if (add_cache(rec, cap, &c, arena))
			return diag_error(d, DIAG_SYSTEM, "%s: out of memory", path);
	}
	return 0;
}

static void cut_ending(char *name, const char *ending)
{
	size_t n = name ? strlen(name) : 0, k = strlen(ending);

	if (n > k && !strcmp(name + n - k, ending))
		name[n - k] = 0;
}

static int is_slabinfo(const struct dirent *e)
{
	return starts(e->d_name, "slabinfo.") && strcmp(e->d_name, "slabinfo.csv");
}

static int read_slabinfos(struct recording *rec, u32 *cap, struct arena *arena, struct diag *d)
{
	struct dirent **entries;
	int n = scandir(rec->folder, &entries, is_slabinfo, by_name), ret = 0;

	if (n < 0)
		return diag_error(d, DIAG_INPUT, "%s: %s", rec->folder, strerror(errno));
	rec->slabinfos = arena_array(arena, (size_t)n + 1, sizeof(*rec->slabinfos));
	if (!rec->slabinfos) {
		free_entries(entries, n);
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	}
	for (int i = 0; i < n && !ret; i++) {
		const char *name = entries[i]->d_name;
		char *path = arena_printf(arena, "%s/%s", rec->folder, name);
		char *tag = arena_strdup(arena, name + strlen("slabinfo."));

		cut_ending(tag, ".gz");
		cut_ending(tag, ".zst");
		if (!path || !tag) {
			ret = diag_error(d, DIAG_SYSTEM, "out of memory");
			break;
		}
		rec->slabinfos[rec->nr_slabinfos++] = path;
		ret = read_slabinfo(rec, cap, path, tag, arena, d);
	}
	free_entries(entries, n);
	return ret;
}

#define PAGE_4K 4096U
#define PAGE_64K 65536U

int recording_check_slabinfo(const char *path, u32 *caches, u32 *page_kb, struct arena *arena,
			     struct diag *d)
{
	struct slabinfo_file f;

	if (slabinfo_read(&f, path, arena, d))
		return -EINVAL;
	*caches = f.n;
	*page_kb = PAGE_4K / 1024;
	for (u32 i = 0; i < f.n; i++) {
		const struct slabinfo_line *l = &f.lines[i];
		u64 bytes = (u64)l->objperslab * l->objsize;

		if (bytes > (u64)l->pagesperslab * PAGE_4K)
			*page_kb = PAGE_64K / 1024;
		if (bytes > (u64)l->pagesperslab * PAGE_64K)
			return diag_error(d, DIAG_INPUT,
					  "%s: %s has more bytes in a slab than pages", path,
					  l->cache);
	}
	return 0;
}

/* ---- moments ---- */

static int bad_cell(struct diag *d, const struct csv_file *f, u32 row, const char *column,
		    const char *text, const char *why)
{
	return diag_at(d, (struct src_pos){f->path, f->lines[row], 0}, "%s: '%s': %s", column, text,
		       why);
}

static bool parse_seconds(const char *text, double *s)
{
	const char *why;
	u64 ns;

	if (parse_time(text, &ns, &why))
		return false;
	*s = (double)ns / 1e9;
	return true;
}

static bool parse_moment(const char *text, struct recording_moment *m)
{
	char copy[128], *rest = copy, *word, *size, *from;
	const char *why;

	if (strlen(text) >= sizeof(copy))
		return false;
	strcpy(copy, text);
	word = strsep(&rest, " ");
	if (!rest) {
		m->kind = MOMENT_TIME;
		return parse_seconds(word, &m->time_s);
	}
	size = strsep(&rest, " ");
	from = rest ? strsep(&rest, " ") : NULL;
	if (!strcmp(word, "read"))
		m->kind = MOMENT_READ;
	else if (!strcmp(word, "anon"))
		m->kind = MOMENT_ANON;
	else
		return false;
	if (parse_size(size, &m->bytes, &why))
		return false;
	return !from || (!strcmp(from, "from") && rest && parse_seconds(rest, &m->time_s));
}

static bool parse_shift(const char *text, s64 *shift)
{
	const char *why;
	u64 bytes = 0;

	if (*text && parse_size(*text == '-' ? text + 1 : text, &bytes, &why))
		return false;
	*shift = *text == '-' ? -(s64)bytes : (s64)bytes;
	return bytes <= (u64)MAX_SHIFT;
}

static const struct recording_moment *moment_of(const struct recording *rec, const char *step)
{
	for (u32 i = 0; i < rec->nr_moments; i++)
		if (!strcmp(rec->moments[i].step, step))
			return &rec->moments[i];
	return NULL;
}

int recording_add_moments(struct recording *rec, const struct csv_file *f, struct arena *arena,
			  struct diag *d)
{
	int step = csv_file_column(f, "step"), at = csv_file_column(f, "at");
	int shift = csv_file_column(f, "shift");
	s64 first = 0;
	bool shifted = false;

	if (step < 0 || at < 0)
		return diag_at(d, (struct src_pos){f->path, 1, 0}, "needs the columns step, at");
	rec->moments = arena_array(arena, max_of(f->nr_rows, 1U), sizeof(*rec->moments));
	if (!rec->moments)
		return diag_error(d, DIAG_SYSTEM, "%s: out of memory", f->path);
	for (u32 i = 0; i < f->nr_rows; i++) {
		struct recording_moment m = {.step = csv_file_cell(f, i, step)};
		const char *by = shift < 0 ? "" : csv_file_cell(f, i, shift);

		if (moment_of(rec, m.step))
			return bad_cell(d, f, i, "step", m.step, "twice");
		if (!parse_moment(csv_file_cell(f, i, at), &m))
			return bad_cell(d, f, i, "at", csv_file_cell(f, i, at),
					"not a time (29.5s), nor 'read 256MiB [from 30s]', nor "
					"'anon 1GiB'");
		if (!parse_shift(by, &m.shift) || (m.kind != MOMENT_READ && m.shift))
			return bad_cell(d, f, i, "shift", by,
					"not a size of at most 32 MiB, for a step of reading");
		if (m.kind == MOMENT_READ && shifted && m.shift != first)
			return bad_cell(d, f, i, "shift", by, "all steps of a load have the same");
		if (m.kind == MOMENT_READ) {
			shifted = true;
			first = m.shift;
		}
		rec->moments[rec->nr_moments++] = m;
	}
	return 0;
}

/* No steps.csv: as much later in the run as in the recording. */
static int moments_of_series(struct recording *rec, struct arena *arena, struct diag *d)
{
	const struct recording_table *t = rec->boots;
	u32 column = 0;

	while (column < t->nr_columns && strcmp(t->columns[column], "t_s"))
		column++;
	rec->moments = arena_array(arena, max_of(t->nr_rows, 1U), sizeof(*rec->moments));
	if (!rec->moments)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	if (column == t->nr_columns)
		return diag_error(
			d, DIAG_INPUT,
			"%s: no steps.csv beside it and no column t_s: at what times of the "
			"scenario are its steps?",
			t->path);
	for (u32 i = 0; i < t->nr_rows; i++) {
		double at = t->cells[(size_t)i * t->nr_columns + column] - t->cells[column];

		if (isnan(at) || at < 0 || moment_of(rec, t->labels[i]))
			continue;
		rec->moments[rec->nr_moments++] =
			(struct recording_moment){.step = t->labels[i], .time_s = at};
	}
	return 0;
}

/* ---- figures ---- */

/* "1 %", "25", "10 % or 2252" */
static bool parse_allow(const char *text, double *share, double *least)
{
	char *end;
	double v;

	*share = *least = 0;
	if (*text < '0' || *text > '9')
		return false;
	v = strtod(text, &end);
	if (!strncmp(end, " %", 2)) {
		*share = v / 100;
		end += 2;
		if (!*end)
			return isfinite(v);
		if (strncmp(end, " or ", 4) || end[4] < '0' || end[4] > '9')
			return false;
		*least = strtod(end + 4, &end);
		return !*end && isfinite(v) && isfinite(*least);
	}
	*least = v;
	return !*end && isfinite(v);
}

static bool find_mechanism(const char *name, enum mechanism *m)
{
	for (u32 i = 0; i < NR_MECHANISMS; i++) {
		if (!strcmp(mechanism_names[i], name)) {
			*m = (enum mechanism)i;
			return true;
		}
	}
	return false;
}

static const char *or_null(const char *text)
{
	return text && *text ? text : NULL;
}

/* What a figure's row says; column may end in "@STEP": what was recorded then. */
static int fill_figure(struct recording_figure *fig, const struct recording *rec,
		       const struct csv_file *f, u32 row, const int *col, struct arena *arena,
		       struct diag *d)
{
	char *column = arena_strdup(arena, csv_file_cell(f, row, col[1])), *at;
	const char *boots = csv_file_cell(f, row, col[4]);

	if (!column)
		return diag_error(d, DIAG_SYSTEM, "%s: out of memory", f->path);
	at = strchr(column, '@');
	if (at)
		*at++ = 0;
	*fig = (struct recording_figure){
		.step = csv_file_cell(f, row, col[0]),
		.column = column,
		.from = at,
		.since = or_null(csv_file_cell(f, row, col[2])),
		.allow = csv_file_cell(f, row, col[3]),
		.range = !strcmp(boots, "range"),
		.reason = csv_file_cell(f, row, col[6]),
		.pos = {f->path, f->lines[row], 0},
	};
	if (!moment_of(rec, fig->step))
		return bad_cell(d, f, row, "step", fig->step, "steps.csv has no such step");
	if (fig->since && !moment_of(rec, fig->since))
		return bad_cell(d, f, row, "since", fig->since, "steps.csv has no such step");
	if (!parse_allow(fig->allow, &fig->share, &fig->least))
		return bad_cell(d, f, row, "allow", fig->allow,
				"not a tolerance: '10 %', '25', '10 % or 2252'");
	if (!fig->range && strcmp(boots, "first"))
		return bad_cell(d, f, row, "boots", boots, "neither 'first' nor 'range'");
	if (!find_mechanism(csv_file_cell(f, row, col[5]), &fig->mechanism))
		return bad_cell(d, f, row, "mechanism", csv_file_cell(f, row, col[5]),
				"none of list_lru, slab, dying, shrinker, page cache");
	return 0;
}

int recording_add_figures(struct recording *rec, const struct csv_file *f, struct arena *arena,
			  struct diag *d)
{
	static const char *const names[] = {"step",  "column",	  "since", "allow",
					    "boots", "mechanism", "reason"};
	int col[ARRAY_SIZE(names)];

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		col[i] = csv_file_column(f, names[i]);
		if (col[i] < 0)
			return diag_at(d, (struct src_pos){f->path, 1, 0}, "no column '%s'",
				       names[i]);
	}
	rec->figures = arena_array(arena, max_of(f->nr_rows, 1U), sizeof(*rec->figures));
	if (!rec->figures)
		return diag_error(d, DIAG_SYSTEM, "%s: out of memory", f->path);
	for (u32 i = 0; i < f->nr_rows; i++) {
		int ret = fill_figure(&rec->figures[i], rec, f, i, col, arena, d);

		if (ret)
			return ret;
	}
	rec->nr_figures = f->nr_rows;
	return 0;
}

int recording_add_known(struct recording *rec, const struct csv_file *f, struct arena *arena,
			struct diag *d)
{
	static const char *const names[] = {"step", "column", "mechanism", "bound", "reason"};
	int col[ARRAY_SIZE(names)], load = csv_file_column(f, "load");
	u32 cap = rec->nr_known + max_of(f->nr_rows, 1U);
	struct recording_known *more = arena_array(arena, cap, sizeof(*more));

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		col[i] = csv_file_column(f, names[i]);
		if (col[i] < 0)
			return diag_at(d, (struct src_pos){f->path, 1, 0}, "no column '%s'",
				       names[i]);
	}
	if (!more)
		return diag_error(d, DIAG_SYSTEM, "%s: out of memory", f->path);
	if (rec->nr_known)
		memcpy(more, rec->known, rec->nr_known * sizeof(*more));
	rec->known = more;
	for (u32 i = 0; i < f->nr_rows; i++) {
		struct recording_known *k = &rec->known[rec->nr_known];
		const char *bound = csv_file_cell(f, i, col[3]);
		double least;

		if (load >= 0 && strcmp(csv_file_cell(f, i, load), rec->load))
			continue;
		*k = (struct recording_known){.step = csv_file_cell(f, i, col[0]),
					      .column = csv_file_cell(f, i, col[1]),
					      .reason = csv_file_cell(f, i, col[4]),
					      .pos = {f->path, f->lines[i], 0}};
		if (!parse_allow(bound, &k->bound, &least) || least || !k->bound)
			return bad_cell(d, f, i, "bound", bound, "not a share: '15 %'");
		if (!find_mechanism(csv_file_cell(f, i, col[2]), &k->mechanism))
			return bad_cell(d, f, i, "mechanism", csv_file_cell(f, i, col[2]),
					"none of list_lru, slab, dying, shrinker, page cache");
		if (!*k->reason)
			return bad_cell(d, f, i, "reason", "", "why is it past its tolerance?");
		rec->nr_known++;
	}
	return 0;
}

/* ---- the general rules: docs/validate.md ---- */

enum general_allow { ALLOW_SIZE, ALLOW_SCAN, ALLOW_COUNT };

static const struct {
	const char *column; /* of series.csv; "A+B": both */
	enum mechanism mechanism;
	enum general_allow allow;
} general[] = {
	{"km32_num", MECH_LIST_LRU, ALLOW_SIZE},
	{"Slab_kB", MECH_SLAB, ALLOW_SIZE},
	{"SReclaimable_kB", MECH_SLAB, ALLOW_SIZE},
	{"dentry_num", MECH_SLAB, ALLOW_SIZE},
	{"ext4i_num", MECH_SLAB, ALLOW_SIZE},
	{"shmemi_num", MECH_SLAB, ALLOW_SIZE},
	{"nr_dying", MECH_DYING, ALLOW_COUNT},
	{"slabs_scanned", MECH_SHRINKER, ALLOW_SCAN},
	{"nr_dentry", MECH_SHRINKER, ALLOW_SIZE},
	{"nr_inodes", MECH_SHRINKER, ALLOW_SIZE},
	{"MemFree_kB", MECH_PAGE_CACHE, ALLOW_SIZE},
	{"Cached_kB+Buffers_kB", MECH_PAGE_CACHE, ALLOW_SIZE},
	{"pgscan_kswapd+pgscan_direct", MECH_PAGE_CACHE, ALLOW_SCAN},
	{"radix_num", MECH_PAGE_CACHE, ALLOW_SIZE},
};

/* The sum of "A+B" in a row; NaN: one is not there. */
static double cell_of(const struct recording_table *t, const char *label, const char *column)
{
	double sum = 0;
	u32 row = 0;

	while (row < t->nr_rows && strcmp(t->labels[row], label))
		row++;
	if (row == t->nr_rows)
		return NAN;
	for (const char *at = column;; at++) {
		size_t len = strcspn(at, "+");
		double v = NAN;

		for (u32 k = 0; k < t->nr_columns; k++)
			if (strlen(t->columns[k]) == len && !memcmp(t->columns[k], at, len))
				v = t->cells[(size_t)row * t->nr_columns + k];
		sum += v;
		at += len;
		if (!*at)
			return sum;
	}
}

static bool changed(const struct recording *rec, const char *column)
{
	double first = cell_of(rec->boots, rec->moments[0].step, column);

	for (u32 i = 1; i < rec->nr_moments; i++) {
		double v = cell_of(rec->boots, rec->moments[i].step, column);

		if (!isnan(v) && !isnan(first) && v != first)
			return true;
	}
	return false;
}

static int add_general(struct recording *rec, u32 which, struct arena *arena, struct diag *d)
{
	const char *column = general[which].column;
	double first = cell_of(rec->boots, rec->moments[0].step, column);
	bool size = general[which].allow == ALLOW_SIZE, scan = general[which].allow == ALLOW_SCAN;
	double share = size ? 0.1 : scan ? 0.2 : 0.01;
	double least = size ? 0.05 * first : scan ? 6144 : 1;
	char *allow = arena_printf(arena, "%.0f %% or %.0f", share * 100, least);

	if (!allow)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	for (u32 i = 1; i < rec->nr_moments; i++) {
		if (isnan(cell_of(rec->boots, rec->moments[i].step, column)))
			continue;
		rec->figures[rec->nr_figures++] = (struct recording_figure){
			.step = rec->moments[i].step,
			.column = column,
			.since = rec->moments[0].step,
			.allow = allow,
			.share = share,
			.least = least,
			.range = true,
			.mechanism = general[which].mechanism,
			.reason = "general rule",
			.pos = {rec->boots->path, 0, 0},
		};
	}
	return 0;
}

static int general_figures(struct recording *rec, struct arena *arena, struct diag *d)
{
	rec->general = true;
	rec->figures = arena_array(arena, (size_t)rec->nr_moments * ARRAY_SIZE(general) + 1,
				   sizeof(*rec->figures));
	if (!rec->figures)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	for (u32 i = 0; rec->nr_moments && i < ARRAY_SIZE(general); i++)
		if (changed(rec, general[i].column) && add_general(rec, i, arena, d))
			return -ENOMEM;
	return 0;
}

/* ---- a whole folder ---- */

typedef int add_fn(struct recording *rec, const struct csv_file *f, struct arena *arena,
		   struct diag *d);

/* 1: the file is not there; 0, or negative with a message. */
static int read_optional(struct recording *rec, const char *folder, const char *name, add_fn *add,
			 struct arena *arena, struct diag *d)
{
	char *path = arena_printf(arena, "%s/%s", folder, name);
	struct csv_file f;

	if (!path)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	if (access(path, F_OK))
		return 1;
	if (csv_file_read(&f, path, arena, d))
		return -EINVAL;
	return add(rec, &f, arena, d);
}

/* A folder beside rec's? */
static bool other_load(const struct recording *rec, const char *name, struct arena *arena)
{
	char *path = arena_printf(arena, "%s/../%s", rec->folder, name);
	struct stat st;

	return *name && path && !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* A row that is about a load that is not there would be put up with for ever. */
static int add_known(struct recording *rec, const struct csv_file *f, struct arena *arena,
		     struct diag *d)
{
	int load = csv_file_column(f, "load");

	for (u32 i = 0; load >= 0 && i < f->nr_rows; i++)
		if (!other_load(rec, csv_file_cell(f, i, load), arena))
			return bad_cell(d, f, i, "load", csv_file_cell(f, i, load),
					"no folder beside this file");
	return recording_add_known(rec, f, arena, d);
}

static int read_known(struct recording *rec, struct arena *arena, struct diag *d)
{
	char *parent = arena_printf(arena, "%s/..", rec->folder);
	int ret;

	if (!parent)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	ret = read_optional(rec, parent, "known.csv", add_known, arena, d);
	if (ret >= 0)
		ret = read_optional(rec, rec->folder, "known.csv", add_known, arena, d);
	return ret < 0 ? ret : 0;
}

static const char *first_there(const char *folder, const char *const *names, struct arena *arena)
{
	for (; *names; names++) {
		char *path = arena_printf(arena, "%s/%s", folder, *names);

		if (path && !access(path, F_OK))
			return path;
	}
	return NULL;
}

/* The names of the last two folders of the path; it is made absolute for them if it has to be. */
static int name_it(struct recording *rec, struct arena *arena)
{
	char *real = realpath(rec->folder, NULL), *slash;

	rec->load = rec->kernel = "";
	if (!real)
		return -ENOMEM;
	slash = strrchr(real, '/');
	if (slash) {
		*slash = 0;
		rec->load = arena_strdup(arena, slash + 1);
		slash = strrchr(real, '/');
		rec->kernel = arena_strdup(arena, slash ? slash + 1 : "");
	}
	free(real);
	return rec->load && rec->kernel ? 0 : -ENOMEM;
}

/* Figures to be judged, and nothing to judge them with: something got lost, and the rest must not pass for the whole. */
static int nothing_missing(const struct recording *rec, struct arena *arena, struct diag *d)
{
	static const char *const figures[] = {"figures.csv", NULL};

	if (!first_there(rec->folder, figures, arena))
		return 0;
	return diag_error(d, DIAG_INPUT, "%s: has figures.csv, but no %s", rec->folder,
			  rec->nr_boots ? "scenario.yaml" : "series.csv");
}

int recording_read(struct recording *rec, const char *folder, struct arena *arena, struct diag *d)
{
	static const char *const scenarios[] = {"scenario.yaml", NULL};
	u32 cap = 0;
	int ret;

	*rec = (struct recording){.folder = folder};
	if (name_it(rec, arena))
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	rec->scenario = first_there(folder, scenarios, arena);
	rec->trace = first_there(folder, traces, arena);
	ret = read_boots(rec, arena, d);
	if (!ret)
		ret = read_cache_table(rec, &cap, "slabinfo.csv", arena, d);
	if (!ret)
		ret = read_cache_table(rec, &cap, "boots.csv", arena, d);
	if (!ret)
		ret = read_slabinfos(rec, &cap, arena, d);
	if (!ret && (!rec->nr_boots || !rec->scenario))
		ret = nothing_missing(rec, arena, d);
	if (ret || !rec->nr_boots || !rec->scenario)
		return ret;
	ret = read_optional(rec, folder, "steps.csv", recording_add_moments, arena, d);
	if (ret > 0)
		ret = moments_of_series(rec, arena, d);
	if (ret)
		return ret;
	ret = read_optional(rec, folder, "figures.csv", recording_add_figures, arena, d);
	if (ret > 0)
		ret = general_figures(rec, arena, d);
	if (!ret && !rec->nr_figures)
		ret = diag_error(d, DIAG_INPUT, "%s: no figure to judge: %s", folder,
				 rec->general
					 ? "no column of series.csv that a rule is about changes"
					 : "figures.csv has none");
	return ret ? ret : read_known(rec, arena, d);
}
