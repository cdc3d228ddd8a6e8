/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums of what reports say, which may be any number: they do not overflow. */
#ifndef RUAD_BASE_SUM_H
#define RUAD_BASE_SUM_H

#include <stdint.h>

/* Add n, which is not negative, to *sum, which stops at INT64_MAX. */
static inline void
sum_add(int64_t *sum, int64_t n)
{
	if (__builtin_add_overflow(*sum, n, sum))
		*sum = INT64_MAX;
}

#endif
