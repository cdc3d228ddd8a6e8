/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds what an import is to read: files, the mails of an mbox, maildirs,
 * directories, standard input.  Runs in ruactl import, with the rights of
 * whoever asked; of the content only the lines that part the mails of an mbox
 * are looked at.  No more than one input is in memory at a time.
 */
#ifndef RUAD_CTL_IMPORT_WALK_H
#define RUAD_CTL_IMPORT_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct import_input {
	const char *path;   /* for people: as it was given; "-" */
	const char *ledger; /* absolute; an mbox's mails end with "#1" ... */
	const char *name;   /* of a file; NULL for what must be a mail */
	bool in_mbox;
	uint64_t size;
	char *data; /* size bytes, now the callee's; NULL: over the limit */
};

struct import_sink {
	uint64_t max; /* bytes of an input that is worth reading */
	int (*input)(void *arg, const struct import_input *, struct err *);
	/* Cannot be opened or read; ERR_INPUT: is not there. */
	void (*unreadable)(void *arg, const char *path, const struct err *why);
	/*
	 * Asked between inputs, fd being -1; and before fd is read: waits until
	 * there is something to read, or we are told to stop.
	 */
	bool (*is_stopped)(void *arg, int fd);
	void *arg;
};

/*
 * Everything at one path; names within directories come in the order of
 * their bytes.  Symlinks are followed to files, but to directories only at
 * path itself.  -1: input() failed, or the system is out of something
 * (ERR_AGAIN).
 */
int import_walk(const struct import_sink *, const char *path, struct err *);

/*
 * Part the mails of an mbox that comes from a descriptor.  Runs the same way;
 * import_walk() uses it.
 */
int import_split_mbox(const struct import_sink *, int fd, const char *path,
    const char *ledger, const char *start, size_t len, struct err *);

#endif
