/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether the sender of a message is authenticated, and is who its reports say
 * they come from; and what require_verified makes of that.  Runs in the
 * fetcher; all strings come from strangers.  Pure.
 */
#ifndef RUAD_INGEST_VERIFY_H
#define RUAD_INGEST_VERIFY_H

#include <stdbool.h>

/* Of one message. */
struct verify {
	bool is_required; /* require_verified */
	bool is_verified; /* authentic, and may send all reports so far */
	const char *from_domain; /* in From:, or NULL; borrowed */
	const char *refused;     /* why no report of it is stored, or NULL */
};

/* Begin a message. */
void verify_begin(struct verify *, bool is_required);

/* Note what the admin's mail server and From: say of it; NULL: nothing. */
void verify_message(
    struct verify *, const char *verified, const char *from_domain);

/*
 * Note a report of this organization in it.  Return false if the message was
 * verified until now, and is not any more: the sender may not send this report.
 */
bool verify_report(
    struct verify *, const char *organization, const char *email);

#endif
