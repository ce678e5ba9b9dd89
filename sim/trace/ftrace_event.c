// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Formats: KERNEL_FACTS 8. Cgroups, tasks, vmscan, marks. Names and paths may hold anything, so that what stands behind
 * them is found from the far end or by the first place where all of it fits.
 */
#include "trace/ftrace_event.h"

#define LONGEST_COMM 16 /* as printed: %16s */
#define LONGEST_PATH 4096
#define DEEPEST_PATH 256 /* components of a cgroup's path */

static const char *parse_s64(const char *p, s64 *out)
{
	bool minus = *p == '-';
	u64 v;

	p = parse_number(p + minus, INT64_MAX, &v);
	if (p)
		*out = minus ? -(s64)v : (s64)v;
	return p;
}

const char *ftrace_s32_parse(const char *p, s32 *out)
{
	s64 v;

	p = parse_s64(p, &v);
	if (!p || v < INT32_MIN || v > INT32_MAX)
		return NULL;
	*out = (s32)v;
	return p;
}

const char *ftrace_pointer_parse(const char *p, const char *end, u64 *ptr, u8 *kind)
{
	const char *start = p = skip_spaces(p);
	u64 v = 0;

	if (*p == '(' || *p == '_') {
		struct slice word = {p, (u32)(find_byte(p, end, ' ') - p)};

		*ptr = 0;
		*kind = slice_eq(word, SLICE("(null)")) ? RAW_PTR_NULL : RAW_PTR_HIDDEN;
		if (*kind == RAW_PTR_HIDDEN && !memmem(word.s, word.len, "ptrval", 6))
			return NULL;
		return p + word.len;
	}
	if (AT(p, "0x"))
		start = p += 2;
	for (; p - start <= 16; p++) {
		u8 c = (u8)*p, digit;

		if (is_digit(*p))
			digit = c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (c | 0x20) - 'a' + 10;
		else
			break;
		v = v << 4 | digit;
	}
	if (p == start || p - start > 16)
		return NULL;
	*ptr = v;
	*kind = v ? RAW_PTR_VALUE : RAW_PTR_NULL;
	return p;
}

/* ---- cgroup, KERNEL_FACTS 8.3 ---- */

static bool path_ok(struct slice path)
{
	u32 depth = 0;

	if (!path.len || path.s[0] != '/' || path.len > LONGEST_PATH)
		return false;
	for (u32 i = 0; i < path.len; i++) {
		depth += path.s[i] == '/';
		if ((u8)path.s[i] < ' ')
			return false;
	}
	return depth <= DEEPEST_PATH;
}

/* " id=NUMBER", or " dst_id=NUMBER" in the events that move tasks. */
static const char *cgroup_field(const char *p, bool dst, struct slice key, u64 *out)
{
	if (!p || *p++ != ' ')
		return NULL;
	if (dst && AT(p, "dst_"))
		p += LEN("dst_");
	return memcmp(p, key.s, key.len) ? NULL : parse_number(p + key.len, UINT64_MAX, out);
}

/* "root=4 id=26897 level=1 path=": behind it, or NULL. */
static const char *parse_cgroup_head(const char *p, bool dst, struct raw_cgroup *cg)
{
	u64 root, level;

	/* Step back on the blank in front, which every field here has. */
	p = cgroup_field(p - 1, dst, SLICE("root="), &root);
	p = cgroup_field(p, dst, SLICE("id="), &cg->id);
	p = cgroup_field(p, dst, SLICE("level="), &level);
	if (!p || root > UINT32_MAX || level > UINT32_MAX)
		return NULL;
	cg->root = (u32)root;
	cg->level = (u32)level;
	if (dst && AT(p, " dst_path="))
		return p + LEN(" dst_path=");
	return AT(p, " path=") ? p + LEN(" path=") : NULL;
}

static const char *trim_end(const char *s, const char *end)
{
	while (end > s && end[-1] == ' ')
		end--;
	return end;
}

static const char *parse_cgroup(const char *p, const char *end, struct raw_event *ev, u8 type)
{
	struct raw_cgroup *cg = &ev->cgroup;

	ev->type = type;
	cg->pid = 0;
	p = parse_cgroup_head(p, false, cg);
	if (!p)
		return "no root=, id=, level=, path=";
	cg->path = (struct slice){p, (u32)(trim_end(p, end) - p)};
	return path_ok(cg->path) ? NULL : "bad path=";
}

