/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/lock.h"

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
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define NO_LOCK "none (sanitizer build)"
#endif
#endif
#if !defined(NO_LOCK) && defined(__SANITIZE_ADDRESS__)
#define NO_LOCK "none (sanitizer build)"
#endif
#if !defined(NO_LOCK) && defined(RUAD_NO_SANDBOX_FOR_VALGRIND)
#define NO_LOCK "none (valgrind build)"
#endif

#ifdef NO_LOCK

int
lock_enter(const char *directory, struct err *err)
{
	(void)directory;
	(void)err;
	return 0;
}

const char *
lock_describe(void)
{
	return NO_LOCK;
}

#else

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/*
 * What answering connections, reading a database and memory need.  sysinfo:
 * glibc's qsort() asks how much memory there is, and takes no refusal.
 */
static const char *const allowed[] = { "read", "pread64", "readv", "write",
	"writev", "sendto", "sendmsg", "sendfile", "recvfrom", "recvmsg",
	"accept4", "accept", "shutdown", "setsockopt", "getsockopt",
	"getsockname", "getpeername", "close", "epoll_wait", "epoll_pwait",
	"epoll_ctl", "poll", "ppoll", "lseek", "munmap", "mremap", "brk",
	"madvise", "futex", "clock_gettime", "clock_nanosleep", "nanosleep",
	"gettimeofday", "time", "getrandom", "getpid", "gettid", "getuid",
	"geteuid", "getgid", "getegid", "fstat", "newfstatat", "stat", "lstat",
	"statx", "readlink", "getcwd", "fcntl", "sysinfo", "rt_sigreturn",
	"rt_sigprocmask", "rt_sigaction", "restart_syscall", "exit_group",
	"exit" };

/* What libraries try and can do without: they get EACCES. */
static const char *const refused[] = { "ioctl", "unlink", "unlinkat", "rename",
	"mkdir", "fchmod", "fchown", "ftruncate", "fallocate", "pwrite64",
	"socket", "connect", "kill", "getrusage", "sched_yield",
	"sched_getaffinity" };

static long
landlock_abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
}

/* Of this kernel's rights in the file system, those to read in one place. */
static int
enter_landlock(const char *directory, struct err *err)
{
	struct landlock_ruleset_attr attr = { 0 };
	struct landlock_path_beneath_attr beneath = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE |
		    LANDLOCK_ACCESS_FS_READ_DIR
	};
	const long abi = landlock_abi();
	int fd, rc = -1;

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
	beneath.parent_fd = open(directory, O_PATH | O_CLOEXEC);
	if (beneath.parent_fd == -1)
		err_set_errno(err, ERR_INPUT, "cannot open %s", directory);
	else {
		rc = (int)syscall(SYS_landlock_add_rule, fd,
		    LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
		if (rc == 0)
			rc = (int)syscall(SYS_landlock_restrict_self, fd, 0);
		if (rc == -1)
			err_set_errno(err, ERR_BUG, "cannot enter Landlock");
		close(beneath.parent_fd);
	}
	close(fd);
	return rc;
}

/* A system call that this machine does not have needs no rule. */
static int
add_rule(scmp_filter_ctx filter, uint32_t action, const char *name)
{
	const int nr = seccomp_syscall_resolve_name(name);

	return nr < 0 ? 0 : seccomp_rule_add(filter, action, nr, 0);
}

/* The same if some bits of an argument are so. */
static int
add_masked(scmp_filter_ctx filter, uint32_t action, const char *name,
    unsigned int arg, uint64_t mask, uint64_t value)
{
	const struct scmp_arg_cmp cmp = { .arg = arg,
		.op = SCMP_CMP_MASKED_EQ,
		.datum_a = mask,
		.datum_b = value };
	const int nr = seccomp_syscall_resolve_name(name);

	return nr < 0 ? 0 : seccomp_rule_add_array(filter, action, nr, 1, &cmp);
}

