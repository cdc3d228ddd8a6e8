/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The IMAP verbs that ruad needs (RFC 3501, MOVE RFC 6851, UIDPLUS RFC 4315,
 * NAMESPACE RFC 2342), over libetpan and the guard.  Runs in the fetcher.
 * Every function: ERR_NET means that the session is lost and must be freed;
 * ERR_AUTH that a person must act; ERR_AGAIN that the server said "not now".
 * Folder names are UTF-8 with '/' between levels, as in ruad.conf(5); the
 * server's separator, namespace prefix and modified UTF-7 are handled here.
 */
#ifndef RUAD_MAIL_IMAP_H
#define RUAD_MAIL_IMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "mail/guard.h"

enum imap_auth {
	IMAP_AUTH_AUTO, /* SCRAM-SHA-256 if offered, else PLAIN, else LOGIN */
	IMAP_AUTH_PLAIN,
	IMAP_AUTH_LOGIN,
	IMAP_AUTH_SCRAM_SHA_256,
	IMAP_AUTH_XOAUTH2, /* the password is an access token */
};

struct imap;

/*
 * Connect, secure, greet, ask capabilities, log in, ask the namespace.
 * PREAUTH is refused.  The password is only borrowed.  ERR_EXPIRED: an access
 * token was refused.
 */
int imap_open(struct imap **, const struct guard_peer *, const char *user,
    const char *password, enum imap_auth, struct err *);

/* LOGOUT if the session still works, then free.  NULL is fine. */
void imap_close(struct imap *);

/* See guard_set_idle(). */
void imap_set_idle(struct imap *, guard_idle_fn, void *arg);

/* Return whether the server offers IDLE. */
bool imap_can_idle(const struct imap *);

/*
 * IDLE (RFC 2177) on the selected folder.  imap_idle_begin() returns 1 if the
 * server refuses: the session continues without.  After it call nothing but
 * imap_idle_wait() until imap_idle_end(), which must have an answer within so
 * many seconds.  imap_idle_wait() is guard_listen(); *over: the server has
 * ended the IDLE by itself.
 */
int imap_idle_begin(struct imap *, struct err *);
int imap_idle_wait(
    struct imap *, int other, int64_t ms, bool *over, struct err *);
int imap_idle_end(struct imap *, int seconds, struct err *);

/*
 * Return whether the server has said, since imap_select(), how many messages
 * there are: some may be new.
 */
bool imap_has_news(const struct imap *);

struct imap_folder {
	uint32_t uidvalidity;
	uint32_t exists; /* the server's word: never allocate by it */
	bool read_only;
};

/*
 * SELECT; or EXAMINE, after which nothing in the folder can be changed.
 * ERR_CONF: there is no such folder.
 */
int imap_select(
    struct imap *, const char *folder, struct imap_folder *, struct err *);
int imap_examine(
    struct imap *, const char *folder, struct imap_folder *, struct err *);

/* A message in the selected folder. */
struct imap_mail {
	uint32_t uid;
	uint32_t size; /* RFC822.SIZE, the server's word; 0: it has none */
};

/*
 * List the messages of the selected folder with uid >= from (of a million or
 * more, the newest million), sorted by UID, each once.  *out is yours to
 * free(), NULL when there are none.
 */
int imap_list(struct imap *, uint32_t from, struct imap_mail **out, size_t *n,
    struct err *);

/*
 * Return how many more messages the folder is said to contain than imap_list()
 * from 1 has found, though it asked in two ways.  Some may have been removed
 * since it was opened.
 */
uint32_t imap_unlisted(const struct imap *);

/*
 * Of a folder with more than imap_list() lists: when so many have been listed,
 * list those below this UID, again the newest million of them.
 */
int imap_list_older(struct imap *, uint32_t before, size_t listed,
    struct imap_mail **out, size_t *n, struct err *);

/* List the newest messages, max at most. */
int imap_list_newest(
    struct imap *, size_t max, struct imap_mail **out, size_t *n, struct err *);

/*
 * Fetch these UIDs (sorted, at most 1,000) in one command, as a whole
 * (BODY.PEEK[]) or, for servers that fail at that, header and text (which are
 * put together).  fn gets each message as it comes, at most once per UID, only
 * UIDs asked for; data is len bytes, at least one, yours to give to
 * imap_free_mail().  fn's 0 takes it; 1 does not; -1 ends the session (ERR of
 * fn's own choice). taken[i]: fn took uids[i]; the others have gone from the
 * server, or it did not hand them over.  ERR_DATA: it refuses one of those, and
 * the session continues.  A message may be somewhat larger than max_message
 * (RFC822.SIZE may lie); one that is much larger loses the session.
 */
