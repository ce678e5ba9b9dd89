// SPDX-License-Identifier: GPL-3.0-or-later
#include "shrinker/recorded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define EVENT ": mm_shrink_slab_"

/* What is being read: the rest of one line, and which calls the tasks are in. */
struct cursor {
	const char *p, *end;
	bool bad;
	long open[RECORDED_TASKS]; /* call, or -1 */
	uint32_t last_end[RECORDED_TASKS];
};

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* Doubles an array of `size`-byte members when `used` has reached a power of two. */
static void *grow(void *array, size_t used, size_t size)
{
	if (used & (used - 1))
		return array;
	return must(realloc(array, (used ? 2 * used : 1) * size));
}

static char *unpack(const char *path, FILE *f, size_t *size)
{
	ZSTD_DStream *zstd = ZSTD_createDStream();
	static char piece[1 << 17];
	size_t cap = 1 << 20, got, ret = 1;
	char *text = must(malloc(cap));
	ZSTD_inBuffer in = {piece, 0, 0};

	*size = 0;
	while (!ZSTD_isError(ret) && (got = fread(piece, 1, sizeof(piece), f)) > 0) {
		in.size = got;
		in.pos = 0;
		while (in.pos < in.size && !ZSTD_isError(ret)) {
			ZSTD_outBuffer out = {text, cap, *size};

			ret = ZSTD_decompressStream(zstd, &out, &in);
			*size = out.pos;
			if (*size == cap) {
				cap *= 2;
				text = must(realloc(text, cap));
			}
		}
	}
	ZSTD_freeDStream(zstd);
	if (ret == 0)
		return text;
	fprintf(stderr, "%s: not a whole zstd file\n", path);
	free(text);
	return NULL;
}

/* Moves past the next `word` of the line. */
static void skip_past(struct cursor *c, const char *word)
{
	size_t len = strlen(word);
	const char *at = memmem(c->p, (size_t)(c->end - c->p), word, len);

	if (at)
		c->p = at + len;
	else
		c->bad = true;
}

/* The number after `word`. The line ends with a newline, so a number never runs off its end. */
static int64_t number_after(struct cursor *c, const char *word)
{
	bool negative;
	int64_t n = 0;

	skip_past(c, word);
	negative = *c->p == '-';
	c->p += negative;
	if (c->bad || *c->p < '0' || *c->p > '9') {
		c->bad = true;
		return 0;
	}
	while (*c->p >= '0' && *c->p <= '9')
		n = 10 * n + (*c->p++ - '0');
	return negative ? -n : n;
}

/* "   kswapd0-30    [000] ....": the pid stands after the last dash before the bracket. */
static int task_of(struct recorded *r, struct cursor *c, const char *line)
{
	const char *bracket = memchr(line, '[', (size_t)(c->end - line));
	const char *dash = bracket ? memrchr(line, '-', (size_t)(bracket - line)) : NULL;
	long pid = dash ? strtol(dash + 1, NULL, 10) : -1;
	int i;

	for (i = 0; i < r->nr_tasks; i++)
		if (r->pids[i] == pid)
			return i;
	if (!dash || i == RECORDED_TASKS) {
		c->bad = true;
		return 0;
	}
	r->pids[i] = pid;
	c->open[i] = -1;
	r->nr_tasks++;
	return i;
}

/* Copies what stands before `stop`, and moves past it. */
static void copy_until(struct cursor *c, char stop, char *word, size_t size)
{
	const char *at = memchr(c->p, stop, (size_t)(c->end - c->p));
	size_t len = at ? (size_t)(at - c->p) : size;

	word[0] = '\0';
	if (len >= size) {
		c->bad = true;
		return;
	}
	memcpy(word, c->p, len);
	word[len] = '\0';
	c->p = at + 1;
}

