/* SPDX-License-Identifier: BSD-2-Clause */
/* wire: what the writer writes is what the reader accepts, nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "report/wire.h"

static const char record_line[] =
    "{\"type\":\"record\",\"source_ip\":\"192.0.2.1\",\"messages\":3,"
    "\"disposition\":\"none\",\"dkim\":\"pass\",\"cause\":\"dkim_only\","
    "\"header_from\":\"example.org\",\"envelope_from\":\"\","
    "\"auth_dkim\":[{\"domain\":\"example.org\",\"selector\":\"s1\","
    "\"result\":\"pass\"},{\"result\":\"fail\"}],"
    "\"auth_spf\":[{\"domain\":\"example.net\",\"scope\":\"mfrom\","
    "\"result\":\"softfail\"}],"
    "\"overrides\":[{\"type\":\"local_policy\",\"comment\":\"arc=pass\"}],"
    "\"raw\":{\"dkim\":\"Pass\",\"spf\":\"none\"}}";

static const char aggregate_line[] =
    "{\"type\":\"aggregate\",\"org_name\":\"a\",\"external_id\":\"x\","
    "\"begin_ts\":1,\"end_ts\":86400,\"domain\":\"example.org\","
    "\"p\":\"none\",\"pct\":100,\"reporter\":\"a.example\","
    "\"quirks\":[\"no-records\"],\"records\":1,\"content_sha256\":"
    "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}";

static int
read_line(struct wire_reader *r, const char *text)
{
	struct err err = ERR_INIT;
	size_t len = strlen(text);
	/* Exactly as large as the contract asks, so that ASan watches. */
	char *line = malloc(len + 1);
	int rc;

	memcpy(line, text, len);
	rc = wire_read(r, line, len, &err);
	assert_true(rc == 0 || (err.class == ERR_BUG && err.text[0] != '\0'));
	free(line);
	return rc;
}

static void
a_record_survives_the_way_there_and_back(void **state)
{
	struct wire_reader r = { 0 };
	struct err err = ERR_INIT;
	struct buf b = { 0 };
	char line[sizeof(record_line)];

	(void)state;
	r.records_due = 1;
	memcpy(line, record_line, sizeof(line));
	assert_int_equal(wire_read(&r, line, sizeof(line) - 1, &err), 0);
	assert_int_equal(r.type, WIRE_RECORD);
	assert_int_equal(r.record.messages, 3);
	assert_null(r.record.spf);
	assert_null(r.record.envelope_to);
	assert_string_equal(r.record.envelope_from, "");
	assert_int_equal(r.record.auth_dkim.n, 2);
	wire_write_record(&b, &r.record);
	assert_int_equal(b.len, sizeof(record_line));
	assert_memory_equal(b.at, record_line, b.len - 1);
	buf_done(&b);
	wire_done(&r);
}

static void
an_answer_must_come_in_order(void **state)
{
	static const char verdict[] =
	    "{\"type\":\"verdict\",\"status\":\"report\"}";
	static const char other[] =
	    "{\"type\":\"verdict\",\"status\":\"other\",\"reason\":\"spam\"}";
	struct wire_reader r = { 0 };

	(void)state;
	assert_int_equal(read_line(&r, record_line), -1);
	wire_reset(&r);
	assert_int_equal(read_line(&r, verdict), -1);
	wire_reset(&r);
	assert_int_equal(read_line(&r, other), 0);
	wire_reset(&r);
	assert_int_equal(read_line(&r, "{\"type\":\"mail\"}"), 0);
	assert_int_equal(read_line(&r, aggregate_line), 0);
	assert_int_equal(r.records_due, 1);
	assert_int_equal(read_line(&r, record_line), 0);
	assert_int_equal(read_line(&r, verdict), 0);
	wire_reset(&r);
	assert_int_equal(read_line(&r, aggregate_line), 0);
	assert_int_equal(read_line(&r, verdict), -1); /* a record is due */
	wire_reset(&r);
	assert_int_equal(read_line(&r, aggregate_line), 0);
	assert_int_equal(read_line(&r, "{\"type\":\"mail\"}"), -1);
	wire_done(&r);
}

