/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of reports as they were read, packed, for who reads the same
 * reports once more: the database is read once for a page.
 */
#ifndef RUAD_ANSWER_RECORD_KEEP_H
#define RUAD_ANSWER_RECORD_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"

/* To start, { .reports.size = sizeof(struct record_kept) }. */
struct record_keep {
	struct map reports; /* of struct record_kept, by id */
	struct arena bytes;
	size_t size; /* of all bytes; what does not fit is not kept */
};

struct record_kept {
	const uint8_t *at; /* as report_pack.records; NULL: nothing was kept */
	size_t len;
};

/* Keep a copy of what was packed of a report. */
void record_keep_add(
    struct record_keep *, int64_t report, const uint8_t *bytes, size_t len);

/* Return whether anything was kept. */
bool record_keep_has(const struct record_keep *);

/* Return what was kept of a report; at is NULL if it was not. */
struct record_kept record_keep_find(const struct record_keep *, int64_t report);

void record_keep_done(struct record_keep *);

#endif
