/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one message, bounce or SMTP reply says about its own fate: the facts
 * that ruad-parse --explain reads out of it, and nothing that it concludes.
 * Pure.  Everything here was written by strangers and may be forged, absent or
 * nonsense; strings are borrowed from whoever filled the struct, UTF-8, at most
 * LIMIT_TEXT bytes, and NULL where nothing was said.  No part of a body is here
 * but what a bounce says about the delivery.
 */
#ifndef RUAD_REPORT_EXPLAIN_H
#define RUAD_REPORT_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

/*
 * Where a field stands.  position counts the header's fields from the top,
 * beginning with 1; received_above are the Received fields above it, of which
 * each hop puts its own on top.  trust is who can have written it, a guess by
 * the way the message says that it took (see explain_hop.is_border), unless
 * ruad-parse was told which host's fields to believe:
 *
 *   ours      it bears an id that was named to ruad-parse (--authserv-id), and
 *             stands where only our own hosts write (--received-hops)
 *   receiver  above the Received field of the border, where the message came
 *             to its receiver: only the receiver's hosts wrote there; but what
 *             is no hop only down to the first that took it from a host which
 *             its name alone shows to be the receiver's
 *   border    below that, above the next hop below the border, and named
 *             after the receiver, who removes such fields from what strangers
 *             send (RFC 8601, 5)
 *   unknown   there is no Received field, or none that shows a border
 *   foreign   anybody before the receiver can have written it
 *
 * Only the first three may decide, and border only where the receiver is known
 * to remove such fields: not all do.  Where all is unknown, as in a field that
 * was pasted alone, what is there may be told as what it says; what is foreign
 * decides nothing.  Of the original in a bounce all is as the bounce has it.
 */
struct explain_place {
	int64_t position;
	int64_t received_above;
	const char *trust;
};

/* One mailbox in From:, lower case in its domain. */
struct explain_address {
	const char *address; /* never NULL; perhaps without an "@" */
	const char *domain;  /* NULL: no domain */
};

/* One Received field (RFC 5321, 4.4), the topmost being the last hop. */
struct explain_hop {
	struct explain_place place; /* trust: never ours */
	const char *by;             /* who wrote it, lower case */
	const char *from_helo;      /* how the client called itself */
	const char *from_name;      /* its name by reverse DNS */
	const char *from_ip;        /* inet_ntop() form, IPv4-mapped as IPv4 */
	const char *with;           /* ESMTPS, LMTP, HTTP ... as written */
	const char *tls;            /* what it says of TLS, as written */
	const char *id;
	const char *for_address;
	int64_t time; /* 0: none, or no date */
	/*
	 * The topmost one that took the message from another organization, or
	 * from an address of the Internet that has no name: the border.  What
	 * it says of its client is what the receiver saw; what is below it can
	 * be forged.  At most one is it; with --received-hops N the N-th.
	 */
	bool is_border;
};

/* "smtp.mailfrom=example.com": the property's type, its name, its value. */
struct explain_property {
	const char *ptype;    /* lower case; "" when there is no "." */
	const char *property; /* lower case */
	const char *value;
};

struct explain_result {
	const char *method;      /* lower case, never NULL; Received-SPF: spf */
	const char *result;      /* lower case, never NULL, any word */
	const char *reason;      /* reason=, which may be just a number */
	struct array properties; /* of struct explain_property, in order */
	struct array comments;   /* of const char *, without parentheses */
};

/*
 * A field that tells results of authentication (RFC 8601), in any dialect.
 * kind: ar    Authentication-Results
 *       arc   ARC-Authentication-Results (RFC 8617), see instance
 *       orig  Authentication-Results-Original and its like: a copy of what
 *             came from outside, always foreign
 *       spf   Received-SPF (RFC 7208, 9.1): one result of the method "spf"
 *             whose properties are its keys (client-ip, envelope-from, helo,
 *             identity ...) with an empty ptype
 * The id is as written, without version; NULL where there is none, as in what
 * Microsoft 365 writes; of Received-SPF the "host:" that its comment begins
 * with, else receiver=.  For a token that is nothing known ("; host;") there is
 * no result.
 */
