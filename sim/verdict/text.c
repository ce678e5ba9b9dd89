// SPDX-License-Identifier: GPL-3.0-or-later
#include "verdict/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

void text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->n, sizeof(t->buf) - t->n, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->n = min_of(t->n + (size_t)n, sizeof(t->buf) - 1);
}

void text_number(struct text *t, double v, const char *nan)
{
	if (isnan(v))
		text_add(t, "%s", nan);
	else if (v == rint(v) && fabs(v) < 9e15)
		text_add(t, "%.0f", v);
	else
		text_add(t, "%.6g", v);
}
