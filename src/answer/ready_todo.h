/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to be done for a better verdict: the tasks of a list. */
#ifndef RUAD_ANSWER_READY_TODO_H
#define RUAD_ANSWER_READY_TODO_H

#include "answer/ready.h"

/* Fill tasks from the senders, and what each domain says of its own. */
void ready_todo_find(struct ready_list *);

#endif
