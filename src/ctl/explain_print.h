/* SPDX-License-Identifier: BSD-2-Clause */
/* What is explained, printed in the format that was asked for. */
#ifndef RUAD_CTL_EXPLAIN_PRINT_H
#define RUAD_CTL_EXPLAIN_PRINT_H

#include "answer/explain_answer.h"
#include "answer/explain_dns.h"
#include "base/err.h"
#include "ctl/options.h"

/* Refuse a format that it cannot be printed in; what: the command. */
int explain_check_format(
    const struct options *, const char *what, struct err *);

/* dns: NULL if it was not asked. */
int explain_print(const struct options *, const struct explain_answer *,
    const struct explain_facts *, const struct explain_dns *, struct err *);

#endif
