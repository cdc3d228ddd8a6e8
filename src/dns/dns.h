/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions to DNS and their answers, wherever these come from: the network
 * (dns_client.h), what the database keeps of earlier answers, or a table in a
 * test.  Whoever judges records asks through struct dns_source and does not
 * know which.
 */
#ifndef RUAD_DNS_DNS_H
#define RUAD_DNS_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"

/* The types that are asked for, by their numbers (RFC 1035, 3.2.2). */
enum dns_type {
	DNS_A = 1,
	DNS_NS = 2,
	DNS_CNAME = 5,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_SPF = 99, /* obsolete: RFC 7208, 3.1 */
};

/*
 * DNS_FAILED tells nothing of what there is: no verdict may rest on it.  It is
 * never taken for DNS_NONE.
 */
enum dns_status {
	DNS_OK,      /* there are records */
	DNS_NONE,    /* there is such a name, without records of this type */
	DNS_NO_NAME, /* there is no such name (NXDOMAIN) */
	DNS_FAILED,  /* no answer that can be used, or not asked */
};

#define DNS_NAME 256      /* bytes of a name in text, and the NUL */
#define DNS_RECORDS 100   /* of one answer; what is beyond is left out */
#define DNS_TEXT_MAX 8192 /* bytes of a TXT record, all strings of it */

/*
 * One record.  text is of foreign bytes, NUL-terminated and without another
 * NUL: an address as inet_ntop() writes it (A, AAAA), a name in lower case
 * without a final dot, "" for the root (NS, CNAME, PTR, MX), or all strings of
 * a record one after the other, as SPF, DKIM and DMARC read them (TXT, SPF;
 * RFC 7208, 3.3).
 */
struct dns_record {
	const char *text;
	size_t len;
	uint16_t preference; /* MX */
	/* TXT, SPF: where each string ends within text; nparts >= 1. */
	size_t nparts;
	const uint16_t *ends;
};

struct dns_answer {
	enum dns_status status;
	/* DNS_FAILED: why, as the end of a sentence ("did not answer") */
	const char *failure;
	/* Where aliases led, if there were any; NULL: nowhere, or not known */
	const char *canonical;
	bool is_authentic; /* the server says that it has validated it (AD) */
	bool is_cut;       /* there were more than DNS_RECORDS */
	int64_t asked_ts;  /* when it was seen, seconds since 1970 */
	size_t n;          /* > 0 only with DNS_OK */
	const struct dns_record *records;
};

/*
 * Who answers.  ask() always returns an answer, which lives as long as the
 * source; the same question gives the same answer.  A name that dns_is_name()
 * refuses is not asked: DNS_NO_NAME.
 */
struct dns_source {
	const struct dns_answer *(*ask)(
	    void *arg, enum dns_type, const char *name);
	void *arg;
};

static inline const struct dns_answer *
dns_ask(const struct dns_source *s, enum dns_type type, const char *name)
{
	return s->ask(s->arg, type, name);
}

/* A question that had no answer, and why; no name: there is none. */
struct dns_unanswered {
	enum dns_type type;
	const char *name;
	const char *failure;
};

/*
 * Whether a text can be asked for: labels of 1 to 63 letters, digits, "-" and
 * "_", together at most 253; a final dot may be there.
 */
bool dns_is_name(const char *);

/* Lower case, without a final dot; false: dns_is_name() refuses it. */
bool dns_write_name(const char *, char out[static DNS_NAME]);

/* The name under which an address has its PTR record (RFC 1035, 3.5; 3596). */
bool dns_reverse_name(const char *ip, char out[static DNS_NAME]);

/* "TXT"; NULL: none of enum dns_type. */
const char *dns_type_word(enum dns_type);

/* --- building and keeping answers (dns_answer.c) ------------------------- */

/*
 * The records of an answer that is being built, all memory from the arena.
 * dns_add_text() appends one string to the record that was added last; what
 * passes DNS_TEXT_MAX is left out; NUL and other bytes that are no text become
 * "?", so that nothing can hide behind them.
 */
struct dns_builder {
	struct arena *arena;
	struct dns_answer *answer;
	struct array records;
	size_t text_cap, ends_cap; /* bytes, of the record added last */
};

void dns_begin(struct dns_builder *, struct arena *);
void dns_add_record(struct dns_builder *, uint16_t preference, const char *);
void dns_add_text(struct dns_builder *, const void *, size_t, bool is_new);
/* Sorted, so that the order in which a server gives them changes nothing. */
const struct dns_answer *dns_end(struct dns_builder *);

/* An answer without records; failure is copied, NULL but for DNS_FAILED. */
const struct dns_answer *dns_answer_none(
    struct arena *, enum dns_status, const char *failure);

/*
 * The records as zone files write them (RFC 1035, 5.1), one a line:
 * "10 mx.example.org", "." for the root, or strings in quotes, with \" \\ and
 * \DDD.  This is how the database keeps them (dns_record.value).
 */
void dns_write_records(struct buf *, enum dns_type, const struct dns_answer *);

/* The same backwards; false: it is not what dns_write_records() writes. */
bool dns_read_records(struct dns_builder *, enum dns_type, const char *);

#endif
