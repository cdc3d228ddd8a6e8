/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a report says of messages, without how it says it: to see whether two
 * reports of one identity are the same, or one has all of the other.  Not the
 * metadata, nor the order of records or of the results in one; records that are
 * alike but for their number are one.  Pure.
 */
#ifndef RUAD_REPORT_CONTENT_H
#define RUAD_REPORT_CONTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "base/mem.h"
#include "report/report.h"
#include "report/tls_report.h"

struct content_item {
	uint8_t id[16]; /* digest of all but the number */
	int64_t messages;
};

/*
 * Of what many records have in common: of a record's header_from,
 * envelope_from, SPF results and overrides; and of DKIM results (struct
 * auth_dkim).  What scratch holds is lost, here and below.
 */
void content_digest_profile(
    const struct record *, struct buf *scratch, uint8_t[static SHA256_SIZE]);
void content_digest_dkim(
    const struct array *, struct buf *scratch, uint8_t[static SHA256_SIZE]);

/*
 * Add to an array of struct content_item: what only this record has, and those
 * two digests.
 */
void content_add_record(struct array *, const struct record *,
    const uint8_t profile[static SHA256_SIZE],
    const uint8_t dkim[static SHA256_SIZE], struct buf *scratch);
/* Its sessions, and each of its failures. */
void content_add_tls(
    struct array *, const struct tls_policy *, struct buf *scratch);

/* All were added: sort, and join what is alike. */
void content_close(struct array *);

/* Whether whole has each record of part, as large; both are closed. */
bool content_has(const struct array *whole, const struct array *part);

#endif
