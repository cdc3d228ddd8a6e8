/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The AS and the country of an address, from files of the MaxMind DB format
 * that an admin has got.  Runs in ruactl.  Vendors have two schemes: country
 * .iso_code, autonomous_system_number and autonomous_system_organization
 * (GeoLite2, DB-IP Lite), or country_code, asn ("AS64500") and as_name (IPinfo
 * Lite).  A file may be damaged in any way: what is not of the expected type,
 * or nested too deeply, is not known.
 */
#ifndef RUAD_DNS_GEO_H
#define RUAD_DNS_GEO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define GEO_NAME 101    /* bytes of the name of an AS, and the NUL */
#define GEO_COUNTRY 3   /* two capital letters (ISO 3166-1), and the NUL */
#define GEO_OLD_DAYS 90 /* a file of more days ago is old */

struct geo;

struct geo_found {
	int64_t asn;            /* 0: not known */
	char as_name[GEO_NAME]; /* safe to print (text_safe()); "": not known */
	char country[GEO_COUNTRY];
};

/*
 * Open n files, of which the first that knows something is believed. ERR_INPUT:
 * there is no such file; ERR_AUTH: it must not be read; ERR_DATA: it is not
 * such a database.  The paths are copied.
 */
int geo_open(struct geo **, const char *const *paths, size_t n, struct err *);

/* NULL is fine. */
void geo_close(struct geo *);

/* What the files know of an address; of one that is none, nothing. */
void geo_find(struct geo *, const char *ip, struct geo_found *);

/* One of the files; path is borrowed as long as it is open. */
struct geo_file {
	const char *path;
	int64_t built_ts; /* when the vendor made it; 0: it does not say */
	bool is_damaged;  /* geo_find() met something that cannot be */
};

size_t geo_count(const struct geo *);
struct geo_file geo_at(const struct geo *, size_t);

/* Days since it was made; 0 if that is not known, or not long ago enough. */
int64_t geo_days_old(const struct geo_file *, int64_t now);

#endif
