/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/url.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool
url_is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return strcasecmp(host, "localhost") == 0;
}

/* Nothing that programs read in different ways: no blanks, no backslash. */
static bool
url_is_plain(const char *url)
{
	for (; *url != '\0'; url++)
		if ((unsigned char)*url <= ' ' || *url == '\x7f' ||
		    *url == '\\')
			return false;
	return true;
}

/* "", or a colon and a number of five digits at most that can be a port. */
static bool
url_is_port(const char *text, size_t n)
{
	return n == 0 ||
	    (n >= 2 && n <= 6 && *text == ':' &&
	        strspn(text + 1, "0123456789") >= n - 1 &&
	        strtoul(text + 1, NULL, 10) <= UINT16_MAX);
}

/* The host in the n bytes of HOST[:PORT] or [ADDRESS][:PORT]. */
static bool
url_read_host(const char *text, size_t n, char host[URL_HOST])
{
	const char *end;
	size_t len;
	struct in6_addr v6;

	if (*text == '[') {
		if ((end = memchr(++text, ']', --n)) == NULL)
			return false;
		len = (size_t)(end++ - text);
	} else {
		end = memchr(text, ':', n);
		len = end != NULL ? (size_t)(end - text) : n;
		end = text + len;
	}
	if (len == 0 || len >= URL_HOST)
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	if (text[-1] == '[' && inet_pton(AF_INET6, host, &v6) != 1)
		return false;
	/* RFC 3986 allows some of these, and DNS none. */
	return strpbrk(host, "\"%<>[]^`{|}!$&'()*,;=") == NULL &&
	    url_is_port(end, n - (size_t)(end - text));
}

int
url_check(const char *url, char host[URL_HOST], struct err *err)
{
	char found[URL_HOST];
	const char *at = strstr(url, "://");
	bool is_https = strncasecmp(url, "https://", 8) == 0;
	bool is_http = strncasecmp(url, "http://", 7) == 0;
	size_t n;

	if (at == NULL || at == url || !url_is_plain(url))
		return err_set(err, ERR_CONF, "it is not a URL");
	at += 3;
	n = strcspn(at, "/?#");
	if (memchr(at, '@', n) != NULL)
		return err_set(
		    err, ERR_CONF, "it must not contain a user or a password");
	if (!is_https && !is_http)
		return err_set(err, ERR_CONF, "it must begin with https://");
	if (!url_read_host(at, n, found))
		return err_set(err, ERR_CONF, "it is not a URL");
	if (is_http && !url_is_loopback(found))
		return err_set(err, ERR_CONF,
		    "http:// would show the secret to the network: it must "
		    "begin with https://");
	if (host != NULL)
		memcpy(host, found, sizeof(found));
	return 0;
}
