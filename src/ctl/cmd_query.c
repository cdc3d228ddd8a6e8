/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/subject.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "ctl/commands.h"
#include "ctl/listing.h"
#include "ctl/query_files.h"

#define DAYS 30
#define MAX_ARGS 4

/* What a query needs besides its days. */
struct parameters {
	int n;
	const char *names[MAX_ARGS]; /* ":domain" */
	int index[MAX_ARGS];
	int since, until; /* 0: it has no days */
};

static const struct query_file *
find_file(const char *name)
{
	const struct query_file *f;

	for (f = query_files; f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

/* Add the line of comment that says what a query answers. */
static void
add_description(struct buf *out, const struct query_file *f)
{
	const char *line = f->sql;
	size_t n;

	for (; strncmp(line, "-- ", 3) == 0; line += n + 1) {
		n = strcspn(line, "\n");
		if (strncmp(line, "-- SPDX", 7) != 0) {
			buf_add(out, line + 3, n - 3);
			return;
		}
	}
}

static void
read_parameters(struct parameters *p, const struct query *q)
{
	const char *name;
	int i;

	memset(p, 0, sizeof(*p));
	for (i = 1; i <= query_parameters(q); i++) {
		name = query_parameter_name(q, i);
		if (strcmp(name, ":since") == 0)
			p->since = i;
		else if (strcmp(name, ":until") == 0)
			p->until = i;
		else if (p->n < MAX_ARGS) {
			p->names[p->n] = name;
			p->index[p->n++] = i;
		}
	}
}

/* Add the parameters as the usage names them: " DOMAIN". */
static void
add_arguments(struct buf *out, const struct parameters *p)
{
	const char *c;
	int i;

	for (i = 0; i < p->n; i++) {
		buf_add_char(out, ' ');
		for (c = p->names[i] + 1; *c != '\0'; c++)
			buf_add_char(out,
			    *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A')
			                           : *c);
	}
}

/* List each query with what it takes and what it answers. */
static int
list_queries(struct query_db *db, struct err *err)
{
	const struct query_file *f;
	struct parameters p;
	struct buf line = { 0 };
	struct query *q;

	for (f = query_files; f->name != NULL; f++) {
		if (query_new(&q, db, f->sql, err) == -1) {
			buf_done(&line);
			return -1;
		}
		read_parameters(&p, q);
		line.len = 0;
		buf_add_str(&line, f->name);
		add_arguments(&line, &p);
		printf("%-20s ", buf_str(&line));
		line.len = 0;
		add_description(&line, f);
		puts(buf_str(&line));
		query_free(q);
	}
	buf_done(&line);
	if (fflush(stdout) != 0)
		return err_set_errno(err, ERR_AGAIN, "cannot write the list");
	return 0;
}

/*
 * How people see a column, by its name; any other is text that may be cut.  A
 * reason keeps enough of a line to tell why.
 */
static struct output_column *
make_columns(const struct query *q)
{
	static const struct output_column known[] = {
		{ "messages", NULL, OUTPUT_NUMBER, 0 },
		{ "reports", NULL, OUTPUT_NUMBER, 0 },
		{ "sources", NULL, OUTPUT_NUMBER, 0 },
		{ "addresses", NULL, OUTPUT_NUMBER, 0 },
		{ "pct", NULL, OUTPUT_NUMBER, 0 },
		{ "active", NULL, OUTPUT_NUMBER, 0 },
		{ "fail", NULL, OUTPUT_BAD_NUMBER, 0 },
		{ "failed", NULL, OUTPUT_BAD_NUMBER, 0 },
		{ "pass_pct", NULL, OUTPUT_PERCENT, 0 },
		{ "uid", NULL, OUTPUT_ID, 0 },
		{ "cause", NULL, OUTPUT_WORD, 0 },
		{ "fetched", NULL, OUTPUT_TEXT, OUTPUT_LEAVE_OUT(2) },
		{ "sender", NULL, OUTPUT_TEXT, OUTPUT_LEAVE_OUT(1) },
		{ "last_error", NULL, OUTPUT_ERROR, 8 },
		{ "reason", NULL, OUTPUT_ERROR, 48 },
		{ "value", NULL, OUTPUT_LONG, 16 },
		{ "date", NULL, OUTPUT_TEXT, 0 },
		{ "first_date", NULL, OUTPUT_TEXT, 0 },
		{ "last_date", NULL, OUTPUT_TEXT, 0 },
	};
	static const size_t n_known = sizeof(known) / sizeof(known[0]);
	int i, n = query_columns(q);
	struct output_column *c = xcalloc((size_t)n + 1, sizeof(*c));
	const char *name;
	size_t k;

	for (i = 0; i < n; i++) {
		name = query_column_name(q, i);
		for (k = 0; k < n_known && strcmp(known[k].name, name) != 0;)
			k++;
		if (k < n_known)
			c[i] = known[k];
		else
			c[i].shrink = 8;
		c[i].name = c[i].title = name;
	}
	return c;
}

/* Find the days chosen, or 30 days up to the newest report of any kind. */
static int
find_period(struct period *period, const struct options *options,
    struct query_db *db, struct err *err)
{
	struct period tls;

	if (period_find(period, &options->period, DAYS, PERIOD_OF_REPORTS, db,
	        NULL, err) == -1 ||
	    period_find(&tls, &options->period, DAYS, PERIOD_OF_TLS, db, NULL,
	        err) == -1)
		return -1;
	if (tls.last > period->last)
		*period = tls;
	return 0;
}

static int
bind_argument(
    struct query *q, const char *name, int i, const char *arg, struct err *err)
{
	char address[SUBJECT_ADDRESS], *domain;

	if (strcmp(name, ":ip") == 0) {
		if (subject_read_address(arg, address, err) == -1)
			return -1;
		query_bind_text(q, i, address);
		return 0;
	}
	domain = subject_copy_domain(arg);
	query_bind_text(q, i, domain);
	free(domain);
	return 0;
}

static int
bind_values(const struct options *options, const struct query_file *f,
    const struct parameters *p, struct query *q, const struct period *period,
    struct err *err)
{
	struct buf usage = { 0 };
	int i;

	if (options->nargs != p->n + 1) {
		add_arguments(&usage, p);
		err_set(err, ERR_USAGE, "usage: ruactl query %s%s", f->name,
		    buf_str(&usage));
		buf_done(&usage);
		return -1;
	}
	if (p->since == 0 && period_is_chosen(&options->period))
		return err_set(err, ERR_USAGE,
		    "query %s does not take --since, --until or --day",
		    f->name);
	for (i = 0; i < p->n; i++)
		if (bind_argument(q, p->names[i], p->index[i],
		        options->args[i + 1], err) == -1)
			return -1;
	if (p->since != 0) {
		query_bind_int(q, p->since, period->first);
		query_bind_int(q, p->until, period->last);
	}
	return 0;
}

static int
print_nothing(const struct options *options, struct output *o,
    struct query_db *db, const struct parameters *p, struct err *err)
{
	int64_t reports = 0;

	output_line(o, "No rows.");
	if (query_one_int(db, "SELECT count(*) FROM report", &reports, err) ==
	    -1)
		return -1;
	if (reports == 0)
		return listing_explain_empty(options, o, db, NULL, err);
	if (p->since != 0)
		output_line(o, "For more days: --since=365d");
	return 0;
}

static int
run_query(const struct options *options, struct query_db *db,
    const struct query_file *f, struct output *o, struct err *err)
{
	struct output_column *columns = NULL;
	struct parameters p;
	struct period period;
	struct query *q = NULL;
	struct buf title = { 0 };
	int64_t rows = 0;
	int rc = -1;

	if (query_new(&q, db, f->sql, err) == -1)
		goto out;
	read_parameters(&p, q);
	if (find_period(&period, options, db, err) == -1 ||
	    bind_values(options, f, &p, q, &period, err) == -1)
		goto out;
	add_description(&title, f);
	output_line(o, "%s%s%s", buf_str(&title),
	    p.since != 0 && period.text[0] != '\0' ? ", " : "",
	    p.since != 0 ? period.text : "");
	columns = make_columns(q);
	if (output_rows(o, NULL, NULL, q, columns, &rows, err) == -1)
		goto out;
	if (rows == 0 && print_nothing(options, o, db, &p, err) == -1)
		goto out;
	rc = output_end(o, err);
out:
	free(columns);
	query_free(q);
	buf_done(&title);
	return rc;
}

int
cmd_query(const struct options *options, struct err *err)
{
	const struct query_file *f = NULL;
	struct output *o = options_new_output(options);
	struct query_db *db = NULL;
	int rc = -1;

	if (options->nargs > 0 && (f = find_file(options->args[0])) == NULL)
		err_set(err, ERR_USAGE,
		    "there is no query \"%s\": ruactl query lists them",
		    options->args[0]);
	else if (options_open_database(options, &db, err) == 0)
		rc = f != NULL ? run_query(options, db, f, o, err)
		               : list_queries(db, err);
	query_close(db);
	output_free(o);
	return rc;
}
