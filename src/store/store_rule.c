/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/store_rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"
#include "report/service.h"
#include "store/store_priv.h"

/* --- which one wins ------------------------------------------------------- */

static int
order_of(enum store_match match)
{
	return match == STORE_MATCH_RANGE ? STORE_MATCH_CIDR : (int)match;
}

/* How many addresses after the first. */
static void
width_of(const struct store_rule *r, uint8_t width[static STORE_IP_KEY])
{
	int i, digit, borrow = 0;

	for (i = STORE_IP_KEY - 1; i >= 0; i--) {
		digit = r->hi[i] - r->lo[i] - borrow;
		borrow = digit < 0;
		width[i] = (uint8_t)digit;
	}
}

int
store_compare_rules(const void *one, const void *two)
{
	const struct store_rule *a = one, *b = two;
	uint8_t wa[STORE_IP_KEY], wb[STORE_IP_KEY];
	int rc;

	if ((rc = order_of(a->match) - order_of(b->match)) != 0)
		return rc;
	width_of(a, wa);
	width_of(b, wb);
	if ((rc = memcmp(wa, wb, sizeof(wa))) != 0)
		return rc;
	/* Of domains the longer one is the narrower one. */
	if (order_of(a->match) != STORE_MATCH_CIDR && a->len != b->len)
		return a->len > b->len ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* --- what one matches ----------------------------------------------------- */

/* Whether a name is the rule's domain or below it. */
static bool
is_under(const struct store_rule *r, const char *name)
{
	size_t n;

	if (name == NULL)
		return false;
	n = strlen(name);
	if (n > 0 && name[n - 1] == '.')
		n--;
	return n >= r->len &&
	    strncasecmp(name + n - r->len, r->value, r->len) == 0 &&
	    (n == r->len || name[n - r->len - 1] == '.');
}

bool
store_rule_has_source(const struct store_rule *r, const struct store_facts *f)
{
	switch (r->match) {
	case STORE_MATCH_CIDR:
	case STORE_MATCH_RANGE:
		return memcmp(f->key, r->lo, sizeof(r->lo)) >= 0 &&
		    memcmp(f->key, r->hi, sizeof(r->hi)) <= 0;
	case STORE_MATCH_PTR:
		return is_under(r, f->ptr) || is_under(r, f->ptr_domain);
	case STORE_MATCH_ASN:
		return r->asn != 0 && f->asn == r->asn;
	default:
		return false;
	}
}

const struct store_rule *
store_find_rule(
    const struct store_rules *rules, const struct store_facts *facts)
{
	const struct store_rule *r = rules->all.at;
	size_t i;

	for (i = 0; i < rules->all.n; i++)
		if (store_rule_has_source(&r[i], facts))
			return &r[i];
	return NULL;
}

static bool
is_word(const char *result, const char *word)
{
	return result != NULL && strcmp(result, word) == 0;
}

static bool
is_helo(const struct auth_spf *a)
{
	return is_word(a->scope, "helo");
}

static bool
has_spf(const struct store_rule *rule, const struct record *r)
{
	const struct auth_spf *a = r->auth_spf.at;
	bool by_envelope = false, by_helo = false;
	size_t i;

	for (i = 0; i < r->auth_spf.n; i++) {
		if (!is_word(a[i].result, "pass"))
			continue;
		if (!is_helo(&a[i])) {
			if (is_under(rule, a[i].domain))
				return true;
			by_envelope = true;
		} else if (is_under(rule, a[i].domain))
			by_helo = true;
	}
	return by_helo && !by_envelope;
}

/* The organization of a domain, or the domain itself. */
static const char *
org_of(const char *domain, char org[static ALIGN_DOMAIN])
{
	return align_organization(domain, org) ? org : domain;
}

/* Whether a domain is of the rule's organization or service. */
static bool
is_signer(const struct store_rule *r, const char *domain, const char *org)
{
	const struct service *service;

	if (strcasecmp(org, r->org) == 0)
		return true;
	service = r->service != NULL ? service_find(domain) : NULL;
	return service != NULL && strcmp(service->name, r->service->name) == 0;
}

/* Whether somebody else than the signer handed the message over. */
static bool
is_contradicted(const struct store_rule *rule, const struct record *r)
{
	char buf[ALIGN_DOMAIN], own_buf[ALIGN_DOMAIN];
	const char *own = r->header_from != NULL
	    ? org_of(r->header_from, own_buf)
	    : "";
	const struct auth_spf *a = r->auth_spf.at;
	bool is_other = false, is_same;
	const char *org;
	size_t i;

	for (i = 0; i < r->auth_spf.n; i++) {
		if (a[i].domain == NULL || a[i].domain[0] == '\0')
			continue;
		org = org_of(a[i].domain, buf);
		is_same = is_signer(rule, a[i].domain, org);
		if (is_word(a[i].result, "pass")) {
			if (is_same)
				return false;
			if (!is_helo(&a[i]) && strcasecmp(org, own) != 0)
				is_other = true;
		} else if (is_same &&
		    (is_word(a[i].result, "fail") ||
		        is_word(a[i].result, "softfail")))
			is_other = true;
	}
	return is_other;
}

bool
store_rule_has_record(const struct store_rule *rule, const struct record *r)
{
	const struct auth_dkim *a = r->auth_dkim.at;
	size_t i;

	if (rule->match == STORE_MATCH_SPF)
		return has_spf(rule, r);
	if (rule->match != STORE_MATCH_DKIM)
		return false;
	for (i = 0; i < r->auth_dkim.n; i++)
		if (is_word(a[i].result, "pass") && is_under(rule, a[i].domain))
			return !is_contradicted(rule, r);
	return false;
}

/* --- all of them ---------------------------------------------------------- */

/* A column that is not what a rule of its kind has makes it match nothing. */
static void
read_row(sqlite3_stmt *st, struct store_rule *r)
{
	const char *match = (const char *)sqlite3_column_text(st, 2);
	const char *value = (const char *)sqlite3_column_text(st, 3);
	const void *lo = sqlite3_column_blob(st, 4);
	const void *hi = sqlite3_column_blob(st, 5);
	int i;

	r->id = sqlite3_column_int64(st, 0);
	r->sender_id = sqlite3_column_int64(st, 1);
	for (i = 0; i < STORE_MATCHES - 1; i++)
		if (strcmp(match, store_match_words[i]) == 0)
			break;
	r->match = (enum store_match)i;
	snprintf(r->value, sizeof(r->value), "%s", value);
	r->len = strlen(r->value);
	memset(r->lo, 0xff, sizeof(r->lo));
	if (lo != NULL && hi != NULL) {
		memcpy(r->lo, lo, sizeof(r->lo));
		memcpy(r->hi, hi, sizeof(r->hi));
	} else if (order_of(r->match) != STORE_MATCH_CIDR)
		memset(r->lo, 0, sizeof(r->lo));
	if (r->match == STORE_MATCH_ASN)
		r->asn = sqlite3_column_int64(st, 3);
	if (r->match != STORE_MATCH_DKIM)
		return;
	r->service = service_find(r->value);
	if (!align_organization(r->value, r->org))
		snprintf(r->org, sizeof(r->org), "%.253s", r->value);
}

int
store_load_rules(struct store *s, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_RULE_LIST];
	struct store_rules *rules = &s->rules;
	const struct store_rule *r;
	size_t i;
	int rc;

	if (rules->is_loaded)
		return 0;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		read_row(st, array_add(&rules->all, sizeof(*r)));
	if (rc != SQLITE_DONE)
		store_sql_error(
		    s->db, rc, s->path, "read the rules of senders", err);
	sqlite3_reset(st);
	if (rc != SQLITE_DONE) {
		store_forget_rules(rules);
		return -1;
	}
	if (rules->all.n > 1)
		qsort(rules->all.at, rules->all.n, sizeof(*r),
		    store_compare_rules);
	r = rules->all.at;
	for (i = 0; i < rules->all.n; i++)
		if (r[i].match == STORE_MATCH_SPF ||
		    r[i].match == STORE_MATCH_DKIM) {
			if (rules->domains++ == 0)
				rules->first_domain = i;
		}
	rules->is_loaded = true;
	return 0;
}
