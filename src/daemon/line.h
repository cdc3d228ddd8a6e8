/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line between the supervisor and a fetcher: a pair of sockets on which
 * both say single words.  Neither ever waits for the other: a word for which
 * there is no room is lost, which takes hundreds that nobody hears.
 */
#ifndef RUAD_DAEMON_LINE_H
#define RUAD_DAEMON_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum line_word {
	/* What a fetcher says. */
	LINE_BEAT = 'b',   /* I get on */
	LINE_OPEN = 'o',   /* the server answers: the folder is open */
	LINE_REST = 'r',   /* the poll went well; I wait for mail (IDLE) */
	LINE_NEWS = 'n',   /* there may be mail: let me poll */
	LINE_FAILED = 'f', /* the poll failed: wait and text say more */
	LINE_LOST = 'x',   /* waiting, I lost the session; wait says more */
	/* What the supervisor says to one that waits. */
	LINE_POLL = 'p',
	LINE_LEAVE = 'l', /* end when the poll, if there is one, is over */
};

struct line_message {
	char word;
	uint32_t wait; /* seconds for which the server wants to be left alone */
	char text[ERR_KEY]; /* of an error, or "" */
};

/* ends[0] is for the supervisor, ends[1] for the fetcher. */
int line_open(int ends[2], struct err *);

void line_say(int fd, enum line_word);
void line_say_more(int fd, enum line_word, uint32_t wait, const char *text);

/*
 * The next word: 1, or 0 if there is none, or -1 if the other end has gone.
 * What a fetcher says is as little trusted as the server to which it speaks.
 */
int line_hear(int fd, struct line_message *);

#endif
