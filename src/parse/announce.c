/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/announce.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "parse/announce_word.h"
#include "parse/hint.h"
#include "parse/mime_header.h"

#define PREFIXES 8    /* "Fwd: [list] " and so on before a subject */
#define PREFIX_MAX 40 /* bytes of one of them */

/* --- the subject ---------------------------------------------------------- */

/* Behind "[...]" and its kin, asterisks and blanks. */
static const char *
skip_tags(const char *s)
{
	static const char open[] = "[{(<", close[] = "]})>";
	const char *end, *which;

	for (;;) {
		while (*s == ' ' || *s == '*' || *s == '-' || *s == '!')
			s++;
		if (*s == '\0' || (which = strchr(open, *s)) == NULL ||
		    (end = strchr(s, close[which - open])) == NULL)
			return s;
		s = end + 1;
	}
}

/* What stands before the subject proper is told, and skipped. */
static const char *
skip_prefixes(struct announce *a, const char *s)
{
	char prefix[PREFIX_MAX];
	size_t n;
	int i;

	for (i = 0; i < PREFIXES; i++) {
		s = skip_tags(s);
		n = announce_find_colon(s);
		if (n == 0 || n >= sizeof(prefix))
			return s;
		memcpy(prefix, s, n);
		prefix[n] = '\0';
		switch (announce_prefix(prefix)) {
		case PREFIX_ANSWER:
			a->answer = a->reply = true;
			break;
		case PREFIX_FORWARD:
			a->forward = true;
			break;
		case PREFIX_WARNING:
			break;
		case PREFIX_OTHER:
			return s;
		}
		s += n;
		s += announce_colon(s);
	}
	return s;
}

static void
by_subject(struct announce *a, const char *subject, const char *sender)
{
	const char *s = skip_prefixes(a, subject);
	enum announce_subject kind = announce_subject(s);

	/* Some reporters are daemons of mail; else these return something. */
	if (kind != SUBJECT_FORM &&
	    strncasecmp(sender, "mailer-daemon@", 14) == 0)
		a->answer = true;
	switch (kind) {
	case SUBJECT_FORM:
		a->words = true;
		break;
	case SUBJECT_FORM_WITHIN:
		a->maybe = true;
		break;
	case SUBJECT_TITLE:
		if (announce_sender(sender) != SENDER_OTHER) {
			a->maybe = true;
			a->words |= !a->bulk;
		}
		break;
	case SUBJECT_ABOUT:
		a->words |= announce_sender(sender) == SENDER_REPORTS &&
		    !a->bulk;
		break;
	case SUBJECT_TALK:
		a->talk = true;
		break;
	case SUBJECT_OTHER:
		break;
	}
}

/* --- the header ----------------------------------------------------------- */

static bool
starts_with(const struct mime_field *f, const char *word)
{
	const char *p = f->value, *end = p + f->len;
	size_t n = strlen(word);

	while (p < end && text_is_space(*p))
		p++;
	return (size_t)(end - p) >= n && strncasecmp(p, word, n) == 0;
}

/* multipart/report; report-type=tlsrpt, or feedback-report */
static bool
is_report_type(const struct mime_field *f)
{
	struct buf param = { 0 };
	bool found;

	found = starts_with(f, "multipart/report") &&
	    mime_field_param(f->value, f->len, "report-type", &param, NULL) &&
	    (strcasecmp(buf_str(&param), "tlsrpt") == 0 ||
	        strcasecmp(buf_str(&param), "feedback-report") == 0);
	buf_done(&param);
	return found || starts_with(f, "application/tlsrpt");
}

/* Of any message, what it is a message of. */
static void
by_field(struct announce *a, const struct mime_field *f)
{
	if (mime_field_is(f, "tls-report-domain") ||
	    mime_field_is(f, "tls-report-submitter"))
		a->clear = true;
	else if (mime_field_is(f, "content-type"))
		a->clear |= is_report_type(f);
	else if (mime_field_is(f, "list-unsubscribe") ||
	    (mime_field_is(f, "precedence") && starts_with(f, "bulk")))
		a->bulk = true;
	else if (mime_field_is(f, "in-reply-to"))
		a->answer = a->reply = true;
	else if (mime_field_is(f, "x-failed-recipients") ||
	    mime_field_is(f, "x-autoreply") ||
	    mime_field_is(f, "x-auto-reply") ||
	    mime_field_is(f, "x-autorespond") ||
	    (mime_field_is(f, "precedence") && starts_with(f, "auto_reply")) ||
	    (mime_field_is(f, "auto-submitted") &&
	        starts_with(f, "auto-replied")))
		a->answer = true;
}

static void
by_fields(struct announce *a, const char *mail, size_t len)
{
	struct mime_header h;
	struct mime_field f;

	if (len >= 3 && memcmp(mail, "\xef\xbb\xbf", 3) == 0) {
		mail += 3;
		len -= 3;
	}
	mime_header_start(&h, mail, len, true);
	while (mime_header_next(&h, &f))
		by_field(a, &f);
}

void
announce_by_header(struct announce *a, const char *mail, size_t len,
    const struct mail_facts *facts)
{
	enum announce_sender sender;

	by_fields(a, mail, len);
	by_subject(a, facts->subject != NULL ? facts->subject : "",
	    facts->sender != NULL ? facts->sender : "");
	sender = announce_sender(facts->sender != NULL ? facts->sender : "");
	a->machine = sender != SENDER_OTHER;
	a->maybe |= sender >= SENDER_DMARC;
}

void
announce_by_nested(struct announce *a, const char *mail, size_t len)
{
	struct announce inner = { 0 };
	struct arena arena = { 0 };
	struct mail_facts facts = { 0 };

	mime_read_facts(mail, len, &arena, &facts);
	announce_by_header(&inner, mail, len, &facts);
	/* It came as a whole: whoever forwarded it does not matter. */
	a->clear |= announce_level(&inner) == ANNOUNCE_CLEAR;
	a->maybe |= announce_level(&inner) == ANNOUNCE_MAYBE;
	arena_done(&arena);
}

/* --- parts ---------------------------------------------------------------- */

void
announce_by_leaf(struct announce *a, const struct mime_leaf *leaf)
{
	if (hint_is_tls_report(leaf) || announce_is_file_name(leaf->filename))
		a->clear = true;
	/* The first piece begins with the header of the whole (RFC 2046). */
	if (leaf->type != NULL && strcmp(leaf->type, "message/partial") == 0 &&
	    mime_is_mail(leaf->data, leaf->len))
		announce_by_nested(a, leaf->data, leaf->len);
}

void
announce_by_text(struct announce *a, const char *text, size_t len)
{
	bool first;

	if (!announce_sentence(text, len, &first))
		return;
	a->maybe = true;
	a->words |= first && a->machine && !a->bulk;
}

enum announce_level
announce_level(const struct announce *a)
{
	if (a->answer)
		return ANNOUNCE_NOT;
	if (a->clear || (a->words && !a->forward))
		return ANNOUNCE_CLEAR;
	return a->words || (a->maybe && !a->talk) ? ANNOUNCE_MAYBE
	                                          : ANNOUNCE_NOT;
}
