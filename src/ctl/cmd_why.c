/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "answer/cause.h"
#include "answer/scope.h"
#include "answer/subject.h"
#include "answer/why_load.h"
#include "base/buf.h"
#include "ctl/commands.h"
#include "ctl/listing.h"

#define DAYS 30
#define ROWS 10 /* for people */

/* In tables they are told, not shown. */
static const struct output_column why_columns[] = {
	{ "id", NULL, OUTPUT_ID, 0 },
	{ "header_from", NULL, OUTPUT_TEXT, 0 },
	{ "messages", NULL, OUTPUT_NUMBER, 0 },
	{ "records", NULL, OUTPUT_NUMBER, 0 },
	{ "dmarc", NULL, OUTPUT_TEXT, 0 },
	{ "dkim", NULL, OUTPUT_TEXT, 0 },
	{ "spf", NULL, OUTPUT_TEXT, 0 },
	{ "cause", NULL, OUTPUT_TEXT, 0 },
	{ "disposition", NULL, OUTPUT_TEXT, 0 },
	{ "adkim", NULL, OUTPUT_TEXT, 0 },
	{ "aspf", NULL, OUTPUT_TEXT, 0 },
	{ "auth_dkim", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "auth_spf", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "override", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "first_date", NULL, OUTPUT_TEXT, 0 },
	{ "last_date", NULL, OUTPUT_TEXT, 0 },
	{ "reporters", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "forwarding", NULL, OUTPUT_BOOL, 0 },
	{ "null_sender", NULL, OUTPUT_TABLE_ONLY, 0 },
	{ "names", NULL, OUTPUT_TABLE_ONLY, 0 },
	{ "stories", NULL, OUTPUT_TABLE_ONLY, 0 },
	{ 0 },
};

static void
say_head(const struct listing_run *r, const struct why_source *source)
{
	output_line(
	    r->out, "%s from %s, %s", r->domain, source->ip, r->period.text);
	if (source->who != NULL && source->who[0] != '\0')
		output_line(r->out, "%s", source->who);
	output_line(r->out, "%" PRId64 " of %" PRId64 " %s failed DMARC, p=%s",
	    source->fail, source->messages,
	    source->messages == 1 ? "message" : "messages",
	    source->policy != NULL ? source->policy : "?");
}

/* There are reports about the domain, but nothing in them of this address. */
static void
say_nothing(const struct listing_run *r, const struct why_source *source)
{
	output_line(r->out, "No mail as %s from %s in %s.", r->domain,
	    source->ip, r->period.text);
	if (source->first_date != NULL && source->last_date != NULL)
		output_line(r->out,
		    "The address sent, as any domain, from %s to %s: "
		    "--since=%s",
		    source->first_date, source->last_date, source->first_date);
	output_line(r->out, "Who sent: ruactl sources %s", r->domain);
}

/* --- one story ------------------------------------------------------------ */

/* "A, B and 3 more" of names that each end with a separator. */
static void
add_names(struct buf *out, const char *names)
{
	static const char end[] = "\x1f";
	int n = 0;
	size_t len;

	for (; *names != '\0'; names += len) {
		len = strcspn(names, end);
		if (++n <= 3) {
			buf_add_str(out, n > 1 ? ", " : "");
			buf_add(out, names, len);
		}
		len += names[len] != '\0';
		len += names[len] == ',';
	}
	if (n > 3)
		buf_printf(out, " and %d more", n - 3);
}

static void
say_title(struct output *o, const struct why_story *s, int n)
{
	const bool is_one_day = strcmp(s->first_date, s->last_date) == 0;
	const struct record *record = &s->why.record;
	struct buf names = { 0 };

	output_blank(o);
	output_paragraph(o, 3, "%d. %" PRId64 " %s %s: %s", n, s->messages,
	    s->messages == 1 ? "message" : "messages",
	    strcmp(s->dmarc, "pass") == 0 ? "passed" : "failed",
	    cause_what(s->cause));
	add_names(&names, s->names);
	output_paragraph(o, 2, "   %s%s%s, %" PRId64 " %s by %s", s->first_date,
	    is_one_day ? "" : " to ", is_one_day ? "" : s->last_date,
	    s->records, s->records == 1 ? "record" : "records",
	    buf_str(&names));
	output_paragraph(o, 2, "   From: %s, adkim=%s, aspf=%s, disposition %s",
	    record->header_from == NULL ? "(not said)" : record->header_from,
	    s->adkim, s->aspf,
	    record->disposition == NULL ? "(not said)" : record->disposition);
	buf_done(&names);
}

static void
say_prose(struct output *o, const char *before, const struct prose *prose)
{
	const char *paragraph;
	size_t i;

	for (i = 0; (paragraph = prose_at(prose, i)) != NULL; i++)
		output_paragraph(o, 2, "   %s%s", before, paragraph);
}

static void
say_story(struct output *o, const struct why_story *s, int n)
{
	struct prose evidence = { 0 }, advice = { 0 };

	say_title(o, s, n);
	why_add_evidence(&evidence, &s->why);
	say_prose(o, "", &evidence);
	why_add_advice(&advice, &s->why);
	say_prose(o, "> ", &advice);
	prose_done(&evidence);
	prose_done(&advice);
}

static int
say_stories(const struct listing_run *r, const struct why_source *source,
    struct err *err)
{
	const int64_t limit = r->options->limit > 0 ? r->options->limit : ROWS;
	struct why_story story;
	struct query *q;
	int64_t all = 0;
	int n = 0, rc;

	if (why_query(
	        &q, r->db, &r->period, r->domain, source->ip, limit, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		rc = why_load_story(&story, q, r->db, source, err);
		all = story.stories;
		if (rc == 0)
			say_story(r->out, &story, ++n);
		why_story_done(&story);
		if (rc == -1)
			break;
	}
	query_free(q);
	if (rc == 0 && all > n) {
		output_blank(r->out);
		output_line(r->out,
		    "%" PRId64 " more like these: -n %" PRId64
		    " shows all of them",
		    all - n, all);
	}
	return rc;
}

/* --- all of it ------------------------------------------------------------ */

static int
show_rows(const struct listing_run *r, const char *ip, struct err *err)
{
	struct query *q;
	int rc;

	if (why_query(&q, r->db, &r->period, r->domain, ip, r->limit, err) ==
	    -1)
		return -1;
	rc = output_rows(r->out, NULL, NULL, q, why_columns, NULL, err);
	query_free(q);
	return rc;
}

static int
show(const struct listing_run *r, const char *ip, struct err *err)
{
	struct why_source source;
	int64_t reports = 0;
	int rc;

	if (!output_is_table(r->out))
		return show_rows(r, ip, err);
	if (scope_count_reports(r->db, &r->period, r->domain, &reports, err) ==
	    -1)
		return -1;
	if (reports == 0)
		return listing_explain_empty(
		    r->options, r->out, r->db, r->domain, err);
	rc = why_load_source(&source, r->db, &r->period, r->domain, ip, err);
	if (rc == 0 && source.records == 0)
		say_nothing(r, &source);
	else if (rc == 0) {
		say_head(r, &source);
		rc = say_stories(r, &source, err);
	}
	why_source_done(&source);
	return rc;
}

int
cmd_why(const struct options *options, struct err *err)
{
	char ip[SUBJECT_ADDRESS];
	struct listing_run r;
	int rc = -1;

	if (subject_read_address(options->args[1], ip, err) == -1)
		return -1;
	if (listing_begin(&r, options, DAYS, PERIOD_OF_REPORTS, err) == 0)
		rc = show(&r, ip, err);
	return listing_end(&r, rc, err);
}
