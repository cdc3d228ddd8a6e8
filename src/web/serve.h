/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP, by libmicrohttpd, in one thread: takes requests from a socket, refuses
 * what is none of its own, and sends answers.
 */
#ifndef RUAD_WEB_SERVE_H
#define RUAD_WEB_SERVE_H

#include <stdbool.h>

#include "base/err.h"
#include "web/answer.h"
#include "web/auth.h"

struct serve_settings {
	struct answer_settings answer;
	const char *const *hosts; /* that it is called; NULL ends them, and
	                             NULL: any */
	struct auth *auth;        /* NULL: nobody is asked who he is */
	bool is_verbose;          /* log each request */
	/* When any worker was asked last, and how long after it they end. */
	_Atomic int64_t *asked_ms;
	int64_t idle_ms; /* 0: they do not */
};

struct serve;

/* The settings must outlive it.  Nothing is answered before serve_run(). */
int serve_begin(
    struct serve **, const struct serve_settings *, int listener, struct err *);

/* Answer until a signal can be read from this signalfd(2), or all are idle. */
int serve_run(struct serve *, int signals, struct err *);
void serve_end(struct serve *);

/* Milliseconds until nobody has asked for long enough; -1: that is never. */
int64_t serve_until_idle(const struct serve_settings *);

/* Whether a field Host, with or without a port, is one of these. */
bool serve_is_host(const char *const *hosts, const char *field);

/*
 * Whether a field If-None-Match (RFC 9110, 13.1.2) has this tag, which is in
 * quotes: whoever packs an answer on its way makes its tag a weak one.  "*" has
 * none: it is for those who write.
 */
bool serve_has_tag(const char *field, const char *tag);

#endif
