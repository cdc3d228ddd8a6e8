/* SPDX-License-Identifier: BSD-2-Clause */
/* AS and country of sources, asked of Team Cymru, each network once. */
#ifndef RUAD_CTL_LOOKUP_CYMRU_H
#define RUAD_CTL_LOOKUP_CYMRU_H

#include "base/err.h"
#include "base/mem.h"
#include "dns/dns_client.h"
#include "dns/geo.h"

struct lookup_cymru;

/* A client of its own: what fails there is no fault of the other names. */
struct lookup_cymru *lookup_cymru_new(const struct dns_options *, struct err *);
void lookup_cymru_free(struct lookup_cymru *);

/* An address, and what is found of it. */
struct lookup_cymru_item {
	const char *ip;
	struct geo_found found;
};

/* Fill in what Team Cymru knows of n addresses.  ERR_NET: it did not answer. */
int lookup_cymru_find(
    struct lookup_cymru *, struct lookup_cymru_item *, size_t n, struct err *);

#endif
