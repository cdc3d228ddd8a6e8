/* SPDX-License-Identifier: BSD-2-Clause */
/* What the days of results (struct sender_days) tell.  Pure. */
#ifndef RUAD_ANSWER_SENDER_DAYS_H
#define RUAD_ANSWER_SENDER_DAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/sender_list.h"

/* How many days before the last one the newest day is; 64: there is none. */
int sender_days_youngest(uint64_t days);

/* Whether days passed, and then days came on which nothing did. */
bool sender_days_stopped(const struct sender_days *);

/*
 * Return the first day after the last pass on which something failed, of those
 * that end with the day last; 0: none.
 */
int64_t sender_days_stop(const struct sender_days *, int64_t last);

#endif
