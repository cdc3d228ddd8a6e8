/* SPDX-License-Identifier: BSD-2-Clause */
/* Which failure report is explained, as people and programs get it. */
#ifndef RUAD_CTL_EXPLAIN_SAY_FAILURE_H
#define RUAD_CTL_EXPLAIN_SAY_FAILURE_H

#include "answer/explain_failure.h"
#include "base/buf.h"
#include "show/output.h"

void explain_say_failure(struct output *, const struct explain_failure *);

/* The member "failure", after a comma. */
void explain_add_failure(struct buf *, const struct explain_failure *);

#endif