struct explain_authres {
	const char *kind;
	struct explain_place place;
	const char *id;
	int64_t instance;     /* i= of arc; 0: none */
	struct array results; /* of struct explain_result, in order */
	/*
	 * A comment or quoted string does not end, the version is not 1, or
	 * white space is before its ":", so that a border may not have removed
	 * it: always foreign.
	 */
	bool is_broken;
};

/*
 * What can be said of a signature without a key, if the message is as it was
 * sent (explain_facts.is_intact): filled by parse/dkim_sig.c.
 */
struct explain_hash {
	const char *body; /* "match", "mismatch"; NULL: not computed */
	/*
	 * Hexadecimal hash, by the algorithm of a=, over the header fields that
	 * are signed: what b= signs.  NULL: not computed.
	 */
	const char *header;
	const char *problem; /* why not: one sentence; NULL if it was */
	/* Lines ended with LF alone, which was hashed as CRLF (6376, 5.3). */
	bool was_lf;
};

/*
 * DKIM-Signature (RFC 6376), ARC-Seal and ARC-Message-Signature (RFC 8617).
 * Tags as written, without white space where it means nothing; of a tag that
 * is there twice the first.
 */
struct explain_signature {
	const char *kind; /* "dkim", "seal", "ams" */
	struct explain_place place;
	int64_t instance; /* i= of ARC; 0: none */
	const char *d;    /* lower case */
	const char *s;    /* lower case */
	const char *a;    /* lower case */
	const char *c;    /* lower case; NULL means simple/simple */
	const char *i;    /* of DKIM: an address or "@domain" */
	const char *h;    /* "from:to:subject", lower case */
	const char *b;
	const char *bh;
	const char *cv; /* of a seal: none, fail, pass; lower case */
	int64_t t;      /* seconds since 1970; -1: none, or no number */
	int64_t x;      /* the same */
	int64_t l;      /* bytes of the body that count; -1: all */
	const char
	    *fault; /* what a verifier must reject it for: one sentence */
	struct explain_hash hash;
};

/* One value of a vendor's field: "SCL:5", "p=reject". */
struct explain_item {
	const char *key; /* as written; "" where there is a value alone */
	const char *value;
};

/*
 * A field in which a receiver wrote what it thinks of the message, such as
 * X-Forefront-Antispam-Report (CIP, CTRY, SCL, SFV, CAT, IPV, PTR, H ...).
 * Its trust: "border" when the message came to this vendor's hosts, which
 * remove such fields of others, else as it stands.
 */
struct explain_vendor {
	const char *vendor; /* microsoft, google, yahoo, rspamd ... */
	const char *field;  /* its name, as in the list of explain_vendor.c */
	struct explain_place place;
	struct array items; /* of struct explain_item, in order */
};

/* The header of one message. */
struct explain_header {
	struct array from;    /* of struct explain_address, all From: fields */
	int64_t from_fields;  /* how many From: fields there are */
	const char *sender;   /* address in Sender: */
	const char *reply_to; /* address in Reply-To: */
	const char *return_path; /* "" is the null sender */
	const char *msgid;
	const char *subject; /* decoded */
	int64_t date;        /* 0: none, or no date */
	const char *delivered_to;
	/* Marks of a list or of a message that was sent on. */
	const char *list_id; /* what is in its brackets, else all */
	const char *list_unsubscribe;
	const char *list_unsubscribe_post;
	const char *list_post;
	const char *precedence;     /* lower case: bulk, list, junk */
	const char *auto_submitted; /* lower case */
	const char *original_from;  /* address a list put in X-Original-From: */
	const char *resent_from;
	const char *forwarded_to;  /* X-Forwarded-To: */
	const char *forwarded_for; /* X-Forwarded-For: */
	struct array repeated;   /* of const char *: fields that RFC 5322 allows
	                          * once and that are there more often, lower case
	                          */
	int64_t fields;          /* how many there are */
	bool is_cut;             /* more of anything than LIMIT_EXPLAIN_... */
	struct array received;   /* of struct explain_hop, from the top */
	struct array authres;    /* of struct explain_authres, from the top */
	struct array signatures; /* of struct explain_signature, from the top */
	struct array vendors;    /* of struct explain_vendor, from the top */
};