/* Files are opened to be read, or not at all; and SQLite is told so. */
static int
add_files(scmp_filter_ctx filter)
{
	static const struct {
		const char *name;
		unsigned int arg;
	} opens[] = { { "open", 1 }, { "openat", 2 } },
	  asks[] = { { "access", 1 }, { "faccessat", 2 }, { "faccessat2", 2 } };
	const uint64_t how = O_ACCMODE | O_CREAT;
	const uint32_t no = SCMP_ACT_ERRNO(EACCES);
	size_t i;
	int r = 0;

	for (i = 0; i < COUNT(opens) && r == 0; i++) {
		r = add_masked(filter, SCMP_ACT_ALLOW, opens[i].name,
		    opens[i].arg, how, O_RDONLY);
		if (r == 0)
			r = add_masked(filter, no, opens[i].name, opens[i].arg,
			    O_ACCMODE, O_RDWR);
		if (r == 0)
			r = add_masked(filter, no, opens[i].name, opens[i].arg,
			    O_ACCMODE, O_WRONLY);
		if (r == 0)
			r = add_masked(filter, no, opens[i].name, opens[i].arg,
			    how, O_CREAT);
	}
	for (i = 0; i < COUNT(asks) && r == 0; i++) {
		r = add_masked(
		    filter, SCMP_ACT_ALLOW, asks[i].name, asks[i].arg, W_OK, 0);
		if (r == 0)
			r = add_masked(
			    filter, no, asks[i].name, asks[i].arg, W_OK, W_OK);
	}
	return r;
}

static int
add_rules(scmp_filter_ctx filter)
{
	size_t i;
	int r;

	/* A tree instead of a list: the filter runs on every call. */
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	r = add_files(filter);
	for (i = 0; i < COUNT(allowed) && r == 0; i++)
		r = add_rule(filter, SCMP_ACT_ALLOW, allowed[i]);
	for (i = 0; i < COUNT(refused) && r == 0; i++)
		r = add_rule(filter, SCMP_ACT_ERRNO(EACCES), refused[i]);
	if (r == 0)
		r = add_masked(filter, SCMP_ACT_ALLOW, "mmap", 2, PROT_EXEC, 0);
	if (r == 0)
		r = add_masked(
		    filter, SCMP_ACT_ALLOW, "mprotect", 2, PROT_EXEC, 0);
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
	if (r == 0)
		return 0;
	errno = r == -EFAULT ? ENOMEM : -r;
	return err_set_errno(err, ERR_BUG,
	    "cannot enter the seccomp filter (a systemd unit must allow the "
	    "system calls seccomp and landlock_*)");
}

static int
set_limits(struct err *err)
{
	static const int nothing[] = { RLIMIT_CORE, RLIMIT_NPROC,
		RLIMIT_MEMLOCK };
	const struct rlimit none = { 0, 0 };
	size_t i;

	for (i = 0; i < COUNT(nothing); i++)
		if (setrlimit(nothing[i], &none) == -1)
			return err_set_errno(err, ERR_BUG,
			    "cannot set resource limit %d", nothing[i]);
	return 0;
}

static int
test_lock(bool has_landlock, struct err *err)
{
	if (open("/", O_RDWR | O_TMPFILE, 0600) != -1 || errno != EACCES)
		return err_set(err, ERR_BUG,
		    "the sandbox does not hold: a file could be made");
	if (has_landlock && open("/etc/passwd", O_RDONLY) != -1)
		return err_set(err, ERR_BUG,
		    "the sandbox does not hold: a file could be opened");
	return 0;
}

int
lock_enter(const char *directory, struct err *err)
{
	const bool has_landlock = landlock_abi() >= 1;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_set_errno(err, ERR_BUG, "cannot give up privileges");
	if (enter_landlock(directory, err) == -1 || set_limits(err) == -1 ||
	    enter_seccomp(err) == -1)
		return -1;
	return test_lock(has_landlock, err);
}

const char *
lock_describe(void)
{
	return landlock_abi() >= 1 ? "seccomp+landlock" : "seccomp";
}

#endif
