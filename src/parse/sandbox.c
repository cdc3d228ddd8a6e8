/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/port.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define NO_SANDBOX "none (sanitizer build)"
#endif
#endif
#if !defined(NO_SANDBOX) && defined(__SANITIZE_ADDRESS__)
#define NO_SANDBOX "none (sanitizer build)"
#endif
#if !defined(NO_SANDBOX) && defined(RUAD_NO_SANDBOX_FOR_VALGRIND)
#define NO_SANDBOX "none (valgrind build)"
#endif

/* Zip entries have local times: without this, libc would look for a file. */
static void
set_time_zone(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
}

#ifdef NO_SANDBOX

int
sandbox_enter(struct err *err)
{
	(void)err;
	set_time_zone();
	return 0;
}

void
sandbox_begin_mail(void)
{
}

const char *
sandbox_describe(void)
{
	return NO_SANDBOX;
}

#else

/*
 * What reading stdin, writing stdout and memory need.  sysinfo: glibc's
 * qsort() asks how much memory there is, and takes no refusal.
 */
static const char *const allowed[] = { "read", "write", "readv", "writev",
	"close", "brk", "munmap", "mremap", "madvise", "futex", "exit_group",
	"exit", "getrandom", "clock_gettime", "gettimeofday", "time",
	"rt_sigreturn", "restart_syscall", "sysinfo" };

/* What libraries try and can do without: they get EACCES. */
static const char *const refused[] = { "open", "openat", "stat", "lstat",
	"fstat", "newfstatat", "statx", "access", "faccessat", "faccessat2",
	"readlink", "ioctl", "getcwd", "lseek", "fcntl" };

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static long
landlock_abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
}

/*
 * Deny everything in the file system, of what this kernel knows.  Seccomp
 * denies it already; this is for the day that it has a hole.
 */
static int
enter_landlock(struct err *err)
{
	struct landlock_ruleset_attr attr = { 0 };
	long abi = landlock_abi();
	int fd, r;

	if (abi < 1)
		return 0;
	/* ABI 1 knows 13 rights, 2 adds REFER, 3 TRUNCATE, 5 IOCTL_DEV. */
	attr.handled_access_fs = (UINT64_C(1) << (abi >= 5 ? 16
	                                  : abi >= 3       ? 15
	                                                   : 12 + abi)) -
	    1;
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (fd == -1)
		return err_set_errno(
		    err, ERR_BUG, "cannot make a Landlock ruleset");
	r = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	if (r == -1)
		err_set_errno(err, ERR_BUG, "cannot enter Landlock");
	close(fd);
	return r;
}

static int
set_limit(int which, rlim_t value, struct err *err)
{
	struct rlimit r = { .rlim_cur = value, .rlim_max = value }, now;

	/* With less, good mail would fail: it must wait for another machine. */
	if (which == RLIMIT_AS && getrlimit(RLIMIT_AS, &now) == 0 &&
	    now.rlim_max < value)
		return err_set(err, ERR_AGAIN,
		    "the hard limit of the address space is %llu KiB, and "
		    "ruad-parse needs %llu KiB: raise it (LimitAS= of the "
		    "unit, ulimit -v)",
		    (unsigned long long)now.rlim_max >> 10,
		    (unsigned long long)value >> 10);
	if (setrlimit(which, &r) == -1)
		return err_set_errno(
		    err, ERR_BUG, "cannot set resource limit %d", which);
	return 0;
}

static int
set_limits(struct err *err)
{
	static const int nothing[] = { RLIMIT_CORE, RLIMIT_NPROC,
		RLIMIT_MEMLOCK, RLIMIT_NOFILE };
	struct stat st;
	size_t i;

	/* People redirect the answer into a file, which FSIZE would stop. */
	if (fstat(STDOUT_FILENO, &st) == -1 || !S_ISREG(st.st_mode))
		if (set_limit(RLIMIT_FSIZE, 0, err) == -1)
			return -1;
	for (i = 0; i < COUNT(nothing); i++)
		if (set_limit(nothing[i], 0, err) == -1)
			return -1;
	return set_limit(RLIMIT_AS, LIMIT_PARSE_MEMORY, err);
}

