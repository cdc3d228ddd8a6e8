/* SPDX-License-Identifier: BSD-2-Clause */
/* The rule that ruactl sender add needs to name a source as evidence does. */
#ifndef RUAD_ANSWER_SENDER_RULE_H
#define RUAD_ANSWER_SENDER_RULE_H

#include <stdbool.h>

#include "answer/sender_list.h"
#include "base/buf.h"

/*
 * Add it by what proved the name: "spf=mcsv.net", "d=mcsv.net", or the domain
 * of the host name.  false: nothing did, or no rule can have that; then nothing
 * was added.  It is one word, which a shell takes as it is.
 */
bool sender_rule_add(struct buf *, const struct sender_source *);

#endif
