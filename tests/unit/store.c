/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store: rows, the ledger, what is taken back; store_open.c has the file,
 * store_source.c the addresses.
 */
#include "store_help.h"

#include "store/store_priv.h"

static void
nothing_is_written_outside_a_transaction(void **state)
{
	struct store_message m = help_message(0, 0, "aa");
	struct report r = help_report("r1", 1);
	struct record rec = help_record("192.0.2.1", 1);
	struct store *s = *state;
	enum store_outcome outcome;
	int64_t id = 1;
	bool found;

	refused(ERR_BUG, store_begin_message(s, &m, &err));
	refused(ERR_BUG, store_add_report(s, &r, &outcome, &err));
	refused(ERR_BUG, store_add_record(s, &rec, &err));
	refused(ERR_BUG, store_end_message(s, "stored", NULL, 1, &err));
	refused(ERR_BUG, store_cancel_message(s, &err));
	refused(ERR_BUG, store_set_filed(s, &id, 1, "Archive", &err));
	refused(ERR_BUG, store_adopt(s, 1, "INBOX", 7, 1, "aa", &found, &err));
	refused(ERR_BUG, store_set_mailbox(s, "a", "b", "c", "d", &id, &err));
	refused(ERR_BUG, store_commit(s, &err));
	asked("0", "SELECT count(*) FROM message");
}

static void
what_belongs_to_a_mail_needs_a_mail(void **state)
{
	struct store_message m = help_message(0, 0, "aa");
	struct report r = help_report("r1", 1);
	struct record rec = help_record("192.0.2.1", 1);
	struct store *s = *state;
	enum store_outcome outcome;

	ok(store_begin(s, &err));
	refused(ERR_BUG, store_add_report(s, &r, &outcome, &err));
	refused(ERR_BUG, store_end_message(s, "stored", NULL, 1, &err));
	ok(store_begin_message(s, &m, &err));
	refused(ERR_BUG, store_begin_message(s, &m, &err));
	refused(ERR_BUG, store_add_record(s, &rec, &err));
	refused(ERR_BUG, store_commit(s, &err));
	asked("0", "SELECT count(*) FROM message");
}

