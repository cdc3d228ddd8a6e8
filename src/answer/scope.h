/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which policy domains a question is about, and under which name each is shown.
 * A reporter may name a subdomain as policy domain, because it has a policy of
 * its own or as old OpenDMARC does for any: such reports are shown under the
 * organizational domain, if there are reports about that; who asks about a
 * subdomain by name gets what is its own.  Nothing is under two names.
 */
#ifndef RUAD_ANSWER_SCOPE_H
#define RUAD_ANSWER_SCOPE_H

#include "answer/period.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/query.h"

struct scope {
	struct array pairs; /* of struct scope_pair, sorted by name */
	struct arena text;
};

struct scope_pair {
	const char *name;  /* of a policy domain */
	const char *shown; /* its organizational domain, or the same */
};

/*
 * All policy domains, in their order, as every(name) of a WITH RECURSIVE that
 * goes on; the last one is NULL.  From one to the next in the index: they are
 * few, of many reports.
 */
#define SCOPE_EVERY \
	"every(name) AS (SELECT min(domain) FROM report UNION ALL" \
	" SELECT (SELECT min(domain) FROM report WHERE domain > every.name)" \
	" FROM every WHERE every.name IS NOT NULL),"

/*
 * Begins a question with the domains that it is about, as dom(name, shown).  A
 * CROSS JOIN with report takes the index of domain and day.
 */
#define SCOPE_DOM \
	"dom(name, shown) AS MATERIALIZED (SELECT value ->> 0," \
	" value ->> 1 FROM json_each(?9))"
#define SCOPE_WITH "WITH " SCOPE_DOM

/*
 * The same for a question that also knows parts of a domain: of a subdomain
 * that somebody asks about it takes the records of its organization's reports
 * that have the subdomain, or one below it, in From:.  dom.part is that name,
 * NULL where all records count.
 */
#define SCOPE_WITH_PARTS \
	"WITH dom(name, shown, part) AS MATERIALIZED (SELECT value ->> 0," \
	" value ->> 1, NULL FROM json_each(?9) UNION ALL SELECT value ->> 0," \
	" value ->> 1, value ->> 1 FROM json_each(?10))"

/* Whether a record is of the part, by its From: domain. */
#define SCOPE_IS_PART(header_from) \
	"(dom.part IS NULL OR dom.part = " header_from \
	" OR substr(" header_from \
	", -length(dom.part) - 1) = '.' || dom.part)"

/*
 * What a question about failure reports f and their messages msg has after
 * FROM: those that arrived in the period, about the domain (?3, NULL: all) or
 * one below it, as a report names the domain that failed.
 */
#define SCOPE_FAILURE_TS "coalesce(nullif(f.arrival_ts, 0), msg.fetched_ts)"
#define SCOPE_FAILURES \
	" WHERE " SCOPE_FAILURE_TS " >= ?1" \
	" AND " SCOPE_FAILURE_TS " < ?2 + 86400 AND (?3 IS NULL" \
	" OR f.reported_domain = ?3" \
	" OR substr(f.reported_domain, -length(?3) - 1) = '.' || ?3)"

/*
 * The policy domains of all reports; domain, if it is not NULL: that one and,
 * if it is an organizational domain, those below it.
 */
int scope_load(
    struct scope *, struct query_db *, const char *domain, struct err *);
void scope_done(struct scope *);

/* Under which name a policy domain is shown. */
const char *scope_shown(const struct scope *, const char *name);

/*
 * Bind ?9 of SCOPE_WITH, and ?10 of SCOPE_WITH_PARTS; without effect on a
 * question that has none.
 */
int scope_bind(
    struct query *, struct query_db *, const char *domain, struct err *);

/*
 * Prepare a question with ?1 and ?2, the days of the period, and ?3, the
 * domain, if it is not NULL; and what SCOPE_WITH asks for.
 */
int scope_query(struct query **, struct query_db *, const char *sql,
    const struct period *, const char *domain, struct err *);

#endif
