/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/dns_reply.h"

#define NOW 1000
#define REPLY 0x8180 /* QR, RD, RA */
#define NO_RECURSION 0x8100
#define AUTHORITATIVE 0x8500

/* A message that is being written; names are text, a final dot is not there. */
struct message {
	uint8_t at[70000];
	size_t len;
};

static struct message m;
static struct arena arena;

static void
put16(unsigned n)
{
	m.at[m.len++] = (uint8_t)(n >> 8);
	m.at[m.len++] = (uint8_t)n;
}

static void
put_bytes(const void *p, size_t n)
{
	memcpy(m.at + m.len, p, n);
	m.len += n;
}

static void
put_name(const char *name)
{
	size_t n;

	for (; *name != '\0'; name += n + (name[n] == '.')) {
		n = strcspn(name, ".");
		m.at[m.len++] = (uint8_t)n;
		put_bytes(name, n);
	}
	m.at[m.len++] = 0;
}

static void
begin(unsigned flags, const char *name, enum dns_type type)
{
	m.len = 0;
	put16(77);
	put16(flags);
	put16(1);
	put16(0);
	put16(0);
	put16(0);
	put_name(name);
	put16(type);
	put16(1);
}

/* One record more in a section: 0 answer, 1 authority. */
static void
put_rr(
    int section, const char *owner, unsigned type, const void *data, size_t n)
{
	m.at[7 + 2 * section]++;
	put_name(owner);
	put16(type);
	put16(1);
	put16(0);
	put16(60);
	put16((unsigned)n);
	put_bytes(data, n);
}

/* The same, its data a name, and what is before that. */
static void
put_named(int section, const char *owner, unsigned type, const char *before,
    const char *name)
{
	size_t n = strlen(before), at;

	put_rr(section, owner, type, "", 0);
	at = m.len;
	put_bytes(before, n);
	put_name(name);
	m.at[at - 2] = (uint8_t)((m.len - at) >> 8);
	m.at[at - 1] = (uint8_t)(m.len - at);
}

