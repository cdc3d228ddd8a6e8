/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of one report in one value, report_pack.records: what questions
 * that read a year of them want of each.  It has nothing that record_row has
 * not, and is a fraction of the work to read; a report without it is read from
 * there.  Numbers are those of record_row.
 */
#ifndef RUAD_STORE_PACK_H
#define RUAD_STORE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct pack_record {
	int64_t id, messages;
	int64_t source, signatures; /* ids; 0: NULL */
	int64_t profile;
	int cause;
	int disposition;        /* -1: NULL */
	bool dkim, spf;         /* aligned results: pass */
	bool has_dkim, has_spf; /* whether there is such a result */
};

/* Add a record after the one with the id previous; 0: it is the first. */
void pack_add(struct buf *, int64_t previous, const struct pack_record *);

/* To start, at and end are those of the value, and id is 0. */
struct pack_reader {
	const uint8_t *at, *end;
	int64_t id;
};

/* 1: the next record is there; 0: no more; -1: it is damaged. */
int pack_next(struct pack_reader *, struct pack_record *);

#endif
