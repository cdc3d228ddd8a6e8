/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "answer/dns_facts.h"
#include "answer/dns_rows.h"
#include "base/json.h"
#include "ctl/commands.h"
#include "ctl/dns_address.h"
#include "ctl/dns_judged.h"
#include "ctl/dns_say.h"
#include "show/table.h"

#define FOUND 1 /* exit status: there are errors */

/* A run of the command. */
struct run {
	const struct options *options;
	struct query_db *db;
	struct output *out;
	int64_t errors;    /* of all domains */
	struct err unkept; /* why answers were not kept */
	/* Of all domains: */
	bool is_heard;  /* something was answered about one of them */
	int silent;     /* in a row, nothing was answered */
	struct err why; /* the error of the first that has one alone */
};

/* --- one domain ----------------------------------------------------------- */

static int
show_head(const struct run *run, const struct dns_judged *j, struct err *err)
{
	struct query *q = NULL;
	int rc;

	const struct dns_client *client = j->asking.client;

	rc = dns_rows_head(&q, run->db, j->facts.domain,
	    client != NULL ? dns_client_servers(client) : NULL,
	    client != NULL ? (int64_t)dns_client_counts(client)->asked : 0,
	    &j->found, err);
	if (rc == 0 && (rc = query_step(q, err)) == 1)
		rc = output_fields(run->out, q, table_dns_head, err);
	query_free(q);
	return rc;
}

static int
show_rows(const struct run *run, const struct dns_judged *j, const char *key,
    int (*rows)(struct query **, struct query_db *, const struct dns_findings *,
        struct err *),
    const struct output_column *columns, struct err *err)
{
	struct query *q = NULL;
	int rc;

	rc = rows(&q, run->db, &j->found, err);
	if (rc == 0)
		rc = output_rows(run->out, key, NULL, q, columns, NULL, err);
	query_free(q);
	return rc;
}

static int
show(const struct run *run, const struct dns_judged *j, struct err *err)
{
	char whom[DNS_ASKING_WHOM];

	if (output_is_table(run->out)) {
		dns_asking_write_whom(&j->asking, j->facts.domain, whom);
		dns_say(run->out, j->facts.domain, whom, &j->found);
		return 0;
	}
	if (show_head(run, j, err) == -1 ||
	    show_rows(run, j, "checks", dns_rows_findings, table_dns_checks,
	        err) == -1 ||
	    show_rows(run, j, "unknown", dns_rows_unknown, table_dns_unknown,
	        err) == -1)
		return -1;
	return show_rows(run, j, "facts", dns_rows_notes, table_dns_facts, err);
}

static int
run_domain(struct run *run, const char *domain, struct err *err)
{
	struct dns_judged j;
	int rc;

	rc = dns_judged_load(&j, run->options, run->db, domain, err);
	if (rc == 0)
		rc = show(run, &j, err);
	if (rc == 0)
		rc = dns_asking_keep(&j.asking, &run->unkept, err);
	run->errors += j.found.errors;
	dns_judged_done(&j);
	return rc;
}

/* Whether the SPF record allows one address. */
static int
run_address(struct run *run, const char *domain, const char *ip, int *status,
    struct err *err)
{
	struct dns_asking asking;
	int rc;

	rc = dns_asking_begin(&asking, run->options, run->db, err);
	if (rc == 0)
		rc = dns_address_show(
		    &asking, run->out, run->db, domain, ip, status, err);
	if (rc == 0)
		rc = dns_asking_keep(&asking, &run->unkept, err);
	dns_asking_end(&asking);
	return rc;
}

/* --- all domains ---------------------------------------------------------- */

static const char domains_sql[] =
    "SELECT value ->> 0 AS domain, value ->> 1 AS policy,"
    " value ->> 2 AS errors, value ->> 3 AS warnings, value ->> 4 AS infos,"
    " value ->> 5 AS unknown, value ->> 6 AS id, value ->> 7 AS text"
    " FROM json_each(?1)"
    " ORDER BY errors DESC, warnings DESC, unknown DESC, domain";

static const struct output_column domain_columns[] = {
	{ "domain", "domain", OUTPUT_TEXT, 16 },
	{ "policy", "policy", OUTPUT_TEXT, 0 },
	{ "errors", "errors", OUTPUT_BAD_NUMBER, 0 },
	{ "warnings", "warnings", OUTPUT_NUMBER, 0 },
	{ "infos", NULL, OUTPUT_NUMBER, 0 },
	{ "unknown", "unknown", OUTPUT_NUMBER, OUTPUT_IF_ANY },
	{ "id", NULL, OUTPUT_TEXT, 0 },
	{ "text", "first", OUTPUT_TEXT, 20 },
	{ 0 },
};

static void
add_domain(struct buf *json, const struct dns_judged *j)
{
	const struct dns_finding *f = j->found.findings.at, *worst = NULL;
	const struct dns_note *note = j->found.notes.at;
	const char *policy = NULL;
	size_t i;

	for (i = 0; i < j->found.findings.n; i++)
		if (worst == NULL || f[i].severity < worst->severity)
			worst = &f[i];
	for (i = 0; i < j->found.notes.n; i++)
		if (note[i].group == DNS_GROUP_DMARC &&
		    strcmp(note[i].key, "policy") == 0)
			policy = note[i].value;
	buf_add_str(json, json->len > 1 ? ",[" : "[");
	json_add_item(json, j->facts.domain);
	json_add_item(json, policy);
	json_add_item_int(json, j->found.errors);
	json_add_item_int(json, j->found.warnings);
	json_add_item_int(json, j->found.infos);
	json_add_item_int(json, (int64_t)j->found.unknown.n);
	json_add_item(json, worst != NULL ? worst->id : NULL);
	json_add_item(json, worst != NULL ? worst->clause : NULL);
	buf_add_char(json, ']');
}

