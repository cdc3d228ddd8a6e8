/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "answer/sender_rows.h"
#include "answer/sender_spf.h"
#include "answer/subject.h"
#include "answer/why_sender.h"
#include "base/buf.h"
#include "ctl/commands.h"
#include "ctl/listing.h"

#define DAYS 30

/* Nothing came from it in these days, or ever, or there are no reports. */
static int
say_nothing(const struct listing_run *r, const struct why_source *source,
    struct err *err)
{
	static const char sql[] =
	    "SELECT 1 FROM report WHERE day BETWEEN ?1 AND ?2 LIMIT 1";
	struct query *q;
	int rc;

	if (listing_query(&q, r, sql, err) == -1)
		return -1;
	rc = query_step(q, err);
	query_free(q);
	if (rc == 0)
		return listing_explain_empty(
		    r->options, r->out, r->db, NULL, err);
	if (rc == -1)
		return -1;
	if (source->first_date == NULL || source->last_date == NULL) {
		output_line(
		    r->out, "No report tells of mail from %s.", source->ip);
		return 0;
	}
	output_line(
	    r->out, "No mail from %s in %s.", source->ip, r->period.text);
	output_line(r->out, "It sent from %s to %s: --since=%s",
	    source->first_date, source->last_date, source->first_date);
	return 0;
}

/* What else is to be said of it as one domain; n: of how many it was. */
static void
say_domain(const struct listing_run *r, const struct sender_list *list,
    const struct sender_source *s, int *n)
{
	const struct sender *sender = (const struct sender *)list->senders.at +
	    s->sender;
	const char *domain =
	    ((const struct sender_domain *)list->domains.at)[s->domain].name;
	const unsigned int signs = s->counts.failed[SOURCE_UNKNOWN] > 0
	    ? s->signs
	    : 0;
	struct buf line = { 0 };

	if (sender_fail(&s->counts) == 0 && sender->author == NULL)
		return;
	/* A blank line after the table comes by itself. */
	if ((*n)++ > 0)
		output_blank(r->out);
	why_sender_add_who(&line, sender, NULL);
	output_line(r->out, "As %s%s%s", domain, line.len > 0 ? ": " : "",
	    buf_str(&line));
	line.len = 0;
	why_sender_add_signs(&line, signs);
	if (line.len > 0)
		output_paragraph(r->out, 2, "  %s", buf_str(&line));
	line.len = 0;
	sender_spf_add_source(&line, list, s);
	if (line.len > 0)
		output_paragraph(r->out, 2, "  %s", buf_str(&line));
	if (sender_fail(&s->counts) > 0) {
		line.len = 0;
		subject_add_argument(&line, domain);
		output_line(r->out, "  Why it fails: ruactl why %s %s",
		    buf_str(&line), s->ip);
	}
	buf_done(&line);
}

static void
say_head(const struct listing_run *r, const struct sender_source *s,
    const struct why_source *source)
{
	struct buf line = { 0 };

	output_line(r->out, "%s, %s", source->ip, r->period.text);
	if (s->kind != NULL)
		buf_printf(&line, "%s (%s)", s->name.name, s->kind);
	sender_add_place(&line, s);
	if (line.len > 0)
		output_line(r->out, "%s", buf_str(&line));
	if (source->first_date != NULL && source->last_date != NULL)
		output_line(r->out, "It sent from %s to %s", source->first_date,
		    source->last_date);
	buf_done(&line);
}

static bool
is_it(const struct sender_source *s, const struct why_source *source)
{
	return s->ip != NULL && strcmp(s->ip, source->ip) == 0;
}

static int
show(const struct listing_run *r, const struct sender_list *list,
    struct why_source *source, struct err *err)
{
	const struct sender_source *s = list->sources.at, *found = NULL;
	struct query *q;
	size_t i;
	int rc, n = 0;

	for (i = 0; i < list->sources.n && found == NULL; i++)
		if (is_it(&s[i], source))
			found = &s[i];
	if (why_find_days(source, r->db, err) == -1)
		return -1;
	if (found == NULL && output_is_table(r->out))
		return say_nothing(r, source, err);
	if (found != NULL)
		say_head(r, found, source);
	if (sender_rows_query_address(&q, r->db, list, source->ip, err) == -1)
		return -1;
	rc = output_rows(r->out, NULL, NULL, q, table_address, NULL, err);
	query_free(q);
	for (i = 0; i < list->sources.n && rc == 0; i++)
		if (is_it(&s[i], source))
			say_domain(r, list, &s[i], &n);
	return rc;
}

int
cmd_address(const struct options *options, struct err *err)
{
	struct sender_question question = { .by = SENDER_GROUPED };
	struct sender_list list = { 0 };
	struct options all = *options;
	char ip[SUBJECT_ADDRESS];
	struct why_source source = { .ip = ip };
	struct listing_run r;
	int rc = -1;

	if (subject_read_address(options->args[0], ip, err) == -1)
		return -1;
	all.nargs = 0; /* no domain: all of them */
	if (listing_begin(&r, &all, DAYS, PERIOD_OF_REPORTS, err) == 0) {
		question.period = r.period;
		question.ip = ip;
		rc = sender_list_load(&list, r.db, &question, err);
		if (rc == 0)
			rc = show(&r, &list, &source, err);
		sender_list_done(&list);
		why_source_done(&source);
	}
	return listing_end(&r, rc, err);
}
