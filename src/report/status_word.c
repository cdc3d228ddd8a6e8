/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/status_word.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

#define BY_HEADERS "Microsoft: Anti-spam message headers", 2025, true
#define BY_SECOPS "Microsoft: SecOps guide for email authentication", 2025, true
#define BY_SCL "Microsoft: Spam confidence level (SCL)", 2025, true
#define BY_BCL "Microsoft: Bulk complaint level (BCL)", 2025, true
#define BY_OREJECT "Microsoft: Use DMARC to validate email", 2022, true
#define BY_GUESS "public headers and what is written about them", 2026, false

/* Columns: speaks of authentication, speaks against the message. */
#define AUTH true, false
#define AUTH_BAD true, true
#define FINE false, false
#define BAD false, true

static const struct status_word microsoft[] = {
	/* --- Authentication-Results: compauth and its reason -------------- */
	{ "compauth", "pass",
	    "Microsoft takes the domain in From for authenticated.", AUTH,
	    BY_HEADERS },
	{ "compauth", "softpass",
	    "Microsoft takes the domain in From for probable, by signs of its "
	    "own.",
	    AUTH, BY_HEADERS },
	{ "compauth", "none",
	    "Microsoft did not judge whether the domain in From is genuine.",
	    AUTH, BY_HEADERS },
	{ "compauth", "fail",
	    "Microsoft takes the domain in From for not authenticated; that "
	    "alone does not block the message.",
	    AUTH_BAD, BY_HEADERS },
	{ "reason", "000",
	    "DMARC failed, and the domain's policy is quarantine or reject.",
	    AUTH_BAD, BY_HEADERS },
	{ "reason", "001",
	    "Nothing passed, and the domain publishes no records or only weak "
	    "ones (~all, ?all, p=none).",
	    AUTH_BAD, BY_HEADERS },
	{ "reason", "002",
	    "The recipient's administrator forbids this sender to send as this "
	    "domain.",
	    AUTH_BAD, BY_HEADERS },
	{ "reason", "010",
	    "DMARC failed with quarantine or reject, and the domain is one of "
	    "the recipient's own organization.",
	    AUTH_BAD, BY_HEADERS },
	{ "reason", "130",
	    "DMARC failed, but a trusted ARC chain says that it had passed "
	    "before.",
	    AUTH, BY_HEADERS },
	{ "reason", "111",
	    "Authentication passed only by the PTR record of the server, for "
	    "want of SPF and DKIM.",
	    AUTH, BY_SECOPS },
	{ "reason", "116",
	    "Authentication passed only by the PTR record of the server, for "
	    "want of SPF and DKIM.",
	    AUTH, BY_SECOPS },
	{ "reason", "1xx", "Authentication passed.", AUTH, BY_HEADERS },
	{ "reason", "7xx", "Authentication passed.", AUTH, BY_HEADERS },
	{ "reason", "2xx",
	    "Authentication passed by signs of Microsoft's own, not by "
	    "records.",
	    AUTH, BY_HEADERS },
	{ "reason", "3xx", "Authentication was not judged as a whole.", AUTH,
	    BY_HEADERS },
	{ "reason", "4xx", "The judgement of authentication was skipped.", AUTH,
	    BY_HEADERS },
	{ "reason", "9xx", "The judgement of authentication was skipped.", AUTH,
	    BY_HEADERS },
	{ "reason", "6xx",
	    "Nothing passed, and the domain is one of the recipient's own "
	    "organization.",
	    AUTH_BAD, BY_HEADERS },

	/* --- Authentication-Results: dmarc and its action ----------------- */
	{ "dmarc", "bestguesspass",
	    "The domain has no DMARC record; with one, the message would have "
	    "passed.",
	    AUTH, BY_HEADERS },
	{ "action", "none", "DMARC led to no action.", AUTH, BY_SECOPS },
	{ "action", "quarantine",
	    "DMARC failed, and the message was set aside as the policy asks.",
	    AUTH_BAD, BY_SECOPS },
	{ "action", "reject",
	    "DMARC failed, and the policy asks to refuse the message.",
	    AUTH_BAD, BY_SECOPS },
	{ "action", "pct.quarantine",
	    "DMARC failed with p=quarantine, but pct= spared this message.",
	    AUTH_BAD, BY_HEADERS },
	{ "action", "pct.reject",
	    "DMARC failed with p=reject, but pct= spared this message.",
	    AUTH_BAD, BY_HEADERS },
	{ "action", "oreject",
	    "DMARC failed with p=reject, and Microsoft marked the message as "
	    "spoofed instead of refusing it.",
	    AUTH_BAD, BY_OREJECT },
	{ "action", "o.reject",
	    "DMARC failed with p=reject, and Microsoft marked the message as "
	    "spoofed instead of refusing it.",
	    AUTH_BAD, BY_OREJECT },
	{ "action", "permerror", "The DMARC record is invalid.", AUTH_BAD,
	    BY_HEADERS },
	{ "action", "temperror",
	    "DMARC could not be checked, for DNS did not answer.", AUTH,
	    BY_HEADERS },

	/* --- X-Forefront-Antispam-Report ---------------------------------- */
	{ "SCL", "-1", "The message was not filtered for spam.", FINE, BY_SCL },
	{ "SCL", "0-1", "The filter did not take the message for spam.", FINE,
	    BY_SCL },
	{ "SCL", "5-6", "The filter took the message for spam.", BAD, BY_SCL },
	{ "SCL", "7", "The message was marked as certain spam.", BAD,
	    "Microsoft: Plan and configure spam confidence levels", 2025,
	    true },
	{ "SCL", "8-9", "The filter took the message for certain spam.", BAD,
	    BY_SCL },
	{ "SFV", "NSPM", "The filter did not take the message for spam.", FINE,
	    BY_HEADERS },
	{ "SFV", "SPM", "The filter took the message for spam.", BAD,
	    BY_HEADERS },
	{ "SFV", "SKS",
	    "A rule of the recipient's organization marked the message as spam "
	    "before the filter.",
	    BAD, BY_HEADERS },
	{ "SFV", "SKN",
	    "A rule of the recipient's organization marked the message as no "
	    "spam before the filter.",
	    FINE, BY_HEADERS },
	{ "SFV", "SKA",
	    "The sender is on a list of allowed senders of the recipient's "
	    "organization.",
	    FINE, BY_HEADERS },
	{ "SFV", "SKB",
	    "The sender is on a list of blocked senders of the recipient's "
	    "organization.",
	    BAD, BY_HEADERS },
	{ "SFV", "SKQ", "The message was released from quarantine.", FINE,
	    BY_HEADERS },
	{ "SFV", "SFE",
	    "The sender is on the recipient's list of safe senders.", FINE,
	    BY_HEADERS },
	{ "SFV", "BLK",
	    "The sender is on the recipient's list of blocked senders.", BAD,
	    BY_HEADERS },
	{ "SFV", "SKI",
	    "The message was probably not filtered, because it is from within "
	    "the organization.",
	    FINE, BY_GUESS },
	{ "CAT", "NONE", "No threat was found, probably.", FINE, BY_GUESS },
	{ "CAT", "AMP", "An anti-malware policy was applied.", BAD,
	    BY_HEADERS },
	{ "CAT", "BIMP", "The message seems to imitate a well-known brand.",
	    BAD, BY_HEADERS },
	{ "CAT", "BULK", "The message was taken for bulk mail.", BAD,
	    BY_HEADERS },
	{ "CAT", "DIMP",
	    "The domain seems to imitate one that the recipient's organization "
	    "protects.",
	    BAD, BY_HEADERS },
	{ "CAT", "FTBP", "An attachment is of a kind that is not accepted.",
	    BAD, BY_HEADERS },
	{ "CAT", "GIMP",
	    "The sender seems to imitate somebody whom the recipient knows.",
	    BAD, BY_HEADERS },
	{ "CAT", "HPHSH", "The message was taken for certain phishing.", BAD,
	    BY_HEADERS },
	{ "CAT", "HPHISH", "The message was taken for certain phishing.", BAD,
	    BY_HEADERS },
	{ "CAT", "HSPM", "The message was taken for certain spam.", BAD,
	    BY_HEADERS },
	{ "CAT", "INTOS",
	    "The message was taken for phishing within the organization.", BAD,
	    BY_HEADERS },
	{ "CAT", "MALW", "The message was taken for malware.", BAD,
	    BY_HEADERS },
	{ "CAT", "OSPM", "The message was taken for spam as it was sent.", BAD,
	    BY_HEADERS },
	{ "CAT", "PHSH", "The message was taken for phishing.", BAD,
	    BY_HEADERS },
	{ "CAT", "SAP", "A policy about attachments was applied.", BAD,
	    BY_HEADERS },
	{ "CAT", "SPM", "The message was taken for spam.", BAD, BY_HEADERS },
	{ "CAT", "SPOOF",
	    "The domain in From was taken for forged, because nothing "
	    "authenticates it.",
	    AUTH_BAD, BY_HEADERS },
	{ "CAT", "UIMP",
	    "The sender seems to imitate a person whom the recipient's "
	    "organization protects.",
	    BAD, BY_HEADERS },
	{ "IPV", "NLI", "The sending address is on no list of reputation.",
	    FINE, BY_HEADERS },
	{ "IPV", "CAL",
	    "The sending address is on a list of allowed addresses, so the "
	    "message was not filtered.",
	    FINE, BY_HEADERS },
	{ "SRV", "BULK", "The message was taken for bulk mail.", BAD,
	    BY_HEADERS },
	{ "SFTY", "9.19",
	    "The domain seems to imitate one that the recipient's organization "
	    "protects.",
	    BAD, BY_HEADERS },
	{ "SFTY", "9.20",
	    "The sender seems to imitate a person whom the recipient's "
	    "organization protects.",
	    BAD, BY_HEADERS },
	{ "SFTY", "9.25",
	    "The recipient was told that it is the first message of this "
	    "sender.",
	    FINE, BY_HEADERS },
	{ "dest", "I", "The message was put into the inbox, probably.", FINE,
	    BY_GUESS },
	{ "dest", "J", "The message was put into the junk folder, probably.",
	    BAD, BY_GUESS },
	{ "dest", "C",
	    "A rule of the recipient chose the folder for the message, "
	    "probably.",
	    FINE, BY_GUESS },

	/* --- X-Microsoft-Antispam ----------------------------------------- */
	{ "BCL", "0", "The message is not from a bulk sender.", FINE, BY_BCL },
	{ "BCL", "1-3",
	    "The message is from a bulk sender about whom few complain.", FINE,
	    BY_BCL },
	{ "BCL", "4-7",
	    "The message is from a bulk sender about whom some complain.", BAD,
	    BY_BCL },
	{ "BCL", "8-9",
	    "The message is from a bulk sender about whom many complain.", BAD,
	    BY_BCL },
};

