/* SPDX-License-Identifier: BSD-2-Clause */
/* check --dns: the DNS of all domains, for whoever is called at night. */
#ifndef RUAD_CTL_CHECK_DNS_H
#define RUAD_CTL_CHECK_DNS_H

#include <stdint.h>

#include "answer/dns_alarm.h"
#include "base/err.h"
#include "ctl/options.h"

/* Domains that are asked for unless they are named. */
#define CHECK_DNS_DOMAINS 50

struct check_dns {
	int64_t domains;  /* asked for */
	int64_t left_out; /* that are more than CHECK_DNS_DOMAINS */
	int64_t alarms;
	struct err unkept; /* why answers were not kept */
	struct err silent; /* no name server answers: the rest is not known */
};

/*
 * Ask for the domains that the command line names, else for those of reports,
 * the ones known longest first, and call tell for each alarm.
 */
int check_dns_run(struct check_dns *, const struct options *, struct query_db *,
    void (*tell)(void *arg, const struct dns_alarm *), void *arg, struct err *);

#endif
