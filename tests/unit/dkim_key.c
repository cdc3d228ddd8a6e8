/* SPDX-License-Identifier: BSD-2-Clause */
/* dkim_key: what verifiers make of a public key in DNS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <nettle/base64.h>

#include "base/buf.h"
#include "dns/dkim_key.h"
#include "dns_zone.h"

/* Made by openssl(1); the private halves are gone. */
#define RSA1024 \
	"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQD999mKm1dC2ocMsqmDddVDG9MjPAeo" \
	"6bzjZXmPEGj6G0eroJjD55PfLcp3kySz+KztghUuPJurSbXYgc6NTWbvvizAJQdKVzaY" \
	"DRy4m9r9NAbEJDu/2R0lv/OwrLEF0o9kSXEc9AXgAfP7Ws5AvPiu2tvhI6oNZY27Tqas" \
	"W59XgwIDAQAB"
#define BARE1024 \
	"MIGJAoGBAP332YqbV0LahwyyqYN11UMb0yM8B6jpvONleY8QaPobR6ugmMPnk98tyneT" \
	"JLP4rO2CFS48m6tJtdiBzo1NZu++LMAlB0pXNpgNHLib2v00BsQkO7/ZHSW/87CssQXS" \
	"j2RJcRz0BeAB8/tazkC8+K7a2+Ejqg1ljbtOpqxbn1eDAgMBAAE"
#define RSA2048 \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArb8lM6bN4RwzT6nlVTVoOi5A" \
	"PRV7UBIAGAesvoP79wOrDDbMCtS01VdrHqVhUCzVDFKWdLfcgKlycT10t0eJftLtj7aq" \
	"//ggEM+qQVCC1Ja+8LggvcGEATSpi0uaQ5HF031iVRofSIIM7A8f0JIW5hSol7cTw/jz" \
	"5G7xHFCljrSCs6Up5mWM4deZ53Gpb5rgUN7bl71rGd/1Z9qC0mZitUDJtrxNN/NKLfgk" \
	"DpQ/MzXCZYOfOYFfR86IDb44qoBP7zXlCTDgBjwtR4dVnvOQpUsjW6zaKxOkZDXShOsa" \
	"3wO7G9TYkj+EI3RG525zjZtCP+S6W8Qu+uP7dDihKD/WDwIDAQAB"
#define ED25519 "n1U3ursuOuoSUOUrvm3vGCOE1D4F+CxscPuQQgWMyHU="
#define ED25519_DER \
	"MCowBQYDK2VwAyEAn1U3ursuOuoSUOUrvm3vGCOE1D4F+CxscPuQQgWMyHU="
#define EC256 \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQ4FoHfY6D/DGYRCmVIRs47uT5uauJMtj" \
	"ImfwxIoCE7xv+H2f1TfxuHhr+sBQS6wbW5vjNq1Ffzt42Xi3kWEdkw=="

struct row {
	const char *text;
	const char *reading; /* "usable" or not, word of k=, bits, faults */
};

static const char *
describe(const struct dkim_key *key, struct buf *out)
{
	unsigned int i;

	out->len = 0;
	buf_printf(out, "%s %s %u", key->is_usable ? "usable" : "useless",
	    key->type_word, key->bits);
	for (i = 0; i < DKIM_FAULTS; i++)
		if ((key->faults & DKIM_BIT(i)) != 0)
			buf_printf(out, " %s", dkim_fault_words[i]);
	return buf_str(out);
}

static void
check_rows(const struct row *row, bool is_key)
{
	struct arena arena = { 0 };
	struct buf out = { 0 };
	struct dkim_key key;

	for (; row->text != NULL; row++) {
		dkim_key_parse(row->text, &arena, &key);
		if (strcmp(describe(&key, &out), row->reading) != 0 ||
		    key.is_key != is_key)
			fail_msg("%s: %s", row->text, buf_str(&out));
	}
	buf_done(&out);
	arena_done(&arena);
}

