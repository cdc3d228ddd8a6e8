/* SPDX-License-Identifier: BSD-2-Clause */
/* signature_verify, arc_chain: what a signature is worth by its key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <nettle/base64.h>

#include "base/buf.h"
#include "dns/arc_chain.h"
#include "dns_zone.h"
#include "parse/dkim_sig.h"

/* The keys and signatures of RFC 8463, appendix A. */
#define ED25519_KEY "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define RSA_KEY \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08" \
	"a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR" \
	"+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l" \
	"/K4w3QIDAQAB"
#define OTHER_KEY \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQD999mKm1dC2ocMsqmDddVDG9MjPAeo" \
	"6bzjZXmPEGj6G0eroJjD55PfLcp3kySz+KztghUuPJurSbXYgc6NTWbvvizAJQdKVzaY" \
	"DRy4m9r9NAbEJDu/2R0lv/OwrLEF0o9kSXEc9AXgAfP7Ws5AvPiu2tvhI6oNZY27Tqas" \
	"W59XgwIDAQAB"
#define TAGS \
	"d=football.example.com; i=@football.example.com;\r\n q=dns/txt; s="
#define BH " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b="
#define ED25519_SIGNATURE \
	"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n " TAGS \
	"brisbane; t=1528637909; h=from : to :\r\n subject : date : " \
	"message-id : from : subject : date;\r\n" BH \
	"/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n " \
	"Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
#define RSA_SIGNATURE \
	"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n " TAGS \
	"test; t=1528637909; h=from : to : subject :\r\n date : message-id : " \
	"from : subject : date;\r\n" BH \
	"F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n " \
	"DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n " \
	"dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"
#define SUBJECT "Subject: Is dinner ready?\r\n"
#define HEADER \
	"From: Joe SixPack <joe@football.example.com>\r\n" \
	"To: Suzie Q <suzie@shopping.example.net>\r\n" SUBJECT \
	"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n" \
	"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
#define BODY \
	"\r\nHi.\r\n\r\nWe lost the game.  Are you hungry " \
	"yet?\r\n\r\nJoe.\r\n"
#define RSA_MESSAGE RSA_SIGNATURE HEADER BODY
#define MADE 1528637909

struct fixture {
	struct arena arena;
	struct zone zone;
	struct zone_row rows[4];
	struct signature_verdict verdict;
	struct explain_signature s;
};

static void
done(struct fixture *f)
{
	arena_done(&f->arena);
	arena_done(&f->zone.arena);
	*f = (struct fixture) { .s.kind = NULL };
}

static void
read_first(struct fixture *f, const char *message)
{
	struct dkim_message m;

	dkim_message_init(&m, message, strlen(message), NULL);
	dkim_sig_read(
	    &m, &((struct dkim_field *)m.fields.at)->field, &f->arena, &f->s);
	dkim_message_done(&m);
}

/* Verify f->s by up to two records; "!" is no answer. */
static const char *
verify(struct fixture *f, const char *one, const char *two, int64_t now)
{
	struct dns_source source = { zone_ask, &f->zone };
	const char *values[] = { one, two }, *name;
	char full[300];
	size_t i, n = 0;

	snprintf(full, sizeof(full), "%s._domainkey.%s", f->s.s, f->s.d);
	name = arena_strndup(&f->arena, full, strlen(full));
	for (i = 0; i < 2; i++)
		if (values[i] != NULL)
			f->rows[n++] = (struct zone_row) { name, DNS_TXT,
				*values[i] != '!' ? values[i] : NULL };
	f->rows[n] = (struct zone_row) { .name = NULL };
	f->zone.rows = f->rows;
	signature_verify(&f->s, &source, now, &f->arena, &f->verdict);
	return signature_words[f->verdict.result];
}

static const char *
verify_message(struct fixture *f, const char *message, const char *record)
{
	done(f);
	read_first(f, message);
	return verify(f, record, NULL, MADE + 100);
}