/*
 * "key=NUMBER next" somewhere in [p, end), behind a text that may hold anything: the first place
 * where number and next follow. Returns where key stands; *behind is after next.
 */
static const char *find_number(const char *p, const char *end, struct slice key, struct slice next,
			       u64 *out, const char **behind)
{
	while ((p = memmem(p, (size_t)(end - p), key.s, key.len))) {
		const char *q = parse_number(p + key.len, RAW_PID_LIMIT, out);

		if (q && (size_t)(end - q) >= next.len && !memcmp(q, next.s, next.len)) {
			*behind = q + next.len;
			return p;
		}
		p++;
	}
	return NULL;
}

/* "... dst_path=%s pid=%d comm=%s": path and comm may hold blanks, comm has at most 15 letters. */
static const char *parse_attach(const char *p, const char *end, struct raw_event *ev)
{
	struct raw_cgroup *cg = &ev->cgroup;
	const char *start, *behind = NULL, *at;
	u64 pid = 0;

	ev->type = RAW_CGROUP_ATTACH;
	start = p = parse_cgroup_head(p, true, cg);
	if (!p)
		return "no dst_root=, dst_id=, dst_level=, dst_path=";
	at = find_number(p, end, SLICE(" pid="), SLICE(" comm="), &pid, &behind);
	while (at && end - behind > LONGEST_COMM)
		at = find_number(at + 1, end, SLICE(" pid="), SLICE(" comm="), &pid, &behind);
	if (!at)
		return "no pid=";
	cg->pid = (u32)pid;
	cg->path = (struct slice){start, (u32)(at - start)};
	return path_ok(cg->path) ? NULL : "bad dst_path=";
}

/* ---- sched, KERNEL_FACTS 8.4 ---- */

static const char *parse_fork(const char *p, const char *end, struct raw_event *ev)
{
	const char *child, *behind;
	u64 pid;

	ev->type = RAW_FORK;
	if (!AT(p, "comm="))
		return "no comm=";
	if (!find_number(p, end, SLICE(" pid="), SLICE(" child_comm="), &pid, &behind))
		return "no pid=";
	ev->task.pid = (u32)pid;
	/* The last one: the name before it may hold anything. */
	end = trim_end(p, end);
	for (child = end; child > p && is_digit(child[-1]); child--)
		;
	if (child - behind < (ptrdiff_t)LEN(" child_pid=") ||
	    !AT(child - LEN(" child_pid="), " child_pid=") ||
	    parse_number(child, RAW_PID_LIMIT, &pid) != end)
		return "no child_pid=";
	ev->task.child = (u32)pid;
	return NULL;
}

static const char *parse_exit(const char *p, const char *end, struct raw_event *ev)
{
	const char *behind;
	u64 pid;
	s32 prio;

	ev->type = RAW_EXIT;
	if (!AT(p, "comm="))
		return "no comm=";
	if (!find_number(p, end, SLICE(" pid="), SLICE(" prio="), &pid, &behind) ||
	    !ftrace_s32_parse(behind, &prio))
		return "no pid=, prio=";
	ev->task.pid = (u32)pid;
	ev->task.child = 0;
	return NULL;
}

/* ---- vmscan, KERNEL_FACTS 8.1 ---- */

static const char *labelled(const char *p, struct slice label, s64 *out)
{
	if (!p || memcmp(p, label.s, label.len))
		return NULL;
	return parse_s64(p + label.len, out);
}

/* "super_cache_scan+0x0/0x1d0 [module] 000000002551c439: nid: 0" */
static const char *parse_shrink_head(const char *p, const char *end, struct raw_shrink *sh)
{
	const char *start = p;
	u8 kind;

	p = find_byte(p, end, ' ');
	sh->function = (struct slice){start, (u32)(p - start)};
	if (p < end && p[1] == '[') {
		p = find_byte(p, end, ']');
		p += p < end;
	}
	if (p == end || !sh->function.len)
		return NULL;
	p = ftrace_pointer_parse(p, find_byte(p, end, ':'), &sh->shrinker, &kind);
	if (!p || !AT(p, ": nid: "))
		return NULL;
	return ftrace_s32_parse(p + LEN(": nid: "), &sh->nid);
}

