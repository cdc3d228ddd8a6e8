/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store: the way from one schema version to the next, and what the real steps
 * make of databases of the versions that were (tests/store/v1.sql to v5.sql).
 */
#include "store_help.h"
#include "source.h"

#include "store/query.h"
#include "store/schema.h"
#include "store/store_priv.h"

#define CHILDREN 6
#define NEXT (SCHEMA_VERSION + 1)
#define LAST (SCHEMA_VERSION + 2)
#define STEPS (SCHEMA_VERSION + 2)

/* The steps of a future, after those that led here. */
static void
make_steps(struct schema_step steps[STEPS], const char *one, const char *two)
{
	memcpy(steps, schema_steps, (SCHEMA_VERSION - 1) * sizeof(*steps));
	steps[SCHEMA_VERSION - 1] = (struct schema_step) { one, NULL };
	steps[SCHEMA_VERSION] = (struct schema_step) { two, NULL };
	steps[SCHEMA_VERSION + 1] = (struct schema_step) { NULL, NULL };
}

static int
open_version(struct store **s, const struct schema_step *steps, int version,
    struct err *err)
{
	const struct store_options o = { .sql = schema_sql,
		.views = schema_views_sql,
		.steps = steps,
		.version = version,
		.busy_ms = STORE_BUSY_MS };

	return store_open_with(s, help_db, &o, err);
}

/* A database of this version with five reports of one record. */
static void
make_five(void)
{
	struct store *s = help_open();
	struct store_message m;
	struct report r;
	char id[16];
	int i;

	ok(store_begin(s, &err));
	for (i = 0; i < 5; i++) {
		snprintf(id, sizeof(id), "%d", i);
		m = help_message(0, 0, id);
		m.path = id;
		r = help_report(id, 1);
		help_store(s, &m, &r, "192.0.2.1");
	}
	ok(store_commit(s, &err));
	store_close(s);
}

static const char one[] =
    "CREATE TABLE extra (id INTEGER PRIMARY KEY, note TEXT);"
    "INSERT INTO meta VALUES ('step1', (SELECT count(*) FROM report))";
static const char two[] = "ALTER TABLE extra ADD COLUMN more TEXT;"
                          "INSERT INTO meta VALUES ('step2', 'done')";

static void
as_many_steps_as_versions(void **state)
{
	int n;

	(void)state;
	for (n = 0; schema_steps[n].sql != NULL; n++)
		continue;
	assert_int_equal(n, SCHEMA_VERSION - 1);
}

static void
an_older_database_is_brought_up_to_date(void **state)
{
	struct schema_step steps[STEPS];
	struct store *s = NULL;

	(void)state;
	make_steps(steps, one, two);
	make_five();
	ok(open_version(&s, steps, LAST, &err));
	store_close(s);
	asked("8", "PRAGMA user_version");
	asked("step1|5\nstep2|done",
	    "SELECT key, value FROM meta"
	    " WHERE key LIKE 'step%'");
	asked("5", "SELECT count(*) FROM report");
	/* Once only; and the older program refuses it now. */
	ok(open_version(&s, steps, LAST, &err));
	store_close(s);
	refused(ERR_CONF, open_version(&s, steps, NEXT, &err));
	help_check();
}

static int
run_and_fail(sqlite3 *db, const char *path, struct err *err)
{
	assert_int_equal(
	    sqlite3_exec(db, "DELETE FROM record_row", NULL, NULL, NULL), 0);
	return err_set(err, ERR_BUG, "%s: no", path);
}

static int
run_and_mark(sqlite3 *db, const char *path, struct err *err)
{
	return store_exec(
	    db, path, "INSERT INTO extra (note) VALUES ('ran')", "mark", err);
}

static void
what_sql_cannot_do_is_of_the_same_transaction(void **state)
{
	struct schema_step steps[STEPS];
	struct store *s = NULL;

	(void)state;
	make_steps(steps, one, two);
	make_five();
	steps[SCHEMA_VERSION].run = run_and_fail;
	refused(ERR_BUG, open_version(&s, steps, LAST, &err));
	asked("6|5|0",
	    "SELECT (SELECT user_version FROM pragma_user_version), count(*),"
	    " (SELECT count(*) FROM sqlite_schema WHERE name = 'extra')"
	    " FROM record_row");
	steps[SCHEMA_VERSION].run = run_and_mark;
	ok(open_version(&s, steps, LAST, &err));
	store_close(s);
	asked("ran", "SELECT note FROM extra");
	help_check();
}

