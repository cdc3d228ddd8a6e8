/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/lookup_say.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"

/* --- for people ----------------------------------------------------------- */

static const char *
digits(int64_t n)
{
	static char text[8][TEXT_DIGITS];
	static size_t next;

	next = (next + 1) % 8;
	return text_group_digits(n, text[next]);
}

/* "example.org: 212 sources, 34 not due, 178 asked at 127.0.0.1:53". */
static void
say_sources(struct output *o, const struct lookup_run *run)
{
	const struct lookup_plan *p = &run->plan;
	struct buf b = { 0 };

	if (run->question.n > 0)
		buf_printf(&b, "%s address%s", digits(p->sources),
		    p->sources == 1 ? "" : "es");
	else
		buf_printf(&b, "%s: %s source%s",
		    run->question.domain != NULL ? run->question.domain
		                                 : "All domains",
		    digits(p->sources), p->sources == 1 ? "" : "s");
	if (p->known > 0 || run->question.n == 0)
		buf_printf(&b, ", %s not due", digits(p->known));
	if (run->store == NULL)
		buf_printf(&b, ", %s to be asked", digits((int64_t)p->due.n));
	else if (run->servers != NULL)
		buf_printf(
		    &b, ", %s asked at %s", digits(run->asked), run->servers);
	else
		buf_add_str(&b, ", none to be asked");
	output_line(o, "%s", buf_str(&b));
	buf_done(&b);
}

static void
add(struct buf *b, const char *fmt, int64_t n)
{
	if (n == 0)
		return;
	buf_add_str(b, b->len > 0 ? ", " : "");
	buf_printf(b, "%s %s", digits(n), fmt);
}

/* "141 have a name, 29 have none, 8 did not answer (again in an hour)". */
static void
say_found(struct output *o, const struct lookup_run *run)
{
	const int64_t *n = run->found;
	struct buf b = { 0 };

	add(&b, n[LOOKUP_OK] == 1 ? "has a name" : "have a name", n[LOOKUP_OK]);
	add(&b, n[LOOKUP_NONE] == 1 ? "has none" : "have none", n[LOOKUP_NONE]);
	add(&b,
	    n[LOOKUP_UNCONFIRMED] == 1
	        ? "has a name that does not lead back to it"
	        : "have names that do not lead back to them",
	    n[LOOKUP_UNCONFIRMED]);
	add(&b, "did not answer (again in an hour, or later)",
	    n[LOOKUP_FAILED]);
	if (b.len > 0)
		output_line(o, "%s", buf_str(&b));
	buf_done(&b);
}

static void
say_rest(struct output *o, const struct lookup_run *run)
{
	const struct lookup_plan *p = &run->plan;
	int64_t left = p->left;

	if (run->store != NULL)
		left += (int64_t)p->due.n - run->asked;
	if (p->inside > 0)
		output_line(o, "%s %s private or reserved, and never asked for",
		    digits(p->inside), p->inside == 1 ? "is" : "are");
	if (left > 0)
		output_line(o, "%s left%s", digits(left),
		    run->store != NULL ? ": run it again" : " for another run");
}

/* "2026-11-20"; "" if it is not known. */
static const char *
date(int64_t ts, char out[static 16])
{
	time_t t = (time_t)ts;
	struct tm tm;

	out[0] = '\0';
	if (ts > 0 && gmtime_r(&t, &tm) != NULL)
		strftime(out, 16, "%Y-%m-%d", &tm);
	return out;
}

static void
say_places(struct output *o, const struct lookup_run *run)
{
	struct geo_file f;
	struct buf b = { 0 };
	char text[16];
	size_t i;

	if (run->store == NULL || (run->geo == NULL && !run->asks_cymru))
		return;
	for (i = 0; i < geo_count(run->geo); i++) {
		f = geo_at(run->geo, i);
		buf_printf(&b, "%s%s", i > 0 ? "; " : "", f.path);
		if (date(f.built_ts, text)[0] != '\0')
			buf_printf(&b, ", of %s", text);
	}
	if (run->asks_cymru)
		buf_printf(&b, "%sTeam Cymru", b.len > 0 ? "; " : "");
	output_line(
	    o, "AS and country of %s: %s", digits(run->with_as), buf_str(&b));
	buf_done(&b);
}

static void
say(struct output *o, const struct lookup_run *run)
{
	const char *line;
	size_t i;

	say_sources(o, run);
	say_found(o, run);
	say_rest(o, run);
	say_places(o, run);
	for (i = 0; (line = prose_at(&run->warnings, i)) != NULL; i++)
		output_line(o, "Warning: %s", line);
	if (run->store == NULL)
		output_line(o, "Nothing was asked.");
}

/* --- for programs --------------------------------------------------------- */

