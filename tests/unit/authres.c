/* SPDX-License-Identifier: BSD-2-Clause */
/* authres: which results are believed, and what they say of From:. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "parse/authres.h"
#include "parse/mime.h"

#define FROM "From: Reports <dmarc@mail.example.org>\n"
#define AR "Authentication-Results: "
#define PASS "dmarc=pass header.from=mail.example.org"
#define RECEIVED "Received: from x by y; Sat, 21 Nov 2026 00:00:00 +0000\n"

static const char *ids[] = { "mx.example.net", "mx2.example.net" };
static const char *microsoft[] = { AUTHRES_MICROSOFT };

static const char *
verify(const char *header, const char **list, size_t n, int hops)
{
	struct authres_options options = { .n = n, .received_hops = hops };
	struct arena arena = { 0 };
	struct mail_facts facts;
	size_t len = strlen(header);
	char *copy = malloc(len);
	const char *verdict;

	assert_non_null(copy);
	memcpy(copy, header, len);
	memcpy(options.ids, list, n * sizeof(*list));
	mime_read_facts(copy, len, &arena, &facts);
	verdict = authres_verify(copy, len, &facts, &options);
	free(copy);
	arena_done(&arena);
	return verdict;
}

#define assert_verdict(header, verdict) \
	assert_string_equal(verify(header, ids, 2, 1), verdict)

/* A field of ours above, From: below. */
static void
assert_field(const char *results, const char *verdict)
{
	struct buf b = { 0 };

	buf_printf(
	    &b, "%s" AR "mx.example.net; %s\n" FROM "\n", RECEIVED, results);
	if (strcmp(verify(buf_str(&b), ids, 2, 1), verdict) != 0)
		fail_msg("%s: not %s", results, verdict);
	buf_done(&b);
}

static void
a_method_must_pass_for_the_domain_in_from(void **state)
{
	(void)state;
	assert_field(PASS, "pass");
	assert_field("dmarc=pass (p=none; dis=none) header.from="
	             "MAIL.Example.ORG.",
	    "pass");
	assert_field("dmarc=pass header.from=a@mail.example.org", "pass");
	/* DMARC is about exactly this domain, the others about its kin. */
	assert_field("dmarc=pass header.from=example.org", "fail");
	assert_field("dmarc=pass", "fail");
	assert_field("dkim=pass header.d=example.org", "pass");
	assert_field("dkim=pass header.i=@sub.example.org header.b=x=", "pass");
	assert_field("dkim=pass header.d=other.example "
	             "header.i=@example.org",
	    "fail");
	assert_field("dkim=pass header.d=notexample.org", "fail");
	assert_field("dkim=pass header.d=org", "fail");
	assert_field("dkim=fail header.d=example.org", "fail");
	assert_field("spf=pass smtp.mailfrom=bounce@example.org", "pass");
	assert_field("spf=pass smtp.mailfrom=<b=c@example.org>", "pass");
	assert_field("spf=pass smtp.mailfrom=example.org", "pass");
	assert_field("spf=pass smtp.helo=example.org", "fail");
	assert_field("spf=softfail smtp.mailfrom=example.org", "fail");
	assert_field("iprev=pass policy.iprev=192.0.2.1", "none");
	assert_field("none", "none");
}

static void
dmarc_that_failed_is_not_outvoted(void **state)
{
	(void)state;
	assert_field("dkim=pass header.d=example.org; "
	             "dmarc=fail header.from=mail.example.org",
	    "fail");
	assert_field("dkim=pass header.d=example.org; "
	             "dmarc=none header.from=mail.example.org",
	    "pass");
}

static void
several_signatures_are_in_one_field(void **state)
{
	(void)state;
	assert_field("dkim=fail header.d=example.org;\n\tdkim=pass "
	             "header.d=other.example; dkim=pass header.d=example.org",
	    "pass");
	assert_field("dkim=pass header.d=other.example; spf=none", "fail");
}

