/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds what an import should read: files, the messages of an mbox, maildirs,
 * directories, standard input.  Runs in ruactl import, with the rights of the
 * user; of the content, only the lines that separate the messages of an mbox
 * are looked at.  At most one input is in memory at a time.
 */
#ifndef RUAD_CTL_IMPORT_WALK_H
#define RUAD_CTL_IMPORT_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct import_input {
	const char *path;   /* for people: as it was given; "-" */
	const char *ledger; /* absolute; "#1" ... for messages of an mbox */
	const char *name;   /* of a file; NULL: it must be a message */
	bool in_mbox;       /* one of many messages, not a file */
	bool doubtful;      /* see struct store_message */
	uint64_t size;
	char *data; /* size bytes, now the callee's; NULL: over the limit */
};

struct import_sink {
	uint64_t max; /* bytes of an input that is worth reading */
	int (*input)(void *arg, const struct import_input *, struct err *);
	/* It cannot be opened or read; ERR_INPUT: it does not exist. */
	void (*unreadable)(void *arg, const char *path, const struct err *why);
	/*
	 * Called between inputs with fd -1, and before fd is read: waits until
	 * there is something to read or the import should stop.
	 */
	bool (*is_stopped)(void *arg, int fd);
	void *arg;
};

/*
 * Read everything at one path; names in directories come in the order of their
 * bytes.  Symlinks are followed to files, but to directories only at path
 * itself.  -1: input() failed, or a resource is exhausted (ERR_AGAIN).
 */
int import_walk(const struct import_sink *, const char *path, struct err *);

/*
 * Split an mbox that comes from a descriptor into its messages.  Returns as
 * import_walk(), which uses it.
 */
int import_split_mbox(const struct import_sink *, int fd, const char *path,
    const char *ledger, const char *start, size_t len, struct err *);

#endif
