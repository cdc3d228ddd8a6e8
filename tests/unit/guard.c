/* SPDX-License-Identifier: BSD-2-Clause */
/* guard: what libetpan may see of a server's bytes, good and evil. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/guard.h"

#include "guard_link.h"

/* Send in, cut in two at a place, close; what comes out and why it ended. */
static void
run_cut(const char *in, size_t n, size_t cut, size_t chunk, struct buf *out,
    char fault[static 400])
{
	struct link l;

	link_open(&l);
	guard_let_continue(l.guard, true);
	link_send(&l, in, cut);
	link_send(&l, in + cut, n - cut);
	close(l.server);
	l.server = -1;
	link_read(&l, out, chunk);
	snprintf(fault, 400, "%s", guard_fault(l.guard));
	link_close(&l);
}

static void
assert_passes(const char *in, size_t n, const char *want)
{
	struct buf out = { 0 };
	char fault[400];
	size_t cut;

	for (cut = 0; cut <= n; cut++) {
		run_cut(in, n, cut, cut % 2 == 0 ? 1 : 65536, &out, fault);
		assert_string_equal(out.at, want);
		assert_string_equal(fault, "connection closed by the server");
		out.len = 0;
	}
	buf_done(&out);
}

static void
assert_faults(const char *in, size_t n, const char *passes, const char *why)
{
	struct buf out = { 0 };
	char fault[400];
	size_t cut, step = n > 1000 ? n / 97 : 1;

	for (cut = 0; cut <= n; cut += step) {
		run_cut(in, n, cut, 65536, &out, fault);
		assert_string_equal(out.at, passes);
		assert_non_null(strstr(fault, why));
		out.len = 0;
	}
	buf_done(&out);
}

#define PASSES(in, want) assert_passes(in, sizeof(in) - 1, want)
#define DROPS(in) assert_passes(in, sizeof(in) - 1, "")
#define FAULTS(in, why) assert_faults(in, sizeof(in) - 1, "", why)

static void
data_that_we_ask_for_passes(void **state)
{
	(void)state;
	PASSES("* 3 EXISTS\r\n", "* 3 EXISTS\r\n");
	PASSES("* 3 EXPUNGE\r\n", "* 3 EXPUNGE\r\n");
	PASSES("* LIST (\\Marked) \"/\" \"a \\\"b\\\\\"\r\n",
	    "* LIST (\\Marked) \"/\" \"a \\\"b\\\\\"\r\n");
	PASSES("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n",
	    "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n");
	PASSES("* 1 FETCH (UID 7 BODY[] {5}\r\na\r\n\0(FLAGS ())\r\n",
	    "* 1 FETCH (UID 7 BODY[] {5}\r\na\r\n");
}

static void
a_literal_with_every_byte_passes_unchanged(void **state)
{
	static const char head[] = "* 1 FETCH (UID 7 BODY[] {512}\r\n";
	static const char tail[] = ")\r\n";
	struct link l;
	struct buf out = { 0 }, in = { 0 };
	size_t i;

	(void)state;
	buf_add_str(&in, head);
	for (i = 0; i < 512; i++)
		buf_add_char(&in, (char)i);
	buf_add_str(&in, tail);
	link_open(&l);
	guard_expect(l.guard, 10, 1 << 20, 512);
	for (i = 0; i < in.len; i += 7) /* few enough for the socket to hold */
		link_send(&l, in.at + i, in.len - i < 7 ? in.len - i : 7);
	close(l.server);
	l.server = -1;
	link_read(&l, &out, 65536);
	assert_int_equal(out.len, in.len);
	assert_memory_equal(out.at, in.at, in.len);
	link_close(&l);
	buf_done(&in);
	buf_done(&out);
}

static void
literals_of_every_form_become_plain_ones(void **state)
{
	(void)state;
	PASSES("* 1 FETCH (BODY[] ~{3}\r\nabc)\r\n",
	    "* 1 FETCH (BODY[] {3}\r\nabc)\r\n");
	PASSES("* 1 FETCH (BODY[] {3+}\r\nabc)\r\n",
	    "* 1 FETCH (BODY[] {3}\r\nabc)\r\n");
	PASSES("* 1 FETCH (BODY[] {0000000000000000000000000003}\nabc)\n",
	    "* 1 FETCH (BODY[] {3}\r\nabc)\r\n");
	PASSES(
	    "* 1 FETCH (BODY[] {0}\r\n)\r\n", "* 1 FETCH (BODY[] {0}\r\n)\r\n");
	PASSES("* LIST () \"/\" {3}\r\na\"b\r\n* 1 EXISTS\r\n",
	    "* LIST () \"/\" {3}\r\na\"b\r\n* 1 EXISTS\r\n");
}

