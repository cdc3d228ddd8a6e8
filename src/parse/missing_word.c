/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/missing_word.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "parse/announce_word.h"

#define TEXT_MAX (16 << 10) /* bytes of a text that are looked at */
#define WINDOW 400          /* bytes that belong together */

/*
 * Stems in UTF-8, without the first letter where that may be a capital that is
 * not of ASCII.  "File" alone is none: see below.
 */
static const char *const attachment_words[] = {
	"attachment",
	"attached file",
	"enclosure",
	"virus",
	"malware",
	"anhang",
	"anh\xc3\xa4nge",
	"anlage",
	"pi\xc3\xa8"
	"ce jointe",
	"pi\xc3\xa8"
	"ces jointes",
	"piece jointe",
	"fichier joint",
	"adjunto",
	"anexo",
	"allegat",
	"bijlage",
	"bilaga",
	"bifogad",
	"vedh\xc3\xa6"
	"ft",
	"vedlegg",
	"liite",
	"za\xc5\x82\xc4\x85"
	"cznik",
	"zalacznik",
	"p\xc5\x99\xc3\xadloh",
	"pr\xc3\xadloh",
	"\xd0\xbb\xd0\xbe\xd0\xb6\xd0\xb5\xd0\xbd\xd0\xb8",
	"\xd0\xba\xd0\xbb\xd0\xb0\xd0\xb4\xd0\xb5\xd0\xbd",
	"mell\xc3\xa9klet",
	"csatol",
	"ata\xc8\x99"
	"ament",
	"ata\xc5\x9f"
	"ament",
	"atasament",
	"ata\xc5\x9f"
	"at",
	"eklenti",
	"ek dosya",
	"dosya eki",
	"\xcf\x83\xcf\x85\xce\xbd\xce\xb7\xce\xbc\xce\xbc",
	"\xe6\xb7\xbb\xe4\xbb\x98",
	"\xe9\x99\x84\xe4\xbb\xb6",
	"\xec\xb2\xa8\xeb\xb6\x80",
	"non-text portion",
	"message part",
	NULL,
};

static const char *const removed_words[] = {
	"removed",
	"stripped",
	"deleted",
	"scrubbed",
	"blocked",
	"quarantin",
	"replaced",
	"withheld",
	"detached",
	"discarded",
	"not allowed",
	"not permitted",
	"prohibited",
	"taken out",
	"infected",
	"could not be scanned",
	"has been cleaned",
	"security hazard",
	"unacceptable",
	"omitted",
	"dropped",
	"entfernt",
	"gel\xc3\xb6scht",
	"geloescht",
	"blockiert",
	"abgetrennt",
	"gesperrt",
	"ersetzt",
	"supprim\xc3\xa9",
	"retir\xc3\xa9",
	"bloqu\xc3\xa9",
	"nettoy\xc3\xa9",
	"enlev\xc3\xa9",
	"remplac\xc3\xa9",
	"eliminad",
	"borrad",
	"bloquead",
	"retirad",
	"suprimid",
	"removid",
	"exclu\xc3\xad"
	"d",
	"apagad",
	"rimoss",
	"eliminat",
	"bloccat",
	"cancellat",
	"sostituit",
	"verwijderd",
	"geblokkeerd",
	"tagits bort",
	"borttag",
	"raderat",
	"blockerat",
	"fjernet",
	"slettet",
	"blokkert",
	"poistettu",
	"estetty",
	"usuni\xc4\x99t",
	"usuniet",
	"zablokowan",
	"odstran\xc4\x9bn",
	"smaz\xc3\xa1n",
	"zablokov\xc3\xa1n",
	"odstr\xc3\xa1nen",
	"\xd1\x83\xd0\xb4\xd0\xb0\xd0\xbb\xd0\xb5\xd0\xbd",
	"\xd1\x83\xd0\xb4\xd0\xb0\xd0\xbb\xd1\x91\xd0\xbd",
	"\xd0\xb7\xd0\xb0\xd0\xb1\xd0\xbb\xd0\xbe\xd0\xba\xd0\xb8\xd1\x80\xd0"
	"\xbe\xd0\xb2\xd0\xb0\xd0\xbd",
	"\xd0\xb2\xd1\x8b\xd1\x80\xd0\xb5\xd0\xb7\xd0\xb0\xd0\xbd",
	"\xd0\xb2\xd0\xb8\xd0\xb4\xd0\xb0\xd0\xbb\xd0\xb5\xd0\xbd",
	"\xd0\xb7\xd0\xb0\xd0\xb1\xd0\xbb\xd0\xbe\xd0\xba\xd0\xbe\xd0\xb2\xd0"
	"\xb0\xd0\xbd\xd0\xbe",
	"elt\xc3\xa1vol\xc3\xadt",
	"t\xc3\xb6r\xc3\xb6lt",
	"elt\xc3\xa1volit",
	"\xc8\x99ters",
	"\xc5\x9fters",
	"kald\xc4\xb1r\xc4\xb1l",
	"silin",
	"engellen",
	"\xce\xb1\xcf\x86\xce\xb1\xce\xb9\xcf\x81\xce\xad\xce\xb8\xce\xb7",
	"\xce\xb4\xce\xb9\xce\xb1\xce\xb3\xcf\x81\xce\xac\xcf\x86",
	"\xe5\x89\x8a\xe9\x99\xa4",
	"\xe5\x8f\x96\xe3\x82\x8a\xe9\x99\xa4",
	"\xe3\x83\x96\xe3\x83\xad\xe3\x83\x83\xe3\x82\xaf",
	"\xe9\x9a\x94\xe9\x9b\xa2",
	"\xe9\x99\xa4\xe5\x8e\xbb",
	"\xe5\x88\xa0\xe9\x99\xa4",
	"\xe5\x88\xaa\xe9\x99\xa4",
	"\xe7\xa7\xbb\xe9\x99\xa4",
	"\xe5\x89\xa5\xe7\xa6\xbb",
	"\xe6\x8b\xa6\xe6\x88\xaa",
	"\xe9\x9a\x94\xe7\xa6\xbb",
	"\xec\x82\xad\xec\xa0\x9c",
	"\xec\xa0\x9c\xea\xb1\xb0",
	"\xec\xb0\xa8\xeb\x8b\xa8",
	NULL,
};

