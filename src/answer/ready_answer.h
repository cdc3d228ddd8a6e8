/* SPDX-License-Identifier: BSD-2-Clause */
/* A verdict in sentences. */
#ifndef RUAD_ANSWER_READY_ANSWER_H
#define RUAD_ANSWER_READY_ANSWER_H

#include <stdbool.h>

#include "answer/prose.h"
#include "answer/ready.h"
#include "base/buf.h"

/*
 * Add all there is to say, a paragraph each: the answers for p=quarantine and
 * p=reject, or what p=reject does where it is in force; what is not in force;
 * subdomains; and on whom, and on how little the verdict rests.
 */
void ready_answer_add(struct prose *, const struct ready *);

/*
 * Add how to begin, if something failed and no known sender sends mail as the
 * domain; false: nothing was added.
 */
bool ready_answer_add_start(struct buf *, const struct ready *);

#endif
