/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records that are lists of tags, "v=DMARC1; p=none" (RFC 6376, 3.2): read into
 * tags, and what is wrong with them, in one form for DMARC, DKIM, TLS-RPT,
 * MTA-STS and BIMI.  Pure; the text is foreign bytes without a NUL.
 */
#ifndef RUAD_DNS_TAG_LIST_H
#define RUAD_DNS_TAG_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "dns/dns.h"

/* What is wrong, in the order of tag_fault_words. */
enum tag_fault {
	/* of any record */
	TAG_NO_EQUALS,    /* value: what stands there, without "=" */
	TAG_EMPTY_ITEM,   /* nothing between two ";", or before the first */
	TAG_BAD_NAME,     /* tag: not a letter, then letters, digits, "_" */
	TAG_CASE,         /* tag: known, but written in capitals */
	TAG_TWICE,        /* tag: value is of the second; the first is read */
	TAG_UNKNOWN,      /* suggestion: the known one that is one edit away */
	TAG_OBSOLETE,     /* tag: later RFCs do not know it any more */
	TAG_MISSING,      /* tag: required (of DMARC's p: see dmarc_record.h) */
	TAG_EMPTY_VALUE,  /* tag: has a value by its nature, and has none */
	TAG_BAD_VALUE,    /* suggestion: the good one that is one edit away */
	TAG_NO_SEMICOLON, /* value: holds another tag, "none rua=mailto:..." */
	TAG_BAD_BYTES,    /* value: has other bytes than printable ASCII */
	TAG_BAD_SPACE,    /* white space where the RFC has none */
	TAG_QUOTES,       /* value: begins or ends with a quotation mark */
	TAG_WITHOUT,      /* tag: of no effect without the tag in value */
	TAG_BAD_URI,      /* value: a URI; why stands in the list of URIs */
	TAG_FAULTS,
};

extern const char *const tag_fault_words[]; /* for programs; NULL ends them */

/* Strings live with the arena; NULL: does not apply. */
struct tag_problem {
	enum tag_fault fault;
	const char *tag;        /* as it is written, "" for an item without */
	const char *value;      /* as it is written */
	const char *suggestion; /* instead of the tag (TAG_UNKNOWN, TAG_CASE)
	                         * or of the value */
};

/* How the version tag, which must be first, stands. */
enum tag_version {
	TAG_VERSION_OK,
	TAG_VERSION_CASE,      /* first, but in the wrong case: "v=dmarc1" */
	TAG_VERSION_NOT_FIRST, /* right, but another tag is before it */
	TAG_VERSION_BAD,       /* first, meant to be this: "v=DMARC1 p=none" */
	TAG_VERSION_ABSENT,    /* none, but the tags are of this kind */
	TAG_VERSION_OTHER,     /* nothing tells that it is of this kind */
};

extern const char *const tag_version_words[]; /* NULL ends them */

struct tag {
	const char *name;  /* as written, without white space around it */
	const char *value; /* the same; "" if empty */
	bool is_cased;     /* the name is known, if not for the case */
	bool is_second;    /* there is one of this name before */
};

/* A tag that a kind of record may have. */
struct tag_known {
	const char *name;
	bool is_obsolete;
	bool can_be_empty; /* "p=" of a DKIM key, "l=" of BIMI */
};

/* A kind of record. */
struct tag_kind {
	const char *version;           /* "DMARC1"; compared exactly */
	bool is_version_optional;      /* DKIM keys */
	bool no_version_space;         /* "v=STSv1;" has none (8460, 8461) */
	const struct tag_known *known; /* a NULL name ends them; "v" is of it */
};

struct tag_list {
	struct arena *arena;
	const struct tag_kind *kind;
	enum tag_version version;
	size_t n;
	const struct tag *tags;
	size_t nproblems;
	const struct tag_problem *problems;
	struct array space; /* of the problems, until tag_list_end() */
};

/*
 * Read a text of that kind: tags, version and what is wrong with either.  Then
 * the module adds what it finds itself, and ends the list.  Of TAG_VERSION_
 * OTHER there are no problems.
 */
void tag_list_begin(
    struct tag_list *, const struct tag_kind *, const char *, struct arena *);
void tag_list_add(struct tag_list *, enum tag_fault, const char *tag,
    const char *value, const char *suggestion);
void tag_list_end(struct tag_list *);

/* The first tag of this name, in lower case; NULL: none. */
const struct tag *tag_list_find(const struct tag_list *, const char *name);

/* Whether there is a problem of this kind, of any tag if that is NULL. */
bool tag_list_has(const struct tag_list *, enum tag_fault, const char *tag);

/*
 * The number of the one of words that value is, whatever the case; -1: none,
 * and TAG_BAD_VALUE, with the word that is one edit away, is added.
 */
int tag_list_word(
    struct tag_list *, const struct tag *, const char *const words[]);

/*
 * A whole decimal number from 0 to max; -1: it is none, and TAG_BAD_VALUE is
 * added.
 */
int64_t tag_list_number(struct tag_list *, const struct tag *, int64_t max);

/* --- URIs that reports are sent to ---------------------------------------- */

enum report_uri_fault {
	REPORT_URI_OK,
	REPORT_URI_EMPTY,     /* nothing between two commas */
	REPORT_URI_NO_SCHEME, /* "d@example.org" without "mailto:" */
	REPORT_URI_SCHEME,    /* another scheme than those of the RFC */
	REPORT_URI_ADDRESS,   /* not one address: "mailto://d@example.org" */
	REPORT_URI_ESCAPE,    /* "!" or "%" that is no escape within it */
	REPORT_URI_SIZE,      /* what is behind "!" is no size */
	REPORT_URI_BYTES,     /* white space, or other bytes than ASCII */
	REPORT_URI_FAULTS,
};

extern const char *const report_uri_fault_words[]; /* NULL ends them */

struct report_uri {
	const char *text;    /* as in the record, without space around it */
	const char *scheme;  /* lower case; NULL: none */
	const char *mailbox; /* "d@example.org", escapes decoded; else NULL */
	const char *host;    /* lower case, a dns_is_name(); else NULL */
	bool has_limit;      /* "!10m" (RFC 7489, 6.2) */
	uint64_t limit;      /* bytes; what is too big is UINT64_MAX */
	enum report_uri_fault fault;
	const char *suggestion; /* the whole URI, if what is meant is plain */
};

struct report_uris {
	size_t n;
	const struct report_uri *uris;
};

/*
 * The list of URIs in a value.  Those with a scheme that is neither mailto nor,
 * if takes_https, https are REPORT_URI_SCHEME: valid, but of no use.  For each
 * that is not REPORT_URI_OK, TAG_BAD_URI is added.
 */
void report_uris_parse(struct tag_list *, const struct tag *, bool takes_https,
    struct report_uris *);

/* How many are valid by RFC 3986, whatever their scheme. */
size_t report_uris_count_valid(const struct report_uris *);

/* --- several records of one name ------------------------------------------ */

/*
 * Of the TXT records of an answer, those with TAG_VERSION_OK of a kind: how
 * many; *one gets the only one, NULL if there is none or more.
 */
size_t tag_list_choose(const struct dns_answer *, const struct tag_kind *,
    const struct dns_record **one);

#endif
