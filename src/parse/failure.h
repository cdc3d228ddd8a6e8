/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads one failure report (RFC 5965, 6591, 9991), or one of the plain-text
 * kinds of gateways: first the report part, then the header of the message it
 * is about.  Of that message's body nothing is looked at.  Runs in ruad-parse;
 * input is any bytes.
 */
#ifndef RUAD_PARSE_FAILURE_H
#define RUAD_PARSE_FAILURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "report/report.h"

struct failure_reader;

/* keep_samples: whether the sample's header block is kept. */
struct failure_reader *failure_new(bool keep_samples);
void failure_free(struct failure_reader *);

enum failure_kind {
	FAILURE_AUTH,    /* a failure report */
	FAILURE_ABUSE,   /* a feedback report on something else */
	FAILURE_NOTHING, /* says neither what it is nor what failed */
};

/*
 * Begin with the fields of a message/feedback-report part, words before them.
 */
enum failure_kind failure_read_fields(
    struct failure_reader *, const char *, size_t);

/* Whether a text for people is a failure report, too (spec F-1). */
bool failure_is_text(const char *, size_t);

/* Begin with such a text, the sample's header perhaps behind it. */
void failure_read_text(struct failure_reader *, const char *, size_t);

/* Whether a text holds the fields of a failure report (spec Q-105). */
bool failure_has_fields(const char *, size_t);

/* Begin with them, the sample's header perhaps behind them. */
void failure_read_among(struct failure_reader *, const char *, size_t);

/* The sample, from its header on; only the first one counts. */
void failure_read_sample(struct failure_reader *, const char *, size_t);

/* Append the line.  mail: what the message around says. */
void failure_finish(
    struct failure_reader *, const struct mail_facts *, struct buf *out);

#endif
