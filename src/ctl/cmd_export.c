/* SPDX-License-Identifier: BSD-2-Clause */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl/commands.h"
#include "store/rules.h"

#define FOLLOW_MS 1000
#define BATCH 10000 /* rows until signals are looked at again */

/*
 * Each follows the primary key, so that the first row comes at once and memory
 * does not grow: CROSS JOIN keeps SQLite from choosing another order.
 */
static const char records_sql[] =
    "SELECT rec.id, rec.report_id, rep.day,"
    " date(rep.day, 'unixepoch') AS date, rep.domain, rec.header_from,"
    " rep.org_name, rep.external_id, s.ip, s.ptr, s.ptr_domain, s.asn,"
    " s.as_name, s.country, snd.label AS sender, snd.kind AS sender_kind,"
    " " RULE_RECORD_CLASS
    " AS class, rec.messages, rec.dmarc, rec.dkim, rec.spf, rec.cause,"
    " rec.disposition, rec.envelope_from, rec.envelope_to,"
    " (SELECT json_group_array(json_object('domain', domain,"
    "   'selector', selector, 'result', result,"
    "   'human_result', human_result))"
    "   FROM auth_dkim WHERE record_id = rec.id) AS auth_dkim,"
    " (SELECT json_group_array(json_object('domain', domain,"
    "   'scope', scope, 'result', result, 'human_result', human_result))"
    "   FROM auth_spf WHERE record_id = rec.id) AS auth_spf,"
    " (SELECT json_group_array(json_object('type', type,"
    "   'comment', comment))"
    "   FROM override WHERE record_id = rec.id) AS override,"
    " iif(json_valid(rec.raw), rec.raw, NULL) AS raw"
    " FROM record rec CROSS JOIN report rep ON rep.id = rec.report_id"
    " LEFT JOIN source s ON s.id = rec.source_id"
    " LEFT JOIN sender snd ON snd.id = s.sender_id"
    " WHERE rec.id > ?1 AND rec.id <= ?2 ORDER BY rec.id";

static const char reports_sql[] =
    "SELECT rep.id, rep.message_id, rep.filename, rep.org_name,"
    " rep.org_email, rep.extra_contact, rep.external_id, rep.begin_ts,"
    " rep.end_ts, rep.day, date(rep.day, 'unixepoch') AS date, rep.domain,"
    " rep.p, rep.sp, rep.np, rep.adkim, rep.aspf, rep.pct, rep.fo,"
    " rep.testing, rep.discovery_method, rep.generator, rep.version,"
    " rep.errors, iif(json_valid(rep.quirks), rep.quirks, NULL) AS quirks,"
    " rep.partial, rep.conflict, rep.counted, rep.reporter,"
    " rep.content_sha256,"
    " rep.imported_ts, msg.sender, msg.verified,"
    " iif(json_valid(rep.raw), rep.raw, NULL) AS raw"
    " FROM report rep LEFT JOIN message msg ON msg.id = rep.message_id"
    " WHERE rep.id > ?1 AND rep.id <= ?2 ORDER BY rep.id";

static const char failures_sql[] =
    "SELECT f.id, f.message_id, f.arrival_ts, f.reported_domain,"
    " f.feedback_type, s.ip, f.auth_failure, f.delivery_result,"
    " f.mail_from, f.rcpt_to, f.header_from, f.subject, f.msgid,"
    " f.dkim_domain, f.dkim_selector, f.auth_results,"
    " f.identity_alignment, f.user_agent, f.incidents, f.sample,"
    " iif(json_valid(f.quirks), f.quirks, NULL) AS quirks,"
    " f.content_sha256"
    " FROM failure f LEFT JOIN source s ON s.id = f.source_id"
    " WHERE f.id > ?1 AND f.id <= ?2 ORDER BY f.id";

static const char tls_sql[] =
    "SELECT pol.id, pol.tls_report_id, rep.day,"
    " date(rep.day, 'unixepoch') AS date, rep.org_name, rep.contact,"
    " rep.external_id, rep.begin_ts, rep.end_ts, rep.imported_ts,"
    " rep.conflict, rep.counted, pol.domain, pol.type,"
    " iif(json_valid(pol.policy), pol.policy, NULL) AS policy,"
    " iif(json_valid(pol.mx_hosts), pol.mx_hosts, NULL) AS mx_hosts,"
    " pol.ok, pol.failed,"
    " (SELECT json_group_array(json_object('result', result,"
    "   'failed', failed, 'sending_ip', sending_ip, 'mx', mx,"
    "   'mx_helo', mx_helo, 'receiving_ip', receiving_ip,"
    "   'reason_code', reason_code, 'info', info))"
    "   FROM tls_failure WHERE tls_policy_id = pol.id) AS tls_failure"
    " FROM tls_policy pol"
    " CROSS JOIN tls_report rep ON rep.id = pol.tls_report_id"
    " WHERE pol.id > ?1 AND pol.id <= ?2 ORDER BY pol.id";

extern const char export_parsedmarc_sql[];

