/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only writer of the database.  Runs in fetchers and in ruactl import,
 * several at once on one file; every write is between store_begin() and
 * store_commit(), which is durable when it returns (WAL, synchronous=FULL).
 * Values come from wire_read(), which has checked them.  Errors: ERR_AGAIN for
 * what passes (busy, disk full, out of descriptors), ERR_AUTH for what
 * permissions forbid, ERR_CONF for a file that is not ruad's database or is
 * newer than this ruad, ERR_CREATE, ERR_BUG.
 */
#ifndef RUAD_STORE_STORE_H
#define RUAD_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "report/failure_report.h"
#include "report/report.h"
#include "report/tls_report.h"

struct store;

/*
 * Open, or create (mode 0640, directory 0750 when missing) and bring up to
 * SCHEMA_VERSION in one transaction.  Refuses symlinks, anything but regular
 * files, other programs' databases, newer versions.
 */
int store_open(struct store **, const char *path, struct err *);
void store_close(struct store *);

/*
 * The same for who wants to know of an update, which may take minutes: when it
 * begins, and again and again until it is done, but not while the disk is
 * waited for.  progress() returns false to end it (ERR_AGAIN): the database is
 * as it was.
 */
struct store_watch {
	void (*begin)(const char *path, int from, int to);
	bool (*progress)(void *arg);
	void *arg;
};
int store_open_watched(struct store **, const char *path,
    const struct store_watch *, struct err *);

/* Return the schema version that store_open() brought up to date, or 0. */
int store_updated_from(const struct store *, int64_t *ms);

/* BEGIN IMMEDIATE; waits up to 30 s for other writers, then ERR_AGAIN. */
int store_begin(struct store *, struct err *);
int store_commit(struct store *, struct err *);
void store_rollback(struct store *);

/* --- mailboxes and polls --------------------------------------------- */

/*
 * Insert or update by name; *id gets its id.  Another server or username than
 * before is another account: the ledger's old UIDs are forgotten, so that they
 * hide none of its messages.  In a transaction.
 */
int store_set_mailbox(struct store *, const char *name, const char *server,
    const char *username, const char *folder, int64_t *id, struct err *);

/* Mark mailboxes that are not in this list as not active.  Own transaction. */
int store_set_active(
    struct store *, const char *const *names, size_t n, struct err *);

struct store_poll {
	int64_t mailbox_id;
	int64_t start_ts;
	int64_t messages;
	int64_t reports;
	int64_t duplicates;
	int64_t invalid;
	const char *error;         /* NULL: a good poll */
	const char *error_class;   /* err_class_word(), with error */
	uint32_t uidvalidity;      /* 0: not known */
	uint32_t last_uid;         /* highest UID seen; 0: not known */
	bool filed;                /* all was filed, or it is known why not: */
	const char *unfiled_error; /* NULL: all was */
	const char *unfiled_key;   /* err_key(), with unfiled_error */
	const char *alert; /* what the server wants to be told; or NULL */
};

/*
 * A poll has ended: insert it (when it did something or failed: an idle good
 * poll only updates mailbox, so that a year of them costs nothing) and update
 * mailbox.last_poll_ts, last_ok_ts, last_error, uidvalidity, last_uid.
 * Own transaction.
 */
int store_add_poll(struct store *, const struct store_poll *, struct err *);

/*
 * Check that what was committed is in the files that the path names.
 * ERR_AGAIN: one of them (the database, -wal, -shm) was removed or replaced
 * since it was opened: close the store, and open it again.
 */
int store_check_place(const struct store *, struct err *);

/* Return the size of its -wal file in bytes. */
int64_t store_wal_size(const struct store *);

/* Return whether store_open() found no database, and made one. */
bool store_is_new(const struct store *);

/* Load what earlier polls said of these two; NULL: nothing.  free() both. */
int store_load_said(struct store *, int64_t mailbox_id, char **unfiled_key,
    char **alert, struct err *);

/* --- the ledger ------------------------------------------------------- */

/*
 * Load the UIDs of this folder that are in the ledger, from a UID on, sorted:
 * it remembers all that were ever there.  free() *uids.
 */
int store_load_uids(struct store *, int64_t mailbox_id, const char *folder,
    uint32_t uidvalidity, uint32_t from, uint32_t **uids, size_t *n,
    struct err *);

/* Load those of them that are not filed yet. */
int store_load_open_uids(struct store *, int64_t mailbox_id, const char *folder,
    uint32_t uidvalidity, uint32_t from, uint32_t **uids, size_t *n,
    struct err *);

/* What the ledger knows of a UID. */
struct store_known {
	int64_t id;
	int64_t size;
	char sha256[65]; /* "": it was never downloaded */
	bool stays;      /* it was not moved, and is not to be */
};
int store_look(struct store *, int64_t mailbox_id, const char *folder,
    uint32_t uidvalidity, uint32_t uid, struct store_known *, bool *found,
    struct err *);

