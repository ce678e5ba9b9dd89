/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `validate` prints and writes: rows, sums, pictures. */
#ifndef REPORTS_VALIDATION_H
#define REPORTS_VALIDATION_H

#include "engine/arena.h"
#include "engine/validation_table.h"
#include "reports/table.h"

/* quiet: rows that hold are left out. 0, or -EIO with a message. */
int validation_print(FILE *f, const struct validation *v, enum table_format format, bool quiet,
		     struct diag *d);
/*
 * validation.csv, manifest.json and, if plots, plots/KERNEL-LOAD.svg into dir, whole or not at all. Without gnuplot a
 * warning. 0, or negative with a message.
 */
int validation_write(const struct validation *v, const char *dir, bool plots, struct arena *a,
		     struct diag *d);

#endif
