/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/ctl.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ctl/scope.h"
#include "report/idn.h"

#define ROWS 50

static const char days_sql[] = SCOPE_WITH
    "SELECT date(min(day), 'unixepoch'), date(max(day), 'unixepoch')"
    " FROM dom CROSS JOIN report ON domain = dom.name HAVING count(*) > 0";

int
ctl_open(const struct ctl *ctl, struct query_db **db, struct err *err)
{
	char text[sizeof(err->text)];

	if (query_open(db, ctl->db, err) == 0)
		return 0;
	if (err->class == ERR_INPUT) {
		snprintf(text, sizeof(text), "%s", err->text);
		err_set(err, ERR_INPUT,
		    "%s; \"ruactl import\" creates it too; -d or $RUAD_DB "
		    "name another one",
		    text);
	}
	return -1;
}

struct output *
ctl_output(const struct ctl *ctl)
{
	struct output_options options;

	output_options_init(&options, ctl->format, stdout);
	return output_new(&options);
}

char *
ctl_copy_domain(const char *word)
{
	char *domain = text_lower(xstrdup(word)), ascii[IDN_SIZE];
	size_t n = strlen(domain);

	/* The database has its A-labels. */
	if (idn_is_foreign(domain) && idn_to_ascii(domain, ascii)) {
		free(domain);
		return xstrdup(ascii);
	}

	if (n > 1 && domain[n - 1] == '.')
		domain[n - 1] = '\0';
	return domain;
}

char *
ctl_domain(const struct ctl *ctl)
{
	return ctl->nargs > 0 ? ctl_copy_domain(ctl->args[0]) : NULL;
}

bool
ctl_is_plain(const char *domain)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

	return domain[0] != '-' && domain[strspn(domain, plain)] == '\0';
}

int
ctl_read_address(
    const char *word, char out[static CTL_ADDRESS], struct err *err)
{
	struct in6_addr in6;
	struct in_addr in4;

	if (inet_pton(AF_INET, word, &in4) == 1)
		inet_ntop(AF_INET, &in4, out, CTL_ADDRESS);
	else if (inet_pton(AF_INET6, word, &in6) != 1)
		return err_set(err, ERR_USAGE,
		    "\"%s\" is no address such as 192.0.2.1 or 2001:db8::1",
		    word);
	else if (IN6_IS_ADDR_V4MAPPED(&in6))
		inet_ntop(AF_INET, &in6.s6_addr[12], out, CTL_ADDRESS);
	else
		inet_ntop(AF_INET6, &in6, out, CTL_ADDRESS);
	return 0;
}

int
ctl_ask_int(struct query_db *db, const char *sql, int64_t *out, struct err *err)
{
	struct query *q;
	int rc;

	if (query_new(&q, db, sql, err) == -1)
		return -1;
	if ((rc = query_step(q, err)) == 1)
		*out = query_value(q, 0).num;
	query_free(q);
	return rc == -1 ? -1 : 0;
}

int
ctl_query(struct query **q, struct query_db *db, const char *sql,
    const struct period *period, const char *domain, struct err *err)
{
	if (query_new(q, db, sql, err) == -1)
		return -1;
	query_bind_int(*q, 1, period->first);
	query_bind_int(*q, 2, period->last);
	if (domain != NULL)
		query_bind_text(*q, 3, domain);
	if (scope_bind(*q, db, domain, err) == 0)
		return 0;
	query_free(*q);
	return -1;
}

int
ctl_count_reports(struct query_db *db, const struct period *period,
    const char *domain, int64_t *n, struct err *err)
{
	struct query *q;
	int rc;

	if (ctl_query(&q, db,
	        SCOPE_WITH "SELECT count(*) FROM dom CROSS JOIN report"
	                   " ON domain = dom.name AND day BETWEEN ?1 AND ?2",
	        period, domain, err) == -1)
		return -1;
	if ((rc = query_step(q, err)) == 1)
		*n = query_value(q, 0).num;
	query_free(q);
	return rc == -1 ? -1 : 0;
}

int64_t
ctl_limit(const struct ctl *ctl)
{
	if (ctl->limit > 0)
		return ctl->limit;
	return ctl->format == OUTPUT_TABLE ? ROWS : -1;
}

/* Where the reports are, if there are any; 0: they are not. */
static int
say_other_days(
    struct output *o, struct query_db *db, const char *domain, struct err *err)
{
	struct query *q;
	int rc;

	if (query_new(&q, db, days_sql, err) == -1)
		return -1;
	if (scope_bind(q, db, domain, err) == -1)
		rc = -1;
	else if ((rc = query_step(q, err)) == 1) {
		output_say(o, "No reports%s%s in these days.",
		    domain != NULL ? " about " : "",
		    domain != NULL ? domain : "");
		output_say(o,
		    "There are some from %s to %s: change --since, "
		    "--until or --day",
		    query_value(q, 0).text, query_value(q, 1).text);
	}
	query_free(q);
	return rc;
}

int
ctl_say_empty(const struct ctl *ctl, struct output *o, struct query_db *db,
    const char *domain, struct err *err)
{
	int64_t reports = 0;
	int rc;

	if (period_is_chosen(&ctl->period) &&
	    (rc = say_other_days(o, db, domain, err)) != 0)
		return rc == -1 ? -1 : 0;
	if (ctl_ask_int(db, "SELECT count(*) FROM report", &reports, err) == -1)
		return -1;
	if (reports > 0 && domain != NULL) {
		output_say(o, "No reports about %s.", domain);
		output_say(o, "All domains: ruactl summary");
	} else if (reports > 0) {
		output_say(o, "All reports claim to be from the future.");
		output_say(o, "See them: ruactl reports");
	} else {
		output_say(o, "No reports in %s yet.", ctl->db);
		output_say(o, "Poll the mailboxes of ruad.conf(5): ruad -1");
		output_say(o, "Read files: ruactl import PATH");
	}
	return 0;
}
