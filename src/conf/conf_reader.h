/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The floor of conf: the report of what is wrong, the files that were read, and
 * where in them a setting is.  Everything else in conf builds on it.
 */
#ifndef RUAD_CONF_CONF_READER_H
#define RUAD_CONF_CONF_READER_H

#include <libconfig.h>
#include <stdarg.h>

#include "conf/conf.h"

/* A file that was read. */
struct conf_file {
	char *name;
	unsigned int mode; /* permission bits */
	bool is_exposed;   /* users other than root and its owner can read it */
};

/* Where something is.  file is borrowed from the reader's files. */
struct conf_place {
	const char *file;
	unsigned int line; /* 0: the file as a whole */
};

struct conf_reader {
	struct conf *conf;
	struct buf *report;
	size_t errors;
	int fault;           /* errno: the machine, not the file; 0: none */
	const char *main;    /* the file as it was named by the user */
	char *dir;           /* the part of it before the last '/', or "" */
	char *root;          /* dir, absolute */
	const char *current; /* the file being read, of files; NULL: none */
	char subject[96];    /* "mailbox \"own\": " while one is read, or "" */
	struct array files;  /* of struct conf_file, in the order read */
	struct array places; /* of struct conf_place: the mailboxes */
	struct conf_place include_dir; /* where it is set; file NULL: nowhere */
};

/* Start to read the configuration at path into conf. */
void conf_reader_init(
    struct conf_reader *, const char *path, struct conf *, struct buf *report);
void conf_reader_done(struct conf_reader *);

/* Add a line to the report; an error also counts. */
void conf_error(struct conf_reader *, struct conf_place, const char *, ...)
    __attribute__((format(printf, 3, 4)));
void conf_verror(struct conf_reader *, struct conf_place, const char *, va_list)
    __attribute__((format(printf, 3, 0)));
void conf_warn(struct conf_reader *, struct conf_place, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* Warn of a file that cannot be read (R_OK) or run (X_OK); NULL is fine. */
void conf_warn_unreadable(struct conf_reader *, const config_setting_t *,
    const char *key, const char *path, int how);

/* Remember an errno that says nothing about the configuration. */
void conf_note_fault(struct conf_reader *, int fault);

/* Return where libconfig found a setting. */
struct conf_place conf_place(
    const struct conf_reader *, const config_setting_t *);

/* Return where a member of a group is, or the group if it is not set. */
struct conf_place conf_member_place(
    const struct conf_reader *, const config_setting_t *, const char *key);

/* Return whether a member of a group is set. */
bool conf_is_set(const config_setting_t *, const char *key);

/* Return a path as seen from the directory of ruad.conf; xmalloc()ed. */
char *conf_join(const char *dir, const char *path);

/*
 * Read the text of a file; it is added to the reader's files, its name to
 * *place.  -1: the error is reported, at from when an @include named it.
 */
int conf_reader_load(struct conf_reader *, const char *path,
    const struct conf_place *from, struct buf *text, struct conf_place *place);

#endif