#define BY_MILTER "Rspamd: milter headers module", 2025, true
#define BY_ACTIONS "Rspamd: actions", 2025, true
#define BY_ASSASSIN "SpamAssassin: configuration", 2025, true
#define BY_WORKSPACE \
	"Google Workspace: spam headers of the default routing", 2025, true

#define IS_SPAM "The filter took the message for spam."

static const struct status_word filters[] = {
	{ "X-Spam", "Yes", IS_SPAM, BAD, BY_MILTER },
	{ "X-Spamd-Result", "True", IS_SPAM, BAD, BY_MILTER },
	{ "X-Rspamd-Action", "reject",
	    "The filter asked to refuse the message.", BAD, BY_ACTIONS },
	{ "X-Rspamd-Action", "add header", IS_SPAM, BAD, BY_ACTIONS },
	{ "X-Rspamd-Action", "rewrite subject", IS_SPAM, BAD, BY_ACTIONS },
	{ "X-Rspamd-Action", "quarantine",
	    "The filter asked to set the message aside.", BAD, BY_ACTIONS },
	{ "X-Rspamd-Action", "discard",
	    "The filter asked to delete the message without a word.", BAD,
	    BY_ACTIONS },
	{ "X-Rspamd-Action", "greylist",
	    "The filter put the message off when it first came.", FINE,
	    BY_ACTIONS },
	{ "X-Spam-Flag", "YES", IS_SPAM, BAD, BY_ASSASSIN },
	{ "X-Spam-Status", "Yes", IS_SPAM, BAD, BY_ASSASSIN },
	{ "X-Barracuda-Spam-Status", "Yes",
	    "The filter took the message for spam, probably.", BAD, BY_GUESS },
	{ "X-YahooFilteredBulk", "*",
	    "The message was put into the folder for bulk mail, probably.", BAD,
	    BY_GUESS },
	{ "X-Apple-MoveToFolder", "Junk",
	    "The message was put into the junk folder, probably.", BAD,
	    BY_GUESS },
	{ "X-Gm-Spam", "1", IS_SPAM, BAD, BY_WORKSPACE },
	{ "X-Gm-Phishy", "1", "The filter took the message for phishing.", BAD,
	    BY_WORKSPACE },
	{ "X-Proofpoint-Spam-Details", "spam",
	    "A rule took the message for spam, probably.", BAD, BY_GUESS },
	{ "X-Proofpoint-Spam-Details", "phish",
	    "A rule took the message for phishing, probably.", BAD, BY_GUESS },
	{ "X-Proofpoint-Spam-Details", "malware",
	    "A rule took the message for malware, probably.", BAD, BY_GUESS },
	{ "X-Proofpoint-Spam-Details", "bulk",
	    "A rule took the message for bulk mail, probably.", BAD, BY_GUESS },
};

