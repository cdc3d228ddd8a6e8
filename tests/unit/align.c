/* SPDX-License-Identifier: BSD-2-Clause */
/* align: which domains belong together, and what follows for a record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "report/align.h"

struct pair {
	const char *a;
	const char *b;
};

/* Alignment does not depend on which of the two is asked about. */
static void
check_pairs(const struct pair *p, bool strict, bool relaxed)
{
	for (; p->a != NULL; p++) {
		if (align_domains(p->a, p->b, true) != strict ||
		    align_domains(p->b, p->a, true) != strict)
			fail_msg("strict: %s, %s", p->a, p->b);
		if (align_domains(p->a, p->b, false) != relaxed ||
		    align_domains(p->b, p->a, false) != relaxed)
			fail_msg("relaxed: %s, %s", p->a, p->b);
	}
}

static void
equal_domains_are_aligned_in_both_modes(void **state)
{
	static const struct pair pairs[] = {
		{ "example.com", "example.com" },
		{ "Example.COM", "example.com" },
		{ "example.com.", "example.com" },
		{ "mail.example.co.uk.", "MAIL.example.co.uk" },
		{ "xn--bcher-kva.example", "XN--BCHER-KVA.example" },
		{ "localhost", "localhost" },
		{ "com", "com" },
		{ "192.0.2.1", "192.0.2.1" },
		{ "b\xc3\xbc"
		  "cher.example",
		    "b\xc3\xbc"
		    "cher.example" },
		{ NULL, NULL },
	};

	(void)state;
	check_pairs(pairs, true, true);
}

static void
one_organization_is_aligned_in_relaxed_mode_only(void **state)
{
	static const struct pair pairs[] = {
		{ "mail.example.com", "example.com" },
		{ "a.example.com", "b.c.d.example.com." },
		{ "A.Example.Com", "example.com" },
		{ "example.co.uk", "news.example.co.uk" },
		{ "a.example.co.jp", "b.example.co.jp" },
		{ "a.xn--bcher-kva.com", "xn--bcher-kva.com" },
		/* exceptions of the list: !www.ck, !city.kawasaki.jp */
		{ "a.www.ck", "www.ck" },
		{ "a.city.kawasaki.jp", "city.kawasaki.jp" },
		/* a name that the list does not know: the last two labels */
		{ "a.example.unknown-tld", "example.unknown-tld" },
		{ NULL, NULL },
	};

	(void)state;
	check_pairs(pairs, false, true);
}

static void
what_only_looks_related_is_never_aligned(void **state)
{
	static const struct pair pairs[] = {
		{ "example.com", "example.net" },
		{ "example.com", "notexample.com" },
		{ "example.com", "com" },
		{ "example.com", "example.com.example.net" },
		{ "a.co.uk", "b.co.uk" },
		{ "co.uk", "example.co.uk" },
		{ "a.github.io", "b.github.io" },
		{ "a.example.ck", "b.other.ck" },
		{ "a.localhost", "b.localhost" },
		{ "localhost", "a.localhost" },
		{ NULL, NULL },
	};

	(void)state;
	check_pairs(pairs, false, false);
}

static void
addresses_have_no_organization(void **state)
{
	static const struct pair pairs[] = {
		{ "192.0.2.1", "198.51.2.1" },
		{ "192.0.2.1.", "198.51.2.1" },
		{ "[192.0.2.1]", "[198.51.2.1]" },
		{ "::ffff:192.0.2.1", "::1:198.51.2.1" },
		{ "[IPv6:::ffff:192.0.2.1]", "[IPv6:::1:198.51.2.1]" },
		{ NULL, NULL },
	};

	(void)state;
	check_pairs(pairs, false, false);
}

static void
what_is_no_name_is_aligned_with_nothing(void **state)
{
	static char longer[512];
	const struct pair pairs[] = {
		{ "", "" },
		{ ".", "." },
		{ "", "example.com" },
		{ ".example.com", "example.com" },
		{ "a..example.com", "example.com" },
		{ "..", "example.com" },
		{ "example.com..", "example.com" },
		{ "a.example.com..", "b.example.com.." },
		{ longer, "example.com" },
		{ longer, longer },
		{ "a.b\xc3\xbc"
		  "cher.example",
		    "b\xc3\xbc"
		    "cher.example" },
		{ NULL, NULL },
	};

	(void)state;
	memset(longer, 'a', 300);
	memcpy(longer + 300, ".example.com", sizeof(".example.com"));
	check_pairs(pairs, false, false);
	assert_false(align_domains(NULL, NULL, true));
	assert_false(align_domains(NULL, "example.com", false));
	assert_false(align_domains("example.com", NULL, false));
}

