/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/explain_envelope.h"

#include <string.h>
#include <strings.h>

#include "answer/explain_result.h"

const char *
explain_domain_of(const char *address, struct arena *arena)
{
	const char *at;
	size_t n;

	if (address == NULL)
		return NULL;
	at = strrchr(address, '@');
	if (at != NULL)
		address = at + 1;
	address += *address == '<';
	n = strcspn(address, ">");
	if (n == 0 || strcmp(address, "none") == 0)
		return NULL;
	return address[n] == '\0' ? address : arena_strndup(arena, address, n);
}

/* Return whether it has a domain. */
static bool
set_sender(struct explain_envelope *e, const char *address, struct arena *arena)
{
	const char *at;

	if (address == NULL)
		return false;
	e->is_null = address[0] == '\0' || strcmp(address, "<>") == 0;
	e->domain = explain_domain_of(address, arena);
	at = strrchr(address, '@');
	address += *address == '<';
	if (e->domain != NULL && at != NULL && at > address)
		e->local = arena_strndup(
		    arena, address, (size_t)(at - address));
	return e->domain != NULL;
}

/*
 * By the words that RFC 7208, 9.1 shows and most write: "(host: domain of
 * anna@example.org designates ...)".
 */
static void
find_in_words(struct explain_envelope *e, const struct explain_result *spf,
    struct arena *arena)
{
	static const char of[] = "domain of ", moving[] = "transitioning ";
	const char *const *comment = spf->comments.at, *p;
	size_t i;

	for (i = 0; i < spf->comments.n; i++) {
		if ((p = strstr(comment[i], of)) == NULL)
			continue;
		p += sizeof(of) - 1;
		if (strncmp(p, moving, sizeof(moving) - 1) == 0)
			p += sizeof(moving) - 1;
		(void)set_sender(
		    e, arena_strndup(arena, p, strcspn(p, " \t")), arena);
		return;
	}
}

void
explain_envelope_find(struct explain_envelope *e,
    const struct explain_result *spf, struct arena *arena)
{
	const char *identity = explain_result_value(spf, "", "identity");

	memset(e, 0, sizeof(*e));
	if (spf == NULL)
		return;
	e->helo = explain_domain_of(
	    explain_result_value(spf, NULL, "helo"), arena);
	if (identity != NULL && strcasecmp(identity, "helo") == 0)
		return;
	if (!set_sender(
	        e, explain_result_value(spf, "smtp", "mailfrom"), arena) &&
	    !set_sender(
	        e, explain_result_value(spf, "", "envelope-from"), arena))
		find_in_words(e, spf, arena);
}

void
explain_envelope_read(
    struct explain_envelope *e, const char *return_path, struct arena *arena)
{
	(void)set_sender(e, return_path, arena);
}
