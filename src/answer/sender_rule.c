/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_rule.h"

#include <stddef.h>

#include "answer/subject.h"
#include "store/store_rule.h"

bool
sender_rule_add(struct buf *out, const struct sender_source *s)
{
	const enum sender_evidence by = s->name.evidence;
	const bool is_passing = by == SENDER_BY_SPF || by == SENDER_BY_DKIM;
	const char *domain = is_passing ? s->name.proof : s->ptr_domain;
	struct err err = ERR_INIT;
	struct store_rule rule;
	struct buf text = { 0 };
	bool is_rule;

	if ((!is_passing && by != SENDER_BY_PTR && by != SENDER_BY_INCLUDE &&
	        by != SENDER_BY_PTR_DOMAIN) ||
	    domain == NULL || !subject_is_plain(domain))
		return false;
	buf_printf(&text, "%s%s",
	    by == SENDER_BY_SPF        ? "spf="
	        : by == SENDER_BY_DKIM ? "d="
	                               : "",
	    domain);
	is_rule = store_read_rule(buf_str(&text), &rule, &err) == 0;
	if (is_rule)
		buf_add(out, text.at, text.len);
	buf_done(&text);
	return is_rule;
}
