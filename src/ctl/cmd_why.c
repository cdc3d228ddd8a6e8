/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "answer/cause.h"
#include "answer/sender_spf.h"
#include "answer/subject.h"
#include "answer/why_rows.h"
#include "answer/why_sender.h"
#include "base/text.h"
#include "ctl/commands.h"
#include "ctl/why_say.h"

#define DAYS 30

static const char *
messages(int64_t n)
{
	return n == 1 ? "message" : "messages";
}

/* --- whose mail ----------------------------------------------------------- */

/* What is asked about: senders of one name, or one address. */
struct subject {
	const char *name;
	const struct sender *sender; /* the first of them; NULL: none sent */
	const struct sender_source *first; /* of its sources */
	const struct sender_source *worst; /* NULL: nothing failed */
	struct sender_counts counts;
	int64_t addresses;
	unsigned int signs; /* of sources with unknown failing mail */
	struct map ids;     /* of the sources; no items */
	struct why_records records;
	struct why_source source;
};

static void
add_source(struct subject *s, const struct sender *sender,
    const struct sender_source *source)
{
	if (s->sender == NULL) {
		s->sender = s->source.sender = sender;
		s->first = source;
	}
	sender_add_counts(&s->counts, &source->counts);
	s->addresses += source->ip != NULL;
	if (source->counts.failed[SOURCE_UNKNOWN] > 0)
		s->signs |= source->signs;
	map_number(&s->ids, &source->id, sizeof(source->id));
	if (sender_fail(&source->counts) > 0 &&
	    (s->worst == NULL ||
	        sender_fail(&source->counts) > sender_fail(&s->worst->counts)))
		s->worst = source;
}

/* By address; else by name, which the admin may have given to some of it. */
static void
find(struct subject *s, const struct sender_list *list)
{
	const struct sender *sender = list->senders.at;
	const struct sender_source *source = list->sources.at;
	size_t i;

	for (i = 0; i < list->sources.n; i++)
		if (s->source.ip != NULL
		        ? why_is(source[i].ip, s->source.ip)
		        : sender_is_called(&sender[source[i].sender], s->name))
			add_source(s, &sender[source[i].sender], &source[i]);
}

static void
say_who(const struct listing_run *r, const struct subject *s)
{
	struct buf who = { 0 };

	why_sender_add_who(
	    &who, s->sender, s->addresses == 1 ? s->first : NULL);
	if (who.len > 0)
		output_line(r->out, "%s", buf_str(&who));
	buf_done(&who);
}

static void
say_signs(const struct listing_run *r, const struct subject *s)
{
	struct buf signs = { 0 };

	why_sender_add_signs(&signs, s->signs);
	if (signs.len > 0)
		output_paragraph(r->out, 2, "%s", buf_str(&signs));
	buf_done(&signs);
}

/* Whether the SPF record has it, if that was looked up. */
static void
say_spf(const struct listing_run *r, const struct sender_list *list,
    const struct subject *s)
{
	struct buf line = { 0 };

	if (s->addresses == 1)
		sender_spf_add_source(&line, list, s->first);
	else
		sender_spf_add_sentence(&line, list, s->sender);
	if (line.len > 0)
		output_paragraph(r->out, 2, "%s", buf_str(&line));
	buf_done(&line);
}

