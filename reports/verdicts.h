/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What `check` prints, and its JUnit file. The same verdicts give the same bytes: no times, no host.
 */
#ifndef REPORTS_VERDICTS_H
#define REPORTS_VERDICTS_H

#include "reports/table.h"

struct verdicts_opts {
	enum table_format format;
	bool failed_only; /* text: what holds is only counted */
};

/* 0, or -EIO with a message if memory ran out or f could not be written. */
int verdicts_write(FILE *f, const struct verdict_suite *suites, u32 n,
		   const struct verdicts_opts *opts, struct diag *d);

/*
 * JUnit's XML: a testsuite for each scenario, a testcase for each verdict. One that fails is a failure, a scenario
 * that could not be run an error. The file is there as a whole or as it was. 0, or -EIO with a message.
 */
int junit_write(const char *path, const struct verdict_suite *suites, u32 n, struct diag *d);
/* Could it be written? For a check before hours of simulation. 0, or -EINVAL with a message. */
int junit_check(const char *path, struct diag *d);

#endif
