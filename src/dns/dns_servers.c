/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "dns/dns_servers.h"

#define MAX_FILE (1 << 20)

static bool
read_address(const char *text, struct dns_server *s)
{
	s->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	return inet_pton(s->family, text, s->address) == 1;
}

/* ADDRESS[:PORT] or [ADDRESS]:PORT, cut into pieces in place. */
static bool
read_server(char *text, struct dns_server *s)
{
	char *address = text, *port = NULL, *end;
	int64_t n = DNS_PORT;

	if (*text == '[') {
		address = text + 1;
		if ((end = strchr(address, ']')) == NULL)
			return false;
		*end++ = '\0';
		if (*end != '\0' && *end != ':')
			return false;
		port = *end == ':' ? end + 1 : NULL;
	} else if ((end = strchr(text, ':')) != NULL &&
	    strchr(end + 1, ':') == NULL) {
		*end = '\0';
		port = end + 1;
	}
	if (port != NULL && !text_read_int(port, 1, UINT16_MAX, &n))
		return false;
	s->port = (uint16_t)n;
	return read_address(address, s) &&
	    (s->family == AF_INET6 || *text != '[');
}

int
dns_servers_read(struct dns_servers *servers, const char *text, struct err *err)
{
	struct dns_servers found = { 0 };
	const char *at = text, *end;
	char one[128];
	size_t n;

	for (;; at = end + 1) {
		end = at + strcspn(at, ",");
		n = (size_t)(end - at);
		at = text_trim(at, &n);
		if (found.n == DNS_SERVERS)
			return err_set(err, ERR_USAGE,
			    "\"%s\" are more than %d name servers", text,
			    DNS_SERVERS);
		snprintf(one, sizeof(one), "%.*s", (int)n, at);
		if (n >= sizeof(one) || !read_server(one, &found.at[found.n]))
			return err_set(err, ERR_USAGE,
			    "\"%.*s\" is not the address of a name server "
			    "(e.g. 192.0.2.53, 127.0.0.1:5300 or "
			    "[2001:db8::53]:53)",
			    (int)n, at);
		found.n++;
		if (*end == '\0')
			break;
	}
	*servers = found;
	return 0;
}

static bool
is_link_local(const struct dns_server *s)
{
	return s->family == AF_INET6 && s->address[0] == 0xfe &&
	    (s->address[1] & 0xc0) == 0x80;
}

/* A line of resolv.conf(5), from the first word to its end. */
static void
load_line(struct dns_servers *servers, const char *line, size_t n)
{
	static const char word[] = "nameserver";
	const size_t len = sizeof(word) - 1;
	struct dns_server *s = &servers->at[servers->n];
	char one[128];

	if (n <= len || memcmp(line, word, len) != 0 ||
	    (line[len] != ' ' && line[len] != '\t'))
		return;
	line += len;
	n -= len;
	line = text_trim(line, &n);
	snprintf(one, sizeof(one), "%.*s", (int)n, line);
	one[strcspn(one, " \t%#;")] = '\0';
	if (!read_address(one, s) || is_link_local(s))
		return;
	s->port = DNS_PORT;
	servers->n++;
}

int
dns_servers_load(struct dns_servers *servers, const char *path, struct err *err)
{
	struct dns_servers found = { 0 };
	struct buf text = { 0 };
	const char *line;
	size_t n;
	int fd, rc;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return err_set_errno(err, ERR_NET,
		    "cannot read %s, which names the name servers", path);
	rc = io_read_all(fd, MAX_FILE, &text, err);
	close(fd);
	if (rc == -1) {
		buf_done(&text);
		return err_prepend(err, "%s", path);
	}
	for (line = buf_str(&text); *line != '\0' && found.n < DNS_SERVERS;
	     line += n + (line[n] == '\n')) {
		n = strcspn(line, "\n");
		load_line(&found, line, n);
	}
	buf_done(&text);
	if (found.n == 0)
		return err_set(err, ERR_NET,
		    "%s names no name server that can be asked", path);
	*servers = found;
	return 0;
}

void
dns_servers_write(struct buf *out, const struct dns_servers *servers)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	for (i = 0; i < servers->n; i++) {
		const struct dns_server *s = &servers->at[i];

		inet_ntop(s->family, s->address, text, sizeof(text));
		buf_printf(out, s->family == AF_INET6 ? "%s[%s]:%d" : "%s%s:%d",
		    i > 0 ? ", " : "", text, s->port);
	}
}
