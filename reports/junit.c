// SPDX-License-Identifier: GPL-3.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/arena.h"
#include "engine/atomic_file.h"
#include "reports/format.h"
#include "reports/verdicts.h"

static void attribute(FILE *f, const char *name, const char *value)
{
	fprintf(f, " %s=\"", name);
	format_xml(f, value);
	fputc('"', f);
}

static void write_row(FILE *f, const char *scenario, const struct verdict_row *v, const char *name)
{
	fputs("    <testcase", f);
	attribute(f, "classname", scenario);
	attribute(f, "name", name);
	if (v->holds) {
		fputs("/>\n", f);
		return;
	}
	fputs(">\n      <failure", f);
	attribute(f, "type", v->check);
	attribute(f, "message", v->miss);
	fputc('>', f);
	format_xml(f, v->subject);
	fputs(": ", f);
	format_xml(f, v->found);
	fputs(", wanted ", f);
	format_xml(f, v->wanted);
	fputs(": ", f);
	format_xml(f, v->miss);
	fputs("</failure>\n    </testcase>\n", f);
}

/* A message is one line; what a scenario brings has several. */
static void write_error(FILE *f, const char *scenario, const char *error, struct arena *a)
{
	char *first = arena_strndup(a, error, strcspn(error, "\n"));

	fputs("    <testcase", f);
	attribute(f, "classname", scenario);
	attribute(f, "name", "run");
	fputs(">\n      <error type=\"run\"", f);
	attribute(f, "message", first ? first : "out of memory");
	fputc('>', f);
	format_xml(f, error);
	fputs("</error>\n    </testcase>\n", f);
}

static int write_suite(FILE *f, const struct verdict_suite *s, struct arena *a)
{
	fputs("  <testsuite", f);
	attribute(f, "name", s->scenario);
	fprintf(f, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"0\">\n",
		s->nr_rows + (s->error ? 1 : 0), s->nr_failed, s->error ? 1 : 0);
	for (u32 i = 0; i < s->nr_rows; i++) {
		const char *name = arena_printf(a, "%s %s", s->rows[i].subject, s->rows[i].wanted);

		if (!name)
			return -ENOMEM;
		write_row(f, s->scenario, &s->rows[i], name);
	}
	if (s->error)
		write_error(f, s->scenario, s->error, a);
	fputs("  </testsuite>\n", f);
	return 0;
}

static int write_all(FILE *f, const struct verdict_suite *suites, u32 n)
{
	struct arena *a = arena_new();
	u32 tests = 0, failures = 0, errors = 0;
	int ret = a ? 0 : -ENOMEM;

	for (u32 i = 0; i < n; i++) {
		tests += suites[i].nr_rows + (suites[i].error ? 1 : 0);
		failures += suites[i].nr_failed;
		errors += suites[i].error ? 1 : 0;
	}
	fprintf(f,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"memcgsim check\" tests=\"%u\" failures=\"%u\" "
		"errors=\"%u\">\n",
		tests, failures, errors);
	for (u32 i = 0; !ret && i < n; i++)
		ret = write_suite(f, &suites[i], a);
	fputs("</testsuites>\n", f);
	arena_free(a);
	return ret;
}

int junit_write(const char *path, const struct verdict_suite *suites, u32 n, struct diag *d)
{
	struct atomic_file file;

	if (atomic_open(&file, path, d))
		return -EIO;
	return atomic_close(&file, write_all(file.f, suites, n), d);
}

int junit_check(const char *path, struct diag *d)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? strndup(path, (size_t)max_of(slash - path, (ptrdiff_t)1)) : strdup(".");
	struct stat st;
	int err = 0;

	if (!dir)
		err = ENOMEM;
	else if (access(dir, W_OK | X_OK))
		err = errno;
	else if (!*path || (slash && !slash[1]) || (!stat(path, &st) && S_ISDIR(st.st_mode)))
		err = EISDIR;
	free(dir);
	if (err)
		return diag_error(d, DIAG_INPUT, "--junit: cannot write %s: %s", path,
				  strerror(err));
	return 0;
}
