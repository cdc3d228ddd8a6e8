/* SPDX-License-Identifier: BSD-2-Clause */
/* What the imap_*.c share.  For nobody else but their test. */
#ifndef RUAD_MAIL_IMAP_PRIV_H
#define RUAD_MAIL_IMAP_PRIV_H

#include "base/buf.h"
#include "base/mem.h"
#include "mail/imap.h"

#define IMAP_STALL 60         /* seconds of silence in a long answer */
#define IMAP_LIST_MAX 1000000 /* messages listed at once */
#define IMAP_COMMAND_MAX 7900 /* bytes of one command line */
/* What an ordinary answer may contain: bytes, and of these in one literal. */
#define IMAP_ANSWER_BYTES (1 << 20)
#define IMAP_ANSWER_LITERAL 8192

/* fn is called for each message of which the server says anything. */
struct mailimap_msg_att;
struct imap_job {
	void (*fn)(struct imap_job *, struct mailimap_msg_att *);
};

/* A namespace (RFC 2342) other than the user's first. */
#define IMAP_SPACES 16 /* of those that are kept */
enum imap_whose { IMAP_OURS, IMAP_OTHERS, IMAP_SHARED };
struct imap_space {
	char *prefix; /* modified UTF-7 */
	char separator;
	enum imap_whose whose;
};

struct imap {
	struct guard *guard;
	mailimap *session; /* owns the guard once it is not NULL */
	char *host;
	char *user;
	const char *method; /* how the session logged in */
	char separator;     /* between levels; 0: there are no levels */
	char *prefix;       /* of the user's namespace; modified UTF-7 */
	struct imap_space spaces[IMAP_SPACES];
	size_t nspaces;
	struct array bare; /* of char *: see imap_set_bare() */
	bool can_move;
	bool can_uidplus;
	bool lenient;         /* the next BAD is a refusal like NO */
	uint32_t unlisted;    /* see imap_unlisted() */
	struct imap_job *job; /* of the command under way, or NULL */
	int stall;            /* IMAP_STALL; tests want less */
	uint32_t list_max;    /* IMAP_LIST_MAX; likewise */
	char describe[80];
};

/* Expect an ordinary, short answer. */
void imap_expect(struct imap *);

/*
 * After one of the guard_expect(): send a line (without CRLF) and await its
 * tagged reply.  What it does goes before the text of an error, and on_no is
 * the class of a NO whose code or words do not tell.  BAD is ERR_NET; after an
 * answer that is not IMAP the session is ended.  guard_reply() tells which.
 */
int imap_command(struct imap *, const char *line, enum err_class on_no,
    const char *what, struct err *);

/*
 * The same, but BAD is a refusal, as NO is, and the session continues.
 */
int imap_try(struct imap *, const char *line, enum err_class on_no,
    const char *what, struct err *);

/* Await the tagged reply of a command sent; likewise. */
int imap_await(
    struct imap *, enum err_class on_no, const char *what, struct err *);

/* Send bytes to the server at once. */
int imap_send(struct imap *, const void *, size_t, struct err *);

/* End a session that is lost, and say why.  Return -1. */
int imap_lost(struct imap *, struct err *);

/* Return the class of a NO by its code and words, or otherwise. */
enum err_class imap_class_of_no(
    const struct guard_reply *, enum err_class otherwise);

bool imap_has(const struct imap *, const char *capability);
bool imap_has_auth(const struct imap *, const char *mechanism);
int imap_ask_capability(struct imap *, struct err *);
/* What was offered before TLS or login does not count after it. */
void imap_forget_capability(struct imap *);

int imap_login(
    struct imap *, const char *password, enum imap_auth, struct err *);

/* Ask for the namespaces: their prefixes and separators. */
int imap_ask_namespace(struct imap *, struct err *);
void imap_add_spaces(const struct imap *, struct buf *);
void imap_forget_spaces(struct imap *);

/* Return the server's form of a folder name; xmalloc()ed.  NULL: an error. */
char *imap_folder_name(const struct imap *, const char *folder, struct err *);

/*
 * Return what else a folder may be called where the user's folders have a
 * prefix and shared ones have none (Cyrus); xmalloc()ed, NULL: nothing.
 * imap_set_bare() notes that it is called so.
 */
char *imap_bare_name(const struct imap *, const char *folder);
void imap_set_bare(struct imap *, const char *folder);

/* Find this name (NULL: any) in the answer to LIST.  NULL: it is not there. */
struct mailimap_mailbox_list;
const struct mailimap_mailbox_list *imap_find_listed(
    const struct imap *, const char *name);

/* Find a static item of this type in what is said of a message, and its UID. */
struct mailimap_msg_att_static *imap_att_find(
    struct mailimap_msg_att *, int type);
uint32_t imap_att_uid(struct mailimap_msg_att *);

/* Add a quoted string. */
void imap_add_quoted(struct buf *, const char *);

/*
 * Add as many of these sorted UIDs as fit in max bytes, as ranges that contain
 * no other UID.  Return how many.
 */
size_t imap_add_set(struct buf *, const uint32_t *uids, size_t n, size_t max);

#endif
