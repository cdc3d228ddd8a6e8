/* SPDX-License-Identifier: BSD-2-Clause */
/* What the forms of ruactl why print alike, and the one about all senders. */
#ifndef RUAD_CTL_WHY_SAY_H
#define RUAD_CTL_WHY_SAY_H

#include "answer/prose.h"
#include "answer/sender_list.h"
#include "ctl/listing.h"

#define WHY_ROWS 10 /* paragraphs for people, unless -n is given */

/* Print evidence, then advice after ">". */
void why_say(
    struct output *, const struct prose *evidence, const struct prose *advice);

/* Say that there are so many more of all, and how to see them; 0: nothing. */
void why_say_more(const struct listing_run *, int64_t more, int64_t all);

/* Go through the failing senders of a list of one domain. */
int why_show_senders(
    const struct listing_run *, const struct sender_list *, struct err *);

#endif
