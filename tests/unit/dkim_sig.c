/* SPDX-License-Identifier: BSD-2-Clause */
/* dkim_sig: fields of DKIM and ARC, and the hashes that need no key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "parse/dkim_sig.h"

#define BH "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" /* of "" */
#define TAGS "v=1; a=rsa-sha256; c=relaxed/relaxed; d=A.example; s=S1; " BH
#define GOOD TAGS "; h=From; b=AAAA"
#define AMS "i=1; a=rsa-sha256; d=a.example; s=s1; h=from; " BH "; b=AAAA"
#define SEAL "i=1; a=rsa-sha256; d=a.example; s=s1; cv=none; b=AAAA"

struct fixture {
	struct dkim_message message;
	struct arena arena;
	struct buf text;
	struct explain_signature s;
};

static void
done(struct fixture *f)
{
	dkim_message_done(&f->message);
	arena_done(&f->arena);
	buf_done(&f->text);
}

/* Read the n-th signature of a message. */
static const struct explain_signature *
read_one(struct fixture *f, const char *text, size_t n)
{
	const struct dkim_field *field;
	size_t i;

	done(f);
	*f = (struct fixture) { .s.place.position = 7 };
	buf_add_str(&f->text, text);
	dkim_message_init(&f->message, buf_str(&f->text), f->text.len, NULL);
	field = f->message.fields.at;
	for (i = 0; i < f->message.fields.n; i++)
		if (dkim_sig_kind(&field[i].field) != NULL && n-- == 0)
			break;
	assert_true(i < f->message.fields.n);
	dkim_sig_read(&f->message, &field[i].field, &f->arena, &f->s);
	assert_int_equal(f->s.place.position, 7);
	return &f->s;
}

static const struct explain_signature *
read_field(struct fixture *f, const char *name, const char *value)
{
	struct buf text = { 0 };
	const struct explain_signature *s;

	buf_printf(&text, "%s: %s\r\nFrom: a@b.example\r\n\r\n", name, value);
	s = read_one(f, buf_str(&text), 0);
	buf_done(&text);
	return s;
}

static void
assert_text(const char *found, const char *expected)
{
	if (expected == NULL)
		assert_null(found);
	else
		assert_string_equal(found != NULL ? found : "(null)", expected);
}

/* That the header hash is that of a text. */
static void
assert_header(const struct explain_signature *s, const char *text)
{
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX];

	sha256_hash(text, strlen(text), digest);
	assert_text(s->hash.header, sha256_hex(digest, hex));
}

static void
tags_are_told_as_they_are(void **state)
{
	struct fixture f = { 0 };
	const struct explain_signature *s;

	(void)state;
	s = read_field(&f, "dkim-signature",
	    "v=1; a=RSA-sha256;\r\n\tc=Relaxed ; d=A.example; s=S1 ;\r\n"
	    " i=U\xc3\xbc@sub.a.example; t=12; x=99999999999999999999; l=0;\r\n"
	    " h=From :\r\n To;" BH ";\r\n b=AA\r\n AA ;");
	assert_text(s->fault, NULL);
	assert_text(s->kind, "dkim");
	assert_text(s->a, "rsa-sha256");
	assert_text(s->c, "relaxed");
	assert_text(s->d, "a.example");
	assert_text(s->s, "s1");
	assert_text(s->i, "U\xc3\xbc@sub.a.example");
	assert_text(s->h, "from:to");
	assert_text(s->b, "AAAA");
	assert_text(s->cv, NULL);
	assert_int_equal(s->t, 12);
	assert_int_equal(s->x, (int64_t)1 << 53);
	assert_int_equal(s->l, 0);
	assert_int_equal(s->instance, 0);
	s = read_field(
	    &f, "ARC-Seal", "i=1; cv=None; a=rsa-sha256; d=d; s=s; b=AAAA");
	assert_text(s->fault, NULL);
	assert_text(s->kind, "seal");
	assert_text(s->cv, "none");
	assert_int_equal(s->instance, 1);
	assert_int_equal(s->t, -1);
	assert_int_equal(s->l, -1);
	done(&f);
}

