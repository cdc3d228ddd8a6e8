/* SPDX-License-Identifier: BSD-2-Clause */
/* M: MTA-STS, the record and, if it was fetched, the policy (RFC 8461). */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "answer/dns_case.h"
#include "answer/dns_tag_words.h"
#include "base/sha256.h"
#include "dns/mta_sts.h"

#define SHORT_AGE 86400 /* seconds */

enum {
	SEVERAL,
	USELESS,
	TAG,
	NO_POLICY,
	TYPE,
	POLICY_FAULT,
	POLICY_HARMLESS,
	NO_SERVER,
	MODE_TESTING,
	MODE_NONE,
	AGE,
	CHANGED,
	RULES,
};

const struct dns_rule dns_rules_mta_sts[] = {
	[SEVERAL] = { "M1", DNS_ERROR, "RFC 8461, 3.1",
	    "{name} has {n} MTA-STS records: none of them counts. Remove all "
	    "but one",
	    NULL },
	[USELESS] = { "M1", DNS_ERROR, "RFC 8461, 3.1",
	    "{name} cannot be used, so that there is no MTA-STS: {what}.|"
	    "Publish this record, with another id at each change",
	    "{name} TXT {value}" },
	[TAG] = { "M1", DNS_WARNING, "RFC 8461, 3.1",
	    "{name}: {what}. Correct or remove it", NULL },
	[NO_POLICY] = { "M2", DNS_ERROR, "RFC 8461, 3.3",
	    "{name} announces a policy, but {to} {what}. Put the policy "
	    "there, or remove the record",
	    NULL },
	[TYPE] = { "M2", DNS_WARNING, "RFC 8461, 3.2",
	    "{name}: {to} has the type {what}, not text/plain. Let "
	    "the web server say so",
	    NULL },
	[POLICY_FAULT] = { "M3", DNS_ERROR, "RFC 8461, 3.2",
	    "{name}: {to} is not a policy, since {what}{at}. Correct it, and "
	    "publish another id",
	    NULL },
	[POLICY_HARMLESS] = { "M3", DNS_INFO, "RFC 8461, 3.2",
	    "{name}: in {to} {what}{at}. It is ignored, and can be removed",
	    NULL },
	[NO_SERVER] = { "M3", DNS_WARNING, "RFC 8461, 4.1",
	    "{name}: the policy at {to} does not name the mail server {what}: "
	    "those who follow it do not deliver there. Add \"mx: {what}\" "
	    "there, and publish another id",
	    NULL },
	[MODE_TESTING] = { "M3", DNS_WARNING, "RFC 8461, 3.2",
	    "{name}: the policy at {to} is being tested: it protects no "
	    "mail. When TLS reports show no failures, write \"mode: "
	    "enforce\" there, and publish another id",
	    NULL },
	[MODE_NONE] = { "M3", DNS_INFO, "RFC 8461, 3.2",
	    "{name}: the policy at {to} asks for nothing (mode: none). The "
	    "record can be removed when it has been there for max_age",
	    NULL },
	[AGE] = { "M3", DNS_WARNING, "RFC 8461, 3.2",
	    "{name}: the policy at {to} counts for {n} seconds only, so that "
	    "it protects only those who send every day. Write some weeks, "
	    "such as \"max_age: 2592000\"",
	    NULL },
	[CHANGED] = { "M4", DNS_WARNING, "RFC 8461, 3.1",
	    "{name}: the policy at {to} has changed, but not its id "
	    "({what}), so that nobody fetches it again. Publish another id",
	    NULL },
	[RULES] = { 0 },
};

static const char *const fault_words[MTA_STS_FAULTS] = {
	[MTA_STS_NO_COLON] = "a line has no colon",
	[MTA_STS_TWICE] = "a key is there twice",
	[MTA_STS_UNKNOWN_KEY] = "a key is unknown",
	[MTA_STS_NO_VERSION] = "it has no \"version: STSv1\"",
	[MTA_STS_BAD_VERSION] = "its version is not STSv1",
	[MTA_STS_NO_MODE] = "it has no mode",
	[MTA_STS_BAD_MODE] = "its mode is not enforce, testing or none",
	[MTA_STS_NO_MX] = "it names no mail server (mx)",
	[MTA_STS_BAD_MX] = "an mx is neither a name nor \"*.\" and a name",
	[MTA_STS_NO_MAX_AGE] = "it has no max_age",
	[MTA_STS_BAD_MAX_AGE] = "its max_age is not a number up to 31557600",
	[MTA_STS_BAD_BYTES] = "it has bytes that are not text",
	[MTA_STS_TOO_LONG] = "it has more than 64 KB",
};

static void
find(struct dns_case *c, int rule, const char *name, const struct dns_words *w)
{
	dns_find(c->findings, DNS_GROUP_STS, &dns_rules_mta_sts[rule], name, w);
}

/* --- the policy ----------------------------------------------------------- */

static void
check_servers(struct dns_case *c, const char *name,
    const struct mta_sts_policy *p, struct dns_words *w)
{
	size_t i;

	for (i = 0; c->has_mx && i < c->mx.n; i++) {
		w->what = c->mx.targets[i].name;
		if (w->what[0] != '\0' && !c->mx.targets[i].is_ip &&
		    mta_sts_find_mx(p, w->what) == NULL)
			find(c, NO_SERVER, name, w);
	}
}

