/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/careful.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sha256.h"
#include "base/limits.h"
#include "base/mem.h"

static_assert(CAREFUL_TRIES == LIMIT_PARSE_TRIES, "one count for both");

#define STAGES 2

/* How it ended; written by a signal handler if at all. */
enum slot_end {
	END_KILLED = 0, /* nobody wrote anything */
	END_CRASHED = 'C',
	END_STOPPED = 'S',
	END_BROKEN = 'B',
};

/* What is under way, as it is in the file: for each mailbox and stage. */
struct slot {
	uint64_t folder; /* which account, folder and UIDVALIDITY */
	uint32_t uid;    /* 0: many messages */
	uint8_t used;
	uint8_t careful; /* noted by a careful fetcher */
	uint8_t tries;   /* crashes, the one that ends this try included */
	uint8_t kills;   /* before this try */
	uint8_t end;     /* enum slot_end */
	uint8_t shared;  /* crashes that any other may have caused */
	uint8_t unused[14];
};
static_assert(sizeof(struct slot) == 32, "on disk");

struct careful {
	int fd;
	char *path;
	off_t at; /* of our slots */
	uint64_t folder;
	struct slot before[STAGES]; /* of the last fetcher, its try counted */
	struct slot now[STAGES];    /* on disk */
	size_t suspects;            /* to be read one by one */
	bool noted[STAGES];         /* what is there is of this poll */
};

/* For the signal handlers: where the byte is, and what it is. */
static struct {
	int fd;
	volatile off_t at;
	volatile sig_atomic_t armed; /* there is one */
	volatile sig_atomic_t end;   /* enum slot_end */
	volatile sig_atomic_t stopped;
} handler;

static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS,
	SIGALRM /* the leash */ };
static struct sigaction defaults[sizeof(crashes) / sizeof(crashes[0])];

/* --- how it ends ---------------------------------------------------------- */

static void
handler_write(enum slot_end end)
{
	char byte = (char)end;

	if (!handler.armed || handler.end == END_CRASHED)
		return;
	handler.end = end;
	/* There is nothing to be done if it fails. */
	if (pwrite(handler.fd, &byte, 1, handler.at) == -1)
		return;
}

void
careful_on_stop(void)
{
	int saved = errno;

	handler.stopped = 1;
	handler_write(END_STOPPED);
	errno = saved;
}

/* Out of memory: not the fault of the message, but let others come first. */
static void
on_out_of_memory(void)
{
	if (handler.end == END_KILLED)
		handler_write(END_BROKEN);
}

