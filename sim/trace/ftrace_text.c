// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Formats: KERNEL_FACTS 8. The event's text is read in the order in which the kernel prints it;
 * nothing is searched for that does not have to be. Literals are compared without looking at the
 * end of the line: none holds an end of line, so none can match across it.
 */
#include "trace/ftrace_text.h"

#include <errno.h>
#include <stdlib.h>

#include "trace/ftrace_context.h"

#define AT(p, literal) (!memcmp((p), (literal), sizeof(literal) - 1))
#define LEN(literal) (sizeof(literal) - 1)
/* AT() for 17 to 24 letters, on the hot path: three words, no call. */
#define AT_LONG(p, literal)                                                                        \
	(!memcmp((p), (literal), 16) &&                                                            \
	 !memcmp((p) + LEN(literal) - 8, (literal) + LEN(literal) - 8, 8))

#define LONGEST_COMM 16 /* as printed: %16s */
#define LONGEST_PATH 4096
#define DEEPEST_PATH 256 /* components of a cgroup's path */
#define LONGEST_NAME 64 /* of a cache */

#define CONTEXTS 8 /* one per cpu, more or less */
#define TAILS 512 /* one per cache, gfp flags and node, more or less */
#define LONGEST_TAIL 128
#define MOST_TAGS 0xfff0

/* "            bash-7533    [001] " and what it means. */
struct known_context {
	char text[FTRACE_LONGEST_PREFIX + 1];
	u32 len; /* 0 = nothing is known yet */
	u32 pid;
	u16 cpu;
	u16 comm_at, comm_len; /* in the line */
};

/* "  3811." and what it means. */
struct known_second {
	u64 word, mask;
	u32 len;
	u64 ns;
};

/* " name=dentry bytes_req=192 ..." and what it means. */
struct known_tail {
	u32 len; /* 0 = nothing is known yet */
	u32 type;
	struct raw_object obj; /* all but ptr and call_site */
	char text[LONGEST_TAIL + 32];
};

struct ftrace_memory {
	struct known_context contexts[CONTEXTS];
	struct known_second second;
	u32 nr_tags;
	struct known_tail tails[TAILS];
};

static inline const char *parse_u32(const char *p, u32 *out)
{
	u64 v;

	p = parse_number(p, UINT32_MAX, &v);
	if (likely(p))
		*out = (u32)v;
	return p;
}

static const char *parse_s64(const char *p, s64 *out)
{
	bool minus = *p == '-';
	u64 v;

	p = parse_number(p + minus, INT64_MAX, &v);
	if (p)
		*out = minus ? -(s64)v : (s64)v;
	return p;
}

static const char *parse_s32(const char *p, s32 *out)
{
	s64 v;

	p = parse_s64(p, &v);
	if (!p || v < INT32_MIN || v > INT32_MAX)
		return NULL;
	*out = (s32)v;
	return p;
}

/* ---- kmem, KERNEL_FACTS 8.2 ---- */

/* "call_site=symbol+0x2d/0x230 [module]", behind the "(symbol+0x2d) " of trace-cmd. */
static inline const char *parse_call_site(const char *p, const char *end, const char **site,
					  u32 *site_len)
{
	if (unlikely(!AT(p, "call_site="))) {
		p = skip_spaces(p);
		if (*p == '(') {
			p = find_byte(p, end, ')');
			p = skip_spaces(p + (p < end));
		}
		if (!AT(p, "call_site="))
			return NULL;
	}
	*site = p += LEN("call_site=");
	p = find_byte(p, end, ' ');
	*site_len = (u32)(p - *site);
	if (unlikely(p[0] == ' ' && p[1] == '[')) {
		p = find_byte(p, end, ']');
		if (p == end)
			return NULL;
		p++;
	}
	return p;
}

static const char *parse_odd_pointer(const char *p, const char *end, u64 *ptr, u8 *kind)
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

/* " ptr=" and 16 hex digits, as a rule; with 0x from trace-cmd and perf. */
static inline const char *parse_pointer(const char *p, const char *end, u64 *ptr, u8 *kind)
{
	if (unlikely(!AT(p, " ptr=")))
		return NULL;
	p += LEN(" ptr=");
	if (p[0] == '0' && p[1] == 'x')
		p += 2;
	if (unlikely(!sixteen_hex(p, ptr)))
		return parse_odd_pointer(p, end, ptr, kind);
	*kind = *ptr ? RAW_PTR_VALUE : RAW_PTR_NULL;
	return p + 16;
}

static const char *parse_cache_name(const char *p, const char *end, struct raw_object *o)
{
	const char *start = p;

	p = find_byte(p, end, ' ');
	o->name = (struct slice){start, (u32)(p - start)};
	for (; start < p; start++)
		if ((u8)*start <= ' ' || *start == 0x7f)
			return NULL;
	return o->name.len - 1 < LONGEST_NAME ? p : NULL;
}

