// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/format.h"

#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define KIB 1024.0
#define WHOLE_MAX 9007199254740992.0 /* 2^53: every whole number below is exact */

/* snprintf of one double; a library that is used by a program with a locale still writes a point. */
static void __attribute__((format(printf, 2, 3)))
print_double(char buf[FORMAT_LEN], const char *fmt, ...)
{
	const char *point = localeconv()->decimal_point;
	size_t len = strlen(point);
	va_list ap;
	char *at;

	va_start(ap, fmt);
	vsnprintf(buf, FORMAT_LEN, fmt, ap);
	va_end(ap);
	if (!strcmp(point, ".") || !len)
		return;
	at = strstr(buf, point);
	if (!at)
		return;
	*at = '.';
	memmove(at + 1, at + len, strlen(at + len) + 1);
}

const char *format_number(char buf[FORMAT_LEN], double v, bool integer)
{
	buf[0] = 0;
	if (isnan(v))
		return buf;
	if (v == 0) /* not "-0" */
		v = 0;
	if (v == trunc(v) && (fabs(v) < WHOLE_MAX || (integer && fabs(v) < 1e20)))
		print_double(buf, "%.0f", v);
	else
		print_double(buf, "%.9g", v);
	return buf;
}

const char *format_seconds(char buf[FORMAT_LEN], double s)
{
	size_t n;

	buf[0] = 0;
	if (isnan(s))
		return buf;
	print_double(buf, "%.9f", s);
	n = strlen(buf);
	while (n && buf[n - 1] == '0')
		n--;
	if (n && buf[n - 1] == '.')
		n--;
	buf[n] = 0;
	if (!strcmp(buf, "-0"))
		strcpy(buf, "0");
	return buf;
}

struct step {
	double from, divisor; /* used from this value on */
	const char *name;
};

static const struct step byte_steps[] = {
	{0, 1, "B"},
	{KIB, KIB, "KiB"},
	{KIB * KIB, KIB *KIB, "MiB"},
	{KIB * KIB * KIB, KIB *KIB *KIB, "GiB"},
	{KIB * KIB * KIB * KIB, KIB *KIB *KIB *KIB, "TiB"},
	{KIB * KIB * KIB * KIB * KIB, KIB *KIB *KIB *KIB *KIB, "PiB"},
};

static const struct step time_steps[] = {
	{0, 1e-9, "ns"},   {1e-6, 1e-6, "us"}, {1e-3, 1e-3, "ms"},   {1, 1, "s"},
	{1000, 60, "min"}, {6000, 3600, "h"},  {360000, 86400, "d"},
};

/* Counts up to 99999 are printed whole: ids and lists are recognised by their digits. */
static const struct step count_steps[] = {
	{0, 1, ""},	 {1e5, 1e3, "k"},   {1e6, 1e6, "M"},
	{1e9, 1e9, "G"}, {1e12, 1e12, "T"}, {1e15, 1e15, "P"},
};

static const struct step axis_count_steps[] = {
	{0, 1, ""},	 {1e4, 1e3, "k"},   {2e6, 1e6, "M"},
	{2e9, 1e9, "G"}, {2e12, 1e12, "T"}, {2e15, 1e15, "P"},
};

static const struct step share_steps[] = {{0, 0.01, "%"}};
static const struct step plain_steps[] = {{0, 1, ""}};

struct steps {
	const struct step *step;
	u32 n;
	bool counts;
};

static struct steps steps_of(const char *unit, bool axis)
{
	if (!strcmp(unit, "bytes") || !strcmp(unit, "B"))
		return (struct steps){byte_steps, ARRAY_SIZE(byte_steps), false};
	if (!strcmp(unit, "s"))
		return (struct steps){time_steps, ARRAY_SIZE(time_steps), false};
	if (!strcmp(unit, "share"))
		return (struct steps){share_steps, ARRAY_SIZE(share_steps), false};
	if (!strcmp(unit, "ratio") || !strcmp(unit, "index"))
		return (struct steps){plain_steps, ARRAY_SIZE(plain_steps), false};
	if (axis)
		return (struct steps){axis_count_steps, ARRAY_SIZE(axis_count_steps), true};
	return (struct steps){count_steps, ARRAY_SIZE(count_steps), true};
}

/* Three significant digits; whole numbers stay whole. */
static void three_digits(char buf[FORMAT_LEN], double v)
{
	double a = fabs(v);

	if (a >= 1e6 || (a > 0 && a < 0.9995))
		print_double(buf, "%#.3g", v);
	else if (v == trunc(v) || a >= 99.95)
		print_double(buf, "%.0f", v == 0 ? 0 : v);
	else if (a >= 9.995)
		print_double(buf, "%.1f", v);
	else
		print_double(buf, "%.2f", v);
}

/* The step that shows v with three digits; 1023.6 KiB would round to 1024, so it is 1.00 MiB. */
static const struct step *step_for(struct steps s, double v)
{
	const struct step *best = s.step;

	v = fabs(v);
	for (u32 i = 1; i < s.n; i++) {
		double shown = v / best->divisor;

		if (shown >= 99.95)
			shown = round(shown);
		if (v >= s.step[i].from || shown * best->divisor >= s.step[i].from)
			best = &s.step[i];
	}
	return best;
}

const char *format_human(char buf[FORMAT_LEN], double v, const char *unit)
{
	return format_human_beside(buf, v, unit, v);
}

