/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dissect: whatever comes, the answer is what the strict reader takes, ends
 * with the verdict that is returned, and is the same the second time.
 */
#include "fuzz.h"
#include "parse/aggregate.h"
#include "parse/dissect.h"

static const struct dissect_options options = {
	.limits = { 1 << 20, 1 << 20, 1 << 20, 1000 },
	.keep_samples = true,
	.authres = { .ids = { "mx.example.org" }, .n = 1, .received_hops = 1 },
};

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	aggregate_init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const words[] = {
		[DISSECT_REPORT] = "report",
		[DISSECT_OTHER] = "other",
		[DISSECT_FAILED] = "failed",
	};
	struct dissect *in = dissect_new(&options);
	struct buf out = { 0 }, again = { 0 };
	struct wire_reader r = { 0 };
	enum dissect_verdict verdict;
	char start[64];

	verdict = dissect_run(in, (const char *)data, len, "a!b!1!2.xml", &out);
	must_be_lines(&r, &out);
	MUST(r.type == WIRE_VERDICT);
	wire_done(&r);
	snprintf(start, sizeof(start),
	    "{\"type\":\"verdict\",\"status\":\"%s\"", words[verdict]);
	MUST(strstr(buf_str(&out), start) != NULL);
	MUST(dissect_run(in, (const char *)data, len, "a!b!1!2.xml", &again) ==
	    verdict);
	MUST(out.len == again.len && memcmp(out.at, again.at, out.len) == 0);
	dissect_free(in);
	buf_done(&out);
	buf_done(&again);
	return 0;
}
