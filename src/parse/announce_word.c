/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/announce_word.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

#define WIDE_COLON "\xef\xbc\x9a"
#define TEXT_MAX 4096 /* bytes in which a text must show what it is */
#define SENTENCE 240  /* bytes of one that says so */
#define NAME_LEN 512  /* bytes of a file's name */
#define PREFIXES 8    /* colons before the form of a subject */
#define BEFORE_MAX 8  /* bytes of words before it: "New", "Il" */

/*
 * Stems: without endings, and without the first letter where that may be a
 * capital that is not of ASCII.
 */
static const char *const report_words[] = { "report", "bericht", "rapport",
	"informe", "relat\xc3\xb3rio", "relatorio", "rapport", "raport",
	"zpr\xc3\xa1va",
	"hl\xc3\xa1\xc5\xa1"
	"en\xc3\xad",
	"jelent\xc3\xa9s", "rapor", "\xd1\x82\xd1\x87\xd0\xb5\xd1\x82",
	"\xd1\x82\xd1\x87\xd1\x91\xd1\x82", "\xd0\xb2\xd1\x96\xd1\x82",
	"\xe3\x83\xac\xe3\x83\x9d\xe3\x83\xbc\xe3\x83\x88",
	"\xe5\xa0\xb1\xe5\x91\x8a", "\xe6\x8a\xa5\xe5\x91\x8a",
	"\xeb\xb3\xb4\xea\xb3\xa0\xec\x84\x9c",
	"\xce\xbd\xce\xb1\xcf\x86\xce"
	"\xbf\xcf\x81\xce\xac",
	"raportti", "aruanne", NULL };
static const char *const domain_words[] = { "domain", "domein", "domaine",
	"dominio", "dom\xc3\xadnio", "dom\xc3\xa4n", "dom\xc3\xa6ne",
	"dom\xc3\xa9na", "domen", "\xd0\xbe\xd0\xbc\xd0\xb5\xd0\xbd",
	"\xe3\x83\x89\xe3\x83\xa1\xe3\x82\xa4\xe3\x83\xb3",
	"\xe5\x9f\x9f\xe5\x90\x8d", "\xe7\xbd\x91\xe5\x9f\x9f",
	"\xe7\xb6\xb2\xe5\x9f\x9f", "\xeb\x8f\x84\xeb\xa9\x94\xec\x9d\xb8",
	"alan ad", "verkkotunnus", NULL };
/* What names the reporter or the report. */
static const char *const id_words[] = { "submitter", "report-id", "report id",
	"reportid", " id", "-id", "id ", "einsender", "absender", "einreicher",
	"\xc3\xa9metteur", "\xc3\x89metteur", "emetteur",
	"exp\xc3\xa9"
	"diteur",
	"soumis", "remitente", "emisor", "remetente", "mittente", "afzender",
	"indiener", "nadawca",
	"\xd1\x82\xd0\xbf\xd1\x80\xd0\xb0\xd0\xb2\xd0\xb8\xd1\x82"
	"\xd0\xb5\xd0\xbb",
	"\xe9\x80\x81\xe4\xbf\xa1\xe8\x80\x85", "\xe6\x8f\x90\xe4\xba\xa4",
	"\xeb\xb0\x9c\xec\x8b\xa0", "\xec\xa0\x9c\xec\xb6\x9c", NULL };
static const char *const topic_words[] = { "dmarc", "tls-rpt", "tlsrpt",
	"tls rpt", "smtp tls", "smtp-tls", "mta-sts", NULL };
static const char *const kind_words[] = { "aggreg", "agr\xc3\xa9g", "agreg",
	"failure", "forensic", "aggregiert", "\xd0\xb3\xd1\x80\xd0\xb5\xd0\xb3",
	"\xe9\x9b\x86\xe7\xb4\x84", "\xe8\x81\x9a\xe5\x90\x88",
	"\xe5\xa4\xb1\xe6\x95\x97", "\xe5\xa4\xb1\xe8\xb4\xa5", "fehler",
	"\xc3\xa9"
	"chec",
	"fallo", "falha", NULL };
