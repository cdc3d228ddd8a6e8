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
	GUARD_STEP_SERVER,     /* it greets; this and the others: imap.h */
	GUARD_STEP_LOGIN,      /* it accepts the login */
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
	/* Called whenever bytes have arrived, or NULL. */
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
 * Read the server's greeting.  On 0 libetpan will read one made by the guard
 * instead.  PREAUTH is refused (ERR_AUTH); BYE is ERR_AGAIN.
 */
int guard_greet(struct guard *, struct err *);

/*
 * Return the stream to give to libetpan.  mailimap_free() of the session that
 * uses it closes and frees the guard too.
 */
mailstream *guard_stream(struct guard *);

/* Only for a guard whose stream no session has; NULL is fine. */
void guard_close(struct guard *);

/* After STARTTLS was answered OK: refuse bytes left over, shake hands. */
int guard_start_tls(struct guard *, mailstream *, struct err *);

bool guard_is_encrypted(const struct guard *);

/* Return "TLS1.3", say, or "no TLS".  It lasts for ever. */
const char *guard_tls_version(const struct guard *);

/*
 * Call it before each command.  Set the deadline for the whole answer, in
 * seconds, and how many bytes the answer may have (not counting literals, of
 * which each may have max_literal).
 */
void guard_expect(
    struct guard *, int seconds, uint64_t bytes, uint64_t max_literal);

/*
 * The same for FETCH, with answers as long as a mailbox: nothing untagged but
 * FETCH passes, and instead of one deadline the server may be silent for stall
 * seconds, must then send 1 KiB/s on average, and has 30 minutes in all.
 */
void guard_expect_flow(
    struct guard *, int stall, uint64_t bytes, uint64_t max_literal);

/*
 * Do a little work while the server is silent.  Return 1 when there is more to
 * do at once, 0 when there is nothing until *other is ready (fd -1: nothing at
 * all), -1 to end the session.  long_wait is true every tenth of a second, for
 * the last time when there is nothing to do.  It runs within libetpan's read:
 * it must not use the session.
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

/* Return whether the server has said "+" since idling began. */
bool guard_is_continued(const struct guard *);

/* Return whether there was an EXISTS since the last guard_forget_news(). */
bool guard_has_news(const struct guard *);
void guard_forget_news(struct guard *);

/* Let lines with "+" pass (AUTHENTICATE) or drop them, the default. */
void guard_let_continue(struct guard *, bool);

/* Return the last tagged reply since guard_expect(), as the server sent it. */
enum guard_status { GUARD_NONE, GUARD_OK, GUARD_NO, GUARD_BAD };
struct guard_reply {
	enum guard_status status;
	char code[32];  /* "TRYCREATE" of "[TRYCREATE]", upper case, or "" */
	char text[200]; /* the server's words, made safe */
};
const struct guard_reply *guard_reply(const struct guard *);

/*
 * Return what the server wants people to be told ([ALERT], and Google's
 * [WEBALERT] with its address), made safe; "": nothing.  It adds up over the
 * session.
 */
const char *guard_alert(const struct guard *);
void guard_forget_alert(struct guard *);

/*
 * Return the replies MYRIGHTS and QUOTA since guard_forget_told(), a line each
 * and made safe, as many as fit; libetpan does not get them.
 */
const char *guard_told(const struct guard *);
void guard_forget_told(struct guard *);

/* Return how many EXPUNGE replies came since guard_forget_expunged(). */
uint32_t guard_expunged(const struct guard *);
void guard_forget_expunged(struct guard *);

/*
 * Return why the last read or write failed, "" if none did: "no answer within
 * 60 s", "connection closed by the server", "line longer than 8192 bytes" ...
 */
const char *guard_fault(const struct guard *);

/* Tell who watches, if anybody, that a step begins or what it has found. */
void guard_begin(const struct guard *, enum guard_step);
void guard_tell(const struct guard *, enum guard_step, const char *warning,
    const char *, ...) __attribute__((format(printf, 4, 5)));

/*
 * Return how many bytes, of INT64_MAX at most, the literal was announced to
 * have over which the session ended, because max_literal is less; 0: none.
 */
uint64_t guard_oversize(const struct guard *);

/* End the session for this reason: nothing is read or written any more. */
void guard_kill(struct guard *, const char *why);

#endif
