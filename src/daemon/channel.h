/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The channel between the supervisor and a fetcher: a pair of sockets on which
 * both send single words.  Neither ever waits for the other: a word for which
 * there is no room is lost, which takes hundreds that nobody reads.
 */
#ifndef RUAD_DAEMON_CHANNEL_H
#define RUAD_DAEMON_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum channel_word {
	/* From the fetcher. */
	CHANNEL_PROGRESS = 'b', /* it makes progress */
	CHANNEL_OPEN = 'o',     /* the server answers: the folder is open */
	CHANNEL_WAITING =
	    'r',              /* the poll went well; it waits for mail (IDLE) */
	CHANNEL_NEWS = 'n',   /* there may be mail: tell it to poll */
	CHANNEL_FAILED = 'f', /* the poll failed: wait and text say more */
	CHANNEL_LOST = 'x',   /* waiting, it lost the session; wait says more */
	/* From the supervisor, to one that waits. */
	CHANNEL_POLL = 'p',
	CHANNEL_LEAVE = 'l', /* end when the poll, if there is one, is over */
};

struct channel_message {
	char word;
	uint32_t wait; /* seconds for which the server wants to be left alone */
	char text[ERR_KEY]; /* of an error, or "" */
};

/* Make one: ends[0] is for the supervisor, ends[1] for the fetcher. */
int channel_open(int ends[2], struct err *);

void channel_send(int fd, enum channel_word);
void channel_send_more(
    int fd, enum channel_word, uint32_t wait, const char *text);

/*
 * Read the next word: 1, or 0 if there is none, or -1 if the other end has
 * gone.  A fetcher is trusted as little as the server to which it speaks.
 */
int channel_receive(int fd, struct channel_message *);

#endif
