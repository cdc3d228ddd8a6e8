/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model of an SMTP TLS report (RFC 8460), as it has on the wire and in the
 * database.  Pure.  Strings are borrowed, UTF-8, NULL when the report did not
 * say.
 */
#ifndef RUAD_REPORT_TLS_REPORT_H
#define RUAD_REPORT_TLS_REPORT_H

#include <stdint.h>

#include "base/sha256.h"
#include "base/mem.h"

struct tls_failure {
	const char *result; /* result-type, lower case; never NULL */
	int64_t failed;
	const char *sending_ip; /* as sent when it is no address */
	const char *mx;
	const char *mx_helo;
	const char *receiving_ip;
	const char *reason_code;
	const char *info;
};

struct tls_policy {
	const char *domain;    /* lower case; never NULL */
	const char *type;      /* lower case: sts, tlsa, no-policy-found */
	struct array policy;   /* of const char * */
	struct array mx_hosts; /* of const char * */
	int64_t ok;            /* sessions */
	int64_t failed;
	struct array failures; /* of struct tls_failure */
};

struct tls_report {
	const char *filename;
	const char *org_name; /* never NULL */
	const char *contact;
	const char *external_id; /* report-id, never NULL */
	int64_t begin_ts;
	int64_t end_ts;
	struct array quirks; /* of const char * */
	int64_t policies;    /* how many policy lines follow */
	uint8_t content_sha256[SHA256_SIZE];
};

/* Free the arrays, not the strings; empty them for the next one. */
void tls_report_done(struct tls_report *);
void tls_report_reset(struct tls_report *);
void tls_policy_done(struct tls_policy *);
void tls_policy_reset(struct tls_policy *);

/*
 * The canonical content, hashed: metadata and every policy with its failures,
 * whatever their order.  As record_digest() and report_digest().
 */
void tls_policy_digest(const struct tls_policy *, uint8_t[static SHA256_SIZE]);
void tls_report_digest(const struct tls_report *, struct array *policy_digests,
    uint8_t[static SHA256_SIZE]);

#endif