static void
each_fault_is_named(void **state)
{
	static const struct {
		const char *name, *value, *fault;
	} rows[] = {
		{ "DKIM-Signature", GOOD, NULL },
		{ "DKIM-Signature", GOOD ";", NULL },
		{ "DKIM-Signature", GOOD "; \r\n ", NULL },
		{ "DKIM-Signature", GOOD "; unknown=1", NULL },
		{ "DKIM-Signature", "", "its v= is missing" },
		{ "DKIM-Signature", GOOD ";;x=1",
		    "its list of tags has something that is not NAME=VALUE" },
		{ "DKIM-Signature", GOOD "; x",
		    "its list of tags has something that is not NAME=VALUE" },
		{ "DKIM-Signature", GOOD "; 1=2",
		    "the name of one of its tags is not a word" },
		{ "DKIM-Signature", GOOD "; a=rsa-sha256",
		    "one of its tags is there twice" },
		{ "DKIM-Signature", TAGS "; h=From; B=AAAA",
		    "its b= is missing" },
		{ "DKIM-Signature", TAGS "; h=From; b=", "its b= is missing" },
		{ "DKIM-Signature", TAGS "; b=AAAA", "its h= is missing" },
		{ "DKIM-Signature", "v=1; h=from; b=AAAA; " BH,
		    "its a= is missing" },
		{ "DKIM-Signature", "v=2; a=a; d=d; s=s; h=from; b=AA==;" BH,
		    "its version, v=, is not 1" },
		{ "DKIM-Signature", GOOD "; i=@b.example",
		    "its i= is not of the domain in d=" },
		{ "DKIM-Signature", GOOD "; i=@xa.example",
		    "its i= is not of the domain in d=" },
		{ "DKIM-Signature", GOOD "; i=a.example",
		    "its i= is not of the domain in d=" },
		{ "DKIM-Signature", GOOD "; i=u@A.EXAMPLE", NULL },
		{ "DKIM-Signature", GOOD "; i=@b.a.example", NULL },
		{ "DKIM-Signature", GOOD "; q=dns",
		    "its key is not in DNS, by q=" },
		{ "DKIM-Signature", GOOD "; q=x:dns/txt", NULL },
		{ "DKIM-Signature", GOOD "; t=-1", "its t= is not a number" },
		{ "DKIM-Signature", GOOD "; x=", "its x= is not a number" },
		{ "DKIM-Signature", GOOD "; l=0x1", "its l= is not a number" },
		{ "DKIM-Signature", GOOD "; t=2; x=2",
		    "it expires, x=, before it was made, t=" },
		{ "DKIM-Signature", GOOD "; t=2; x=3", NULL },
		{ "DKIM-Signature",
		    "v=1; a=rsa-md5; d=d; s=s; h=from; b=AAAA;" BH,
		    "its algorithm, a=, is unknown" },
		{ "DKIM-Signature",
		    "v=1; a=rsa-sha256; c=relaxed/nowsp; d=d; "
		    "s=s; h=from; b=AAAA;" BH,
		    "its canonicalization, c=, is unknown" },
		{ "DKIM-Signature", TAGS "; h=from; b=A",
		    "its b= or bh= is not base64" },
		{ "DKIM-Signature", TAGS "; h=from; b=AA-A",
		    "its b= or bh= is not base64" },
		{ "DKIM-Signature", TAGS "; h=to:xfrom:fro; b=AAAA",
		    "its h= does not have From, which must be signed" },
		{ "DKIM-Signature", GOOD "; l=1",
		    "its l= counts more bytes than the body has" },
		{ "ARC-Message-Signature", AMS, NULL },
		{ "ARC-Message-Signature", AMS "; v=2", NULL },
		{ "ARC-Message-Signature",
		    "i=51; a=rsa-sha256; d=d; s=s; "
		    "h=from; b=AAAA; " BH,
		    "its i= is not from 1 to 50" },
		{ "ARC-Message-Signature",
		    "i=0; a=rsa-sha256; d=d; s=s; "
		    "h=from; b=AAAA; " BH,
		    "its i= is not from 1 to 50" },
		{ "ARC-Message-Signature",
		    "a=rsa-sha256; d=d; s=s; h=from; "
		    "b=AAAA; " BH,
		    "its i= is missing" },
		{ "ARC-Message-Signature",
		    "i=1; a=rsa-sha256; d=d; s=s; "
		    "h=from:ARC-Seal; b=AAAA; " BH,
		    "its h= has ARC-Seal, which it must not sign" },
		{ "ARC-Seal", SEAL, NULL },
		{ "ARC-Seal", SEAL "; h=from", "a seal must not have h=" },
		{ "ARC-Seal", "i=1; a=rsa-sha256; d=d; s=s; cv=ok; b=AAAA",
		    "its cv= is neither none nor pass nor fail" },
		{ "ARC-Seal", "i=1; a=rsa-sha256; d=d; s=s; b=AAAA",
		    "its cv= is missing" },
	};
	struct fixture f = { 0 };
	const struct explain_signature *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		s = read_field(&f, rows[i].name, rows[i].value);
		assert_text(s->fault, rows[i].fault);
		if (s->fault != NULL && s->l < 0) {
			assert_null(s->hash.header);
			assert_text(s->hash.problem, "it is not well-formed");
		}
	}
	done(&f);
}

