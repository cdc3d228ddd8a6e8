/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ruad-fetch [--post] [--seconds=N] [--ca-file=FILE]
 *     [--connect-to=ADDRESS[:PORT]] URL
 *
 * One HTTP request for another program, see base/http.h: the file of an https
 * URL, or with --post what a URL says to the form on stdin.  Answers on stdout:
 *
 *	200 123 text/plain\n	status, bytes, Content-Type ("-": none), body
 *	WORD WHY\n		late, unreachable, untrusted, long, ca-file or
 *				unreadable; WHY, which may be missing, is the
 *				end of a sentence
 *
 * Exits with 0 if it wrote one of these.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "base/http.h"
#include "base/io.h"
#include "base/text.h"
#include "base/url.h"

#define FORM_MOST (1 << 20) /* bytes */

struct request {
	const char *url;
	const char *ca_file;    /* NULL: those of the machine */
	const char *connect_to; /* ADDRESS[:PORT]; NULL: as the URL says */
	int64_t seconds;
	bool is_post;
	struct buf form;
	struct buf body;
	bool is_long;
};

/* Less than n ends the transfer. */
static size_t
take(char *data, size_t size, size_t n, void *arg)
{
	struct request *r = arg;

	(void)size; /* is 1 */
	if (n > HTTP_MOST - r->body.len) {
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
set_up_form(CURL *curl, const struct request *r, struct curl_slist *accept)
{
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, accept);
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, r->form.at);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)r->form.len);
}

static void
set_up(CURL *curl, struct request *r, struct curl_slist *to, char *why)
{
	bool secure = strncasecmp(r->url, "https:", 6) == 0;

	curl_easy_setopt(curl, CURLOPT_URL, r->url);
	curl_easy_setopt(
	    curl, CURLOPT_PROTOCOLS_STR, secure ? "https" : "http");
	/* A form of https goes through the proxy's tunnel, if there is one. */
	if (!r->is_post || !secure)
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
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)r->seconds);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "ruad/" RUAD_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, r);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
}

static const char *
name_end(const struct request *r, CURLcode code)
{
	if (r->is_long)
		return "long";
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return "late";
	case CURLE_PEER_FAILED_VERIFICATION:
		return "untrusted";
	case CURLE_SSL_CACERT_BADFILE:
		return "ca-file";
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
		return "unreachable";
	default:
		return "unreadable";
	}
}

static void
print_failure(const struct request *r, CURLcode code, const char *why)
{
	char safe[256];

	text_safe(safe, sizeof(safe),
	    why[0] != '\0' ? why : curl_easy_strerror(code));
	printf("%s %s\n", name_end(r, code), safe);
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
	struct curl_slist *to = NULL, *accept = NULL;
	const char *type = NULL;
	long status = 0;
	CURLcode code;
	CURL *curl;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (curl = curl_easy_init()) == NULL ||
	    (accept = curl_slist_append(NULL, "Accept: application/json")) ==
	        NULL)
		return EX_OSERR;
	to = write_connect_to(r);
	set_up(curl, r, to, why);
	if (r->is_post)
		set_up_form(curl, r, accept);
	code = curl_easy_perform(curl);
	if (code == CURLE_OUT_OF_MEMORY)
		return EX_OSERR;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
	if (code == CURLE_OK)
		print_answer(r, status, type);
	else
		print_failure(r, code, why);
	curl_slist_free_all(to);
	curl_slist_free_all(accept);
	curl_easy_cleanup(curl);
	curl_global_cleanup();
	return fflush(stdout) == 0 && !ferror(stdout) ? EX_OK : EX_IOERR;
}

/* -1: it is not what base/http.h asks for. */
static int
read_command_line(struct request *r, int argc, char **argv)
{
	static const struct option options[] = {
		{ "ca-file", required_argument, NULL, 'c' },
		{ "connect-to", required_argument, NULL, 't' },
		{ "post", no_argument, NULL, 'p' },
		{ "seconds", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	struct err err = ERR_INIT;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option == 'c')
			r->ca_file = optarg;
		else if (option == 't')
			r->connect_to = optarg;
		else if (option == 'p')
			r->is_post = true;
		else if (option != 's' ||
		    !text_read_int(optarg, 1, 3600, &r->seconds))
			return -1;
	if (argc - optind != 1)
		return -1;
	r->url = argv[optind];
	if (r->is_post)
		return url_check(r->url, NULL, &err);
	return strncasecmp(r->url, "https://", 8) == 0 ? 0 : -1;
}

int
main(int argc, char **argv)
{
	struct request r = { .seconds = 10 };
	struct err err = ERR_INIT;
	int rc;

	if (read_command_line(&r, argc, argv) == -1) {
		fputs("usage: ruad-fetch [--post] [--seconds=N] "
		      "[--ca-file=FILE] [--connect-to=ADDRESS[:PORT]] URL\n",
		    stderr);
		return EX_USAGE;
	}
	/* It ends with who asked; a form has secrets, as may its answer. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (r.is_post) {
		io_forbid_core();
		if (io_read_all(STDIN_FILENO, FORM_MOST, &r.form, &err) == -1) {
			fprintf(stderr, "ruad-fetch: the form: %s\n", err.text);
			return EX_IOERR;
		}
	}
	rc = fetch(&r);
	buf_wipe(&r.form);
	buf_wipe(&r.body);
	return rc;
}
