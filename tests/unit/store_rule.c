/* SPDX-License-Identifier: BSD-2-Clause */
/* store: how rules are written, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/store_rule.h"

static void
rules_have_one_form(void **state)
{
	static const struct {
		const char *text;
		enum store_match match;
		const char *value;
	} rules[] = {
		{ "192.0.2.1", STORE_MATCH_CIDR, "192.0.2.1/32" },
		{ "192.0.2.77/24", STORE_MATCH_CIDR, "192.0.2.0/24" },
		{ "10.1.2.3/8", STORE_MATCH_CIDR, "10.0.0.0/8" },
		{ "2001:DB8::/32", STORE_MATCH_CIDR, "2001:db8::/32" },
		{ "2001:db8::1", STORE_MATCH_CIDR, "2001:db8::1/128" },
		{ "::ffff:192.0.2.1", STORE_MATCH_CIDR, "192.0.2.1/32" },
		{ "2001:db8:1::/32", STORE_MATCH_CIDR, "2001:db8::/32" },
		{ "127.255.255.255-128.0.0.1", STORE_MATCH_RANGE,
		    "127.255.255.255-128.0.0.1" },
		{ "192.0.2.10-192.0.2.20", STORE_MATCH_RANGE,
		    "192.0.2.10-192.0.2.20" },
		{ "2001:db8::a-2001:db8::00ff", STORE_MATCH_RANGE,
		    "2001:db8::a-2001:db8::ff" },
		/* What is a network is written as one. */
		{ "192.0.2.0-192.0.2.255", STORE_MATCH_CIDR, "192.0.2.0/24" },
		{ "192.0.2.9-192.0.2.9", STORE_MATCH_CIDR, "192.0.2.9/32" },
		{ "AS64500", STORE_MATCH_ASN, "64500" },
		{ "as4294967295", STORE_MATCH_ASN, "4294967295" },
		{ "Mail.Example.COM", STORE_MATCH_PTR, "mail.example.com" },
		{ "as64500.example", STORE_MATCH_PTR, "as64500.example" },
		{ "1-2.example.net", STORE_MATCH_PTR, "1-2.example.net" },
		{ "192.0.2.1.example.net", STORE_MATCH_PTR,
		    "192.0.2.1.example.net" },
		{ "example.com.", STORE_MATCH_PTR, "example.com" },
		{ "d=Example.com", STORE_MATCH_DKIM, "example.com" },
		{ "D=_x.example.com", STORE_MATCH_DKIM, "_x.example.com" },
		{ "d=b\303\274cher.example", STORE_MATCH_DKIM,
		    "xn--bcher-kva.example" },
		{ "SPF=bounce.example.com", STORE_MATCH_SPF,
		    "bounce.example.com" },
	};
	struct err err = ERR_INIT;
	struct store_rule r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (store_read_rule(rules[i].text, &r, &err) == -1)
			fail_msg("%s: %s", rules[i].text, err.text);
		assert_string_equal(r.value, rules[i].value);
		assert_int_equal(r.match, rules[i].match);
		assert_int_equal(r.len, strlen(r.value));
	}
}

#define LABEL_64 \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LABEL_63 \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
nonsense_is_refused_with_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *why;
	} rules[] = {
		{ "192.0.2.300", "each of its four numbers is 0 to 255" },
		{ "192.0.2.01", "without leading zeros" },
		{ "192.0.2", "has four numbers" },
		{ "192.0.2.1.5", "has four numbers" },
		{ "1", "has four numbers" },
		{ "0.0.0.0/0", "more than a sender has" },
		{ "::/0", "more than a sender has" },
		{ "2001:db8::/31", "more than a sender has" },
		{ "0.0.0.0-255.255.255.254", "more than a sender has" },
		{ "1.2.3.4/33", "after the slash is 0 to 32" },
		{ "1.2.3.4/", "after the slash is 0 to 32" },
		{ "1.2.3.4/-1", "after the slash is 0 to 32" },
		{ "2001:db8::/129", "after the slash is 0 to 128" },
		{ "2001:db8:::/32", "an address that is not one" },
		{ "example.com/24", "an address that is not one" },
		{ "192.0.2.20-192.0.2.10", "first address is above its last" },
		{ "2001:db8::2-2001:db8::1", "above its last" },
		{ "192.0.2.1-2001:db8::1", "the other one IPv6" },
		{ "2001:db8::1-192.0.2.1", "the other one IPv6" },
		{ "192.0.2.1-", "an address that is not one" },
		{ "192.0.2.1-x", "last label of one is letters" },
		{ "192.0.2.1-192.0.2.300", "0 to 255" },
		{ "192.0.2.1-20", "has four numbers" },
		{ "2001:db8::1-", "an address that is not one" },
		{ "d=", "lacks its domain" },
		{ "spf=", "lacks its domain" },
		{ "d=..", "empty label" },
		{ "d=.", "empty label" },
		{ "d=.example.com", "empty label" },
		{ "d=a..example.com", "empty label" },
		{ "d=com", "public suffix" },
		{ "spf=co.uk", "public suffix" },
		{ "co.uk", "public suffix" },
		{ "d=*.example.com", "asterisk" },
		{ "AS0", "AS1 to AS4294967295" },
		{ "AS4294967296", "AS1 to AS4294967295" },
		{ "AS", "is not a rule" },
		{ "example", "is not a rule" },
		{ "", "is not a rule" },
		{ "d=" LABEL_64 ".example.com", "longer than 63" },
		{ LABEL_64 ".example.com", "longer than 63" },
		{ LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63 ".com",
		    "longer than 253" },
		{ "d=" LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63
		  "." LABEL_63 ".com",
		    "longer than 253" },
		{ "mail.example.1", "is letters" },
		{ "d=192.0.2.1", "is letters" },
		{ "exa mple.com", "characters" },
		{ "d=exa\033mple.com", "characters" },
		{ "d=\377.example", "not a domain" },
	};
	struct store_rule r;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		err = (struct err)ERR_INIT;
		if (store_read_rule(rules[i].text, &r, &err) != -1 &&
		    store_check_rule(rules[i].text, &r, &err) != -1)
			fail_msg("%s was taken as %s", rules[i].text, r.value);
		assert_int_equal(err.class, ERR_USAGE);
		if (strstr(err.text, rules[i].why) == NULL)
			fail_msg("%s: %s", rules[i].text, err.text);
		assert_null(strchr(err.text, '\033'));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_have_one_form),
		cmocka_unit_test(nonsense_is_refused_with_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
