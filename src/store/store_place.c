/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "store/store.h"
#include "store/store_priv.h"

static int
look(const struct store *s, size_t i, struct stat *st)
{
	char file[PATH_MAX];

	snprintf(file, sizeof(file), "%s%s", s->path, store_suffixes[i]);
	return lstat(file, st);
}

int
store_note_place(struct store *s, struct err *err)
{
	struct stat st;
	int moved = 0;
	size_t i;

	for (i = 0; i < STORE_FILES; i++) {
		if (look(s, i, &st) == -1)
			return err_set_errno(err, ERR_AGAIN,
			    "%s%s went away while it was opened", s->path,
			    store_suffixes[i]);
		s->place[i].dev = st.st_dev;
		s->place[i].ino = st.st_ino;
	}
	sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	if (moved)
		return err_set(err, ERR_AGAIN,
		    "%s was replaced while it was opened", s->path);
	return 0;
}

int64_t
store_wal_size(const struct store *s)
{
	struct stat st;

	return look(s, 1, &st) == 0 ? (int64_t)st.st_size : 0;
}

int
store_check_place(const struct store *s, struct err *err)
{
	struct stat st;
	size_t i;

	for (i = 0; i < STORE_FILES; i++) {
		if (look(s, i, &st) == 0 && st.st_dev == s->place[i].dev &&
		    st.st_ino == s->place[i].ino)
			continue;
		return err_set(err, ERR_AGAIN,
		    "%s%s was removed or replaced while ruad had it open: "
		    "nothing more is moved, and the next poll stores again "
		    "whatever is not in the database that it finds",
		    s->path, store_suffixes[i]);
	}
	return 0;
}
