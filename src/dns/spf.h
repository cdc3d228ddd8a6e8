/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SPF (RFC 7208): whether an address may send as a domain, and what the
 * records of a domain say.  Pure: all of DNS comes from a struct dns_source,
 * so that it may be the network, what the database keeps, or a table.
 *
 * spf_check() judges one message, as a receiver does.  spf_read() reads all
 * records of a domain once; spf_map_find() then judges any number of addresses
 * without DNS.  Both have one parser (spf_syntax.h) and one set of rules
 * (spf_judge.h), and give the same result for the same address.
 *
 * Records, names and terms are foreign text, of any bytes but NUL: what is
 * printed of them is made safe first.
 */
#ifndef RUAD_DNS_SPF_H
#define RUAD_DNS_SPF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "dns/dns.h"

#define SPF_LOOKUPS 10    /* terms that look up (RFC 7208, 4.6.4) */
#define SPF_VOIDS 2       /* look-ups without an answer (4.6.4) */
#define SPF_NAMES 10      /* of an mx, and of the address for ptr (4.6.4) */
#define SPF_QUESTIONS 100 /* of one check: ruad's own limit, as are these */
#define SPF_DEPTH 10      /* includes and redirects within each other */
#define SPF_RECORDS 100   /* that spf_read() reads */
#define SPF_RANGES 5000   /* that spf_read() keeps */

/*
 * RFC 7208, 2.6.  SPF_TEMPERROR: DNS did not tell; nothing may be said of the
 * domain then, least of all that it has no record.
 */
enum spf_result {
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR,
};

const char *spf_result_word(enum spf_result); /* "pass" */

/* --- records --------------------------------------------------------------*/

enum spf_kind {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	SPF_REDIRECT,
	SPF_EXP,
	SPF_MODIFIER, /* another NAME=VALUE: it has no effect (6) */
	SPF_BAD,      /* a syntax error, see fault */
};

const char *spf_kind_word(enum spf_kind); /* "include", "redirect" */

/* What is wrong with a term of kind SPF_BAD, which makes permerror (4.6). */
enum spf_fault {
	SPF_FAULT_NONE,
	SPF_FAULT_MECHANISM, /* there is no such mechanism */
	SPF_FAULT_ADDRESS,   /* ip4, ip6: not an address */
	SPF_FAULT_FAMILY,    /* an IPv6 address in ip4, or IPv4 in ip6 */
	SPF_FAULT_PREFIX,    /* what follows "/" is not a prefix length */
	SPF_FAULT_DOMAIN,    /* not a domain name */
	SPF_FAULT_MISSING,   /* a domain must follow */
	SPF_FAULT_ARGUMENT,  /* all takes no argument, include no "/" */
	SPF_FAULT_MACRO,     /* wrong use of % */
	SPF_FAULT_QUALIFIER, /* "-redirect=", "- all" */
	SPF_FAULT_REPEATED,  /* a second redirect= or exp= (6) */
	SPF_FAULT_BYTE,      /* a byte that is not printable ASCII, such as a
	                      * curly quote, a tab or a no-break space */
};

/* "unknown_mechanism", "address", ...: one word each, for programs. */
const char *spf_fault_word(enum spf_fault);

struct spf_term {
	const char *text; /* as in the record: "-all", "include:mail.example" */
	size_t at;        /* where in the text of the record it begins */
	enum spf_kind kind;
	enum spf_fault fault; /* of SPF_BAD */
	/* A mechanism: what a match means, by its qualifier: SPF_PASS,
	 * SPF_FAIL, SPF_SOFTFAIL or SPF_NEUTRAL. */
	enum spf_result result;
	/* The domain as written, with macros; NULL: that of the record. */
	const char *domain;
	/* ip4 (4 bytes), ip6 (16); a and mx have both prefixes. */
	uint8_t ip[16];
	int prefix4, prefix6;
	/* The macro letters in it, in lower case: bit 0 for "a". */
	uint32_t macros;
	/* Of a record of a map, how many terms that look up it costs: 0, or 1
	 * and, of include and redirect, those of the record it leads to. */
	int cost;
	/* Of include and redirect: what it leads to; NULL: not read. */
	const struct spf_record *to;
};

#define SPF_MACRO(letter) (UINT32_C(1) << ((letter) - 'a'))
/* Letters that depend on the message, even if domain and address are known. */
#define SPF_MACROS_SENDER (SPF_MACRO('s') | SPF_MACRO('l'))

/* Whether a term counts among the ten (4.6.4). */
bool spf_is_lookup(const struct spf_term *);

/* What the TXT records of a domain are to SPF (4.4, 4.5). */
enum spf_state {
	SPF_FOUND,   /* one SPF record */
	SPF_MISSING, /* none, and DNS said so */
	SPF_SEVERAL, /* more than one: permerror */
	SPF_FAILED,  /* DNS did not tell, or more than ruad reads */
	SPF_UNREAD,  /* not asked: a loop, a limit, or no name to ask for */
};

