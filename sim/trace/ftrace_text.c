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
#include "trace/ftrace_event.h"

/* AT() for 17 to 24 letters, on the hot path: three words, no call. */
#define AT_LONG(p, literal)                                                                        \
	(!memcmp((p), (literal), 16) &&                                                            \
	 !memcmp((p) + LEN(literal) - 8, (literal) + LEN(literal) - 8, 8))

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

/* " ptr=" and 16 hex digits, as a rule; with 0x from trace-cmd and perf. */
static inline const char *parse_pointer(const char *p, const char *end, u64 *ptr, u8 *kind)
{
	if (unlikely(!AT(p, " ptr=")))
		return NULL;
	p += LEN(" ptr=");
	if (p[0] == '0' && p[1] == 'x')
		p += 2;
	if (unlikely(!sixteen_hex(p, ptr)))
		return ftrace_pointer_parse(p, end, ptr, kind);
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
			p = ftrace_s32_parse(p + LEN("node="), &o->node);
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

/* ---- which event ---- */

static const char *parse_rare_event(struct ftrace_memory *m, struct slice name, const char *p,
				    const char *end, struct raw_event *ev)
{
	if (slice_eq(name, SLICE("kmem_cache_alloc")) ||
	    slice_eq(name, SLICE("kmem_cache_alloc_node")))
		return parse_object(m, p, end, RAW_CACHE_ALLOC, ev);
	if (slice_eq(name, SLICE("kmem_cache_free")))
		return parse_object(m, p, end, RAW_CACHE_FREE, ev);
	return ftrace_event_parse(name, p, end, ev);
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
