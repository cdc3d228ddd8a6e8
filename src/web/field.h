/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields of the form that a page's filter is: a word to be typed, or one of a
 * list. */
#ifndef RUAD_WEB_FIELD_H
#define RUAD_WEB_FIELD_H

#include "web/ask.h"

void field_write(
    struct ask *, const char *name, const char *label, const char *value);

struct field_choice {
	const char *value, *label; /* NULL ends a list of them */
};

/* value is what is chosen now. */
void field_write_choices(struct ask *, const char *name, const char *label,
    const char *value, const struct field_choice *);

#endif
