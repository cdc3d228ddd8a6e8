/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the panel that a page begins with. */
#ifndef RUAD_PAGE_VERDICT_H
#define RUAD_PAGE_VERDICT_H

#include "answer/ready.h"
#include "page/panel.h"

/* Write how many domains stand how, in sentences. */
void verdict_write_headline(struct panel *);

/* Write the figures of all days beside those of as many days before. */
void verdict_write_figures(struct panel *);

/* Write what is to be done for a domain, and the commands that do it. */
void verdict_write_todo(struct panel *, const struct ready *);

#endif
