/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/prose.h"

#include <stdarg.h>
#include <string.h>

void
prose_add(struct prose *p, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(&p->text, fmt, ap);
	va_end(ap);
	*(const char **)array_add(&p->paragraphs, sizeof(text)) = text;
}

void
prose_add_record(struct prose *p, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	if (p->paragraphs.n == 0)
		return;
	while (p->records.n < p->paragraphs.n)
		*(const char **)array_add(&p->records, sizeof(text)) = NULL;
	va_start(ap, fmt);
	text = arena_vprintf(&p->text, fmt, ap);
	va_end(ap);
	((const char **)p->records.at)[p->paragraphs.n - 1] = text;
}

const char *
prose_at(const struct prose *p, size_t i)
{
	return i < p->paragraphs.n ? ((const char *const *)p->paragraphs.at)[i]
	                           : NULL;
}

const char *
prose_record_at(const struct prose *p, size_t i)
{
	return i < p->records.n ? ((const char *const *)p->records.at)[i]
	                        : NULL;
}

void
prose_done(struct prose *p)
{
	array_done(&p->paragraphs);
	array_done(&p->records);
	arena_done(&p->text);
	memset(p, 0, sizeof(*p));
}
