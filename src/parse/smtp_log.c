/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/smtp_log.h"

#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/explain_text.h"

/* The address at s, in "<" and ">" or up to a blank or comma; NULL: none. */
static const char *
read_address(const char *s, struct arena *arena)
{
	size_t n = *s == '<' ? strcspn(s, ">") + 1 : strcspn(s, " ,;:");

	if (n > strlen(s) || memchr(s, '@', n) == NULL)
		return NULL;
	return explain_text_path(s, n, arena);
}

/* Behind a word that a blank or comma is before; NULL: it is not there. */
static const char *
find_word(const char *text, const char *word)
{
	const char *s = text;

	for (; (s = strstr(s, word)) != NULL; s++)
		if (s == text || s[-1] == ' ' || s[-1] == ',')
			return s + strlen(word);
	return NULL;
}

/* Behind the next ": " that is not in quotes; NULL: there is none. */
static const char *
behind_colon(const char *s)
{
	bool is_quoted = false;

	for (; *s != '\0'; s++) {
		if (*s == '"')
			is_quoted = !is_quoted;
		if (!is_quoted && s[0] == ':' && s[1] == ' ')
			return s + 2;
	}
	return NULL;
}

/* Behind "Nov 27 10:20:33 mail exim4[12]: " of syslog; NULL: it is not there.
 */
static const char *
behind_syslog(const char *text)
{
	static const char name[] = " exim";
	const char *s = strstr(text, name);

	if (s == NULL || s - text > 64)
		return NULL;
	s += sizeof(name) - 1;
	while (text_is_digit(*s))
		s++;
	if (*s++ != '[')
		return NULL;
	while (text_is_digit(*s))
		s++;
	return strncmp(s, "]: ", 3) == 0 ? s + 3 : NULL;
}

/* "2026-11-27 10:20:33 1vOaBc-0003xy-2Z ** anna@example.org R=...: ..." */
static bool
read_delivery(const char *text, struct smtp_log_exim *out)
{
	static const char *const marks[][2] = { { " ** ", "bounced" },
		{ " == ", "deferred" }, { " => ", "sent" },
		{ " -> ", "sent" } };
	static const char confirmed[] = "C=\"";
	const char *s, *inner;
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		s = strstr(text, marks[i][0]);
		/* Date, time, zone and id are before it. */
		if (s == NULL || s - text > 64)
			continue;
		s += strlen(marks[i][0]);
		/* "anna <anna@example.org>" */
		inner = s + strcspn(s, " ");
		out->to = inner[0] == ' ' && inner[1] == '<' ? inner + 1 : s;
		out->fate = marks[i][1];
		out->reason = strcmp(out->fate, "sent") == 0
		    ? find_word(s, confirmed)
		    : behind_colon(s);
		return true;
	}
	return false;
}

/*
 * "2026-11-27 10:20:33 H=x [192.0.2.1] F=<a@example.org> rejected RCPT
 * <b@example.net>: relay not permitted": the server itself refused it.
 */
static bool
read_rejection(const char *text, struct smtp_log_exim *out)
{
	static const char *const steps[] = { "RCPT ", "MAIL", "DATA",
		"after DATA", "during", "EHLO", "HELO", "connection" };
	static const char rejected[] = "rejected ";
	const char *s = find_word(text, "H=");
	size_t i;

	if (s == NULL || (s = find_word(s, rejected)) == NULL)
		return false;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (strncmp(s, steps[i], strlen(steps[i])) == 0)
			break;
	if (i == sizeof(steps) / sizeof(steps[0]))
		return false;
	out->is_own = true;
	out->fate = find_word(text, "temporarily rejected ") == s ? "deferred"
	                                                          : "rejected";
	out->to = i == 0 ? s + strlen(steps[0]) : NULL;
	out->reason = behind_colon(s);
	return true;
}

bool
smtp_log_exim_read(const char *text, struct smtp_log_exim *out)
{
	const char *line = behind_syslog(text);

	memset(out, 0, sizeof(*out));
	/* Else its own log, which begins with a time. */
	if (line == NULL && text_is_digit(text[0]) &&
	    memchr(text, ':', strcspn(text, "*=>")) != NULL)
		line = text;
	return line != NULL &&
	    (read_delivery(line, out) || read_rejection(line, out));
}

static const char *
find_fate(const char *text)
{
	static const char *const words[][3] = { { "status=", "sent", "sent" },
		{ "status=", "deferred", "deferred" },
		{ "status=", "bounced", "bounced" },
		{ "stat=", "Sent", "sent" },
		{ "stat=", "Deferred", "deferred" } };
	const char *s;
	size_t i, n;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		n = strlen(words[i][1]);
		s = find_word(text, words[i][0]);
		if (s != NULL && strncmp(s, words[i][1], n) == 0 &&
		    !text_is_alnum(s[n]))
			return words[i][2];
	}
	return NULL;
}

bool
smtp_log_is_own(const char *line)
{
	return find_word(line, "ruleset=check_") != NULL &&
	    find_word(line, "reject=") != NULL;
}

void
smtp_log_read(const char *text, struct arena *arena, struct explain_reply *r)
{
	static const char rcpt[] = " RCPT TO:";
	static const char sendmail[] = "ruleset=check_rcpt, arg1=";
	struct smtp_log_exim exim;
	const char *s;

	if (smtp_log_exim_read(text, &exim)) {
		r->fate = exim.fate;
		r->to = exim.to != NULL ? read_address(exim.to, arena) : NULL;
		return;
	}
	r->fate = find_fate(text);
	if ((s = find_word(text, "to=")) != NULL)
		r->to = read_address(s, arena);
	else if ((s = find_word(text, sendmail)) != NULL)
		r->to = read_address(s, arena);
	else if ((s = strstr(text, rcpt)) != NULL)
		r->to = read_address(s + strlen(rcpt), arena);
}

const char *
smtp_log_rcpt(const char *line, const char *end, struct arena *arena)
{
	static const char rcpt[] = "RCPT TO:";
	size_t n = (size_t)(end - line);
	const char *text, *s;

	/* Of a log it may be behind a time and names. */
	if (n > LIMIT_TEXT || memmem(line, n, rcpt, strlen(rcpt)) == NULL)
		return NULL;
	text = explain_text(line, n, arena);
	s = text != NULL ? strstr(text, rcpt) : NULL;
	if (s == NULL)
		return NULL;
	s += strlen(rcpt);
	return read_address(s + (*s == ' '), arena);
}