static void
say_head(const struct listing_run *r, const struct sender_list *list,
    const struct subject *s)
{
	char fail[TEXT_DIGITS], all[TEXT_DIGITS], n[TEXT_DIGITS];

	output_line(r->out, "%s from %s, %s", r->domain,
	    s->source.ip != NULL ? s->source.ip : s->sender->who,
	    r->period.text);
	say_who(r, s);
	output_line(r->out, "%s of %s %s failed DMARC, p=%s",
	    text_group_digits(sender_fail(&s->counts), fail),
	    text_group_digits(s->counts.messages, all),
	    messages(s->counts.messages),
	    s->source.policy != NULL ? s->source.policy : "?");
	if (s->addresses > 1 && s->worst != NULL)
		output_line(r->out,
		    "%s addresses, the worst is %s: %s of %s %s failed",
		    text_group_digits(s->addresses, n),
		    s->worst->ip != NULL ? s->worst->ip : "(not said)",
		    text_group_digits(sender_fail(&s->worst->counts), fail),
		    text_group_digits(s->worst->counts.messages, all),
		    messages(s->worst->counts.messages));
	else if (s->addresses > 1)
		output_line(
		    r->out, "%s addresses", text_group_digits(s->addresses, n));
	say_signs(r, s);
	say_spf(r, list, s);
}

