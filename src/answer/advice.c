/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/advice.h"

#include <string.h>

const struct advice advice_causes[ADVICE_CAUSES] = {
	{ "aligned", "DKIM and SPF both pass for the domain",
	    "Nothing to do: this mail is safe even if one of the two breaks." },
	{ "dkim_only", "only DKIM passes for the domain",
	    "This is what forwarded mail looks like. If the source is yours "
	    "or a service of yours, let it send with a bounce address "
	    "(envelope sender) of your domain, and list it in the SPF record, "
	    "so that mail still passes when a signature breaks." },
	{ "spf_only", "only SPF passes for the domain",
	    "Have the source sign with DKIM for your domain: without a "
	    "good signature, this mail fails as soon as somebody forwards "
	    "it." },
	{ "dkim_unaligned", "DKIM signs for another domain",
	    "The signature is good, but in the name of another domain, most "
	    "often that of the service that sends. Turn on signing with your "
	    "own domain there and publish the key it gives you. If you know "
	    "no such service, this is not your mail." },
	{ "spf_unaligned", "SPF passes for another domain",
	    "The bounce address (envelope sender) belongs to another domain. "
	    "Have the service sign with DKIM for your domain, or give it a "
	    "bounce address of your domain. If you know no such service, "
	    "this is not your mail." },
	{ "dkim_broken", "the DKIM signature is bad",
	    "The mail was changed after it was signed, or the public key in "
	    "DNS is missing or wrong. From your own servers: check the key of "
	    "the selector, and that nothing changes mail behind the signer. "
	    "From elsewhere it is often a mailing list or a forwarder that "
	    "changed the text." },
	{ "no_auth", "no DKIM signature, and SPF does not pass",
	    "Nothing shows that the domain has sent this mail. If the source "
	    "is yours, sign its mail with DKIM and list it in the SPF record. "
	    "If not, it is most likely forged, and p=reject stops it." },
};

const struct advice *
advice_find(const char *cause)
{
	size_t i;

	for (i = 0; i < ADVICE_CAUSES; i++)
		if (strcmp(cause, advice_causes[i].cause) == 0)
			return &advice_causes[i];
	return NULL;
}

const char *
advice_what(const char *cause)
{
	const struct advice *advice = advice_find(cause);

	return advice != NULL ? advice->what : cause;
}
