// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What reading text costs at least: the yardsticks for the trace reader.
 */
#include "bench/bench_trace.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Keeps a result alive without costing anything. */
static void use(uint64_t v)
{
	__asm__ volatile("" : : "r"(v));
}

double bench_scan_text(const char *buf, size_t len)
{
	const char *p = buf, *end = buf + len;
	double start = seconds(), took;
	uint64_t lines = 0;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		lines++;
		p++;
	}
	use(lines);
	took = seconds() - start;
	return took > 0 ? (double)lines / took : 0;
}

/* A line as getline() and the string functions of libc would have it read. */
static uint64_t line_fields(const char *line)
{
	const char *p = strchr(line, ']'), *ptr;
	uint64_t sum = 0;

	p = p ? strstr(p, ": ") : NULL;
	if (!p || p - line < 16)
		return 0;
	sum += (uint64_t)strtod(p - 13, NULL);
	ptr = strstr(p, "ptr=");
	if (ptr)
		sum += strtoull(ptr + 4, NULL, 16);
	return sum;
}

double bench_scan_fields(const char *buf, size_t len)
{
	const char *p = buf, *end = buf + len, *nl;
	double start = seconds(), took;
	uint64_t lines = 0, sum = 0;
	char line[4096];

	for (; p < end && (nl = memchr(p, '\n', (size_t)(end - p))); p = nl + 1, lines++) {
		size_t n = (size_t)(nl - p) < sizeof(line) ? (size_t)(nl - p) : sizeof(line) - 1;

		memcpy(line, p, n);
		line[n] = 0;
		sum += line_fields(line);
	}
	use(sum);
	took = seconds() - start;
	return took > 0 ? (double)lines / took : 0;
}