/* A domain of which nothing is known, and why. */
static void
add_unknown(struct buf *json, const char *domain, const char *why)
{
	buf_add_str(json, json->len > 1 ? ",[" : "[");
	json_add_item(json, domain);
	json_add_item(json, NULL);
	json_add_item_int(json, 0);
	json_add_item_int(json, 0);
	json_add_item_int(json, 0);
	json_add_item_int(json, 1);
	json_add_item(json, NULL);
	json_add_item(json, why);
	buf_add_char(json, ']');
}

static int
judge_one(
    struct run *run, const char *domain, struct buf *json, struct err *err)
{
	struct dns_judged j;
	int rc;

	rc = dns_judged_load(&j, run->options, run->db, domain, err);
	if (rc == 0) {
		run->is_heard = true;
		run->silent = 0;
		add_domain(json, &j);
		run->errors += j.found.errors;
		if (run->unkept.class == ERR_NONE)
			rc = dns_asking_keep(&j.asking, &run->unkept, err);
	} else if (err->class == ERR_NET) {
		run->silent += !dns_judged_is_refused(&j);
		add_unknown(json, domain, err->text);
		rc = 0;
	} else if (run->options->offline && err->class == ERR_INPUT) {
		add_unknown(
		    json, domain, "not looked up yet: leave out --offline");
		rc = 0;
	}
	if (rc == 0 && err->class != ERR_NONE) {
		if (run->why.class == ERR_NONE)
			run->why = *err;
		*err = (struct err)ERR_INIT;
	}
	dns_judged_done(&j);
	return rc;
}

static int
judge_all(struct run *run, const struct array *domains, struct buf *json,
    struct err *err)
{
	const char *const *domain = domains->at;
	size_t i;
	int rc = 0;

	buf_add_char(json, '[');
	for (i = 0; rc == 0 && i < domains->n; i++)
		if (run->silent < DNS_JUDGED_SILENT)
			rc = judge_one(run, domain[i], json, err);
		else
			add_unknown(json, domain[i],
			    "not asked, since no name server answers");
	buf_add_char(json, ']');
	if (rc == 0 && run->why.class == ERR_NET && !run->is_heard) {
		*err = run->why;
		return -1;
	}
	return rc;
}

static int
run_all(struct run *run, struct err *err)
{
	struct array domains = { 0 };
	struct arena arena = { 0 };
	struct query *q = NULL;
	struct buf json = { 0 };
	int rc;

	rc = dns_facts_domains(run->db, &domains, &arena, err);
	if (rc == 0)
		rc = judge_all(run, &domains, &json, err);
	if (rc == 0)
		rc = dns_rows_query(
		    &q, run->db, domains_sql, buf_str(&json), err);
	if (rc == 0)
		rc = output_rows(
		    run->out, NULL, NULL, q, domain_columns, NULL, err);
	if (rc == 0 && domains.n == 0)
		output_line(run->out,
		    "No reports yet, so no domain is known: "
		    "ruactl dns DOMAIN");
	query_free(q);
	buf_done(&json);
	array_done(&domains);
	arena_done(&arena);
	return rc;
}

/* --- the command ---------------------------------------------------------- */

/*
 * Who sets up a domain has no report yet, and no database: what is published is
 * judged all the same, and not kept.
 */
static int
open_database(struct run *run, bool is_optional, struct err *err)
{
	const struct options *o = run->options;

	if (options_open_database(o, &run->db, err) == 0)
		return 0;
	if (!is_optional || !o->is_usual_db || err->class != ERR_INPUT)
		return -1;
	*err = (struct err)ERR_INIT;
	err_set(&run->unkept, ERR_INPUT, "there is no database yet");
	return query_open_empty(&run->db, err);
}

/* No right to write to the database, or none there yet. */
static bool
is_no_fault(const struct err *unkept)
{
	return unkept->class == ERR_AUTH || unkept->class == ERR_INPUT;
}

int
cmd_dns(const struct options *options, struct err *err)
{
	struct run run = { .options = options };
	char *domain = NULL;
	int rc = 0, status = 0;

	if (options->https && options->nargs == 0)
		return err_set(err, ERR_USAGE,
		    "--https needs a domain: strangers may send reports about "
		    "any, with web servers of theirs");
	if (options->nargs > 0 &&
	    (domain = dns_asking_read_domain(options->args[0], err)) == NULL)
		return -1;
	rc = open_database(&run, domain != NULL && !options->offline, err);
	if (rc == 0) {
		run.out = options_new_output(options);
		if (options->nargs > 1)
			rc = run_address(
			    &run, domain, options->args[1], &status, err);
		else if (domain != NULL)
			rc = run_domain(&run, domain, err);
		else
			rc = run_all(&run, err);
		if (rc == 0 && is_no_fault(&run.unkept))
			dns_asking_say_unkept(run.out, &run.unkept);
		if (rc == 0)
			rc = output_end(run.out, err);
		if (rc == 0 && run.unkept.class != ERR_NONE &&
		    !is_no_fault(&run.unkept)) {
			*err = run.unkept;
			rc = err_prepend(err, "what was seen is not kept");
		}
		output_free(run.out);
	}
	query_close(run.db);
	free(domain);
	if (rc == 0 && run.errors > 0)
		status = FOUND;
	else if (rc == 0 && run.why.class != ERR_NONE) {
		*err = run.why;
		rc = -1;
	}
	return rc == 0 ? status : rc;
}