/* A record of up to two results each, and what must come of it. */
struct record_case {
	const char *what;
	const char *from;
	const char *envelope_from;
	struct auth_dkim dkim[2];
	struct auth_spf spf[2];
	enum align_verdict want_dkim;
	enum align_verdict want_spf;
};

static void
make_record(struct record *r, const struct record_case *c)
{
	size_t i;

	memset(r, 0, sizeof(*r));
	r->header_from = c->from;
	r->envelope_from = c->envelope_from;
	for (i = 0; i < 2; i++) {
		if (c->dkim[i].result != NULL || c->dkim[i].domain != NULL)
			*(struct auth_dkim *)array_add(
			    &r->auth_dkim, sizeof(c->dkim[i])) = c->dkim[i];
		if (c->spf[i].result != NULL || c->spf[i].domain != NULL)
			*(struct auth_spf *)array_add(
			    &r->auth_spf, sizeof(c->spf[i])) = c->spf[i];
	}
}

static void
check_records(
    const struct record_case *c, size_t n, const struct align_policy *policy)
{
	struct record r;
	struct alignment got;
	size_t i;

	for (i = 0; i < n; i++) {
		make_record(&r, &c[i]);
		align_record(&r, policy, &got);
		if (got.dkim != c[i].want_dkim || got.spf != c[i].want_spf)
			fail_msg("%s: dkim %d, spf %d", c[i].what, got.dkim,
			    got.spf);
		record_done(&r);
	}
}

#define CHECK(cases, policy) \
	check_records(cases, sizeof(cases) / sizeof((cases)[0]), policy)
#define DKIM(domain, result) \
	{ \
		domain, "s", result, NULL \
	}
#define SPF(domain, scope, result) \
	{ \
		domain, scope, result, NULL \
	}

static const struct align_policy relaxed = { "example.org", false, false };
static const struct align_policy strict = { "example.org", true, true };

static void
one_aligned_pass_is_enough(void **state)
{
	static const struct record_case cases[] = {
		{ "nothing listed", "example.org", NULL, { { 0 } }, { { 0 } },
		    ALIGN_UNKNOWN, ALIGN_UNKNOWN },
		{ "both", "example.org", NULL, { DKIM("example.org", "pass") },
		    { SPF("b.example.org", "mfrom", "pass") }, ALIGN_PASS,
		    ALIGN_PASS },
		{ "broken", "example.org", NULL,
		    { DKIM("example.org", "fail") },
		    { SPF("example.org", NULL, "softfail") }, ALIGN_FAIL,
		    ALIGN_FAIL },
		{ "the second", "example.org", NULL,
		    { DKIM("esp.example", "pass"),
		        DKIM("example.org", "pass") },
		    { SPF("example.org", NULL, "fail"),
		        SPF("example.org", NULL, "pass") },
		    ALIGN_PASS, ALIGN_PASS },
		{ "others", "example.org", NULL,
		    { DKIM("esp.example", "pass") },
		    { SPF("esp.example", NULL, "pass") }, ALIGN_FAIL,
		    ALIGN_FAIL },
		{ "an unknown word beside a failure", "example.org", NULL,
		    { DKIM("example.org", NULL), DKIM("esp.example", "pass") },
		    { SPF(NULL, NULL, "pass"),
		        SPF("example.org", NULL, "fail") },
		    ALIGN_UNKNOWN, ALIGN_UNKNOWN },
		{ "an unknown word beside a pass", "example.org", NULL,
		    { DKIM("example.org", NULL), DKIM("example.org", "pass") },
		    { SPF("example.org", NULL, "pass"),
		        SPF(NULL, NULL, "pass") },
		    ALIGN_PASS, ALIGN_PASS },
		{ "no header_from", NULL, NULL, { DKIM("example.org", "pass") },
		    { SPF("example.org", NULL, "pass") }, ALIGN_UNKNOWN,
		    ALIGN_UNKNOWN },
		{ "a failure needs no domain", NULL, NULL,
		    { DKIM(NULL, "fail") }, { SPF(NULL, NULL, "none") },
		    ALIGN_FAIL, ALIGN_FAIL },
	};

	(void)state;
	CHECK(cases, &relaxed);
}

