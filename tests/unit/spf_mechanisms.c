/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SPF by the scenarios of the published test suite for RFC 7208: each
 * mechanism, its syntax and what it matches.
 */
#include "dns/spf.h"
#include "spf_zone.h"

#define V6 "2001:db8::1"
/* The reverse name of 2001:db8::1, of ::2 and so on. */
#define REVERSE6(last) \
	last ".0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0." \
	     "8.b.d.0.1.0.0.2.ip6.arpa"

static void
all_matches_and_has_no_argument(void **state)
{
	static const struct zone_row rows[] = {
		{ "a1.example.org", "TXT", "v=spf1 -all." },
		{ "a2.example.org", "TXT", "v=spf1 -all:foobar" },
		{ "a3.example.org", "TXT", "v=spf1 -all/8" },
		{ "a4.example.org", "TXT", "v=spf1 ?all" },
		{ "a5.example.org", "TXT", "v=spf1 all -all" },
	};
	static const struct spf_case cases[] = {
		{ "a dot", "a@a1.example.org", 0, "permerror", "-all.", 0 },
		{ "a domain", "a@a2.example.org", 0, "permerror", NULL, 0 },
		{ "a prefix", "a@a3.example.org", 0, "permerror", NULL, 0 },
		{ "neutral", "a@a4.example.org", 0, "neutral", "?all", 0 },
		{ "the first counts", "a@a5.example.org", 0, "pass", "all", 0 },
		{ "IPv6 too", "a@a5.example.org", V6, "pass", "all", 0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

static void
ptr_matches_names_that_lead_back(void **state)
{
	static const struct zone_row rows[] = {
		{ "mail.example.org", "A", "192.0.2.1" },
		{ "mail.example.org", "AAAA", V6 },
		{ "p1.example.org", "TXT", "v=spf1 ptr/0 -all" },
		{ "p2.example.org", "TXT", "v=spf1 ptr:example.org -all" },
		{ "1.2.0.192.in-addr.arpa", "PTR", "p3.example.org" },
		{ "1.2.0.192.in-addr.arpa", "PTR", "p4.example.org" },
		{ "1.2.0.192.in-addr.arpa", "PTR", "mail.example.org" },
		{ REVERSE6("1"), "PTR", "MAIL.Example.org" },
		{ REVERSE6("2"), "PTR", "p3.example.org" },
		{ "p3.example.org", "TXT", "v=spf1 ptr -all" },
		{ "p3.example.org", "A", "192.0.2.1" },
		{ "p3.example.org", "AAAA", "2001:db8::2" },
		{ "p4.example.org", "TXT", "v=spf1 ptr -all" },
		{ "p5.example.org", "TXT", "v=spf1 ptr:" },
		{ "p6.example.org", "TXT", "v=spf1 ptr:example.Org -all" },
		{ "ple.org", "TXT", "v=spf1 ptr -all" },
		{ "7.2.0.192.in-addr.arpa", "FAIL", NULL },
		{ "8.2.0.192.in-addr.arpa", "PTR", "slow.example.org" },
		{ "8.2.0.192.in-addr.arpa", "PTR", "eight.example.org" },
		{ "slow.example.org", "FAIL", NULL },
		{ "eight.example.org", "A", "192.0.2.8" },
		{ "9.2.0.192.in-addr.arpa", "PTR", "bad name.example.org" },
	};
	static const struct spf_case cases[] = {
		{ "no prefix", "a@p1.example.org", 0, "permerror", NULL, 0 },
		{ "below the target", "a@p2.example.org", 0, "pass",
		    "ptr:example.org", 0 },
		{ "the domain itself", "a@p3.example.org", 0, "pass", "ptr",
		    0 },
		{ "does not lead back", "a@p4.example.org", 0, "fail", "-all",
		    0 },
		{ "IPv6", "a@p3.example.org", "2001:db8::2", "pass", NULL, 0 },
		{ "empty", "a@p5.example.org", 0, "permerror", NULL, 0 },
		{ "capitals", "b@p6.example.org", V6, "pass", NULL, 0 },
		{ "the end of a label only", "a@ple.org", 0, "fail", NULL, 0 },
		/* 5.5: errors are no match, or pass over that name. */
		{ "silence", "a@p2.example.org", "192.0.2.7", "fail", NULL, 0 },
		{ "one name is silent", "a@p2.example.org", "192.0.2.8", "pass",
		    NULL, 0 },
		{ "no such name", "a@p2.example.org", "192.0.2.10", "fail",
		    NULL, 0 },
		{ "no name", "a@p2.example.org", "192.0.2.9", "fail", NULL, 0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

static void
a_matches_the_addresses_of_a_name(void **state)
{
	static const struct zone_row rows[] = {
		{ "mail.example.org", "A", "192.0.2.1" },
		{ "e1.example.org", "TXT", "v=spf1 a/0 -all" },
		{ "e2.example.org", "A", "198.51.100.1" },
		{ "e2.example.org", "AAAA", "2001:db8::2" },
		{ "e2.example.org", "TXT", "v=spf1 a/0 -all" },
		{ "e2a.example.org", "AAAA", V6 },
		{ "e2a.example.org", "TXT", "v=spf1 a//0 -all" },
		{ "e2b.example.org", "A", "198.51.100.1" },
		{ "e2b.example.org", "TXT", "v=spf1 a//0 -all" },
		{ "six.example.org", "AAAA", V6 },
		{ "six.example.org", "A", "198.51.100.1" },
		{ "six.example.org", "TXT", "v=spf1 a -all" },
		{ "e3.example.org", "TXT", "v=spf1 a:foo.example.org?" },
		{ "e4.example.org", "TXT", "v=spf1 a:192.0.2.1" },
		{ "e5.example.org", "TXT", "v=spf1 a:abc.123" },
		{ "e5a.example.org", "TXT", "v=spf1 a:museum" },
		{ "e5b.example.org", "TXT", "v=spf1 a:museum." },
		{ "e6.example.org", "TXT", "v=spf1 a//33 -all" },
		{ "e6a.example.org", "TXT", "v=spf1 a/33 -all" },
		{ "e7.example.org", "TXT", "v=spf1 a//129 -all" },
		{ "e8.example.org", "A", "192.0.2.5" },
		{ "e8.example.org", "AAAA", "2001:db8:1234::dead:beef" },
		{ "e8.example.org", "TXT", "v=spf1 a/24//64 -all" },
		{ "e8e.example.org", "TXT", "v=spf1 a/24/64 -all" },
		{ "e8a.example.org", "AAAA", "2001:db8:1234::dead:beef" },
		{ "e8a.example.org", "A", "192.0.2.5" },
		{ "e8a.example.org", "TXT", "v=spf1 a/24 -all" },
		{ "e8b.example.org", "A", "192.0.2.5" },
		{ "e8b.example.org", "TXT", "v=spf1 a//64 -all" },
		{ "e9.example.org", "TXT", "v=spf1 a:example.org:8080" },
		{ "e10.example.org", "TXT", "v=spf1 a:foo.example.org/24" },
		{ "foo.example.org", "A", "198.51.100.1" },
		{ "foo.example.org", "A", "192.0.2.5" },
		{ "e11.example.org", "TXT",
		    "v=spf1 a:foo:bar/baz.example.org" },
		{ "e12.example.org", "TXT", "v=spf1 a:example.-com" },
		{ "e13.example.org", "TXT", "v=spf1 a:" },
		{ "e14.example.org", "TXT",
		    "v=spf1 a:foo.example.xn--zckzah -all" },
		{ "foo.example.xn--zckzah", "A", "192.0.2.1" },
		{ "e15.example.org", "TXT", "v=spf1 a:mail.example.org. -all" },
		{ "e16.example.org", "TXT", "v=spf1 a:slow.example.org +all" },
		{ "slow.example.org", "FAIL AAAA", NULL },
		{ "e17.example.org", "TXT", "v=spf1 a/024 -all" },
		{ "e18.example.org", "TXT", "v=spf1 ~a:mail.example.org -all" },
		{ "e19.example.org", "TXT",
		    "v=spf1 a:mail.example.org/31 -all" },
	};
	static const struct spf_case cases[] = {
		{ "an IPv6 prefix of 33", "a@e6.example.org", 0, "fail", NULL,
		    0 },
		{ "an IPv4 prefix of 33", "a@e6a.example.org", 0, "permerror",
		    NULL, 0 },
		{ "an IPv6 prefix of 129", "a@e7.example.org", 0, "permerror",
		    NULL, 0 },
		{ "both prefixes", "a@e8.example.org", 0, "pass", NULL, 0 },
		{ "both with one slash", "a@e8e.example.org", 0, "permerror",
		    NULL, 0 },
		{ "both, IPv6", "a@e8.example.org", "2001:db8:1234::cafe:babe",
		    "pass", "a/24//64", 0 },
		{ "IPv4 is whole", "a@e8b.example.org", 0, "fail", NULL, 0 },
		{ "IPv6 is whole", "a@e8a.example.org",
		    "2001:db8:1234::cafe:babe", "fail", NULL, 0 },
		{ "the second address", "a@e10.example.org", 0, "pass", NULL,
		    0 },
		{ "the first address", "a@e10.example.org", "198.51.100.9",
		    "pass", NULL, 0 },
		{ "a port", "a@e9.example.org", 0, "permerror", NULL, 0 },
		{ "no address, though /0", "a@e1.example.org", 0, "fail", NULL,
		    0 },
		{ "/0", "a@e2.example.org", 0, "pass", NULL, 0 },
		{ "/0 is for IPv4", "a@e2.example.org", V6, "fail", NULL, 0 },
		{ "//0 is not for IPv4", "a@e2a.example.org", 0, "fail", NULL,
		    0 },
		{ "nor for IPv4 in IPv6", "a@e2a.example.org",
		    "::ffff:192.0.2.1", "fail", NULL, 0 },
		{ "//0", "a@e2a.example.org", "2001:db8:9::1", "pass", NULL,
		    0 },
		{ "both families", "a@six.example.org", V6, "pass", "a", 0 },
		{ "//0 without AAAA", "a@e2b.example.org", V6, "fail", NULL,
		    0 },
		{ "a byte that is none", "a@e3.example.org", 0, "permerror",
		    NULL, 0 },
		{ "an address", "a@e4.example.org", 0, "permerror", NULL, 0 },
		{ "only digits", "a@e5.example.org", 0, "permerror", NULL, 0 },
		{ "dashes", "a@e14.example.org", 0, "pass", NULL, 0 },
		{ "a dash first", "a@e12.example.org", 0, "permerror", NULL,
		    0 },
		{ "one label", "a@e5a.example.org", 0, "permerror", NULL, 0 },
		{ "one label and a dot", "a@e5b.example.org", 0, "permerror",
		    NULL, 0 },
		/* The syntax is right; but such a name is not asked for. */
		{ "a colon", "a@e11.example.org", 0, "neutral", NULL, 0 },
		{ "a colon, IPv4 in IPv6", "a@e11.example.org",
		    "::ffff:192.0.2.1", "neutral", NULL, 0 },
		{ "empty", "a@e13.example.org", 0, "permerror", NULL, 0 },
		{ "a final dot", "a@e15.example.org", 0, "pass", NULL, 0 },
		{ "one family is silent", "a@e16.example.org", V6, "temperror",
		    "a:slow.example.org", 0 },
		{ "the other is not", "a@e16.example.org", 0, "pass", "+all",
		    0 },
		{ "a zero before", "a@e17.example.org", 0, "permerror", NULL,
		    0 },
		{ "its qualifier", "a@e18.example.org", 0, "softfail",
		    "~a:mail.example.org", 0 },
		{ "/31 in", "a@e19.example.org", "192.0.2.0", "pass", NULL, 0 },
		{ "/31 out", "a@e19.example.org", "192.0.2.2", "fail", NULL,
		    0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

static void
include_matches_if_its_record_passes(void **state)
{
	static const struct zone_row rows[] = {
		{ "fail.example.net", "TXT", "v=spf1 ip4:192.0.2.5 -all" },
		{ "soft.example.net", "TXT", "v=spf1 ip4:192.0.2.6 ~all" },
		{ "neutral.example.net", "TXT", "v=spf1 ip4:192.0.2.7 ?all" },
		{ "silent.example.net", "FAIL", NULL },
		{ "no.example.net", "TXT", "v=spfl is something else" },
		{ "e1.example.org", "TXT",
		    "v=spf1 include:fail.example.net ~all" },
		{ "e2.example.org", "TXT",
		    "v=spf1 include:soft.example.net all" },
		{ "e3.example.org", "TXT",
		    "v=spf1 include:neutral.example.net -all" },
		{ "e4.example.org", "TXT",
		    "v=spf1 include:silent.example.net -all" },
		{ "e5.example.org", "TXT",
		    "v=spf1 include:e6.example.org -all" },
		{ "e6.example.org", "TXT", "v=spf1 include +all" },
		{ "e7.example.org", "TXT",
		    "v=spf1 include:no.example.net -all" },
		{ "e8.example.org", "TXT", "v=spf1 include: -all" },
		{ "e9.example.org", "TXT",
		    "v=spf1 include:fail.example.net/24 -all" },
		{ "e10.example.org", "TXT",
		    "v=spf1 include:nx.example.net +all" },
		{ "e11.example.org", "TXT",
		    "v=spf1 -include:fail.example.net +all" },
		{ "e12.example.org", "TXT",
		    "v=spf1 include:e11.example.org ?all" },
		{ "e13.example.org", "TXT",
		    "v=spf1 include:e1.example.org "
		    "-ip4:192.0.2.6 +all" },
		{ "e14.example.org", "TXT",
		    "v=spf1 include:b..example.org -all" },
		{ "e15.example.org", "TXT",
		    "v=spf1 include:e16.example.org -all" },
		{ "e16.example.org", "TXT",
		    "v=spf1 redirect=fail.example.net" },
		{ "e17.example.org", "TXT",
		    "v=spf1 include:two.example.net -all" },
		{ "two.example.net", "TXT", "v=spf1 +all" },
		{ "two.example.net", "TXT", "v=spf1 -all" },
	};
	static const struct spf_case cases[] = {
		{ "its fail is no match", "a@e1.example.org", 0, "softfail",
		    "~all", 0 },
		{ "its softfail is none", "a@e2.example.org", 0, "pass", "all",
		    0 },
		{ "its neutral is none", "a@e3.example.org", 0, "fail", "-all",
		    0 },
		{ "its temperror is all's", "a@e4.example.org", 0, "temperror",
		    "include:silent.example.net", 0 },
		{ "its permerror is all's", "a@e5.example.org", 0, "permerror",
		    "include:e6.example.org > include", 0 },
		{ "without a domain", "a@e6.example.org", 0, "permerror", NULL,
		    0 },
		{ "with a prefix", "a@e9.example.org", 0, "permerror", NULL,
		    0 },
		{ "no record", "a@e7.example.org", 0, "permerror", NULL, 0 },
		{ "an empty domain", "a@e8.example.org", 0, "permerror", NULL,
		    0 },
		{ "no such name", "a@e10.example.org", 0, "permerror",
		    "include:nx.example.net", 0 },
		{ "a pass", "a@e1.example.org", "192.0.2.5", "pass",
		    "include:fail.example.net > ip4:192.0.2.5", 0 },
		{ "its qualifier counts", "a@e11.example.org", "192.0.2.5",
		    "fail", "-include:fail.example.net > ip4:192.0.2.5", 0 },
		{ "also within another", "a@e12.example.org", "192.0.2.5",
		    "neutral", "?all", 0 },
		{ "a pass after none within", "a@e12.example.org", "192.0.2.9",
		    "pass", "include:e11.example.org > +all", 0 },
		{ "two deep", "a@e13.example.org", "192.0.2.5", "pass",
		    "include:e1.example.org > include:fail.example.net > "
		    "ip4:192.0.2.5",
		    0 },
		{ "it goes on after two", "a@e13.example.org", "192.0.2.6",
		    "fail", "-ip4:192.0.2.6", 0 },
		{ "a name that is none", "a@e14.example.org", 0, "permerror",
		    NULL, 0 },
		{ "a redirect within", "a@e15.example.org", "192.0.2.5", "pass",
		    "include:e16.example.org > redirect=fail.example.net > "
		    "ip4:192.0.2.5",
		    0 },
		{ "its fail is no match", "a@e15.example.org", 0, "fail",
		    "-all", 0 },
		{ "several records", "a@e17.example.org", 0, "permerror",
		    "include:two.example.net", 0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

static void
mx_matches_the_addresses_of_mail_servers(void **state)
{
	static const struct zone_row rows[] = {
		{ "mail.example.org", "A", "192.0.2.1" },
		{ "mail.example.org", "MX", "0 ." },
		{ "mail.example.org", "TXT", "v=spf1 mx" },
		{ "e1.example.org", "TXT", "v=spf1 mx/0 -all" },
		{ "e1.example.org", "MX", "0 e1.example.org" },
		{ "e2.example.org", "A", "198.51.100.1" },
		{ "e2.example.org", "AAAA", "2001:db8::2" },
		{ "e2.example.org", "MX", "0 e2.example.org" },
		{ "e2.example.org", "TXT", "v=spf1 mx/0 -all" },
		{ "e2a.example.org", "AAAA", V6 },
		{ "e2a.example.org", "MX", "0 e2a.example.org" },
		{ "e2a.example.org", "TXT", "v=spf1 mx//0 -all" },
		{ "e2b.example.org", "A", "198.51.100.1" },
		{ "e2b.example.org", "MX", "0 e2b.example.org" },
		{ "e2b.example.org", "TXT", "v=spf1 mx//0 -all" },
		{ "e3.example.org", "TXT", "v=spf1 mx:foo.example.org?" },
		{ "e4.example.org", "TXT", "v=spf1 mx" },
		{ "e4.example.org", "A", "192.0.2.1" },
		{ "e5.example.org", "TXT", "v=spf1 mx:abc.123" },
		{ "e6.example.org", "TXT", "v=spf1 mx//33 -all" },
		{ "e6a.example.org", "TXT", "v=spf1 mx/33 -all" },
		{ "e7.example.org", "TXT", "v=spf1 mx//129 -all" },
		{ "e9.example.org", "TXT", "v=spf1 mx:example.org:8080" },
		{ "e10.example.org", "TXT", "v=spf1 mx:foo.example.org/24" },
		{ "foo.example.org", "MX", "0 foo1.example.org" },
		{ "foo1.example.org", "A", "198.51.100.1" },
		{ "foo1.example.org", "A", "192.0.2.5" },
		{ "e11.example.org", "TXT",
		    "v=spf1 mx:foo:bar/baz.example.org" },
		{ "e12.example.org", "TXT", "v=spf1 mx:example.-com" },
		{ "e13.example.org", "TXT", "v=spf1 mx: -all" },
		{ "e14.example.org", "TXT", "v=spf1 mx -all" },
		{ "e14.example.org", "MX", "10 slow.example.org" },
		{ "e14.example.org", "MX", "5 mail.example.org" },
		{ "slow.example.org", "FAIL", NULL },
		{ "e15.example.org", "TXT", "v=spf1 mx:slow.example.org -all" },
	};
	static const struct spf_case cases[] = {
		{ "an IPv6 prefix of 33", "a@e6.example.org", 0, "fail", NULL,
		    0 },
		{ "an IPv4 prefix of 33", "a@e6a.example.org", 0, "permerror",
		    NULL, 0 },
		{ "an IPv6 prefix of 129", "a@e7.example.org", 0, "permerror",
		    NULL, 0 },
		{ "the second address", "a@e10.example.org", 0, "pass",
		    "mx:foo.example.org/24", 0 },
		{ "the first address", "a@e10.example.org", "198.51.100.7",
		    "pass", NULL, 0 },
		{ "a port", "a@e9.example.org", 0, "permerror", NULL, 0 },
		{ "no address, though /0", "a@e1.example.org", 0, "fail", NULL,
		    0 },
		{ "/0", "a@e2.example.org", 0, "pass", NULL, 0 },
		{ "/0 is for IPv4", "a@e2.example.org", V6, "fail", NULL, 0 },
		{ "//0 is not for IPv4", "a@e2a.example.org", 0, "fail", NULL,
		    0 },
		{ "nor for IPv4 in IPv6", "a@e2a.example.org",
		    "::FFFF:192.0.2.1", "fail", NULL, 0 },
		{ "//0", "a@e2a.example.org", "2001:db8:7::1", "pass", NULL,
		    0 },
		{ "//0 without AAAA", "a@e2b.example.org", V6, "fail", NULL,
		    0 },
		{ "a byte that is none", "a@e3.example.org", 0, "permerror",
		    NULL, 0 },
		{ "only digits", "a@e5.example.org", 0, "permerror", NULL, 0 },
		{ "a colon", "a@e11.example.org", 0, "neutral", NULL, 0 },
		{ "a colon, IPv4 in IPv6", "a@e11.example.org",
		    "::ffff:192.0.2.1", "neutral", NULL, 0 },
		{ "a dash first", "a@e12.example.org", 0, "permerror", NULL,
		    0 },
		{ "the null MX", "", 0, "neutral", "", "mail.example.org" },
		{ "an address is no MX", "a@e4.example.org", 0, "neutral", "",
		    0 },
		{ "empty", "a@e13.example.org", 0, "permerror", NULL, 0 },
		{ "found before one is silent", "a@e14.example.org", 0, "pass",
		    "mx", 0 },
		{ "one is silent", "a@e14.example.org", "192.0.2.2",
		    "temperror", "mx", 0 },
		{ "MX is silent", "a@e15.example.org", 0, "temperror", NULL,
		    0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

static void
exists_asks_for_an_ipv4_address(void **state)
{
	static const struct zone_row rows[] = {
		{ "mail.example.org", "A", "192.0.2.1" },
		{ "mail6.example.org", "AAAA", "2001:db8::4" },
		{ "slow.example.org", "FAIL", NULL },
		{ "e1.example.org", "TXT", "v=spf1 exists:" },
		{ "e2.example.org", "TXT", "v=spf1 exists" },
		{ "e3.example.org", "TXT",
		    "v=spf1 exists:mail.example.org/24" },
		{ "e4.example.org", "TXT", "v=spf1 exists:mail.example.org" },
		{ "e5.example.org", "TXT",
		    "v=spf1 exists:mail6.example.org -all" },
		{ "e6.example.org", "TXT",
		    "v=spf1 exists:slow.example.org -all" },
	};
	static const struct spf_case cases[] = {
		{ "empty", "a@e1.example.org", 0, "permerror", NULL, 0 },
		{ "without a domain", "a@e2.example.org", 0, "permerror", NULL,
		    0 },
		{ "a prefix", "a@e3.example.org", 0, "permerror", NULL, 0 },
		{ "it exists", "a@e4.example.org", "198.51.100.9", "pass",
		    "exists:mail.example.org", 0 },
		{ "for IPv6 too", "a@e4.example.org", V6, "pass", NULL, 0 },
		{ "IPv6 alone does not count", "a@e5.example.org", V6, "fail",
		    NULL, 0 },
		{ "silence", "a@e6.example.org", V6, "temperror",
		    "exists:slow.example.org", 0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

static void
ip4_and_ip6_match_networks(void **state)
{
	static const struct zone_row rows[] = {
		{ "f1.example.org", "TXT", "v=spf1 ip4:198.51.100.1/0 -all" },
		{ "f2.example.org", "TXT", "v=spf1 ip4:192.0.2.1/32 -all" },
		{ "f3.example.org", "TXT", "v=spf1 ip4:192.0.2.1/33 -all" },
		{ "f4.example.org", "TXT", "v=spf1 ip4:192.0.2.1/032 -all" },
		{ "f5.example.org", "TXT", "v=spf1 ip4" },
		{ "f6.example.org", "TXT", "v=spf1 ip4:192.0.2.1//32" },
		{ "f7.example.org", "TXT",
		    "v=spf1 -ip4:192.0.2.1 ip6:::ffff:192.0.2.1" },
		{ "f8.example.org", "TXT", "v=spf1 ip4:192.0.2.1:8080" },
		{ "f9.example.org", "TXT", "v=spf1 ip4:192.0.2" },
		{ "f10.example.org", "TXT", "v=spf1 ip4:192.0.2.77/25 -all" },
		{ "s1.example.org", "TXT", "v=spf1 -all ip6" },
		{ "s2.example.org", "TXT", "v=spf1 ip6:::192.0.2.1/0" },
		{ "s3.example.org", "TXT", "v=spf1 ip6:::192.0.2.1/129" },
		{ "s4.example.org", "TXT", "v=spf1 ip6:::192.0.2.1//33" },
		{ "s5.example.org", "TXT", "v=spf1 ip6:2001:Db8:8000::/33" },
		{ "s6.example.org", "TXT", "v=spf1 ip6::2001::db8" },
	};
	static const struct spf_case cases[] = {
		{ "/0", "a@f1.example.org", 0, "pass", NULL, 0 },
		{ "/32", "a@f2.example.org", 0, "pass", NULL, 0 },
		{ "/32 of another", "a@f2.example.org", "192.0.2.2", "fail",
		    NULL, 0 },
		{ "/33", "a@f3.example.org", 0, "permerror", NULL, 0 },
		{ "/032", "a@f4.example.org", 0, "permerror", NULL, 0 },
		{ "no address", "a@f5.example.org", 0, "permerror", NULL, 0 },
		{ "two slashes", "a@f6.example.org", 0, "permerror", NULL, 0 },
		{ "IPv4 in IPv6", "a@f7.example.org", "::FFFF:192.0.2.1",
		    "fail", "-ip4:192.0.2.1", 0 },
		{ "a port", "a@f8.example.org", 0, "permerror", NULL, 0 },
		{ "three numbers", "a@f9.example.org", 0, "permerror", NULL,
		    0 },
		{ "bits behind the prefix", "a@f10.example.org", 0, "pass",
		    NULL, 0 },
		{ "/25", "a@f10.example.org", "192.0.2.128", "fail", NULL, 0 },
		{ "no IPv6 address", "a@s1.example.org", 0, "permerror", NULL,
		    0 },
		{ "IPv4 is not in ::/0", "a@s2.example.org", 0, "neutral", NULL,
		    0 },
		{ "nor is IPv4 in IPv6", "a@s2.example.org", "::ffff:192.0.2.1",
		    "neutral", NULL, 0 },
		{ "IPv6 is", "a@s2.example.org", "2001:db8:dead::cab", "pass",
		    NULL, 0 },
		{ "/129", "a@s3.example.org", 0, "permerror", NULL, 0 },
		{ "//33", "a@s4.example.org", 0, "permerror", NULL, 0 },
		{ "/33", "a@s5.example.org", "2001:db8:8000::1", "pass", NULL,
		    0 },
		{ "/33 of another", "a@s5.example.org", "2001:db8:7fff::1",
		    "neutral", NULL, 0 },
		{ "/33, IPv4", "a@s5.example.org", 0, "neutral", NULL, 0 },
		{ "a colon too many", "a@s6.example.org", 0, "permerror", NULL,
		    0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_matches_and_has_no_argument),
		cmocka_unit_test(ptr_matches_names_that_lead_back),
		cmocka_unit_test(a_matches_the_addresses_of_a_name),
		cmocka_unit_test(include_matches_if_its_record_passes),
		cmocka_unit_test(mx_matches_the_addresses_of_mail_servers),
		cmocka_unit_test(exists_asks_for_an_ipv4_address),
		cmocka_unit_test(ip4_and_ip6_match_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
