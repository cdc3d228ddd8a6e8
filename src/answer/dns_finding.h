/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ruactl dns tells of a domain: findings (what is wrong, or worth telling,
 * by the rules in tables beside the checks, dns_check_*.c), notes (what there
 * is, and what is right), and the names of which DNS told nothing.
 *
 * A check is a function (source, facts, findings); it asks through the source,
 * adds what it finds, and judges nothing that DNS did not tell:
 *
 *	const struct dns_answer *a = dns_look(f, GROUP, source, DNS_TXT, name);
 *
 *	if (a->status == DNS_FAILED)	said already
 *		return;
 *	dns_find(f, &rules[S1_NONE], name, &(struct dns_words) { .n = 2 });
 */
#ifndef RUAD_ANSWER_DNS_FINDING_H
#define RUAD_ANSWER_DNS_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "dns/dns.h"

enum dns_severity {
	DNS_ERROR,
	DNS_WARNING,
	DNS_INFO,
};

const char *dns_severity_word(enum dns_severity); /* "error", for programs */

/* In the order in which they are shown. */
enum dns_group {
	DNS_GROUP_SERVERS, /* G */
	DNS_GROUP_DMARC,   /* D */
	DNS_GROUP_RUA,     /* R */
	DNS_GROUP_SPF,     /* S */
	DNS_GROUP_DKIM,    /* K */
	DNS_GROUP_SEEN,    /* P */
	DNS_GROUP_TLSRPT,  /* T */
	DNS_GROUP_STS,     /* M */
	DNS_GROUP_MX,      /* X */
	DNS_GROUP_BIMI,    /* B */
	DNS_GROUPS,
};

const char *dns_group_word(enum dns_group);  /* "dmarc", for programs */
const char *dns_group_title(enum dns_group); /* "DMARC" */

/*
 * One kind of finding.  text and record are templates: {name} is the name of
 * the finding, {what}, {to}, {at}, {n} and {m} are those of struct dns_words,
 * {value} is its value as strings of a TXT record, in quotes.  What follows "|"
 * in a text leads to the record, and is left out if there is none to paste.
 */
struct dns_rule {
	const char *id; /* "D1"; of one rule of lookup several may be */
	enum dns_severity severity;
	const char *rfc;    /* "RFC 9989, 4.10.1"; NULL: of none */
	const char *text;   /* a sentence: what, where, and what to do */
	const char *record; /* a line for the zone file; NULL: none */
};

/* What is changed of a record of tags: dns_edit.h. */
struct dns_edit {
	const char *tag;
	const char *value; /* NULL: the tag is removed */
	bool is_asked; /* only if the admin wants it, not because of a fault */
	bool moves;    /* to the second place, of p */
};

/* Foreign text may be in all of them; NULL and 0 where they do not matter. */
struct dns_words {
	const char *what, *to, *at;
	int64_t n, m;
	const char *value;
	const struct dns_edit *edit; /* by which value came to be */
};

struct dns_finding {
	const struct dns_rule *rule;
	enum dns_group group;
	const char *id; /* as rule->id, and so on */
	enum dns_severity severity;
	const char *name;     /* a DNS name, or a reporter */
	const char *text;     /* a finished sentence, safe to print */
	const char *clause;   /* the same without what leads to the record */
	const char *record;   /* to paste; NULL: none */
	const char *rfc;      /* NULL: none */
	struct dns_edit edit; /* tag NULL: none */
};

/* What there is: "record" of "_dmarc.example.org" is "v=DMARC1; ...". */
struct dns_note {
	enum dns_group group;
	bool is_record;    /* a record as it is, shown as the group's head */
	const char *name;  /* of DNS */
	const char *key;   /* a word for programs */
	const char *value; /* as it came: foreign text */
	const char *text;  /* for people; NULL: for programs only */
	const char *since; /* of a record; NULL: not known */
};

/* The key of the note on the policy file of MTA-STS: its id and SHA-256. */
#define DNS_NOTE_FILE "file"

/* A name of which DNS told nothing. */
struct dns_unknown {
	enum dns_group group;
	const char *name;
	enum dns_type type;
	const char *failure; /* the end of a sentence: "did not answer" */
	const char *text;    /* the sentence */
};

/* Zero it to start; dns_findings_done() frees. */
struct dns_findings {
	struct array findings; /* of struct dns_finding, by group */
	struct array notes;    /* of struct dns_note */
	struct array unknown;  /* of struct dns_unknown */
	int64_t errors, warnings, infos;
	int64_t more; /* that are left out: DNS_FINDINGS_MOST of one rule */
	struct arena arena;
};

#define DNS_FINDINGS_MOST 12 /* of one rule */

void dns_findings_done(struct dns_findings *);

/*
 * Add a finding; the same of the same name is added once.  words may be NULL.
 * A record without a value that can be pasted (too long, bytes that are not
 * ASCII) is left out.
 */
void dns_find(struct dns_findings *, enum dns_group, const struct dns_rule *,
    const char *name, const struct dns_words *);

/*
 * Another value of its record, if it can be pasted, and what its text has to
 * say of that at its end.
 */
void dns_finding_set_value(struct dns_findings *, struct dns_finding *,
    const char *value, const char *caution);

/* Add a note with a text for people, NULL: it is for programs only. */
void dns_note(struct dns_findings *, enum dns_group, const char *name,
    const char *key, const char *value, const char *text, ...)
    __attribute__((format(printf, 6, 7)));

/* Add a record as it is, since when if that is known: the head of its group. */
void dns_note_record(struct dns_findings *, enum dns_group, const char *name,
    const char *value, const char *since);

/* DNS did not tell: said once for each name of a group. */
void dns_cannot_tell(struct dns_findings *, enum dns_group, enum dns_type,
    const char *name, const char *failure);

/* Ask, and say so if DNS did not tell. */
const struct dns_answer *dns_look(struct dns_findings *, enum dns_group,
    const struct dns_source *, enum dns_type, const char *name);

/* A string that lives with the findings. */
const char *dns_print(struct dns_findings *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Add the value of a TXT record as a zone file has it: strings of at most 255
 * bytes in quotes.  False, and no use, if nobody could paste it: it is NULL or
 * "", too long, or has bytes that are not printable ASCII.
 */
bool dns_write_strings(struct buf *, const char *value);

/* "2026-11-20" */
const char *dns_date(struct dns_findings *, int64_t ts);

/* Sort the findings by group, errors first. */
void dns_findings_sort(struct dns_findings *);

#endif