static void
keys_of_openssl_are_read(void **state)
{
	static const struct row rows[] = {
		{ "v=DKIM1; k=rsa; p=" RSA2048, "usable rsa 2048" },
		{ "v=DKIM1; p=" RSA2048, "usable rsa 2048" },
		{ "p=" RSA2048, "usable rsa 2048" },
		{ "k=rsa;p=" RSA2048 ";", "usable rsa 2048" },
		{ " v = DKIM1 ; k = RSA ; p = " RSA2048, "usable RSA 2048" },
		{ "v=DKIM1;\tp=" RSA1024, "usable rsa 1024 short" },
		{ "v=DKIM1; p=" BARE1024 "=", "usable rsa 1024 short bare" },
		{ "v=DKIM1; p=" BARE1024,
		    "usable rsa 1024 padding short bare" },
		{ "v=DKIM1; k=ed25519; p=" ED25519, "usable ed25519 256" },
		{ "v=DKIM1; k=ed25519; p=" ED25519_DER,
		    "useless ed25519 0 ed25519" },
		{ "v=DKIM1; k=ed25519; p=" RSA2048,
		    "useless ed25519 0 ed25519" },
		{ "v=DKIM1; p=" ED25519, "useless rsa 0 not_rsa" },
		{ "v=DKIM1; p=" ED25519_DER, "useless rsa 0 der" },
		{ "v=DKIM1; p=" EC256, "useless rsa 0 der" },
		{ "v=DKIM1; k=ecdsa256; p=" EC256, "useless ecdsa256 0 type" },
		{ NULL, NULL },
	};

	(void)state;
	check_rows(rows, true);
}

static void
tags_say_what_a_key_is_good_for(void **state)
{
	static const struct row rows[] = {
		{ "v=DKIM1; h=sha256; p=" RSA2048, "usable rsa 2048" },
		{ "v=DKIM1; h=sha1:sha256; p=" RSA2048, "usable rsa 2048" },
		{ "v=DKIM1; h= sha1 : SHA256 ; p=" RSA2048, "usable rsa 2048" },
		{ "v=DKIM1; h=sha1; p=" RSA2048, "useless rsa 2048 only_sha1" },
		{ "v=DKIM1; h=sha2560; p=" RSA2048,
		    "useless rsa 2048 only_sha1" },
		{ "v=DKIM1; h=; p=" RSA2048, "usable rsa 2048" },
		{ "v=DKIM1; s=email; p=" RSA2048, "usable rsa 2048" },
		{ "v=DKIM1; s=*; p=" RSA2048, "usable rsa 2048" },
		{ "v=DKIM1; s=tlsrpt:email; p=" RSA2048, "usable rsa 2048" },
		{ "v=DKIM1; s=tlsrpt; p=" RSA2048,
		    "useless rsa 2048 not_email" },
		{ "v=DKIM1; t=y; p=" RSA2048, "usable rsa 2048 testing" },
		{ "v=DKIM1; t=y:s; p=" RSA2048,
		    "usable rsa 2048 testing strict" },
		{ "v=DKIM1; t=; p=" RSA2048, "usable rsa 2048" },
		{ "v=DKIM1; t=x; p=" RSA2048, "usable rsa 2048" },
		{ "v=DKIM1; g=*; p=" RSA2048, "usable rsa 2048 g_tag" },
		{ "v=DKIM1; n=see k=x, t=y; p=" RSA2048, "usable rsa 2048" },
		{ "v=DKIM1; x=1; p=" RSA2048, "usable rsa 2048" },
		{ NULL, NULL },
	};

	(void)state;
	check_rows(rows, true);
}

