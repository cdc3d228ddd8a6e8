/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"

static enum log_level log_level = LOG_LEVEL_INFO;
static char log_name[128] = "ruad";

void
log_set_level(enum log_level level)
{
	log_level = level;
}

void
log_set_name(const char *name)
{
	text_safe(log_name, sizeof(log_name), name);
}

static void __attribute__((format(printf, 2, 0)))
log_line(enum log_level level, const char *fmt, va_list ap)
{
	char text[2048], safe[2048], line[2300];
	int n;

	if (level > log_level)
		return;
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		return;
	text_safe(safe, sizeof(safe), text);
	if (getenv("JOURNAL_STREAM") != NULL)
		n = snprintf(line, sizeof(line), "<%d>%s: %s\n", (int)level,
		    log_name, safe);
	else
		n = snprintf(line, sizeof(line), "%s: %s\n", log_name, safe);
	if (n > 0 && io_write(STDERR_FILENO, line, (size_t)n) == -1)
		return; /* nowhere left to say so */
}

#define LOG_FUNCTION(name, level) \
	void name(const char *fmt, ...) \
	{ \
		va_list ap; \
\
		va_start(ap, fmt); \
		log_line(level, fmt, ap); \
		va_end(ap); \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