static void
each_method_has_its_own_mode(void **state)
{
	static const struct align_policy dkim = { "example.org", true, false };
	static const struct align_policy spf = { "example.org", false, true };
	static const struct record_case one_strict[] = {
		{ "strict DKIM", "example.org", NULL,
		    { DKIM("a.example.org", "pass") },
		    { SPF("a.example.org", NULL, "pass") }, ALIGN_FAIL,
		    ALIGN_PASS },
	};
	static const struct record_case other_strict[] = {
		{ "strict SPF", "example.org", NULL,
		    { DKIM("a.example.org", "pass") },
		    { SPF("a.example.org", NULL, "pass") }, ALIGN_PASS,
		    ALIGN_FAIL },
	};

	(void)state;
	CHECK(one_strict, &dkim);
	CHECK(other_strict, &spf);
}

static void
helo_counts_only_for_the_null_sender(void **state)
{
	static const struct record_case cases[] = {
		{ "a sender", "example.org", "example.org", { { 0 } },
		    { SPF("mx.example.org", "helo", "pass"),
		        SPF("example.org", "mfrom", "fail") },
		    ALIGN_UNKNOWN, ALIGN_FAIL },
		{ "HELO alone", "example.org", "example.org", { { 0 } },
		    { SPF("mx.example.org", "helo", "pass") }, ALIGN_UNKNOWN,
		    ALIGN_UNKNOWN },
		{ "a sender that is not said", "example.org", NULL, { { 0 } },
		    { SPF("mx.example.org", "helo", "pass") }, ALIGN_UNKNOWN,
		    ALIGN_UNKNOWN },
		{ "the null sender", "example.org", "", { { 0 } },
		    { SPF("mx.example.org", "helo", "pass") }, ALIGN_UNKNOWN,
		    ALIGN_PASS },
	};

	(void)state;
	CHECK(cases, &relaxed);
}

static void
what_only_the_reporter_can_know_is_unknown(void **state)
{
	static const struct align_policy none = { NULL, false, false };
	static const struct align_policy suffix = { "github.io", false, false };
	static const struct record_case before_policy[] = {
		{ "equal", "example.org", NULL, { DKIM("example.org", "pass") },
		    { SPF("example.org", NULL, "pass") }, ALIGN_PASS,
		    ALIGN_PASS },
		{ "depends on the mode", "example.org", NULL,
		    { DKIM("a.example.org", "pass") },
		    { SPF("a.example.org", NULL, "pass") }, ALIGN_UNKNOWN,
		    ALIGN_UNKNOWN },
		{ "in no mode", "example.org", NULL,
		    { DKIM("esp.example", "pass") },
		    { SPF("esp.example", NULL, "pass") }, ALIGN_FAIL,
		    ALIGN_FAIL },
	};
	static const struct record_case within_policy[] = {
		{ "both under the policy's domain", "a.github.io", NULL,
		    { DKIM("b.github.io", "pass") },
		    { SPF("bgithub.io", NULL, "pass") }, ALIGN_UNKNOWN,
		    ALIGN_FAIL },
	};
	/* Found by a walk up the DNS, each of them may be an organization. */
	static const struct align_policy below = { "a.example.org", false,
		false };
	static const struct record_case above_policy[] = {
		{ "above the policy's domain", "a.example.org", NULL,
		    { DKIM("example.org", "pass") },
		    { SPF("b.a.example.org", NULL, "pass") }, ALIGN_UNKNOWN,
		    ALIGN_PASS },
	};
	static const struct record_case u_label[] = {
		{ "a U-label", "xn--bcher-kva.example.org", NULL,
		    { DKIM("b\xc3\xbc"
		           "cher.example.org",
		        "pass") },
		    { SPF("a.b\xc3\xbc"
		          "cher.example.org",
		        NULL, "fail") },
		    ALIGN_UNKNOWN, ALIGN_FAIL },
	};

	(void)state;
	CHECK(before_policy, &none);
	CHECK(within_policy, &suffix);
	CHECK(above_policy, &below);
	CHECK(u_label, &strict);
}

