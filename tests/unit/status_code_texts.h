/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers as servers give them, in the fixed phrases that they send, and what
 * each of them means.
 */
#ifndef RUAD_TESTS_UNIT_STATUS_CODE_TEXTS_H
#define RUAD_TESTS_UNIT_STATUS_CODE_TEXTS_H

#include "report/status_code.h"

struct answer {
	const char *remote_mta;
	int code;
	const char *enhanced;
	const char *text;
	enum status_receiver receiver;
	enum status_class class;
};

#define GMAIL "gmail-smtp-in.l.google.com"
#define M365 "example-org.mail.protection.outlook.com"
#define LIVE "outlook-com.olc.protection.outlook.com"
#define YMX "mta7.am0.yahoodns.net"

static const struct answer answers[] = {
	/* Microsoft's servers have two names. */
	{ NULL, 535, "5.7.139",
	    "Authentication unsuccessful, basic authentication is disabled. "
	    "[AM0PR01CA0001.eurprd01.prod.exchangelabs.com]",
	    STATUS_MICROSOFT, STATUS_RELAY },
	/* Google: one code, several meanings, by the text. */
	{ GMAIL, 550, "5.7.26",
	    "Unauthenticated email from example.org is not accepted due to "
	    "domain's DMARC policy. Please contact the administrator of "
	    "example.org domain. x1si123qkp.7 - gsmtp",
	    STATUS_GOOGLE, STATUS_DMARC },
	{ GMAIL, 550, "5.7.26",
	    "The MAIL FROM domain [example.org] has an SPF record with a hard "
	    "fail policy (-all) but it fails to pass SPF checks with the ip: "
	    "[192.0.2.7]. - gsmtp",
	    STATUS_GOOGLE, STATUS_SPF },
	{ GMAIL, 550, "5.7.26",
	    "This mail has been blocked because the sender is unauthenticated. "
	    "Gmail requires all senders to authenticate with either SPF or "
	    "DKIM. Authentication results: DKIM = did not pass SPF "
	    "[example.org] with ip: [192.0.2.7] = did not pass - gsmtp",
	    STATUS_GOOGLE, STATUS_AUTHENTICATION },
	{ GMAIL, 451, "4.7.26",
	    "Unauthenticated email from example.org is not accepted due to "
	    "domain's DMARC policy, but temporary DNS failures prevent "
	    "authentication. - gsmtp",
	    STATUS_GOOGLE, STATUS_DNS },
	{ GMAIL, 550, "5.7.26", "Refused in words not seen before - gsmtp",
	    STATUS_GOOGLE, STATUS_AUTHENTICATION },
	{ NULL, 421, "4.7.26",
	    "Your email has been rate limited because it is unauthenticated. "
	    "Gmail requires all senders to authenticate with either SPF or "
	    "DKIM. ab12si1.3 - gsmtp",
	    STATUS_GOOGLE, STATUS_AUTHENTICATION },
	{ GMAIL, 550, "5.7.27",
	    "This message was blocked because it did not pass SPF "
	    "authentication. - gsmtp",
	    STATUS_GOOGLE, STATUS_SPF },
	{ "mx.example.net", 550, "5.7.27", "Sender address has null MX",
	    STATUS_ANY, STATUS_DNS },
	{ NULL, 550, "5.7.27", "Sender domain says it takes no mail",
	    STATUS_ANY, STATUS_DNS },
	{ NULL, 550, "5.7.27", "SPF authentication did not pass", STATUS_ANY,
	    STATUS_SPF },
	{ GMAIL, 421, "4.7.30",
	    "Your email has been rate limited because DKIM authentication "
	    "didn't pass for this message. - gsmtp",
	    STATUS_GOOGLE, STATUS_DKIM },
	{ "mx.example.net", 550, "5.7.30", "REQUIRETLS support required",
	    STATUS_ANY, STATUS_TLS },
	{ GMAIL, 550, "5.7.28",
	    "This message was blocked because it didn't pass DKIM "
	    "authentication. - gsmtp",
	    STATUS_GOOGLE, STATUS_DKIM },
	{ GMAIL, 421, "4.7.28",
	    "Gmail has detected an unusual rate of unsolicited mail "
	    "originating from your DKIM domain [example.org 36]. - gsmtp",
	    STATUS_GOOGLE, STATUS_REPUTATION },
	{ GMAIL, 421, "4.7.28",
	    "Gmail has detected an unusual rate of email. - gsmtp",
	    STATUS_GOOGLE, STATUS_RATE },
	{ GMAIL, 421, "4.7.40",
	    "Your email has been rate limited because the sending domain "
	    "doesn't have a DMARC record. - gsmtp",
	    STATUS_GOOGLE, STATUS_NO_RECORD },
	{ GMAIL, 504, "5.7.40", "Unrecognized authentication type - gsmtp",
	    STATUS_GOOGLE, STATUS_RELAY },
	{ GMAIL, 421, "5.7.32",
	    "Your email was blocked because the From: header (RFC5322) in this "
	    "message isn't aligned with either the authenticated SPF or DKIM "
	    "organizational domain. - gsmtp",
	    STATUS_GOOGLE, STATUS_ALIGNMENT },
	{ GMAIL, 421, "4.7.29", "not sent over a TLS connection - gsmtp",
	    STATUS_GOOGLE, STATUS_TLS },
	{ "mx.example.net", 550, "5.7.29", "ARC validation failure", STATUS_ANY,
	    STATUS_AUTHENTICATION },
	{ GMAIL, 451, "4.7.23", "The sending IP has no PTR record - gsmtp",
	    STATUS_GOOGLE, STATUS_REVERSE_DNS },
	{ GMAIL, 421, "4.7.0",
	    "The IP address sending this message does not have a PTR record, "
	    "or the corresponding forward DNS entry does not point to it. - "
	    "gsmtp",
	    STATUS_GOOGLE, STATUS_REVERSE_DNS },
	{ GMAIL, 421, "4.7.0",
	    "TLS required for RCPT domain, closing connection - gsmtp",
	    STATUS_GOOGLE, STATUS_TLS },
	{ GMAIL, 421, "4.7.0",
	    "This message is suspicious due to the very low reputation of the "
	    "sending IP address. - gsmtp",
	    STATUS_GOOGLE, STATUS_REPUTATION },
	{ GMAIL, 421, "4.7.0",
	    "This message is suspicious due to the nature of the content or "
	    "the links within. - gsmtp",
	    STATUS_GOOGLE, STATUS_CONTENT },
	{ GMAIL, 451, "4.7.24", "SPF record has suspicious entries - gsmtp",
	    STATUS_GOOGLE, STATUS_SPF },
	/* 5.7.1: the text alone says what. */
	{ GMAIL, 550, "5.7.1",
	    "This message violates example.net email policy. - gcdp "
	    "ab1si2.3 - gsmtp",
	    STATUS_GOOGLE, STATUS_BLOCKED },
	{ GMAIL, 550, "5.7.1",
	    "Our system has detected that this message is likely unsolicited "
	    "mail. - gsmtp",
	    STATUS_GOOGLE, STATUS_CONTENT },
	{ GMAIL, 550, "5.7.1",
	    "Messages missing a valid address in From: header, or having no "
	    "From: header, are not accepted. - gsmtp",
	    STATUS_GOOGLE, STATUS_HEADER },
	{ GMAIL, 550, "5.7.1",
	    "This message is not RFC 5322 compliant because it has duplicate "
	    "headers. - gsmtp",
	    STATUS_GOOGLE, STATUS_HEADER },
	{ GMAIL, 550, "5.7.1",
	    "This message does not meet IPv6 sending guidelines regarding PTR "
	    "records and authentication. - gsmtp",
	    STATUS_GOOGLE, STATUS_REVERSE_DNS },
	{ GMAIL, 550, "5.7.1",
	    "The user or domain that you are sending to (or from) has a policy "
	    "that prohibits the mail that you sent. - gsmtp",
	    STATUS_GOOGLE, STATUS_BLOCKED },
	{ GMAIL, 550, "5.7.1", "Something new - gsmtp", STATUS_GOOGLE,
	    STATUS_OTHER },
	{ GMAIL, 550, "5.1.1",
	    "The email account that you tried to reach does not exist. Please "
	    "try double-checking the recipient's email address. - gsmtp",
	    STATUS_GOOGLE, STATUS_NO_USER },
	{ GMAIL, 550, "5.2.1",
	    "The email account that you tried to reach is disabled. - gsmtp",
	    STATUS_GOOGLE, STATUS_MAILBOX },
	{ GMAIL, 450, "4.2.1",
	    "The user you are trying to contact is receiving mail too quickly. "
	    "- gsmtp",
	    STATUS_GOOGLE, STATUS_RATE },
	{ GMAIL, 452, "4.2.2",
	    "The recipient's inbox is out of storage space. - gsmtp",
	    STATUS_GOOGLE, STATUS_MAILBOX },
	{ GMAIL, 552, "5.7.0",
	    "This message was blocked because its content presents a potential "
	    "security issue. - gsmtp",
	    STATUS_GOOGLE, STATUS_CONTENT },
	{ GMAIL, 554, "5.4.6", "Message exceeded 50 hops - gsmtp",
	    STATUS_GOOGLE, STATUS_LOOP },
	{ "smtp-relay.gmail.com", 550, "5.7.0",
	    "Mail relay denied [192.0.2.7]. Invalid credentials for relay. - "
	    "gsmtp",
	    STATUS_GOOGLE, STATUS_RELAY },

	/* Microsoft. */
	{ M365, 550, "5.7.509",
	    "Access denied, sending domain [EXAMPLE.ORG] does not pass DMARC "
	    "verification and has a DMARC policy of reject. "
	    "[AM0PR01.eurprd01.prod.outlook.com 2026-11-02T10:00:00.000Z]",
	    STATUS_MICROSOFT, STATUS_DMARC },
	{ LIVE, 550, "5.7.515",
	    "Access denied, sending domain EXAMPLE.ORG does not meet the "
	    "required authentication level. [S2]",
	    STATUS_MICROSOFT, STATUS_REQUIREMENTS },
	{ M365, 550, "5.7.23",
	    "The message was rejected because of Sender Policy Framework "
	    "violation -> 550 5.7.1 SPF unauthorized mail is prohibited.",
	    STATUS_MICROSOFT, STATUS_SPF },
	{ M365, 550, "5.7.25",
	    "Access denied, the sending IPv6 address [2001:db8::7] must have a "
	    "reverse DNS record",
	    STATUS_MICROSOFT, STATUS_REVERSE_DNS },
	{ M365, 450, "4.7.26",
	    "Access denied, a message sent over IPv6 [2001:db8::7] must pass "
	    "either SPF or DKIM validation, this message is not signed",
	    STATUS_MICROSOFT, STATUS_AUTHENTICATION },
	{ M365, 550, "5.7.606",
	    "Access denied, banned sending IP [192.0.2.7]. To request removal "
	    "from this list please visit https://sender.office.com/",
	    STATUS_MICROSOFT, STATUS_REPUTATION },
	{ NULL, 550, "5.7.640",
	    "Access denied, banned sending IP; see "
	    "https://sender.office.com/ and follow the directions",
	    STATUS_MICROSOFT, STATUS_REPUTATION },
	{ LIVE, 550, "5.7.1",
	    "Unfortunately, messages from [192.0.2.7] weren't sent. Please "
	    "contact your Internet service provider since part of their "
	    "network is on our block list (S3150).",
	    STATUS_MICROSOFT, STATUS_REPUTATION },
	{ M365, 550, "5.7.513",
	    "Service unavailable, Client host [192.0.2.7] blocked by "
	    "example.net using Customer Block list (AS16012607)",
	    STATUS_MICROSOFT, STATUS_BLOCKED },
	{ M365, 451, "4.7.500",
	    "Server busy. Please try again later from [192.0.2.7]. (AS843)",
	    STATUS_MICROSOFT, STATUS_RATE },
	{ LIVE, 451, "4.7.650",
	    "The mail server [192.0.2.7] has been temporarily rate limited due "
	    "to IP reputation. (S775)",
	    STATUS_MICROSOFT, STATUS_REPUTATION },
	{ M365, 451, "4.7.860", "Access denied, please try again later",
	    STATUS_MICROSOFT, STATUS_RATE },
	{ M365, 550, "5.1.10",
	    "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP "
	    "address lookup",
	    STATUS_MICROSOFT, STATUS_NO_USER },
	{ "mx.example.net", 556, "5.1.10", "Recipient address has null MX",
	    STATUS_ANY, STATUS_NO_USER },
	{ M365, 550, "5.4.1", "Recipient address rejected: Access denied.",
	    STATUS_MICROSOFT, STATUS_NO_USER },
	{ M365, 550, "5.7.64", "TenantAttribution; Relay Access Denied",
	    STATUS_MICROSOFT, STATUS_RELAY },
	{ M365, 550, "5.7.1",
	    "TRANSPORT.RULES.RejectMessage; the message was rejected by "
	    "organization policy",
	    STATUS_MICROSOFT, STATUS_BLOCKED },
	{ NULL, 550, "5.7.133",
	    "RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication "
	    "required [AM0PR01.eurprd01.prod.outlook.com]",
	    STATUS_MICROSOFT, STATUS_BLOCKED },
	{ M365, 454, "4.7.323",
	    "tlsa-invalid: The domain failed DANE validation", STATUS_MICROSOFT,
	    STATUS_TLS },
	{ M365, 550, "5.7.512",
	    "Access denied, message must be RFC 5322 section 3.6.2 compliant "
	    "and include a valid From address",
	    STATUS_MICROSOFT, STATUS_HEADER },
	{ M365, 550, "5.7.506", "Access Denied, Bad HELO", STATUS_MICROSOFT,
	    STATUS_REVERSE_DNS },
	{ M365, 554, "5.4.14", "Hop count exceeded - possible mail loop ATTR34",
	    STATUS_MICROSOFT, STATUS_LOOP },
	{ M365, 550, "5.4.8",
	    "MX hosts of 'example.net' failed MTA-STS validation",
	    STATUS_MICROSOFT, STATUS_TLS },
	{ M365, 550, "5.7.800", "Access denied, banned sender",
	    STATUS_MICROSOFT, STATUS_REPUTATION },
	{ M365, 550, "5.7.799", "Nobody knows this one", STATUS_MICROSOFT,
	    STATUS_OTHER },

	/* Yahoo, Apple, GMX and others. */
	{ YMX, 554, "5.7.9",
	    "Message not accepted for policy reasons. See "
	    "https://senders.yahooinc.com/error-codes",
	    STATUS_YAHOO, STATUS_AUTHENTICATION },
	{ YMX, 421, "4.7.0",
	    "[TSS04] Messages from 192.0.2.7 temporarily deferred due to "
	    "unexpected volume or user complaints - 4.16.55.1",
	    STATUS_YAHOO, STATUS_REPUTATION },
	{ NULL, 421, "4.7.0",
	    "[TS03] Messages from 192.0.2.7 deferred; see "
	    "https://postmaster.yahooinc.com/error-codes",
	    STATUS_YAHOO, STATUS_REPUTATION },
	{ "mx.example.net", 421, "4.7.0", "[TS03] deferred for now", STATUS_ANY,
	    STATUS_OTHER },
	{ YMX, 554, NULL, "Message not allowed - [PH01] Email not accepted",
	    STATUS_YAHOO, STATUS_CONTENT },
	{ YMX, 553, "5.7.1",
	    "[BL21] Connections will not be accepted from 192.0.2.7, because "
	    "the ip is in Spamhaus's list",
	    STATUS_YAHOO, STATUS_REPUTATION },
	{ YMX, 451, NULL,
	    "Message temporarily deferred due to unresolvable RFC.5321 from "
	    "domain",
	    STATUS_YAHOO, STATUS_DNS },
	{ YMX, 554, NULL,
	    "delivery error: dd This user doesn't have a yahoo.com account",
	    STATUS_YAHOO, STATUS_NO_USER },
	{ "mx01.mail.icloud.com", 554, "5.7.1",
	    "Your message was rejected due to example.org's DMARC policy.",
	    STATUS_APPLE, STATUS_DMARC },
	{ "mx01.mail.icloud.com", 550, "5.7.1",
	    "[CS01] Message rejected due to local policy.", STATUS_APPLE,
	    STATUS_REPUTATION },
	{ "mx00.emig.gmx.net", 550, NULL,
	    "Requested action not taken: mailbox unavailable", STATUS_GMX,
	    STATUS_NO_USER },
	{ "mx00.emig.gmx.net", 550, NULL,
	    "Reject due to SPF policy. The originating IP of the message is "
	    "not permitted by the domain owner",
	    STATUS_GMX, STATUS_SPF },
	{ NULL, 554, NULL,
	    "gmx.net (mxgmx104) Nemesis ESMTP Service not available No SMTP "
	    "service IP address is block listed. For explanation visit "
	    "https://postmaster.gmx.net/en/case?c=r0201&i=ip&v=192.0.2.7",
	    STATUS_GMX, STATUS_REPUTATION },
	{ "mx02.t-online.de", 554, NULL,
	    "IP=192.0.2.7 - None/bad reputation. Ask your postmaster for help "
	    "or to contact tobr@rx.t-online.de for reset. (NOWL)",
	    STATUS_T_ONLINE, STATUS_REPUTATION },
	{ "mxs.mail.ru", 550, "5.7.1",
	    "This message was not accepted due to domain owner DMARC policy "
	    "(RFC 7489)",
	    STATUS_MAILRU, STATUS_DMARC },
	{ "mxs.mail.ru", 550, NULL, "spam message rejected. Please visit",
	    STATUS_MAILRU, STATUS_CONTENT },
	{ "mx.yandex.ru", 554, "5.7.1",
	    "Message rejected under suspicion of SPAM", STATUS_YANDEX,
	    STATUS_CONTENT },
	{ "mx07-00.pphosted.com", 554, "5.7.0",
	    "Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.7",
	    STATUS_PROOFPOINT, STATUS_REPUTATION },
	{ "eu-smtp-inbound-1.mimecast.com", 550, NULL,
	    "SPF Sender Invalid - envelope rejected", STATUS_MIMECAST,
	    STATUS_SPF },
	{ "eu-smtp-inbound-1.mimecast.com", 550, NULL,
	    "Administrative prohibition - envelope blocked", STATUS_MIMECAST,
	    STATUS_BLOCKED },
	{ "d1.ess.barracudanetworks.com", 550, NULL,
	    "permanent failure for one or more recipients (a@example.net:"
	    "blocked)",
	    STATUS_BARRACUDA, STATUS_BLOCKED },
	{ "mx1.emailsrvr.com", 450, "4.7.1",
	    "Client host 192.0.2.7 has no PTR record (G1F)", STATUS_RACKSPACE,
	    STATUS_REVERSE_DNS },

	/* Programs and filters, at anybody's. */
	{ "mx.example.net", 550, "5.7.1",
	    "rejected by DMARC policy for "
	    "example.org",
	    STATUS_ANY, STATUS_DMARC },
	{ "mx.example.net", 554, "5.7.1", "Action set by DMARC", STATUS_ANY,
	    STATUS_DMARC },
	{ "mx.example.net", 554, "5.7.1", "Spam message rejected", STATUS_ANY,
	    STATUS_CONTENT },
	{ "mx.example.net", 550, "5.7.23",
	    "Message rejected due to: SPF fail - not authorized. Please see "
	    "http://www.openspf.net/Why?s=mfrom;id=a@example.org",
	    STATUS_ANY, STATUS_SPF },
	{ "mx.example.net", 554, "5.7.1",
	    "Service unavailable; Client host [192.0.2.7] blocked using "
	    "zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.7",
	    STATUS_ANY, STATUS_REPUTATION },
	{ "mx.example.net", 554, "5.7.1",
	    "Service unavailable; Client host [192.0.2.7] blocked using "
	    "zen.spamhaus.org; Error: open resolver; "
	    "https://check.spamhaus.org/returnc/pub/192.0.2.1/",
	    STATUS_ANY, STATUS_BLOCKED },
	{ "mx.example.net", 554, "5.7.1",
	    "Service unavailable; Client host [mail-a1.google.com] blocked "
	    "using bl.spamcop.net",
	    STATUS_ANY, STATUS_REPUTATION },
	{ "mx.example.net", 450, "4.7.1",
	    "Client host rejected: cannot find your reverse hostname, "
	    "[192.0.2.7]",
	    STATUS_ANY, STATUS_REVERSE_DNS },
	{ "mx.example.net", 504, "5.5.2",
	    "<app>: Helo command rejected: need fully-qualified hostname",
	    STATUS_ANY, STATUS_REVERSE_DNS },
	{ "mx.example.net", 450, "4.2.0",
	    "<a@example.net>: Recipient address rejected: Greylisted",
	    STATUS_ANY, STATUS_OTHER },
	{ "mx.example.net", 550, "5.1.1",
	    "<dmarc@example.net>: Recipient address rejected: User unknown in "
	    "virtual mailbox table",
	    STATUS_ANY, STATUS_NO_USER },
	{ "mx.example.net", 454, "4.7.1",
	    "<a@example.net>: Relay access "
	    "denied",
	    STATUS_ANY, STATUS_RELAY },
	{ "mx.example.net", 550, NULL, "Unrouteable address", STATUS_ANY,
	    STATUS_NO_USER },
	{ "mx.example.net", 550, NULL, "relay not permitted", STATUS_ANY,
	    STATUS_RELAY },
	{ "mx.example.net", 550, NULL, "Administrative prohibition", STATUS_ANY,
	    STATUS_BLOCKED },
	{ NULL, 0, NULL,
	    "all hosts for 'example.net' have been failing for a long time "
	    "(and retry time not reached)",
	    STATUS_ANY, STATUS_NETWORK },
	{ NULL, 0, NULL, "retry time not reached for any host", STATUS_ANY,
	    STATUS_NETWORK },
	{ NULL, 0, NULL,
	    "SMTP timeout while connected to mx.example.net [192.0.2.1] after "
	    "initial connection",
	    STATUS_ANY, STATUS_NETWORK },
	{ NULL, 0, NULL, "all relevant MX records point to non-existent hosts",
	    STATUS_ANY, STATUS_DNS },
	{ NULL, 0, NULL, "an MX or SRV record indicated no SMTP service",
	    STATUS_ANY, STATUS_NO_USER },
	{ NULL, 0, NULL, "host lookup did not complete", STATUS_ANY,
	    STATUS_DNS },
	{ NULL, 0, NULL, "lowest numbered MX record points to local host",
	    STATUS_ANY, STATUS_DNS },
	{ NULL, 0, NULL,
	    "a TLS session is required, but the server did not offer TLS "
	    "support",
	    STATUS_ANY, STATUS_TLS },
	{ "mx.example.net", 552, "5.3.4", "Message size exceeds fixed limit",
	    STATUS_ANY, STATUS_SIZE },
	{ "mx.example.net", 550, "5.1.8",
	    "<a@example.org>: Sender address rejected: Domain not found",
	    STATUS_ANY, STATUS_DNS },
	{ "mx.example.net", 0, "5.4.4",
	    "Host or domain name not found. Name service error for "
	    "name=example.net type=A: Host not found",
	    STATUS_ANY, STATUS_DNS },
	{ NULL, 0, "4.4.1",
	    "connect to mx.example.net[192.0.2.9]:25: Connection timed out",
	    STATUS_ANY, STATUS_NETWORK },
	{ "mx.example.net", 552, "5.2.2", "Mailbox full", STATUS_ANY,
	    STATUS_MAILBOX },
	{ "mx.example.net", 530, "5.7.0", "Must issue a STARTTLS command first",
	    STATUS_ANY, STATUS_TLS },
	{ "mx.example.net", 421, "4.7.0",
	    "Error: too many connections from 192.0.2.7", STATUS_ANY,
	    STATUS_RATE },

	{ "mx.example.net", 421, NULL,
	    "temporarily refused: DMARC check failed", STATUS_ANY,
	    STATUS_DMARC },
	{ "mx.example.net", 451, NULL, "DMARC: temporary DNS failure",
	    STATUS_ANY, STATUS_DNS },
	/* It may be no user, or policy. */
	{ "mx.example.net", 550, NULL,
	    "Requested action not taken: mailbox unavailable", STATUS_ANY,
	    STATUS_OTHER },
	{ "mx.example.net", 550, "5.1.1",
	    "Requested action not taken: mailbox unavailable", STATUS_ANY,
	    STATUS_NO_USER },

	/* No host is named: fixed phrases and three digits tell whose it is. */
	{ NULL, 550, "5.7.515",
	    "Access denied, sending domain example.org doesn't meet the "
	    "required authentication level.",
	    STATUS_MICROSOFT, STATUS_REQUIREMENTS },
	{ NULL, 550, "5.7.509",
	    "Access denied, sending domain example.org does not pass DMARC "
	    "verification",
	    STATUS_MICROSOFT, STATUS_DMARC },
	{ NULL, 550, "5.7.1",
	    "<shop@example.com>: Sender address rejected: SPF fail", STATUS_ANY,
	    STATUS_SPF },
	{ NULL, 451, "4.7.1", "Try again later", STATUS_ANY, STATUS_OTHER },

	/* RFC 7372 and the bare codes. */
	{ "mx.example.net", 550, "5.7.20", "No", STATUS_ANY, STATUS_DKIM },
	{ "mx.example.net", 550, "5.7.22", "No", STATUS_ANY, STATUS_ALIGNMENT },
	{ "mx.example.net", 451, "4.7.24", "Later", STATUS_ANY, STATUS_SPF },
	{ "mx.example.net", 550, "5.7.25", "No", STATUS_ANY,
	    STATUS_REVERSE_DNS },
	{ "mx.example.net", 550, "5.7.26", "No", STATUS_ANY,
	    STATUS_AUTHENTICATION },
	{ "mx.example.net", 550, "5.7.1", "No", STATUS_ANY, STATUS_OTHER },
	{ "mx.example.net", 550, "5.1.99", "No", STATUS_ANY, STATUS_OTHER },
	{ "mx.example.net", 550, "5.9.9", "No", STATUS_ANY, STATUS_OTHER },
	{ "mx.example.net", 551, NULL, "No", STATUS_ANY, STATUS_NO_USER },
	{ NULL, 0, NULL, NULL, STATUS_ANY, STATUS_OTHER },
};

#endif
