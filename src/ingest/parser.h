/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs ruad-parse --serve with a window of inputs under way.  Runs in
 * fetchers and ruactl import.  What it answers is not trusted: ingest reads
 * it with wire_read().  Inputs are answered in order, also when several
 * processes take turns with them.  An input that kills
 * ruad-parse, or keeps it LIMIT_PARSE_WALL seconds, is tried once more alone
 * in a new process and then given up; the others go on.  Before that it must
 * be the input that did it: ruad-parse still works without it, and the machine
 * has the memory that ruad-parse may take.
 */
#ifndef RUAD_INGEST_PARSER_H
#define RUAD_INGEST_PARSER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/stopwatch.h"

struct parser;

/* How ruad-parse should read.  Strings outlive the parser. */
struct parser_settings {
	struct limits limits;
	/* NULL-terminated, at most LIMIT_AUTHSERV_IDS; NULL: none. */
	char *const *authserv_ids;
	int received_hops;
	bool keep_samples;
	int processes; /* so many share the inputs; 0 is 1 */
};

/* What to do with answers. */
struct parser_handler {
	/*
	 * One line of the answer to input key, without its newline; line[len]
	 * is writable.  Sets *last on the line that ends the answer.  -1 with
	 * ERR_BUG: the line cannot be believed; ruad-parse is killed, and it
	 * was the input that did it.  -1 with any other class ends everything.
	 */
	int (*line)(void *arg, void *key, char *line, size_t len, bool *last,
	    struct err *);
	/* This input takes longer than any honest one.  May be NULL. */
	int (*slow)(void *arg, void *key, struct err *);
	/* Forget the lines so far for this input: it will be tried again. */
	int (*retry)(void *arg, void *key, struct err *);
	/* Given up, why says it (ERR_LIMIT or ERR_DATA): ends the answer. */
	int (*failed)(
	    void *arg, void *key, const struct err *why, struct err *);
	/* Free data: nothing reads it any more. */
	void (*done)(void *arg, void *key, char *data);
	void *arg;
	struct stopwatch *stopwatch; /* counts the time; may be NULL */
};

/*
 * program: path of ruad-parse.  wall: seconds an input may take, ordinarily
 * LIMIT_PARSE_WALL.  Processes are started when needed.
 */
struct parser *parser_new(const char *program, const struct parser_settings *,
    int wall, const struct parser_handler *);

/*
 * Hand in len bytes; they stay where they are until done() is called with key
 * and data, which it is for every input, also after -1.  name: what to call a
 * bare file; NULL for a message.  Returns when the window has room again, so
 * that of inputs larger than it only one is in memory.
 * tries: how often it has killed ruad-parse before; once more than
 * LIMIT_PARSE_TRIES allows, and it is given up.  -1: a handler failed, or
 * ruad-parse cannot be run (ERR_CONF: missing, no sandbox; ERR_AGAIN: out of
 * processes or memory, killed again and again from outside, or not working on
 * its own); only parser_free() is left then.
 */
int parser_send(struct parser *, void *key, const char *name, char *data,
    size_t len, int tries, struct err *);

/*
 * Answers are read, and handlers called, by these only:
 *
 *                      waits for                     returns
 *   parser_send        room in the window            when there is room
 *   parser_handle      nothing                       after some of the answers
 *   parser_handle_one  something to send or to read  at an answer's end, or
 *                                                    before
 *   parser_handle_all  every answer                  when all are there
 *
 * Who waits does so no longer than the input being answered may take.
 */

/*
 * Return 1 when there is more to handle at once; else 0, and *next is what to
 * wait for (fd -1: nothing is under way).
 */
int parser_handle(struct parser *, struct pollfd *next, struct err *);

int parser_handle_one(struct parser *, struct err *);
int parser_handle_all(struct parser *, struct err *);

/* Kill what runs; inputs under way are given to done() unanswered. */
void parser_free(struct parser *);

/*
 * Start ruad-parse once and see that it comes up with its sandbox on, and
 * answers.  Errors as above.
 */
int parser_check(
    const char *program, const struct parser_settings *, struct err *);

#endif
