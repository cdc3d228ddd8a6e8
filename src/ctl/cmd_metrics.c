/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/class_sums.h"
#include "answer/ready.h"
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

static const struct metric metrics[] = {
	{ "ruad_reports", "Aggregate reports, by policy domain.",
	    "SELECT domain, count(*) FROM report WHERE counted = 1"
	    " GROUP BY domain" },
	/* Strangers can make any number of names, but not every day. */
	{ "ruad_reporter_last_day_timestamp_seconds",
	    "The last day that each reporter of at least " RULE_SQL(
	        RULE_DAILY_DAYS) " days has reported on.",
	    "SELECT max(org_name) AS reporter, max(day) FROM report"
	    " WHERE counted = 1"
	    "  AND day <= CAST(strftime('%s', 'now') AS INTEGER)"
	    " GROUP BY org_name COLLATE NOCASE"
	    " HAVING count(DISTINCT day) >= " RULE_SQL(RULE_DAILY_DAYS) },
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

static void
add_head(struct buf *out, const char *name, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static int
add_metric(struct buf *out, struct query_db *db, const struct metric *m,
    struct err *err)
{
	struct query *q;
	int step;

	if (query_new(&q, db, m->sql, err) == -1)
		return -1;
	add_head(out, m->name, m->help);
	while ((step = query_step(q, err)) == 1)
		add_sample(out, m, q);
	query_free(q);
	return step;
}

static void
add_messages(struct buf *out, const char *name, const char *domain,
    const char *label, const char *value, int64_t messages)
{
	buf_printf(out, "%s{", name);
	add_label(out, "domain", domain);
	buf_add_char(out, ',');
	add_label(out, label, value);
	buf_printf(out, "} %" PRId64 "\n", messages);
}

/* One family of messages by domain and class. */
static void
add_classes(struct buf *out, const struct class_sums *sums, const char *name,
    const char *help, const int64_t *(*of)(const struct class_sums_domain *))
{
	static const enum source_class classes[] = { SOURCE_FORWARDED,
		SOURCE_HOSTILE, SOURCE_KNOWN, SOURCE_UNKNOWN };
	const struct class_sums_domain *d = sums->domains.items.at;
	size_t i, k;

	add_head(out, name, help);
	for (i = 0; i < sums->domains.items.n; i++)
		for (k = 0; k < sizeof(classes) / sizeof(classes[0]); k++)
			add_messages(out, name, map_key(&sums->domains, i),
			    "class", source_class_words[classes[k]],
			    of(&d[i])[classes[k]]);
}

static const int64_t *
failed_of(const struct class_sums_domain *d)
{
	return d->messages;
}

static const int64_t *
passed_of(const struct class_sums_domain *d)
{
	return d->passed;
}

static void
add_sums(struct buf *out, const struct class_sums *sums)
{
	static const char all[] = "ruad_messages";
	const struct class_sums_domain *d = sums->domains.items.at;
	const char *name;
	size_t i;

	add_head(out, all,
	    "Messages in aggregate reports, by policy domain and DMARC "
	    "result.");
	for (i = 0; i < sums->domains.items.n; i++) {
		name = map_key(&sums->domains, i);
		add_messages(out, all, name, "result", "pass",
		    d[i].messages[SOURCE_COMPLIANT]);
		add_messages(out, all, name, "result", "fail", d[i].fail);
	}
	add_classes(out, sums, "ruad_failed_messages",
	    "Messages that failed DMARC, by policy domain and whose they are: "
	    "known, forwarded, hostile or unknown.",
	    failed_of);
	add_classes(out, sums, "ruad_passed_messages",
	    "Messages that passed DMARC, by policy domain and whose they are.",
	    passed_of);
}

static void
add_senders(struct buf *out, const struct class_sums *sums)
{
	static const char failed[] = "ruad_failed_sender_messages";
	const struct class_sums_sender *sender = sums->senders.items.at;
	const int64_t *n = sums->failed.items.at;
	size_t key[2], at;

	add_head(out, failed,
	    "Messages that failed DMARC, by policy domain and sender, of those "
	    "that were named.");
	for (key[0] = 0; key[0] < sums->domains.items.n; key[0]++)
		for (key[1] = 0; key[1] < sums->senders.keys.n; key[1]++) {
			if (!map_find(&sums->failed, key, sizeof(key), &at))
				continue;
			buf_printf(out, "%s{", failed);
			add_label(
			    out, "domain", map_key(&sums->domains, key[0]));
			buf_add_char(out, ',');
			add_label(
			    out, "sender", map_key(&sums->senders, key[1]));
			buf_printf(out, ",class=\"%s\"} %" PRId64 "\n",
			    source_class_words[sender[key[1]].class], n[at]);
		}
}

static void
add_countries(struct buf *out, const struct class_sums *sums)
{
	static const char failed[] = "ruad_failed_country_messages";
	const int64_t *n = sums->countries.items.at;
	size_t at;

	add_head(out, failed,
	    "Messages that failed DMARC, by country of the source, where it "
	    "was looked up.");
	for (at = 0; at < sums->countries.items.n; at++) {
		buf_printf(out, "%s{", failed);
		add_label(out, "country", map_key(&sums->countries, at));
		buf_printf(out, "} %" PRId64 "\n", n[at]);
	}
}

/* Whether p=reject may be published, or is and harms no own mail. */
static bool
is_ready(const struct ready *r)
{
	return r->verdict == READY_YES || r->verdict == READY_PROTECTED;
}

static int
add_ready(struct buf *out, struct query_db *db, struct err *err)
{
	static const char name[] = "ruad_domain_ready";
	static const struct period_choice none = { 0 };
	struct ready_list list = { 0 };
	const struct ready *r;
	struct period period;
	size_t i;
	int rc = -1;

	if (period_find(&period, &none, RULE_READY_DAYS, PERIOD_OF_REPORTS, db,
	        NULL, err) == 0)
		rc = ready_load(&list, db, &period, NULL, err);
	if (rc == 0)
		add_head(out, name,
		    "Whether p=reject is safe, in the " RULE_SQL(
		        RULE_READY_DAYS) " days to the newest report, by "
		                         "policy domain, its policy and the "
		                         "verdict of ruactl ready.");
	r = list.rows.at;
	for (i = 0; rc == 0 && i < list.rows.n; i++) {
		buf_printf(out, "%s{", name);
		add_label(out, "domain", r[i].domain);
		buf_add_char(out, ',');
		add_label(
		    out, "policy", r[i].policy != NULL ? r[i].policy : "");
		buf_printf(out, ",verdict=\"%s\"} %c\n",
		    ready_verdict_words[r[i].verdict],
		    is_ready(&r[i]) ? '1' : '0');
	}
	ready_done(&list);
	return rc;
}

int
cmd_metrics(const struct options *options, struct err *err)
{
	struct query_db *db = NULL;
	struct class_sums sums = { 0 };
	struct buf out = { 0 };
	int64_t nothing;
	size_t i;
	int rc = -1;

	/* Everything is of one moment. */
	if (options_open_database(options, &db, err) == -1 ||
	    query_one_int(db, "BEGIN", &nothing, err) == -1 ||
	    class_sums_load(&sums, db, err) == -1)
		goto out;
	add_sums(&out, &sums);
	add_senders(&out, &sums);
	add_countries(&out, &sums);
	if (add_ready(&out, db, err) == -1)
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
	class_sums_done(&sums);
	buf_done(&out);
	query_close(db);
	return rc;
}
