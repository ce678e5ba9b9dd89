// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * What a line says went in (nr_deferred, freeable, priority) is put through the policies of models/shrinker; delta,
 * total_scan and what goes back must come out. What no line says is tried: seeks is 2, or 0 where the row has the
 * zero-seek rule, and the same for all calls of one shrinker; the batch is 1024 for superblocks, else 128; a shrinker may
 * stop after any batch. Up to 4.15 pages scanned set the pressure (SEEDS P12, KERNEL_FACTS 8.1), for which there is no
 * policy: the formula is here.
 */
#include "run/shrink_check.h"

#include "kernels/axes.h"
#include "kernels/rows.h"
#include "shrinker/policy.h"
#include "trace/ftrace_text.h"
#include "trace/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ERAS 16
#define MAX_SHRINKERS 4096
#define MAX_OPEN 1024
#define LAST_OLD 0x040f00U /* 4.15 */
#define AHEAD 64 /* lines by which the counter may be ahead of its event */

/* Rows with the same formulas. */
struct era {
	const struct shrinker_policy *shrinker; /* NULL: up to 4.15 */
	const struct nr_deferred_policy *deferred;
	bool zero_seeks;
	char rows[256];
	u64 wrong, first_wrong, overtaken;
	char expected[256];
};

struct shrinker_seen {
	char function[64];
	u64 pointer; /* 0: hidden, so it may be several */
	u64 last_end; /* line */
	u32 last_end_pid;
	u8 seeks[MAX_ERAS]; /* candidates left, as bits */
};

struct open_call {
	u32 pid, shrinker;
	struct raw_shrink start;
	u64 line;
	bool overlapped; /* somebody else was in the same shrinker meanwhile */
};

struct checking {
	struct era eras[MAX_ERAS];
	u32 nr_eras;
	struct shrinker_seen *seen;
	u32 nr_seen;
	struct open_call open[MAX_OPEN];
	u32 nr_open;
	struct validation_trace *out;
	u64 line;
	bool lost; /* events were, since the last line */
};

static const u32 candidates[] = {DEFAULT_SEEKS, 0};

/* ---- eras ---- */

static const struct axis_value *value_of(const struct kernel_row *row, enum axis axis)
{
	return axis_value_find(axis, row->axes[axis]);
}

static void name_row(struct era *e, const char *name)
{
	size_t n = strlen(e->rows);

	snprintf(e->rows + n, sizeof(e->rows) - n, "%s%s", n ? " " : "", name);
}

static void add_row(struct checking *c, const struct kernel_row *row)
{
	const struct shrinker_policy *shrinker = value_of(row, AXIS_SHRINKER)->policy;
	const struct nr_deferred_policy *deferred = value_of(row, AXIS_NR_DEFERRED)->policy;
	struct era *e;

	for (u32 i = 0; i < c->nr_eras; i++) {
		e = &c->eras[i];
		if (e->shrinker == shrinker && e->deferred == deferred &&
		    e->zero_seeks == row->zero_seeks) {
			name_row(e, row->name);
			return;
		}
	}
	sim_assert(c->nr_eras < MAX_ERAS);
	e = &c->eras[c->nr_eras++];
	*e = (struct era){
		.shrinker = shrinker, .deferred = deferred, .zero_seeks = row->zero_seeks};
	name_row(e, row->name);
}

static void add_old(struct checking *c)
{
	c->eras[c->nr_eras++] =
		(struct era){.deferred = &nr_deferred_shared, .rows = "up to v4.15"};
}

static int add_eras(struct checking *c, const char *kernel, struct diag *d)
{
	const struct kernel_row *row = kernel ? kernel_row_resolve(kernel) : NULL;
	u32 version;

	if (!kernel) {
		for (u32 i = 0; i < kernel_row_count(); i++)
			add_row(c, kernel_row_at(i));
		add_old(c);
		return 0;
	}
	if (row) {
		add_row(c, row);
		return 0;
	}
	if (kernel_version_parse(kernel, &version) && version >> 8 <= LAST_OLD >> 8) {
		add_old(c);
		return 0;
	}
	return diag_error(
		d, DIAG_INPUT,
		"--kernel: '%s' is no release that has a row (v4.18, v5.9.1; memcgsim list "
		"kernels), and none up to v4.15",
		kernel);
}

