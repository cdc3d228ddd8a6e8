/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/schema.h"
#include "store/store_priv.h"

/* A row, and the text that is built for it, is never longer. */
#define MAX_LENGTH (16 << 20)

const char *const store_suffixes[STORE_FILES] = { "", "-wal", "-shm" };

static enum err_class
class_of_cantopen(int rc, int sys)
{
	if (rc == SQLITE_CANTOPEN_SYMLINK || rc == SQLITE_CANTOPEN_ISDIR)
		return ERR_CONF;
	if (sys == EACCES || sys == EPERM || sys == EROFS)
		return ERR_AUTH;
	return ERR_AGAIN;
}

static enum err_class
class_of_sql(int rc, int sys)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_NOMEM:
	case SQLITE_PROTOCOL:
	case SQLITE_INTERRUPT:
		return ERR_AGAIN;
	case SQLITE_CANTOPEN:
		return class_of_cantopen(rc, sys);
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH:
		return ERR_AUTH;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERR_CONF;
	default:
		return ERR_BUG;
	}
}

/* Return whether this user may write the database, whatever SQLite makes of an
 * open(). */
static bool
may_write(const char *path)
{
	char file[PATH_MAX];
	size_t i;

	for (i = 0; i < STORE_FILES; i++) {
		snprintf(file, sizeof(file), "%s%s", path, store_suffixes[i]);
		if (faccessat(AT_FDCWD, file, W_OK, AT_EACCESS) == -1 &&
		    errno != ENOENT)
			return false;
	}
	return true;
}

bool
store_has_companion(const char *path, const char *suffix)
{
	char file[PATH_MAX];

	snprintf(file, sizeof(file), "%s%s", path, suffix);
	return access(file, F_OK) == 0;
}

/* What a read of the database or its -wal file said last, as an errno. */
static int
last_errno(sqlite3 *db)
{
	int error = 0;

	if (db != NULL)
		sqlite3_file_control(
		    db, "main", SQLITE_FCNTL_LAST_ERRNO, &error);
	return error;
}

/*
 * The bytes on which SQLite locks (its files os.h and wal.c), what keeps a
 * writer away before what others hold, too.
 */
static const struct lock_place {
	const char *suffix;
	off_t start, len;
} lock_places[] = {
	{ "-shm", 120, 3 },      /* to write, to copy the log, to recover it */
	{ "", 0x40000000, 2 },   /* to write without a log */
	{ "-shm", 123, 5 },      /* to read */
	{ "", 0x40000002, 510 }, /* to read, or to have it for oneself */
};
#define LOCK_PLACES (sizeof(lock_places) / sizeof(lock_places[0]))

/*
 * The process that holds a lock there; 0: nobody.  Asked of the lock itself,
 * since a service may not see /proc/locks.  The file stays open: close() would
 * drop the locks that SQLite has on it in this process.
 */
