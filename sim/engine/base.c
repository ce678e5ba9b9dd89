// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/base.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void sim_assert_failed(const char *expr, const char *file, int line)
{
	fprintf(stderr, "memcgsim: %s:%d: broken invariant: %s\n", file, line, expr);
	abort();
}