/* Of newsletters, and of people's questions. */
static const char *const talk_words[] = { "weekly", "monthly", "daily digest",
	"digest", "newsletter", "webinar", "how to", "guide", "your ", "?",
	"summary",
	"w\xc3\xb6"
	"chentlich",
	"monatlich", "hebdomadaire", "mensuel", "semanal", "settimanale",
	NULL };

static bool
has_any(const char *s, const char *const words[])
{
	for (; *words != NULL; words++)
		if (strcasestr(s, *words) != NULL)
			return true;
	return false;
}

/* The first place of any of them, or NULL. */
static const char *
find_any(const char *s, const char *const words[])
{
	const char *found = NULL, *p;

	for (; *words != NULL; words++)
		if ((p = strcasestr(s, *words)) != NULL &&
		    (found == NULL || p < found))
			found = p;
	return found;
}

static bool
is_any(const char *s, const char *const words[])
{
	for (; *words != NULL; words++)
		if (strcasecmp(s, *words) == 0)
			return true;
	return false;
}

/* --- the subject ---------------------------------------------------------- */

size_t
announce_colon(const char *s)
{
	return *s == ':' ? 1
	    : strncmp(s, WIDE_COLON, strlen(WIDE_COLON)) == 0
	    ? strlen(WIDE_COLON)
	    : 0;
}

size_t
announce_find_colon(const char *s)
{
	const char *p = s;

	while (*p != '\0' && announce_colon(p) == 0)
		p++;
	return *p != '\0' ? (size_t)(p - s) : 0;
}

enum announce_prefix
announce_prefix(const char *prefix)
{
	static const char *const answers[] = { "re", "aw", "antw", "antwort",
		"sv", "r", "rif", "res", "resp", "odp", "ynt", "atb",
		"\xcf\x83\xcf\x87\xce\xb5\xcf\x84", "\xe5\x9b\x9e\xe5\xa4\x8d",
		"\xe5\x9b\x9e\xe8\xa6\x86", "\xe7\xad\x94\xe5\xa4\x8d",
		"\xe8\xbf\x94\xe4\xbf\xa1", "\xed\x9a\x8c\xec\x8b\xa0", NULL };
	static const char *const automatic[] = { "auto", "out of office",
		"abwesen", "absence", "undeliver", "unzustell", "not read",
		"read", "gelesen", "deliver", "mail deliver", "failure notice",
		"failed", "returned", "rejected", "recall", "accepted",
		"declined", NULL };
	static const char *const cyrillic[] = {
		"\xd1\x82\xd0\xb2\xd0\xb5\xd1\x82", NULL
	};
	static const char *const forwards[] = { "fw", "fwd", "wg", "tr", "rv",
		"enc", "i", "vb", "vl", "vs", "pd", "doorst", "ilt", "reenv",
		"\xe8\xbd\xac\xe5\x8f\x91", "\xe8\xbd\x89\xe5\xaf\x84",
		"\xe8\xbb\xa2\xe9\x80\x81", "\xec\xa0\x84\xeb\x8b\xac", NULL };
	static const char *const warnings[] = { "extern", "ext", "caution",
		"warning", "spam", "suspicious", "suspect", "virus", "junk",
		"bulk", "phish", "unverified", "quarantine", "attention",
		"removed", "list", "preview", NULL };
	char word[48];
	size_t n = strcspn(prefix, "[(");

	/* "Re[2]", "Re (2)" */
	while (n > 0 && prefix[n - 1] == ' ')
		n--;
	if (n == 0 || n >= sizeof(word))
		return PREFIX_OTHER;
	memcpy(word, prefix, n);
	word[n] = '\0';
	if (has_any(word, report_words) || has_any(word, topic_words))
		return PREFIX_OTHER;
	if (is_any(word, answers) || find_any(word, automatic) == word ||
	    has_any(word, cyrillic))
		return PREFIX_ANSWER;
	if (is_any(word, forwards))
		return PREFIX_FORWARD;
	return has_any(word, warnings) ? PREFIX_WARNING : PREFIX_OTHER;
}

