/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of conf share: the reader that collects errors, and the table
 * of settings.  conf_scan checks the text before libconfig sees it, conf_read
 * turns libconfig's tree into structs, conf_mailbox checks them, conf_write
 * prints them.  Runs in the supervisor, on trusted files.
 */
#ifndef RUAD_CONF_CONF_PART_H
#define RUAD_CONF_CONF_PART_H

#include <libconfig.h>

#include "conf/conf.h"

#define CONF_INTERVAL (15 * 60) /* seconds between polls */
#define CONF_CONNECTIONS 4      /* of one account at the same time */

/* A file that was read. */
struct conf_file {
	char *name;
	unsigned int mode; /* permission bits */
	bool is_exposed;   /* others than root and we may read it */
};

/* Where something stands.  file is borrowed from the reader's files. */
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
	struct conf_place include_dir; /* where it is set */
};

/* Add a line to the report; an error also counts. */
void conf_error(struct conf_reader *, struct conf_place, const char *, ...)
    __attribute__((format(printf, 3, 4)));
void conf_warn(struct conf_reader *, struct conf_place, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* Where libconfig found a setting. */
struct conf_place conf_place(
    const struct conf_reader *, const config_setting_t *);

/* A path as seen from the directory of ruad.conf; xmalloc()ed. */
char *conf_join(const char *dir, const char *path);

/*
 * Open and read a file; it is added to the reader's files, its name to
 * *place.  -1: the error is reported, at from when an @include named it.
 */
int conf_slurp(struct conf_reader *, const char *path,
    const struct conf_place *from, struct buf *text, struct conf_place *);

/*
 * Read a file and all that it includes, and report what libconfig would
 * misread or call just "syntax error".  -1: something was reported, libconfig
 * must not see it.
 */
int conf_scan(struct conf_reader *, const char *path, struct buf *text);

/* --- the settings ------------------------------------------------------- */

enum conf_type {
	CONF_TEXT,
	CONF_SECRET, /* text that is never shown */
	CONF_FILE,   /* a path, made absolute */
	CONF_TLS,    /* enum conf_tls by its word; so below */
	CONF_AUTH,
	CONF_PORT,     /* uint16_t */
	CONF_DURATION, /* int64_t, "15m" */
	CONF_SIZE,     /* uint64_t, "50M" */
	CONF_COUNT,    /* uint64_t, a plain integer or text */
	CONF_BOOL,
	CONF_ARGV,   /* char **, [ "/usr/bin/pass", "show" ] */
	CONF_TEXTS,  /* char **, [ "mx.example.org" ] */
	CONF_LIMITS, /* struct limits, a group */
	CONF_OAUTH2, /* struct conf_oauth2, a group */
	CONF_GRANT,  /* enum conf_grant by its word; so below */
	CONF_PRESET,
	CONF_MAILBOXES,
};

struct conf_key {
	const char *name; /* NULL ends a table */
	enum conf_type type;
	size_t offset;       /* of the member in its struct */
	const char *example; /* a value as it is written */
	int64_t min, max;    /* of numbers, both included */
};

extern const struct conf_key conf_root_keys[];
extern const struct conf_key conf_mailbox_keys[];
extern const struct conf_key conf_limits_keys[];
extern const struct conf_key conf_oauth2_keys[];

/* The words of CONF_GRANT and CONF_PRESET; what is not set is none of them. */
#define CONF_GRANTS 2
#define CONF_PRESETS 2
extern const char *const conf_grant_words[CONF_GRANTS];
extern const char *const conf_preset_words[CONF_PRESETS];

/* The word of a TLS mode or of a way to log in. */
const char *conf_tls_word(enum conf_tls);
const char *conf_auth_word(enum conf_auth);

/*
 * Read the settings of a whole file.  only_mailboxes: it is one of
 * include_dir.
 */
void conf_read(
    struct conf_reader *, const config_setting_t *root, bool only_mailboxes);

/* Fill in the defaults of a mailbox, then report what does not go together. */
void conf_check_mailbox(
    struct conf_reader *, const config_setting_t *, struct conf_mailbox *);

/* The part of it that is about passwords and tokens. */
void conf_check_login(
    struct conf_reader *, const config_setting_t *, struct conf_mailbox *);

/* Where a setting of a group stands, or the group if it is not set. */
struct conf_place conf_member_place(
    const struct conf_reader *, const config_setting_t *, const char *key);

/* Warn of a file that cannot be read (R_OK) or run (X_OK); NULL is fine. */
void conf_warn_unreadable(struct conf_reader *, const config_setting_t *,
    const char *key, const char *path, int how);

/* Empty is the same as not set. */
void conf_drop_empty(char **text);

/* Report what does not go together between mailboxes. */
void conf_check_mailboxes(struct conf_reader *);

#endif
