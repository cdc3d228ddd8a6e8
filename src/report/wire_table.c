/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/limits.h"
#include "report/wire.h"
#include "report/wire_priv.h"

bool
wire_is_ip(const char *s)
{
	char canonical[INET6_ADDRSTRLEN];
	struct in6_addr a;

	/* Of IPv4 inet_pton() takes one form only. */
	if (strchr(s, ':') == NULL)
		return inet_pton(AF_INET, s, &a) == 1;
	return inet_pton(AF_INET6, s, &a) == 1 &&
	    inet_ntop(AF_INET6, &a, canonical, sizeof(canonical)) != NULL &&
	    strcmp(s, canonical) == 0;
}

static bool
is_aligned(const char *s)
{
	return strcmp(s, "pass") == 0 || strcmp(s, "fail") == 0;
}

static bool
is_mode(const char *s)
{
	return strcmp(s, "r") == 0 || strcmp(s, "s") == 0;
}

static bool
is_scope(const char *s)
{
	return strcmp(s, "mfrom") == 0 || strcmp(s, "helo") == 0;
}

static bool
is_delivery(const char *s)
{
	return strcmp(s, "delivered") == 0 || strcmp(s, "spam") == 0 ||
	    strcmp(s, "policy") == 0 || strcmp(s, "reject") == 0 ||
	    strcmp(s, "other") == 0;
}

static bool
is_verified(const char *s)
{
	return is_aligned(s) || strcmp(s, "none") == 0;
}

static bool
is_problem(const char *s)
{
	return strcmp(s, "corrupt") == 0 || strcmp(s, "unsupported") == 0 ||
	    strcmp(s, "limit") == 0 || strcmp(s, "empty") == 0;
}

static bool
is_verdict(const char *s)
{
	return strcmp(s, "report") == 0 || strcmp(s, "other") == 0 ||
	    strcmp(s, "failed") == 0;
}

static const struct wire_field mail_fields[] = {
	{ STRING(mail_facts, msgid) },
	{ STRING(mail_facts, sender) },
	{ STRING(mail_facts, from_domain) },
	{ STRING(mail_facts, verified), .check = is_verified },
	{ STRING(mail_facts, subject) },
	{ INT(mail_facts, sent_ts), .max = WIRE_MAX_TIME, .absent = 0 },
	LAST,
};

static const struct wire_field aggregate_fields[] = {
	{ STRING(report, filename) },
	{ STRING(report, org_name), .required = true },
	{ STRING(report, org_email) },
	{ STRING(report, extra_contact) },
	{ STRING(report, external_id), .required = true },
	{ INT(report, begin_ts), .required = true, .max = WIRE_MAX_TIME },
	{ INT(report, end_ts), .required = true, .max = WIRE_MAX_TIME },
	{ STRING(report, domain), .required = true },
	{ STRING(report, p), .check = report_is_policy },
	{ STRING(report, sp), .check = report_is_policy },
	{ STRING(report, np), .check = report_is_policy },
	{ STRING(report, adkim), .check = is_mode },
	{ STRING(report, aspf), .check = is_mode },
	{ INT(report, pct), .max = 100, .absent = -1 },
	{ STRING(report, fo) },
	{ STRING(report, testing) },
	{ STRING(report, discovery_method) },
	{ STRING(report, generator) },
	{ STRING(report, version) },
	{ STRING(report, reporter), .required = true },
	{ OF(WIRE_STRINGS, report, errors), .max = LIMIT_RESULTS },
	{ OF(WIRE_STRINGS, report, quirks), .max = LIMIT_RESULTS },
	{ OF(WIRE_WORDS, report, raw), .max = LIMIT_RESULTS },
	{ OF(WIRE_BOOL, report, partial) },
	{ INT(report, records), .required = true, .max = WIRE_MAX_COUNT },
	{ OF(WIRE_SHA256, report, content_sha256) },
	LAST,
};

static const struct wire_field dkim_fields[] = {
	{ STRING(auth_dkim, domain) },
	{ STRING(auth_dkim, selector) },
	{ STRING(auth_dkim, result), .check = report_is_dkim_result },
	{ STRING(auth_dkim, human_result) },
	LAST,
};

static const struct wire_field spf_fields[] = {
	{ STRING(auth_spf, domain) },
	{ STRING(auth_spf, scope), .check = is_scope },
	{ STRING(auth_spf, result), .check = report_is_spf_result },
	{ STRING(auth_spf, human_result) },
	LAST,
};

static const struct wire_field override_fields[] = {
	{ STRING(override, type), .required = true },
	{ STRING(override, comment) },
	LAST,
};

static const struct wire_field record_fields[] = {
	{ STRING(record, source_ip), .check = wire_is_ip },
	{ INT(record, messages), .required = true, .max = REPORT_MAX_COUNT },
	{ STRING(record, disposition), .check = report_is_disposition },
	{ STRING(record, dkim), .check = is_aligned },
	{ STRING(record, spf), .check = is_aligned },
	{ STRING(record, cause), .required = true, .check = report_is_cause },
	{ STRING(record, header_from) },
	{ STRING(record, envelope_from) },
	{ STRING(record, envelope_to) },
	{ OF(WIRE_OBJECTS, record, auth_dkim), .max = LIMIT_RESULTS,
	    .sub = dkim_fields, .size = sizeof(struct auth_dkim) },
	{ OF(WIRE_OBJECTS, record, auth_spf), .max = LIMIT_RESULTS,
	    .sub = spf_fields, .size = sizeof(struct auth_spf) },
	{ OF(WIRE_OBJECTS, record, overrides), .max = LIMIT_RESULTS,
	    .sub = override_fields, .size = sizeof(struct override) },
	{ OF(WIRE_WORDS, record, raw), .max = 4 * LIMIT_RESULTS },
	LAST,
};

