/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Short text put together from pieces; what does not fit is cut. */
#ifndef SIM_VERDICT_TEXT_H
#define SIM_VERDICT_TEXT_H

#include "engine/base.h"

struct text {
	char buf[2048];
	size_t n;
};

void text_add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Whole numbers in full, others in six digits; NaN as what stands for it. */
void text_number(struct text *t, double v, const char *nan);

#endif
