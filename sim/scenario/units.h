/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers with units, as text. The parsers that other rooms use stand in scenario.h; these are the
 * rest. All return 0, or -EINVAL with a phrase for the message in *why. Whole quantities (bytes,
 * nanoseconds, counts) are computed in integers; nothing goes through a double.
 */
#ifndef SIM_SCENARIO_UNITS_H
#define SIM_SCENARIO_UNITS_H

#include "engine/param.h"
#include "scenario/scenario.h"

/* YAML 1.1: decimal with optional _ between digits, or 0x. */
int parse_int(const char *text, s64 *out, const char **why);
int parse_u64(const char *text, u64 *out, const char **why);
/* Finite; decimal point and exponent allowed. */
int parse_double(const char *text, double *out, const char **why);
/* A size followed by /s. */
int parse_bandwidth(const char *text, double *bytes_per_second, const char **why);
/* [A-Za-z0-9._+-]{1,64} */
int parse_name(const char *text, const char **why);

/* Shortest exact way to write a value of this type for a message: 65536 -> "64KiB". */
void format_value(char *buf, size_t len, enum param_type type, double value);

#endif