/* What came behind gfp_flags over the years; what is not known is passed over. */
static const char *parse_alloc_end(const char *p, const char *end, struct raw_object *o)
{
	for (p = skip_spaces(p); p < end; p = skip_spaces(p)) {
		if (AT(p, "node=")) {
			p = parse_s32(p + LEN("node="), &o->node);
			if (!p)
				return "bad node=";
		} else if (AT(p, "accounted=true")) {
			o->accounted = RAW_ACCOUNTED_YES;
			p += LEN("accounted=true");
		} else if (AT(p, "accounted=false")) {
			o->accounted = RAW_ACCOUNTED_NO;
			p += LEN("accounted=false");
		} else if (AT(p, "accounted=")) {
			return "bad accounted=";
		} else {
			p = find_byte(p, end, ' ');
		}
		if (p < end && *p != ' ')
			return "a field runs into something else";
	}
	return NULL;
}

/* Behind the pointer of an allocation: "name=" since 6.14 or so, sizes, flags, node, accounted. */
static const char *parse_alloc_tail(const char *p, const char *end, struct raw_object *o)
{
	const char *start;

	if (AT(p, " name=")) {
		p = parse_cache_name(p + LEN(" name="), end, o);
		if (!p)
			return "bad name=";
	}
	if (!AT(p, " bytes_req=") || !(p = parse_u32(p + LEN(" bytes_req="), &o->bytes_req)))
		return "no bytes_req=";
	if (!AT(p, " bytes_alloc=") || !(p = parse_u32(p + LEN(" bytes_alloc="), &o->bytes_alloc)))
		return "no bytes_alloc=";
	if (!AT(p, " gfp_flags="))
		return "no gfp_flags=";
	start = p += LEN(" gfp_flags=");
	p = find_byte(p, end, ' ');
	o->gfp = (struct slice){start, (u32)(p - start)};
	if (!o->gfp.len)
		return "no gfp_flags=";
	return parse_alloc_end(p, end, o);
}

/* Behind the pointer of a free: "name=" since 5.12. */
static const char *parse_free_tail(const char *p, const char *end, struct raw_object *o)
{
	if (AT(p, " name=")) {
		p = parse_cache_name(p + LEN(" name="), end, o);
		if (!p)
			return "bad name=";
	}
	return skip_spaces(p) < end ? "something behind the last field" : NULL;
}

static const char *parse_tail(const char *p, const char *end, u8 type, struct raw_object *o)
{
	*o = (struct raw_object){.node = -1};
	return type == RAW_CACHE_ALLOC ? parse_alloc_tail(p, end, o) : parse_free_tail(p, end, o);
}

static inline struct known_tail *tail_of(struct ftrace_memory *m, const char *p, u32 len)
{
	/* The first letters of the name and what stands in the middle. */
	u64 a = load_word(p + LEN(" name=")), b = load_word(p + len / 2);
	u64 h = ((a ^ (b << 29 | b >> 35)) + len) * 0x9e3779b97f4a7c15ULL;

	return &m->tails[h >> 32 & (TAILS - 1)];
}

/* Remembers a tail and gives slices that live as long as it is remembered. */
static void learn_tail(struct ftrace_memory *m, struct known_tail *known, const char *p, u32 len,
		       u8 type, struct raw_object *o)
{
	known->len = len;
	known->type = type;
	memcpy(known->text, p, len);
	if (o->name.len) {
		o->name.s = known->text + (o->name.s - p);
		o->name_tag = m->nr_tags < MOST_TAGS ? (u16)++m->nr_tags : 0;
	}
	if (o->gfp.len)
		o->gfp.s = known->text + (o->gfp.s - p);
	known->obj = *o;
}

/* Behind the pointer stands one of a few dozen texts. Leaves ptr and call_site alone. */
static inline const char *read_tail(struct ftrace_memory *m, const char *p, const char *end,
				    u8 type, struct raw_object *o)
{
	u32 len = (u32)(end - p);
	struct known_tail *known = tail_of(m, p, len);
	const char *why;

	if (likely(known->len == len && known->type == type && same_text(known->text, p, len))) {
		*o = known->obj;
		return NULL;
	}
	why = parse_tail(p, end, type, o);
	if (!why && len - 1 < LONGEST_TAIL)
		learn_tail(m, known, p, len, type, o);
	return why;
}

