/* SPDX-License-Identifier: BSD-2-Clause */
/* What came of a run of ruactl lookup, for people and for programs. */
#ifndef RUAD_CTL_LOOKUP_SAY_H
#define RUAD_CTL_LOOKUP_SAY_H

#include "base/err.h"
#include "ctl/lookup_run.h"
#include "show/output.h"

/*
 * For programs a row of counts; of addresses that were named, people and
 * programs get a row for each.
 */
int lookup_say(struct output *, const struct lookup_run *, struct err *);

#endif