static const struct wire_field tls_fields[] = {
	{ STRING(tls_report, filename) },
	{ STRING(tls_report, org_name), .required = true },
	{ STRING(tls_report, contact) },
	{ STRING(tls_report, external_id), .required = true },
	{ INT(tls_report, begin_ts), .required = true, .max = WIRE_MAX_TIME },
	{ INT(tls_report, end_ts), .required = true, .max = WIRE_MAX_TIME },
	{ OF(WIRE_STRINGS, tls_report, quirks), .max = LIMIT_RESULTS },
	{ INT(tls_report, policies), .required = true, .max = WIRE_MAX_COUNT },
	{ OF(WIRE_SHA256, tls_report, content_sha256) },
	LAST,
};

static const struct wire_field tls_failure_fields[] = {
	{ STRING(tls_failure, result), .required = true },
	{ INT(tls_failure, failed), .required = true, .max = REPORT_MAX_COUNT },
	{ STRING(tls_failure, sending_ip) },
	{ STRING(tls_failure, mx) },
	{ STRING(tls_failure, mx_helo) },
	{ STRING(tls_failure, receiving_ip) },
	{ STRING(tls_failure, reason_code) },
	{ STRING(tls_failure, info) },
	LAST,
};

static const struct wire_field tls_policy_fields[] = {
	{ STRING(tls_policy, domain), .required = true },
	{ .kind = WIRE_STRING,
	    KEY("policy_type"), /* the line has a type already */
	    .offset = offsetof(struct tls_policy, type),
	    .max = LIMIT_TEXT,
	    .required = true },
	{ OF(WIRE_STRINGS, tls_policy, policy), .max = LIMIT_RESULTS },
	{ OF(WIRE_STRINGS, tls_policy, mx_hosts), .max = LIMIT_RESULTS },
	{ INT(tls_policy, ok), .required = true, .max = REPORT_MAX_COUNT },
	{ INT(tls_policy, failed), .required = true, .max = REPORT_MAX_COUNT },
	{ OF(WIRE_OBJECTS, tls_policy, failures), .max = LIMIT_RESULTS,
	    .sub = tls_failure_fields, .size = sizeof(struct tls_failure) },
	LAST,
};

static const struct wire_field failure_fields[] = {
	{ INT(failure_report, arrival_ts), .max = WIRE_MAX_TIME, .absent = 0 },
	{ STRING(failure_report, feedback_type) },
	{ STRING(failure_report, reported_domain) },
	{ STRING(failure_report, source_ip), .check = wire_is_ip },
	{ STRING(failure_report, auth_failure) },
	{ STRING(failure_report, delivery_result), .check = is_delivery },
	{ STRING(failure_report, mail_from) },
	{ STRING(failure_report, rcpt_to) },
	{ STRING(failure_report, header_from) },
	{ STRING(failure_report, subject) },
	{ STRING(failure_report, msgid) },
	{ STRING(failure_report, dkim_domain) },
	{ STRING(failure_report, dkim_selector) },
	{ STRING(failure_report, auth_results) },
	{ STRING(failure_report, identity_alignment) },
	{ STRING(failure_report, user_agent) },
	{ INT(failure_report, incidents), .required = true, .min = 1,
	    .max = WIRE_MAX_COUNT },
	{ .kind = WIRE_STRING,
	    KEY("sample"),
	    .offset = offsetof(struct failure_report, sample),
	    .max = LIMIT_SAMPLE },
	{ OF(WIRE_STRINGS, failure_report, quirks), .max = LIMIT_RESULTS },
	{ OF(WIRE_SHA256, failure_report, content_sha256) },
	LAST,
};

static const struct wire_field problem_fields[] = {
	{ STRING(wire_problem, where), .required = true },
	{ STRING(wire_problem, kind), .required = true, .check = is_problem },
	{ STRING(wire_problem, text), .required = true },
	LAST,
};

static const struct wire_field verdict_fields[] = {
	{ STRING(wire_verdict, status), .required = true, .check = is_verdict },
	{ STRING(wire_verdict, reason) },
	LAST,
};

#define TYPE(word, table, member) \
	{ \
		START(word), .fields = table, \
		             .offset = offsetof(struct wire_reader, member) \
	}

const struct wire_line_type wire_types[WIRE_TYPES] = {
	[WIRE_MAIL] = TYPE("mail", mail_fields, mail),
	[WIRE_AGGREGATE] = TYPE("aggregate", aggregate_fields, report),
	[WIRE_RECORD] = TYPE("record", record_fields, record),
	[WIRE_TLS] = TYPE("tls", tls_fields, tls),
	[WIRE_TLS_POLICY] = TYPE("tls_policy", tls_policy_fields, tls_policy),
	[WIRE_FAILURE] = TYPE("failure", failure_fields, failure),
	[WIRE_PROBLEM] = TYPE("problem", problem_fields, problem),
	[WIRE_VERDICT] = TYPE("verdict", verdict_fields, verdict),
};
