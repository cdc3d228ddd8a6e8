/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ingest: from answers to durable rows.  As in parser.c, this program is its
 * own stand-in for ruad-parse: each input says what to answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/io.h"
#include "base/mem.h"
#include "ingest/ingest.h"
#include "report/wire.h"

/* --- the stand-in ---------------------------------------------------- */

static void
stub_report(int id, int records, int said, struct buf *b)
{
	struct record rec = {
		.source_ip = "192.0.2.1", .messages = 2, .cause = "no_auth"
	};
	struct report rep = { .org_name = "org",
		.domain = "example.org",
		.reporter = "org",
		.pct = -1,
		.end_ts = 86400,
		.records = said };
	char name[16];
	int i;

	snprintf(name, sizeof(name), "id%d", id);
	rep.external_id = name;
	sha256_hash(name, strlen(name), rep.content_sha256);
	wire_write_aggregate(b, &rep);
	for (i = 0; i < records; i++)
		wire_write_record(b, &rec);
}

/* said: how many policies the report announces; the content is of n. */
static void
stub_tls(int id, int n, int said, struct buf *b)
{
	struct tls_policy p = { .domain = "example.org",
		.type = n == 3 ? "tlsa" : "sts" };
	struct tls_report rep = {
		.org_name = "org", .end_ts = 86400, .policies = said
	};
	char name[16], content[32];
	int i;

	snprintf(name, sizeof(name), "id%d", id);
	snprintf(content, sizeof(content), "id%d %d", id, n);
	rep.external_id = name;
	sha256_hash(content, strlen(content), rep.content_sha256);
	wire_write_tls(b, &rep);
	for (i = 0; i < n; i++)
		wire_write_tls_policy(b, &p);
}

/* n: 0 for one that says nothing. */
static void
stub_failure(int id, int n, struct buf *b)
{
	struct failure_report f = { .incidents = 1 };

	sha256_hash(&id, sizeof(id), f.content_sha256);
	if (n > 0) {
		f.reported_domain = "example.org";
		f.user_agent = "agent";
		f.source_ip = "192.0.2.9";
		f.arrival_ts = 100000;
	}
	wire_write_failure(b, &f);
}

static void
stub_verdict(const char *status, const char *reason, struct buf *b)
{
	struct wire_verdict v = { status, reason };

	wire_write_verdict(b, &v);
}

/*
 * "good ID N", "half ID N", "short ID N", "killed ID N", "other 0 0",
 * "tls ID N", "tls-short ID N", "failure ID N", "mixed ID N"
 */
static void
stub_answer(const char *data)
{
	struct mail_facts facts = { .sender = "a@b.example", .subject = data };
	struct buf b = { 0 };
	char what[16] = "";
	int id = 0, n = 0;

	if (sscanf(data, "%15s %d %d", what, &id, &n) != 3)
		_exit(9);
	wire_write_mail(&b, &facts);
	if (strcmp(what, "other") == 0)
		stub_verdict("other", "a bounce", &b);
	else if (strchr("tfm", what[0]) != NULL) {
		if (what[0] != 'f')
			stub_tls(id, n,
			    strcmp(what, "tls-short") == 0 ? n + 1 : n, &b);
		if (what[0] != 't')
			stub_failure(id, n, &b);
		stub_verdict("report", NULL, &b);
	} else {
		stub_report(id, strcmp(what, "good") == 0 ? n : n / 2, n, &b);
		stub_verdict("report", NULL, &b);
	}
	if (strcmp(what, "half") == 0 || strcmp(what, "killed") == 0)
		b.len -= 60; /* without the verdict */
	if (io_write(1, b.at, b.len) == -1)
		_exit(9);
	if (strcmp(what, "half") == 0)
		raise(SIGABRT);
	if (strcmp(what, "killed") == 0)
		raise(SIGKILL);
	buf_done(&b);
}

