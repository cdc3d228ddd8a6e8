/* SPDX-License-Identifier: BSD-2-Clause */
/* What DNS has of a domain, as it was last looked up: nobody is asked. */
#include <string.h>

#include "answer/dns_facts.h"
#include "answer/dns_history.h"
#include "answer/dns_judge.h"
#include "answer/dns_rows.h"
#include "answer/subject.h"
#include "web/grid.h"
#include "web/pages.h"

static void
add_dns(const struct ask *a, struct buf *out)
{
	buf_add_str(out, "dns --offline ");
	subject_add_argument(out, a->domain);
}

/* --- for programs --------------------------------------------------------- */

static int
write_head(struct ask *a, const struct dns_findings *f, struct err *err)
{
	struct query *q = NULL;
	int rc;

	rc = dns_rows_head(&q, a->db, a->domain, NULL, 0, f, err);
	if (rc == 0 && (rc = query_step(q, err)) == 1)
		rc = grid_fields(a, q, table_dns_head, err);
	query_free(q);
	return rc;
}

static int
write_part(struct ask *a, const struct dns_findings *f, const char *key,
    int (*rows)(struct query **, struct query_db *, const struct dns_findings *,
        struct err *),
    const struct output_column *columns, struct err *err)
{
	const struct grid grid = { .key = key, .columns = columns };
	struct query *q = NULL;
	int rc;

	rc = rows(&q, a->db, f, err);
	if (rc == 0)
		rc = grid_write(a, q, &grid, NULL, err);
	query_free(q);
	return rc;
}

static int
write_rows(struct ask *a, const struct dns_findings *f, struct err *err)
{
	if (write_head(a, f, err) == -1 ||
	    write_part(a, f, "checks", dns_rows_findings, table_dns_checks,
	        err) == -1 ||
	    write_part(a, f, "unknown", dns_rows_unknown, table_dns_unknown,
	        err) == -1)
		return -1;
	return write_part(a, f, "facts", dns_rows_notes, table_dns_facts, err);
}

/* --- for people ----------------------------------------------------------- */

static void
write_notes(struct html *h, const struct dns_findings *f, enum dns_group group)
{
	const struct dns_note *note = f->notes.at;
	size_t i;

	for (i = 0; i < f->notes.n; i++) {
		if (note[i].group != group ||
		    (!note[i].is_record && note[i].text == NULL))
			continue;
		if (!note[i].is_record) {
			html_paragraph(h, "evidence", note[i].text);
			continue;
		}
		html_printf(h, "<p><b>");
		html_name(h, note[i].name);
		html_printf(h, "</b> <code>%.1000s</code>", note[i].value);
		if (note[i].since != NULL)
			html_printf(h, " <span class=\"note\">%s</span>",
			    note[i].since);
		html_printf(h, "</p>\n");
	}
}

static void
write_findings(
    struct html *h, const struct dns_findings *f, enum dns_group group)
{
	const struct dns_finding *one = f->findings.at;
	const char *word;
	size_t i;

	html_printf(h, "<ul class=\"todo\">\n");
	for (i = 0; i < f->findings.n; i++) {
		if (one[i].group != group)
			continue;
		word = dns_severity_word(one[i].severity);
		html_printf(h, "<li><span class=\"badge %s\">%s</span> ",
		    one[i].severity == DNS_INFO ? "wait" : "fix", word);
		html_printf(h, "%.1000s <span class=\"note\">%s%s%s</span>",
		    one[i].text, one[i].id, one[i].rfc != NULL ? ", " : "",
		    one[i].rfc);
		if (one[i].record != NULL)
			html_code(h, one[i].record);
		html_printf(h, "</li>\n");
	}
	html_printf(h, "</ul>\n");
}

static void
write_unknown(
    struct html *h, const struct dns_findings *f, enum dns_group group)
{
	const struct dns_unknown *u = f->unknown.at;
	size_t i;

	for (i = 0; i < f->unknown.n; i++)
		if (u[i].group == group)
			html_paragraph(h, "note", u[i].text);
}

static bool
has(const struct dns_findings *f, enum dns_group group)
{
	const struct dns_finding *finding = f->findings.at;
	const struct dns_unknown *unknown = f->unknown.at;
	const struct dns_note *note = f->notes.at;
	size_t i;

	for (i = 0; i < f->findings.n; i++)
		if (finding[i].group == group)
			return true;
	for (i = 0; i < f->unknown.n; i++)
		if (unknown[i].group == group)
			return true;
	for (i = 0; i < f->notes.n; i++)
		if (note[i].group == group)
			return true;
	return false;
}

static void
write_groups(struct ask *a, const struct dns_findings *f)
{
	char errors[HTML_COUNT], warnings[HTML_COUNT], infos[HTML_COUNT];
	struct html *h = &a->html;
	enum dns_group group;

	html_section(h, "found", "What was found");
	html_lead(h,
	    "%s, %s, %s; judged from what ruactl dns and ruactl lookup last "
	    "saw.",
	    html_count(errors, f->errors, "error", "errors"),
	    html_count(warnings, f->warnings, "warning", "warnings"),
	    html_count(infos, f->infos, "hint", "hints"));
	html_section_end(h);
	for (group = DNS_GROUP_SERVERS; group < DNS_GROUPS; group++) {
		if (!has(f, group))
			continue;
		html_section(h, dns_group_word(group), dns_group_title(group));
		write_notes(h, f, group);
		write_findings(h, f, group);
		write_unknown(h, f, group);
		html_section_end(h);
	}
}

static int
judge(struct ask *a, const struct dns_source *source,
    struct dns_history *history, struct err *err)
{
	static const char *const no_selectors[] = { NULL };
	struct dns_question question = { .source = source, .history = history };
	struct dns_findings found = { 0 };
	struct dns_facts facts = { 0 };
	int rc;

	rc = dns_facts_load(
	    &facts, a->db, a->domain, no_selectors, a->now, err);
	if (rc == 0) {
		question.facts = &facts;
		dns_judge(&question, &found);
		rc = dns_history_check(history, err);
	}
	if (rc == 0 && a->out != NULL)
		rc = write_rows(a, &found, err);
	else if (rc == 0)
		write_groups(a, &found);
	dns_findings_done(&found);
	dns_facts_done(&facts);
	return rc;
}

static int
write(struct ask *a, struct err *err)
{
	struct dns_history *history = dns_history_new(a->db);
	const struct dns_source source = dns_history_source(history);
	int rc = 0;

	/* Of what is no domain, too, a source says that there are no records.
	 */
	if (dns_facts_is_domain(a->domain) &&
	    dns_ask(&source, DNS_TXT, a->domain)->status != DNS_FAILED)
		rc = judge(a, &source, history, err);
	else if (a->out != NULL)
		rc = err_set(err, ERR_INPUT,
		    "nothing is known of the DNS of %s yet", a->domain);
	else {
		a->is_empty = true;
		html_empty(&a->html,
		    "Nothing is known of the DNS of this domain yet: ruactl "
		    "dns looks it up.");
	}
	dns_history_free(history);
	return rc;
}

const struct ask_page page_dns = {
	.title = "DNS",
	.write = write,
	.add_command = add_dns,
};
