/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aggregate: the strict reader takes every line; in which pieces a document in
 * UTF-8 comes makes no difference.
 */
#include "base/limits.h"
#include "base/text.h"
#include "fuzz.h"
#include "parse/aggregate.h"

static const struct limits limits = LIMITS_DEFAULT;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	aggregate_init();
	return 0;
}

/* 0 and its lines, or -1. */
static int
read_in_pieces(const char *data, size_t len, size_t piece, struct buf *out)
{
	static const struct mail_facts mail = { .sender = "d@reporter.example",
		.from_domain = "reporter.example",
		.sent_ts = 1735862400 };
	const struct aggregate_context context = {
		.filename = "r.example!example.org!1735689600!1735775999.xml",
		.mail = &mail,
	};
	struct aggregate *a = aggregate_new(&limits, &context);
	struct err err = ERR_INIT;
	int status = 0;
	size_t n;

	for (; len > 0 && status == 0; data += n, len -= n) {
		n = len < piece ? len : piece;
		status = aggregate_push(a, data, n, &err);
	}
	if (status == 0)
		status = aggregate_finish(a, out, &err);
	if (status == -1) {
		must_be_error(&err);
		MUST(out->len == 0);
	} else
		MUST(aggregate_is_report(a));
	aggregate_free(a);
	return status;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const size_t piece = len > 0 ? 1 + data[len - 1] % 97U : 1;
	struct buf whole = { 0 }, pieces = { 0 };
	const char *xml = (const char *)data;
	int again, status = read_in_pieces(xml, len, len, &whole);

	again = read_in_pieces(xml, len, piece, &pieces);
	if (status == 0)
		must_be_report(&whole);
	if (text_is_utf8(xml, len) && memmem(xml, len, "encoding", 8) == NULL) {
		MUST(again == status && whole.len == pieces.len);
		if (status == 0)
			MUST(memcmp(whole.at, pieces.at, whole.len) == 0);
	}
	buf_done(&whole);
	buf_done(&pieces);
	return 0;
}