static int
stub_serve(void)
{
	char line[512], *data;
	size_t len;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		len = strtoul(line, NULL, 10);
		data = xmalloc(len + 1);
		if (fread(data, 1, len, stdin) != len)
			return 1;
		data[len] = '\0';
		/* Nothing: whether we work at all, see parser_check(). */
		stub_answer(len > 0 ? data : "other 0 0");
		free(data);
	}
	return 0;
}

/* --- the other side ---------------------------------------------------- */

struct run {
	char dir[64];
	char path[128];
	struct store *store;
	struct ingest *ingest;
	int results;
	int released;
	char statuses[64]; /* first letters, in order */
	char reason[512];  /* of the last */
	char last[256];    /* its other words and numbers */
	int64_t records;
};

static void
on_result(void *arg, const struct ingest_result *r)
{
	struct run *run = arg;

	run->statuses[run->results++ % 63] = r->status[0];
	snprintf(run->reason, sizeof(run->reason), "%s",
	    r->reason != NULL ? r->reason : "");
	snprintf(run->last, sizeof(run->last),
	    "%s %s %s %s day %d: %d %d %d, %d policies",
	    r->kind == WIRE_TLS           ? "tls"
	        : r->kind == WIRE_FAILURE ? "failure"
	                                  : "aggregate",
	    r->org_name != NULL ? r->org_name : "-",
	    r->domain != NULL ? r->domain : "-",
	    r->source_ip != NULL ? r->source_ip : "-", (int)(r->day / 86400),
	    (int)r->reports, (int)r->duplicates, (int)r->conflicts,
	    (int)r->policies);
	run->records += r->records;
}

static void
on_release(void *arg, void *key, char *data)
{
	struct run *run = arg;

	(void)key;
	run->released++;
	free(data);
}

static void
run_start(struct run *run, bool dry_run)
{
	struct ingest_options o = { .program = "/proc/self/exe",
		.settings.limits = LIMITS_DEFAULT,
		.dry_run = dry_run,
		.result = on_result,
		.release = on_release,
		.arg = run };

	run->ingest = ingest_new(run->store, &o);
}

static int
setup(void **state)
{
	struct run *run = xcalloc(1, sizeof(*run));
	struct err err = ERR_INIT;

	snprintf(run->dir, sizeof(run->dir), "/tmp/ruad-ingest-XXXXXX");
	if (mkdtemp(run->dir) == NULL)
		return -1;
	snprintf(run->path, sizeof(run->path), "%s/ruad.db", run->dir);
	if (store_open(&run->store, run->path, &err) == -1)
		return -1;
	run_start(run, false);
	*state = run;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct run *run = *state;
	char path[160];
	size_t i;

	ingest_free(run->ingest);
	store_close(run->store);
	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", run->path, ends[i]);
		unlink(path);
	}
	rmdir(run->dir);
	free(run);
	return 0;
}

static int64_t
count(struct run *run, const char *sql)
{
	sqlite3_stmt *st;
	sqlite3 *db;
	int64_t n;

	assert_int_equal(sqlite3_open(run->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), 0);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

static int
give(struct run *run, const char *text, struct err *err)
{
	struct store_message m = {
		.path = text, .sha256 = text, .size = (int64_t)strlen(text)
	};

	return ingest_add(
	    run->ingest, NULL, &m, NULL, xstrdup(text), strlen(text), err);
}

static void
rows_are_durable_when_ingest_has_finished(void **state)
{
	struct run *run = *state;
	struct err err = ERR_INIT;
	char text[32];
	int i;

	for (i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "good %d 3", i);
		assert_int_equal(give(run, text, &err), 0);
	}
	assert_int_equal(ingest_finish(run->ingest, &err), 0);
	assert_int_equal(run->results, 20);
	assert_int_equal(run->released, 20);
	assert_int_equal(run->records, 60);
	assert_int_equal(count(run, "SELECT count(*) FROM report"), 20);
	assert_int_equal(count(run, "SELECT count(*) FROM record"), 60);
	assert_int_equal(count(run, "SELECT sum(attempts) FROM message"), 20);
}