/* A name with a dot, as those of domains are, from s on. */
static bool
has_domain(const char *s)
{
	const char *dot;

	for (; (dot = strchr(s, '.')) != NULL; s = dot + 1)
		if (dot > s && !text_is_space(dot[-1]) && dot[1] != '\0' &&
		    strchr(" .,;:!)0123456789", dot[1]) == NULL)
			return true;
	return false;
}

/*
 * Labels and values: at least two, the first of a report or domain; or "Report
 * Domain: example.org" alone, one word, so that it is no sentence.
 */
static bool
is_form(const char *s, const char *label)
{
	const char *value = label + announce_colon(label);
	bool more = announce_find_colon(value) != 0;

	if (!has_domain(value) && strchr(value, '{') == NULL)
		return false;
	if (more && has_any(value, id_words))
		return true;
	while (*value == ' ')
		value++;
	return strncasecmp(s, "report domain", 13) == 0 &&
	    (more || strchr(value, ' ') == NULL);
}

/* "DMARC aggregate": nothing but words of what a report is. */
static bool
are_of_reports(char *words)
{
	char *word, *rest = NULL;

	for (word = strtok_r(words, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest))
		if (!has_any(word, topic_words) && !has_any(word, kind_words))
			return false;
	return true;
}

/* Words before the form: hardly any, a gateway's, or of the report itself. */
static bool
may_precede(const char *s, size_t n)
{
	char words[32];

	if (n < BEFORE_MAX)
		return true;
	if (n >= sizeof(words))
		return false;
	memcpy(words, s, n);
	words[n] = '\0';
	return announce_prefix(words) == PREFIX_WARNING ||
	    are_of_reports(words);
}

static enum announce_subject
form_of(const char *s)
{
	const char *report, *domain, *label, *first;
	int i;

	for (i = 0; i < PREFIXES; i++) {
		report = find_any(s, report_words);
		domain = find_any(s, domain_words);
		label = s + announce_find_colon(s);
		if (report == NULL || domain == NULL || label == s)
			return SUBJECT_OTHER;
		first = domain < report ? domain : report;
		if (first < label && is_form(s, label))
			return i == 0 && may_precede(s, (size_t)(first - s))
			    ? SUBJECT_FORM
			    : SUBJECT_FORM_WITHIN;
		s = label + announce_colon(label);
		while (*s == ' ')
			s++;
	}
	return SUBJECT_OTHER;
}

enum announce_subject
announce_subject(const char *s)
{
	enum announce_subject form = form_of(s);
	bool topic = has_any(s, topic_words), report = has_any(s, report_words);

	if (form != SUBJECT_OTHER)
		return form;
	if (s[0] == '\0')
		return SUBJECT_ABOUT;
	if (has_any(s, talk_words))
		return SUBJECT_TALK;
	if (topic && report && has_domain(s))
		return SUBJECT_TITLE;
	return report || topic ? SUBJECT_ABOUT : SUBJECT_OTHER;
}

/* --- the sender ----------------------------------------------------------- */

enum announce_sender
announce_sender(const char *sender)
{
	static const char *const machines[] = { "noreply", "no-reply",
		"no_reply", "donotreply", "do-not-reply", "mailer-daemon",
		"postmaster", "daemon", "report", "abuse", "root", NULL };
	static const char *const topics[] = { "dmarc", "tlsrpt", "tls-rpt",
		"tls-report", "tls_report", "tlsreport", "smtp-tls", NULL };
	static const char *const certain[] = { "noreply", "no-reply",
		"no_reply", "report", "rpt", NULL };
	char local[64];
	size_t n = strcspn(sender, "@");

	if (n == 0)
		return SENDER_OTHER;
	if (n >= sizeof(local))
		n = sizeof(local) - 1;
	memcpy(local, sender, n);
	local[n] = '\0';
	if (has_any(local, topics))
		return has_any(local, certain) ? SENDER_REPORTS : SENDER_DMARC;
	if (strcasestr(sender + n, "dmarc") != NULL ||
	    strcasestr(sender + n, "tlsrpt") != NULL)
		return SENDER_DMARC;
	return has_any(local, machines) ? SENDER_MACHINE : SENDER_OTHER;
}

