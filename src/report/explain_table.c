/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "report/explain.h"
#include "report/explain_priv.h"
#include "report/wire_priv.h"

#define OBJECTS(type, member, most, fields, item) \
	OF(WIRE_OBJECTS, type, member), .max = (most), .sub = (fields), \
	                                .size = sizeof(struct item)

/* The first fields of every line that is about a field of a header. */
#define PLACE(type) \
	{ OF_KEY(WIRE_INT, "position", type, place.position), \
		.required = true, .min = 1, .max = LIMIT_EXPLAIN_FIELDS }, \
	    { OF_KEY(WIRE_INT, "received_above", type, place.received_above), \
		    .required = true, .max = LIMIT_EXPLAIN_FIELDS }, \
	{ \
		STRING_KEY("trust", type, place.trust), \
		    .required = true, .check = explain_is_trust \
	}

#define REPLY(type, part) \
	{ OF_KEY(WIRE_INT, "code", type, part code), .min = 200, .max = 599, \
		.absent = 0 }, \
	    { STRING_KEY("enhanced", type, part enhanced) }, \
	    { STRING_KEY("text", type, part text) }, \
	    { STRING_KEY("host", type, part host) }, \
	{ \
		STRING_KEY("host_ip", type, part host_ip), .check = wire_is_ip \
	}

static bool
is_body(const char *s)
{
	return strcmp(s, "match") == 0 || strcmp(s, "mismatch") == 0;
}

static bool
is_bounce_form(const char *s)
{
	return strcmp(s, "dsn") == 0 || strcmp(s, "words") == 0;
}

static const struct wire_field input_fields[] = {
	{ STRING(explain_facts, form), .required = true,
	    .check = explain_is_form },
	{ STRING(explain_facts, reason) },
	{ OF_KEY(WIRE_BOOL, "bounce", explain_facts, is_bounce) },
	{ OF_KEY(WIRE_BOOL, "mbox", explain_facts, is_mbox) },
	{ INT(explain_facts, messages), .required = true,
	    .max = WIRE_MAX_COUNT },
	{ OF_KEY(WIRE_BOOL, "failure", explain_facts, is_failure) },
	{ OF_KEY(WIRE_BOOL, "attached", explain_facts, has_attached) },
	{ OF_KEY(WIRE_BOOL, "intact", explain_facts, is_intact) },
	LAST,
};

static const struct wire_field address_fields[] = {
	{ STRING(explain_address, address), .required = true },
	{ STRING(explain_address, domain) },
	LAST,
};

static const struct wire_field header_fields[] = {
	{ OBJECTS(explain_header, from, LIMIT_EXPLAIN_FROM, address_fields,
	    explain_address) },
	{ INT(explain_header, from_fields), .required = true,
	    .max = LIMIT_EXPLAIN_FIELDS },
	{ STRING(explain_header, sender) },
	{ STRING(explain_header, reply_to) },
	{ STRING(explain_header, return_path) },
	{ STRING(explain_header, msgid) },
	{ STRING(explain_header, subject) },
	{ INT(explain_header, date), .max = WIRE_MAX_TIME, .absent = 0 },
	{ STRING(explain_header, delivered_to) },
	{ STRING(explain_header, list_id) },
	{ STRING(explain_header, list_unsubscribe) },
	{ STRING(explain_header, list_unsubscribe_post) },
	{ STRING(explain_header, list_post) },
	{ STRING(explain_header, precedence) },
	{ STRING(explain_header, auto_submitted) },
	{ STRING(explain_header, original_from) },
	{ STRING(explain_header, resent_from) },
	{ STRING(explain_header, forwarded_to) },
	{ STRING(explain_header, forwarded_for) },
	{ OF(WIRE_STRINGS, explain_header, repeated),
	    .max = LIMIT_EXPLAIN_FIELDS },
	{ INT(explain_header, fields), .required = true,
	    .max = LIMIT_EXPLAIN_FIELDS },
	{ OF_KEY(WIRE_BOOL, "cut", explain_header, is_cut) },
	LAST,
};

static const struct wire_field hop_fields[] = {
	PLACE(explain_hop),
	{ STRING(explain_hop, by) },
	{ STRING(explain_hop, from_helo) },
	{ STRING(explain_hop, from_name) },
	{ STRING(explain_hop, from_ip), .check = wire_is_ip },
	{ STRING(explain_hop, with) },
	{ STRING(explain_hop, tls) },
	{ STRING(explain_hop, id) },
	{ STRING_KEY("for", explain_hop, for_address) },
	{ INT(explain_hop, time), .max = WIRE_MAX_TIME, .absent = 0 },
	{ OF_KEY(WIRE_BOOL, "border", explain_hop, is_border) },
	LAST,
};

static const struct wire_field property_fields[] = {
	{ STRING(explain_property, ptype), .required = true },
	{ STRING(explain_property, property), .required = true },
	{ STRING(explain_property, value), .required = true },
	LAST,
};

