/* SPDX-License-Identifier: BSD-2-Clause */
/* dmarc_record: what receivers of both RFCs make of one TXT record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "dns/dmarc_record.h"

/* What a text is read as, in the words of describe(). */
struct row {
	const char *text;
	/* version; p/sp/np as published, "-" absent, "!" invalid; what RFC 9989
	 * makes of it, "~" for p=none in place of something bad; RFC 7489 */
	const char *reading;
	const char *problems;
};

static void
add_policies(struct buf *out, enum dmarc_policy p, enum dmarc_policy sp,
    enum dmarc_policy np)
{
	static const char words[] = "-!nqr";

	buf_printf(out, " %c%c%c", words[p], words[sp], words[np]);
}

static void
add_reading(struct buf *out, const struct dmarc_reading *as)
{
	if (!as->is_used) {
		buf_add_str(out, " unused");
		return;
	}
	add_policies(out, as->p, as->sp, as->np);
	if (as->is_fallback)
		buf_add_char(out, '~');
	if (as->is_testing)
		buf_add_char(out, 't');
	if (as->psd != DMARC_PSD_UNKNOWN)
		buf_printf(out, "psd=%c", as->psd == DMARC_PSD_YES ? 'y' : 'n');
	if (as->pct != 100)
		buf_printf(out, "%u%%", as->pct);
}

static const char *
describe(const struct dmarc_record *r, struct buf *out)
{
	out->len = 0;
	buf_add_str(out, tag_version_words[r->version]);
	add_policies(out, r->p, r->sp, r->np);
	add_reading(out, &r->rfc9989);
	add_reading(out, &r->rfc7489);
	return buf_str(out);
}

static const char *
describe_problems(const struct dmarc_record *r, struct buf *out)
{
	const struct tag_problem *p;
	size_t i;

	out->len = 0;
	for (i = 0; i < r->nproblems; i++) {
		p = &r->problems[i];
		buf_printf(out, "%s%s:%s", i > 0 ? " " : "",
		    tag_fault_words[p->fault], p->tag);
		if (p->suggestion != NULL)
			buf_printf(out, ">%s", p->suggestion);
	}
	return buf_str(out);
}

static void
check_rows(const struct row *row)
{
	struct arena arena = { 0 };
	struct buf out = { 0 };
	struct dmarc_record r;

	for (; row->text != NULL; row++) {
		dmarc_record_parse(row->text, &arena, &r);
		if (strcmp(describe(&r, &out), row->reading) != 0)
			fail_msg("%s: %s", row->text, buf_str(&out));
		if (strcmp(describe_problems(&r, &out), row->problems) != 0)
			fail_msg("%s: %s", row->text, buf_str(&out));
	}
	buf_done(&out);
	arena_done(&arena);
}

#define RUA "rua=mailto:d@example.org"

