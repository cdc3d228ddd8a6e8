/* SPDX-License-Identifier: BSD-2-Clause */
/* reporter: who may speak for an organization that a report names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/reporter.h"

struct claim {
	const char *from, *organization, *email;
};

static void
assert_all(const struct claim *c, size_t n, bool expected)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (reporter_is_sender(
		        c[i].from, c[i].organization, c[i].email) != expected)
			fail_msg("%s for %s, %s", c[i].from, c[i].organization,
			    c[i].email);
}

static void
they_send_their_own(void **state)
{
	static const struct claim claims[] = {
		{ "google.com", "google.com", "noreply@google.com" },
		{ "GOOGLE.com", "Google Inc.", NULL },
		{ "google.com", "google.com", NULL },
		{ "microsoft.com", "Outlook.com", "d@microsoft.com" },
		{ "reports.example.net", "example.net", "x@other.example" },
		{ "example.net", "mail.example.net", NULL },
		{ "example.net", "Example Networks", "d@mx.example.net" },
		{ "example.net", NULL, "d@example.net" },
		{ "example.net", "example", "d@example.net" },
		{ "xn--bcher-kva.example", "B\u00fccher.example", NULL },
		{ "example.net", "B\u00fccher", "d@example.net" },
		{ "esa1.hc1.iphmx.com", "example.org", "d@esa1.hc1.iphmx.com" },
	};

	(void)state;
	assert_all(claims, sizeof(claims) / sizeof(claims[0]), true);
}

static void
nobody_sends_those_of_others(void **state)
{
	static const struct claim claims[] = {
		{ "evil.example", "google.com", "noreply@google.com" },
		{ "evil.example", "google.com", "x@evil.example" },
		{ "evil.example", "Google Inc.", "x@evil.example" },
		{ "evil.example", "GOOGLE INC.", "x@evil.example" },
		{ "google.com.evil.example", "google.com", NULL },
		{ "evil.example", "example.net", "x@evil.example" },
		{ "evil.example", "Example Networks", "d@example.net" },
		{ "evil.example", "Example Networks", "evil.example" },
		/* In letters that look the same, or none that are seen. */
		{ "evil.example", "g\u043e\u043egle.com", "x@evil.example" },
		{ "evil.example", "google.com\u200b", "x@evil.example" },
		{ "evil.example", "\uff47oogle\uff0ecom", "x@evil.example" },
		{ "evil.example", "b\u00fccher.example", "x@evil.example" },
		{ "evil.example", NULL, NULL },
		{ NULL, "example.net", "d@example.net" },
		{ "com", "com", "x@com" },
		{ "", "", "" },
	};

	(void)state;
	assert_all(claims, sizeof(claims) / sizeof(claims[0]), false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_send_their_own),
		cmocka_unit_test(nobody_sends_those_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
