/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns/dns.h"

static void
only_what_can_be_asked_for_is_a_name(void **state)
{
	static const char *const good[] = { "example.org", "example.org.",
		"_dmarc.example.org", "a", "A-1.b", "x.y.z." };
	static const char *const bad[] = { "", ".", "..", "a..b", ".a", "a b",
		"a\nb", "ex\xc3\xa4mple.org", "a/b", "a\"b", "*.example.org" };
	char long_label[70] = { 0 }, long_name[300] = { 0 };
	char name[DNS_NAME];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(dns_is_name(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(dns_is_name(bad[i]));
	memset(long_label, 'a', 63);
	assert_true(dns_is_name(long_label));
	memset(long_label, 'a', 64);
	assert_false(dns_is_name(long_label));
	for (i = 0; i < 252; i += 2)
		memcpy(long_name + i, "a.", 3);
	memcpy(long_name + i, "a", 2);
	assert_int_equal(strlen(long_name), 253);
	assert_true(dns_is_name(long_name));
	memcpy(long_name + i, "aa", 3);
	assert_false(dns_is_name(long_name));
	assert_true(dns_write_name("Example.ORG.", name));
	assert_string_equal(name, "example.org");
	assert_false(dns_write_name("a b", name));
}

static void
addresses_have_reverse_names(void **state)
{
	char name[DNS_NAME];

	(void)state;
	assert_true(dns_reverse_name("192.0.2.77", name));
	assert_string_equal(name, "77.2.0.192.in-addr.arpa");
	assert_true(dns_reverse_name("2001:db8::1", name));
	assert_string_equal(name,
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	    "8.b.d.0.1.0.0.2.ip6.arpa");
	assert_true(dns_is_name(name));
	assert_false(dns_reverse_name("192.0.2", name));
	assert_false(dns_reverse_name("example.org", name));
}

static void
texts_are_joined_and_keep_where_they_were_cut(void **state)
{
	struct arena arena = { 0 };
	struct dns_builder b;
	struct buf out = { 0 };
	const struct dns_answer *a, *again;
	struct dns_builder c;

	(void)state;
	dns_begin(&b, &arena);
	dns_add_text(&b, "v=spf1 \"\\\x01", 10, true);
	dns_add_text(&b, "-all", 4, false);
	dns_add_text(&b, "a\0b", 3, true);
	dns_add_text(&b, "", 0, true);
	a = dns_end(&b);
	assert_int_equal(a->status, DNS_OK);
	assert_int_equal(a->n, 3);
	assert_string_equal(a->records[0].text, "");
	assert_int_equal(a->records[0].nparts, 1);
	assert_string_equal(a->records[1].text, "a?b");
	assert_string_equal(a->records[2].text, "v=spf1 \"\\\x01-all");
	assert_int_equal(a->records[2].nparts, 2);
	assert_int_equal(a->records[2].ends[0], 10);
	dns_write_records(&out, DNS_TXT, a);
	assert_string_equal(
	    buf_str(&out), "\"\"\n\"a?b\"\n\"v=spf1 \\\"\\\\\\001\" \"-all\"");
	dns_begin(&c, &arena);
	assert_true(dns_read_records(&c, DNS_TXT, buf_str(&out)));
	again = dns_end(&c);
	assert_int_equal(again->n, 3);
	assert_string_equal(again->records[2].text, a->records[2].text);
	assert_int_equal(again->records[2].ends[0], 10);
	buf_done(&out);
	arena_done(&arena);
}

static void
the_order_of_a_server_changes_nothing(void **state)
{
	struct arena arena = { 0 };
	struct dns_builder b;
	struct buf out = { 0 };
	const struct dns_answer *a;

	(void)state;
	dns_begin(&b, &arena);
	dns_add_record(&b, 20, "B.example");
	dns_add_record(&b, 10, "z.example");
	dns_add_record(&b, 20, "a.example");
	a = dns_end(&b);
	dns_write_records(&out, DNS_MX, a);
	assert_string_equal(
	    buf_str(&out), "10 z.example\n20 a.example\n20 b.example");
	dns_begin(&b, &arena);
	assert_true(dns_read_records(&b, DNS_MX, buf_str(&out)));
	a = dns_end(&b);
	assert_int_equal(a->n, 3);
	assert_int_equal(a->records[0].preference, 10);
	assert_string_equal(a->records[0].text, "z.example");
	/* The root: RFC 7505. */
	out.len = 0;
	dns_begin(&b, &arena);
	dns_add_record(&b, 0, "");
	dns_write_records(&out, DNS_MX, dns_end(&b));
	assert_string_equal(buf_str(&out), "0 .");
	dns_begin(&b, &arena);
	assert_true(dns_read_records(&b, DNS_MX, "0 ."));
	a = dns_end(&b);
	assert_int_equal(a->n, 1);
	assert_string_equal(a->records[0].text, "");
	buf_done(&out);
	arena_done(&arena);
}

static void
what_is_kept_is_not_believed(void **state)
{
	static const char *const bad[] = { "x", "\"", "\"a", "\"a\\\"",
		"\"a\\9\"", "\"a\\999\"", "\"a\"b", "\"a\" ", "\"a\"  \"b\"",
		"\"a\nb\"", "\"\\" };
	struct arena arena = { 0 };
	struct dns_builder b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		dns_begin(&b, &arena);
		assert_false(dns_read_records(&b, DNS_TXT, bad[i]));
		dns_end(&b);
	}
	dns_begin(&b, &arena);
	assert_false(dns_read_records(&b, DNS_MX, "mx.example"));
	assert_false(dns_read_records(&b, DNS_MX, "70000 mx.example"));
	assert_false(dns_read_records(&b, DNS_MX, "10 "));
	assert_false(dns_read_records(&b, DNS_NS, "\n"));
	dns_end(&b);
	arena_done(&arena);
}

static void
long_answers_and_texts_are_cut(void **state)
{
	struct arena arena = { 0 };
	struct dns_builder b;
	const struct dns_answer *a;
	char s[255];
	int i;

	(void)state;
	memset(s, 'x', sizeof(s));
	dns_begin(&b, &arena);
	for (i = 0; i < 300; i++)
		dns_add_text(&b, s, sizeof(s), i == 0);
	a = dns_end(&b);
	assert_int_equal(a->n, 1);
	assert_int_equal(a->records[0].len, DNS_TEXT_MAX);
	dns_begin(&b, &arena);
	for (i = 0; i < 20000; i++)
		dns_add_text(&b, "a", i < DNS_TEXT_MAX, i == 0);
	a = dns_end(&b);
	assert_int_equal(a->records[0].len, DNS_TEXT_MAX);
	assert_int_equal(a->records[0].nparts, 20000);
	assert_int_equal(a->records[0].ends[0], 1);
	assert_int_equal(a->records[0].ends[19999], DNS_TEXT_MAX);
	dns_begin(&b, &arena);
	for (i = 0; i < DNS_RECORDS + 1; i++) {
		dns_add_text(&b, "a", 1, true);
		dns_add_text(&b, "b", 1, false);
	}
	a = dns_end(&b);
	assert_int_equal(a->n, DNS_RECORDS);
	assert_true(a->is_cut);
	assert_string_equal(a->records[DNS_RECORDS - 1].text, "ab");
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_can_be_asked_for_is_a_name),
		cmocka_unit_test(addresses_have_reverse_names),
		cmocka_unit_test(texts_are_joined_and_keep_where_they_were_cut),
		cmocka_unit_test(the_order_of_a_server_changes_nothing),
		cmocka_unit_test(what_is_kept_is_not_believed),
		cmocka_unit_test(long_answers_and_texts_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
