/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/problem_senders.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "answer/ready.h"
#include "answer/ready_judge.h"
#include "answer/ready_words.h"
#include "answer/subject.h"
#include "base/buf.h"
#include "base/io.h"
#include "store/rules.h"

#define WEEK 7
#define HOSTS 3 /* that a line names */

static const char *
keep(struct problem_list *list, struct buf *b)
{
	const char *text = arena_strndup(&list->strings, buf_str(b), b->len);

	b->len = 0;
	return text;
}

static const char *
copy(struct problem_list *list, const char *text)
{
	return arena_strndup(&list->strings, text, strlen(text));
}

static struct problem *
add_problem(struct problem_list *list, enum problem_kind kind,
    const char *domain, struct buf *text, struct buf *command)
{
	struct problem *p = array_add(&list->problems, sizeof(*p));

	p->kind = kind;
	p->class = PROBLEM_WARNING;
	p->subject = copy(list, domain);
	p->text = keep(list, text);
	p->command = keep(list, command);
	return p;
}

/* --- own mail is being lost ----------------------------------------------- */

static void
add_at_risk(struct problem_list *list, const struct ready *r)
{
	const int64_t lost = ready_lost_now(r);
	struct buf text = { 0 }, command = { 0 };
	struct problem *p;

	buf_printf(&text, "%s: p=reject, and ", r->domain);
	ready_add_count(&text, lost, "", " from your named senders failed");
	buf_add_str(&command, "ruactl ready ");
	subject_add_argument(&command, r->domain);
	p = add_problem(list, PROBLEM_AT_RISK, r->domain, &text, &command);
	p->n = lost;
	p->of = r->messages;
	buf_done(&text);
	buf_done(&command);
}

/* --- what stopped passing ------------------------------------------------- */

enum method {
	METHOD_DMARC,
	METHOD_DKIM,
	METHOD_SPF,
	METHODS,
};

/* Of one sender and one method. */
struct stop {
	const char *hosts[HOSTS];
	int64_t n; /* of all hosts */
	int64_t messages, day;
	const char *selector; /* of a signature that does not pass; or NULL */
	const char *others;   /* of one that does, of another host; or NULL */
};

/*
 * What stopped first in the order of methods, of mail that is to be told of and
 * came in the last days; METHODS: nothing.
 */
static enum method
stopped_by(const struct sender_source *s, uint64_t recent)
{
	const bool is_mine = source_class_of_kind(s->kind) == SOURCE_KNOWN ||
	    (s->kind == NULL &&
	        (s->passes_own_spf ||
	            (s->signs & SENDER_SIGN_BIT(SENDER_SIGN_STOPPED)) != 0));
	const bool stopped[METHODS] = {
		[METHOD_DMARC] = (s->signs &
		                     SENDER_SIGN_BIT(SENDER_SIGN_STOPPED)) != 0,
		[METHOD_DKIM] = s->dkim_stopped,
		[METHOD_SPF] = s->spf_stopped,
	};
	const uint64_t fail[METHODS] = {
		[METHOD_DMARC] = s->dmarc.fail,
		[METHOD_DKIM] = s->dkim.fail,
		[METHOD_SPF] = s->spf.fail,
	};

	int method;

	if (s->ip == NULL || !is_mine)
		return METHODS;
	for (method = 0; method < METHODS; method++)
		if (stopped[method] && (fail[method] & recent) != 0)
			break;
	return (enum method)method;
}

static void
add_host(struct stop *stop, const struct sender_source *s, enum method method)
{
	if (stop->n < HOSTS)
		stop->hosts[stop->n] = s->ip;
	stop->n++;
	stop->messages += s->counts.messages;
	if (stop->day == 0 || s->stopped_day < stop->day)
		stop->day = s->stopped_day;
	if (stop->selector == NULL && method != METHOD_SPF)
		stop->selector = s->stopped_selector;
}

/* The selector of an own server whose signatures pass, if it is another. */
static const char *
find_other(const struct sender_list *from, size_t domain, const char *selector)
{
	const struct sender_source *s = from->sources.at;
	size_t i;

	for (i = 0; i < from->sources.n; i++) {
		const bool is_own = s[i].kind == NULL
		    ? s[i].passes_own_spf
		    : strcmp(s[i].kind, "own") == 0;

		if (s[i].domain == domain && is_own && !s[i].dkim_stopped &&
		    s[i].selector != NULL &&
		    strcmp(s[i].selector, selector) != 0)
			return s[i].selector;
	}
	return NULL;
}

static bool
find_stop(struct stop *stop, const struct sender_list *from,
    const struct sender *sender, enum method method, uint64_t recent)
{
	const struct sender_source *s = (const struct sender_source *)
	                                    from->sources.at +
	    sender->first;
	size_t i;

	*stop = (struct stop) { .n = 0 };
	for (i = 0; i < sender->n; i++)
		if (stopped_by(&s[i], recent) == method)
			add_host(stop, &s[i], method);
	if (stop->selector != NULL)
		stop->others = find_other(from, sender->domain, stop->selector);
	return stop->n > 0;
}