static void
a_step_that_fails_changes_nothing(void **state)
{
	static const char *const orphans[] = {
		"DELETE FROM message",
		"DELETE FROM source",
		"DELETE FROM profile",
		"UPDATE record_row SET dkim_list_id = 7",
	};
	struct schema_step steps[STEPS];
	struct store *s = NULL;
	size_t i;

	(void)state;
	make_five();
	make_steps(steps,
	    "CREATE TABLE extra (id INTEGER PRIMARY KEY);"
	    "DELETE FROM record_row",
	    "INSERT INTO nowhere VALUES (1)");
	refused(ERR_BUG, open_version(&s, steps, LAST, &err));
	for (i = 0; i < sizeof(orphans) / sizeof(orphans[0]); i++) {
		make_steps(steps, orphans[i], "SELECT 1");
		refused(ERR_BUG, open_version(&s, steps, LAST, &err));
	}
	asked("6", "PRAGMA user_version");
	asked("5|1|0",
	    "SELECT count(*), (SELECT count(*) FROM source),"
	    " (SELECT count(*) FROM sqlite_schema WHERE name = 'extra')"
	    " FROM record");
	make_steps(steps, one, two);
	ok(open_version(&s, steps, LAST, &err));
	store_close(s);
	help_check();
}

static void
a_table_with_children_can_be_rebuilt_in_a_step(void **state)
{
	static const char rebuild[] =
	    "CREATE TABLE message_new (id INTEGER PRIMARY KEY, mailbox_id,"
	    " folder, uidvalidity, uid, path, msgid, sender, subject,"
	    " sent_ts, fetched_ts, size, sha256, status, reason,"
	    " from_domain, verified, attempts, filed_to, filed_ts);"
	    "INSERT INTO message_new SELECT * FROM message;"
	    "DROP TABLE message;"
	    "ALTER TABLE message_new RENAME TO message";
	struct schema_step steps[STEPS];
	struct store *s = NULL;

	(void)state;
	make_five();
	make_steps(steps, rebuild, NULL);
	ok(open_version(&s, steps, NEXT, &err));
	asked("5|5",
	    "SELECT count(*), count(m.id) FROM report"
	    " LEFT JOIN message m ON m.id = message_id");
	/* The keys are on again. */
	assert_int_not_equal(
	    sqlite3_exec(
	        s->db, "UPDATE source SET sender_id = 7", NULL, NULL, NULL),
	    0);
	store_close(s);
	help_check();
}

static void
several_processes_migrate_once(void **state)
{
	struct err err = ERR_INIT;
	struct store *s = NULL;
	struct schema_step steps[STEPS];
	pid_t pid[CHILDREN];
	int i;

	(void)state;
	make_five();
	make_steps(steps, one, two);
	for (i = 0; i < CHILDREN; i++)
		if ((pid[i] = fork()) == 0)
			_exit(open_version(&s, steps, LAST, &err) == 0 ? 0 : 1);
	for (i = 0; i < CHILDREN; i++)
		assert_int_equal(help_wait(pid[i]), 0);
	asked("8", "PRAGMA user_version");
	asked("step1|5\nstep2|done",
	    "SELECT key, value FROM meta"
	    " WHERE key LIKE 'step%'");
}

/* --- databases of the versions that were -------------------------------- */

static void
make_version(int version)
{
	static char sql[1 << 20];
	char path[300], text[16];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/store/v%d.sql", source_dir(),
	    version);
	assert_non_null(f = fopen(path, "r"));
	n = fread(sql, 1, sizeof(sql) - 1, f);
	fclose(f);
	assert_true(n > 0 && n < sizeof(sql) - 1);
	sql[n] = '\0';
	help_change(sql);
	snprintf(text, sizeof(text), "%d", version);
	asked(text, "PRAGMA user_version");
}

static void
make_v1(void)
{
	make_version(1);
}