static void
the_signatures_of_rfc_8463_are_good(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	assert_string_equal(verify_message(&f, ED25519_SIGNATURE RSA_MESSAGE,
	                        "v=DKIM1; k=ed25519; p=" ED25519_KEY),
	    "pass");
	assert_int_equal(f.verdict.key->bits, 256);
	assert_string_equal(
	    f.verdict.find.name, "brisbane._domainkey.football.example.com");
	assert_string_equal(
	    verify_message(&f, RSA_MESSAGE, "v=DKIM1; k=rsa; p=" RSA_KEY),
	    "pass");
	assert_int_equal(f.verdict.key->bits, 1024);
	done(&f);
}

static void
what_was_changed_is_told(void **state)
{
	static const struct {
		const char *message, *result;
	} rows[] = {
		{ RSA_SIGNATURE HEADER BODY "\r\n\r\n", "pass" },
		{ RSA_SIGNATURE "X: y\r\n" HEADER BODY, "pass" },
		{ RSA_SIGNATURE HEADER BODY "-- \r\nfooter\r\n", "body" },
		{ RSA_SIGNATURE SUBJECT HEADER BODY, "header" },
		{ RSA_SIGNATURE HEADER SUBJECT BODY, "header" },
		{ RSA_SIGNATURE HEADER SUBJECT BODY "more\r\n", "both" },
		{ RSA_SIGNATURE HEADER, "header_only" },
		{ RSA_SIGNATURE HEADER "\r\n", "header_only" },
		{ RSA_SIGNATURE HEADER SUBJECT, "header" },
		{ RSA_SIGNATURE "no field\r\n" HEADER BODY, "not_hashed" },
	};
	struct fixture f = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(
		    verify_message(&f, rows[i].message, "p=" RSA_KEY),
		    rows[i].result);
	done(&f);
}

static void
a_key_decides_what_a_signature_is_worth(void **state)
{
	static const struct {
		const char *one, *two, *result;
	} rows[] = {
		{ NULL, NULL, "no_key" },
		{ "!", NULL, "no_answer" },
		{ "v=spf1 -all", NULL, "no_key" },
		{ "v=DKIM1; p=" OTHER_KEY, NULL, "header" },
		{ "v=DKIM1; p=", NULL, "revoked" },
		{ "v=DKIM1; p=%%%", NULL, "bad_key" },
		{ "v=DKIM1; k=rsa", NULL, "bad_key" },
		{ "v=DKIM1; k=ed25519; p=" ED25519_KEY, NULL, "key_type" },
		{ "v=DKIM1; k=unknown; p=" RSA_KEY, NULL, "key_type" },
		{ "v=DKIM1; h=sha1; p=" RSA_KEY, NULL, "hash" },
		{ "v=DKIM1; h=sha1 : SHA256; p=" RSA_KEY, NULL, "pass" },
		{ "v=DKIM1; h=xsha256:sha2; p=" RSA_KEY, NULL, "hash" },
		{ "v=DKIM1; s=tlsrpt; p=" RSA_KEY, NULL, "bad_key" },
		{ "v=DKIM1; s=tlsrpt:email; p=" RSA_KEY, NULL, "pass" },
		{ "v=DKIM1; t=y; p=" RSA_KEY, NULL, "pass" },
		{ "v=DKIM1; t=s; p=" RSA_KEY, NULL, "pass" },
		{ "v=DKIM1; v=DKIM1; p=" RSA_KEY, NULL, "bad_key" },
		/* Of several any may do. */
		{ "v=DKIM1; p=" OTHER_KEY, "v=DKIM1; p=" RSA_KEY, "pass" },
		{ "v=DKIM1; p=" RSA_KEY, "v=DKIM1; p=", "pass" },
		{ "v=DKIM1; p=", "v=DKIM1; p=" OTHER_KEY, "header" },
		{ "other words", "v=DKIM1; p=" RSA_KEY, "pass" },
		/* 512 bits, whose private half anybody can compute. */
		{ "v=DKIM1; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALMJ06q+8bsx+K0B"
		  "Uopdv8WfgV05uPgrO2XnMMsw2hRa5qbLVJd5cWU6mBa6hfCL+zNcOIVD6CdM"
		  "rHHQHKMBzlcCAwEAAQ==",
		    NULL, "short_key" },
	};
	struct fixture f = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		read_first(&f, RSA_MESSAGE);
		assert_string_equal(
		    verify(&f, rows[i].one, rows[i].two, MADE), rows[i].result);
		done(&f);
	}
}