static void
the_version_is_first_and_exact(void **state)
{
	static const struct row rows[] = {
		{ "v=DMARC1; p=none", "ok n-- nnn nnn", "" },
		{ "v=DMARC1;p=none;", "ok n-- nnn nnn", "" },
		{ "v=DMARC1 ; p=none ; ", "ok n-- nnn nnn", "" },
		{ "v = DMARC1; p = none", "ok n-- nnn nnn", "" },
		{ "v\t=\tDMARC1\t;\tp\t=\tnone", "ok n-- nnn nnn", "" },
		{ " v=DMARC1; p=none", "ok n-- nnn nnn", "bad_space:v" },
		{ "V=DMARC1; p=none", "ok n-- nnn nnn", "case:V>v" },
		{ "v=dmarc1; p=none", "case n-- unused unused", "" },
		{ "v=Dmarc1; p=reject", "case r-- unused unused", "" },
		{ "p=none; v=DMARC1", "not_first n-- unused unused", "" },
		{ "; v=DMARC1; p=none", "not_first n-- unused unused",
		    "empty_item:" },
		{ "x; v=DMARC1; p=none", "not_first n-- unused unused",
		    "no_equals:" },
		{ "v=DMARC2; p=none", "bad n-- unused unused", "" },
		{ "v=DMARC; p=none", "bad n-- unused unused", "" },
		{ "v=DMARC 1; p=none", "bad n-- unused unused", "" },
		{ "v=DMARC1, p=none", "bad --- unused unused",
		    "no_semicolon:v missing:p" },
		{ "v=DMARC1 p=none", "bad --- unused unused",
		    "no_semicolon:v missing:p" },
		{ "v=DMARC1p=none; sp=none", "bad -n- unused unused",
		    "missing:p" },
		{ "v=DMARC1", "ok --- unused unused", "missing:p" },
		{ "v=DMARC1;", "ok --- unused unused", "missing:p" },
		{ "DMARC1; p=none", "bad n-- unused unused", "no_equals:" },
		{ "p=none; " RUA, "absent n-- unused unused", "" },
		{ "\"v=DMARC1; p=none\"", "bad !-- unused unused",
		    "quotes:\"v quotes:p bad_value:p>none" },
		/* zone files and forms that escape, or do not */
		{ "v=DMARC1\\; p=none\\;", "bad !-- unused unused",
		    "bad_value:p>none" },
		{ "\xef\xbb\xbfv=DMARC1; p=none", "absent n-- unused unused",
		    "bad_name:\xef\xbb\xbfv>v" },
		{ "v=DMARC1;\xc2\xa0p=none", "ok --- unused unused",
		    "bad_name:\xc2\xa0p>p missing:p" },
		{ "v=spf1 -all", "other --- unused unused", "" },
		{ "v=spf1 p=none; p=none", "other n-- unused unused", "" },
		{ "", "other --- unused unused", "" },
		{ ";;;", "other --- unused unused", "" },
		{ "dmarc-site-verification=1", "other --- unused unused", "" },
		{ "hello", "other --- unused unused", "" },
		{ NULL, NULL, NULL },
	};

	(void)state;
	check_rows(rows);
}

static void
policies_are_one_of_three_words_and_have_defaults(void **state)
{
	static const struct row rows[] = {
		{ "v=DMARC1; p=reject", "ok r-- rrr rrr", "" },
		{ "v=DMARC1; p=reject; sp=none", "ok rn- rnn rnn", "" },
		{ "v=DMARC1; p=none; sp=quarantine; np=reject",
		    "ok nqr nqr nqq", "" },
		{ "v=DMARC1; p=none; np=reject", "ok n-r nnr nnn", "" },
		{ "v=DMARC1; p=Reject; sp=NONE", "ok rn- rnn rnn", "" },
		{ "v=DMARC1; P=reject", "ok r-- rrr rrr", "case:P>p" },
		/* p missing or wrong: only an address in rua saves it */
		{ "v=DMARC1; " RUA, "ok --- nnn~ nnn~", "missing:p" },
		{ "v=DMARC1; sp=reject; " RUA, "ok -r- nrr~ nrr~",
		    "missing:p" },
		{ "v=DMARC1; np=reject; " RUA, "ok --r nnr~ nnn~",
		    "missing:p" },
		{ "v=DMARC1; sp=reject", "ok -r- unused unused", "missing:p" },
		{ "v=DMARC1; p=; " RUA, "ok !-- nnn~ nnn~", "empty_value:p" },
		{ "v=DMARC1; p", "ok --- unused unused",
		    "no_equals: missing:p" },
		{ "v=DMARC1; p=rejct; " RUA, "ok !-- nnn~ nnn~",
		    "bad_value:p>reject" },
		{ "v=DMARC1; p=rejct", "ok !-- unused unused",
		    "bad_value:p>reject" },
		{ "v=DMARC1; p=block", "ok !-- unused unused", "bad_value:p" },
		{ "v=DMARC1; p=reject; sp=quarantin; " RUA, "ok r!- nnn~ nnn~",
		    "bad_value:sp>quarantine" },
		{ "v=DMARC1; p=reject; sp=none!", "ok r!- unused unused",
		    "bad_value:sp>none" },
		/* np is nothing to RFC 7489, so it cannot be wrong there */
		{ "v=DMARC1; p=reject; np=x; " RUA, "ok r-! nnn~ rrr",
		    "bad_value:np" },
		{ "v=DMARC1; p=reject; np=x", "ok r-! unused rrr",
		    "bad_value:np" },
		{ "v=DMARC1; p=none " RUA, "ok !-- unused unused",
		    "no_semicolon:p bad_value:p" },
		{ "v=DMARC1; p=no ne", "ok !-- unused unused",
		    "bad_value:p>none" },
		/* any URI that is one by RFC 3986 saves it, a fragment does
		 * not */
		{ "v=DMARC1; rua=https://example.org/", "ok --- nnn~ nnn~",
		    "missing:p bad_uri:rua" },
		{ "v=DMARC1; rua=d@example.org", "ok --- unused unused",
		    "missing:p bad_uri:rua>mailto:d@example.org" },
		{ "v=DMARC1; rua=", "ok --- unused unused",
		    "empty_value:rua missing:p" },
		{ NULL, NULL, NULL },
	};

	(void)state;
	check_rows(rows);
}

