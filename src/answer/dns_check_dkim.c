/* SPDX-License-Identifier: BSD-2-Clause */
/* K: the keys of the selectors that reports name (RFC 6376, 8301, 8463). */
#include <inttypes.h>
#include <string.h>

#include "answer/dns_case.h"
#include "answer/dns_tag_words.h"
#include "answer/period.h"
#include "dns/dkim_key.h"

#define IN_USE_DAYS 14 /* since a report named it last */
#define OLD_DAYS 365   /* a key should be changed after */

enum {
	GONE,
	GONE_ASKED,
	NEVER,
	REVOKED,
	REVOKED_ASKED,
	TOO_SHORT,
	TOO_SHORT_UNUSED,
	SHORT,
	LONG,
	TESTING,
	STRICT,
	SEVERAL,
	USELESS,
	DOUBTFUL,
	NO_KEY,
	PRIVATE,
	TAG,
	RETIRED,
	NONE_KNOWN,
	OLD,
	RULES,
};

const struct dns_rule dns_rules_dkim[] = {
	[GONE] = { "K1", DNS_ERROR, "RFC 6376, 3.6.2",
	    "{name} has no key, though mail is signed with it ({n} messages in "
	    "90 days, the last on {to}; {m} of the signatures failed). "
	    "Publish the key of the server that signs with s={what}",
	    NULL },
	[GONE_ASKED] = { "K1", DNS_ERROR, "RFC 6376, 3.6.2",
	    "{name} has no key. Publish the key of the server that signs "
	    "with s={what}, or correct --selector",
	    NULL },
	[NEVER] = { "K1", DNS_WARNING, "RFC 6376, 3.6.2",
	    "{name} has no key; {n} messages named it, and no signature "
	    "passed. If a server of yours signs with s={what}, publish its "
	    "key; otherwise somebody else uses your name",
	    NULL },
	[REVOKED] = { "K2", DNS_WARNING, "RFC 6376, 3.6.1",
	    "{name} is revoked (p= is empty), though mail is signed with it "
	    "({n} messages, the last on {to}). Let the server that signs "
	    "with s={what} take another key",
	    NULL },
	[REVOKED_ASKED] = { "K2", DNS_WARNING, "RFC 6376, 3.6.1",
	    "{name} is revoked (p= is empty). Sign with another key than "
	    "s={what}",
	    NULL },
	[TOO_SHORT] = { "K3", DNS_ERROR, "RFC 8301, 3.2",
	    "{name} has an RSA key of {n} bits, which verifiers must not "
	    "accept. Sign with one of 2,048 bits under a new selector",
	    NULL },
	[TOO_SHORT_UNUSED] = { "K3", DNS_ERROR, "RFC 8301, 3.2",
	    "{name} has an RSA key of {n} bits, which others can break, and "
	    "then sign in your name. Nobody was seen to sign with it since "
	    "{to}: revoke it, or remove it",
	    NULL },
	[SHORT] = { "K3", DNS_WARNING, "RFC 8301, 3.2",
	    "{name} has an RSA key of {n} bits; it should have 2,048. Sign "
	    "with one of that size under a new selector",
	    NULL },
	[LONG] = { "K3", DNS_WARNING, "RFC 8301, 3.2",
	    "{name} has an RSA key of {n} bits; not all verifiers take more "
	    "than 4,096. Sign with one of 2,048 bits under a new selector",
	    NULL },
	[TESTING] = { "K4", DNS_WARNING, "RFC 6376, 3.6.1",
	    "{name} says that it is being tested (t=y): some receivers take "
	    "its mail for unsigned.|When the tests are over, publish this "
	    "record",
	    "{name} TXT {value}" },
	[STRICT] = { "K4", DNS_INFO, "RFC 6376, 3.6.1",
	    "{name} has t=s: signatures of subdomains (i=) do not count with "
	    "it",
	    NULL },
	[SEVERAL] = { "K5", DNS_ERROR, "RFC 6376, 3.6.2.2",
	    "{name} has {n} keys: which one a receiver takes is left to "
	    "chance. Remove all but one",
	    NULL },
	[USELESS] = { "K5", DNS_ERROR, "RFC 6376, 3.6.1",
	    "{name} cannot be used as a key: {what}. Publish the key of the "
	    "server that signs with it again, whole and as one record",
	    NULL },
	[DOUBTFUL] = { "K5", DNS_WARNING, "RFC 6376, 3.6.1",
	    "{name} cannot be used by all verifiers: {what}. Publish the key "
	    "again",
	    NULL },
	[NO_KEY] = { "K5", DNS_ERROR, "RFC 6376, 3.6.1",
	    "{name} has a TXT record that is not a key: {what}. Publish the "
	    "key in its place",
	    NULL },
	[PRIVATE] = { "K5", DNS_ERROR, "RFC 6376, 3.6.1",
	    "{name} shows the private key to everybody. Remove it, and sign "
	    "with a new key under a new selector at once",
	    NULL },
	[TAG] = { "K5", DNS_INFO, "RFC 6376, 3.6.1",
	    "{name}: {what}. It can be removed", NULL },
	[RETIRED] = { "K6", DNS_INFO, "RFC 6376, 3.6.1",
	    "{name} has a key with which no mail was seen since {to}.|If it "
	    "is no longer needed, revoke it",
	    "{name} TXT {value}" },
	[NONE_KNOWN] = { "K7", DNS_INFO, NULL,
	    "{name}: no report of the last 400 days names a selector, so that "
	    "no "
	    "key could be looked at. Name one with --selector",
	    NULL },
	[OLD] = { "K8", DNS_WARNING, NULL,
	    "{name} is the only key in use, and has not changed since {to} at "
	    "least, {n} days ago. Sign with a new one under a new selector",
	    NULL },
	[RULES] = { 0 },
};

