/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/tlsrpt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "parse/aggregate_record.h"
#include "parse/domain.h"
#include "parse/date.h"
#include "parse/fallback.h"
#include "parse/tlsrpt_priv.h"
#include "parse/value.h"
#include "report/tls_report.h"
#include "report/wire.h"

#define MAX_POLICY_TEXT (512 << 10) /* bytes kept of one policy */
#define MAX_EMBEDDED (1 << 20)      /* bytes of JSON within strings */

struct reader {
	struct tls_report report;
	struct tls_policy policy;
	const char *domain; /* of a policy that does not name one */
	struct arena head;  /* strings of the report */
	struct arena text;  /* strings of the policy */
	size_t used;        /* bytes of them */
	size_t embedded;    /* bytes of JSON within strings of policies */
};

void
tlsrpt_init(void)
{
	json_set_alloc_funcs(xmalloc, free);
	json_object_seed(0);
}

/* --- values --------------------------------------------------------------- */

static void
note(struct reader *r, const char *quirk)
{
	quirk_add(&r->report.quirks, quirk);
}

static json_t *
get(const json_t *object, const char *key)
{
	json_t *v = json_object_get(object, key);

	return json_is_null(v) ? NULL : v;
}

/* other: another name that is in use, or NULL. */
static json_t *
get_alias(struct reader *r, const json_t *object, const char *key,
    const char *alias, const char *other)
{
	json_t *v = get(object, key);

	if (v != NULL)
		return v;
	if ((v = get(object, alias)) == NULL && other != NULL)
		v = get(object, other);
	if (v != NULL)
		note(r, "alias-element");
	return v;
}

/* A list, or the one that stands where a list should. */
static size_t
list_size(struct reader *r, const json_t *v)
{
	if (v == NULL)
		return 0;
	if (json_is_array(v))
		return json_array_size(v);
	note(r, "no-list");
	return 1;
}

static const json_t *
list_at(const json_t *v, size_t i)
{
	return json_is_array(v) ? json_array_get(v, i) : v;
}

/* A copy, trimmed and cut; NULL when nothing is left. */
static char *
copy_text(struct reader *r, const char *s, struct arena *arena)
{
	char *copy;
	size_t n = strlen(s);

	s = text_trim(s, &n);
	if (n > LIMIT_TEXT) {
		note(r, "long-value");
		for (n = LIMIT_TEXT; (s[n] & 0xc0) == 0x80; n--)
			continue;
	}
	if (n == 0)
		return NULL;
	copy = arena_strndup(arena, s, n);
	r->used += n;
	return copy;
}

static char *
read_text(struct reader *r, const json_t *v, struct arena *arena)
{
	char number[32];

	if (json_is_string(v))
		return copy_text(r, json_string_value(v), arena);
	if (!json_is_real(v))
		return NULL;
	snprintf(number, sizeof(number), "%.17g", json_real_value(v));
	return copy_text(r, number, arena);
}

static char *
get_text(struct reader *r, const json_t *object, const char *key)
{
	return read_text(r, get(object, key), &r->text);
}

/* Spec T-7. */
static int64_t
read_count(struct reader *r, const json_t *v, int64_t missing)
{
	enum value_count kind;
	const char *s;
	int64_t n = missing;
	double d;

	if (v == NULL) {
		note(r, "no-count");
		return missing;
	}
	if (json_is_string(v)) {
		s = copy_text(r, json_string_value(v), &r->text);
		kind = s != NULL ? value_read_count(s, &n) : COUNT_NONE;
		if (kind >= COUNT_OTHER && n <= REPORT_MAX_COUNT) {
			note(r, "text-count");
			return n;
		}
		if (n > REPORT_MAX_COUNT)
			n = REPORT_MAX_COUNT;
	} else if (json_is_real(v)) {
		d = json_real_value(v);
		if (d > (double)REPORT_MAX_COUNT)
			n = REPORT_MAX_COUNT;
		else if (d >= 0)
			n = (int64_t)d;
		if ((double)n == d)
			return n;
	}
	note(r, "bad-count");
	return n;
}

/* --- a policy ------------------------------------------------------------- */

/* Whether there is room for one more, in a list and in the line. */
static bool
has_room(struct reader *r, const struct array *list)
{
	if (list->n < LIMIT_RESULTS && r->used < MAX_POLICY_TEXT)
		return true;
	note(r, "many-results");
	return false;
}

static void
add_text(struct reader *r, struct array *list, const char *s)
{
	if (s != NULL && has_room(r, list))
		*(const char **)array_add(list, sizeof(s)) = s;
}

