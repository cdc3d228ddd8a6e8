/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/why_sender.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/cause.h"
#include "answer/sender_rows.h"
#include "answer/sender_spf.h"
#include "base/json.h"
#include "base/text.h"
#include "store/rules.h"

#define SHORT_ADVICE 3 /* paragraphs */

/* --- which ---------------------------------------------------------------- */

/*
 * Whether there is nothing to say of it alone: nobody named it, nothing passed,
 * and no sign tells that it may be the admin's.  One that SPF or DKIM gives a
 * name is told if it sends much: it may be a service that ruad does not know.
 */
static bool
is_other(const struct sender *s, int64_t messages)
{
	if (sender_class(s->kind, &s->counts) != SOURCE_UNKNOWN ||
	    s->signs != 0 || s->counts.pass > 0)
		return false;
	if (s->evidence != SENDER_BY_SPF && s->evidence != SENDER_BY_DKIM)
		return true;
	return (double)sender_fail(&s->counts) <=
	    RULE_UNKNOWN_PERCENT / 100.0 * (double)messages;
}

int
why_senders_choose(struct why_senders *w, struct query_db *db,
    const struct sender_list *list, struct err *err)
{
	const struct sender *s = list->senders.at;
	struct sender_counts all = { 0 };
	bool other;
	size_t i;

	*w = (struct why_senders) { 0 };
	for (i = 0; i < list->senders.n; i++)
		sender_add_counts(&all, &s[i].counts);
	w->messages = all.messages;
	w->fail = sender_fail(&all);
	for (i = 0; i < list->senders.n; i++) {
		if (sender_fail(&s[i].counts) == 0)
			continue;
		other = is_other(&s[i], all.messages);
		if (other)
			w->other_fail += sender_fail(&s[i].counts);
		*(const struct sender **)array_add(
		    other ? &w->others : &w->told, sizeof(&s[i])) = &s[i];
	}
	if (w->told.n > 0)
		qsort(w->told.at, w->told.n, sizeof(s), sender_compare_failing);
	if (w->others.n > 0)
		qsort(w->others.at, w->others.n, sizeof(s),
		    sender_compare_failing);
	return sender_suggest_find(&w->suggestions, db, list, -1, err);
}

void
why_senders_done(struct why_senders *w)
{
	array_done(&w->told);
	array_done(&w->others);
	sender_suggest_done(&w->suggestions);
}

void
why_senders_add_others(struct buf *b, const struct why_senders *w)
{
	const struct sender *const *s = w->others.at;
	char sources[TEXT_DIGITS], messages[TEXT_DIGITS];
	bool has_proof = false;
	int64_t n = 0;
	size_t i;

	for (i = 0; i < w->others.n; i++) {
		n += (int64_t)s[i]->n;
		has_proof |= s[i]->evidence == SENDER_BY_SPF ||
		    s[i]->evidence == SENDER_BY_DKIM;
	}
	if (n == 0)
		return;
	buf_printf(b, "%s %s%s %s, %s %s: %s, as far as reports tell",
	    text_group_digits(n, sources), w->told.n > 0 ? "more " : "",
	    n == 1 ? "source" : "sources",
	    has_proof ? "that nobody named" : "of which nothing passed",
	    text_group_digits(w->other_fail, messages),
	    w->other_fail == 1 ? "message" : "messages",
	    has_proof ? "forged or forwarded" : "forged");
}

const struct sender_source *
why_sender_worst(const struct sender_list *list, const struct sender *s)
{
	const struct sender_source *source = list->sources.at, *worst = NULL;
	size_t i;

	for (i = s->first; i < s->first + s->n; i++)
		if (sender_fail(&source[i].counts) > 0 &&
		    (worst == NULL ||
		        sender_fail(&source[i].counts) >
		            sender_fail(&worst->counts)))
			worst = &source[i];
	return worst;
}

/* The record that stands for most of what failed; 0: nothing failed. */
static int64_t
record_of(const struct sender_list *list, const struct sender *s)
{
	const struct sender_source *source = list->sources.at;
	int64_t most = 0, record = 0;
	size_t i;

	for (i = s->first; i < s->first + s->n; i++)
		if (source[i].record != 0 &&
		    (record == 0 || source[i].record_messages > most)) {
			most = source[i].record_messages;
			record = source[i].record;
		}
	return record;
}

