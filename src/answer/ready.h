/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What p=reject would have stopped, as a question for scope_query(): one row a
 * domain, the most messages first.
 */
#ifndef RUAD_ANSWER_READY_H
#define RUAD_ANSWER_READY_H

#define READY_DAYS 30 /* that a verdict looks at */

enum ready_column {
	READY_DOMAIN,
	READY_POLICY, /* p of the newest report */
	READY_DAYS_SEEN,
	READY_REPORTERS,
	READY_MESSAGES,
	READY_PASS_PCT,
	READY_KNOWN, /* messages that failed: of own servers and services */
	READY_FORWARDED,
	READY_UNKNOWN,
	READY_VERDICT,
	READY_FIRST_CLASS, /* what to look at first: known, forwarded ... */
	READY_FIRST_IP,
	READY_FIRST_WHO,
	READY_FIRST_CAUSE,
	READY_FIRST_MESSAGES,
};

extern const char ready_sql[];

#endif
