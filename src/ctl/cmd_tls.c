/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/commands.h"
#include "ctl/listing.h"

#define DAYS 30

static int
print_empty(const struct listing_run *r, struct err *err)
{
	bool is_chosen = period_is_chosen(&r->options->period);
	int64_t reports = 0;

	if (query_one_int(
	        r->db, "SELECT count(*) FROM tls_report", &reports, err) == -1)
		return -1;
	output_line(r->out, "No TLS reports%s%s%s.",
	    r->domain != NULL ? " about " : "",
	    r->domain != NULL ? r->domain : "",
	    is_chosen ? " for these days" : "");
	if (reports == 0) {
		output_line(
		    r->out, "To receive them, publish this record in DNS:");
		output_line(r->out,
		    "_smtp._tls.%s TXT \"v=TLSRPTv1; rua=mailto:ADDRESS\"",
		    r->domain != NULL ? r->domain : "DOMAIN");
	} else if (is_chosen)
		output_line(r->out, "Change --since, --until or --day");
	else
		output_line(r->out, "All domains: ruactl tls");
	return 0;
}

static int
show(const struct listing_run *r, struct err *err)
{
	int64_t rows = 0;

	if (r->period.text[0] != '\0')
		output_line(r->out, "TLS, %s", r->period.text);
	if (listing_show(
	        r, "policies", NULL, &table_tls_policies, &rows, err) == -1 ||
	    listing_show(r, "failures", "What failed", &table_tls_failures,
	        NULL, err) == -1)
		return -1;
	return rows == 0 ? print_empty(r, err) : 0;
}

int
cmd_tls(const struct options *options, struct err *err)
{
	struct listing_run r;
	int rc = -1;

	if (listing_begin(&r, options, DAYS, PERIOD_OF_TLS, err) == 0)
		rc = show(&r, err);
	return listing_end(&r, rc, err);
}
