// SPDX-License-Identifier: GPL-3.0-or-later
#include "verdict/baseline.h"

#include "engine/atomic_file.h"
#include "verdict/expect.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HEADER "variant,metric,value,tolerance"
#define MORE ",n,sd,values"
/* Of lines that are new: which change is worth a word. Whether it is one at all, the repeats say. */
#define DEFAULT_TOLERANCE "1 %"

/* ---- reading ---- */

static bool is_text(const char *metric)
{
	return !strcmp(metric, BASELINE_INPUTS) ||
	       !strncmp(metric, BASELINE_FINGERPRINT, strlen(BASELINE_FINGERPRINT));
}

static bool read_double(const char *s, double *v)
{
	char *end;

	*v = strtod(s, &end);
	return *s && !*end && isfinite(*v);
}

/* "5", or "1 %" of the value. */
static bool read_tolerance(struct baseline_row *row, struct arena *arena)
{
	size_t n = strlen(row->tolerance);
	bool share = n && row->tolerance[n - 1] == '%';
	char *number = arena_strndup(arena, row->tolerance, share ? n - 1 : n);

	while (number && *number && number[strlen(number) - 1] == ' ')
		number[strlen(number) - 1] = 0;
	if (!number || !read_double(number, &row->allowed) || row->allowed < 0.0)
		return false;
	if (share)
		row->allowed *= isnan(row->value) ? 0.0 : fabs(row->value) / 100.0;
	/* an infinite one would let everything pass */
	return isfinite(row->allowed);
}

/* Numbers between blanks; false if they are not n. */
static bool read_values(struct baseline_row *row, const char *text, struct arena *arena)
{
	char *copy = arena_strdup(arena, text), *save = NULL;
	u32 n = 0;

	if (!*text)
		return true;
	if (row->moments.n > strlen(text))
		return false;
	row->values = arena_array(arena, max_of(row->moments.n, 1U), sizeof(*row->values));
	if (!copy || !row->values)
		return false;
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		if (n == row->moments.n || !read_double(w, &row->values[n++]))
			return false;
	return n == row->moments.n;
}

/* n,sd,values. NULL, or what is wrong. */
static const char *read_moments(struct baseline_row *row, char *const *fields, struct arena *arena)
{
	struct moments *m = &row->moments;
	double n;

	if (!read_double(fields[0], &n) || n < 0 || n > 1e6 || n != floor(n))
		return "n is no number of repeats";
	*m = (struct moments){row->value, NAN, (u32)n};
	if ((m->n > 0) != !isnan(row->value))
		return "n repeats with a value, and no value; or the other way round";
	if (m->n > 1 && (!read_double(fields[1], &m->sd) || m->sd < 0.0))
		return "sd is no standard deviation";
	if (!read_values(row, fields[2], arena))
		return "values are not n numbers";
	if (row->values) {
		struct moments of = stats_moments(row->values, m->n);

		/* the rank test would judge others than Welch's */
		if (fabs(of.mean - m->mean) > 1e-6 * fabs(m->mean) ||
		    (m->n > 1 && fabs(of.sd - m->sd) > 1e-6 * of.sd))
			return "value and sd are not those of the values";
	}
	row->repeated = true;
	return NULL;
}

/* Names hold no comma and no quote, so a line is cut at its commas. NULL, or what is wrong. */
static const char *read_row(struct baseline_row *row, char *line, struct arena *arena)
{
	char *fields[7] = {line}, *at = line;
	u32 n = 1;

	*row = (struct baseline_row){.more = "", .value = NAN};
	while ((at = strchr(at, ',')) && n < ARRAY_SIZE(fields)) {
		*at++ = 0;
		fields[n++] = at;
		if (n == 5)
			row->more = arena_strdup(arena, at);
	}
	if ((n != 4 && n != ARRAY_SIZE(fields)) || at || !row->more)
		return "expects " HEADER ", or these and" MORE;
	row->variant = fields[0];
	row->metric = fields[1];
	row->text = fields[2];
	row->tolerance = fields[3];
	if (is_text(row->metric))
		return NULL;
	if (*row->text && !read_double(row->text, &row->value))
		return "the value is no number";
	if (!read_tolerance(row, arena))
		return "the tolerance is neither a number nor a share like 1 %";
	return n == 4 ? NULL : read_moments(row, fields + 4, arena);
}

