// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/verdicts.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "reports/csv.h"
#include "reports/format.h"
#include "reports/json_text.h"
#include "reports/table_parts.h"

/* ---- text ---- */

/* "slab.bytes of old: 12, wanted at most 10: too high by 2 (20 % above 10)" */
static const char *sentence(const struct verdict_row *v, struct arena *a)
{
	return arena_printf(a, "%s: %s, wanted %s%s%s", v->subject, v->found, v->wanted,
			    *v->miss ? ": " : "", v->miss);
}

static const char *count(const struct verdict_suite *s, struct arena *a)
{
	if (s->nr_failed)
		return arena_printf(a, "%s: %u of %u verdicts failed", s->scenario, s->nr_failed,
				    s->nr_rows);
	if (!s->nr_rows)
		return arena_printf(a, "%s: nothing was judged", s->scenario);
	return arena_printf(a, "%s: %s", s->scenario,
			    s->nr_rows == 1 ? "1 verdict holds"
					    : arena_printf(a, "all %u verdicts hold", s->nr_rows));
}

static int write_text(FILE *f, const struct verdict_suite *s, bool failed_only, struct arena *a)
{
	const char *line =
		s->error ? arena_printf(a, "%s: could not be judged", s->scenario) : count(s, a);

	if (!line)
		return -ENOMEM;
	format_wrapped(f, line, "", "  ", TABLE_WIDTH);
	if (s->note && !failed_only)
		format_wrapped(f, s->note, "  ", "  ", TABLE_WIDTH);
	for (u32 i = 0; i < s->nr_rows; i++) {
		const struct verdict_row *v = &s->rows[i];

		/* a baseline is many metrics: those that hold are counted */
		if (v->holds && (failed_only || !strcmp(v->check, "baseline")))
			continue;
		line = sentence(v, a);
		if (!line)
			return -ENOMEM;
		format_wrapped(f, line, v->holds ? "  ok    " : "  FAIL  ", "        ",
			       TABLE_WIDTH);
	}
	return 0;
}

/* ---- markdown ---- */

static void md_text(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (strchr("\\`*_[]<>|#~", *s))
			fputc('\\', f);
		fputc(*s == '\n' ? ' ' : *s, f);
	}
}

static void md_cell(FILE *f, const char *s)
{
	fputc(' ', f);
	md_text(f, s);
	fputs(" |", f);
}

static int write_md(FILE *f, const struct verdict_suite *s, struct arena *a)
{
	const char *line =
		s->error ? arena_printf(a, "%s: could not be judged", s->scenario) : count(s, a);

	if (!line)
		return -ENOMEM;
	fprintf(f, "### %s\n\n", line);
	if (s->note) {
		md_text(f, s->note);
		fputs("\n\n", f);
	}
	if (s->error) {
		fprintf(f, "```\n%s```\n", s->error);
		return 0;
	}
	fputs("| | verdict | found | wanted | |\n|---|---|---:|---|---|\n", f);
	for (u32 i = 0; i < s->nr_rows; i++) {
		const struct verdict_row *v = &s->rows[i];

		fputs(v->holds ? "| ok |" : "| **FAIL** |", f);
		md_cell(f, v->subject);
		md_cell(f, v->found);
		md_cell(f, v->wanted);
		md_cell(f, v->miss);
		fputc('\n', f);
	}
	return 0;
}

/* ---- CSV ---- */

static void number(FILE *f, double v)
{
	char buf[FORMAT_LEN];

	fprintf(f, ",%s", isinf(v) ? "" : format_number(buf, v, false));
}

static void text(FILE *f, const char *s)
{
	fputc(',', f);
	csv_field(f, s);
}

