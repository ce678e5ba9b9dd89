// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/table.h"

#include <errno.h>
#include <string.h>

#include "reports/compare.h"
#include "reports/format.h"
#include "reports/table_parts.h"

#define MAX_STOPPED 5 /* incomplete runs that are named */

static const char *const format_names[] = {"text", "md", "csv", "json"};

bool table_format_parse(const char *name, enum table_format *out)
{
	for (u32 i = 0; i < ARRAY_SIZE(format_names); i++)
		if (!strcmp(name, format_names[i])) {
			*out = (enum table_format)i;
			return true;
		}
	return false;
}

static int print_stopped(FILE *f, const struct table *t)
{
	u32 stopped = 0;

	for (u32 i = 0; i < t->r->nr_runs; i++) {
		const char *text;

		if (t->r->runs[i].complete || ++stopped > MAX_STOPPED)
			continue;
		text = table_stopped(t->r, &t->r->runs[i], t->arena);
		if (!text)
			return -ENOMEM;
		format_wrapped(f, text, "INCOMPLETE ", "  ", TABLE_WIDTH);
	}
	if (stopped > MAX_STOPPED)
		fprintf(f, "INCOMPLETE and %u more\n", stopped - MAX_STOPPED);
	if (stopped)
		fputc('\n', f);
	return 0;
}

static int print_footnote(FILE *f, const struct table *t)
{
	const char *text = table_meaning(t, "+-", "*"), *resolution = table_resolution(t);

	if (!text || !resolution)
		return -ENOMEM;
	format_wrapped(f, text, "", "  ", TABLE_WIDTH);
	if (*resolution)
		format_wrapped(f, resolution, "", "  ", TABLE_WIDTH);
	if (table_some_missing(t->c))
		fputs("(n/m): n of m repeats have a value\n", f);
	return 0;
}

static int print_below(FILE *f, const struct table *t)
{
	struct table_below b;

	if (table_below(&b, t->c, t->arena))
		return -ENOMEM;
	if (*b.starts || *b.alike || *b.zero || *b.empty || t->c->spread)
		fputc('\n', f);
	if (t->c->spread && print_footnote(f, t))
		return -ENOMEM;
	if (*b.starts)
		format_wrapped(f, b.starts, "growth (+) over the start: ", "  ", TABLE_WIDTH);
	if (*b.alike)
		format_wrapped(f, b.alike, "alike in all variants: ", "  ", TABLE_WIDTH);
	if (*b.zero)
		format_wrapped(f, b.zero, "0 everywhere: ", "  ", TABLE_WIDTH);
	if (*b.empty)
		format_wrapped(f, b.empty, "no value: ", "  ", TABLE_WIDTH);
	return 0;
}

static int print_expects(FILE *f, const struct table *t)
{
	if (t->r->nr_expects)
		fputc('\n', f);
	for (u32 i = 0; i < t->r->nr_expects; i++) {
		const struct expect_row *e = &t->r->expects[i];
		const char *value = e->value && *e->value ? e->value : "no value";
		const char *line = arena_printf(t->arena, "%s: %s", e->text, value);

		if (!line)
			return -ENOMEM;
		format_wrapped(f, line, "expect ", "       ", TABLE_WIDTH);
	}
	return 0;
}

static int print_verbose(FILE *f, const struct table *t)
{
	const char *line;

	fputc('\n', f);
	for (u32 i = 0; i < t->r->nr_variants; i++) {
		const struct variant_info *v = &t->r->variants[i];

		line = arena_printf(t->arena, "%s: %s %s", v->name, v->kernel ? v->kernel : "",
				    v->axes ? v->axes : "");
		if (!line)
			return -ENOMEM;
		format_wrapped(f, line, "variant ", "        ", TABLE_WIDTH);
	}
	return 0;
}

/* Notes; without -v only verdicts. */
static int print_notes(FILE *f, const struct table *t)
{
	struct compare_note *notes;
	bool first = !t->verbose;
	u32 n;

	if (compare_notes(t->r, t->arena, &notes, &n))
		return -ENOMEM;
	for (u32 i = 0; i < n; i++) {
		const char *line;

		if (!t->verbose && !notes[i].verdict)
			continue;
		line = arena_printf(t->arena, "%s%s%s", notes[i].of, *notes[i].of ? ": " : "",
				    notes[i].text);
		if (!line)
			return -ENOMEM;
		if (first)
			fputc('\n', f);
		first = false;
		format_wrapped(f, line, notes[i].verdict ? "" : "note ",
			       notes[i].verdict ? "  " : "     ", TABLE_WIDTH);
	}
	return 0;
}

static int table_text(FILE *f, const struct table *t)
{
	int ret;

	if (t->r->headline && *t->r->headline) {
		format_wrapped(f, t->r->headline, "", "", TABLE_WIDTH);
		fputc('\n', f);
	}
	ret = print_stopped(f, t);
	if (!ret)
		ret = t->r->nr_variants > TABLE_MAX_COLUMNS ? table_rows(f, t)
							    : table_columns(f, t);
	if (!ret)
		ret = print_below(f, t);
	if (!ret)
		ret = print_expects(f, t);
	if (!ret && t->verbose)
		ret = print_verbose(f, t);
	if (!ret)
		ret = print_notes(f, t);
	return ret;
}

static int write_format(FILE *f, const struct table *t, enum table_format format)
{
	switch (format) {
	case TABLE_MD:
		return table_md(f, t);
	case TABLE_CSV:
		return table_csv(f, t);
	case TABLE_JSON:
		return table_json(f, t);
	default:
		return table_text(f, t);
	}
}

int table_write(FILE *f, const struct result *r, const struct table_opts *opts, struct diag *d)
{
	struct arena *a = arena_new();
	struct compare c;
	int ret = -ENOMEM;

	if (a)
		ret = compare_build(&c, r, a);
	if (!ret) {
		struct table t = {.r = r, .c = &c, .arena = a, .verbose = opts->verbose};

		ret = write_format(f, &t, opts->format);
	}
	arena_free(a);
	if (ret)
		return diag_error(d, DIAG_SYSTEM, "out of memory while printing the table");
	errno = 0;
	if (fflush(f) || ferror(f))
		return diag_error(d, DIAG_SYSTEM, "cannot write the table: %s",
				  strerror(errno ? errno : EIO));
	return 0;
}
