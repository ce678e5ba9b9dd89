// SPDX-License-Identifier: GPL-3.0-or-later
#include "scenario/units.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name;
	u64 factor;
};

static const struct unit size_units[] = {
	{"EiB", 1ULL << 60},
	{"PiB", 1ULL << 50},
	{"TiB", 1ULL << 40},
	{"GiB", 1ULL << 30},
	{"MiB", 1ULL << 20},
	{"KiB", 1ULL << 10},
	{"", 1},
	{NULL, 0},
};

static const struct unit time_units[] = {
	{"d", 86400 * NSEC_PER_SEC},
	{"h", 3600 * NSEC_PER_SEC},
	{"min", 60 * NSEC_PER_SEC},
	{"s", NSEC_PER_SEC},
	{"ms", NSEC_PER_MSEC},
	{"us", NSEC_PER_USEC},
	{"ns", 1},
	{NULL, 0},
};

static const struct unit rate_units[] = {
	{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}, {NULL, 0}};

static const char not_number[] = "not a number";
static const char too_large[] = "too large";
static const char negative[] = "must not be negative";

static int fail(const char **why, const char *text)
{
	*why = text;
	return -EINVAL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static u64 unit_factor(const struct unit *units, const char *name)
{
	for (; units->name; units++)
		if (!strcmp(units->name, name))
			return units->factor;
	return 0;
}

/* whole + frac / scale, exactly as written */
struct decimal {
	u64 whole, frac, scale;
	const char *rest; /* behind the digits, spaces skipped */
};

static int scan_decimal(const char *s, struct decimal *n, const char **why)
{
	*n = (struct decimal){.scale = 1};
	if (*s == '-')
		return fail(why, is_digit(s[1]) ? negative : not_number);
	if (!is_digit(*s))
		return fail(why, not_number);
	for (; is_digit(*s); s++)
		if (__builtin_mul_overflow(n->whole, 10, &n->whole) ||
		    __builtin_add_overflow(n->whole, (u64)(*s - '0'), &n->whole))
			return fail(why, too_large);
	if (*s == '.') {
		if (!is_digit(*++s))
			return fail(why, not_number);
		for (; is_digit(*s); s++) {
			/* 18 digits keep frac * factor within 128 bits; zeros beyond say nothing */
			if (n->scale == 1000000000000000000ULL) {
				if (*s != '0')
					return fail(why, "too many decimals");
				continue;
			}
			n->frac = n->frac * 10 + (u64)(*s - '0');
			n->scale *= 10;
		}
	}
	while (*s == ' ')
		s++;
	n->rest = s;
	return 0;
}

/* Rounds to nearest, but not down to nothing, and never a fraction of the smallest unit. */
static int apply_factor(const struct decimal *n, u64 factor, u64 *out, const char **why)
{
	u128 part = (u128)n->frac * factor;
	u128 value = (u128)n->whole * factor + (part + n->scale / 2) / n->scale;

	if (value > UINT64_MAX)
		return fail(why, too_large);
	if (factor == 1 && n->frac)
		return fail(why, "not a whole number of the smallest unit");
	if (!value && n->frac)
		return fail(why, "too small");
	*out = (u64)value;
	return 0;
}

/* What somebody who wrote this after a number probably means. */
static const char *size_unit_hint(const char *unit)
{
	static const char *const hints[][2] = {
		{"k", "use KiB (1024 bytes)"}, {"m", "use MiB (1024 KiB)"},
		{"g", "use GiB (1024 MiB)"},   {"t", "use TiB (1024 GiB)"},
		{"p", "use PiB (1024 TiB)"},
	};
	size_t n = strlen(unit);

	if (!strcasecmp(unit, "b"))
		return "plain bytes take no unit";
	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (!strncasecmp(unit, hints[i][0], 1) &&
		    (n == 1 || !strcasecmp(unit + 1, "b") || !strcasecmp(unit + 1, "ib")))
			return hints[i][1];
	return "sizes take KiB, MiB, GiB, TiB or plain bytes";
}

int parse_size(const char *text, u64 *bytes, const char **why)
{
	struct decimal n;
	u64 factor;

	if (scan_decimal(text, &n, why))
		return -EINVAL;
	factor = unit_factor(size_units, n.rest);
	if (!factor)
		return fail(why, size_unit_hint(n.rest));
	return apply_factor(&n, factor, bytes, why);
}

static const char *time_unit_hint(const char *unit)
{
	if (!*unit)
		return "a time needs a unit: ns, us, ms, s, min, h or d";
	if (!strcasecmp(unit, "m"))
		return "use min for minutes, ms for milliseconds";
	return "times take ns, us, ms, s, min, h or d";
}

int parse_time(const char *text, u64 *ns, const char **why)
{
	struct decimal n;
	u64 factor;

	if (scan_decimal(text, &n, why))
		return -EINVAL;
	factor = unit_factor(time_units, n.rest);
	if (!factor && !*n.rest && !n.whole && !n.frac)
		factor = 1;
	if (!factor)
		return fail(why, time_unit_hint(n.rest));
	return apply_factor(&n, factor, ns, why);
}

/* The text before a slash, without the spaces around it; false if that is longer than any number. */
static bool before_slash(const char *text, const char *slash, char *buf, size_t len)
{
	size_t n = (size_t)(slash - text);

	while (n && text[n - 1] == ' ')
		n--;
	if (n >= len)
		return false;
	memcpy(buf, text, n);
	buf[n] = 0;
	return true;
}

int parse_rate(const char *text, double *per_second, const char **why)
{
	const char *slash = strchr(text, '/');
	u64 period = slash ? unit_factor(rate_units, slash + 1) : 0;
	char number[64];
	double n;

	if (!slash)
		slash = text + strlen(text);
	if (!before_slash(text, slash, number, sizeof(number)))
		return fail(why, not_number);
	if (parse_double(number, &n, why))
		return -EINVAL;
	if (n < 0.0)
		return fail(why, negative);
	if (!*slash && n > 0.0)
		return fail(why, "a rate needs a period: /s, /min, /h or /d");
	if (*slash && !period)
		return fail(why, "rates take /s, /min, /h or /d");
	*per_second = period ? n / (double)period : 0.0;
	return 0;
}

int parse_bandwidth(const char *text, double *bytes_per_second, const char **why)
{
	const char *slash = strchr(text, '/');
	char size[64];
	u64 bytes;

	if (!slash || strcmp(slash, "/s"))
		return fail(why, "a bandwidth is a size followed by /s");
	if (!before_slash(text, slash, size, sizeof(size)))
		return fail(why, not_number);
	if (parse_size(size, &bytes, why))
		return -EINVAL;
	*bytes_per_second = (double)bytes;
	return 0;
}

int parse_bool(const char *text, bool *out)
{
	static const char *const words[][2] = {{"off", "on"}, {"false", "true"}, {"no", "yes"}};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		for (int value = 0; value < 2; value++)
			if (!strcasecmp(text, words[i][value])) {
				*out = value;
				return 0;
			}
	return -EINVAL;
}

static int digit_value(char c)
{
	if (is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

int parse_u64(const char *text, u64 *out, const char **why)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	int base = hex ? 16 : 10;
	const char *s = hex ? text + 2 : text;
	u64 value = 0;

	if (*s == '-')
		return fail(why, is_digit(s[1]) ? negative : "");
	if (digit_value(*s) >= base)
		return fail(why, "");
	if (!hex && s[0] == '0' && s[1])
		return fail(why, is_digit(s[1]) ? "a leading 0 means octal in YAML" : "");
	for (; *s; s++) {
		/* 12_000 */
		if (*s == '_' && digit_value(s[1]) < base && digit_value(s[-1]) < base)
			continue;
		if (digit_value(*s) >= base)
			return fail(why, "");
		if (__builtin_mul_overflow(value, (u64)base, &value) ||
		    __builtin_add_overflow(value, (u64)digit_value(*s), &value))
			return fail(why, too_large);
	}
	*out = value;
	return 0;
}

int parse_int(const char *text, s64 *out, const char **why)
{
	bool minus = text[0] == '-';
	u64 value;

	if (minus && text[1] == '-')
		return fail(why, "");
	if (parse_u64(text + minus, &value, why))
		return -EINVAL;
	if (value > (u64)INT64_MAX)
		return fail(why, minus ? "too small" : too_large);
	*out = minus ? -(s64)value : (s64)value;
	return 0;
}

int parse_double(const char *text, double *out, const char **why)
{
	const char *s = text;
	double value;
	char *end;

	if (*s == '-' || *s == '+')
		s++;
	if (!strcasecmp(s, ".inf") || !strcasecmp(s, ".nan") || !strcasecmp(s, "inf") ||
	    !strcasecmp(s, "nan"))
		return fail(why, "must be finite");
	/* strtod also takes hexadecimal and spaces */
	if (!is_digit(*s) || strspn(s, "0123456789.eE+-") != strlen(s))
		return fail(why, "");
	value = strtod(text, &end);
	if (*end)
		return fail(why, "");
	if (!isfinite(value))
		return fail(why, too_large);
	*out = value;
	return 0;
}

int parse_name(const char *text, const char **why)
{
	size_t n = strlen(text);

	if (n > NAME_MAX_LEN)
		return fail(why, "longer than 64 characters");
	for (const char *s = text; *s; s++)
		if (!is_digit(*s) && !(*s >= 'A' && *s <= 'Z') && !(*s >= 'a' && *s <= 'z') &&
		    !strchr("._+-", *s))
			return fail(why, "");
	return n ? 0 : fail(why, "");
}

void format_value(char *buf, size_t len, enum param_type type, double value)
{
	const struct unit *unit = type == PARAM_SIZE ? size_units : time_units;
	bool whole = value >= 0.0 && value < 18446744073709551615.0;

	if ((type != PARAM_SIZE && type != PARAM_TIME) || !whole || value < 1.0) {
		snprintf(buf, len, "%.15g", value);
		return;
	}
	while ((u64)value % unit->factor)
		unit++;
	snprintf(buf, len, "%llu%s", (unsigned long long)((u64)value / unit->factor), unit->name);
}
