/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/explain_say.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "ctl/explain_say_dns.h"
#include "ctl/explain_say_failure.h"

static const char *
or_not_said(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : "(not said)";
}

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/* --- for people ----------------------------------------------------------- */

static void
say_row(struct output *o, const struct explain_row *row)
{
	static const char *const names[][2] = { { "from", "From:" },
		{ "spf", "SPF" }, { "dkim", "DKIM" }, { "dmarc", "DMARC" } };
	const char *name = row->identifier, *aligned = "";
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(row->identifier, names[i][0]) == 0)
			name = names[i][1];
	if (strcmp(row->identifier, "from") == 0) {
		output_paragraph(o, 4, "  %-6s %s", name,
		    or_not_said(row->said != NULL ? row->said : row->domain));
		return;
	}
	if (row->aligned == EXPLAIN_ALIGNED)
		aligned = ", aligned";
	else if (row->aligned == EXPLAIN_UNALIGNED)
		aligned = ", NOT aligned";
	output_paragraph(o, 4, "  %-6s %s%s%s  %s%s%s%s", name,
	    or_not_said(row->domain), row->selector != NULL ? ", s=" : "",
	    row->selector != NULL ? row->selector : "",
	    row->result != NULL ? row->result : "not judged", aligned,
	    row->why != NULL && row->result != NULL ? ": " : "",
	    row->why != NULL && row->result != NULL ? row->why : "");
	if (row->said != NULL && row->result != NULL &&
	    strcmp(row->result, "pass") != 0)
		output_paragraph(o, 4, "         it says \"%s\"", row->said);
}

static void
say_rows(struct output *o, const struct explain_answer *a)
{
	const struct explain_row *row = a->rows.at;
	size_t i;

	if (a->rows.n == 0)
		return;
	output_blank(o);
	for (i = 0; i < a->rows.n; i++)
		say_row(o, &row[i]);
}

/* Seconds since the hop before; false: not known. */
static bool
find_delay(const struct explain_header *h, size_t i, int64_t *seconds)
{
	const struct explain_hop *hop = h->received.at;
	const int64_t before = i + 1 < h->received.n ? hop[i + 1].time
	                                             : h->date;

	*seconds = hop[i].time - before;
	return hop[i].time != 0 && before != 0;
}

/* ", 4 s"; what is long in the unit that people count it in. */
static void
write_delay(char *text, size_t size, int64_t seconds)
{
	static const struct {
		int64_t from; /* seconds */
		int64_t unit;
		const char *name;
	} units[] = { { 3 * 86400, 86400, "days" }, { 3 * 3600, 3600, "h" },
		{ 600, 60, "min" }, { 0, 1, "s" } };
	const int64_t n = seconds < 0 ? -seconds : seconds;
	size_t i = 0;

	while (n < units[i].from)
		i++;
	snprintf(text, size, ", %s%" PRId64 " %s",
	    seconds < 0 ? "clocks differ: -" : "", n / units[i].unit,
	    units[i].name);
}

static void
say_hop(struct output *o, const struct explain_header *h, size_t i,
    bool is_original)
{
	const struct explain_hop *hop = (const struct explain_hop *)
	                                    h->received.at +
	    i;
	const char *from = hop->from_name != NULL ? hop->from_name
	                                          : hop->from_helo;
	const char *mark = "";
	char delay[64] = "";
	int64_t seconds;

	if (from == NULL && hop->from_ip == NULL && hop->by == NULL)
		return; /* such as qmail's own steps */
	if (find_delay(h, i, &seconds))
		write_delay(delay, sizeof(delay), seconds);
	if (hop->place.trust != NULL &&
	    strcmp(hop->place.trust, "foreign") == 0)
		mark = " (it says)";
	else if (hop->is_border && !is_original)
		mark = " (here it came to its receiver)";
	output_paragraph(o, 4, "  %s%s%s%s%s%s%s%s%s", or_empty(from),
	    from != NULL && hop->from_ip != NULL ? " " : "",
	    hop->from_ip != NULL ? "[" : "", or_empty(hop->from_ip),
	    hop->from_ip != NULL ? "]" : "",
	    from != NULL || hop->from_ip != NULL ? " > " : "",
	    or_not_said(hop->by), delay, mark);
}

static void
say_way(struct output *o, const struct explain_header *h, bool is_original)
{
	size_t i;

	if (h->received.n == 0)
		return;
	output_blank(o);
	output_line(o, "Its way:");
	for (i = h->received.n; i-- > 0;)
		say_hop(o, h, i, is_original);
}

static void
say_changes(struct output *o, const struct explain_answer *a)
{
	const char *text, *record;
	struct buf line = { 0 };
	size_t i;

	output_line(o, "To change:");
	if (a->at != NULL)
		output_paragraph(o, 0, "At the sending server%s%s%s%s%s%s:",
		    a->at[0] != '\0' || a->at_ip != NULL ? ", " : "", a->at,
		    a->at[0] != '\0' && a->at_ip != NULL ? " " : "",
		    a->at_ip != NULL ? "[" : "", or_empty(a->at_ip),
		    a->at_ip != NULL ? "]" : "");
	for (i = 0; (text = prose_at(&a->changes, i)) != NULL; i++) {
		output_paragraph(o, 3, "%zu. %s", i + 1, text);
		if ((record = prose_record_at(&a->changes, i)) == NULL)
			continue;
		line.len = 0;
		buf_printf(&line, "   %s", record);
		output_verbatim(o, buf_str(&line));
	}
	buf_done(&line);
}

