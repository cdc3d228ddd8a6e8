/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For whom an answer of a server was, and what its own server made of it, as
 * logs of Postfix, Exim and Sendmail write it around the answer.  Runs in
 * ruad-parse; input is any bytes.  Pure.
 */
#ifndef RUAD_PARSE_SMTP_LOG_H
#define RUAD_PARSE_SMTP_LOG_H

#include <stdbool.h>

#include "base/mem.h"
#include "report/explain.h"

/*
 * A line of a log of Exim, which need not quote an answer, taken apart; it
 * points into the line.
 */
struct smtp_log_exim {
	const char *fate;
	const char *to;     /* where an address begins; NULL: none */
	const char *reason; /* what is said last; NULL: nothing */
	bool is_own;        /* it is the log's server that answered */
};

/* False: it is none. */
bool smtp_log_exim_read(const char *line, struct smtp_log_exim *);

/*
 * Whether a line of Sendmail's log, "ruleset=check_rcpt, relay=...,
 * reject=...", says what it answered itself: relay= is its client.
 */
bool smtp_log_is_own(const char *line);

/* Set to and fate, where the line (UTF-8, single blanks) says them. */
void smtp_log_read(const char *line, struct arena *, struct explain_reply *);

/* The address of a command "RCPT TO:<...>" in a session; NULL: it is none. */
const char *smtp_log_rcpt(const char *line, const char *end, struct arena *);

#endif
