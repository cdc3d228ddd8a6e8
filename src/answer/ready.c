/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/ready.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "answer/scope.h"
#include "base/text.h"
#include "store/query_row.h"

extern const char ready_sql[]; /* ready.sql */

static const char *const verdict_words[] = { RULE_TOO_LITTLE, RULE_FIX_SENDERS,
	RULE_READY, NULL };

static const struct query_field fields[] = {
	QUERY_FIELD(QUERY_TEXT, ready, domain),
	QUERY_FIELD(QUERY_TEXT, ready, policy),
	QUERY_FIELD(QUERY_INT, ready, days),
	QUERY_FIELD(QUERY_INT, ready, reporters),
	QUERY_FIELD(QUERY_INT, ready, messages),
	QUERY_FIELD(QUERY_INT, ready, lose_known),
	QUERY_FIELD(QUERY_INT, ready, lose_forwarded),
	QUERY_FIELD(QUERY_INT, ready, stop_unknown),
	{ "verdict", QUERY_WORD, offsetof(struct ready, verdict),
	    verdict_words },
	QUERY_FIELD(QUERY_BOOL, ready, forwarding_suffers),
	{ "first_class", QUERY_WORD, offsetof(struct ready, first_class),
	    source_class_words },
	QUERY_FIELD(QUERY_TEXT, ready, first_ip),
	QUERY_FIELD(QUERY_TEXT, ready, first_who),
	QUERY_FIELD(QUERY_TEXT, ready, first_cause),
	QUERY_FIELD(QUERY_INT, ready, first_messages),
	{ 0 },
};

/* --- the question --------------------------------------------------------- */

static int
read_rows(struct ready_list *list, struct query *q, struct err *err)
{
	const int title = query_column(q, "title");
	struct ready *r;
	int rc;

	while ((rc = query_step(q, err)) == 1) {
		r = array_add(&list->rows, sizeof(*r));
		if (query_row_read(q, fields, r, &list->strings, err) == -1)
			return -1;
		map_number(&list->names, r->domain, strlen(r->domain));
		query_keep_text(q, title, ready_title(r));
	}
	return rc;
}

int
ready_load(struct ready_list *list, struct query_db *db,
    const struct period *period, const char *domain, struct query **kept,
    struct err *err)
{
	struct query *q;
	int rc;

	memset(list, 0, sizeof(*list));
	if (scope_query(&q, db, ready_sql, period, domain, err) == -1)
		return -1;
	query_keep(q);
	rc = read_rows(list, q, err);
	if (rc == 0 && kept != NULL) {
		query_again(q);
		*kept = q;
	} else
		query_free(q);
	return rc;
}

void
ready_done(struct ready_list *list)
{
	array_done(&list->rows);
	map_done(&list->names);
	arena_done(&list->strings);
	memset(list, 0, sizeof(*list));
}

const struct ready *
ready_find(struct ready_list *list, const char *domain)
{
	const size_t len = strlen(domain);

	if (!map_has(&list->names, domain, len))
		return NULL;
	return (const struct ready *)list->rows.at +
	    map_number(&list->names, domain, len);
}

int
ready_has_senders(struct query_db *db, bool *has, struct err *err)
{
	int64_t n = 0;

	if (query_one_int(db,
	        "SELECT count(*) FROM sender WHERE " RULE_IS_KNOWN(kind), &n,
	        err) == -1)
		return -1;
	*has = n > 0;
	return 0;
}

/* --- words ---------------------------------------------------------------- */

enum ready_standing
ready_standing(const struct ready *r)
{
	bool is_reject;

	if (r == NULL || r->verdict == READY_TOO_LITTLE)
		return READY_NO_VERDICT;
	is_reject = r->policy != NULL && strcmp(r->policy, "reject") == 0;
	if (r->verdict == READY_FIX_SENDERS)
		return is_reject ? READY_LOSING : READY_FIX;
	return is_reject ? READY_PROTECTED : READY_TO_REJECT;
}

bool
ready_is_hard_on_forwarding(const struct ready *r)
{
	return r != NULL && r->verdict == READY_YES && r->forwarding_suffers;
}

const char *
ready_title(const struct ready *r)
{
	static const char *const titles[] = {
		[READY_TOO_LITTLE] = "too little data",
		[READY_FIX_SENDERS] = "fix known senders first",
		[READY_YES] = "ready",
	};

	return ready_is_hard_on_forwarding(r)
	    ? "ready; forwarded mail will suffer"
	    : titles[r->verdict];
}

const char *
ready_standing_title(const struct ready *r)
{
	static const char *const titles[READY_STANDINGS] = {
		[READY_NO_VERDICT] = "too little data",
		[READY_LOSING] = "losing own mail",
		[READY_FIX] = "fix known senders first",
		[READY_TO_REJECT] = "ready for p=reject",
		[READY_PROTECTED] = "protected",
	};

	return r == NULL ? "no recent reports" : titles[ready_standing(r)];
}

void
ready_add_reason(struct buf *b, const struct ready *r)
{
	char digits[TEXT_DIGITS];

	if (r == NULL) {
		buf_printf(
		    b, "No reports in the last %d days.", RULE_READY_DAYS);
		return;
	}
	switch (r->verdict) {
	case READY_TOO_LITTLE:
		buf_printf(b,
		    "%" PRId64 " %s by %" PRId64
		    " %s; a verdict needs " RULE_SQL(
		        RULE_MIN_DAYS) " days by " RULE_SQL(RULE_MIN_REPORTERS) " reporters.",
		    r->days, r->days == 1 ? "day" : "days", r->reporters,
		    r->reporters == 1 ? "reporter" : "reporters");
		break;
	case READY_FIX_SENDERS:
		buf_printf(b, "%s %s from your named senders failed.",
		    text_group_digits(r->lose_known, digits),
		    r->lose_known == 1 ? "message" : "messages");
		break;
	case READY_YES:
		buf_add_str(b, "No mail from your named senders failed.");
		break;
	}
	if (ready_is_hard_on_forwarding(r))
		buf_add_str(b, " Forwarded mail will suffer.");
}

const char *
ready_first_task(const struct ready *r)
{
	switch (r->first_class) {
	case SOURCE_COMPLIANT:
	case SOURCE_CLASSES:
		break;
	case SOURCE_KNOWN:
		return "First fix this source:";
	case SOURCE_FORWARDED:
		return "Forwarded: first look at this source:";
	case SOURCE_HOSTILE:
	case SOURCE_UNKNOWN:
		return "Unknown: first find out whether this source is yours:";
	}
	return "Nothing failed.";
}
