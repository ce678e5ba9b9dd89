// SPDX-License-Identifier: GPL-3.0-or-later
/* The kernel rows and what is said of them: each change has its source, each source a change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "kernel_rig.h"
#include "kernels/fields.h"
#include "trace/ftrace_text.h"

static u32 field_named(const char *name)
{
	for (u32 f = 0; f < row_field_count(); f++)
		if (!strcmp(row_field_name(f), name))
			return f;
	fail_msg("no field '%s'", name);
	return 0;
}

static void every_change_says_where_it_comes_from(void **state)
{
	(void)state;
	for (u32 i = 0; kernel_row_at(i); i++)
		for (u32 f = 0; f < row_field_count(); f++)
			if (!row_field_source(kernel_row_at(i), f))
				fail_msg("%s of %s: nobody says what changed it", row_field_name(f),
					 kernel_row_at(i)->name);
}

static bool is_specific(const char *row, const char *field)
{
	for (const struct row_change *c = row_changes; c->row; c++)
		if (!strcmp(c->row, row) && !strcmp(c->field, field))
			return true;
	return false;
}

/* A line of row_changes that nothing in the rows bears out. */
static void every_source_belongs_to_a_change(void **state)
{
	(void)state;
	for (const struct row_change *c = row_changes; c->row; c++) {
		const struct kernel_row *row = kernel_row_find(c->row);
		bool all = !strcmp(c->field, "*"), used = false;

		assert_non_null(row);
		for (u32 f = 0; f < row_field_count(); f++) {
			const char *name = row_field_name(f);

			if (!row_field_changed(row, f))
				continue;
			used |= all ? !strcmp(row_field_group(f), c->group) &&
						!is_specific(c->row, name)
				    : !strcmp(name, c->field);
		}
		if (!used)
			fail_msg("%s: %s %s did not change there", c->row, c->field,
				 all ? c->group : "");
	}
}

/* A line of row_changes names a field alone: list_lru is an axis and a structure. */
static void names_of_fields_are_unique(void **state)
{
	(void)state;
	for (u32 a = 0; a < row_field_count(); a++)
		for (u32 b = 0; b < a; b++)
			assert_string_not_equal(row_field_name(a), row_field_name(b));
}

/* Each row is there because something changed. */
static void rows_ascend_and_differ(void **state)
{
	(void)state;
	for (u32 i = 1; kernel_row_at(i); i++) {
		u32 changed = 0;

		for (u32 f = 0; f < row_field_count(); f++)
			changed += row_field_changed(kernel_row_at(i), f);
		assert_true(changed > 0);
		assert_true(kernel_row_at(i - 1)->version < kernel_row_at(i)->version);
	}
}

static void assert_value(const char *row, const char *field, const char *value)
{
	char found[ROW_VALUE_LEN];

	row_field_value(kernel_row_resolve(row), field_named(field), found);
	assert_string_equal(found, value);
}

/* KERNEL_FACTS 0 to 5, at the releases where one of them changed. */
static void values_are_those_of_the_release(void **state)
{
	static const struct {
		const char *row, *field, *value;
	} t[] = {
		{"v5.9.1", "obj_cgroup", "88"},
		{"v5.10", "obj_cgroup", "48"},
		{"v5.10", "percpu_ref_data", "2 x 56"},
		{"v5.11", "vector_at_creation", "no"},
		{"v5.12", "vector_at_creation", "yes"},
		{"v5.11", "order_by_present_cpus", "no"},
		{"v5.12", "order_by_present_cpus", "yes"},
		{"v5.12", "nr_deferred", "shared"},
		{"v5.14", "obj_stock_keeps_rest", "no"},
		{"v5.15", "obj_stock_keeps_rest", "yes"},
		{"v5.15", "cpu_partial_in_slabs", "no"},
		{"v6.3", "slab_is_limit_progress", "yes"},
		{"v6.4", "slab_is_limit_progress", "no"},
		{"v6.12", "list_lru_one", "24"},
		{"v6.13", "list_lru_one", "32"},
		{"v6.18", "mem_cgroup_cache", "yes"},
		{"v6.18", "mem_cgroup", "2176 + 8 a node"},
		{"v6.18", "mem_cgroup_per_node", "512 a node"},
		{"v6.1", "psi_group", "720 with PSI"},
		{"v4.18", "memcg_vmstats", "-"},
		{"v4.18", "map_layout", "none"},
		{"v4.19", "pcp_limit", "1048576"},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++)
		assert_value(t[i].row, t[i].field, t[i].value);
	assert_true(row_field_measured(kernel_row_resolve("v6.1"), field_named("mem_cgroup")));
	assert_false(row_field_measured(kernel_row_resolve("v6.7"), field_named("mem_cgroup")));
	assert_string_equal(row_field_source(kernel_row_resolve("v5.17"), field_named("shrinker")),
			    "a9a238e83fbb (revert of 172b06c32b94)");
}

