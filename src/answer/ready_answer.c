/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/ready_answer.h"

#include <inttypes.h>
#include <string.h>

#include "answer/ready_judge.h"
#include "answer/ready_most.h"
#include "answer/ready_words.h"
#include "answer/subject.h"
#include "base/text.h"

static void
add_paragraph(struct prose *p, struct buf *b)
{
	if (b->len > 0)
		prose_add(p, "%s", buf_str(b));
	b->len = 0;
}

static bool
is_published(const struct ready *r, const char *policy)
{
	return r->policy != NULL && strcmp(r->policy, policy) == 0;
}

/* "300 messages from your named senders and 12 forwarded ones" */
static void
add_harmed(struct buf *b, const struct ready *r)
{
	char digits[TEXT_DIGITS];

	if (r->lost > 0)
		ready_add_count(b, r->lost, "", " from your named senders");
	if (r->lost > 0 && r->suffers > 0)
		buf_printf(b, " and %s forwarded %s",
		    text_group_digits(r->suffers, digits),
		    r->suffers == 1 ? "one" : "ones");
	else if (r->suffers > 0)
		ready_add_count(b, r->suffers, " forwarded", "");
}

/* "40 messages from unknown senders and 12 from hostile ones" */
static void
add_stopped(struct buf *b, const struct ready *r)
{
	char digits[TEXT_DIGITS];

	if (r->unknown > 0)
		ready_add_count(b, r->unknown, "", " from unknown senders");
	if (r->unknown > 0 && r->stopped > 0)
		buf_printf(b, " and %s from hostile ones",
		    text_group_digits(r->stopped, digits));
	else if (r->stopped > 0)
		ready_add_count(b, r->stopped, "", " from hostile senders");
}

/* --- p=reject is in force ------------------------------------------------- */

static void
say_in_force(struct prose *p, const struct ready *r)
{
	struct buf b = { 0 };

	buf_add_str(&b, "p=reject is in force. ");
	if (r->verdict == READY_AT_RISK) {
		ready_add_count(&b, ready_lost_now(r), "",
		    " from your named senders failed: receivers that obey it "
		    "rejected that mail.");
	} else if (r->verdict == READY_CHECK_UNKNOWN) {
		ready_add_reason(&b, r);
		buf_add_str(
		    &b, " If so, receivers that obey it rejected that mail.");
	} else
		ready_add_reason(&b, r);
	add_paragraph(p, &b);
	if (r->suffers > 0)
		ready_add_count(&b, r->suffers, " forwarded",
		    " failed; some receivers accept such mail all the same.");
	add_paragraph(p, &b);
	if (r->unknown + r->stopped > 0 && r->verdict != READY_CHECK_UNKNOWN) {
		buf_add_str(&b, "It stops ");
		add_stopped(&b, r);
		buf_add_str(&b, ", wherever receivers obey it.");
	}
	add_paragraph(p, &b);
	buf_done(&b);
}

/* --- it is not ------------------------------------------------------------ */

static void
say_quarantine(struct prose *p, const struct ready *r)
{
	const bool is_now = is_published(r, "quarantine");
	struct buf b = { 0 };

	buf_printf(
	    &b, "p=quarantine%s: ", is_now ? ", which is published" : "");
	if (r->verdict == READY_NAME_SENDERS)
		buf_add_str(&b, "cannot be said. ");
	else
		buf_add_str(&b,
		    ready_for_quarantine(r) == 1 ? "ready. " : "not ready. ");
	if (r->verdict == READY_QUARANTINE)
		ready_add_good(&b, r);
	else if (r->verdict != READY_FIX_SENDERS)
		ready_add_reason(&b, r);
	if (r->lost + r->suffers > 0) {
		if (r->verdict != READY_FIX_SENDERS)
			buf_add_char(&b, ' ');
		add_harmed(&b, r);
		/* Receivers may spare what they know as forwarded. */
		buf_printf(&b, " %s to spam folders.",
		    r->lost == 0                    ? "may go"
		        : !is_now                   ? "would go"
		        : r->lost + r->suffers == 1 ? "goes"
		                                    : "go");
	}
	add_paragraph(p, &b);
	buf_done(&b);
}

