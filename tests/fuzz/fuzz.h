/* SPDX-License-Identifier: BSD-2-Clause */
/* For the fuzzing harnesses: how a property is said, and the one of many. */
#ifndef RUAD_TESTS_FUZZ_FUZZ_H
#define RUAD_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "report/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
int LLVMFuzzerInitialize(int *, char ***);

#define MUST(condition) \
	((condition) ? (void)0 : must_fail(__FILE__, __LINE__, #condition))

static inline void __attribute__((noreturn))
must_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}

/* The strict reader takes every line; r stands behind the last. */
static inline void
must_be_lines(struct wire_reader *r, const struct buf *out)
{
	const char *p = out->at, *end = out->at + out->len, *nl;
	struct err err = ERR_INIT;
	size_t len;
	char *line;

	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		MUST(nl != NULL);
		len = (size_t)(nl - p);
		line = xmalloc(len + 1);
		memcpy(line, p, len);
		if (wire_read(r, line, len, &err) == -1)
			fprintf(stderr, "%s: %.*s\n", err.text, (int)len, p);
		MUST(err.class == ERR_NONE);
		free(line);
	}
}

/* The same for the lines of one report: all that it promised is there. */
static inline void
must_be_report(const struct buf *out)
{
	struct wire_reader r = { 0 };

	must_be_lines(&r, out);
	MUST(r.report_seen && r.records_due == 0 && r.policies_due == 0);
	wire_done(&r);
}

/* An error says what and is of the input. */
static inline void
must_be_error(const struct err *err)
{
	MUST(err->class == ERR_DATA || err->class == ERR_LIMIT);
	MUST(err->text[0] != '\0');
}

#endif
