/* SPDX-License-Identifier: BSD-2-Clause */
/* What is to be done for a domain before p=reject. */
#ifndef RUAD_PAGE_TODO_H
#define RUAD_PAGE_TODO_H

#include <stddef.h>

#include "answer/ready.h"
#include "page/html.h"

/*
 * Write the tasks of a domain, max at most, and the commands that settle them.
 * Returns how many were written.
 */
size_t todo_write(
    struct html *, const struct ready_list *, const struct ready *, size_t max);

#endif
