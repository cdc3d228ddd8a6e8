/* SPDX-License-Identifier: BSD-2-Clause */
/* store: what records have in common is stored once, and read as if not. */
#include "store_help.h"

#include "store/store_prune.h"
#include "store/store_priv.h"

/* A mail with one report of these records, within a transaction. */
static void
store_records(struct store *s, const char *id, const struct record *rec, int n)
{
	struct store_message m = help_message(0, 0, id);
	struct report r = help_report(id, 1);
	enum store_outcome outcome;
	int i;

	m.path = id;
	ok(store_begin_message(s, &m, &err));
	ok(store_add_report(s, &r, &outcome, &err));
	assert_int_equal(outcome, STORE_NEW);
	for (i = 0; i < n; i++)
		ok(store_add_record(s, &rec[i], &err));
	ok(store_end_message(s, "stored", NULL, 1, &err));
}

static void
store_one(struct store *s, const char *id, const struct record *rec)
{
	ok(store_begin(s, &err));
	store_records(s, id, rec, 1);
	ok(store_commit(s, &err));
}

#define COUNTS \
	"SELECT (SELECT count(*) FROM record), (SELECT count(*) FROM " \
	"profile)," \
	" (SELECT count(*) FROM spf_item)," \
	" (SELECT count(*) FROM override_item)," \
	" (SELECT count(*) FROM dkim_list), (SELECT count(*) FROM dkim_item)"

static struct auth_dkim dkim[] = { { "d.example", "s1", "pass", NULL },
	{ "e.example", "s1", "fail", "bad" } };
static struct auth_spf spf[] = { { "s.example", "mfrom", "pass", NULL } };
static struct override over[] = { { "forwarded", "said so" } };

/* A record that has a row in every table. */
static struct record
full_record(void)
{
	struct record rec = help_record("192.0.2.1", 1);

	rec.auth_dkim = (struct array) { dkim, 2, 2 };
	rec.auth_spf = (struct array) { spf, 1, 1 };
	rec.overrides = (struct array) { over, 1, 1 };
	return rec;
}

static void
what_repeats_is_stored_once(void **state)
{
	struct record rec[3] = { full_record(), full_record(), full_record() };
	struct store *s = *state;

	/* These are of the record, not of what it has in common. */
	rec[1].source_ip = "192.0.2.2";
	rec[1].messages = 7;
	rec[1].envelope_to = "to.example";
	rec[2].disposition = "reject";
	rec[2].dkim = "fail";
	rec[2].cause = "no_auth";
	ok(store_begin(s, &err));
	store_records(s, "one", rec, 3);
	ok(store_commit(s, &err));
	/* Not in the cache of another process. */
	store_close(s);
	*state = s = help_open();
	ok(store_begin(s, &err));
	store_records(s, "two", rec, 3);
	ok(store_commit(s, &err));
	asked("6|1|1|1|1|2", COUNTS);
	asked("1|1|NULL|none|pass|dkim_only\n2|7|to.example|none|pass|dkim_only"
	      "\n3|1|NULL|reject|fail|no_auth",
	    "SELECT id, messages, envelope_to, disposition, dkim, cause"
	    " FROM record WHERE report_id = 1");
	asked("12|6|6",
	    "SELECT (SELECT count(*) FROM auth_dkim),"
	    " (SELECT count(*) FROM auth_spf), (SELECT count(*) FROM "
	    "override)");
	asked("5|0|d.example|s1|pass|NULL\n5|1|e.example|s1|fail|bad",
	    "SELECT * FROM auth_dkim WHERE record_id = 5 ORDER BY seq");
	asked("5|0|s.example|mfrom|pass|NULL",
	    "SELECT * FROM auth_spf WHERE record_id = 5");
	asked("5|0|forwarded|said so|1|0",
	    "SELECT * FROM override WHERE record_id = 5");
	help_check();
}

