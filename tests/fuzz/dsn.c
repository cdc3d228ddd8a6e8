/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dsn: any delivery status, words of a bounce, or answers of a server.  The
 * first byte chooses which.  What is found is text, and not too much.
 */
#include "base/limits.h"
#include "base/text.h"
#include "fuzz.h"
#include "parse/dsn.h"
#include "parse/smtp_reply.h"

static void
must_be_text(const char *s)
{
	MUST(s == NULL || strlen(s) <= LIMIT_TEXT);
	MUST(s == NULL || text_is_utf8(s, strlen(s)));
}

static void
see_reply(const struct explain_reply *r)
{
	MUST(r->code == 0 || (r->code >= 200 && r->code <= 599));
	MUST(r->enhanced == NULL ||
	    smtp_reply_enhanced(r->enhanced) == strlen(r->enhanced));
	must_be_text(r->text);
	must_be_text(r->host);
	must_be_text(r->host_ip);
}

static void
see_bounce(const struct explain_bounce *b)
{
	const struct explain_recipient *to = b->recipients.at;
	size_t i;

	MUST(b->recipients.n <= LIMIT_EXPLAIN_RECIPIENTS);
	must_be_text(b->reporting_mta);
	for (i = 0; i < b->recipients.n; i++) {
		must_be_text(to[i].address);
		must_be_text(to[i].diagnostic);
		must_be_text(to[i].remote_mta);
		see_reply(&to[i].reply);
	}
}

static void
see_replies(const char *p, size_t len, struct arena *arena)
{
	struct array replies = { 0 };
	const struct explain_reply *r;
	size_t i;

	smtp_reply_find_all(p, len, arena, &replies);
	MUST(replies.n <= LIMIT_EXPLAIN_REPLIES);
	r = replies.at;
	for (i = 0; i < replies.n; i++) {
		MUST(r[i].code != 0 || r[i].enhanced != NULL ||
		    r[i].fate != NULL);
		see_reply(&r[i]);
	}
	array_done(&replies);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct explain_bounce bounce = { 0 };
	struct arena arena = { 0 };
	const char *original;
	bool is_cut = false;
	char *copy;

	if (len == 0)
		return 0;
	copy = xmalloc(len);
	memcpy(copy, data + 1, --len);
	if (data[0] % 3 == 0)
		dsn_read(copy, len, &arena, &bounce, &is_cut);
	else if (data[0] % 3 == 1) {
		original = dsn_read_words(copy, len, &arena, &bounce, &is_cut);
		MUST(original == NULL ||
		    (original >= copy && original < copy + len));
	} else
		see_replies(copy, len, &arena);
	see_bounce(&bounce);
	array_done(&bounce.recipients);
	arena_done(&arena);
	free(copy);
	return 0;
}