/* One string that holds a JSON array as text (spec T-5). */
static bool
add_embedded(struct reader *r, struct array *list, const json_t *v)
{
	const char *s = json_string_value(v);
	json_t *inner;
	size_t i;

	if (s == NULL || s[0] != '[' ||
	    json_string_length(v) > MAX_EMBEDDED - r->embedded)
		return false;
	r->embedded += json_string_length(v);
	if ((inner = json_loads(s, TLSRPT_LOAD_FLAGS, NULL)) == NULL)
		return false;
	note(r, "embedded-list");
	for (i = 0; i < json_array_size(inner) && has_room(r, list); i++)
		add_text(
		    r, list, read_text(r, json_array_get(inner, i), &r->text));
	json_decref(inner);
	return true;
}

static void
read_policy_string(struct reader *r, const json_t *v)
{
	struct array *list = &r->policy.policy;
	size_t i, n = list_size(r, v);

	for (i = 0; i < n && has_room(r, list); i++)
		if (!add_embedded(r, list, list_at(v, i)))
			add_text(
			    r, list, read_text(r, list_at(v, i), &r->text));
}

/* Spec T-6.  A string in the RFC's words, an array in its erratum. */
static void
read_mx_hosts(struct reader *r, const json_t *v)
{
	struct array *list = &r->policy.mx_hosts;
	size_t i, n = json_is_string(v) ? 1 : list_size(r, v);
	char *s;

	for (i = 0; i < n && has_room(r, list); i++) {
		s = read_text(r, list_at(v, i), &r->text);
		if (s == NULL)
			continue;
		text_lower(s);
		if (strncmp(s, "mx:", 3) == 0) {
			note(r, "mx-prefix");
			s = copy_text(r, s + 3, &r->text);
		}
		add_text(r, list, s);
	}
}

/* In the one form of an address; other words as they are. */
static const char *
get_address(struct reader *r, const json_t *object, const char *key)
{
	const char *s = get_text(r, object, key), *address;
	bool more = false;

	if (s == NULL)
		return NULL;
	address = value_read_address(s, &r->text, &more);
	if (address != NULL && more)
		note(r, "source-with-name");
	return address != NULL ? address : s;
}

/* The first line: some send the whole answer to EHLO (spec T-16). */
static const char *
get_helo(struct reader *r, const json_t *object)
{
	char *s = get_text(r, object, "receiving-mx-helo");
	size_t n;

	if (s == NULL)
		return NULL;
	n = strcspn(s, "\r\n");
	if (s[n] != '\0') {
		note(r, "helo-lines");
		s[n] = '\0';
	}
	return s;
}

static void
read_failure(struct reader *r, const json_t *v)
{
	struct tls_failure *f;
	char *result;

	if (!json_is_object(v)) {
		note(r, "no-object");
		return;
	}
	f = array_add(&r->policy.failures, sizeof(*f));
	if ((result = get_text(r, v, "result-type")) == NULL)
		note(r, "no-result-type");
	f->result = result != NULL ? text_lower(result) : "unknown";
	f->failed = read_count(r, get(v, "failed-session-count"), 1);
	f->sending_ip = get_address(r, v, "sending-mta-ip");
	f->mx = get_text(r, v, "receiving-mx-hostname");
	f->mx_helo = get_helo(r, v);
	f->receiving_ip = get_address(r, v, "receiving-ip");
	f->reason_code = get_text(r, v, "failure-reason-code");
	/* Spec T-9. */
	f->info = read_text(r,
	    get_alias(r, v, "additional-information", "additional-info-uri",
	        "additional-info"),
	    &r->text);
}

/* A domain as it is stored, or NULL. */
static const char *
read_domain(struct reader *r, const char *s, struct arena *arena)
{
	const char *word = s;

	if (s != NULL)
		s = aggregate_word(aggregate_read_domain(s, arena));
	aggregate_note_domain(&r->report.quirks, word, s);
	if (s == NULL || domain_is_possible(s))
		return s;
	note(r, "bad-domain");
	return domain_cut(s, arena);
}

/* One of policies; r->policy has it until the next. */
static void
read_policy(struct reader *r, const json_t *entry)
{
	const json_t *policy = get(entry, "policy");
	const json_t *summary = get(entry, "summary");
	const json_t *failures = get(entry, "failure-details");
	struct tls_policy *p = &r->policy;
	size_t i, n;
	char *type;

	if (!json_is_object(entry))
		note(r, "no-object");
	tls_policy_reset(p);
	arena_reset(&r->text);
	r->used = 0;
	p->domain = read_domain(
	    r, get_text(r, policy, "policy-domain"), &r->text);
	if (p->domain == NULL) {
		note(r, "no-domain");
		p->domain = r->domain;
	}
	if ((type = get_text(r, policy, "policy-type")) == NULL)
		note(r, "no-policy-type");
	p->type = type != NULL ? text_lower(type) : "unknown";
	p->ok = read_count(
	    r, get(summary, "total-successful-session-count"), 0);
	p->failed = read_count(
	    r, get(summary, "total-failure-session-count"), 0);
	read_policy_string(r, get(policy, "policy-string"));
	read_mx_hosts(
	    r, get_alias(r, policy, "mx-host", "mx-host-pattern", NULL));
	n = list_size(r, failures);
	for (i = 0; i < n && has_room(r, &p->failures); i++)
		read_failure(r, list_at(failures, i));
}