static void
the_lowest_of_one_name_is_signed_first(void **state)
{
	static const char header[] =
	    "X: 1\r\nDKIM-Signature: " TAGS "; h=%s; b=AAAA\r\n"
	    "From: a\r\nX: 2\r\nX.Y : 4\r\nx :3\r\n\r\n";
	static const struct {
		const char *h, *text;
	} rows[] = {
		{ "from", "from:a\r\n" },
		{ "FROM:x", "from:a\r\nx:3\r\n" },
		{ "x:from:x", "x:3\r\nfrom:a\r\nx:2\r\n" },
		{ "x:x:x:x:from", "x:3\r\nx:2\r\nx:1\r\nfrom:a\r\n" },
		{ "from:from:none:to", "from:a\r\n" },
		{ "from::x.y", "from:a\r\nx.y:4\r\n" },
		/* Itself it never signs so. */
		{ "dkim-signature:from", "from:a\r\n" },
	};
	struct buf text = { 0 }, expected = { 0 };
	struct fixture f = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		text.len = expected.len = 0;
		buf_printf(&text, header, rows[i].h);
		buf_printf(&expected,
		    "%sdkim-signature:" TAGS "; h=%s; b=", rows[i].text,
		    rows[i].h);
		assert_header(
		    read_one(&f, buf_str(&text), 0), buf_str(&expected));
		assert_text(f.s.hash.body, "match");
		assert_text(f.s.hash.problem, NULL);
	}
	buf_done(&text);
	buf_done(&expected);
	done(&f);
}

static void
a_signature_signs_itself_without_what_b_is(void **state)
{
	struct fixture f = { 0 };

	(void)state;
	assert_header(read_field(&f, "DKIM-Signature",
	                  "v=1;a=rsa-sha256; b = AA\r\n AA ; d=d; s=s;\r\n"
	                  " h=from;" BH "; z= "),
	    "From: a@b.example\r\nDKIM-Signature: v=1;a=rsa-sha256; b =; d=d; "
	    "s=s;\r\n h=from;" BH "; z= ");
	assert_header(read_field(&f, "DKIM-signature",
	                  "v=1;a=rsa-sha256;c=relaxed; b = AA\r\n AA; d=d;\r\n"
	                  "\ts=s; h=from;" BH "; z= "),
	    "from:a@b.example\r\ndkim-signature:v=1;a=rsa-sha256;c=relaxed; "
	    "b =; d=d; s=s; h=from;" BH "; z=");
	done(&f);
}

static void
what_cannot_be_told_is_not_told(void **state)
{
	static const char sig[] = "DKIM-Signature: " GOOD "\r\nFrom: a\r\n";
	struct fixture f = { 0 };
	struct buf text = { 0 };
	const struct explain_signature *s;
	int i;

	(void)state;
	s = read_one(&f, sig, 0);
	assert_non_null(s->hash.header);
	assert_null(s->hash.body);
	assert_text(s->hash.problem, "there is no body, only a header");
	/* Another hash than that of nothing, and nothing after the header. */
	s = read_one(&f,
	    "DKIM-Signature: v=1; a=rsa-sha256; d=d; s=s; h=from; bh=AAAA; "
	    "b=AAAA\r\nFrom: a\r\n\r\n",
	    0);
	assert_null(s->hash.body);
	assert_text(
	    s->hash.problem, "the body is empty, or only the header is here");
	buf_printf(&text, "%snot a field\r\n\r\n", sig);
	s = read_one(&f, buf_str(&text), 0);
	assert_null(s->hash.header);
	assert_text(
	    s->hash.problem, "the header has a line that is not a field");
	text.len = 0;
	buf_add_str(&text, sig);
	for (i = 0; i < LIMIT_EXPLAIN_FIELDS; i++)
		buf_add_str(&text, "a:\r\n");
	s = read_one(&f, buf_str(&text), 0);
	assert_null(s->hash.header);
	assert_text(s->hash.problem, "the header is too long");
	buf_done(&text);
	done(&f);
}