static void
other_tags_fall_back_to_their_defaults(void **state)
{
	static const struct row rows[] = {
		{ "v=DMARC1; p=reject; t=y", "ok r-- rrrt rrr", "" },
		{ "v=DMARC1; p=reject; t=Y; psd=N", "ok r-- rrrtpsd=n rrr",
		    "" },
		{ "v=DMARC1; p=reject; t=n; psd=y", "ok r-- rrrpsd=y rrr", "" },
		{ "v=DMARC1; p=reject; psd=u", "ok r-- rrr rrr", "" },
		{ "v=DMARC1; p=reject; t=yes; psd=no", "ok r-- rrr rrr",
		    "bad_value:psd>n bad_value:t>y" },
		{ "v=DMARC1; p=reject; t=; psd=", "ok r-- rrr rrr",
		    "empty_value:t empty_value:psd" },
		{ "v=DMARC1; p=reject; pct=50", "ok r-- rrr rrr50%",
		    "obsolete:pct" },
		{ "v=DMARC1; p=reject; pct=0", "ok r-- rrr rrr0%",
		    "obsolete:pct" },
		{ "v=DMARC1; p=reject; pct=100", "ok r-- rrr rrr",
		    "obsolete:pct" },
		{ "v=DMARC1; p=reject; pct=101", "ok r-- rrr rrr",
		    "obsolete:pct bad_value:pct" },
		{ "v=DMARC1; p=reject; pct=-1", "ok r-- rrr rrr",
		    "obsolete:pct bad_value:pct" },
		{ "v=DMARC1; p=reject; pct=+5", "ok r-- rrr rrr",
		    "obsolete:pct bad_value:pct" },
		{ "v=DMARC1; p=reject; pct=50%", "ok r-- rrr rrr",
		    "obsolete:pct bad_value:pct" },
		{ "v=DMARC1; p=reject; ri=3600; rf=afrf", "ok r-- rrr rrr",
		    "obsolete:ri obsolete:rf" },
		{ "v=DMARC1; p=reject; ri=99999999999999999999",
		    "ok r-- rrr rrr", "obsolete:ri bad_value:ri" },
		{ "v=DMARC1; p=none; adkim=s; aspf=r", "ok n-- nnn nnn", "" },
		{ "v=DMARC1; p=none; adkim=strict; aspf=x", "ok n-- nnn nnn",
		    "bad_value:adkim>s bad_value:aspf" },
		{ "v=DMARC1; p=none; fo=1", "ok n-- nnn nnn", "without:fo" },
		{ "v=DMARC1; p=none; fo=1:d:s; ruf=mailto:d@example.org",
		    "ok n-- nnn nnn", "" },
		{ "v=DMARC1; p=none; fo=1 : D; ruf=mailto:d@example.org",
		    "ok n-- nnn nnn", "" },
		{ "v=DMARC1; p=none; fo=0:1; ruf=mailto:d@example.org",
		    "ok n-- nnn nnn", "bad_value:fo" },
		{ "v=DMARC1; p=none; fo=d:d; ruf=mailto:d@example.org",
		    "ok n-- nnn nnn", "bad_value:fo" },
		{ "v=DMARC1; p=none; fo=:; ruf=mailto:d@example.org",
		    "ok n-- nnn nnn", "bad_value:fo" },
		{ NULL, NULL, NULL },
	};

	(void)state;
	check_rows(rows);
}

