/* SPDX-License-Identifier: BSD-2-Clause */
#include "ingest/program.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

char *
program_find_parser(void)
{
	char self[PATH_MAX], *slash, *path;
	ssize_t n;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n > 0) {
		self[n] = '\0';
		if ((slash = strrchr(self, '/')) != NULL) {
			xasprintf(&path, "%.*s/ruad-parse", (int)(slash - self),
			    self);
			if (access(path, X_OK) == 0)
				return path;
			free(path);
		}
	}
	return xstrdup(RUAD_PARSE_PATH);
}