static void
what_differs_in_anything_is_stored_apart(void **state)
{
	static struct auth_dkim dkim2[] = { { "d.example", "s1", NULL, "pass" },
		{ "e.example", "s1", "fail", "bad" } };
	static struct auth_spf spf2[] = { { "s.example", "helo", "pass",
	    NULL } };
	static struct override over2[] = { { "forwarded", NULL } };
	static struct raw_word raw[] = { { "dkim", "Pass" } };
	struct record rec[10];
	int i;

	for (i = 0; i < 10; i++)
		rec[i] = full_record();
	rec[1].header_from = NULL;
	rec[2].header_from = "";
	rec[3].envelope_from = "example.org";
	rec[4].envelope_from = "";
	rec[5].raw = (struct array) { raw, 1, 1 };
	rec[6].auth_spf = (struct array) { spf2, 1, 1 };
	rec[7].overrides = (struct array) { over2, 1, 1 };
	rec[8].auth_dkim = (struct array) { dkim2, 2, 2 };
	rec[9].auth_dkim.n = 0;
	ok(store_begin(*state, &err));
	store_records(*state, "one", rec, 10);
	ok(store_commit(*state, &err));
	asked("10|8|8|8|2|4", COUNTS);
	asked("1|example.org|NULL|NULL|mfrom|said so|pass\n"
	      "2|NULL|NULL|NULL|mfrom|said so|pass\n"
	      "3||NULL|NULL|mfrom|said so|pass\n"
	      "4|example.org|example.org|NULL|mfrom|said so|pass\n"
	      "5|example.org||NULL|mfrom|said so|pass\n"
	      "6|example.org|NULL|{\"dkim\":\"Pass\"}|mfrom|said so|pass\n"
	      "7|example.org|NULL|NULL|helo|said so|pass\n"
	      "8|example.org|NULL|NULL|mfrom|NULL|pass\n"
	      "9|example.org|NULL|NULL|mfrom|said so|NULL\n"
	      "10|example.org|NULL|NULL|mfrom|said so|NULL",
	    "SELECT id, header_from, envelope_from, raw,"
	    " (SELECT scope FROM auth_spf WHERE record_id = id),"
	    " (SELECT comment FROM override WHERE record_id = id),"
	    " (SELECT result FROM auth_dkim WHERE record_id = id AND seq = 0)"
	    " FROM record ORDER BY id");
	help_check();
}

static void
every_word_comes_back(void **state)
{
	static const char *const causes[] = { "aligned", "dkim_only",
		"spf_only", "dkim_unaligned", "spf_unaligned", "dkim_broken",
		"no_auth" };
	static const char *const dispositions[] = { NULL, "none", "pass",
		"quarantine", "reject" };
	static const char *const results[] = { NULL, "pass", "fail" };
	static struct record rec[7 * 5 * 3 * 3];
	static char want[8192];
	const struct record *r;
	size_t len = 0;
	int i;

	for (i = 0; i < 7 * 5 * 3 * 3; i++) {
		r = &rec[i];
		rec[i] = help_record("192.0.2.1", i);
		rec[i].cause = causes[i % 7];
		rec[i].disposition = dispositions[i / 7 % 5];
		rec[i].dkim = results[i / 35 % 3];
		rec[i].spf = results[i / 105];
		if (i % 8 != 0)
			continue;
		len += (size_t)snprintf(want + len, sizeof(want) - len,
		    "%s%s|%s|%s|%s|%s", len == 0 ? "" : "\n", r->cause,
		    r->disposition != NULL ? r->disposition : "NULL",
		    r->dkim != NULL ? r->dkim : "NULL",
		    r->spf != NULL ? r->spf : "NULL",
		    i / 35 % 3 == 1 || i / 105 == 1 ? "pass" : "fail");
	}
	ok(store_begin(*state, &err));
	store_records(*state, "one", rec, 7 * 5 * 3 * 3);
	ok(store_commit(*state, &err));
	asked(want,
	    "SELECT cause, disposition, dkim, spf, dmarc FROM record"
	    " WHERE messages % 8 = 0 ORDER BY messages");
	asked("315",
	    "SELECT count(DISTINCT concat) FROM (SELECT cause ||"
	    " coalesce(disposition, '-') || coalesce(dkim, '-') ||"
	    " coalesce(spf, '-') AS concat FROM record)");
	help_check();
}

