/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The CSV files of an out folder (DESIGN section 7): a header line, RFC 4180 quoting, \n line ends,
 * whole numbers without a point, an empty field where a variant has no such value.
 */
#ifndef REPORTS_CSV_H
#define REPORTS_CSV_H

#include <stdio.h>

#include "engine/result.h"

/* Write errors stay in f: ferror(). */
void csv_summary(FILE *f, const struct result *r);
void csv_timeseries(FILE *f, const struct result *r);
void csv_nodes(FILE *f, const struct result *r);
void csv_caches(FILE *f, const struct result *r);

/* One field, in quotes if it has a comma, a quote, or a line end. */
void csv_field(FILE *f, const char *s);

#endif
