// SPDX-License-Identifier: GPL-3.0-or-later
#include "trace/ftrace_context.h"

#define LONGEST_FLAGS 8 /* latency flags: 4 up to 5.15, 5 since, more with PREEMPT_RT */

/* "487636:" behind the seconds; nine decimals from trace-cmd -t and perf --ns. */
static const char *parse_decimals(const char *p, u64 *ns)
{
	u64 unit = NSEC_PER_SEC / 10;

	if (!is_digit(*p))
		return NULL;
	for (*ns = 0; is_digit(*p); p++, unit /= 10)
		*ns += (u64)(*p - '0') * unit;
	return *p == ':' ? p + 1 : NULL;
}

const char *ftrace_time_parse(const char *p, u64 *ns)
{
	u64 seconds, decimals = 0;
	u32 six;

	p = parse_number(p, UINT64_MAX, &seconds);
	if (!p)
		return NULL;
	if (*p == ':') {
		*ns = seconds;
		return p + 1;
	}
	if (*p++ != '.' || seconds > UINT64_MAX / NSEC_PER_SEC - 1)
		return NULL;
	if (likely(six_digits(p, &six))) {
		*ns = seconds * NSEC_PER_SEC + six * NSEC_PER_USEC;
		return p + 7;
	}
	p = parse_decimals(p, &decimals);
	*ns = seconds * NSEC_PER_SEC + decimals;
	return p;
}

/*
 * The third letter says hardirq/softirq context (the fourth where PREEMPT_RT has a column for lazy
 * preemption). NULL if this is no such word.
 */
static const char *parse_flags(const char *p, bool *irq)
{
	const char *start = p;
	u32 n;

	while ((u8)*p > ' ' && p - start <= LONGEST_FLAGS)
		p++;
	n = (u32)(p - start);
	if (n < 4 || n > LONGEST_FLAGS || *p != ' ')
		return NULL;
	*irq = ftrace_irq_letter(start[2]) || (n > 5 && ftrace_irq_letter(start[3]));
	return p;
}

/* From the first digit of the pid to behind "time:"; NULL if it is something else. */
static const char *parse_from_pid(const char *p, struct raw_event *ev)
{
	bool latency = false;
	u64 pid, cpu;

	p = parse_number(p, RAW_PID_LIMIT, &pid);
	if (!p)
		return NULL;
	p = skip_spaces(p);
	if (*p == '(') { /* the thread group's id, option record-tgid */
		for (p++; is_digit(*p) || *p == '-' || *p == ' '; p++)
			;
		if (*p++ != ')')
			return NULL;
		p = skip_spaces(p);
	}
	if (*p == '[')
		p++;
	else
		latency = true;
	p = parse_number(p, UINT16_MAX - 1, &cpu);
	if (!p || (!latency && (*p++ != ']' || *p != ' ')))
		return NULL;
	p = skip_spaces(p);
	ev->irq = false;
	if (latency || !is_digit(*p)) {
		p = parse_flags(p, &ev->irq);
		if (!p)
			return NULL;
		p = skip_spaces(p);
	}
	ev->pid = (u32)pid;
	ev->cpu = (u16)cpu;
	return ftrace_time_parse(p, &ev->time_ns);
}

/* Blanks around it go, and what a tool puts before the kernel's 16 columns ("host:"). */
static struct slice trim_comm(const char *s, const char *end)
{
	while (end > s && end[-1] == ' ')
		end--;
	if (end - s > FTRACE_COMM_COLUMNS)
		s = end - FTRACE_COMM_COLUMNS;
	while (s < end && *s == ' ')
		s++;
	return (struct slice){s, (u32)(end - s)};
}

/* perf script: "comm pid [cpu]" or "comm pid/tid [cpu]"; bracket is where '[' stands. */
static const char *parse_perf(const char *s, const char *bracket, struct raw_event *ev)
{
	const char *p = bracket, *name_end;

	while (p > s && p[-1] == ' ')
		p--;
	while (p > s && is_digit(p[-1]))
		p--;
	if (!is_digit(*p) || p == s)
		return NULL;
	name_end = p;
	if (p[-1] == '/') {
		for (name_end--; name_end > s && is_digit(name_end[-1]); name_end--)
			;
	} else if (p[-1] != ' ') {
		return NULL;
	}
	p = parse_from_pid(p, ev);
	if (p)
		ev->comm = trim_comm(s, name_end);
	return p;
}

/* The first dash from which pid, cpu and time follow one another; names may hold dashes too. */
static const char *parse_dashed(const char *s, const char *end, struct raw_event *ev)
{
	const char *behind;

	for (const char *p = s; (p = find_byte(p, end, '-')) < end; p++) {
		behind = parse_from_pid(p + 1, ev);
		if (!behind)
			continue;
		ev->comm = trim_comm(s, p);
		/* perf's name for a task it does not know is ":-1", with pid -1. */
		if (slice_eq(ev->comm, SLICE(":-1")))
			ev->pid = 0;
		return behind;
	}
	return NULL;
}

const char *ftrace_columns_parse(const char *s, const char *end, struct raw_event *ev)
{
	const char *p = s + FTRACE_COMM_COLUMNS;

	if (end - p < FTRACE_COMM_COLUMNS || *s != ' ' || *p != '-')
		return NULL;
	ev->comm = trim_comm(s, p);
	return parse_from_pid(p + 1, ev);
}

const char *ftrace_context_parse(const char *s, const char *end, struct raw_event *ev)
{
	const char *behind = parse_dashed(s, end, ev);

	for (const char *p = s; !behind && (p = find_byte(p, end, '[')) < end; p++)
		behind = parse_perf(s, p, ev);
	return behind;
}
