/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/report.h"

#include <string.h>

#include "report/canon.h"

void
record_done(struct record *r)
{
	array_done(&r->auth_dkim);
	array_done(&r->auth_spf);
	array_done(&r->overrides);
	array_done(&r->raw);
	memset(r, 0, sizeof(*r));
}

void
report_done(struct report *r)
{
	array_done(&r->errors);
	array_done(&r->quirks);
	array_done(&r->raw);
	memset(r, 0, sizeof(*r));
}

void
record_reset(struct record *r)
{
	struct array dkim = r->auth_dkim, spf = r->auth_spf;
	struct array overrides = r->overrides, raw = r->raw;

	dkim.n = spf.n = overrides.n = raw.n = 0;
	memset(r, 0, sizeof(*r));
	r->auth_dkim = dkim;
	r->auth_spf = spf;
	r->overrides = overrides;
	r->raw = raw;
}

void
report_reset(struct report *r)
{
	struct array errors = r->errors, quirks = r->quirks, raw = r->raw;

	errors.n = quirks.n = raw.n = 0;
	memset(r, 0, sizeof(*r));
	r->errors = errors;
	r->quirks = quirks;
	r->raw = raw;
	r->pct = -1;
}

void
quirk_add(struct array *quirks, const char *name)
{
	const char **q = quirks->at;
	size_t i;

	for (i = 0; i < quirks->n; i++)
		if (strcmp(q[i], name) == 0)
			return;
	*(const char **)array_add(quirks, sizeof(name)) = name;
}

void
report_add_quirk(struct report *r, const char *name)
{
	quirk_add(&r->quirks, name);
}

static bool
is_word(const char *s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(s, *words) == 0)
			return true;
	return false;
}

bool
report_is_cause(const char *s)
{
	static const char *const words[] = { "aligned", "dkim_only", "spf_only",
		"dkim_unaligned", "spf_unaligned", "dkim_broken", "no_auth",
		NULL };

	return is_word(s, words);
}

bool
report_is_disposition(const char *s)
{
	return report_is_policy(s) || strcmp(s, "pass") == 0;
}

bool
report_is_policy(const char *s)
{
	static const char *const words[] = { "none", "quarantine", "reject",
		NULL };

	return is_word(s, words);
}

bool
report_is_dkim_result(const char *s)
{
	static const char *const words[] = { "none", "pass", "fail", "policy",
		"neutral", "temperror", "permerror", NULL };

	return is_word(s, words);
}

bool
report_is_spf_result(const char *s)
{
	return report_is_dkim_result(s) || strcmp(s, "softfail") == 0;
}

const char *
record_cause(const struct record *r)
{
	const struct auth_dkim *d = r->auth_dkim.at;
	const struct auth_spf *s = r->auth_spf.at;
	bool dkim = r->dkim != NULL && strcmp(r->dkim, "pass") == 0;
	bool spf = r->spf != NULL && strcmp(r->spf, "pass") == 0;
	size_t i;

	if (dkim)
		return spf ? "aligned" : "dkim_only";
	if (spf)
		return "spf_only";
	for (i = 0; i < r->auth_dkim.n; i++)
		if (d[i].result != NULL && strcmp(d[i].result, "pass") == 0)
			return "dkim_unaligned";
	for (i = 0; i < r->auth_spf.n; i++)
		if (s[i].result != NULL && strcmp(s[i].result, "pass") == 0)
			return "spf_unaligned";
	for (i = 0; i < r->auth_dkim.n; i++)
		if (d[i].result != NULL && strcmp(d[i].result, "none") != 0)
			return "dkim_broken";
	return "no_auth";
}

int64_t
report_day(int64_t begin_ts, int64_t end_ts)
{
	int64_t middle = begin_ts + (end_ts - begin_ts) / 2;
	int64_t rest = middle % 86400;

	return middle - (rest < 0 ? rest + 86400 : rest);
}

void
record_digest(
    const struct record *r, struct buf *b, uint8_t out[static SHA256_SIZE])
{
	const struct auth_dkim *d = r->auth_dkim.at;
	const struct auth_spf *s = r->auth_spf.at;
	const struct override *o = r->overrides.at;
	size_t i;

	b->len = 0;
	canon_str(b, r->source_ip);
	canon_int(b, r->messages);
	canon_str(b, r->disposition);
	canon_str(b, r->dkim);
	canon_str(b, r->spf);
	canon_str(b, r->header_from);
	canon_str(b, r->envelope_from);
	canon_str(b, r->envelope_to);
	canon_int(b, (int64_t)r->auth_dkim.n);
	for (i = 0; i < r->auth_dkim.n; i++) {
		canon_str(b, d[i].domain);
		canon_str(b, d[i].selector);
		canon_str(b, d[i].result);
		canon_str(b, d[i].human_result);
	}
	canon_int(b, (int64_t)r->auth_spf.n);
	for (i = 0; i < r->auth_spf.n; i++) {
		canon_str(b, s[i].domain);
		canon_str(b, s[i].scope);
		canon_str(b, s[i].result);
		canon_str(b, s[i].human_result);
	}
	canon_int(b, (int64_t)r->overrides.n);
	for (i = 0; i < r->overrides.n; i++) {
		canon_str(b, o[i].type);
		canon_str(b, o[i].comment);
	}
	sha256_hash(b->at, b->len, out);
}

void
report_digest(const struct report *r, struct array *records,
    uint8_t out[static SHA256_SIZE])
{
	struct buf b = { 0 };

	canon_str(&b, r->reporter);
	canon_str(&b, r->org_name);
	canon_str(&b, r->org_email);
	canon_str(&b, r->extra_contact);
	canon_str(&b, r->external_id);
	canon_int(&b, r->begin_ts);
	canon_int(&b, r->end_ts);
	canon_str(&b, r->domain);
	canon_str(&b, r->p);
	canon_str(&b, r->sp);
	canon_str(&b, r->np);
	canon_str(&b, r->adkim);
	canon_str(&b, r->aspf);
	canon_int(&b, r->pct);
	canon_str(&b, r->fo);
	canon_str(&b, r->testing);
	canon_str(&b, r->discovery_method);
	canon_str(&b, r->generator);
	canon_str(&b, r->version);
	canon_strs(&b, &r->errors);
	canon_digests(&b, records);
	sha256_hash(b.at, b.len, out);
	buf_done(&b);
}
