/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the target of an HTTP request (RFC 9112, 3.2) to what is looked at, and
 * back.  Pure: knows neither the network nor the database.
 */
#ifndef RUAD_WEB_ROUTE_H
#define RUAD_WEB_ROUTE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "web/view.h"

#define ROUTE_TARGET 2048 /* bytes of a target, at most */

/*
 * Read a target of a stranger.  Returns 0, or the status of HTTP (400, 404,
 * 414) with a sentence in err.
 */
int route_read(struct view *, const char *target, struct err *);

/*
 * Add the URL of a view, relative to the page of another (RFC 3986, 4.2), so
 * that it holds behind any proxy; only characters that need no escape in HTML
 * are in it but '&'.
 */
void route_add_url(struct buf *, const struct view *from, const struct view *);

/*
 * The same for a view with names that a stranger wrote.  false: no URL leads to
 * them, such as to a domain with a slash, and nothing is added.
 */
bool route_add_foreign_url(
    struct buf *, const struct view *from, const struct view *);

/* Add the path that a form of this page leads to, likewise. */
void route_add_path(struct buf *, const struct view *from, const struct view *);

/* Add the target of a view: what route_read() reads, always in one form. */
void route_add_target(struct buf *, const struct view *);

/*
 * The parameters of a view but format, from and before, in their order: their
 * names and values; "" is not chosen.  For the hidden fields of a form.
 */
#define ROUTE_PARAMETERS 15
#define ROUTE_DATE 32
struct route_parameter {
	const char *name;
	const char *value; /* of the view, or of text */
	char text[ROUTE_DATE];
};
void route_parameters(
    struct route_parameter[static ROUTE_PARAMETERS], const struct view *);

#endif
