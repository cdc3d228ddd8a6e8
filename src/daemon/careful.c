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
#define END_KILLED 0 /* nobody wrote anything */
#define END_CRASHED 'C'
#define END_STOPPED 'S' /* we were told to stop, or stopped */
#define END_BROKEN 'B'  /* the server gave up on us, or memory ran out */

/* What is under way, as it stands in the file: for each mailbox and stage. */
struct slot {
	uint64_t folder; /* which account, folder and UIDVALIDITY */
	uint32_t uid;    /* 0: several mails */
	uint8_t used;
	uint8_t careful; /* noted by a careful fetcher */
	uint8_t tries;   /* crashes, the one that ends this try included */
	uint8_t kills;   /* before this try */
	uint8_t end;
	uint8_t others; /* crashes that any of the others may have caused */
	uint8_t unused[14];
};
static_assert(sizeof(struct slot) == 32, "on disk");

struct careful {
	int fd;
	char *path;
	off_t at; /* of our slots */
	uint64_t folder;
	struct slot was[STAGES]; /* found, its last try counted */
	struct slot is[STAGES];  /* on disk */
	size_t suspects;         /* to be read one by one */
	bool noted[STAGES];      /* what is there is ours */
};

/* For the signal handlers: the byte to write, while there is one. */
static struct {
	int fd;
	volatile off_t at;
	volatile sig_atomic_t armed; /* 0, or 1 + the byte that is there */
	volatile sig_atomic_t stopped;
} watch;

static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS,
	SIGALRM /* the leash */ };
static struct sigaction before[sizeof(crashes) / sizeof(crashes[0])];

/* --- how it ends ---------------------------------------------------------- */

static void
watch_write(char end)
{
	if (watch.armed == 0 || watch.armed == 1 + END_CRASHED)
		return;
	watch.armed = 1 + end;
	/* There is nothing to be done if it fails. */
	if (pwrite(watch.fd, &end, 1, watch.at) == -1)
		return;
}

void
careful_on_stop(void)
{
	int saved = errno;

	watch.stopped = 1;
	watch_write(END_STOPPED);
	errno = saved;
}

/* Out of memory: that is not the mail's fault, but let others come first. */
static void
on_out_of_memory(void)
{
	if (watch.armed == 1 + END_KILLED)
		watch_write(END_BROKEN);
}

static void
on_crash(int sig, siginfo_t *info, void *context)
{
	size_t i;

	(void)context;
	/*
	 * systemd aborts all of us when its watchdog barks; SIGALRM is the
	 * supervisor's word that it is us who hang.
	 */
	if (info->si_code > 0 || info->si_pid == getpid() || sig == SIGALRM)
		watch_write(END_CRASHED);
	for (i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		if (crashes[i] == sig)
			sigaction(sig, &before[i], NULL);
	raise(sig);
}

static void
watch_crashes(void)
{
	/* The stack may be what has overflown. */
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
		sigaction(crashes[i], &sa, &before[i]);
	mem_on_out(on_out_of_memory);
}

/* --- the file ------------------------------------------------------------- */

static off_t
slot_at(const struct careful *c, enum careful_stage stage)
{
	return c->at + (off_t)stage * (off_t)sizeof(struct slot);
}

/* This is what is being done. */
static void
slot_watch(const struct careful *c, enum careful_stage stage)
{
	watch.armed = 0;
	if (!c->is[stage].used)
		return;
	watch.fd = c->fd;
	watch.at = slot_at(c, stage) + (off_t)offsetof(struct slot, end);
	watch.armed = 1 + c->is[stage].end;
}

static int
slot_write(
    struct careful *c, enum careful_stage stage, bool sync, struct err *err)
{
	const struct slot *s = &c->is[stage];

	watch.armed = 0;
	if (pwrite(c->fd, s, sizeof(*s), slot_at(c, stage)) !=
	        (ssize_t)sizeof(*s) ||
	    (sync && fdatasync(c->fd) == -1))
		return err_set_errno(
		    err, ERR_AGAIN, "cannot write %s", c->path);
	slot_watch(c, stage);
	return 0;
}

/* Count the try that a slot tells of. */
static void
slot_judge(struct slot *s)
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

/* What the slots say of the last fetcher, or the last poll. */
static void
slots_judge(struct careful *c)
{
	int i;

	c->suspects = 0;
	for (i = 0; i < STAGES; i++) {
		c->was[i] = c->is[i];
		c->noted[i] = false;
		slot_judge(&c->was[i]);
		if (c->was[i].used)
			c->suspects = CAREFUL_MAILS;
	}
}

/*
 * The file is ours alone: who may read it could hold a lock on it, and then no
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
		    "%s must be a regular file without a second name: remove "
		    "it, and ruad makes a new one",
		    path);
	if (st.st_uid != geteuid() && st.st_uid != 0 && geteuid() != 0)
		return err_set(err, ERR_AUTH,
		    "%s belongs to user %lu: remove it, and ruad makes a new "
		    "one",
		    path, (unsigned long)st.st_uid);
	/* Older ones were open to the group. */
	if ((st.st_mode & 077) != 0 && fchmod(fd, 0600) == -1)
		return err_set_errno(
		    err, ERR_CREATE, "cannot close %s to others", path);
	return 0;
}

