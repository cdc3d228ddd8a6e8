/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/prose.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
prose_add(struct prose *p, const char *fmt, ...)
{
	const char **paragraph;
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	text = arena_alloc(&p->text, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	paragraph = array_add(&p->paragraphs, sizeof(*paragraph));
	*paragraph = text;
}

const char *
prose_at(const struct prose *p, size_t i)
{
	return i < p->paragraphs.n ? ((const char *const *)p->paragraphs.at)[i]
	                           : NULL;
}

void
prose_done(struct prose *p)
{
	array_done(&p->paragraphs);
	arena_done(&p->text);
	memset(p, 0, sizeof(*p));
}
