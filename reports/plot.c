// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/plot.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "reports/format.h"
#include "reports/plot_run.h"
#include "reports/plot_series.h"

#define WIDTH 900
#define HEIGHT 400
#define BAR_HEIGHT 34 /* per variant */
#define OVERVIEW_WIDTH 1000
#define OVERVIEW_ROW 300
#define OVERVIEW_FIGURES 4

/*
 * Okabe and Ito's colours, told apart by colour-blind readers, without the yellow that is too pale for
 * a line.
 */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
				      "#e69f00", "#56b4e9", "#666666", "#7a3e00"};

struct terminal {
	const char *name, *suffix;
	const char *end; /* what every picture ends with: they arrive one after the other */
	size_t end_len;
};

static const struct terminal terminals[] = {
	{"svg", "svg", "</svg>\n", 7},
	{"png", "png", "IEND\xae\x42\x60\x82", 8},
	{"pngcairo", "png", "IEND\xae\x42\x60\x82", 8},
};

static const struct terminal *find_terminal(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(terminals); i++)
		if (!strcmp(terminals[i].name, name))
			return &terminals[i];
	return NULL;
}

const char *plot_suffix(const char *terminal)
{
	const struct terminal *t = find_terminal(terminal);

	return t ? t->suffix : NULL;
}

/* Everything that the script is made from. */
struct sketch {
	FILE *f;
	const struct result *r;
	const struct terminal *terminal;
	struct figure *figures;
	u32 nr_figures;
};

/* In single quotes gnuplot expands nothing: no backticks, no backslashes. */
static void quoted(FILE *f, const char *s)
{
	fputc('\'', f);
	for (; *s; s++) {
		if (*s == '\'')
			fputc('\'', f);
		fputc((u8)*s < 0x20 ? ' ' : *s, f);
	}
	fputc('\'', f);
}

static void number(FILE *f, double v)
{
	char buf[FORMAT_LEN];

	format_number(buf, v, false);
	fputs(buf[0] ? buf : "NaN", f);
}

static bool is_svg(const struct terminal *t)
{
	return !strcmp(t->name, "svg");
}

static const char *font(const struct sketch *s)
{
	return is_svg(s->terminal) ? "sans-serif" : "Sans";
}

static u32 font_size(const struct sketch *s)
{
	return is_svg(s->terminal) ? 13 : 10;
}

static void set_terminal(const struct sketch *s, u32 width, u32 height)
{
	fprintf(s->f,
		"set terminal %s size %u,%u%s noenhanced font \"%s,%u\" background \"#ffffff\"\n",
		s->terminal->name, width, height, is_svg(s->terminal) ? " fixed" : "", font(s),
		font_size(s));
}

static void set_style(FILE *f)
{
	fputs("reset\n"
	      "set encoding utf8\n"
	      "set border 3 linecolor rgb '#555555'\n"
	      "set tics nomirror out scale 0.6 textcolor rgb '#222222'\n"
	      "set grid ytics linetype 1 linewidth 0.6 linecolor rgb '#d8d8d8'\n"
	      "set format '%g'\n",
	      f);
}

struct time_axis {
	const char *name;
	double unit, step; /* step in units */
};

/* 3600 s read as 60 min, a day as 24 h; steps are those of a clock. */
static struct time_axis time_axis(double max_s, u32 ticks)
{
	static const struct {
		const char *name;
		double unit, up_to;
		double step[8];
	} units[] = {
		{"ns", 1e-9, 1e-6, {0}},
		{"us", 1e-6, 1e-3, {0}},
		{"ms", 1e-3, 1, {0}},
		{"s", 1, 180, {0.1, 0.2, 0.5, 1, 2, 5, 10, 15}},
		{"min", 60, 4 * 3600, {0.5, 1, 2, 5, 10, 15, 30, 60}},
		{"h", 3600, 4 * 86400, {0.5, 1, 2, 3, 4, 6, 12, 24}},
		{"d", 86400, INFINITY, {0.5, 1, 2, 5, 7, 14, 30, 90}},
	};
	struct time_axis axis = {"d", 86400, 0};