static void
unknown_words_are_refused(void **state)
{
	struct store_message m = help_message(0, 0, "ab");
	struct report r = help_report("id", 1);
	struct record rec[4];
	struct store *s = *state;
	enum store_outcome outcome;
	int i;

	for (i = 0; i < 4; i++)
		rec[i] = help_record("192.0.2.1", 1);
	rec[0].cause = "because";
	rec[1].disposition = "bounce";
	rec[2].dkim = "none";
	rec[3].spf = "softfail";
	ok(store_begin(s, &err));
	ok(store_begin_message(s, &m, &err));
	ok(store_add_report(s, &r, &outcome, &err));
	for (i = 0; i < 4; i++)
		refused(ERR_BUG, store_add_record(s, &rec[i], &err));
	store_rollback(s);
}

static void
what_a_cancelled_mail_added_is_added_again(void **state)
{
	struct store_message m = help_message(0, 0, "ab");
	struct record rec = full_record();
	struct report r = help_report("id", 1);
	struct store *s = *state;
	enum store_outcome outcome;

	ok(store_begin(s, &err));
	ok(store_begin_message(s, &m, &err));
	ok(store_add_report(s, &r, &outcome, &err));
	ok(store_add_record(s, &rec, &err));
	ok(store_cancel_message(s, &err));
	store_records(s, "two", &rec, 1);
	ok(store_commit(s, &err));
	asked("1|1|1|1|1|2", COUNTS);
	help_check();
	/* The same of a transaction. */
	rec.header_from = "other.example";
	ok(store_begin(s, &err));
	store_records(s, "three", &rec, 1);
	store_rollback(s);
	store_one(s, "three", &rec);
	asked("2|2|2|2|1|2", COUNTS);
	help_check();
}

static void
long_and_many_profiles_do_not_mix(void **state)
{
	enum { MANY = 40000 };
	static char text[400], name[MANY][24];
	static struct auth_dkim list[MANY];
	static struct record rec[MANY];
	int i;

	memset(text, 'x', sizeof(text) - 1);
	for (i = 0; i < MANY; i++) {
		snprintf(name[i], sizeof(name[i]), "%d.example", i);
		list[i] = dkim[0];
		list[i].selector = name[i];
		list[i].human_result = i % 100 == 0 ? text : NULL;
		rec[i] = help_record("192.0.2.1", i);
		rec[i].header_from = name[i];
		rec[i].auth_dkim = (struct array) { &list[i], 1, 1 };
	}
	ok(store_begin(*state, &err));
	store_records(*state, "one", rec, MANY);
	store_records(*state, "two", rec, MANY);
	ok(store_commit(*state, &err));
	asked("80000|40000|0|0|40000|40000", COUNTS);
	asked("0|800",
	    "SELECT sum(header_from <> messages || '.example'"
	    " OR selector <> header_from"
	    " OR (human_result IS NOT NULL) <> (messages % 100 = 0)),"
	    " sum(human_result IS NOT NULL)"
	    " FROM record JOIN auth_dkim ON record_id = record.id");
	help_check();
}

static void
prune_takes_what_nobody_has_any_more(void **state)
{
	struct record one = full_record(), two = full_record(),
	              both = full_record();
	struct store *s = *state, *other;
	int64_t n[STORE_PRUNE_KINDS];

	one.header_from = "one.example";
	two.header_from = "two.example";
	both.auth_dkim.n = 1;
	ok(store_begin(s, &err));
	store_records(s, "old", (struct record[]) { one, both }, 2);
	store_records(s, "new", (struct record[]) { two, both }, 2);
	ok(store_commit(s, &err));
	asked("4|3|3|3|2|3", COUNTS);
	help_change("UPDATE report SET day = 86400 WHERE external_id = 'old'");
	ok(store_prune_delete(s, 86401, n, &err));
	assert_int_equal(n[STORE_PRUNE_REPORTS], 1);
	asked("2|2|2|2|2|3", COUNTS);
	help_check();
	/* Keys are on again, and nothing is remembered that has gone. */
	assert_int_not_equal(sqlite3_exec(s->db,
	                         "INSERT INTO poll (mailbox_id, start_ts)"
	                         " VALUES (7, 0)",
	                         NULL, NULL, NULL),
	    0);
	store_one(s, "again", &one);
	asked("3|3|3|3|2|3", COUNTS);
	help_check();
	/* Nor by another process. */
	help_change("PRAGMA foreign_keys = ON; DELETE FROM report");
	other = help_open();
	ok(store_prune_delete(other, 86400, n, &err));
	store_close(other);
	asked("0|0|0|0|0|0", COUNTS);
	store_one(s, "and again", &one);
	asked("1|1|1|1|1|2", COUNTS);
	help_check();
}