int
careful_open(struct careful **out, const char *database, int64_t mailbox_id,
    struct err *err)
{
	struct careful *c = xcalloc(1, sizeof(*c));
	struct flock lock = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = sizeof(c->is)
	};
	int rc = 0;

	xasprintf(&c->path, "%s.lock", database);
	c->at = lock.l_start = (off_t)mailbox_id * (off_t)sizeof(c->is);
	c->fd = open(c->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (c->fd == -1)
		rc = err_set_errno(err, ERR_CREATE, "cannot open %s", c->path);
	else if (file_check(c->fd, c->path, err) == -1)
		rc = -1;
	else if (fcntl(c->fd, F_OFD_SETLK, &lock) == -1)
		rc = err_set(
		    err, ERR_AGAIN, "another ruad is polling this mailbox now");
	else if (pread(c->fd, c->is, sizeof(c->is), c->at) == -1)
		rc = err_set_errno(err, ERR_AGAIN, "cannot read %s", c->path);
	if (rc == -1) {
		careful_close(c);
		return -1;
	}
	slots_judge(c);
	watch_crashes();
	*out = c;
	return 0;
}

bool
careful_remembers(const char *database)
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
	watch.armed = 0;
	if (c->fd != -1)
		close(c->fd);
	free(c->path);
	free(c);
}

void
careful_start(
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
		if (c->was[i].used && c->was[i].folder != c->folder) {
			memset(&c->was[i], 0, sizeof(c->was[i]));
			c->was[i].used = 1;
		}
}

/* --- one mail --------------------------------------------------------------
 */

bool
careful_is_on(const struct careful *c, enum careful_stage stage)
{
	if (c == NULL)
		return false;
	/* A folder is filed in one go, unless it was just this that crashed. */
	if (stage == CAREFUL_FILE)
		return c->was[stage].used &&
		    (c->was[stage].uid != 0 ||
		        c->was[stage].end == END_CRASHED);
	return c->suspects > 0;
}

uint32_t
careful_begin_behind(const struct careful *c)
{
	const struct slot *was;

	if (c == NULL)
		return 0;
	was = &c->was[CAREFUL_READ];
	if (was->end != END_BROKEN || was->tries > 0 || was->kills > 0)
		return 0;
	return was->uid;
}

void
careful_return(struct careful *c)
{
	if (c != NULL)
		c->suspects = CAREFUL_MAILS;
}

/* Crashes that no mail is known to have caused. */
static uint8_t
others_count(const struct slot *was)
{
	if (was->uid == 0)
		return was->used && was->end == END_CRASHED;
	/* It was this one. */
	return was->end == END_CRASHED ? 0 : was->others;
}

