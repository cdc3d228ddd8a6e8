/* SPDX-License-Identifier: BSD-2-Clause */
/* The signs that need a look at the other sources of the same domain. */
#ifndef RUAD_ANSWER_SENDER_SIGNS_H
#define RUAD_ANSWER_SENDER_SIGNS_H

#include "answer/sender_list.h"

/*
 * Complete the signs of all sources of a list: whether a source is next to one
 * of the domain's own servers that passes, and whether it passes as a service;
 * and take SENDER_SIGN_REGULAR from names whose mail came on too few days.
 */
void sender_signs_find(struct sender_list *);

#endif
