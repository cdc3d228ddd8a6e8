/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <sysexits.h>

#include "base/log.h"
#include "ctl/command.h"

int
main(int argc, char **argv)
{
	const struct command *command;
	struct options options = { .db = getenv("RUAD_DB"),
		.limits = LIMITS_DEFAULT };
	struct err err = ERR_INIT;
	int rc;

	log_set_name("ruactl");
	log_open(NULL);
	options.is_usual_db = options.db == NULL || options.db[0] == '\0';
	if (options.is_usual_db)
		options.db = RUAD_DATABASE;
	rc = command_line_read(&options, &command, argc, argv, &err);
	if (rc == 0)
		rc = command->run(&options, &err);
	else if (rc == 1)
		rc = EX_OK;
	if (rc == -1) {
		log_error("%s", err.text);
		return err_exit_status(err.class);
	}
	return rc;
}