/* What makes a key useless, or doubtful. */
static const char *const fault_words[DKIM_FAULTS] = {
	[DKIM_NO_P] = "it has no p=",
	[DKIM_TWICE] = "a tag is there twice",
	[DKIM_BAD_TAG] = "it has what is not a tag=value",
	[DKIM_VERSION] = "v= is not DKIM1",
	[DKIM_NOT_FIRST] = "v= is not its first tag",
	[DKIM_TYPE] = "k= is neither rsa nor ed25519",
	[DKIM_BASE64] = "p= is not base64",
	[DKIM_PADDING] = "p= lacks the \"=\" at its end",
	[DKIM_DER] = "p= is not an RSA key",
	[DKIM_TRAILING] = "p= has more than a key",
	[DKIM_ED25519] = "p= is not an Ed25519 key of 32 bytes",
	[DKIM_NOT_RSA] = "p= is an Ed25519 key, but k=ed25519 is missing",
	[DKIM_ONLY_SHA1] = "h= has no sha256",
	[DKIM_NOT_EMAIL] = "s= has no email",
	[DKIM_BARE] = "p= is a bare RSA key (PKCS #1)",
};

static void
find(struct dns_case *c, int rule, const char *name, const struct dns_words *w)
{
	dns_find(c->findings, DNS_GROUP_DKIM, &dns_rules_dkim[rule], name, w);
}

static int64_t
days_ago(const struct dns_case *c, int64_t day)
{
	return (c->facts->now - day) / PERIOD_DAY;
}

static bool
is_in_use(const struct dns_case *c, const struct dns_selector *s)
{
	return s->last_day > 0 && days_ago(c, s->last_day) <= IN_USE_DAYS;
}

/* Nobody signs with it any more. */
static bool
is_retired(const struct dns_case *c, const struct dns_selector *s)
{
	return s->last_day > 0 && !s->is_asked &&
	    days_ago(c, s->last_day) > DNS_FACTS_DAYS;
}

/* There is no key. */
static void
check_gone(
    struct dns_case *c, const struct dns_selector *s, const struct dkim_find *k)
{
	struct dns_words w = {
		.what = s->selector, .n = s->messages, .m = s->fail
	};

	if (k->n > 0) {
		w.what = k->keys[0].text;
		if (is_in_use(c, s) || s->is_asked)
			find(c, NO_KEY, k->name, &w);
		return;
	}
	w.to = dns_date(c->findings, s->last_day);
	if (is_in_use(c, s) && s->messages > 0)
		find(c, s->pass_day > 0 ? GONE : NEVER, k->name, &w);
	else if (s->is_asked)
		find(c, GONE_ASKED, k->name, &w);
	else
		dns_note(c->findings, DNS_GROUP_DKIM, k->name, "retired", w.to,
		    "%s: no key, and not seen since %s", s->selector, w.to);
}

/* K3, K4, K5: what is wrong with a key. */
static void
check_faults(struct dns_case *c, const char *name, const struct dkim_key *key)
{
	struct dns_words w = { .n = key->bits };
	int fault;

	for (fault = 0; fault < DKIM_FAULTS; fault++) {
		if ((key->faults & DKIM_BIT(fault)) == 0)
			continue;
		w.what = fault_words[fault];
		if (fault == DKIM_PRIVATE)
			find(c, PRIVATE, name, &w);
		else if (fault == DKIM_TOO_SHORT || fault == DKIM_SHORT ||
		    fault == DKIM_LONG)
			find(c,
			    fault == DKIM_SHORT      ? SHORT
			        : fault == DKIM_LONG ? LONG
			                             : TOO_SHORT,
			    name, &w);
		else if (fault == DKIM_TESTING) {
			w.value = dns_tag_rewrite(c->findings, &key->tags, "t",
			    (key->faults & DKIM_BIT(DKIM_STRICT)) != 0 ? "s"
			                                               : NULL);
			find(c, TESTING, name, &w);
		} else if (fault == DKIM_STRICT)
			find(c, STRICT, name, &w);
		else if (fault != DKIM_REVOKED && w.what != NULL)
			find(c,
			    (dkim_fatal & DKIM_BIT(fault)) != 0 ? USELESS
			                                        : DOUBTFUL,
			    name, &w);
	}
}

