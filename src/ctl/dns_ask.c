/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/dns_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/dns_facts.h"
#include "answer/period.h"
#include "answer/subject.h"

/* The domain within "me@example.org", "https://example.org/" or
 * "s1._domainkey.example.org". */
static char *
domain_within(const char *word)
{
	const char *at;
	char *domain;

	if ((at = strstr(word, "://")) != NULL)
		word = at + 3;
	domain = xstrndup(word, strcspn(word, "/:?#"));
	if ((at = strrchr(domain, '@')) != NULL)
		memmove(domain, at + 1, strlen(at + 1) + 1);
	while (
	    strchr(domain, '_') != NULL && (at = strchr(domain, '.')) != NULL)
		memmove(domain, at + 1, strlen(at + 1) + 1);
	return domain;
}

char *
dns_asking_read_domain(const char *word, struct err *err)
{
	char *domain = subject_copy_domain(word), *within;

	if (dns_facts_is_domain(domain))
		return domain;
	within = domain_within(domain);
	if (subject_is_like_address(domain) || subject_is_like_network(domain))
		err_set(err, ERR_USAGE,
		    "\"%s\" is not a domain name: for an address, type "
		    "ruactl dns DOMAIN IP",
		    word);
	else if (dns_is_name(within) && strchr(within, '.') != NULL &&
	    strcmp(within, domain) != 0)
		err_set(err, ERR_USAGE,
		    "\"%s\" is not a domain: did you mean %s?", word, within);
	else
		err_set(err, ERR_USAGE, "\"%s\" is not a domain name", word);
	free(within);
	free(domain);
	return NULL;
}

int
dns_asking_begin(struct dns_asking *a, const struct options *options,
    struct query_db *db, struct err *err)
{
	struct dns_options o = DNS_OPTIONS_DOMAIN;

	memset(a, 0, sizeof(*a));
	a->options = options;
	if (options->offline && options->server != NULL)
		return err_set(err, ERR_USAGE,
		    "--offline asks nobody: leave out --server");
	if (options->offline && options->https)
		return err_set(
		    err, ERR_USAGE, "--offline asks nobody: leave out --https");
	a->history = dns_history_new(db);
	if (options->offline) {
		a->source = dns_history_source(a->history);
		return 0;
	}
	o.servers = options->server;
	a->client = dns_client_new(&o, err);
	if (a->client == NULL)
		return -1;
	a->source = dns_client_source(a->client);
	if (!query_is_empty(db)) {
		a->keep = dns_keep_new(a->source);
		a->source = dns_keep_source(a->keep);
	}
	return 0;
}

void
dns_asking_end(struct dns_asking *a)
{
	dns_keep_free(a->keep);
	dns_client_free(a->client);
	dns_history_free(a->history);
	memset(a, 0, sizeof(*a));
}

void
dns_asking_start(void *asking, enum dns_type type, const char *name)
{
	struct dns_asking *a = asking;

	if (a->client != NULL)
		dns_client_start(a->client, type, name, NULL, NULL);
}

/* Whether somebody answered, if only that he cannot tell. */
static bool
is_alive(struct dns_asking *a, const char *domain)
{
	const struct dns_answer *answer;

	if (dns_client_counts(a->client)->answered > 0)
		return true;
	answer = dns_ask(&a->source, DNS_TXT, domain);
	return answer->failure != NULL &&
	    strncmp(answer->failure, "answered ", 9) == 0;
}

bool
dns_asking_is_refused(struct dns_asking *a, const char *domain)
{
	const struct dns_answer *answer = dns_ask(&a->source, DNS_TXT, domain);

	return answer->failure != NULL &&
	    strncmp(answer->failure, "refused ", 8) == 0;
}

int
dns_asking_run(struct dns_asking *a, const char *domain, struct err *err)
{
	const struct dns_answer *answer;
	struct err why = ERR_INIT;

	if (a->client == NULL) {
		answer = dns_ask(&a->source, DNS_TXT, domain);
		if (answer->status != DNS_FAILED)
			return 0;
		return err_set(err, ERR_INPUT,
		    "%s was not looked up yet: leave out --offline", domain);
	}
	(void)dns_client_run(a->client, &why); /* see what it did get */
	if (is_alive(a, domain))
		return 0;
	answer = dns_ask(&a->source, DNS_TXT, domain);
	return err_set(err, ERR_NET,
	    "no name server answers (%s): %s: %s; another one can be named "
	    "with --server",
	    dns_client_servers(a->client), domain,
	    answer->failure != NULL ? answer->failure : "did not answer");
}

int
dns_asking_keep(struct dns_asking *a, struct err *unkept, struct err *err)
{
	if (dns_history_check(a->history, err) == -1)
		return -1;
	if (a->keep == NULL ||
	    dns_keep_write(a->keep, a->options->db, err) == 0)
		return 0;
	if (err->class != ERR_AUTH && err->class != ERR_AGAIN &&
	    err->class != ERR_LIMIT)
		return -1;
	*unkept = *err;
	*err = (struct err)ERR_INIT;
	return 0;
}

void
dns_asking_say_unkept(struct output *out, const struct err *unkept)
{
	output_blank(out);
	output_paragraph(out, 2,
	    "Not kept, so that no later run can tell what has changed: %s",
	    unkept->text);
}

void
dns_asking_write_whom(const struct dns_asking *a, const char *domain,
    char out[static DNS_ASKING_WHOM])
{
	char when[PERIOD_DATE];
	size_t n;

	period_write_date(when, dns_ask(&a->source, DNS_TXT, domain)->asked_ts);

	if (a->client == NULL) {
		snprintf(out, DNS_ASKING_WHOM, "as it was seen on %s", when);
		return;
	}
	n = dns_client_counts(a->client)->asked;
	snprintf(out, DNS_ASKING_WHOM, "asked %s, %zu %s",
	    dns_client_servers(a->client), n,
	    n == 1 ? "question" : "questions");
}
