/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "ctl/command.h"

/*
 * What is opened must not become standard input, output or error because those
 * were closed: messages would be written into it.
 */
static void
keep_standard_files(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDWR };
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			(void)open("/dev/null", modes[fd]);
}

int
main(int argc, char **argv)
{
	const struct command *command;
	struct options options = { .db = getenv("RUAD_DB"),
		.limits = LIMITS_DEFAULT };
	struct err err = ERR_INIT;
	int rc;

	keep_standard_files();
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
