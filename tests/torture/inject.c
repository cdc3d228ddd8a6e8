/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inject REPORT ROLE CALLS WHEN ACTION PROGRAM [ARGUMENT...]
 *
 * Run a program and its children, and in one kind of process let one system
 * call fail, or kill the process there.  strace --inject counts for each
 * process; this counts for a role, so that it can be aimed at one process of
 * a family that forks without exec.
 *
 *   ROLE    main (PROGRAM itself), opener (what it forks first), fetcher
 *           (what it forks later) or parser (what any of them executes)
 *   CALLS   all, or names: write,fsync; CALLS@TEXT: those from the first
 *           sendto() of something with TEXT in it on, itself included
 *   WHEN    N: the Nth of these calls, counted over all processes of the role;
 *           N+: that and all after it
 *   ACTION  kill, or the number of an errno: the call is not made
 *
 * Exits as PROGRAM does, after all processes have ended.  REPORT gets one
 * line: how many calls there were, and how many were hit.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#ifndef __x86_64__
#error the registers of this machine are not known here
#endif

#define MAX_TRACEES 64
#define MAX_CALLS 32
#define OPTIONS \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
	    PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

enum role {
	UNKNOWN, /* seen before its parent told of it */
	SPAWNED, /* on its way to exec */
	MAIN,
	OPENER,
	FETCHER,
	PARSER,
	OTHER,
};

static const char *const role_names[] = { "", "", "main", "opener", "fetcher",
	"parser", "other" };

struct tracee {
	pid_t pid;
	enum role role;
	int forks;
	bool failing; /* the call it is in */
	bool waiting; /* for its role */
	struct user_regs_struct regs;
};

#define CALL(name) \
	{ \
#name, SYS_##name \
	}
static const struct {
	const char *name;
	long number;
} known_calls[] = { CALL(read), CALL(write), CALL(readv), CALL(writev),
	CALL(pread64), CALL(pwrite64), CALL(fsync), CALL(fdatasync), CALL(open),
	CALL(openat), CALL(close), CALL(ftruncate), CALL(unlink), CALL(rename),
	CALL(mmap), CALL(mremap), CALL(brk), CALL(mprotect), CALL(socket),
	CALL(socketpair), CALL(connect), CALL(sendto), CALL(recvfrom),
	CALL(sendmsg), CALL(recvmsg), CALL(poll), CALL(clone), CALL(clone3),
	CALL(vfork), CALL(execve), CALL(fcntl), CALL(lseek), CALL(newfstatat),
	CALL(fchmod), CALL(fchown), CALL(mkdir), CALL(getrandom), CALL(dup2),
	CALL(epoll_wait), CALL(fallocate), CALL(wait4) };
#undef CALL

static struct tracee tracees[MAX_TRACEES];
static enum role target;
static long calls[MAX_CALLS];
static size_t ncalls; /* 0: all */
static long when, seen, hit;
static const char *text; /* NULL: it was sent, or nothing is waited for */
static bool for_good;
static int failure; /* 0: kill */

static void __attribute__((noreturn)) die(const char *what)
{
	perror(what);
	exit(125);
}

static struct tracee *
find(pid_t pid)
{
	struct tracee *room = NULL;
	size_t i;

	for (i = 0; i < MAX_TRACEES; i++) {
		if (tracees[i].pid == pid)
			return &tracees[i];
		if (room == NULL && tracees[i].pid == 0)
			room = &tracees[i];
	}
	if (room == NULL)
		die("too many processes");
	memset(room, 0, sizeof(*room));
	room->pid = pid;
	return room;
}

static void
go_on(const struct tracee *t, int sig)
{
	/* It may have been killed meanwhile. */
	ptrace(t->role == target ? PTRACE_SYSCALL : PTRACE_CONT, t->pid, NULL,
	    (void *)(long)sig);
}

static bool
is_wanted(long number)
{
	size_t i;

	for (i = 0; i < ncalls; i++)
		if (calls[i] == number)
			return true;
	return ncalls == 0;
}

/* Whether this call sends the text that is waited for. */
static bool
is_text_sent(pid_t pid, const struct ptrace_syscall_info *info)
{
	char data[256];
	struct iovec here = { data, sizeof(data) };
	struct iovec there = { (void *)(uintptr_t)info->entry.args[1],
		info->entry.args[2] };
	ssize_t n;

	if (info->entry.nr != SYS_sendto)
		return false;
	if (there.iov_len > sizeof(data))
		there.iov_len = sizeof(data);
	n = process_vm_readv(pid, &here, 1, &there, 1, 0);
	return n > 0 && memmem(data, (size_t)n, text, strlen(text)) != NULL;
}

/*
 * Instead of the call, something harmless that every sandbox allows.  A brk
 * that fails gives no errno but the old break.
 */