static inline const char *parse_object(struct ftrace_memory *m, const char *p, const char *end,
				       u8 type, struct raw_event *ev)
{
	struct raw_object *o = &ev->obj;
	const char *why, *site;
	u32 site_len;
	u64 ptr;
	u8 kind;

	ev->type = type;
	p = parse_call_site(p, end, &site, &site_len);
	if (unlikely(!p))
		return "no call_site=";
	p = parse_pointer(p, end, &ptr, &kind);
	if (unlikely(!p || p > end))
		return "no ptr=";
	why = read_tail(m, p, end, type, o);
	o->ptr = ptr;
	o->ptr_kind = kind;
	o->call_site.s = site;
	o->call_site.len = site_len;
	return why;
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
	    !parse_s32(behind, &prio))
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
	p = parse_odd_pointer(p, find_byte(p, end, ':'), &sh->shrinker, &kind);
	if (!p || !AT(p, ": nid: "))
		return NULL;
	return parse_s32(p + LEN(": nid: "), &sh->nid);
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

static const char *parse_rare_event(struct ftrace_memory *m, struct slice name, const char *p,
				    const char *end, struct raw_event *ev)
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
	if (IS("kmem_cache_alloc") || IS("kmem_cache_alloc_node"))
		return parse_object(m, p, end, RAW_CACHE_ALLOC, ev);
	if (IS("kmem_cache_free"))
		return parse_object(m, p, end, RAW_CACHE_FREE, ev);
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

static inline bool name_letter(char c)
{
	return is_digit(c) || (u8)((c | 0x20) - 'a') < 26 || c == '_' || c == '-' || c == '.';
}

/* p stands behind "time:". Lines of the function tracer and stack heads have no "name:". */
static const char *parse_event(struct ftrace_memory *m, const char *p, const char *end,
			       struct raw_event *ev)
{
	const char *start;

	ev->type = RAW_OTHER;
	p = skip_spaces(p);
	if (is_digit(*p)) { /* perf's period */
		while (is_digit(*p))
			p++;
		p = skip_spaces(p);
	}
	for (;;) {
		start = p;
		while (name_letter(*p))
			p++;
		if (*p != ':' || p == start) {
			p = find_byte(start, end, '<');
			return p < end ? NULL : "no event name";
		}
		p++;
		if (p == end || *p == ' ')
			break;
		/* "kmem:" of perf goes; "event:text" is none of the events that are looked into. */
		if (!name_letter(*p))
			return NULL;
	}
	return parse_rare_event(m, (struct slice){start, (u32)(p - 1 - start)}, skip_spaces(p), end,
				ev);
}

/* ---- lines that are no events ---- */

static bool is_hex(char c)
{
	return is_digit(c) || (u8)((c | 0x20) - 'a') < 6;
}

static bool is_comment(const char *s, const char *end)
{
	const char *p = s;
	u32 digits = 0;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	if (p == end || *s == '#')
		return true;
	/* Stack dumps: " => function" of tracefs and trace-cmd, "\t  ffffffff81 function" of perf. */
	if (p > s && AT(p, "=> "))
		return true;
	for (; p > s && is_hex(*p); p++)
		digits++;
	if (digits >= 8 && (*p == ' ' || p == end))
		return true;
	return AT(s, "cpus=") || AT(s, "version = ") || AT(s, "trace-cmd: ");
}

/* "CPU:1 [LOST 44 EVENTS]", "CPU:1 [LOST EVENTS]", trace-cmd: "CPU:1 [44 EVENTS DROPPED]". */
static bool is_lost(const char *s, const char *end, u64 *lost)
{
	const char *p = skip_spaces(s);
	u64 cpu;

	if (!AT(p, "CPU:") || !(p = parse_number(p + LEN("CPU:"), UINT32_MAX, &cpu)))
		return false;
	p = find_byte(p, end, '[');
	if (p == end || !memmem(p, (size_t)(end - p), "EVENTS", LEN("EVENTS")))
		return false;
	p += AT(p, "[LOST ") ? LEN("[LOST ") : 1;
	if (!parse_number(p, UINT32_MAX, lost))
		*lost = 1;
	return true;
}

static enum ftrace_line parse_odd_line(struct ftrace_parser *parser, const char *s, const char *end)
{
	u64 cpu;

	if (is_comment(s, end))
		return FTRACE_COMMENT;
	if (is_lost(s, end, &parser->lost))
		return FTRACE_LOST;
	/* trace-cmd: "CPU 1 is empty" */
	if (AT(s, "CPU ") && parse_number(s + 4, UINT32_MAX, &cpu))
		return FTRACE_COMMENT;
	parser->why = "no \"task-pid [cpu] time:\"";
	return FTRACE_DAMAGED;
}

/* ---- what stands before the event ---- */