const char *format_human_beside(char buf[FORMAT_LEN], double v, const char *unit, double max)
{
	const struct step *step;
	struct steps steps;

	if (isnan(v))
		return strcpy(buf, "-");
	if (isinf(v))
		return strcpy(buf, v > 0 ? "inf" : "-inf");
	if (v == 0 && (!strcmp(unit, "s") || !strcmp(unit, "bytes")))
		return strcpy(buf, "0");
	steps = steps_of(unit, false);
	step = step_for(steps, fabs(v) * 100 >= max && isfinite(max) ? fmax(max, fabs(v)) : v);
	three_digits(buf, v / step->divisor);
	if (step->name[0]) {
		strcat(buf, " ");
		strcat(buf, step->name);
	}
	return buf;
}

const char *format_human_unit(char buf[FORMAT_LEN], double v, const char *unit)
{
	size_t n;

	format_human(buf, v, unit);
	if (isfinite(v) && steps_of(unit, false).counts && unit[0]) {
		n = strlen(buf);
		snprintf(buf + n, FORMAT_LEN - n, " %s", unit);
	}
	return buf;
}

static void percent(char buf[FORMAT_LEN], double p)
{
	double a = fabs(p);

	if (a >= 0.1)
		print_double(buf, "%+.1f %%", p);
	else if (a >= 0.001)
		print_double(buf, "%+.2g %%", p);
	else
		strcpy(buf, "~ 0 %");
}

const char *format_change(char buf[FORMAT_LEN], double a, double b)
{
	double ratio;
	char num[FORMAT_LEN];

	if (isnan(a) || isnan(b))
		return strcpy(buf, "-");
	if (a == b)
		return strcpy(buf, "same");
	if (a == 0 || !isfinite(a) || !isfinite(b))
		return strcpy(buf, a == 0 ? "from 0" : "-");
	ratio = b / a;
	if (ratio == 0)
		return strcpy(buf, "-100 %");
	if (ratio < 0 || (ratio >= 0.00995 && ratio < 1.995)) {
		percent(buf, (b - a) / fabs(a) * 100);
		return buf;
	}
	format_human(num, fmax(ratio, 1 / ratio), fmax(ratio, 1 / ratio) >= 1e5 ? "" : "ratio");
	snprintf(buf, FORMAT_LEN, "%s%.32s", ratio < 1 ? "1/" : "x ", num);
	return buf;
}

const char *format_spread(char buf[FORMAT_LEN], double part, double whole, const char *unit)
{
	char num[FORMAT_LEN];
	double p = fabs(part / whole) * 100;

	if (whole == 0 || !isfinite(p))
		format_human(num, part, unit);
	else if (p >= 9.95)
		print_double(num, "%.0f %%", p);
	else if (p >= 0.1)
		print_double(num, "%.1f %%", p);
	else
		print_double(num, "%.1g %%", p);
	snprintf(buf, FORMAT_LEN, "+-%.48s", num);
	return buf;
}

struct format_scale format_scale(double max, const char *unit)
{
	struct steps steps = steps_of(unit, true);
	const struct step *step = step_for(steps, max);

	if (max == 0 && !strcmp(unit, "s"))
		return (struct format_scale){1, "s", false};
	return (struct format_scale){step->divisor, step->name, steps.counts};
}

u32 utf8_char(const char *s)
{
	const u8 *p = (const u8 *)s;
	u32 n = p[0] < 0x80   ? 1
		: p[0] < 0xc2 ? 0
		: p[0] < 0xe0 ? 2
		: p[0] < 0xf0 ? 3
		: p[0] < 0xf5 ? 4
			      : 0;

	if (!p[0])
		return 0;
	for (u32 i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates and what lies beyond U+10FFFF. */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

u32 utf8_width(const char *s)
{
	u32 width = 0;

	for (; *s; s += max_of(utf8_char(s), 1U))
		width++;
	return width;
}

void format_xml(FILE *f, const char *s)
{
	while (*s) {
		u32 n = utf8_char(s);
		u8 c = (u8)*s;

		if (c == '&')
			fputs("&amp;", f);
		else if (c == '<')
			fputs("&lt;", f);
		else if (c == '>')
			fputs("&gt;", f);
		else if (c == '"')
			fputs("&quot;", f);
		else if (c == '\'')
			fputs("&#39;", f);
		else if (!n || c == 0x7f || (c < 0x20 && c != '\n' && c != '\t'))
			fputc('?', f);
		else
			fwrite(s, 1, n, f);
		s += max_of(n, 1U);
	}
}

/* Length in bytes of the longest start of s with at most width characters. */
static size_t cut_at(const char *s, u32 width)
{
	const char *p = s;

	while (*p && *p != ' ' && *p != '\n' && width--)
		p += max_of(utf8_char(p), 1U);
	return (size_t)(p - s);
}

static u32 word_width(const char *s)
{
	u32 width = 0;

	for (; *s && *s != ' ' && *s != '\n'; s += max_of(utf8_char(s), 1U))
		width++;
	return width;
}

void format_wrapped(FILE *f, const char *text, const char *first, const char *indent, u32 width)
{
	u32 col = utf8_width(first), lead = utf8_width(indent);
	bool fresh = true; /* nothing but the lead stands on this line */

	fputs(first, f);
	for (;;) {
		u32 word;
		size_t n;

		while (*text == ' ' || *text == '\n')
			text++;
		if (!*text)
			break;
		word = word_width(text);
		if (!fresh && col + 1 + word > width) {
			fprintf(f, "\n%s", indent);
			col = lead;
			fresh = true;
		}
		n = cut_at(text, width - col - !fresh);
		fprintf(f, "%s%.*s", fresh ? "" : " ", (int)n, text);
		col += min_of(word, width - col - !fresh) + !fresh;
		text += n;
		fresh = false;
	}
	fputc('\n', f);
}
