/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/cause.h"

#include <string.h>

#define FORWARDED_UNSIGNED \
	"It has no good signature of your domain, and only DKIM survives " \
	"forwarding: sign all your mail."

const struct cause cause_list[CAUSE_COUNT] = {
	{ "aligned", "DKIM and SPF", "DKIM and SPF both pass for the domain",
	    "Nothing to do: this mail is safe even if one of the two breaks.",
	    NULL },
	{ "dkim_only", "only DKIM", "only DKIM passes for the domain",
	    "This is what forwarded mail looks like. If the source is yours "
	    "or a service of yours, let it send with a bounce address "
	    "(envelope sender) of your domain, and list it in the SPF record, "
	    "so that mail still passes when a signature breaks.",
	    NULL },
	{ "spf_only", "only SPF", "only SPF passes for the domain",
	    "Have the source sign with DKIM for your domain: without a "
	    "good signature, this mail fails as soon as somebody forwards "
	    "it.",
	    NULL },
	{ "dkim_unaligned", "DKIM: other domain",
	    "DKIM signs for another domain",
	    "The signature is good, but in the name of another domain, most "
	    "often that of the service that sends. Turn on signing with your "
	    "own domain there and publish the key it gives you. If you know "
	    "no such service, this is not your mail.",
	    FORWARDED_UNSIGNED },
	{ "spf_unaligned", "SPF: other domain", "SPF passes for another domain",
	    "The bounce address (envelope sender) belongs to another domain. "
	    "Have the service sign with DKIM for your domain, or give it a "
	    "bounce address of your domain. If you know no such service, "
	    "this is not your mail.",
	    FORWARDED_UNSIGNED },
	{ "dkim_broken", "bad signature", "the DKIM signature is bad",
	    "The mail was changed after it was signed, or the public key in "
	    "DNS is missing or wrong. From your own servers: check the key of "
	    "the selector, and that nothing changes mail after the signer. "
	    "From elsewhere it is often a mailing list or a forwarder that "
	    "changed the text.",
	    "It was changed on the way, which broke the signature. Nothing "
	    "to do; with p=reject receivers refuse such mail unless they know "
	    "better." },
	{ "no_auth", "no DKIM, no SPF",
	    "no DKIM signature, and SPF does not pass",
	    "Nothing shows that the domain sent this mail. If the source "
	    "is yours, sign its mail with DKIM and list it in the SPF record. "
	    "If not, it is most likely forged, and p=reject stops it.",
	    FORWARDED_UNSIGNED },
};

const struct cause *
cause_find(const char *word)
{
	size_t i;

	for (i = 0; i < CAUSE_COUNT; i++)
		if (strcmp(word, cause_list[i].word) == 0)
			return &cause_list[i];
	return NULL;
}

const char *
cause_what(const char *word)
{
	const struct cause *cause = cause_find(word);

	return cause != NULL ? cause->what : word;
}

const char *
cause_brief(const char *word)
{
	const struct cause *cause = cause_find(word);

	return cause != NULL ? cause->brief : word;
}

const char *
cause_of_override(const char *type, bool is_forwarding)
{
	static const char *const words[][2] = {
		{ "forwarded", "the receiver considers it forwarded" },
		{ "mailing_list",
		    "the receiver considers it mail of a mailing list" },
		{ "trusted_forwarder", "the receiver trusts the forwarder" },
		{ "local_policy", "the receiver has its own rules" },
		{ "policy_test_mode", "the policy is only being tested (t=y)" },
		{ "sampled_out", "left out of the sample (pct)" },
	};
	size_t i;

	if (type == NULL)
		return "the receiver made an exception";
	if (is_forwarding && strcmp(type, "local_policy") == 0)
		return "the receiver trusts the ARC chain of the forwarder";
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(type, words[i][0]) == 0)
			return words[i][1];
	return "the receiver made an exception";
}
