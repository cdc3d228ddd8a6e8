/* SPDX-License-Identifier: BSD-2-Clause */
/* explain_wire: what the writer writes is what the reader accepts, only that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "report/explain.h"

#define INPUT(form) \
	"{\"type\":\"input\",\"form\":\"" form "\",\"messages\":1}\n"
#define BOUNCE \
	"{\"type\":\"input\",\"form\":\"message\",\"bounce\":true," \
	"\"messages\":1}\n"
#define HEADER "{\"type\":\"header\",\"from_fields\":0,\"fields\":0}\n"
#define OUTER "{\"type\":\"outer\",\"from_fields\":0,\"fields\":0}\n"
#define PLACE "\"position\":1,\"received_above\":0,\"trust\":\"foreign\""
#define HOP "{\"type\":\"received\"," PLACE "}\n"
#define RESULTS "{\"type\":\"authres\",\"kind\":\"ar\"," PLACE "}\n"
#define SIGNATURE "{\"type\":\"signature\",\"kind\":\"dkim\"," PLACE "}\n"
#define VENDOR \
	"{\"type\":\"vendor\",\"vendor\":\"google\",\"field\":\"X-Gm-" \
	"Spam\"," PLACE "}\n"
#define DSN "{\"type\":\"bounce\",\"form\":\"dsn\"}\n"
#define RECIPIENT "{\"type\":\"recipient\"}\n"
#define REPLY "{\"type\":\"reply\",\"code\":550}\n"
#define END "{\"type\":\"end\"}\n"

static const char whole[] = BOUNCE
    "{\"type\":\"header\",\"from\":[{\"address\":\"a@example.org\","
    "\"domain\":\"example.org\"},{\"address\":\"b\"}],\"from_fields\":2,"
    "\"return_path\":\"\",\"subject\":\"Gr\xc3\xbc\xc3\x9f\x65\","
    "\"date\":1795770902,\"repeated\":[\"from\"],\"fields\":9,\"cut\":true}\n"
    "{\"type\":\"received\",\"position\":1,\"received_above\":0,"
    "\"trust\":\"receiver\",\"by\":\"mx.example.org\","
    "\"from_ip\":\"192.0.2.1\",\"time\":1795770902,\"border\":true}\n"
    "{\"type\":\"authres\",\"kind\":\"arc\",\"position\":2,"
    "\"received_above\":1,\"trust\":\"border\",\"id\":\"mx.example.org\","
    "\"instance\":3,\"results\":[{\"method\":\"spf\",\"result\":\"pass\","
    "\"reason\":\"\",\"properties\":[{\"ptype\":\"smtp\","
    "\"property\":\"mailfrom\",\"value\":\"a@example.org\"}],"
    "\"comments\":[\"one\",\"two\"]},{\"method\":\"dkim\","
    "\"result\":\"none\"}],\"broken\":true}\n"
    "{\"type\":\"signature\",\"kind\":\"seal\",\"position\":3,"
    "\"received_above\":1,\"trust\":\"foreign\",\"instance\":1,"
    "\"d\":\"example.org\",\"t\":0,\"l\":7,\"body\":\"match\"}\n"
    "{\"type\":\"vendor\",\"vendor\":\"microsoft\","
    "\"field\":\"X-Forefront-Antispam-Report\",\"position\":4,"
    "\"received_above\":1,\"trust\":\"unknown\",\"items\":["
    "{\"key\":\"SCL\",\"value\":\"5\"}]}\n"
    "{\"type\":\"bounce\",\"form\":\"dsn\",\"original\":true}\n"
    "{\"type\":\"recipient\",\"address\":\"a@example.net\","
    "\"status\":\"5.7.1\",\"code\":550,\"host_ip\":\"2001:db8::1\"}\n" OUTER HOP
        END;

/* Read a copy, exactly as large as the contract asks. */
static int
read_text(struct explain_facts *f, const char *text, char **copy)
{
	struct err err = ERR_INIT;
	size_t len = strlen(text);
	int rc;

	memset(f, 0, sizeof(*f));
	*copy = malloc(len + 1);
	assert_non_null(*copy);
	memcpy(*copy, text, len);
	rc = explain_wire_read(f, *copy, len, &err);
	assert_true(rc == 0 || (err.class == ERR_BUG && err.text[0] != '\0'));
	return rc;
}

static int
accepts(const char *text)
{
	struct explain_facts f;
	char *copy;
	int rc = read_text(&f, text, &copy);

	/* Nothing is left of what was refused. */
	if (rc == -1)
		assert_null(f.form);
	explain_facts_done(&f);
	free(copy);
	return rc == 0;
}

