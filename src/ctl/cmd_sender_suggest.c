/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "answer/sender_suggest.h"
#include "base/buf.h"
#include "base/text.h"
#include "ctl/commands.h"
#include "ctl/listing.h"

#define DAYS 30

static const struct output_column columns[] = {
	{ "command", NULL, OUTPUT_TEXT, 0 },
	{ "domain", NULL, OUTPUT_TEXT, 0 },
	{ "who", NULL, OUTPUT_TEXT, 0 },
	{ "kind", NULL, OUTPUT_TEXT, 0 },
	{ "rule", NULL, OUTPUT_TEXT, 0 },
	{ "messages", NULL, OUTPUT_NUMBER, 0 },
	{ "fail", NULL, OUTPUT_NUMBER, 0 },
	{ "signs", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "reason", NULL, OUTPUT_TEXT, 0 },
	{ "condition", NULL, OUTPUT_TEXT, 0 },
	{ 0 },
};

/*
 * Everything but the commands is a comment, so that all of it can be pasted; so
 * is a command that is right only under a condition.
 */
static void __attribute__((format(printf, 2, 3)))
say(const struct listing_run *r, const char *format, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	output_verbatim(r->out, line);
}

static void
say_one(const struct listing_run *r, const struct sender_suggestion *s)
{
	char messages[TEXT_DIGITS], fail[TEXT_DIGITS];

	say(r, "# why: %s %s, %s failing, %s%s%s",
	    text_group_digits(s->messages, messages),
	    s->messages == 1 ? "message" : "messages",
	    text_group_digits(s->fail, fail), s->reason,
	    s->condition != NULL ? "; only " : "",
	    s->condition != NULL ? s->condition : "");
	say(r, "%s%s", s->condition != NULL ? "# " : "", s->command);
}

static void
say_all(const struct listing_run *r, const struct sender_suggestions *s)
{
	const struct sender_suggestion *all = s->all.at;
	bool has_guess = false;
	size_t i;

	say(r, "# %s%s%s", r->domain != NULL ? r->domain : "",
	    r->domain != NULL ? ", " : "", r->period.text);
	for (i = 0; i < s->all.n && (int64_t)i < r->limit; i++) {
		say_one(r, &all[i]);
		has_guess |= all[i].condition != NULL;
	}
	if (has_guess)
		say(r,
		    "# What is behind # is a guess: paste it only if you know "
		    "that it is true.");
	if (i < s->all.n)
		say(r, "# %zu more: name these first, then ask again",
		    s->all.n - i);
	if (s->all.n == 0)
		say(r,
		    "# Nothing to suggest: whatever passes is named, and "
		    "nothing that fails looks like yours.");
	if (s->left_out > 0)
		say(r,
		    "# Left out: %" PRId64 " %s not a domain that a rule can "
		    "have. See: ruactl sources",
		    s->left_out,
		    s->left_out == 1 ? "sender whose name is"
		                     : "senders whose names are");
}

static void
say_empty(const struct listing_run *r)
{
	if (r->domain != NULL)
		say(r, "# No reports about %s%s%s. All domains: ruactl summary",
		    r->domain, r->period.text[0] != '\0' ? ", " : "",
		    r->period.text);
	else
		say(r,
		    "# No reports%s%s: poll the mailboxes with ruad -1, or "
		    "read files with ruactl import PATH",
		    r->period.text[0] != '\0' ? ", " : "", r->period.text);
}

static int
show_rows(const struct listing_run *r, const struct sender_suggestions *s,
    struct err *err)
{
	struct query *q;
	int rc;

	if (sender_suggest_query(&q, r->db, s, r->limit, err) == -1)
		return -1;
	rc = output_rows(r->out, NULL, NULL, q, columns, NULL, err);
	query_free(q);
	return rc;
}

static int
show(const struct listing_run *r, const struct sender_list *list,
    struct err *err)
{
	struct sender_suggestions s;
	size_t domain = 0;
	int rc;

	if (r->domain != NULL
	        ? !sender_list_find_domain(list, r->domain, &domain)
	        : list->senders.n == 0) {
		if (output_is_table(r->out)) {
			say_empty(r);
			return 0;
		}
		s = (struct sender_suggestions) { 0 };
		return show_rows(r, &s, err);
	}
	rc = sender_suggest_find(
	    &s, r->db, list, r->domain != NULL ? (int64_t)domain : -1, err);
	if (rc == 0 && output_is_table(r->out))
		say_all(r, &s);
	else if (rc == 0)
		rc = show_rows(r, &s, err);
	sender_suggest_done(&s);
	return rc;
}

int
cmd_sender_suggest(const struct options *options, struct err *err)
{
	struct sender_question question = { .by = SENDER_GROUPED };
	struct sender_list list = { 0 };
	struct options own = *options;
	struct listing_run r;
	int rc = -1;

	/* The domain comes after the word "suggest". */
	own.args++;
	own.nargs--;
	if (listing_begin(&r, &own, DAYS, PERIOD_OF_REPORTS, err) == 0) {
		question.period = r.period;
		question.domain = r.domain;
		rc = sender_list_load(&list, r.db, &question, err);
		if (rc == 0)
			rc = show(&r, &list, err);
		sender_list_done(&list);
	}
	return listing_end(&r, rc, err);
}
