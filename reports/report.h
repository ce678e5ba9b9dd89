/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes the out folder of a run (DESIGN section 7): all of it or nothing. Only run-info.json depends
 * on when and where.
 */
#ifndef REPORTS_REPORT_H
#define REPORTS_REPORT_H

#include "engine/diag.h"
#include "engine/result.h"
#include "reports/outdir.h"

struct report_opts {
	const char *out; /* folder; see outdir_check() for one that will be refused */
	struct outdir *dir; /* the same, begun already with files in it; NULL: not yet */
	bool plots; /* plots/ and the pictures of report.html */
	const char *plot_terminal; /* of plots/; NULL = svg. report.html has SVG in any case */
	const char *gnuplot; /* program; NULL = gnuplot from PATH */
	/*
	 * More files (shrink.trace, proc/): called before ours are written; 0, or negative with a
	 * message. May be NULL.
	 */
	int (*more)(struct outdir *o, void *arg, struct diag *d);
	void *more_arg;
};

/*
 * 0; -EINVAL (DIAG_INPUT) if out is a folder that is not ours; -EIO (DIAG_SYSTEM) if it could not be
 * written, out is then as it was before. info may be NULL. A dir that was begun ends here in any case.
 */
int report_write(const struct result *r, const struct run_info *info, const struct report_opts *o,
		 struct diag *d);

#endif
