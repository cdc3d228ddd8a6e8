/* SPDX-License-Identifier: BSD-2-Clause */
/* The socket that requests come from. */
#ifndef RUAD_WEB_LISTEN_H
#define RUAD_WEB_LISTEN_H

#include <stdbool.h>

#include "base/err.h"

#define LISTEN_DEFAULT "127.0.0.1:8461"

struct listen_socket {
	int fd;
	bool is_unix;
	bool is_local;  /* only this machine can reach it */
	bool is_given;  /* by systemd: sd_listen_fds(3) */
	char name[128]; /* for people */
};

/*
 * Take the socket that systemd gives; else listen where it says: a path, or
 * ADDRESS:PORT (NULL: LISTEN_DEFAULT).
 */
int listen_open(struct listen_socket *, const char *where, struct err *);

#endif
