/* SPDX-License-Identifier: BSD-2-Clause */
/* Values written so that they cannot run into each other, for hashing. */
#ifndef RUAD_REPORT_CANON_H
#define RUAD_REPORT_CANON_H

#include <stdint.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "base/mem.h"

void canon_str(struct buf *, const char *); /* NULL differs from "" */
void canon_int(struct buf *, int64_t);
void canon_strs(struct buf *, const struct array *); /* of const char * */

/* Digests in any order: sorted, in place, then added. */
void canon_digests(struct buf *, struct array *);

#endif
