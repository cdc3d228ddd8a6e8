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
	 * stored, duplicate, other, failed; or known: the ledger has this mail
	 * under an old UIDVALIDITY, and nothing was stored again; or
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
	const char *source_ip; /* of the failing mail */
};

struct ingest_options {
	const char *program; /* path of ruad-parse */
	struct parser_settings settings;
	/*
	 * Of a mail that our own mail server did not authenticate, store no
	 * report: it fails.
	 */
	bool require_verified;
	bool dry_run; /* parse and count, store nothing */
	/*
	 * Called when an input's rows are durable (with dry_run: when they
	 * have been counted), during any of the functions below.
	 */
	void (*result)(void *arg, const struct ingest_result *);
	/*
	 * This input has cost so many attempts, the one under way too, and is
	 * not answered: it has killed ruad-parse, or is slow.  May be NULL.
	 */
	int (*suspect)(void *arg, void *key, int attempts, struct err *);
	/* Frees the data that ingest_add() was given; key lives on. */
	void (*release)(void *arg, void *key, char *data);
	void *arg;
	struct stages *stages; /* counts the time; may be NULL */
};

struct ingest;

/* The store may be NULL with dry_run. */
struct ingest *ingest_new(struct store *, const struct ingest_options *);

/*
 * Give one input.  message is copied; its facts are filled from the answer,
 * and its attempts count against LIMIT_PARSE_TRIES.  If it is doubtful, that
 * is, not all of it may be there, whole reports in it are stored as ever; else
 * nothing is, and the ledger does not hear of it.
 * name as for parser_send().  data stays where it is until release(), which
 * is called for every input, also after -1.  Returns as soon as the window
 * has room again.  After -1 only ingest_free() is left.
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
 * For whoever waits for something else: handle answers that are there, without
 * waiting.  Returns 1 when there are more, else 0 and in *next what to wait for
 * (fd -1: nothing).  And before a long wait, finish the answer that is coming
 * and make durable what there is, so that no other writer waits with us.
 */
int ingest_pump(struct ingest *, struct pollfd *next, struct err *);
int ingest_pause(struct ingest *, struct err *);

/*
 * Finish the answer that is coming; then a transaction is open, in which the
 * caller may write what becomes durable with what is stored next.
 */
int ingest_join(struct ingest *, struct err *);

/* Wait for all answers and make everything durable. */
int ingest_flush(struct ingest *, struct err *);

/* What is not durable is rolled back. */
void ingest_free(struct ingest *);

#endif
