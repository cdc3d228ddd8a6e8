/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DKIM-Signature (RFC 6376), ARC-Message-Signature and ARC-Seal (RFC 8617), and
 * what can be said of one without its key: whether it is well-formed, whether
 * the body is what was signed, and the hash over the signed header fields,
 * which dns/signature_verify.h compares with b=.  Runs in ruad-parse; input is
 * any bytes.
 */
#ifndef RUAD_PARSE_DKIM_SIG_H
#define RUAD_PARSE_DKIM_SIG_H

#include <stdbool.h>

#include "parse/dkim_message.h"
#include "report/explain.h"

/* "dkim", "ams", "seal": what a field is by its name; NULL: no signature. */
const char *dkim_sig_kind(const struct mime_field *);

/*
 * Read one such field of the message, whose fields and body it hashes if its
 * name is where m has a field.  Strings are the arena's; place stays.
 */
void dkim_sig_read(struct dkim_message *m, const struct mime_field *,
    struct arena *, struct explain_signature *);

#endif
