/* SPDX-License-Identifier: BSD-2-Clause */
/* What servers of other large receivers and filters answer. */
#include "report/status_code_table.h"

#define Y STATUS_YAHOO
#define A STATUS_APPLE
#define X STATUS_GMX
#define P STATUS_PROOFPOINT
#define C STATUS_MIMECAST
#define R STATUS_RACKSPACE

const struct status_row status_others[] = {
	/* --- Yahoo, AOL --------------------------------------------------- */
	{ Y, "5.7.9", NULL, STATUS_AUTHENTICATION,
	    "DMARC, DKIM or SPF failed, or the domain's policy asks to refuse "
	    "the message.",
	    FIX_ALIGNMENT, BY_YAHOO },
	{ Y, "5.7.9", "either spf or dkim", STATUS_AUTHENTICATION,
	    "Neither SPF nor DKIM passed.", FIX_AUTHENTICATION, BY_YAHOO },
	{ Y, "554", "dmarc", STATUS_DMARC,
	    "DMARC failed, and the policy of the domain in From asks to refuse "
	    "such messages.",
	    FIX_ALIGNMENT, BY_YAHOO },
	{ Y, NULL, "[ts##]", STATUS_REPUTATION,
	    "Yahoo puts messages of this sender off: complaints, unusual "
	    "volume "
	    "or bad reputation.",
	    FIX_REPUTATION, BY_YAHOO },
	{ Y, NULL, "[tss##]", STATUS_REPUTATION,
	    "Yahoo puts messages of this sender off: complaints, unusual "
	    "volume "
	    "or bad reputation.",
	    FIX_REPUTATION, BY_YAHOO },
	{ Y, NULL, "[tss##]|permanently deferred", STATUS_REPUTATION,
	    "Yahoo accepts nothing more from the sending address.",
	    FIX_REPUTATION, BY_YAHOO },
	{ Y, NULL, "unexpected volume or user complaints", STATUS_REPUTATION,
	    "Yahoo puts messages of this sender off: complaints, unusual "
	    "volume "
	    "or bad reputation.",
	    FIX_REPUTATION, BY_YAHOO },
	{ Y, NULL, "[ph##]", STATUS_CONTENT,
	    "Something in the content or its links is not acceptable to Yahoo.",
	    FIX_CONTENT, BY_YAHOO },
	{ Y, "554", "not accepted for policy reasons", STATUS_CONTENT,
	    "Something in the message is not acceptable to Yahoo.", FIX_CONTENT,
	    BY_YAHOO },
	{ Y, "5.7.9", "not accepted for policy reasons", STATUS_AUTHENTICATION,
	    "A policy refused the message: that of its domain, because DMARC "
	    "or "
	    "DKIM failed, or Yahoo's own.",
	    FIX_ALIGNMENT, BY_YAHOO },
	{ Y, NULL, "[bl##]", STATUS_REPUTATION,
	    "A blocklist that Yahoo asks contains the sending address.",
	    FIX_LISTING, BY_YAHOO },
	{ Y, NULL, "spamhaus", STATUS_REPUTATION,
	    "Spamhaus lists the sending address.", FIX_LISTING, BY_YAHOO },
	{ Y, NULL, "rfc compliant", STATUS_HEADER,
	    "The header is not as RFC 5322 demands: a field is invalid, or "
	    "there more than once.",
	    FIX_HEADER, BY_YAHOO },
	{ Y, "451", "unresolvable|from domain", STATUS_DNS,
	    "DNS did not answer for the domain of the sender.",
	    FIX_NAME_SERVERS, BY_YAHOO },
	{ Y, NULL, "unresolvable|from domain", STATUS_DNS,
	    "The domain of the sender does not resolve.", FIX_DOMAIN,
	    BY_YAHOO },
	{ Y, NULL, "unresolvable|domain", STATUS_DNS,
	    "The domain of the sender does not resolve.", FIX_DOMAIN,
	    BY_YAHOO },
	{ Y, NULL, "doesn't have a|account", STATUS_NO_USER,
	    "The recipient does not exist there.", FIX_ADDRESS, BY_YAHOO },
	{ Y, NULL, "mailbox not found", STATUS_NO_USER,
	    "The recipient does not exist there.", FIX_ADDRESS, BY_YAHOO },
	{ Y, NULL, "mailbox is disabled", STATUS_MAILBOX,
	    "The recipient's mailbox is disabled.", FIX_ADDRESS, BY_ITS_WORDS },
	{ Y, NULL, "is no longer valid", STATUS_MAILBOX,
	    "The recipient's address is no longer in use.", FIX_ADDRESS,
	    BY_ITS_WORDS },
	{ Y, NULL, "receiving mail too quickly", STATUS_RATE,
	    "The recipient gets too many messages at the moment.", FIX_RATE,
	    BY_ITS_WORDS },
	{ Y, NULL, "max message per connection", STATUS_RATE,
	    "Yahoo takes no more messages in this connection.", NULL,
	    BY_ITS_WORDS },
	{ Y, NULL, "resources temporarily unavailable", STATUS_SYSTEM,
	    "Yahoo's servers are busy.", NULL, BY_YAHOO },

	/* --- Apple -------------------------------------------------------- */
	{ A, NULL, "dmarc policy", STATUS_DMARC,
	    "DMARC failed, and the policy of the domain in From asks to refuse "
	    "such messages.",
	    FIX_ALIGNMENT, BY_APPLE },
	{ A, NULL, "failing both spf and dkim", STATUS_AUTHENTICATION,
	    "Neither SPF nor DKIM passed.", FIX_AUTHENTICATION, BY_ITS_WORDS },
	{ A, NULL, "[hme#]", STATUS_AUTHENTICATION,
	    "The message to a relay address of Apple probably failed SPF and "
	    "DKIM.",
	    FIX_AUTHENTICATION, BY_GUESS },
	{ A, NULL, "local policy", STATUS_REPUTATION,
	    "Apple's filter refused the message, probably for the reputation "
	    "of "
	    "the sender, its domain or links.",
	    FIX_REPUTATION, BY_GUESS },
	{ A, NULL, "[cs##]", STATUS_REPUTATION,
	    "Apple's filter refused the message, probably for the reputation "
	    "of "
	    "the sender, its domain or links.",
	    FIX_REPUTATION, BY_GUESS },
	{ A, NULL, "excessive volume", STATUS_RATE,
	    "Too much is sent to this recipient or to Apple at the moment.",
	    FIX_RATE, BY_ITS_WORDS },
	{ A, NULL, "spamhaus dbl", STATUS_REPUTATION,
	    "Spamhaus lists a domain of the sender or in the message.",
	    FIX_LISTING, BY_ITS_WORDS },
	{ A, NULL, "listing in spamhaus", STATUS_REPUTATION,
	    "Spamhaus lists the sending address.", FIX_LISTING, BY_ITS_WORDS },
	{ A, NULL, "inactive email address", STATUS_MAILBOX,
	    "The recipient's address is not in use.", FIX_ADDRESS,
	    BY_ITS_WORDS },
	{ A, NULL, "unknown or illegal alias", STATUS_NO_USER,
	    "The recipient does not exist there.", FIX_ADDRESS, BY_ITS_WORDS },
	{ A, NULL, "no longer on server", STATUS_NO_USER,
	    "The recipient does not exist there any more.", FIX_ADDRESS,
	    BY_ITS_WORDS },

	/* --- GMX, WEB.DE, mail.com, IONOS --------------------------------- */
	{ X, NULL, "spf policy", STATUS_SPF,
	    "SPF failed: the server is not in the record of the envelope "
	    "sender's domain.",
	    FIX_SPF, BY_GMX },
	{ X, NULL, "dmarc policy", STATUS_DMARC,
	    "DMARC failed, and the policy of the domain in From asks to refuse "
	    "such messages.",
	    FIX_ALIGNMENT, BY_ITS_WORDS },
	{ X, NULL, "block listed", STATUS_REPUTATION,
	    "The sending address is on a blocklist.", FIX_LISTING, BY_GMX },
	{ X, NULL, "c=r0201", STATUS_REPUTATION,
	    "The sending address is on a blocklist.", FIX_LISTING, BY_GMX },
	{ X, NULL, "c=rdns", STATUS_REVERSE_DNS,
	    "The sending address has no acceptable PTR record.", FIX_PTR,
	    BY_GMX },
	{ X, NULL, "dns ptr", STATUS_REVERSE_DNS,
	    "The sending address has no acceptable PTR record.", FIX_PTR,
	    BY_GMX },
	{ X, NULL, "rate limit reached", STATUS_RATE,
	    "Too much was sent in too short a time.", FIX_RATE, BY_GMX },
	{ X, "421", "reject due to policy", STATUS_REPUTATION,
	    "Too many messages from the sending address went to recipients "
	    "that "
	    "do not exist.",
	    "Take addresses off the lists that do not exist.", BY_GMX },
	{ X, "450", "reject due to policy", STATUS_REPUTATION,
	    "The sending server changes its HELO name, or sent too much to "
	    "recipients that do not exist.",
	    FIX_HELO, BY_GMX },
	{ X, NULL, "mailbox unavailable", STATUS_NO_USER,
	    "The recipient does not exist there.", FIX_ADDRESS, BY_GMX },
	{ X, NULL, "syntax error in parameters", STATUS_OTHER,
	    "The sending server is not configured as GMX demands.",
	    "Compare the server's configuration with the postmaster pages of "
	    "GMX.",
	    BY_GMX },

	/* --- T-Online ----------------------------------------------------- */
	{ STATUS_T_ONLINE, "554", "bad reputation", STATUS_REPUTATION,
	    "T-Online does not know the sending address, or knows it as bad.",
	    "Write to the address that the answer names, and ask to reset the "
	    "reputation.",
	    BY_T_ONLINE },
	{ STATUS_T_ONLINE, "554", "a problem occurred", STATUS_REPUTATION,
	    "T-Online does not know the sending address, or knows it as bad.",
	    "Write to the address that the answer names, and ask to reset the "
	    "reputation.",
	    BY_T_ONLINE },

	{ STATUS_T_ONLINE, "554", "transient ip not allowed", STATUS_REPUTATION,
	    "T-Online takes the sending address for one of a home or dynamic "
	    "line, or probably finds no website that names who runs the "
	    "server.",
	    "Show a website with contact details under the server's name, then "
	    "write to the address that the answer names.",
	    "creoline, a hoster: T-Online 554, Dialup/transient IP not allowed",
	    2025, false },

	/* --- Mail.ru, Yandex ---------------------------------------------- */
	{ STATUS_MAILRU, NULL, "dmarc policy", STATUS_DMARC,
	    "DMARC failed, and the policy of the domain in From asks to refuse "
	    "such messages.",
	    FIX_ALIGNMENT, BY_ITS_WORDS },
	{ STATUS_MAILRU, NULL, "spam message rejected", STATUS_CONTENT,
	    "Mail.ru took the message for spam.", FIX_CONTENT, BY_ITS_WORDS },
	{ STATUS_MAILRU, NULL, "non-local sender verification failed",
	    STATUS_DNS,
	    "Mail.ru could not verify the domain of the envelope sender.",
	    FIX_DOMAIN, BY_ITS_WORDS },
	{ STATUS_YANDEX, NULL, "suspicion of spam", STATUS_CONTENT,
	    "Yandex took the message for spam because of its content.",
	    FIX_CONTENT, BY_YANDEX },
	{ STATUS_YANDEX, NULL, "spam statistics", STATUS_REPUTATION,
	    "Only spam came from this sender, so Yandex blocks it for a day.",
	    FIX_REPUTATION, BY_YANDEX },
	{ STATUS_YANDEX, NULL, "policy rejection on the target address",
	    STATUS_MAILBOX, "Yandex has blocked the recipient's account.", NULL,
	    BY_YANDEX },

	/* --- Proofpoint --------------------------------------------------- */
	{ P, NULL, "ipcheck.proofpoint.com", STATUS_REPUTATION,
	    "Proofpoint blocks the sending address because of its reputation.",
	    "Look the address up at ipcheck.proofpoint.com, end the cause, and "
	    "ask for removal there.",
	    BY_PROOFPOINT },
	{ P, NULL, "dnsbl-lookup.cgi", STATUS_REPUTATION,
	    "Proofpoint blocks the sending address because of its reputation.",
	    "Look the address up at ipcheck.proofpoint.com, end the cause, and "
	    "ask for removal there.",
	    BY_PROOFPOINT },
	{ P, NULL, "email blocked by", STATUS_REPUTATION,
	    "Proofpoint blocks the sending address because of its reputation.",
	    FIX_LISTING, BY_PROOFPOINT },
	{ A, NULL, "blocked|support.proofpoint.com", STATUS_REPUTATION,
	    "Proofpoint, which Apple asks, blocks the sending address.",
	    "Look the address up at ipcheck.proofpoint.com, end the cause, and "
	    "ask for removal there.",
	    BY_PROOFPOINT },

	/* --- Mimecast ----------------------------------------------------- */
	{ C, NULL, "spf sender invalid", STATUS_SPF, "SPF failed.", FIX_SPF,
	    BY_MIMECAST },
	{ C, NULL, "dkim sender invalid", STATUS_DKIM, "DKIM failed.", FIX_DKIM,
	    BY_MIMECAST },
	{ C, NULL, "dmarc sender invalid", STATUS_DMARC, "DMARC failed.",
	    FIX_ALIGNMENT, BY_MIMECAST },
	{ C, NULL, "ip reputation", STATUS_REPUTATION,
	    "The sending address has a bad reputation at Mimecast.",
	    FIX_REPUTATION, BY_MIMECAST },
	{ C, "451", "internal resources|temporarily unavailable", STATUS_OTHER,
	    "Mimecast wants the server to try again (greylisting), or its "
	    "reputation is bad.",
	    NULL, BY_MIMECAST },
	{ C, NULL, "ip temporarily blacklisted", STATUS_RATE,
	    "The sending server has reached a limit of Mimecast.", FIX_RATE,
	    BY_MIMECAST },
	{ C, NULL, "anti-spoofing policy", STATUS_BLOCKED,
	    "The recipient's organization does not accept its own domain from "
	    "outside.",
	    FIX_ASK, BY_MIMECAST },
	{ C, NULL, "content examination policy", STATUS_BLOCKED,
	    "A rule of the recipient's organization about content refused the "
	    "message.",
	    FIX_ASK, BY_MIMECAST },
	{ C, NULL, "envelope blocked", STATUS_BLOCKED,
	    "The recipient or its organization blocks the sender, or SPF "
	    "failed.",
	    FIX_ASK, BY_MIMECAST },
	{ C, NULL, "blocked senders", STATUS_BLOCKED,
	    "The recipient's organization blocks the sender.", FIX_ASK,
	    BY_MIMECAST },
	{ C, NULL, "block policy", STATUS_BLOCKED,
	    "The recipient's organization blocks the sender.", FIX_ASK,
	    BY_MIMECAST },
	{ C, NULL, "sender address blocked", STATUS_BLOCKED,
	    "The recipient's organization blocks the sending address.", FIX_ASK,
	    BY_MIMECAST },
	{ C, NULL, "host network not allowed", STATUS_BLOCKED,
	    "The recipient's organization does not accept messages from this "
	    "country or network.",
	    FIX_ASK, BY_MIMECAST },
	{ C, NULL, "rejected due to security policies", STATUS_CONTENT,
	    "Mimecast took the message for spam or a virus.", FIX_CONTENT,
	    BY_MIMECAST },
	{ C, NULL, "requires encryption", STATUS_TLS,
	    "The recipient accepts messages over TLS only.", FIX_TLS,
	    BY_MIMECAST },
	{ C, NULL, "requires tls version", STATUS_TLS,
	    "The recipient accepts messages over TLS 1.2 or later only.",
	    "Let the sending server use TLS 1.2 or later.", BY_MIMECAST },
	{ C, NULL, "open relay not allowed", STATUS_RELAY,
	    "Mimecast does not know the sending server or either domain.",
	    FIX_LOGIN, BY_MIMECAST },
	{ C, NULL, "invalid recipient", STATUS_NO_USER,
	    "The recipient does not exist there.", FIX_ADDRESS, BY_MIMECAST },

	/* --- other filters ------------------------------------------------ */
	{ STATUS_BARRACUDA, "550", "permanent failure", STATUS_BLOCKED,
	    "Barracuda's filter refused the message, probably by a rule of the "
	    "recipient's organization or for the sender's reputation.",
	    FIX_ASK, BY_GUESS },
	{ STATUS_BARRACUDA, NULL, "blocked", STATUS_BLOCKED,
	    "Barracuda's filter refused the message, probably by a rule of the "
	    "recipient's organization or for the sender's reputation.",
	    FIX_ASK, BY_GUESS },
	{ STATUS_CISCO, "554", "talosintelligence.com", STATUS_REPUTATION,
	    "The sending address has a bad reputation at Cisco Talos.",
	    FIX_REPUTATION, BY_ITS_WORDS },

	/* --- Rackspace, Tencent ------------------------------------------- */
	{ R, NULL, "no ptr record", STATUS_REVERSE_DNS,
	    "The sending address has no PTR record.", FIX_PTR, BY_RACKSPACE },
	{ R, NULL, "new or untrusted ip", STATUS_RATE,
	    "The sending address is new here and sent too much.", FIX_RATE,
	    BY_RACKSPACE },
	{ R, "4.4.0", "dmarc dns lookup", STATUS_DNS,
	    "DNS did not answer for the DMARC record of the sender.",
	    FIX_NAME_SERVERS, BY_RACKSPACE },
	{ R, NULL, "too much email", STATUS_RATE,
	    "The recipient gets too many messages at the moment.", FIX_RATE,
	    BY_RACKSPACE },
	{ STATUS_TENCENT, NULL, "content rejected", STATUS_CONTENT,
	    "Probably the content was taken for spam.", FIX_CONTENT, BY_GUESS },
	{ STATUS_TENCENT, NULL, "connection frequency limited", STATUS_RATE,
	    "The sending server connects too often.", FIX_RATE, BY_ITS_WORDS },
	{ STATUS_TENCENT, NULL, "domain frequency limited", STATUS_RATE,
	    "The sending domain sends too much.", FIX_RATE, BY_ITS_WORDS },
};
const size_t status_others_size = sizeof(status_others) /
    sizeof(status_others[0]);