static void
everything_survives_the_way_there_and_back(void **state)
{
	const struct explain_authres *a;
	const struct explain_result *r;
	const struct explain_signature *s;
	struct explain_facts f;
	struct buf back = { 0 };
	char *copy;

	(void)state;
	assert_int_equal(read_text(&f, whole, &copy), 0);
	assert_true(f.is_bounce && f.bounce.has_original && !f.is_intact);
	assert_int_equal(f.header.from.n, 2);
	assert_string_equal(f.header.return_path, "");
	assert_true(f.header.is_cut);
	assert_null(f.header.sender);
	assert_int_equal(f.header.received.n, 1);
	assert_int_equal(f.outer.received.n, 1);
	a = f.header.authres.at;
	assert_int_equal(a->instance, 3);
	assert_true(a->is_broken);
	r = a->results.at;
	assert_int_equal(a->results.n, 2);
	assert_string_equal(r[0].reason, "");
	assert_int_equal(r[0].comments.n, 2);
	assert_null(r[1].reason);
	s = f.header.signatures.at;
	assert_int_equal(s->t, 0);
	assert_int_equal(s->x, -1);
	assert_int_equal(s->l, 7);
	assert_string_equal(s->hash.body, "match");
	explain_wire_write(&back, &f);
	assert_string_equal(buf_str(&back), whole);
	buf_done(&back);
	explain_facts_done(&f);
	free(copy);
}

static void
every_form_has_its_lines_and_no_others(void **state)
{
	(void)state;
	assert_true(accepts(INPUT("message") HEADER END));
	assert_true(accepts(INPUT("headers") HEADER HOP RESULTS END));
	assert_true(accepts(INPUT("pasted") HEADER VENDOR END));
	assert_true(accepts(INPUT("reply") REPLY REPLY END));
	assert_true(accepts(INPUT("none") END));
	assert_true(accepts(BOUNCE HEADER HOP DSN RECIPIENT OUTER HOP END));
	assert_true(accepts(BOUNCE HEADER DSN OUTER END));
	assert_false(accepts(""));
	assert_false(accepts(END));
	assert_false(accepts(INPUT("message")));
	assert_false(accepts(INPUT("message") END));
	assert_false(accepts(INPUT("message") HEADER));
	assert_false(accepts(INPUT("message") HEADER END END));
	assert_false(accepts(INPUT("message") HEADER END HOP));
	assert_false(accepts(INPUT("message") INPUT("message") HEADER END));
	assert_false(accepts(INPUT("message") HEADER HEADER END));
	assert_false(accepts(INPUT("message") HEADER REPLY END));
	assert_false(accepts(INPUT("message") HEADER DSN OUTER END));
	assert_false(accepts(INPUT("message") HOP HEADER END));
	assert_false(accepts(INPUT("reply") END));
	assert_false(accepts(INPUT("reply") HEADER REPLY END));
	assert_false(accepts(INPUT("none") REPLY END));
	assert_false(accepts(INPUT("mail") HEADER END));
	assert_false(accepts(BOUNCE HEADER END));
	assert_false(accepts(BOUNCE HEADER DSN END));
	assert_false(accepts(BOUNCE HEADER OUTER END));
	assert_false(accepts(BOUNCE DSN OUTER END));
	assert_false(accepts(BOUNCE HEADER DSN HOP OUTER END));
	assert_false(accepts(BOUNCE HEADER DSN OUTER RECIPIENT END));
	assert_false(accepts(BOUNCE HEADER DSN OUTER OUTER END));
}

static void
the_fields_of_a_header_come_kind_by_kind(void **state)
{
	static const char *const lines[] = { HOP, RESULTS, SIGNATURE, VENDOR };
	struct buf b = { 0 };
	size_t i, k;

	(void)state;
	for (i = 0; i < 4; i++)
		for (k = 0; k < 4; k++) {
			b.len = 0;
			buf_printf(&b, INPUT("message") HEADER "%s%s" END,
			    lines[i], lines[k]);
			assert_int_equal(accepts(buf_str(&b)), i <= k);
		}
	buf_done(&b);
}

static void
no_list_is_longer_than_its_limit(void **state)
{
	static const struct {
		const char *before;
		const char *line;
		const char *after;
		int max;
	} lists[] = {
		{ INPUT("message") HEADER, HOP, END, LIMIT_EXPLAIN_HOPS },
		{ INPUT("message") HEADER, RESULTS, END,
		    LIMIT_EXPLAIN_AUTHRES },
		{ INPUT("message") HEADER, SIGNATURE, END,
		    LIMIT_EXPLAIN_SIGNATURES },
		{ INPUT("message") HEADER, VENDOR, END, LIMIT_EXPLAIN_VENDORS },
		{ BOUNCE HEADER DSN, RECIPIENT, OUTER END,
		    LIMIT_EXPLAIN_RECIPIENTS },
		{ INPUT("reply"), REPLY, END, LIMIT_EXPLAIN_REPLIES },
	};
	struct buf b = { 0 };
	int i, more;
	size_t k;

	(void)state;
	for (k = 0; k < sizeof(lists) / sizeof(lists[0]); k++)
		for (more = 0; more < 2; more++) {
			b.len = 0;
			buf_add_str(&b, lists[k].before);
			for (i = 0; i < lists[k].max + more; i++)
				buf_add_str(&b, lists[k].line);
			buf_add_str(&b, lists[k].after);
			assert_int_equal(accepts(buf_str(&b)), more == 0);
		}
	buf_done(&b);
}

