/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The panels of ruactl report, about one domain or all of them.  What programs
 * get is the rows that most of them are made from: the senders of the domain,
 * or the domains.
 */
#include "answer/subject.h"
#include "page/page.h"
#include "web/pages.h"

static void
add_report(const struct ask *a, struct buf *out)
{
	buf_add_str(out, "report -o FILE.html");
	if (a->domain != NULL) {
		buf_add_char(out, ' ');
		subject_add_argument(out, a->domain);
	}
}

static int
write(struct ask *a, struct err *err)
{
	if (a->out != NULL)
		return a->domain != NULL ? page_senders.write(a, err)
		                         : page_overview.write(a, err);
	return page_write_body(
	    &a->html, a->db, &a->view->period, a->domain, a->has_failures, err);
}

const struct ask_page page_domain = {
	.title = "Domain",
	.days = PAGE_DAYS,
	.of = PERIOD_OF_REPORTS,
	.write = write,
	.add_command = add_report,
	.writes_main = true,
};

const struct ask_page page_all = {
	.title = "All domains",
	.days = PAGE_DAYS,
	.of = PERIOD_OF_REPORTS,
	.write = write,
	.add_command = add_report,
	.writes_main = true,
};
