/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/careful.h"

/* MESSAGE_ID of each kind; ruad(8) has them, so they never change. */
#define ID_MAIL "255c547ce557105fc5192a1fbf42b86f"
#define ID_POLL "700f69b6e3424668df3ad738a4d3390d"
#define ID_CRASH "0782d33ce359c86010a440a8ec751b03"
#define ID_FAILING "66af357a54b3501982cf9137eaea63de"
#define ID_CONFIG "36540b97af88e64d1cada4d9277f5bb1"

/* Polls of a mailbox in a row that may fail before it is an error. */
#define FAILS_MAX 5

static void
journal_day(int64_t ts, char *day, size_t size)
{
	time_t t = (time_t)ts;
	struct tm tm;

	day[0] = '\0';
	if (ts != 0 && gmtime_r(&t, &tm) != NULL)
		strftime(day, size, "%Y-%m-%d", &tm);
}

/* A name of a report, short enough that there is room for what it says. */
#define NAME_BYTES 640
#define NAME_COLUMNS 120

static char *
journal_name(char out[static NAME_BYTES], const char *name, const char *other)
{
	return text_cut(text_safe(out, NAME_BYTES, name != NULL ? name : other),
	    NAME_COLUMNS);
}

/* What the first report of a message is, and how much is in the new ones. */
static void
journal_describe(
    const struct ingest_result *r, const char *day, char *what, size_t size)
{
	char org[NAME_BYTES], domain[NAME_BYTES];

	journal_name(org, r->org_name, "unknown sender");
	journal_name(domain, r->domain, "no domain");

	if (r->kind == WIRE_FAILURE)
		snprintf(what, size, "failure report for %s%s%s", domain,
		    r->source_ip != NULL ? " from " : "",
		    r->source_ip != NULL ? r->source_ip : "");
	else if (r->kind == WIRE_TLS)
		snprintf(what, size,
		    "TLS report of %s for %s %s: %" PRId64 " %s", org, domain,
		    day, r->policies, r->policies == 1 ? "policy" : "policies");
	else
		snprintf(what, size,
		    "%s %s %s: %" PRId64 " record%s, %" PRId64 " message%s",
		    org, domain, day, r->records, r->records == 1 ? "" : "s",
		    r->messages, r->messages == 1 ? "" : "s");
}

static const char *
journal_kind(const struct ingest_result *r)
{
	if (strcmp(r->status, "stored") != 0 &&
	    strcmp(r->status, "duplicate") != 0)
		return NULL; /* kind tells nothing then */
	return r->kind == WIRE_FAILURE ? "failure"
	    : r->kind == WIRE_TLS      ? "tls"
	                               : "aggregate";
}

static void
journal_sentence(const struct ingest_result *r, uint32_t uid, const char *day,
    char *text, size_t size)
{
	char what[2 * NAME_BYTES + 160], org[NAME_BYTES], domain[NAME_BYTES];

	if (strcmp(r->status, "stored") == 0) {
		journal_describe(r, day, what, sizeof(what));
		snprintf(text, size, "uid %" PRIu32 ": %s%s%s%s", uid, what,
		    r->conflicts > 0 ? " (conflicts with a stored report)" : "",
		    r->reason != NULL ? "; but " : "",
		    r->reason != NULL ? r->reason : "");
	} else if (strcmp(r->status, "duplicate") == 0)
		snprintf(text, size,
		    "uid %" PRIu32 ": %s %s: %s that is already stored", uid,
		    journal_name(org, r->org_name, "unknown sender"),
		    journal_name(domain, r->domain, "no domain"),
		    r->kind == WIRE_FAILURE   ? "a failure report"
		        : r->kind == WIRE_TLS ? "a TLS report"
		                              : "a report");
	else
		snprintf(text, size, "uid %" PRIu32 ": %s: %s", uid, r->status,
		    r->reason != NULL ? r->reason : "already in the ledger");
}

