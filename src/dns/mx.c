/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/mx.h"

#include <arpa/inet.h>
#include <string.h>

static const struct dns_answer *
ask(struct mx_facts *facts, const struct dns_source *source, enum dns_type type,
    const char *name)
{
	const struct dns_answer *answer = dns_ask(source, type, name);

	if (answer->status == DNS_FAILED && facts->failed.name == NULL)
		facts->failed = (struct dns_unanswered) { type, name,
			answer->failure };
	return answer;
}

/* Whether a name has an address; *status gets what was said of A. */
static enum mx_answer
ask_address(struct mx_facts *facts, const struct dns_source *source,
    const char *name, enum dns_status *status)
{
	enum dns_status six;

	*status = ask(facts, source, DNS_A, name)->status;
	if (*status == DNS_OK)
		return MX_YES;
	if (*status == DNS_NO_NAME)
		return MX_NO;
	six = ask(facts, source, DNS_AAAA, name)->status;
	if (six == DNS_OK)
		return MX_YES;
	return *status == DNS_FAILED || six == DNS_FAILED ? MX_CANNOT_TELL
	                                                  : MX_NO;
}

static bool
is_ip(const char *s)
{
	unsigned char address[16];

	return inet_pton(AF_INET, s, address) == 1 ||
	    inet_pton(AF_INET6, s, address) == 1;
}

static void
look_at(struct mx_facts *facts, struct mx_target *t,
    const struct dns_source *source)
{
	const struct dns_answer *alias;

	t->status = DNS_NO_NAME;
	t->is_ip = is_ip(t->name);
	if (t->is_ip || !dns_is_name(t->name))
		return;
	alias = ask(facts, source, DNS_CNAME, t->name);
	if (alias->status == DNS_FAILED)
		t->is_alias = MX_CANNOT_TELL;
	else if (alias->status == DNS_OK)
		t->is_alias = MX_YES;
	if (t->is_alias == MX_YES)
		t->canonical = alias->records[0].text;
	t->has_address = ask_address(facts, source, t->name, &t->status);
}

static void
read_targets(struct mx_facts *facts, const struct dns_source *source,
    struct arena *arena)
{
	const struct dns_answer *answer = facts->answer;
	struct mx_target *targets;
	size_t i;

	facts->n = answer->n < MX_TARGETS ? answer->n : MX_TARGETS;
	facts->is_cut = answer->is_cut || facts->n < answer->n;
	targets = arena_alloc(arena, facts->n * sizeof(*targets));
	for (i = 0; i < facts->n; i++) {
		targets[i] = (struct mx_target) {
			.name = answer->records[i].text,
			.preference = answer->records[i].preference,
		};
		if (*targets[i].name == '\0')
			facts->is_null = true;
		else
			look_at(facts, &targets[i], source);
	}
	facts->is_null_mixed = facts->is_null && answer->n > 1;
	facts->targets = targets;
}

static enum mx_answer
judge_targets(const struct mx_facts *facts)
{
	enum mx_answer takes = facts->is_cut ? MX_CANNOT_TELL : MX_NO;
	size_t i;

	for (i = 0; i < facts->n; i++) {
		if (facts->targets[i].has_address == MX_YES)
			return MX_YES;
		if (facts->targets[i].has_address == MX_CANNOT_TELL)
			takes = MX_CANNOT_TELL;
	}
	return takes;
}

bool
mx_find(const struct dns_source *source, const char *domain,
    struct arena *arena, struct mx_facts *out)
{
	char name[DNS_NAME];
	enum dns_status status;

	if (!dns_write_name(domain, name))
		return false;
	*out = (struct mx_facts) { .takes_mail = MX_NO };
	out->domain = arena_strndup(arena, name, strlen(name));
	out->answer = ask(out, source, DNS_MX, out->domain);
	switch (out->answer->status) {
	case DNS_OK:
		read_targets(out, source, arena);
		out->takes_mail = judge_targets(out);
		break;
	case DNS_NONE:
		out->takes_mail = ask_address(
		    out, source, out->domain, &status);
		out->is_implicit = out->takes_mail == MX_YES;
		break;
	case DNS_NO_NAME:
		break;
	case DNS_FAILED:
		out->takes_mail = MX_CANNOT_TELL;
		break;
	}
	return true;
}
