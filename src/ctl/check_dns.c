/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/check_dns.h"

#include <stdlib.h>
#include <string.h>

#include "answer/subject.h"
#include "base/mem.h"
#include "ctl/dns_judged.h"

/*
 * Read and judge one domain; its answers are kept if they may be.  ERR_NET, and
 * not is_refused: nobody answered.
 */
static int
judge(struct check_dns *c, const struct options *options, struct query_db *db,
    const char *domain, void (*tell)(void *, const struct dns_alarm *),
    void *arg, bool *is_refused, struct err *err)
{
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
	if (rc == 0 && c->unkept.class == ERR_NONE)
		rc = dns_asking_keep(&j.asking, &c->unkept, err);
	*is_refused = rc == -1 && err->class == ERR_NET &&
	    dns_judged_is_refused(&j);
	array_done(&alarms);
	dns_judged_done(&j);
	return rc;
}

/* Of domains about which nobody answered, though about others they do. */
static void
tell_unknown(struct check_dns *c, struct array *unknown,
    void (*tell)(void *, const struct dns_alarm *), void *arg)
{
	const struct dns_alarm *alarm = unknown->at;
	size_t i;

	for (i = 0; i < unknown->n; i++) {
		tell(arg, &alarm[i]);
		c->alarms++;
	}
	unknown->n = 0;
}

/* ERR_NET: nobody answers, of any domain or any more. */
static int
judge_all(struct check_dns *c, const struct options *options,
    struct query_db *db, const char *const *domain, size_t n,
    void (*tell)(void *, const struct dns_alarm *), void *arg, struct err *err)
{
	struct array unknown = { 0 }; /* of struct dns_alarm */
	struct arena arena = { 0 };
	struct dns_alarm *alarm;
	bool is_heard = false, is_refused;
	size_t i, silent = 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++) {
		rc = judge(
		    c, options, db, domain[i], tell, arg, &is_refused, err);
		if (rc == 0) {
			is_heard = true;
			silent = 0;
			tell_unknown(c, &unknown, tell, arg);
		} else if (err->class == ERR_NET) {
			alarm = array_add(&unknown, sizeof(*alarm));
			alarm->id = "unknown";
			alarm->name = domain[i];
			alarm->text = arena_strndup(
			    &arena, err->text, strlen(err->text));
			silent += !is_refused;
			if (silent < DNS_JUDGED_SILENT &&
			    (i + 1 < n || is_heard)) {
				*err = (struct err)ERR_INIT;
				rc = 0;
			}
		}
	}
	if (rc == 0)
		tell_unknown(c, &unknown, tell, arg);
	array_done(&unknown);
	arena_done(&arena);
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
		domain = dns_asking_read_domain(options->args[i], err);
		if (domain == NULL)
			return -1;
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
	size_t most;
	int rc;

	*c = (struct check_dns) { .silent = ERR_INIT };
	rc = options->nargs > 0 ? name_domains(&domains, &arena, options, err)
	                        : dns_facts_domains(db, &domains, &arena, err);
	most = domains.n;
	if (options->nargs == 0 && most > CHECK_DNS_DOMAINS)
		most = CHECK_DNS_DOMAINS;
	c->left_out = (int64_t)(domains.n - most);
	if (rc == 0)
		rc = judge_all(
		    c, options, db, domains.at, most, tell, arg, err);
	if (rc == -1 && err->class == ERR_NET) {
		c->silent = *err;
		*err = (struct err)ERR_INIT;
		rc = 0;
	}
	array_done(&domains);
	arena_done(&arena);
	return rc;
}