static const char *const link_words[] = {
	"download",
	"attachment",
	"click here",
	"available at",
	"retrieve",
	"linked",
	"herunterladen",
	"abrufen",
	"t\xc3\xa9l\xc3\xa9"
	"charger",
	"descargar",
	"baixar",
	"scarica",
	"downloaden",
	"pobierz",
	"\xd1\x81\xd0\xba\xd0\xb0\xd1\x87\xd0\xb0\xd1\x82\xd1\x8c",
	"\xe3\x83\x80\xe3\x82\xa6\xe3\x83\xb3\xe3\x83\xad\xe3\x83\xbc\xe3\x83"
	"\x89",
	"\xe4\xb8\x8b\xe8\xbd\xbd",
	"\xe4\xb8\x8b\xe8\xbc\x89",
	"\xeb\x8b\xa4\xec\x9a\xb4\xeb\xa1\x9c\xeb\x93\x9c",
	NULL,
};

/*
 * A copy that ends with NUL and is short, for the searches; NULs within
 * become blanks.
 */
static char *
copy(const char *text, size_t len)
{
	char *s;
	size_t i;

	len = len < TEXT_MAX ? len : TEXT_MAX;
	s = xmalloc(len + 1);
	for (i = 0; i < len; i++)
		s[i] = text[i] != '\0' ? text[i] : ' ';
	s[len] = '\0';
	return s;
}

/* Whether one of the words stands in [p, end) of a string. */
static bool
has_any(const char *p, const char *end, const char *const words[])
{
	char window[2 * WINDOW + 1];
	size_t n = (size_t)(end - p);

	if (n >= sizeof(window))
		n = sizeof(window) - 1;
	memcpy(window, p, n);
	window[n] = '\0';
	for (; *words != NULL; words++)
		if (strcasestr(window, *words) != NULL)
			return true;
	return false;
}

/* Whether a word of the one list stands near one of the other. */
static bool
are_near(const char *s, const char *const words[], const char *const others[])
{
	const char *end = s + strlen(s), *p, *start, *stop;
	size_t name_len;

	for (; *words != NULL; words++)
		for (p = s; (p = strcasestr(p, *words)) != NULL; p = stop) {
			start = p - s > WINDOW ? p - WINDOW : s;
			stop = end - p > WINDOW ? p + WINDOW : end;
			if (has_any(start, stop, others))
				return true;
		}
	/* "receiver!domain!begin!end.gz was removed" */
	p = announce_find_file_name(s, (size_t)(end - s), &name_len);
	if (p == NULL)
		return false;
	start = p - s > WINDOW ? p - WINDOW : s;
	stop = end - p > WINDOW ? p + WINDOW : end;
	return has_any(start, stop, others);
}

bool
missing_says_removed(const char *text, size_t len)
{
	char *s = copy(text, len);
	bool found = are_near(s, attachment_words, removed_words);

	free(s);
	return found;
}

bool
missing_says_it_is_removed(const char *text, size_t len)
{
	return has_any(text, text + len, removed_words);
}

bool
missing_says_linked(const char *text, size_t len)
{
	static const char *const links[] = { "https://", "http://", NULL };
	char *s = copy(text, len);
	bool found = are_near(s, link_words, links);

	free(s);
	return found;
}
