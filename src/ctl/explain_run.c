/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/explain_run.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "ingest/parser_proc.h"
#include "base/program.h"

#define MAX_FACTS (UINT64_C(64) << 20) /* bytes that it may tell */
#define EXIT_NO_FACTS 1                /* and 65, of ruad-parse(8) */
#define EXIT_LIMIT 65

/* Start it with input at fd and its output to a pipe, *from. */
static int
start(const char *program, int fd, const char *our_id, pid_t *pid, int *from,
    struct err *err)
{
	static char name[] = "ruad-parse", explain[] = "--explain";
	char *id = NULL, *argv[] = { name, explain, NULL, NULL };
	char *env[] = { NULL };
	posix_spawn_file_actions_t actions;
	int fds[2], error;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_set_errno(err, ERR_AGAIN, "cannot make a pipe");
	if (our_id != NULL) {
		xasprintf(&id, "--authserv-id=%s", our_id);
		argv[2] = id;
	}
	posix_spawn_file_actions_init(&actions);
	if (fd != STDIN_FILENO)
		posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	error = posix_spawn(pid, program, &actions, NULL, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	free(id);
	close(fds[1]);
	if (error != 0) {
		close(fds[0]);
		return parser_proc_refuse(program, error, err);
	}
	*from = fds[0];
	return 0;
}

static int
finish(pid_t pid, struct err *err)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return err_set_errno(
			    err, ERR_AGAIN, "cannot wait for ruad-parse");
	if (WIFEXITED(status) &&
	    (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == EXIT_NO_FACTS ||
	        WEXITSTATUS(status) == EXIT_LIMIT))
		return 0;
	if (parser_proc_judge(status, err) == PARSER_DEATH_OUTSIDE)
		err_set(err, ERR_AGAIN,
		    "ruad-parse was killed from outside; is the machine out "
		    "of memory?");
	return -1;
}

int
explain_run(int fd, const char *our_id, struct buf *text,
    struct explain_facts *facts, struct err *err)
{
	char *program = program_find_parser();
	struct err ended = ERR_INIT;
	pid_t pid;
	int from = -1, rc;

	rc = start(program, fd, our_id, &pid, &from, err);
	free(program);
	if (rc == -1)
		return -1;
	rc = io_read_all(from, MAX_FACTS, text, err);
	close(from); /* it ends, if there was too much of it */
	if (finish(pid, &ended) == -1 && rc == 0) {
		*err = ended;
		rc = -1;
	}
	if (rc == -1)
		return -1;
	buf_str(text);
	return explain_wire_read(facts, text->at, text->len, err);
}

int
explain_run_text(const struct buf *input, struct buf *text,
    struct explain_facts *facts, struct err *err)
{
	int rc, fd = memfd_create("ruactl", MFD_CLOEXEC);

	if (fd == -1 || io_write(fd, input->at, input->len) == -1 ||
	    lseek(fd, 0, SEEK_SET) == -1)
		rc = err_set_errno(
		    err, ERR_AGAIN, "cannot hand a message to ruad-parse");
	else
		rc = explain_run(fd, NULL, text, facts, err);
	if (fd != -1)
		close(fd);
	return rc;
}