static void
tags_that_are_not_known_are_told_with_the_one_that_was_meant(void **state)
{
	static const struct row rows[] = {
		{ "v=DMARC1; p=none; rau=mailto:d@example.org",
		    "ok n-- nnn nnn", "unknown:rau>rua" },
		{ "v=DMARC1; p=none; RAU=mailto:d@example.org",
		    "ok n-- nnn nnn", "unknown:RAU>rua" },
		{ "v=DMARC1; p=none; dkim=s", "ok n-- nnn nnn",
		    "unknown:dkim>adkim" },
		/* two are one edit away: sp and aspf */
		{ "v=DMARC1; p=none; spf=s", "ok n-- nnn nnn", "unknown:spf" },
		{ "v=DMARC1; p=none; sp=none; spf=s", "ok nn- nnn nnn",
		    "unknown:spf>aspf" },
		{ "v=DMARC1; p=none; x=1", "ok n-- nnn nnn", "unknown:x" },
		{ "v=DMARC1; p=none; future_tag2=1", "ok n-- nnn nnn",
		    "unknown:future_tag2" },
		{ "v=DMARC1; p=none; 1x=1; -=2; =3", "ok n-- nnn nnn",
		    "bad_name:1x bad_name:- bad_name:" },
		{ "v=DMARC1; p=none; p=reject", "ok n-- nnn nnn", "twice:p" },
		{ "v=DMARC1; p=none; P=reject", "ok n-- nnn nnn",
		    "case:P>p twice:P" },
		{ "v=DMARC1; p=none; v=DMARC1", "ok n-- nnn nnn", "twice:v" },
		{ "v=DMARC1; p=none;; sp=none;;", "ok nn- nnn nnn",
		    "empty_item:" },
		{ "v=DMARC1; p=none; junk", "ok n-- nnn nnn", "no_equals:" },
		{ "v=DMARC1; p=none; \xff\xfe=1; sp=\xc3\xa4",
		    "ok n!- unused unused",
		    "bad_name:\xff\xfe bad_bytes:sp bad_value:sp" },
		{ "v=DMARC1; \xe2\x80\x9cp=none\xe2\x80\x9d",
		    "ok --- unused unused",
		    "bad_name:\xe2\x80\x9cp>p bad_bytes:\xe2\x80\x9cp "
		    "missing:p" },
		{ NULL, NULL, NULL },
	};

	(void)state;
	check_rows(rows);
}

struct uri_row {
	const char *value;
	const char *reading; /* of each: fault mailbox|host limit */
};

static const char *
describe_uris(const struct report_uris *list, struct buf *out)
{
	const struct report_uri *u;
	size_t i;

	out->len = 0;
	for (i = 0; i < list->n; i++) {
		u = &list->uris[i];
		buf_printf(out, "%s%s", i > 0 ? ", " : "",
		    report_uri_fault_words[u->fault]);
		if (u->mailbox != NULL)
			buf_printf(out, " %s", u->mailbox);
		else if (u->host != NULL)
			buf_printf(out, " host %s", u->host);
		if (u->has_limit)
			buf_printf(out, " %llu", (unsigned long long)u->limit);
		if (u->suggestion != NULL)
			buf_printf(out, " > %s", u->suggestion);
	}
	return buf_str(out);
}

