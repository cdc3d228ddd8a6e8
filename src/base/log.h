/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one log of whoever runs ruad.  Only mains and the daemon log; everything
 * else fills a struct err.  When stderr is the journal (JOURNAL_STREAM names
 * it), a line goes there by its native protocol, with fields; else it is one
 * line on stderr and the fields are left out.  A line can hold foreign text:
 * it is made safe here, so that no value holds a newline and the journal's
 * form for binary values is never needed.
 */
#ifndef RUAD_BASE_LOG_H
#define RUAD_BASE_LOG_H

#include <stdint.h>

/* Levels by who must act. */
enum log_level {
	LOG_LEVEL_ERROR = 3,   /* the admin, now: something stands still */
	LOG_LEVEL_WARNING = 4, /* the admin, some day: one message, one poll */
	LOG_LEVEL_NOTICE = 5,  /* nobody: the service's own life */
	LOG_LEVEL_INFO = 6,    /* nobody: a poll, a report */
	LOG_LEVEL_DEBUG = 7,   /* whoever asked with -v */
};

/* Where systemd-journald listens. */
#define LOG_JOURNAL "/run/systemd/journal/socket"

/* A field of the journal, RUAD_SOMETHING; a list ends with { 0 }. */
struct log_field {
	const char *name;
	const char *text; /* "": the field is left out */
	int64_t number;   /* where text is NULL */
};
#define LOG_TEXT(name, value) \
	{ \
		name, (value) != NULL ? (value) : "", 0 \
	}
#define LOG_NUMBER(name, value) \
	{ \
		name, NULL, value \
	}

/*
 * Once, at first: find out whether stderr is the journal.  journal is its
 * socket, or NULL for a program that must not have one: its lines go to stderr
 * in any case, where the journal reads the priority from "<3>" before them.
 */
void log_open(const char *journal);

/* Lines above this level are dropped; at first LOG_LEVEL_INFO. */
void log_set_level(enum log_level);

/* What every line begins with: the program's name.  Copied. */
void log_set_name(const char *);

/* Instead of it, a mailbox: which is a field, too.  Copied. */
void log_set_mailbox(const char *);

void log_error(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *, ...) __attribute__((format(printf, 1, 2)));

/* The same with fields, NULL if none, and a MESSAGE_ID: 32 hex digits. */
void log_event(enum log_level, const char *message_id, const struct log_field *,
    const char *, ...) __attribute__((format(printf, 4, 5)));

#endif
