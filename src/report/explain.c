/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/explain.h"

#include <string.h>

static bool
is_word_of(const char *s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(s, *words) == 0)
			return true;
	return false;
}

bool
explain_is_trust(const char *s)
{
	static const char *const words[] = { "ours", "receiver", "border",
		"unknown", "foreign", NULL };

	return is_word_of(s, words);
}

bool
explain_is_form(const char *s)
{
	static const char *const words[] = { "message", "headers", "pasted",
		"reply", "none", NULL };

	return is_word_of(s, words);
}

bool
explain_is_authres_kind(const char *s)
{
	static const char *const words[] = { "ar", "arc", "orig", "spf", NULL };

	return is_word_of(s, words);
}

bool
explain_is_signature_kind(const char *s)
{
	static const char *const words[] = { "dkim", "seal", "ams", NULL };

	return is_word_of(s, words);
}

bool
explain_is_fate(const char *s)
{
	static const char *const words[] = { "sent", "deferred", "bounced",
		"rejected", NULL };

	return is_word_of(s, words);
}

static void
authres_done(struct explain_authres *a)
{
	struct explain_result *r = a->results.at;
	size_t i;

	for (i = 0; i < a->results.n; i++) {
		array_done(&r[i].properties);
		array_done(&r[i].comments);
	}
	array_done(&a->results);
}

void
explain_header_done(struct explain_header *h)
{
	struct explain_authres *a = h->authres.at;
	struct explain_vendor *v = h->vendors.at;
	size_t i;

	for (i = 0; i < h->authres.n; i++)
		authres_done(&a[i]);
	for (i = 0; i < h->vendors.n; i++)
		array_done(&v[i].items);
	array_done(&h->from);
	array_done(&h->repeated);
	array_done(&h->received);
	array_done(&h->authres);
	array_done(&h->signatures);
	array_done(&h->vendors);
	memset(h, 0, sizeof(*h));
}

void
explain_facts_done(struct explain_facts *f)
{
	explain_header_done(&f->header);
	explain_header_done(&f->outer);
	array_done(&f->bounce.recipients);
	array_done(&f->replies);
	memset(f, 0, sizeof(*f));
}
