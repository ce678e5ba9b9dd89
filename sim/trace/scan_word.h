/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words of text, eight letters at a time (the kernel's word-at-a-time.h for another purpose).
 *
 * Everything here may read up to 32 bytes from p on, whatever the bound: callers have slack behind
 * their text (STREAM_SLACK).
 */
#ifndef SIM_TRACE_SCAN_WORD_H
#define SIM_TRACE_SCAN_WORD_H

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "engine/base.h"

#define EACH_BYTE(x) (0x0101010101010101ULL * (u8)(x))

/* First letter in the lowest byte. */
static inline u64 load_word(const char *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

/* The first n letters of p (n <= 8), zeros behind them. */
static inline u64 load_letters(const char *p, u32 n)
{
	u64 v = load_word(p);

	return n >= 8 ? v : v & ((1ULL << (8 * n)) - 1);
}

/* Where c stands first at or behind p, end if it does not stand before it. */
static inline const char *find_byte(const char *p, const char *end, char c)
{
#ifdef __SSE2__
	const __m128i want = _mm_set1_epi8(c);

	for (; p < end; p += 32) {
		__m128i low = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i high = _mm_loadu_si128((const __m128i *)(const void *)(p + 16));
		u32 hits = (u32)_mm_movemask_epi8(_mm_cmpeq_epi8(low, want)) |
			   (u32)_mm_movemask_epi8(_mm_cmpeq_epi8(high, want)) << 16;

		if (hits) {
			p += __builtin_ctz(hits);
			return p < end ? p : end;
		}
	}
#else
	for (; p < end; p += 8) {
		u64 x = load_word(p) ^ EACH_BYTE(c);
		u64 zero = (x - EACH_BYTE(1)) & ~x & EACH_BYTE(0x80);

		if (zero) {
			p += __builtin_ctzll(zero) / 8;
			return p < end ? p : end;
		}
	}
#endif
	return end;
}

/* Are the first len letters of a and b the same? */
static inline bool same_text(const char *a, const char *b, u32 len)
{
#ifdef __SSE2__
	for (u32 i = 0; i < len; i += 32) {
		const __m128i *x = (const __m128i *)(const void *)(a + i);
		const __m128i *y = (const __m128i *)(const void *)(b + i);
		u32 differ = (u32)_mm_movemask_epi8(
				     _mm_cmpeq_epi8(_mm_loadu_si128(x), _mm_loadu_si128(y))) |
			     (u32)_mm_movemask_epi8(
				     _mm_cmpeq_epi8(_mm_loadu_si128(x + 1), _mm_loadu_si128(y + 1)))
				     << 16;

		differ = ~differ;
		if (len - i < 32)
			differ &= (1U << (len - i)) - 1;
		if (differ)
			return false;
	}
	return true;
#else
	return !memcmp(a, b, len);
#endif
}

/* Top bit of each byte: is it in [lo, hi]? For v without any top bit set. */
static inline u64 bytes_between(u64 v, u8 lo, u8 hi)
{
	return ((v | EACH_BYTE(0x80)) - EACH_BYTE(lo)) & ~(v + EACH_BYTE(0x7f - hi)) &
	       EACH_BYTE(0x80);
}

/* Sixteen lower-case hex digits; false if any is something else. */
static inline bool sixteen_hex(const char *p, u64 *out)
{
#ifdef __SSE2__
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i digit = _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8('0' - 1)),
				      _mm_cmplt_epi8(v, _mm_set1_epi8('9' + 1)));
	__m128i letter = _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8('a' - 1)),
				       _mm_cmplt_epi8(v, _mm_set1_epi8('f' + 1)));

	if (unlikely(_mm_movemask_epi8(_mm_or_si128(digit, letter)) != 0xffff))
		return false;
	v = _mm_add_epi8(_mm_and_si128(v, _mm_set1_epi8(0x0f)),
			 _mm_and_si128(letter, _mm_set1_epi8(9)));
	/* Two digits a byte, in the low half of each 16-bit lane. */
	v = _mm_and_si128(_mm_or_si128(_mm_slli_epi16(v, 4), _mm_srli_epi16(v, 8)),
			  _mm_set1_epi16(0xff));
	*out = __builtin_bswap64((u64)_mm_cvtsi128_si64(_mm_packus_epi16(v, v)));
	return true;
#else
	u64 value = 0;

	for (u32 i = 0; i < 16; i += 8) {
		u64 v = load_word(p + i), x;

		if (v & EACH_BYTE(0x80) ||
		    (bytes_between(v, '0', '9') | bytes_between(v, 'a', 'f')) != EACH_BYTE(0x80))
			return false;
		x = (v & EACH_BYTE(0x0f)) + 9 * ((v >> 6) & EACH_BYTE(1));
		x = ((x & 0x000f000f000f000fULL) << 4) | ((x >> 8) & 0x000f000f000f000fULL);
		x = ((x & 0x000000ff000000ffULL) << 8) | ((x >> 16) & 0x000000ff000000ffULL);
		value = value << 32 | (x & 0xffff) << 16 | x >> 32;
	}
	*out = value;
	return true;
#endif
}

static inline bool is_digit(char c)
{
	return (u8)(c - '0') < 10;
}

/* Value of eight decimal digits, the first in the lowest byte. */
static inline u32 eight_digits(u64 v)
{
	v &= EACH_BYTE(0x0f);
	v = v * 10 + (v >> 8);
	v = ((v & 0x000000ff000000ffULL) * (100 + (1000000ULL << 32)) +
	     ((v >> 16) & 0x000000ff000000ffULL) * (1 + (10000ULL << 32))) >>
	    32;
	return (u32)v;
}

/* How many of the letters of v, from the first, are decimal digits: 0 to 8. */
static inline u32 count_digits(u64 v)
{
	/* A letter above 0x7f may make the one behind it look wrong, never right. */
	u64 other = ~bytes_between(v, '0', '9') & EACH_BYTE(0x80);

	other |= v & EACH_BYTE(0x80);
	return other ? (u32)__builtin_ctzll(other) / 8 : 8;
}

/* The number that the first n digits of v make, n from 1 to 8. */
static inline u32 first_digits(u64 v, u32 n)
{
	/* Moved to the end; zeros in front count nothing. */
	return eight_digits(v << (64 - 8 * n));
}

/* Six decimal digits at p and a colon behind them; false if it is something else. */
static inline bool six_digits(const char *p, u32 *out)
{
	u64 v = load_word(p), six = v & 0xffffffffffffULL;
	/* High halves must be 3, and stay so when 6 is added: no letter above 9. */
	u64 wrong = (six ^ 0x303030303030ULL) | ((six + 0x060606060606ULL) ^ 0x303030303030ULL);

	if (unlikely(wrong & 0xf0f0f0f0f0f0ULL || (u8)(v >> 48) != ':'))
		return false;
	*out = first_digits(v, 6);
	return true;
}

/* Decimal digits at p; NULL if there is none or the number is above max. */
static inline const char *parse_number(const char *p, u64 max, u64 *out)
{
	const char *start = p;
	u64 v = 0;

	for (; is_digit(*p); p++) {
		v = v * 10 + (u8)(*p - '0');
		if (unlikely(p - start > 18))
			return NULL;
	}
	*out = v;
	return p > start && v <= max ? p : NULL;
}

static inline const char *skip_spaces(const char *p)
{
	while (*p == ' ')
		p++;
	return p;
}

#endif
