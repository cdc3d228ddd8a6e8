/* SPDX-License-Identifier: BSD-2-Clause */
/* One day of a domain: who sent, and the reports about it. */
#include "web/page_report.h"
#include "web/pages.h"

static void
add_sources(const struct ask *a, struct buf *out)
{
	char date[PERIOD_DATE];

	period_write_date(date, a->view->day);
	page_senders.add_command(a, out);
	subject_add_option(out, "--day=", date);
}

static void
write_fields(struct ask *a)
{
	page_senders.write_fields(a);
}

static int
write(struct ask *a, struct err *err)
{
	if (page_senders.write(a, err) == -1)
		return -1;
	return a->out != NULL ? 0 : page_reports_write(a, err);
}

const struct ask_page page_day = {
	.title = "Day",
	.write = write,
	.add_command = add_sources,
	.write_fields = write_fields,
};