/* A message is back, and is to be filed again.  In a transaction. */
int store_set_unfiled(struct store *, int64_t id, struct err *);

/*
 * Another message has its UID: the ledger keeps it without one.  In a
 * transaction.
 */
int store_release_uid(struct store *, int64_t id, struct err *);

struct store_unfiled {
	int64_t id;
	uint32_t uid;
	char status; /* first letter of stored, duplicate, other, failed */
	bool copied; /* it is in its new folder, but has not left this one */
};

/*
 * Load the messages in the ledger that were not moved yet, sorted by UID, among
 * those whose first status letter is in statuses ("sdf", "sdof").  free() *out.
 */
int store_load_unfiled(struct store *, int64_t mailbox_id, const char *folder,
    uint32_t uidvalidity, const char *statuses, struct store_unfiled **out,
    size_t *n, struct err *);

/*
 * These messages have been copied to this folder, or moved there; NULL: they
 * are gone, moved by someone else, or by ruad if they were copied before.  In a
 * transaction.
 */
int store_set_copied(struct store *, const int64_t *ids, size_t n,
    const char *folder, struct err *);
int store_set_filed(struct store *, const int64_t *ids, size_t n,
    const char *folder, struct err *);

/* They stay in this folder, whatever was tried before. */
int store_set_stays(struct store *, const int64_t *ids, size_t n,
    const char *folder, struct err *);

/*
 * A message with these bytes was seen in the folder to, as the nth of them: if
 * the ledger knows of fewer, an unfiled message of folder must have been copied
 * there, and is noted as such; *found tells.  In a transaction.
 */
int store_find_copy(struct store *, int64_t mailbox_id, const char *folder,
    uint32_t uidvalidity, const char *sha256, const char *to, int64_t nth,
    bool *found, struct err *);

/*
 * The folder has a new UIDVALIDITY: if the message with these bytes is in the
 * ledger unfiled under an old one, give that entry the new UID, one entry for
 * each call; *found tells.  store_load_unfiled() then knows its status.  In a
 * transaction.
 */
int store_adopt(struct store *, int64_t mailbox_id, const char *folder,
    uint32_t uidvalidity, uint32_t uid, const char *sha256, bool *found,
    struct err *);

/* --- what the server lists and does not hand over ---------------------- */

struct store_undelivered {
	uint32_t uid;    /* 0: those to which it gives no UID */
	int64_t tries;   /* polls that asked for it */
	int64_t next_ts; /* when it is asked for again */
};

/*
 * Load those of this folder, sorted; free() *out.  *stale: there are some of
 * another folder or UIDVALIDITY, which are of no use any more.
 */
int store_load_undelivered(struct store *, int64_t mailbox_id,
    const char *folder, uint32_t uidvalidity, struct store_undelivered **out,
    size_t *n, bool *stale, struct err *);

/*
 * Add one or change it (size -1: not known); forget one that was handed over or
 * is gone; forget all of a mailbox.  All in a transaction.
 */
int store_set_undelivered(struct store *, int64_t mailbox_id,
    const char *folder, uint32_t uidvalidity, const struct store_undelivered *,
    int64_t size, const char *reason, struct err *);
int store_delete_undelivered(struct store *, int64_t mailbox_id,
    const char *folder, uint32_t uidvalidity, uint32_t uid, struct err *);
int store_forget_undelivered(struct store *, int64_t mailbox_id, struct err *);

/* --- senders: what the admin says about sources ------------------------ */

/*
 * Name the sources that a rule matches: a network, an address or a range of
 * them, the domain (or one above it) of a host name (PTR), of SPF that passed
 * (spf=DOMAIN), of a signature that passed (d=DOMAIN), or an AS.  Of several
 * rules that match a source the kind that is named first here wins, and of one
 * kind the narrower one, then the older one.  kind: own, service, forwarder,
 * hostile.  Sources of later reports are named when they come.  ERR_USAGE: not
 * a rule, or a rule of another sender.  All in a transaction, with
 * store_apply_senders() as the last.
 */
int store_set_sender(struct store *, const char *label, const char *kind,
    int64_t *id, struct err *);
int store_add_rule(
    struct store *, int64_t sender_id, const char *rule, struct err *);

/* ERR_INPUT: there is no such sender, or it has no such rule. */
int store_find_sender(
    struct store *, const char *label, int64_t *id, struct err *);
int store_remove_sender(struct store *, int64_t id, struct err *);
int store_remove_rule(
    struct store *, int64_t sender_id, const char *rule, struct err *);

/* Give every source the sender that the rules say. */
int store_apply_senders(struct store *, struct err *);

/* The sources that a rule matches, whether or not another rule wins. */
struct store_cover {
	int64_t sources;
	int64_t taken;    /* those that have another sender */
	int64_t taken_by; /* the sender of one of them; 0: there is none */
	/* As in sender_rule; value is borrowed until the transaction ends. */
	const char *match, *value;
};

/*
 * Tell what a rule covered when store_apply_senders() was called, in the same
 * transaction.
 */
