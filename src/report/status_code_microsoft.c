/* SPDX-License-Identifier: BSD-2-Clause */
/* What the servers of Microsoft 365 and Outlook.com answer, and Exchange. */
#include "report/status_code_table.h"

#define M STATUS_MICROSOFT

const struct status_row status_microsoft[] = {
	/* --- authentication ----------------------------------------------- */
	{ M, "5.7.509", NULL, STATUS_DMARC,
	    "DMARC failed, and the policy of the domain in From is p=reject.",
	    FIX_ALIGNMENT, BY_MICROSOFT },
	{ M, "5.7.1", "does not pass dmarc", STATUS_DMARC,
	    "DMARC failed, and the policy of the domain in From asks to refuse "
	    "such messages.",
	    FIX_ALIGNMENT, BY_ITS_WORDS },
	{ M, "5.7.515", NULL, STATUS_REQUIREMENTS,
	    "Outlook.com demands SPF, DKIM and DMARC of domains that send "
	    "much, "
	    "and not all of them passed.",
	    "Let SPF and DKIM pass, publish a DMARC record, and align one of "
	    "both with From.",
	    BY_MICROSOFT_BULK },
	{ M, NULL, "required authentication level", STATUS_REQUIREMENTS,
	    "Outlook.com demands SPF, DKIM and DMARC of domains that send "
	    "much, "
	    "and not all of them passed.",
	    "Let SPF and DKIM pass, publish a DMARC record, and align one of "
	    "both with From.",
	    BY_MICROSOFT_BULK },
	{ M, "x.7.26", NULL, STATUS_AUTHENTICATION,
	    "Over IPv6 SPF or DKIM must pass, and neither did.",
	    FIX_AUTHENTICATION, BY_MICROSOFT },
	{ M, "x.7.23", NULL, STATUS_SPF, "SPF failed.", FIX_SPF, BY_MICROSOFT },
	{ M, NULL, "sender policy framework violation", STATUS_SPF,
	    "SPF failed.", FIX_SPF, BY_MICROSOFT },
	{ M, "5.7.512", NULL, STATUS_HEADER,
	    "From: is missing, or has no valid address.",
	    "Write one valid address in From:.", BY_MICROSOFT },

	/* --- the server and its connection -------------------------------- */
	{ M, "x.7.25", NULL, STATUS_REVERSE_DNS,
	    "The sending IPv6 address has no PTR record.", FIX_PTR,
	    BY_MICROSOFT },
	{ M, "5.7.506", NULL, STATUS_REVERSE_DNS,
	    "The sending server greeted (HELO) with the receiver's own name.",
	    FIX_HELO, BY_MICROSOFT },
	{ M, "5.5.4", "invalid domain name", STATUS_REVERSE_DNS,
	    "The name that the sending server greets with is not acceptable.",
	    FIX_HELO, BY_MICROSOFT },
	{ M, "5.7.510", NULL, STATUS_BLOCKED,
	    "The recipient's domain accepts nothing over IPv6.",
	    "Let the server send to this domain over IPv4.", BY_MICROSOFT },
	{ M, "x.7.321", NULL, STATUS_TLS,
	    "The recipient's server offers no TLS, or it failed, though its "
	    "domain promises it by DANE.",
	    NULL, BY_MICROSOFT },
	{ M, "x.7.322", NULL, STATUS_TLS,
	    "The certificate of the recipient's server has expired.", NULL,
	    BY_MICROSOFT },
	{ M, "x.7.323", NULL, STATUS_TLS,
	    "The certificate of the recipient's server does not fit its TLSA "
	    "record (DANE).",
	    NULL, BY_MICROSOFT },
	{ M, "x.7.324", NULL, STATUS_TLS,
	    "The DNSSEC records of the recipient's domain are invalid.", NULL,
	    BY_MICROSOFT },
	{ M, "x.7.325", NULL, STATUS_TLS,
	    "The certificate of the recipient's server is for another name "
	    "(DANE).",
	    NULL, BY_MICROSOFT },
	{ M, "x.4.8", NULL, STATUS_TLS,
	    "The MX of the recipient's domain is not one that its MTA-STS "
	    "policy names.",
	    NULL, BY_MICROSOFT },
	{ M, "x.7.5", NULL, STATUS_TLS,
	    "The certificate of the recipient's server is not valid for its "
	    "MTA-STS policy.",
	    NULL, BY_MICROSOFT },
	{ M, "x.4.317", NULL, STATUS_TLS,
	    "TLS is demanded, and the other server did not do it.", NULL,
	    BY_MICROSOFT },
	{ M, "x.4.316", NULL, STATUS_NETWORK,
	    "The recipient's server refused the connection.", NULL,
	    BY_MICROSOFT },
	{ M, "x.4.318", NULL, STATUS_NETWORK,
	    "Probably the other server closed the connection before the end.",
	    NULL, BY_GUESS },
	{ M, "x.4.7", NULL, STATUS_NETWORK,
	    "Delivery was tried until time ran out.", NULL, BY_MICROSOFT },
	{ M, "5.4.300", NULL, STATUS_NETWORK,
	    "Delivery was tried until time ran out.", NULL, BY_MICROSOFT },
	{ M, "5.4.310", NULL, STATUS_DNS,
	    "The recipient's domain does not exist in DNS.", FIX_ADDRESS,
	    BY_MICROSOFT },
	{ M, "x.4.312", NULL, STATUS_DNS,
	    "DNS did not answer for the recipient's domain.", NULL,
	    "Microsoft: Mail flow intelligence", 2021, true },
	{ M, "5.4.4", "nonexistent domain", STATUS_DNS,
	    "The recipient's domain does not exist in DNS.", FIX_ADDRESS,
	    BY_MICROSOFT },

	/* --- rate and reputation ------------------------------------------ */
	{ M, "5.7.606-649", NULL, STATUS_REPUTATION,
	    "Microsoft has banned the sending address.",
	    "Find out what was sent from it, then ask for removal at "
	    "sender.office.com.",
	    BY_MICROSOFT },
	{ M, "5.7.511", NULL, STATUS_REPUTATION,
	    "Microsoft has banned the sending address.",
	    "Find out what was sent from it, then ask for removal as the "
	    "answer "
	    "says.",
	    BY_MICROSOFT },
	{ M, NULL, "banned sending ip", STATUS_REPUTATION,
	    "Microsoft has banned the sending address.",
	    "Find out what was sent from it, then ask for removal at "
	    "sender.office.com.",
	    BY_MICROSOFT },
	{ M, "5.7.1", "on our block list", STATUS_REPUTATION,
	    "Outlook.com has listed the sending address or its network.",
	    "Find out what was sent from it, then ask Outlook.com's sender "
	    "support for removal.",
	    BY_ITS_WORDS },
	{ M, "550", "on our block list", STATUS_REPUTATION,
	    "Outlook.com has listed the sending address or its network.",
	    "Find out what was sent from it, then ask Outlook.com's sender "
	    "support for removal.",
	    BY_ITS_WORDS },
	{ M, "5.7.501-503", NULL, STATUS_REPUTATION,
	    "Microsoft has banned the sending account because of spam.",
	    "Secure the account, then ask Microsoft's support.", BY_MICROSOFT },
	{ M, "5.7.705", NULL, STATUS_REPUTATION,
	    "The sending organization at Microsoft 365 sent too much that "
	    "looks "
	    "like spam.",
	    "Look for abused accounts and open relays, then ask Microsoft's "
	    "support.",
	    BY_MICROSOFT },
	{ M, "5.7.708", NULL, STATUS_REPUTATION,
	    "The sending organization at Microsoft 365 may not send from this "
	    "address, because its traffic looks suspicious.",
	    "Look for abused accounts and open relays, then ask Microsoft's "
	    "support.",
	    BY_MICROSOFT },
	{ M, "5.7.800", NULL, STATUS_REPUTATION,
	    "Microsoft has banned the sending domain because of spam.",
	    "Find out what was sent as it, then ask Microsoft's support.",
	    BY_MICROSOFT },
	{ M, "5.7.700-749", NULL, STATUS_REPUTATION,
	    "Most of what the sending organization at Microsoft 365 sends "
	    "looks "
	    "suspicious.",
	    "Look for abused accounts and open relays, then ask Microsoft's "
	    "support.",
	    BY_MICROSOFT },
	{ M, "5.7.750", NULL, STATUS_RELAY,
	    "Too much comes from domains that are not registered with the "
	    "sending organization at Microsoft 365.",
	    "Add and verify all sending domains at Microsoft 365.",
	    BY_MICROSOFT },
	{ M, "5.1.8", NULL, STATUS_REPUTATION,
	    "Microsoft has blocked the sending account because of spam.",
	    "Secure the account, then unblock it at Microsoft 365.",
	    BY_MICROSOFT },
	{ M, "4.7.500-699", NULL, STATUS_RATE,
	    "Microsoft takes little from this address because its traffic "
	    "looks "
	    "suspicious.",
	    "Wait, and raise the volume slowly.", BY_MICROSOFT },
	{ M, "4.7.850-899", NULL, STATUS_RATE,
	    "Microsoft takes little from this address because its traffic "
	    "looks "
	    "suspicious.",
	    "Wait, and raise the volume slowly.", BY_MICROSOFT },
	{ M, "4.7.650", "ip reputation", STATUS_REPUTATION,
	    "Outlook.com takes little from this address because of its "
	    "reputation.",
	    FIX_REPUTATION, BY_ITS_WORDS },
	{ M, "4.7.700", NULL, STATUS_SYSTEM,
	    "Probably Microsoft's filter is busy.", NULL, BY_GUESS },
	{ M, "5.7.508", NULL, STATUS_RATE,
	    "The sending IPv6 network sent too much in too short a time.",
	    FIX_RATE, BY_MICROSOFT },
	{ M, "5.1.90", NULL, STATUS_RATE,
	    "The sending account has reached its daily limit of recipients.",
	    FIX_RATE, BY_MICROSOFT },
	{ M, "5.2.2", "submission quota", STATUS_RATE,
	    "The sending account has reached its limit of messages.", FIX_RATE,
	    BY_MICROSOFT },
	{ M, "5.2.121", NULL, STATUS_RATE,
	    "The recipient gets too many messages an hour from this sender.",
	    FIX_RATE, BY_MICROSOFT },
	{ M, "5.2.122", NULL, STATUS_RATE,
	    "The recipient gets too many messages an hour.", FIX_RATE,
	    BY_MICROSOFT },
	{ M, "4.3.2", "recipient thread limit", STATUS_RATE,
	    "The recipient gets too many messages at the moment.", NULL,
	    BY_MICROSOFT },
	{ M, "4.5.3", "too many recipients", STATUS_RATE,
	    "The message has too many recipients of one domain; the server "
	    "must "
	    "send them in parts.",
	    NULL, BY_MICROSOFT },

	/* --- content and form --------------------------------------------- */
	{ M, "5.6.11", NULL, STATUS_HEADER,
	    "The message has line feeds without carriage returns.",
	    "Let the sending program end each line with CRLF.", BY_MICROSOFT },
	{ M, "5.5.6", NULL, STATUS_HEADER, "The message is malformed.",
	    FIX_HEADER, BY_MICROSOFT },
	{ M, "5.2.1", "quarantined", STATUS_CONTENT,
	    "The content filter took the message for spam.", FIX_CONTENT,
	    BY_MICROSOFT },
	{ M, "5.0.350", "policy violation detected", STATUS_CONTENT,
	    "A rule about attachments refused the message.",
	    "Send it without nested attachments.", BY_MICROSOFT },
	{ M, "5.4.11", NULL, STATUS_LOOP,
	    "Programs kept answering each other's messages.", FIX_LOOP,
	    BY_MICROSOFT },
	{ M, "5.4.14", NULL, STATUS_LOOP,
	    "The message went in a circle between servers.", FIX_LOOP,
	    BY_MICROSOFT },
	{ M, "5.4.6", NULL, STATUS_LOOP,
	    "The message went in a circle between servers.", FIX_LOOP,
	    BY_MICROSOFT },

	/* --- rules of the receiver's own ---------------------------------- */
	{ M, "5.7.513", NULL, STATUS_BLOCKED,
	    "The recipient's organization has blocked the sending address.",
	    FIX_ASK, BY_MICROSOFT },
	{ M, "5.7.507", NULL, STATUS_BLOCKED,
	    "The recipient's organization has blocked the sending address.",
	    FIX_ASK, BY_MICROSOFT },
	{ M, "5.7.703", NULL, STATUS_BLOCKED,
	    "The sending organization's own list at Microsoft 365 blocks this "
	    "recipient.",
	    "Let the administrator of the sending organization take the "
	    "recipient off its block list.",
	    BY_MICROSOFT },
	{ M, "5.7.900-999", NULL, STATUS_BLOCKED,
	    "A rule of the recipient's organization refused the message.",
	    FIX_ASK, BY_MICROSOFT },
	{ M, "5.7.1", "transport.rules.rejectmessage", STATUS_BLOCKED,
	    "A rule of the recipient's organization refused the message.",
	    FIX_ASK, BY_MICROSOFT },
	{ M, "5.7.1", "delivery not authorized", STATUS_BLOCKED,
	    "The recipient, or a rule of its organization, does not accept "
	    "this "
	    "sender.",
	    FIX_ASK, BY_MICROSOFT },
	{ M, "5.7.139", NULL, STATUS_RELAY,
	    "Microsoft probably refused the login.", NULL, BY_GUESS },
	{ M, "5.7.139", "unsuccessful", STATUS_RELAY,
	    "Microsoft refused the login.", NULL, BY_ITS_WORDS },
	{ M, "5.7.139", "credentials were incorrect", STATUS_RELAY,
	    "Name or password is wrong.", FIX_PASSWORD, BY_ITS_WORDS },
	{ M, "5.7.139", "basic authentication is disabled", STATUS_RELAY,
	    "Logging in by SMTP with a password is switched off for the "
	    "account or its organization.",
	    "Ask its Microsoft 365 administrator to allow authenticated SMTP "
	    "for the account, or let the program log in with OAuth.",
	    BY_ITS_WORDS },
	{ M, "5.7.139", "smtpclientauthentication is disabled", STATUS_RELAY,
	    "Logging in by SMTP with a password is switched off for the "
	    "account or its organization.",
	    "Ask its Microsoft 365 administrator to allow authenticated SMTP "
	    "for the account, or let the program log in with OAuth.",
	    BY_ITS_WORDS },
	{ M, "5.7.30", "basic authentication", STATUS_RELAY,
	    "Microsoft no longer takes a password for sending by SMTP.",
	    "Let the program log in with OAuth, or send in another way.",
	    "Microsoft: Exchange Online to retire Basic auth for Client "
	    "Submission",
	    2026, true },
	{ M, "5.7.68", NULL, STATUS_RELAY,
	    "The recipient's organization accepts messages of its own domains "
	    "only from servers that it knows: Direct Send is switched off.",
	    "Ask the Microsoft 365 administrator to make a connector for the "
	    "sending server, or let the program log in and send through "
	    "Microsoft 365.",
	    "Microsoft: Introducing more control over Direct Send in Exchange "
	    "Online",
	    2025, true },
	{ M, "5.7.1", "resolver.rst.notauthorized", STATUS_BLOCKED,
	    "The recipient, or a rule of its organization, does not accept "
	    "this "
	    "sender.",
	    FIX_ASK, BY_MICROSOFT },
	{ M, "5.7.12", NULL, STATUS_BLOCKED,
	    "The recipient accepts messages only from its own organization.",
	    FIX_ASK, BY_MICROSOFT },
	{ M, "5.7.13", NULL, STATUS_BLOCKED,
	    "The recipient is a public folder that accepts messages only from "
	    "its own organization.",
	    FIX_ASK, BY_MICROSOFT },
	{ M, "5.7.124", NULL, STATUS_BLOCKED,
	    "The recipient is a group that accepts only senders on its list.",
	    FIX_ASK, BY_MICROSOFT },
	{ M, "5.7.133", NULL, STATUS_BLOCKED,
	    "The recipient is a group that accepts messages only from its own "
	    "organization.",
	    FIX_ASK, BY_MICROSOFT },
	{ M, "5.7.1", "resolver.rst.authrequired", STATUS_BLOCKED,
	    "The recipient accepts messages only from its own organization.",
	    FIX_ASK, BY_ITS_WORDS },
	{ M, "5.7.134-136", NULL, STATUS_BLOCKED,
	    "The recipient accepts messages only from its own organization.",
	    FIX_ASK, BY_MICROSOFT },

	/* --- the recipient ------------------------------------------------ */
	{ M, "5.1.10", NULL, STATUS_NO_USER,
	    "The recipient does not exist there.", FIX_ADDRESS, BY_MICROSOFT },
	{ M, "5.4.1", "recipient address rejected", STATUS_NO_USER,
	    "The recipient does not exist there, or its domain is not one of "
	    "this server's.",
	    FIX_ADDRESS, BY_MICROSOFT },
	{ M, "5.4.1", "relay access denied", STATUS_RELAY,
	    "The server does not accept messages for the recipient's domain; "
	    "its MX record may lead to the wrong one.",
	    NULL, BY_MICROSOFT },
	{ M, "5.5.0", "mailbox unavailable", STATUS_NO_USER,
	    "The recipient does not exist at Outlook.com, or its mailbox is "
	    "closed.",
	    FIX_ADDRESS, BY_MICROSOFT },
	{ M, "5.7.504-505", NULL, STATUS_NO_USER,
	    "The recipient's address is not valid there, or is banned.",
	    FIX_ADDRESS, BY_MICROSOFT },
	{ M, "5.2.3", NULL, STATUS_SIZE,
	    "The message is larger than the recipient accepts.", FIX_SIZE,
	    BY_MICROSOFT },

	/* --- permission to send ------------------------------------------- */
	{ M, "5.7.57", NULL, STATUS_RELAY,
	    "The program must log in before it sends through this server.",
	    FIX_LOGIN, BY_MICROSOFT },
	{ M, "5.7.64", NULL, STATUS_RELAY,
	    "No connector at Microsoft 365 fits the sending server, by its "
	    "address or certificate.",
	    "Correct the inbound connector: address or certificate of the "
	    "sending server.",
	    BY_MICROSOFT },
	{ M, "5.7.51", NULL, STATUS_RELAY,
	    "A connector accepts the sender's domain only from certain "
	    "servers, "
	    "and this is not one of them.",
	    "Correct the inbound connector: address or certificate of the "
	    "sending server.",
	    BY_MICROSOFT },
	{ M, "5.7.1", "unable to relay", STATUS_RELAY,
	    "The server does not deliver for this sender to other domains.",
	    FIX_LOGIN, BY_MICROSOFT },
	{ M, "5.7.1", "client was not authenticated", STATUS_RELAY,
	    "The program must log in before it sends through this server.",
	    FIX_LOGIN, BY_MICROSOFT },
	{ M, "5.7.60", "send as this sender", STATUS_RELAY,
	    "The account may not send as this address.",
	    "Send as the account's own address, or let its administrator allow "
	    "the other one.",
	    BY_ITS_WORDS },
	{ M, "5.7.520", NULL, STATUS_BLOCKED,
	    "The sending organization forbids forwarding to addresses outside.",
	    "Let the administrator of Microsoft 365 allow external forwarding.",
	    "Microsoft: Configuring and controlling external email forwarding "
	    "in Microsoft 365",
	    2024, true },
	{ M, "5.7.3", NULL, STATUS_RELAY,
	    "The two servers did not authenticate to each other as they must.",
	    FIX_LOGIN, BY_MICROSOFT },
	{ M, "5.1.7", NULL, STATUS_OTHER, "The sender's address is not valid.",
	    FIX_DOMAIN, BY_MICROSOFT },

	/* --- faults ------------------------------------------------------- */
	{ M, "x.3.190", NULL, STATUS_OTHER,
	    "The organization does not accept journal reports.", NULL,
	    BY_MICROSOFT },
	{ M, "4.3.1", NULL, STATUS_SYSTEM,
	    "The server is short of memory or disk space.", NULL,
	    BY_MICROSOFT },
	{ M, "4.4.3", "temporary server error", STATUS_SYSTEM,
	    "Microsoft's server has a passing fault.", NULL, BY_ITS_WORDS },
	{ M, "4.7.0", "temporary server error", STATUS_SYSTEM,
	    "Microsoft's server has a passing fault.", NULL, BY_ITS_WORDS },
	{ M, "4.4.24-28", NULL, STATUS_SYSTEM,
	    "Probably Microsoft's servers could not store a second copy of the "
	    "message.",
	    NULL, BY_GUESS },
};
const size_t status_microsoft_size = sizeof(status_microsoft) /
    sizeof(status_microsoft[0]);
