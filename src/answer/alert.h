/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What somebody is to be told of once when it begins, and once when it ends, by
 * the rules of problem.h, ready.h, sender_list.h and dns_alarm.h.  What is on
 * is remembered by the caller: a mark for each, which is what one look leaves
 * for the next.
 *
 * A rule that looks at the last days would begin and end with every day that
 * comes and goes.  So what is on stays on for as long as a weaker form of its
 * rule holds, and for some time after that; see alert_find.h and
 * alert_linger().
 */
#ifndef RUAD_ANSWER_ALERT_H
#define RUAD_ANSWER_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/query.h"

/* In the order in which they are told. */
enum alert_kind {
	ALERT_MAILBOX_FAILING, /* it is not polled well, or messages stay */
	ALERT_UNREADABLE_MESSAGES,
	ALERT_SILENT_REPORTER,
	ALERT_DNS_BROKEN, /* a key or a record, as ruactl dns last saw it */
	ALERT_STOPPED_PASSING,
	ALERT_FAILURES_UP,
	ALERT_TLS_FAILING,
	ALERT_VERDICT_CHANGED,
	ALERT_POLICY_CHANGED, /* momentary */
	ALERT_NEW_SOURCE,
	ALERT_KINDS,
};

/* The words for programs, in this order; NULL ends them. */
extern const char *const alert_words[];

enum alert_change {
	ALERT_ON,
	ALERT_OFF,
	ALERT_ONCE, /* a change, which has no end */
};

extern const char *const alert_states[]; /* "on", "off", "once", NULL */

/* What is on; domain, object and detail tell one of a kind from another. */
struct alert_mark {
	enum alert_kind kind;
	bool is_quiet;      /* nobody was told, and nobody is told its end */
	const char *domain; /* NULL: it is not about one */
	/*
	 * The mailbox, reporter, sender, DNS name, policy or type of policy; of
	 * a verdict its word; NULL: none.
	 */
	const char *object;
	const char *detail;  /* what else tells it from others; NULL */
	const char *ip;      /* an address of the sender; NULL */
	const char *next;    /* the verdict that is to come; NULL */
	int64_t number;      /* the share before, in 1/100 per cent */
	int64_t since_ts;    /* when it began */
	int64_t gone_ts;     /* since when it is not seen any more; 0: it is */
	const char *command; /* that says more; safe to type */
};

/* Begins with the word of the kind; the same for the same event, for ever. */
#define ALERT_KEY 48

/* Something to be told. */
struct alert {
	enum alert_kind kind;
	enum alert_change state;
	const char *domain, *object; /* as in the mark; foreign text */
	int64_t since_ts;
	char key[ALERT_KEY];
	const char *text;    /* a clause for people; safe to print */
	const char *command; /* safe to type */
};

struct alert_list {
	struct array alerts; /* of struct alert: ends, then what begins */
	struct array marks;  /* of struct alert_mark: for the next look */
	struct arena strings;
	int64_t now;
	int64_t left_out; /* that would have begun, but are too many */
};

#define ALERT_MOST 1000   /* marks of a kind; verdicts and policies: any */
#define ALERT_NEW_MOST 20 /* new sources of a domain */

/*
 * Look, with the marks of the last look (struct alert_mark).  On the first look
 * (before is NULL) what is on is told, and policies and verdicts, which are
 * changes, are not, but for domains at risk.  alert_done() comes in any case.
 */
int alert_load(struct alert_list *, struct query_db *,
    const struct array *before, struct err *);
void alert_done(struct alert_list *);

/* How long a mark may be out of sight before it has ended, in seconds. */
int64_t alert_linger(const struct alert_mark *);

/*
 * Prepare them as rows: time, event, state, key, domain, object, since, text,
 * command.
 */
int alert_query(struct query **, struct query_db *, const struct alert_list *,
    struct err *);

#endif