static int by_line(const void *x, const void *y)
{
	const struct baseline_row *a = *(const struct baseline_row *const *)x;
	const struct baseline_row *b = *(const struct baseline_row *const *)y;
	int order = strcmp(a->variant, b->variant);

	if (!order)
		order = strcmp(a->metric, b->metric);
	return order ? order : (a->line > b->line) - (a->line < b->line);
}

/* A metric that stands there twice, as after a merge, would have two verdicts, and an update would keep one of them. */
static int refuse_twins(const struct baseline *b, struct arena *arena, struct diag *d)
{
	const struct baseline_row **sorted = arena_array(arena, b->n, sizeof(const void *));
	u32 before = d->nr_errors;

	if (!sorted)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	for (u32 i = 0; i < b->n; i++)
		sorted[i] = &b->rows[i];
	qsort(sorted, b->n, sizeof(const void *), by_line);
	for (u32 i = 1; i < b->n && d->nr_errors < before + 20; i++)
		if (!strcmp(sorted[i]->variant, sorted[i - 1]->variant) &&
		    !strcmp(sorted[i]->metric, sorted[i - 1]->metric))
			diag_at(d, (struct src_pos){b->path, sorted[i]->line, 0},
				"%s%s%s is in line %u already", sorted[i]->metric,
				*sorted[i]->variant ? " of " : "", sorted[i]->variant,
				sorted[i - 1]->line);
	return d->nr_errors > before ? -EINVAL : 0;
}

/* Takes the end off a line, LF or CR LF; what follows it, or NULL. */
static char *cut_line(char *line)
{
	char *next = strchr(line, '\n');
	size_t n;

	if (next)
		*next++ = 0;
	n = strlen(line);
	if (n && line[n - 1] == '\r')
		line[n - 1] = 0;
	return next;
}

int baseline_parse(struct baseline *b, char *text, struct arena *arena, struct diag *d)
{
	static const char mark[] = "\xef\xbb\xbf"; /* UTF-8, as some editors write it */
	u32 lines = 0, before = d->nr_errors;
	char *next;

	b->n = 0;
	if (!strncmp(text, mark, strlen(mark)))
		text += strlen(mark);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	b->rows = arena_array(arena, (size_t)lines + 1, sizeof(*b->rows));
	if (!b->rows)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	lines = 0;
	for (char *line = text; line && *line; line = next) {
		const char *why = NULL;

		next = cut_line(line);
		if (!lines++) {
			/* without a head the lines below mean nothing */
			if (strcmp(line, HEADER) && strcmp(line, HEADER MORE))
				return diag_at(d, (struct src_pos){b->path, 1, 0},
					       "a baseline begins with " HEADER
					       ", with repeats and" MORE);
			continue;
		}
		why = read_row(&b->rows[b->n], line, arena);
		b->rows[b->n].line = lines;
		if (!why)
			b->n++;
		else if (d->nr_errors < before + 20)
			diag_at(d, (struct src_pos){b->path, lines, 0}, "%s", why);
	}
	if (d->nr_errors > before)
		return -EINVAL;
	if (!lines)
		return diag_at(d, (struct src_pos){b->path, 1, 0},
			       "empty: a baseline begins with " HEADER);
	if (!b->n || !b->rows[0].metric || strcmp(b->rows[0].metric, BASELINE_INPUTS))
		return diag_at(d, (struct src_pos){b->path, 2, 0},
			       "expects a line ," BASELINE_INPUTS);
	return refuse_twins(b, arena, d);
}

int baseline_load(struct baseline *b, const struct scenario *s, struct arena *arena, struct diag *d)
{
	struct stat st;
	char *text;
	size_t n;
	FILE *f;

	*b = (struct baseline){.path = arena_printf(arena, "%s/baselines/%s.csv", s->dir, s->name)};
	if (!b->path)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	f = fopen(b->path, "re");
	if (!f)
		return errno == ENOENT ? 0
				       : diag_error(d, DIAG_INPUT, "cannot read %s: %s", b->path,
						    strerror(errno));
	if (fstat(fileno(f), &st) || !S_ISREG(st.st_mode) || st.st_size > 1 << 28) {
		fclose(f);
		return diag_error(d, DIAG_INPUT, "cannot read %s: no file, or too large", b->path);
	}
	text = arena_alloc(arena, (size_t)st.st_size + 1);
	errno = 0;
	n = text ? fread(text, 1, (size_t)st.st_size, f) : 0;
	if (!text || n != (size_t)st.st_size) {
		diag_error(d, DIAG_SYSTEM, "cannot read %s: %s", b->path,
			   !text   ? "out of memory"
			   : errno ? strerror(errno)
				   : "it got shorter meanwhile");
		fclose(f);
		return -EIO;
	}
	fclose(f);
	if (strlen(text) != n)
		return diag_error(d, DIAG_INPUT, "%s: this is no text", b->path);
	b->there = true;
	return baseline_parse(b, text, arena, d);
}

