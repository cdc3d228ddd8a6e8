/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * measure FILE PROGRAM [ARG...]: run it and write into FILE: exit status,
 * signal, CPU milliseconds and peak KiB.  A process takes the peak of what
 * forked it over exec; this is small where Python is not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static long
milliseconds(const struct timeval *t)
{
	return t->tv_sec * 1000 + t->tv_usec / 1000;
}

int
main(int argc, char **argv)
{
	struct rusage used;
	int status;
	pid_t pid;
	FILE *f;

	if (argc < 3 || (pid = fork()) == -1)
		return 2;
	if (pid == 0) {
		execv(argv[2], argv + 2);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &used) == -1 ||
	    (f = fopen(argv[1], "w")) == NULL)
		return 2;
	fprintf(f, "%d %d %ld %ld\n",
	    WIFEXITED(status) ? WEXITSTATUS(status) : -1,
	    WIFSIGNALED(status) ? WTERMSIG(status) : 0,
	    milliseconds(&used.ru_utime) + milliseconds(&used.ru_stime),
	    used.ru_maxrss);
	return fclose(f) == 0 ? 0 : 2;
}