struct spf_record {
	const char *domain; /* in lower case */
	enum spf_state state;
	const char *failure; /* SPF_FAILED: end of a sentence; NULL: too long */
	const char *text;    /* the record; NULL unless SPF_FOUND */
	size_t nterms;
	struct spf_term *terms;                /* without "v=spf1" */
	bool has_bad;                          /* a term is SPF_BAD */
	const struct spf_term *all, *redirect; /* the first; NULL: none */

	/* The term of another record that leads here; NULL: the first. */
	const struct spf_record *parent;
	const struct spf_term *by;
	int depth; /* 0: the first */

	int own_lookups; /* of its own terms */
	int lookups;     /* and of the records that they lead to */

	int64_t asked_ts;
	size_t nrecords;    /* SPF_SEVERAL: how many */
	size_t answer_size; /* about how many bytes the TXT answer has (3.4) */
	size_t nparts;      /* strings of the record, as in struct dns_record */
	const uint16_t *ends;
};

/*
 * Add the way to a term: "include:mail.example > ip4:192.0.2.0/25".  term NULL:
 * the way to the record alone, which is nothing for the first one.
 */
void spf_write_path(
    struct buf *, const struct spf_record *, const struct spf_term *);

/* --- what is wrong, or worth telling ------------------------------------- */

/*
 * What each has beside record: T a term, N name, n number, f failure.
 * Those up to SPF_P_QUESTIONS make a check end with permerror, or, if DNS or a
 * limit of ruad is the reason (marked t), temperror; if it comes so far.
 */
enum spf_problem_kind {
	SPF_P_MISSING,   /* N: has no SPF record; T: the include or redirect
	                  * that leads there; NULL: the domain itself */
	SPF_P_SEVERAL,   /* N, n of them; T as above */
	SPF_P_FAILED,    /* N, type, f: DNS did not tell; t */
	SPF_P_SYNTAX,    /* T, fault */
	SPF_P_NAME,      /* T, N: it leads to what is no name (5.2, 6.1) */
	SPF_P_LOOKUPS,   /* n > 10; T (check): the eleventh */
	SPF_P_VOIDS,     /* n > 2; T (check); spf_read(): of IPv4 addresses */
	SPF_P_MX_NAMES,  /* T, N, n > 10 */
	SPF_P_LOOP,      /* T, N: leads to a record that it is part of */
	SPF_P_CUT,       /* T, N, type: more records than ruad takes; without
	                  * T: too much for spf_read() to read all of it; t */
	SPF_P_QUESTIONS, /* more than SPF_QUESTIONS; t */

	/* Of spf_read() only. */
	SPF_P_NEAR,     /* n is 9 or 10: at the limit of terms */
	SPF_P_VOID,     /* T, N, type: exists not, or without such records */
	SPF_P_VOIDS6,   /* T, n > 2: it allows IPv6 addresses, but comes after
	                 * so many names without one (or not there), so that
	                 * they get permerror; IPv4 is well */
	SPF_P_ALL_PASS, /* T "+all" of the domain, or of its redirect */
	SPF_P_ALL_NEUTRAL,      /* T "?all" */
	SPF_P_ALL_SOFT,         /* T "~all" */
	SPF_P_NO_ALL,           /* neither all nor redirect */
	SPF_P_AFTER_ALL,        /* T: a mechanism after all, never read (5.1) */
	SPF_P_REDIRECT_IGNORED, /* T: redirect= beside all (6.1) */
	SPF_P_PTR,              /* T: ptr should not be used (5.5) */
	SPF_P_WIDE,             /* T, n: ip4 below /16, ip6 below /32 */
	SPF_P_GLUED,            /* T: two strings joined without a blank (3.3);
	                         * N: what the second begins with */
	SPF_P_ANSWER_SIZE,      /* n > 450: bytes of the TXT answer (3.4) */
	SPF_P_STRING_SIZE,      /* n > 255: bytes of one string (3.3) */
	SPF_P_VERSION,   /* N: a TXT record that is meant as one, but does not
	                  * begin with "v=spf1" and a blank (4.5) */
	SPF_P_TYPE_SPF,  /* N: only as a record of type SPF (3.1) */
	SPF_P_MACRO_PTR, /* T: %{p} (7.2) */
	SPF_P_MACRO_SENDER, /* T: %{l}, %{s}: tells DNS who writes (11.5) */
	SPF_P_REPEATED,     /* T: the same as an earlier term of the record */
	SPF_P_UNKNOWN,      /* T: a modifier that nobody knows */
	SPF_PROBLEMS,
};

