/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "base/mem.h"
#include "base/text.h"
#include "ctl/commands.h"
#include "store/rules.h"

#define LABEL_COLUMNS 260 /* more than any domain has */

/*
 * One family of samples: the last column is the value, those before are
 * labels.  All are gauges: what is deleted from the database makes them
 * smaller.
 */
struct metric {
	const char *name;
	const char *help;
	const char *sql;
};

/*
 * Without a sort of all that failed: what is named, and what receivers call
 * forwarded, are sets.
 */
/* clang-format off */
#define SUM_OF(class) \
	" sum(iif(source_id IN (SELECT id FROM named WHERE class = '" class \
	"'), messages, 0)) AS " class ","
static const char failed_sql[] =
    "WITH named AS MATERIALIZED (SELECT s.id,"
    "   " RULE_CLASS(snd.kind, 0) " AS class"
    "   FROM sender snd CROSS JOIN source s ON s.sender_id = snd.id),"
    " one AS (SELECT report_id, sum(messages) AS fail,"
    SUM_OF("known") SUM_OF("hostile") SUM_OF("forwarded")
    " sum(iif(profile_id IN (SELECT profile_id FROM override_words"
    "   WHERE forwarding) AND coalesce(source_id, 0) NOT IN"
    "   (SELECT id FROM named), messages, 0)) AS by_receiver"
    "   FROM record_row WHERE dkim IS NOT 1 AND spf IS NOT 1"
    "   GROUP BY report_id),"
    " sums AS (SELECT rep.domain, sum(fail) AS fail, sum(known) AS known,"
    "   sum(hostile) AS hostile, sum(forwarded + by_receiver) AS forwarded"
    "   FROM one JOIN report rep ON rep.id = one.report_id"
    "   GROUP BY rep.domain)"
    " SELECT every.domain, class.column1 AS class, coalesce("
    "   CASE class.column1 WHEN 'known' THEN known"
    "   WHEN 'forwarded' THEN forwarded WHEN 'hostile' THEN hostile"
    "   ELSE fail - known - forwarded - hostile END, 0)"
    " FROM (SELECT DISTINCT domain FROM report) every"
    " LEFT JOIN sums ON sums.domain = every.domain,"
    " (VALUES ('known'), ('forwarded'), ('hostile'), ('unknown')) class"
    " ORDER BY every.domain, class.column1";
/* clang-format on */

static const struct metric metrics[] = {
	{ "ruad_messages",
	    "Messages in aggregate reports, by policy domain and DMARC result.",
	    "SELECT every.domain, result.column1 AS result,"
	    " coalesce(iif(result.column1 = 'pass', sum.pass, sum.fail), 0)"
	    " FROM (SELECT DISTINCT domain FROM report) every LEFT JOIN"
	    " (SELECT rep.domain, sum(one.pass) AS pass,"
	    "   sum(one.messages - one.pass) AS fail"
	    "   FROM (SELECT report_id, sum(messages) AS messages,"
	    "     sum(iif(dmarc = 'pass', messages, 0)) AS pass"
	    "     FROM record GROUP BY report_id) one"
	    "   JOIN report rep ON rep.id = one.report_id"
	    "   GROUP BY rep.domain) sum ON sum.domain = every.domain,"
	    " (VALUES ('pass'), ('fail')) result"
	    " ORDER BY every.domain, result DESC" },
	{ "ruad_failed_messages",
	    "Messages that failed DMARC, by policy domain and whose they are: "
	    "known, forwarded, hostile or unknown.",
	    failed_sql },
	{ "ruad_reports", "Aggregate reports, by policy domain.",
	    "SELECT domain, count(*) FROM report WHERE counted = 1"
	    " GROUP BY domain" },
	{ "ruad_tls_reports", "TLS reports.",
	    "SELECT count(*) FROM tls_report WHERE counted = 1" },
	{ "ruad_conflicts",
	    "Reports that contradict another of the same id and are not "
	    "counted.",
	    "SELECT 'aggregate' AS type, count(*) FROM report"
	    " WHERE counted = 0 UNION ALL"
	    " SELECT 'tls', count(*) FROM tls_report WHERE counted = 0" },
	{ "ruad_failure_reports", "Failure reports.",
	    "SELECT count(*) FROM failure" },
	{ "ruad_mails",
	    "Messages and files by outcome; failed: they could not be read.",
	    "SELECT status.column1 AS status,"
	    " (SELECT count(*) FROM message WHERE status = status.column1)"
	    " FROM (VALUES ('stored'), ('duplicate'), ('other'), ('failed'))"
	    " status" },
	{ "ruad_mailbox_last_good_poll_timestamp_seconds",
	    "When each active mailbox was last polled without error; 0: never.",
	    "SELECT name AS mailbox, coalesce(last_ok_ts, 0) FROM mailbox"
	    " WHERE active ORDER BY name" },
	{ "ruad_mailbox_last_poll_timestamp_seconds",
	    "When each active mailbox was last polled; 0: never.",
	    "SELECT name AS mailbox, coalesce(last_poll_ts, 0) FROM mailbox"
	    " WHERE active ORDER BY name" },
};