/* "super_cache_scan+0x0/0x1d0 00000000abf60416: nid: 0 ..." */
static int shrinker_of(struct recorded *r, struct cursor *c)
{
	struct recorded_shrinker s;
	char offset[24];
	int i;

	copy_until(c, '+', s.function, sizeof(s.function));
	copy_until(c, ' ', offset, sizeof(offset));
	copy_until(c, ':', s.pointer, sizeof(s.pointer));
	for (i = 0; i < r->nr_shrinkers; i++)
		if (!strcmp(r->shrinkers[i].pointer, s.pointer) &&
		    !strcmp(r->shrinkers[i].function, s.function))
			return i;
	if (c->bad || i == RECORDED_SHRINKERS) {
		c->bad = true;
		return 0;
	}
	r->shrinkers[r->nr_shrinkers++] = s;
	return i;
}

static void read_start(struct recorded *r, struct cursor *c, int task)
{
	struct recorded_call *call;

	r->calls = grow(r->calls, r->nr_calls, sizeof(*r->calls));
	call = &r->calls[r->nr_calls];
	*call = (struct recorded_call){.task = task, .shrinker = shrinker_of(r, c)};
	call->node = (int)number_after(c, "nid: ");
	call->deferred = number_after(c, "objects to shrink ");
	skip_past(c, "gfp_flags ");
	call->nofs = c->end - c->p > 8 && !memcmp(c->p, "GFP_NOFS", 8);
	call->cache_items = number_after(c, "cache items ");
	call->delta = number_after(c, "delta ");
	call->total_scan = number_after(c, "total_scan ");
	call->priority = (int)number_after(c, "priority ");
	call->idle_since = c->last_end[task];
	call->start = (uint32_t)r->nr_lines;
	c->bad |= c->open[task] >= 0;
	c->open[task] = (long)r->nr_calls++;
}

static void read_end(struct recorded *r, struct cursor *c, int task)
{
	struct recorded_call *call;
	int shrinker = shrinker_of(r, c);

	if (c->bad || c->open[task] < 0 || r->calls[c->open[task]].shrinker != shrinker) {
		c->bad = true;
		return;
	}
	call = &r->calls[c->open[task]];
	call->unused_scan = number_after(c, "unused scan count ");
	call->new_scan = number_after(c, "new scan count ");
	call->left = number_after(c, "total_scan ");
	call->freed = number_after(c, "last shrinker return val ");
	call->end = (uint32_t)r->nr_lines;
	c->last_end[task] = call->end;
	c->open[task] = -1;
}

static void read_line(struct recorded *r, struct cursor *c)
{
	const char *event = memmem(c->p, (size_t)(c->end - c->p), EVENT, strlen(EVENT));
	int task;
	long call;
	bool end;

	if (!event)
		return;
	task = task_of(r, c, c->p);
	c->p = event + strlen(EVENT);
	end = *c->p == 'e';
	call = end ? c->open[task] : (long)r->nr_calls;
	skip_past(c, ": ");
	if (end)
		read_end(r, c, task);
	else
		read_start(r, c, task);
	r->lines = grow(r->lines, r->nr_lines, sizeof(*r->lines));
	r->lines[r->nr_lines++] = 2 * (uint32_t)call + end;
}

int recorded_read_text(const char *path, const char *text, size_t size, struct recorded *r)
{
	struct cursor c = {.p = text};
	const char *line;

	*r = (struct recorded){0};
	for (line = text; line < text + size; line = c.end + 1) {
		c.p = line;
		c.end = memchr(line, '\n', (size_t)(text + size - line));
		if (c.end)
			read_line(r, &c);
		if (!c.end || c.bad) {
			fprintf(stderr, "%s: cannot read '%.*s'\n", path, 200, line);
			return -1;
		}
	}
	for (int i = 0; i < r->nr_tasks; i++) {
		if (c.open[i] >= 0) {
			fprintf(stderr, "%s: task %ld never ends its call\n", path, r->pids[i]);
			return -1;
		}
	}
	return 0;
}

int recorded_read(const char *path, struct recorded *r)
{
	FILE *f = fopen(path, "rb");
	size_t size = 0;
	char *text;
	int ret = -1;

	*r = (struct recorded){0};
	if (!f) {
		perror(path);
		return -1;
	}
	text = unpack(path, f, &size);
	fclose(f);
	if (text)
		ret = recorded_read_text(path, text, size, r);
	free(text);
	return ret;
}

void recorded_free(struct recorded *r)
{
	free(r->calls);
	free(r->lines);
	*r = (struct recorded){0};
}
