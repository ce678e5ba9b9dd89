/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words that every room uses: fixed-width integers, units, and asserts in two tiers.
 *
 * sim_assert() stays in every build: it guards a state from which results would be wrong without
 * anybody noticing. dbg_assert() is for hot paths and exists only with -DSIM_DEBUG (the tests).
 */
#ifndef SIM_ENGINE_BASE_H
#define SIM_ENGINE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef unsigned __int128 u128;
typedef __int128 s128;

#define NSEC_PER_USEC 1000ULL
#define NSEC_PER_MSEC 1000000ULL
#define NSEC_PER_SEC 1000000000ULL
/* For functions that only prefetch: gcc takes a call of one for a call without effect and drops it. */
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NONE_U32 0xffffffffU

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
/* __COUNTER__ gives nested uses names of their own (-Wshadow). */
#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)
#define PICK_(op, a, b, x, y)                                                                      \
	({                                                                                         \
		__typeof__(a) x = (a);                                                             \
		__typeof__(b) y = (b);                                                             \
		x op y ? x : y;                                                                    \
	})
#define min_of(a, b) PICK_(<, a, b, PASTE(min_a_, __COUNTER__), PASTE(min_b_, __COUNTER__))
#define max_of(a, b) PICK_(>, a, b, PASTE(max_a_, __COUNTER__), PASTE(max_b_, __COUNTER__))

_Noreturn void sim_assert_failed(const char *expr, const char *file, int line);

#define sim_assert(x)                                                                              \
	do {                                                                                       \
		if (unlikely(!(x)))                                                                \
			sim_assert_failed(#x, __FILE__, __LINE__);                                 \
	} while (0)

#ifdef SIM_DEBUG
#define dbg_assert(x) sim_assert(x)
#else
#define dbg_assert(x) ((void)sizeof(x))
#endif

static inline u64 div_round_up(u64 n, u64 d)
{
	return (n + d - 1) / d;
}

/* Smallest order with (1 << order) * unit >= bytes. */
static inline u32 order_for(u64 bytes, u64 unit)
{
	u32 order = 0;

	while ((unit << order) < bytes)
		order++;
	return order;
}

#endif
