// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/validation.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "reports/csv.h"
#include "reports/format.h"
#include "reports/json_text.h"
#include "reports/outdir.h"
#include "reports/plot_run.h"
#include "reports/table_parts.h"

/* ---- pieces ---- */

/* Whole numbers in full, others in four digits behind the point. */
static const char *value(char buf[FORMAT_LEN], double v)
{
	if (isnan(v))
		return strcpy(buf, "-");
	if (fabs(v) < 10 && v != floor(v))
		snprintf(buf, FORMAT_LEN, "%.3f", v);
	else
		snprintf(buf, FORMAT_LEN, "%.0f", v);
	return buf;
}

static const char *recorded(char buf[FORMAT_LEN], const struct validation_row *row)
{
	char lo[FORMAT_LEN], hi[FORMAT_LEN];

	value(lo, row->lowest);
	value(hi, row->highest);
	if (strcmp(lo, hi))
		snprintf(buf, FORMAT_LEN, "%.24s..%.24s", lo, hi);
	else
		snprintf(buf, FORMAT_LEN, "%s", lo);
	return buf;
}

static const char *percent(char buf[FORMAT_LEN], double share)
{
	if (isnan(share))
		return strcpy(buf, "-");
	snprintf(buf, FORMAT_LEN, "%.1f %%", share * 100);
	return buf;
}

static void verdict_text(char *buf, size_t len, const struct validation_row *row)
{
	char bound[FORMAT_LEN];

	snprintf(buf, len, "%s", validation_verdict_names[row->verdict]);
	if (row->verdict == VALID_KNOWN || row->verdict == VALID_WORSE)
		snprintf(buf, len, "%s %s %s", validation_verdict_names[row->verdict],
			 row->verdict == VALID_WORSE ? "than known" : "to",
			 percent(bound, row->known->bound));
	else if (row->verdict == VALID_PASSES)
		snprintf(buf, len, "PASSES, but is in %s", row->known->pos.file);
}

static bool shown(const struct validation_row *row, bool quiet)
{
	return !quiet || row->verdict != VALID_OK;
}

static const char *sum_name(char *buf, size_t len, const struct validation_sum *s)
{
	snprintf(buf, len, "%s%s%s",
		 s->kernel	     ? s->kernel
		 : s->all_mechanisms ? "all"
				     : mechanism_names[s->mechanism],
		 s->load ? " " : "", s->load ? s->load : "");
	return buf;
}

/* ", 3 damaged lines" */
static const char *more(char *buf, size_t len, u64 n, const char *what)
{
	buf[0] = '\0';
	if (n)
		snprintf(buf, len, ", %" PRIu64 " %s", n, what);
	return buf;
}

/* What was read of a trace, what is wrong. width 0: in one line. */
static int trace_line(FILE *f, const struct validation_trace *t, u32 width, struct arena *a)
{
	char b[3][64];
	const char *line = arena_printf(
		a,
		"%s: %" PRIu64 " starts and %" PRIu64
		" ends of shrinker calls against the formulas of %s%s: %" PRIu64 " wrong%s%s%s",
		t->path, t->starts, t->ends, t->rows, t->guessed ? " (guessed)" : "", t->wrong,
		more(b[0], sizeof(b[0]), t->overtaken, "overtaken by another task's"),
		more(b[1], sizeof(b[1]), t->unpaired, "without their other half"),
		more(b[2], sizeof(b[2]), t->damaged, "damaged lines"));

	if (!line)
		return -ENOMEM;
	if (width)
		format_wrapped(f, line, "", "    ", width);
	else
		fprintf(f, "%s\n", line);
	if (t->wrong)
		fprintf(f, "%s:%" PRIu64 ": the first wrong one: expected %s\n", t->path,
			t->first_wrong, t->expected);
	return 0;
}

/* ---- text and md ---- */

#define ROW_FORMAT "%-6s %-10s %-27s %14s %8s %8s\n"

