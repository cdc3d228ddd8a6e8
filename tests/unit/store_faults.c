/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store: the memory or the disk fails at the 1st, 2nd, 3rd ... use, until a
 * run in which nothing failed.  Each run is a process of its own.  RUAD_SHORT
 * leaves out most uses of memory.
 */
#include "store_help.h"

#include "store/store_priv.h"

/* How a run ended. */
enum {
	DONE,    /* nothing failed */
	STORED,  /* something failed, the mail was stored all the same */
	REFUSED, /* it was said to be a passing fault */
	WRONG,
};

static int countdown;   /* uses until one fails */
static bool for_good;   /* all after it fail too */
static bool has_failed; /* one did */

static bool
fails_now(void)
{
	if (has_failed)
		return for_good;
	has_failed = countdown-- == 0;
	return has_failed;
}

/* --- memory --------------------------------------------------------------- */

static sqlite3_mem_methods real_memory;

static void *
failing_malloc(int n)
{
	return fails_now() ? NULL : real_memory.xMalloc(n);
}

static void *
failing_realloc(void *p, int n)
{
	return fails_now() ? NULL : real_memory.xRealloc(p, n);
}

static void
set_failing_memory(void)
{
	sqlite3_mem_methods methods;

	sqlite3_shutdown();
	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
	methods = real_memory;
	methods.xMalloc = failing_malloc;
	methods.xRealloc = failing_realloc;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

/* --- disk ----------------------------------------------------------------- */

struct file {
	sqlite3_file base;
	sqlite3_file *real;
};

static sqlite3_vfs *real_disk, failing_disk;
static int disk_error; /* what a write that fails gives */

static sqlite3_file *
real_file(sqlite3_file *f)
{
	return ((struct file *)f)->real;
}

/* The call of the real file's method. */
#define REAL(f, method, ...) \
	real_file(f)->pMethods->method(real_file(f), ##__VA_ARGS__)

static int
disk_close(sqlite3_file *f)
{
	int rc = REAL(f, xClose);

	free(real_file(f));
	return rc;
}

static int
disk_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
	return fails_now() ? SQLITE_IOERR_READ : REAL(f, xRead, to, n, at);
}

static int
disk_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	return fails_now() ? disk_error : REAL(f, xWrite, from, n, at);
}

static int
disk_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return fails_now() ? SQLITE_IOERR_TRUNCATE : REAL(f, xTruncate, size);
}

static int
disk_sync(sqlite3_file *f, int flags)
{
	return fails_now() ? SQLITE_IOERR_FSYNC : REAL(f, xSync, flags);
}

static int
disk_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return fails_now() ? SQLITE_IOERR_FSTAT : REAL(f, xFileSize, size);
}

static int
disk_lock(sqlite3_file *f, int level)
{
	return REAL(f, xLock, level);
}

static int
disk_unlock(sqlite3_file *f, int level)
{
	return REAL(f, xUnlock, level);
}

static int
disk_reserved(sqlite3_file *f, int *out)
{
	return REAL(f, xCheckReservedLock, out);
}

static int
disk_control(sqlite3_file *f, int op, void *arg)
{
	return REAL(f, xFileControl, op, arg);
}

static int
disk_sector(sqlite3_file *f)
{
	return REAL(f, xSectorSize);
}

static int
disk_device(sqlite3_file *f)
{
	return REAL(f, xDeviceCharacteristics);
}

static int
disk_shm_map(
    sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	if (fails_now())
		return SQLITE_IOERR_SHMMAP;
	return REAL(f, xShmMap, page, size, extend, out);
}

static int
disk_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
	return REAL(f, xShmLock, at, n, flags);
}

static void
disk_shm_barrier(sqlite3_file *f)
{
	REAL(f, xShmBarrier);
}

static int
disk_shm_unmap(sqlite3_file *f, int delete)
{
	return REAL(f, xShmUnmap, delete);
}

static const sqlite3_io_methods disk_methods = {
	.iVersion = 2,
	.xClose = disk_close,
	.xRead = disk_read,
	.xWrite = disk_write,
	.xTruncate = disk_truncate,
	.xSync = disk_sync,
	.xFileSize = disk_size,
	.xLock = disk_lock,
	.xUnlock = disk_unlock,
	.xCheckReservedLock = disk_reserved,
	.xFileControl = disk_control,
	.xSectorSize = disk_sector,
	.xDeviceCharacteristics = disk_device,
	.xShmMap = disk_shm_map,
	.xShmLock = disk_shm_lock,
	.xShmBarrier = disk_shm_barrier,
	.xShmUnmap = disk_shm_unmap,
};

static int
disk_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct file *file = (struct file *)f;
	int rc;

	(void)vfs;
	file->base.pMethods = NULL;
	if (fails_now())
		return SQLITE_IOERR;
	file->real = calloc(1, (size_t)real_disk->szOsFile);
	if (file->real == NULL)
		return SQLITE_NOMEM;
	rc = real_disk->xOpen(real_disk, name, file->real, flags, out);
	if (rc != SQLITE_OK) {
		free(file->real);
		return rc;
	}
	file->base.pMethods = &disk_methods;
	return SQLITE_OK;
}

