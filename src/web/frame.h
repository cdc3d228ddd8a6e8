/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is around every page: where one is, where one can go, the days and the
 * filter as a form, and the command that says the same.
 */
#ifndef RUAD_WEB_FRAME_H
#define RUAD_WEB_FRAME_H

#include "web/ask.h"

/* Up to what the page writes, and from there to the end. */
void frame_begin(struct ask *, const struct ask_page *);
void frame_end(struct ask *, const struct ask_page *);

/*
 * Write a whole page that says why there is no other, to who asked for a
 * target; NULL: the first page cannot be had, either.
 */
void frame_write_refusal(
    struct html *, const char *title, const char *text, const char *target);

/* Add the command, for the same days. */
void frame_add_command(
    struct buf *, const struct ask *, const struct ask_page *);

#endif