/* --- the report ----------------------------------------------------------- */

/* Spec T-1, Q-122. */
static bool
read_time(struct reader *r, const json_t *v, int64_t *out)
{
	const char *s = read_text(r, v, &r->head);
	struct date d;

	if (s == NULL)
		return false;
	if (!date_read(s, strlen(s), &d)) {
		note(r, "bad-time");
		return false;
	}
	if (d.form == DATE_NUMBER)
		note(r, "time-number");
	else if (d.form == DATE_WORDS)
		note(r, "time-text");
	if (!d.zoned)
		note(r, "no-zone");
	*out = d.ts;
	return true;
}

static const char *
hint_word(const char *s, struct arena *arena)
{
	return s != NULL ? fallback_copy(s, strlen(s), arena) : NULL;
}

static void
read_org_name(struct reader *r, const json_t *root,
    const struct tlsrpt_context *context, const struct fallback *fallback)
{
	const char *org = read_text(
	    r, get(root, "organization-name"), &r->head);

	if (org == NULL) {
		note(r, "no-org-name");
		org = hint_word(context->submitter, &r->head);
	}
	if (org == NULL)
		org = fallback->submitter;
	if (org == NULL && context->mail != NULL)
		org = hint_word(context->mail->from_domain, &r->head);
	r->report.org_name = org != NULL ? org : "unknown";
}

static void
read_head(
    struct reader *r, const json_t *root, const struct tlsrpt_context *context)
{
	const json_t *range = get(root, "date-range");
	struct fallback_period p = { 0 };
	struct fallback fallback;

	fallback_read(&fallback, context->filename, context->mail, &r->head);
	r->report.filename = fallback.filename;
	read_org_name(r, root, context, &fallback);
	r->report.contact = read_text(r, get(root, "contact-info"), &r->head);
	r->report.external_id = read_text(r, get(root, "report-id"), &r->head);
	if (r->report.external_id == NULL) {
		note(r, "no-report-id");
		r->report.external_id = fallback.filename != NULL
		    ? fallback.filename
		    : fallback.id != NULL ? fallback.id
		                          : "unknown";
	}
	fallback_read_id(&fallback, r->report.external_id, context->mail);
	p.has_begin = read_time(r, get(range, "start-datetime"), &p.begin);
	p.has_end = read_time(r, get(range, "end-datetime"), &p.end);
	fallback_fill_period(&fallback, context->mail, &p, &r->report.quirks);
	r->report.begin_ts = p.begin;
	r->report.end_ts = p.end;

	/* Spec T-4. */
	r->domain = read_domain(
	    r, hint_word(context->domain, &r->head), &r->head);
	if (r->domain == NULL)
		r->domain = read_domain(r, fallback.domain, &r->head);
	if (r->domain == NULL)
		r->domain = "unknown";
}

/*
 * Twice over the policies: their digests and quirks go into the report's line,
 * which is the first.
 */
static void
read_report(struct reader *r, const json_t *root,
    const struct tlsrpt_context *context, struct buf *out)
{
	const json_t *policies = get(root, "policies");
	struct array digests = { 0 };
	size_t i, n;

	read_head(r, root, context);
	if (policies == NULL)
		note(r, "no-policy");
	n = list_size(r, policies);
	for (i = 0; i < n; i++) {
		read_policy(r, list_at(policies, i));
		tls_policy_digest(&r->policy, array_add(&digests, SHA256_SIZE));
	}
	r->report.policies = (int64_t)n;
	tls_report_digest(&r->report, &digests, r->report.content_sha256);
	array_done(&digests);
	wire_write_tls(out, &r->report);
	r->embedded = 0;
	for (i = 0; i < n; i++) {
		read_policy(r, list_at(policies, i));
		wire_write_tls_policy(out, &r->policy);
	}
}

void
tlsrpt_write(const json_t *root, const struct tlsrpt_context *context,
    bool repaired, struct buf *out)
{
	struct reader r = { 0 };

	if (repaired)
		note(&r, "bad-characters");
	read_report(&r, root, context, out);
	tls_report_done(&r.report);
	tls_policy_done(&r.policy);
	arena_done(&r.head);
	arena_done(&r.text);
}