static void
on_crash(int sig, siginfo_t *info, void *context)
{
	size_t i;

	(void)context;
	/*
	 * systemd aborts all processes when its watchdog is not fed; SIGALRM
	 * is the supervisor's word that this one hangs.
	 */
	if (info->si_code > 0 || info->si_pid == getpid() || sig == SIGALRM)
		handler_write(END_CRASHED);
	for (i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		if (crashes[i] == sig)
			sigaction(sig, &defaults[i], NULL);
	raise(sig);
}

static void
handler_install(void)
{
	/* The stack may be what overflowed. */
	static char stack[32 << 10];
	const stack_t ours = { .ss_sp = stack, .ss_size = sizeof(stack) };
	static bool done;
	struct sigaction sa;
	stack_t old;
	size_t i;

	if (done)
		return;
	done = true;
	if (sigaltstack(NULL, &old) == 0 && (old.ss_flags & SS_DISABLE) != 0)
		(void)sigaltstack(&ours, NULL);
	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = on_crash;
	sa.sa_flags = SA_ONSTACK | SA_SIGINFO;
	for (i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaction(crashes[i], &sa, &defaults[i]);
	mem_on_out(on_out_of_memory);
}

/* --- the file ------------------------------------------------------------- */

static off_t
slot_at(const struct careful *c, enum careful_stage stage)
{
	return c->at + (off_t)stage * (off_t)sizeof(struct slot);
}

/* This slot is what is being done. */
static void
handler_arm(const struct careful *c, enum careful_stage stage)
{
	handler.armed = false;
	if (!c->now[stage].used)
		return;
	handler.fd = c->fd;
	handler.at = slot_at(c, stage) + (off_t)offsetof(struct slot, end);
	handler.end = c->now[stage].end;
	handler.armed = true;
	/* Told to stop while there was nothing to write that to. */
	if (handler.stopped && handler.end == END_KILLED)
		handler_write(END_STOPPED);
}

static int
slot_write(
    struct careful *c, enum careful_stage stage, bool sync, struct err *err)
{
	const struct slot *s = &c->now[stage];

	handler.armed = false;
	if (pwrite(c->fd, s, sizeof(*s), slot_at(c, stage)) !=
	        (ssize_t)sizeof(*s) ||
	    (sync && fdatasync(c->fd) == -1))
		return err_set_errno(
		    err, ERR_AGAIN, "cannot write %s", c->path);
	handler_arm(c, stage);
	return 0;
}

/* Count the try that a slot records. */
static void
slot_count(struct slot *s)
{
	if (!s->used)
		return;
	if (s->uid != 0 && s->end != END_CRASHED && s->tries > 0)
		s->tries--;
	if (s->end == END_KILLED && s->kills < CAREFUL_KILLS)
		s->kills++;
	/* It was stopped in the middle of an ordinary poll. */
	if (s->end == END_STOPPED && !s->careful)
		memset(s, 0, sizeof(*s));
}

/* Take over what the last fetcher, or the last poll, left. */
static void
slots_take(struct careful *c)
{
	int i;

	c->suspects = 0;
	for (i = 0; i < STAGES; i++) {
		c->before[i] = c->now[i];
		c->noted[i] = false;
		slot_count(&c->before[i]);
		if (c->before[i].used)
			c->suspects = CAREFUL_MAILS;
	}
}

/*
 * The file is private: who may read it could hold a lock on it, and then no
 * mailbox would be polled.
 */
static int
file_check(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_set_errno(err, ERR_AGAIN, "cannot look at %s", path);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return err_set(err, ERR_CREATE,
		    "%s must be a regular file without a second name (a hard "
		    "link): remove it, and ruad creates a new one",
		    path);
	if (st.st_uid != geteuid() && st.st_uid != 0 && geteuid() != 0)
		return err_set(err, ERR_AUTH,
		    "%s belongs to user %lu: remove it, and ruad creates a new "
		    "one",
		    path, (unsigned long)st.st_uid);
	/* Older ones were open to the group. */
	if ((st.st_mode & 077) != 0 && fchmod(fd, 0600) == -1)
		return err_set_errno(err, ERR_CREATE,
		    "cannot take the access of others to %s away", path);
	return 0;
}

int
careful_open(struct careful **out, const char *database, int64_t mailbox_id,
    struct err *err)
{
	struct careful *c = xcalloc(1, sizeof(*c));
	struct flock lock = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = sizeof(c->now)
	};
	int rc = 0;

	xasprintf(&c->path, "%s.lock", database);
	c->at = lock.l_start = (off_t)mailbox_id * (off_t)sizeof(c->now);
	c->fd = open(c->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (c->fd == -1)
		rc = err_set_errno(err, ERR_CREATE, "cannot open %s", c->path);
	else if (file_check(c->fd, c->path, err) == -1)
		rc = -1;
	else if (fcntl(c->fd, F_OFD_SETLK, &lock) == -1)
		rc = err_set(
		    err, ERR_AGAIN, "another ruad is polling this mailbox");
	else if (pread(c->fd, c->now, sizeof(c->now), c->at) == -1)
		rc = err_set_errno(err, ERR_AGAIN, "cannot read %s", c->path);
	if (rc == -1) {
		careful_close(c);
		return -1;
	}
	slots_take(c);
	handler_install();
	*out = c;
	return 0;
}

bool
careful_has_file(const char *database)
{
	struct stat st;
	char *lock;
	bool there;

	xasprintf(&lock, "%s.lock", database);
	there = lstat(lock, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
	free(lock);
	return there;
}

void
careful_close(struct careful *c)
{
	if (c == NULL)
		return;
	handler.armed = false;
	if (c->fd != -1)
		close(c->fd);
	free(c->path);
	free(c);
}

void
careful_set_folder(
    struct careful *c, const struct conf_mailbox *mb, uint32_t uidvalidity)
{
	uint8_t digest[SHA256_SIZE];
	char *text;
	int i;

	if (c == NULL)
		return;
	xasprintf(&text, "%s\n%s\n%s\n%" PRIu32, mb->host, mb->user, mb->folder,
	    uidvalidity);
	sha256_hash(text, strlen(text), digest);
	free(text);
	memcpy(&c->folder, digest, sizeof(c->folder));
	for (i = 0; i < STAGES; i++)
		if (c->before[i].used && c->before[i].folder != c->folder) {
			memset(&c->before[i], 0, sizeof(c->before[i]));
			c->before[i].used = 1;
		}
}

/* --- one message --------------------------------------------------------- */

bool
careful_is_on(const struct careful *c, enum careful_stage stage)
{
	if (c == NULL)
		return false;
	/* A folder is filed in one go, unless it was just this that crashed. */
	if (stage == CAREFUL_FILE)
		return c->before[stage].used &&
		    (c->before[stage].uid != 0 ||
		        c->before[stage].end == END_CRASHED);
	return c->suspects > 0;
}

uint32_t
careful_last_uid(const struct careful *c)
{
	const struct slot *before;

	if (c == NULL)
		return 0;
	before = &c->before[CAREFUL_READ];
	if (before->end != END_BROKEN || before->tries > 0 || before->kills > 0)
		return 0;
	return before->uid;
}

void
careful_set_suspects(struct careful *c)
{
	if (c != NULL)
		c->suspects = CAREFUL_MAILS;
}

/* Crashes that no message is known to have caused. */
static uint8_t
count_shared(const struct slot *before)
{
	if (before->uid == 0)
		return before->used && before->end == END_CRASHED;
	/* It was this one. */
	return before->end == END_CRASHED ? 0 : before->shared;
}

/* What is known of this message, before it is tried again. */
static void
count_mail(const struct careful *c, enum careful_stage stage, uint32_t uid,
    uint8_t *tries, uint8_t *kills)
{
	const struct slot *before = &c->before[stage];

	*tries = count_shared(before);
	*kills = 0;
	if (before->uid != 0 && before->uid == uid) {
		*tries = before->tries;
		*kills = before->kills;
	}
}

int
careful_attempts(const struct careful *c, enum careful_stage stage,
    uint32_t uid, const char **reason)
{
	uint8_t tries, kills;

	*reason = NULL;
	if (c == NULL || !careful_is_on(c, stage))
		return 0;
	count_mail(c, stage, uid, &tries, &kills);
	if (tries >= CAREFUL_TRIES)
		*reason = "ruad crashed or hung twice while reading it";
	else if (kills >= CAREFUL_KILLS)
		*reason = "ruad was killed five times while reading it";
	return *reason != NULL ? tries + kills : tries;
}

static int
slot_set(struct careful *c, enum careful_stage stage, uint32_t uid,
    uint8_t tries, uint8_t kills, uint8_t end, struct err *err)
{
	struct slot *s = &c->now[stage];

	memset(s, 0, sizeof(*s));
	s->folder = c->folder;
	s->uid = uid;
	s->used = 1;
	s->careful = c->suspects > 0;
	s->shared = c->suspects > 0 ? count_shared(&c->before[stage]) : 0;
	s->tries = tries;
	s->kills = kills;
	s->end = end == END_KILLED && handler.stopped ? END_STOPPED : end;
	c->noted[stage] = true;
	return slot_write(c, stage, true, err);
}

int
careful_begin(
    struct careful *c, enum careful_stage stage, uint32_t uid, struct err *err)
{
	uint8_t tries, kills;

	if (c == NULL)
		return 0;
	/* An ordinary poll makes no difference. */
	if (c->suspects == 0)
		stage = CAREFUL_READ;
	if (uid == 0 && c->noted[stage] &&
	    (c->now[stage].uid == 0 || c->now[stage].end == END_CRASHED)) {
		handler_arm(c, stage);
		return 0;
	}
	if (uid == 0)
		return slot_set(c, stage, 0, 0, 0, END_KILLED, err);
	count_mail(c, stage, uid, &tries, &kills);
	return slot_set(c, stage, uid, tries + 1, kills, END_KILLED, err);
}

int
careful_set_crashes(
    struct careful *c, uint32_t uid, int attempts, struct err *err)
{
	if (c == NULL)
		return 0;
	return slot_set(
	    c, CAREFUL_READ, uid, (uint8_t)attempts, 0, END_CRASHED, err);
}

int
careful_set_outcome(struct careful *c, uint32_t uid, struct err *err)
{
	if (c == NULL || c->suspects > 0 || c->now[CAREFUL_READ].uid != uid)
		return 0;
	return slot_set(c, CAREFUL_READ, 0, 0, 0, END_KILLED, err);
}

int
careful_pass(struct careful *c, size_t n, struct err *err)
{
	if (c == NULL || c->suspects == 0)
		return 0;
	c->suspects -= n < c->suspects ? n : c->suspects;
	if (c->suspects > 0)
		return 0;
	return slot_set(c, CAREFUL_READ, 0, 0, 0, END_KILLED, err);
}

int
careful_set_filed(struct careful *c, struct err *err)
{
	if (c == NULL || !c->now[CAREFUL_FILE].used)
		return 0;
	memset(&c->now[CAREFUL_FILE], 0, sizeof(struct slot));
	memset(&c->before[CAREFUL_FILE], 0, sizeof(struct slot));
	c->noted[CAREFUL_FILE] = false;
	return slot_write(c, CAREFUL_FILE, false, err);
}

void
careful_end(struct careful *c, enum careful_how how)
{
	struct err ignored = ERR_INIT;
	int i;

	if (c == NULL)
		return;
	for (i = 0; i < STAGES; i++) {
		if (how == CAREFUL_WELL && c->now[i].used)
			memset(&c->now[i], 0, sizeof(c->now[i]));
		else if (c->noted[i] && c->now[i].end == END_KILLED)
			c->now[i].end = how == CAREFUL_BROKEN ? END_BROKEN
			                                      : END_STOPPED;
		else
			continue;
		/* What stays there makes the next fetcher careful: no harm. */
		(void)slot_write(c, i, false, &ignored);
	}
	handler.armed = false;
	slots_take(c);
}
