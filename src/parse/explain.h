/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One input to the facts that explain it (report/explain.h), as ruad-parse
 * --explain prints them.  Runs in ruad-parse, within the sandbox; input is
 * anything from anybody.
 */
#ifndef RUAD_PARSE_EXPLAIN_H
#define RUAD_PARSE_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"
#include "base/mem.h"
#include "parse/explain_header.h"
#include "report/explain.h"

/*
 * Fill the zeroed facts; strings are in the arena, or constant.  Return whether
 * there is anything to explain: the form is not none.
 */
bool explain_read(const char *data, size_t len, const struct explain_options *,
    struct arena *, struct explain_facts *);

/* The facts of an input that is larger than limits.message. */
void explain_refuse(
    const struct limits *, struct arena *, struct explain_facts *);

#endif