	for (u32 i = 0; i < ARRAY_SIZE(units); i++) {
		if (max_s > units[i].up_to)
			continue;
		axis.name = units[i].name;
		axis.unit = units[i].unit;
		for (u32 k = 0; k < ARRAY_SIZE(units[i].step) && !axis.step; k++)
			if (max_s / axis.unit <= units[i].step[k] * ticks)
				axis.step = units[i].step[k];
		break;
	}
	return axis;
}

static void value_label(FILE *f, const char *axis, const struct format_scale *scale,
			const char *unit)
{
	char label[128];

	snprintf(label, sizeof(label), "%s%s%.64s", scale->name,
		 scale->prefix && scale->name[0] ? " " : "", scale->prefix ? unit : "");
	fprintf(f, "set %slabel ", axis);
	quoted(f, label);
	fputs(" textcolor rgb '#222222'\n", f);
}

/* Name and meaning of the metric above the picture. */
static void title(const struct sketch *s, const char *name, const char *help)
{
	FILE *f = s->f;

	fputs("set label 1 ", f);
	quoted(f, name);
	fprintf(f,
		" at graph 0, graph 1 offset 0,2.5 left font ',%u' front\n"
		"set label 2 ",
		font_size(s) + 2);
	quoted(f, help ? help : "");
	fputs(" at graph 0, graph 1 offset 0,1.2 left textcolor rgb '#555555' front\n"
	      "set tmargin 4.4\n",
	      f);
}

/* ---- lines ---- */

static void line_data(FILE *f, const struct series *s, u32 variant, double unit, double divisor,
		      double lowest)
{
	fprintf(f, "$v%u << EOD\n", variant);
	for (u32 k = 0; k < s->n; k++) {
		const struct point *p = &s->points[k];

		number(f, p->time_s / unit);
		fputc(' ', f);
		number(f, p->mean / divisor);
		fputc(' ', f);
		number(f, fmax(p->mean - p->half, lowest) / divisor);
		fputc(' ', f);
		number(f, (p->mean + p->half) / divisor);
		fputc('\n', f);
	}
	fputs("EOD\n", f);
}

/* Later lines are thinner: one that hides another exactly still shows it as a border. */
static double line_width(u32 variant, u32 n)
{
	static const double widths[] = {3.4, 2.2, 1.2};

	if (n == 1)
		return 2.2;
	if (n <= ARRAY_SIZE(widths))
		return widths[variant];
	return 5 - 4 * (double)variant / (n - 1);
}

static void plot_lines(const struct sketch *s, const struct figure *fig, bool keys)
{
	const char *before = "plot ";

	for (u32 i = 0; i < s->r->nr_variants; i++) {
		if (!fig->series[i].n || !fig->series[i].band)
			continue;
		fprintf(s->f,
			"%s$v%u using 1:3:4 with filledcurves fillcolor rgb '%s' fillstyle "
			"transparent "
			"solid 0.2 noborder notitle",
			before, i, colours[i % ARRAY_SIZE(colours)]);
		before = ", \\\n  ";
	}
	for (u32 i = 0; i < s->r->nr_variants; i++) {
		if (!fig->series[i].n)
			continue;
		fprintf(s->f,
			"%s$v%u using 1:2 with lines linetype 1 linewidth %g linecolor rgb '%s' ",
			before, i, line_width(i, s->r->nr_variants),
			colours[i % ARRAY_SIZE(colours)]);
		if (keys) {
			fputs("title ", s->f);
			quoted(s->f, s->r->variants[i].name);
		} else {
			fputs("notitle", s->f);
		}
		before = ", \\\n  ";
	}
	fputc('\n', s->f);
}

/* From 0, unless that hides the lines: growth goes both ways, a ratio near 1 is read by its digits. */
static void value_range(FILE *f, const struct figure *fig, const struct format_scale *scale)
{
	bool ratio = !strcmp(fig->row->metric->unit, "ratio");

	if (fig->start > 0)
		fputs("set yrange [*<0:0<*]\nset xzeroaxis linetype 1 linecolor rgb '#555555'\n",
		      f);
	else if (fig->row->metric->integer && scale->divisor == 1 && fig->max < 5)
		fputs("set yrange [0:*]\nset ytics 1\n", f);
	else
		fputs(ratio && fig->min > 0.5 * fig->max ? "set yrange [*:*]\n"
							 : "set yrange [0:*]\n",
		      f);
}