void
explain_say(struct output *o, const struct explain_answer *a,
    const struct explain_facts *facts, const struct explain_dns *dns)
{
	const char *text;
	size_t i;

	if (a->failure != NULL)
		explain_say_failure(o, a->failure);
	output_paragraph(o, 0, "%s", a->headline);
	if (a->reply != NULL && a->reply->text != NULL)
		output_paragraph(o, 2, "  %s \"%s\"",
		    a->reply->code > 0 ? "The answer was:" : "It says:",
		    a->reply->text);
	say_rows(o, a);
	say_way(o, &facts->header, facts->is_bounce);
	if (dns != NULL)
		explain_say_dns(o, dns);
	if (a->changes.paragraphs.n > 0) {
		output_blank(o);
		say_changes(o, a);
	}
	if (a->notes.paragraphs.n > 0)
		output_blank(o);
	for (i = 0; (text = prose_at(&a->notes, i)) != NULL; i++)
		output_paragraph(o, 2, "%s", text);
}

/* --- for programs --------------------------------------------------------- */

static void
add_bool(struct buf *b, const char *name, bool value)
{
	buf_printf(b, ",\"%s\":%s", name, value ? "true" : "false");
}

static void
add_rows(struct buf *b, const struct explain_answer *a)
{
	const struct explain_row *row = a->rows.at;
	size_t i;

	buf_add_str(b, ",\"identifiers\":[");
	for (i = 0; i < a->rows.n; i++) {
		buf_add_str(b, i > 0 ? ",{" : "{");
		json_add_member(b, "identifier", row[i].identifier);
		json_add_member(b, "domain", row[i].domain);
		json_add_member(b, "selector", row[i].selector);
		json_add_member(b, "result", row[i].result);
		json_add_member(
		    b, "aligned", explain_aligned_word(row[i].aligned));
		json_add_member(b, "why", row[i].why);
		json_add_member(b, "said", row[i].said);
		buf_add_char(b, '}');
	}
	buf_add_char(b, ']');
}

static void
add_way(struct buf *b, const struct explain_header *h)
{
	const struct explain_hop *hop = h->received.at;
	int64_t seconds;
	size_t i;

	buf_add_str(b, ",\"way\":[");
	for (i = h->received.n; i-- > 0;) {
		buf_add_str(b, i + 1 < h->received.n ? ",{" : "{");
		json_add_member(b, "from",
		    hop[i].from_name != NULL ? hop[i].from_name
		                             : hop[i].from_helo);
		json_add_member(b, "from_ip", hop[i].from_ip);
		json_add_member(b, "by", hop[i].by);
		json_add_member(b, "trust", hop[i].place.trust);
		if (find_delay(h, i, &seconds))
			json_add_member_int(b, "seconds", seconds);
		else
			buf_add_str(b, ",\"seconds\":null");
		add_bool(b, "border", hop[i].is_border);
		buf_add_char(b, '}');
	}
	buf_add_char(b, ']');
}

static void
add_status(struct buf *b, const struct explain_answer *a)
{
	if (a->reply == NULL) {
		buf_add_str(b, ",\"status\":null");
		return;
	}
	buf_add_str(b, ",\"status\":{");
	if (a->reply->code > 0)
		json_add_member_int(b, "code", a->reply->code);
	else
		buf_add_str(b, "\"code\":null");
	json_add_member(b, "enhanced", a->enhanced);
	json_add_member(b, "class", status_class_word(a->status.class));
	json_add_member(
	    b, "receiver", status_receiver_word(a->status.receiver));
	json_add_member(b, "meaning", a->status.meaning);
	json_add_member(b, "source", a->status.source);
	add_bool(b, "verified", a->status.is_verified);
	json_add_member(b, "text", a->reply->text);
	buf_add_char(b, '}');
}

/* Of each change its record, or null. */
static void
add_records(struct buf *b, const struct explain_answer *a)
{
	const char *record;
	size_t i;

	buf_add_str(b, ",\"records\":[");
	for (i = 0; i < a->changes.paragraphs.n; i++) {
		record = prose_record_at(&a->changes, i);
		if (i > 0)
			buf_add_char(b, ',');
		if (record != NULL)
			json_add_string(b, record);
		else
			buf_add_str(b, "null");
	}
	buf_add_char(b, ']');
}

void
explain_add_json(struct buf *b, const struct explain_answer *a,
    const struct explain_facts *facts, const struct explain_dns *dns)
{
	buf_add_char(b, '{');
	json_add_member(b, "form", facts->form);
	add_bool(b, "bounce", facts->is_bounce);
	json_add_member(b, "outcome", explain_outcome_word(a->outcome));
	json_add_member(b, "ground", explain_ground_word(a->ground));
	add_bool(b, "trusted", a->is_trusted);
	json_add_member(b, "by", a->receiver);
	json_add_member(b, "headline", a->headline);
	json_add_member(b, "cause", a->cause);
	add_status(b, a);
	add_rows(b, a);
	add_way(b, &facts->header);
	explain_add_dns(b, dns);
	if (a->failure != NULL)
		explain_add_failure(b, a->failure);
	buf_add_str(b, ",\"changes\":");
	json_add_strings(b, &a->changes.paragraphs);
	add_records(b, a);
	buf_add_str(b, ",\"notes\":");
	json_add_strings(b, &a->notes.paragraphs);
	buf_add_str(b, "}");
}