static void
a_crash_in_the_middle_leaves_no_half_report(void **state)
{
	struct run *run = *state;
	struct err err = ERR_INIT;

	assert_int_equal(give(run, "good 1 3", &err), 0);
	assert_int_equal(give(run, "half 2 5000", &err), 0);
	assert_int_equal(give(run, "good 3 3", &err), 0);
	assert_int_equal(ingest_finish(run->ingest, &err), 0);
	assert_string_equal(run->statuses, "sfs");
	assert_int_equal(count(run, "SELECT count(*) FROM record"), 6);
	assert_int_equal(count(run,
	                     "SELECT attempts FROM message "
	                     "WHERE status = 'failed'"),
	    LIMIT_PARSE_TRIES);
}

static void
an_answer_with_a_record_missing_is_not_believed(void **state)
{
	struct run *run = *state;
	struct err err = ERR_INIT;

	assert_int_equal(give(run, "short 1 10", &err), 0);
	assert_int_equal(give(run, "good 2 1", &err), 0);
	assert_int_equal(ingest_finish(run->ingest, &err), 0);
	assert_string_equal(run->statuses, "fs");
	assert_int_equal(count(run, "SELECT count(*) FROM report"), 1);
}

static void
being_killed_again_and_again_stores_nothing(void **state)
{
	struct run *run = *state;
	struct err err = ERR_INIT;
	int rc;

	assert_int_equal(give(run, "good 1 1", &err), 0);
	if ((rc = give(run, "killed 2 10", &err)) == 0)
		rc = ingest_finish(run->ingest, &err);
	assert_int_equal(rc, -1);
	assert_int_equal(err.class, ERR_AGAIN);
	ingest_free(run->ingest);
	run_start(run, false);
	assert_int_equal(run->released, 2);
	assert_int_equal(count(run, "SELECT count(*) FROM report"), 0);
	assert_int_equal(count(run, "SELECT count(*) FROM message"), 0);
}

static void
the_same_report_again_is_a_duplicate(void **state)
{
	struct run *run = *state;
	struct err err = ERR_INIT;

	assert_int_equal(give(run, "good 1 3", &err), 0);
	assert_int_equal(give(run, "good  1 3", &err), 0);
	assert_int_equal(give(run, "other 0 0", &err), 0);
	assert_int_equal(ingest_finish(run->ingest, &err), 0);
	assert_string_equal(run->statuses, "sdo");
	assert_string_equal(run->reason, "a bounce");
	assert_int_equal(count(run, "SELECT count(*) FROM record"), 3);
}

/* Give it alone; what its result said. */
static const char *
result_of(struct run *run, const char *text)
{
	struct err err = ERR_INIT;

	if (give(run, text, &err) == -1 ||
	    ingest_finish(run->ingest, &err) == -1)
		fail_msg("%s: %s", text, err.text);
	return run->last;
}

static void
tls_reports_are_stored_and_counted(void **state)
{
	struct run *run = *state;

	assert_string_equal(result_of(run, "tls 1 2"),
	    "tls org example.org - day 0: 1 0 0, 2 policies");
	assert_string_equal(result_of(run, "tls  1 2"),
	    "tls org example.org - day 0: 0 1 0, 0 policies");
	assert_string_equal(result_of(run, "tls 1 3"),
	    "tls org example.org - day 0: 1 0 1, 3 policies");
	assert_string_equal(
	    result_of(run, "tls 2 0"), "tls org - - day 0: 1 0 0, 0 policies");
	assert_string_equal(run->statuses, "sdss");
	assert_int_equal(count(run, "SELECT count(*) FROM tls_report"), 3);
	assert_int_equal(count(run, "SELECT count(*) FROM tls_policy"), 5);
}

static void
a_tls_report_with_a_policy_missing_is_not_believed(void **state)
{
	struct run *run = *state;

	result_of(run, "tls-short 1 2");
	assert_string_equal(run->statuses, "f");
	assert_int_equal(count(run, "SELECT count(*) FROM tls_report"), 0);
}

