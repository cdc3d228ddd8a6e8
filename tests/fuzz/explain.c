/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain: whatever comes, its facts are what the strict reader takes, are
 * written back as they were, and are the same the second time.  The first byte
 * chooses whom to believe.
 */
#include "fuzz.h"
#include "parse/explain.h"

#define NAMED 1
#define HOPS 2

static struct buf
explain(const char *data, size_t len, unsigned char choices)
{
	struct explain_options options = { .authres.received_hops = 1 };
	struct explain_facts facts = { 0 };
	struct arena arena = { 0 };
	struct buf out = { 0 };

	if (choices & NAMED)
		options.authres.ids[options.authres.n++] = "mx.example.org";
	options.hops_given = choices & HOPS;
	MUST(explain_read(data, len, &options, &arena, &facts) ==
	    (strcmp(facts.form, "none") != 0));
	MUST((facts.reason != NULL) == (strcmp(facts.form, "none") == 0));
	explain_wire_write(&out, &facts);
	explain_facts_done(&facts);
	arena_done(&arena);
	return out;
}

static void
must_come_back(const struct buf *out)
{
	struct explain_facts facts = { 0 };
	struct err err = ERR_INIT;
	struct buf back = { 0 };
	char *text = xmalloc(out->len + 1);

	memcpy(text, out->at, out->len);
	if (explain_wire_read(&facts, text, out->len, &err) == -1)
		fprintf(stderr, "%s\n%.*s\n", err.text, (int)out->len, out->at);
	MUST(err.class == ERR_NONE);
	explain_wire_write(&back, &facts);
	MUST(back.len == out->len && memcmp(back.at, out->at, back.len) == 0);
	explain_facts_done(&facts);
	buf_done(&back);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf out, again;
	char *copy;

	if (len == 0)
		return 0;
	/* Exactly as large, so that ASan watches. */
	copy = xmalloc(len);
	memcpy(copy, data + 1, len - 1);
	out = explain(copy, len - 1, data[0]);
	must_come_back(&out);
	again = explain(copy, len - 1, data[0]);
	MUST(out.len == again.len && memcmp(out.at, again.at, out.len) == 0);
	buf_done(&out);
	buf_done(&again);
	free(copy);
	return 0;
}
