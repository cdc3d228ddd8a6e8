/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * received: any Received fields, one a line, are read into short UTF-8 and
 * addresses; at most one of them is the border, and it is named after itself.
 */
#include "base/limits.h"
#include "base/text.h"
#include "fuzz.h"
#include "parse/received.h"

static void
must_be_text(const char *s)
{
	MUST(s == NULL || strlen(s) <= LIMIT_TEXT);
	MUST(s == NULL || text_is_utf8(s, strlen(s)));
}

static void
see_hop(const struct explain_hop *h)
{
	must_be_text(h->by);
	must_be_text(h->from_helo);
	must_be_text(h->from_name);
	must_be_text(h->from_ip);
	must_be_text(h->with);
	must_be_text(h->tls);
	must_be_text(h->id);
	must_be_text(h->for_address);
	MUST(h->time >= 0);
	if (h->by != NULL && h->by[0] != '\0')
		received_is_named_after(h, h->by);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *p = (const char *)data, *end = p + len, *nl;
	struct array hops = { 0 };
	struct arena arena = { 0 };
	struct explain_hop *h;
	int border;
	size_t i;

	for (; p < end && hops.n < LIMIT_EXPLAIN_HOPS; p = nl + (nl < end)) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			nl = end;
		received_read(p, (size_t)(nl - p), &arena,
		    array_add(&hops, sizeof(struct explain_hop)));
	}
	h = hops.at;
	for (i = 0; i < hops.n; i++)
		see_hop(&h[i]);
	border = received_border(&hops);
	MUST(border >= -1 && (border == -1 || (size_t)border < hops.n));
	array_done(&hops);
	arena_done(&arena);
	return 0;
}
