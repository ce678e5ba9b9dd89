// SPDX-License-Identifier: GPL-3.0-or-later
#include "verdict/baseline.h"

#include "engine/atomic_file.h"
#include "verdict/draft.h"
#include "verdict/expect.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HEADER "variant,metric,value,tolerance"
#define INPUTS "inputs.sha256"
#define FINGERPRINT "fingerprint."
/* Of lines that are new. A run repeats to the byte, so it only says which change is worth a word. */
#define DEFAULT_TOLERANCE "1 %"

/* ---- reading ---- */

static bool is_text(const char *metric)
{
	return !strcmp(metric, INPUTS) || !strncmp(metric, FINGERPRINT, strlen(FINGERPRINT));
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
	return true;
}

/* Names hold no comma and no quote, so a line is cut at its commas. NULL, or what is wrong. */
static const char *read_row(struct baseline_row *row, char *line, struct arena *arena)
{
	char *fields[4] = {line}, *at = line;

	for (u32 i = 1; i < ARRAY_SIZE(fields); i++) {
		at = strchr(at, ',');
		if (!at)
			return "expects " HEADER;
		*at++ = 0;
		fields[i] = at;
	}
	*row = (struct baseline_row){fields[0], fields[1], fields[2], fields[3], NAN, 0.0};
	if (strchr(fields[3], ','))
		return "expects " HEADER;
	if (is_text(row->metric))
		return NULL;
	if (*row->text && !read_double(row->text, &row->value))
		return "the value is no number";
	if (!read_tolerance(row, arena))
		return "the tolerance is neither a number nor a share like 1 %";
	return NULL;
}

