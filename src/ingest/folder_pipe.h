/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages of a folder on their way from "ruad --serve-folder", which has
 * the password and the session, to ruactl import, which has the database.  Both
 * ends are here.  A line each, of words with one blank between them; numbers
 * are decimal:
 *
 *	folder VERSION UIDVALIDITY MESSAGES	the first
 *	message UID SIZE whole|short		and then SIZE bytes
 *	large UID SIZE				over the limit, not asked for
 *	missing UID REASON			not handed over; UID 0: unknown
 *	end					that was all
 *	failed CLASS SENTENCE			instead: enum err_class
 *
 * The reader checks what comes: who writes it talks to a foreign server.
 */
#ifndef RUAD_INGEST_FOLDER_PIPE_H
#define RUAD_INGEST_FOLDER_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* --- the end that writes: ERR_AGAIN if nobody reads --------------------- */

int folder_pipe_write_folder(
    int fd, uint32_t uidvalidity, uint64_t messages, struct err *);
int folder_pipe_write_message(int fd, uint32_t uid, const char *data,
    size_t len, bool is_short, struct err *);
int folder_pipe_write_large(int fd, uint32_t uid, uint64_t size, struct err *);
int folder_pipe_write_missing(
    int fd, uint32_t uid, const char *reason, struct err *);
int folder_pipe_write_end(int fd, struct err *);
int folder_pipe_write_failed(int fd, const struct err *why, struct err *);

/* --- the end that reads -------------------------------------------------- */

enum folder_pipe_kind {
	FOLDER_PIPE_FOLDER,
	FOLDER_PIPE_MESSAGE,
	FOLDER_PIPE_LARGE,
	FOLDER_PIPE_MISSING,
	FOLDER_PIPE_END,
};

struct folder_pipe_item {
	enum folder_pipe_kind kind;
	uint32_t uidvalidity;
	uint64_t messages;
	uint32_t uid;
	uint64_t size;
	bool is_short;
	char *data; /* of a message, size bytes, yours to free() */
	char reason[300];
};

/* Zero it, set fd and max_size, and give it to folder_pipe_done(). */
struct folder_pipe {
	int fd;
	uint64_t max_size; /* of a message */
	bool begun;        /* "folder" has come */
	struct buf in;
};

/*
 * Return 1 with the next item, or 0 if more bytes are needed for it.  -1: what
 * has come is wrong (ERR_BUG), comes from another version (ERR_CONF), or is
 * "failed": the error is the one that was sent.
 */
int folder_pipe_next(
    struct folder_pipe *, struct folder_pipe_item *, struct err *);

/* Read once; -1 at its end, too. */
int folder_pipe_fill(struct folder_pipe *, struct err *);

/* Does not close fd. */
void folder_pipe_done(struct folder_pipe *);

#endif
