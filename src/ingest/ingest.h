/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From bytes to durable rows: hands inputs to the parser, reads its answers
 * strictly and stores them, many inputs per transaction.  Shared by fetchers
 * and ruactl import.
 */
#ifndef RUAD_INGEST_INGEST_H
#define RUAD_INGEST_INGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ingest/parser.h"
#include "report/wire.h"
#include "store/store.h"

/* What became of one input; strings are borrowed for the call. */
struct ingest_result {
	void *key;
	/*
	 * stored, duplicate, other, failed; or known: the ledger has this
	 * message under an old UIDVALIDITY, and nothing was stored again; or
	 * doubtful: see ingest_add()
	 */
	const char *status;
	const char *reason; /* NULL if there is nothing to say */
	int64_t reports;    /* new ones */
	int64_t duplicates; /* known ones */
	int64_t conflicts;  /* of the new ones */
	int64_t records;    /* in the new ones */
	int64_t messages;   /* counted by the new ones */
	int64_t policies;   /* in the new TLS reports */
	/*
	 * Of the first report, new or known: WIRE_AGGREGATE, WIRE_TLS or
	 * WIRE_FAILURE, who reports, about whom and of which day.  A failure
	 * report may leave anything open, a TLS report the domain: NULL, 0.
	 */
	enum wire_type kind;
	const char *org_name;
	const char *domain;
	int64_t day;
	const char *source_ip; /* of the failing message */
};

struct ingest_options {
	const char *program; /* path of ruad-parse */
	struct parser_settings settings;
	/*
	 * Of a message that the admin's mail server did not authenticate, store
	 * no report: it fails.
	 */
	bool require_verified;
	bool dry_run; /* parse and count, store nothing */
	/*
	 * Called when an input's rows are durable (with dry_run: when they
	 * have been counted), during any of the functions below.
	 */
	void (*result)(void *arg, const struct ingest_result *);
	/*
	 * This input has cost so many attempts, including the one under way,
	 * and is not answered: it killed ruad-parse, or is slow.  May be NULL.
	 */
	int (*suspect)(void *arg, void *key, int attempts, struct err *);
	/* Frees the data that ingest_add() was given; key lives on. */
	void (*release)(void *arg, void *key, char *data);
	void *arg;
	struct stopwatch *stopwatch; /* counts the time; may be NULL */
};

struct ingest;

/* The store may be NULL with dry_run. */
struct ingest *ingest_new(struct store *, const struct ingest_options *);

/*
 * Give one input.  message is copied; its facts are filled from the answer,
 * and its attempts count against LIMIT_PARSE_TRIES.  If it is doubtful (a part
 * may be missing), whole reports in it are stored as ever; without any, nothing
 * is stored, not even in the ledger.
 * name as for parser_send().  data stays where it is until release(), which
 * is called for every input, also after -1.  After -1 only ingest_free() is
 * left.
 */
int ingest_add(struct ingest *, void *key, const struct store_message *,
    const char *name, char *data, size_t len, struct err *);

/*
 * Record an input that is not worth parsing (too large to download): status
 * failed, with this reason.
 */
int ingest_add_failed(struct ingest *, void *key, const struct store_message *,
    const char *reason, struct err *);

/*
 * Answers are stored as they come, during any of these and ingest_add().  A
 * transaction is opened for the first row, and keeps other writers waiting
 * until it is committed; after 2,000 inputs that happens by itself.
 *
 *                  waits for              transaction afterwards
 *   ingest_add     room in the window     as it comes
 *   ingest_handle  nothing                as it comes
 *   ingest_begin   the current answer     open
 *   ingest_commit  the current answer     committed
 *   ingest_finish  all answers            committed
 *
 * The current answer is the one of which a part has been read: it is read to
 * its end, so that no transaction ends within a message.
 */

/*
 * For a caller that waits for something else, such as a server: handle what
 * has come.  Return as parser_handle().
 */
int ingest_handle(struct ingest *, struct pollfd *next, struct err *);

/* For a caller whose own rows are to become durable with those stored next. */
int ingest_begin(struct ingest *, struct err *);

/* Before a long wait. */
int ingest_commit(struct ingest *, struct err *);

/* Nothing more is coming. */
int ingest_finish(struct ingest *, struct err *);

/* What is not durable is rolled back. */
void ingest_free(struct ingest *);

#endif