static void
comments_quotes_and_folds_are_no_results(void **state)
{
	(void)state;
	assert_field(
	    "spf=none (; dmarc=pass header.from=mail.example.org)", "fail");
	assert_field("spf=none (a (nested) b\\) ; " PASS ")", "fail");
	assert_field("dkim=fail reason=\"x; " PASS "\"", "fail");
	assert_field(
	    "spf=pass smtp.mailfrom=\"x; " PASS " \"@evil.example", "fail");
	assert_field(
	    "spf=pass smtp.mailfrom=\"a\\\"; " PASS " \"@evil.example", "fail");
	assert_field("(c) dmarc (c) = (c)\r\n pass (c) header.from (c)\n\t= "
	             "(c) \"mail.example.org\" (c)",
	    "pass");
	assert_field("dmarc/1=pass header.from=mail.example.org", "pass");
	assert_field("x-dmarc=pass header.from=mail.example.org", "none");
	assert_field("DMARC=Pass Header.From=mail.example.org", "pass");
	assert_field(";;; = ; " PASS, "pass");
	assert_field(PASS ";", "pass");
}

static void
a_field_that_does_not_end_is_not_believed_nor_what_is_below(void **state)
{
	(void)state;
	assert_field(PASS "; spf=none (comment", "none");
	assert_field(PASS "; spf=none reason=\"quote", "none");
	assert_verdict(AR "mx.example.net; spf=none (\n" AR
	                  "mx.example.net; " PASS "\n" FROM "\n",
	    "none");
}

static void
only_ids_of_the_list_are_believed(void **state)
{
	(void)state;
	assert_verdict(AR "MX.Example.Net; " PASS "\n" FROM, "pass");
	assert_verdict(AR "mx2.example.net 1; " PASS "\n" FROM, "pass");
	assert_verdict(
	    AR "(c) \"mx.example.net\" (c) 1 ; " PASS "\n" FROM, "pass");
	assert_verdict(AR "\n mx.example.net\n ; " PASS "\n" FROM, "pass");
	assert_verdict(AR "mx.example.net 2; " PASS "\n" FROM, "none");
	assert_verdict(AR "evil.example; " PASS "\n" FROM, "none");
	assert_verdict(
	    AR "mx.example.net.evil.example; " PASS "\n" FROM, "none");
	assert_verdict(
	    AR "evil.example (; mx.example.net; " PASS ")\n" FROM, "none");
	assert_verdict(AR PASS "\n" FROM, "none");
	assert_verdict(AR "; " PASS "\n" FROM, "none");
	assert_verdict(AR "microsoft365; " PASS "\n" FROM, "none");
}

static void
copies_under_other_names_are_not_believed(void **state)
{
	(void)state;
	assert_verdict("Authentication-Results-Original: mx.example.net; " PASS
	               "\n" FROM,
	    "none");
	assert_verdict("X-Authentication-Results: mx.example.net; " PASS
	               "\n" FROM,
	    "none");
	assert_verdict("ARC-Authentication-Results: i=1; mx.example.net; " PASS
	               "\n" FROM,
	    "none");
	assert_verdict(
	    "Authentication-Results : mx.example.net; " PASS "\n" FROM, "none");
	assert_verdict(FROM "\n" AR "mx.example.net; " PASS "\n", "none");
}

static void
the_topmost_field_of_a_method_counts(void **state)
{
	(void)state;
	assert_verdict(AR "mx.example.net; dmarc=none\n" AR
	                  "mx.example.net; " PASS "\n" FROM,
	    "fail");
	/* One field for each filter is usual. */
	assert_verdict(AR "mx.example.net; spf=none\n" AR
	                  "mx.example.net; " PASS "\n" FROM,
	    "pass");
	/* What a stranger put on top does not count at all. */
	assert_verdict(AR "evil.example; dmarc=fail\n" AR
	                  "mx.example.net; " PASS "\n" FROM,
	    "pass");
}

