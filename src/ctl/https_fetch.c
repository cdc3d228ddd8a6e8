/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/https_fetch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SECONDS 10

/* Why there is no file, as the end of a sentence. */
static void
explain(struct https_fetch *f)
{
	const char *why = f->http.why;

	switch (f->http.end) {
	case HTTP_LATE:
		xasprintf(&f->failure, "did not answer within %d s", SECONDS);
		break;
	case HTTP_UNREACHABLE:
		xasprintf(&f->failure, "cannot be reached: %s", why);
		break;
	case HTTP_UNTRUSTED:
		xasprintf(&f->failure, "cannot be trusted: %s", why);
		break;
	case HTTP_LONG:
		xasprintf(
		    &f->failure, "is longer than %d KB", HTTP_MOST / 1024);
		break;
	default:
		xasprintf(&f->failure, "cannot be read: %s", why);
		break;
	}
	f->answer.failure = f->failure;
	f->answer.is_unknown = f->http.end == HTTP_LATE ||
	    f->http.end == HTTP_UNREACHABLE;
}

const struct dns_https *
https_fetch_get(void *arg, const char *url, const char *address)
{
	const struct http_request request = {
		.url = url, .connect_to = address, .seconds = SECONDS
	};
	struct https_fetch *f = arg;
	struct dns_https *a = &f->answer;

	https_fetch_done(f);
	a->url = url;
	if (http_ask(&request, &f->http, &f->err) == -1) {
		xasprintf(&f->failure, "could not be fetched: %s", f->err.text);
		a->failure = f->failure;
		a->is_unknown = true;
	} else if (f->http.end == HTTP_ANSWERED) {
		a->status = f->http.status;
		a->type = f->http.type;
		a->body = f->http.body;
		a->len = f->http.len;
	} else
		explain(f);
	return a;
}

void
https_fetch_done(struct https_fetch *f)
{
	http_done(&f->http);
	free(f->failure);
	memset(f, 0, sizeof(*f));
}
