/* SPDX-License-Identifier: BSD-2-Clause */
/* query: what may be read, by whom, and that nothing can be changed. */
#include "store_help.h"

#include <grp.h>

#include "base/io.h"
#include "store/query.h"
#include "store/store_priv.h"

#define NOBODY 65534

static void
open_is_refused(enum err_class class, const char *path, const char *word)
{
	struct query_db *db = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(query_open(&db, path, &err), -1);
	assert_null(db);
	if (err.class != class || strstr(err.text, word) == NULL)
		fail_msg("%s: class %d: %s", path, err.class, err.text);
}

static void
make_database(void)
{
	struct store_message m = help_message(0, 0, "ab");
	struct report r = help_report("id", 1);
	struct store *s = help_open();

	ok(store_begin(s, &err));
	help_store(s, &m, &r, "192.0.2.1");
	ok(store_commit(s, &err));
	store_close(s);
}

static void
remove_wal(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s-wal", help_db);
	unlink(path);
	snprintf(path, sizeof(path), "%s-shm", help_db);
	unlink(path);
}

static void
what_is_not_there_yet_is_said(void **state)
{
	char path[128];

	(void)state;
	open_is_refused(ERR_INPUT, help_db, "there is no database at");
	assert_int_equal(access(help_db, F_OK), -1);
	snprintf(path, sizeof(path), "%s/none/ruad.db", help_dir);
	open_is_refused(ERR_INPUT, path, "there is no database at");
	fclose(fopen(help_db, "w"));
	open_is_refused(ERR_INPUT, help_db, "there is nothing in");
}

static void
what_is_not_ours_is_refused(void **state)
{
	char link[128];
	FILE *f;

	(void)state;
	open_is_refused(ERR_CONF, help_dir, "a directory");
	f = fopen(help_db, "w");
	fputs("a text that is not a database, and longer than the header of"
	      " one would be if there was one, which there is not\n",
	    f);
	fclose(f);
	open_is_refused(ERR_CONF, help_db, "not an SQLite database");
	unlink(help_db);
	help_change("CREATE TABLE t (x)");
	open_is_refused(ERR_CONF, help_db, "another program");
	unlink(help_db);
	make_database();
	snprintf(link, sizeof(link), "%s/link.db", help_dir);
	assert_int_equal(symlink(help_db, link), 0);
	open_is_refused(ERR_CONF, link, "symbolic link");
	help_change("PRAGMA user_version = 99");
	open_is_refused(ERR_CONF, help_db, "newer ruad");
}

static void
values_have_their_types(void **state)
{
	struct query_db *db = NULL;
	struct query_value v;
	struct query *q = NULL;
	struct err why = ERR_INIT;

	(void)state;
	make_database();
	ok(query_open(&db, help_db, &err));
	assert_int_equal(query_new(&q, db,
	                     "SELECT NULL AS a, -5 AS b, 1.5 AS c, ip AS d,"
	                     " ip_key AS e, ?1 AS f, ?2 AS g, '' AS h"
	                     " FROM source",
	                     &why),
	    0);
	query_bind_int(q, 1, INT64_MAX);
	query_bind_text(q, 2, "t\xc3\xa9xt");
	assert_int_equal(query_columns(q), 8);
	assert_string_equal(query_column_name(q, 3), "d");
	assert_int_equal(query_step(q, &why), 1);
	v = query_value(q, 0);
	assert_true(v.null && v.text == NULL && !v.is_int && !v.is_real);
	v = query_value(q, 1);
	assert_true(v.is_int && !v.is_real && v.num == -5);
	assert_string_equal(v.text, "-5");
	v = query_value(q, 2);
	assert_true(v.is_real && !v.is_int && v.real > 1.4 && v.real < 1.6);
	assert_string_equal(v.text, "1.5");
	v = query_value(q, 3);
	assert_true(!v.null && !v.is_int && !v.is_real);
	assert_string_equal(v.text, "192.0.2.1");
	v = query_value(q, 4);
	assert_string_equal(v.text, "00000000000000000000ffffc0000201");
	v = query_value(q, 5);
	assert_true(v.num == INT64_MAX);
	v = query_value(q, 6);
	assert_string_equal(v.text, "t\xc3\xa9xt");
	v = query_value(q, 7);
	assert_true(!v.null);
	assert_string_equal(v.text, "");
	assert_int_equal(query_step(q, &why), 0);
	query_free(q);
	query_close(db);
}