static void
every_value_of_a_report_is_stored(void **state)
{
	const char *errors[] = { "first", "second" };
	const char *quirks[] = { "a-quirk", "b\"c" };
	struct auth_dkim dkim[] = { { "d.example", "sel", "pass", "ok" },
		{ NULL, NULL, NULL, NULL } };
	struct auth_spf spf[] = { { "s.example", "mfrom", "fail", "no" } };
	struct override over[] = { { "other", "said so" } };
	struct raw_word raw[] = { { "dkim", "Pass\n" }, { "spf", "\xc3\xa9" } };
	struct store_message m = help_message(0, 0, "ab12");
	struct report r = help_report("id", 1);
	struct record rec = help_record("2001:db8::1", 5);
	struct mail_facts facts = { .msgid = "<m@x>",
		.sender = "a@x",
		.from_domain = "x",
		.subject = "Re: r",
		.sent_ts = 1700000001 };
	struct store *s = *state;
	enum store_outcome outcome;

	r.filename = "f.xml";
	r.extra_contact = "tel";
	r.sp = "reject";
	r.np = "quarantine";
	r.adkim = "s";
	r.aspf = "r";
	r.pct = 0;
	r.fo = "1";
	r.testing = "y";
	r.discovery_method = "treewalk";
	r.generator = "gen";
	r.version = "1.0";
	r.errors = (struct array) { errors, 2, 2 };
	r.quirks = (struct array) { quirks, 2, 2 };
	rec.envelope_from = "";
	rec.envelope_to = "to.example";
	rec.auth_dkim = (struct array) { dkim, 2, 2 };
	rec.auth_spf = (struct array) { spf, 1, 1 };
	rec.overrides = (struct array) { over, 1, 1 };
	rec.raw = (struct array) { raw, 2, 2 };
	m.path = "/tmp/f.xml";
	m.folder = NULL;
	m.uidvalidity = 0;

	m.facts = facts;
	ok(store_begin(s, &err));
	ok(store_begin_message(s, &m, &err));
	ok(store_add_report(s, &r, &outcome, &err));
	assert_int_equal(outcome, STORE_NEW);
	ok(store_add_record(s, &rec, &err));
	ok(store_end_message(s, "stored", "also held a bad one", 2, &err));
	ok(store_commit(s, &err));

	asked("NULL|NULL|NULL|NULL|/tmp/f.xml|<m@x>|a@x|Re: r|1700000001|"
	      "1700100000|1234|ab12|stored|also held a bad one|x|NULL|2|NULL|"
	      "NULL",
	    "SELECT mailbox_id, folder, uidvalidity, uid, path, msgid, sender,"
	    " subject, sent_ts, fetched_ts, size, sha256, status, reason,"
	    " from_domain, verified, attempts, filed_to, filed_ts"
	    " FROM message");
	asked("1|f.xml|Example Org|reports@example.net|tel|id|1700006400|"
	      "1700092799|1700006400|example.org|none|reject|quarantine|s|r|0|"
	      "1|y|treewalk|gen|1.0|first; second|[\"a-quirk\",\"b\\\"c\"]|0|"
	      "0|example.net",
	    "SELECT message_id, filename, org_name, org_email, extra_contact,"
	    " external_id, begin_ts, end_ts, day, domain, p, sp, np, adkim,"
	    " aspf, pct, fo, testing, discovery_method, generator, version,"
	    " errors, quirks, partial, conflict, reporter FROM report");
	asked("1|32",
	    "SELECT imported_ts > 1700000000, length(content_sha256)"
	    " FROM report");
	asked("5|none|pass|fail|pass|dkim_only|example.org||to.example|"
	      "{\"dkim\":\"Pass\\u000a\",\"spf\":\"\xc3\xa9\"}",
	    "SELECT messages, disposition, dkim, spf, dmarc, cause,"
	    " header_from, envelope_from, envelope_to, raw FROM record");
	asked("1", "SELECT json_valid(raw) FROM record");
	asked("0|d.example|sel|pass|ok\n1|NULL|NULL|NULL|NULL",
	    "SELECT seq, domain, selector, result, human_result"
	    " FROM auth_dkim");
	asked("0|s.example|mfrom|fail|no",
	    "SELECT seq, domain, scope, result, human_result FROM auth_spf");
	asked("0|other|said so", "SELECT seq, type, comment FROM override");
	asked("2001:db8::1|20010DB8000000000000000000000001|6|1700006400|"
	      "1700006400",
	    "SELECT ip, hex(ip_key), family, first_day, last_day FROM source");
}

static void
what_the_report_did_not_say_is_null(void **state)
{
	struct store_message m = help_message(0, 0, "ab");
	struct report r = help_report("id", 1);
	struct record rec = help_record(NULL, 0);
	struct store *s = *state;
	enum store_outcome outcome;

	r.org_email = r.p = NULL;
	rec.disposition = rec.dkim = rec.spf = rec.header_from = NULL;
	m.folder = NULL;
	ok(store_begin(s, &err));
	ok(store_begin_message(s, &m, &err));
	ok(store_add_report(s, &r, &outcome, &err));
	ok(store_add_record(s, &rec, &err));
	ok(store_end_message(s, "stored", NULL, 1, &err));
	ok(store_commit(s, &err));
	asked("NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL",
	    "SELECT path, uid, msgid, sent_ts, reason, org_email, p, pct,"
	    " errors, quirks FROM message, report");
	asked("NULL|0|NULL|NULL|NULL|fail|NULL|NULL|NULL",
	    "SELECT source_id, messages, disposition, dkim, spf, dmarc,"
	    " envelope_from, envelope_to, raw FROM record");
	asked("0", "SELECT count(*) FROM source");
}

static void
the_same_content_is_stored_once(void **state)
{
	struct store_message m = help_message(0, 0, "ab");
	struct report r = help_report("id", 1);
	struct record rec = help_record("192.0.2.1", 1);
	struct store *s = *state;
	enum store_outcome outcome;

	ok(store_begin(s, &err));
	assert_int_equal(help_store(s, &m, &r, "192.0.2.1"), STORE_NEW);
	m.sha256 = "cd";
	assert_int_equal(help_store(s, &m, &r, "192.0.2.1"), STORE_DUPLICATE);
	ok(store_commit(s, &err));

	ok(store_begin(s, &err));
	m.sha256 = "ef";
	ok(store_begin_message(s, &m, &err));
	ok(store_add_report(s, &r, &outcome, &err));
	assert_int_equal(outcome, STORE_DUPLICATE);
	refused(ERR_BUG, store_add_record(s, &rec, &err));
	store_rollback(s);
	asked("1|1|0",
	    "SELECT (SELECT count(*) FROM report),"
	    " (SELECT count(*) FROM record),"
	    " (SELECT conflict FROM report)");
	asked("stored\nduplicate", "SELECT status FROM message ORDER BY id");
}

