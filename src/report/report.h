/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model of a DMARC aggregate report (RFC 7489 appendix C, RFC 9990), in
 * the form it has on the wire and in the database: values normalised, the
 * report's own words beside them where they differed.  Pure: no input, no
 * output.  Strings are borrowed from whoever filled the struct (the parser's
 * arena, the wire reader's line) and are UTF-8 without NUL.  NULL means that
 * the report did not say.
 */
#ifndef RUAD_REPORT_REPORT_H
#define RUAD_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "base/mem.h"

/* <auth_results><dkim> and <spf>; SPF has a scope where DKIM has a selector. */
struct auth_dkim {
	const char *domain;
	const char *selector;
	const char *result; /* a word of report_is_dkim_result(), or NULL */
	const char *human_result;
};

struct auth_spf {
	const char *domain;
	const char *scope;  /* "mfrom", "helo" or NULL */
	const char *result; /* a word of report_is_spf_result(), or NULL */
	const char *human_result;
};

/* <policy_evaluated><reason>: why the published policy was not applied. */
struct override {
	const char *type; /* lower case, any word */
	const char *comment;
};

/* The report's own word for a field of the record that was normalised. */
struct raw_word {
	const char *field; /* "disposition", "spf[1].result", ... */
	const char *word;
};

/*
 * What a report may say of messages or connections in one place: more than
 * anybody has, and so little that no sum of SQLite's overflows because of one
 * forged report.
 */
#define REPORT_MAX_COUNT (INT64_C(1) << 32)

struct record {
	const char *source_ip;   /* inet_ntop() form, IPv4-mapped as IPv4 */
	int64_t messages;        /* <count>, 0 to REPORT_MAX_COUNT */
	const char *disposition; /* none, pass, quarantine, reject */
	const char *dkim;        /* aligned result: pass, fail */
	const char *spf;
	const char *cause; /* a word of report_is_cause(), never NULL */
	const char *header_from;
	const char *envelope_from; /* "" is the null sender */
	const char *envelope_to;
	struct array auth_dkim; /* of struct auth_dkim */
	struct array auth_spf;  /* of struct auth_spf */
	struct array overrides; /* of struct override */
	struct array raw;       /* of struct raw_word */
};

struct report {
	const char *filename; /* of the attachment or archive entry */
	const char *org_name; /* never NULL */
	const char *org_email;
	const char *extra_contact;
	const char *external_id; /* <report_id>, never NULL, never cut */
	int64_t begin_ts;
	int64_t end_ts;
	const char *domain; /* policy domain, never NULL */
	const char *p;
	const char *sp;
	const char *np;
	const char *adkim;
	const char *aspf;
	int64_t pct; /* -1: the report did not say */
	const char *fo;
	const char *testing;
	const char *discovery_method;
	const char *generator;
	const char *version;
	const char *reporter; /* domain of org_email, else org_name */
	struct array errors;  /* of const char * */
	struct array quirks;  /* of const char *, see ruad-quirks(7) */
	struct array raw;     /* of struct raw_word, of its head */
	bool partial;         /* damaged: only what was certain is here */
	int64_t records;      /* how many record lines follow */
	uint8_t content_sha256[SHA256_SIZE];
};

/* What the header of a message says; all of it can be forged. */
struct mail_facts {
	const char *msgid;
	const char *sender;      /* address in From: */
	const char *from_domain; /* its domain, lower case */
	/*
	 * Whether our own MTA authenticated from_domain (RFC 8601): pass, fail,
	 * none.  NULL: not looked into.
	 */
	const char *verified;
	const char *subject; /* decoded */
	int64_t sent_ts;     /* Date:, 0 when absent or not a date */
	bool odd_text; /* sender or subject: not of the declared charset */
	bool odd_name; /* the same of the file name of a report's part */
};

/* Free the arrays, not the strings. */
void record_done(struct record *);
void report_done(struct report *);

/* Empty it for the next one, keeping the memory of the arrays. */
void record_reset(struct record *);
void report_reset(struct report *);

/* Add a quirk once; the name is borrowed for as long as the report lives. */
void quirk_add(struct array *quirks, const char *);
void report_add_quirk(struct report *, const char *);

/*
 * Why DMARC came out as it did: aligned (both), dkim_only, spf_only; else
 * dkim_unaligned (a signature was good but not of header_from's domain),
 * spf_unaligned, dkim_broken (signatures, none good), no_auth.
 * From the reporter's aligned results and its auth results.
 */
const char *record_cause(const struct record *);

/* Legal words, all lower case. */
bool report_is_cause(const char *);
bool report_is_disposition(const char *); /* RFC 9990: none pass ... */
bool report_is_policy(const char *);      /* none quarantine reject */
bool report_is_dkim_result(const char *);
bool report_is_spf_result(const char *);

/* 00:00 UTC of the day that holds the middle of the period. */
int64_t report_day(int64_t begin_ts, int64_t end_ts);

/*
 * The canonical content, hashed: what must be equal for two copies of a report
 * to be the same report.  Metadata, policy and every record with its results;
 * not the order of the records, nor file name, quirks, raw words or cause.
 * Add every record's digest to an array of uint8_t[SHA256_SIZE], then finish;
 * the array is sorted in place.  What scratch holds is lost.
 */
void record_digest(
    const struct record *, struct buf *scratch, uint8_t[static SHA256_SIZE]);
void report_digest(const struct report *, struct array *record_digests,
    uint8_t[static SHA256_SIZE]);

#endif