static void
broken_keys_are_useless_for_a_reason(void **state)
{
	static const struct row rows[] = {
		{ "v=DKIM1; p=", "useless rsa 0 revoked" },
		{ "v=DKIM1; p= ;", "useless rsa 0 revoked" },
		{ "p=", "useless rsa 0 revoked" },
		{ "v=DKIM1", "useless rsa 0 no_p" },
		{ "v=DKIM1; k=rsa", "useless rsa 0 no_p" },
		{ "v=DKIM1; P=" RSA2048, "useless rsa 0 no_p" },
		{ "v=DKIM1; p=" RSA2048 "; p=" RSA1024,
		    "useless rsa 2048 twice" },
		{ "v=DKIM1; p=" RSA2048 "; junk", "useless rsa 2048 bad_tag" },
		{ "v=DKIM1; 1=2; p=" RSA2048, "useless rsa 2048 bad_tag" },
		{ "v=DKIM1;; p=" RSA2048, "usable rsa 2048" },
		{ "v=DKIM2; p=" RSA2048, "useless rsa 2048 version" },
		{ "v=dkim1; p=" RSA2048, "useless rsa 2048 version" },
		{ "V=DKIM1; p=" RSA2048, "usable rsa 2048" },
		{ "p=" RSA2048 "; v=DKIM1", "usable rsa 2048 not_first" },
		{ "p=" RSA2048 "; v=DKIM2", "useless rsa 2048 version" },
		{ "v=DKIM1 k=rsa; p=" RSA2048, "useless rsa 2048 version" },
		{ "v=DKIM1; p=-----BEGIN PUBLIC KEY-----" RSA2048,
		    "useless rsa 0 base64" },
		{ "v=DKIM1; p=" RSA2048 "\"", "useless rsa 0 base64" },
		{ "v=DKIM1; p=A", "useless rsa 0 base64" },
		{ "v=DKIM1; p==", "useless rsa 0 base64" },
		{ "v=DKIM1; p=AAAA=", "useless rsa 0 base64" },
		{ "v=DKIM1; p=AAAA", "useless rsa 0 der" },
		{ "v=DKIM1; p=\xc3\xa4" RSA2048, "useless rsa 0 base64" },
		{ "v=DKIM1; p=" RSA2048 "AAAA", "usable rsa 2048 trailing" },
		{ NULL, NULL },
	};

	(void)state;
	check_rows(rows, true);
}

static void
other_records_are_no_keys(void **state)
{
	static const struct row rows[] = {
		{ "", "useless rsa 0 no_p version" },
		{ "v=spf1 -all", "useless rsa 0 no_p version" },
		{ "hello", "useless rsa 0 no_p version" },
		{ "k=rsa; t=y", "useless rsa 0 no_p testing" },
		{ NULL, NULL },
	};

	(void)state;
	check_rows(rows, false);
}

static void
what_is_told_of_a_key_is_there(void **state)
{
	struct arena arena = { 0 };
	struct dkim_key one, two;
	struct buf text = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < DKIM_FAULTS; i++)
		assert_non_null(dkim_fault_words[i]);
	assert_null(dkim_fault_words[i]);
	dkim_key_parse(
	    "v=DKIM1; h=sha256; s=email; t=y; n=a note; q=1; p= " RSA2048,
	    &arena, &one);
	assert_string_equal(one.hashes, "sha256");
	assert_string_equal(one.services, "email");
	assert_string_equal(one.flags, "y");
	assert_string_equal(one.notes, "a note");
	assert_int_equal(one.type, DKIM_RSA);
	assert_int_equal(one.nproblems, 1);
	assert_int_equal(one.problems[0].fault, TAG_UNKNOWN);
	/* The same key, whatever the space in it. */
	buf_add_str(&text, "p=");
	for (i = 0; i < strlen(RSA2048); i++)
		buf_printf(&text, "%c ", RSA2048[i]);
	dkim_key_parse(buf_str(&text), &arena, &two);
	assert_true(two.is_usable);
	assert_int_equal(two.bits, 2048);
	assert_int_equal(one.size, two.size);
	assert_memory_equal(one.digest, two.digest, sizeof(one.digest));
	dkim_key_parse("p=" RSA1024, &arena, &two);
	assert_memory_not_equal(one.digest, two.digest, sizeof(one.digest));
	buf_done(&text);
	arena_done(&arena);
}

/* --- keys made of bytes --------------------------------------------------- */

