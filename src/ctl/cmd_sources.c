/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "answer/scope.h"
#include "answer/sender_choice.h"
#include "answer/sender_rows.h"
#include "answer/sender_spf.h"
#include "answer/subject.h"
#include "base/text.h"
#include "ctl/commands.h"
#include "ctl/listing.h"

#define DAYS 30
#define DAYS_NEW 7

/* --- what is said --------------------------------------------------------- */

static const char *
plural(int64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

/* "5 failing senders, 42 addresses: 1,902 messages, 57 failing". */
static void
say_count(const struct listing_run *r, const struct sender_choice *c)
{
	static const char *const words[] = {
		[SENDER_ALL] = "",
		[SENDER_UNKNOWN] = "unknown ",
		[SENDER_FAILING] = "failing ",
		[SENDER_NEW] = "new ",
	};
	static const char *const nouns[][2] = {
		[SENDER_GROUPED] = { "sender", "senders" },
		[SENDER_NETWORKS] = { "network", "networks" },
		[SENDER_ADDRESSES] = { "source", "sources" },
	};
	const enum sender_by by = r->options->by;
	const int64_t n = (int64_t)c->numbers.n;
	const int64_t fail = sender_fail(&c->counts);
	char digits[4][TEXT_DIGITS];
	struct buf line = { 0 };

	output_line(r->out, "%s, %s", r->domain, r->period.text);
	buf_printf(&line, "%s %s%s", text_group_digits(n, digits[0]),
	    words[r->options->sources.which],
	    plural(n, nouns[by][0], nouns[by][1]));
	if (by != SENDER_ADDRESSES)
		buf_printf(&line, ", %s %s",
		    text_group_digits(c->addresses, digits[1]),
		    plural(c->addresses, "address", "addresses"));
	output_line(r->out, "%s: %s %s, %s failing", buf_str(&line),
	    text_group_digits(c->counts.messages, digits[2]),
	    plural(c->counts.messages, "message", "messages"),
	    text_group_digits(fail, digits[3]));
	buf_done(&line);
}

/* --- rows ----------------------------------------------------------------- */

/* That not all rows were shown. */
static void
say_more(const struct listing_run *r, int64_t all)
{
	char more[TEXT_DIGITS];

	if (r->limit >= 0 && all > r->limit)
		output_line(r->out, "%s more: -n %" PRId64 " shows all of them",
		    text_group_digits(all - r->limit, more), all);
}

static void
cut(struct array *numbers, int64_t limit)
{
	if (limit >= 0 && numbers->n > (size_t)limit)
		numbers->n = (size_t)limit;
}

/*
 * Print addresses.  A sender's name is said above them if they are those of
 * one; whether they are in the SPF record, only if that was looked up.
 */
static int
show_addresses(const struct listing_run *r, const struct sender_list *list,
    struct query *q, bool is_one, struct err *err)
{
	struct output_column columns[TABLE_SOURCES];
	int64_t asked_ts;
	size_t i;

	memcpy(columns, table_sources, sizeof(columns));
	for (i = 0; columns[i].name != NULL; i++)
		if ((is_one && strcmp(columns[i].name, "who") == 0) ||
		    (strcmp(columns[i].name, "in_spf") == 0 &&
		        !spf_records_have(list->spf, r->domain, &asked_ts)))
			columns[i].title = NULL;
	return output_rows(r->out, NULL, NULL, q, columns, NULL, err);
}

static int
show_rows(const struct listing_run *r, const struct sender_list *list,
    struct sender_choice *c, struct err *err)
{
	const bool by_address = r->options->by == SENDER_ADDRESSES;
	const size_t all = c->numbers.n;
	struct query *q;
	int rc;

	cut(&c->numbers, r->limit);
	rc = by_address
	    ? sender_rows_query_sources(&q, r->db, list, &c->numbers, -1, err)
	    : sender_rows_query(&q, r->db, list, &c->numbers, err);
	if (rc == -1)
		return -1;
	rc = by_address
	    ? show_addresses(r, list, q, false, err)
	    : output_rows(r->out, NULL, NULL, q, table_senders, NULL, err);
	query_free(q);
	if (rc == 0)
		say_more(r, (int64_t)all);
	return rc;
}

static int
show_all(const struct listing_run *r, const struct sender_list *list,
    struct err *err)
{
	struct sender_choice c = { 0 };
	size_t all;
	int rc;

	sender_choose(&c, list, &r->options->sources);
	all = c.numbers.n;
	say_count(r, &c);
	rc = show_rows(r, list, &c, err);
	if (rc == 0 && c.numbers.n == 0 && list->senders.n > 0)
		output_line(
		    r->out, "All sources: ruactl sources %s", r->domain);
	else if (rc == 0 && r->options->by != SENDER_ADDRESSES &&
	    c.addresses > (int64_t)all && subject_is_plain(r->domain))
		output_line(r->out,
		    "Addresses of one: ruactl sources %s %sWHO; of all: "
		    "--by=address",
		    r->domain,
		    r->options->by == SENDER_NETWORKS ? "--by=network " : "");
	sender_choice_done(&c);
	return rc;
}

static int
show_one(const struct listing_run *r, const struct sender_list *list,
    const char *who, struct err *err)
{
	const struct sender *s = sender_list_named(list, 0, who);
	char addresses[TEXT_DIGITS], messages[TEXT_DIGITS], fail[TEXT_DIGITS];
	struct buf line = { 0 };
	struct query *q;
	size_t number;
	int rc;

	if (s == NULL)
		return listing_refuse_sender(r, list, who, err);
	sender_add_known(&line, s);
	output_line(r->out, "%s, %s, %s", s->who, r->domain, r->period.text);
	if (line.len > 0)
		output_line(r->out, "Known %s", buf_str(&line));
	line.len = 0;
	sender_spf_add_sentence(&line, list, s);
	if (line.len > 0)
		output_paragraph(r->out, 2, "%s", buf_str(&line));
	buf_done(&line);
	output_line(r->out, "%s %s: %s %s, %s failing",
	    text_group_digits(s->addresses, addresses),
	    plural(s->addresses, "address", "addresses"),
	    text_group_digits(s->counts.messages, messages),
	    plural(s->counts.messages, "message", "messages"),
	    text_group_digits(sender_fail(&s->counts), fail));
	number = (size_t)(s - (const struct sender *)list->senders.at);
	rc = sender_rows_query_sources(&q, r->db, list,
	    &(const struct array) { .at = &number, .n = 1 }, r->limit, err);
	if (rc == -1)
		return -1;
	rc = show_addresses(r, list, q, r->options->by == SENDER_GROUPED, err);
	query_free(q);
	if (rc == 0)
		say_more(r, s->addresses);
	if (rc == 0 && sender_fail(&s->counts) > 0 &&
	    subject_is_plain(r->domain))
		output_line(r->out,
		    "Why it fails: ruactl why %s WHO, or an address",
		    r->domain);
	return rc;
}

static int
show(const struct listing_run *r, struct err *err)
{
	const char *who = r->options->nargs > 1 ? r->options->args[1] : NULL;
	const struct sender_question question = {
		.period = r->period,
		.domain = r->domain,
		.by = r->options->by,
		.by_day = output_is_table(r->out), /* for what is drawn */
	};
	struct sender_list list;
	int rc;

	rc = sender_list_load(&list, r->db, &question, err);
	if (rc == 0 && list.senders.n == 0)
		rc = output_is_table(r->out)
		    ? listing_explain_empty(
		          r->options, r->out, r->db, r->domain, err)
		    : show_all(r, &list, err);
	else if (rc == 0)
		rc = who != NULL ? show_one(r, &list, who, err)
		                 : show_all(r, &list, err);
	sender_list_done(&list);
	return rc;
}

int
cmd_sources(const struct options *options, struct err *err)
{
	const int days = options->sources.which == SENDER_NEW ? DAYS_NEW : DAYS;
	struct listing_run r;
	int rc = -1;

	if (listing_begin(&r, options, days, PERIOD_OF_REPORTS, err) == 0 &&
	    listing_say_age(&r, err) == 0)
		rc = show(&r, err);
	return listing_end(&r, rc, err);
}