/* How well a value fits a row's: 2 itself, 1 a range or class, 0 not. */
static int
fit_value(const char *pattern, const char *value)
{
	int64_t number, from, to;
	const char *dash;
	char first[8];

	if (strcasecmp(pattern, value) == 0)
		return 2;
	if (strcmp(pattern, "*") == 0)
		return value[0] != '\0';
	if (strlen(pattern) == 3 && strcmp(pattern + 1, "xx") == 0)
		return strlen(value) == 3 && value[0] == pattern[0] &&
		    text_is_digit(value[1]) && text_is_digit(value[2]);
	dash = strchr(pattern, '-');
	if (dash == NULL || dash == pattern ||
	    (size_t)(dash - pattern) >= sizeof(first))
		return 0;
	memcpy(first, pattern, (size_t)(dash - pattern));
	first[dash - pattern] = '\0';
	return text_read_int(first, 0, 999, &from) &&
	    text_read_int(dash + 1, 0, 999, &to) &&
	    text_read_int(value, from, to, &number);
}

static const struct status_word *
find(const struct status_word *words, size_t n, const char *field,
    const char *value)
{
	const struct status_word *best = NULL;
	int fit, best_fit = 0;
	size_t i;

	if (field == NULL || value == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		if (strcasecmp(words[i].field, field) != 0)
			continue;
		fit = fit_value(words[i].value, value);
		if (fit > best_fit) {
			best_fit = fit;
			best = &words[i];
		}
	}
	return best;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct status_word *
microsoft_word_find(const char *field, const char *value)
{
	return find(microsoft, COUNT(microsoft), field, value);
}

const struct status_word *
filter_word_find(const char *field, const char *value)
{
	return find(filters, COUNT(filters), field, value);
}

size_t
status_word_count(void)
{
	return COUNT(microsoft) + COUNT(filters);
}

const struct status_word *
status_word_at(size_t number)
{
	return number < COUNT(microsoft) ? &microsoft[number]
	                                 : &filters[number - COUNT(microsoft)];
}
