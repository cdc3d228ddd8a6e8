/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The facts of report/status_code.h, and what they are written with.  Pure.
 */
#ifndef RUAD_REPORT_STATUS_CODE_TABLE_H
#define RUAD_REPORT_STATUS_CODE_TABLE_H

#include "report/status_code.h"

struct status_row {
	enum status_receiver receiver;
	/*
	 * "5.7.26"; "x.7.26", temporary or permanent; "5.7.606-649"; "x.7.*",
	 * all of a subject; a reply code "550"; NULL: any or none.
	 */
	const char *code;
	/*
	 * All of these must be in the text, any case, as whole words: separated
	 * by "|", each of one or more words.  "#" is any digit, a last "*" any
	 * end of the word.  With one of ". / =" in it, it is looked for in host
	 * names and URLs, there as a suffix.  NULL: the code alone says it.
	 */
	const char *words;
	enum status_class class;
	const char *meaning;
	const char *change;
	const char *source; /* these three by one of the macros below */
	int year;
	bool is_verified;
};

/* In no order: the one that fits best counts, see status_ground. */
extern const struct status_row status_google[];
extern const size_t status_google_size;
extern const struct status_row status_microsoft[];
extern const size_t status_microsoft_size;
extern const struct status_row status_others[]; /* of other receivers */
extern const size_t status_others_size;
extern const struct status_row status_programs[]; /* of any: words */
extern const size_t status_programs_size;
extern const struct status_row status_registered[]; /* of any: codes only */
extern const size_t status_registered_size;

/* Hosts of receivers, sorted by domain: it and all below it. */
struct status_host {
	const char *domain;
	enum status_receiver receiver;
};
extern const struct status_host status_hosts[];
extern const size_t status_hosts_size;

/* What only a receiver's servers write; words as in struct status_row. */
struct status_mark {
	const char *words;
	enum status_receiver receiver;
};
extern const struct status_mark status_marks[];
extern const size_t status_marks_size;

/* All rows, by number. */
size_t status_row_count(void);
const struct status_row *status_row_at(size_t number);

/* --- a text that words are looked for in ---------------------------------- */

#define STATUS_TEXT 2048 /* bytes of a text that count */

/*
 * A text in lower case, taken apart: what people read, without addresses, and
 * the names of hosts and URLs.  In the former, "*" stands for such a name.
 */
struct status_text {
	char plain[2 * STATUS_TEXT + 2];
	char hosts[2 * STATUS_TEXT + 2];
	size_t plain_len;
	size_t hosts_len;
};

void status_text_read(struct status_text *, const char *);

/* Whether all words of a row are in it. */
bool status_text_has(const struct status_text *, const char *words);

/* --- a code --------------------------------------------------------------- */

struct status_number {
	int class;   /* 2, 4, 5; 0: there is none */
	int subject; /* 0 to 999 */
	int detail;  /* the same */
};

/* "5.7.26" and nothing else. */
bool status_number_read(const char *, struct status_number *);

/* The first in a text, which is no IP address and of a known subject. */
bool status_number_find(const char *text, struct status_number *);

/* Whether a row's pattern means it, or the reply code. */
bool status_number_fits(
    const char *pattern, const struct status_number *, int64_t code);

/* --- where facts are from ------------------------------------------------- */

#define BY_GOOGLE "Google: Gmail SMTP errors and codes", 2026, true
#define BY_GOOGLE_OLD "Google: Gmail SMTP errors and codes", 2023, true
#define BY_MICROSOFT \
	"Microsoft: NDR error codes in Exchange Online and Exchange Server", \
	    2025, true
#define BY_MICROSOFT_BULK \
	"Microsoft: Outlook's new requirements for high-volume senders", 2025, \
	    true
#define BY_YAHOO "Yahoo Sender Hub: SMTP error codes", 2026, true
#define BY_APPLE "Apple: Postmaster information for iCloud Mail", 2025, true
#define BY_GMX "GMX and WEB.DE Postmaster: error messages", 2025, true
#define BY_T_ONLINE "T-Online: answer of its postmaster team", 2020, true
#define BY_YANDEX "Yandex: Mail help, non-delivery reports", 2025, true
#define BY_MIMECAST "Mimecast: SMTP error codes", 2024, true
#define BY_PROOFPOINT "Proofpoint: Postmaster page", 2026, true
#define BY_SPAMHAUS "Spamhaus: DNSBL return codes", 2025, true
#define BY_POSTFIX "Postfix: postconf(5) and source", 2025, true
#define BY_EXIM "Exim: specification and source", 2025, true
#define BY_RSPAMD "Rspamd: configuration and source", 2025, true
#define BY_OPENDMARC "OpenDMARC: source", 2024, true
#define BY_RACKSPACE "smtp.codes: Rackspace", 2025, true
#define BY_RFC(number, year) "RFC " number, year, true
/* The answer says it itself, as bounces that are public show. */
#define BY_ITS_WORDS "the words of the answer, as in public bounces", 2026, true
/* Seen, but nobody who knows said what it means. */
#define BY_GUESS "public bounces and what is written about them", 2026, false

/* --- what to change ------------------------------------------------------- */

#define FIX_AUTHENTICATION \
	"Set up SPF and DKIM for the domain in From, so that at least one of " \
	"them passes for it."
#define FIX_SPF \
	"Add the sending server to the SPF record of the envelope sender's " \
	"domain."
#define FIX_DKIM \
	"Sign messages with DKIM, and check that the key is published and " \
	"nothing changes them after signing."
#define FIX_ALIGNMENT \
	"Sign as the domain in From, or use that domain or a subdomain of it " \
	"as envelope sender."
#define FIX_RECORD \
	"Publish a DMARC record for the domain in From, at least with p=none."
#define FIX_NAME_SERVERS \
	"Check that the name servers of the domain respond and its records " \
	"are valid."
#define FIX_PTR \
	"Give the server's address a PTR record whose name resolves back to " \
	"that address."
#define FIX_HELO \
	"Let the server greet (HELO) with its own full host name, one that " \
	"resolves."
#define FIX_REPUTATION \
	"Stop sending what recipients do not want, then raise the volume " \
	"slowly."
#define FIX_LISTING \
	"Find out why the address or domain is listed, stop that, then ask " \
	"the list to remove it."
#define FIX_CONTENT \
	"Check links, attachments and wording; send only what recipients " \
	"asked for."
#define FIX_HEADER "Let the sending program write a correct header."
#define FIX_RATE \
	"Send more slowly and over fewer connections; the server may retry " \
	"later."
#define FIX_TLS "Turn on TLS (STARTTLS) in the sending server."
#define FIX_ADDRESS \
	"Check the recipient's address, and take it off lists if it is gone."
#define FIX_SIZE "Send a smaller message, or a link instead of attachments."
#define FIX_LOOP \
	"Look for forwarding that leads back to where it came from, and end " \
	"it."
#define FIX_LOGIN \
	"Let the program log in to its own outgoing server, or allow its " \
	"address to send there."
#define FIX_ASK "Ask the recipient's administrator to allow the sender."
#define FIX_DOMAIN \
	"Use a sender address whose domain exists in DNS and accepts " \
	"messages."

#endif