static int read_rows(struct baseline *b, char *text, struct arena *arena, struct diag *d)
{
	u32 lines = 0, before = d->nr_errors;
	char *next;

	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	b->rows = arena_array(arena, (size_t)lines + 1, sizeof(*b->rows));
	if (!b->rows)
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	lines = 0;
	for (char *line = text; line && *line; line = next) {
		const char *why = NULL;

		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		if (!lines++)
			why = strcmp(line, HEADER) ? "a baseline begins with " HEADER : NULL;
		else
			why = read_row(&b->rows[b->n++], line, arena);
		if (why && d->nr_errors < before + 20)
			diag_at(d, (struct src_pos){b->path, lines, 0}, "%s", why);
	}
	if (d->nr_errors == before && (!b->n || strcmp(b->rows[0].metric, INPUTS)))
		return diag_at(d, (struct src_pos){b->path, 2, 0}, "expects a line ," INPUTS);
	return d->nr_errors > before ? -EINVAL : 0;
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
	if (fstat(fileno(f), &st) || st.st_size > 1 << 28) {
		fclose(f);
		return diag_error(d, DIAG_INPUT, "cannot read %s: too large", b->path);
	}
	text = arena_alloc(arena, (size_t)st.st_size + 1);
	n = text ? fread(text, 1, (size_t)st.st_size, f) : 0;
	if (fclose(f) || !text || n != (size_t)st.st_size)
		return diag_error(d, DIAG_SYSTEM, "cannot read %s", b->path);
	if (strlen(text) != n)
		return diag_error(d, DIAG_INPUT, "%s: this is no text", b->path);
	b->there = true;
	return read_rows(b, text, arena, d);
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

/* Of the hashes of all inputs, in their order. */
static char *hash_inputs(const struct result *r, struct arena *arena)
{
	u8 digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;
	char *text = arena_alloc(arena, 2 * sizeof(digest) + 1);

	sha256_init(&ctx);
	for (u32 i = 0; i < r->nr_inputs; i++)
		sha256_update(&ctx, 64, (const u8 *)r->inputs[i].sha256);
	sha256_digest(&ctx, sizeof(digest), digest);
	for (u32 i = 0; text && i < sizeof(digest); i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return text;
}

static char *fingerprint_of(const struct run_result *run, struct arena *arena)
{
	return arena_printf(arena, "%016" PRIx64 "%016" PRIx64, run->fingerprint[0],
			    run->fingerprint[1]);
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

static u32 find_variant(const struct result *r, const char *name)
{
	u32 i = 0;

	while (i < r->nr_variants && strcmp(r->variants[i].name, name))
		i++;
	return i;
}

/* ---- judging ---- */

static void judge_text(struct judge *j, const struct baseline_row *row, const char *subject,
		       const char *found, const char *miss)
{
	struct draft d = {.check = "baseline", .metric = row->metric, .value = NAN, .repeat = -1};

	text_add(&d.variant, "%s", row->variant);
	text_add(&d.subject, "%s", subject);
	text_add(&d.found, "%s", found ? found : "none");
	text_add(&d.wanted, "%s", row->text);
	if (!found || strcmp(found, row->text)) {
		d.off = INFINITY;
		text_add(&d.miss, "%s", miss);
	}
	deliver(j, &d);
}

static void judge_fingerprint(struct judge *j, const struct baseline_row *row, u32 variant)
{
	u32 repeat = (u32)strtoul(row->metric + strlen(FINGERPRINT), NULL, 10);
	const char *found = NULL;
	struct text subject = {.n = 0};

	if (variant < j->r->nr_variants && repeat < j->r->nr_repeats)
		found = fingerprint_of(&j->r->runs[variant * j->r->nr_repeats + repeat], j->arena);
	text_add(&subject, "baseline: %s of %s", row->metric, row->variant);
	judge_text(j, row, subject.buf, found, "it did something else");
}

static void judge_row(struct judge *j, const struct baseline_row *row, u32 variant)
{
	struct draft d = {.check = "baseline", .metric = row->metric, .repeat = -1};
	const struct bounds b = {row->value - row->allowed, row->value + row->allowed};
	bool known = variant < j->r->nr_variants;
	enum metric_suffix suffix;
	double v = NAN;

	if (known)
		known = result_find_metric(j->r->metrics, j->r->nr_metrics, row->metric, &suffix) >=
			0;
	if (known)
		v = expect_metric(j->r, row->metric, variant, -1, -1.0);
	text_add(&d.variant, "%s", row->variant);
	text_add(&d.subject, "baseline: %s of %s", row->metric, row->variant);
	if (isnan(row->value))
		text_add(&d.wanted, "no value");
	else
		text_add(&d.wanted, "%s within %s", row->text, row->tolerance);
	if (!known) {
		no_value(&d, "there is no such metric or variant any more");
	} else if (isnan(v) && isnan(row->value)) {
		text_add(&d.found, "no value");
		d.value = NAN;
	} else if (isnan(v)) {
		no_value(&d, "it had a value");
	} else if (isnan(row->value)) {
		no_value(&d, "it had no value");
		d.found = (struct text){.n = 0};
		d.value = v;
		text_number(&d.found, v, "");
	} else {
		judge_bounds(&d, v, &b);
	}
	deliver(j, &d);
}

void baseline_verdicts(struct judge *j, const struct baseline_judge *b)
{
	const struct baseline *stored = b->stored;
	const char *inputs = hash_inputs(j->r, j->arena);

	judge_text(j, &stored->rows[0], "baseline: " INPUTS, inputs,
		   "the scenario or one of its files is another than the baseline's: look at "
		   "what changes, and --update-baseline");
	if (!inputs || strcmp(inputs, stored->rows[0].text))
		return;
	for (u32 i = 1; i < stored->n; i++) {
		const struct baseline_row *row = &stored->rows[i];
		u32 variant = find_variant(j->r, row->variant);

		if (!is_text(row->metric))
			judge_row(j, row, variant);
		else if (b->fingerprints)
			judge_fingerprint(j, row, variant);
	}
}

/* ---- writing ---- */

struct update {
	const struct baseline *old;
	FILE *f, *diff;
	struct arena *arena;
	u32 changed, added, same;
	bool failed;
};

static void put(struct update *u, const char *variant, const char *metric, const char *value)
{
	const struct baseline_row *was = find_row(u->old, variant, metric);
	const char *tolerance = is_text(metric) ? "" : was ? was->tolerance : DEFAULT_TOLERANCE;

	if (!value) {
		u->failed = true;
		return;
	}
	fprintf(u->f, "%s,%s,%s,%s\n", variant, metric, value, tolerance);
	if (!was) {
		u->added++;
		return;
	}
	if (!strcmp(was->text, value)) {
		u->same++;
		return;
	}
	u->changed++;
	fprintf(u->diff, "  %s%s%s: %s -> %s\n", metric, *variant ? " of " : "", variant,
		*was->text ? was->text : "no value", *value ? value : "no value");
}

static void put_metric(struct update *u, const struct result *r, u32 variant,
		       const struct metric_info *m)
{
	static const char *const suffixes[] = {".end", ".peak", ".mean", NULL}, *const none[] = {
											"", NULL};
	const char *const *s = m->kind == METRIC_SAMPLED ? suffixes : none;

	for (; *s; s++) {
		char *name = arena_printf(u->arena, "%s%s", m->name, *s);

		if (!name) {
			u->failed = true;
			return;
		}
		put(u, r->variants[variant].name, name,
		    number_text(expect_metric(r, name, variant, -1, -1.0), u->arena));
	}
}

static void put_all(struct update *u, const struct result *r)
{
	fputs(HEADER "\n", u->f);
	put(u, "", INPUTS, hash_inputs(r, u->arena));
	for (u32 v = 0; v < r->nr_variants; v++) {
		for (u32 i = 0; i < r->nr_repeats; i++) {
			char *name = arena_printf(u->arena, FINGERPRINT "%u", i);

			if (name)
				put(u, r->variants[v].name, name,
				    fingerprint_of(&r->runs[v * r->nr_repeats + i], u->arena));
			u->failed |= !name;
		}
		for (u32 m = 0; m < r->nr_metrics; m++)
			put_metric(u, r, v, &r->metrics[m]);
	}
}

int baseline_update(const struct baseline *old, const struct result *r, FILE *diff,
		    struct arena *arena, struct diag *d)
{
	struct update u = {.old = old, .diff = diff, .arena = arena};
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
	put_all(&u, r);
	if (atomic_close(&file, u.failed ? -ENOMEM : 0, d))
		return -EIO;
	fprintf(diff, "  %u lines changed, %u new, %u gone, %u as they were\n", u.changed, u.added,
		old->n - u.changed - u.same, u.same);
	return 0;
}
