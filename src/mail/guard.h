/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The transport under libetpan: TCP, verified TLS, and a guard over every byte
 * the server sends.  Runs in the fetcher.  The server is not trusted: not to
 * be who it says (chain, name and dates are verified inside the handshake;
 * there is no way to switch that off), not to end (every wait has a deadline),
 * not to be sane (caps on line length, literals, nesting and bytes, before
 * libetpan sees them).  libetpan's own TLS and MIME are never reached.
 */
#ifndef RUAD_MAIL_GUARD_H
#define RUAD_MAIL_GUARD_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libetpan/libetpan.h>

#include "base/err.h"

enum guard_tls {
	GUARD_TLS_IMPLICIT,
	GUARD_TLS_STARTTLS,
	GUARD_TLS_NONE, /* loopback or a unix socket only */
};

/*
 * For ruad -t -m: fn is called when a step begins, with text NULL, and when it
 * is done, with what was found; warning is what to do some day, or NULL.
 * Foreign text in both; borrowed for the call.
 */
enum guard_step {
	GUARD_STEP_NAME,       /* the host has addresses */
	GUARD_STEP_CONNECT,    /* one of them answers */
	GUARD_STEP_TLS,        /* and is the host */
	GUARD_STEP_SERVER,     /* it greets us; this and the others: imap.h */
	GUARD_STEP_LOGIN,      /* it lets us in */
	GUARD_STEP_CAPABILITY, /* and says what it can */
};
struct guard_watch {
	void (*fn)(
	    void *arg, enum guard_step, const char *text, const char *warning);
	void *arg;
};

struct guard_peer {
	const char *host; /* name or address; '/' first: a unix socket */
	uint16_t port;
	enum guard_tls tls;
	const char *ca_file; /* PEM; NULL: the system's; replaces those */
	/*
	 * base64 or hex SHA-256 of the key (SPKI) or NULL.  A condition more,
	 * not one less: the certificate must verify as well.
	 */
	const char *pin_sha256;
	const struct guard_watch *watch; /* NULL: nobody; else lasts as long */
	/* Called whenever bytes have come, or NULL. */
	void (*progress)(void *);
	void *progress_arg;
};

struct guard;

/*
 * Connect, and with GUARD_TLS_IMPLICIT shake hands.  ERR_NET: not reachable;
 * ERR_AUTH: reachable, but not proven to be the host (nothing was sent);
 * ERR_CONF: ca_file or pin unusable, or GUARD_TLS_NONE to another machine.
 */
int guard_open(struct guard **, const struct guard_peer *, struct err *);

/* The same over a socket that is connected already (for tests); takes fd. */
int guard_open_fd(
    struct guard **, int fd, const struct guard_peer *, struct err *);

/*
 * Read the server's greeting.  On 0 libetpan will find one of ours in its
 * place.  PREAUTH is refused (ERR_AUTH); BYE is ERR_AGAIN.
 */
int guard_greet(struct guard *, struct err *);

/*
 * The stream to give to libetpan.  mailimap_free() of the session that uses it
 * closes and frees the guard too.
 */
mailstream *guard_stream(struct guard *);

/* Only for a guard whose stream no session has; NULL is fine. */
void guard_close(struct guard *);

/* STARTTLS was answered OK: refuse bytes left over, then shake hands. */
int guard_start_tls(struct guard *, mailstream *, struct err *);

bool guard_is_encrypted(const struct guard *);

/* "TLS1.3", or "no TLS".  Lasts for ever. */
const char *guard_tls_version(const struct guard *);

/*
 * Before each command: the deadline for all of its answer, and how many bytes
 * (beyond literals up to max_literal each) that may have.
 */
void guard_expect(
    struct guard *, int seconds, uint64_t bytes, uint64_t max_literal);

/*
 * For FETCH, with answers as long as a mailbox: nothing untagged but FETCH
 * passes, and instead of one deadline there is never more than stall seconds
 * of silence, 1 KiB/s on average after as many, 30 minutes.
 */
void guard_expect_flow(
    struct guard *, int stall, uint64_t bytes, uint64_t max_literal);

/*
 * What to do while the server keeps us waiting, a little at a time.  Returns 1
 * when there is more to do at once, 0 when there is nothing until *other is
 * ready (fd -1: nothing at all), -1 to end the session.  Every tenth of a
 * second, for the last time when there is nothing to do, it is told that the
 * wait is long.
 */
typedef int (*guard_idle_fn)(void *arg, bool long_wait, struct pollfd *other);
void guard_set_idle(struct guard *, guard_idle_fn, void *arg);

/*
 * RFC 2177: while idling, nothing untagged reaches libetpan.  guard_listen()
 * waits until the server says something, another descriptor (-1: none) can be
 * read, a signal comes or the time is over, whichever is first, and looks at
 * what has come.  -1: the session is lost.
 */
void guard_set_idling(struct guard *, bool);
int guard_listen(struct guard *, int other, int64_t ms);

/* Whether the server has said "+" since idling began. */
bool guard_is_continued(const struct guard *);

/* Whether there was an EXISTS since the last guard_forget_news(). */
bool guard_has_news(const struct guard *);
void guard_forget_news(struct guard *);

/* Let lines with "+" through (AUTHENTICATE) or drop them, as at first. */
void guard_let_continue(struct guard *, bool);

/* The last tagged reply since guard_expect(), as the server sent it. */
enum guard_status { GUARD_NONE, GUARD_OK, GUARD_NO, GUARD_BAD };
struct guard_reply {
	enum guard_status status;
	char code[32];  /* "TRYCREATE" of "[TRYCREATE]", upper case, or "" */
	char text[200]; /* the server's words, made safe */
};
const struct guard_reply *guard_reply(const struct guard *);

/*
 * What the server wants people to be told ([ALERT], and Google's [WEBALERT]
 * with its address), made safe; "": nothing.  It adds up over the session.
 */
const char *guard_alert(const struct guard *);
void guard_forget_alert(struct guard *);

/*
 * The replies MYRIGHTS and QUOTA since guard_forget_told(), a line each and
 * made safe, as many as fit; libetpan does not get them.
 */
const char *guard_told(const struct guard *);
void guard_forget_told(struct guard *);

/* How many EXPUNGE replies there were since guard_forget_expunged(). */
uint32_t guard_expunged(const struct guard *);
void guard_forget_expunged(struct guard *);

/*
 * Why the last read or write failed, "" if none did: "no answer within 60 s",
 * "connection closed by the server", "line longer than 8192 bytes" ...
 */
const char *guard_fault(const struct guard *);

/* Tell who watches, if anybody, that a step begins or what it has found. */
void guard_begin(const struct guard *, enum guard_step);
void guard_tell(const struct guard *, enum guard_step, const char *warning,
    const char *, ...) __attribute__((format(printf, 4, 5)));

/* End the session from our side: nothing is read or written any more. */
void guard_kill(struct guard *, const char *why);

#endif