static void
addresses_are_taken_apart(void **state)
{
	static const struct uri_row rows[] = {
		{ "mailto:d@example.org", "ok d@example.org" },
		{ "MAILTO:D@Example.ORG.", "ok D@example.org" },
		{ "mailto:a@x.example,mailto:b@y.example",
		    "ok a@x.example, ok b@y.example" },
		{ " mailto:a@x.example , mailto:b@y.example ",
		    "ok a@x.example, ok b@y.example" },
		{ "mailto:a@x.example,,", "ok a@x.example, empty, empty" },
		{ "mailto:a+b%2Cc@x.example", "address" },
		{ "mailto:a%21b@x.example", "ok a!b@x.example" },
		{ "mailto:a%@x.example", "escape" },
		{ "mailto:a%4", "escape" },
		{ "mailto:a%00@x.example", "escape" },
		{ "mailto:a@x.example?subject=%20x", "ok a@x.example" },
		{ "mailto:%22a%20b%22@x.example", "ok \"a b\"@x.example" },
		{ "mailto:a@x.example!10m", "ok a@x.example 10485760" },
		{ "mailto:a@x.example!10M", "ok a@x.example 10485760" },
		{ "mailto:a@x.example!7", "ok a@x.example 7" },
		{ "mailto:a@x.example!1t", "ok a@x.example 1099511627776" },
		{ "mailto:a@x.example!0k", "ok a@x.example 0" },
		{ "mailto:a@x.example!99999999999999999999g",
		    "ok a@x.example 18446744073709551615" },
		{ "mailto:a@x.example!18446744073709551615k",
		    "ok a@x.example 18446744073709551615" },
		{ "mailto:a@x.example!", "size" },
		{ "mailto:a@x.example!10mb", "size" },
		{ "mailto:a@x.example!m", "size" },
		{ "mailto:a!b@x.example", "escape" },
		{ "mailto:a!b@x.example!10m", "escape" },
		{ "d@example.org", "no_scheme > mailto:d@example.org" },
		{ "d@example.org!10m", "no_scheme > mailto:d@example.org!10m" },
		{ "<d@example.org>", "no_scheme > mailto:d@example.org" },
		{ "example.org", "no_scheme" },
		{ "mailto://d@example.org", "address > mailto:d@example.org" },
		{ "mailto:<d@example.org>", "address > mailto:d@example.org" },
		{ "mailto: d@example.org", "bytes > mailto:d@example.org" },
		{ "mailto:a@x.example mailto:b@y.example", "bytes" },
		{ "malto:d@example.org", "scheme > mailto:d@example.org" },
		{ "mail:d@example.org", "scheme > mailto:d@example.org" },
		{ "mailto:d@example.org\\", "address > mailto:d@example.org" },
		{ "mailto:", "address" },
		{ "mailto:@example.org", "address" },
		{ "mailto:d@", "address" },
		{ "mailto:d@@example.org", "address" },
		{ "mailto:d@exa_mple.org", "ok d@exa_mple.org" },
		{ "mailto:d@[192.0.2.1]", "address" },
		{ "mailto:d@example..org", "address" },
		{ "mailto:d\xc3\xa9@example.org", "bytes" },
		{ "mailto:d@b\xc3\xbc"
		  "cher.example",
		    "bytes" },
		{ "https://u@Example.org:8443/x?y#z",
		    "scheme host example.org" },
		{ "http://example.org!5k", "scheme host example.org 5120" },
		{ "https:///x", "scheme" },
		{ "urn:x", "scheme" },
		{ ",", "empty, empty" },
		{ NULL, NULL },
	};
	const struct uri_row *row;
	struct buf text = { 0 }, out = { 0 };
	struct arena arena = { 0 };
	struct dmarc_record r;

	(void)state;
	for (row = rows; row->value != NULL; row++) {
		text.len = 0;
		buf_printf(&text, "v=DMARC1; p=none; rua=%s; ruf=%s",
		    row->value, row->value);
		dmarc_record_parse(buf_str(&text), &arena, &r);
		assert_true(r.has_rua && r.has_ruf);
		if (strcmp(describe_uris(&r.rua, &out), row->reading) != 0 ||
		    strcmp(describe_uris(&r.ruf, &out), row->reading) != 0)
			fail_msg("%s: %s", row->value, buf_str(&out));
	}
	buf_done(&text);
	buf_done(&out);
	arena_done(&arena);
}

static void
what_a_sentence_needs_is_in_the_record(void **state)
{
	struct arena arena = { 0 };
	struct dmarc_record r;

	(void)state;
	dmarc_record_parse("v=DMARC1; rua=mailto:d@example.org; p=reject; "
	                   "adkim=S; fo=0:s; ri=3600; rf=afrf; junk=x",
	    &arena, &r);
	assert_false(r.is_p_second);
	assert_true(r.adkim_strict && r.has_adkim);
	assert_true(!r.aspf_strict && !r.has_aspf);
	assert_int_equal(r.fo, DMARC_FO_ALL | DMARC_FO_SPF);
	assert_true(r.has_fo && !r.has_ruf && !r.has_t && !r.has_psd);
	assert_int_equal(r.ri, 3600);
	assert_int_equal(r.pct, -1);
	assert_string_equal(r.rf, "afrf");
	assert_string_equal(r.problems[r.nproblems - 1].tag, "fo");
	assert_string_equal(r.problems[r.nproblems - 1].value, "ruf");
	dmarc_record_parse("v=DMARC1; p=none", &arena, &r);
	assert_true(r.is_p_second);
	assert_int_equal(r.fo, DMARC_FO_ALL);
	assert_string_equal(dmarc_policy_word(r.p), "none");
	assert_null(dmarc_policy_word(r.sp));
	assert_int_equal(dmarc_policy_lower(DMARC_REJECT), DMARC_QUARANTINE);
	assert_int_equal(dmarc_policy_lower(DMARC_QUARANTINE), DMARC_NONE);
	assert_int_equal(dmarc_policy_lower(DMARC_NONE), DMARC_NONE);
	assert_int_equal(dmarc_policy_lower(DMARC_ABSENT), DMARC_ABSENT);
	arena_done(&arena);
}