/* A report that comes after the records were read, and before the lock. */
static const char late_sql[] =
    "CREATE TEMP TABLE unused (id INTEGER PRIMARY KEY);"
    "CREATE TEMP TRIGGER late AFTER INSERT ON unused"
    " WHEN NOT EXISTS (SELECT 1 FROM report WHERE external_id = 'late') BEGIN"
    " INSERT INTO report (org_name, external_id, begin_ts, end_ts, day, domain,"
    " reporter, content_sha256, imported_ts) VALUES ('a', 'late', 0, 0, 864000,"
    " 'example.org', 'a', randomblob(32), 0);"
    " INSERT INTO record_row (report_id, messages, cause, profile_id)"
    " VALUES ((SELECT max(id) FROM report), 1, 0, new.id); END";

static void
what_comes_while_prune_looks_keeps_its_profile(void **state)
{
	struct record one = full_record(), two = full_record();
	int64_t n[STORE_PRUNE_KINDS];
	struct store *s = *state;

	one.header_from = "one.example";
	two.header_from = "two.example";
	ok(store_begin(s, &err));
	store_records(s, "old", &one, 1);
	store_records(s, "new", &two, 1);
	ok(store_commit(s, &err));
	help_change("UPDATE report SET day = 86400 WHERE external_id = 'old'");
	assert_int_equal(sqlite3_exec(s->db, late_sql, NULL, NULL, NULL), 0);
	ok(store_prune_delete(s, 86401, n, &err));
	assert_int_equal(n[STORE_PRUNE_REPORTS], 1);
	asked("2|2|2|2|1|2", COUNTS);
	asked("one.example",
	    "SELECT header_from FROM record JOIN report"
	    " ON report.id = report_id WHERE external_id = 'late'");
	help_check();
}

/* How SQLite answers, one step a line, without what the steps are in. */
static const char *
plan(const char *sql)
{
	char explain[512];

	snprintf(explain, sizeof(explain), "EXPLAIN QUERY PLAN %s", sql);
	return help_ask(explain);
}

static void
questions_about_a_record_read_no_more_than_that(void **state)
{
	static const char *const sql[] = {
		"SELECT * FROM record WHERE id = 5",
		"SELECT * FROM record WHERE report_id = 5",
		"SELECT * FROM auth_dkim WHERE record_id = 5",
		"SELECT * FROM auth_spf WHERE record_id = 5",
		"SELECT * FROM override WHERE record_id = 5",
		"SELECT * FROM report rep JOIN record rec"
		" ON rec.report_id = rep.id WHERE rep.domain = 'x'",
		"SELECT * FROM report rep LEFT JOIN record rec"
		" ON rec.report_id = rep.id WHERE rep.domain = 'x'",
		"SELECT * FROM record rec JOIN auth_dkim a"
		" ON a.record_id = rec.id JOIN report rep"
		" ON rep.id = rec.report_id JOIN source s"
		" ON s.id = rec.source_id WHERE rec.report_id = 5",
		"SELECT * FROM record rec WHERE report_id = 5 AND EXISTS"
		" (SELECT 1 FROM override o WHERE o.record_id = rec.id)",
		"SELECT * FROM v_record WHERE id = 5",
		"SELECT * FROM v_record WHERE domain = 'x' AND day > 5",
		"SELECT * FROM v_daily WHERE domain = 'x' AND day > 5",
		"SELECT * FROM v_source WHERE domain = 'x'",
		"SELECT * FROM v_unknown WHERE domain = 'x'",
		"SELECT * FROM v_selector WHERE domain = 'x'",
		"SELECT * FROM v_override WHERE domain = 'x' AND day > 5",
		"SELECT * FROM report WHERE domain = 'x' AND day = 5",
	};
	const char *steps;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sql) / sizeof(sql[0]); i++) {
		steps = plan(sql[i]);
		if (strstr(steps, "SCAN r|") != NULL ||
		    strstr(steps, "SCAN r USING") != NULL ||
		    strstr(steps, "SCAN rec") != NULL ||
		    strstr(steps, "SCAN rep") != NULL ||
		    strstr(steps, "SCAN p") != NULL ||
		    strstr(steps, "SCAN i") != NULL ||
		    strstr(steps, "AUTOMATIC") != NULL ||
		    strstr(steps, "MATERIALIZE r") != NULL)
			fail_msg("%s:\n%s", sql[i], steps);
	}
	/* And this is how it would look. */
	assert_non_null(
	    strstr(plan("SELECT * FROM record WHERE messages = 1"), "SCAN r"));
}