static void lines_title(const struct sketch *s, const struct figure *fig)
{
	const struct metric_info *m = fig->row->metric;
	char help[256], start[FORMAT_LEN];

	if (fig->start > 0)
		snprintf(help, sizeof(help), "%s%sgrowth over the %s at the start",
			 m->help ? m->help : "", m->help && *m->help ? "; " : "",
			 format_human_unit(start, fig->start, m->unit));
	title(s, m->name, fig->start > 0 ? help : m->help);
}

static void draw_lines(const struct sketch *s, const struct figure *fig, u32 ticks, bool keys)
{
	struct time_axis time = time_axis(fig->max_time, ticks);
	struct format_scale scale = format_scale(fig->max, fig->row->metric->unit);

	lines_title(s, fig);
	value_label(s->f, "y", &scale, fig->row->metric->unit);
	fprintf(s->f, "set xlabel 'simulated time, %s' offset 0,0.4 textcolor rgb '#222222'\n",
		time.name);
	if (time.step > 0)
		fprintf(s->f, "set xtics %g\n", time.step);
	fputs("set xrange [0:", s->f);
	number(s->f, fig->max_time / time.unit);
	fputs("]\n", s->f);
	value_range(s->f, fig, &scale);
	if (keys)
		fputs("set key below left horizontal Left reverse samplen 2.5 height 1.2 textcolor "
		      "rgb "
		      "'#222222'\n",
		      s->f);
	else
		fputs("unset key\n", s->f);
	for (u32 i = 0; i < s->r->nr_variants; i++)
		if (fig->series[i].n)
			line_data(s->f, &fig->series[i], i, time.unit, scale.divisor,
				  fig->start > 0 ? -INFINITY : 0);
	plot_lines(s, fig, keys);
}

/* ---- bars ---- */

static void bar(const struct sketch *s, const struct figure *fig, u32 i, double divisor)
{
	const struct compare_cell *cell = &fig->row->cells[i];
	double half = cell->half > 0 ? cell->half : 0;
	char buf[FORMAT_LEN];

	fprintf(s->f, "set label %u ", i + 10);
	quoted(s->f, format_human_beside(buf, cell->mean, fig->row->metric->unit, fig->max));
	fputs(" at first ", s->f);
	number(s->f, isnan(cell->mean) ? 0 : (cell->mean + half) / divisor);
	fprintf(s->f, ",%u left offset 0.8,0 textcolor rgb '#222222' front\n", i);
	if (isnan(cell->mean))
		return;
	fprintf(s->f, "set object %u rectangle from 0,%.2f to ", i + 10, i - 0.33);
	number(s->f, cell->mean / divisor);
	fprintf(s->f, ",%.2f fillcolor rgb '%s' fillstyle solid 0.85 noborder front\n", i + 0.33,
		colours[i % ARRAY_SIZE(colours)]);
	if (!(half > 0))
		return;
	fprintf(s->f, "set arrow %u from ", i + 10);
	number(s->f, fmax(cell->mean - half, 0) / divisor);
	fprintf(s->f, ",%u to ", i);
	number(s->f, (cell->mean + half) / divisor);
	fprintf(s->f,
		",%u heads size screen 0.006,90 linewidth 1.4 linecolor rgb '#222222' front\n", i);
}

static void draw_bars(const struct sketch *s, const struct figure *fig)
{
	struct format_scale scale = format_scale(fig->max, fig->row->metric->unit);
	u32 n = s->r->nr_variants;

	title(s, fig->row->label, fig->row->metric->help);
	value_label(s->f, "x", &scale, fig->row->metric->unit);
	fputs("unset grid\nset grid xtics linetype 1 linewidth 0.6 linecolor rgb '#d8d8d8'\n"
	      "unset key\nset tics front\nset ytics scale 0 (",
	      s->f);
	for (u32 i = 0; i < n; i++) {
		fputs(i ? ", " : "", s->f);
		quoted(s->f, s->r->variants[i].name);
		fprintf(s->f, " %u", i);
	}
	fprintf(s->f, ")\nset yrange [%.1f:-0.5]\nset xrange [0:", n - 0.5);
	/* Room for the numbers at the ends of the bars. */
	number(s->f, fig->max / scale.divisor * 1.18);
	fputs("]\n", s->f);
	for (u32 i = 0; i < n; i++)
		bar(s, fig, i, scale.divisor);
	fputs("plot NaN notitle\n", s->f);
}

