/* SPDX-License-Identifier: BSD-2-Clause */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/port.h"
#include "mail/oauth_priv.h"

#define CONNECT_SECONDS 15

/* --- memory that curl gives back is wiped ------------------------ */

static void
http_free(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void *
http_realloc(void *old, size_t size)
{
	size_t n = old != NULL ? malloc_usable_size(old) : 0;
	void *p = malloc(size);

	if (p == NULL)
		return NULL;
	if (old != NULL)
		memcpy(p, old, n < size ? n : size);
	http_free(old);
	return p;
}

/* --- the request ------------------------------------------------- */

/* Less than n ends the transfer. */
static size_t
http_take(char *data, size_t size, size_t n, void *arg)
{
	struct buf *answer = arg;

	(void)size; /* is 1 */
	if (n > OAUTH_ANSWER_MAX - answer->len)
		return 0;
	buf_add(answer, data, n);
	return n;
}

static int
http_explain(const struct oauth_request *r, CURLcode code, const char *what,
    struct err *err)
{
	if (what[0] == '\0')
		what = curl_easy_strerror(code);
	switch (code) {
	case CURLE_OUT_OF_MEMORY:
		return err_set(err, ERR_AGAIN, "out of memory");
	case CURLE_WRITE_ERROR:
		return err_set(err, ERR_CONF,
		    "no token from %s: its answer is longer than %d bytes: is "
		    "token_url correct?",
		    r->host, OAUTH_ANSWER_MAX);
	case CURLE_PEER_FAILED_VERIFICATION:
		return err_set(err, ERR_AUTH,
		    "no token from %s: its identity could not be verified: %s",
		    r->host, what);
	case CURLE_SSL_CACERT_BADFILE:
		return err_set(err, ERR_CONF,
		    "no token from %s: ca_file cannot be used: %s", r->host,
		    what);
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(err, ERR_NET,
		    "no token from %s: no answer within %d s", r->host,
		    OAUTH_SECONDS);
	default:
		return err_set(err, ERR_NET,
		    "no token from %s: cannot reach it: %s", r->host, what);
	}
}

static void
http_set_up(CURL *curl, const struct oauth_source *from, const struct buf *form,
    struct curl_slist *headers, struct buf *answer, char *why)
{
	bool secure = strncasecmp(from->token_url, "https:", 6) == 0;

	curl_easy_setopt(curl, CURLOPT_URL, from->token_url);
	curl_easy_setopt(
	    curl, CURLOPT_PROTOCOLS_STR, secure ? "https" : "http");
	/* Through a proxy of the environment https is a tunnel; http is not. */
	if (!secure)
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(
	    curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (from->ca_file != NULL) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, from->ca_file);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	curl_easy_setopt(
	    curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)OAUTH_SECONDS);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "ruad/" RUAD_VERSION);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form->at);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)form->len);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, http_take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
}

int
oauth_post(const struct oauth_request *r, const struct buf *form,
    long *http_status, struct buf *answer, struct err *err)
{
	char why[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers = NULL;
	CURL *curl = NULL;
	CURLcode code = CURLE_OUT_OF_MEMORY;

	buf_reserve(answer, OAUTH_ANSWER_MAX);
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, http_free,
	        http_realloc, strdup, calloc) != CURLE_OK)
		return err_set(err, ERR_AGAIN, "cannot initialise libcurl");
	/* GnuTLS does not wipe the records in which the tokens come. */
	port_wipe_freed(true);
	if ((curl = curl_easy_init()) != NULL &&
	    (headers = curl_slist_append(NULL, "Accept: application/json")) !=
	        NULL) {
		http_set_up(curl, r->from, form, headers, answer, why);
		code = curl_easy_perform(curl);
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, http_status);
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	curl_global_cleanup();
	port_wipe_freed(false);
	return code == CURLE_OK ? 0 : http_explain(r, code, why, err);
}
