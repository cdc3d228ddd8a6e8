/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages of all days by policy domain and whose they are.  Only names
 * that the admin gave are told, and countries, since strangers can make any
 * number of others.
 */
#ifndef RUAD_ANSWER_CLASS_SUMS_H
#define RUAD_ANSWER_CLASS_SUMS_H

#include <stdint.h>

#include "answer/source_class.h"
#include "base/err.h"
#include "base/map.h"
#include "store/query.h"

struct class_sums_domain {
	int64_t fail;
	/* SOURCE_COMPLIANT: that passed; else that failed. */
	int64_t messages[SOURCE_CLASSES];
	/* That passed, by who sent them; their sum is that of all. */
	int64_t passed[SOURCE_CLASSES];
};

struct class_sums_sender {
	enum source_class class; /* that its kind gives */
};

struct class_sums {
	/* Of struct class_sums_domain: all that have reports, sorted by name.
	 */
	struct map domains;
	/* Of struct class_sums_sender: the names of senders, sorted; and the
	 * messages that failed of them, by domain: int64_t by size_t[2], the
	 * numbers of both. */
	struct map senders, failed;
	/* The same by country, of sources where it is known: int64_t, sorted.
	 */
	struct map countries;
};

/*
 * Load them, in a transaction, so that all is of one moment; class_sums_done()
 * comes in any case.
 */
int class_sums_load(struct class_sums *, struct query_db *, struct err *);
void class_sums_done(struct class_sums *);

#endif