static const struct baseline_row *find_row(const struct baseline *b, const char *variant,
					   const char *metric)
{
	for (u32 i = 0; i < b->n; i++)
		if (!strcmp(b->rows[i].metric, metric) && !strcmp(b->rows[i].variant, variant))
			return &b->rows[i];
	return NULL;
}

/* ---- what is there now ---- */

char *baseline_hash(const struct result *r, struct arena *arena)
{
	u8 digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;
	char *text = arena_alloc(arena, 2 * sizeof(digest) + 1);

	sha256_init(&ctx);
	for (u32 i = 0; i < r->nr_inputs; i++) {
		const struct input_file *f = &r->inputs[i];
		bool any_seed = r->nr_repeats > 1 && *f->unseeded;

		sha256_update(&ctx, 64, (const u8 *)(any_seed ? f->unseeded : f->sha256));
	}
	sha256_digest(&ctx, sizeof(digest), digest);
	for (u32 i = 0; text && i < sizeof(digest); i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return text;
}

/* As manifest.json has it. */
char *baseline_fingerprint(const struct run_result *run, struct arena *arena)
{
	return arena_printf(arena, "%016" PRIx64 "%016" PRIx64, run->fingerprint[1],
			    run->fingerprint[0]);
}

/* As few digits as give the same number again. "" for NaN. */
static char *number_text(double v, struct arena *arena)
{
	char text[40] = "";

	for (int digits = 15; digits <= 17 && isfinite(v); digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	return arena_strdup(arena, text);
}

/* ---- writing ---- */

struct update {
	const struct baseline *old;
	const struct result *r;
	FILE *f, *diff;
	struct arena *arena;
	u32 changed, added, same;
	bool failed;
};

/* more: n,sd,values; NULL: a line without. */
static void put(struct update *u, const char *variant, const char *metric, const char *value,
		const char *more)
{
	const struct baseline_row *was = find_row(u->old, variant, metric);
	const char *tolerance = is_text(metric) ? "" : was ? was->tolerance : DEFAULT_TOLERANCE;

	if (!value) {
		u->failed = true;
		return;
	}
	fprintf(u->f, "%s,%s,%s,%s", variant, metric, value, tolerance);
	if (u->r->nr_repeats > 1)
		fprintf(u->f, ",%s", more ? more : ",,");
	fputc('\n', u->f);
	if (!was) {
		u->added++;
		return;
	}
	if (!strcmp(was->text, value) && (!more || !strcmp(was->more, more))) {
		u->same++;
		return;
	}
	u->changed++;
	fprintf(u->diff, "  %s%s%s: %s -> %s\n", metric, *variant ? " of " : "", variant,
		*was->text ? was->text : "no value", *value ? value : "no value");
}

/* "3,0.5,1 1.5 2". NULL when out of memory. */
static char *moments_text(const struct moments *m, const double *values, struct arena *arena)
{
	char *sd = number_text(m->sd, arena), *text = NULL;

	if (sd)
		text = arena_printf(arena, "%u,%s,", m->n, sd);
	for (u32 i = 0; text && i < m->n; i++) {
		char *v = number_text(values[i], arena);

		text = v ? arena_printf(arena, "%s%s%s", text, i ? " " : "", v) : NULL;
	}
	return text;
}

static void put_value(struct update *u, u32 variant, const char *metric)
{
	const struct result *r = u->r;
	double *v = arena_array(u->arena, r->nr_repeats, sizeof(*v));
	struct moments m;
	char *more = NULL;
	u32 n;

	if (!v) {
		u->failed = true;
		return;
	}
	for (u32 i = 0; i < r->nr_repeats; i++)
		v[i] = expect_metric(r, metric, variant, (s32)i, -1.0);
	n = stats_compact(v, r->nr_repeats);
	m = stats_moments(v, n);
	if (r->nr_repeats > 1) {
		more = moments_text(&m, v, u->arena);
		u->failed |= !more;
	}
	put(u, r->variants[variant].name, metric, number_text(m.mean, u->arena), more);
}

/* Of a new baseline: the comparison table's levels, and what was counted or computed and is not 0 everywhere. */
static bool worth_a_line(const struct result *r, u32 metric)
{
	const struct metric_info *m = &r->metrics[metric];

	if (m->kind == METRIC_SAMPLED)
		return m->headline;
	for (u32 i = 0; i < r->nr_runs; i++) {
		const struct run_result *run = &r->runs[i];

		if (run->values && !isnan(run->values[metric].end) &&
		    run->values[metric].end != 0.0)
			return true;
	}
	return false;
}

/* As in the table: a level that ends at its peak in every run has one line. */
static bool ends_at_peak(const struct result *r, u32 metric)
{
	for (u32 i = 0; i < r->nr_runs; i++) {
		const struct run_result *run = &r->runs[i];

		if (run->values && run->values[metric].end != run->values[metric].peak)
			return false;
	}
	return true;
}

/* An update keeps the choice of lines; a variant that is new gets what any other has. */
static bool chosen(const struct update *u, const char *variant, const char *metric)
{
	bool known = false, any = false;

	for (u32 i = 1; i < u->old->n; i++) {
		const struct baseline_row *row = &u->old->rows[i];

		if (is_text(row->metric))
			continue;
		known |= !strcmp(row->variant, variant);
		any |= !strcmp(row->metric, metric);
	}
	return known ? find_row(u->old, variant, metric) != NULL : any;
}

static void put_metric(struct update *u, u32 variant, u32 metric)
{
	static const char *const level[] = {".peak", ".end", ".mean"}, *const none[] = {""};
	const struct metric_info *m = &u->r->metrics[metric];
	bool sampled = m->kind == METRIC_SAMPLED, ratio = !strcmp(m->unit, "ratio");
	const char *const *suffixes = sampled ? level : none;

	for (u32 i = 0; i < (sampled ? ARRAY_SIZE(level) : 1); i++) {
		char *name = arena_printf(u->arena, "%s%s", m->name, suffixes[i]);
		bool told = !sampled || i == (ratio ? 2 : 0) ||
			    (i == 1 && (ratio || !ends_at_peak(u->r, metric)));

		if (!name)
			u->failed = true;
		else if (u->old->there ? chosen(u, u->r->variants[variant].name, name)
				       : told && worth_a_line(u->r, metric))
			put_value(u, variant, name);
	}
}

static void put_all(struct update *u)
{
	const struct result *r = u->r;

	fprintf(u->f, HEADER "%s\n", r->nr_repeats > 1 ? MORE : "");
	put(u, "", BASELINE_INPUTS, baseline_hash(r, u->arena), NULL);
	for (u32 v = 0; v < r->nr_variants; v++) {
		for (u32 i = 0; i < r->nr_repeats; i++) {
			char *name = arena_printf(u->arena, BASELINE_FINGERPRINT "%u", i);

			if (name)
				put(u, r->variants[v].name, name,
				    baseline_fingerprint(&r->runs[v * r->nr_repeats + i], u->arena),
				    NULL);
			u->failed |= !name;
		}
		for (u32 m = 0; m < r->nr_metrics; m++)
			put_metric(u, v, m);
	}
}

int baseline_update(const struct baseline *old, const struct result *r, FILE *diff,
		    struct arena *arena, struct diag *d)
{
	struct update u = {.old = old, .r = r, .diff = diff, .arena = arena};
	char *dir = arena_strndup(arena, old->path, (size_t)(strrchr(old->path, '/') - old->path));
	struct atomic_file file;

	if (!dir)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	if (mkdir(dir, 0777) && errno != EEXIST)
		return diag_error(d, DIAG_SYSTEM, "cannot make %s: %s", dir, strerror(errno));
	if (atomic_open(&file, old->path, d))
		return -EIO;
	u.f = file.f;
	fprintf(diff, "%s: baseline %s\n", r->scenario, old->path);
	put_all(&u);
	if (atomic_close(&file, u.failed ? -ENOMEM : 0, d))
		return -EIO;
	fprintf(diff, "  %u lines changed, %u new, %u gone, %u as they were\n", u.changed, u.added,
		old->n - u.changed - u.same, u.same);
	return 0;
}