static void
check_tags(struct dns_case *c, const char *name, const struct dkim_key *key)
{
	struct dns_words w = { 0 };
	size_t i;

	for (i = 0; i < key->nproblems; i++) {
		if (key->problems[i].fault != TAG_UNKNOWN &&
		    key->problems[i].fault != TAG_OBSOLETE)
			continue;
		w.what = dns_tag_problem(c->findings, &key->problems[i]);
		find(c, TAG, name, &w);
	}
}

static void
check_revoked(
    struct dns_case *c, const struct dns_selector *s, const char *name)
{
	struct dns_words w = { .what = s->selector, .n = s->messages };

	w.to = dns_date(c->findings, s->last_day);
	if (is_in_use(c, s) && s->messages > 0)
		find(c, REVOKED, name, &w);
	else if (s->is_asked)
		find(c, REVOKED_ASKED, name, &w);
	else
		dns_note(c->findings, DNS_GROUP_DKIM, name, "revoked", w.to,
		    "%s: revoked, and not seen since %s", s->selector, w.to);
}

/* Only with a key that they can break, or have, others sign. */
static void
check_retired(struct dns_case *c, const struct dns_selector *s,
    const char *name, const struct dkim_key *key)
{
	struct dns_words w = { .value = "v=DKIM1; p=" };

	w.to = dns_date(c->findings, s->last_day);
	w.n = key != NULL ? key->bits : 0;
	if (key != NULL && (key->faults & DKIM_BIT(DKIM_TOO_SHORT)) != 0)
		find(c, TOO_SHORT_UNUSED, name, &w);
	if (key != NULL && (key->faults & DKIM_BIT(DKIM_PRIVATE)) != 0)
		find(c, PRIVATE, name, &w);
	find(c, RETIRED, name, &w);
}

static void
check_key(struct dns_case *c, const struct dns_selector *s, const char *name,
    const struct dkim_key *key, struct dns_since since)
{
	const char *kind = key->type == DKIM_EDWARDS ? "Ed25519" : "RSA";
	const char *changed = dns_case_since_text(c, since);

	if ((key->faults & DKIM_BIT(DKIM_REVOKED)) != 0) {
		check_revoked(c, s, name);
		return;
	}
	if (key->is_usable)
		dns_note(c->findings, DNS_GROUP_DKIM, name, "bits",
		    dns_print(c->findings, "%u", key->bits),
		    "%s: %u bit %s%s%s", s->selector, key->bits, kind,
		    changed != NULL ? ", " : "",
		    changed != NULL ? changed : "");
	if (is_retired(c, s)) {
		check_retired(c, s, name, key);
		return;
	}
	check_faults(c, name, key);
	check_tags(c, name, key);
}

/* K8: the only key in use, and for how long it has been so. */
static void
check_age(struct dns_case *c, const char *only, struct dns_since since)
{
	struct dns_words w = { .n = days_ago(c, since.ts) };

	if (!since.is_known || w.n <= OLD_DAYS)
		return;
	w.to = dns_date(c->findings, since.ts);
	find(c, OLD, only, &w);
}

void
dns_check_dkim(struct dns_case *c)
{
	const struct dns_selector *s = c->facts->selectors.at;
	struct dns_since since, only_since = { 0 };
	const char *only = NULL;
	struct dns_words w = { 0 };
	struct dkim_find k;
	size_t i, used = 0;

	for (i = 0; i < c->facts->selectors.n; i++) {
		if (i >= DNS_FACTS_SELECTORS && !s[i].is_asked)
			continue;
		dkim_key_find(
		    c->source, s[i].selector, s[i].domain, &c->arena, &k);
		if (k.name == NULL || k.answer == NULL)
			continue;
		if (k.answer->status == DNS_FAILED) {
			dns_cannot_tell(c->findings, DNS_GROUP_DKIM, DNS_TXT,
			    k.name, k.answer->failure);
			used++; /* whether it is in use, too */
			continue;
		}
		since = dns_case_since(c, k.answer, k.name, "");
		if (k.nkeys == 0)
			check_gone(c, &s[i], &k);
		else if (k.key == NULL && is_retired(c, &s[i]))
			check_retired(c, &s[i], k.name, NULL);
		else if (k.key == NULL) {
			w.n = (int64_t)k.nkeys;
			find(c, SEVERAL, k.name, &w);
		} else {
			check_key(c, &s[i], k.name, k.key, since);
			if (k.key->is_usable && is_in_use(c, &s[i])) {
				used++;
				only = k.name;
				only_since = since;
			}
		}
	}
	if (only != NULL && used == 1)
		check_age(c, only, only_since);
	if (c->facts->selectors.n == 0)
		find(c, NONE_KNOWN, c->domain, NULL);
}