/* In 80 columns: a heading for each load; what is allowed where it was not kept. */
static int text_rows(FILE *f, const struct validation *v, bool quiet, struct arena *a)
{
	char what[FORMAT_LEN], model[FORMAT_LEN], off[FORMAT_LEN], verdict[256];

	for (u32 i = 0; i < v->nr_loads; i++) {
		const struct validation_load *t = &v->loads[i];
		bool head = false;

		for (u32 k = 0; k < t->nr_rows; k++) {
			const struct validation_row *row = &t->rows[k];
			const char *line;

			if (!shown(row, quiet))
				continue;
			if (!head)
				fprintf(f, "%s %s\n" ROW_FORMAT, t->rec->kernel, t->rec->load, "",
					"step", "figure", "recorded", "modelled", "error");
			head = true;
			fprintf(f, ROW_FORMAT, validation_verdict_names[row->verdict],
				row->figure->step, row->figure->column, recorded(what, row),
				value(model, row->modelled), percent(off, row->error));
			if (row->verdict == VALID_OK || row->verdict == VALID_KNOWN)
				continue;
			verdict_text(verdict, sizeof(verdict), row);
			line = arena_printf(a, "allowed: %s%s%s", row->figure->allow,
					    row->verdict == VALID_FAILED ? "" : "; ",
					    row->verdict == VALID_FAILED ? "" : verdict);
			if (!line)
				return -ENOMEM;
			format_wrapped(f, line, "       ", "       ", TABLE_WIDTH);
		}
		if (head)
			fputc('\n', f);
	}
	return 0;
}

static void text_sums(FILE *f, const struct validation *v)
{
	char name[256], a[FORMAT_LEN], b[FORMAT_LEN], c[FORMAT_LEN];

	if (!v->nr_sums)
		return;
	fprintf(f, "%-25s %7s %8s %8s %10s %6s %7s\n", "", "figures", "median", "worst", "one boot",
		"known", "failed");
	for (u32 i = 0; i < v->nr_sums; i++) {
		const struct validation_sum *s = &v->sums[i];

		fprintf(f, "%-25s %7u %8s %8s %10s %6u %7u\n", sum_name(name, sizeof(name), s),
			s->n, percent(a, s->median), percent(b, s->worst), percent(c, s->plain),
			s->known, s->failed);
	}
	fputs("median, worst: of the distance from what the boots recorded;\n"
	      "one boot: median distance from the first one's value\n",
	      f);
}

static bool any_known(const struct validation *v)
{
	for (u32 i = 0; i < v->nr_loads; i++)
		for (u32 k = 0; k < v->loads[i].nr_rows; k++)
			if (v->loads[i].rows[k].verdict == VALID_KNOWN ||
			    v->loads[i].rows[k].verdict == VALID_WORSE)
				return true;
	return false;
}

/* What is on the list and holds is none of them: its row says so. width 0: a line each. */
static int known_list(FILE *f, const struct validation *v, const char *bullet, u32 width,
		      struct arena *a)
{
	char what[FORMAT_LEN], model[FORMAT_LEN], off[FORMAT_LEN], bound[FORMAT_LEN];

	for (u32 i = 0; i < v->nr_loads; i++) {
		const struct validation_load *t = &v->loads[i];

		for (u32 k = 0; k < t->nr_rows; k++) {
			const struct validation_row *row = &t->rows[k];

			const char *line;

			if (row->verdict != VALID_KNOWN && row->verdict != VALID_WORSE)
				continue;
			line = arena_printf(
				a, "%s %s %s %s (%s): %s, modelled %s: off by %s, bound %s: %s",
				t->rec->kernel, t->rec->load, row->figure->step,
				row->figure->column, mechanism_names[row->known->mechanism],
				recorded(what, row), value(model, row->modelled),
				percent(off, row->error), percent(bound, row->known->bound),
				row->known->reason);
			if (!line)
				return -ENOMEM;
			if (width)
				format_wrapped(f, line, bullet, "    ", width);
			else
				fprintf(f, "%s%s\n", bullet, line);
		}
	}
	return 0;
}

static int notes(FILE *f, const struct validation *v, struct arena *a)
{
	for (u32 i = 0; i < v->nr_loads; i++)
		for (u32 k = 0; k < v->loads[i].nr_notes; k++)
			fprintf(f, "%s\n", v->loads[i].notes[k]);
	for (u32 i = 0; i < v->nr_loads; i++)
		if (v->loads[i].trace && trace_line(f, v->loads[i].trace, TABLE_WIDTH, a))
			return -ENOMEM;
	return 0;
}

