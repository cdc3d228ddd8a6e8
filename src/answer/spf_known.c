/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/spf_known.h"

#include <stdlib.h>
#include <string.h>

#include "answer/dns_history.h"
#include "answer/period.h"
#include "base/map.h"
#include "base/mem.h"
#include "report/service.h"

struct domain {
	bool is_read, is_known;
	int64_t asked_ts;
	struct spf_map *map;
};

struct spf_records {
	struct dns_history *history;
	struct map domains; /* of struct domain, by name */
};

const char *
spf_known_word(enum spf_known_state state)
{
	static const char *const words[SPF_KNOWN_STATES] = {
		[SPF_KNOWN_NO_RECORD] = "no_record",
		[SPF_KNOWN_ERROR] = "error",
		[SPF_KNOWN_OWN] = "own",
		[SPF_KNOWN_INCLUDE] = "include",
		[SPF_KNOWN_DEPENDS] = "depends",
		[SPF_KNOWN_DENIED] = "denied",
		[SPF_KNOWN_ABSENT] = "absent",
	};

	return words[state];
}

struct spf_records *
spf_records_new(struct query_db *db)
{
	struct spf_records *r = xcalloc(1, sizeof(*r));

	r->history = dns_history_new(db);
	r->domains.size = sizeof(struct domain);
	return r;
}

void
spf_records_free(struct spf_records *r)
{
	struct domain *d;
	size_t i;

	if (r == NULL)
		return;
	d = r->domains.items.at;
	for (i = 0; i < r->domains.items.n; i++)
		if (d[i].map != NULL) {
			spf_map_done(d[i].map);
			free(d[i].map);
		}
	map_done(&r->domains);
	dns_history_free(r->history);
	free(r);
}

/* The record of a domain, read when it is asked for first. */
static const struct domain *
find_domain(struct spf_records *r, const char *name)
{
	struct domain *d = map_item(&r->domains, name, strlen(name));
	const struct dns_source source = dns_history_source(r->history);
	const struct dns_answer *answer;

	if (d->is_read)
		return d;
	d->is_read = true;
	answer = dns_ask(&source, DNS_TXT, name);
	if (answer->status == DNS_FAILED || !dns_is_name(name))
		return d;
	d->is_known = true;
	d->asked_ts = answer->asked_ts;
	d->map = xcalloc(1, sizeof(*d->map));
	spf_read(&source, name, d->map);
	return d;
}

bool
spf_records_have(struct spf_records *r, const char *domain, int64_t *asked_ts)
{
	const struct domain *d = find_domain(r, domain);

	*asked_ts = d->asked_ts;
	return d->is_known;
}

/*
 * The domain that the record includes.  What it redirects to is the record of
 * the domain itself, unless that is a service's.  NULL: none.
 */
static const char *
through(const struct spf_record *record)
{
	const char *name = NULL;

	for (; record != NULL && record->parent != NULL;
	     record = record->parent)
		if (record->by->kind != SPF_REDIRECT ||
		    service_find(record->domain) != NULL)
			name = record->domain;
	return name;
}

static enum spf_known_state
state_of(const struct spf_map *map, const char *ip, struct spf_found *found)
{
	if (map->records[0]->state == SPF_MISSING)
		return SPF_KNOWN_NO_RECORD;
	*found = spf_map_find(map, ip);
	if (found->failed)
		return SPF_KNOWN_NOTHING;
	if (found->unknown)
		return SPF_KNOWN_DEPENDS;
	switch (found->result) {
	case SPF_NONE:
	case SPF_TEMPERROR:
		return SPF_KNOWN_NOTHING;
	case SPF_PERMERROR:
		return SPF_KNOWN_ERROR;
	case SPF_PASS:
		return found->is_own ? SPF_KNOWN_OWN : SPF_KNOWN_INCLUDE;
	case SPF_NEUTRAL:
	case SPF_FAIL:
	case SPF_SOFTFAIL:
		break;
	}
	return found->term != NULL && found->term->kind != SPF_ALL
	    ? SPF_KNOWN_DENIED
	    : SPF_KNOWN_ABSENT;
}

struct spf_known
spf_known_find(struct spf_records *r, const char *domain, const char *ip)
{
	const struct domain *d = find_domain(r, domain);
	struct spf_known known = { .asked_ts = d->asked_ts };
	struct spf_found found = { .result = SPF_NONE };

	if (!d->is_known || ip == NULL)
		return known;
	known.state = state_of(d->map, ip, &found);
	known.record = found.record;
	known.term = found.term;
	/* "all" lets everybody pass: it names nobody. */
	if (known.state != SPF_KNOWN_INCLUDE || found.term == NULL ||
	    found.term->kind == SPF_ALL)
		return known;
	known.through = through(found.record);
	if (known.through == NULL)
		known.state = SPF_KNOWN_OWN;
	return known;
}

void
spf_known_add_path(struct buf *b, const struct spf_known *known)
{
	if (known->record != NULL && known->term != NULL)
		spf_write_path(b, known->record, known->term);
}

static void
add_day(struct buf *b, int64_t ts)
{
	char day[PERIOD_DATE];

	period_write_date(day, ts);
	buf_printf(b, " (looked up on %s).", day);
}

void
spf_known_add_sentence(struct buf *b, const struct spf_known *known,
    const char *domain, const char *ip, bool is_foreign)
{
	struct buf path = { 0 };

	spf_known_add_path(&path, known);
	switch (known->state) {
	case SPF_KNOWN_NOTHING:
	case SPF_KNOWN_STATES:
		buf_done(&path);
		return;
	case SPF_KNOWN_NO_RECORD:
		buf_printf(b, "%s has no SPF record", domain);
		break;
	case SPF_KNOWN_ERROR:
		buf_printf(b,
		    "The SPF record of %s is in error, so that it allows "
		    "nobody: ruactl dns %s",
		    domain, domain);
		break;
	case SPF_KNOWN_OWN:
	case SPF_KNOWN_INCLUDE:
		buf_printf(
		    b, "In the SPF record of %s by %s", domain, buf_str(&path));
		break;
	case SPF_KNOWN_DEPENDS:
		buf_printf(b,
		    "Whether the SPF record of %s allows %s depends on the "
		    "message",
		    domain, ip);
		break;
	case SPF_KNOWN_DENIED:
		buf_printf(b, "The SPF record of %s does not allow it: %s",
		    domain, buf_str(&path));
		break;
	case SPF_KNOWN_ABSENT:
		buf_printf(b, "In no term of the SPF record of %s", domain);
		if (!is_foreign) {
			buf_add_str(b, ": if it is yours, add ");
			spf_write_term(b, ip);
		}
		break;
	}
	add_day(b, known->asked_ts);
	buf_done(&path);
}
