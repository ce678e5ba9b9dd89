// SPDX-License-Identifier: GPL-3.0-or-later
/* dying_gc: off. Every release up to now: dying memcgs wait for reclaim. */
#include "vmscan/dying_gc.h"

const struct dying_gc_policy dying_gc_off = {.name = "off"};
