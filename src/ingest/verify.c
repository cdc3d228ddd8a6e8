/* SPDX-License-Identifier: BSD-2-Clause */
#include "ingest/verify.h"

#include <stddef.h>
#include <string.h>

#include "report/reporter.h"

static const char not_verified[] =
    "not authenticated: no Authentication-Results field that can be trusted "
    "(see authserv_ids and received_hops)";
static const char verified_fail[] =
    "not authenticated: your mail server found that the message is not from "
    "its stated sender";
static const char not_the_reporter[] =
    "not authenticated: the sender is genuine, but may not send reports of "
    "this organization";

void
verify_begin(struct verify *s, bool is_required)
{
	*s = (struct verify) { .is_required = is_required,
		.refused = is_required ? not_verified : NULL };
}

void
verify_message(struct verify *s, const char *verified, const char *from_domain)
{
	s->from_domain = from_domain;
	if (verified == NULL)
		return;
	s->is_verified = strcmp(verified, "pass") == 0;
	if (!s->is_required)
		return;
	if (s->is_verified)
		s->refused = NULL;
	else if (strcmp(verified, "fail") == 0)
		s->refused = verified_fail;
}

bool
verify_report(struct verify *s, const char *organization, const char *email)
{
	if (!s->is_verified ||
	    reporter_is_sender(s->from_domain, organization, email))
		return true;
	s->is_verified = false;
	if (s->is_required)
		s->refused = not_the_reporter;
	return false;
}
