/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables that answer an admin's questions: what the database is asked, and
 * how the columns are shown.  ruactl prints them and ruad-web shows them, so
 * that both have the same rows and figures.
 */
#ifndef RUAD_SHOW_TABLE_H
#define RUAD_SHOW_TABLE_H

#include <stdint.h>

#include "answer/period.h"
#include "base/err.h"
#include "show/output.h"
#include "store/query.h"

#define TABLE_BEFORE 14 /* and the one after it */

struct table {
	/*
	 * ?1 and ?2 are the first and the last day, ?3 is the domain or NULL,
	 * ?4 the limit of rows, ?11 the reporter or NULL, ?12 and ?13 what
	 * follows it in struct table_question, ?14 and ?15 its before_day and
	 * before_id or NULL; it may begin with SCOPE_WITH.
	 */
	const char *sql;
	const struct output_column *columns; /* as output_rows() takes them */
};

/* Of domains, reporters and reports. */
extern const struct table table_summary, table_reporters, table_reports,
    table_reports_of_domain;

/* How many reports are listed up to that of ?14 and ?15, with it: n. */
extern const char table_reports_listed_sql[],
    table_reports_listed_of_domain_sql[];

/*
 * One report and its records, the failing ones first: ?1 is its id; of records
 * ?2 is the result, "fail" or "pass", or NULL, and ?3 the limit of rows, -1:
 * all.
 */
extern const struct table table_report, table_records;

/* Prepare the records; has_failing: only those that failed, or passed. */
int table_query_records(struct query **, struct query_db *, int64_t id,
    const bool *has_failing, int64_t limit, struct err *);

extern const struct table table_tls_policies, table_tls_failures;

/* The reports of single messages. */
extern const struct table table_failures;

/* How messages are collected: without parameters. */
extern const struct table table_mailboxes, table_unfiled, table_undelivered,
    table_imported, table_polls, table_unreadable;

/*
 * Columns of what src/answer asks: sender_rows.h, failing.h, ready_rows.h,
 * why_load.h, dns_rows.h.
 */
#define TABLE_SOURCES 28
extern const struct output_column table_sources[TABLE_SOURCES];
extern const struct output_column table_senders[], table_address[],
    table_failing[], table_ready[], table_stories[], table_dns_head[],
    table_dns_checks[], table_dns_unknown[], table_dns_facts[];

/* What the parameters are; zero and NULL: all. */
struct table_question {
	struct period period;
	const char *domain;
	int64_t limit;           /* of rows; -1: all */
	const char *reporter;    /* as its reports have it */
	const char *external_id; /* of a report, by its reporter */
	const bool *has_failing; /* whether a report has failing messages */
	/* Reports listed after this one alone; id 0: all. */
	int64_t before_day, before_id;
};

/* Prepare a question, whose SQL is as in struct table. */
int table_query(struct query **, struct query_db *, const char *sql,
    const struct table_question *, struct err *);

#endif
