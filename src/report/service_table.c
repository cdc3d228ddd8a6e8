/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Own facts; after each domain comes where it is from.  Sorted by domain.
 */
#include "report/service.h"

const struct service service_table[] = {
	{ "amazonses.com", "Amazon SES", SERVICE_SERVICE },
	{ "mandrillapp.com", "Mailchimp Transactional", SERVICE_SERVICE },
	{ "mcsv.net", "Mailchimp", SERVICE_SERVICE },
	{ "sendgrid.net", "SendGrid", SERVICE_SERVICE },
};

const size_t service_table_size = sizeof(service_table) /
    sizeof(service_table[0]);
