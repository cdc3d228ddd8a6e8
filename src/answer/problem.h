/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What somebody should look at: the one list of what is a problem, for digest,
 * check, summary and whoever else tells people.
 *
 * Mailboxes, their messages that are stuck, silent reporters and the log of the
 * database are as they are now; the rest is of the days and times asked for.
 */
#ifndef RUAD_ANSWER_PROBLEM_H
#define RUAD_ANSWER_PROBLEM_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/period.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/query.h"

/* In the order of the list. */
enum problem_kind {
	PROBLEM_MAILBOX,     /* no good poll for long, or its last one failed */
	PROBLEM_UNFILED,     /* messages stay in its folder */
	PROBLEM_UNDELIVERED, /* the server does not hand messages over */
	PROBLEM_UNREADABLE,  /* messages and files that failed */
	PROBLEM_CONFLICT,    /* reports that are not counted */
	PROBLEM_COMPLIANCE,  /* a domain's share of compliant mail fell */
	PROBLEM_AT_RISK,     /* a domain at p=reject loses own mail */
	PROBLEM_STOPPED, /* DKIM, SPF or DMARC of a source stopped passing */
	PROBLEM_SENDER,  /* mail of a known sender failed */
	PROBLEM_TLS,     /* connections under a TLS policy failed */
	PROBLEM_SILENT,  /* a daily reporter stopped */
	PROBLEM_REPORTS, /* none is about these days */
	PROBLEM_LOG,     /* the -wal file of the database grows */
	PROBLEM_KINDS,
};

#define PROBLEM_BIT(kind) (1U << (kind))

/* Seconds without a good poll that are critical, unless somebody says more. */
#define PROBLEM_LATE (2 * 3600)

enum problem_class {
	PROBLEM_PASSING, /* may heal by itself */
	PROBLEM_WARNING, /* needs somebody */
	PROBLEM_CRITICAL /* nothing is collected */
};

struct problem {
	enum problem_kind kind;
	enum problem_class class;
	const char *word;    /* of the kind, for programs */
	const char *subject; /* mailbox, domain or reporter; NULL: none */
	const char *detail;  /* error, label or policy type; NULL: none */
	/*
	 * How many (messages, reports, connections, days, bytes), of how many;
	 * and the same in the days before.  A mailbox: seconds since the last
	 * good poll, of 0 if there was none.
	 */
	int64_t n, of, n_before, of_before;
	/* Of PROBLEM_STOPPED: "dkim", "spf" or "dmarc", one of the addresses,
	 * and the first day. */
	const char *result, *ip;
	int64_t day;
	const char *text;    /* a clause for people, with foreign words in it */
	const char *command; /* that says more; safe to type */
};

struct problem_list {
	struct array problems; /* of struct problem */
	struct arena strings;
};

struct problem_question {
	unsigned int kinds; /* PROBLEM_BIT() of each */
	/*
	 * The days that reports are about; first after last: any day.  The
	 * days before are as many.
	 */
	struct period period;
	const char *domain; /* of conflicts; NULL: all */
	/*
	 * Only what came in so many of the last hours is unreadable or in
	 * conflict; 0: in the period, by the day of reports.
	 */
	int hours;
	int64_t late_seconds; /* without a good poll are critical */
	const char *database; /* the file, for PROBLEM_LOG */
};

/* problem_done() comes in any case. */
int problem_load(struct problem_list *, struct query_db *,
    const struct problem_question *, struct err *);
void problem_done(struct problem_list *);

/* Return the sum of n of all problems of a kind. */
int64_t problem_sum(const struct problem_list *, enum problem_kind);

/* Add a time in the largest unit that says enough: "5 min", "27 h". */
void problem_add_age(struct buf *, int64_t seconds);

/* Prepare the list as rows to be shown: kind, subject, what and command. */
int problem_query(struct query **, struct query_db *,
    const struct problem_list *, struct err *);

#endif
