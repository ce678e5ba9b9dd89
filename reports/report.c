// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/report.h"

#include <errno.h>
#include <string.h>

#include "reports/csv.h"
#include "reports/html.h"
#include "reports/manifest.h"

struct report {
	const struct result *r;
	const struct run_info *info;
	const struct report_opts *opts;
	struct compare compare;
	struct plot_set plots; /* in the terminal of opts */
	struct plot_set svgs; /* for the page */
	struct arena *arena;
};

static int out_of_memory(struct diag *d)
{
	return diag_error(d, DIAG_SYSTEM, "out of memory while writing results");
}

static int summary(FILE *f, struct report *p)
{
	csv_summary(f, p->r);
	return 0;
}

static int timeseries(FILE *f, struct report *p)
{
	csv_timeseries(f, p->r);
	return 0;
}

static int nodes(FILE *f, struct report *p)
{
	csv_nodes(f, p->r);
	return 0;
}

static int caches(FILE *f, struct report *p)
{
	csv_caches(f, p->r);
	return 0;
}

static int page(FILE *f, struct report *p)
{
	return html_write(f, p->r, &p->compare, &p->svgs, p->arena);
}

static int manifest(FILE *f, struct report *p)
{
	return manifest_write(f, p->r);
}

static int run_info(FILE *f, struct report *p)
{
	return run_info_write(f, p->r, p->info);
}

static int write_tables(struct report *p, struct outdir *o, struct diag *d)
{
	static const struct {
		const char *name;
		int (*write)(FILE *f, struct report *p);
	} files[] = {
		{"summary.csv", summary},    {"timeseries.csv", timeseries},
		{"nodes.csv", nodes},	     {"caches.csv", caches},
		{"report.html", page},	     {"run-info.json", run_info},
		{"manifest.json", manifest},
	};

	for (u32 i = 0; i < ARRAY_SIZE(files); i++) {
		FILE *f = outdir_open(o, files[i].name, d);
		int ret;

		if (!f)
			return -EIO;
		ret = files[i].write(f, p);
		if (outdir_close(o, d))
			return -EIO;
		if (ret)
			return out_of_memory(d);
	}
	return 0;
}

static int write_plots(struct report *p, struct outdir *o, struct diag *d)
{
	static const char xml[] = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
	const char *suffix = plot_suffix(p->opts->plot_terminal ? p->opts->plot_terminal : "svg");

	for (u32 i = 0; i < p->plots.n; i++) {
		const struct plot *plot = &p->plots.plots[i];
		char *name = arena_printf(p->arena, "plots/%s.%s", plot->name, suffix);
		FILE *f = name ? outdir_open(o, name, d) : NULL;

		if (!name)
			return out_of_memory(d);
		if (!f)
			return -EIO;
		if (!strcmp(suffix, "svg"))
			fputs(xml, f);
		fwrite(plot->data, 1, plot->len, f);
		if (outdir_close(o, d))
			return -EIO;
	}
	return 0;
}

static int render(struct report *p, struct diag *d)
{
	struct plot_opts opts = {.terminal = p->opts->plot_terminal, .gnuplot = p->opts->gnuplot};
	const char *suffix = plot_suffix(opts.terminal ? opts.terminal : "svg");

	if (!p->opts->plots)
		return 0;
	if (plot_render(&p->plots, p->r, &p->compare, &opts, p->arena, d))
		return out_of_memory(d);
	p->svgs = p->plots;
	if (!p->plots.n || !suffix || !strcmp(suffix, "svg"))
		return 0;
	opts.terminal = NULL;
	return plot_render(&p->svgs, p->r, &p->compare, &opts, p->arena, d) ? out_of_memory(d) : 0;
}

static int write_all(struct report *p, struct diag *d)
{
	struct outdir fresh = {0}, *o = p->opts->dir ? p->opts->dir : &fresh;
	int ret = p->opts->dir ? 0 : outdir_begin(o, p->opts->out, d);

	if (ret)
		return ret;
	ret = p->opts->more ? p->opts->more(o, p->opts->more_arg, d) : 0;
	if (!ret)
		ret = render(p, d);
	if (!ret)
		ret = write_plots(p, o, d);
	if (!ret)
		ret = write_tables(p, o, d);
	if (!ret)
		return outdir_commit(o, d);
	outdir_abort(o);
	return ret;
}

int report_write(const struct result *r, const struct run_info *info, const struct report_opts *o,
		 struct diag *d)
{
	struct report p = {.r = r, .info = info, .opts = o, .arena = arena_new()};
	int ret;

	if (!p.arena || compare_build(&p.compare, r, p.arena)) {
		ret = out_of_memory(d);
		if (o->dir)
			outdir_abort(o->dir);
	} else {
		ret = write_all(&p, d);
	}
	arena_free(p.arena);
	return ret;
}
