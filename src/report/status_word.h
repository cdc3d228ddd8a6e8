/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words by which receivers tell in a header what they think of a message:
 * Microsoft's compauth, action, SCL, SFV, CAT ..., the fields of filters.
 * Facts that ruad brings along.  Pure.
 */
#ifndef RUAD_REPORT_STATUS_WORD_H
#define RUAD_REPORT_STATUS_WORD_H

#include <stdbool.h>
#include <stddef.h>

struct status_word {
	const char *field; /* as in the header: "SCL", "reason", "action" */
	/*
	 * The value, any case; "4xx": 400 to 499; "5-6": a range of numbers;
	 * "*": any but "".
	 */
	const char *value;
	const char *meaning;    /* a sentence */
	bool is_authentication; /* whether it speaks of SPF, DKIM, DMARC */
	bool is_bad;            /* whether it speaks against the message */
	const char *source;     /* page */
	int year;               /* of it */
	bool is_verified;       /* else meaning says "probably" */
};

/*
 * The row of a field and its value, any case; that of a value before that of a
 * range.  Fields: of compauth the result is "compauth" and its reason is
 * "reason"; "action" is of dmarc; "dmarc" is its result; the others as in
 * X-Forefront-Antispam-Report, X-Microsoft-Antispam and its
 * -Mailbox-Delivery.  NULL: not known, and not to be interpreted.
 */
const struct status_word *microsoft_word_find(
    const char *field, const char *value);

/*
 * The same of a field of another filter, and the word in it that tells: of
 * X-Spam-Status "Yes", of X-Spamd-Result "True", of X-Proofpoint-Spam-Details
 * what its rule is for ("spam"), else the whole value.
 */
const struct status_word *filter_word_find(
    const char *field, const char *value);

/* All of them, by number. */
size_t status_word_count(void);
const struct status_word *status_word_at(size_t number);

#endif
