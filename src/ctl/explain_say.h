/* SPDX-License-Identifier: BSD-2-Clause */
/* A message explained, as people and programs get it. */
#ifndef RUAD_CTL_EXPLAIN_SAY_H
#define RUAD_CTL_EXPLAIN_SAY_H

#include "answer/explain_answer.h"
#include "answer/explain_dns.h"
#include "base/buf.h"
#include "show/output.h"

/* In both, dns is NULL if it was not asked. */
void explain_say(struct output *, const struct explain_answer *,
    const struct explain_facts *, const struct explain_dns *dns);

/* One object on one line, as ruactl(1) documents it. */
void explain_add_json(struct buf *, const struct explain_answer *,
    const struct explain_facts *, const struct explain_dns *dns);

#endif
