/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain_answer: whatever results a header tells, in every combination and
 * with everything missing, what is concluded are sentences, follows from them,
 * and rests on no question that DNS did not answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "answer/explain_answer.h"
#include "answer/explain_result.h"
#include "base/mem.h"
#include "base/text.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const char *const results[] = { NULL, "pass", "fail", "softfail",
	"neutral", "none", "temperror", "timeout", "permerror", "perm_fail",
	"policy", "odd", "" };
static const char *const domains[] = { "example.com", "mail.example.com",
	"example.net", NULL };
static const char *const trusts[] = { "ours", "receiver", "border", "unknown",
	"foreign", NULL };

/* One header with one field of results. */
struct made {
	struct explain_facts facts;
	struct explain_address *from;
	struct explain_authres *field;
};

static void
add_result(struct made *m, const char *method, const char *result,
    const char *ptype, const char *property, const char *value)
{
	struct explain_result *r;
	struct explain_property *p;

	if (result == NULL)
		return;
	r = array_add(&m->field->results, sizeof(*r));
	r->method = method;
	r->result = result;
	if (value == NULL)
		return;
	p = array_add(&r->properties, sizeof(*p));
	*p = (struct explain_property) { ptype, property, value };
}

static void
made_start(struct made *m, const char *trust, const char *id)
{
	memset(m, 0, sizeof(*m));
	m->facts.form = "message";
	m->facts.messages = 1;
	m->facts.header.from_fields = 1;
	m->from = array_add(&m->facts.header.from, sizeof(*m->from));
	*m->from = (struct explain_address) { "a@example.com", "example.com" };
	m->field = array_add(&m->facts.header.authres, sizeof(*m->field));
	m->field->kind = "ar";
	m->field->id = id;
	m->field->place = (struct explain_place) { 1, 0, trust };
}

static void
must_be_sentences(const char *text)
{
	size_t n;

	assert_non_null(text);
	n = strlen(text);
	if (n < 10 || text[n - 1] != '.' || strstr(text, "(null)") != NULL ||
	    strstr(text, "..") != NULL || strstr(text, "  ") != NULL ||
	    !(text_is_digit(text[0]) || (text[0] >= 'A' && text[0] <= 'Z')))
		fail_msg("no sentence: %s", text);
}

static void
must_be_answer(const struct explain_answer *a)
{
	const struct explain_row *row = a->rows.at;
	const char *text;
	size_t i;

	assert_true(a->outcome < EXPLAIN_OUTCOMES);
	assert_true(a->ground < EXPLAIN_GROUNDS);
	assert_non_null(explain_outcome_word(a->outcome));
	assert_non_null(explain_ground_word(a->ground));
	must_be_sentences(a->headline);
	assert_true(a->changes.paragraphs.n <= EXPLAIN_CHANGES);
	for (i = 0; (text = prose_at(&a->changes, i)) != NULL; i++)
		assert_null(strstr(text, "(null)"));
	for (i = 0; (text = prose_at(&a->notes, i)) != NULL; i++)
		must_be_sentences(text);
	for (i = 0; i < a->rows.n; i++) {
		assert_non_null(row[i].identifier);
		assert_true(row[i].domain != NULL ||
		    row[i].aligned == EXPLAIN_ALIGNED_UNKNOWN);
	}
}

