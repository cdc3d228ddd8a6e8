/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * repair: as many reports as it says, no more than were asked for, and the
 * strict reader takes every line of them.
 */
#include "base/text.h"
#include "fuzz.h"
#include "parse/aggregate.h"
#include "parse/repair.h"

#define REPORTS_MAX 3

static const struct limits limits = LIMITS_DEFAULT;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	aggregate_init();
	return 0;
}

static int
count_reports(struct buf *out)
{
	static const char start[] = "{\"type\":\"aggregate\",";
	const char *p = buf_str(out), *end = p + out->len;
	int n = 0;

	for (; p < end; p = (const char *)memchr(p, '\n', end - p) + 1)
		n += strncmp(p, start, sizeof(start) - 1) == 0;
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct aggregate_context context = { .filename = NULL };
	struct repair_result result = { 0 };
	struct buf doc = { 0 }, out = { 0 };

	/* Its first byte is what made it XML. */
	if (len == 0)
		return 0;
	buf_add(&doc, data, len);
	repair_run(&doc, &limits, &context, REPORTS_MAX, &out, &result);
	MUST(result.reports >= 0 && result.reports <= REPORTS_MAX);
	MUST(text_is_utf8(result.lost, strlen(result.lost)));
	if (result.reports > 0)
		must_be_report(&out);
	MUST(count_reports(&out) == result.reports);
	buf_done(&doc);
	buf_done(&out);
	return 0;
}