static void
a_strict_key_forbids_subdomains_in_i(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	read_first(&f, RSA_MESSAGE);
	f.s.i = "@sub.football.example.com";
	assert_string_equal(
	    verify(&f, "v=DKIM1; t=y:s; p=" RSA_KEY, NULL, MADE), "strict");
	assert_string_equal(
	    verify(&f, "v=DKIM1; t=y; p=" RSA_KEY, NULL, MADE), "pass");
	f.s.i = NULL;
	assert_string_equal(
	    verify(&f, "v=DKIM1; t=s; p=" RSA_KEY, NULL, MADE), "pass");
	done(&f);
}

static void
time_is_judged_last(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	read_first(&f, RSA_MESSAGE);
	f.s.x = MADE + 10;
	assert_string_equal(verify(&f, "p=" RSA_KEY, NULL, MADE + 10), "pass");
	assert_string_equal(
	    verify(&f, "p=" RSA_KEY, NULL, MADE + 11), "expired");
	assert_string_equal(
	    verify(&f, "p=" OTHER_KEY, NULL, MADE + 11), "header");
	assert_string_equal(
	    verify(&f, "p=" RSA_KEY, NULL, MADE - SIGNATURE_SLACK), "pass");
	assert_string_equal(
	    verify(&f, "p=" RSA_KEY, NULL, MADE - SIGNATURE_SLACK - 1),
	    "future");
	done(&f);
}

static void
facts_that_do_not_fit_together_are_malformed(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	read_first(&f, RSA_MESSAGE);
	f.s.hash.header = "00";
	assert_string_equal(verify(&f, "p=" RSA_KEY, NULL, MADE), "malformed");
	f.s.hash.header = NULL;
	assert_string_equal(verify(&f, "p=" RSA_KEY, NULL, MADE), "not_hashed");
	f.s.a = "rsa-sha512";
	assert_string_equal(verify(&f, "p=" RSA_KEY, NULL, MADE), "algorithm");
	f.s.a = NULL;
	assert_string_equal(verify(&f, "p=" RSA_KEY, NULL, MADE), "malformed");
	read_first(&f, RSA_MESSAGE);
	f.s.d = "a b";
	f.s.b = "AAAA";
	assert_string_equal(verify(&f, "p=" RSA_KEY, NULL, MADE), "no_key");
	assert_null(f.verdict.find.name);
	f.s.d = NULL;
	f.s.s = "x";
	f.s.d = "y";
	f.s.b = "*";
	assert_string_equal(verify(&f, "p=" RSA_KEY, NULL, MADE), "malformed");
	done(&f);
}

static void
of_one_that_is_only_named_the_key_is_judged(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	f.s.kind = "dkim";
	f.s.d = "example.org";
	f.s.s = "s1";
	assert_string_equal(verify(&f, "p=" RSA_KEY, NULL, MADE), "not_hashed");
	assert_string_equal(verify(&f, "p=", NULL, MADE), "revoked");
	assert_string_equal(verify(&f, "p=AAAA", NULL, MADE), "bad_key");
	f.s.fault = "it has no b=";
	assert_string_equal(verify(&f, "p=" RSA_KEY, NULL, MADE), "malformed");
	done(&f);
}