static const struct export
{
	const char *name;
	const char *columns; /* whose names; NULL: the database's */
	const char *table;   /* of the ids */
	const char *sql;     /* rows with ids above ?1 and up to ?2 */
	const char *json;    /* the columns that are JSON */
	const char *words;   /* the columns that are true or false */
}
exports[] = {
	{ "records", NULL, "record", records_sql,
	    " auth_dkim auth_spf override raw ", "" },
	{ "records", "parsedmarc", "record", export_parsedmarc_sql, "",
	    " spf_aligned dkim_aligned dmarc_aligned " },
	{ "reports", NULL, "report", reports_sql, " quirks raw ", "" },
	{ "failures", NULL, "failure", failures_sql, " quirks ", "" },
	{ "tls", NULL, "tls_policy", tls_sql, " policy mx_hosts tls_failure ",
	    "" },
};

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int
find_export(const struct export **export, const struct options *options,
    struct err *err)
{
	bool known = false;
	size_t i;

	for (i = 0; i < sizeof(exports) / sizeof(exports[0]); i++) {
		if (strcmp(options->args[0], exports[i].name) != 0)
			continue;
		known = true;
		if (is_same(options->columns, exports[i].columns)) {
			*export = &exports[i];
			return 0;
		}
	}
	if (known)
		return err_set(err, ERR_USAGE,
		    "%s cannot be exported with --columns=%s: there is "
		    "only --columns=parsedmarc, for records",
		    options->args[0], options->columns);
	return err_set(err, ERR_USAGE,
	    "cannot export \"%s\": use records, reports, failures or tls",
	    options->args[0]);
}

static struct output_column *
make_columns(const struct export *export, struct query *q)
{
	struct output_column *columns;
	char *word;
	int i, n = query_columns(q);

	columns = xcalloc((size_t)n + 1, sizeof(*columns));
	for (i = 0; i < n; i++) {
		columns[i].name = query_column_name(q, i);
		xasprintf(&word, " %s ", columns[i].name);
		columns[i].kind = strstr(export->json, word) != NULL
		    ? OUTPUT_JSON_TEXT
		    : strstr(export->words, word) != NULL ? OUTPUT_BOOL
		                                          : OUTPUT_TEXT;
		free(word);
	}
	return columns;
}

static int
write_rows(const struct options *options, const struct export *export,
    struct query_db *db, int64_t after, int64_t last, struct err *err)
{
	struct output *o = options_new_output(options);
	struct output_column *columns = NULL;
	struct query *q = NULL;
	int rc = -1;

	if (query_new(&q, db, export->sql, err) == -1)
		goto out;
	query_bind_int(q, 1, after);
	query_bind_int(q, 2, last);
	columns = make_columns(export, q);
	if (output_rows(o, NULL, NULL, q, columns, NULL, err) == 0)
		rc = output_end(o, err);
out:
	free(columns);
	query_free(q);
	output_free(o);
	return rc;
}

/* --- follow --------------------------------------------------------------- */

/*
 * What came since, of a database that is opened for it: it may be another one
 * now, restored or moved here.  1: there is more.
 */
static int
write_new(const struct options *options, const struct export *export,
    int64_t *after, struct err *err)
{
	struct query_db *db;
	int64_t last = *after;
	char *sql;
	int rc;

	if (options_open_database(options, &db, err) == -1)
		return -1;
	xasprintf(
	    &sql, "SELECT id FROM %s ORDER BY id DESC LIMIT 1", export->table);
	rc = query_one_int(db, sql, &last, err);
	free(sql);
	if (rc == 0 && last > *after) {
		if ((rc = last - *after > BATCH) == 1)
			last = *after + BATCH;
		if (write_rows(options, export, db, *after, last, err) == -1)
			rc = -1;
		*after = last;
	}
	query_close(db);
	return rc;
}

/* Receive SIGINT and SIGTERM from a descriptor, and ignore SIGPIPE. */
static int
catch_signals(struct err *err)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaction(SIGPIPE, &ignore, NULL);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1 ||
	    (fd = signalfd(-1, &set, SFD_CLOEXEC)) == -1)
		return err_set_errno(err, ERR_AGAIN, "cannot wait for signals");
	return fd;
}

/* Return whether standard output is a pipe that nobody reads. */
static bool
is_unread(void)
{
	struct pollfd fd = { .fd = STDOUT_FILENO };

	return poll(&fd, 1, 0) == 1 && (fd.revents & (POLLERR | POLLHUP)) != 0;
}

/* Print new rows until a signal comes or nobody reads any more. */
static int
follow(
    const struct options *options, const struct export *export, struct err *err)
{
	struct pollfd fds[] = { { .events = POLLIN }, { .fd = STDOUT_FILENO } };
	int64_t after = options->after;
	int rc;

	if ((fds[0].fd = catch_signals(err)) == -1)
		return -1;
	do {
		if ((rc = write_new(options, export, &after, err)) == -1)
			break;
	} while (poll(fds, 2, rc == 1 ? 0 : FOLLOW_MS) == 0);
	close(fds[0].fd);
	return rc == -1 && !is_unread() ? -1 : 0;
}

int
cmd_export(const struct options *options, struct err *err)
{
	const struct export *export;
	struct options programs = *options;
	struct query_db *db = NULL;
	int rc;

	if (find_export(&export, options, err) == -1)
		return -1;
	if (options->follow &&
	    (options->format == OUTPUT_CSV || options->format == OUTPUT_JSON))
		return err_set(err, ERR_USAGE, "--follow needs --format=jsonl");
	if (options->format == OUTPUT_TABLE)
		programs.format = options->follow ? OUTPUT_JSONL : OUTPUT_CSV;
	if (options->follow)
		return follow(&programs, export, err);
	if (options_open_database(options, &db, err) == -1)
		return -1;
	rc = write_rows(&programs, export, db, options->after, INT64_MAX, err);
	query_close(db);
	return rc;
}