/* --- what is said --------------------------------------------------------- */

void
why_sender_add_title(struct buf *b, const struct sender *s)
{
	struct buf basis = { 0 };

	if (s->author != NULL) {
		buf_printf(
		    b, "%s's mail, handed over by %s", s->author, s->who);
		if (s->also != NULL) {
			buf_add_str(b, ", ");
			sender_add_also(b, s);
		}
		return;
	}
	sender_add_basis(&basis, s);
	buf_add_str(b, s->who);
	if (s->evidence == SENDER_BY_OWN_SPF)
		buf_add_str(b, " (the domain's SPF record lists it)");
	if (s->kind != NULL)
		buf_printf(b, " (%s)", s->kind);
	if (basis.len > 0)
		buf_printf(b, ", %s", buf_str(&basis));
	buf_done(&basis);
}

void
why_sender_add_who(
    struct buf *b, const struct sender *s, const struct sender_source *source)
{
	/* The AS is a part of the place. */
	if ((s->evidence < SENDER_BY_NETWORK || s->service != NULL) &&
	    (source == NULL || s->evidence != SENDER_BY_AS))
		why_sender_add_title(b, s);
	if (source == NULL)
		return;
	sender_add_place(b, source);
}

void
why_sender_add_signs(struct buf *b, unsigned int signs)
{
	if (signs == 0)
		return;
	buf_add_str(b, "Signs that it may be yours: ");
	sender_signs_add(b, signs, "; ");
	buf_add_char(b, '.');
}

static void
add_signs(struct prose *p, const struct sender *s)
{
	struct buf b = { 0 };

	why_sender_add_signs(&b, s->signs);
	if (b.len > 0)
		prose_add(p, "%s", buf_str(&b));
	buf_done(&b);
}

/* Keep the first paragraph that begins so. */
static void
keep_first(struct prose *p, const struct prose *all, const char *begin)
{
	const char *paragraph;
	size_t i;

	for (i = 0; (paragraph = prose_at(all, i)) != NULL; i++)
		if (strncmp(paragraph, begin, strlen(begin)) == 0) {
			prose_add(p, "%s", paragraph);
			return;
		}
}

static void
add_spf(struct prose *p, const struct sender_list *list, const struct sender *s)
{
	struct buf b = { 0 };

	sender_spf_add_sentence(&b, list, s);
	if (b.len > 0)
		prose_add(p, "%s", buf_str(&b));
	buf_done(&b);
}

static void
tell(struct why_sender *w, const struct sender_list *list,
    const struct why *story, bool is_short)
{
	struct prose whole = { 0 };
	const char *paragraph;
	size_t i;

	why_add_evidence(is_short ? &whole : &w->evidence, story);
	keep_first(&w->evidence, &whole, "DKIM");
	keep_first(&w->evidence, &whole, "SPF");
	prose_done(&whole);
	add_signs(&w->evidence, w->sender);
	add_spf(&w->evidence, list, w->sender);
	why_add_advice(&whole, story);
	for (i = 0; (paragraph = prose_at(&whole, i)) != NULL; i++)
		if (!is_short || i < SHORT_ADVICE)
			prose_add(&w->advice, "%s", paragraph);
	prose_done(&whole);
}

int
why_sender_load(struct why_sender *w, struct query_db *db,
    const struct sender_list *list, const struct why_senders *all,
    const struct sender *s, const struct why_source *source, bool is_short,
    struct err *err)
{
	struct why_source of = *source;
	struct why_story story;
	struct query *q;
	int rc;

	of.sender = s;
	*w = (struct why_sender) { .sender = s,
		.worst = why_sender_worst(list, s) };
	if (s->signs != 0)
		w->command = sender_suggest_command(&all->suggestions,
		    (size_t)(s - (const struct sender *)list->senders.at));
	if (why_query_record(&q, db, record_of(list, s), err) == -1)
		return -1;
	if ((rc = query_step(q, err)) == 1) {
		rc = why_load_story(&story, q, db, &of, err);
		if (rc == 0) {
			snprintf(w->cause, sizeof(w->cause), "%s", story.cause);
			tell(w, list, &story.why, is_short);
		}
		why_story_done(&story);
	}
	query_free(q);
	return rc;
}