static void draw_figure(const struct sketch *s, const struct figure *fig)
{
	/* A legend of many variants takes lines of its own. */
	u32 n = s->r->nr_variants;

	if (fig->series) {
		set_terminal(s, WIDTH, HEIGHT + (n > 3 ? n / 2 * 20 : 0));
		set_style(s->f);
		draw_lines(s, fig, 12, true);
	} else {
		set_terminal(s, WIDTH, 150 + BAR_HEIGHT * n);
		set_style(s->f);
		draw_bars(s, fig);
	}
}

/* ---- overview ---- */

static u32 overview_figures(const struct sketch *s, const struct figure *pick[OVERVIEW_FIGURES])
{
	u32 n = 0;

	/* Those that tell the variants apart come first. */
	for (u32 alike = 0; alike < 2; alike++)
		for (u32 i = 0; i < s->nr_figures && n < OVERVIEW_FIGURES; i++)
			if (s->figures[i].series && s->figures[i].row->alike == alike)
				pick[n++] = &s->figures[i];
	return n;
}

/* Keys of lines that lie outside of what is drawn. */
static void draw_legend(const struct sketch *s)
{
	set_style(s->f);
	fputs("unset border\nunset tics\nset origin 0,0\nset size 1,0.06\nset lmargin 0\nset "
	      "rmargin 0\n"
	      "set tmargin 0\nset bmargin 0\nset xrange [0:1]\nset yrange [0:1]\n"
	      "set key center center horizontal Left reverse samplen 2.5 textcolor rgb "
	      "'#222222'\nplot ",
	      s->f);
	for (u32 i = 0; i < s->r->nr_variants; i++) {
		fprintf(s->f, "%s2 with lines linetype 1 linewidth %g linecolor rgb '%s' title ",
			i ? ", " : "", line_width(i, s->r->nr_variants),
			colours[i % ARRAY_SIZE(colours)]);
		quoted(s->f, s->r->variants[i].name);
	}
	fputc('\n', s->f);
}

/* Up to four small pictures above one legend. */
static void draw_overview(const struct sketch *s, const struct figure *const *pick, u32 n)
{
	u32 rows = n > 2 ? 2 : 1;

	set_terminal(s, OVERVIEW_WIDTH, OVERVIEW_ROW * rows + 40);
	fputs("set multiplot\n", s->f);
	for (u32 i = 0; i < n; i++) {
		double height = 0.94 / rows;
		u32 above = rows - 1 - i / 2;

		set_style(s->f);
		fprintf(s->f, "set origin %g,%g\nset size 0.49,%g\n", i % 2 ? 0.505 : 0,
			0.06 + above * height, height);
		draw_lines(s, pick[i], 6, false);
	}
	draw_legend(s);
	fputs("unset multiplot\n", s->f);
}

/* ---- from script to pictures ---- */

static bool starts(const char *line, const char *with)
{
	return !strncmp(line, with, strlen(with));
}

/*
 * Takes out of gnuplot's SVG what is not the picture: its version, point shapes that are not used,
 * empty groups, ids that would clash when several pictures share a page.
 */
static void clean_svg(FILE *f, char *text, const char *name)
{
	bool in_defs = false;
	char *save, *held = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		bool empty = held && starts(line, "</g>");

		if (starts(line, "<defs>") || starts(line, "</defs>")) {
			in_defs = line[1] == 'd';
			continue;
		}
		if (in_defs || starts(line, "<?xml") || starts(line, "<desc>"))
			continue;
		if (held && !empty)
			fprintf(f, "%s\n", held);
		held = NULL;
		if (empty)
			continue;
		if (starts(line, "<title>")) {
			fputs("<title>", f);
			format_xml(f, name);
			fputs("</title>\n", f);
		} else if (starts(line, "<g id=") || starts(line, "\t<g id=")) {
			fputs("<g>\n", f);
		} else if (starts(line, "<g fill=")) {
			held = line;
		} else {
			fprintf(f, "%s\n", line);
		}
	}
}