int store_find_cover(
    struct store *, const char *rule, struct store_cover *, struct err *);

/* The sources of a sender, and their messages in reports of these days. */
struct store_count {
	int64_t sources, messages;
};

int store_count_sender(struct store *, int64_t id, int64_t first_day,
    int64_t last_day, struct store_count *, struct err *);

/* --- what was looked up of sources ---------------------------------------- */

struct store_lookup {
	int64_t source_id;
	/* ok, none, unconfirmed, failed: what was known stays after the last.
	 */
	const char *status;
	int64_t ts;
	int64_t next_ts; /* not to be looked up again before */
	int64_t tries;   /* failed, in a row */
	const char *ptr; /* confirmed; NULL: none is */
	const char *ptr_domain;
	const char *ptr_claim; /* a name that is not confirmed; NULL: none */
};

/*
 * Keep what came of looking up the name of a source; or its AS and country,
 * where they are known (0, NULL: not): what was known stays otherwise.  Which
 * sender has it changes with store_apply_senders() only.  In a transaction.
 */
int store_set_lookup(struct store *, const struct store_lookup *, struct err *);
int store_set_as(struct store *, int64_t source_id, int64_t asn,
    const char *as_name, const char *country, struct err *);

/* --- what was seen in DNS ----------------------------------------------- */

/* Rows kept of one name and type: what changes daily must not fill the disk. */
#define STORE_DNS_CHANGES 100

struct store_dns {
	const char *name;   /* lower case, no final dot */
	const char *type;   /* "TXT" */
	const char *status; /* ok, none, no_name: an answer, not a failure */
	const char *value;  /* see dns_record in ruad.db(5); NULL: no records */
	int64_t ts;         /* when it was seen */
};

/*
 * Keep an answer, in a transaction: a new row if it is another than the newest
 * one of this name and type, else that one was seen again.
 */
int store_keep_dns(struct store *, const struct store_dns *, struct err *);

/* --- one message or file, and what was in it ----------------------------- */

struct store_message {
	int64_t mailbox_id; /* 0: an imported file */
	const char *folder; /* these three NULL or 0 for a file */
	uint32_t uidvalidity;
	uint32_t uid;
	const char *path; /* file, NULL for IMAP */
	int64_t fetched_ts;
	int64_t size;
	const char *sha256; /* hexadecimal; "" if it was never downloaded */
	int attempts;       /* how often reading it has failed before */
	/* A part may be missing: see ingest_add() */
	bool doubtful;
	struct mail_facts facts;
};

/*
 * Begin a message within the transaction; everything until store_end_message()
 * can be taken back alone.  A message that is in the ledger already (same
 * mailbox, folder, UIDVALIDITY and UID; or, for a file, same path and
 * SHA-256) is begun over its old entry.
 */
int store_begin_message(
    struct store *, const struct store_message *, struct err *);

enum store_outcome {
	STORE_NEW,
	STORE_DUPLICATE, /* known, with all its records: add none */
	STORE_CONFLICT,  /* the identity is known with other content */
};

/*
 * The sender of this message is authenticated, but is not whom its reports
 * name: neither the message ("other") nor what follows in it is verified.
 */
int store_disown_message(struct store *, struct err *);

/*
 * Add a report of the message that was begun.  STORE_CONFLICT: it can be
 * compared only when its records are there: store_end_report() tells.
 *
 * Of the reports of one identity (reporter, policy domain, report ID, period)
 * one counts.  One that has all records of another takes its place, whatever
 * their order and grouping, and a whole one takes the place of a damaged one;
 * but only if it is as verified.  The others contradict it: they are kept,
 * marked, and not counted.  A verified one counts before any that is not.
 */
int store_add_report(
    struct store *, const struct report *, enum store_outcome *, struct err *);

/*
 * The report that was added last (or TLS report) is complete; *outcome is set
 * if it was STORE_CONFLICT, to what it turned out to be.  STORE_DUPLICATE: its
 * records were removed again.
 */
int store_end_report(struct store *, enum store_outcome *, struct err *);

/* Add a record to the report that was added last. */
int store_add_record(struct store *, const struct record *, struct err *);

/*
 * The same for a TLS report, whose identity is organization (in any case),
 * report ID and period; and for the policies of the one that was added last.
 */
int store_add_tls(struct store *, const struct tls_report *,
    enum store_outcome *, struct err *);
int store_add_tls_policy(
    struct store *, const struct tls_policy *, struct err *);

/*
 * Add a failure report of the message that was begun.  Its identity is
 * its content: it is new or a duplicate, never a conflict.
 */
int store_add_failure(struct store *, const struct failure_report *,
    enum store_outcome *, struct err *);

/* status: stored, duplicate, other or failed. */
int store_end_message(struct store *, const char *status, const char *reason,
    int64_t attempts, struct err *);

/* Take back everything since store_begin_message(). */
int store_cancel_message(struct store *, struct err *);

#endif
