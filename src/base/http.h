/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One HTTP request, made by ruad-fetch: libcurl would cost every other program
 * its start, and be beside the passwords in the memory of ruad.  Whatever is
 * answered is foreign.
 */
#ifndef RUAD_BASE_HTTP_H
#define RUAD_BASE_HTTP_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define HTTP_MOST 65536 /* bytes of a body */

/* Borrowed. */
struct http_request {
	const char *url;        /* https; for a form also http, see url.h */
	const char *ca_file;    /* PEM; NULL: the system's authorities */
	const char *connect_to; /* ADDRESS[:PORT]; NULL: as the URL says */
	const struct buf *form; /* to POST, urlencoded; NULL: GET */
	int seconds;            /* for all of it */
};

enum http_end {
	HTTP_ANSWERED,
	HTTP_LATE,        /* no whole answer within these seconds */
	HTTP_UNREACHABLE, /* no connection */
	HTTP_UNTRUSTED,   /* who it is could not be verified: it got nothing */
	HTTP_LONG,        /* more than HTTP_MOST */
	HTTP_CA_FILE,     /* ca_file cannot be used */
	HTTP_UNREADABLE,  /* not HTTP, or broken off */
};

/* Zero it to start; http_done() wipes and frees. */
struct http_answer {
	enum http_end end;
	const char *why; /* the end of a sentence, or ""; safe to print */
	/* Of HTTP_ANSWERED only: */
	int status;
	const char *type; /* Content-Type, or "-"; safe to print */
	const char *body; /* len bytes, in a place that never moved */
	size_t len;
	struct buf bytes; /* holds all of these */
};

/*
 * A GET follows RFC 8461, 3.3: verified TLS, no redirects, no proxy.  A form
 * goes through the proxy of the environment if the URL is https.  -1:
 * ruad-fetch cannot be run, or did not do its work: ERR_AGAIN, ERR_CONF.
 */
int http_ask(const struct http_request *, struct http_answer *, struct err *);
void http_done(struct http_answer *);

#endif