/* A text of so many times a piece, after a good beginning. */
static const char *
repeat(struct buf *out, const char *start, const char *piece, size_t size)
{
	out->len = 0;
	buf_add_str(out, start);
	while (out->len + strlen(piece) < size)
		buf_add_str(out, piece);
	return buf_str(out);
}

static void
long_records_are_read_and_what_is_told_has_an_end(void **state)
{
	static const char *const pieces[] = { ";", "=;", "x=;", "a", "p=none;",
		"mailto:d@example.org,", ",", "rau=;", " ", "\xff", "!", "%",
		"\"", "v=", "1:" };
	static const char *const starts[] = { "", "v=DMARC1; p=none; ",
		"v=DMARC1; p=none; rua=", "v=DMARC1; p=none; fo=" };
	struct arena arena = { 0 };
	struct buf text = { 0 };
	struct dmarc_record r;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		for (j = 0; j < sizeof(pieces) / sizeof(*pieces); j++) {
			dmarc_record_parse(
			    repeat(&text, starts[i], pieces[j], DNS_TEXT_MAX),
			    &arena, &r);
			assert_true(r.nproblems <= TAG_PROBLEMS);
			assert_true(r.rua.n <= REPORT_URIS);
			assert_true(i == 0 || r.version == TAG_VERSION_OK);
			assert_true(i == 0 || r.p == DMARC_NONE);
			arena_reset(&arena);
		}
	dmarc_record_parse(
	    repeat(&text, "v=DMARC1; p=none; rua=mailto:d@", "e", DNS_TEXT_MAX),
	    &arena, &r);
	assert_int_equal(r.rua.uris[0].fault, REPORT_URI_ADDRESS);
	buf_done(&text);
	arena_done(&arena);
}

static void
of_several_records_only_one_may_be_of_the_kind(void **state)
{
	static const char *const texts[] = { "v=DMARC1; p=none", "v=spf1 -all",
		"v=dmarc1; p=none", "v=DMARC1; p=reject" };
	struct arena arena = { 0 };
	struct dns_builder b;
	const struct dns_record *one;
	size_t i;

	(void)state;
	for (i = 0; i <= 4; i++) {
		size_t j, n;

		dns_begin(&b, &arena);
		for (j = 0; j < i; j++)
			dns_add_text(&b, texts[j], strlen(texts[j]), true);
		n = tag_list_choose(dns_end(&b), &dmarc_kind, &one);
		assert_int_equal(n, i == 0 ? 0 : i == 4 ? 2 : 1);
		if (n == 1)
			assert_string_equal(one->text, texts[0]);
		else
			assert_null(one);
	}
	arena_done(&arena);
}

static void
each_kind_of_problem_has_a_word(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < TAG_FAULTS; i++)
		assert_non_null(tag_fault_words[i]);
	assert_null(tag_fault_words[i]);
	for (i = 0; i < REPORT_URI_FAULTS; i++)
		assert_non_null(report_uri_fault_words[i]);
	assert_null(report_uri_fault_words[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_version_is_first_and_exact),
		cmocka_unit_test(
		    policies_are_one_of_three_words_and_have_defaults),
		cmocka_unit_test(other_tags_fall_back_to_their_defaults),
		cmocka_unit_test(
		    tags_that_are_not_known_are_told_with_the_one_that_was_meant),
		cmocka_unit_test(addresses_are_taken_apart),
		cmocka_unit_test(what_a_sentence_needs_is_in_the_record),
		cmocka_unit_test(
		    long_records_are_read_and_what_is_told_has_an_end),
		cmocka_unit_test(
		    of_several_records_only_one_may_be_of_the_kind),
		cmocka_unit_test(each_kind_of_problem_has_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
