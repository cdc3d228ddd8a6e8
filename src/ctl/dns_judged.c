/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/dns_judged.h"

#include <string.h>

#include "base/io.h"

void
dns_judged_done(struct dns_judged *j)
{
	dns_findings_done(&j->found);
	dns_facts_done(&j->facts);
	dns_asking_end(&j->asking);
	https_fetch_done(&j->fetch);
}

int
dns_judged_load(struct dns_judged *j, const struct options *options,
    struct query_db *db, const char *domain, struct err *err)
{
	memset(j, 0, sizeof(*j));
	if (dns_facts_load(&j->facts, db, domain, options->selectors, io_time(),
	        err) == -1 ||
	    dns_asking_begin(&j->asking, options, db, err) == -1)
		return -1;
	dns_judge_prepare(&j->facts, dns_asking_start, &j->asking);
	if (dns_asking_run(&j->asking, domain, err) == -1)
		return -1;
	j->question.source = &j->asking.source;
	j->question.facts = &j->facts;
	j->question.history = j->asking.history;
	if (options->https) {
		j->question.fetch = https_fetch_get;
		j->question.fetch_arg = &j->fetch;
	}
	dns_judge(&j->question, &j->found);
	if (j->asking.keep != NULL)
		dns_keep_file(j->asking.keep, &j->found);
	return 0;
}

bool
dns_judged_is_refused(struct dns_judged *j)
{
	return j->asking.client != NULL &&
	    dns_asking_is_refused(&j->asking, j->facts.domain);
}
