// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/result.h"

#include <string.h>

int result_find_metric(const struct metric_info *metrics, u32 n, const char *name,
		       enum metric_suffix *suffix)
{
	static const char *const suffixes[] = {
		[SUFFIX_NONE] = "",
		[SUFFIX_END] = ".end",
		[SUFFIX_PEAK] = ".peak",
		[SUFFIX_MEAN] = ".mean",
	};

	for (u32 i = 0; i < n; i++) {
		size_t len = strlen(metrics[i].name);

		if (strncmp(name, metrics[i].name, len))
			continue;
		for (u32 k = 0; k < ARRAY_SIZE(suffixes); k++) {
			if (strcmp(name + len, suffixes[k]))
				continue;
			*suffix = (enum metric_suffix)k;
			return (int)i;
		}
	}
	return -1;
}