static void
kept_rows_come_again_though_they_have_gone(void **state)
{
	struct err why = ERR_INIT;
	struct store *s;
	struct query_db *db;
	struct query *q;
	int again;

	(void)state;
	make_database();
	ok(query_open(&db, help_db, &err));
	ok(query_new(&q, db,
	    "SELECT external_id, 2, NULL, x'01' FROM report UNION ALL"
	    " SELECT 'z', count(*), 0.5, '' FROM report",
	    &err));
	query_keep(q);
	for (again = 0; again < 3; again++) {
		assert_int_equal(query_step(q, &why), 1);
		assert_string_equal(query_value(q, 0).text, "id");
		assert_int_equal(query_value(q, 1).num, 2);
		assert_true(query_value(q, 2).null);
		assert_string_equal(query_value(q, 3).text, "01");
		assert_int_equal(query_step(q, &why), 1);
		assert_string_equal(query_value(q, 0).text, "z");
		assert_int_equal(query_value(q, 1).num, 1);
		assert_true(query_value(q, 2).is_real);
		assert_string_equal(query_value(q, 3).text, "");
		assert_int_equal(query_step(q, &why), 0);
		s = help_open();
		help_change("DELETE FROM report");
		store_close(s);
		query_again(q);
	}
	query_free(q);
	query_close(db);
}

static void
parameters_have_their_names(void **state)
{
	struct query_db *db;
	struct query *q;
	struct err why = ERR_INIT;

	(void)state;
	store_close(help_open());
	ok(query_open(&db, help_db, &why));
	ok(query_new(&q, db, "SELECT :until, :since, :until, 'a:b'", &why));
	assert_int_equal(query_parameters(q), 2);
	assert_string_equal(query_parameter_name(q, 1), ":until");
	assert_string_equal(query_parameter_name(q, 2), ":since");
	query_bind_int(q, 1, 7);
	assert_int_equal(query_step(q, &why), 1);
	assert_int_equal(query_value(q, 2).num, 7);
	assert_true(query_value(q, 1).null);
	query_free(q);
	ok(query_new(&q, db, "SELECT ?", &why));
	assert_int_equal(query_parameters(q), 1);
	assert_null(query_parameter_name(q, 1));
	query_free(q);
	query_close(db);
}

static void
a_question_can_be_asked_again_with_other_values(void **state)
{
	struct query_db *db = NULL;
	struct query *q;
	struct err why = ERR_INIT;
	int64_t i;

	(void)state;
	store_close(help_open());
	ok(query_open(&db, help_db, &why));
	ok(query_new(&q, db, "SELECT ?1, ?2 UNION ALL SELECT -1, 'x'", &why));
	for (i = 0; i < 3; i++) {
		query_restart(q);
		query_bind_int(q, 1, i);
		query_bind_text(q, 2, i == 1 ? NULL : "text");
		assert_int_equal(query_step(q, &why), 1);
		assert_int_equal(query_int(q, 0), i);
		assert_int_equal(query_text(q, 1) == NULL, i == 1);
		/* The last row need not have been read. */
		if (i == 2)
			assert_int_equal(query_step(q, &why), 1);
	}
	query_free(q);
	query_close(db);
}

/* Statements are kept: nothing of what was asked before may be in them. */
static void
the_same_question_later_is_a_new_one(void **state)
{
	static const char sql[] = "SELECT ?1, count(*) FROM message";
	static const char *const more[] = { "SELECT 1", "SELECT 2", "SELECT 3",
		"SELECT 4", "SELECT 5", "SELECT 6", "SELECT 7", "SELECT 8",
		"SELECT 9" };
	struct query_db *db = NULL;
	struct query *q, *two;
	struct err why = ERR_INIT;
	int64_t n;
	size_t i;

	(void)state;
	store_close(help_open());
	ok(query_open(&db, help_db, &why));
	ok(query_new(&q, db, sql, &why));
	query_bind_int(q, 1, 7);
	assert_int_equal(query_step(q, &why), 1);
	assert_int_equal(query_int(q, 1), 0);
	/* Two at once are two. */
	ok(query_new(&two, db, sql, &why));
	assert_int_equal(query_step(two, &why), 1);
	assert_int_equal(query_int(q, 0), 7);
	query_free(two);
	query_free(q);
	/* What was not read to its end sees no old state. */
	make_database();
	ok(query_new(&q, db, sql, &why));
	assert_int_equal(query_step(q, &why), 1);
	assert_true(query_value(q, 0).null);
	assert_int_equal(query_int(q, 1), 1);
	query_free(q);
	for (i = 0; i < 2 * sizeof(more) / sizeof(more[0]); i++) {
		ok(query_one_int(db, more[i % 9], &n, &why));
		assert_int_equal(n, i % 9 + 1);
	}
	query_close(db);
}

