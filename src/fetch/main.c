/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ruad-fetch [--ca-file=FILE] [--connect-to=ADDRESS[:PORT]] URL
 *
 * Fetches one file over HTTPS for ruactl dns --https, by the rules of RFC 8461,
 * 3.3: verified TLS, no redirects, 64 KB, 10 seconds.  A program of its own,
 * since libcurl would cost every other command its start.  Answers on stdout:
 *
 *	200 123 text/plain\n	status, bytes, Content-Type ("-": none), body
 *	failed WHY\n		the server is wrong
 *	unknown WHY\n		it did not answer: nothing can be said
 *
 * WHY is the end of a sentence that begins with the URL.  Exits with 0 if it
 * wrote one of these.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "base/text.h"

#define SECONDS 10
#define MOST 65536 /* bytes */

struct request {
	const char *url;
	const char *ca_file;    /* NULL: those of the machine */
	const char *connect_to; /* ADDRESS[:PORT]; NULL: as the URL says */
	struct buf body;
	bool is_long;
};

/* Less than n ends the transfer. */
static size_t
take(char *data, size_t size, size_t n, void *arg)
{
	struct request *r = arg;

	(void)size; /* is 1 */
	if (n > MOST - r->body.len) {
		r->is_long = true;
		return 0;
	}
	buf_add(&r->body, data, n);
	return n;
}

/* curl wants "HOST:PORT:ADDRESS:PORT", and an IPv6 address in brackets. */
static struct curl_slist *
write_connect_to(const struct request *r)
{
	struct curl_slist *list = NULL;
	struct buf to = { 0 };

	if (r->connect_to == NULL)
		return NULL;
	if (strchr(r->connect_to, ':') != strrchr(r->connect_to, ':') &&
	    r->connect_to[0] != '[')
		buf_printf(&to, "::[%s]:", r->connect_to);
	else
		buf_printf(&to, "::%s%s", r->connect_to,
		    strchr(r->connect_to, ':') == NULL ||
		            r->connect_to[strlen(r->connect_to) - 1] == ']'
		        ? ":"
		        : "");
	list = curl_slist_append(NULL, buf_str(&to));
	buf_done(&to);
	return list;
}

static void
set_up(CURL *curl, struct request *r, struct curl_slist *to, char *why)
{
	curl_easy_setopt(curl, CURLOPT_URL, r->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(
	    curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (r->ca_file != NULL) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, r->ca_file);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	if (to != NULL)
		curl_easy_setopt(curl, CURLOPT_CONNECT_TO, to);
	curl_easy_setopt(
	    curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SECONDS);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "ruad/" RUAD_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, r);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
}

static void
print_failure(const struct request *r, CURLcode code, const char *why)
{
	char safe[256];

	text_safe(safe, sizeof(safe),
	    why[0] != '\0' ? why : curl_easy_strerror(code));
	if (r->is_long)
		printf("failed is longer than 64 KB\n");
	else if (code == CURLE_OPERATION_TIMEDOUT)
		printf("unknown did not answer within %d s\n", SECONDS);
	else if (code == CURLE_PEER_FAILED_VERIFICATION)
		printf("failed cannot be trusted: %s\n", safe);
	else if (code == CURLE_COULDNT_CONNECT ||
	    code == CURLE_COULDNT_RESOLVE_HOST)
		printf("unknown cannot be reached: %s\n", safe);
	else
		printf("failed cannot be read: %s\n", safe);
}

static void
print_answer(const struct request *r, long status, const char *type)
{
	char safe[128];

	text_safe(
	    safe, sizeof(safe), type != NULL && type[0] != '\0' ? type : "-");
	printf("%ld %zu %s\n", status, r->body.len, safe);
	if (r->body.len > 0)
		fwrite(r->body.at, 1, r->body.len, stdout);
}

static int
fetch(struct request *r)
{
	char why[CURL_ERROR_SIZE] = "";
	struct curl_slist *to = NULL;
	const char *type = NULL;
	long status = 0;
	CURLcode code;
	CURL *curl;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (curl = curl_easy_init()) == NULL)
		return EX_OSERR;
	to = write_connect_to(r);
	set_up(curl, r, to, why);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
	if (code == CURLE_OK)
		print_answer(r, status, type);
	else
		print_failure(r, code, why);
	curl_slist_free_all(to);
	curl_easy_cleanup(curl);
	curl_global_cleanup();
	return fflush(stdout) == 0 && !ferror(stdout) ? EX_OK : EX_IOERR;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "ca-file", required_argument, NULL, 'c' },
		{ "connect-to", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	struct request r = { 0 };
	int option, rc;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option == 'c')
			r.ca_file = optarg;
		else if (option == 't')
			r.connect_to = optarg;
		else
			return EX_USAGE;
	if (argc - optind != 1 ||
	    strncasecmp(argv[optind], "https://", 8) != 0) {
		fputs("usage: ruad-fetch [--ca-file=FILE] "
		      "[--connect-to=ADDRESS[:PORT]] https://URL\n",
		    stderr);
		return EX_USAGE;
	}
	r.url = argv[optind];
	rc = fetch(&r);
	buf_done(&r.body);
	return rc;
}