/* "192.0.2.1, 192.0.2.2 and 3 more", after the name of who has one. */
static void
add_hosts(struct buf *b, const struct stop *stop, const struct sender *s)
{
	const bool has_name = s->evidence < SENDER_BY_NETWORK &&
	    s->evidence != SENDER_BY_OWN_SPF;
	int64_t i;

	if (has_name)
		buf_printf(b, "%s (", s->who);
	for (i = 0; i < stop->n && i < HOSTS; i++)
		buf_printf(b, "%s%s", i == 0 ? "" : ", ", stop->hosts[i]);
	if (stop->n > HOSTS)
		buf_printf(b, " and %" PRId64 " more", stop->n - HOSTS);
	if (has_name)
		buf_add_char(b, ')');
}

static void
add_day(struct buf *b, int64_t day)
{
	const time_t seconds = (time_t)day;
	char text[16];
	struct tm tm;

	if (gmtime_r(&seconds, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%d", &tm) > 0)
		buf_add_str(b, text);
}

static void
add_stopped(struct problem_list *list, const struct stop *stop,
    enum method method, const char *domain, const struct sender *s)
{
	/* What all of its servers that pass our SPF are called says nothing. */
	const char *who = s->evidence == SENDER_BY_OWN_SPF && stop->n == 1
	    ? stop->hosts[0]
	    : s->who;
	static const char *const what[METHODS] = { "mail", "DKIM", "SPF" };
	static const char *const results[METHODS] = { "dmarc", "dkim", "spf" };
	struct buf text = { 0 }, command = { 0 };
	struct problem *p;

	buf_printf(&text, "%s of ", what[method]);
	add_hosts(&text, stop, s);
	buf_printf(&text, " stopped passing as %s on ", domain);
	add_day(&text, stop->day);
	if (stop->selector != NULL)
		buf_printf(&text, ": %s with the selector %s",
		    stop->n == 1 ? "it still signs" : "they still sign",
		    stop->selector);
	if (stop->others != NULL)
		buf_printf(&text, ", others with %s", stop->others);
	buf_add_str(&command, "ruactl why ");
	subject_add_argument(&command, domain);
	buf_add_char(&command, ' ');
	subject_add_argument(&command, who);
	p = add_problem(list, PROBLEM_STOPPED, domain, &text, &command);
	p->detail = copy(list, who);
	p->result = results[method];
	p->ip = copy(list, stop->hosts[0]);
	p->day = stop->day;
	p->n = stop->messages;
	buf_done(&text);
	buf_done(&command);
}

/* One line for each sender and method; no host is in two of them. */
void
problem_senders_find_stopped(
    struct problem_list *list, const struct sender_list *from, uint64_t recent)
{
	const struct sender_domain *d = from->domains.at;
	const struct sender *s = from->senders.at;
	struct stop stop;
	size_t i;
	int method;

	for (i = 0; i < from->senders.n; i++)
		for (method = 0; method < METHODS; method++)
			if (find_stop(&stop, from, &s[i], (enum method)method,
			        recent))
				add_stopped(list, &stop, (enum method)method,
				    d[s[i].domain].name, &s[i]);
}

/* --- all of it ------------------------------------------------------------ */

/* The days of the question; false: there is nothing to look at. */
static bool
find_days(struct period *days, struct query_db *db,
    const struct problem_question *question, int *rc, struct err *err)
{
	static const struct period_choice week = { .days = WEEK };

	*rc = 0;
	*days = question->period;
	if (days->first <= days->last)
		return true;
	*rc = period_find(
	    days, &week, WEEK, PERIOD_OF_REPORTS, db, question->domain, err);
	return *rc == 0 && days->first <= days->last &&
	    days->last >= io_time() - (WEEK + 1) * (int64_t)PERIOD_DAY;
}

int
problem_senders_load(struct problem_list *list, struct query_db *db,
    const struct problem_question *question, struct err *err)
{
	const unsigned int both = PROBLEM_BIT(PROBLEM_AT_RISK) |
	    PROBLEM_BIT(PROBLEM_STOPPED);
	struct ready_list ready;
	const struct ready *r;
	struct period days;
	int64_t n;
	size_t i;
	int rc = 0;

	if ((question->kinds & both) == 0 ||
	    !find_days(&days, db, question, &rc, err))
		return rc;
	n = (days.last - days.first) / PERIOD_DAY + 1;
	if (n < RULE_READY_DAYS)
		days.first = days.last -
		    (RULE_READY_DAYS - 1) * (int64_t)PERIOD_DAY;
	rc = ready_load(&ready, db, &days, question->domain, err);
	r = ready.rows.at;
	for (i = 0; rc == 0 && i < ready.rows.n; i++)
		if (r[i].verdict == READY_AT_RISK &&
		    (question->kinds & PROBLEM_BIT(PROBLEM_AT_RISK)) != 0)
			add_at_risk(list, &r[i]);
	if (rc == 0 && (question->kinds & PROBLEM_BIT(PROBLEM_STOPPED)) != 0)
		problem_senders_find_stopped(list, ready.senders,
		    n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1);
	ready_done(&ready);
	return rc;
}