static void
nothing_can_be_changed(void **state)
{
	static const char *const sql[] = {
		"DELETE FROM report",
		"CREATE TABLE t (x)",
		"PRAGMA user_version = 5",
		"PRAGMA application_id = 5",
		"ATTACH ':memory:' AS other",
		"BEGIN IMMEDIATE",
		"VACUUM",
	};
	struct query_db *db = NULL;
	struct query *q;
	size_t i;
	int rc;

	(void)state;
	make_database();
	ok(query_open(&db, help_db, &err));
	for (i = 0; i < sizeof(sql) / sizeof(sql[0]); i++) {
		struct err err = ERR_INIT;

		q = NULL;
		rc = query_new(&q, db, sql[i], &err);
		if (rc == 0)
			rc = query_step(q, &err);
		if (rc != -1)
			fail_msg("%s: not refused", sql[i]);
		query_free(q);
	}
	query_close(db);
	asked("1|6",
	    "SELECT count(*), (SELECT user_version FROM"
	    " pragma_user_version) FROM report");
}

static void
bad_sql_and_bad_parameters_are_errors(void **state)
{
	struct query_db *db = NULL;
	struct query *q = NULL;

	(void)state;
	make_database();
	ok(query_open(&db, help_db, &err));
	refused(ERR_BUG, query_new(&q, db, "SELECT nothing FROM", &err));
	assert_null(q);
	ok(query_new(&q, db, "SELECT ?1", &err));
	query_bind_int(q, 2, 1);
	refused(ERR_BUG, query_step(q, &err));
	query_free(q);
	query_close(db);
	query_free(NULL);
	query_close(NULL);
}

static void
a_reader_sees_commits_and_disturbs_no_writer(void **state)
{
	struct store_message m = help_message(0, 0, "cd");
	struct report r = help_report("other", 1);
	struct query_db *db = NULL;
	struct query *q = NULL, *again = NULL;
	struct store *s;

	(void)state;
	make_database();
	ok(query_open(&db, help_db, &err));
	ok(query_new(&q, db, "SELECT count(*) FROM report, record", &err));
	ok(query_step(q, &err));
	/* The reader holds a snapshot; the writer commits all the same. */
	s = help_open();
	ok(store_begin(s, &err));
	help_store(s, &m, &r, "192.0.2.2");
	ok(store_commit(s, &err));
	assert_int_equal(query_value(q, 0).num, 1);
	query_free(q);
	ok(query_new(&again, db, "SELECT count(*) FROM report", &err));
	ok(query_step(again, &err));
	assert_int_equal(query_value(again, 0).num, 2);
	query_free(again);
	query_close(db);
	store_close(s);
}

/* Whatever a question would take. */
static void
a_deadline_ends_a_question(void **state)
{
	static const char sql[] =
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
	    " SELECT max(i) FROM n";
	struct query_db *db;
	struct err why = ERR_INIT;
	struct query *q;

	(void)state;
	make_database();
	ok(query_open(&db, help_db, &err));
	assert_false(query_is_late(db));
	query_set_deadline(db, 100000);
	ok(query_new(&q, db, "SELECT count(*) FROM report", &err));
	assert_int_equal(query_step(q, &why), 1);
	query_free(q);
	assert_false(query_is_late(db));
	query_set_deadline(db, 20);
	ok(query_new(&q, db, sql, &err));
	assert_int_equal(query_step(q, &why), -1);
	assert_true(query_is_late(db));
	query_free(q);
	query_close(db);
}

static void
odd_file_names_are_no_uri(void **state)
{
	struct query_db *db = NULL;
	struct store *s = NULL;
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/a b?mode=rw#%%41.db", help_dir);
	ok(store_open(&s, path, &err));
	store_close(s);
	ok(query_open(&db, path, &err));
	query_close(db);
}

/* Count reports as nobody, in this group; the count, or 100 + err.class. */
static int
count_as_nobody(gid_t gid)
{
	struct query_db *db = NULL;
	struct err err = ERR_INIT;
	struct query *q = NULL;
	int n;

	if (setgroups(0, NULL) == -1 || setgid(gid) == -1 ||
	    setuid(NOBODY) == -1)
		return 99;
	if (query_open(&db, help_db, &err) == -1 ||
	    query_new(&q, db, "SELECT count(*) FROM report", &err) == -1 ||
	    query_step(q, &err) != 1)
		return 100 + (int)err.class;
	n = (int)query_value(q, 0).num;
	query_free(q);
	query_close(db);
	return n;
}