static void
a_name_of_any_script_is_asked_for_in_a_labels(void **state)
{
	static const struct zone_row rows[] = {
		{ "test._domainkey.xn--bcher-kva.example", DNS_TXT,
		    "p=" RSA_KEY },
		{ .name = NULL },
	};
	struct fixture f = { .zone = { .rows = rows } };
	struct dns_source source = { zone_ask, &f.zone };

	(void)state;
	read_first(&f, RSA_MESSAGE);
	f.s.d = "B\xc3\x9c"
	        "cher.example";
	signature_verify(&f.s, &source, MADE, &f.arena, &f.verdict);
	assert_int_equal(f.verdict.result, SIGNATURE_PASS);
	done(&f);
}

/* A length of DER, in as few bytes as it takes. */
static void
add_length(struct buf *out, size_t n)
{
	if (n >= 256)
		buf_add_char(out, (char)0x82);
	else if (n >= 128)
		buf_add_char(out, (char)0x81);
	if (n >= 256)
		buf_add_char(out, (char)(n >> 8));
	buf_add_char(out, (char)(n & 0xff));
}

/* An RSAPublicKey of so many bytes of modulus and exponent, all 0x55. */
static void
make_key(struct buf *out, size_t modulus, size_t exponent)
{
	struct buf der = { 0 }, numbers = { 0 };
	size_t i, k, n[] = { modulus, exponent };
	char *at;

	for (k = 0; k < 2; k++) {
		buf_add_char(&numbers, 0x02);
		add_length(&numbers, n[k]);
		for (i = 0; i < n[k]; i++)
			buf_add_char(&numbers, 0x55);
	}
	buf_add_char(&der, 0x30);
	add_length(&der, numbers.len);
	buf_add(&der, numbers.at, numbers.len);
	buf_add_str(out, "v=DKIM1; p=");
	at = buf_reserve(out, BASE64_ENCODE_RAW_LENGTH(der.len));
	base64_encode_raw(at, der.len, (const uint8_t *)der.at);
	out->len += BASE64_ENCODE_RAW_LENGTH(der.len);
	buf_done(&der);
	buf_done(&numbers);
}

/* It would take seconds to find out that it does not fit. */
static void
an_absurd_key_is_not_computed_with(void **state)
{
	static const struct {
		size_t modulus, exponent;
		const char *result;
	} rows[] = {
		{ 256, 3, "header" },
		{ 2048, 8, "header" },
		{ 2049, 3, "bad_key" },
		{ 256, 9, "bad_key" },
		{ 3000, 3000, "bad_key" },
	};
	struct fixture f = { 0 };
	struct buf key = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		key.len = 0;
		make_key(&key, rows[i].modulus, rows[i].exponent);
		assert_string_equal(
		    verify_message(&f, RSA_MESSAGE, buf_str(&key)),
		    rows[i].result);
	}
	buf_done(&key);
	done(&f);
}

/* --- chains --------------------------------------------------------------- */

/*
 * Judge a chain in short: for each set its parts, "r" results, "m" message
 * signature, "s" seal, then ":" and cv= of the seal; a capital letter is a
 * signature that is not good, "?" after a letter one that cannot be told.
 */
static const char *
judge(const char *sets[], size_t n, bool is_cut, struct buf *out)
{
	struct explain_header h = { .is_cut = is_cut };
	struct signature_verdict verdicts[20] = { 0 };
	struct explain_signature *s;
	struct explain_authres *a;
	struct arc_chain chain;
	const char *p;
	size_t i;

	for (i = 0; i < n; i++)
		for (p = sets[i]; *p != ':'; p++) {
			if (*p == 'r') {
				a = array_add(&h.authres, sizeof(*a));
				a->kind = "arc";
				a->instance = (int64_t)i + 1;
				continue;
			}
			if (*p == '?')
				continue;
			s = array_add(&h.signatures, sizeof(*s));
			s->kind = (*p | 0x20) == 'm' ? "ams" : "seal";
			s->instance = (int64_t)i + 1;
			s->cv = strchr(sets[i], ':') + 1;
			verdicts[h.signatures.n - 1].result = p[1] == '?'
			    ? SIGNATURE_NO_ANSWER
			    : *p < 'a' ? SIGNATURE_HEADER
			               : SIGNATURE_PASS;
		}
	s = array_add(&h.signatures, sizeof(*s));
	s->kind = "dkim";
	verdicts[h.signatures.n - 1].result = SIGNATURE_BOTH;
	arc_chain_judge(&h, verdicts, &chain);
	out->len = 0;
	buf_printf(out, "%s %s %d %d %s", arc_status_words[chain.status],
	    arc_reason_words[chain.reason], (int)chain.instance,
	    (int)chain.oldest_pass, signature_words[chain.result]);
	array_done(&h.signatures);
	array_done(&h.authres);
	return buf_str(out);
}

