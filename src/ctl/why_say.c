/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/why_say.h"

#include <inttypes.h>

#include "answer/subject.h"
#include "answer/why_sender.h"
#include "base/text.h"

static const struct output_column senders_columns[] = {
	{ "domain", NULL, OUTPUT_TEXT, 0 },
	{ "who", NULL, OUTPUT_TEXT, 0 },
	{ "basis", NULL, OUTPUT_TEXT, 0 },
	{ "kind", NULL, OUTPUT_TEXT, 0 },
	{ "class", NULL, OUTPUT_TEXT, 0 },
	{ "addresses", NULL, OUTPUT_NUMBER, 0 },
	{ "messages", NULL, OUTPUT_NUMBER, 0 },
	{ "fail", NULL, OUTPUT_NUMBER, 0 },
	{ "lost", NULL, OUTPUT_NUMBER, 0 },
	{ "suffers", NULL, OUTPUT_NUMBER, 0 },
	{ "stopped", NULL, OUTPUT_NUMBER, 0 },
	{ "unknown", NULL, OUTPUT_NUMBER, 0 },
	{ "first_date", NULL, OUTPUT_TEXT, 0 },
	{ "last_date", NULL, OUTPUT_TEXT, 0 },
	{ "ip", NULL, OUTPUT_TEXT, 0 },
	{ "cause", NULL, OUTPUT_TEXT, 0 },
	{ "signs", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "author", NULL, OUTPUT_TEXT, 0 },
	{ "evidence", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "advice", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "command", NULL, OUTPUT_TEXT, 0 },
	{ 0 },
};

static void
say_prose(struct output *o, const char *before, const struct prose *prose)
{
	const char *paragraph;
	size_t i;

	for (i = 0; (paragraph = prose_at(prose, i)) != NULL; i++)
		output_paragraph(o, 2, "   %s%s", before, paragraph);
}

void
why_say(
    struct output *o, const struct prose *evidence, const struct prose *advice)
{
	say_prose(o, "", evidence);
	say_prose(o, "> ", advice);
}

void
why_say_more(const struct listing_run *r, int64_t more, int64_t all)
{
	if (more <= 0)
		return;
	output_blank(r->out);
	output_line(r->out,
	    "%" PRId64 " more like these: -n %" PRId64 " shows all of them",
	    more, all);
}

/* --- all senders ---------------------------------------------------------- */

static void
say_sender(struct output *o, const struct why_sender *w, int n)
{
	const struct sender *s = w->sender;
	char fail[TEXT_DIGITS], all[TEXT_DIGITS], addresses[TEXT_DIGITS];
	char first[PERIOD_DATE], last[PERIOD_DATE];
	struct buf title = { 0 };

	why_sender_add_title(&title, s);
	output_blank(o);
	output_paragraph(o, 3, "%d. %s: %s of %s %s failed", n, buf_str(&title),
	    text_group_digits(sender_fail(&s->counts), fail),
	    text_group_digits(s->counts.messages, all),
	    s->counts.messages == 1 ? "message" : "messages");
	buf_done(&title);
	period_write_date(first, s->counts.first_day);
	period_write_date(last, s->counts.last_day);
	if (s->addresses > 1 && w->worst != NULL && w->worst->ip != NULL)
		output_paragraph(o, 2,
		    "   %s to %s, %s addresses, the worst is %s", first, last,
		    text_group_digits(s->addresses, addresses), w->worst->ip);
	else
		output_paragraph(o, 2, "   %s to %s", first, last);
	why_say(o, &w->evidence, &w->advice);
	if (w->command != NULL) {
		output_line(o, "   If it is yours, name it:");
		output_verbatim(o, w->command);
	}
}

static void
say_head(const struct listing_run *r, const struct why_senders *all,
    const struct why_source *source)
{
	const char *policy = source->policy != NULL ? source->policy : "?";
	char fail[TEXT_DIGITS], messages[TEXT_DIGITS];
	const size_t n = all->told.n + all->others.n;

	text_group_digits(all->messages, messages);
	output_line(r->out, "%s, %s", r->domain, r->period.text);
	if (all->fail == 0)
		output_line(r->out, "None of %s %s failed DMARC, p=%s",
		    messages, all->messages == 1 ? "message" : "messages",
		    policy);
	else
		output_line(r->out,
		    "%s of %s %s failed DMARC, from %zu %s, p=%s",
		    text_group_digits(all->fail, fail), messages,
		    all->messages == 1 ? "message" : "messages", n,
		    n == 1 ? "sender" : "senders", policy);
}

static int
say_senders(const struct listing_run *r, const struct sender_list *list,
    const struct why_senders *all, const struct why_source *source,
    struct err *err)
{
	const int64_t limit = r->options->limit > 0 ? r->options->limit
	                                            : WHY_ROWS;
	const struct sender *const *s = all->told.at;
	struct buf others = { 0 };
	struct why_sender w;
	size_t i;
	int rc;

	say_head(r, all, source);
	for (i = 0; i < all->told.n && (int64_t)i < limit; i++) {
		rc = why_sender_load(
		    &w, r->db, list, all, s[i], source, true, err);
		if (rc == 0)
			say_sender(r->out, &w, (int)i + 1);
		why_sender_done(&w);
		if (rc == -1)
			return -1;
	}
	why_say_more(r, (int64_t)(all->told.n - i), (int64_t)all->told.n);
	why_senders_add_others(&others, all);
	if (others.len > 0) {
		output_blank(r->out);
		output_paragraph(r->out, 0, "%s.", buf_str(&others));
	}
	buf_done(&others);
	if (all->told.n > 0 && subject_is_plain(r->domain)) {
		output_blank(r->out);
		output_line(
		    r->out, "All about one: ruactl why %s WHO", r->domain);
	}
	return 0;
}

int
why_show_senders(const struct listing_run *r, const struct sender_list *list,
    struct err *err)
{
	struct why_source source = { .domain = r->domain };
	struct why_senders all;
	struct query *q;
	int rc;

	rc = why_find_policy(&source, r->db, &r->period, err);
	if (rc == 0 && output_is_table(r->out)) {
		rc = why_senders_choose(&all, r->db, list, err);
		if (rc == 0)
			rc = say_senders(r, list, &all, &source, err);
		why_senders_done(&all);
	} else if (rc == 0 &&
	    (rc = why_senders_query(&q, r->db, list, &source, r->limit, err)) ==
	        0) {
		rc = output_rows(
		    r->out, NULL, NULL, q, senders_columns, NULL, err);
		query_free(q);
	}
	why_source_done(&source);
	return rc;
}