/* There are reports about the domain, but nothing in them of this address. */
static int
say_nothing(
    const struct listing_run *r, struct why_source *source, struct err *err)
{
	if (why_find_days(source, r->db, err) == -1)
		return -1;
	output_line(r->out, "No mail as %s from %s in %s.", r->domain,
	    source->ip, r->period.text);
	if (source->first_date != NULL && source->last_date != NULL)
		output_line(r->out,
		    "The address sent, as any domain, from %s to %s: "
		    "--since=%s",
		    source->first_date, source->last_date, source->first_date);
	output_line(r->out, "Who sent: ruactl sources %s", r->domain);
	return 0;
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
say_title(struct output *o, const struct why_story *s, int n, bool is_address)
{
	const bool is_one_day = strcmp(s->first_date, s->last_date) == 0;
	char count[TEXT_DIGITS], records[TEXT_DIGITS];
	const struct record *record = &s->why.record;
	struct buf names = { 0 };

	output_blank(o);
	output_paragraph(o, 3, "%d. %s %s %s: %s", n,
	    text_group_digits(s->messages, count), messages(s->messages),
	    strcmp(s->dmarc, "pass") == 0 ? "passed" : "failed",
	    cause_what(s->cause));
	add_names(&names, s->names);
	output_paragraph(o, 2, "   %s%s%s, %s %s by %s", s->first_date,
	    is_one_day ? "" : " to ", is_one_day ? "" : s->last_date,
	    text_group_digits(s->records, records),
	    s->records == 1 ? "record" : "records", buf_str(&names));
	if (!is_address && s->addresses > 1)
		output_paragraph(o, 2, "   From %s addresses, most of it %s",
		    text_group_digits(s->addresses, count), s->why.ip);
	else if (!is_address && s->why.ip != NULL)
		output_paragraph(o, 2, "   From %s", s->why.ip);
	output_paragraph(o, 2, "   From: %s, adkim=%s, aspf=%s, disposition %s",
	    record->header_from == NULL ? "(not said)" : record->header_from,
	    s->adkim, s->aspf,
	    record->disposition == NULL ? "(not said)" : record->disposition);
	buf_done(&names);
}

static void
say_story(struct output *o, const struct why_story *s, int n, bool is_address)
{
	struct prose evidence = { 0 }, advice = { 0 };

	say_title(o, s, n, is_address);
	why_add_evidence(&evidence, &s->why);
	why_add_advice(&advice, &s->why);
	why_say(o, &evidence, &advice);
	prose_done(&evidence);
	prose_done(&advice);
}

static int
say_stories(const struct listing_run *r, struct subject *s, struct err *err)
{
	const int64_t limit = r->options->limit > 0 ? r->options->limit
	                                            : WHY_ROWS;
	struct why_story story;
	struct query *q;
	int64_t all = 0;
	int n = 0, rc;

	if (why_query(&q, r->db, &s->records, limit, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		rc = why_load_story(&story, q, r->db, &s->source, err);
		all = story.stories;
		if (rc == 0)
			say_story(r->out, &story, ++n, s->addresses <= 1);
		why_story_done(&story);
		if (rc == -1)
			break;
	}
	query_free(q);
	if (rc == 0)
		why_say_more(r, all - n, all);
	return rc;
}

/* --- rows for programs ---------------------------------------------------- */

static int
show_rows(const struct listing_run *r, struct subject *s, struct err *err)
{
	struct query *q;
	int rc;

	if (why_rows_query(&q, r->db, &s->source, &s->records, r->limit, err) ==
	    -1)
		return -1;
	rc = output_rows(r->out, NULL, NULL, q, table_stories, NULL, err);
	query_free(q);
	return rc;
}

/* --- all of it ------------------------------------------------------------ */

static int
load_records(const struct listing_run *r, struct subject *s, struct err *err)
{
	const struct record_scan_question question = { .period = r->period,
		.domain = r->domain,
		.sources = &s->ids,
		.has_texts = true };

	why_records_init(&s->records);
	return record_scan_run(
	    r->db, &question, why_records_add, &s->records, err);
}

static int
show_subject(const struct listing_run *r, const struct sender_list *list,
    struct subject *s, struct err *err)
{
	if (s->sender == NULL && output_is_table(r->out))
		return say_nothing(r, &s->source, err);
	if (why_find_policy(&s->source, r->db, &r->period, err) == -1)
		return -1;
	if (load_records(r, s, err) == -1)
		return -1;
	if (!output_is_table(r->out))
		return show_rows(r, s, err);
	say_head(r, list, s);
	return say_stories(r, s, err);
}

static int
show_named(const struct listing_run *r, const struct sender_list *list,
    const char *word, struct err *err)
{
	char ip[SUBJECT_ADDRESS];
	struct subject s = { .name = word, .source.domain = r->domain };
	int rc = 0;

	if (subject_is_like_address(word)) {
		rc = subject_read_address(word, ip, err);
		s.source.ip = ip;
	}
	if (rc == 0) {
		find(&s, list);
		rc = s.sender == NULL && s.source.ip == NULL
		    ? listing_refuse_sender(r, list, word, err)
		    : show_subject(r, list, &s, err);
	}
	why_source_done(&s.source);
	map_done(&s.ids);
	why_records_done(&s.records);
	return rc;
}

/* A network is a sender of its own only as far as nothing else is known. */
static int
load(struct sender_list *list, const struct listing_run *r, const char *who,
    struct err *err)
{
	struct sender_question question = {
		.period = r->period, .domain = r->domain, .by = SENDER_GROUPED
	};

	if (sender_list_load(list, r->db, &question, err) == -1)
		return -1;
	if (who == NULL || strchr(who, '/') == NULL || list->senders.n == 0 ||
	    sender_list_named(list, 0, who) != NULL)
		return 0;
	question.by = SENDER_NETWORKS;
	sender_list_done(list);
	return sender_list_load(list, r->db, &question, err);
}

static int
show(const struct listing_run *r, struct err *err)
{
	const char *who = r->options->nargs > 1 ? r->options->args[1] : NULL;
	struct sender_list list;
	int rc;

	rc = load(&list, r, who, err);
	if (rc == 0 && list.senders.n == 0 && output_is_table(r->out))
		rc = listing_explain_empty(
		    r->options, r->out, r->db, r->domain, err);
	else if (rc == 0)
		rc = who != NULL &&
		        (list.senders.n > 0 || subject_is_like_address(who))
		    ? show_named(r, &list, who, err)
		    : why_show_senders(r, &list, err);
	sender_list_done(&list);
	return rc;
}

int
cmd_why(const struct options *options, struct err *err)
{
	char ip[SUBJECT_ADDRESS];
	struct listing_run r;
	int rc = -1;

	if (options->nargs > 1 && subject_is_like_address(options->args[1]) &&
	    subject_read_address(options->args[1], ip, err) == -1)
		return -1;
	if (listing_begin(&r, options, DAYS, PERIOD_OF_REPORTS, err) == 0 &&
	    listing_say_age(&r, err) == 0)
		rc = show(&r, err);
	return listing_end(&r, rc, err);
}
