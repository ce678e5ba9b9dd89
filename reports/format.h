/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How numbers and text look wherever the program writes them: exact for machines, three significant
 * digits for people. Nothing here depends on the locale.
 */
#ifndef REPORTS_FORMAT_H
#define REPORTS_FORMAT_H

#include <stdio.h>

#include "engine/base.h"

#define FORMAT_LEN 64

/* For CSV and JSON: whole numbers without a point, others %.9g; "" for NaN. Returns buf. */
const char *format_number(char buf[FORMAT_LEN], double v, bool integer);
/* Seconds to the nanosecond, without trailing zeros: "0.25". */
const char *format_seconds(char buf[FORMAT_LEN], double s);
/*
 * For people: "5.58 GiB" (bytes), "12.3 ms" (s), "35.2 %" (share, a part of 1), "0.352" (ratio),
 * "3.44 G", "24574" (anything counted); "-" for NaN.
 */
const char *format_human(char buf[FORMAT_LEN], double v, const char *unit);
/*
 * The same in the unit that suits max, as long as v is not under a hundredth of it: numbers that stand
 * side by side are compared by their digits.
 */
const char *format_human_beside(char buf[FORMAT_LEN], double v, const char *unit, double max);
/* The same with the name of what is counted: "3.44 G objects". */
const char *format_human_unit(char buf[FORMAT_LEN], double v, const char *unit);
/*
 * b against a: "same", "-93.1 %", "1/233" (under a hundredth), "x 2.35"; "from 0" if there is no ratio; "-" if either
 * is NaN.
 */
const char *format_change(char buf[FORMAT_LEN], double a, double b);
/* Part of whole as "+-1.7 %"; of 0: as a number. */
const char *format_spread(char buf[FORMAT_LEN], double part, double whole, const char *unit);

/* What to divide values of a unit by, so that max reads well; name goes on an axis. */
struct format_scale {
	double divisor;
	const char *name; /* "GiB", "ms", "%", or the prefix of a count: "k", "M", "" */
	bool prefix; /* name precedes the unit */
};

struct format_scale format_scale(double max, const char *unit);

/* Bytes of the UTF-8 character at s: 1 to 4, 0 if it is not well-formed (or the end). */
u32 utf8_char(const char *s);
/* Characters in s; an ill-formed byte counts as one. */
u32 utf8_width(const char *s);

/* Text inside XML or HTML, attributes included; what XML cannot hold becomes '?'. */
void format_xml(FILE *f, const char *s);

/* Writes text word by word in lines of at most width, the first led by first, others by indent. */
void format_wrapped(FILE *f, const char *text, const char *first, const char *indent, u32 width);

#endif