static void
failure_reports_are_stored_and_counted(void **state)
{
	struct run *run = *state;

	assert_string_equal(result_of(run, "failure 1 1"),
	    "failure agent example.org 192.0.2.9 day 1: 1 0 0, 0 policies");
	assert_string_equal(result_of(run, "failure  1 1"),
	    "failure agent example.org 192.0.2.9 day 1: 0 1 0, 0 policies");
	/* It names no program: the sender. */
	assert_string_equal(result_of(run, "failure 2 0"),
	    "failure a@b.example - - day 0: 1 0 0, 0 policies");
	assert_string_equal(run->statuses, "sds");
	assert_int_equal(count(run, "SELECT count(*) FROM failure"), 2);
}

static void
a_mail_with_several_kinds_is_called_after_the_first(void **state)
{
	struct run *run = *state;

	assert_string_equal(result_of(run, "mixed 1 2"),
	    "tls org example.org - day 0: 2 0 0, 2 policies");
	assert_int_equal(count(run, "SELECT count(*) FROM failure"), 1);
}

static void
a_mail_that_was_never_fetched_is_recorded(void **state)
{
	struct store_message m = { .path = "large", .sha256 = "" };
	struct run *run = *state;
	struct err err = ERR_INIT;

	assert_int_equal(give(run, "good 1 3", &err), 0);
	assert_int_equal(
	    ingest_add_failed(run->ingest, NULL, &m, "too large", &err), 0);
	assert_int_equal(ingest_finish(run->ingest, &err), 0);
	assert_int_equal(run->results, 2);
	assert_int_equal(count(run,
	                     "SELECT count(*) FROM message WHERE "
	                     "status = 'failed' AND reason = "
	                     "'too large'"),
	    1);
}

static void
a_pause_makes_durable_what_there_is(void **state)
{
	struct run *run = *state;
	struct err err = ERR_INIT;
	struct pollfd next;

	assert_int_equal(give(run, "good 1 3", &err), 0);
	while (run->released == 0)
		assert_int_not_equal(
		    ingest_handle(run->ingest, &next, &err), -1);
	assert_int_equal(next.fd, -1);
	assert_int_equal(count(run, "SELECT count(*) FROM report"), 0);
	assert_int_equal(ingest_commit(run->ingest, &err), 0);
	assert_int_equal(count(run, "SELECT count(*) FROM report"), 1);
	assert_int_equal(ingest_finish(run->ingest, &err), 0);
	assert_int_equal(run->results, 1);
}

/* Wait until there is something, and handle it. */
static void
handle_more(struct run *run)
{
	struct err err = ERR_INIT;
	struct pollfd next;
	int more = ingest_handle(run->ingest, &next, &err);

	if (more == 0) {
		assert_int_equal(poll(&next, 1, -1), 1);
		more = ingest_handle(run->ingest, &next, &err);
	}
	assert_int_not_equal(more, -1);
}

/* Or a fetcher would have nothing to do while the server moves mails. */
static void
a_pause_ends_with_the_answer_that_is_coming(void **state)
{
	struct run *run = *state;
	struct err err = ERR_INIT;
	int i, before;

	for (i = 0; i < 5; i++) {
		char what[32];

		snprintf(what, sizeof(what), "good %d 2000", i);
		assert_int_equal(give(run, what, &err), 0);
	}
	while (run->released == 0)
		handle_more(run);
	handle_more(run); /* a part of the next answer, if not more */
	before = run->released;
	assert_in_range(before, 1, 3);
	assert_int_equal(ingest_commit(run->ingest, &err), 0);
	assert_in_range(run->released, before, before + 1);
	assert_int_equal(
	    count(run, "SELECT count(*) FROM record"), 2000 * run->released);
	assert_int_equal(ingest_finish(run->ingest, &err), 0);
	assert_int_equal(count(run, "SELECT count(*) FROM record"), 10000);
}