static void
check_policy(struct dns_case *c, const char *name, const struct dns_https *file)
{
	struct dns_words w = { .to = file->url };
	struct mta_sts_policy p;
	size_t i;

	mta_sts_policy_parse(file->body, file->len, &c->arena, &p);
	for (i = 0; i < p.nproblems; i++) {
		const struct mta_sts_problem *problem = &p.problems[i];

		w.what = fault_words[problem->fault];
		w.at = problem->line > 0
		    ? dns_print(c->findings, " (line %zu)", problem->line)
		    : "";
		find(c,
		    problem->fault == MTA_STS_TWICE ||
		            problem->fault == MTA_STS_UNKNOWN_KEY
		        ? POLICY_HARMLESS
		        : POLICY_FAULT,
		    name, &w);
	}
	if (!p.is_usable)
		return;
	dns_note(c->findings, DNS_GROUP_STS, name, "mode",
	    mta_sts_mode_word(p.mode), "mode %s, for %" PRId64 " %s",
	    mta_sts_mode_word(p.mode), p.max_age,
	    p.max_age == 1 ? "second" : "seconds");
	w.n = p.max_age;
	if (p.mode == MTA_STS_NONE) {
		find(c, MODE_NONE, name, &w);
		return;
	}
	if (p.mode == MTA_STS_TESTING)
		find(c, MODE_TESTING, name, &w);
	if (p.max_age < SHORT_AGE)
		find(c, AGE, name, &w);
	check_servers(c, name, &p, &w);
}

/* An address of the host, by the same DNS; NULL: none, or cannot tell. */
static const char *
find_address(struct dns_case *c, const char *host, bool *failed)
{
	const struct dns_answer *a = dns_ask(c->source, DNS_A, host);

	if (a->n == 0)
		a = dns_ask(c->source, DNS_AAAA, host);
	*failed = a->status == DNS_FAILED ||
	    dns_ask(c->source, DNS_A, host)->status == DNS_FAILED;
	if (a->n == 0 && *failed)
		dns_cannot_tell(
		    c->findings, DNS_GROUP_STS, DNS_A, host, a->failure);
	return a->n > 0 ? a->records[0].text : NULL;
}

/* M4: another file under the same id. */
static void
check_change(struct dns_case *c, const char *name, const char *id,
    const struct dns_https *file)
{
	struct dns_words w = { .to = file->url, .what = id };
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX];

	sha256_hash(file->body, file->len, digest);
	sha256_hex(digest, hex);
	if (c->history != NULL &&
	    dns_history_has_file(c->history, name, id, hex))
		find(c, CHANGED, name, &w);
	dns_note(c->findings, DNS_GROUP_STS, name, DNS_NOTE_FILE,
	    dns_print(c->findings, "%s %s", id, hex), NULL);
}

static void
check_file(struct dns_case *c, const char *name, const char *id)
{
	const char *host = dns_print(c->findings, "mta-sts.%s", c->domain);
	const char *url = dns_print(
	    c->findings, "https://%s/.well-known/mta-sts.txt", host);
	const struct dns_https *file;
	struct dns_words w = { .to = url };
	const char *address;
	bool failed;

	if (c->fetch == NULL)
		return;
	address = find_address(c, host, &failed);
	w.what = "is nowhere, since that host has no address";
	if (address == NULL) {
		if (!failed)
			find(c, NO_POLICY, name, &w);
		return;
	}
	file = c->fetch(c->fetch_arg, url, address);
	if (file->is_unknown) {
		dns_cannot_tell(
		    c->findings, DNS_GROUP_STS, DNS_A, url, file->failure);
		return;
	}
	w.what = file->failure;
	if (w.what == NULL && file->status != 200)
		w.what = dns_print(c->findings,
		    file->status / 100 == 3
		        ? "leads elsewhere (HTTP status %d), which nobody "
		          "follows"
		        : "is not there (HTTP status %d)",
		    file->status);
	if (w.what != NULL) {
		find(c, NO_POLICY, name, &w);
		return;
	}
	w.what = file->type;
	if (strncasecmp(file->type, "text/plain", 10) != 0)
		find(c, TYPE, name, &w);
	check_policy(c, name, file);
	check_change(c, name, id, file);
}

/* --- the record ----------------------------------------------------------- */

static void
check_record(
    struct dns_case *c, const char *name, const struct mta_sts_record *r)
{
	struct dns_words w = { 0 };
	const char *date;
	size_t i;

	if (!r->is_usable) {
		date = dns_date(c->findings, c->facts->now);
		w.what = r->nproblems > 0
		    ? dns_tag_problem(c->findings, &r->problems[0])
		    : "id= is not 1 to 32 letters and digits";
		w.value = dns_print(c->findings, "v=STSv1; id=%.4s%.2s%.2s01",
		    date, date + 5, date + 8);
		find(c, USELESS, name, &w);
		return;
	}
	for (i = 0; i < r->nproblems; i++) {
		w.what = dns_tag_problem(c->findings, &r->problems[i]);
		find(c, TAG, name, &w);
	}
	check_file(c, name, r->id);
}

void
dns_check_mta_sts(struct dns_case *c)
{
	const char *name = dns_print(c->findings, "_mta-sts.%s", c->domain);
	const struct dns_answer *a = dns_look(
	    c->findings, DNS_GROUP_STS, c->source, DNS_TXT, name);
	const struct dns_record *one;
	struct mta_sts_record r;
	struct dns_words w = { 0 };
	struct dns_since since;
	size_t i;

	if (a->status != DNS_OK)
		return;
	since = dns_case_since(c, a, name, "");
	w.n = (int64_t)tag_list_choose(a, &mta_sts_kind, &one);
	if (w.n > 1) {
		find(c, SEVERAL, name, &w);
		return;
	}
	for (i = 0; i < a->n; i++) {
		if (one != NULL && &a->records[i] != one)
			continue;
		mta_sts_record_parse(a->records[i].text, &c->arena, &r);
		if (r.version == TAG_VERSION_OTHER)
			continue;
		dns_note_record(c->findings, DNS_GROUP_STS, name, r.text,
		    dns_case_since_text(c, since));
		check_record(c, name, &r);
		return;
	}
}
