/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>

#include "mail/guard_priv.h"

void
guard_begin(const struct guard *g, enum guard_step step)
{
	if (g->watch != NULL)
		g->watch->fn(g->watch->arg, step, NULL, NULL);
}

void
guard_tell(const struct guard *g, enum guard_step step, const char *warning,
    const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (g->watch == NULL)
		return;
	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	g->watch->fn(g->watch->arg, step, text, warning);
}