static void write_csv(FILE *f, const struct verdict_suite *s)
{
	for (u32 i = 0; i < s->nr_rows; i++) {
		const struct verdict_row *v = &s->rows[i];

		csv_field(f, s->scenario);
		text(f, v->check);
		text(f, v->metric);
		text(f, v->variant);
		if (v->repeat >= 0)
			fprintf(f, ",%d", v->repeat);
		else
			fputc(',', f);
		number(f, v->value);
		text(f, v->wanted);
		fputs(v->holds ? ",1" : ",0", f);
		number(f, v->off);
		text(f, v->subject);
		text(f, v->miss);
		text(f, v->test);
		number(f, v->p);
		number(f, v->catches);
		number(f, v->repeats);
		fputc('\n', f);
	}
	if (!s->error)
		return;
	csv_field(f, s->scenario);
	fputs(",error,,,,,,0,,", f);
	text(f, s->error);
	fputs(",,,,\n", f);
}

/* ---- JSON ---- */

static void json_row(struct json_text *j, struct json_object *list, const struct verdict_row *v)
{
	struct json_object *o = json_text_object(j, list, NULL);

	json_text_string(j, o, "check", v->check);
	json_text_string(j, o, "metric", v->metric);
	json_text_string(j, o, "variant", v->variant);
	if (v->repeat >= 0)
		json_text_u64(j, o, "repeat", (u64)v->repeat);
	json_text_string(j, o, "subject", v->subject);
	json_text_double(j, o, "value", v->value, false);
	json_text_string(j, o, "found", v->found);
	json_text_string(j, o, "wanted", v->wanted);
	json_text_bool(j, o, "holds", v->holds);
	json_text_double(j, o, "off", isinf(v->off) ? NAN : v->off, false);
	json_text_string(j, o, "miss", v->miss);
	if (!*v->test)
		return;
	json_text_string(j, o, "test", v->test);
	json_text_double(j, o, "p", v->p, false);
	json_text_double(j, o, "catches", v->catches, false);
	json_text_double(j, o, "repeats_needed", v->repeats, true);
}

static int write_json(FILE *f, const struct verdict_suite *suites, u32 n)
{
	struct json_object *list;
	struct json_text j;

	json_text_begin(&j);
	list = json_text_array(&j, j.root, "scenarios");
	for (u32 i = 0; i < n; i++) {
		const struct verdict_suite *s = &suites[i];
		struct json_object *o = json_text_object(&j, list, NULL), *rows;

		json_text_string(&j, o, "scenario", s->scenario);
		json_text_string(&j, o, "error", s->error);
		if (s->note)
			json_text_string(&j, o, "note", s->note);
		json_text_u64(&j, o, "failed", s->nr_failed);
		rows = json_text_array(&j, o, "verdicts");
		for (u32 k = 0; k < s->nr_rows; k++)
			json_row(&j, rows, &s->rows[k]);
	}
	return json_text_print(&j, f);
}

/* ---- all ---- */

int verdicts_write(FILE *f, const struct verdict_suite *suites, u32 n,
		   const struct verdicts_opts *opts, struct diag *d)
{
	struct arena *a = arena_new();
	int ret = a ? 0 : -ENOMEM;

	if (!ret && opts->format == TABLE_JSON)
		ret = write_json(f, suites, n);
	if (opts->format == TABLE_CSV)
		fputs("scenario,check,metric,variant,repeat,value,wanted,holds,off,subject,miss,"
		      "test,p,catches,repeats_needed\n",
		      f);
	for (u32 i = 0; !ret && i < n && opts->format != TABLE_JSON; i++) {
		if (i && opts->format != TABLE_CSV)
			fputc('\n', f);
		if (opts->format == TABLE_CSV)
			write_csv(f, &suites[i]);
		else if (opts->format == TABLE_MD)
			ret = write_md(f, &suites[i], a);
		else
			ret = write_text(f, &suites[i], opts->failed_only, a);
	}
	arena_free(a);
	if (ret)
		return diag_error(d, DIAG_SYSTEM, "out of memory while printing the verdicts");
	errno = 0;
	if (fflush(f) || ferror(f))
		return diag_error(d, DIAG_SYSTEM, "cannot write the verdicts: %s",
				  strerror(errno ? errno : EIO));
	return 0;
}
