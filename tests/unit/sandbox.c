/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sandbox: each thing that ruad-parse must not be able to do is tried in a
 * child of its own that has entered the sandbox (promise P6).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "parse/sandbox.h"

/* How a child ended, as its exit status. */
#define REFUSED 10 /* the call failed with EACCES */
#define DONE 11    /* the call worked, or failed in another way */
#define NOT_ENTERED 12

static int pair[2]; /* a socket pair that the child inherits */

static bool
is_on(void)
{
	return strncmp(sandbox_describe(), "none", 4) != 0;
}

static void
skip_without_sandbox(void)
{
	if (is_on())
		return;
	print_message("skipped: sandbox is %s\n", sandbox_describe());
	skip();
}

/* Run one attempt in the sandbox; returns its wait status. */
static int
attempt(long (*call)(void))
{
	struct err err = ERR_INIT;
	int status;
	pid_t pid;
	long r;

	fflush(NULL);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		if (sandbox_enter(&err) == -1) {
			fprintf(stderr, "%s\n", err.text);
			_exit(NOT_ENTERED);
		}
		errno = 0;
		r = call();
		_exit(r == -1 && errno == EACCES ? REFUSED : DONE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static long
try_open(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static long
try_create(void)
{
	return open("/tmp/ruad-sandbox-test", O_WRONLY | O_CREAT, 0600);
}

static long
try_open_by_number(void)
{
	return syscall(SYS_open, "/etc/passwd", O_RDONLY);
}

static long
try_openat2(void)
{
	char how[24] = { 0 };

	return syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", how, sizeof(how));
}

static long
try_stat(void)
{
	struct stat st;

	return stat("/etc/passwd", &st);
}

static long
try_fcntl(void)
{
	return fcntl(0, F_DUPFD, 0);
}

static long
try_dup(void)
{
	return dup(0);
}

static long
try_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long
try_socketpair(void)
{
	int sp[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, sp);
}

static long
try_connect(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	return connect(0, (struct sockaddr *)&a, sizeof(a));
}

static long
try_sendmsg(void)
{
	struct msghdr m = { 0 };

	return sendmsg(0, &m, 0);
}

static long
try_fork(void)
{
	return syscall(SYS_fork);
}

static long
try_clone(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static long
try_execve(void)
{
	char *argv[] = { (char[]) { "true" }, NULL };

	return execve("/bin/true", argv, NULL);
}

static long
try_kill(void)
{
	return kill(getppid(), 0);
}

static long
try_tgkill(void)
{
	return syscall(SYS_tgkill, 1, 1, 0);
}

static long
try_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long
try_read_memory(void)
{
	char byte;
	struct iovec local = { &byte, 1 }, remote = { &byte, 1 };

	return process_vm_readv(1, &local, 1, &remote, 1, 0);
}

static long
try_mmap_exec(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static long
try_mprotect_exec(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? 0 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static long
try_memfd(void)
{
	return memfd_create("x", 0);
}

static long
try_io_uring(void)
{
	char params[120] = { 0 };

	return syscall(SYS_io_uring_setup, 1, params);
}

static long
try_unlink(void)
{
	return unlink("/tmp/ruad-sandbox-test");
}

static long
try_rename(void)
{
	return rename("/tmp/ruad-sandbox-test", "/tmp/ruad-sandbox-test2");
}

static long
try_chmod(void)
{
	return chmod("/tmp/ruad-sandbox-test", 0777);
}

static long
try_prctl(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long
try_setrlimit(void)
{
	struct rlimit r = { 0 };

	return setrlimit(RLIMIT_NOFILE, &r);
}

static long
try_userfaultfd(void)
{
	return syscall(SYS_userfaultfd, 0);
}

static long
try_bpf(void)
{
	char attr[128] = { 0 };

	return syscall(SYS_bpf, 0, attr, sizeof(attr));
}

static long
try_keyctl(void)
{
	return syscall(SYS_keyctl, 0, 0, 0, 0, 0);
}

static long
try_perf(void)
{
	char attr[128] = { 0 };

	return syscall(SYS_perf_event_open, attr, 0, -1, -1, 0);
}

static long
try_mount(void)
{
	return syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL);
}

static long
try_unshare(void)
{
	return syscall(SYS_unshare, 0x10000000);
}

static long
try_signal_handler(void)
{
	struct sigaction sa = { .sa_handler = SIG_IGN };

	return sigaction(SIGPROF, &sa, NULL);
}

static long
try_stop_the_clock(void)
{
	struct itimerval t = { .it_value.tv_sec = 1 };

	return setitimer(ITIMER_REAL, &t, NULL);
}

static long
try_i386(void)
{
#if defined(__x86_64__)
	long r;

	/* getpid of the 32-bit table, which the filter does not know. */
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20) : "memory");
	return r;
#else
	raise(SIGSYS);
	return 0;
#endif
}

static const struct {
	const char *name;
	long (*call)(void);
} attempts[] = {
	{ "open", try_open },
	{ "open for writing", try_create },
	{ "open by its number", try_open_by_number },
	{ "openat2", try_openat2 },
	{ "stat", try_stat },
	{ "fcntl", try_fcntl },
	{ "dup", try_dup },
	{ "socket", try_socket },
	{ "socketpair", try_socketpair },
	{ "connect", try_connect },
	{ "sendmsg", try_sendmsg },
	{ "fork", try_fork },
	{ "clone", try_clone },
	{ "execve", try_execve },
	{ "kill", try_kill },
	{ "tgkill", try_tgkill },
	{ "ptrace", try_ptrace },
	{ "process_vm_readv", try_read_memory },
	{ "mmap PROT_EXEC", try_mmap_exec },
	{ "mprotect PROT_EXEC", try_mprotect_exec },
	{ "memfd_create", try_memfd },
	{ "io_uring_setup", try_io_uring },
	{ "unlink", try_unlink },
	{ "rename", try_rename },
	{ "chmod", try_chmod },
	{ "prctl", try_prctl },
	{ "setrlimit", try_setrlimit },
	{ "userfaultfd", try_userfaultfd },
	{ "bpf", try_bpf },
	{ "keyctl", try_keyctl },
	{ "perf_event_open", try_perf },
	{ "mount", try_mount },
	{ "unshare", try_unshare },
	{ "sigaction", try_signal_handler },
	{ "setitimer ITIMER_REAL", try_stop_the_clock },
	{ "a 32-bit system call", try_i386 },
};

static void
every_way_out_is_closed(void **state)
{
	size_t i;
	int status;

	(void)state;
	skip_without_sandbox();
	for (i = 0; i < sizeof(attempts) / sizeof(*attempts); i++) {
		status = attempt(attempts[i].call);
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
			continue;
		if (WIFEXITED(status) && WEXITSTATUS(status) == REFUSED)
			continue;
		fail_msg("%s: wait status %#x", attempts[i].name, status);
	}
}

static long
use_inherited_descriptor(void)
{
	/* Closed before anything was read: write() has nowhere to go. */
	return write(pair[1], "x", 1) == -1 && errno == EBADF
	    ? (errno = EACCES, -1)
	    : 0;
}

static void
inherited_descriptors_are_closed(void **state)
{
	int status;

	(void)state;
	skip_without_sandbox();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	status = attempt(use_inherited_descriptor);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == REFUSED);
	close(pair[0]);
	close(pair[1]);
}

static long
take_too_much_memory(void)
{
	void *p = malloc(LIMIT_PARSE_MEMORY);

	if (p != NULL)
		return 0;
	errno = EACCES;
	return -1;
}

static long
work(void)
{
	char *p = NULL;
	size_t n;
	struct timespec t;
	struct tm tm;
	time_t day = 86400;

	for (n = 1024; n <= 64 << 20; n *= 2) {
		if ((p = realloc(p, n)) == NULL)
			return 0;
		p[n - 1] = 'x';
	}
	free(p);
	if (clock_gettime(CLOCK_MONOTONIC, &t) == -1 ||
	    localtime_r(&day, &tm) == NULL || mktime(&tm) != day)
		return 0;
	fputs("", stdout);
	fflush(stdout);
	errno = EACCES;
	return -1;
}

static void
memory_is_capped_and_work_is_possible(void **state)
{
	int status;

	(void)state;
	skip_without_sandbox();
	status = attempt(take_too_much_memory);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == REFUSED);
	status = attempt(work);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == REFUSED);
}

static long
burn(void)
{
	volatile unsigned int n = 0;

	sandbox_begin_mail();
	for (;;)
		n++;
	return 0;
}

static void
every_mail_has_its_own_clock(void **state)
{
	struct itimerval t;
	struct sigaction sa;

	(void)state;
	skip_without_sandbox();
	sandbox_begin_mail();
	assert_int_equal(getitimer(ITIMER_PROF, &t), 0);
	assert_in_range(
	    t.it_value.tv_sec, LIMIT_PARSE_CPU - 1, LIMIT_PARSE_CPU);
	/* When it rings, that is the end. */
	assert_int_equal(sigaction(SIGPROF, NULL, &sa), 0);
	assert_true(sa.sa_handler == SIG_DFL);
	memset(&t, 0, sizeof(t));
	setitimer(ITIMER_PROF, &t, NULL);
}

static void
a_mail_that_takes_too_long_ends_the_process(void **state)
{
	struct rusage before, after;
	int status;

	(void)state;
	skip_without_sandbox();
	if (getenv("RUAD_SLOW_TESTS") == NULL) {
		print_message("skipped: takes %d s; set RUAD_SLOW_TESTS\n",
		    LIMIT_PARSE_CPU);
		skip();
	}
	getrusage(RUSAGE_CHILDREN, &before);
	status = attempt(burn);
	getrusage(RUSAGE_CHILDREN, &after);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF);
	assert_true(after.ru_utime.tv_sec - before.ru_utime.tv_sec <=
	    LIMIT_PARSE_CPU + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_out_is_closed),
		cmocka_unit_test(inherited_descriptors_are_closed),
		cmocka_unit_test(memory_is_capped_and_work_is_possible),
		cmocka_unit_test(every_mail_has_its_own_clock),
		cmocka_unit_test(a_mail_that_takes_too_long_ends_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