static const char *parse_shrink_start(const char *p, const char *end, struct raw_event *ev)
{
	struct raw_shrink *sh = &ev->shrink;
	s64 priority;

	ev->type = RAW_SHRINK_START;
	p = parse_shrink_head(p, end, sh);
	p = labelled(p, SLICE(" objects to shrink "), &sh->nr_deferred);
	if (!p || !AT(p, " gfp_flags "))
		return "no nid, objects to shrink, gfp_flags";
	p = find_byte(p + LEN(" gfp_flags "), end, ' ');
	sh->pgs_scanned = sh->lru_pgs = -1;
	if (AT(p, " pgs_scanned ")) {
		p = labelled(p, SLICE(" pgs_scanned "), &sh->pgs_scanned);
		p = labelled(p, SLICE(" lru_pgs "), &sh->lru_pgs);
	}
	p = labelled(p, SLICE(" cache items "), &sh->cache_items);
	p = labelled(p, SLICE(" delta "), &sh->delta);
	p = labelled(p, SLICE(" total_scan "), &sh->total_scan);
	if (!p)
		return "no cache items, delta, total_scan";
	sh->priority = labelled(p, SLICE(" priority "), &priority) ? (s32)priority : -1;
	return NULL;
}

static const char *parse_shrink_end(const char *p, const char *end, struct raw_event *ev)
{
	struct raw_shrink *sh = &ev->shrink;

	ev->type = RAW_SHRINK_END;
	p = parse_shrink_head(p, end, sh);
	p = labelled(p, SLICE(" unused scan count "), &sh->unused_scan);
	p = labelled(p, SLICE(" new scan count "), &sh->new_scan);
	p = labelled(p, SLICE(" total_scan "), &sh->total_scan);
	p = labelled(p, SLICE(" last shrinker return val "), &sh->retval);
	return p ? NULL : "no nid, scan counts, total_scan, return val";
}

static const char *parse_kswapd(const char *p, struct raw_event *ev, u8 type)
{
	s64 nid, order = 0;

	ev->type = type;
	p = labelled(p, SLICE("nid="), &nid);
	if (!p)
		return "no nid=";
	if (AT(p, " zid="))
		p = labelled(p, SLICE(" zid="), &order);
	if (type == RAW_KSWAPD_WAKE && !labelled(p, SLICE(" order="), &order))
		return "no order=";
	ev->kswapd.nid = (s32)nid;
	ev->kswapd.order = (s32)order;
	return NULL;
}

static const char *parse_mark(const char *p, const char *end, struct raw_event *ev)
{
	ev->type = RAW_MARK;
	if (AT(p, "tracing_mark_write: "))
		p += LEN("tracing_mark_write: ");
	ev->text = (struct slice){p, (u32)(end - p)};
	return NULL;
}

/* ---- which event ---- */

const char *ftrace_event_parse(struct slice name, const char *p, const char *end,
			       struct raw_event *ev)
{
#define IS(literal) (name.len == LEN(literal) && !memcmp(name.s, literal, LEN(literal)))
	if (IS("sched_process_fork"))
		return parse_fork(p, end, ev);
	if (IS("sched_process_exit"))
		return parse_exit(p, end, ev);
	if (IS("mm_shrink_slab_start"))
		return parse_shrink_start(p, end, ev);
	if (IS("mm_shrink_slab_end"))
		return parse_shrink_end(p, end, ev);
	if (IS("cgroup_attach_task") || IS("cgroup_transfer_tasks"))
		return parse_attach(p, end, ev);
	if (IS("cgroup_mkdir"))
		return parse_cgroup(p, end, ev, RAW_CGROUP_MKDIR);
	if (IS("cgroup_rmdir"))
		return parse_cgroup(p, end, ev, RAW_CGROUP_RMDIR);
	if (IS("cgroup_release"))
		return parse_cgroup(p, end, ev, RAW_CGROUP_RELEASE);
	if (IS("mm_vmscan_kswapd_wake"))
		return parse_kswapd(p, ev, RAW_KSWAPD_WAKE);
	if (IS("mm_vmscan_kswapd_sleep"))
		return parse_kswapd(p, ev, RAW_KSWAPD_SLEEP);
	if (IS("tracing_mark_write") || IS("print"))
		return parse_mark(p, end, ev);
#undef IS
	return NULL;
}
