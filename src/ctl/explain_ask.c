/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/explain_ask.h"

#include "base/io.h"

static void
start(void *client, enum dns_type type, const char *name)
{
	dns_client_start(client, type, name, NULL, NULL);
}

int
explain_ask(struct explain_ask *a, const struct options *options,
    const struct explain_facts *facts, struct err *err)
{
	struct dns_options o = DNS_OPTIONS_DOMAIN;
	struct err why = ERR_INIT;

	o.servers = options->server;
	if ((a->client = dns_client_new(&o, err)) == NULL)
		return -1;
	a->source = dns_client_source(a->client);
	explain_dns_prepare(facts, start, a->client);
	/* Each answer says if it failed. */
	(void)dns_client_run(a->client, &why);
	explain_dns_make(&a->dns, facts, &a->source, io_time());
	return 0;
}

void
explain_ask_done(struct explain_ask *a)
{
	explain_dns_done(&a->dns);
	dns_client_free(a->client);
}

int
explain_check_server(
    const struct options *options, const char *what, struct err *err)
{
	if (options->server == NULL || options->dns)
		return 0;
	return err_set(err, ERR_USAGE,
	    "%s asks nobody without --dns: leave out --server", what);
}
