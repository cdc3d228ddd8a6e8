/* SPDX-License-Identifier: BSD-2-Clause */
/* status_word: what Microsoft and others write in a header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "report/status_word.h"

static void
each_word_has_a_sentence_a_source_and_its_year(void **state)
{
	size_t i, j, n = status_word_count(), len;
	const struct status_word *w, *other;

	(void)state;
	assert_true(n > 80);
	for (i = 0; i < n; i++) {
		w = status_word_at(i);
		len = strlen(w->meaning);
		if (len < 10 || len > 200 || w->meaning[0] < 'A' ||
		    w->meaning[0] > 'Z' || w->meaning[len - 1] != '.' ||
		    strstr(w->meaning, "  ") != NULL)
			fail_msg("not a sentence: %s", w->meaning);
		if (!w->is_verified && strstr(w->meaning, "robably") == NULL)
			fail_msg("said as certain: %s", w->meaning);
		assert_true(strlen(w->source) > 5);
		assert_in_range(w->year, 2020, 2026);
		for (j = i + 1; j < n; j++) {
			other = status_word_at(j);
			if (w->source != other->source &&
			    strcmp(w->source, other->source) != 0)
				continue;
			if (strcasecmp(w->field, other->field) == 0 &&
			    strcasecmp(w->value, other->value) == 0)
				fail_msg("twice: %s:%s", w->field, w->value);
		}
	}
}

static const char *
say(const char *field, const char *value)
{
	const struct status_word *w = microsoft_word_find(field, value);

	return w != NULL ? w->value : "-";
}

static void
reasons_are_found_singly_or_by_their_hundred(void **state)
{
	(void)state;
	assert_string_equal(say("reason", "000"), "000");
	assert_string_equal(say("reason", "001"), "001");
	assert_string_equal(say("reason", "100"), "1xx");
	assert_string_equal(say("reason", "130"), "130");
	assert_string_equal(say("reason", "703"), "7xx");
	assert_string_equal(say("reason", "451"), "4xx");
	assert_string_equal(say("REASON", "601"), "6xx");
	/* Not documented, so not interpreted. */
	assert_string_equal(say("reason", "003"), "-");
	assert_string_equal(say("reason", "500"), "-");
	assert_string_equal(say("reason", "1000"), "-");
	assert_string_equal(say("reason", "1xx"), "1xx");
	assert_string_equal(say("reason", "10"), "-");
	assert_string_equal(say("reason", "1ab"), "-");
	assert_string_equal(say("reason", ""), "-");
	assert_string_equal(say("reason", NULL), "-");
	assert_string_equal(say(NULL, "000"), "-");
}

static void
levels_are_ranges(void **state)
{
	(void)state;
	assert_string_equal(say("SCL", "-1"), "-1");
	assert_string_equal(say("scl", "1"), "0-1");
	assert_string_equal(say("SCL", "5"), "5-6");
	assert_string_equal(say("SCL", "6"), "5-6");
	assert_string_equal(say("SCL", "9"), "8-9");
	assert_string_equal(say("SCL", "3"), "-");
	assert_string_equal(say("SCL", "99999999999999999999"), "-");
	assert_string_equal(say("BCL", "0"), "0");
	assert_string_equal(say("BCL", "7"), "4-7");
}

static void
words_tell_authentication_from_the_rest(void **state)
{
	const struct status_word *w;

	(void)state;
	w = microsoft_word_find("SFV", "spm");
	assert_true(w->is_bad && !w->is_authentication);
	w = microsoft_word_find("CAT", "SPOOF");
	assert_true(w->is_bad && w->is_authentication);
	w = microsoft_word_find("reason", "100");
	assert_true(!w->is_bad && w->is_authentication);
	w = microsoft_word_find("action", "oreject");
	assert_true(w->is_bad && w->is_authentication);
	w = microsoft_word_find("dmarc", "bestguesspass");
	assert_true(!w->is_bad && w->is_authentication);
	w = microsoft_word_find("SFTY", "9.20");
	assert_true(w->is_bad && !w->is_authentication);
	assert_null(microsoft_word_find("SFV", "XYZ"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    each_word_has_a_sentence_a_source_and_its_year),
		cmocka_unit_test(reasons_are_found_singly_or_by_their_hundred),
		cmocka_unit_test(levels_are_ranges),
		cmocka_unit_test(words_tell_authentication_from_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
