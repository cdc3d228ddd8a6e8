/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is on now: a finder for each group of rules, for alert.c.  A finder is
 * given the marks, and tells of each thing that the rule finds, and of each
 * mark that is to stay though the rule does not find it any more.
 */
#ifndef RUAD_ANSWER_ALERT_FIND_H
#define RUAD_ANSWER_ALERT_FIND_H

#include "answer/alert.h"
#include "answer/period.h"
#include "answer/ready.h"

enum alert_sight {
	ALERT_BEGINS, /* the rule finds it */
	ALERT_HOLDS,  /* a mark stays */
	ALERT_ENDS,   /* a mark ends, and text is what to say */
};

struct alert_found {
	enum alert_sight sight;
	/* Of ALERT_BEGINS all of it; of a mark that is known the kind. */
	struct alert_mark mark;
	/* The mark that it is; NULL: the one of the same domain, object and
	 * detail, if there is one. */
	const struct alert_mark *of;
	const char *text;
};

struct alert_look {
	struct query_db *db;
	int64_t now;
	const struct alert_mark *before;
	size_t n_before;
	bool is_first;
	struct arena *strings;
	struct array *found; /* of struct alert_found */

	/* No report for long: nothing begins because of reports. */
	bool is_stale;
	bool has_reports;
	struct period week;      /* up to the newest report */
	struct ready_list ready; /* of RULE_READY_DAYS up to it */
	bool is_collecting; /* no mailbox is without a good poll for long */
};

/* Each returns 0 or -1. */
int alert_find_mail(struct alert_look *, struct err *);
int alert_find_reports(struct alert_look *, struct err *);
int alert_find_senders(struct alert_look *, struct err *);
int alert_find_tls(struct alert_look *, struct err *);
int alert_find_policies(struct alert_look *, struct err *);
int alert_find_dns(struct alert_look *, struct err *);

/* What they share. */
struct alert_found *alert_find_add(
    struct alert_look *, enum alert_sight, enum alert_kind);
void alert_find_hold(struct alert_look *, const struct alert_mark *);
const char *alert_find_copy(struct alert_look *, const char *);

#endif
