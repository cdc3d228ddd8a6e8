/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a server meant when it refused a message or put it off: by who it is,
 * the codes and the words of its answer.  Facts that ruad brings along, each
 * with where it is from.  Pure.  All that is asked about is foreign and may be
 * NULL, forged or nonsense.
 */
#ifndef RUAD_REPORT_STATUS_CODE_H
#define RUAD_REPORT_STATUS_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* On what ground. */
enum status_class {
	STATUS_OTHER,          /* none of the others, or not told */
	STATUS_AUTHENTICATION, /* several of these, or not told which: */
	STATUS_REQUIREMENTS,   /* SPF, DKIM and DMARC, all of them demanded */
	STATUS_SPF,
	STATUS_DKIM,
	STATUS_DMARC,     /* DMARC failed, and its policy was acted on */
	STATUS_ALIGNMENT, /* something passed, for another domain than From: */
	STATUS_NO_RECORD, /* the domain publishes no DMARC record or policy */
	STATUS_REPUTATION,
	STATUS_CONTENT,
	STATUS_HEADER, /* a fault in the header, or of the message's form */
	STATUS_RATE,
	STATUS_REVERSE_DNS, /* of the server's address, or its HELO name */
	STATUS_TLS,
	STATUS_NO_USER,
	STATUS_MAILBOX, /* full, disabled or moved */
	STATUS_SIZE,
	STATUS_LOOP,
	STATUS_RELAY,   /* no permission to send through it, or to there */
	STATUS_BLOCKED, /* a rule of the receiver's own */
	STATUS_DNS,     /* DNS did not answer, or has no usable host */
	STATUS_NETWORK, /* no connection, or time ran out */
	STATUS_SYSTEM,  /* the receiving system is busy or has a fault */
	STATUS_CLASSES,
};

/* The word for programs: "reverse_dns". */
const char *status_class_word(enum status_class);

/* Whose servers or program gave the answer. */
enum status_receiver {
	STATUS_ANY, /* not known */
	STATUS_GOOGLE,
	STATUS_MICROSOFT, /* 365 and Outlook.com, on the same hosts */
	STATUS_YAHOO,     /* and AOL, AT&T */
	STATUS_APPLE,
	STATUS_GMX, /* and web.de, mail.com, IONOS */
	STATUS_T_ONLINE,
	STATUS_MAILRU,
	STATUS_YANDEX,
	STATUS_PROOFPOINT,
	STATUS_MIMECAST,
	STATUS_BARRACUDA,
	STATUS_CISCO,
	STATUS_TREND_MICRO,
	STATUS_SYMANTEC,
	STATUS_HORNETSECURITY,
	STATUS_SPAMEXPERTS,
	STATUS_CLOUDFLARE,
	STATUS_SPECTRUM,
	STATUS_ORANGE,
	STATUS_FREE,
	STATUS_LAPOSTE,
	STATUS_TENCENT,
	STATUS_NETEASE,
	STATUS_NAVER,
	STATUS_SEZNAM,
	STATUS_ZOHO,
	STATUS_FASTMAIL,
	STATUS_PROTON,
	STATUS_GODADDY,
	STATUS_RACKSPACE,
	STATUS_AMAZON,
	STATUS_RECEIVERS,
};

/* "google", "Google"; of STATUS_ANY "unknown", "the receiving server". */
const char *status_receiver_word(enum status_receiver);
const char *status_receiver_name(enum status_receiver);

/* What is known about an answer: struct explain_recipient and its reply. */
struct status_question {
	const char *remote_mta;    /* Remote-MTA of a bounce */
	const char *host;          /* whose answer it is, if words say so */
	const char *reporting_mta; /* Reporting-MTA of a bounce */
	int64_t code;              /* of SMTP; 0: none */
	const char *enhanced;      /* "5.7.26", in the answer */
	const char *status;        /* the same, in the bounce's Status field */
	const char *text;          /* the answer's words */
	int fate; /* 2, 4, 5: what a log says became of it; 0: nothing */
};

/*
 * Who gave the answer: by remote_mta, else host, else what only its servers
 * write into text.  reporting_mta counts only when none of the first two is
 * there, because it is the sender's own side otherwise.
 */
enum status_receiver status_receiver_find(const struct status_question *);

/* What an answer was understood by: the first that there is. */
enum status_ground {
	STATUS_BY_RECEIVER_CODE_WORDS,
	STATUS_BY_RECEIVER_WORDS,
	STATUS_BY_RECEIVER_CODE,
	STATUS_BY_CODE_WORDS,
	STATUS_BY_WORDS,
	STATUS_BY_CODE,    /* registered code (RFC 3463 and later ones) */
	STATUS_BY_SUBJECT, /* only its first two numbers tell anything */
	STATUS_BY_REPLY,   /* only the reply code of SMTP (RFC 5321) */
	STATUS_BY_NOTHING, /* there was no code, and no words were known */
	STATUS_GROUNDS,
};

/*
 * The answer.  Never guessed: of a code that is not known only what RFC 3463
 * says of its numbers.  All strings are constants.
 */
struct status_meaning {
	enum status_receiver receiver;
	enum status_ground ground;
	enum status_class class;
	bool is_permanent; /* 5yz; else it is tried again, or is no failure */
	bool is_temporary; /* 4yz */
	bool is_taken;     /* the server is responsible for it now */
	bool is_step;      /* it agreed to something before the message */
	/* A sentence; "probably" is in it if it was not looked up. */
	const char *meaning;
	const char *change; /* a sentence; NULL: nothing of the sender's */
	const char *source; /* page or RFC; NULL by nothing */
	int year;           /* of it */
	bool is_verified;   /* the source says so, or the RFC does */
};

/*
 * Look it up.  The enhanced code is that in the answer, else the first in the
 * text, else that of the Status field, which the reporting server may have
 * made up; the receiver by status_receiver_find().
 */
void status_code_find(const struct status_question *, struct status_meaning *);

/*
 * Whether it tells that attempts were given up after some time, by its words or
 * code (5.4.7 of RFC 3463): what was put off then never arrived.  4.4.7 alone
 * may be an attempt of which others follow.
 */
bool status_is_expired(const struct status_question *);

#endif