void
why_sender_done(struct why_sender *w)
{
	prose_done(&w->evidence);
	prose_done(&w->advice);
}

/* --- rows for programs ---------------------------------------------------- */

/* As text: whoever shows the row knows that it is an array. */
static void
add_prose(struct buf *json, const char *name, const struct prose *prose)
{
	struct buf array = { 0 };

	json_add_strings(&array, &prose->paragraphs);
	json_add_member(json, name, buf_str(&array));
	buf_done(&array);
}

static void
add_row(struct buf *json, const struct sender_list *list,
    const struct why_sender *w)
{
	const struct sender *s = w->sender;
	const struct sender_counts *c = &s->counts;
	struct buf signs = { 0 };

	buf_add_str(json, json->len > 1 ? ",{" : "{");
	json_add_member(json, "domain",
	    ((const struct sender_domain *)list->domains.at)[s->domain].name);
	json_add_member(json, "who", s->who);
	json_add_member(json, "basis", sender_evidence_words[s->evidence]);
	json_add_member(json, "kind", s->kind);
	json_add_member(
	    json, "class", source_class_words[sender_class(s->kind, c)]);
	json_add_member(json, "ip", w->worst != NULL ? w->worst->ip : NULL);
	json_add_member(json, "cause", w->cause);
	json_add_member(json, "author", s->author);
	json_add_member_int(json, "addresses", s->addresses);
	json_add_member_int(json, "messages", c->messages);
	json_add_member_int(json, "fail", sender_fail(c));
	json_add_member_int(json, "lost", c->failed[SOURCE_KNOWN]);
	json_add_member_int(json, "suffers", c->failed[SOURCE_FORWARDED]);
	json_add_member_int(json, "stopped", c->failed[SOURCE_HOSTILE]);
	json_add_member_int(json, "unknown", c->failed[SOURCE_UNKNOWN]);
	json_add_member_int(json, "first", c->first_day);
	json_add_member_int(json, "last", c->last_day);
	sender_add_signs(&signs, s->signs);
	json_add_member(json, "signs", buf_str(&signs));
	add_prose(json, "evidence", &w->evidence);
	add_prose(json, "advice", &w->advice);
	json_add_member(json, "command", w->command);
	buf_add_char(json, '}');
	buf_done(&signs);
}

#define COLUMN(name) "value ->> '" name "' AS " name ", "
static const char rows_sql[] = "SELECT " COLUMN("domain") COLUMN("who")
    COLUMN("basis") COLUMN("kind") COLUMN("class") COLUMN("addresses") COLUMN(
        "messages") COLUMN("fail") COLUMN("lost") COLUMN("suffers")
        COLUMN("stopped") COLUMN(
            "unknown") "date(value ->> 'first', 'unixepoch')"
                       " AS first_date, date(value ->> 'last', 'unixepoch')"
                       " AS last_date, " COLUMN("ip") COLUMN("cause")
                           COLUMN("signs") COLUMN("author") COLUMN("evidence")
                               COLUMN("advice") "value ->> 'command' AS command"
                                                " FROM json_each(?1)";

int
why_senders_query(struct query **q, struct query_db *db,
    const struct sender_list *list, const struct why_source *source,
    int64_t limit, struct err *err)
{
	struct buf json = { 0 };
	struct why_senders all;
	const struct sender *s;
	struct why_sender w;
	size_t i;
	int rc;

	rc = why_senders_choose(&all, db, list, err);
	buf_add_char(&json, '[');
	for (i = 0; rc == 0 && i < all.told.n + all.others.n &&
	     (limit < 0 || (int64_t)i < limit);
	     i++) {
		s = i < all.told.n
		    ? ((const struct sender *const *)all.told.at)[i]
		    : ((const struct sender *const *)
		              all.others.at)[i - all.told.n];
		rc = why_sender_load(&w, db, list, &all, s, source, false, err);
		if (rc == 0)
			add_row(&json, list, &w);
		why_sender_done(&w);
	}
	buf_add_char(&json, ']');
	if (rc == 0 && (rc = query_new(q, db, rows_sql, err)) == 0)
		query_bind_text(*q, 1, buf_str(&json));
	why_senders_done(&all);
	buf_done(&json);
	return rc;
}
