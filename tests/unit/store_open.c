/* SPDX-License-Identifier: BSD-2-Clause */
/* store: which files are opened, how, by how many, and what is refused. */
#include "store_help.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "store/query.h"
#include "store/schema.h"
#include "store/store_priv.h"

#define NOBODY 65534

static unsigned int
mode_of(const char *suffix)
{
	struct stat st;
	char path[128];

	snprintf(path, sizeof(path), "%s%s", help_db, suffix);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
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
write_file(const void *data, size_t n)
{
	FILE *f = fopen(help_db, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static size_t
read_file(char *data, size_t max)
{
	FILE *f = fopen(help_db, "r");
	size_t n;

	assert_non_null(f);
	n = fread(data, 1, max, f);
	fclose(f);
	assert_true(n < max);
	return n;
}

/* A database with rows in it, all of them in the file itself. */
static void
make_database(void)
{
	struct store *s = help_open();
	struct store_message m;
	struct report r;
	char sha256[16];
	int i;

	ok(store_begin(s, &err));
	for (i = 0; i < 200; i++) {
		snprintf(sha256, sizeof(sha256), "%d", i);
		m = help_message(0, 0, sha256);
		m.path = sha256;
		r = help_report(sha256, 1);
		help_store(s, &m, &r, "192.0.2.1");
	}
	ok(store_commit(s, &err));
	store_close(s);
}

static void
open_is_refused(enum err_class class, const char *path, const char *word)
{
	struct err err = ERR_INIT;
	struct store *s = NULL;

	assert_int_equal(store_open(&s, path, &err), -1);
	assert_null(s);
	if (err.class != class || strstr(err.text, word) == NULL)
		fail_msg("%s: class %d: %s", path, err.class, err.text);
}

static void
a_new_database_is_ours_and_not_for_everybody(void **state)
{
	struct stat st;

	(void)state;
	store_close(help_open());
	assert_int_equal(mode_of(""), 0640);
	assert_int_equal(mode_of("-wal"), 0640);
	assert_int_equal(mode_of("-shm"), 0640);
	asked("1381318980", "PRAGMA application_id");
	asked("6", "PRAGMA user_version");
	asked("wal", "PRAGMA journal_mode");
	asked("23|30",
	    "SELECT sum(type = 'table' AND name NOT LIKE 'sqlite%'),"
	    " sum(type = 'view') FROM sqlite_schema");
	assert_int_equal(stat(help_db, &st), 0);
	assert_true(st.st_size > 0);
}

static void
a_missing_directory_is_made(void **state)
{
	struct store *s = NULL;
	char path[128];
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s/new/ruad.db", help_dir);
	ok(store_open(&s, path, &err));
	store_close(s);
	snprintf(path, sizeof(path), "%s/new", help_dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	snprintf(path, sizeof(path), "%s/a/b/ruad.db", help_dir);
	open_is_refused(ERR_CREATE, path, "No such file or directory");
}

static void
the_umask_is_respected(void **state)
{
	(void)state;
	umask(077);
	store_close(help_open());
	umask(022);
	assert_int_equal(mode_of(""), 0600);
	assert_int_equal(mode_of("-wal"), 0600);
}

static void
opening_again_keeps_everything(void **state)
{
	(void)state;
	make_database();
	store_close(help_open());
	asked("200|200",
	    "SELECT count(*), (SELECT count(*) FROM record)"
	    " FROM report");
	help_check();
}

static void
views_of_another_ruad_make_room_for_ours(void **state)
{
	static char ours[8192];

	(void)state;
	make_database();
	snprintf(ours, sizeof(ours), "%s",
	    help_ask("SELECT sql FROM sqlite_schema WHERE name = 'v_daily'"));
	help_change("DROP VIEW v_readiness; CREATE VIEW v_readiness AS"
	            " SELECT 'too little data' AS unknown;"
	            "DROP VIEW v_daily; DROP VIEW v_cause;"
	            " CREATE VIEW v_daily AS SELECT 1 AS old;"
	            " CREATE VIEW mine AS SELECT 2;");
	/* Not looked at one by one: the text as a whole has a digest. */
	store_close(help_open());
	asked("1", "SELECT * FROM v_daily");
	help_change("UPDATE meta SET value = 'old' WHERE key = 'views'");
	store_close(help_open());
	asked(ours, "SELECT sql FROM sqlite_schema WHERE name = 'v_daily'");
	asked("0",
	    "SELECT count(*) FROM v_readiness"
	    " WHERE fail <> lost + suffers + stopped + unknown");
	asked("31", "SELECT count(*) FROM sqlite_schema WHERE type = 'view'");
	asked("1", "SELECT count(*) FROM meta WHERE key = 'views'");
	asked("200", "SELECT count(*) FROM v_record");
	asked("6", "PRAGMA user_version");
	help_check();
}

static void
an_empty_file_is_a_new_database(void **state)
{
	(void)state;
	write_file("", 0);
	store_close(help_open());
	asked("1381318980", "PRAGMA application_id");
}

static void
the_connection_has_everything_dangerous_off(void **state)
{
	static const struct {
		const char *sql;
		int value;
	} want[] = {
		{ "PRAGMA foreign_keys", 1 },
		{ "PRAGMA synchronous", 2 },
		{ "PRAGMA trusted_schema", 0 },
		{ "PRAGMA cell_size_check", 1 },
		{ "PRAGMA mmap_size", 0 },
		{ "PRAGMA temp_store", 2 },
		{ "PRAGMA cache_size", -8192 },
		{ "PRAGMA busy_timeout", STORE_BUSY_MS },
	};
	struct store *s = help_open();
	sqlite3_stmt *st;
	size_t i;
	int on;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		assert_int_equal(
		    sqlite3_prepare_v2(s->db, want[i].sql, -1, &st, NULL), 0);
		/* mmap_size: no row where it is not compiled in. */
		if (sqlite3_step(st) == SQLITE_ROW &&
		    sqlite3_column_int(st, 0) != want[i].value)
			fail_msg(
			    "%s is %d", want[i].sql, sqlite3_column_int(st, 0));
		sqlite3_finalize(st);
	}
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, -1, &on);
	assert_int_equal(on, 1);
	assert_int_equal(sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, -1), 0);
	assert_int_not_equal(
	    sqlite3_exec(s->db, "SELECT \"text\"", NULL, NULL, NULL), 0);
	assert_int_not_equal(
	    sqlite3_exec(s->db, "SELECT load_extension('x')", NULL, NULL, NULL),
	    0);
	store_close(s);
}

static void
symbolic_links_are_refused(void **state)
{
	char link[128];
	struct store *s = NULL;

	(void)state;
	make_database();
	snprintf(link, sizeof(link), "%s/link.db", help_dir);
	assert_int_equal(symlink(help_db, link), 0);
	open_is_refused(ERR_CONF, link, "symbolic link");
	/* Even one that leads nowhere: it must not be created through it. */
	snprintf(link, sizeof(link), "%s/dangling.db", help_dir);
	assert_int_equal(symlink("/tmp/ruad-nowhere", link), 0);
	open_is_refused(ERR_CONF, link, "symbolic link");
	assert_int_equal(access("/tmp/ruad-nowhere", F_OK), -1);
	/* The directory may be one: the admin's choice of disk. */
	snprintf(link, sizeof(link), "%s/dir", help_dir);
	assert_int_equal(symlink(help_dir, link), 0);
	snprintf(link, sizeof(link), "%s/dir/ruad.db", help_dir);
	ok(store_open(&s, link, &err));
	store_close(s);
}

static void
a_second_name_is_refused_to_write_but_not_to_read(void **state)
{
	char link_db[128];
	struct query_db *q = NULL;

	(void)state;
	make_database();
	snprintf(link_db, sizeof(link_db), "%s/link.db", help_dir);
	assert_int_equal(link(help_db, link_db), 0);
	open_is_refused(ERR_CONF, help_db, "second name (a hard link)");
	ok(query_open(&q, help_db, &err));
	query_close(q);
}

static void
what_is_no_regular_file_is_refused(void **state)
{
	char path[128];

	(void)state;
	open_is_refused(ERR_CONF, help_dir, "a directory");
	snprintf(path, sizeof(path), "%s/", help_dir);
	open_is_refused(ERR_CONF, path, "a directory");
	snprintf(path, sizeof(path), "%s/fifo", help_dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	open_is_refused(ERR_CONF, path, "a named pipe");
	open_is_refused(ERR_CONF, "/dev/null", "a device");
	open_is_refused(ERR_CREATE, "/dev/null/ruad.db", "Not a directory");
}

static void
foreign_databases_are_refused_and_not_touched(void **state)
{
	static const char *const sql[] = {
		"CREATE TABLE t (x)",
		"PRAGMA application_id = 4711",
		"PRAGMA user_version = 1",
		"PRAGMA application_id = 4711; CREATE TABLE t (x)",
	};
	static char before[65536], after[65536];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(sql) / sizeof(sql[0]); i++) {
		unlink(help_db);
		help_change(sql[i]);
		n = read_file(before, sizeof(before));
		open_is_refused(ERR_CONF, help_db, "another program");
		assert_int_equal(read_file(after, sizeof(after)), n);
		assert_memory_equal(before, after, n);
	}
}

static void
other_files_are_refused_and_not_touched(void **state)
{
	static const char text[] = "# a text of some other kind\n";
	char after[64];
	size_t n;

	(void)state;
	for (n = 1; n <= sizeof(text); n++) {
		write_file(text, n);
		open_is_refused(ERR_CONF, help_db, "not an SQLite database");
		assert_int_equal(read_file(after, sizeof(after)), n);
		assert_memory_equal(after, text, n);
	}
}

static void
newer_databases_are_refused_and_not_touched(void **state)
{
	(void)state;
	make_database();
	help_change("PRAGMA user_version = 7");
	open_is_refused(ERR_CONF, help_db, "newer ruad");
	asked("7", "PRAGMA user_version");
}

static void
databases_without_our_tables_are_refused(void **state)
{
	(void)state;
	help_change("PRAGMA application_id = 1381318980");
	open_is_refused(ERR_CONF, help_db, "not its tables");
	help_change("PRAGMA user_version = 6; CREATE TABLE report (id)");
	open_is_refused(ERR_CONF, help_db, "does not have the tables");
}

static void
damaged_databases_are_refused(void **state)
{
	static char good[1 << 20], bad[1 << 20];
	size_t n, cut;

	(void)state;
	make_database();
	remove_wal();
	n = read_file(good, sizeof(good));
	for (cut = 1; cut < n; cut = cut * 3 / 2 + 1) {
		remove_wal();
		write_file(good, cut);
		refused(ERR_CONF,
		    store_open(&(struct store *) { NULL }, help_db, &err));
	}
	/* The header, then the root of the schema. */
	memcpy(bad, good, n);
	memset(bad, 'x', 16);
	remove_wal();
	write_file(bad, n);
	open_is_refused(ERR_CONF, help_db, "not an SQLite database");
	memcpy(bad, good, n);
	memset(bad + 100, 0xff, 3000);
	remove_wal();
	write_file(bad, n);
	open_is_refused(ERR_CONF, help_db, "restore it from a backup");
}

static void
running_out_of_descriptors_is_a_passing_fault(void **state)
{
	struct rlimit limit = { 3, 3 };
	struct err err = ERR_INIT;
	struct store *s = NULL;
	int failed = 0;
	pid_t pid;

	(void)state;
	store_close(help_open());
	pid = fork();
	if (pid == 0) {
		for (; limit.rlim_cur < 64; limit.rlim_cur++) {
			limit.rlim_max = 64;
			setrlimit(RLIMIT_NOFILE, &limit);
			if (store_open(&s, help_db, &err) == 0)
				_exit(failed > 0 ? 0 : 1);
			if (err.class != ERR_AGAIN)
				_exit(2);
			failed++;
		}
		_exit(3);
	}
	assert_int_equal(help_wait(pid), 0);
}

static void
what_permissions_forbid_is_said(void **state)
{
	struct err err = ERR_INIT;
	struct store *s = NULL;
	char path[128];
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	make_database();
	assert_int_equal(chmod(help_dir, 0755), 0);
	assert_int_equal(chmod(help_db, 0644), 0);
	pid = fork();
	if (pid == 0) {
		if (setgid(NOBODY) == -1 || setuid(NOBODY) == -1)
			_exit(9);
		if (store_open(&s, help_db, &err) != -1 ||
		    err.class != ERR_AUTH)
			_exit(1);
		snprintf(path, sizeof(path), "%s/new.db", help_dir);
		if (store_open(&s, path, &err) != -1 || err.class != ERR_AUTH)
			_exit(2);
		_exit(0);
	}
	assert_int_equal(help_wait(pid), 0);
}

static void
another_users_database_is_not_written(void **state)
{
	struct err err = ERR_INIT;
	struct store *s = NULL;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	make_database();
	remove_wal();
	assert_int_equal(chmod(help_dir, 0777), 0);
	assert_int_equal(chmod(help_db, 0666), 0);
	pid = fork();
	if (pid == 0) {
		if (setgid(NOBODY) == -1 || setuid(NOBODY) == -1)
			_exit(9);
		if (store_open(&s, help_db, &err) != -1 ||
		    err.class != ERR_AUTH ||
		    strstr(err.text, "belongs to user 0") == NULL)
			_exit(1);
		_exit(0);
	}
	assert_int_equal(help_wait(pid), 0);
}

static void
what_root_creates_belongs_to_the_directorys_owner(void **state)
{
	static const char *const suffix[] = { "", "-wal", "-shm" };
	char path[128];
	struct stat st;
	int i;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(help_dir, NOBODY, NOBODY), 0);
	store_close(help_open());
	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", help_db, suffix[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_uid, NOBODY);
		assert_int_equal(st.st_gid, NOBODY);
	}
}

int
main(void)
{
#define t(name) cmocka_unit_test_setup_teardown(name, help_setup, help_teardown)
	const struct CMUnitTest tests[] = {
		t(a_new_database_is_ours_and_not_for_everybody),
		t(a_missing_directory_is_made),
		t(the_umask_is_respected),
		t(opening_again_keeps_everything),
		t(views_of_another_ruad_make_room_for_ours),
		t(an_empty_file_is_a_new_database),
		t(the_connection_has_everything_dangerous_off),
		t(symbolic_links_are_refused),
		t(a_second_name_is_refused_to_write_but_not_to_read),
		t(what_is_no_regular_file_is_refused),
		t(foreign_databases_are_refused_and_not_touched),
		t(other_files_are_refused_and_not_touched),
		t(newer_databases_are_refused_and_not_touched),
		t(databases_without_our_tables_are_refused),
		t(damaged_databases_are_refused),
		t(running_out_of_descriptors_is_a_passing_fault),
		t(what_permissions_forbid_is_said),
		t(another_users_database_is_not_written),
		t(what_root_creates_belongs_to_the_directorys_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
