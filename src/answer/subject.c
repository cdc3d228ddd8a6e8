/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/subject.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/idn.h"

char *
subject_copy_domain(const char *word)
{
	char *domain = text_lower(xstrdup(word)), ascii[IDN_SIZE];
	size_t n = strlen(domain);

	/* The database has its A-labels. */
	if (idn_is_foreign(domain) && idn_to_ascii(domain, ascii)) {
		free(domain);
		return xstrdup(ascii);
	}

	if (n > 1 && domain[n - 1] == '.')
		domain[n - 1] = '\0';
	return domain;
}

bool
subject_is_plain(const char *domain)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

	return domain[0] != '-' && domain[strspn(domain, plain)] == '\0';
}

const char *
subject_plain_domain(const char *domain)
{
	return subject_is_plain(domain) ? domain : "DOMAIN";
}

static void
add_quoted(struct buf *b, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789._-:/=@,";

	if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
		buf_add_str(b, word);
		return;
	}
	buf_add_char(b, '\'');
	for (; *word != '\0'; word++)
		if (*word == '\'')
			buf_add_str(b, "'\\''");
		else
			buf_add_char(b, *word);
	buf_add_char(b, '\'');
}

/* Return where " --" begins in a command, after which nothing is an option. */
static size_t
find_end(struct buf *b)
{
	const char *s = buf_str(b);
	bool is_quoted = false;
	size_t i;

	for (i = 0; i < b->len; i++)
		if (s[i] == '\\' && !is_quoted)
			i++;
		else if (s[i] == '\'')
			is_quoted = !is_quoted;
		else if (!is_quoted && strncmp(s + i, " -- ", 4) == 0)
			return i;
	return b->len;
}

void
subject_add_argument(struct buf *b, const char *word)
{
	if (word[0] == '-' && find_end(b) == b->len)
		buf_add_str(b, "-- ");
	add_quoted(b, word);
}

void
subject_add_option(struct buf *b, const char *option, const char *value)
{
	const size_t end = find_end(b);
	char *rest = xstrdup(buf_str(b) + end);

	b->len = end;
	buf_printf(b, " %s", option);
	if (value != NULL)
		add_quoted(b, value);
	buf_add_str(b, rest);
	free(rest);
}

static bool
is_like_address(const char *word, size_t n)
{
	const bool is_v6 = memchr(word, ':', n) != NULL;

	return n > 0 &&
	    strspn(word, is_v6 ? "0123456789abcdefABCDEF:." : "0123456789.") >=
	    n;
}

bool
subject_is_like_address(const char *word)
{
	return is_like_address(word, strlen(word));
}

bool
subject_is_like_network(const char *word)
{
	const char *slash = strchr(word, '/');

	return slash != NULL && is_like_address(word, (size_t)(slash - word)) &&
	    slash[1] != '\0' &&
	    slash[1 + strspn(slash + 1, "0123456789")] == '\0';
}

int
subject_read_address(
    const char *word, char out[static SUBJECT_ADDRESS], struct err *err)
{
	struct in6_addr in6;
	struct in_addr in4;

	if (inet_pton(AF_INET, word, &in4) == 1)
		inet_ntop(AF_INET, &in4, out, SUBJECT_ADDRESS);
	else if (inet_pton(AF_INET6, word, &in6) != 1)
		return err_set(err, ERR_USAGE,
		    "\"%s\" is not an IP address such as 192.0.2.1 or "
		    "2001:db8::1",
		    word);
	else if (IN6_IS_ADDR_V4MAPPED(&in6))
		inet_ntop(AF_INET, &in6.s6_addr[12], out, SUBJECT_ADDRESS);
	else
		inet_ntop(AF_INET6, &in6, out, SUBJECT_ADDRESS);
	return 0;
}
