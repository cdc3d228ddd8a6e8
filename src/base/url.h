/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a secret may be sent: URLs, and hosts that are this machine. */
#ifndef RUAD_BASE_URL_H
#define RUAD_BASE_URL_H

#include <stdbool.h>

#include "base/err.h"

#define URL_HOST 256

/* Return whether a host is this machine: localhost, 127.0.0.0/8 or ::1. */
bool url_is_loopback(const char *host);

/*
 * Check that a secret may be sent to a URL (RFC 3986): https, or http to this
 * machine only; no user or password in it.  host gets its host, without
 * brackets, and may be NULL.  -1: ERR_CONF says why not.
 */
int url_check(const char *url, char host[URL_HOST], struct err *);

#endif