static void
other_content_of_one_identity_marks_both(void **state)
{
	struct store_message m = help_message(0, 0, "ab");
	struct report r = help_report("id", 1);
	struct store *s = *state;

	ok(store_begin(s, &err));
	assert_int_equal(help_store(s, &m, &r, "192.0.2.1"), STORE_NEW);
	r = help_report("id", 2);
	assert_int_equal(help_store(s, &m, &r, "192.0.2.1"), STORE_CONFLICT);
	r = help_report("id", 3);
	assert_int_equal(help_store(s, &m, &r, "192.0.2.1"), STORE_CONFLICT);
	assert_int_equal(help_store(s, &m, &r, "192.0.2.1"), STORE_DUPLICATE);
	ok(store_commit(s, &err));
	asked("3|3|1|1",
	    "SELECT count(*), sum(conflict), sum(counted),"
	    " (SELECT count(*) FROM record) FROM report");
}

static void
each_part_of_the_identity_makes_another_report(void **state)
{
	struct store_message m = help_message(0, 0, "ab");
	struct store *s = *state;
	struct report r;
	int i;

	ok(store_begin(s, &err));
	for (i = 0; i < 6; i++) {
		r = help_report(i == 1 ? "other" : "id", (uint8_t)i);
		r.domain = i == 2 ? "example.com" : r.domain;
		r.reporter = i == 3 ? "example.com" : r.reporter;
		r.begin_ts += i == 4;
		r.end_ts += i == 5;
		assert_int_equal(help_store(s, &m, &r, "192.0.2.1"), STORE_NEW);
	}
	ok(store_commit(s, &err));
	asked("6|0", "SELECT count(*), sum(conflict) FROM report");
}

static void
a_complete_copy_replaces_a_damaged_one(void **state)
{
	struct store_message m = help_message(0, 0, "ab");
	struct report r = help_report("id", 1);
	struct store *s = *state;

	ok(store_begin(s, &err));
	r.partial = true;
	assert_int_equal(help_store(s, &m, &r, "192.0.2.1"), STORE_NEW);
	r = help_report("id", 2);
	r.partial = true;
	assert_int_equal(help_store(s, &m, &r, "192.0.2.2"), STORE_CONFLICT);
	r = help_report("id", 3);
	assert_int_equal(help_store(s, &m, &r, "192.0.2.3"), STORE_NEW);
	ok(store_commit(s, &err));
	asked("0|0|192.0.2.3",
	    "SELECT partial, conflict, ip FROM report JOIN record"
	    " ON report_id = report.id JOIN source ON source.id = source_id");
	help_check();
}

static void
a_complete_copy_with_the_same_content_replaces_too(void **state)
{
	struct store_message m = help_message(0, 0, "ab");
	struct report r = help_report("id", 1);
	struct store *s = *state;

	ok(store_begin(s, &err));
	r.partial = true;
	assert_int_equal(help_store(s, &m, &r, "192.0.2.1"), STORE_NEW);
	assert_int_equal(help_store(s, &m, &r, "192.0.2.1"), STORE_DUPLICATE);
	r.partial = false;
	assert_int_equal(help_store(s, &m, &r, "192.0.2.1"), STORE_NEW);
	r.partial = true;
	assert_int_equal(help_store(s, &m, &r, "192.0.2.1"), STORE_DUPLICATE);
	ok(store_commit(s, &err));
	asked("1|0|1",
	    "SELECT count(*), sum(partial),"
	    " (SELECT count(*) FROM record) FROM report");
}

static void
a_damaged_copy_of_a_complete_report_is_a_duplicate(void **state)
{
	struct store_message m = help_message(0, 0, "ab");
	struct report r = help_report("id", 1);
	struct store *s = *state;

	ok(store_begin(s, &err));
	assert_int_equal(help_store(s, &m, &r, "192.0.2.1"), STORE_NEW);
	r = help_report("id", 2);
	r.partial = true;
	assert_int_equal(help_store(s, &m, &r, "192.0.2.1"), STORE_DUPLICATE);
	ok(store_commit(s, &err));
	asked("1|0|0",
	    "SELECT count(*), sum(partial), sum(conflict)"
	    " FROM report");
}