static void
an_old_database_becomes_one_like_a_new_one(void **state)
{
	static const char columns[] =
	    "SELECT group_concat(x, ' ') FROM (SELECT m.name || ':' || c.cid ||"
	    " c.name || c.type || c.\"notnull\" || ifnull(c.dflt_value, '-')"
	    " || c.pk || c.hidden AS x FROM sqlite_schema m,"
	    " pragma_table_xinfo(m.name) c WHERE m.type IN ('table', 'view')"
	    " ORDER BY m.name, c.cid)";
	static const char indexes[] =
	    "SELECT group_concat(x, ' ') FROM (SELECT replace(replace(sql,"
	    " char(10), ' '), '  ', '') AS x FROM sqlite_schema"
	    " WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
	    " ORDER BY name)";
	/* What was made anew has the very text. */
	static const char rules[] =
	    "SELECT sql FROM sqlite_schema WHERE tbl_name = 'sender_rule'";
	static char fresh[3][32768];
	int version;

	(void)state;
	store_close(help_open());
	snprintf(fresh[0], sizeof(fresh[0]), "%s", help_ask(columns));
	snprintf(fresh[1], sizeof(fresh[1]), "%s", help_ask(indexes));
	snprintf(fresh[2], sizeof(fresh[2]), "%s", help_ask(rules));
	for (version = 1; version < SCHEMA_VERSION; version++) {
		help_unlink();
		make_version(version);
		store_close(help_open());
		asked("6", "PRAGMA user_version");
		asked(fresh[0], columns);
		asked(fresh[1], indexes);
		asked(fresh[2], rules);
		help_check();
		help_check_packed();
	}
}

/* Of version 5: no trigger for deletions hears of INSERT OR REPLACE. */
static void
what_is_replaced_by_its_number_is_told_of_in_an_old_one(void **state)
{
	static const char *const tables[] = { "report", "tls_report" };
	static const char told[] =
	    "SELECT group_concat(kind || op, ' ') FROM (SELECT kind, op FROM"
	    " change ORDER BY seq DESC LIMIT 3)";
	static const char *const expected[] = {
		"reportput reportput reportdel",
		"tlsput tlsput tlsdel",
	};
	char sql[200];
	size_t i;

	(void)state;
	make_version(5);
	store_close(help_open());
	for (i = 0; i < 2; i++) {
		snprintf(sql, sizeof(sql),
		    "INSERT OR REPLACE INTO %s SELECT * FROM %s WHERE id = 1",
		    tables[i], tables[i]);
		help_change(sql);
		asked(expected[i], told);
	}
	/* What was told before stays, and the history is the same. */
	asked("6237a9a35cbb0f32|18",
	    "SELECT value, (SELECT count(*) FROM change WHERE seq <= 18)"
	    " FROM meta WHERE key = 'feed_epoch'");
}

static void
senders_of_version_2_keep_their_sources(void **state)
{
	static const char named[] =
	    "SELECT s.id, d.label, r.value FROM source s"
	    " LEFT JOIN sender d ON d.id = s.sender_id"
	    " LEFT JOIN sender_rule r ON r.id = s.rule_id ORDER BY s.id";
	static const char expected[] = "1|our servers|192.0.2.1/32\n"
	                               "2|mail.example|mail.example\n"
	                               "3|AS|64501\n"
	                               "4|NULL|NULL";
	struct store *s;

	(void)state;
	make_version(2);
	s = help_open();
	asked(expected, named);
	asked("2|cidr|192.0.2.1/32|00000000000000000000FFFFC0000201\n"
	      "3|ptr_domain|mail.example|\n4|asn|64500|\n"
	      "5|asn|64501|\n6|asn|64502|",
	    "SELECT id, match, value, hex(ip_lo) FROM sender_rule ORDER BY id");
	ok(store_begin(s, &err));
	ok(store_apply_senders(s, &err));
	ok(store_commit(s, &err));
	store_close(s);
	asked(expected, named);
	help_check();
}