/* What is known of this mail, before it is tried again. */
static void
mail_count(const struct careful *c, enum careful_stage stage, uint32_t uid,
    uint8_t *tries, uint8_t *kills)
{
	const struct slot *was = &c->was[stage];

	*tries = others_count(was);
	*kills = 0;
	if (was->uid != 0 && was->uid == uid) {
		*tries = was->tries;
		*kills = was->kills;
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
	mail_count(c, stage, uid, &tries, &kills);
	if (tries >= CAREFUL_TRIES)
		*reason = "ruad has crashed or hung twice while it was read";
	else if (kills >= CAREFUL_KILLS)
		*reason = "ruad was killed five times while it was read";
	return *reason != NULL ? tries + kills : tries;
}

static int
slot_set(struct careful *c, enum careful_stage stage, uint32_t uid,
    uint8_t tries, uint8_t kills, uint8_t end, struct err *err)
{
	struct slot *s = &c->is[stage];

	memset(s, 0, sizeof(*s));
	s->folder = c->folder;
	s->uid = uid;
	s->used = 1;
	s->careful = c->suspects > 0;
	s->others = c->suspects > 0 ? others_count(&c->was[stage]) : 0;
	s->tries = tries;
	s->kills = kills;
	s->end = end == END_KILLED && watch.stopped ? END_STOPPED : end;
	c->noted[stage] = true;
	return slot_write(c, stage, true, err);
}

int
careful_note(
    struct careful *c, enum careful_stage stage, uint32_t uid, struct err *err)
{
	uint8_t tries, kills;

	if (c == NULL)
		return 0;
	/* An ordinary poll makes no difference. */
	if (c->suspects == 0)
		stage = CAREFUL_READ;
	if (uid == 0 && c->noted[stage] &&
	    (c->is[stage].uid == 0 || c->is[stage].end == END_CRASHED)) {
		slot_watch(c, stage);
		return 0;
	}
	if (uid == 0)
		return slot_set(c, stage, 0, 0, 0, END_KILLED, err);
	mail_count(c, stage, uid, &tries, &kills);
	return slot_set(c, stage, uid, tries + 1, kills, END_KILLED, err);
}

int
careful_accuse(struct careful *c, uint32_t uid, int attempts, struct err *err)
{
	if (c == NULL)
		return 0;
	return slot_set(
	    c, CAREFUL_READ, uid, (uint8_t)attempts, 0, END_CRASHED, err);
}

int
careful_acquit(struct careful *c, uint32_t uid, struct err *err)
{
	if (c == NULL || c->suspects > 0 || c->is[CAREFUL_READ].uid != uid)
		return 0;
	return slot_set(c, CAREFUL_READ, 0, 0, 0, END_KILLED, err);
}

int
careful_pass(struct careful *c, size_t mails, struct err *err)
{
	if (c == NULL || c->suspects == 0)
		return 0;
	c->suspects -= mails < c->suspects ? mails : c->suspects;
	if (c->suspects > 0)
		return 0;
	return slot_set(c, CAREFUL_READ, 0, 0, 0, END_KILLED, err);
}

int
careful_filed(struct careful *c, struct err *err)
{
	if (c == NULL || !c->is[CAREFUL_FILE].used)
		return 0;
	memset(&c->is[CAREFUL_FILE], 0, sizeof(struct slot));
	memset(&c->was[CAREFUL_FILE], 0, sizeof(struct slot));
	c->noted[CAREFUL_FILE] = false;
	return slot_write(c, CAREFUL_FILE, false, err);
}

void
careful_finish(struct careful *c, enum careful_end end)
{
	struct err ignored = ERR_INIT;
	int i;

	if (c == NULL)
		return;
	for (i = 0; i < STAGES; i++) {
		if (end == CAREFUL_WELL && c->is[i].used)
			memset(&c->is[i], 0, sizeof(c->is[i]));
		else if (c->noted[i] && c->is[i].end == END_KILLED)
			c->is[i].end = end == CAREFUL_BROKEN ? END_BROKEN
			                                     : END_STOPPED;
		else
			continue;
		/* What stays there makes the next fetcher careful: no harm. */
		(void)slot_write(c, i, false, &ignored);
	}
	watch.armed = 0;
	slots_judge(c);
}
