/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom the commands about DNS ask, by their options: name servers (--server, or
 * those of resolv.conf), or with --offline what the database keeps; and how the
 * database gets the answers.  Nothing else in ruactl opens a socket.
 *
 *	struct dns_asking a;
 *	int rc;
 *
 *	rc = dns_asking_begin(&a, options, db, err);
 *	if (rc == 0)	any number of questions to &a.source
 *		rc = dns_asking_keep(&a, &unkept, err);
 *	if (rc == 0 && unkept.class != ERR_NONE)
 *		dns_asking_say_unkept(out, &unkept);
 *	dns_asking_end(&a);
 */
#ifndef RUAD_CTL_DNS_ASK_H
#define RUAD_CTL_DNS_ASK_H

#include "answer/dns_history.h"
#include "answer/dns_keep.h"
#include "base/err.h"
#include "ctl/options.h"
#include "dns/dns.h"
#include "dns/dns_client.h"
#include "show/output.h"
#include "store/query.h"

struct dns_asking {
	const struct options *options;
	struct dns_history *history;
	struct dns_client *client; /* NULL: --offline */
	struct dns_keep *keep;     /* the same */
	struct dns_source source;
};

/*
 * A domain of the command line, as names are asked for; free() it.  NULL,
 * ERR_USAGE: it is an address, a URL or the like, and what may be meant.
 */
char *dns_asking_read_domain(const char *word, struct err *);

/* dns_asking_end() comes in any case.  The database must outlive it. */
int dns_asking_begin(struct dns_asking *, const struct options *,
    struct query_db *, struct err *);
void dns_asking_end(struct dns_asking *);

/* Ask something soon; for dns_judge_prepare(). */
void dns_asking_start(void *asking, enum dns_type, const char *name);

/*
 * Get the answers of all that was started.  ERR_NET: no name server answers
 * anything; that one fails with the names of this domain is no error.
 * ERR_INPUT: with --offline, nothing is known of the domain.
 */
int dns_asking_run(struct dns_asking *, const char *domain, struct err *);

/*
 * After ERR_NET of dns_asking_run(): whether a name server at least refused to
 * answer about this domain, which costs no time.
 */
bool dns_asking_is_refused(struct dns_asking *, const char *domain);

/*
 * Keep what was seen in the database.  That it cannot be written now, or not by
 * this user (ERR_AUTH), takes nothing from what was seen: it is no error, and
 * is in unkept, to be said once, and no more is to be kept then.
 */
int dns_asking_keep(struct dns_asking *, struct err *unkept, struct err *);
void dns_asking_say_unkept(struct output *, const struct err *unkept);

/* "asked 127.0.0.1:53, 14 questions", "as it was seen on 2026-11-20". */
#define DNS_ASKING_WHOM 200
void dns_asking_write_whom(const struct dns_asking *, const char *domain,
    char out[static DNS_ASKING_WHOM]);

#endif