static void
what_joins_is_durable_with_what_is_stored_next(void **state)
{
	struct run *run = *state;
	struct err err = ERR_INIT;

	assert_int_equal(give(run, "good 1 3", &err), 0);
	assert_int_equal(ingest_finish(run->ingest, &err), 0);
	assert_int_equal(ingest_begin(run->ingest, &err), 0);
	assert_int_equal(
	    store_set_filed(run->store, (int64_t[]) { 1 }, 1, "A", &err), 0);
	assert_int_equal(count(run, "SELECT count(filed_ts) FROM message"), 0);
	assert_int_equal(give(run, "good 2 3", &err), 0);
	assert_int_equal(ingest_finish(run->ingest, &err), 0);
	assert_int_equal(count(run, "SELECT count(filed_ts) FROM message"), 1);
}

static void
a_dry_run_counts_and_stores_nothing(void **state)
{
	struct run *run = *state;
	struct err err = ERR_INIT;

	ingest_free(run->ingest);
	run_start(run, true);
	assert_int_equal(give(run, "good 1 3", &err), 0);
	assert_int_equal(give(run, "half 2 3", &err), 0);
	assert_int_equal(give(run, "mixed 3 2", &err), 0);
	assert_int_equal(ingest_finish(run->ingest, &err), 0);
	assert_string_equal(run->statuses, "sfs");
	assert_int_equal(run->records, 3);
	assert_int_equal(count(run, "SELECT count(*) FROM message"), 0);
}

static void
a_new_uidvalidity_adopts_what_was_not_filed(void **state)
{
	struct store_message m = {
		.folder = "INBOX", .uidvalidity = 1, .uid = 7, .sha256 = "abc"
	};
	struct run *run = *state;
	struct err err = ERR_INIT;

	assert_int_equal(store_begin(run->store, &err), 0);
	assert_int_equal(store_set_mailbox(run->store, "own", "h", "u", "INBOX",
	                     &m.mailbox_id, &err),
	    0);
	assert_int_equal(store_commit(run->store, &err), 0);
	assert_int_equal(ingest_add(run->ingest, NULL, &m, NULL,
	                     xstrdup("good 1 3"), 8, &err),
	    0);
	assert_int_equal(ingest_finish(run->ingest, &err), 0);
	m.uidvalidity = 2;
	m.uid = 70;
	assert_int_equal(ingest_add(run->ingest, NULL, &m, NULL,
	                     xstrdup("good 1 3"), 8, &err),
	    0);
	assert_int_equal(ingest_finish(run->ingest, &err), 0);
	assert_string_equal(run->statuses, "sk");
	assert_int_equal(count(run, "SELECT count(*) FROM message"), 1);
	assert_int_equal(count(run, "SELECT uid FROM message"), 70);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(rows_are_durable_when_ingest_has_finished),
		TEST(a_crash_in_the_middle_leaves_no_half_report),
		TEST(an_answer_with_a_record_missing_is_not_believed),
		TEST(being_killed_again_and_again_stores_nothing),
		TEST(the_same_report_again_is_a_duplicate),
		TEST(tls_reports_are_stored_and_counted),
		TEST(a_tls_report_with_a_policy_missing_is_not_believed),
		TEST(failure_reports_are_stored_and_counted),
		TEST(a_mail_with_several_kinds_is_called_after_the_first),
		TEST(a_mail_that_was_never_fetched_is_recorded),
		TEST(a_pause_makes_durable_what_there_is),
		TEST(a_pause_ends_with_the_answer_that_is_coming),
		TEST(what_joins_is_durable_with_what_is_stored_next),
		TEST(a_dry_run_counts_and_stores_nothing),
		TEST(a_new_uidvalidity_adopts_what_was_not_filed),
	};

	if (argc > 1 && strcmp(argv[1], "--serve") == 0)
		_exit(stub_serve()); /* no search for leaks: it ends often */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
