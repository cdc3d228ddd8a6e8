/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/freshness.h"
#include "answer/reporter_find.h"
#include "answer/scope.h"
#include "answer/subject.h"
#include "base/text.h"
#include "report/align.h"

#define MISTYPED 2 /* letters of a domain that was meant otherwise */
#define LONGEST 64 /* what is compared with what was typed */

static const char days_sql[] = SCOPE_WITH
    "SELECT date(min(day), 'unixepoch') AS first,"
    " date(max(day), 'unixepoch') AS last"
    " FROM dom CROSS JOIN report ON domain = dom.name HAVING count(*) > 0";

/* Say when there are reports.  Returns 1, or 0 if there are none. */
static int
print_other_days(
    struct output *o, struct query_db *db, const char *domain, struct err *err)
{
	struct query *q;
	int rc;

	if (query_new(&q, db, days_sql, err) == -1)
		return -1;
	if (scope_bind(q, db, domain, err) == -1)
		rc = -1;
	else if ((rc = query_step(q, err)) == 1) {
		output_line(o, "No reports%s%s for these days.",
		    domain != NULL ? " about " : "",
		    domain != NULL ? domain : "");
		output_line(o,
		    "Reports exist from %s to %s: change --since, "
		    "--until or --day",
		    query_named_text(q, "first"), query_named_text(q, "last"));
	}
	query_free(q);
	return rc;
}

/* Whether mail was seen of a domain, or of one below it, as any other. */
static int
has_mail(struct query_db *db, const char *domain, bool *has, struct err *err)
{
	static const char sql[] =
	    "SELECT 1 FROM profile WHERE header_from = ?1"
	    " OR substr(header_from, -length(?1) - 1) = '.' || ?1 LIMIT 1";
	struct query *q;
	int rc;

	if (query_new(&q, db, sql, err) == -1)
		return -1;
	query_bind_text(q, 1, domain);
	if ((rc = query_step(q, err)) != -1)
		*has = rc == 1;
	query_free(q);
	return rc == -1 ? -1 : 0;
}

/* The domain with reports that was meant, perhaps; "": none is so near. */
static int
find_near(struct query_db *db, const char *domain,
    char near[static ALIGN_DOMAIN], struct err *err)
{
	const struct scope_pair *pair;
	struct scope scope;
	size_t i, distance, best = MISTYPED + 1;
	int rc;

	near[0] = '\0';
	rc = scope_load(&scope, db, NULL, err);
	pair = scope.pairs.at;
	for (i = 0; rc == 0 && i < scope.pairs.n; i++)
		if (strlen(domain) < LONGEST &&
		    strlen(pair[i].name) < LONGEST &&
		    (distance = text_distance(domain, pair[i].name)) < best) {
			best = distance;
			snprintf(near, ALIGN_DOMAIN, "%s", pair[i].name);
		}
	scope_done(&scope);
	return rc;
}

/* There are reports, but not about this domain. */
static int
explain_domain(
    struct output *o, struct query_db *db, const char *domain, struct err *err)
{
	char org[ALIGN_DOMAIN], near[ALIGN_DOMAIN];
	bool has = false;

	if (align_organization(domain, org) && strcmp(org, domain) != 0 &&
	    has_mail(db, domain, &has, err) == -1)
		return -1;
	if (find_near(db, domain, near, err) == -1)
		return -1;
	if (has) {
		output_line(o,
		    "No reports about %s itself: those about %s tell of it.",
		    domain, org);
		output_line(o, "Who sends as %s: ruactl sources %s", domain,
		    subject_plain_domain(domain));
		return 0;
	}
	output_line(o, "No reports about %s.", domain);
	if (near[0] != '\0')
		output_line(o, "Did you mean %s?", near);
	output_line(o, "All domains: ruactl summary");
	return 0;
}

int
listing_explain_empty(const struct options *options, struct output *o,
    struct query_db *db, const char *domain, struct err *err)
{
	int64_t reports = 0;
	int rc;

	if (period_is_chosen(&options->period) &&
	    (rc = print_other_days(o, db, domain, err)) != 0)
		return rc == -1 ? -1 : 0;
	if (query_one_int(db, "SELECT count(*) FROM report", &reports, err) ==
	    -1)
		return -1;
	if (reports > 0 && domain != NULL)
		return explain_domain(o, db, domain, err);
	if (reports > 0) {
		output_line(o, "All reports claim to be from the future.");
		output_line(o, "See them: ruactl reports");
	} else {
		output_line(o, "No reports in %s yet.", options->db);
		output_line(o, "Poll the configured mailboxes: ruad -1");
		output_line(o, "Import files: ruactl import PATH");
	}
	return 0;
}