static void closing(FILE *f, const struct validation *v)
{
	if (v->n)
		fprintf(f,
			"%u figures: %u within their tolerance, %u known to be past it, %u "
			"failed\n",
			v->n, v->n - v->known - v->failed, v->known, v->failed);
	if (v->too_many_known)
		fprintf(f, "too many are known: at most 5 %% of %u figures may be\n", v->n);
}

static int print_text(FILE *f, const struct validation *v, bool quiet, struct arena *a)
{
	if (text_rows(f, v, quiet, a))
		return -ENOMEM;
	text_sums(f, v);
	if (any_known(v))
		fputs("\nKnown to be past their tolerance:\n", f);
	if (known_list(f, v, "  ", TABLE_WIDTH, a))
		return -ENOMEM;
	if (v->nr_sums)
		fputc('\n', f);
	if (notes(f, v, a))
		return -ENOMEM;
	closing(f, v);
	return 0;
}

static void md_rows(FILE *f, const struct validation *v, bool quiet)
{
	char what[FORMAT_LEN], model[FORMAT_LEN], off[FORMAT_LEN], verdict[256];

	fputs("| kernel | load | step | figure | recorded | modelled | error | allowed | verdict "
	      "|\n"
	      "|---|---|---|---|---|---|---|---|---|\n",
	      f);
	for (u32 i = 0; i < v->nr_loads; i++) {
		const struct validation_load *t = &v->loads[i];

		for (u32 k = 0; k < t->nr_rows; k++) {
			const struct validation_row *row = &t->rows[k];

			if (!shown(row, quiet))
				continue;
			verdict_text(verdict, sizeof(verdict), row);
			fprintf(f, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n",
				t->rec->kernel, t->rec->load, row->figure->step,
				row->figure->column, recorded(what, row),
				value(model, row->modelled), percent(off, row->error),
				row->figure->allow, verdict);
		}
	}
	fputc('\n', f);
}

static int print_md(FILE *f, const struct validation *v, bool quiet, struct arena *arena)
{
	char name[256], a[FORMAT_LEN], b[FORMAT_LEN], c[FORMAT_LEN];

	if (!quiet)
		md_rows(f, v, quiet);
	fputs("| | figures | median error | largest | median against one boot | known | failed |\n"
	      "|---|---|---|---|---|---|---|\n",
	      f);
	for (u32 i = 0; i < v->nr_sums; i++) {
		const struct validation_sum *s = &v->sums[i];

		fprintf(f, "| %s | %u | %s | %s | %s | %u | %u |\n",
			sum_name(name, sizeof(name), s), s->n, percent(a, s->median),
			percent(b, s->worst), percent(c, s->plain), s->known, s->failed);
	}
	fputc('\n', f);
	if (known_list(f, v, "* ", 0, arena))
		return -ENOMEM;
	if (any_known(v))
		fputc('\n', f);
	for (u32 i = 0; i < v->nr_loads; i++) {
		if (!v->loads[i].trace)
			continue;
		fputs("* ", f);
		if (trace_line(f, v->loads[i].trace, 0, arena))
			return -ENOMEM;
	}
	return 0;
}

/* ---- csv and json ---- */

static void csv_number(FILE *f, double v)
{
	char buf[FORMAT_LEN];

	fprintf(f, ",%s", format_number(buf, v, v == floor(v) && fabs(v) < 1e15));
}

static void csv_text(FILE *f, const char *s)
{
	fputc(',', f);
	csv_field(f, s ? s : "");
}

static void print_csv(FILE *f, const struct validation *v, bool quiet)
{
	fputs("kernel,load,step,column,since,mechanism,recorded_lowest,recorded_highest,modelled,"
	      "error,one_boot,"
	      "allowed,known_bound,verdict,reason\n",
	      f);
	for (u32 i = 0; i < v->nr_loads; i++) {
		const struct validation_load *t = &v->loads[i];

		for (u32 k = 0; k < t->nr_rows; k++) {
			const struct validation_row *row = &t->rows[k];

			if (!shown(row, quiet))
				continue;
			csv_field(f, t->rec->kernel);
			csv_text(f, t->rec->load);
			csv_text(f, row->figure->step);
			csv_text(f, row->figure->column);
			csv_text(f, row->figure->since);
			csv_text(f, mechanism_names[row->figure->mechanism]);
			csv_number(f, row->lowest);
			csv_number(f, row->highest);
			csv_number(f, row->modelled);
			csv_number(f, row->error);
			csv_number(f, row->plain);
			csv_text(f, row->figure->allow);
			csv_number(f, row->known ? row->known->bound : NAN);
			csv_text(f, validation_verdict_names[row->verdict]);
			csv_text(f, row->known ? row->known->reason : row->figure->reason);
			fputc('\n', f);
		}
	}
}