static int add_svg(struct plot *plot, char *text, struct arena *a)
{
	FILE *f;
	int ret;

	ret = memory_file(&f);
	if (ret)
		return ret;
	clean_svg(f, text, plot->name);
	plot->data = memory_file_text(f, &plot->len, a);
	fclose(f);
	return plot->data ? 0 : -ENOMEM;
}

/* Cuts what gnuplot wrote into set->n pictures. -EIO if there are not that many. */
static int split(struct plot_set *set, const struct terminal *t, char *out, size_t len,
		 struct arena *a)
{
	for (u32 i = 0; i < set->n; i++) {
		char *end = memmem(out, len, t->end, t->end_len);
		size_t n;

		if (!end)
			return -EIO;
		n = (size_t)(end - out) + t->end_len;
		set->plots[i].data = out;
		set->plots[i].len = n;
		if (is_svg(t)) {
			char *text = arena_strndup(a, out, n);
			int ret = text ? add_svg(&set->plots[i], text, a) : -ENOMEM;

			if (ret)
				return ret;
		}
		out += n;
		len -= n;
	}
	return 0;
}

/* Letters, digits and ._+- of a metric's name. */
static const char *file_name(const char *metric, struct arena *a)
{
	char *name = arena_strdup(a, metric);

	for (char *p = name; p && *p; p++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-",
			    *p))
			*p = '_';
	return name;
}

static int write_script(const struct sketch *s, struct plot_set *set, struct arena *a)
{
	const struct figure *pick[OVERVIEW_FIGURES];
	u32 n = overview_figures(s, pick);

	for (u32 i = 0; i < s->nr_figures; i++) {
		draw_figure(s, &s->figures[i]);
		set->plots[set->n].name = file_name(s->figures[i].row->metric->name, a);
		if (!set->plots[set->n++].name)
			return -ENOMEM;
	}
	if (n > 1) {
		draw_overview(s, pick, n);
		set->plots[set->n++].name = "overview";
	}
	return ferror(s->f) ? -EIO : 0;
}

static int draw(struct sketch *s, struct plot_set *set, const char *program, const char **why,
		struct arena *a)
{
	size_t len;
	char *out;
	int ret;

	ret = memory_file(&s->f);
	if (ret)
		return ret;
	ret = write_script(s, set, a);
	if (!ret)
		ret = plot_run(program, s->f, &out, &len, why, a);
	fclose(s->f);
	return ret ? ret : split(set, s->terminal, out, len, a);
}

int plot_render(struct plot_set *set, const struct result *r, const struct compare *c,
		const struct plot_opts *opts, struct arena *a, struct diag *d)
{
	const char *program = opts->gnuplot ? opts->gnuplot : "gnuplot", *why = "";
	struct sketch s = {.r = r};
	int ret;

	memset(set, 0, sizeof(*set));
	s.terminal = find_terminal(opts->terminal ? opts->terminal : "svg");
	if (!s.terminal) {
		diag_warn(d, (struct src_pos){0},
			  "no plots: terminal '%s' is none of svg, png, pngcairo", opts->terminal);
		return 0;
	}
	s.figures = arena_array(a, max_of(c->nr_rows, 1U), sizeof(*s.figures));
	set->plots = arena_array(a, c->nr_rows + 1, sizeof(*set->plots));
	if (!s.figures || !set->plots || plot_figures(s.figures, &s.nr_figures, r, c, a))
		return -ENOMEM;
	if (!s.nr_figures)
		return 0;
	ret = draw(&s, set, program, &why, a);
	if (!ret)
		return 0;
	set->n = 0;
	if (ret == -ENOENT)
		diag_warn(d, (struct src_pos){0},
			  "no plots: %s is not there (Debian package gnuplot-nox)", program);
	else
		diag_warn(d, (struct src_pos){0}, "no plots: %s failed: %s", program,
			  *why ? why : strerror(-ret));
	return 0;
}
