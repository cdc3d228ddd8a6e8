/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/check_dns.h"

#include <stdlib.h>
#include <string.h>

#include "answer/subject.h"
#include "base/mem.h"
#include "ctl/dns_judged.h"

/* Read and judge one domain; its answers are kept if they may be. */
static int
judge(struct check_dns *c, const struct options *options, struct query_db *db,
    const char *domain, void (*tell)(void *, const struct dns_alarm *),
    void *arg, struct err *err)
{
	struct err unkept = ERR_INIT;
	struct array alarms = { 0 };
	const struct dns_alarm *alarm;
	struct dns_judged j;
	size_t i;
	int rc;

	c->domains++;
	rc = dns_judged_load(&j, options, db, domain, err);
	if (rc == 0)
		rc = dns_alarm_find(&alarms, &j.question, &j.found, err);
	alarm = alarms.at;
	for (i = 0; rc == 0 && i < alarms.n; i++) {
		tell(arg, &alarm[i]);
		c->alarms++;
	}
	if (rc == 0)
		rc = dns_asking_keep(&j.asking, &unkept, err);
	array_done(&alarms);
	dns_judged_done(&j);
	return rc;
}

/* As the command line names them. */
static int
name_domains(struct array *domains, struct arena *arena,
    const struct options *options, struct err *err)
{
	const char **kept;
	char *domain;
	int i;

	for (i = 0; i < options->nargs; i++) {
		domain = subject_copy_domain(options->args[i]);
		if (!dns_is_name(domain)) {
			free(domain);
			return err_set(err, ERR_USAGE,
			    "\"%s\" is not a domain name", options->args[i]);
		}
		kept = array_add(domains, sizeof(*kept));
		*kept = arena_strndup(arena, domain, strlen(domain));
		free(domain);
	}
	return 0;
}

int
check_dns_run(struct check_dns *c, const struct options *options,
    struct query_db *db, void (*tell)(void *, const struct dns_alarm *),
    void *arg, struct err *err)
{
	struct array domains = { 0 };
	struct arena arena = { 0 };
	size_t i, most;
	int rc;

	*c = (struct check_dns) { .silent = ERR_INIT };
	rc = options->nargs > 0 ? name_domains(&domains, &arena, options, err)
	                        : dns_facts_domains(db, &domains, &arena, err);
	most = domains.n;
	if (options->nargs == 0 && most > CHECK_DNS_DOMAINS)
		most = CHECK_DNS_DOMAINS;
	c->left_out = (int64_t)(domains.n - most);
	for (i = 0; rc == 0 && i < most; i++)
		rc = judge(c, options, db, ((const char *const *)domains.at)[i],
		    tell, arg, err);
	if (rc == -1 && err->class == ERR_NET) {
		c->silent = *err;
		*err = (struct err)ERR_INIT;
		rc = 0;
	}
	array_done(&domains);
	arena_done(&arena);
	return rc;
}
