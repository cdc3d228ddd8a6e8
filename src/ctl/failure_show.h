/* SPDX-License-Identifier: BSD-2-Clause */
/* ruactl failures ID: one failure report, explained. */
#ifndef RUAD_CTL_FAILURE_SHOW_H
#define RUAD_CTL_FAILURE_SHOW_H

#include <stdint.h>

#include "base/err.h"
#include "ctl/options.h"

/* Returns the exit status, or -1; ERR_INPUT: there is none of this id. */
int failure_show(const struct options *, int64_t id, struct err *);

#endif