static bool
is_quoted(char c)
{
	return c == '\\' || c == '"';
}

static size_t
count_quoted(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += is_quoted(*s);
	return n;
}

static void
add_label(struct buf *out, const char *name, const char *value)
{
	/* text_safe() makes at most 10 bytes of one. */
	size_t size = 10 * strlen(value) + 8;
	char *safe = xmalloc(size), hex[SHA256_HEX], *p;
	uint8_t digest[SHA256_SIZE];
	bool is_cut;

	buf_printf(out, "%s=\"", name);
	text_safe(safe, size, value);
	is_cut = text_columns(safe) + count_quoted(safe) > LABEL_COLUMNS;
	if (is_cut)
		text_cut(safe, LABEL_COLUMNS / 2);
	for (p = safe; *p != '\0'; p++) {
		if (is_quoted(*p))
			buf_add_char(out, '\\');
		buf_add_char(out, *p);
	}
	/* No two samples may have the same labels. */
	if (is_cut) {
		sha256_hash(value, strlen(value), digest);
		buf_printf(out, "%.8s", sha256_hex(digest, hex));
	}
	buf_add_char(out, '"');
	free(safe);
}

static void
add_sample(struct buf *out, const struct metric *m, struct query *q)
{
	int i, labels = query_columns(q) - 1;

	buf_add_str(out, m->name);
	for (i = 0; i < labels; i++) {
		buf_add_char(out, i == 0 ? '{' : ',');
		add_label(out, query_column_name(q, i), query_value(q, i).text);
	}
	buf_printf(
	    out, "%s %s\n", labels > 0 ? "}" : "", query_value(q, labels).text);
}

static int
add_metric(struct buf *out, struct query_db *db, const struct metric *m,
    struct err *err)
{
	struct query *q;
	int step;

	if (query_new(&q, db, m->sql, err) == -1)
		return -1;
	buf_printf(
	    out, "# HELP %s %s\n# TYPE %s gauge\n", m->name, m->help, m->name);
	while ((step = query_step(q, err)) == 1)
		add_sample(out, m, q);
	query_free(q);
	return step;
}

int
cmd_metrics(const struct options *options, struct err *err)
{
	struct query_db *db = NULL;
	struct buf out = { 0 };
	size_t i;
	int rc = -1;

	if (options_open_database(options, &db, err) == -1)
		goto out;
	for (i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		if (add_metric(&out, db, &metrics[i], err) == -1)
			goto out;
	/* Nothing is printed when something is wrong. */
	if (fwrite(out.at, 1, out.len, stdout) != out.len ||
	    fflush(stdout) != 0)
		err_set_errno(err, ERR_AGAIN, "cannot write the metrics");
	else
		rc = 0;
out:
	buf_done(&out);
	query_close(db);
	return rc;
}
