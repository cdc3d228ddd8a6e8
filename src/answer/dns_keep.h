/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A source that remembers what was asked through it, so that the database can
 * keep the answers: dns_history.h gives them back, and tells what changed when.
 */
#ifndef RUAD_ANSWER_DNS_KEEP_H
#define RUAD_ANSWER_DNS_KEEP_H

#include "answer/dns_finding.h"
#include "base/err.h"
#include "dns/dns.h"
#include "store/store.h"

struct dns_keep;

/* Answers are borrowed from the source asked, which must outlive it. */
struct dns_keep *dns_keep_new(struct dns_source asked);
void dns_keep_free(struct dns_keep *);
struct dns_source dns_keep_source(struct dns_keep *);

/* Also keep the note DNS_NOTE_FILE, if there is one. */
void dns_keep_file(struct dns_keep *, const struct dns_findings *);

/*
 * Write what DNS told, not what failed, in one transaction.  Errors are those
 * of store_open(): ERR_AUTH if this user may not write the database.
 */
int dns_keep_write(const struct dns_keep *, const char *database, struct err *);

/*
 * Write one answer, in a transaction; the name as dns_write_name() writes it.
 */
int dns_keep_answer(struct store *, enum dns_type, const char *name,
    const struct dns_answer *, struct err *);

#endif