static void
set_failing_disk(void)
{
	real_disk = sqlite3_vfs_find(NULL);
	failing_disk = *real_disk;
	failing_disk.zName = "failing";
	failing_disk.szOsFile = sizeof(struct file);
	failing_disk.xOpen = disk_open;
	sqlite3_vfs_register(&failing_disk, 1);
}

/* --- runs ----------------------------------------------------------------- */

static int
store_one(struct store *s, const char *id, struct err *err)
{
	struct store_message m = help_message(0, 0, id);
	struct record rec = help_record("192.0.2.7", 1);
	struct report r = help_report(id, 1);
	enum store_outcome outcome;

	if (store_begin(s, err) == -1)
		return -1;
	if (store_begin_message(s, &m, err) == -1 ||
	    store_add_report(s, &r, &outcome, err) == -1 ||
	    (outcome != STORE_DUPLICATE &&
	        store_add_record(s, &rec, err) == -1) ||
	    store_end_message(s, "stored", NULL, 1, err) == -1) {
		store_rollback(s);
		return -1;
	}
	return store_commit(s, err);
}

static int
run(int n, const char *id)
{
	struct err err = ERR_INIT;
	struct store *s = NULL;
	int rc;

	countdown = n;
	rc = store_open(&s, help_db, &err);
	if (rc == 0) {
		rc = store_one(s, id, &err);
		store_close(s);
	}
	if (rc == 0)
		return has_failed ? STORED : DONE;
	if (has_failed && err.class == ERR_AGAIN)
		return REFUSED;
	fprintf(stderr, "use %d: class %d: %s\n", n, err.class, err.text);
	return WRONG;
}

/* The sanitizers make each of them costly, and see the same in some. */
#ifdef __SANITIZE_ADDRESS__
#define STEP 16
#define LAST_STEP 4
#else
#define STEP 1
#define LAST_STEP 1
#endif
#define LAST 200 /* uses in which a mail is stored, and some before them */

/* How it ends when use n fails, after so many runs. */
static int
fail_at(void (*set)(void), int n, int runs)
{
	char sql[128], id[32];
	int status;
	pid_t pid;

	snprintf(id, sizeof(id), "%d", runs);
	if ((pid = fork()) == 0) {
		set();
		_exit(run(n, id));
	}
	status = help_wait(pid);
	assert_in_range(status, DONE, REFUSED);
	snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM report JOIN record"
	    " ON report_id = report.id WHERE external_id = '%s'",
	    id);
	if (status != REFUSED)
		asked("1", sql);
	if (runs % 10 == 0 && access(help_db, F_OK) == 0 &&
	    strcmp(help_ask("PRAGMA application_id"), "0") != 0)
		help_check();
	return status;
}

/*
 * Whatever fails, a mail that was said to be stored is there, the others are
 * whole or not there, and the next run starts on a good database.  Of the
 * memory most is used to open it: there uses are left out, the later the more.
 */
static void
fail_ever_later(void (*set)(void), int least)
{
	bool is_memory = set == set_failing_memory;
	bool is_short = is_memory && getenv("RUAD_SHORT") != NULL;
	int n, before = 0, runs = 0;

	for (n = 0; fail_at(set, n, runs++) != DONE;
	     n += is_short ? 16 * STEP + n / 50 : STEP + n / 200)
		before = n;
	assert_true(n > least);
	if (is_memory)
		for (n = before - LAST; fail_at(set, n, runs++) != DONE;)
			n += is_short ? LAST_STEP * LAST_STEP : LAST_STEP;
	help_check();
	asked("0",
	    "SELECT count(*) - (SELECT count(*) FROM record)"
	    " FROM report");
}

static void
memory_may_fail_at_any_use(void **state)
{
	(void)state;
	fail_ever_later(set_failing_memory, 500);
}

static void
memory_may_fail_for_good(void **state)
{
	(void)state;
	for_good = true;
	fail_ever_later(set_failing_memory, 500);
	for_good = false;
}

static void
the_disk_may_fail_at_any_use(void **state)
{
	(void)state;
	disk_error = SQLITE_IOERR_WRITE;
	fail_ever_later(set_failing_disk, 20);
}

static void
the_disk_may_fail_for_good(void **state)
{
	(void)state;
	disk_error = SQLITE_IOERR_WRITE;
	for_good = true;
	fail_ever_later(set_failing_disk, 20);
	for_good = false;
}

static void
the_disk_may_be_full(void **state)
{
	(void)state;
	disk_error = SQLITE_FULL;
	for_good = true;
	fail_ever_later(set_failing_disk, 20);
	for_good = false;
}

int
main(void)
{
#define t(name) cmocka_unit_test_setup_teardown(name, help_setup, help_teardown)
	const struct CMUnitTest tests[] = {
		t(memory_may_fail_at_any_use),
		t(memory_may_fail_for_good),
		t(the_disk_may_fail_at_any_use),
		t(the_disk_may_fail_for_good),
		t(the_disk_may_be_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