static int
run_as_nobody(gid_t gid)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(count_as_nobody(gid));
	return help_wait(pid);
}

static void
group_readers_need_no_right_to_write(void **state)
{
	struct store_message m = help_message(0, 0, "cd");
	struct report r = help_report("other", 1);
	struct store *s;
	char path[128];

	(void)state;
	if (geteuid() != 0)
		skip();
	make_database();
	/* root's directory and files, group nobody: 0750 and 0640. */
	assert_int_equal(chown(help_dir, 0, NOBODY), 0);
	assert_int_equal(chmod(help_dir, 0750), 0);
	assert_int_equal(chown(help_db, 0, NOBODY), 0);
	remove_wal();
	store_close(help_open());
	snprintf(path, sizeof(path), "%s-shm", help_db);
	assert_int_equal(access(path, F_OK), 0);

	/* After a clean stop. */
	assert_int_equal(run_as_nobody(NOBODY), 1);
	/* While a writer has rows in the WAL only. */
	s = help_open();
	ok(store_begin(s, &err));
	help_store(s, &m, &r, "192.0.2.2");
	ok(store_commit(s, &err));
	assert_int_equal(run_as_nobody(NOBODY), 2);
	store_close(s);
	/* After somebody's sqlite3 shell has cleared -wal and -shm away. */
	remove_wal();
	assert_int_equal(run_as_nobody(NOBODY), 2);
	assert_int_equal(access(path, F_OK), -1);
	/* And those outside the group see nothing. */
	assert_int_equal(run_as_nobody(NOBODY - 1), 100 + ERR_AUTH);
}

/*
 * With no -wal and no right to make one it is read as if nobody could write to
 * it: 1 if what was read is known to be wrong as soon as somebody did, and what
 * is read then is right.
 */
static int
read_while_written(void)
{
	struct query_db *db = NULL;
	struct err err = ERR_INIT;
	int before;

	if (setresuid(NOBODY, NOBODY, 0) == -1)
		return 99;
	if (query_open_within(&db, help_db, 1000, &err) == -1)
		return 100 + (int)err.class;
	before = query_is_overtaken(db);
	if (setresuid(0, 0, 0) == -1)
		return 99;
	store_close(help_open());
	if (setresuid(NOBODY, NOBODY, 0) == -1)
		return 99;
	if (before || !query_is_overtaken(db))
		return 2;
	query_close(db);
	if (query_open_within(&db, help_db, 1000, &err) == -1)
		return 100 + (int)err.class;
	before = query_is_overtaken(db);
	query_close(db);
	return before ? 3 : 1;
}

static void
who_reads_without_a_lock_knows_when_somebody_wrote(void **state)
{
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	make_database();
	assert_int_equal(chmod(help_dir, 0755), 0);
	assert_int_equal(chmod(help_db, 0644), 0);
	remove_wal();
	if ((pid = fork()) == 0)
		_exit(read_while_written());
	assert_int_equal(help_wait(pid), 1);
}

static void
a_lock_is_waited_for_no_longer_than_was_said(void **state)
{
	struct query_db *db = NULL;
	sqlite3 *other = NULL;
	const int64_t since = io_clock_ms();

	(void)state;
	make_database();
	assert_int_equal(sqlite3_open(help_db, &other), 0);
	assert_int_equal(sqlite3_exec(other,
	                     "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE",
	                     NULL, NULL, NULL),
	    0);
	refused(ERR_AGAIN, query_open_within(&db, help_db, 30, &err));
	assert_true(io_clock_ms() - since < STORE_BUSY_MS);
	sqlite3_close(other);
	ok(query_open_within(&db, help_db, 30, &err));
	query_close(db);
}

int
main(void)
{
#define t(name) cmocka_unit_test_setup_teardown(name, help_setup, help_teardown)
	const struct CMUnitTest tests[] = {
		t(what_is_not_there_yet_is_said),
		t(what_is_not_ours_is_refused),
		t(values_have_their_types),
		t(kept_rows_come_again_though_they_have_gone),
		t(parameters_have_their_names),
		t(a_question_can_be_asked_again_with_other_values),
		t(the_same_question_later_is_a_new_one),
		t(nothing_can_be_changed),
		t(bad_sql_and_bad_parameters_are_errors),
		t(a_reader_sees_commits_and_disturbs_no_writer),
		t(a_deadline_ends_a_question),
		t(odd_file_names_are_no_uri),
		t(group_readers_need_no_right_to_write),
		t(who_reads_without_a_lock_knows_when_somebody_wrote),
		t(a_lock_is_waited_for_no_longer_than_was_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
