/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/text.h"

#define TEXT_MAX 2048
#define FIELD_MAX 300
#define DRAIN_MOMENTS 50   /* of 20 ms */
#define PATIENCE_SECONDS 2 /* for a journal that does not take a line */

static enum log_level log_level = LOG_LEVEL_INFO;
static char log_program[32] = "ruad";
static char log_mailbox[128];
static int log_socket = -1; /* the journal's, else -1 */
static struct sockaddr_un log_journal;
static int log_priority; /* whether stderr is the journal */
static int64_t log_lost; /* lines that the journal did not take */

/* JOURNAL_STREAM is inherited: is stderr still the stream that it names? */
static int
log_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) == -1)
		return 0;
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

/*
 * The journal looks up by the process id which service a line is from: wait
 * for it to do so, but not for ever, or "journalctl -u" misses the last line.
 */
static void
log_drain(void)
{
	const struct timespec moment = { .tv_nsec = 20000000 };
	int queued = 0, i;

	for (i = 0; i < DRAIN_MOMENTS; i++) {
		if (ioctl(log_socket, SIOCOUTQ, &queued) == -1)
			return;
		nanosleep(&moment, NULL);
		if (queued == 0)
			return;
	}
}

void
log_open(const char *journal)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };

	log_priority = log_is_journal();
	if (!log_priority || journal == NULL ||
	    strlen(journal) >= sizeof(log_journal.sun_path))
		return;
	log_journal.sun_family = AF_UNIX;
	memcpy(log_journal.sun_path, journal, strlen(journal) + 1);
	log_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (log_socket == -1)
		return;
	setsockopt(
	    log_socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	atexit(log_drain);
}

void
log_set_level(enum log_level level)
{
	log_level = level;
}

void
log_set_name(const char *name)
{
	text_safe(log_program, sizeof(log_program), name);
}

void
log_set_mailbox(const char *name)
{
	text_safe(log_mailbox, sizeof(log_mailbox), name);
}

/* --- the journal --------------------------------------------------------- */

/* A datagram that is being written; what does not fit is left out. */
struct datagram {
	char at[TEXT_MAX + 8192];
	size_t len;
};

static void __attribute__((format(printf, 2, 3)))
datagram_add(struct datagram *d, const char *fmt, ...)
{
	size_t room = sizeof(d->at) - d->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(d->at + d->len, room, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < room)
		d->len += (size_t)n;
}

static void
datagram_add_fields(struct datagram *d, const struct log_field *f)
{
	char safe[FIELD_MAX];

	for (; f != NULL && f->name != NULL; f++) {
		if (f->text == NULL)
			datagram_add(d, "%s=%" PRId64 "\n", f->name, f->number);
		else if (f->text[0] != '\0')
			datagram_add(d, "%s=%s\n", f->name,
			    text_safe(safe, sizeof(safe), f->text));
	}
}

/*
 * A journal that hangs must not hang ruad: after one line that it did not take
 * in time, none is waited for until it takes them again.
 */
static int
datagram_send(const struct datagram *d)
{
	const int flags = MSG_NOSIGNAL | (log_lost > 0 ? MSG_DONTWAIT : 0);

	if (sendto(log_socket, d->at, d->len, flags,
	        (const struct sockaddr *)&log_journal,
	        sizeof(log_journal)) != -1)
		return 0;
	if (errno != EAGAIN && errno != ENOBUFS)
		return -1; /* it does not listen there */
	log_lost++;
	return 0;
}

static int
log_to_journal(enum log_level level, const char *id,
    const struct log_field *fields, const char *safe)
{
	struct datagram d = { .len = 0 };
	int64_t lost = log_lost;

	if (log_socket == -1)
		return -1;
	datagram_add(
	    &d, "PRIORITY=%d\nSYSLOG_IDENTIFIER=%s\n", (int)level, log_program);
	datagram_add(&d, "MESSAGE=%s%s%s\n", log_mailbox,
	    log_mailbox[0] != '\0' ? ": " : "", safe);
	if (log_mailbox[0] != '\0')
		datagram_add(&d, "RUAD_MAILBOX=%s\n", log_mailbox);
	if (id != NULL)
		datagram_add(&d, "MESSAGE_ID=%s\n", id);
	datagram_add_fields(&d, fields);
	if (datagram_send(&d) == -1)
		return -1;
	if (lost > 0 && log_lost == lost) {
		log_lost = 0;
		log_warning("%" PRId64 " log line%s dropped: the journal was "
		            "too slow",
		    lost, lost == 1 ? " was" : "s were");
	}
	return 0;
}

/* --- a line -------------------------------------------------------------- */

static void __attribute__((format(printf, 4, 0))) log_line(enum log_level level,
    const char *id, const struct log_field *fields, const char *fmt, va_list ap)
{
	char text[TEXT_MAX], safe[TEXT_MAX], line[TEXT_MAX + 200], priority[8];
	const char *who;
	int n;

	if (level > log_level)
		return;
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		return;
	who = log_mailbox[0] != '\0' ? log_mailbox : log_program;
	text_cut(text_safe(safe, sizeof(safe), text),
	    LIMIT_SHOWN - 2 - text_columns(who));
	if (log_to_journal(level, id, fields, safe) == 0)
		return;
	snprintf(priority, sizeof(priority), "<%d>", (int)level);
	n = snprintf(line, sizeof(line), "%s%s: %s\n",
	    log_priority ? priority : "", who, safe);
	if (n > 0 && io_write(STDERR_FILENO, line, (size_t)n) == -1)
		return; /* nowhere left to say so */
}

void
log_event(enum log_level level, const char *id, const struct log_field *fields,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(level, id, fields, fmt, ap);
	va_end(ap);
}

#define LOG_FUNCTION(name, level) \
	void name(const char *fmt, ...) \
	{ \
		va_list ap; \
\
		va_start(ap, fmt); \
		log_line(level, NULL, NULL, fmt, ap); \
		va_end(ap); \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_notice, LOG_LEVEL_NOTICE)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