/* One object of DER: a tag, the length of what is in it, and that. */
static void
add_der(struct buf *out, uint8_t tag, const struct buf *in)
{
	buf_add_char(out, (char)tag);
	if (in->len >= 128)
		buf_add_char(out, (char)(in->len < 256 ? 0x81 : 0x82));
	if (in->len >= 256)
		buf_add_char(out, (char)(in->len >> 8));
	buf_add_char(out, (char)in->len);
	buf_add(out, in->at, in->len);
}

/* A positive number of so many bits, all ones. */
static void
add_number(struct buf *out, size_t bits)
{
	struct buf n = { 0 };

	if (bits % 8 == 0)
		buf_add_char(&n, 0);
	else
		buf_add_char(&n, (char)((1U << bits % 8) - 1));
	while (n.len <= bits / 8)
		buf_add_char(&n, (char)0xff);
	add_der(out, 2, &n);
	buf_done(&n);
}

static void
parse_der(const struct buf *der, struct arena *arena, struct dkim_key *key)
{
	char *text = arena_alloc(arena, BASE64_ENCODE_RAW_LENGTH(der->len) + 3);

	memcpy(text, "p=", 3);
	base64_encode_raw(text + 2, der->len, (const uint8_t *)der->at);
	text[2 + BASE64_ENCODE_RAW_LENGTH(der->len)] = '\0';
	dkim_key_parse(text, arena, key);
}

/*
 * The DER of RSAPublicKey, with numbers of so many bits (0: the number 0); with
 * is_private a 0 comes first, as in a private key.
 */
static void
make_rsa(struct buf *out, size_t bits, size_t exponent, bool is_private)
{
	struct buf in = { 0 };

	out->len = 0;
	if (is_private)
		buf_add(&in, "\x02\x01\x00", 3);
	add_number(&in, bits);
	add_number(&in, exponent);
	add_der(out, 0x30, &in);
	buf_done(&in);
}

static void
bits_are_counted_and_limits_held(void **state)
{
	static const struct {
		size_t bits;
		const char *reading;
	} rows[] = {
		{ 1, "useless rsa 1 too_short bare" },
		{ 512, "useless rsa 512 too_short bare" },
		{ 1023, "useless rsa 1023 too_short bare" },
		{ 1024, "usable rsa 1024 short bare" },
		{ 2047, "usable rsa 2047 short bare" },
		{ 2048, "usable rsa 2048 bare" },
		{ 3072, "usable rsa 3072 bare" },
		{ 4096, "usable rsa 4096 bare" },
		{ 4097, "usable rsa 4097 long bare" },
		{ 16384, "usable rsa 16384 long bare" },
	};
	struct arena arena = { 0 };
	struct buf der = { 0 }, out = { 0 };
	struct dkim_key key;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		make_rsa(&der, rows[i].bits, 17, false);
		parse_der(&der, &arena, &key);
		if (strcmp(describe(&key, &out), rows[i].reading) != 0)
			fail_msg("%zu: %s", rows[i].bits, buf_str(&out));
	}
	make_rsa(&der, 2048, 17, true);
	parse_der(&der, &arena, &key);
	assert_string_equal(describe(&key, &out), "useless rsa 0 private");
	make_rsa(&der, 2048, 0, false);
	parse_der(&der, &arena, &key);
	assert_string_equal(describe(&key, &out), "useless rsa 0 der");
	buf_done(&der);
	buf_done(&out);
	arena_done(&arena);
}

/* Every key that is cut, or has a byte changed, is read without harm. */
static void
damaged_keys_are_read_to_their_end(void **state)
{
	struct base64_decode_ctx ctx;
	uint8_t bytes[BASE64_DECODE_LENGTH(sizeof(RSA2048))];
	struct buf der = { .at = (char *)bytes };
	struct arena arena = { 0 };
	struct dkim_key key;
	size_t n, i;

	(void)state;
	base64_decode_init(&ctx);
	assert_int_equal(
	    base64_decode_update(&ctx, &n, bytes, strlen(RSA2048), RSA2048), 1);
	for (der.len = 1; der.len < n; der.len++) {
		parse_der(&der, &arena, &key);
		assert_false(key.is_usable);
		assert_int_equal(key.bits, 0);
		arena_reset(&arena);
	}
	der.len = n;
	for (i = 0; i < 8 * n; i++) {
		bytes[i / 8] ^= (uint8_t)(1U << i % 8);
		parse_der(&der, &arena, &key);
		assert_true(key.is_usable == (key.bits >= 1024));
		/* The byte of zero before the modulus is of it now. */
		assert_true(key.bits <= 2048 + 7);
		bytes[i / 8] ^= (uint8_t)(1U << i % 8);
		arena_reset(&arena);
	}
	parse_der(&der, &arena, &key);
	assert_int_equal(key.bits, 2048);
	arena_done(&arena);
}

