// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/html.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/format.h"
#include "reports/manifest.h"
#include "reports/table_parts.h"

#define MANY_RUNS 12 /* a longer list is folded */

struct page {
	FILE *f;
	const struct result *r;
	const struct compare *c;
	const struct plot_set *plots;
	struct arena *arena;
};

/* Dark pages turn the lightness of the pictures around and keep their hues. */
static const char style[] =
	":root{--bg:#fff;--fg:#1c1f23;--dim:#5c636b;--line:#dfe3e8;--soft:#f5f6f8;--warn:#fff4d6;"
	"color-scheme:light dark}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#16181b;--fg:#e4e6e9;--dim:#9aa1a9;"
	"--line:#33373c;--soft:#1f2226;--warn:#3d3210}figure svg{filter:invert(.91) "
	"hue-rotate(180deg)}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:1000px;padding:1.5rem 1.25rem 3rem;background:var(--bg);"
	"color:var(--fg);font:16px/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1.5rem;margin:0 0 .2rem;overflow-wrap:anywhere}\n"
	"h2{font-size:1.15rem;margin:2.2rem 0 .6rem;padding-bottom:.25rem;"
	"border-bottom:1px solid var(--line)}\n"
	"p{margin:.4rem 0}\n"
	".dim,small{color:var(--dim)}\n"
	".headline{font-size:1.15rem;margin:1rem 0}\n"
	".warn{background:var(--warn);padding:.6rem .9rem;border-radius:6px}\n"
	".scroll{overflow-x:auto}\n"
	"table{border-collapse:collapse;font-size:.9rem;min-width:50%}\n"
	"th,td{padding:.35rem .7rem;border-bottom:1px solid var(--line);text-align:left;"
	"vertical-align:top}\n"
	"thead th{background:var(--soft);vertical-align:bottom}\n"
	"td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}\n"
	"td.n{white-space:nowrap}\n"
	"td small,th small{display:block;font-weight:normal}\n"
	"tbody th{font-weight:normal}\n"
	"code{font-family:ui-monospace,monospace;font-size:.92em;overflow-wrap:break-word}\n"
	".scroll tbody th:first-child{position:sticky;left:0;background:var(--bg)}\n"
	"figure{margin:1.2rem 0;overflow-x:auto}\n"
	"figure svg{display:block;max-width:100%;height:auto}\n"
	"figure svg rect[fill=\"#ffffff\"]{fill:none}\n"
	"ul{padding-left:1.2rem}\n"
	"summary{cursor:pointer}\n"
	"@media(max-width:600px){body{padding:1rem .8rem 2rem;font-size:15px}"
	"th,td{padding:.3rem .45rem}figure svg{max-width:none;width:620px}}\n"
	"@media print{body{max-width:none;padding:0;font-size:10.5pt}figure,tr{break-inside:avoid}"
	"h2{break-after:avoid}.scroll{overflow:visible}td,th{padding:.2rem .4rem}}\n";

static void text(const struct page *p, const char *s)
{
	format_xml(p->f, s ? s : "");
}

/* <tag>s</tag> */
static void element(const struct page *p, const char *tag, const char *s)
{
	fprintf(p->f, "<%s>", tag);
	text(p, s);
	fprintf(p->f, "</%.*s>", (int)strcspn(tag, " "), tag);
}

/* A name in <tag>, which may break after its dots, dashes and the like. */
static void name(const struct page *p, const char *tag, const char *s)
{
	char buf[2] = "";

	fprintf(p->f, "<%s>", tag);
	for (; *s; s++) {
		if ((u8)*s >= 0x80) {
			text(p, s);
			break;
		}
		buf[0] = *s;
		text(p, buf);
		if (strchr("._+-", *s))
			fputs("<wbr>", p->f);
	}
	fprintf(p->f, "</%.*s>", (int)strcspn(tag, " "), tag);
}

static int head(const struct page *p)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	      "<meta name=\"generator\" content=\"memcgsim\">\n<title>",
	      p->f);
	text(p, p->r->scenario);
	fprintf(p->f, " - memcgsim</title>\n<style>\n%s</style>\n</head>\n<body>\n", style);
	element(p, "h1", p->r->scenario);
	fputc('\n', p->f);
	if (p->r->description && *p->r->description) {
		element(p, "p class=\"dim\"", p->r->description);
		fputc('\n', p->f);
	}
	if (p->r->headline && *p->r->headline) {
		element(p, "p class=\"headline\"", p->r->headline);
		fputc('\n', p->f);
	}
	for (u32 i = 0; i < p->r->nr_runs; i++) {
		const char *why;

		if (p->r->runs[i].complete)
			continue;
		why = table_stopped(p->r, &p->r->runs[i], p->arena);
		if (!why)
			return -ENOMEM;
		fputs("<p class=\"warn\"><b>Incomplete.</b> ", p->f);
		text(p, why);
		fputs("</p>\n", p->f);
	}
	return 0;
}

/* ---- comparison ---- */

