/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/scope.h"
#include "answer/subject.h"
#include "base/mem.h"

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
ctl_domain(const struct ctl *ctl)
{
	return ctl->nargs > 0 ? subject_copy_domain(ctl->args[0]) : NULL;
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
	if (query_one_int(db, "SELECT count(*) FROM report", &reports, err) ==
	    -1)
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
