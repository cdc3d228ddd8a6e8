/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The findings in the failure reports that gateways write for people (spec
 * F-1), in any layout: wrapped, run together, behind other words.
 * Runs in ruad-parse; input is any bytes.  Pure.
 */
#ifndef RUAD_PARSE_FAILURE_TEXT_H
#define RUAD_PARSE_FAILURE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum failure_label {
	FAILURE_DOMAIN,
	FAILURE_ADDRESS,
	FAILURE_DATE,
	FAILURE_SPF,
	FAILURE_DKIM,
	FAILURE_RESULTS,
	FAILURE_LABELS
};

/* "Sender Domain" */
const char *failure_label_name(enum failure_label);

/* Where the findings begin, domain and address among them; NULL: nowhere. */
const char *failure_find_labels(const char *, size_t);

/* Where the findings that begin at p end at the latest. */
const char *failure_text_end(const char *p, const char *end);

/* Where the fields of a failure report stand among other words; NULL: not. */
const char *failure_find_fields(const char *, size_t);

/* Where the next label begins; *which, *value: what it is, what follows. */
const char *failure_find_label(const char *p, const char *end,
    enum failure_label *which, const char **value);

/* Where a value ends that begins at p; end: where the next label begins. */
const char *failure_value_end(const char *p, const char *end);

/* Where the copy of the sample's header begins; NULL: it is not there. */
const char *failure_find_copy(const char *p, const char *end);

#endif
