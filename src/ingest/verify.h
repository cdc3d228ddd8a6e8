/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether the sender of a mail is authenticated, and is who its reports say
 * they come from; and what require_verified makes of that.  Runs in the
 * fetcher; all texts come from strangers.  Pure.
 */
#ifndef RUAD_INGEST_VERIFY_H
#define RUAD_INGEST_VERIFY_H

#include <stdbool.h>

/* Of one mail. */
struct verify {
	bool is_required;        /* require_verified */
	bool is_verified;        /* authentic, and all so far is his to send */
	const char *from_domain; /* in From:, or NULL; borrowed */
	const char *refused;     /* why no report of it is stored, or NULL */
};

/* A mail is coming. */
void verify_begin(struct verify *, bool is_required);

/* What our own server and From: say of it; NULL: nothing. */
void verify_message(
    struct verify *, const char *verified, const char *from_domain);

/*
 * A report of this organization is in it.  False: only now it turns out that
 * it is not the sender's, and the mail is verified for nothing.
 */
bool verify_report(
    struct verify *, const char *organization, const char *email);

#endif