static void json_row(struct json_text *j, struct json_object *o, const struct validation_load *t,
		     const struct validation_row *row)
{
	json_text_string(j, o, "kernel", t->rec->kernel);
	json_text_string(j, o, "load", t->rec->load);
	json_text_string(j, o, "step", row->figure->step);
	json_text_string(j, o, "column", row->figure->column);
	json_text_string(j, o, "since", row->figure->since);
	json_text_string(j, o, "mechanism", mechanism_names[row->figure->mechanism]);
	json_text_double(j, o, "recorded_lowest", row->lowest, false);
	json_text_double(j, o, "recorded_highest", row->highest, false);
	json_text_double(j, o, "modelled", row->modelled, false);
	json_text_double(j, o, "error", row->error, false);
	json_text_double(j, o, "one_boot", row->plain, false);
	json_text_string(j, o, "allowed", row->figure->allow);
	if (row->known)
		json_text_double(j, o, "known_bound", row->known->bound, false);
	json_text_string(j, o, "verdict", validation_verdict_names[row->verdict]);
	json_text_string(j, o, "reason", row->known ? row->known->reason : row->figure->reason);
}

static void json_traces(struct json_text *j, const struct validation *v)
{
	struct json_object *list = json_text_array(j, j->root, "traces");

	for (u32 i = 0; i < v->nr_loads; i++) {
		const struct validation_trace *t = v->loads[i].trace;
		struct json_object *o;

		if (!t)
			continue;
		o = json_text_object(j, list, NULL);
		json_text_string(j, o, "path", t->path);
		json_text_string(j, o, "rows", t->rows);
		json_text_bool(j, o, "guessed", t->guessed);
		json_text_u64(j, o, "starts", t->starts);
		json_text_u64(j, o, "ends", t->ends);
		json_text_u64(j, o, "overtaken", t->overtaken);
		json_text_u64(j, o, "unpaired", t->unpaired);
		json_text_u64(j, o, "damaged", t->damaged);
		json_text_u64(j, o, "wrong", t->wrong);
		if (!t->wrong)
			continue;
		json_text_u64(j, o, "first_wrong_line", t->first_wrong);
		json_text_string(j, o, "expected", t->expected);
	}
}

static int print_json(FILE *f, const struct validation *v, bool quiet)
{
	struct json_object *list;
	struct json_text j;
	char name[256];

	json_text_begin(&j);
	json_text_u64(&j, j.root, "figures", v->n);
	json_text_u64(&j, j.root, "known", v->known);
	json_text_u64(&j, j.root, "failed", v->failed);
	json_text_bool(&j, j.root, "too_many_known", v->too_many_known);
	list = json_text_array(&j, j.root, "sums");
	for (u32 i = 0; i < v->nr_sums; i++) {
		const struct validation_sum *s = &v->sums[i];
		struct json_object *o = json_text_object(&j, list, NULL);

		json_text_string(&j, o, "of", sum_name(name, sizeof(name), s));
		json_text_u64(&j, o, "figures", s->n);
		json_text_double(&j, o, "median", s->median, false);
		json_text_double(&j, o, "worst", s->worst, false);
		json_text_double(&j, o, "one_boot", s->plain, false);
		json_text_u64(&j, o, "known", s->known);
		json_text_u64(&j, o, "failed", s->failed);
	}
	json_traces(&j, v);
	list = json_text_array(&j, j.root, "rows");
	for (u32 i = 0; i < v->nr_loads; i++)
		for (u32 k = 0; k < v->loads[i].nr_rows; k++)
			if (shown(&v->loads[i].rows[k], quiet))
				json_row(&j, json_text_object(&j, list, NULL), &v->loads[i],
					 &v->loads[i].rows[k]);
	return json_text_print(&j, f);
}

int validation_print(FILE *f, const struct validation *v, enum table_format format, bool quiet,
		     struct diag *d)
{
	struct arena *a = arena_new();
	int ret = a ? 0 : -ENOMEM;

