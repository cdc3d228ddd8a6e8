/* SPDX-License-Identifier: BSD-2-Clause */
/* What the writer and reader of report/explain.h share: the table of lines. */
#ifndef RUAD_REPORT_EXPLAIN_PRIV_H
#define RUAD_REPORT_EXPLAIN_PRIV_H

#include "report/wire_priv.h"

#define EXPLAIN_MAX_INSTANCE LIMIT_ARC_SETS

enum explain_type {
	EXPLAIN_INPUT,
	EXPLAIN_HEADER,
	EXPLAIN_HOP,
	EXPLAIN_AUTHRES,
	EXPLAIN_SIGNATURE,
	EXPLAIN_VENDOR,
	EXPLAIN_BOUNCE,
	EXPLAIN_RECIPIENT,
	EXPLAIN_OUTER, /* a header, too */
	EXPLAIN_REPLY,
	EXPLAIN_END,
};

/* Indexed by enum explain_type. */
#define EXPLAIN_TYPES 11
extern const struct wire_line_type explain_types[EXPLAIN_TYPES];

#endif
