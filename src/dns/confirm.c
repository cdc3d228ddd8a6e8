/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/confirm.h"

#include <stdio.h>
#include <string.h>

#include "dns/dns_client.h"

enum dns_type
confirm_type(const struct confirm *c)
{
	return strchr(c->ip, ':') != NULL ? DNS_AAAA : DNS_A;
}

void
confirm_take_ptr(struct confirm *c, const struct dns_answer *ptr)
{
	size_t i;

	c->ptr = ptr;
	for (i = 0; i < ptr->n && c->n < CONFIRM_NAMES; i++)
		if (dns_is_name(ptr->records[i].text)) {
			c->names[c->n].of = c;
			c->names[c->n].name = ptr->records[i].text;
			c->n++;
		}
}

static void
on_address(void *arg, const struct dns_answer *answer)
{
	struct confirm_name *name = arg;

	name->answer = answer;
}

static void
on_ptr(void *arg, const struct dns_answer *answer)
{
	struct confirm *c = arg;
	size_t i;

	confirm_take_ptr(c, answer);
	for (i = 0; i < c->n; i++)
		dns_client_start(c->client, confirm_type(c), c->names[i].name,
		    on_address, &c->names[i]);
}

void
confirm_start(struct confirm *c, struct dns_client *client, const char *ip)
{
	char name[DNS_NAME];

	snprintf(c->ip, sizeof(c->ip), "%.45s", ip);
	c->client = client;
	if (dns_reverse_name(ip, name))
		dns_client_start(client, DNS_PTR, name, on_ptr, c);
}

static enum confirm_status
failed(const struct dns_answer *answer)
{
	return answer->asked_ts == 0 ? CONFIRM_NOT_ASKED : CONFIRM_FAILED;
}

static bool
has_address(const struct dns_answer *answer, const char *ip)
{
	size_t i;

	for (i = 0; i < answer->n; i++)
		if (strcmp(answer->records[i].text, ip) == 0)
			return true;
	return false;
}

enum confirm_status
confirm_judge(const struct confirm *c, const char **name)
{
	enum confirm_status status = CONFIRM_UNCONFIRMED;
	const struct dns_answer *answer;
	size_t i;

	*name = NULL;
	if (c->ptr == NULL)
		return CONFIRM_NOT_ASKED;
	if (c->ptr->status == DNS_FAILED)
		return failed(c->ptr);
	if (c->ptr->status != DNS_OK)
		return CONFIRM_NONE;
	for (i = 0; i < c->n; i++) {
		answer = c->names[i].answer;
		if (answer == NULL)
			status = CONFIRM_NOT_ASKED;
		else if (answer->status == DNS_FAILED) {
			if (status != CONFIRM_NOT_ASKED)
				status = failed(answer);
		} else if (has_address(answer, c->ip)) {
			*name = c->names[i].name;
			return CONFIRM_OK;
		}
	}
	if (status == CONFIRM_UNCONFIRMED)
		*name = c->ptr->records[0].text;
	return status;
}
