/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of a server's bytes libetpan may see.  Pure: bytes in, bytes out, no
 * descriptor.  Works on segments: runs of bytes up to a line feed, outside
 * literals.  A reply is one segment, or several with literals between them.
 * libetpan gets only the kinds of reply that ruad asks for, status replies in
 * words of the guard instead of the server's, and nothing that breaks a cap.
 */
#ifndef RUAD_MAIL_GUARD_SCAN_H
#define RUAD_MAIL_GUARD_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "mail/guard.h"

#define GUARD_SCAN_LINE_MAX 8192 /* bytes of a reply outside its literals */
#define GUARD_SCAN_DEPTH_MAX 32  /* parentheses within parentheses */

enum guard_scan_greeting {
	GUARD_SCAN_GREETING_OK,
	GUARD_SCAN_GREETING_PREAUTH,
	GUARD_SCAN_GREETING_BYE
};

/* Zero it, then set the first six. */
struct guard_scan {
	uint64_t budget;      /* bytes outside literals that may still come */
	uint64_t max_literal; /* bytes one literal may have */
	bool let_continue;    /* "+" lines are wanted */
	bool idling;          /* untagged replies are only looked at */
	bool fetching;        /* the long answer is FETCH, of no other kind */
	char *fault;          /* GUARD_FAULT bytes: why it failed */

	struct buf out;     /* for libetpan */
	size_t out_at;      /* how much of it has been taken */
	uint64_t literal;   /* bytes of a literal still to come */
	uint64_t oversize;  /* bytes of the one that was over max_literal */
	bool pass;          /* the current reply is for libetpan */
	bool inside;        /* after a literal, within a reply */
	size_t line;        /* bytes of the current reply so far */
	unsigned int depth; /* open parentheses of it */
	struct guard_reply reply;
	char bye[200];     /* the text of an untagged BYE */
	char alert[400];   /* what [ALERT] and [WEBALERT] say to people */
	char told[1000];   /* lines of MYRIGHTS and QUOTA */
	uint32_t expunged; /* EXPUNGE replies since somebody set it to 0 */
	bool news;         /* there was an EXISTS */
	bool continued;    /* idling: there was a "+" */
};

#define GUARD_FAULT 320

/* Take one segment, its line feed included.  -1: fault says why. */
int guard_scan_segment(struct guard_scan *, const char *, size_t len);

/* Take the first segment of a session.  -1: fault says why. */
int guard_scan_greeting(
    struct guard_scan *, const char *, size_t, enum guard_scan_greeting *);

/* Note that n bytes of the current literal were taken; n <= literal. */
void guard_scan_skip(struct guard_scan *, uint64_t n);

/* Move up to n bytes to libetpan.  Return how many. */
size_t guard_scan_take(struct guard_scan *, char *, size_t n);

/* Set the fault if there is none yet.  Return -1. */
int guard_scan_set_fault(struct guard_scan *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

void guard_scan_done(struct guard_scan *);

#endif
