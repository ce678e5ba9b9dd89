/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sentence above the table: what the first variant takes, and what the others give back. */
#ifndef REPORTS_HEADLINE_H
#define REPORTS_HEADLINE_H

#include "engine/arena.h"
#include "engine/result.h"

/* NULL when out of memory. */
char *headline_make(const struct result *r, struct arena *arena);

#endif
