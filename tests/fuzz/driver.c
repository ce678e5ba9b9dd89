// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A plain main() for fuzz targets, so that they run under ASan/UBSan without libFuzzer:
 *
 *	TARGET [-n N] [-s SEED] [-o FILE] FILE...
 *
 * Calls LLVMFuzzerTestOneInput() with every file as it is, then with N mutations of it. Mutation K
 * of a file depends on the seed, the file's place in the list and K alone. An input that crashes
 * the target, or takes longer than 20 s, is written to FILE (crash-input).
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_INPUT (1U << 20)
#define MAX_FILES 4096
#define HANG_SECONDS 20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Called by ASan and UBSan before they end the program; absent without them. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

struct blob {
	const char *path;
	uint8_t *data;
	size_t size;
};

/* What runs now; global because a signal handler has to find it. */
static struct {
	const char *out, *path;
	uint8_t *data;
	size_t size;
	long mutation;
} current = {.out = "crash-input"};

static const char *const tokens[] = {
	"\0",
	"\xff",
	"\xfe\xff",
	"\x80",
	"\t",
	"\r",
	"\n",
	"\n\n",
	" ",
	":",
	": ",
	"- ",
	",",
	"{",
	"}",
	"[",
	"]",
	"'",
	"\"",
	"\\",
	"#",
	"&a ",
	"*a",
	"!",
	"|\n",
	"%",
	"=",
	"/",
	"-",
	".",
	"..",
	"0",
	"-1",
	"1e999",
	"nan",
	"9223372036854775807",
	"9223372036854775808",
	"18446744073709551616",
	"0x",
	"\xe2\x80\xa8",
	"\xef\xbb\xbf",
	"%s%n",
};

static void dump_input(void)
{
	int fd = open(current.out, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	dprintf(2, "\n%s: mutation %ld fails; input written to %s\n", current.path,
		current.mutation, current.out);
	if (fd < 0 || write(fd, current.data, current.size) != (ssize_t)current.size)
		dprintf(2, "cannot write %s\n", current.out);
}

static void on_signal(int sig)
{
	dprintf(2, "%s\n", sig == SIGALRM ? "hangs" : "dies of a signal");
	dump_input();
	_exit(1);
}

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static size_t below(uint64_t *state, size_t n)
{
	return n ? (size_t)(next_random(state) % n) : 0;
}

/* Puts n bytes in front of byte at; what no longer fits is dropped. */
static size_t insert(uint8_t *buf, size_t size, size_t at, const void *bytes, size_t n)
{
	if (size + n > MAX_INPUT)
		return size;
	memmove(buf + at + n, buf + at, size - at);
	memcpy(buf + at, bytes, n);
	return size + n;
}

/* Puts a copy of the line around byte from at the begin of the line around byte to. */
static size_t duplicate_line(uint8_t *buf, size_t size, size_t from, size_t to)
{
	uint8_t line[512];
	size_t n = 0;

	while (from && buf[from - 1] != '\n')
		from--;
	while (from + n < size && n < sizeof(line) && (!n || buf[from + n - 1] != '\n'))
		n++;
	while (to && buf[to - 1] != '\n')
		to--;
	memcpy(line, buf + from, n);
	return insert(buf, size, to, line, n);
}

static size_t mutate_once(uint8_t *buf, size_t size, const struct blob *other, uint64_t *rnd)
{
	size_t at = below(rnd, size), n = below(rnd, size - at < 64 ? size - at : 64), from;
	const char *token = tokens[below(rnd, sizeof(tokens) / sizeof(tokens[0]))];

	switch (below(rnd, 7)) {
	case 0:
		if (size)
			buf[at] ^= (uint8_t)(1U << below(rnd, 8));
		return size;
	case 1:
		if (size)
			buf[at] = (uint8_t)next_random(rnd);
		return size;
	case 2:
		return below(rnd, 8) ? size : at; /* truncation ends most of the fun: seldom */
	case 3:
		memmove(buf + at, buf + at + n, size - at - n);
		return size - n;
	case 4:
		from = below(rnd, other->size);
		n = below(rnd, other->size - from < 256 ? other->size - from : 256);
		return insert(buf, size, at, other->data + from, n);
	case 5:
		return duplicate_line(buf, size, at, below(rnd, size));
	default:
		return insert(buf, size, at, token, token[0] ? strlen(token) : 1);
	}
}

static void run_one(const struct blob *file, long mutation, size_t size)
{
	/* An exact heap copy, so that ASan sees a read past the end. */
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, current.data, size);
	current.path = file->path;
	current.mutation = mutation;
	current.size = size;
	alarm(HANG_SECONDS);
	LLVMFuzzerTestOneInput(copy, size);
	alarm(0);
	free(copy);
}

/* k == 0 is the file itself. */
static void run_mutation(const struct blob *files, size_t n, size_t i, long k, uint64_t seed)
{
	uint64_t rnd = seed ^ (i * 0x100000001b3ULL) ^ ((uint64_t)k << 24);
	size_t size = files[i].size;

	memcpy(current.data, files[i].data, size);
	for (size_t edits = k ? 1 + below(&rnd, 6) : 0; edits; edits--)
		size = mutate_once(current.data, size, &files[below(&rnd, n)], &rnd);
	run_one(&files[i], k, size);
}

static int read_blob(struct blob *b, const char *path)
{
	FILE *f = fopen(path, "rb");

	b->path = path;
	b->data = malloc(MAX_INPUT);
	if (!f || !b->data) {
		perror(path);
		return -1;
	}
	b->size = fread(b->data, 1, MAX_INPUT, f);
	fclose(f);
	b->data = realloc(b->data, b->size + 1);
	return b->data ? 0 : -1;
}

int main(int argc, char **argv)
{
	static struct blob files[MAX_FILES];
	uint64_t seed = 1;
	long mutations = 0;
	size_t n = 0;
	int opt;

	while ((opt = getopt(argc, argv, "n:s:o:")) != -1) {
		if (opt == 'n')
			mutations = atol(optarg);
		else if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 'o')
			current.out = optarg;
		else
			return 2;
	}
	for (; optind < argc && n < MAX_FILES; optind++)
		if (read_blob(&files[n++], argv[optind]))
			return 2;
	current.data = malloc(MAX_INPUT);
	if (!current.data)
		return 2;
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(dump_input);
	signal(SIGABRT, on_signal);
	signal(SIGALRM, on_signal);
	for (size_t i = 0; i < n; i++)
		for (long k = 0; k <= mutations; k++)
			run_mutation(files, n, i, k, seed);
	for (size_t i = 0; i < n; i++)
		free(files[i].data);
	free(current.data);
	printf("%zu files, %zu inputs, no failure\n", n, n * ((size_t)mutations + 1));
	return 0;
}