static void
questions_about_days_read_no_other_records(void **state)
{
	static const char *const views[] = { "v_record", "v_daily", "v_failing",
		"v_cause", "v_forwarded", "v_override", "v_source_daily" };
	char sql[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		snprintf(sql, sizeof(sql),
		    "SELECT * FROM %s WHERE day BETWEEN 5 AND 6", views[i]);
		if (strstr(plan(sql), "SCAN rec") != NULL)
			fail_msg("%s:\n%s", sql, plan(sql));
	}
	assert_null(strstr(plan("SELECT * FROM v_readiness"), "SCAN rec"));
}

static void
the_writer_looks_things_up_by_an_index(void **state)
{
	static const enum store_stmt which[] = { STMT_FILE_FIND, STMT_MAIL_FIND,
		STMT_LEDGER_ADOPT, STMT_REPORT_SAME, STMT_REPORT_RIVAL,
		STMT_REPORT_DELETE, STMT_REPORT_TAKE, STMT_PROFILE_FIND,
		STMT_DKIM_LIST_FIND, STMT_SOURCE_FIND, STMT_SOURCE_ADD,
		STMT_TLS_SAME, STMT_TLS_RIVAL, STMT_FAILURE_SAME };
	static const struct {
		enum store_stmt which;
		const char *index;
	} want[] = {
		{ STMT_FILE_FIND, "message_sha256 (<expr>=?)" },
		{ STMT_LEDGER_ADOPT, "message_sha256 (<expr>=?)" },
		{ STMT_MAIL_FIND, "uidvalidity=? AND uid=?)" },
		{ STMT_REPORT_RIVAL, "(domain=? AND day=? AND external_id=?)" },
	};
	char sql[1024];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(which) / sizeof(which[0]); i++) {
		snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s",
		    store_stmt_sql[which[i]]);
		if (strstr(help_ask(sql), "SCAN") != NULL ||
		    strstr(help_ask(sql), "TEMP B-TREE") != NULL)
			fail_msg("%s:\n%s", sql, help_ask(sql));
	}
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s",
		    store_stmt_sql[want[i].which]);
		if (strstr(help_ask(sql), want[i].index) == NULL)
			fail_msg("%s:\n%s", sql, help_ask(sql));
	}
}

int
main(void)
{
#define t(name) \
	cmocka_unit_test_setup_teardown( \
	    name, help_setup_store, help_teardown_store)
	const struct CMUnitTest tests[] = {
		t(what_repeats_is_stored_once),
		t(what_differs_in_anything_is_stored_apart),
		t(every_word_comes_back),
		t(unknown_words_are_refused),
		t(what_a_cancelled_mail_added_is_added_again),
		t(long_and_many_profiles_do_not_mix),
		t(prune_takes_what_nobody_has_any_more),
		t(what_comes_while_prune_looks_keeps_its_profile),
		t(questions_about_a_record_read_no_more_than_that),
		t(questions_about_days_read_no_other_records),
		t(the_writer_looks_things_up_by_an_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
