/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/service.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/service_table.h"

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

size_t
service_count(void)
{
	return service_bulk_size + service_mail_size + service_host_size;
}

const struct service *
service_at(size_t number)
{
	if (number < service_bulk_size)
		return &service_bulk[number];
	number -= service_bulk_size;
	if (number < service_mail_size)
		return &service_mail[number];
	return &service_host[number - service_mail_size];
}

static int
compare(const void *domain, const void *service)
{
	return strcmp(domain, ((const struct service *)service)->domain);
}

/* The service of exactly this domain. */
static const struct service *
search(const char *domain)
{
	const struct service *found = bsearch(domain, service_bulk,
	    service_bulk_size, sizeof(struct service), compare);

	if (found == NULL)
		found = bsearch(domain, service_mail, service_mail_size,
		    sizeof(struct service), compare);
	if (found == NULL)
		found = bsearch(domain, service_host, service_host_size,
		    sizeof(struct service), compare);
	return found;
}

const struct service *
service_find(const char *domain)
{
	const struct service *found = NULL;
	size_t n = domain != NULL ? strnlen(domain, MAX_DOMAIN + 2) : 0;
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
		found = search(label);
		if ((label = strchr(label, '.')) == NULL)
			break;
	}
	return found;
}