/* ---- tracepoints ---- */

/* What printk makes of a format: text that stands for every %. */
static void fill(char *out, size_t len, const char *format)
{
	size_t n = 0;

	for (const char *s = format; *s && n + 32 < len;) {
		const char *value = "7";

		if (*s != '%') {
			out[n++] = *s++;
			continue;
		}
		if (!strncmp(s, "%pS", 3) || !strncmp(s, "%lx", 3))
			value = s[1] == 'p' ? "kmem_thing+0x5f/0xc0" : "ffffffff81234567";
		else if (!strncmp(s, "%p", 2))
			value = "00000000aa000100";
		else if (!strncmp(s, "%s", 2))
			value = n >= 10 && !strncmp(out + n - 10, "gfp_flags=", 10)   ? "GFP_KERNEL"
				: n >= 10 && !strncmp(out + n - 10, "accounted=", 10) ? "true"
				: n >= 5 && !strncmp(out + n - 5, "path=", 5)	      ? "/a"
										      : "dentry";
		n += (size_t)snprintf(out + n, len - n, "%s", value);
		for (s++; strchr("plzu", *s) && s[1] && strchr("dusxSl", s[1]); s++)
			;
		s++;
	}
	out[n] = '\0';
}

static enum ftrace_line read_line(const char *event, const char *format, struct raw_event *ev)
{
	struct ftrace_parser p;
	char text[400] = "", line[600] = "";

	enum ftrace_line found;

	assert_int_equal(ftrace_parser_init(&p), 0);
	fill(text, sizeof(text), format);
	snprintf(line, sizeof(line), "            make-100     [000] .....   100.000300: %s: %s",
		 event, text);
	found = ftrace_text_parse(&p, line, (u32)strlen(line), ev);
	ftrace_parser_destroy(&p);
	return found;
}

/* The reader of traces takes the text of every row. */
static void every_rows_tracepoints_are_read(void **state)
{
	(void)state;
	for (u32 i = 0; kernel_row_at(i); i++) {
		const struct kernel_row *row = kernel_row_at(i);
		struct raw_event ev;

		assert_int_equal(read_line("kmem_cache_alloc", row->tp_kmem_cache_alloc, &ev),
				 FTRACE_EVENT);
		assert_int_equal(ev.type, RAW_CACHE_ALLOC);
		assert_int_equal(read_line("kmem_cache_free", row->tp_kmem_cache_free, &ev),
				 FTRACE_EVENT);
		assert_int_equal(ev.type, RAW_CACHE_FREE);
		assert_int_equal(read_line("cgroup_mkdir", row->tp_cgroup_mkdir, &ev),
				 FTRACE_EVENT);
		assert_int_equal(ev.type, RAW_CGROUP_MKDIR);
		assert_int_equal(read_line("mm_vmscan_kswapd_wake", row->tp_kswapd_wake, &ev),
				 FTRACE_EVENT);
		assert_int_equal(ev.type, RAW_KSWAPD_WAKE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_change_says_where_it_comes_from),
		cmocka_unit_test(every_source_belongs_to_a_change),
		cmocka_unit_test(names_of_fields_are_unique),
		cmocka_unit_test(rows_ascend_and_differ),
		cmocka_unit_test(values_are_those_of_the_release),
		cmocka_unit_test(every_rows_tracepoints_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
