/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One running ruad-parse --serve: started with an empty environment and no
 * descriptor but the socket (and stderr), and buried with the reason of its
 * death.  Private to ingest/parser, but for the words about what became of a
 * ruad-parse, however it was run.
 */
#ifndef RUAD_INGEST_PARSER_PROC_H
#define RUAD_INGEST_PARSER_PROC_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "ingest/parser.h"

struct parser_proc {
	pid_t pid;    /* -1: none */
	int fd;       /* ruad's end of the socket */
	bool stopped; /* the last one: by its own sandbox */
};

enum parser_death {
	PARSER_DEATH_INPUT,    /* by what it was reading; why says how */
	PARSER_DEATH_OUTSIDE,  /* by somebody's signal */
	PARSER_DEATH_LEFT,     /* it said it was done */
	PARSER_DEATH_UNUSABLE, /* it cannot work here at all */
};

void parser_proc_init(struct parser_proc *);
bool parser_proc_runs(const struct parser_proc *);

/* ERR_CONF: cannot be run; ERR_AGAIN: out of processes or memory. */
int parser_proc_start(struct parser_proc *, const char *program,
    const struct parser_settings *, struct err *);

/* Say that it cannot be run, by this errno: -1, with those classes. */
int parser_proc_refuse(const char *program, int error, struct err *);

void parser_proc_kill(struct parser_proc *);

/* How it ended, by what wait() says; OUTSIDE and LEFT may say no why. */
enum parser_death parser_proc_judge(int status, struct err *why);

/* Wait for its end.  timed_out: ruad killed it, for being slow. */
enum parser_death parser_proc_reap(
    struct parser_proc *, bool timed_out, struct err *why);

/* Kill it if it runs, and reap it. */
void parser_proc_done(struct parser_proc *);

#endif
