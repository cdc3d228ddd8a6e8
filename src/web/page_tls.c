/* SPDX-License-Identifier: BSD-2-Clause */
/* What SMTP TLS reports tell. */
#include <string.h>

#include "answer/subject.h"
#include "web/field.h"
#include "web/grid.h"
#include "web/pages.h"

static void
add_tls(const struct ask *a, struct buf *out)
{
	buf_add_str(out, "tls");
	if (a->domain != NULL) {
		buf_add_char(out, ' ');
		subject_add_argument(out, a->domain);
	}
}

static void
write_fields(struct ask *a)
{
	field_write(a, "domain", "Domain", a->view->domain);
}

static int
write(struct ask *a, struct err *err)
{
	static const struct grid policies = { .key = "policies",
		.caption = "Connections by policy",
		.empty = "No TLS reports for this period: they come when "
		         "_smtp._tls of a domain asks for them.",
		.wide = " last_date" };
	static const struct grid failures = { .key = "failures",
		.caption = "What failed",
		.empty = "No connection failed.",
		.wide = " org_name last_date" };
	struct html *h = &a->html;
	int rc;

	if (a->out == NULL)
		html_section(h, "policies", "Connections by policy");
	if (grid_ask(a, &table_tls_policies, &policies, -1, NULL, err) == -1)
		return -1;
	if (a->out == NULL) {
		html_section_end(h);
		html_section(h, "failed", "What failed");
	}
	rc = grid_ask(a, &table_tls_failures, &failures, -1, NULL, err);
	if (a->out == NULL)
		html_section_end(h);
	return rc;
}

const struct ask_page page_tls = {
	.title = "TLS",
	.days = 30,
	.of = PERIOD_OF_TLS,
	.write = write,
	.add_command = add_tls,
	.write_fields = write_fields,
};