static pid_t
lock_find_holder(const char *path, size_t place)
{
	static struct {
		char path[PATH_MAX];
		int fd;
	} opened[LOCK_PLACES];
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char file[PATH_MAX];

	snprintf(file, sizeof(file), "%s%s", path, lock_places[place].suffix);
	if (strcmp(opened[place].path, file) != 0) {
		opened[place].fd = open(
		    file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		snprintf(
		    opened[place].path, sizeof(opened[place].path), "%s", file);
	}
	lock.l_start = lock_places[place].start;
	lock.l_len = lock_places[place].len;
	if (opened[place].fd == -1 ||
	    fcntl(opened[place].fd, F_GETLK, &lock) == -1 ||
	    lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid > 0 ? lock.l_pid : 0;
}

/* Who may read the database may lock it, too: say who does. */
static const char *
lock_describe_holder(const char *path, char *text, size_t size)
{
	char name[32] = "", comm[32];
	pid_t pid = 0;
	size_t i;
	FILE *f;

	for (i = 0; i < LOCK_PLACES && pid == 0; i++)
		pid = lock_find_holder(path, i);
	if (pid == 0) {
		snprintf(text, size, "another program keeps it locked");
		return text;
	}
	snprintf(comm, sizeof(comm), "/proc/%d/comm", (int)pid);
	if ((f = fopen(comm, "re")) != NULL) {
		if (fgets(name, sizeof(name), f) != NULL)
			name[strcspn(name, "\n")] = '\0';
		fclose(f);
	}
	snprintf(text, size, "process %d%s%s%s keeps it locked", (int)pid,
	    name[0] != '\0' ? " (" : "", name, name[0] != '\0' ? ")" : "");
	return text;
}

int
store_sql_error(
    sqlite3 *db, int rc, const char *path, const char *doing, struct err *err)
{
	int sys = db != NULL ? sqlite3_system_errno(db) : errno;
	const char *why = db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
	char holder[128];

	switch (rc & 0xff) {
	case SQLITE_NOTADB:
		return err_set(err, ERR_CONF,
		    "%s is not an SQLite database: name another file, or, if "
		    "it was ruad's, restore it from a backup or move it away "
		    "and import the archive folder again",
		    path);
	case SQLITE_CORRUPT:
		/* So SQLite calls a disk that cannot be read. */
		if (last_errno(db) == EIO)
			return err_set(err, ERR_AGAIN,
			    "%s: cannot %s: the disk cannot be read (%s)", path,
			    doing, strerror(EIO));
		return err_set(err, ERR_CONF,
		    "%s is damaged (%s): restore it from a backup, or move it "
		    "away and import the archive folder again",
		    path, why);
	case SQLITE_BUSY:
		return err_set(err, ERR_AGAIN, "%s: cannot %s: %s", path, doing,
		    lock_describe_holder(path, holder, sizeof(holder)));
	case SQLITE_READONLY:
		/* What it could not open for writing, it opens for reading. */
		if (may_write(path))
			return err_set(err, ERR_AGAIN,
			    "%s: cannot %s: it could not be opened for writing "
			    "(out of file descriptors?)",
			    path, doing);
		return err_set(err, ERR_AUTH,
		    "%s: cannot %s: no permission to write it, its -wal and "
		    "-shm files or its directory",
		    path, doing);
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
		if (sys == ENOENT && store_has_companion(path, "-wal") &&
		    !store_has_companion(path, "-shm"))
			return err_set(err, class_of_sql(rc, sys),
			    "%s has a -wal but no -shm file, and it cannot be "
			    "made here: run ruactl on it once as a user who "
			    "may write there, or copy all three together",
			    path);
		if (sys != 0)
			return err_set(err, class_of_sql(rc, sys),
			    "%s: cannot %s: %s (%s)", path, doing, why,
			    strerror(sys));
		break;
	default:
		break;
	}
	return err_set(
	    err, class_of_sql(rc, sys), "%s: cannot %s: %s", path, doing, why);
}

int
store_exec(sqlite3 *db, const char *path, const char *sql, const char *doing,
    struct err *err)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	if (rc != SQLITE_OK)
		return store_sql_error(db, rc, path, doing, err);
	return 0;
}

int
store_open_db(sqlite3 **out, const char *path, const char *name, int flags,
    int busy_ms, struct err *err)
{
	static const struct {
		int option;
		int value;
	} config[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
		{ SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
	};
	sqlite3 *db = NULL;
	size_t i;
	int rc;

	/*
	 * Every process of ours has one thread: mutexes and counters around
	 * each malloc would cost an eighth of the whole.  Refused, without
	 * harm, when SQLite has started already.
	 */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	rc = sqlite3_open_v2(name, &db,
	    flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_PRIVATECACHE |
	        SQLITE_OPEN_EXRESCODE,
	    NULL);
	if (rc != SQLITE_OK)
		goto fail;
	/* First of all: whatever follows may have to wait. */
	rc = sqlite3_busy_timeout(db, busy_ms);
	for (i = 0; i < sizeof(config) / sizeof(config[0]); i++)
		if (rc == SQLITE_OK)
			rc = sqlite3_db_config(
			    db, config[i].option, config[i].value, NULL);
	if (rc != SQLITE_OK)
		goto fail;
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, MAX_LENGTH);
	rc = sqlite3_exec(db,
	    "PRAGMA cell_size_check = ON;"
	    "PRAGMA mmap_size = 0;"
	    "PRAGMA temp_store = MEMORY;"
	    "PRAGMA cache_size = -8192;",
	    NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		goto fail;
	*out = db;
	return 0;
fail:
	store_sql_error(db, rc, path, "open it", err);
	sqlite3_close(db);
	return -1;
}

/* One statement, so that all of it is of one moment. */
static const char identity_sql[] =
    "SELECT (SELECT application_id FROM pragma_application_id),"
    " (SELECT user_version FROM pragma_user_version),"
    " (SELECT count(*) FROM sqlite_schema)";

int
store_check_identity(
    sqlite3 *db, const char *path, int newest, int *version, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int app, user, objects, rc;

	rc = sqlite3_prepare_v2(db, identity_sql, -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc != SQLITE_ROW) {
		store_sql_error(db, rc, path, "read it", err);
		sqlite3_finalize(st);
		return -1;
	}
	app = sqlite3_column_int(st, 0);
	user = sqlite3_column_int(st, 1);
	objects = sqlite3_column_int(st, 2);
	sqlite3_finalize(st);

	if (app == 0 && user == 0 && objects == 0) {
		*version = 0;
		return 0;
	}
	if (app != SCHEMA_APPLICATION_ID)
		return err_set(err, ERR_CONF,
		    "%s is a database of another program (application id "
		    "%#x): name another file, ruad will create it",
		    path, (unsigned int)app);
	if (user > newest)
		return err_set(err, ERR_CONF,
		    "%s was written by a newer ruad (schema version %d, this "
		    "one knows %d): install the newer ruad again, or restore "
		    "a backup from before the upgrade",
		    path, user, newest);
	if (user < 1 || objects == 0)
		return err_set(err, ERR_CONF,
		    "%s has ruad's mark but not its tables: restore it from a "
		    "backup, or move it away and import the archive folder "
		    "again",
		    path);
	*version = user;
	return 0;
}