static void
a_cancelled_mail_leaves_nothing(void **state)
{
	struct store_message m = help_message(0, 0, "ab");
	struct report r = help_report("id", 1);
	struct record rec = help_record("192.0.2.9", 1);
	struct store *s = *state;
	enum store_outcome outcome;

	ok(store_begin(s, &err));
	r.partial = true;
	help_store(s, &m, &r, "192.0.2.1");

	m.sha256 = "cd";
	r = help_report("id", 2);
	ok(store_begin_message(s, &m, &err));
	ok(store_add_report(s, &r, &outcome, &err));
	assert_int_equal(outcome, STORE_CONFLICT);
	ok(store_add_record(s, &rec, &err));
	ok(store_end_report(s, &outcome, &err));
	assert_int_equal(outcome, STORE_NEW);
	ok(store_cancel_message(s, &err));
	refused(ERR_BUG, store_add_record(s, &rec, &err));

	m.sha256 = "ef";
	r = help_report("other", 1);
	help_store(s, &m, &r, "192.0.2.9");
	ok(store_commit(s, &err));
	asked("ab|id|1|192.0.2.1\nef|other|0|192.0.2.9",
	    "SELECT sha256, external_id, partial, ip FROM message JOIN report"
	    " ON message_id = message.id JOIN record ON report_id = report.id"
	    " JOIN source ON source.id = source_id ORDER BY message.id");
	help_check();
}

static void
a_rolled_back_transaction_leaves_nothing(void **state)
{
	struct store_message m = help_message(0, 0, "ab");
	struct report r = help_report("id", 1);
	struct store *s = *state;

	ok(store_begin(s, &err));
	help_store(s, &m, &r, "192.0.2.1");
	ok(store_begin_message(s, &m, &err));
	store_rollback(s);
	asked("0|0|0|0",
	    "SELECT (SELECT count(*) FROM message),"
	    " (SELECT count(*) FROM report),"
	    " (SELECT count(*) FROM record),"
	    " (SELECT count(*) FROM source)");

	ok(store_begin(s, &err));
	help_store(s, &m, &r, "192.0.2.1");
	ok(store_commit(s, &err));
	asked("1",
	    "SELECT count(*) FROM record JOIN source"
	    " ON source.id = source_id");
	help_check();
}

static void
a_full_disk_is_a_passing_fault(void **state)
{
	struct store_message m = help_message(0, 0, "ab");
	struct report r = help_report("id", 1);
	struct err why = ERR_INIT;
	struct store *s = *state;
	enum store_outcome outcome;
	struct record rec;
	char ip[32];
	int i, rc = 0;

	ok(store_begin(s, &err));
	help_store(s, &m, &r, "192.0.2.1");
	ok(store_commit(s, &err));
	sqlite3_exec(s->db, "PRAGMA max_page_count = 90", NULL, NULL, NULL);
	r = help_report("other", 1);
	m.sha256 = "cd";
	ok(store_begin(s, &err));
	ok(store_begin_message(s, &m, &err));
	ok(store_add_report(s, &r, &outcome, &err));
	for (i = 0; rc == 0 && i < 20000; i++) {
		snprintf(ip, sizeof(ip), "10.1.%d.%d", i / 200, i % 200);
		rec = help_record(ip, 1);
		rc = store_add_record(s, &rec, &why);
	}
	assert_int_equal(rc, -1);
	assert_int_equal(why.class, ERR_AGAIN);
	assert_non_null(strstr(why.text, help_db));
	/* Whether SQLite gave up the transaction or not. */
	store_rollback(s);
	asked("1|1",
	    "SELECT count(*), (SELECT count(*) FROM record)"
	    " FROM report");

	sqlite3_exec(
	    s->db, "PRAGMA max_page_count = 1000000", NULL, NULL, NULL);
	ok(store_begin(s, &err));
	assert_int_equal(help_store(s, &m, &r, "10.1.0.1"), STORE_NEW);
	ok(store_commit(s, &err));
	asked("2", "SELECT count(*) FROM report");
	help_check();
}