static const struct wire_field result_fields[] = {
	{ STRING(explain_result, method), .required = true },
	{ STRING(explain_result, result), .required = true },
	{ STRING(explain_result, reason) },
	{ OBJECTS(explain_result, properties, LIMIT_EXPLAIN_PROPERTIES,
	    property_fields, explain_property) },
	{ OF(WIRE_STRINGS, explain_result, comments),
	    .max = LIMIT_EXPLAIN_PROPERTIES },
	LAST,
};

static const struct wire_field authres_fields[] = {
	{ STRING(explain_authres, kind), .required = true,
	    .check = explain_is_authres_kind },
	PLACE(explain_authres),
	{ STRING(explain_authres, id) },
	{ INT(explain_authres, instance), .min = 1, .max = EXPLAIN_MAX_INSTANCE,
	    .absent = 0 },
	{ OBJECTS(explain_authres, results, LIMIT_EXPLAIN_RESULTS,
	    result_fields, explain_result) },
	{ OF_KEY(WIRE_BOOL, "broken", explain_authres, is_broken) },
	LAST,
};

static const struct wire_field signature_fields[] = {
	{ STRING(explain_signature, kind), .required = true,
	    .check = explain_is_signature_kind },
	PLACE(explain_signature),
	{ INT(explain_signature, instance), .min = 1,
	    .max = EXPLAIN_MAX_INSTANCE, .absent = 0 },
	{ STRING(explain_signature, d) },
	{ STRING(explain_signature, s) },
	{ STRING(explain_signature, a) },
	{ STRING(explain_signature, c) },
	{ STRING(explain_signature, i) },
	{ STRING(explain_signature, h) },
	{ STRING(explain_signature, b) },
	{ STRING(explain_signature, bh) },
	{ STRING(explain_signature, cv) },
	{ INT(explain_signature, t), .max = WIRE_MAX_COUNT, .absent = -1 },
	{ INT(explain_signature, x), .max = WIRE_MAX_COUNT, .absent = -1 },
	{ INT(explain_signature, l), .max = WIRE_MAX_COUNT, .absent = -1 },
	{ STRING(explain_signature, fault) },
	{ STRING_KEY("body", explain_signature, hash.body), .check = is_body },
	{ STRING_KEY("header_hash", explain_signature, hash.header) },
	{ STRING_KEY("hash_problem", explain_signature, hash.problem) },
	{ OF_KEY(WIRE_BOOL, "was_lf", explain_signature, hash.was_lf) },
	LAST,
};

static const struct wire_field item_fields[] = {
	{ STRING(explain_item, key), .required = true },
	{ STRING(explain_item, value), .required = true },
	LAST,
};

static const struct wire_field vendor_fields[] = {
	{ STRING(explain_vendor, vendor), .required = true },
	{ STRING(explain_vendor, field), .required = true },
	PLACE(explain_vendor),
	{ OBJECTS(explain_vendor, items, LIMIT_EXPLAIN_ITEMS, item_fields,
	    explain_item) },
	LAST,
};

static const struct wire_field bounce_fields[] = {
	{ STRING(explain_bounce, form), .required = true,
	    .check = is_bounce_form },
	{ STRING(explain_bounce, reporting_mta) },
	{ STRING(explain_bounce, received_from_mta) },
	{ INT(explain_bounce, arrival), .max = WIRE_MAX_TIME, .absent = 0 },
	{ OF_KEY(WIRE_BOOL, "original", explain_bounce, has_original) },
	LAST,
};

static const struct wire_field recipient_fields[] = {
	{ STRING(explain_recipient, address) },
	{ STRING(explain_recipient, original_address) },
	{ STRING(explain_recipient, action) },
	{ STRING(explain_recipient, status) },
	{ STRING(explain_recipient, diagnostic_type) },
	{ STRING(explain_recipient, diagnostic) },
	{ STRING(explain_recipient, remote_mta) },
	{ INT(explain_recipient, last_attempt), .max = WIRE_MAX_TIME,
	    .absent = 0 },
	REPLY(explain_recipient, reply.),
	LAST,
};

static const struct wire_field reply_fields[] = {
	REPLY(explain_reply, ),
	{ STRING(explain_reply, to) },
	{ STRING(explain_reply, fate), .check = explain_is_fate },
	LAST,
};

static const struct wire_field end_fields[] = {
	LAST,
};

#define TYPE(word, table) \
	{ \
		START(word), .fields = table \
	}

const struct wire_line_type explain_types[EXPLAIN_TYPES] = {
	[EXPLAIN_INPUT] = TYPE("input", input_fields),
	[EXPLAIN_HEADER] = TYPE("header", header_fields),
	[EXPLAIN_HOP] = TYPE("received", hop_fields),
	[EXPLAIN_AUTHRES] = TYPE("authres", authres_fields),
	[EXPLAIN_SIGNATURE] = TYPE("signature", signature_fields),
	[EXPLAIN_VENDOR] = TYPE("vendor", vendor_fields),
	[EXPLAIN_BOUNCE] = TYPE("bounce", bounce_fields),
	[EXPLAIN_RECIPIENT] = TYPE("recipient", recipient_fields),
	[EXPLAIN_OUTER] = TYPE("outer", header_fields),
	[EXPLAIN_REPLY] = TYPE("reply", reply_fields),
	[EXPLAIN_END] = TYPE("end", end_fields),
};