static void
a_selector_has_one_key_or_none_to_rely_on(void **state)
{
	static const struct zone_row rows[] = {
		{ "one._domainkey.example.org", DNS_TXT, "p=" RSA2048 },
		{ "one._domainkey.example.org", DNS_TXT, "hello" },
		{ "two._domainkey.example.org", DNS_TXT, "p=" RSA2048 },
		{ "two._domainkey.example.org", DNS_TXT, "p=" RSA1024 },
		{ "far._domainkey.example.org", DNS_CNAME, "far.mail.example" },
		{ "far.mail.example", DNS_TXT, "p=" RSA2048 },
		{ "bad._domainkey.example.org", DNS_TXT, NULL },
		{ "a.b._domainkey.example.org", DNS_TXT, "p=" },
		{ NULL, 0, NULL },
	};
	struct zone zone = { .rows = rows };
	struct dns_source source = { zone_ask, &zone };
	struct arena arena = { 0 };
	struct dkim_find f;
	char long_name[300] = { 0 };

	(void)state;
	dkim_key_find(&source, "One", "Example.ORG.", &arena, &f);
	assert_string_equal(f.name, "one._domainkey.example.org");
	assert_true(f.n == 2 && f.nkeys == 1 && f.key->is_usable);
	dkim_key_find(&source, "two", "example.org", &arena, &f);
	assert_true(f.n == 2 && f.nkeys == 2 && f.key == NULL);
	assert_int_equal(f.keys[0].bits, 1024);
	dkim_key_find(&source, "far", "example.org", &arena, &f);
	assert_true(f.key->is_usable);
	assert_string_equal(f.answer->canonical, "far.mail.example");
	dkim_key_find(&source, "bad", "example.org", &arena, &f);
	assert_int_equal(f.answer->status, DNS_FAILED);
	assert_true(f.n == 0 && f.key == NULL);
	dkim_key_find(&source, "none", "example.org", &arena, &f);
	assert_int_equal(f.answer->status, DNS_NO_NAME);
	dkim_key_find(&source, "b", "example.org", &arena, &f);
	assert_int_equal(f.answer->status, DNS_NONE);
	dkim_key_find(&source, "a.b", "example.org", &arena, &f);
	assert_true((f.key->faults & DKIM_BIT(DKIM_REVOKED)) != 0);

	zone.nasked = 0;
	dkim_key_find(&source, "a b", "example.org", &arena, &f);
	assert_true(f.name == NULL && f.answer == NULL && f.n == 0);
	memset(long_name, 'a', 250);
	dkim_key_find(&source, long_name, "example.org", &arena, &f);
	assert_null(f.name);
	dkim_key_find(&source, "", "", &arena, &f);
	assert_null(f.name);
	assert_int_equal(zone.nasked, 0);
	arena_done(&zone.arena);
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_openssl_are_read),
		cmocka_unit_test(tags_say_what_a_key_is_good_for),
		cmocka_unit_test(broken_keys_are_useless_for_a_reason),
		cmocka_unit_test(other_records_are_no_keys),
		cmocka_unit_test(what_is_told_of_a_key_is_there),
		cmocka_unit_test(bits_are_counted_and_limits_held),
		cmocka_unit_test(damaged_keys_are_read_to_their_end),
		cmocka_unit_test(a_selector_has_one_key_or_none_to_rely_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
