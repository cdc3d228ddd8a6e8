/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy file of MTA-STS over HTTPS, by ruad-fetch, which ruactl starts for
 * dns --https only.  What it answers is foreign.
 */
#ifndef RUAD_CTL_HTTPS_FETCH_H
#define RUAD_CTL_HTTPS_FETCH_H

#include "answer/dns_case.h"
#include "base/http.h"

/* Zero it to start; https_fetch_done() frees. */
struct https_fetch {
	struct dns_https answer;
	struct http_answer http;
	struct err err;
	char *failure;
};

/* For struct dns_question: arg is a struct https_fetch. */
const struct dns_https *https_fetch_get(
    void *arg, const char *url, const char *address);
void https_fetch_done(struct https_fetch *);

#endif