int
listing_refuse_sender(const struct listing_run *r,
    const struct sender_list *list, const char *who, struct err *err)
{
	const char *near = sender_list_nearest(list, 0, who);

	if (subject_is_like_address(who))
		return err_set(err, ERR_INPUT,
		    "\"%s\" is an address, and no sender has it as its name: "
		    "ruactl %s tells who it is",
		    who, who);
	return err_set(err, ERR_INPUT,
	    "%s has no sender \"%s\" in these days%s%s%s: ruactl sources %s "
	    "lists them",
	    r->domain, who, near != NULL ? " (did you mean \"" : "",
	    near != NULL ? near : "", near != NULL ? "\"?)" : "", r->domain);
}

int
listing_say_age_of(struct output *o, struct query_db *db, const char *domain,
    const struct period_choice *choice, struct err *err)
{
	const struct freshness_note *note;
	struct freshness f;
	struct buf line = { 0 };
	size_t i;
	int rc;

	if (!output_is_table(o) || choice->has_until || choice->is_day)
		return 0;
	rc = freshness_load(&f, db, domain, err);
	note = f.notes.at;
	for (i = 0; rc == 0 && i < f.notes.n; i++)
		if (note[i].is_age) {
			freshness_add_note(&line, &note[i]);
			output_paragraph(o, 2, "! %s", buf_str(&line));
			output_blank(o);
		}
	buf_done(&line);
	freshness_done(&f);
	return rc;
}

int
listing_say_age(const struct listing_run *r, struct err *err)
{
	return listing_say_age_of(
	    r->out, r->db, r->domain, &r->options->period, err);
}

int
listing_begin(struct listing_run *r, const struct options *options, int days,
    enum period_of of, struct err *err)
{
	memset(r, 0, sizeof(*r));
	r->options = options;
	r->out = options_new_output(options);
	r->domain = options_copy_domain(options);
	r->limit = options_row_limit(options);
	if (options_open_database(options, &r->db, err) == -1 ||
	    (options->reporter != NULL &&
	        reporter_find(r->db, options->reporter, &r->reporter, err) ==
	            -1))
		return -1;
	return period_find(
	    &r->period, &options->period, days, of, r->db, r->domain, err);
}

int
listing_end(struct listing_run *r, int rc, struct err *err)
{
	if (rc == 0)
		rc = output_end(r->out, err);
	query_close(r->db);
	output_free(r->out);
	free(r->domain);
	free(r->reporter);
	return rc;
}

int
listing_query(struct query **q, const struct listing_run *r, const char *sql,
    struct err *err)
{
	const struct table_question question = { .period = r->period,
		.domain = r->domain,
		.limit = r->limit,
		.reporter = r->reporter,
		.external_id = r->options->id,
		.has_failing = r->options->has_failing };

	return table_query(q, r->db, sql, &question, err);
}

int
listing_show(const struct listing_run *r, const char *key, const char *title,
    const struct table *table, int64_t *rows, struct err *err)
{
	struct query *q;
	int rc;

	if (listing_query(&q, r, table->sql, err) == -1)
		return -1;
	rc = output_rows(r->out, key, title, q, table->columns, rows, err);
	query_free(q);
	return rc;
}

static int
print_empty(
    const struct listing *l, const struct listing_run *r, struct err *err)
{
	if (l->print_empty != NULL)
		return l->print_empty(r, err);
	return listing_explain_empty(r->options, r->out, r->db, r->domain, err);
}

static int
show(const struct listing *l, const struct listing_run *r, struct err *err)
{
	int64_t rows = 0;

	if (l->says_age && listing_say_age(r, err) == -1)
		return -1;
	if (l->title != NULL && r->period.text[0] != '\0')
		output_line(r->out, "%s, %s", l->title, r->period.text);
	if (listing_show(r, NULL, NULL, l->table, &rows, err) == -1 ||
	    (rows == 0 && print_empty(l, r, err) == -1))
		return -1;
	return l->print_more != NULL ? l->print_more(r, err) : 0;
}

int
listing_run(
    const struct listing *l, const struct options *options, struct err *err)
{
	struct listing_run r;
	int rc = -1;

	if (listing_begin(&r, options, l->days, l->of, err) == 0)
		rc = show(l, &r, err);
	return listing_end(&r, rc, err);
}
