/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/hint.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

bool
hint_is_report_name(const char *name)
{
	const char *bang = name != NULL ? strchr(name, '!') : NULL;

	return bang != NULL && strchr(bang + 1, '!') != NULL;
}

static bool
ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);

	return n >= k && strcasecmp(name + n - k, suffix) == 0;
}

bool
hint_is_promising(const struct mime_leaf *leaf)
{
	static const char *const suffixes[] = { ".xml", ".gz", ".zip", ".tgz",
		".7z", ".xz", ".zst", ".bz2", ".zlib" };
	static const char *const types[] = { "application/zip",
		"application/gzip", "application/x-gzip", "application/x-zip",
		"application/x-zip-compressed", "application/xml" };
	size_t i;

	if (leaf->filename != NULL)
		for (i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
			if (ends_with(leaf->filename, suffixes[i]))
				return true;
	if (leaf->type != NULL)
		for (i = 0; i < sizeof(types) / sizeof(*types); i++)
			if (strcmp(leaf->type, types[i]) == 0)
				return true;
	return false;
}

bool
hint_is_tls_report(const struct mime_leaf *leaf)
{
	return leaf->type != NULL &&
	    strncmp(leaf->type, "application/tlsrpt", 18) == 0;
}

bool
hint_is_header(const struct mime_leaf *leaf)
{
	return leaf->type != NULL &&
	    (strstr(leaf->type, "rfc822") != NULL ||
	        strstr(leaf->type, "rfc-822") != NULL ||
	        strcmp(leaf->type, "message/global-headers") == 0);
}

/* A signature beside its content is none of these. */
static bool
is_smime(const struct mime_leaf *leaf)
{
	/* SignedData, EnvelopedData and their kin (RFC 5652). */
	static const char oid[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07";
	static const char *const begins[] = { "-----BEGIN PKCS7-----",
		"-----BEGIN CMS-----" };
	size_t n = leaf->len < 32 ? leaf->len : 32, i;

	if (leaf->type != NULL && strstr(leaf->type, "signature") != NULL)
		return false;
	if (leaf->filename != NULL && ends_with(leaf->filename, ".p7s"))
		return false;
	if (leaf->type != NULL &&
	    (strcmp(leaf->type, "application/pkcs7-mime") == 0 ||
	        strcmp(leaf->type, "application/x-pkcs7-mime") == 0))
		return true;
	if (leaf->filename != NULL && ends_with(leaf->filename, ".p7m"))
		return true;
	for (i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (leaf->len > strlen(begins[i]) &&
		    memcmp(leaf->data, begins[i], strlen(begins[i])) == 0)
			return true;
	return n > 0 && leaf->data[0] == 0x30 &&
	    memmem(leaf->data, n, oid, sizeof(oid) - 1) != NULL;
}

/* S/MIME whose content is within the signature, or encrypted. */
const char *
hint_unsupported(const struct mime_leaf *leaf)
{
	if (!is_smime(leaf))
		return NULL;
	return "S/MIME that is encrypted or signed as a whole is not read";
}

bool
hint_in_mail(const struct mail_facts *mail)
{
	const char *subject = mail->subject != NULL ? mail->subject : "";
	const char *sender = mail->sender != NULL ? mail->sender : "";

	return strcasestr(subject, "report domain") != NULL ||
	    strcasestr(subject, "dmarc") != NULL ||
	    strcasestr(sender, "dmarc") != NULL;
}

bool
hint_is_html(const char *data, size_t len)
{
	return (len > 5 && strncasecmp(data, "<html", 5) == 0) ||
	    (len > 14 && strncasecmp(data, "<!doctype html", 14) == 0);
}

bool
hint_has_line(const char *p, const char *end, const char *start)
{
	size_t n = strlen(start), before = strcspn(start, ":");
	const char *colon, *line;

	if ((size_t)(end - p) < n)
		return false;
	/* There are fewer colons than lines. */
	for (colon = p + before;
	     (colon = memchr(colon, ':', (size_t)(end - colon))) != NULL;
	     colon++) {
		line = colon - before;
		if ((size_t)(end - line) < n ||
		    strncasecmp(line, start, n) != 0)
			continue;
		while (line > p && line[-1] != '\n' && text_is_space(line[-1]))
			line--;
		if (line == p || line[-1] == '\n')
			return true;
	}
	return false;
}

bool
hint_is_blank(const char *data, size_t len)
{
	while (len > 0 && text_is_space(data[len - 1]))
		len--;
	return len == 0;
}
