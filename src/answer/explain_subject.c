/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom a message is about: its domains, address and host, for advice. */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "answer/explain_priv.h"
#include "base/text.h"

#define WORD 255 /* bytes of a domain or address in a text */

/* What follows a word, up to what can be no part of it; NULL: nothing. */
static const char *
find_after(struct explain_answer *a, const char *text, const char *before,
    const char *chars)
{
	const char *s = text != NULL ? strcasestr(text, before) : NULL;
	size_t n = 0;

	if (s == NULL)
		return NULL;
	s += strlen(before);
	s += strspn(s, " [(");
	while (n < WORD && s[n] != '\0' &&
	    (text_is_alnum(s[n]) || strchr(chars, s[n]) != NULL))
		n++;
	while (n > 0 && strchr(".:-", s[n - 1]) != NULL)
		n--;
	return n > 0 && n < WORD ? arena_printf(&a->text, "%.*s", (int)n, s)
	                         : NULL;
}

static const char *
find_domain(
    struct explain_answer *a, const char *text, const char *const *before)
{
	char name[DNS_NAME];
	const char *found;

	for (; *before != NULL; before++) {
		found = find_after(a, text, *before, ".-_");
		if (found != NULL && strchr(found, '.') != NULL &&
		    dns_write_name(found, name))
			return arena_printf(&a->text, "%s", name);
	}
	return NULL;
}

static const char *
find_ip(struct explain_answer *a, const char *text)
{
	static const char *const before[] = { "with ip:", "sender ip is",
		"banned sending ip", "your hostname,", "client host",
		"messages from", "your ip:", "ip=", NULL };
	unsigned char bytes[16];
	const char *ip;
	size_t i;

	for (i = 0; before[i] != NULL; i++) {
		ip = find_after(a, text, before[i], ".:");
		if (ip != NULL &&
		    (inet_pton(AF_INET, ip, bytes) == 1 ||
		        inet_pton(AF_INET6, ip, bytes) == 1))
			return ip;
	}
	return NULL;
}

/* The address that SPF was judged for. */
static const char *
ip_of_spf(struct explain_case *c)
{
	const struct explain_result *spf = c->results.spf;
	const char *ip = NULL, *const * comment;
	size_t i;

	if (spf == NULL)
		return NULL;
	if ((ip = explain_result_value(spf, NULL, "client-ip")) != NULL)
		return ip;
	comment = spf->comments.at;
	for (i = 0; i < spf->comments.n && ip == NULL; i++)
		ip = find_ip(c->answer, comment[i]);
	return ip;
}

static void
find_in_reply(struct explain_case *c, struct explain_subject *s)
{
	static const char *const froms[] = { "sending domain", "email from",
		"dmarc policy of domain", "dmarc policy for", NULL };
	static const char *const envelopes[] = { "spf [", "spf record of",
		NULL };
	const struct explain_reply *reply = c->answer->reply;

	if (reply == NULL)
		return;
	if (s->from == NULL && c->header->from.n == 0)
		s->from = find_domain(c->answer, reply->text, froms);
	if (s->envelope == NULL)
		s->envelope = find_domain(c->answer, reply->text, envelopes);
	if (s->ip == NULL)
		s->ip = find_ip(c->answer, reply->text);
}

bool
explain_says_permerror(const struct explain_case *c)
{
	static const char before[] = "spf [";
	const struct explain_reply *reply = c->answer->reply;
	const char *s = reply != NULL && reply->text != NULL
	    ? strcasestr(reply->text, before)
	    : NULL;

	s = s != NULL ? strchr(s, '=') : NULL;
	if (s == NULL)
		return false;
	s += 1 + strspn(s + 1, " ");
	return strncasecmp(s, "permerror", strlen("permerror")) == 0;
}

static const char *
envelope_of(const struct explain_case *c)
{
	const struct explain_row *row = c->answer->rows.at;
	const char *at;
	size_t i;

	for (i = 0; i < c->answer->rows.n; i++)
		if (strcmp(row[i].identifier, "spf") == 0 &&
		    row[i].domain != NULL)
			return row[i].domain;
	at = c->header->return_path != NULL
	    ? strrchr(c->header->return_path, '@')
	    : NULL;
	return at != NULL && at[1] != '\0' ? at + 1 : NULL;
}

void
explain_subject_find(struct explain_case *c, struct explain_subject *s)
{
	const struct explain_hop *border = explain_border_of(c->facts);

	memset(s, 0, sizeof(*s));
	s->from = c->from;
	s->envelope = envelope_of(c);
	if (border != NULL) {
		s->ip = border->from_ip;
		s->host = border->from_name != NULL ? border->from_name
		                                    : border->from_helo;
	}
	if (s->ip == NULL)
		s->ip = ip_of_spf(c);
	find_in_reply(c, s);
}
