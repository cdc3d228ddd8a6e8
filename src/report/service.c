/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/service.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define MAX_DOMAIN 253

const char *
service_kind_word(enum service_kind kind)
{
	static const char *const words[SERVICE_KINDS] = {
		[SERVICE_SERVICE] = "service",
		[SERVICE_MAILBOX] = "mailbox",
		[SERVICE_GATEWAY] = "gateway",
		[SERVICE_FORWARDER] = "forwarder",
		[SERVICE_HOST] = "host",
		[SERVICE_ISP] = "isp",
	};

	return words[kind];
}

bool
service_is_name(enum service_kind kind)
{
	return kind != SERVICE_HOST && kind != SERVICE_ISP;
}

static int
compare(const void *domain, const void *service)
{
	return strcmp(domain, ((const struct service *)service)->domain);
}

const struct service *
service_find(const char *domain)
{
	const struct service *found = NULL;
	size_t n = domain != NULL ? strlen(domain) : 0;
	char name[MAX_DOMAIN + 1];
	const char *label;

	if (n > 0 && domain[n - 1] == '.')
		n--;
	if (n == 0 || n > MAX_DOMAIN)
		return NULL;
	memcpy(name, domain, n);
	name[n] = '\0';
	text_lower(name);
	/* From the whole name to its last label: the longest comes first. */
	for (label = name; found == NULL; label++) {
		found = bsearch(label, service_table, service_table_size,
		    sizeof(service_table[0]), compare);
		if ((label = strchr(label, '.')) == NULL)
			break;
	}
	return found;
}
