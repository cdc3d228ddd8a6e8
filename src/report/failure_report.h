/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model of a failure report (RFC 5965, RFC 6591, RFC 9991), as it has on
 * the wire and in the database.  Pure.  Strings are borrowed, UTF-8, NULL when
 * the report did not say.  Bodies of samples have no place here.
 */
#ifndef RUAD_REPORT_FAILURE_REPORT_H
#define RUAD_REPORT_FAILURE_REPORT_H

#include <stdint.h>

#include "base/sha256.h"
#include "base/mem.h"

struct failure_report {
	int64_t arrival_ts;        /* 0: not said, nor derived */
	const char *feedback_type; /* lower case: auth-failure, abuse ... */
	const char *reported_domain;
	const char *source_ip;       /* inet_ntop() form, IPv4-mapped as IPv4 */
	const char *auth_failure;    /* lower case: dmarc, spf, signature ... */
	const char *delivery_result; /* delivered spam policy reject other */
	const char *mail_from;       /* "" is the null sender */
	const char *rcpt_to;         /* several: joined by ", " */
	const char *header_from;     /* From: of the sample */
	const char *subject;         /* of the sample, decoded */
	const char *msgid;           /* of the sample */
	const char *dkim_domain;
	const char *dkim_selector;
	const char *auth_results; /* as sent, unfolded */
	/*
	 * As sent: RFC 7489 lists what was aligned, RFC 9991 what was not, and
	 * nothing tells which is meant.
	 */
	const char *identity_alignment;
	const char *user_agent;
	int64_t incidents;   /* at least 1 */
	const char *sample;  /* the header block, if the config asks for it */
	struct array quirks; /* of const char * */
	/* Of the report part and the sample: equal = the same report again. */
	uint8_t content_sha256[SHA256_SIZE];
};

/* Free the array, not the strings; empty it for the next one. */
void failure_report_done(struct failure_report *);
void failure_report_reset(struct failure_report *);

/* Add a quirk once; the name is borrowed for as long as the report lives. */
void failure_report_add_quirk(struct failure_report *, const char *);

#endif
