/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/commands.h"
#include "ctl/listing.h"

#define ROWS 50
#define DAYS 30

int
cmd_reports(const struct options *options, struct err *err)
{
	struct listing_run r;
	int64_t rows = 0;
	int rc = -1;

	if (listing_begin(&r, options, DAYS, PERIOD_OF_REPORTS, err) == -1)
		goto out;
	if (!period_is_chosen(&options->period)) {
		r.period.first = INT64_MIN;
		r.period.last = INT64_MAX;
	}
	if (r.limit == -1)
		r.limit = ROWS; /* programs too want the newest */
	rc = listing_show(&r, NULL, NULL,
	    r.domain != NULL ? &table_reports_of_domain : &table_reports, &rows,
	    err);
	if (rc == 0 && rows == 0)
		rc = listing_explain_empty(options, r.out, r.db, r.domain, err);
out:
	return listing_end(&r, rc, err);
}
