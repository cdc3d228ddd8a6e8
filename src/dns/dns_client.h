/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions to the name servers of this machine, or to those that a person
 * named: many at a time, of bounded number, rate, time and memory.  Runs in
 * ruactl.  Answers are foreign: dns_reply.h reads them.
 *
 * Neither /etc/hosts nor search lists nor the environment (RES_OPTIONS,
 * LOCALDOMAIN, HOSTALIASES) change what is asked, or whom.
 */
#ifndef RUAD_DNS_DNS_CLIENT_H
#define RUAD_DNS_DNS_CLIENT_H

#include <stddef.h>

#include "base/err.h"
#include "dns/dns.h"

/* Begin with one of the two below, and change what should be otherwise. */
struct dns_options {
	/*
	 * "ADDRESS[:PORT][,...]", at most three, an IPv6 address with a port
	 * in brackets: "[::1]:5300".  NULL: those in resolv_conf.
	 */
	const char *servers;
	const char *resolv_conf; /* NULL: /etc/resolv.conf */
	int timeout_ms;          /* of each server in each try */
	int tries;
	int in_flight;   /* questions at a time */
	int per_second;  /* questions; 0: as many as are answered */
	int most;        /* questions in all; 0: no limit */
	int deadline_ms; /* after the first one, no more are asked; 0: never */
	int give_up_after; /* so many failures in a row; 0: never */
};

/* A judgement of one domain: few questions, as fast as they are answered. */
#define DNS_OPTIONS_DOMAIN \
	{ \
		.timeout_ms = 2000, .tries = 2, .in_flight = 16, .most = 200, \
		.deadline_ms = 120000, .give_up_after = 10 \
	}

/* Many addresses: slowly, so that nobody minds. */
#define DNS_OPTIONS_MANY \
	{ \
		.timeout_ms = 2000, .tries = 2, .in_flight = 16, \
		.per_second = 20, .deadline_ms = 120000, .give_up_after = 20 \
	}

struct dns_client;

/*
 * Nothing is sent yet.  servers that cannot be read are ERR_USAGE; no server in
 * resolv_conf, or no such file, is ERR_NET.  NULL on error.
 */
struct dns_client *dns_client_new(const struct dns_options *, struct err *);

/* NULL is fine.  Answers and their records die with the client. */
void dns_client_free(struct dns_client *);

/* "127.0.0.1:53", or "192.0.2.1:53, [2001:db8::1]:53". */
const char *dns_client_servers(const struct dns_client *);

/*
 * The answer lives as long as the client, or until dns_client_forget().  Its
 * asked_ts is 0 if it was not asked: then status is DNS_FAILED, or DNS_NO_NAME
 * if it is not a name.
 */
typedef void dns_client_fn(void *arg, const struct dns_answer *);

/*
 * Queue a question.  The callback is always called once, by dns_client_run() or
 * by a question to the source, never by this; it may start more questions.
 * NULL: nobody is told, but the source knows the answer.  A question that was
 * asked before is not asked again.
 */
void dns_client_start(struct dns_client *, enum dns_type, const char *name,
    dns_client_fn *, void *arg);

/*
 * Ask until every question is answered or has failed.  At the limits (most,
 * deadline_ms) the others fail without being asked, which is no error.  -1:
 * give_up_after is reached, ERR_NET, the text names the servers and says what
 * failed; the others fail without being asked, now and later.
 */
int dns_client_run(struct dns_client *, struct err *);

/*
 * The same, one at a time: dns_ask() returns when there is the answer, and
 * others may be answered meanwhile.  Not to be called in a callback.
 */
struct dns_source dns_client_source(struct dns_client *);

/*
 * Forget all answers and free their memory, between the calls of
 * dns_client_run().  Limits and counts go on.
 */
void dns_client_forget(struct dns_client *);

struct dns_counts {
	size_t asked;     /* questions, each once */
	size_t sent;      /* tries, which are more when there was no answer */
	size_t answered;  /* there is such a record, or certainly not */
	size_t failed;    /* asked, without an answer that can be used */
	size_t not_asked; /* for a limit, or because others failed */
	size_t in_a_row;  /* failed since the last one that was answered */
};

const struct dns_counts *dns_client_counts(const struct dns_client *);

/* The longest that a question may take: timeout_ms x tries x servers. */
int dns_client_patience_ms(const struct dns_client *);

#endif