static const struct output_column count_columns[] = {
	{ "domain", NULL, OUTPUT_TEXT, 0 },
	{ "sources", NULL, OUTPUT_NUMBER, 0 },
	{ "known", NULL, OUTPUT_NUMBER, 0 },
	{ "never_asked", NULL, OUTPUT_NUMBER, 0 },
	{ "due", NULL, OUTPUT_NUMBER, 0 },
	{ "asked", NULL, OUTPUT_NUMBER, 0 },
	{ "ok", NULL, OUTPUT_NUMBER, 0 },
	{ "none", NULL, OUTPUT_NUMBER, 0 },
	{ "unconfirmed", NULL, OUTPUT_NUMBER, 0 },
	{ "failed", NULL, OUTPUT_NUMBER, 0 },
	{ "with_as", NULL, OUTPUT_NUMBER, 0 },
	{ "server", NULL, OUTPUT_TEXT, 0 },
	{ "files", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "warnings", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "dry_run", NULL, OUTPUT_BOOL, 0 },
	{ 0 },
};

static const char count_sql[] =
    "SELECT ?1 ->> 0 AS domain, ?1 ->> 1 AS sources, ?1 ->> 2 AS known,"
    " ?1 ->> 3 AS never_asked, ?1 ->> 4 AS due, ?1 ->> 5 AS asked,"
    " ?1 ->> 6 AS ok, ?1 ->> 7 AS none, ?1 ->> 8 AS unconfirmed,"
    " ?1 ->> 9 AS failed, ?1 ->> 10 AS with_as, ?1 ->> 11 AS server,"
    " ?1 ->> 12 AS dry_run, ?2 AS files, ?3 AS warnings";

static void
add_files(struct buf *json, const struct lookup_run *run)
{
	struct geo_file f;
	char text[16];
	size_t i;

	buf_add_char(json, '[');
	for (i = 0; i < geo_count(run->geo); i++) {
		f = geo_at(run->geo, i);
		buf_add_str(json, i > 0 ? ",{" : "{");
		json_add_member(json, "path", f.path);
		json_add_member(json, "date",
		    date(f.built_ts, text)[0] != '\0' ? text : NULL);
		buf_add_char(json, '}');
	}
	buf_add_char(json, ']');
}

static void
add_counts(struct buf *json, const struct lookup_run *run)
{
	const struct lookup_plan *p = &run->plan;
	int i;

	buf_add_char(json, '[');
	json_add_item(json, run->question.domain);
	json_add_item_int(json, p->sources);
	json_add_item_int(json, p->known);
	json_add_item_int(json, p->inside);
	json_add_item_int(json, (int64_t)p->due.n + p->left);
	json_add_item_int(json, run->asked);
	for (i = 0; i < LOOKUP_STATUSES; i++)
		json_add_item_int(json, run->found[i]);
	json_add_item_int(json, run->with_as);
	json_add_item(json, run->servers);
	json_add_item_int(json, run->store == NULL);
	buf_add_char(json, ']');
}

static int
print_counts(struct output *o, const struct lookup_run *run, struct err *err)
{
	struct buf counts = { 0 }, files = { 0 }, warnings = { 0 };
	struct query *q = NULL;
	int rc;

	if (query_new(&q, run->db, count_sql, err) == -1)
		return -1;
	add_counts(&counts, run);
	add_files(&files, run);
	json_add_strings(&warnings, &run->warnings.paragraphs);
	query_bind_text(q, 1, buf_str(&counts));
	query_bind_text(q, 2, buf_str(&files));
	query_bind_text(q, 3, buf_str(&warnings));
	rc = output_rows(o, NULL, NULL, q, count_columns, NULL, err);
	query_free(q);
	buf_done(&counts);
	buf_done(&files);
	buf_done(&warnings);
	return rc;
}

/* --- addresses ------------------------------------------------------------ */

static const struct output_column address_columns[] = {
	{ "ip", "ip", OUTPUT_TEXT, 26 },
	{ "status", "look-up", OUTPUT_TEXT, 0 },
	{ "ptr", "name", OUTPUT_TEXT, 16 },
	{ "ptr_claim", "claims", OUTPUT_TEXT, 12 },
	{ "asn", "AS", OUTPUT_ID, 0 },
	{ "as_name", "of", OUTPUT_TEXT, 12 },
	{ "country", "country", OUTPUT_TEXT, 0 },
	{ 0 },
};

static int
print_addresses(struct output *o, const struct lookup_run *run, struct err *err)
{
	struct query *q;
	int rc;

	if (lookup_query_known(&q, run->db, &run->question, err) == -1)
		return -1;
	rc = output_rows(o, NULL, NULL, q, address_columns, NULL, err);
	query_free(q);
	return rc;
}

int
lookup_say(struct output *o, const struct lookup_run *run, struct err *err)
{
	if (output_is_table(o))
		say(o, run);
	else if (run->question.n == 0)
		return print_counts(o, run, err);
	return run->question.n > 0 ? print_addresses(o, run, err) : 0;
}