	if (!ret && format == TABLE_TEXT)
		ret = print_text(f, v, quiet, a);
	else if (!ret && format == TABLE_MD)
		ret = print_md(f, v, quiet, a);
	else if (!ret && format == TABLE_CSV)
		print_csv(f, v, quiet);
	else if (!ret)
		ret = print_json(f, v, quiet);
	arena_free(a);
	if (ret || ferror(f))
		return diag_error(d, DIAG_SYSTEM, "cannot write the table");
	return 0;
}

/* ---- pictures: a panel a column, recorded boots as a band, the run as a line, over the steps ---- */

#define PANEL_WIDTH 520
#define PANEL_HEIGHT 280
#define MIN_STEPS 3

struct panel {
	const char *column;
	u32 n;
};

static u32 find_panels(struct panel *panels, const struct validation_load *t)
{
	u32 n = 0, kept = 0;

	for (u32 i = 0; i < t->nr_rows; i++) {
		const char *column = t->rows[i].figure->column;
		u32 k = 0;

		while (k < n && strcmp(panels[k].column, column))
			k++;
		if (k == n)
			panels[n++] = (struct panel){.column = column};
		panels[k].n++;
	}
	for (u32 i = 0; i < n; i++)
		if (panels[i].n >= MIN_STEPS)
			panels[kept++] = panels[i];
	return kept;
}

static void quoted(FILE *f, const char *s)
{
	fputc('\'', f);
	for (; *s; s++)
		fputc(*s == '\'' || (unsigned char)*s < 0x20 ? ' ' : *s, f);
	fputc('\'', f);
}

static void panel_data(FILE *f, const struct validation_load *t, const struct panel *p, u32 number)
{
	u32 x = 0;

	fprintf(f, "$p%u << EOD\n", number);
	for (u32 i = 0; i < t->nr_rows; i++) {
		const struct validation_row *row = &t->rows[i];

		if (strcmp(row->figure->column, p->column))
			continue;
		fprintf(f, "%u %.10g %.10g ", x++, row->lowest, row->highest);
		fprintf(f, isnan(row->modelled) ? "NaN\n" : "%.10g\n", row->modelled);
	}
	fputs("EOD\n", f);
}

static void panel_tics(FILE *f, const struct validation_load *t, const struct panel *p)
{
	u32 x = 0, every = p->n / 10 + 1;
	const char *before = "";

	fputs("set xtics rotate by 45 right font ',9' (", f);
	for (u32 i = 0; i < t->nr_rows; i++) {
		if (strcmp(t->rows[i].figure->column, p->column))
			continue;
		if (x % every == 0) {
			fputs(before, f);
			quoted(f, t->rows[i].figure->step);
			fprintf(f, " %u", x);
			before = ", ";
		}
		x++;
	}
	fprintf(f, ")\nset xrange [-0.5:%u.5]\n", p->n - 1);
}

static void load_script(FILE *f, const struct validation_load *t, const struct panel *panels, u32 n)
{
	u32 rows = (n + 1) / 2;
	char title[256];

	fprintf(f,
		"set terminal svg size %u,%u fixed noenhanced font \"sans-serif,12\" background "
		"\"#ffffff\"\n"
		"set encoding utf8\nset multiplot\nset border 3 linecolor rgb '#555555'\n"
		"set tics nomirror out scale 0.6\nset yrange [*<0:*]\nset bmargin 4\nset tmargin "
		"2.5\n"
		"set format y '%%.0s%%c'\nset ytics font ',10'\n"
		"set key at graph 1, graph 1.14 right horizontal Left reverse samplen 2 font "
		"',10'\n",
		2 * PANEL_WIDTH, rows * PANEL_HEIGHT);
	for (u32 i = 0; i < n; i++) {
		u32 row = i / 2;

		panel_data(f, t, &panels[i], i);
		panel_tics(f, t, &panels[i]);
		fprintf(f, "set origin %g,%g\nset size 0.5,%g\n", i % 2 ? 0.5 : 0.0,
			(double)(rows - 1 - row) / rows, 1.0 / rows);
		snprintf(title, sizeof(title), "%s %s: %s", t->rec->kernel, t->rec->load,
			 panels[i].column);
		/* one legend is enough, and others would lie over long names */
		fputs(i ? "unset key\nset label 1 " : "set label 1 ", f);
		quoted(f, title);
		fprintf(f,
			" at graph 0, graph 1.09 left\nplot $p%u using 1:2:3 with filledcurves "
			"fillcolor rgb '#0072b2' "
			"fillstyle solid 0.25 noborder notitle, $p%u using 1:(($2+$3)/2):2:3 with "
			"yerrorbars pointtype "
			"7 pointsize 0.35 linecolor rgb '#0072b2' title 'recorded', $p%u using 1:4 "
			"with lines linewidth "
			"1.8 linecolor rgb '#d55e00' title 'modelled'\n",
			i, i, i);
	}
	fputs("unset multiplot\n", f);
}

