/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/ready_words.h"

#include <inttypes.h>
#include <string.h>

#include "answer/ready_judge.h"
#include "base/text.h"

const char *const ready_verdict_words[] = { "too_little", "fix_senders",
	"name_senders", "check_unknown", "ready_quarantine", "ready", "at_risk",
	"protected", NULL };

/* --- verdicts ------------------------------------------------------------- */

const char *
ready_title(const struct ready *r)
{
	static const char *const titles[READY_VERDICTS] = {
		[READY_TOO_LITTLE] = "too little data",
		[READY_FIX_SENDERS] = "fix senders",
		[READY_NAME_SENDERS] = "name senders",
		[READY_CHECK_UNKNOWN] = "check unknown",
		[READY_QUARANTINE] = "quarantine only",
		[READY_YES] = "ready",
		[READY_AT_RISK] = "at risk",
		[READY_PROTECTED] = "protected",
	};

	return titles[r->verdict];
}

static bool
is_quarantine(const struct ready *r)
{
	return r->policy != NULL && strcmp(r->policy, "quarantine") == 0;
}

const char *
ready_headline(const struct ready *r)
{
	static const char *const lines[READY_VERDICTS] = {
		[READY_TOO_LITTLE] = "too little data",
		[READY_FIX_SENDERS] = "fix known senders first",
		[READY_NAME_SENDERS] = "name your senders first",
		[READY_CHECK_UNKNOWN] = "check unknown senders first",
		[READY_QUARANTINE] = "ready for p=quarantine",
		[READY_YES] = "ready for p=reject",
		[READY_AT_RISK] = "at risk: own mail is being lost",
		[READY_PROTECTED] = "protected",
	};

	if (r == NULL)
		return "no recent reports";
	if (r->verdict == READY_QUARANTINE && is_quarantine(r))
		return "not yet ready for p=reject";
	if (r->verdict == READY_CHECK_UNKNOWN && ready_is_in_force(r))
		return "check unknown senders";
	return lines[r->verdict];
}

/* --- numbers -------------------------------------------------------------- */

void
ready_add_count(
    struct buf *b, int64_t n, const char *adjective, const char *rest)
{
	char digits[TEXT_DIGITS];

	buf_printf(b, "%s%s %s%s", text_group_digits(n, digits), adjective,
	    n == 1 ? "message" : "messages", rest);
}

/* --- reasons -------------------------------------------------------------- */

void
ready_add_data(struct buf *b, const struct ready *r)
{
	buf_printf(b, "%" PRId64 " %s by %" PRId64 " %s", r->days,
	    r->days == 1 ? "day" : "days", r->reporters,
	    r->reporters == 1 ? "reporter" : "reporters");
}

/* "12 forwarded messages that failed are more than 1% of all mail" */
static void
add_too_much(struct buf *b, int64_t n, const char *adjective, const char *rest,
    int percent)
{
	ready_add_count(b, n, adjective, rest);
	buf_printf(b, " %s more than %d%% of all mail, too much for",
	    n == 1 ? "is" : "are", percent);
}

static void
add_unknown(struct buf *b, const struct ready *r)
{
	if (r->like_own > 0) {
		ready_add_count(b, r->like_own, " failing",
		    " from unknown senders may be your own.");
		return;
	}
	add_too_much(b, r->unknown, " failing", " from unknown senders",
	    RULE_UNKNOWN_QUARANTINE_PERCENT);
	buf_add_str(b, " p=quarantine.");
}

/* Why not p=reject, where p=quarantine could be. */
static void
add_not_reject(struct buf *b, const struct ready *r)
{
	const bool is_unknown = ready_is_more(
	    r->unknown, RULE_UNKNOWN_PERCENT, r->messages);

	if (is_unknown)
		add_too_much(b, r->unknown, " failing", " from unknown senders",
		    RULE_UNKNOWN_PERCENT);
	else
		add_too_much(b, r->suffers, " forwarded", " that failed",
		    RULE_FORWARDED_PERCENT);
	buf_add_str(b, " p=reject.");
}

void
ready_add_good(struct buf *b, const struct ready *r)
{
	if (r->fail == 0)
		buf_add_str(b, "Nothing failed.");
	else if (!r->has_known)
		buf_add_str(b,
		    "You named no sender of this mail, and nothing that failed "
		    "looks like yours.");
	else if (r->lost == 0)
		buf_add_str(b, "No mail from your named senders failed.");
	else
		buf_add_str(b,
		    "Mail from your named senders failed only as subdomains.");
}

void
ready_add_reason(struct buf *b, const struct ready *r)
{
	if (r == NULL) {
		buf_printf(
		    b, "No reports in the last %d days.", RULE_READY_DAYS);
		return;
	}
	switch (r->verdict) {
	case READY_TOO_LITTLE:
		ready_add_data(b, r);
		buf_add_str(b,
		    "; a verdict needs " RULE_SQL(
		        RULE_MIN_DAYS) " days by " RULE_SQL(RULE_MIN_REPORTERS) " reporters.");
		break;
	case READY_FIX_SENDERS:
		ready_add_count(
		    b, r->lost, "", " from your named senders failed.");
		break;
	case READY_AT_RISK:
		ready_add_count(b, ready_lost_now(r), "",
		    " from your named senders failed.");
		break;
	case READY_NAME_SENDERS:
		ready_add_count(b, r->unknown, "",
		    " failed, and you named no sender of this mail.");
		break;
	case READY_CHECK_UNKNOWN:
		add_unknown(b, r);
		break;
	case READY_QUARANTINE:
		add_not_reject(b, r);
		break;
	case READY_YES:
	case READY_PROTECTED:
	case READY_VERDICTS:
		ready_add_good(b, r);
		break;
	}
}

void
ready_add_task(struct buf *b, const struct ready_task *t)
{
	buf_printf(b, "%s, ", t->who);
	ready_add_count(b, t->messages, "", " failed");
	if (t->why[0] != '\0')
		buf_printf(b, ": %s", t->why);
}