static void
every_cut_and_most_changes_are_refused(void **state)
{
	struct wire_reader r = { 0 };
	char line[sizeof(record_line)];
	size_t i, accepted = 0;
	int c;

	(void)state;
	for (i = 0; i < sizeof(record_line) - 1; i++) {
		memcpy(line, record_line, i);
		line[i] = '\0';
		wire_reset(&r);
		r.records_due = 1;
		assert_int_equal(read_line(&r, line), -1);
	}
	for (i = 0; i < sizeof(record_line) - 1; i++) {
		for (c = 1; c < 256; c++) {
			memcpy(line, record_line, sizeof(line));
			if (line[i] == (char)c)
				continue;
			line[i] = (char)c;
			wire_reset(&r);
			r.records_due = 1;
			accepted += read_line(&r, line) == 0;
		}
	}
	/* Letters within free text may change; nothing else. */
	assert_true(accepted > 0);
	assert_true(accepted < sizeof(record_line) * 255 / 4);
	wire_done(&r);
}

static void
values_are_checked_again(void **state)
{
	static const char *const bad[] = {
		"{\"type\":\"record\",\"source_ip\":\"192.0.2.01\","
		"\"messages\":1,\"cause\":\"no_auth\"}",
		"{\"type\":\"record\",\"source_ip\":\"2001:DB8::1\","
		"\"messages\":1,\"cause\":\"no_auth\"}",
		"{\"type\":\"record\",\"messages\":-1,\"cause\":\"no_auth\"}",
		"{\"type\":\"record\",\"messages\":01,\"cause\":\"no_auth\"}",
		"{\"type\":\"record\",\"messages\":-0,\"cause\":\"no_auth\"}",
		"{\"type\":\"record\",\"messages\":-,\"cause\":\"no_auth\"}",
		"{\"type\":\"record\",\"messages\":,\"cause\":\"no_auth\"}",
		"{\"type\":\"record\",\"messages\":1",
		/* 1 in 64 bits. */
		"{\"type\":\"record\",\"messages\":18446744073709551617,"
		"\"cause\":\"no_auth\"}",
		"{\"type\":\"record\",\"messages\":9007199254740993,"
		"\"cause\":\"no_auth\"}",
		"{\"type\":\"record\",\"messages\":1,\"cause\":\"because\"}",
		"{\"type\":\"record\",\"messages\":1,\"dkim\":\"PASS\","
		"\"cause\":\"no_auth\"}",
		"{\"type\":\"record\",\"messages\":1,\"cause\":\"no_auth\","
		"\"header_from\":\"a\\u0000b\"}",
		"{\"type\":\"record\",\"messages\":1,\"cause\":\"no_auth\","
		"\"header_from\":\"\\ud800\"}",
		"{\"type\":\"record\",\"messages\":1,\"cause\":\"no_auth\","
		"\"header_from\":\"\xff\"}",
		/* A text has one form only. */
		"{\"type\":\"record\",\"messages\":1,\"cause\":\"no_auth\","
		"\"header_from\":\"\x7f\"}",
		"{\"type\":\"record\",\"messages\":1,\"cause\":\"no_auth\","
		"\"header_from\":\"\xe2\x80\xae\"}",
		"{\"type\":\"record\",\"messages\":1,\"cause\":\"no_auth\","
		"\"header_from\":\"\\u0061\"}",
		"{\"type\":\"record\",\"messages\":1,\"cause\":\"no_auth\","
		"\"header_from\":\"\\ufffd\"}",
		"{\"type\":\"record\",\"messages\":1,\"cause\":\"no_auth\","
		"\"header_from\":null}",
		"{\"type\":\"record\",\"messages\":1,\"cause\":\"no_auth\","
		"\"auth_dkim\":[]}",
		"{\"type\":\"record\",\"messages\":1,\"cause\":\"no_auth\"} ",
		"{\"type\":\"record\",\"messages\":1,\"cause\":\"no_auth\","
		"\"extra\":1}",
		"{ \"type\":\"record\",\"messages\":1,\"cause\":\"no_auth\"}",
		"",
	};
	struct wire_reader r = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		wire_reset(&r);
		r.records_due = 1;
		assert_int_equal(read_line(&r, bad[i]), -1);
	}
	wire_done(&r);
}

