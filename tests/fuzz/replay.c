/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay FILE...: one harness over what it starts from, with any compiler,
 * where libFuzzer is not used: each input whole, cut off at three places, and
 * changed at random, though the same in each run.  What is not so ends it, and
 * the last line tells which file it was.
 */
#include <err.h>
#include <sysexits.h>

#include "fuzz.h"

int __attribute__((weak)) LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

#define CHANGES 4

static uint32_t random_state = 1;

/* Below n, which is not 0. */
static size_t
pick(size_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % n;
}

/* A copy of its own size, so that a read behind it is seen. */
static void
see(const uint8_t *data, size_t size)
{
	uint8_t *copy = xmalloc(size == 0 ? 1 : size);

	if (size > 0)
		memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

/* A byte is another one, or a piece is missing, or there twice. */
static void
see_changed(const uint8_t *data, size_t size)
{
	const size_t from = pick(size), n = 1 + pick(size - from);
	struct buf b = { 0 };

	switch (pick(3)) {
	case 0:
		buf_add(&b, data, size);
		b.at[from] = (char)pick(256);
		break;
	case 1:
		buf_add(&b, data, from);
		buf_add(&b, data + from + n, size - from - n);
		break;
	default:
		buf_add(&b, data, from + n);
		buf_add(&b, data + from, size - from);
	}
	see((const uint8_t *)b.at, b.len);
	buf_done(&b);
}

static void
see_file(const char *path)
{
	struct buf b = { 0 };
	char part[65536];
	size_t n, i;
	FILE *f;

	if ((f = fopen(path, "rb")) == NULL)
		err(EX_NOINPUT, "%s", path);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&b, part, n);
	if (ferror(f))
		err(EX_IOERR, "%s", path);
	fclose(f);
	fprintf(stderr, "%s\n", path);
	for (i = 1; i <= 4; i++)
		see((const uint8_t *)b.at, b.len * i / 4);
	for (i = 0; i < CHANGES && b.len > 0; i++)
		see_changed((const uint8_t *)b.at, b.len);
	buf_done(&b);
}

int
main(int argc, char **argv)
{
	int i;

	LLVMFuzzerInitialize(&argc, &argv);
	for (i = 1; i < argc; i++)
		see_file(argv[i]);
	return 0;
}