static const struct dns_answer *
read_it(enum dns_type type, const char *name)
{
	uint8_t *copy = malloc(m.len + 1); /* its end is seen by sanitizers */
	const struct dns_answer *a;

	memcpy(copy, m.at, m.len);
	a = dns_reply_read(&arena, type, name, copy, m.len, NOW);
	free(copy);
	assert_int_equal(a->asked_ts, NOW);
	if (a->status == DNS_FAILED) {
		assert_true(a->failure[0] != '\0');
		assert_int_equal(a->n, 0);
	} else
		assert_null(a->failure);
	assert_true((a->n > 0) == (a->status == DNS_OK));
	return a;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

static void
addresses_names_and_texts_are_read(void **state)
{
	const struct dns_answer *a;

	(void)state;
	begin(REPLY | 0x20, "Example.ORG", DNS_A);
	put_rr(0, "example.org", DNS_A, "\xc0\0\2\2", 4);
	put_rr(0, "EXAMPLE.org", DNS_A, "\xc0\0\2\1", 4);
	a = read_it(DNS_A, "example.org");
	assert_int_equal(a->n, 2);
	assert_string_equal(a->records[0].text, "192.0.2.1");
	assert_true(a->is_authentic);
	assert_null(a->canonical);
	begin(REPLY, "example.org", DNS_AAAA);
	put_rr(0, "example.org", DNS_AAAA, " \1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\1",
	    16);
	a = read_it(DNS_AAAA, "example.org");
	assert_string_equal(a->records[0].text, "2001:db8::1");
	assert_false(a->is_authentic);
	begin(REPLY, "example.org", DNS_MX);
	put_named(0, "example.org", DNS_MX, "\1\1", "MX.example.org");
	put_rr(0, "example.org", DNS_MX, "\0\0\0", 3);
	a = read_it(DNS_MX, "example.org");
	assert_int_equal(a->n, 2);
	assert_string_equal(a->records[0].text, "");
	assert_int_equal(a->records[0].preference, 0);
	assert_string_equal(a->records[1].text, "mx.example.org");
	assert_int_equal(a->records[1].preference, 257);
	begin(REPLY, "example.org", DNS_TXT);
	put_rr(0, "example.org", DNS_TXT, "\3abc\0\2d\0", 8);
	put_rr(0, "example.org", DNS_TXT, "\0", 1);
	a = read_it(DNS_TXT, "example.org");
	assert_int_equal(a->n, 2);
	assert_int_equal(a->records[0].nparts, 1);
	assert_string_equal(a->records[1].text, "abcd?");
	assert_int_equal(a->records[1].nparts, 3);
	assert_int_equal(a->records[1].ends[0], 3);
	assert_int_equal(a->records[1].ends[1], 3);
	begin(REPLY, "example.org", DNS_SPF);
	put_rr(0, "example.org", DNS_SPF, "\6v=spf1", 7);
	assert_string_equal(
	    read_it(DNS_SPF, "example.org")->records[0].text, "v=spf1");
}

static void
pointers_lead_back_only(void **state)
{
	const struct dns_answer *a;
	size_t at, i;

	(void)state;
	begin(REPLY, "example.org", DNS_PTR);
	put_rr(0, "example.org", DNS_PTR, "\4host\xc0\x0c", 7);
	a = read_it(DNS_PTR, "example.org");
	assert_string_equal(a->records[0].text, "host.example.org");
	/* To itself, to what is behind it, and to nowhere. */
	for (i = 0; i < 3; i++) {
		begin(REPLY, "example.org", DNS_PTR);
		put_rr(0, "example.org", DNS_PTR, "\1x\xc0\0", 4);
		at = m.len - 4;
		m.at[m.len - 1] = (uint8_t)(i == 0 ? at
		        : i == 1                   ? at + 2
		                                   : 255);
		assert_int_equal(
		    read_it(DNS_PTR, "example.org")->status, DNS_FAILED);
	}
	/* As many pointers as nobody needs, each to the one before. */
	begin(REPLY, "example.org", DNS_PTR);
	put_rr(0, "a.example", DNS_TXT, "", 0);
	at = m.len;
	m.at[at - 2] = 2;
	for (i = 0; i < 256; i++)
		put16(0xc000 | (unsigned)(i == 0 ? 12 : at + 2 * i - 2));
	put_rr(0, "example.org", DNS_PTR, "\xc0\0", 2);
	m.at[m.len - 1] = (uint8_t)(at + 2 * 100);
	m.at[m.len - 2] = (uint8_t)(0xc0 | (at + 2 * 100) >> 8);
	a = read_it(DNS_PTR, "example.org");
	assert_string_equal(a->records[0].text, "example.org");
	m.at[m.len - 1] = (uint8_t)(at + 2 * 200);
	m.at[m.len - 2] = (uint8_t)(0xc0 | (at + 2 * 200) >> 8);
	assert_int_equal(read_it(DNS_PTR, "example.org")->status, DNS_FAILED);
}

static void
names_are_no_longer_than_they_may(void **state)
{
	char name[300] = "";
	int i;

	(void)state;
	for (i = 0; i < 63; i++)
		memcpy(name + 4 * i, "abc.", 5);
	memcpy(name + 4 * i, "a", 2);
	begin(REPLY, "example.org", DNS_PTR);
	put_named(0, "example.org", DNS_PTR, "", name);
	assert_string_equal(
	    read_it(DNS_PTR, "example.org")->records[0].text, name);
	memcpy(name + 4 * i, "ab", 3);
	begin(REPLY, "example.org", DNS_PTR);
	put_named(0, "example.org", DNS_PTR, "", name);
	assert_int_equal(read_it(DNS_PTR, "example.org")->status, DNS_FAILED);
	begin(REPLY, "example.org", DNS_PTR);
	put_rr(0, "example.org", DNS_PTR, "\x41x\0", 3); /* RFC 6891, 5 */
	assert_int_equal(read_it(DNS_PTR, "example.org")->status, DNS_FAILED);
}

static void
nothing_else_is_an_answer(void **state)
{
	static const struct {
		unsigned flags;
		const char *name, *failure;
		enum dns_type type;
	} bad[] = {
		{ 0x0180, "example.org", "cannot be read", DNS_A },
		{ 0x8980, "example.org", "cannot be read", DNS_A },
		{ 0x8180, "example.com", "another question", DNS_A },
		{ 0x8180, "a.example.org", "another question", DNS_A },
		{ 0x8180, "org", "another question", DNS_A },
		{ 0x8180, "example.org", "another question", DNS_AAAA },
		{ 0x8380, "example.org", "only a part", DNS_A },
		{ 0x8181, "example.org", "FORMERR", DNS_A },
		{ 0x8182, "example.org", "SERVFAIL", DNS_A },
		{ 0x8184, "example.org", "NOTIMP", DNS_A },
		{ 0x8185, "example.org", "refused", DNS_A },
		{ 0x8189, "example.org", "error", DNS_A },
		{ 0x8183, "example.org", "contradicts", DNS_A },
	};
	const struct dns_answer *a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		begin(bad[i].flags, bad[i].name, bad[i].type);
		put_rr(0, "example.org", DNS_A, "\xc0\0\2\1", 4);
		a = read_it(DNS_A, "example.org");
		assert_int_equal(a->status, DNS_FAILED);
		assert_non_null(strstr(a->failure, bad[i].failure));
	}
	begin(REPLY, "example.org", DNS_A);
	m.at[5] = 0;
	assert_int_equal(read_it(DNS_A, "example.org")->status, DNS_FAILED);
	begin(REPLY, "example.org", DNS_A);
	m.at[m.len - 1] = 3; /* another class */
	assert_int_equal(read_it(DNS_A, "example.org")->status, DNS_FAILED);
}

