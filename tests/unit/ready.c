/* SPDX-License-Identifier: BSD-2-Clause */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "answer/ready_answer.h"
#include "answer/ready_judge.h"
#include "answer/ready_words.h"

/* A domain of which everything is known and nothing failed. */
static struct ready
good(void)
{
	return (struct ready) { .domain = "example.org",
		.policy = "none",
		.policy_domain = "example.org",
		.pct = 100,
		.days = RULE_MIN_DAYS,
		.reporters = RULE_MIN_REPORTERS,
		.has_known = true,
		.messages = 10000,
		.pass = 10000 };
}

static struct ready
failing(int64_t lost, int64_t suffers, int64_t stopped, int64_t unknown)
{
	struct ready r = good();

	r.lost = lost;
	r.suffers = suffers;
	r.stopped = stopped;
	r.unknown = unknown;
	r.fail = lost + suffers + stopped + unknown;
	r.pass = r.messages - r.fail;
	return r;
}

static const char *
verdict(struct ready r)
{
	ready_judge(&r);
	return ready_verdict_words[r.verdict];
}

#define is(word, r) assert_string_equal(verdict(r), word)

static void
a_verdict_needs_days_and_reporters(void **state)
{
	struct ready r = good();

	(void)state;
	is("ready", r);
	r.days--;
	is("too_little", r);
	r.is_old = true;
	is("ready", r);
	ready_judge(&r);
	assert_true(r.is_thin);
	r = good();
	r.is_old = true;
	ready_judge(&r);
	assert_false(r.is_thin);
	r.is_old = false;
	r.reporters--;
	is("too_little", r);
	/* Whatever else there is. */
	r.lost = 1;
	is("too_little", r);
	r.policy = "reject";
	is("too_little", r);
	assert_int_equal(ready_for_quarantine(&r), -1);
}

static void
what_is_known_is_fixed_before_all_else(void **state)
{
	struct ready r = failing(1, 5000, 0, 0);

	(void)state;
	is("fix_senders", r);
	r = failing(1, 0, 0, 9000);
	r.like_own = 9000;
	is("fix_senders", r);
	r.has_known = false;
	is("fix_senders", r);
}

static void
ignorance_is_not_rewarded(void **state)
{
	struct ready r = failing(0, 0, 0, 1);

	(void)state;
	is("ready", r);
	r.has_known = false;
	is("name_senders", r);
	r = failing(0, 100, 9000, 0);
	r.has_known = false;
	is("ready", r);
}

static void
the_limits_of_what_may_be_unknown_are_percents(void **state)
{
	(void)state;
	is("ready", failing(0, 0, 0, 100));
	is("ready_quarantine", failing(0, 0, 0, 101));
	is("ready_quarantine", failing(0, 0, 0, 500));
	is("check_unknown", failing(0, 0, 0, 501));
	is("ready", failing(0, 100, 0, 0));
	is("ready_quarantine", failing(0, 101, 0, 0));
	is("ready_quarantine", failing(0, 9000, 0, 0));
	is("ready", failing(0, 0, 9000, 0));
}

static void
one_message_with_a_sign_is_enough(void **state)
{
	struct ready r = failing(0, 0, 0, 1);

	(void)state;
	r.like_own = 1;
	is("check_unknown", r);
	r.policy = "reject";
	is("check_unknown", r);
	r.like_own = 0;
	is("protected", r);
}

static void
p_reject_protects_unless_own_mail_is_lost(void **state)
{
	struct ready r = failing(0, 5000, 1000, 4000);

	(void)state;
	r.policy = "reject";
	r.has_known = false;
	is("protected", r);
	r = failing(1, 0, 0, 0);
	r.policy = "reject";
	is("at_risk", r);
	assert_int_equal(ready_for_reject(&r), -1);
	/* In force it is for all mail and in earnest only. */
	r.pct = 99;
	is("fix_senders", r);
	r.pct = 100;
	r.is_testing = true;
	is("fix_senders", r);
	r.is_testing = false;
	r.policy = "quarantine";
	is("fix_senders", r);
	r.policy = NULL;
	is("fix_senders", r);
}

