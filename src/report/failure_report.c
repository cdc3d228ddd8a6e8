/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/failure_report.h"

#include <string.h>

void
failure_report_done(struct failure_report *f)
{
	array_done(&f->quirks);
	memset(f, 0, sizeof(*f));
}

void
failure_report_reset(struct failure_report *f)
{
	struct array quirks = f->quirks;

	quirks.n = 0;
	memset(f, 0, sizeof(*f));
	f->quirks = quirks;
	f->incidents = 1;
}

void
failure_report_add_quirk(struct failure_report *f, const char *name)
{
	const char **quirks = f->quirks.at;
	size_t i;

	for (i = 0; i < f->quirks.n; i++)
		if (strcmp(quirks[i], name) == 0)
			return;
	*(const char **)array_add(&f->quirks, sizeof(*quirks)) = name;
}