/*
 * What a server answered: "550-5.7.26 ...", its lines joined by a space, codes
 * taken out; or such an answer within what another program says about it.
 */
struct explain_reply {
	int64_t code;         /* 200 to 599; 0: none */
	const char *enhanced; /* "5.7.26"; NULL: none */
	const char *text;     /* the rest, as written */
	const char *host;     /* whose answer it is, if the words around say */
	const char *host_ip;
	/* Both of form reply alone, as the log or the words around say: */
	const char *to;   /* for whom, an address */
	const char *fate; /* "sent", "deferred", "bounced", "rejected" */
};

/* What became of one recipient (RFC 3464, 2.3), or what the words say. */
struct explain_recipient {
	const char *address;          /* Final-Recipient, without its type */
	const char *original_address; /* Original-Recipient, the same */
	const char *action; /* lower case: failed delayed delivered ... */
	const char *status; /* "5.7.26", of the Status field */
	const char *diagnostic_type; /* lower case: smtp, x-postfix ... */
	const char *diagnostic;      /* unfolded, whole */
	const char *remote_mta;      /* without its type, lower case */
	int64_t last_attempt;        /* 0: not said */
	struct explain_reply reply;  /* within diagnostic */
};

struct explain_bounce {
	/*
	 * dsn: there is a message/delivery-status (RFC 3464); words: only text
	 * for people, in which recipients and replies were looked for.
	 */
	const char *form;
	const char *reporting_mta; /* without its type, lower case */
	const char *received_from_mta;
	int64_t arrival;         /* 0: not said */
	bool has_original;       /* header fields of the original are there */
	struct array recipients; /* of struct explain_recipient */
};

/*
 * Everything.  form:
 *   message  header and body
 *   headers  a header alone, as it was
 *   pasted   a header that lost its folding, or has lines of other things
 *   reply    no header: only what a server answered, or a line of a log
 *   none     nothing that can be explained; reason says why
 * is_bounce, is_mbox come on top.
 */
struct explain_facts {
	const char *form;
	const char *reason; /* of none: "it is empty"; else NULL */
	bool is_bounce;
	bool is_mbox;     /* a "From " line came first; of several messages the
	                   * first is explained, see messages */
	int64_t messages; /* in it; 1 unless is_mbox */
	bool is_failure; /* a failure report (RFC 6591) about another message */
	bool
	    has_attached; /* a message is attached to it, and it is no bounce */
	/*
	 * Nothing was mended: signatures can be verified; with the form
	 * headers, all of them but the body.
	 */
	bool is_intact;
	/*
	 * Of the message; of a bounce that of the ORIGINAL, empty when it is
	 * not there, and outer is the bounce's own.
	 */
	struct explain_header header;
	struct explain_header outer;  /* empty unless is_bounce */
	struct explain_bounce bounce; /* empty unless is_bounce */
	struct array replies;         /* of struct explain_reply; form reply */
};

/* Free all arrays, not the strings, and zero it. */
void explain_header_done(struct explain_header *);
void explain_facts_done(struct explain_facts *);

/* Legal words. */
bool explain_is_trust(const char *);
bool explain_is_form(const char *);
bool explain_is_authres_kind(const char *);
bool explain_is_signature_kind(const char *);
bool explain_is_fate(const char *);

/* --- on the wire: explain_wire.c ------------------------------------------ */

/*
 * JSON Lines, documented in ruad-parse(8), by the same kind of table and with
 * the same strictness as report/wire.h:
 *
 *   input
 *   { header hop* authres* signature* vendor* }   of the message or original
 *   [ bounce recipient* header(outer) hop* authres* signature* vendor* ]
 *   reply*
 *   end
 */

/* Append the whole answer. */
void explain_wire_write(struct buf *, const struct explain_facts *);

/*
 * Read a whole answer, len bytes; text is changed in place, text[len] must be
 * writable, and facts (zeroed by the caller) borrow from it.  ERR_BUG: it is
 * not what the writer writes, and nothing of it can be believed; facts are
 * done with then.
 */
int explain_wire_read(
    struct explain_facts *, char *text, size_t len, struct err *);

#endif