static void
every_cut_and_most_changes_are_refused(void **state)
{
	char text[sizeof(whole)];
	size_t i, accepted = 0, tried = 0;
	int c;

	(void)state;
	for (i = 0; i < sizeof(whole) - 1; i++) {
		memcpy(text, whole, i);
		text[i] = '\0';
		assert_false(accepts(text));
	}
	for (i = 0; i < sizeof(whole) - 1; i++)
		for (c = 1; c < 256; c += 3, tried++) {
			memcpy(text, whole, sizeof(text));
			if (text[i] == (char)c)
				continue;
			text[i] = (char)c;
			accepted += (size_t)accepts(text);
		}
	/* Letters within free text may change; nothing else. */
	assert_true(accepted > 0 && accepted < tried / 4);
}

static void
values_are_checked_again(void **state)
{
	static const char *const bad[] = {
		"{\"type\":\"received\",\"position\":0,\"received_above\":0,"
		"\"trust\":\"foreign\"}\n",
		"{\"type\":\"received\",\"position\":1,\"received_above\":0,"
		"\"trust\":\"mine\"}\n",
		"{\"type\":\"received\",\"position\":1,\"received_above\":0}\n",
		"{\"type\":\"received\"," PLACE
		",\"from_ip\":\"192.0.2.01\"}\n",
		"{\"type\":\"received\"," PLACE
		",\"from_ip\":\"2001:DB8::1\"}\n",
		"{\"type\":\"received\"," PLACE ",\"border\":false}\n",
		"{\"type\":\"received\"," PLACE ",\"time\":0}\n",
		"{\"type\":\"received\"," PLACE ",\"by\":null}\n",
		"{\"type\":\"received\"," PLACE ",\"by\":\"a\x1b\"}\n",
		"{\"type\":\"received\"," PLACE ",\"by\":\"\xff\"}\n",
		"{\"type\":\"received\"," PLACE ",\"more\":\"x\"}\n",
		"{\"type\":\"authres\",\"kind\":\"other\"," PLACE "}\n",
		"{\"type\":\"authres\",\"kind\":\"ar\"," PLACE
		",\"instance\":51}\n",
		"{\"type\":\"authres\",\"kind\":\"ar\"," PLACE
		",\"results\":[]}\n",
		"{\"type\":\"authres\",\"kind\":\"ar\"," PLACE
		",\"results\":[{\"method\":\"spf\"}]}\n",
		"{\"type\":\"signature\",\"kind\":\"dkim\"," PLACE
		",\"t\":-1}\n",
		"{\"type\":\"signature\",\"kind\":\"dkim\"," PLACE
		",\"body\":\"maybe\"}\n",
	};
	struct buf b = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		b.len = 0;
		buf_printf(&b, INPUT("message") HEADER "%s" END, bad[i]);
		if (accepts(buf_str(&b)))
			fail_msg("accepted: %s", bad[i]);
	}
	assert_false(accepts(INPUT("reply") "{\"type\":\"reply\","
	                                    "\"code\":199}\n" END));
	assert_false(accepts(INPUT("reply") "{\"type\":\"reply\","
	                                    "\"code\":600}\n" END));
	assert_false(accepts(BOUNCE HEADER "{\"type\":\"bounce\","
	                                   "\"form\":\"x\"}\n" OUTER END));
	buf_done(&b);
}

static void
a_text_that_is_too_long_is_refused(void **state)
{
	struct buf b = { 0 };
	size_t more, i;

	(void)state;
	for (more = 0; more < 2; more++) {
		b.len = 0;
		buf_add_str(&b,
		    INPUT("message") HEADER "{\"type\":\"received\"," PLACE
		                            ",\"by\":\"");
		for (i = 0; i < LIMIT_TEXT + more; i++)
			buf_add_char(&b, 'a');
		buf_add_str(&b, "\"}\n" END);
		assert_int_equal(accepts(buf_str(&b)), more == 0);
	}
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_survives_the_way_there_and_back),
		cmocka_unit_test(every_form_has_its_lines_and_no_others),
		cmocka_unit_test(the_fields_of_a_header_come_kind_by_kind),
		cmocka_unit_test(no_list_is_longer_than_its_limit),
		cmocka_unit_test(every_cut_and_most_changes_are_refused),
		cmocka_unit_test(values_are_checked_again),
		cmocka_unit_test(a_text_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