static void
subdomains_that_sp_spares_are_not_lost(void **state)
{
	struct ready r = failing(7, 0, 0, 0);

	(void)state;
	r.policy = "reject";
	r.sp = "none";
	r.below.failed[SOURCE_KNOWN] = 7;
	is("protected", r);
	r.below.failed[SOURCE_KNOWN] = 6;
	is("at_risk", r);
	r.below.failed[SOURCE_KNOWN] = 7;
	r.sp = "reject";
	is("at_risk", r);
	r.sp = NULL;
	is("at_risk", r);
	assert_null(ready_weak_below(&r));
	/* What np refuses, sp does not spare. */
	r.sp = "none";
	is("protected", r);
	r.np = "reject";
	is("protected", r);
	r.refused_below = 3;
	is("at_risk", r);
	assert_int_equal(ready_lost_now(&r), 3);
	r.sp = "reject";
	assert_int_equal(ready_lost_now(&r), 7);
	r.sp = NULL;
	/* Of what is spared now p=reject without sp= would lose. */
	r.policy = "none";
	is("fix_senders", r);
}

static void
only_a_domain_below_inherits_a_policy(void **state)
{
	struct ready r = good();

	(void)state;
	assert_false(ready_is_inherited(&r));
	r.domain = "news.example.org";
	assert_true(ready_is_inherited(&r));
	r.domain = "example.org";
	r.policy_domain = "news.example.org";
	assert_false(ready_is_inherited(&r));
}

static void
the_answers_follow_from_the_verdict(void **state)
{
	static const struct {
		int64_t unknown;
		int quarantine, reject;
	} cases[] = { { 0, 1, 1 }, { 101, 1, 0 }, { 501, 0, 0 } };
	struct ready r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r = failing(0, 0, 0, cases[i].unknown);
		ready_judge(&r);
		assert_int_equal(ready_for_quarantine(&r), cases[i].quarantine);
		assert_int_equal(ready_for_reject(&r), cases[i].reject);
	}
}

static void
more_and_heavier_signs_are_riskier(void **state)
{
	static const enum sender_sign order[SENDER_SIGNS] = {
		SENDER_SIGN_RECORD, SENDER_SIGN_STOPPED, SENDER_SIGN_NETWORK,
		SENDER_SIGN_NAME, SENDER_SIGN_SERVICE, SENDER_SIGN_ENVELOPE,
		SENDER_SIGN_REGULAR
	};
	unsigned int signs = 0;
	int i, before = 0;

	(void)state;
	assert_int_equal(ready_risk(0), 0);
	for (i = SENDER_SIGNS; i-- > 0;) {
		assert_true(ready_risk(SENDER_SIGN_BIT(order[i])) > before);
		before = ready_risk(SENDER_SIGN_BIT(order[i]));
	}
	for (before = 0, i = 0; i < SENDER_SIGNS; i++) {
		signs |= SENDER_SIGN_BIT(i);
		assert_true(ready_risk(signs) > before);
		before = ready_risk(signs);
	}
}

/* --- words ---------------------------------------------------------------- */

static void
every_verdict_has_its_words(void **state)
{
	struct ready r = failing(1, 1, 1, 1);
	struct prose prose = { 0 };
	struct buf b = { 0 };
	int i;

	(void)state;
	for (i = 0; i < READY_VERDICTS; i++) {
		r.verdict = (enum ready_verdict)i;
		r.policy = i == READY_AT_RISK || i == READY_PROTECTED ? "reject"
		                                                      : "none";
		assert_non_null(ready_verdict_words[i]);
		/* The column of a table of 80. */
		assert_in_range(strlen(ready_title(&r)), 1, 15);
		assert_in_range(strlen(ready_headline(&r)), 1, 40);
		b.len = 0;
		ready_add_reason(&b, &r);
		assert_string_equal(&buf_str(&b)[b.len - 1], ".");
		ready_answer_add(&prose, &r);
		assert_non_null(prose_at(&prose, 0));
		prose_done(&prose);
	}
	assert_null(ready_verdict_words[i]);
	buf_done(&b);
}

