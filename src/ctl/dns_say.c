/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/dns_say.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

#define TITLE 7    /* columns of a group's title, which come before a record */
#define UNKNOWN 5  /* names of a group of which DNS told nothing */
#define RECORD 200 /* columns of a record that are shown */

static enum output_mark
mark_of(enum dns_severity severity)
{
	switch (severity) {
	case DNS_ERROR:
		return OUTPUT_MARK_ERROR;
	case DNS_WARNING:
		return OUTPUT_MARK_WARNING;
	case DNS_INFO:
		break;
	}
	return OUTPUT_MARK_INFO;
}

/* A record to paste, on a line of its own that is not broken. */
static void
say_record(struct output *o, const char *record)
{
	struct buf line = { 0 };

	buf_printf(&line, "%*s%s", OUTPUT_MARKED, "", record);
	output_verbatim(o, buf_str(&line));
	buf_done(&line);
}

/* The sentence without the name that the group's first line is about. */
static const char *
text_within(const char *text, const char *head)
{
	const size_t n = head != NULL ? strlen(head) : 0;

	if (n > 0 && strncmp(text, head, n) == 0 &&
	    strncmp(text + n, ": ", 2) == 0)
		return text + n + 2;
	return text;
}

/* Whether one of those before it has the same record to paste. */
static bool
is_said(const struct dns_findings *all, const struct dns_finding *f)
{
	const struct dns_finding *before = all->findings.at;

	for (; before < f; before++)
		if (before->record != NULL &&
		    strcmp(before->record, f->record) == 0)
			return true;
	return false;
}

static void
say_finding(struct output *o, const struct dns_findings *all,
    const struct dns_finding *f, const char *head)
{
	const bool is_above = f->record != NULL && is_said(all, f);

	output_marked(o, mark_of(f->severity), "%s [%s%s%s]%s",
	    text_within(is_above ? f->clause : f->text, head), f->id,
	    f->rfc != NULL ? ": " : "", f->rfc != NULL ? f->rfc : "",
	    is_above                ? ", see above"
	        : f->record != NULL ? ":"
	                            : "");
	if (f->record != NULL && !is_above)
		say_record(o, f->record);
}

/* The name of the record in a group's first line; NULL: there is none. */
static const char *
head_of(const struct dns_findings *f, enum dns_group group)
{
	const struct dns_note *note = f->notes.at;
	size_t i;

	for (i = 0; i < f->notes.n; i++)
		if (note[i].group == group && note[i].is_record)
			return note[i].name;
	return NULL;
}

static void
say_title(struct output *o, enum dns_group group, const struct dns_findings *f)
{
	const struct dns_note *note = f->notes.at;
	char shown[4 * RECORD + 8];
	bool is_said = false;
	size_t i;

	for (i = 0; i < f->notes.n; i++) {
		if (note[i].group != group || !note[i].is_record)
			continue;
		text_safe(shown, sizeof(shown), note[i].value);
		output_paragraph(o, TITLE, "%-*s%s%s", TITLE,
		    is_said ? "" : dns_group_title(group),
		    strlen(dns_group_title(group)) >= TITLE && !is_said ? "  "
		                                                        : "",
		    text_cut(shown, RECORD));
		if (note[i].since != NULL)
			output_line(o, "%*s(%s)", TITLE, "", note[i].since);
		is_said = true;
	}
	if (!is_said)
		output_line(o, "%s", dns_group_title(group));
}

static bool
has_group(const struct dns_findings *f, enum dns_group group)
{
	const struct dns_finding *finding = f->findings.at;
	const struct dns_unknown *unknown = f->unknown.at;
	const struct dns_note *note = f->notes.at;
	size_t i;

	for (i = 0; i < f->notes.n; i++)
		if (note[i].group == group &&
		    (note[i].is_record || note[i].text != NULL))
			return true;
	for (i = 0; i < f->findings.n; i++)
		if (finding[i].group == group)
			return true;
	for (i = 0; i < f->unknown.n; i++)
		if (unknown[i].group == group)
			return true;
	return false;
}

static void
say_group(struct output *o, enum dns_group group, const struct dns_findings *f)
{
	const struct dns_finding *finding = f->findings.at;
	const struct dns_unknown *unknown = f->unknown.at;
	const struct dns_note *note = f->notes.at;
	size_t i, unknowns = 0;

	say_title(o, group, f);
	for (i = 0; i < f->notes.n; i++)
		if (note[i].group == group && note[i].text != NULL)
			output_marked(o, OUTPUT_MARK_OK, "%s", note[i].text);
	for (i = 0; i < f->unknown.n; i++) {
		if (unknown[i].group != group)
			continue;
		if (unknowns++ < UNKNOWN)
			output_marked(
			    o, OUTPUT_MARK_UNKNOWN, "%s", unknown[i].text);
	}
	if (unknowns > UNKNOWN)
		output_marked(
		    o, OUTPUT_MARK_UNKNOWN, "and %zu more", unknowns - UNKNOWN);
	for (i = 0; i < f->findings.n; i++)
		if (finding[i].group == group)
			say_finding(o, f, &finding[i], head_of(f, group));
}

static void
say_end(struct output *o, const struct dns_findings *f)
{
	output_line(o, "%" PRId64 " %s, %" PRId64 " %s%s", f->errors,
	    f->errors == 1 ? "error" : "errors", f->warnings,
	    f->warnings == 1 ? "warning" : "warnings",
	    f->unknown.n > 0 ? "; some of DNS did not answer" : "");
	if (f->more > 0)
		output_line(o, "%" PRId64 " more of the same kinds", f->more);
}

void
dns_say(struct output *o, const char *domain, const char *whom,
    const struct dns_findings *f)
{
	int g;

	output_line(o, "%s, %s", domain, whom);
	for (g = 0; g < DNS_GROUPS; g++)
		if (has_group(f, (enum dns_group)g))
			say_group(o, (enum dns_group)g, f);
	say_end(o, f);
}
