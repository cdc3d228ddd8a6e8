/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MTA-STS: the record at _mta-sts.DOMAIN (RFC 8461, 3.1), the policy that is
 * fetched over HTTPS (3.2), and which mail servers it takes (4.1).  Pure; both
 * texts are foreign.
 */
#ifndef RUAD_DNS_MTA_STS_H
#define RUAD_DNS_MTA_STS_H

#include "dns/tag_list.h"

struct mta_sts_record {
	const char *text;
	enum tag_version version; /* all but TAG_VERSION_OK: ignored */
	const char *id;           /* NULL: absent */
	bool is_id_good;          /* 1 to 32 letters and digits */
	bool is_usable;           /* version and id are good */
	size_t nproblems;
	const struct tag_problem *problems;
	struct tag_list tags;
};

extern const struct tag_kind mta_sts_kind; /* for tag_list_choose() */

/* All strings are the arena's; text is copied. */
void mta_sts_record_parse(
    const char *text, struct arena *, struct mta_sts_record *);

enum mta_sts_mode {
	MTA_STS_ABSENT,
	MTA_STS_INVALID,
	MTA_STS_NONE,
	MTA_STS_TESTING,
	MTA_STS_ENFORCE,
};

/* "none", "testing", "enforce"; NULL: neither. */
const char *mta_sts_mode_word(enum mta_sts_mode);

/* In the order of mta_sts_fault_words.  ! makes the policy useless. */
enum mta_sts_fault {
	MTA_STS_NO_COLON,    /* ! value: a line that is no "key: value" */
	MTA_STS_TWICE,       /* key: the first is read; mx may be there often */
	MTA_STS_UNKNOWN_KEY, /* ignored; suggestion: one edit away */
	MTA_STS_NO_VERSION,  /* ! none, or it is not STSv1 */
	MTA_STS_BAD_VERSION, /* ! */
	MTA_STS_NO_MODE,     /* ! */
	MTA_STS_BAD_MODE,    /* ! suggestion: one edit away */
	MTA_STS_NO_MX,       /* ! unless the mode is none */
	MTA_STS_BAD_MX,      /* ! value: neither a name nor "*." and one */
	MTA_STS_NO_MAX_AGE,  /* ! */
	MTA_STS_BAD_MAX_AGE, /* ! value: not 0 to 31557600 */
	MTA_STS_BAD_BYTES,   /* ! a NUL, or other bytes than UTF-8 */
	MTA_STS_TOO_LONG,    /* ! more than MTA_STS_SIZE bytes */
	MTA_STS_FAULTS,
};

extern const char *const mta_sts_fault_words[]; /* NULL ends them */

struct mta_sts_problem {
	enum mta_sts_fault fault;
	size_t line;     /* from 1; 0: of the whole file */
	const char *key; /* NULL: does not apply, all of them */
	const char *value;
	const char *suggestion; /* instead of the key or the value */
};

#define MTA_STS_SIZE 65536       /* bytes that are read (RFC 8461, 3.3) */
#define MTA_STS_MAX_AGE 31557600 /* seconds */

struct mta_sts_policy {
	enum mta_sts_mode mode;
	int64_t max_age; /* seconds; -1: absent or invalid */
	size_t nmx;      /* the good ones: lower case, "mx.a", "*.a" */
	const char *const *mx;
	bool is_usable;
	size_t nproblems;
	const struct mta_sts_problem *problems;
};

/* The len bytes of the file; all strings are the arena's. */
void mta_sts_policy_parse(
    const void *, size_t len, struct arena *, struct mta_sts_policy *);

/*
 * Whether the name of a mail server fits a pattern: the same name, or "*." for
 * just one label (RFC 8461, 4.1; RFC 6125, 6.4).  The case does not count.
 */
bool mta_sts_match(const char *pattern, const char *host);

/* The first pattern of the policy that it fits; NULL: none. */
const char *mta_sts_find_mx(const struct mta_sts_policy *, const char *host);

#endif