static void
status_replies_pass_without_the_servers_words(void **state)
{
	(void)state;
	PASSES("7 OK done {5}\r\n", "7 OK x\r\n");
	PASSES("7 NO [TRYCREATE] no such folder\r\n", "7 NO x\r\n");
	PASSES("7 bad [PERMANENTFLAGS (] x\r\n", "7 BAD x\r\n");
	PASSES("7 OK [UIDVALIDITY 5] x\r\n", "7 OK [UIDVALIDITY 5] x\r\n");
	PASSES("* OK [UIDVALIDITY 5] x\r\n", "* OK [UIDVALIDITY 5] x\r\n");
	PASSES("7 OK [CAPABILITY MOVE a(b {3} AUTH= X=1] x\r\n",
	    "7 OK [CAPABILITY IMAP4rev1 MOVE X=1] x\r\n");
}

static void
everything_unknown_is_dropped(void **state)
{
	(void)state;
	DROPS("* ESEARCH (TAG \"x\") UID ALL 1:3\r\n");
	DROPS("* VANISHED (EARLIER) 1:5\r\n* XFOO \"unclosed\r\n");
	DROPS("* XFOO {5}\r\n* 1 E bar\r\n");
	DROPS("* SEARCH 1 2 3\r\n* FLAGS (\\x)\r\n* 3 RECENT\r\n");
	DROPS("* STATUS INBOX ()\r\n\r\n\r\n");
	DROPS("* OK [PERMANENTFLAGS (\\x01] x\r\n* OK [BADCHARSET (\"x\n");
	DROPS("* OK [UIDVALIDITY 99999999999] x\r\n");
	DROPS("* OK [UIDVALIDITY -1] x\r\n* NO x\r\n* BAD x\r\n");
	DROPS("* PREAUTH hello\r\n* \r\n");
}

static void
a_fetch_is_answered_by_nothing_but_mails(void **state)
{
	static const char in[] =
	    "* LIST () \"/\" x\r\n* 2 EXISTS\r\n* 1 FETCH (UID 7)\r\n";
	struct link l;
	struct buf out = { 0 };

	(void)state;
	link_open(&l);
	guard_expect_flow(l.guard, 10, 65536, LITERAL_MAX);
	link_send(&l, in, sizeof(in) - 1);
	close(l.server);
	l.server = -1;
	link_read(&l, &out, 65536);
	assert_string_equal(out.at, "* 1 FETCH (UID 7)\r\n");
	assert_true(guard_has_news(l.guard));
	link_close(&l);
	buf_done(&out);
}

static void
a_flood_within_a_dropped_literal_is_not_free(void **state)
{
	struct link l;
	struct buf out = { 0 };

	(void)state;
	link_open(&l);
	guard_expect(l.guard, 10, 60, LITERAL_MAX);
	link_send(&l, "* XFOO {50}\r\n", 13);
	link_read(&l, &out, 65536);
	assert_string_equal(
	    guard_fault(l.guard), "answer longer than expected");
	link_close(&l);
	buf_done(&out);
}

static void
continuations_pass_as_base64_or_empty(void **state)
{
	(void)state;
	PASSES("+ YWJj\r\n", "+ YWJj\r\n");
	PASSES("+\r\n", "+ \r\n");
	PASSES("+ [PERMANENTFLAGS (\x01\r\n", "+ \r\n");
}

static void
continuations_not_asked_for_are_dropped(void **state)
{
	struct link l;
	struct buf out = { 0 };

	(void)state;
	link_open(&l);
	link_send(&l, "+ go on\r\n* 1 EXISTS\r\n", 21);
	close(l.server);
	l.server = -1;
	link_read(&l, &out, 65536);
	assert_string_equal(out.at, "* 1 EXISTS\r\n");
	link_close(&l);
	buf_done(&out);
}

static void
evil_shapes_end_the_session(void **state)
{
	(void)state;
	FAULTS("* 1 FETCH (BODY[] {101}\r\n", "larger than 100 bytes");
	FAULTS("* 1 FETCH (BODY[] {4294967295}\r\n", "larger than 100");
	FAULTS("* 1 FETCH (BODY[] {99999999999999999999999999}\r\n",
	    "larger than 100");
	FAULTS("* 1 FETCH (BODY[] {18446744073709551617}\r\n", "larger than");
	FAULTS("* 1 FETCH (BODY[] {-3}\r\n", "malformed literal");
	FAULTS("* 1 FETCH (BODY[] { 3}\r\n", "malformed literal");
	FAULTS("* 1 FETCH (BODY[] {3}abc)\r\n", "malformed literal");
	FAULTS("* 1 FETCH (BODY[]{3}\r\n", "malformed literal");
	FAULTS("* 1 FETCH (BODY[] \"abc {3}\r\n", "unterminated");
	FAULTS("* 1 FETCH (BODY[] \"abc\\\"\r\n", "unterminated");
	FAULTS("* 1 FETCH (BODY[] \"a\0b\")\r\n", "control character");
	FAULTS("* 1 FETCH (X a\rb)\r\n", "control character");
	FAULTS("* 99999999999 EXISTS\r\n", "more than 32 bits");
	FAULTS("* 4294967296 FETCH (UID 1)\r\n", "more than 32 bits");
	FAULTS("SSH-2.0-OpenSSH_9.2\r\n", "does not speak IMAP");
	FAULTS("7 MAYBE x\r\n", "does not speak IMAP");
	FAULTS("x\x1b[2J OK x\r\n", "\"x\\x1b[2J OK x\"");
}