/* ---- one line ---- */

static s64 batch_of(const struct shrinker_seen *s)
{
	return !strncmp(s->function, "super_cache_scan", 16) ? SUPER_BATCH : SHRINK_BATCH;
}

static void wrong(struct checking *c, struct era *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void wrong(struct checking *c, struct era *e, const char *fmt, ...)
{
	va_list args;

	if (e->wrong++)
		return;
	e->first_wrong = c->line;
	va_start(args, fmt);
	vsnprintf(e->expected, sizeof(e->expected), fmt, args);
	va_end(args);
}

/* mm/vmscan.c up to 4.15: 4 * pages scanned / seeks, of the cache's share of the pages. */
static s64 old_delta(const struct raw_shrink *sh, u32 seeks)
{
	s64 delta = 4 * sh->pgs_scanned / (seeks ? seeks : 1);

	if (sh->cache_items > 0 && delta > INT64_MAX / sh->cache_items)
		return INT64_MAX;
	return delta * sh->cache_items / (sh->lru_pgs + 1);
}

static struct shrink_call call_of(const struct raw_shrink *sh, s64 batch, u32 seeks)
{
	return (struct shrink_call){.freeable = sh->cache_items,
				    .nr = sh->nr_deferred,
				    .priority = sh->priority < 0 ? DEF_PRIORITY : sh->priority,
				    .seeks = seeks,
				    .batch = batch};
}

/* Do the formulas make these numbers of it? An event of another layout has no such formula. */
static bool readable(const struct era *e, const struct raw_shrink *sh)
{
	return e->shrinker ? sh->priority >= 0 && sh->priority <= DEF_PRIORITY
			   : sh->pgs_scanned >= 0;
}

static void check_start(struct checking *c, u32 which, struct shrinker_seen *s,
			const struct raw_shrink *sh)
{
	struct era *e = &c->eras[which];
	struct shrink_plan plan, first = {0};
	u8 fits = 0;

	if (!readable(e, sh)) {
		wrong(c, e, "%s",
		      e->shrinker ? "a priority from 0 to 12" : "pgs_scanned and lru_pgs");
		return;
	}
	for (u32 i = 0; i < ARRAY_SIZE(candidates); i++) {
		struct shrink_call call = call_of(sh, batch_of(s), candidates[i]);

		if (!candidates[i] && !e->zero_seeks)
			continue;
		plan.delta = e->shrinker ? e->shrinker->delta(&call, e->zero_seeks)
					 : old_delta(sh, candidates[i]);
		e->deferred->plan(&call, &plan);
		if (s->seeks[which] & 1U << i && !first.next)
			first = plan;
		if (plan.delta == sh->delta && plan.total_scan == sh->total_scan)
			fits |= (u8)(1U << i);
	}
	if (!(fits & s->seeks[which]))
		wrong(c, e, "delta %" PRId64 " total_scan %" PRId64, first.delta, first.total_scan);
	else if (s->pointer)
		s->seeks[which] &= fits;
}

/* What is left of total after whole batches, any number of which the shrinker may have done before it stopped. */
static bool can_be_left(s64 total, s64 left, s64 batch, s64 freeable)
{
	s64 scanned = total - left, rest;

	if (scanned < 0)
		return false;
	if (scanned % batch == 0 && scanned <= max_of(total, (s64)0))
		return true;
	/* the last batch of the loop is smaller where all that is left covers the cache */
	rest = total % batch;
	return left == 0 && rest >= freeable;
}

static void check_end(struct checking *c, u32 which, const struct open_call *o,
		      const struct raw_shrink *sh)
{
	const struct shrinker_seen *s = &c->seen[o->shrinker];
	struct era *e = &c->eras[which];
	struct shrink_call call = call_of(&o->start, batch_of(s), DEFAULT_SEEKS);
	struct shrink_plan plan = {.delta = o->start.delta};
	s64 owed;

	if (!readable(e, &o->start))
		return;
	e->deferred->plan(&call, &plan);
	if (sh->unused_scan != o->start.nr_deferred) {
		wrong(c, e, "unused scan count %" PRId64 " (line %" PRIu64 ")",
		      o->start.nr_deferred, o->line);
		return;
	}
	if (!can_be_left(o->start.total_scan, sh->total_scan, call.batch, call.freeable)) {
		wrong(c, e,
		      "total_scan %" PRId64 " less a number of batches of %" PRId64
		      " (line %" PRIu64 ")",
		      o->start.total_scan, call.batch, o->line);
		return;
	}
	owed = e->deferred->owed(&call, &plan, o->start.total_scan - sh->total_scan);
	if (sh->new_scan == owed || (sh->new_scan > owed && o->overlapped))
		return;
	if (sh->new_scan > owed && s->last_end && s->last_end_pid != o->pid &&
	    s->last_end + AHEAD >= o->line) {
		e->overtaken++;
		return;
	}
	wrong(c, e, "new scan count %" PRId64 " (line %" PRIu64 ")", owed, o->line);
}

/* ---- the trace ---- */

static bool within(s64 v, s64 lowest, int bits)
{
	return v >= lowest && v < (s64)1 << bits;
}

/* Numbers that a kernel can have: sums and products of them stay below 2^63. */
static bool plausible(const struct raw_event *ev)
{
	const struct raw_shrink *sh = &ev->shrink;
	s64 low = -((s64)1 << 61);

	if (ev->type == RAW_SHRINK_END)
		return within(sh->unused_scan, low, 61) && within(sh->new_scan, low, 62) &&
		       within(sh->total_scan, low, 61);
	return within(sh->nr_deferred, low, 61) && within(sh->cache_items, 1, 56) &&
	       within(sh->delta, low, 61) && within(sh->total_scan, low, 61) &&
	       within(sh->pgs_scanned, -1, 50) && within(sh->lru_pgs, -1, 50);
}

/* NONE_U32: there are too many. */
static u32 find_shrinker(struct checking *c, const struct raw_shrink *sh)
{
	struct shrinker_seen *s;

	for (u32 i = 0; i < c->nr_seen; i++) {
		s = &c->seen[i];
		if (s->pointer == sh->shrinker &&
		    strlen(s->function) == min_of(sh->function.len, 63U) &&
		    !memcmp(s->function, sh->function.s, strlen(s->function)))
			return i;
	}
	if (c->nr_seen == MAX_SHRINKERS)
		return NONE_U32;
	s = &c->seen[c->nr_seen];
	*s = (struct shrinker_seen){.pointer = sh->shrinker};
	memcpy(s->function, sh->function.s, min_of(sh->function.len, 63U));
	memset(s->seeks, 0xff, sizeof(s->seeks));
	return c->nr_seen++;
}

static struct open_call *find_open(struct checking *c, u32 pid)
{
	for (u32 i = 0; i < c->nr_open; i++)
		if (c->open[i].pid == pid)
			return &c->open[i];
	return NULL;
}

/* All who are in that shrinker see each other's debt come back. */
static void mark_overlaps(struct checking *c, u32 shrinker)
{
	for (u32 i = 0; i < c->nr_open; i++)
		if (c->open[i].shrinker == shrinker)
			c->open[i].overlapped = true;
}

static bool is_open(const struct checking *c, u32 shrinker)
{
	for (u32 i = 0; i < c->nr_open; i++)
		if (c->open[i].shrinker == shrinker)
			return true;
	return false;
}

static void take_start(struct checking *c, const struct raw_event *ev)
{
	u32 shrinker = find_shrinker(c, &ev->shrink);
	struct open_call *o = find_open(c, ev->pid);
	bool overlapped;

	c->out->starts++;
	if (shrinker == NONE_U32) {
		c->out->unpaired++;
		return;
	}
	for (u32 i = 0; i < c->nr_eras; i++)
		check_start(c, i, &c->seen[shrinker], &ev->shrink);
	if (o) {
		c->out->unpaired++;
		*o = c->open[--c->nr_open];
	}
	overlapped = is_open(c, shrinker);
	if (c->nr_open == MAX_OPEN) {
		c->out->unpaired++;
		return;
	}
	c->open[c->nr_open++] = (struct open_call){.pid = ev->pid,
						   .shrinker = shrinker,
						   .start = ev->shrink,
						   .line = c->line,
						   .overlapped = overlapped};
	if (overlapped)
		mark_overlaps(c, shrinker);
}

static void take_end(struct checking *c, const struct raw_event *ev)
{
	struct open_call *o = find_open(c, ev->pid);
	u32 shrinker = find_shrinker(c, &ev->shrink);

	c->out->ends++;
	if (!o || o->shrinker != shrinker) {
		c->out->unpaired++;
		return;
	}
	for (u32 i = 0; i < c->nr_eras; i++)
		check_end(c, i, o, &ev->shrink);
	c->seen[shrinker].last_end = c->line;
	c->seen[shrinker].last_end_pid = ev->pid;
	*o = c->open[--c->nr_open];
}

static void take_line(struct checking *c, struct ftrace_parser *p, const struct text_line *line)
{
	struct raw_event ev;

	switch (line->overlong ? FTRACE_DAMAGED : ftrace_text_parse(p, line->s, line->len, &ev)) {
	case FTRACE_EVENT:
		if (ev.type != RAW_SHRINK_START && ev.type != RAW_SHRINK_END)
			break;
		if (!plausible(&ev))
			c->out->damaged++;
		else if (ev.type == RAW_SHRINK_START)
			take_start(c, &ev);
		else
			take_end(c, &ev);
		break;
	case FTRACE_LOST:
		/* who has ended, and with what, is not known any more */
		c->out->unpaired += c->nr_open;
		c->nr_open = 0;
		break;
	case FTRACE_DAMAGED:
		c->out->damaged++;
		break;
	default:
		break;
	}
}

/* ---- calls as a table: shrink.csv ---- */

#define PAIR_HEAD "task,"
#define PAIR_FIELDS 14

/* Splits at commas; false: another number of fields. */
static bool split_fields(const struct text_line *line, struct slice *field)
{
	const char *at = line->s, *end = line->s + line->len;

	for (u32 i = 0; i < PAIR_FIELDS; i++) {
		const char *comma = memchr(at, ',', (size_t)(end - at));

		if (!comma != (i == PAIR_FIELDS - 1))
			return false;
		field[i] = (struct slice){at, (u32)((comma ? comma : end) - at)};
		at = comma ? comma + 1 : end;
	}
	return true;
}

static bool field_number(struct slice f, s64 *v)
{
	char copy[32], *end;

	if (!f.len || f.len >= sizeof(copy))
		return false;
	memcpy(copy, f.s, f.len);
	copy[f.len] = 0;
	errno = 0;
	*v = strtoll(copy, &end, 10);
	return !*end && !errno && (copy[0] == '-' || (copy[0] >= '0' && copy[0] <= '9'));
}

/* "(____ptrval____)" and the like: 0 */
static u64 field_pointer(struct slice f)
{
	char copy[32], *end;
	u64 v;

	if (!f.len || f.len >= sizeof(copy))
		return 0;
	memcpy(copy, f.s, f.len);
	copy[f.len] = 0;
	v = strtoull(copy, &end, 16);
	return *end ? 0 : v;
}

static bool parse_pair(const struct text_line *line, struct raw_event *start, struct raw_event *end)
{
	struct slice f[PAIR_FIELDS];
	s64 n[PAIR_FIELDS], *v = n;

	if (line->overlong || !split_fields(line, f))
		return false;
	for (u32 i = 4; i < PAIR_FIELDS; i++)
		if (!field_number(f[i], &v[i]))
			return false;
	if (v[9] < -1 || v[9] > INT32_MAX)
		return false;
	*start = (struct raw_event){.type = RAW_SHRINK_START};
	start->shrink = (struct raw_shrink){.function = f[2],
					    .shrinker = field_pointer(f[3]),
					    .nr_deferred = v[5],
					    .cache_items = v[6],
					    .delta = v[7],
					    .total_scan = v[8],
					    .priority = (s32)v[9],
					    .pgs_scanned = -1,
					    .lru_pgs = -1};
	*end = (struct raw_event){.type = RAW_SHRINK_END};
	end->shrink = (struct raw_shrink){.function = f[2],
					  .shrinker = start->shrink.shrinker,
					  .unused_scan = v[10],
					  .new_scan = v[11],
					  .total_scan = v[12],
					  .retval = v[13]};
	return true;
}

/* Start and end in one row. Who else was in the shrinker meanwhile is not in it: more may have come back. */
static void take_pair(struct checking *c, const struct text_line *line)
{
	struct raw_event start, end;

	if (!line->len)
		return;
	if (!parse_pair(line, &start, &end) || !plausible(&start) || !plausible(&end)) {
		c->out->damaged++;
		return;
	}
	take_start(c, &start);
	for (u32 i = 0; i < c->nr_open; i++)
		c->open[i].overlapped = true;
	take_end(c, &end);
}

static int finish(struct checking *c, struct arena *arena, struct diag *d)
{
	struct era *best = &c->eras[0];
	struct validation_trace *out = c->out;

	if (!out->starts)
		return diag_error(
			d, DIAG_INPUT,
			"%s: no line of mm_shrink_slab_start: it needs the text of a trace with "
			"vmscan:mm_shrink_slab_start and _end",
			out->path);
	out->unpaired += c->nr_open;
	for (u32 i = 1; i < c->nr_eras; i++)
		if (c->eras[i].wrong < best->wrong)
			best = &c->eras[i];
	/* others that do as well are as good a guess */
	for (u32 i = 0; i < c->nr_eras; i++) {
		if (&c->eras[i] != best && c->eras[i].wrong == best->wrong) {
			name_row(best, "or");
			name_row(best, c->eras[i].rows);
		}
	}
	out->rows = arena_strdup(arena, best->rows);
	out->wrong = best->wrong;
	out->overtaken = best->overtaken;
	out->first_wrong = best->first_wrong;
	out->expected = arena_strdup(arena, best->expected);
	return out->rows && out->expected ? 0 : diag_error(d, DIAG_SYSTEM, "out of memory");
}

static int check_stream(struct validation_trace *out, struct text_stream *s, const char *kernel,
			struct arena *arena, struct diag *d)
{
	struct checking *c = calloc(1, sizeof(*c));
	struct ftrace_parser parser;
	struct text_line line;
	bool pairs;
	int ret;

	if (c)
		c->seen = calloc(MAX_SHRINKERS, sizeof(*c->seen));
	if (!c || !c->seen || ftrace_parser_init(&parser)) {
		if (c)
			free(c->seen);
		free(c);
		return diag_error(d, DIAG_SYSTEM, "out of memory");
	}
	c->out = out;
	out->guessed = !kernel;
	ret = add_eras(c, kernel, d);
	line = text_stream_peek(s);
	pairs = line.len > strlen(PAIR_HEAD) && !memcmp(line.s, PAIR_HEAD, strlen(PAIR_HEAD));
	while (!ret && (ret = text_stream_next(s, &line)) > 0) {
		c->line = s->line;
		if (!pairs)
			take_line(c, &parser, &line);
		else if (c->line > 1)
			take_pair(c, &line);
		ret = 0;
	}
	if (!ret && s->truncated)
		diag_warn(d, (struct src_pos){0}, "%s: cut off: %s", out->path, s->why);
	if (!ret)
		ret = finish(c, arena, d);
	ftrace_parser_destroy(&parser);
	free(c->seen);
	free(c);
	return ret;
}

int shrink_check(struct validation_trace *out, const char *path, const char *kernel,
		 struct arena *arena, struct diag *d)
{
	struct text_stream s;
	int ret;

	*out = (struct validation_trace){.path = path};
	ret = text_stream_open(&s, path, d);
	if (ret)
		return ret;
	ret = check_stream(out, &s, kernel, arena, d);
	text_stream_close(&s);
	return ret;
}

int shrink_check_text(struct validation_trace *out, const char *name, const char *text, size_t len,
		      const char *kernel, struct arena *arena, struct diag *d)
{
	struct text_stream s;
	int ret;

	*out = (struct validation_trace){.path = name};
	ret = text_stream_memory(&s, text, len, name, d);
	if (ret)
		return ret;
	ret = check_stream(out, &s, kernel, arena, d);
	text_stream_close(&s);
	return ret;
}
