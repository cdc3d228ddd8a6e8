/* SPDX-License-Identifier: BSD-2-Clause */
/* Of policies that changed. */
#include <string.h>

#include "answer/alert_find.h"
#include "answer/policy_change.h"
#include "answer/subject.h"
#include "base/buf.h"
#include "base/text.h"
#include "store/rules.h"

/* "p=reject sp=none" */
static void
add_policy(struct buf *b, struct query *q)
{
	static const char *const tags[] = { "p", "sp", "np", "adkim", "aspf",
		"pct", NULL };
	const char *value;
	size_t i;

	for (i = 0; tags[i] != NULL; i++)
		if ((value = query_named_text(q, tags[i])) != NULL)
			buf_printf(b, "%s%s=%s", b->len > 0 ? " " : "", tags[i],
			    value);
}

static void
add(struct alert_look *look, struct query *q)
{
	const char *domain = query_named_text(q, "domain");
	const char *before = query_named_text(q, "before_p");
	const char *date = query_named_text(q, "first_date");
	struct alert_found *f = alert_find_add(
	    look, ALERT_BEGINS, ALERT_POLICY_CHANGED);
	struct buf policy = { 0 }, command = { 0 };
	bool is_zoned;

	add_policy(&policy, q);
	f->mark.is_quiet = look->is_first;
	f->mark.domain = alert_find_copy(look, domain);
	f->mark.object = alert_find_copy(look, buf_str(&policy));
	if (date != NULL)
		text_read_time(date, &f->mark.since_ts, &is_zoned);
	f->text = arena_printf(look->strings,
	    before != NULL ? "%s: the policy is now %s (before: p=%s)"
	                   : "%s: the policy is now %s",
	    f->mark.domain, f->mark.object, before);
	buf_add_str(&command, "ruactl reports ");
	subject_add_argument(&command, f->mark.domain);
	f->mark.command = alert_find_copy(look, buf_str(&command));
	buf_done(&policy);
	buf_done(&command);
}

int
alert_find_policies(struct alert_look *look, struct err *err)
{
	static const struct period_choice any = { 0 };
	struct period days;
	struct query *q;
	int rc;

	if (period_find(&days, &any, RULE_POLICY_DAYS, PERIOD_OF_REPORTS,
	        look->db, NULL, err) == -1)
		return -1;
	if (days.first > days.last)
		return 0;
	if (query_new(&q, look->db, policy_change_sql, err) == -1)
		return -1;
	query_bind_int(q, 1, days.first);
	query_bind_int(q, 2, days.last);
	query_bind_int(q, 4, -1);
	while ((rc = query_step(q, err)) == 1)
		add(look, q);
	query_free(q);
	return rc;
}
