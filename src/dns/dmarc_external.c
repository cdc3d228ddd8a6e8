/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dmarc_external.h"

#include <stdio.h>
#include <string.h>

#include "report/align.h"

#define BETWEEN "._report._dmarc."

const char *const dmarc_external_words[] = {
	[DMARC_EXTERNAL_SAME] = "same",
	[DMARC_EXTERNAL_AUTHORIZED] = "authorized",
	[DMARC_EXTERNAL_MISSING] = "missing",
	[DMARC_EXTERNAL_TOO_LONG] = "too_long",
	[DMARC_EXTERNAL_FAILED] = "failed",
	NULL,
};

/* The name to ask; NULL: it is too long. */
static const char *
write_name(struct arena *arena, const char *domain, const char *host)
{
	size_t size = strlen(domain) + sizeof(BETWEEN) + strlen(host);
	char *name = arena_alloc(arena, size);

	snprintf(name, size, "%s" BETWEEN "%s", domain, host);
	return dns_is_name(name) ? name : NULL;
}

/* What the record of the host sets in place of the domain's addresses. */
static void
read_override(
    struct dmarc_external *e, const struct dmarc_record *r, const char *host)
{
	const struct report_uri *u;
	size_t i;

	if (e->override.n > 0 || r->rua.n == 0)
		return;
	e->override = r->rua;
	for (i = 0; i < r->rua.n; i++) {
		u = &r->rua.uris[i];
		if (u->host != NULL && strcmp(u->host, host) != 0)
			e->is_override_foreign = true;
	}
}

static void
read_records(struct dmarc_external *e, const char *host, struct arena *arena)
{
	struct dmarc_record *records;
	size_t i;

	e->n = e->answer->n;
	if (e->n == 0)
		return;
	records = arena_alloc(arena, e->n * sizeof(*records));
	for (i = 0; i < e->n; i++) {
		dmarc_record_parse(
		    e->answer->records[i].text, arena, &records[i]);
		if (records[i].version != TAG_VERSION_OK)
			continue;
		e->ngood++;
		read_override(e, &records[i], host);
	}
	e->records = records;
}

/*
 * Without a good record: whether reports are not sent depends on whether it is
 * another organization, which the walk may not have told.
 */
static void
judge_absence(struct dmarc_external *e, const struct dns_source *source,
    const char *domain, const char *host, struct arena *arena)
{
	e->verdict = DMARC_EXTERNAL_FAILED;
	if (e->answer->status == DNS_FAILED) {
		e->failed = (struct dns_unanswered) { DNS_TXT, e->name,
			e->answer->failure };
	} else if (e->is_same_list == DMARC_NO || e->is_same_walk == DMARC_NO) {
		e->verdict = DMARC_EXTERNAL_MISSING;
	} else {
		e->failed = dmarc_find_unanswered(source, domain, arena);
		if (e->failed.name == NULL)
			e->failed = dmarc_find_unanswered(source, host, arena);
	}
}

bool
dmarc_external_find(const struct dns_source *source, const char *policy_domain,
    const char *host, struct arena *arena, struct dmarc_external *out)
{
	char domain[DNS_NAME], place[DNS_NAME];

	if (!dns_write_name(policy_domain, domain) ||
	    !dns_write_name(host, place))
		return false;
	*out = (struct dmarc_external) { .verdict = DMARC_EXTERNAL_SAME };
	out->name = write_name(arena, domain, place);
	out->is_same_list = align_domains(domain, place, false) ? DMARC_YES
	                                                        : DMARC_NO;
	out->is_same_walk = dmarc_is_aligned(
	    source, domain, place, false, arena);
	if (out->is_same_list == DMARC_YES && out->is_same_walk == DMARC_YES)
		return true;
	if (out->name == NULL) {
		out->verdict = DMARC_EXTERNAL_TOO_LONG;
		return true;
	}
	out->answer = dns_ask(source, DNS_TXT, out->name);
	read_records(out, place, arena);
	if (out->ngood > 0)
		out->verdict = DMARC_EXTERNAL_AUTHORIZED;
	else
		judge_absence(out, source, domain, place, arena);
	return true;
}