static void
what_version_1_counted_twice_counts_once(void **state)
{
	(void)state;
	make_v1();
	asked("77",
	    "SELECT sum(messages) FROM v_daily"
	    " WHERE domain = 'example.org'");
	store_close(help_open());
	asked("a1|1|0|0|1|8\n"    /* alone */
	      "b1|2|0|0|1|8\n"    /* the same three times */
	      "c1|6|0|0|1|10\n"   /* a part and all */
	      "d1|7|0|1|0|NULL\n" /* the other is verified */
	      "d1|8|0|1|1|7\n"
	      "e1|9|1|1|1|5\n" /* two damaged ones */
	      "e1|10|1|1|0|NULL",
	    "SELECT external_id, id, partial, conflict, counted,"
	    " (SELECT sum(messages) FROM record WHERE report_id = report.id)"
	    " FROM report WHERE domain = 'example.org' ORDER BY id");
	asked("38",
	    "SELECT sum(messages) FROM v_daily"
	    " WHERE domain = 'example.org'");
	asked("7|8|8\n8|7|7\n9|5|5\n10|7|7",
	    "SELECT report_id, messages, (SELECT sum(messages) FROM record_any "
	    "r"
	    " WHERE r.report_id = v_conflict.report_id)"
	    " FROM v_conflict ORDER BY report_id");
	asked("1|0|1\n3|1|1\n4|1|0\n5|0|1",
	    "SELECT id, conflict, counted FROM tls_report ORDER BY id");
	asked("21", "SELECT sum(ok) FROM v_tls_daily");
	asked("14", "SELECT count(*) FROM message WHERE path LIKE '%.xml'");
	help_check();
}

static void
one_domain_in_three_spellings_becomes_one(void **state)
{
	(void)state;
	make_v1();
	store_close(help_open());
	/* Two of them were one report in two spellings. */
	asked("f1|six.example|1|0|3\nf2|seven.example|1|0|3\n"
	      "f3|eight.example|1|0|3",
	    "SELECT external_id, reporter, counted, conflict, (SELECT"
	    " sum(messages) FROM record WHERE report_id = report.id)"
	    " FROM report WHERE domain = 'xn--bcher-kva.example'"
	    " ORDER BY external_id");
	asked("0",
	    "SELECT (SELECT count(*) FROM report WHERE domain GLOB"
	    " '*[^ -~]*') + (SELECT count(*) FROM record WHERE header_from || "
	    "ifnull(envelope_to, '') || ifnull(envelope_from, '') GLOB"
	    " '*[^ -~]*') + (SELECT count(*) FROM auth_dkim WHERE domain GLOB"
	    " '*[^ -~]*') + (SELECT count(*) FROM auth_spf WHERE domain GLOB"
	    " '*[^ -~]*') + (SELECT count(*) FROM tls_policy WHERE domain GLOB"
	    " '*[^ -~]*')");
	asked("xn--bcher-kva.example|4",
	    "SELECT domain, ok FROM tls_policy WHERE domain <> 'example.org'");
	help_check();
}

static void
a_database_of_version_1_is_not_read_before_it_is_migrated(void **state)
{
	struct query_db *db = NULL;
	struct store *s = NULL;

	(void)state;
	make_v1();
	refused(ERR_CONF, query_open(&db, help_db, &err));
	asked("1", "PRAGMA user_version");
	s = help_open();
	ok(query_open(&db, help_db, &err));
	query_close(db);
	store_close(s);
}

/* The step is one transaction: another writer's lock, and nothing is done. */
static void
a_migration_waits_for_other_writers(void **state)
{
	const struct store_options hasty = { .sql = schema_sql,
		.views = schema_views_sql,
		.steps = schema_steps,
		.version = SCHEMA_VERSION,
		.busy_ms = 30 };
	struct store *s = NULL;
	sqlite3 *db = NULL;

	(void)state;
	make_v1();
	assert_int_equal(sqlite3_open(help_db, &db), 0);
	assert_int_equal(
	    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), 0);
	refused(ERR_AGAIN, store_open_with(&s, help_db, &hasty, &err));
	sqlite3_close(db);
	asked("1", "PRAGMA user_version");
	ok(store_open_with(&s, help_db, &hasty, &err));
	store_close(s);
	asked("6", "PRAGMA user_version");
}

int
main(void)
{
#define t(name) cmocka_unit_test_setup_teardown(name, help_setup, help_teardown)
	const struct CMUnitTest tests[] = {
		t(as_many_steps_as_versions),
		t(an_older_database_is_brought_up_to_date),
		t(what_sql_cannot_do_is_of_the_same_transaction),
		t(a_step_that_fails_changes_nothing),
		t(a_table_with_children_can_be_rebuilt_in_a_step),
		t(several_processes_migrate_once),
		t(an_old_database_becomes_one_like_a_new_one),
		t(what_is_replaced_by_its_number_is_told_of_in_an_old_one),
		t(senders_of_version_2_keep_their_sources),
		t(what_version_1_counted_twice_counts_once),
		t(one_domain_in_three_spellings_becomes_one),
		t(a_database_of_version_1_is_not_read_before_it_is_migrated),
		t(a_migration_waits_for_other_writers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