static void
a_chain_is_validated_in_the_order_of_rfc_8617(void **state)
{
	static const struct {
		const char *sets[3];
		const char *verdict;
	} rows[] = {
		{ { NULL }, "none none 0 0 pass" },
		{ { "rms:none" }, "pass none 0 1 pass" },
		{ { "rms:none", "rms:pass", "smr:pass" },
		    "pass none 0 1 pass" },
		/* An old message signature may fail; the seal tells of it. */
		{ { "rMs:none", "rms:pass", "rms:pass" },
		    "pass none 0 2 pass" },
		{ { "rms:none", "rMs:pass" }, "fail message 2 0 header" },
		{ { "rmS:none", "rms:pass" }, "fail seal 1 1 header" },
		{ { "rmS:none", "rmS:pass" }, "fail seal 2 1 header" },
		{ { "rms:pass" }, "fail cv 1 0 pass" },
		{ { "rms:none", "rms:none" }, "fail cv 2 0 pass" },
		{ { "rms:fail", "rms:pass" }, "fail cv 1 0 pass" },
		{ { "rms:none", "rms:fail" }, "fail closed 2 0 pass" },
		{ { "rms:none", ":", "rms:pass" }, "fail sets 2 0 pass" },
		{ { ":", "rms:pass" }, "fail sets 1 0 pass" },
		{ { "ms:none" }, "fail sets 1 0 pass" },
		{ { "rs:none" }, "fail sets 1 0 pass" },
		{ { "rm:none" }, "fail sets 1 0 pass" },
		{ { "rrms:none" }, "fail sets 1 0 pass" },
		{ { "rmss:none" }, "fail sets 1 0 pass" },
		{ { "rm?s:none" }, "unknown message 1 0 no_answer" },
		{ { "rms?:none", "rms:pass" }, "unknown seal 1 1 no_answer" },
		/* What is not known does not hide what is. */
		{ { "rmS:none", "rm?s:pass" }, "fail seal 1 0 header" },
		{ { "rms?:none", "rmS:pass" }, "fail seal 2 1 header" },
	};
	struct buf out = { 0 };
	const char *sets[3];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (n = 0; n < 3 && rows[i].sets[n] != NULL; n++)
			sets[n] = rows[i].sets[n];
		assert_string_equal(
		    judge(sets, n, false, &out), rows[i].verdict);
	}
	/* There may be more than was told. */
	sets[0] = "rm:none";
	assert_string_equal(
	    judge(sets, 1, true, &out), "unknown sets 1 0 pass");
	buf_done(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_signatures_of_rfc_8463_are_good),
		cmocka_unit_test(what_was_changed_is_told),
		cmocka_unit_test(a_key_decides_what_a_signature_is_worth),
		cmocka_unit_test(a_strict_key_forbids_subdomains_in_i),
		cmocka_unit_test(time_is_judged_last),
		cmocka_unit_test(facts_that_do_not_fit_together_are_malformed),
		cmocka_unit_test(of_one_that_is_only_named_the_key_is_judged),
		cmocka_unit_test(a_name_of_any_script_is_asked_for_in_a_labels),
		cmocka_unit_test(an_absurd_key_is_not_computed_with),
		cmocka_unit_test(a_chain_is_validated_in_the_order_of_rfc_8617),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
