/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may speak for a reporter: whether the authenticated sender of a message
 * and the organization that its report names belong together.  Pure; all of it
 * may come from anybody.
 */
#ifndef RUAD_REPORT_REPORTER_H
#define RUAD_REPORT_REPORTER_H

#include <stdbool.h>

/*
 * from: the domain in From:, authenticated.  The organization and the e-mail
 * address (or contact) are those of the report; each may be NULL.  True if the
 * organization is known to send its reports from this domain; or if its name
 * is a domain and has the same organizational domain, or leaves its reports to
 * a known service; or if its name is none and the address is of the same
 * organizational domain.
 */
bool reporter_is_sender(
    const char *from, const char *organization, const char *email);

#endif
