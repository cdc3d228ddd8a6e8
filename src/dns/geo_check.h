/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a value in the data section of a MaxMind DB file can be read without
 * harm: libmaxminddb skips nested maps and arrays by recursion without a limit.
 * Pure; any bytes may be given.
 */
#ifndef RUAD_DNS_GEO_CHECK_H
#define RUAD_DNS_GEO_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GEO_CHECK_DEPTH 16   /* of maps, arrays and pointers */
#define GEO_CHECK_ITEMS 4096 /* keys and values, pointers followed */

/* Whether the value at this place is whole and within these limits. */
bool geo_check_value(const uint8_t *data, size_t size, size_t at);

#endif