/* A picture of a load; 1: there is nothing to draw. */
static int draw_load(const struct validation_load *t, char **svg, size_t *len, const char **why,
		     struct arena *a)
{
	struct panel *panels = arena_array(a, t->nr_rows + 1, sizeof(*panels));
	FILE *f;
	int ret;
	u32 n;

	if (!panels)
		return -ENOMEM;
	n = find_panels(panels, t);
	if (!n)
		return 1;
	ret = memory_file(&f);
	if (ret)
		return ret;
	load_script(f, t, panels, n);
	ret = ferror(f) ? -EIO : plot_run("gnuplot", f, svg, len, why, a);
	fclose(f);
	return ret;
}

static int write_plots(struct outdir *o, const struct validation *v, struct arena *a,
		       struct diag *d)
{
	for (u32 i = 0; i < v->nr_loads; i++) {
		const struct recording *rec = v->loads[i].rec;
		const char *why = "";
		char *svg, *name;
		size_t len;
		int ret = draw_load(&v->loads[i], &svg, &len, &why, a);

		if (ret == 1)
			continue;
		if (ret == -ENOMEM)
			return diag_error(d, DIAG_SYSTEM, "out of memory");
		if (ret) {
			diag_warn(d, (struct src_pos){0}, "no plots: gnuplot %s%s",
				  ret == -ENOENT ? "is not there (Debian package gnuplot-nox)"
						 : "failed: ",
				  ret == -ENOENT ? "" : why);
			return 0;
		}
		name = arena_printf(a, "plots/%s-%s.svg", rec->kernel, rec->load);
		if (!name)
			return diag_error(d, DIAG_SYSTEM, "out of memory");
		ret = outdir_write(o, name, svg, len, d);
		if (ret)
			return ret;
	}
	return 0;
}

static int write_manifest(FILE *f, const struct validation *v)
{
	struct json_object *list;
	struct json_text j;

	json_text_begin(&j);
	json_text_string(&j, j.root, "program", "memcgsim");
	json_text_string(&j, j.root, "version", MEMCGSIM_VERSION);
	json_text_string(&j, j.root, "command", "validate");
	list = json_text_array(&j, j.root, "loads");
	for (u32 i = 0; i < v->nr_loads; i++) {
		struct json_object *o = json_text_object(&j, list, NULL);

		json_text_string(&j, o, "kernel", v->loads[i].rec->kernel);
		json_text_string(&j, o, "load", v->loads[i].rec->load);
	}
	return json_text_print(&j, f);
}

static int write_files(struct outdir *o, const struct validation *v, bool plots, struct arena *a,
		       struct diag *d)
{
	FILE *f = outdir_open(o, "validation.csv", d);
	int ret;

	if (!f)
		return -EIO;
	print_csv(f, v, false);
	ret = outdir_close(o, d);
	if (!ret)
		f = outdir_open(o, "manifest.json", d);
	if (ret || !f)
		return -EIO;
	if (write_manifest(f, v))
		ret = diag_error(d, DIAG_SYSTEM, "out of memory");
	if (outdir_close(o, d))
		ret = -EIO;
	if (!ret && plots)
		ret = write_plots(o, v, a, d);
	return ret;
}

int validation_write(const struct validation *v, const char *dir, bool plots, struct arena *a,
		     struct diag *d)
{
	struct outdir o;
	int ret = outdir_begin(&o, dir, d);

	if (ret)
		return ret;
	ret = write_files(&o, v, plots, a, d);
	if (!ret)
		return outdir_commit(&o, d);
	outdir_abort(&o);
	return ret;
}
