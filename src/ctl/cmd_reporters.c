/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/commands.h"
#include "ctl/listing.h"

int
cmd_reporters(const struct options *options, struct err *err)
{
	static const struct listing reporters = {
		.title = "Reporters",
		.table = &table_reporters,
		.days = 90,
		.of = PERIOD_OF_REPORTS,
	};

	return listing_run(&reporters, options, err);
}