/* What the reporter says, what was recomputed, and what must come of it. */
struct cause_case {
	const char *dkim;
	const char *spf;
	struct alignment recomputed;
	const char *cause;
	bool is_mismatch;
};

static void
the_reporter_is_believed_and_contradicted(void **state)
{
	static const struct cause_case cases[] = {
		{ "pass", "pass", { ALIGN_PASS, ALIGN_PASS }, "aligned",
		    false },
		{ "pass", "fail", { ALIGN_PASS, ALIGN_FAIL }, "dkim_only",
		    false },
		{ "fail", "fail", { ALIGN_UNKNOWN, ALIGN_UNKNOWN },
		    "dkim_broken", false },
		{ "pass", "pass", { ALIGN_UNKNOWN, ALIGN_UNKNOWN }, "aligned",
		    false },
		/* it is contradicted, and still believed */
		{ "pass", "fail", { ALIGN_FAIL, ALIGN_FAIL }, "dkim_only",
		    true },
		{ "pass", "fail", { ALIGN_PASS, ALIGN_PASS }, "dkim_only",
		    true },
		{ "fail", "pass", { ALIGN_FAIL, ALIGN_FAIL }, "spf_only",
		    true },
		/* it says nothing */
		{ NULL, NULL, { ALIGN_PASS, ALIGN_PASS }, "aligned", false },
		{ NULL, "fail", { ALIGN_PASS, ALIGN_FAIL }, "dkim_only",
		    false },
		{ "fail", NULL, { ALIGN_FAIL, ALIGN_PASS }, "spf_only", false },
		{ NULL, NULL, { ALIGN_FAIL, ALIGN_FAIL }, "dkim_broken",
		    false },
		{ NULL, NULL, { ALIGN_UNKNOWN, ALIGN_UNKNOWN }, "dkim_broken",
		    false },
	};
	static const struct record_case bad_signature = { NULL, "example.org",
		NULL, { DKIM("example.org", "fail") }, { { 0 } }, ALIGN_FAIL,
		ALIGN_UNKNOWN };
	struct record r;
	size_t i;

	(void)state;
	make_record(&r, &bad_signature);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r.dkim = cases[i].dkim;
		r.spf = cases[i].spf;
		assert_string_equal(
		    align_cause(&r, &cases[i].recomputed), cases[i].cause);
		if (align_is_mismatch(&r, &cases[i].recomputed) !=
		    cases[i].is_mismatch)
			fail_msg("case %zu", i);
		/* Nothing of what the reporter says is replaced. */
		assert_ptr_equal(r.dkim, cases[i].dkim);
		assert_ptr_equal(r.spf, cases[i].spf);
	}
	record_done(&r);
}

static void
the_organization_is_told(void **state)
{
	char org[ALIGN_DOMAIN] = "before";

	(void)state;
	assert_true(align_organization("A.b.Example.co.uk.", org));
	assert_string_equal(org, "example.co.uk");
	assert_true(align_organization("example.org", org));
	assert_string_equal(org, "example.org");
	assert_false(align_organization("co.uk", org));
	assert_false(align_organization("192.0.2.1", org));
	assert_false(align_organization("", org));
	assert_false(align_organization(NULL, org));
	assert_string_equal(org, "example.org");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_domains_are_aligned_in_both_modes),
		cmocka_unit_test(
		    one_organization_is_aligned_in_relaxed_mode_only),
		cmocka_unit_test(what_only_looks_related_is_never_aligned),
		cmocka_unit_test(addresses_have_no_organization),
		cmocka_unit_test(what_is_no_name_is_aligned_with_nothing),
		cmocka_unit_test(the_organization_is_told),
		cmocka_unit_test(one_aligned_pass_is_enough),
		cmocka_unit_test(each_method_has_its_own_mode),
		cmocka_unit_test(helo_counts_only_for_the_null_sender),
		cmocka_unit_test(what_only_the_reporter_can_know_is_unknown),
		cmocka_unit_test(the_reporter_is_believed_and_contradicted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
