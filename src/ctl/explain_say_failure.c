/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/explain_say_failure.h"

#include <inttypes.h>

#include "base/json.h"

void
explain_say_failure(struct output *o, const struct explain_failure *f)
{
	const char *from = f->sender != NULL ? f->sender : f->from_domain;

	output_paragraph(o, 2, "Failure report %" PRId64 "%s%s%s%s%s%s", f->id,
	    f->reported_domain != NULL ? " about " : "",
	    f->reported_domain != NULL ? f->reported_domain : "",
	    from != NULL ? ", from " : "", from != NULL ? from : "",
	    f->arrival != NULL ? ", of " : "",
	    f->arrival != NULL ? f->arrival : "");
	if (f->subject != NULL)
		output_paragraph(o, 2, "  Subject: %s", f->subject);
	output_blank(o);
}

void
explain_add_failure(struct buf *b, const struct explain_failure *f)
{
	buf_add_str(b, ",\"failure\":{");
	json_add_member_int(b, "id", f->id);
	if (f->arrival_ts != 0)
		json_add_member_int(b, "arrival_ts", f->arrival_ts);
	else
		buf_add_str(b, ",\"arrival_ts\":null");
	json_add_member(b, "reported_domain", f->reported_domain);
	json_add_member(b, "auth_failure", f->auth_failure);
	json_add_member(b, "delivery_result", f->delivery_result);
	json_add_member(b, "auth_results", f->auth_results);
	json_add_member(b, "subject", f->subject);
	json_add_member(b, "msgid", f->msgid);
	json_add_member_int(b, "incidents", f->incidents);
	json_add_member(b, "sender", f->sender);
	buf_printf(b, ",\"verified\":%s}", f->is_verified ? "true" : "false");
}
