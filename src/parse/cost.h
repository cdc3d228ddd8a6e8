/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the reading of one message may cost.  Bytes alone do not bound it: an
 * attacker chooses those that take longest, repaired and of every kind at
 * once.  Each step pays here what it costs at most, in nanoseconds of an
 * ordinary machine, counted and not measured: the same message fares the same
 * on every machine.  Runs in ruad-parse.
 */
#ifndef RUAD_PARSE_COST_H
#define RUAD_PARSE_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"

struct cost {
	uint64_t left;
	bool refused; /* there was not enough of it */
};

/* Prices.  The larger of what was measured, each with a margin. */
#define COST_ENTRY 3000      /* of an archive */
#define COST_CONTAINER 20000 /* opened */
#define COST_BZIP2 150000    /* the same, of these kinds */
#define COST_XZ 300000
#define COST_ZSTD 300000
#define COST_MESSAGE 20000 /* in an archive */
#define COST_MESSAGE_BYTE 3
#define COST_PART 6000 /* of a message */
#define COST_XML 20000 /* a document */
#define COST_XML_BYTE 3
#define COST_XML_EVENT 70    /* start, end, text, comment ... */
#define COST_XML_STRANGE 100 /* an element of ours, where it should not be */
#define COST_XML_ATTRIBUTE 120
#define COST_XML_NAMESPACE 800
#define COST_XML_CHARSET 12 /* a byte of another one than UTF-8 */
#define COST_RECORD 2000    /* beside its events or bytes */
#define COST_REPAIR_BYTE 65 /* for all its steps but reading it again */
#define COST_FOREIGN 350    /* a byte, not ASCII, that may be of a domain */
#define COST_JSON 3000      /* a document */
#define COST_JSON_BYTE 8
#define COST_JSON_VALUE 1300

/* As much as a message may cost with these limits. */
void cost_start(struct cost *, const struct limits *);

/* What the bytes of a text that are not ASCII cost. */
uint64_t cost_of_foreign(const char *, size_t);

/* Pay.  -1, ERR_LIMIT: that much is not left.  NULL: it costs nothing. */
int cost_pay(struct cost *, uint64_t, struct err *);

#endif