static void
records_of_others_do_not_count(void **state)
{
	(void)state;
	begin(REPLY, "example.org", DNS_TXT);
	put_rr(0, "example.com", DNS_TXT, "\1a", 2);
	put_rr(0, "example.org", DNS_A, "\xc0\0\2\1", 4);
	put_rr(0, "example.org", DNS_TXT, "\1c", 2);
	m.at[m.len - 9] = 3; /* of another class */
	put_rr(1, "example.org", DNS_TXT, "\1b", 2);
	assert_int_equal(read_it(DNS_TXT, "example.org")->status, DNS_NONE);
}

static void
half_a_record_is_none(void **state)
{
	static const struct {
		enum dns_type type;
		const char *data;
		size_t n;
	} bad[] = {
		{ DNS_A, "\xc0\0\2", 3 },
		{ DNS_A, "\xc0\0\2\1\1", 5 },
		{ DNS_AAAA, "\xc0\0\2\1", 4 },
		{ DNS_TXT, "", 0 },
		{ DNS_TXT, "\4abc", 4 },
		{ DNS_TXT, "\3abc\1", 5 },
		{ DNS_MX, "\0", 1 },
		{ DNS_MX, "\0\0", 2 },
		{ DNS_MX, "\0\0\0\0", 4 },
		{ DNS_PTR, "", 0 },
		{ DNS_PTR, "\1x", 2 },
		{ DNS_PTR, "\1x\0\0", 4 },
		{ DNS_NS, "\300", 1 },
		{ DNS_CNAME, "\5x", 2 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		begin(REPLY, "example.org", bad[i].type);
		put_rr(0, "example.org", bad[i].type, bad[i].data, bad[i].n);
		assert_int_equal(
		    read_it(bad[i].type, "example.org")->status, DNS_FAILED);
	}
}

static void
a_reply_that_ends_too_early_is_none(void **state)
{
	size_t len;

	(void)state;
	begin(REPLY, "example.org", DNS_MX);
	put_named(0, "example.org", DNS_CNAME, "", "alias.example.org");
	put_named(0, "alias.example.org", DNS_MX, "\1\1", "mx.example.org");
	put_named(1, "example.org", DNS_NS, "", "ns.example.org");
	assert_int_equal(read_it(DNS_MX, "example.org")->status, DNS_OK);
	for (len = m.len - 1; len > 0; len--) {
		m.len = len;
		assert_int_equal(
		    read_it(DNS_MX, "example.org")->status, DNS_FAILED);
	}
	m.len = 0;
	assert_int_equal(read_it(DNS_MX, "example.org")->status, DNS_FAILED);
}

static void
aliases_are_followed_to_their_end(void **state)
{
	const struct dns_answer *a;
	char from[20], to[20];
	int n, i;

	(void)state;
	/* In any order, over names that nobody could ask for (RFC 2317). */
	begin(REPLY, "5.2.0.192.in-addr.arpa", DNS_PTR);
	put_named(0, "b.example", DNS_PTR, "", "host.example");
	put_named(0, "5.0/25.2.0.192.in-addr.arpa", DNS_CNAME, "", "B.example");
	put_named(0, "5.2.0.192.in-addr.arpa", DNS_CNAME, "",
	    "5.0/25.2.0.192.in-addr.arpa");
	a = read_it(DNS_PTR, "5.2.0.192.in-addr.arpa");
	assert_int_equal(a->n, 1);
	assert_string_equal(a->records[0].text, "host.example");
	assert_string_equal(a->canonical, "b.example");
	/* Where they end there may be nothing, with or without a name. */
	for (i = 0; i < 2; i++) {
		begin(REPLY | (i ? 3 : 0), "a.example", DNS_TXT);
		put_named(0, "a.example", DNS_CNAME, "", i ? "/" : "b");
		a = read_it(DNS_TXT, "a.example");
		assert_int_equal(a->status, i ? DNS_NO_NAME : DNS_NONE);
		if (i == 0)
			assert_string_equal(a->canonical, "b");
		else
			assert_null(a->canonical);
	}
	/* An alias that is asked for is a record. */
	begin(REPLY, "a.example", DNS_CNAME);
	put_named(0, "a.example", DNS_CNAME, "", "b.example");
	a = read_it(DNS_CNAME, "a.example");
	assert_string_equal(a->records[0].text, "b.example");
	assert_null(a->canonical);
	for (n = 16; n <= 17; n++) {
		begin(REPLY, "a0", DNS_A);
		for (i = 0; i < n; i++) {
			snprintf(from, sizeof(from), "a%d", i);
			snprintf(to, sizeof(to), "a%d", i + 1);
			put_named(0, from, DNS_CNAME, "", to);
		}
		put_rr(0, to, DNS_A, "\xc0\0\2\1", 4);
		a = read_it(DNS_A, "a0");
		assert_int_equal(a->status, n == 16 ? DNS_OK : DNS_FAILED);
	}
	begin(REPLY, "a.example", DNS_A);
	put_named(0, "a.example", DNS_CNAME, "", "a.example");
	a = read_it(DNS_A, "a.example");
	assert_non_null(strstr(a->failure, "without an end"));
}

static void
who_does_not_look_further_says_nothing(void **state)
{
	static const char soa[] = "\2ns\0\2hm\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0"
	                          "\1\0\0\0";
	const struct dns_answer *a;

	(void)state;
	begin(NO_RECURSION, "www.example.org", DNS_A);
	put_named(1, "org", DNS_NS, "", "ns.example");
	a = read_it(DNS_A, "www.example.org");
	assert_non_null(strstr(a->failure, "named other servers"));
	/* As authoritative servers say that there is nothing. */
	begin(AUTHORITATIVE, "www.example.org", DNS_A);
	put_named(1, "example.org", DNS_NS, "", "ns.example");
	assert_int_equal(read_it(DNS_A, "www.example.org")->status, DNS_NONE);
	begin(NO_RECURSION, "www.example.org", DNS_A);
	put_rr(1, "example.org", 6, soa, sizeof(soa));
	put_named(1, "org", DNS_NS, "", "ns.example");
	assert_int_equal(read_it(DNS_A, "www.example.org")->status, DNS_NONE);
	begin(AUTHORITATIVE, "www.example.org", DNS_A);
	put_named(0, "www.example.org", DNS_CNAME, "", "a.example.com");
	a = read_it(DNS_A, "www.example.org");
	assert_non_null(strstr(a->failure, "did not follow"));
	put_rr(1, "example.org", 6, soa, sizeof(soa)); /* of another zone */
	assert_int_equal(read_it(DNS_A, "www.example.org")->status, DNS_FAILED);
	put_rr(1, "example.com", 6, soa, sizeof(soa));
	assert_int_equal(read_it(DNS_A, "www.example.org")->status, DNS_NONE);
	begin(AUTHORITATIVE | 3, "www.example.org", DNS_A);
	put_named(0, "www.example.org", DNS_CNAME, "", "a.example.com");
	a = read_it(DNS_A, "www.example.org");
	assert_int_equal(a->status, DNS_NO_NAME);
	assert_string_equal(a->canonical, "a.example.com");
}

static void
odd_names_are_left_out(void **state)
{
	static const char *const odd[] = { "evil\x1b[2J.example", "a b.example",
		"\xc3\xa4.example", "*.example", "a\n.example" };
	const struct dns_answer *a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		begin(REPLY, "example.org", DNS_PTR);
		put_named(0, "example.org", DNS_PTR, "", odd[i]);
		a = read_it(DNS_PTR, "example.org");
		assert_int_equal(a->status, DNS_NONE);
		put_named(0, "example.org", DNS_PTR, "", "good.example");
		a = read_it(DNS_PTR, "example.org");
		assert_int_equal(a->n, 1);
		assert_string_equal(a->records[0].text, "good.example");
		begin(REPLY, "example.org", DNS_MX);
		put_named(0, "example.org", DNS_MX, "\1\1", odd[i]);
		a = read_it(DNS_MX, "example.org");
		assert_non_null(strstr(a->failure, "impossible"));
	}
	/* A dot or a NUL in a label is none between two. */
	for (i = 0; i < 2; i++) {
		begin(REPLY, "example.org", DNS_PTR);
		put_rr(
		    0, "example.org", DNS_PTR, i ? "\3a.b\0" : "\3a\0b\0", 5);
		a = read_it(DNS_PTR, "example.org");
		assert_int_equal(a->status, DNS_NONE);
	}
}

static void
a_large_answer_is_cut(void **state)
{
	const struct dns_answer *a;
	int i;

	(void)state;
	begin(REPLY, "example.org", DNS_TXT);
	for (i = 0; i < 255; i++)
		put_rr(0, "example.org", DNS_TXT, "\1a", 2);
	a = read_it(DNS_TXT, "example.org");
	assert_int_equal(a->n, DNS_RECORDS);
	assert_true(a->is_cut);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_names_and_texts_are_read),
		cmocka_unit_test(pointers_lead_back_only),
		cmocka_unit_test(names_are_no_longer_than_they_may),
		cmocka_unit_test(nothing_else_is_an_answer),
		cmocka_unit_test(records_of_others_do_not_count),
		cmocka_unit_test(half_a_record_is_none),
		cmocka_unit_test(a_reply_that_ends_too_early_is_none),
		cmocka_unit_test(aliases_are_followed_to_their_end),
		cmocka_unit_test(who_does_not_look_further_says_nothing),
		cmocka_unit_test(odd_names_are_left_out),
		cmocka_unit_test(a_large_answer_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