void
journal_mail(const struct ingest_result *r, uint32_t uid)
{
	bool failed = strcmp(r->status, "failed") == 0;
	char text[2048], day[16];

	journal_day(r->day, day, sizeof(day));
	journal_sentence(r, uid, day, text, sizeof(text));
	const struct log_field fields[] = {
		LOG_NUMBER("RUAD_UID", uid),
		LOG_TEXT("RUAD_STATUS", r->status),
		LOG_TEXT("RUAD_REASON", r->reason),
		LOG_TEXT("RUAD_KIND", journal_kind(r)),
		LOG_TEXT("RUAD_ORG", r->org_name),
		LOG_TEXT("RUAD_DOMAIN", r->domain),
		LOG_TEXT("RUAD_DAY", day),
		LOG_NUMBER("RUAD_REPORTS", r->reports),
		LOG_NUMBER("RUAD_RECORDS", r->records),
		LOG_NUMBER("RUAD_MESSAGES", r->messages),
		LOG_NUMBER("RUAD_CONFLICTS", r->conflicts),
		{ 0 },
	};
	log_event(failed ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, ID_MAIL, fields,
	    "%s", text);
}

/* Somebody must act at once, or the next poll may do better by itself. */
static enum log_level
journal_level(const struct err *err)
{
	return err == NULL            ? LOG_LEVEL_INFO
	    : err->class == ERR_AGAIN ? LOG_LEVEL_WARNING
	    : err->class == ERR_NET   ? LOG_LEVEL_WARNING
	                              : LOG_LEVEL_ERROR;
}

/* Appends ", 3 WHAT" when there are any, with the end for just that many. */
static void
journal_add_count(struct buf *b, int64_t n, const char *what, const char *one,
    const char *many)
{
	if (n > 0)
		buf_printf(b, "%s%" PRId64 " %s%s", b->len > 0 ? ", " : "", n,
		    what, n == 1 ? one : many);
}

/* What a poll brought; xmalloc()ed within b. */
static const char *
journal_brought(const struct store_poll *d, const struct journal_counts *n,
    bool dry_run, struct buf *b)
{
	struct buf what = { 0 };

	journal_add_count(&what, d->reports, "new report", "", "s");
	journal_add_count(&what, d->duplicates, "known report", "", "s");
	journal_add_count(&what, n->failed, "failed", "", "");
	journal_add_count(&what, n->other, "without a report", "", "");
	buf_printf(b, "%" PRId64 " message%s%s%s%s", d->messages,
	    d->messages == 1 ? "" : "s", what.len > 0 ? ": " : "",
	    buf_str(&what), dry_run ? " (dry run: nothing was changed)" : "");
	buf_done(&what);
	return buf_str(b);
}

void
journal_poll(const struct store_poll *d, const struct journal_counts *n,
    int64_t ms, bool dry_run, const struct err *err, bool known)
{
	struct buf brought = { 0 };
	const char *text = d->messages > 0
	    ? journal_brought(d, n, dry_run, &brought)
	    : "nothing new";
	const struct log_field fields[] = {
		LOG_TEXT("RUAD_STATUS", err == NULL ? "ok" : "failed"),
		LOG_TEXT("RUAD_REASON", err == NULL ? "" : err->text),
		LOG_NUMBER("RUAD_MAILS", d->messages),
		LOG_NUMBER("RUAD_REPORTS", d->reports),
		LOG_NUMBER("RUAD_DUPLICATES", d->duplicates),
		LOG_NUMBER("RUAD_MAILS_STORED", n->stored),
		LOG_NUMBER("RUAD_MAILS_DUPLICATE", n->duplicate),
		LOG_NUMBER("RUAD_MAILS_OTHER", n->other),
		LOG_NUMBER("RUAD_MAILS_FAILED", n->failed),
		LOG_NUMBER("RUAD_MILLISECONDS", ms),
		{ 0 },
	};

	if (err == NULL)
		log_event(LOG_LEVEL_INFO, ID_POLL, fields, "%s", text);
	else
		log_event(known ? LOG_LEVEL_DEBUG : journal_level(err), ID_POLL,
		    fields, "%s%s%s%s", err->text,
		    d->messages > 0 ? " (before that, " : "",
		    d->messages > 0 ? text : "", d->messages > 0 ? ")" : "");
	buf_done(&brought);
}

