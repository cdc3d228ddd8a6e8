/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/program.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static char *
find(const char *name, const char *installed)
{
	char self[PATH_MAX], *slash, *path;
	ssize_t n;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n > 0) {
		self[n] = '\0';
		if ((slash = strrchr(self, '/')) != NULL) {
			xasprintf(
			    &path, "%.*s/%s", (int)(slash - self), self, name);
			if (access(path, X_OK) == 0)
				return path;
			free(path);
		}
	}
	return xstrdup(installed);
}

char *
program_find_parser(void)
{
	return find("ruad-parse", RUAD_PARSE_PATH);
}

char *
program_find_fetch(void)
{
	return find("ruad-fetch", RUAD_FETCH_PATH);
}

char *
program_find_ruad(void)
{
	return find("ruad", RUAD_PATH);
}