/* A system call that this machine does not have needs no rule. */
static int
add_rule(scmp_filter_ctx filter, uint32_t action, const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);

	return nr < 0 ? 0 : seccomp_rule_add(filter, action, nr, 0);
}

static int
add_rules(scmp_filter_ctx filter)
{
	static const struct scmp_arg_cmp no_code = { .arg = 2,
		.op = SCMP_CMP_MASKED_EQ,
		.datum_a = PROT_EXEC,
		.datum_b = 0 },
	                                 cpu_time = { .arg = 0,
		                                 .op = SCMP_CMP_EQ,
		                                 .datum_a = ITIMER_PROF,
		                                 .datum_b = 0 };
	int r = 0;
	size_t i;

	/* A tree instead of a list: the filter runs on every call. */
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (i = 0; i < COUNT(allowed) && r == 0; i++)
		r = add_rule(filter, SCMP_ACT_ALLOW, allowed[i]);
	for (i = 0; i < COUNT(refused) && r == 0; i++)
		r = add_rule(filter, SCMP_ACT_ERRNO(EACCES), refused[i]);
	if (r == 0)
		r = seccomp_rule_add_array(
		    filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &no_code);
	if (r == 0)
		r = seccomp_rule_add_array(
		    filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &no_code);
	if (r == 0)
		r = seccomp_rule_add_array(
		    filter, SCMP_ACT_ALLOW, SCMP_SYS(setitimer), 1, &cpu_time);
	return r;
}

static int
enter_seccomp(struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r;

	if (filter == NULL)
		return err_set(err, ERR_AGAIN, "cannot make a seccomp filter");
	if ((r = add_rules(filter)) == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	if (r != 0) {
		/* EFAULT: so libseccomp calls failures of its own malloc. */
		errno = r == -EFAULT ? ENOMEM : -r;
		return err_set_errno(err, ERR_BUG,
		    "cannot enter the seccomp filter (a systemd unit must "
		    "allow the system calls seccomp and landlock_*)");
	}
	return 0;
}

/* libseccomp would only say that it cannot make a filter. */
#define API_KILL_PROCESS 3
static int
check_seccomp(struct err *err)
{
	if (seccomp_api_get() >= API_KILL_PROCESS)
		return 0;
	return err_set(err, ERR_BUG,
	    "this kernel's seccomp(2) cannot kill a process (Linux 4.14; a "
	    "systemd unit must allow the system calls seccomp and landlock_*)");
}

/*
 * A libc whose calls the filter does not know must show here, not at some
 * mail: a call that is neither allowed nor refused ends the process.
 */
static int
test_sandbox(struct err *err)
{
	struct timespec now;
	char *p;

	if (open("/dev/null", O_RDONLY) != -1 || errno != EACCES)
		return err_set(err, ERR_BUG,
		    "the sandbox does not hold: a file could be opened");
	/* Large enough for mmap and mremap. */
	p = xreallocarray(xmalloc(1 << 20), 8 << 20, 1);
	p[0] = '\0';
	free(p);
	sandbox_begin_mail();
	if (clock_gettime(CLOCK_MONOTONIC, &now) == -1 || time(NULL) == -1)
		return err_set(err, ERR_BUG, "the sandbox stops the clock");
	return 0;
}

int
sandbox_enter(struct err *err)
{
	set_time_zone();
	if (port_close_from(3) == -1)
		return err_set_errno(err, ERR_BUG,
		    "cannot close descriptors (Linux 5.9 or newer is needed)");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_set_errno(err, ERR_BUG, "cannot give up privileges");
	/* Without memory libseccomp may turn in a circle. */
	sandbox_begin_mail();
	if (enter_landlock(err) == -1 || set_limits(err) == -1 ||
	    check_seccomp(err) == -1 || enter_seccomp(err) == -1)
		return -1;
	return test_sandbox(err);
}

void
sandbox_begin_mail(void)
{
	const struct itimerval t = { .it_value.tv_sec = LIMIT_PARSE_CPU };

	setitimer(ITIMER_PROF, &t, NULL);
}

const char *
sandbox_describe(void)
{
	return landlock_abi() >= 1 ? "seccomp+landlock" : "seccomp";
}

#endif