static void
only_so_many_bodies_are_hashed(void **state)
{
	struct fixture f = { 0 };
	struct buf text = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < DKIM_BODIES + 2; i++)
		buf_printf(&text, "DKIM-Signature: " GOOD "; l=%zu\r\n", i);
	buf_printf(&text, "DKIM-Signature: " GOOD "; l=0\r\nFrom: a\r\n\r\n");
	for (i = 0; i < 50; i++)
		buf_add_str(&text, "x\r\n");
	read_one(&f, buf_str(&text), 0);
	for (i = 0; i < f.message.fields.n - 1; i++) {
		dkim_sig_read(&f.message,
		    &((struct dkim_field *)f.message.fields.at)[i].field,
		    &f.arena, &f.s);
		if (i < DKIM_BODIES || i == DKIM_BODIES + 2)
			assert_text(
			    f.s.hash.body, f.s.l == 0 ? "match" : "mismatch");
		else
			assert_text(
			    f.s.hash.problem, "there are too many signatures");
	}
	buf_done(&text);
	done(&f);
}

static void
line_ends_of_a_file_are_told_and_change_nothing(void **state)
{
	struct fixture f = { 0 };
	char hash[SHA256_HEX];
	const struct explain_signature *s;

	(void)state;
	s = read_one(&f,
	    "From x@y Tue Nov 14\r\nDKIM-Signature: " GOOD "\r\n"
	    "From: a\r\n b\r\n\r\n\r\n",
	    0);
	assert_false(s->hash.was_lf);
	assert_text(s->hash.body, "match");
	memcpy(hash, s->hash.header, sizeof(hash));
	s = read_one(&f,
	    "From x@y Tue Nov 14\nDKIM-Signature: " GOOD "\n"
	    "From: a\n b\n\n\n",
	    0);
	assert_true(s->hash.was_lf);
	assert_text(s->hash.body, "match");
	assert_text(s->hash.header, hash);
	done(&f);
}

#define SET(i, cv) \
	"ARC-Seal: i=" #i "; a=rsa-sha256; d=d; s=s; cv=" cv "; b=AAAA\r\n" \
	"ARC-Message-Signature: i=" #i "; m\r\n" \
	"ARC-Authentication-Results: i=" #i "; r\r\n"
#define SIGNED(i, cv, b) \
	"arc-authentication-results:i=" #i "; r\r\n" \
	"arc-message-signature:i=" #i "; m\r\n" \
	"arc-seal:i=" #i "; a=rsa-sha256; d=d; s=s; cv=" cv "; b=" b

static void
a_seal_signs_all_sets_up_to_its_own(void **state)
{
	static const char message[] = SET(2, "pass") SET(1, "none") "\r\n";
	static const char turned[] = SET(1, "none") SET(2, "pass") "\r\n";
	struct fixture f = { 0 };

	(void)state;
	assert_header(read_one(&f, message, 0),
	    SIGNED(1, "none", "AAAA\r\n") SIGNED(2, "pass", ""));
	assert_null(f.s.hash.body);
	assert_text(f.s.hash.problem, NULL);
	assert_header(read_one(&f, message, 2), SIGNED(1, "none", ""));
	/* Whatever the order in which they are in the message. */
	assert_header(read_one(&f, turned, 2),
	    SIGNED(1, "none", "AAAA\r\n") SIGNED(2, "pass", ""));
	/* RFC 8617, 5.1.2: one that says fail signs only its own. */
	assert_header(read_one(&f, SET(2, "fail") SET(1, "none") "\r\n", 0),
	    SIGNED(2, "fail", ""));
	done(&f);
}

static void
a_seal_of_an_incomplete_chain_is_not_hashed(void **state)
{
	static const char *const messages[] = {
		SET(2, "pass") "\r\n",
		SET(2, "pass") SET(1, "none") SET(1, "none") "\r\n",
		SET(2, "pass") "ARC-Seal: " SEAL "\r\n\r\n",
	};
	struct fixture f = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(messages) / sizeof(*messages); i++) {
		assert_null(read_one(&f, messages[i], 0)->hash.header);
		assert_text(
		    f.s.hash.problem, "a set that it seals is not complete");
	}
	done(&f);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_are_told_as_they_are),
		cmocka_unit_test(each_fault_is_named),
		cmocka_unit_test(the_lowest_of_one_name_is_signed_first),
		cmocka_unit_test(a_signature_signs_itself_without_what_b_is),
		cmocka_unit_test(what_cannot_be_told_is_not_told),
		cmocka_unit_test(only_so_many_bodies_are_hashed),
		cmocka_unit_test(
		    line_ends_of_a_file_are_told_and_change_nothing),
		cmocka_unit_test(a_seal_signs_all_sets_up_to_its_own),
		cmocka_unit_test(a_seal_of_an_incomplete_chain_is_not_hashed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
