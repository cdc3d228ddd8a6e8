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
	TAG_BAD_SPACE,    /* value: white space where the RFC has none */
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
	const char *suggestion; /* instead of the tag (TAG_UNKNOWN, TAG_CASE,
	                         * TAG_BAD_NAME) or of the value */
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
	bool is_version_optional;      /* DKIM keys, if they have p= */
	bool has_plain_version;        /* no space in "v=STSv1" (8460, 8461) */
	bool has_free_space;           /* also before the first tag (DKIM) */
	bool is_caseless;              /* the ABNF takes "P=none" (DMARC) */
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

#define TAG_PROBLEMS 64 /* of one record; what is beyond is left out */

/*
 * Read a text of that kind: tags, version and what is wrong with either.  Then
 * the module adds what it finds itself, and ends the list; the text lives as
 * long.  With TAG_VERSION_OTHER there are no problems: it is another kind of
 * record.
 */
void tag_list_begin(
    struct tag_list *, const struct tag_kind *, const char *, struct arena *);
void tag_list_add(struct tag_list *, enum tag_fault, const char *tag,
    const char *value, const char *suggestion);
void tag_list_end(struct tag_list *);

/*
 * The first tag of this name; the case counts unless is_caseless.  NULL: there
 * is none.
 */
const struct tag *tag_list_find(const struct tag_list *, const char *name);

/*
 * The number of the one of words that value is, whatever the case; -1: none,
 * and unless it is empty (TAG_EMPTY_VALUE) TAG_BAD_VALUE is added, with the
 * word that is one edit away.
 */
int tag_list_word(
    struct tag_list *, const struct tag *, const char *const words[]);

/*
 * A whole decimal number from 0 to max; -1: it is none, and TAG_BAD_VALUE is
 * added as above.
 */
int64_t tag_list_number(struct tag_list *, const struct tag *, int64_t max);

/* --- several records of one name ------------------------------------------ */

/*
 * Of the TXT records of an answer, those with TAG_VERSION_OK of a kind: how
 * many; *one gets the only one, NULL if there is none or more.
 */
size_t tag_list_choose(const struct dns_answer *, const struct tag_kind *,
    const struct dns_record **one);

#endif