static void
parentheses_nest_32_deep_and_no_deeper(void **state)
{
	char in[200], want[200];
	int depth;

	(void)state;
	for (depth = 31; depth <= 33; depth++) {
		snprintf(in, sizeof(in), "* 1 FETCH %.*s\r\n", depth,
		    "((((((((((((((((((((((((((((((((((((((((");
		snprintf(want, sizeof(want), "%s", in);
		if (depth <= 32)
			assert_passes(in, strlen(in), want);
		else
			assert_faults(in, strlen(in), "", "more than 32");
	}
	/* Nor across the literals of one reply. */
	FAULTS("* 1 FETCH ((((((((((((((((((((((((((((((({\r\n", "malformed");
}

static void
nesting_counts_across_literals(void **state)
{
	(void)state;
	assert_faults(
	    "* 1 FETCH ((((((((((((((((((((((( {1}\r\na(((((((((((\r\n", 53,
	    "* 1 FETCH ((((((((((((((((((((((( {1}\r\na", "more than 32");
}

static void
a_line_has_8192_bytes_at_most(void **state)
{
	static char in[20000];
	static const char head[] = "* LIST () \"/\" ";
	const size_t n = 8192;

	(void)state;
	memset(in, 'a', sizeof(in));
	memcpy(in, head, sizeof(head) - 1);
	memcpy(in + n - 2, "\r\n", 3);
	{
		struct buf out = { 0 };
		char fault[400];

		run_cut(in, n, 4000, 65536, &out, fault);
		assert_string_equal(out.at, in);
		buf_done(&out);
	}
	in[n - 2] = 'a';
	memcpy(in + n - 1, "\r\n", 3);
	assert_faults(in, n + 1, "", "longer than 8192");
	/* Without any end. */
	memset(in + n - 1, 'a', sizeof(in) - n + 1);
	assert_faults(in, sizeof(in), "", "longer than 8192");
}

static void
the_parts_of_a_reply_count_as_one_line(void **state)
{
	struct link l;
	struct buf out = { 0 };
	char part[1100];
	int i;

	(void)state;
	memset(part, 'a', sizeof(part));
	memcpy(part + 1000, " {1}\r\nb", 7);
	link_open(&l);
	link_send(&l, "* LIST () \"/\" ", 14);
	for (i = 0; i < 10; i++)
		link_send(&l, part, 1007);
	link_read(&l, &out, 65536);
	assert_string_equal(
	    guard_fault(l.guard), "line longer than 8192 bytes");
	link_close(&l);
	buf_done(&out);
}

static void
bytes_beyond_the_budget_end_the_session(void **state)
{
	struct link l;
	struct buf out = { 0 };
	int i;

	(void)state;
	link_open(&l);
	guard_expect(l.guard, 10, 100, LITERAL_MAX);
	for (i = 0; i < 20; i++)
		link_send(&l, "* OK still here\r\n", 17);
	link_read(&l, &out, 65536);
	assert_string_equal(
	    guard_fault(l.guard), "answer longer than expected");
	link_close(&l);
	buf_done(&out);
}

static void
the_end_of_the_stream_is_an_error_wherever_it_comes(void **state)
{
	static const char in[] = "* 1 FETCH (UID 1 BODY[] {5}\r\nabcde)\r\n";
	struct buf out = { 0 };
	char fault[400];
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(in); n++) {
		run_cut(in, n, n / 2, 65536, &out, fault);
		assert_string_equal(fault, "connection closed by the server");
		out.len = 0;
	}
	buf_done(&out);
}

static void
the_last_words_of_the_server_are_told(void **state)
{
	(void)state;
	FAULTS("* BYE [UNAVAILABLE] down for \x1b[1m repair\r\n",
	    "the server ended the session: down for \\x1b[1m repair");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_that_we_ask_for_passes),
		cmocka_unit_test(a_literal_with_every_byte_passes_unchanged),
		cmocka_unit_test(literals_of_every_form_become_plain_ones),
		cmocka_unit_test(status_replies_pass_without_the_servers_words),
		cmocka_unit_test(everything_unknown_is_dropped),
		cmocka_unit_test(a_fetch_is_answered_by_nothing_but_mails),
		cmocka_unit_test(a_flood_within_a_dropped_literal_is_not_free),
		cmocka_unit_test(continuations_pass_as_base64_or_empty),
		cmocka_unit_test(continuations_not_asked_for_are_dropped),
		cmocka_unit_test(evil_shapes_end_the_session),
		cmocka_unit_test(parentheses_nest_32_deep_and_no_deeper),
		cmocka_unit_test(nesting_counts_across_literals),
		cmocka_unit_test(a_line_has_8192_bytes_at_most),
		cmocka_unit_test(the_parts_of_a_reply_count_as_one_line),
		cmocka_unit_test(bytes_beyond_the_budget_end_the_session),
		cmocka_unit_test(
		    the_end_of_the_stream_is_an_error_wherever_it_comes),
		cmocka_unit_test(the_last_words_of_the_server_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
