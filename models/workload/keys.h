/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys that several workloads have and that mean the same in each; params: the struct, with a field of the key's name. */
#ifndef MODELS_WORKLOAD_KEYS_H
#define MODELS_WORKLOAD_KEYS_H

#include "engine/param.h"

#include <stddef.h>

#define KEY_MOUNT(params, text)                                                                    \
	{                                                                                          \
		.name = "mount", .type = PARAM_NAME, .required = true,                             \
		.offset = offsetof(params, mount), .help = text                                    \
	}

#define KEY_CGROUP(params, whose)                                                                  \
	{                                                                                          \
		.name = "cgroup", .type = PARAM_NAME, .offset = offsetof(params, cgroup),          \
		.help = "cgroup of " whose "; without it the root"                                 \
	}

#define KEY_CPU(params, text)                                                                      \
	{                                                                                          \
		.name = "cpu", .type = PARAM_INT, .min = 0, .max = 8191,                           \
		.offset = offsetof(params, cpu), .help = text                                      \
	}

#endif
