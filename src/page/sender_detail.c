/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/sender_detail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/sender_rows.h"
#include "answer/sender_spf.h"
#include "answer/subject.h"
#include "answer/why_load.h"
#include "base/mem.h"

#define ADDRESSES 20

static const struct sender_source *
sources_of(const struct panel *p, const struct sender *s)
{
	return (const struct sender_source *)p->senders.sources.at + s->first;
}

static const char *
domain_of(const struct panel *p, const struct sender *s)
{
	return ((const struct sender_domain *)p->senders.domains.at)[s->domain]
	    .name;
}

/* Whether an address says nothing that the sender's own row does not. */
static bool
is_plain_address(const struct sender *s, const struct sender_source *source)
{
	return source->ip == NULL ||
	    (strcmp(s->who, source->ip) == 0 && source->ptr == NULL &&
	        source->ptr_claim == NULL && source->asn == 0 &&
	        source->as_name == NULL && source->country == NULL);
}

bool
sender_detail_is_any(const struct panel *p, const struct sender *s)
{
	return sender_fail(&s->counts) > 0 || s->n > 1 ||
	    !is_plain_address(s, sources_of(p, s));
}

const char *
sender_detail_cause(const struct sender *s)
{
	const int64_t *n = s->counts.cause;
	int i, largest = 0;

	for (i = 1; i < CAUSE_COUNT; i++)
		if (n[i] > n[largest])
			largest = i;
	return n[largest] > 0 ? cause_list[largest].what : NULL;
}

/* --- commands ------------------------------------------------------------- */

/*
 * Write ruactl COMMAND DOMAIN WHO for the days of the page, or a link to the
 * page of the sender, which has the same.
 */
static void
write_command(struct panel *p, const char *what, const char *command,
    const struct sender *s, const char *who)
{
	const struct period *period = &p->counts.period;
	char since[HTML_DATE], until[HTML_DATE];
	struct buf text = { 0 };
	bool is_link;

	if (p->html.links != NULL) {
		html_printf(&p->html, "<p class=\"more\">");
		is_link = html_begin_target(
		    &p->html, HTML_SENDER, domain_of(p, s), who);
		html_printf(&p->html, "%s", what);
		html_end_link(&p->html, is_link);
		html_printf(&p->html, "</p>\n");
		return;
	}
	buf_printf(&text, "ruactl %s ", command);
	subject_add_argument(&text, domain_of(p, s));
	buf_add_char(&text, ' ');
	subject_add_argument(&text, who);
	subject_add_option(&text, "--since=", html_date(since, period->first));
	subject_add_option(&text, "--until=", html_date(until, period->last));
	if (panel_is_typable(buf_str(&text))) {
		html_printf(&p->html, "<p class=\"more\">%s: ", what);
		html_code(&p->html, buf_str(&text));
		html_printf(&p->html, "</p>\n");
	}
	buf_done(&text);
}

/* --- why ------------------------------------------------------------------ */

/* The one with the largest part that failed alike; NULL: nothing failed. */
static const struct sender_source *
worst_of(const struct panel *p, const struct sender *s)
{
	const struct sender_source *source = sources_of(p, s), *worst = NULL;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (source[i].record != 0 &&
		    (worst == NULL ||
		        source[i].record_messages > worst->record_messages))
			worst = &source[i];
	return worst;
}

static void
write_prose(struct html *h, const char *class, const struct prose *prose)
{
	const char *paragraph;
	size_t i;

	for (i = 0; (paragraph = prose_at(prose, i)) != NULL; i++)
		html_paragraph(h, class, paragraph);
}

static void
write_story(struct panel *p, const struct sender_source *worst,
    const struct why_story *story)
{
	struct prose evidence = { 0 }, advice = { 0 };
	char count[HTML_COUNT];

	html_printf(&p->html, "<p>%s%s%s%s alike:</p>\n",
	    html_count(count, worst->record_messages, "message", "messages"),
	    worst->ip != NULL ? " from " : "", worst->ip, " failed");
	why_add_evidence(&evidence, &story->why);
	write_prose(&p->html, "evidence", &evidence);
	why_add_advice(&advice, &story->why);
	write_prose(&p->html, "advice", &advice);
	prose_done(&evidence);
	prose_done(&advice);
}

