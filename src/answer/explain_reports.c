/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/explain_reports.h"

#include "base/text.h"

#define DAY 86400

static const char sql[] =
    "SELECT coalesce(sum(rec.messages), 0) AS messages,"
    " coalesce(sum(iif(rec.dkim = 1 OR rec.spf = 1, rec.messages, 0)), 0)"
    " AS pass "
    "FROM source s JOIN record_row rec ON rec.source_id = s.id "
    "JOIN report rep ON rep.id = rec.report_id "
    "WHERE s.ip = ?1 AND rep.domain = ?2 AND rep.day >= ?3";

/* Who gave it to its receiver; NULL: not known. */
static const char *
address_of(const struct explain_header *h)
{
	const struct explain_hop *hop = h->received.at;
	size_t i;

	for (i = 0; i < h->received.n; i++)
		if (hop[i].is_border)
			return hop[i].from_ip;
	return NULL;
}

int
explain_reports_add(struct explain_answer *a, const struct explain_facts *facts,
    struct query_db *db, int64_t now, struct err *err)
{
	const struct explain_address *from = facts->header.from.at;
	const char *ip = address_of(&facts->header);
	char all[TEXT_DIGITS], pass[TEXT_DIGITS];
	struct query *q;
	int64_t messages;
	int rc;

	/* Of the original in a bounce the border may be the sender's own. */
	if (ip == NULL || facts->is_bounce || facts->header.from.n != 1 ||
	    from[0].domain == NULL)
		return 0;
	if (query_new(&q, db, sql, err) == -1)
		return -1;
	query_bind_text(q, 1, ip);
	query_bind_text(q, 2, from[0].domain);
	query_bind_int(q, 3, now - (int64_t)EXPLAIN_REPORT_DAYS * DAY);
	rc = query_step(q, err);
	if (rc == 1 && (messages = query_int(q, 0)) > 0)
		prose_add(&a->notes,
		    "In %d days, reports have %s %s from %s as %s, of which %s "
		    "passed: ruactl why %s %s.",
		    EXPLAIN_REPORT_DAYS, text_group_digits(messages, all),
		    messages == 1 ? "message" : "messages", ip, from[0].domain,
		    text_group_digits(query_int(q, 1), pass), from[0].domain,
		    ip);
	query_free(q);
	return rc == -1 ? -1 : 0;
}