void
journal_database(const struct store *s, const char *path)
{
	if (store_is_new(s) && careful_has_file(path))
		log_error(
		    "%s: this is a new, empty database in place of an earlier "
		    "one: archived reports are not in it; restore a backup, or "
		    "read the archive folder with \"ruactl import "
		    "--mailbox\"",
		    path);
}

void
journal_update(const char *path, int from, int to)
{
	log_notice("%s: updating it from schema version %d to %d; this may "
	           "take minutes",
	    path, from, to);
}

void
journal_updated(const struct store *s, const char *path)
{
	int64_t ms;
	int from = store_updated_from(s, &ms);

	if (from != 0)
		log_notice("%s: updated from schema version %d in %" PRId64
		           ".%" PRId64 " s",
		    path, from, ms / 1000, ms % 1000 / 100);
}

void
journal_wal(const struct store *s, const char *path)
{
	int64_t size = s != NULL ? store_wal_size(s) : 0;

	if (size > LIMIT_WAL)
		log_warning("%s-wal has grown to %" PRId64
		            " MB: a query or a lock that does not end prevents "
		            "it from being copied into the database; end that",
		    path, size >> 20);
}

void
journal_stages(const struct stopwatch *s, int64_t parse_ms)
{
	log_debug("took: fetch %" PRId64 " ms, store %" PRId64 ", file %" PRId64
	          ", waiting for ruad-parse %" PRId64 ", other %" PRId64
	          "; parse %" PRId64 " meanwhile",
	    s->us[STOPWATCH_FETCH] / 1000, s->us[STOPWATCH_STORE] / 1000,
	    s->us[STOPWATCH_FILE] / 1000, s->us[STOPWATCH_WAIT] / 1000,
	    s->us[STOPWATCH_OTHER] / 1000, parse_ms);
}

void
journal_crash(const char *mailbox, int signal)
{
	const struct log_field fields[] = {
		LOG_TEXT("RUAD_MAILBOX", mailbox),
		LOG_NUMBER("RUAD_SIGNAL", signal),
		{ 0 },
	};

	log_event(LOG_LEVEL_ERROR, ID_CRASH, fields,
	    "%s: the fetcher died (%s); nothing is lost, the next one "
	    "continues",
	    mailbox, strsignal(signal));
}

void
journal_failing(
    const char *mailbox, int fails, int64_t next_seconds, bool repeated)
{
	const struct log_field fields[] = {
		LOG_TEXT("RUAD_MAILBOX", mailbox),
		LOG_NUMBER("RUAD_FAILS", fails),
		LOG_NUMBER("RUAD_NEXT_SECONDS", next_seconds),
		{ 0 },
	};
	char next[32] = "at once";

	if (repeated && fails != FAILS_MAX)
		return;
	if (next_seconds > 0)
		snprintf(next, sizeof(next), "in %" PRId64 " s", next_seconds);
	if (fails >= FAILS_MAX)
		log_event(LOG_LEVEL_ERROR, ID_FAILING, fields,
		    "%s: %d polls in a row failed, so reports may be missing; "
		    "next try %s",
		    mailbox, fails, next);
	else
		log_event(LOG_LEVEL_INFO, ID_FAILING, fields, "%s: next try %s",
		    mailbox, next);
}

void
journal_recovered(const char *mailbox, int fails)
{
	const struct log_field fields[] = {
		LOG_TEXT("RUAD_MAILBOX", mailbox),
		LOG_NUMBER("RUAD_FAILS", 0),
		{ 0 },
	};

	log_event(LOG_LEVEL_NOTICE, ID_FAILING, fields,
	    "%s: polls succeed again, after %d failure%s", mailbox, fails,
	    fails == 1 ? "" : "s");
}

void
journal_conf(struct buf *report)
{
	char *line, *end;
	enum log_level level;

	buf_add_char(report, '\0');
	for (line = report->at; (end = strchr(line, '\n')) != NULL;
	     line = end + 1) {
		*end = '\0';
		level = strstr(line, ": warning: ") != NULL ? LOG_LEVEL_WARNING
		                                            : LOG_LEVEL_ERROR;
		log_event(level, ID_CONFIG, NULL, "%s", line);
	}
}