static bool
is(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool
is_unanswered(const char *result)
{
	return is(result, "temperror") || is(result, "timeout");
}

static bool
is_of_from(const char *domain)
{
	return is(domain, domains[0]) || is(domain, domains[1]);
}

/* What SPF, DKIM and DMARC are. */
struct choice {
	const char *spf;
	const char *spf_domain;
	const char *dkim;
	const char *dkim_domain;
	const char *dmarc;
	const char *trust;
};

static void
must_follow(const struct choice *c, const struct explain_answer *a)
{
	bool spf = is(c->spf, "pass") && is_of_from(c->spf_domain);
	bool dkim = is(c->dkim, "pass") && is_of_from(c->dkim_domain);
	bool counts = c->trust != NULL && strcmp(c->trust, "foreign") != 0;

	/* Nothing that strangers wrote. */
	if (!counts) {
		assert_int_equal(a->outcome, EXPLAIN_UNKNOWN);
		assert_null(a->cause);
		return;
	}
	assert_true(
	    !a->is_trusted || is(c->trust, "ours") || is(c->trust, "receiver"));
	if (a->outcome == EXPLAIN_PASSED)
		assert_true(spf || dkim || is(c->dmarc, "pass"));
	if (a->outcome == EXPLAIN_FAILED)
		assert_false(is(c->dmarc, "pass"));
	if (is(c->dmarc, "fail"))
		assert_int_equal(a->outcome, EXPLAIN_FAILED);
	if (is(c->dmarc, "temperror"))
		assert_int_equal(a->outcome, EXPLAIN_UNKNOWN);
	/* Without an answer nobody knows why it failed. */
	if (!spf && !dkim &&
	    ((is_unanswered(c->spf) && is_of_from(c->spf_domain)) ||
	        (is_unanswered(c->dkim) && is_of_from(c->dkim_domain))))
		assert_null(a->cause);
	if (spf || dkim)
		assert_true(is(a->cause, "aligned") ||
		    is(a->cause, "spf_only") || is(a->cause, "dkim_only"));
	else if (a->cause != NULL)
		assert_false(is(a->cause, "aligned") ||
		    is(a->cause, "spf_only") || is(a->cause, "dkim_only"));
}

static void
try_choice(const struct choice *c)
{
	struct explain_answer a;
	struct made m;

	made_start(&m, c->trust, "mx.example.org");
	add_result(&m, "spf", c->spf, "smtp", "mailfrom", c->spf_domain);
	add_result(&m, "dkim", c->dkim, "header", "d", c->dkim_domain);
	add_result(&m, "dmarc", c->dmarc, "header", "from", "example.com");
	explain_answer_make(&a, &m.facts);
	must_be_answer(&a);
	must_follow(c, &a);
	explain_answer_done(&a);
	explain_facts_done(&m.facts);
}

static void
every_combination_is_sentences_that_follow(void **state)
{
	struct choice c;
	size_t s, sd, d, dd, m, t;

	(void)state;
	for (s = 0; s < N(results); s++)
		for (sd = 0; sd < N(domains); sd++)
			for (d = 0; d < N(results); d++)
				for (dd = 0; dd < N(domains); dd++)
					for (m = 0; m < N(results); m++) {
						t = (s + d + m + sd + dd) %
						    N(trusts);
						c = (struct choice) {
							results[s], domains[sd],
							results[d], domains[dd],
							results[m], trusts[t]
						};
						try_choice(&c);
					}
}

/* --- which field counts --------------------------------------------------- */

static const char *
dmarc_of(const struct explain_header *h, bool *is_trusted)
{
	struct explain_results r = { 0 };
	const char *result;

	explain_results_find(&r, h);
	result = r.dmarc != NULL ? r.dmarc->result : NULL;
	*is_trusted = r.is_trusted;
	explain_results_done(&r);
	return result;
}

static void
add_field(struct made *m, const char *trust, const char *id, const char *dmarc)
{
	m->field = array_add(&m->facts.header.authres, sizeof(*m->field));
	m->field->kind = "ar";
	m->field->id = id;
	m->field->place = (struct explain_place) { 2, 0, trust };
	add_result(m, "dmarc", dmarc, NULL, NULL, NULL);
}

static void
the_field_that_is_certain_counts(void **state)
{
	static const struct {
		const char *first, *second; /* trust */
		const char *counts;         /* pass: the first */
		bool is_trusted;
	} all[] = {
		{ "receiver", "receiver", "pass", true },
		{ "foreign", "receiver", "fail", true },
		{ "unknown", "receiver", "fail", true },
		{ "border", "receiver", "fail", true },
		{ "border", "border", "pass", false },
		{ "border", "foreign", "pass", false },
		{ "unknown", "border", "fail", false },
		{ "unknown", "unknown", "pass", false },
		{ "foreign", "foreign", NULL, false },
		{ "foreign", "ours", "fail", true },
		{ "receiver", "ours", "fail", true },
		{ NULL, "unknown", "fail", false },
	};
	bool is_trusted;
	const char *dmarc;
	struct made m;
	size_t i;

	(void)state;
	for (i = 0; i < N(all); i++) {
		made_start(&m, all[i].first, "mx.example.org");
		add_result(&m, "dmarc", "pass", NULL, NULL, NULL);
		add_field(&m, all[i].second, "mx.example.org", "fail");
		dmarc = dmarc_of(&m.facts.header, &is_trusted);
		if (!is(dmarc, all[i].counts) && dmarc != all[i].counts)
			fail_msg("%zu: %s", i, dmarc != NULL ? dmarc : "none");
		assert_int_equal(is_trusted, all[i].is_trusted);
		explain_facts_done(&m.facts);
	}
}

/* Google takes fields of its name out of what comes in; one is its own. */
static void
at_the_border_of_google_the_topmost_counts_and_no_other(void **state)
{
	struct explain_hop *hop;
	struct made m;
	bool is_trusted;

	(void)state;
	made_start(&m, "border", "mx.google.com");
	add_result(&m, "spf", "pass", "smtp", "mailfrom", "example.com");
	add_field(&m, "border", "mx.google.com", "fail");
	hop = array_add(&m.facts.header.received, sizeof(*hop));
	hop->by = "mx.google.com";
	hop->is_border = true;
	assert_null(dmarc_of(&m.facts.header, &is_trusted));
	assert_true(is_trusted);
	hop->by = "mx.example.org";
	assert_string_equal(dmarc_of(&m.facts.header, &is_trusted), "fail");
	assert_false(is_trusted);
	explain_facts_done(&m.facts);
}

/* Of two fields that have DKIM the topmost; a forged one adds nothing. */
static void
signatures_of_one_field_count(void **state)
{
	struct explain_results r = { 0 };
	struct made m;

	(void)state;
	made_start(&m, "receiver", "mx.example.org");
	add_result(&m, "dkim", "fail", "header", "d", "example.com");
	add_result(&m, "dkim", "pass", "header", "d", "example.net");
	add_field(&m, "receiver", "mx.example.org", NULL);
	add_result(&m, "dkim", "pass", "header", "d", "example.com");
	explain_results_find(&r, &m.facts.header);
	assert_int_equal(r.dkim.n, 2);
	explain_results_done(&r);
	explain_facts_done(&m.facts);
}

static void
nothing_at_all_is_told_as_such(void **state)
{
	struct explain_facts facts = { .form = "message", .messages = 1 };
	struct explain_answer a;

	(void)state;
	explain_answer_make(&a, &facts);
	must_be_answer(&a);
	assert_int_equal(a.outcome, EXPLAIN_UNKNOWN);
	assert_int_equal(a.ground, EXPLAIN_BY_NOTHING);
	explain_answer_done(&a);
	facts.is_bounce = true;
	explain_answer_make(&a, &facts);
	must_be_answer(&a);
	assert_int_equal(a.outcome, EXPLAIN_UNKNOWN);
	explain_answer_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination_is_sentences_that_follow),
		cmocka_unit_test(the_field_that_is_certain_counts),
		cmocka_unit_test(
		    at_the_border_of_google_the_topmost_counts_and_no_other),
		cmocka_unit_test(signatures_of_one_field_count),
		cmocka_unit_test(nothing_at_all_is_told_as_such),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
