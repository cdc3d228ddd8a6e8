/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line to stderr for those who run ruad.  Only mains, super and fetch log;
 * everything else fills a struct err.  A line can hold foreign text: it is
 * made safe here.  Under systemd the line starts with its priority, "<3>".
 */
#ifndef RUAD_BASE_LOG_H
#define RUAD_BASE_LOG_H

/* Levels by who must act. */
enum log_level {
	LOG_LEVEL_ERROR = 3,   /* the admin, now: nothing is collected */
	LOG_LEVEL_WARNING = 4, /* the admin, some day: one mail is affected */
	LOG_LEVEL_INFO = 6,    /* nobody: a poll, a report */
	LOG_LEVEL_DEBUG = 7,   /* whoever asked with -v */
};

/* Lines above this level are dropped; at first LOG_LEVEL_INFO. */
void log_set_level(enum log_level);

/* What every line begins with: "ruad", or the mailbox.  Copied. */
void log_set_name(const char *);

void log_error(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *, ...) __attribute__((format(printf, 1, 2)));

#endif