/* "missing", "too_many_lookups", ...: one word each, for programs. */
const char *spf_problem_word(enum spf_problem_kind);

struct spf_problem {
	enum spf_problem_kind kind;
	enum spf_fault fault;
	const struct spf_record *record; /* whose record, and how one got there;
	                                  * NULL: an error before any record */
	const struct spf_term *term;     /* of it; NULL: none */
	const char *name;                /* NULL: none */
	enum dns_type type;              /* asked for at name */
	const char *failure; /* DNS: why not, as the end of a sentence */
	int number;
};

/* --- one message --------------------------------------------------------- */

struct spf_query {
	const char *ip; /* an IPv4-mapped IPv6 address is an IPv4 address */
	/* The domain whose record is asked: that of MAIL FROM, or HELO. */
	const char *domain;
	/* MAIL FROM.  NULL: local part "postmaster"; domain: that of above */
	const char *local, *sender_domain;
	const char *helo;     /* NULL: "unknown" */
	const char *receiver; /* %{r} in exp=; NULL: "unknown" */
	int64_t now;          /* %{t} in exp= */
	bool explain;         /* fetch the explanation if it fails */
};

struct spf_verdict {
	enum spf_result result;
	/*
	 * The term that decided, and its record.  NULL: none matched (neutral,
	 * 4.7), or there is no record.  Of an error: where it was.
	 */
	const struct spf_record *record;
	const struct spf_term *term;
	const char *path; /* as spf_write_path() writes it; "" */
	/* temperror, permerror: why, else NULL.  With SPF_P_FAILED the failure
	 * is that of the source: "did not answer", "not looked up yet". */
	const struct spf_problem *problem;
	const char *explanation; /* fail, if asked for and there; else NULL */
	int lookups, voids;      /* as far as it came; may pass the limits */
	int mx_names, ptr_names; /* of all terms together */
	int questions;
	struct arena arena; /* all of the above is in it */
};

/*
 * check_host() of RFC 7208, 4, with all macros, %{p} too.  A name that is not
 * of letters, digits, "-" and "_" is not asked for: such a term does not match.
 * Each look-up without an answer counts, not each term: most receivers count
 * so.  Always gives a result, to be freed with spf_verdict_done(); an ip that
 * is none: SPF_NONE.
 */
void spf_check(
    const struct dns_source *, const struct spf_query *, struct spf_verdict *);
void spf_verdict_done(struct spf_verdict *);

/* --- all records of a domain --------------------------------------------- */

struct spf_op; /* spf_judge.h */

struct spf_map {
	const char *domain;
	/* In the order in which they are read; a record to which several terms
	 * lead is there several times, as it costs several times. */
	size_t nrecords; /* >= 1 */
	struct spf_record **records;
	size_t nproblems;
	struct spf_problem *problems;
	int lookups; /* of all records; 11 and more are permerror */
	/* Look-ups without an answer if no term matches, of an address of IPv4
	 * and of IPv6. */
	int voids4, voids6;
	bool is_cut;      /* not all was read: lookups and voids are at least */
	bool failed;      /* DNS did not tell a part: no finding about what is
	                   * missing may rest on it */
	bool has_unknown; /* a term depends on the message */
	size_t nranges;
	/* private */
	size_t nops;
	struct spf_op *ops;
	struct arena arena;
};

/* Read them.  Free the map with spf_map_done(). */
void spf_read(const struct dns_source *, const char *domain, struct spf_map *);
void spf_map_done(struct spf_map *);

struct spf_found {
	/* What spf_check() gives, for MAIL FROM of this domain. */
	enum spf_result result;
	const struct spf_record *record; /* as in struct spf_verdict */
	const struct spf_term *term;
	/* Matched by ip4, ip6, a or mx of the domain's own record. */
	bool is_own;
	/* The result may be another for some messages, or was not to be found
	 * out: it passed a term that cannot be told from the address (exists
	 * with macros, ptr, ...), or what was cut. */
	bool unknown;
	/* DNS did not tell a part that matters: result is SPF_TEMPERROR. */
	bool failed;
};

/* Judge an address without asking DNS. */
struct spf_found spf_map_find(const struct spf_map *, const char *ip);

/*
 * The first term with a range that contains the address, whatever comes before
 * it and whatever fails: result is what the term says (SPF_PASS: it is meant to
 * be allowed).  "all" does not count.  result SPF_NONE, term NULL: no term.
 */
struct spf_found spf_map_cover(const struct spf_map *, const char *ip);

/* Add "ip4:192.0.2.1" or "ip6:2001:db8::1", to be pasted; false: no address. */
bool spf_write_term(struct buf *, const char *ip);

/* Add a record that was found with one term more, before its "all". */
void spf_write_with(struct buf *, const struct spf_record *, const char *term);

#endif