static void
every_view_can_be_asked(void **state)
{
	struct store_message m = help_message(help_mailbox(*state), 1, "ab");
	struct report r = help_report("id", 1);
	struct store *s = *state;
	sqlite3_stmt *views, *st;
	char sql[128];
	int n = 0, rc;

	ok(store_begin(s, &err));
	help_store(s, &m, &r, "192.0.2.1");
	ok(store_commit(s, &err));
	assert_int_equal(
	    sqlite3_prepare_v2(s->db,
	        "SELECT name FROM sqlite_schema WHERE type = 'view'", -1,
	        &views, NULL),
	    SQLITE_OK);
	while (sqlite3_step(views) == SQLITE_ROW) {
		snprintf(sql, sizeof(sql), "SELECT * FROM %s",
		    sqlite3_column_text(views, 0));
		rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
		if (rc != SQLITE_OK)
			fail_msg("%s: %s", sql, sqlite3_errmsg(s->db));
		while ((rc = sqlite3_step(st)) == SQLITE_ROW)
			continue;
		assert_int_equal(rc, SQLITE_DONE);
		sqlite3_finalize(st);
		n++;
	}
	sqlite3_finalize(views);
	assert_int_equal(n, 30);
	asked("2023-11-15|example.org|10|10|0|100.0",
	    "SELECT date, domain, messages, pass, fail, pass_pct"
	    " FROM v_daily");
	asked("example.org|192.0.2.1|10",
	    "SELECT domain, ip, messages"
	    " FROM v_source");
	asked("example.org|none|10|0",
	    "SELECT domain, policy, messages, fail FROM v_readiness");
}

static void
deletes_leave_no_orphans(void **state)
{
	struct store_message m = help_message(help_mailbox(*state), 1, "ab");
	struct auth_dkim dkim = { "d", "s", "pass", NULL };
	struct override over = { "other", NULL };
	struct report r = help_report("id", 1);
	struct record rec = help_record("192.0.2.1", 1);
	struct store *s = *state;
	enum store_outcome outcome;
	int i;

	rec.auth_dkim = (struct array) { &dkim, 1, 1 };
	rec.overrides = (struct array) { &over, 1, 1 };
	ok(store_begin(s, &err));
	for (i = 0; i < 3; i++) {
		r = help_report(i == 0 ? "a" : i == 1 ? "b" : "c", 1);
		m.uid = (uint32_t)i + 1;
		ok(store_begin_message(s, &m, &err));
		ok(store_add_report(s, &r, &outcome, &err));
		ok(store_add_record(s, &rec, &err));
		ok(store_end_message(s, "stored", NULL, 1, &err));
	}
	ok(store_commit(s, &err));
	help_change("PRAGMA foreign_keys = ON;"
	            "DELETE FROM message WHERE uid = 1;"
	            "DELETE FROM report WHERE id = 2;"
	            "DELETE FROM mailbox");
	asked("2|2|2|2",
	    "SELECT (SELECT count(*) FROM report),"
	    " (SELECT count(*) FROM record), (SELECT count(*) FROM auth_dkim),"
	    " (SELECT count(*) FROM override)");
	asked("NULL|2\nNULL|3", "SELECT mailbox_id, uid FROM message");
	help_check();
}

int
main(void)
{
#define t(name) \
	cmocka_unit_test_setup_teardown( \
	    name, help_setup_store, help_teardown_store)
	const struct CMUnitTest tests[] = {
		t(nothing_is_written_outside_a_transaction),
		t(what_belongs_to_a_mail_needs_a_mail),
		t(every_value_of_a_report_is_stored),
		t(what_the_report_did_not_say_is_null),
		t(the_same_content_is_stored_once),
		t(other_content_of_one_identity_marks_both),
		t(each_part_of_the_identity_makes_another_report),
		t(a_complete_copy_replaces_a_damaged_one),
		t(a_complete_copy_with_the_same_content_replaces_too),
		t(a_damaged_copy_of_a_complete_report_is_a_duplicate),
		t(a_cancelled_mail_leaves_nothing),
		t(a_rolled_back_transaction_leaves_nothing),
		t(a_full_disk_is_a_passing_fault),
		t(every_view_can_be_asked),
		t(deletes_leave_no_orphans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
