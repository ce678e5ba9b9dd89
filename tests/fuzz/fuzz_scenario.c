// SPDX-License-Identifier: GPL-3.0-or-later
/* Scenario files of any content: an error or a scenario, and nothing leaks. */
#include "tests/toy_schema.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * The rest of the first line behind "#set " is a --set option, so that paths are tried as well; the
 * line stays a comment to YAML.
 */
static const char *set_option(const char *text, size_t size, char *buf, size_t len)
{
	const char *end = memchr(text, '\n', size);
	size_t n = end ? (size_t)(end - text) : size;

	if (n < 5 || n - 5 >= len || memcmp(text, "#set ", 5))
		return NULL;
	memcpy(buf, text + 5, n - 5);
	buf[n - 5] = 0;
	return buf;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char buf[256];
	const char *set[1] = {set_option((const char *)data, size, buf, sizeof(buf))};
	struct scenario_opts opts = {.set = set, .nr_set = set[0] ? 1 : 0};
	struct scenario *s = NULL;
	struct diag d;
	int err;

	diag_init(&d);
	err = scenario_parse(&s, "fuzz.yaml", (const char *)data, size, &opts, &toy_schema, &d);
	/* An error has a message, a scenario has none. */
	if (!err != !d.nr_errors || !err != !!s || (err && (!d.len || d.worst != DIAG_INPUT)))
		abort();
	scenario_free(s);
	diag_free(&d);
	return 0;
}