static void
any_text_survives_and_is_plain_on_the_wire(void **state)
{
	static const char *const texts[] = { "", "plain", "\"\\/",
		"a\x1b[31mb\r\n\t\x7f", "\xc3\xa9\xe2\x82\xac",
		"\xe2\x80\xae\xe2\x80\xa8\xc2\x9b\xf3\xa0\x80\x81",
		"\xf0\x9f\x92\xa9" };
	struct wire_reader r = { 0 };
	struct err err = ERR_INIT;
	struct wire_verdict v = { .status = "other" };
	struct buf b = { 0 };
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		b.len = 0;
		v.reason = texts[i];
		wire_write_verdict(&b, &v);
		for (k = 0; k + 1 < b.len; k++)
			assert_true(
			    (unsigned char)b.at[k] >= 0x20 && b.at[k] != 0x7f);
		wire_reset(&r);
		assert_int_equal(wire_read(&r, b.at, b.len - 1, &err), 0);
		assert_string_equal(r.verdict.reason, texts[i]);
	}
	buf_done(&b);
	wire_done(&r);
}

static void
causes_follow_from_the_results(void **state)
{
	struct record r = { 0 };
	struct auth_dkim *d;
	struct auth_spf *s;

	(void)state;
	assert_string_equal(record_cause(&r), "no_auth");
	r.dkim = r.spf = "pass";
	assert_string_equal(record_cause(&r), "aligned");
	r.spf = "fail";
	assert_string_equal(record_cause(&r), "dkim_only");
	r.dkim = NULL;
	r.spf = "pass";
	assert_string_equal(record_cause(&r), "spf_only");
	r.spf = "fail";
	d = array_add(&r.auth_dkim, sizeof(*d));
	d->result = "none";
	assert_string_equal(record_cause(&r), "no_auth");
	d->result = "fail";
	assert_string_equal(record_cause(&r), "dkim_broken");
	s = array_add(&r.auth_spf, sizeof(*s));
	s->result = "pass";
	assert_string_equal(record_cause(&r), "spf_unaligned");
	d->result = "pass";
	assert_string_equal(record_cause(&r), "dkim_unaligned");
	record_done(&r);
}

static void
the_digest_ignores_the_order_of_records_only(void **state)
{
	struct report rep = { .org_name = "a",
		.external_id = "1",
		.domain = "example.org",
		.reporter = "a",
		.pct = -1 };
	struct record one = { .messages = 1 }, two = { .messages = 2 };
	uint8_t h1[SHA256_SIZE], h2[SHA256_SIZE];
	struct array a = { 0 };
	struct buf scratch = { 0 };

	(void)state;
	record_digest(&one, &scratch, array_add(&a, SHA256_SIZE));
	record_digest(&two, &scratch, array_add(&a, SHA256_SIZE));
	report_digest(&rep, &a, h1);
	a.n = 0;
	record_digest(&two, &scratch, array_add(&a, SHA256_SIZE));
	record_digest(&one, &scratch, array_add(&a, SHA256_SIZE));
	report_digest(&rep, &a, h2);
	assert_memory_equal(h1, h2, SHA256_SIZE);
	rep.filename = "x";
	rep.partial = true;
	report_digest(&rep, &a, h2);
	assert_memory_equal(h1, h2, SHA256_SIZE);
	two.envelope_from = "";
	a.n = 0;
	record_digest(&one, &scratch, array_add(&a, SHA256_SIZE));
	record_digest(&two, &scratch, array_add(&a, SHA256_SIZE));
	report_digest(&rep, &a, h2);
	assert_memory_not_equal(h1, h2, SHA256_SIZE);
	array_done(&a);
	buf_done(&scratch);
}

static void
the_day_holds_the_middle_of_the_period(void **state)
{
	(void)state;
	assert_int_equal(report_day(86400, 2 * 86400 - 1), 86400);
	assert_int_equal(report_day(86400, 2 * 86400), 86400);
	assert_int_equal(
	    report_day(86400 + 43200, 2 * 86400 + 43200), 2 * 86400);
	assert_int_equal(report_day(0, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_survives_the_way_there_and_back),
		cmocka_unit_test(an_answer_must_come_in_order),
		cmocka_unit_test(every_cut_and_most_changes_are_refused),
		cmocka_unit_test(values_are_checked_again),
		cmocka_unit_test(any_text_survives_and_is_plain_on_the_wire),
		cmocka_unit_test(causes_follow_from_the_results),
		cmocka_unit_test(the_digest_ignores_the_order_of_records_only),
		cmocka_unit_test(the_day_holds_the_middle_of_the_period),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
