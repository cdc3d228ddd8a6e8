/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Received: what a host says about the hop before it (RFC 5321, 4.4), as
 * Postfix, Exim, Exchange, Google, Sendmail, qmail and others write it.  Runs
 * in ruad-parse; input is any bytes.  Pure.
 */
#ifndef RUAD_PARSE_RECEIVED_H
#define RUAD_PARSE_RECEIVED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "report/explain.h"

/* Fill all of the hop but place and is_border; strings in the arena. */
void received_read(const char *, size_t, struct arena *, struct explain_hop *);

/* The hops from the top: which of them is the border, -1: none shows. */
int received_border(const struct array *hops);

/*
 * The same, but as early as it can be: the topmost that took the message from a
 * host that only its name shows to be the receiver's own, as the hosts of a
 * provider's customers may have it, too; else the border.
 */
int received_edge(const struct array *hops);

/*
 * Whether a name of a host, or an authserv-id, belongs to the receiver who
 * wrote this hop: the same organization, or the host's name without its domain.
 */
bool received_is_named_after(const struct explain_hop *, const char *name);

/*
 * The service whose hosts wrote this hop, if it has many names: "microsoft",
 * "google", "yahoo"; NULL: none of these.
 */
const char *received_service(const struct explain_hop *);

#endif
