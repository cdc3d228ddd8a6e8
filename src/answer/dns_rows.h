/* SPDX-License-Identifier: BSD-2-Clause */
/* What was found of a domain's DNS as rows of questions, for programs. */
#ifndef RUAD_ANSWER_DNS_ROWS_H
#define RUAD_ANSWER_DNS_ROWS_H

#include "answer/dns_finding.h"
#include "base/err.h"
#include "store/query.h"

/* One row: domain, server (NULL: nobody was asked), questions, errors,
 * warnings, infos, more */
int dns_rows_head(struct query **, struct query_db *, const char *domain,
    const char *server, int64_t questions, const struct dns_findings *,
    struct err *);

/* id, severity, name, text, record, rfc */
int dns_rows_findings(struct query **, struct query_db *,
    const struct dns_findings *, struct err *);

/* group, name, key, value */
int dns_rows_notes(struct query **, struct query_db *,
    const struct dns_findings *, struct err *);

/* group, name, type, failure */
int dns_rows_unknown(struct query **, struct query_db *,
    const struct dns_findings *, struct err *);

/* The values of any row, in JSON, for a statement that has ?1. */
int dns_rows_query(struct query **, struct query_db *, const char *sql,
    const char *json, struct err *);

#endif
