/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SPF by the scenarios of the published test suite for RFC 7208: modifiers,
 * explanations, macros and limits.
 */
#include "dns/spf.h"
#include "spf_zone.h"

static void
modifiers_are_read_and_the_unknown_passed_over(void **state)
{
	static const struct zone_row rows[] = {
		{ "e5.example.org", "TXT", "v=spf1 1up=foo" },
		{ "e6.example.org", "TXT", "v=spf1 =all" },
		{ "e9.example.org", "TXT", "v=spf1 -all foo=%abc" },
		{ "e10.example.org", "TXT", "v=spf1 redirect=no.example.org" },
		{ "e12.example.org", "TXT", "v=spf1 exp= -all" },
		{ "e14.example.org", "TXT",
		    "v=spf1 exp=a.example.org -all exp=b.example.org" },
		{ "e15.example.org", "TXT",
		    "v=spf1 redirect=a.example.org -all "
		    "redirect=a.example.org" },
		{ "e16.example.org", "TXT", "v=spf1 exp=-all" },
		{ "e17.example.org", "TXT", "v=spf1 redirect=-all ?all" },
		{ "e18.example.org", "TXT", "v=spf1 ?all redirect=" },
		{ "e19.example.org", "TXT", "v=spf1 default=pass" },
		{ "e20.example.org", "TXT", "v=spf1 default=+" },
		{ "e24.example.org", "TXT", "v=spf1 redirect=to.example.org" },
		{ "e24.example.org", "A", "192.0.2.9" },
		{ "to.example.org", "TXT", "v=spf1 a -all" },
		{ "to.example.org", "A", "192.0.2.1" },
		{ "e25.example.org", "TXT",
		    "v=spf1 redirect=slow.example.org" },
		{ "slow.example.org", "FAIL", NULL },
		{ "e26.example.org", "TXT", "v=spf1 redirect=a..example.org" },
		{ "e27.example.org", "TXT", "v=spf1 x=%{r} -all" },
	};
	static const struct spf_case cases[] = {
		{ "redirect to no record", "a@e10.example.org", 0, "permerror",
		    "redirect=no.example.org", 0 },
		{ "redirect to -all", "a@e17.example.org", 0, "permerror", NULL,
		    0 },
		{ "a name with a digit first", "a@e5.example.org", 0,
		    "permerror", NULL, 0 },
		{ "no name", "a@e6.example.org", 0, "permerror", NULL, 0 },
		{ "an empty exp=", "a@e12.example.org", 0, "permerror", NULL,
		    0 },
		{ "exp=-all", "a@e16.example.org", 0, "permerror", NULL, 0 },
		{ "exp= twice", "a@e14.example.org", 0, "permerror",
		    "exp=b.example.org", 0 },
		{ "an empty redirect=", "a@e18.example.org", 0, "permerror",
		    NULL, 0 },
		{ "redirect= twice", "a@e15.example.org", 0, "permerror", NULL,
		    0 },
		{ "a macro in one", "a@e9.example.org", 0, "permerror", NULL,
		    0 },
		{ "a letter for explanations", "a@e27.example.org", 0,
		    "permerror", NULL, 0 },
		{ "default=", "a@e19.example.org", 0, "neutral", "", 0 },
		{ "default=+", "a@e20.example.org", 0, "neutral", NULL, 0 },
		{ "redirect changes the domain", "a@e24.example.org", 0, "pass",
		    "redirect=to.example.org > a", 0 },
		{ "and not the first", "a@e24.example.org", "192.0.2.9", "fail",
		    "redirect=to.example.org > -all", 0 },
		{ "redirect to silence", "a@e25.example.org", 0, "temperror",
		    NULL, 0 },
		{ "redirect to no name", "a@e26.example.org", 0, "permerror",
		    NULL, 0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

static void
the_explanation_is_of_the_record_that_decides(void **state)
{
	static const struct zone_row rows[] = {
		{ "e1.example.org", "TXT",
		    "v=spf1 exp=exp1.example.org redirect=e2.example.org" },
		{ "e2.example.org", "TXT", "v=spf1 -all" },
		{ "e3.example.org", "TXT",
		    "v=spf1 exp=exp1.example.org redirect=e4.example.org" },
		{ "e4.example.org", "TXT", "v=spf1 -all exp=exp2.example.org" },
		{ "exp1.example.org", "TXT", "not to be seen" },
		{ "exp2.example.org", "TXT", "the second" },
		{ "exp3.example.org", "TXT", "this one" },
		{ "exp4.example.org", "TXT", "%{l} of the program" },
		{ "e7.example.org", "TXT",
		    "v=spf1 include:e3.example.org -all exp=exp3.example.org" },
		{ "e8.example.org", "TXT", "v=spf1 -all exp=exp4.example.org" },
		{ "e11.example.org", "TXT", "v=spf1 -all exp=two.example.org" },
		{ "two.example.org", "TXT", "One." },
		{ "two.example.org", "TXT", "Two." },
		{ "e13.example.org", "TXT", "v=spf1 exp=bad.example.org -all" },
		{ "bad.example.org", "TXT", "The %{x} files." },
		{ "e21.example.org", "TXT",
		    "v=spf1 exp=slow.example.org -all" },
		{ "slow.example.org", "FAIL", NULL },
		{ "e22.example.org", "TXT",
		    "v=spf1 exp=mail.example.org -all" },
		{ "mail.example.org", "A", "192.0.2.1" },
		{ "high.example.org", "TXT",
		    "v=spf1 exp=bom.example.org -all" },
		{ "bom.example.org", "TXT", "\xef\xbb\xbfText" },
		{ "e23.example.org", "TXT",
		    "v=spf1 a:no1.example.org a:no2.example.org "
		    "exp=no3.example.org -all" },
		{ "e30.example.org", "TXT",
		    "v=spf1 -include:all.example.org exp=exp3.example.org" },
		{ "all.example.org", "TXT",
		    "v=spf1 +all exp=exp1.example.org" },
		{ "e31.example.org", "TXT",
		    "v=spf1 ~all exp=exp3.example.org" },
		{ "e32.example.org", "TXT",
		    "v=spf1 -all exp=%{l}.example.org" },
		{ "exp5.example.org", "TXT",
		    "%{l}|%%%_%-|%{c} %{R} %{t} %{s} %{H}" },
		{ "e33.example.org", "TXT",
		    "v=spf1 -all exp=exp5.example.org" },
	};
	static const struct spf_case cases[] = {
		{ "not that of before redirect", "a@e1.example.org", 0, "fail",
		    "exp:", 0 },
		{ "that after redirect", "a@e3.example.org", 0, "fail",
		    "exp: the second", 0 },
		{ "not that of an include", "a@e7.example.org", 0, "fail",
		    "exp: this one", 0 },
		{ "a blank in the local part", "Bad luck@e8.example.org", 0,
		    "fail", "exp: Bad luck of the program", 0 },
		{ "several records", "a@e11.example.org", 0, "fail",
		    "exp:", 0 },
		{ "no TXT record", "a@e22.example.org", 0, "fail", "exp:", 0 },
		{ "silence", "a@e21.example.org", 0, "fail", "exp:", 0 },
		{ "a macro that is none", "a@e13.example.org", 0, "fail",
		    "exp:", 0 },
		{ "not ASCII", "a@high.example.org", 0, "fail", "exp:", 0 },
		{ "no void look-up", "a@e23.example.org", 0, "fail",
		    "exp:", 0 },
		{ "an include that fails", "a@e30.example.org", 0, "fail",
		    "exp: this one", 0 },
		{ "only a fail has one", "a@e31.example.org", 0, "softfail",
		    "exp:", 0 },
		{ "its name by macro", "exp3@e32.example.org", 0, "fail",
		    "exp: this one", 0 },
		{ "all letters of it", "a@e33.example.org", 0, "fail",
		    "exp: a% %20192.0.2.1 mx.example.net 1700000000 "
		    "a@e33.example.org mail.example.org",
		    0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

static void
macros_are_expanded(void **state)
{
#define LONG ".somewhat.long.exp.example.org"
	static const struct zone_row rows[] = {
		{ "example.org.d.spf.example.org", "TXT",
		    "v=spf1 redirect=a.spf.example.org" },
		{ "a.spf.example.org", "TXT",
		    "v=spf1 include:o.spf.example.org. ~all" },
		{ "o.spf.example.org", "TXT", "v=spf1 ip4:192.0.2.40" },
		{ "host.example.org", "A", "192.0.2.40" },
		{ "example.org", "A", "198.51.100.76" },
		{ "example.org", "TXT",
		    "v=spf1 redirect=%{d}.d.spf.example.org." },
		{ "exp.example.org", "TXT",
		    "v=spf1 exp=msg.example.org. -all" },
		{ "msg.example.org", "TXT", "This is a test." },
		{ "e1.example.org", "TXT",
		    "v=spf1 -exists:%(ir).sbl.example.org ?all" },
		{ "e1e.example.org", "TXT",
		    "v=spf1 exists:foo%(ir).sbl.example.org ?all" },
		{ "e1t.example.org", "TXT",
		    "v=spf1 exists:foo%.sbl.example.org ?all" },
		{ "e1a.example.org", "TXT",
		    "v=spf1 a:macro%%percent%_%_space%-url.example.org -all" },
		{ "e2.example.org", "TXT", "v=spf1 -all exp=%{r}.example.org" },
		{ "e3.example.org", "TXT",
		    "v=spf1 -all exp=%{ir}.example.org" },
		{ "40.2.0.192.example.org", "TXT", "Not from %{c}." },
		{ "somewhat.long.exp.example.org", "TXT",
		    "v=spf1 -all exp=foobar.%{o}.%{o}.%{o}.%{o}.%{o}.%{o}.%{o}."
		    "%{o}.example.org" },
		{ "somewhat.long.exp.example.org" LONG LONG LONG LONG LONG LONG
		        LONG ".example.org",
		    "TXT", "That was tricky." },
		{ "e4.example.org", "TXT",
		    "v=spf1 -all exp=e4msg.example.org" },
		{ "e4msg.example.org", "TXT", "%{c} is %{ir}.%{v}.arpa" },
		{ "e5.example.org", "TXT", "v=spf1 a:%{a}.example.org -all" },
		{ "e6.example.org", "TXT",
		    "v=spf1 -all exp=e6msg.example.org" },
		{ "e6msg.example.org", "TXT", "from %{p}" },
		{ "mx.example.org", "A", "192.0.2.41" },
		{ "mx.example.org", "A", "192.0.2.42" },
		{ "mx.example.org", "AAAA", "2001:db8::3" },
		{ "40.2.0.192.in-addr.arpa", "PTR", "mx.example.org" },
		{ "41.2.0.192.in-addr.arpa", "PTR", "mx.example.org" },
		{ "42.2.0.192.in-addr.arpa", "PTR", "mx.example.org" },
		{ "42.2.0.192.in-addr.arpa", "PTR", "mx.e7.example.org" },
		{ "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
		  "8.b.d.0.1.0.0.2.ip6.arpa",
		    "PTR", "mx.example.org" },
		{ "3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
		  "8.b.d.0.1.0.0.2.ip6.arpa",
		    "PTR", "mx.example.org" },
		{ "mx.e7.example.org", "A", "192.0.2.42" },
		{ "mx.e7.example.org.should.example.org", "A", "127.0.0.2" },
		{ "mx.example.org.ok.example.org", "A", "127.0.0.2" },
		{ "e7.example.org", "TXT",
		    "v=spf1 exists:%{p}.should.example.org "
		    "~exists:%{p}.ok.example.org" },
		{ "e8.example.org", "TXT", "v=spf1 -all exp=msg8.%{D2}" },
		{ "msg8.example.org", "TXT", "http://example.org/?l=%{L}" },
		{ "e9.example.org", "TXT", "v=spf1 a:%{H} -all" },
		{ "e10.example.org", "TXT",
		    "v=spf1 -include:_spfh.%{d2} ip4:198.51.100.0/24 -all" },
		{ "_spfh.example.org", "TXT", "v=spf1 -a:%{h} +all" },
		{ "e11.example.org", "TXT",
		    "v=spf1 exists:%{i}.%{l2r-}.user.%{d2}" },
		{ "192.0.2.1.second.first.user.example.org", "A", "127.0.0.2" },
		{ "e12.example.org", "TXT",
		    "v=spf1 exists:%{l2r+-}.user.%{d2}" },
		{ "bar.foo.user.example.org", "A", "127.0.0.2" },
		{ "e13.example.org", "TXT", "v=spf1 exists:%{d0}.example.org" },
		{ "e14.example.org", "TXT",
		    "v=spf1 exists:%{d99999999999}.x.example.org -all" },
		{ "e14.example.org.x.example.org", "A", "127.0.0.2" },
		{ "e15.example.org", "TXT", "v=spf1 exists:%{d1r} -all" },
		{ "e16.example.org", "TXT",
		    "v=spf1 exists:%{I}.six.example.org" },
		{ "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
		  "0.0.0.1.six.example.org",
		    "A", "127.0.0.2" },
		{ "e17.example.org", "TXT", "v=spf1 -all exp=%{o}.%{d}" },
		{ "e17.example.org.e17.example.org", "TXT",
		    "%{S} %{s3r} %{s/} %{l.-+,/_=} %{i2} %{i2r}" },
		{ "e18.example.org", "TXT", "v=spf1 a:%{d}/24 -all" },
		{ "e18.example.org", "A", "192.0.2.200" },
		{ "e19.example.org", "TXT", "v=spf1 a:%{d.}x -all" },
	};
	static const struct spf_case cases[] = {
		{ "a final dot", "t@example.org", "192.0.2.40", "pass",
		    "redirect=%{d}.d.spf.example.org. > "
		    "redirect=a.spf.example.org > include:o.spf.example.org. > "
		    "ip4:192.0.2.40",
		    0 },
		{ "a dot in the text", "t@exp.example.org", 0, "fail",
		    "exp: This is a test.", 0 },
		{ "r is for texts", "t@e2.example.org", 0, "permerror", NULL,
		    0 },
		{ "a bracket", "t@e1.example.org", 0, "permerror", NULL, 0 },
		{ "a bracket within", "t@e1e.example.org", 0, "permerror", NULL,
		    0 },
		{ "a dot", "t@e1t.example.org", 0, "permerror", NULL, 0 },
		/* Right, but such a name is not asked for. */
		{ "signs", "t@e1a.example.org", 0, "fail", "-all", 0 },
		{ "i and c of IPv4", "t@e3.example.org", "192.0.2.40", "fail",
		    "exp: Not from 192.0.2.40.", 0 },
		{ "too long a name", "t@somewhat.long.exp.example.org", 0,
		    "fail", "exp: That was tricky.", 0 },
		{ "v of IPv4", "t@e4.example.org", "192.0.2.40", "fail",
		    "exp: 192.0.2.40 is 40.2.0.192.in-addr.arpa", 0 },
		{ "v of IPv6", "t@e4.example.org", "2001:db8::1", "fail",
		    "exp: 2001:db8::1 is 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
		    "0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
		    0 },
		{ "no such letter", "t@e5.example.org", 0, "permerror",
		    "a:%{a}.example.org", 0 },
		{ "p does not lead back", "t@e6.example.org", "192.0.2.40",
		    "fail", "exp: from unknown", 0 },
		{ "p", "t@e6.example.org", "192.0.2.41", "fail",
		    "exp: from mx.example.org", 0 },
		{ "p of IPv6 does not", "t@e6.example.org", "2001:db8::1",
		    "fail", "exp: from unknown", 0 },
		{ "p of IPv6", "t@e6.example.org", "2001:db8::3", "fail",
		    "exp: from mx.example.org", 0 },
		{ "p below the domain is better", "t@e7.example.org",
		    "192.0.2.42", "pass", NULL, 0 },
		{ "capitals are escaped", "~a&b=up-a_b3.c@e8.example.org", 0,
		    "fail", "exp: http://example.org/?l=~a%26b%3Dup-a_b3.c",
		    0 },
		{ "h", "t@e9.example.org", "192.0.2.40", "pass", NULL,
		    "host.example.org" },
		{ "h is no name", "t@e9.example.org", "192.0.2.40", "fail",
		    NULL, "JUMPIN' JUPITER" },
		{ "h is an address", "t@e9.example.org", "192.0.2.40", "fail",
		    NULL, "[192.0.2.40]" },
		{ "h must be right", "t@e10.example.org", "198.51.100.1",
		    "fail", "-include:_spfh.%{d2} > +all", "OEMCOMPUTER" },
		{ "split and turned", "first-second@e11.example.org", 0, "pass",
		    NULL, 0 },
		{ "several signs", "foo-bar+zip+quux@e12.example.org", 0,
		    "pass", NULL, 0 },
		{ "zero parts", "t@e13.example.org", 0, "permerror", NULL, 0 },
		{ "very many parts", "t@e14.example.org", 0, "pass", NULL, 0 },
		{ "one label is not asked for", "t@e15.example.org", 0, "fail",
		    NULL, 0 },
		{ "i of IPv6", "t@e16.example.org", "2001:db8::1", "pass", NULL,
		    0 },
		{ "s, parts of it", "x.y-z=q@e17.example.org", 0, "fail",
		    "exp: x.y-z%3Dq%40e17.example.org "
		    "example.y-z=q@e17.x x.y-z=q@e17.example.org x.y.z.q 2.1 "
		    "0.192",
		    0 },
		{ "a prefix after a macro", "t@e18.example.org", 0, "pass",
		    NULL, 0 },
		{ "letters after a macro", "t@e19.example.org", 0, "permerror",
		    NULL, 0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

static void
limits_are_kept(void **state)
{
	static const struct zone_row rows[] = {
		{ "mail.example.org", "A", "192.0.2.1" },
		{ "e1.example.org", "TXT",
		    "v=spf1 ip4:198.51.100.1 redirect=e1.example.org" },
		{ "e2.example.org", "TXT", "v=spf1 include:e3.example.org" },
		{ "e3.example.org", "TXT", "v=spf1 include:e2.example.org" },
		{ "e4.example.org", "TXT", "v=spf1 mx" },
		{ "e4.example.org", "MX", "0 mail.example.org" },
		{ "e4.example.org", "MX", "1 mail.example.org" },
		{ "e4.example.org", "MX", "2 mail.example.org" },
		{ "e4.example.org", "MX", "3 mail.example.org" },
		{ "e4.example.org", "MX", "4 mail.example.org" },
		{ "e4.example.org", "MX", "5 mail.example.org" },
		{ "e4.example.org", "MX", "6 mail.example.org" },
		{ "e4.example.org", "MX", "7 mail.example.org" },
		{ "e4.example.org", "MX", "8 mail.example.org" },
		{ "e4.example.org", "MX", "9 mail.example.org" },
		{ "e4.example.org", "MX", "10 e4.example.org" },
		{ "e4.example.org", "A", "192.0.2.5" },
		{ "e5.example.org", "TXT", "v=spf1 ptr" },
		{ "x5.example.org", "A", "192.0.2.5" },
		{ "5.2.0.192.in-addr.arpa", "PTR", "a1.example.net" },
		{ "5.2.0.192.in-addr.arpa", "PTR", "a2.example.net" },
		{ "5.2.0.192.in-addr.arpa", "PTR", "a3.example.net" },
		{ "5.2.0.192.in-addr.arpa", "PTR", "a4.example.net" },
		{ "5.2.0.192.in-addr.arpa", "PTR", "a5.example.net" },
		{ "5.2.0.192.in-addr.arpa", "PTR", "a6.example.net" },
		{ "5.2.0.192.in-addr.arpa", "PTR", "a7.example.net" },
		{ "5.2.0.192.in-addr.arpa", "PTR", "a8.example.net" },
		{ "5.2.0.192.in-addr.arpa", "PTR", "a9.example.net" },
		{ "5.2.0.192.in-addr.arpa", "PTR", "b0.example.net" },
		{ "5.2.0.192.in-addr.arpa", "PTR", "x5.example.org" },
		{ "e6.example.org", "TXT",
		    "v=spf1 a mx a mx a mx a mx a ptr ip4:192.0.2.1 -all" },
		{ "e6.example.org", "A", "192.0.2.8" },
		{ "e6.example.org", "MX", "10 e6.example.org" },
		{ "1.2.0.192.in-addr.arpa", "PTR", "mail.example.net" },
		{ "e7.example.org", "TXT",
		    "v=spf1 a a a a a a a a a a a ip4:192.0.2.1 -all" },
		{ "e7.example.org", "A", "192.0.2.20" },
		{ "e8.example.org", "TXT",
		    "v=spf1 a include:inc.example.org ip4:192.0.2.1 mx -all" },
		{ "e8.example.org", "A", "192.0.2.3" },
		{ "inc.example.org", "TXT", "v=spf1 a a a a a a a a" },
		{ "inc.example.org", "A", "192.0.2.10" },
		{ "e9.example.org", "TXT",
		    "v=spf1 a include:inc.example.org a ip4:192.0.2.1 -all" },
		{ "e9.example.org", "A", "192.0.2.21" },
		{ "e10.example.org", "TXT", "v=spf1 a -all" },
		{ "e10.example.org", "A", "192.0.2.101" },
		{ "e10.example.org", "A", "192.0.2.102" },
		{ "e10.example.org", "A", "192.0.2.103" },
		{ "e10.example.org", "A", "192.0.2.104" },
		{ "e10.example.org", "A", "192.0.2.105" },
		{ "e10.example.org", "A", "192.0.2.106" },
		{ "e10.example.org", "A", "192.0.2.107" },
		{ "e10.example.org", "A", "192.0.2.108" },
		{ "e10.example.org", "A", "192.0.2.109" },
		{ "e10.example.org", "A", "192.0.2.110" },
		{ "e10.example.org", "A", "192.0.2.111" },
		{ "e10.example.org", "A", "192.0.2.112" },
		{ "e11.example.org", "TXT",
		    "v=spf1 a:n1.example.org a:n2.example.org a:n3.example.org "
		    "?all" },
		{ "e12.example.org", "TXT",
		    "v=spf1 a:n1.example.org a:n2.example.org ?all" },
		{ "e13.example.org", "TXT",
		    "v=spf1 exists:n1.example.org mx:mail.example.org "
		    "a:n1.example.org ?all" },
		/* redirect counts, and what is after a match does not */
		{ "e14.example.org", "TXT",
		    "v=spf1 a a a a a a a a a redirect=e15.example.org" },
		{ "e14.example.org", "A", "192.0.2.8" },
		{ "e15.example.org", "TXT", "v=spf1 ip4:192.0.2.1 a -all" },
	};
	static const struct spf_case cases[] = {
		{ "a redirect to itself", "a@e1.example.org", 0, "permerror",
		    "redirect=e1.example.org", 0 },
		{ "an include of an include", "a@e2.example.org", 0,
		    "permerror",
		    "include:e3.example.org > include:e2.example.org", 0 },
		{ "eleven MX", "a@e4.example.org", "192.0.2.5", "permerror",
		    "mx", 0 },
		/* The eleventh, and others are no error. */
		{ "eleven PTR", "a@e5.example.org", "192.0.2.5", "neutral", "",
		    0 },
		{ "many addresses", "a@e10.example.org", "192.0.2.112", "pass",
		    "a", 0 },
		{ "ten terms", "a@e6.example.org", 0, "pass", "ip4:192.0.2.1",
		    0 },
		{ "eleven terms", "a@e7.example.org", 0, "permerror", "a", 0 },
		{ "ten with an include", "a@e8.example.org", 0, "pass",
		    "ip4:192.0.2.1", 0 },
		{ "eleven with an include", "a@e9.example.org", 0, "permerror",
		    "a", 0 },
		{ "two void look-ups", "a@e12.example.org", 0, "neutral",
		    "?all", 0 },
		{ "three", "a@e11.example.org", 0, "permerror",
		    "a:n3.example.org", 0 },
		{ "three of several kinds", "a@e13.example.org", 0, "permerror",
		    "a:n1.example.org", 0 },
		{ "ten with a redirect", "a@e14.example.org", 0, "pass",
		    "redirect=e15.example.org > ip4:192.0.2.1", 0 },
		{ "eleven with a redirect", "a@e14.example.org", "192.0.2.2",
		    "permerror", "redirect=e15.example.org > a", 0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

/* From a bug report: mx before redirect, and ptr for IPv6. */
static void
mail_of_ipv6_passes_by_ptr_after_a_redirect(void **state)
{
	static const struct zone_row rows[] = {
		{ "example.org", "TXT", "v=spf1 mx redirect=_spf.example.net" },
		{ "example.org", "MX", "10 smtp.example.org" },
		{ "example.org", "MX", "10 smtp1.example.net" },
		{ "smtp.example.org", "A", "198.51.100.2" },
		{ "smtp.example.org", "AAAA", "2001:db8:ff0:100::3" },
		{ "smtp1.example.net", "A", "192.0.2.26" },
		{ "smtp1.example.net", "AAAA", "2001:db8:ff0:200::2" },
		{ "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.f.f.0."
		  "8.b.d.0.1.0.0.2.ip6.arpa",
		    "PTR", "smtp6-v.fe.example.org" },
		{ "smtp6-v.fe.example.org", "AAAA", "2001:db8:ff0:100::2" },
		{ "_spf.example.net", "TXT",
		    "v=spf1 ptr:fe.example.org ptr:sgp.example.net "
		    "exp=_why.example.org -all" },
		{ "_why.example.org", "TXT", "See %{S}, %{C}, %{R}" },
	};
	static const struct spf_case cases[] = {
		{ "ptr", "t@example.org", "2001:db8:ff0:100::2", "pass",
		    "redirect=_spf.example.net > ptr:fe.example.org", 0 },
		{ "none", "t@example.org", "2001:db8::9", "fail",
		    "exp: See t%40example.org, 2001%3Adb8%3A%3A9, "
		    "mx.example.net",
		    0 },
	};

	(void)state;
	CHECK_CASES(cases, rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    modifiers_are_read_and_the_unknown_passed_over),
		cmocka_unit_test(the_explanation_is_of_the_record_that_decides),
		cmocka_unit_test(macros_are_expanded),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(mail_of_ipv6_passes_by_ptr_after_a_redirect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