enum imap_fetch_how { IMAP_FETCH_WHOLE, IMAP_FETCH_PARTS };
typedef int (*imap_mail_fn)(
    uint32_t uid, char *data, size_t len, void *arg, struct err *);
int imap_fetch(struct imap *, enum imap_fetch_how, const uint32_t *uids,
    size_t n, uint64_t max_message, imap_mail_fn, void *arg, bool *taken,
    struct err *);
void imap_free_mail(char *data);

/*
 * Return the bytes of the message, or of a part of it, that was so much larger
 * than max_message that imap_fetch() has lost the session; 0: it was not that.
 */
uint64_t imap_oversize(const struct imap *);

/* Find which of these UIDs (sorted) are in the folder, or are \Deleted. */
int imap_find(
    struct imap *, const uint32_t *uids, size_t n, bool *there, struct err *);
int imap_find_deleted(
    struct imap *, const uint32_t *uids, size_t n, bool *deleted, struct err *);

/* Return how the server refused the last command, if it did. */
enum imap_refusal {
	IMAP_NOT_REFUSED,      /* or the session is lost */
	IMAP_REFUSED_FOR_NOW,  /* it says that this passes */
	IMAP_REFUSED_FOR_GOOD, /* for lack of rights: a person must act */
	IMAP_OVER_QUOTA,       /* the same */
	IMAP_REFUSED, /* without a reason, or as an error in the command */
};
enum imap_refusal imap_refusal(const struct imap *);

/* Return what the server wants people to be told, see guard_alert(). */
const char *imap_alert(const struct imap *);

/* Find out whether a folder exists and can contain messages. */
int imap_has_folder(struct imap *, const char *folder, bool *has, struct err *);

/*
 * Make sure that a folder exists: CREATE and SUBSCRIBE if it does not.  When
 * the server refuses, the folder may exist all the same: see imap_refusal().
 */
int imap_ensure_folder(struct imap *, const char *folder, struct err *);

/*
 * What ruad may do in a folder, as far as the server says (RFC 4314, RFC 2086);
 * told: the server says it.
 */
struct imap_rights {
	bool told;
	bool may_read;
	bool may_insert; /* messages, by COPY and MOVE */
	bool may_remove; /* messages, by MOVE or EXPUNGE */
	bool may_create; /* folders below it */
	char letters[32];
};
int imap_rights(
    struct imap *, const char *folder, struct imap_rights *, struct err *);

/*
 * Add to text how much of the quota of a folder is used (RFC 9208), nothing
 * where the server does not say; *full: there is no room left.
 */
int imap_quota(struct imap *, const char *folder, struct buf *text, bool *full,
    struct err *);

/* Return the name of a folder as sent to the server, or NULL; free() it. */
char *imap_name_sent(const struct imap *, const char *folder);

/*
 * How messages can be moved: by MOVE, by COPY and EXPUNGE of just these UIDs
 * (UIDPLUS), or only by COPY and \Deleted, which leaves them visible.
 */
enum imap_move_how { IMAP_MOVE, IMAP_COPY_EXPUNGE, IMAP_COPY_FLAG };
enum imap_move_how imap_move_how(const struct imap *);

/*
 * Use COPY and EXPUNGE in place of MOVE for the rest of the session.  False:
 * the server does not offer both.
 */
bool imap_forget_move(struct imap *);

/* Return whether single messages can be expunged (UIDPLUS). */
bool imap_can_expunge(const struct imap *);

/*
 * IMAP_MOVE: move these UIDs (sorted) of the selected folder; UIDs that no
 * longer exist are not an error.  left[i]: the server reports success, and
 * uids[i] is still there.  ERR_DATA: it refuses to MOVE and does not say why.
 *
 * Else copy them, which is done once this is known on disk; then remove them,
 * which can be done twice.  Never a bare EXPUNGE.
 */
int imap_move(struct imap *, const uint32_t *uids, size_t n, const char *folder,
    bool *left, struct err *);
int imap_copy(struct imap *, const uint32_t *uids, size_t n, const char *folder,
    struct err *);
bool imap_has_copied(const struct imap *); /* it proved the last COPY by UIDs */
int imap_remove(struct imap *, const uint32_t *uids, size_t n, struct err *);

/*
 * Return for how many seconds a server that refused in these words wants to be
 * left alone; 0: it does not say.
 */
uint32_t imap_wait_asked(const char *words);

/* Return "TLS1.3, SCRAM-SHA-256, MOVE", say, for ruad -t -m.  Borrowed. */
const char *imap_describe(const struct imap *);

/*
 * Convert UTF-8 to modified UTF-7 (RFC 3501 5.1.3); xmalloc()ed.  NULL: it is
 * not UTF-8.
 */
char *imap_utf7(const char *utf8);

#endif