/* All paragraphs of a domain, one line each. */
static const char *
said(struct buf *b, struct ready r)
{
	struct prose prose = { 0 };
	size_t i;

	ready_judge(&r);
	ready_answer_add(&prose, &r);
	b->len = 0;
	for (i = 0; prose_at(&prose, i) != NULL; i++) {
		buf_add_str(b, prose_at(&prose, i));
		buf_add_char(b, '\n');
	}
	prose_done(&prose);
	return buf_str(b);
}

static void
both_policies_are_answered(void **state)
{
	struct buf b = { 0 };
	struct ready r = failing(300, 1200, 0, 40);

	(void)state;
	assert_string_equal(said(&b, r),
	    "p=quarantine: not ready. 300 messages from your named senders and "
	    "1,200 forwarded ones would go to spam folders.\n"
	    "p=reject: not ready. They would be lost.\n");
	r = failing(0, 12, 3, 40);
	assert_string_equal(said(&b, r),
	    "p=quarantine: ready. No mail from your named senders failed. 12 "
	    "forwarded messages may go to spam folders.\n"
	    "p=reject: ready. 12 forwarded messages may be lost. It would "
	    "stop 40 messages from unknown senders and 3 from hostile ones.\n");
	r.policy = "quarantine";
	assert_non_null(strstr(said(&b, r),
	    "p=quarantine, which is published: ready. No mail from your named "
	    "senders failed. 12 forwarded messages may go to spam "
	    "folders.\n"));
	r.has_known = false;
	assert_string_equal(said(&b, r),
	    "p=quarantine, which is published: cannot be said. 40 messages "
	    "failed, and you named no sender of this mail. 12 forwarded "
	    "messages may go to spam folders.\n"
	    "p=reject: cannot be said either.\n");
	r = failing(0, 0, 0, 501);
	assert_string_equal(said(&b, r),
	    "p=quarantine: not ready. 501 failing messages from unknown "
	    "senders are more than 5% of all mail, too much for p=quarantine.\n"
	    "p=reject: not ready, for the same reason.\n");
	buf_done(&b);
}

static void
p_reject_is_told_what_it_costs(void **state)
{
	struct buf b = { 0 };
	struct ready r = failing(0, 2, 0, 1000);

	(void)state;
	r.policy = "reject";
	assert_string_equal(said(&b, r),
	    "p=reject is in force. No mail from your named senders failed.\n"
	    "2 forwarded messages failed; some receivers accept such mail all "
	    "the same.\n"
	    "It stops 1,000 messages from unknown senders, wherever receivers "
	    "obey it.\n");
	r = good();
	r.policy = "reject";
	assert_string_equal(
	    said(&b, r), "p=reject is in force. Nothing failed.\n");
	r.np = "none";
	assert_non_null(strstr(said(&b, r),
	    "np=none: mail as subdomains that do not exist is not stopped.\n"));
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_verdict_needs_days_and_reporters),
		cmocka_unit_test(what_is_known_is_fixed_before_all_else),
		cmocka_unit_test(ignorance_is_not_rewarded),
		cmocka_unit_test(
		    the_limits_of_what_may_be_unknown_are_percents),
		cmocka_unit_test(one_message_with_a_sign_is_enough),
		cmocka_unit_test(p_reject_protects_unless_own_mail_is_lost),
		cmocka_unit_test(subdomains_that_sp_spares_are_not_lost),
		cmocka_unit_test(only_a_domain_below_inherits_a_policy),
		cmocka_unit_test(the_answers_follow_from_the_verdict),
		cmocka_unit_test(more_and_heavier_signs_are_riskier),
		cmocka_unit_test(every_verdict_has_its_words),
		cmocka_unit_test(both_policies_are_answered),
		cmocka_unit_test(p_reject_is_told_what_it_costs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