/* Seconds of the line before, as a rule; then six decimals. NULL if it has another look. */
static inline const char *parse_time(struct ftrace_memory *m, const char *p, u64 *ns)
{
	struct known_second *known = &m->second;
	const char *digits, *dot, *behind;
	u32 six;

	if (likely((load_word(p) & known->mask) == known->word && known->len &&
		   six_digits(p + known->len, &six))) {
		*ns = known->ns + six * NSEC_PER_USEC;
		return p + known->len + 7;
	}
	digits = skip_spaces(p);
	behind = ftrace_time_parse(digits, ns);
	for (dot = digits; is_digit(*dot); dot++)
		;
	if (behind && *dot == '.' && dot - p < 8) {
		known->len = (u32)(dot - p) + 1;
		known->mask = known->len == 8 ? ~0ULL : (1ULL << (8 * known->len)) - 1;
		known->word = load_word(p) & known->mask;
		known->ns = *ns - *ns % NSEC_PER_SEC;
	}
	return behind;
}

/* By the last digit of the cpu, which stands in one of two columns. */
static inline struct known_context *context_of(struct ftrace_memory *m, const char *s)
{
	return &m->contexts[(s[26] + s[28]) & (CONTEXTS - 1)];
}

/* A known "comm-pid [cpu] ", four, five or no flags, the time; NULL if it is something else. */
static inline const char *parse_known_context(struct ftrace_memory *m, const char *s,
					      struct raw_event *ev)
{
	const struct known_context *known = context_of(m, s);
	const char *p = s + known->len;

	if (unlikely(!known->len || !same_text(known->text, s, known->len)))
		return NULL;
	ev->irq = false;
	if (likely(*p != ' ' && !is_digit(*p))) {
		u32 n = p[4] == ' ' ? 4 : 5;
		u64 flags = load_letters(p, n) | ~0ULL << (8 * n);

		/* No letter below '!' among them, a blank behind. */
		if (unlikely((flags - EACH_BYTE('!')) & ~flags & EACH_BYTE(0x80) || p[n] != ' '))
			return NULL;
		ev->irq = ftrace_irq_letter(p[2]);
		p += n;
	}
	ev->comm.s = s + known->comm_at;
	ev->comm.len = known->comm_len;
	ev->pid = known->pid;
	ev->cpu = known->cpu;
	return parse_time(m, p, &ev->time_ns);
}

static const char *parse_context(struct ftrace_memory *m, const char *s, const char *end,
				 struct raw_event *ev)
{
	const char *p = ftrace_columns_parse(s, end, ev);
	struct known_context *known = context_of(m, s);
	u32 bracket;

	if (!p)
		return ftrace_context_parse(s, end, ev);
	bracket = (u32)(find_byte(s + FTRACE_COMM_COLUMNS, end, '[') - s);
	/* "%16s-%-7d [%03d] ", %-5d up to 5.9: all of it that tells task and cpu. */
	if ((bracket == 25 || bracket == 23) && s[bracket + 4] == ']' && s[bracket + 5] == ' ') {
		known->len = bracket + 6;
		memcpy(known->text, s, known->len);
		known->pid = ev->pid;
		known->cpu = ev->cpu;
		known->comm_at = (u16)(ev->comm.s - s);
		known->comm_len = (u16)ev->comm.len;
	}
	return p;
}

enum ftrace_line ftrace_text_parse(struct ftrace_parser *parser, const char *s, u32 len,
				   struct raw_event *ev)
{
	struct ftrace_memory *m = parser->memory;
	const char *end = s + len, *p, *why;

	if (unlikely(!len || *s == '#'))
		return FTRACE_COMMENT;
	p = parse_known_context(m, s, ev);
	if (unlikely(!p))
		p = parse_context(m, s, end, ev);
	if (unlikely(!p || p > end))
		return parse_odd_line(parser, s, end);
	if (likely(AT_LONG(p, " kmem_cache_alloc: ")))
		why = parse_object(m, p + LEN(" kmem_cache_alloc: "), end, RAW_CACHE_ALLOC, ev);
	else if (likely(AT_LONG(p, " kmem_cache_free: ")))
		why = parse_object(m, p + LEN(" kmem_cache_free: "), end, RAW_CACHE_FREE, ev);
	else
		why = parse_event(m, p, end, ev);
	if (likely(!why))
		return FTRACE_EVENT;
	parser->why = why;
	return FTRACE_DAMAGED;
}

int ftrace_parser_init(struct ftrace_parser *p)
{
	*p = (struct ftrace_parser){.memory = calloc(1, sizeof(*p->memory))};
	return p->memory ? 0 : -ENOMEM;
}

void ftrace_parser_destroy(struct ftrace_parser *p)
{
	free(p->memory);
	p->memory = NULL;
}