static void
let_fail(struct tracee *t)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, t->pid, NULL, &t->regs) == -1)
		return;
	regs = t->regs;
	regs.rdi = 0;
	if (regs.orig_rax != SYS_brk) {
		regs.orig_rax = SYS_close;
		regs.rdi = (unsigned long long)-1;
	}
	if (ptrace(PTRACE_SETREGS, t->pid, NULL, &regs) == 0)
		t->failing = true;
}

static void
on_syscall(struct tracee *t)
{
	struct ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && t->failing) {
		t->failing = false;
		t->regs.rax = t->regs.orig_rax == SYS_brk
		    ? (unsigned long long)info.exit.rval
		    : (unsigned long long)-failure;
		ptrace(PTRACE_SETREGS, t->pid, NULL, &t->regs);
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	if (text != NULL && is_text_sent(t->pid, &info))
		text = NULL;
	if (text != NULL || !is_wanted((long)info.entry.nr))
		return;
	seen++;
	if (seen != when && !(for_good && seen > when))
		return;
	hit++;
	if (failure == 0)
		kill(t->pid, SIGKILL);
	else
		let_fail(t);
}

static void
on_child(struct tracee *parent, int event)
{
	unsigned long pid = 0;
	struct tracee *child;

	if (ptrace(PTRACE_GETEVENTMSG, parent->pid, NULL, &pid) == -1)
		return;
	child = find((pid_t)pid);
	if (event != PTRACE_EVENT_FORK)
		child->role = SPAWNED;
	else if (parent->role == MAIN)
		child->role = ++parent->forks == 1 ? OPENER : FETCHER;
	else
		child->role = OTHER;
	if (child->waiting) {
		child->waiting = false;
		go_on(child, 0);
	}
}

static void
on_stop(struct tracee *t, int status)
{
	int event = status >> 16, sig = WSTOPSIG(status);

	if (sig == (SIGTRAP | 0x80)) {
		on_syscall(t);
		go_on(t, 0);
		return;
	}
	switch (event) {
	case 0:
		go_on(t, sig);
		return;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		on_child(t, event);
		break;
	case PTRACE_EVENT_EXEC:
		if (t->role == SPAWNED)
			t->role = PARSER;
		break;
	case PTRACE_EVENT_STOP:
		if (t->role == UNKNOWN) {
			t->waiting = true;
			return;
		}
		break;
	default:
		break;
	}
	go_on(t, 0);
}

static void
read_calls(char *list)
{
	char *name, *rest = list, *at = strchr(list, '@');
	size_t i;

	if (at != NULL) {
		*at = '\0';
		text = at + 1;
	}
	if (strcmp(list, "all") == 0)
		return;
	while ((name = strsep(&rest, ",")) != NULL) {
		for (i = 0; i < sizeof(known_calls) / sizeof(*known_calls); i++)
			if (strcmp(known_calls[i].name, name) == 0)
				break;
		if (i == sizeof(known_calls) / sizeof(*known_calls) ||
		    ncalls == MAX_CALLS) {
			fprintf(stderr, "inject: no call %s\n", name);
			exit(125);
		}
		calls[ncalls++] = known_calls[i].number;
	}
}

static void
read_arguments(char **argv)
{
	char *end;

	for (target = MAIN; target < OTHER; target++)
		if (strcmp(role_names[target], argv[2]) == 0)
			break;
	read_calls(argv[3]);
	when = strtol(argv[4], &end, 10);
	for_good = *end == '+';
	if (strcmp(argv[5], "kill") != 0)
		failure = (int)strtol(argv[5], NULL, 10);
}

static pid_t
start(char **argv)
{
	int go[2];
	char c;
	pid_t pid;

	if (pipe(go) == -1 || (pid = fork()) == -1)
		die("start");
	if (pid == 0) {
		close(go[1]);
		/* End of file: we are traced. */
		if (read(go[0], &c, 1) != 0)
			_exit(125);
		close(go[0]);
		execv(argv[0], argv);
		_exit(127);
	}
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)OPTIONS) == -1)
		die("PTRACE_SEIZE");
	find(pid)->role = SPAWNED;
	close(go[0]);
	close(go[1]);
	return pid;
}

int
main(int argc, char **argv)
{
	int status, result = 125;
	pid_t root, pid;
	struct tracee *t;
	FILE *f;

	if (argc < 7)
		return 125;
	read_arguments(argv);
	root = start(argv + 6);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		t = find(pid);
		if (WIFSTOPPED(status)) {
			if (pid == root && t->role == SPAWNED &&
			    status >> 16 == PTRACE_EVENT_EXEC)
				t->role = MAIN;
			on_stop(t, status);
			continue;
		}
		if (pid == root)
			result = WIFSIGNALED(status) ? 128 + WTERMSIG(status)
			                             : WEXITSTATUS(status);
		t->pid = 0;
	}
	if ((f = fopen(argv[1], "w")) == NULL)
		die(argv[1]);
	fprintf(f, "%ld %ld\n", seen, hit);
	return fclose(f) == 0 ? result : 125;
}