static void cell(const struct page *p, const struct compare_row *row, u32 variant,
		 const struct table_cell *t)
{
	const struct compare_cell *c = &row->cells[variant];
	char exact[FORMAT_LEN];

	fputs("<td class=\"n\"", p->f);
	if (c->n)
		fprintf(p->f, " title=\"%s %s\"",
			format_number(exact, c->mean, row->metric->integer), row->metric->unit);
	fputc('>', p->f);
	text(p, t->value);
	if (t->spread[0] == '+')
		fprintf(p->f, "<small>&plusmn;%s</small>", t->spread + 2);
	else if (t->spread[0])
		fprintf(p->f, "<small>%s</small>", t->spread);
	if (t->change[0]) {
		fputs("<small>", p->f);
		text(p, t->change);
		fputs(c->differs ? " <b title=\"real difference\">*</b></small>" : "</small>",
		      p->f);
	}
	fputs("</td>", p->f);
}

static int comparison_rows(const struct page *p)
{
	struct table_cell *cells;

	cells = arena_array(p->arena, max_of(p->r->nr_variants, 1U), sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	for (u32 i = 0; i < p->c->nr_rows; i++) {
		const struct compare_row *row = &p->c->rows[i];

		if (!table_shows(row))
			continue;
		if (table_fill_cells(cells, row, p->c, p->arena))
			return -ENOMEM;
		fputs("<tr><th>", p->f);
		name(p, "code", row->label);
		if (row->metric->help && (!i || row[-1].metric != row->metric))
			element(p, "small", row->metric->help);
		fputs("</th>", p->f);
		for (u32 k = 0; k < p->r->nr_variants; k++)
			cell(p, row, k, &cells[k]);
		fputs("</tr>\n", p->f);
	}
	return 0;
}

static void below_line(const struct page *p, const char *lead, const char *list)
{
	if (!*list)
		return;
	fprintf(p->f, "<p class=\"dim\">%s: ", lead);
	text(p, list);
	fputs(".</p>\n", p->f);
}

static int below(const struct page *p)
{
	struct table_below b;

	if (table_below(&b, p->c, p->arena))
		return -ENOMEM;
	if (p->c->spread) {
		const struct table t = {.r = p->r, .c = p->c, .arena = p->arena};
		const char *meaning = table_meaning(&t, "±", "*"), *more = table_resolution(&t);

		if (!meaning || !more)
			return -ENOMEM;
		fputs("<p class=\"dim\">", p->f);
		fputc('M', p->f); /* "mean of" */
		text(p, meaning + 1);
		fputs(table_some_missing(p->c) ? "; (n/m): n of m repeats have a value" : "", p->f);
		fputs(*more ? "; " : "", p->f);
		text(p, more);
		fputs(p->r->nr_repeats > 2
			      ? ". Bands in the pictures are 95&nbsp;% intervals.</p>\n"
			      : ".</p>\n",
		      p->f);
	}
	below_line(p, "Growth (+) over what was there at the start", b.starts);
	below_line(p, "Alike in all variants", b.alike);
	below_line(p, "0 everywhere", b.zero);
	below_line(p, "No value", b.empty);
	return 0;
}

static int comparison(const struct page *p)
{
	fputs("<h2>Comparison</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th></th>", p->f);
	for (u32 i = 0; i < p->r->nr_variants; i++)
		name(p, "th class=\"n\"", p->r->variants[i].name);
	fputs("</tr></thead>\n<tbody>\n", p->f);
	if (comparison_rows(p))
		return -ENOMEM;
	fputs("</tbody></table></div>\n", p->f);
	return below(p);
}

static int figures(const struct page *p)
{
	bool any = false;

	for (u32 i = 0; i < p->plots->n; i++) {
		const struct plot *plot = &p->plots->plots[i];

		/* The overview repeats what follows. */
		if (!strcmp(plot->name, "overview"))
			continue;
		fprintf(p->f, "%s<figure>\n", any ? "" : "<h2>Pictures</h2>\n");
		fwrite(plot->data, 1, plot->len, p->f);
		fputs("</figure>\n", p->f);
		any = true;
	}
	return 0;
}

/* ---- what was simulated ---- */

/* Is the word at s (of len) one of the words of list? */
static bool has_word(const char *list, const char *s, size_t len)
{
	while (*list) {
		size_t n = strcspn(list, " ");

		if (n == len && !memcmp(list, s, len))
			return true;
		list += n + strspn(list + n, " ");
	}
	return false;
}

/* Axis values, bold where they differ from the first variant's. */
static int axes(const struct page *p, const char *list)
{
	const char *first = p->r->variants[0].axes;

	while (*list) {
		size_t n = strcspn(list, " ");
		char *word = arena_strndup(p->arena, list, n);
		bool same = !first || has_word(first, list, n);

		if (!word)
			return -ENOMEM;
		fputs(same ? "" : "<b>", p->f);
		element(p, "code", word);
		fputs(same ? " " : "</b> ", p->f);
		list += n + strspn(list + n, " ");
	}
	return 0;
}

static int variants(const struct page *p)
{
	fputs("<h2>Variants</h2>\n<div class=\"scroll\"><table>\n"
	      "<thead><tr><th>variant</th><th>kernel</th><th>axes (bold: not as in the "
	      "first)</th></tr>"
	      "</thead>\n<tbody>\n",
	      p->f);
	for (u32 i = 0; i < p->r->nr_variants; i++) {
		const struct variant_info *v = &p->r->variants[i];

		fputs("<tr>", p->f);
		element(p, "th", v->name);
		element(p, "td", v->kernel);
		fputs("<td>", p->f);
		if (v->axes && axes(p, v->axes))
			return -ENOMEM;
		fputs("</td></tr>\n", p->f);
	}
	fputs("</tbody></table></div>\n", p->f);
	return 0;
}

static int expectations(const struct page *p)
{
	if (!p->r->nr_expects)
		return 0;
	fputs("<h2>Expectations</h2>\n<div class=\"scroll\"><table>\n"
	      "<thead><tr><th>expected</th><th class=\"n\">found</th></tr></thead>\n<tbody>\n",
	      p->f);
	for (u32 i = 0; i < p->r->nr_expects; i++) {
		const struct expect_row *e = &p->r->expects[i];

		fputs("<tr>", p->f);
		element(p, "th", e->text);
		element(p, "td class=\"n\"", e->value && *e->value ? e->value : "no value");
		fputs("</tr>\n", p->f);
	}
	fputs("</tbody></table></div>\n", p->f);
	return 0;
}

static int notes(const struct page *p)
{
	struct compare_note *note;
	u32 n;

	if (compare_notes(p->r, p->arena, &note, &n))
		return -ENOMEM;
	if (!n)
		return 0;
	fputs("<h2>Notes</h2>\n<ul>\n", p->f);
	for (u32 i = 0; i < n; i++) {
		fputs("<li>", p->f);
		if (note[i].of[0]) {
			element(p, "b", note[i].of);
			fputs(": ", p->f);
		}
		text(p, note[i].text);
		fputs("</li>\n", p->f);
	}
	fputs("</ul>\n", p->f);
	return 0;
}

static int inputs(const struct page *p)
{
	if (!p->r->nr_inputs)
		return 0;
	fputs("<h2>Inputs</h2>\n<div class=\"scroll\"><table>\n"
	      "<thead><tr><th>file</th><th "
	      "class=\"n\">bytes</th><th>sha256</th></tr></thead>\n<tbody>\n",
	      p->f);
	for (u32 i = 0; i < p->r->nr_inputs; i++) {
		const struct input_file *in = &p->r->inputs[i];

		fputs("<tr><th>", p->f);
		element(p, "code", in->path);
		fprintf(p->f, "</th><td class=\"n\">%" PRIu64 "</td><td>", in->bytes);
		element(p, "code", in->sha256);
		fputs("</td></tr>\n", p->f);
	}
	fputs("</tbody></table></div>\n", p->f);
	return 0;
}

static void run_row(const struct page *p, const struct run_result *run)
{
	char fp[FINGERPRINT_LEN], end[FORMAT_LEN];

	fputs("<tr>", p->f);
	element(p, "th",
		run->variant < p->r->nr_variants ? p->r->variants[run->variant].name : "?");
	fprintf(p->f,
		"<td class=\"n\">%u</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64
		"</td><td class=\"n\">%s s</td><td><code>%s</code>%s</td></tr>\n",
		run->repeat, run->seed, run->events, format_seconds(end, (double)run->end_ns / 1e9),
		fingerprint_text(fp, run), run->complete ? "" : " (incomplete)");
}

static int runs(const struct page *p)
{
	bool many = p->r->nr_runs > MANY_RUNS;

	fputs("<h2>Runs</h2>\n", p->f);
	if (many)
		fprintf(p->f, "<details><summary>%u runs</summary>\n", p->r->nr_runs);
	fputs("<div class=\"scroll\"><table>\n<thead><tr><th>variant</th><th "
	      "class=\"n\">repeat</th>"
	      "<th class=\"n\">seed</th><th class=\"n\">events</th><th class=\"n\">simulated</th>"
	      "<th>fingerprint</th></tr></thead>\n<tbody>\n",
	      p->f);
	for (u32 i = 0; i < p->r->nr_runs; i++)
		run_row(p, &p->r->runs[i]);
	fputs("</tbody></table></div>\n", p->f);
	if (many)
		fputs("</details>\n", p->f);
	fputs("<p class=\"dim\">memcgsim ", p->f);
	text(p, p->r->version);
	fputs("</p>\n</body>\n</html>\n", p->f);
	return 0;
}

int html_write(FILE *f, const struct result *r, const struct compare *c,
	       const struct plot_set *plots, struct arena *a)
{
	static int (*const sections[])(const struct page *) = {
		head, comparison, figures, variants, expectations, notes, inputs, runs,
	};
	struct page p = {.f = f, .r = r, .c = c, .plots = plots, .arena = a};
	int ret = 0;

	for (u32 i = 0; i < ARRAY_SIZE(sections) && !ret; i++)
		ret = sections[i](&p);
	return ret;
}
