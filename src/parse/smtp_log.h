/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For whom an answer of a server was, and what its own server made of it, as
 * logs of Postfix, Exim and Sendmail write it around the answer.  Runs in
 * ruad-parse; input is any bytes.  Pure.
 */
#ifndef RUAD_PARSE_SMTP_LOG_H
#define RUAD_PARSE_SMTP_LOG_H

#include "base/mem.h"
#include "report/explain.h"

/* Set to and fate, where the line (UTF-8, single blanks) says them. */
void smtp_log_read(const char *line, struct arena *, struct explain_reply *);

/* The address of a command "RCPT TO:<...>" in a session; NULL: it is none. */
const char *smtp_log_rcpt(const char *line, const char *end, struct arena *);

#endif