static int
write_why(struct panel *p, const struct sender *s,
    const struct sender_source *worst, struct err *err)
{
	const struct ready *ready = ready_find(&p->ready, domain_of(p, s));
	const struct why_source source = {
		.domain = domain_of(p, s),
		.policy = ready != NULL ? ready->policy : NULL,
		.sender = s,
	};
	struct why_story story;
	struct query *q;
	int rc;

	if (why_query_record(&q, p->db, worst->record, err) == -1)
		return -1;
	if ((rc = query_step(q, err)) == 1) {
		rc = why_load_story(&story, q, p->db, &source, err);
		if (rc == 0)
			write_story(p, worst, &story);
		why_story_done(&story);
	}
	query_free(q);
	if (rc == 0)
		write_command(p, "Whatever else failed", "why", s, s->who);
	return rc;
}

/* --- addresses ------------------------------------------------------------ */

/* The most failing messages first, then the most. */
static int
compare_sources(const void *one, const void *other)
{
	const struct sender_source *a = *(struct sender_source *const *)one;
	const struct sender_source *b = *(struct sender_source *const *)other;
	const int64_t n = sender_fail(&a->counts);
	const int64_t m = sender_fail(&b->counts);

	if (n != m)
		return n < m ? 1 : -1;
	if (a->counts.messages != b->counts.messages)
		return a->counts.messages < b->counts.messages ? 1 : -1;
	return (a > b) - (a < b);
}

static void
write_source(struct html *h, const char *domain, const struct sender_source *s)
{
	const int64_t fail = sender_fail(&s->counts);
	struct buf place = { 0 };

	html_printf(h, "<tr><th scope=\"row\">");
	if (s->ip != NULL)
		html_link(h, HTML_ADDRESS, NULL, s->ip);
	else
		html_address(h, "no address");
	sender_add_place(&place, s);
	if (place.len > 0)
		html_printf(
		    h, "<span class=\"note\">%.400s</span>", buf_str(&place));
	buf_done(&place);
	html_printf(h,
	    "</th><td class=\"n%s\">%'" PRId64 "</td><td class=\"n\">%'" PRId64
	    "</td><td class=\"n w\">",
	    fail > 0 ? " bad" : "", fail, s->counts.messages);
	html_link_day(h, domain, s->counts.first_day);
	html_printf(h, "</td><td class=\"n w\">");
	html_link_day(h, domain, s->counts.last_day);
	html_printf(h, "</td></tr>\n");
}

static void
write_sources(struct panel *p, const struct sender *s)
{
	static const char *const heads[] = { "Address", "#Failing", "#Messages",
		"#-First day", "#-Last day", NULL };
	const struct sender_source *sources = sources_of(p, s);
	const struct sender_source **order = xcalloc(s->n + 1, sizeof(*order));
	char caption[300], what[HTML_COUNT];
	size_t i;

	for (i = 0; i < s->n; i++)
		order[i] = &sources[i];
	qsort(order, s->n, sizeof(*order), compare_sources);
	snprintf(caption, sizeof(caption), "Addresses of %s", s->who);
	html_table(&p->html, caption, heads);
	for (i = 0; i < s->n && i < ADDRESSES; i++)
		write_source(&p->html, domain_of(p, s), order[i]);
	html_table_end(&p->html);
	free(order);
	if (s->n <= ADDRESSES)
		return;
	snprintf(what, sizeof(what), "and %zu more", s->n - ADDRESSES);
	write_command(p, what, "sources", s, s->who);
}

/* Whether it is in the domain's SPF record, if that was looked up. */
static void
write_spf(struct panel *p, const struct sender *s)
{
	struct buf text = { 0 };

	sender_spf_add_sentence(&text, &p->senders, s);
	if (text.len > 0)
		html_paragraph(&p->html, "evidence", buf_str(&text));
	buf_done(&text);
}

int
sender_detail_write(struct panel *p, const struct sender *s, struct err *err)
{
	const struct sender_source *worst = worst_of(p, s);

	write_spf(p, s);
	if (worst != NULL && write_why(p, s, worst, err) == -1)
		return -1;
	if (s->n > 1 || !is_plain_address(s, sources_of(p, s)))
		write_sources(p, s);
	return 0;
}