static void
say_reject(struct prose *p, const struct ready *r)
{
	struct buf b = { 0 };

	buf_add_str(&b, "p=reject: ");
	switch (r->verdict) {
	case READY_NAME_SENDERS:
		buf_add_str(&b, "cannot be said either.");
		break;
	case READY_CHECK_UNKNOWN:
		buf_add_str(&b, "not ready, for the same reason.");
		break;
	case READY_FIX_SENDERS:
		buf_printf(&b, "not ready. %s would be lost.",
		    r->lost + r->suffers == 1 ? "It" : "They");
		break;
	case READY_QUARANTINE:
		buf_add_str(&b, "not ready. ");
		ready_add_reason(&b, r);
		break;
	default:
		buf_add_str(&b, "ready.");
		if (r->suffers > 0) {
			buf_add_char(&b, ' ');
			ready_add_count(
			    &b, r->suffers, " forwarded", " may be lost.");
		}
		if (r->unknown + r->stopped > 0) {
			buf_add_str(&b, " It would stop ");
			add_stopped(&b, r);
			buf_add_char(&b, '.');
		}
		break;
	}
	add_paragraph(p, &b);
	buf_done(&b);
}

/* --- what else ------------------------------------------------------------ */

/* A policy that is published and does not apply to all mail. */
static void
say_partial(struct prose *p, const struct ready *r)
{
	if (!is_published(r, "reject") && !is_published(r, "quarantine"))
		return;
	if (r->is_testing)
		prose_add(p,
		    "p=%s is not in force: t=y says that it is a test.",
		    r->policy);
	if (r->pct < 100)
		prose_add(p,
		    "p=%s is not in force: pct=%" PRId64
		    " asks receivers to apply it to %" PRId64
		    "%% of what fails.",
		    r->policy, r->pct, r->pct);
}

/* The policy of subdomains, if it is weaker than p=reject. */
static void
say_below(struct prose *p, const struct ready *r)
{
	const int64_t fail = sender_fail(&r->below);
	const char *sp = ready_weak_below(r);
	struct buf b = { 0 };

	if (sp != NULL) {
		buf_printf(&b, "sp=%s: ", sp);
		if (fail == 0)
			buf_add_str(&b, "no message failed");
		else
			ready_add_count(&b, fail, " failing", "");
		buf_add_str(&b, " as subdomains");
		if (fail == 0)
			buf_printf(&b, "; p=reject would not apply to them.");
		else
			buf_printf(&b, " %s.",
			    strcmp(sp, "quarantine") == 0 ? fail == 1
			            ? "goes to spam folders"
			            : "go to spam folders"
			        : fail == 1               ? "is not stopped"
			                                  : "are not stopped");
		add_paragraph(p, &b);
	}
	buf_done(&b);
	if (r->np != NULL && strcmp(r->np, "none") == 0 &&
	    (sp == NULL || strcmp(sp, "none") != 0) && !is_published(r, "none"))
		prose_add(p,
		    "np=none: mail as subdomains that do not exist is not "
		    "stopped.");
}

static void
say_whose(struct prose *p, const struct ready *r)
{
	if (ready_is_inherited(r) && r->policy != NULL)
		prose_add(p, "Its policy is that of %s: %s=%s.",
		    r->policy_domain, r->sp != NULL ? "sp" : "p", r->policy);
}

void
ready_answer_add(struct prose *p, const struct ready *r)
{
	struct buf b = { 0 };

	say_whose(p, r);
	if (r->verdict == READY_TOO_LITTLE) {
		ready_add_reason(&b, r);
		if (r->lost > 0) {
			buf_add_char(&b, ' ');
			ready_add_count(&b, r->lost, "",
			    " from your named senders failed already.");
		}
		add_paragraph(p, &b);
	} else if (ready_is_in_force(r))
		say_in_force(p, r);
	else {
		say_quarantine(p, r);
		say_reject(p, r);
	}
	say_partial(p, r);
	say_below(p, r);
	ready_most_add(&b, r);
	add_paragraph(p, &b);
	if (r->is_thin) {
		buf_add_str(&b, "This rests on little: ");
		ready_add_data(&b, r);
		buf_add_char(&b, '.');
		add_paragraph(p, &b);
	}
	buf_done(&b);
}

bool
ready_answer_add_start(struct buf *b, const struct ready *r)
{
	if (r->has_known || r->unknown == 0)
		return false;
	buf_add_str(b, "ruactl sender suggest ");
	subject_add_argument(b, r->domain);
	return true;
}
