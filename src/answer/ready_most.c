/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/ready_most.h"

#include "answer/ready_judge.h"
#include "answer/ready_words.h"
#include "answer/scope.h"
#include "store/query_row.h"
#include "store/rules.h"

/* The reporter that tells of the most messages; that of a forged report, too.
 */
static const char most_sql[] = SCOPE_WITH_PARTS
    " SELECT max(rep.org_name) AS most, sum(rec.messages) AS most_messages,"
    " coalesce(sum(rec.messages) FILTER (WHERE"
    "   " RULE_RECORD_CLASS " = 'unknown'), 0) AS most_unknown"
    " FROM dom CROSS JOIN report rep ON rep.domain = dom.name"
    "   AND rep.day BETWEEN ?1 AND ?2"
    " CROSS JOIN record rec ON rec.report_id = rep.id AND " SCOPE_IS_PART(
        "rec.header_from") " LEFT JOIN source s ON s.id = rec.source_id"
                           " LEFT JOIN sender snd ON snd.id = s.sender_id"
                           " GROUP BY lower(rep.org_name) ORDER BY 2 DESC, 1 "
                           "LIMIT 1";

static const struct query_field most_fields[] = {
	QUERY_FIELD(QUERY_TEXT, ready, most),
	QUERY_FIELD(QUERY_INT, ready, most_messages),
	QUERY_FIELD(QUERY_INT, ready, most_unknown),
	{ 0 },
};

static int
read_most(struct ready *r, struct arena *strings, struct query_db *db,
    const struct period *period, struct err *err)
{
	struct query *q;
	int rc;

	if (scope_query(&q, db, most_sql, period, r->domain, err) == -1)
		return -1;
	if ((rc = query_step(q, err)) == 1)
		rc = query_row_read(q, most_fields, r, strings, err);
	query_free(q);
	return rc;
}

/* What the share of unknown mail alone would allow. */
static enum ready_verdict
by_unknown(const struct ready *r, int64_t unknown, int64_t messages)
{
	struct ready one = *r;

	one.unknown = unknown;
	one.messages = messages;
	one.suffers = 0;
	ready_judge(&one);
	return one.verdict;
}

int
ready_most_find(struct ready_list *list, struct query_db *db,
    const struct period *period, struct err *err)
{
	struct ready *r = list->rows.at;
	size_t i;

	for (i = 0; i < list->rows.n; i++, r++) {
		if (r->unknown == 0 ||
		    (r->verdict != READY_YES && r->verdict != READY_QUARANTINE))
			continue;
		if (read_most(r, &list->strings, db, period, err) == -1)
			return -1;
		if (by_unknown(r, r->unknown - r->most_unknown,
		        r->messages - r->most_messages) ==
		    by_unknown(r, r->unknown, r->messages))
			r->most = NULL;
	}
	return 0;
}

/* "97%", "more than 99%": all only if it is all. */
static void
add_percent(struct buf *b, int64_t part, int64_t all)
{
	const double percent = 100 * (double)part / (double)all;

	if (percent > 99 && part < all)
		buf_add_str(b, "more than 99%");
	else
		buf_printf(b, "%.0f%%", percent);
}

void
ready_most_add(struct buf *b, const struct ready *r)
{
	const int64_t unknown = r->unknown - r->most_unknown;

	if (r->most == NULL)
		return;
	buf_printf(b, "This rests on %s, which reports ", r->most);
	add_percent(b, r->most_messages, r->messages);
	buf_add_str(b, " of all messages. In the other reports ");
	add_percent(b, unknown, r->messages - r->most_messages);
	buf_printf(b,
	    " of the messages failed from unknown senders, too much for p=%s. "
	    "Anybody can mail a report: see ruactl reporters %s",
	    by_unknown(r, unknown, r->messages - r->most_messages) ==
	            READY_QUARANTINE
	        ? "reject"
	        : "quarantine",
	    r->domain);
}