/* --- file names ----------------------------------------------------------- */

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c & 0x80) != 0 ||
	    (c != '\0' && strchr("!._-+=~@", c) != NULL);
}

/* "!1795219200": at least 6 digits behind the mark at p. */
static const char *
skip_time(const char *p, const char *end)
{
	const char *q = p + 1;

	if (p == end || *p != '!')
		return NULL;
	while (q < end && *q >= '0' && *q <= '9')
		q++;
	return q - p > 6 ? q : NULL;
}

const char *
announce_find_file_name(const char *text, size_t len, size_t *name_len)
{
	const char *end = text + len, *p, *q, *start;

	for (p = text; (p = memchr(p, '!', (size_t)(end - p))) != NULL; p++) {
		if ((q = skip_time(p, end)) == NULL ||
		    (q = skip_time(q, end)) == NULL)
			continue;
		for (start = p; start > text && p - start < NAME_LEN &&
		     is_name_char(start[-1]);
		     start--)
			continue;
		if (memchr(start, '!', (size_t)(p - start)) == NULL)
			continue;
		while (q < end && q - p < NAME_LEN && is_name_char(*q))
			q++;
		while (q > p && (q[-1] == '.' || q[-1] == '!'))
			q--;
		*name_len = (size_t)(q - start);
		return start;
	}
	return NULL;
}

bool
announce_is_file_name(const char *name)
{
	size_t n;

	return name != NULL &&
	    announce_find_file_name(name, strlen(name), &n) != NULL;
}

/* --- texts ---------------------------------------------------------------- */

/* What follows "report" where nothing is said about it. */
static bool
is_end_of_title(const char *s)
{
	static const char *const words[] = { "for ", "from ", "of ", "on ",
		"generated", "sent ", "received", "in ", "by ", NULL };
	const char *const *w;

	while (*s == ' ')
		s++;
	if (*s == '\0' || strchr(".,:;(-<[{", *s) != NULL)
		return true;
	for (w = words; *w != NULL; w++)
		if (strncasecmp(s, *w, strlen(*w)) == 0)
			return true;
	return false;
}

/* Whether a line begins as reporters do, and says that it is of a report. */
static bool
is_sentence(const char *p, const char *end)
{
	static const char *const starts[] = { "this is a ", "this is an ",
		"dies ist ein", "ceci est un", "este es un",
		"questo \xc3\xa8 un", "este \xc3\xa9 um", "esta \xc3\xa9 um",
		"dit is een", "to jest ", "\xd0\xad\xd1\x82\xd0\xbe ",
		"this email contains a", "this message contains a",
		"a message claiming to be from you has failed", NULL };
	static const char *const kinds[] = { "dmarc", "tls", "aggregate",
		"authentication failure report", NULL };
	char line[SENTENCE + 1];
	const char *const *s, *report;
	size_t n = 0;

	for (; p < end && n < SENTENCE; p++)
		line[n++] = text_is_space(*p) || *p == '\0' ? ' ' : *p;
	line[n] = '\0';
	for (s = starts; *s != NULL; s++)
		if (strncasecmp(line, *s, strlen(*s)) == 0)
			break;
	if (*s == NULL)
		return false;
	line[strcspn(line, "?")] = '\0';
	/* "This is a DMARC report I got" is somebody's question. */
	if (strncasecmp(line, "this is", 7) == 0 &&
	    (report = strcasestr(line, "report")) != NULL &&
	    !is_end_of_title(report + 6))
		return false;
	return (has_any(line, kinds) || has_any(line, kind_words)) &&
	    (has_any(line, report_words) || has_any(line, topic_words));
}

bool
announce_sentence(const char *text, size_t len, bool *first)
{
	const char *p = text, *end = text + (len < TEXT_MAX ? len : TEXT_MAX);

	*first = true;
	while (p < end) {
		while (p < end && text_is_space(*p))
			p++;
		if (is_sentence(p, end))
			return true;
		if (p < end)
			*first = false;
		if ((p = memchr(p, '\n', (size_t)(end - p))) == NULL)
			return false;
	}
	return false;
}