static void
nothing_below_a_received_of_strangers_is_believed(void **state)
{
	static const char below[] = RECEIVED AR "mx.example.net; " PASS
	                                        "\n" FROM;
	static const char above[] = AR "mx.example.net; " PASS
	                               "\n" RECEIVED FROM;
	static const char far[] = RECEIVED RECEIVED AR "mx.example.net; " PASS
	                                               "\n" FROM;

	(void)state;
	assert_string_equal(verify(below, ids, 2, 1), "pass");
	assert_string_equal(verify(above, ids, 2, 1), "pass");
	assert_string_equal(verify(far, ids, 2, 1), "none");
	assert_string_equal(verify(far, ids, 2, 2), "pass");
	assert_string_equal(verify(above, ids, 2, 0), "pass");
	assert_string_equal(verify(below, ids, 2, 0), "none");
}

static void
from_must_be_one_address(void **state)
{
	(void)state;
	assert_verdict(AR "mx.example.net; " PASS "\n" FROM FROM, "fail");
	assert_verdict(AR "mx.example.net; " PASS
	                  "\nFrom: a@mail.example.org, b@evil.example\n",
	    "fail");
	assert_verdict(AR "mx.example.net; " PASS "\nSubject: x\n", "fail");
	assert_verdict(AR "mx.example.net; " PASS
	                  "\nFrom: \"a@b, c\" (d@e, f) <x@mail.example.org>\n",
	    "pass");
	assert_verdict(AR "mx.example.net; " PASS
	                  "\nFrom: Doe, Jane <x@mail.example.org>\n",
	    "pass");
}

static void
microsoft_is_believed_only_on_request(void **state)
{
	static const char now[] = AR
	    "spf=pass (sender IP is 192.0.2.1)\n"
	    " smtp.mailfrom=example.org; dkim=pass (signature was verified)\n"
	    " header.d=example.org;dmarc=pass action=none\n"
	    " header.from=mail.example.org;compauth=pass reason=100\n" FROM;
	static const char old[] = AR
	    "spf=fail (sender IP is 192.0.2.1)\n"
	    " smtp.mailfrom=other.example; tenant.example; dkim=pass\n"
	    " header.d=example.org;tenant.example; dmarc=bestguesspass\n" FROM;

	(void)state;
	assert_string_equal(verify(now, microsoft, 1, 1), "pass");
	assert_string_equal(verify(old, microsoft, 1, 1), "pass");
	assert_string_equal(verify(now, ids, 2, 1), "none");
	assert_string_equal(
	    verify(AR "microsoft365; " PASS "\n" FROM, microsoft, 1, 1),
	    "none");
}

static void
endless_values_are_nothing(void **state)
{
	struct buf b = { 0 };
	size_t i;

	(void)state;
	buf_add_str(&b, AR "mx.example.net; dmarc=pass header.from=");
	for (i = 0; i < 100000; i++)
		buf_add_char(&b, 'a');
	buf_add_str(&b, "\n" FROM);
	assert_verdict(buf_str(&b), "fail");
	b.len = 0;
	buf_add_str(&b, AR "mx.example.net; dmarc=none ");
	for (i = 0; i < 100000; i++)
		buf_add_char(&b, '(');
	buf_add_str(&b, "\n" FROM);
	assert_verdict(buf_str(&b), "none");
	buf_done(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_method_must_pass_for_the_domain_in_from),
		cmocka_unit_test(dmarc_that_failed_is_not_outvoted),
		cmocka_unit_test(several_signatures_are_in_one_field),
		cmocka_unit_test(comments_quotes_and_folds_are_no_results),
		cmocka_unit_test(
		    a_field_that_does_not_end_is_not_believed_nor_what_is_below),
		cmocka_unit_test(only_ids_of_the_list_are_believed),
		cmocka_unit_test(copies_under_other_names_are_not_believed),
		cmocka_unit_test(the_topmost_field_of_a_method_counts),
		cmocka_unit_test(
		    nothing_below_a_received_of_strangers_is_believed),
		cmocka_unit_test(from_must_be_one_address),
		cmocka_unit_test(microsoft_is_believed_only_on_request),
		cmocka_unit_test(endless_values_are_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
