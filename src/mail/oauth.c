/* SPDX-License-Identifier: BSD-2-Clause */
#include "mail/oauth.h"

#include <stdlib.h>
#include <string.h>

#include "base/http.h"
#include "mail/oauth_priv.h"

/* application/x-www-form-urlencoded. */
static void
form_add(struct buf *form, const char *key, const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789-._~";

	if (value == NULL)
		return;
	if (form->len > 0)
		buf_add_char(form, '&');
	buf_add_str(form, key);
	buf_add_char(form, '=');
	for (; *value != '\0'; value++)
		if (strchr(plain, *value) != NULL)
			buf_add_char(form, *value);
		else
			buf_printf(form, "%%%02X", (unsigned char)*value);
}

/* Why there is no answer. */
static int
oauth_explain(
    const struct oauth_request *r, const struct http_answer *a, struct err *err)
{
	switch (a->end) {
	case HTTP_LONG:
		return err_set(err, ERR_CONF,
		    "no token from %s: its answer is longer than %d bytes: is "
		    "token_url correct?",
		    r->host, HTTP_MOST);
	case HTTP_UNTRUSTED:
		return err_set(err, ERR_AUTH,
		    "no token from %s: its identity could not be verified: %s",
		    r->host, a->why);
	case HTTP_CA_FILE:
		return err_set(err, ERR_CONF,
		    "no token from %s: ca_file cannot be used: %s", r->host,
		    a->why);
	case HTTP_LATE:
		return err_set(err, ERR_NET,
		    "no token from %s: no answer within %d s", r->host,
		    OAUTH_SECONDS);
	default:
		return err_set(err, ERR_NET,
		    "no token from %s: cannot reach it: %s", r->host, a->why);
	}
}

static int
oauth_ask(
    const struct oauth_request *r, struct oauth_token *out, struct err *err)
{
	const struct oauth_source *from = r->from;
	struct buf form = { 0 };
	const struct http_request request = { .url = from->token_url,
		.ca_file = from->ca_file,
		.form = &form,
		.seconds = OAUTH_SECONDS };
	struct http_answer answer = { 0 };
	int rc;

	/* Room for all, so that no copy is left behind by growing. */
	buf_reserve(&form, (size_t)8 * SECRET_MAX);
	form_add(&form, "grant_type",
	    r->refresh != NULL ? "refresh_token" : "client_credentials");
	form_add(&form, "client_id", from->client_id);
	form_add(&form, "client_secret", r->secret);
	form_add(&form, "refresh_token", r->refresh);
	form_add(&form, "scope", from->scope);
	if ((rc = http_ask(&request, &answer, err)) == -1)
		err_prepend(err, "no token from %s", r->host);
	else if (answer.end != HTTP_ANSWERED)
		rc = oauth_explain(r, &answer, err);
	else
		rc = oauth_parse_answer(
		    r, answer.status, answer.body, answer.len, out, err);
	buf_wipe(&form);
	http_done(&answer);
	return rc;
}

static bool
oauth_has_secret(const struct oauth_source *from)
{
	const struct secret_source *s = &from->client_secret;

	return s->literal != NULL || s->file != NULL || s->credential != NULL ||
	    s->command != NULL;
}

int
oauth_get_token(
    const struct oauth_source *from, struct oauth_token *out, struct err *err)
{
	struct oauth_request r = { .from = from };
	struct oauth_token token = { 0 };
	struct oauth_file *file = NULL;
	char *secret = NULL;
	int rc = -1;

	if (url_check(from->token_url, r.host, err) == -1) {
		err_prepend(err, "token_url");
		goto out;
	}
	if (oauth_has_secret(from) &&
	    secret_load(&from->client_secret, &secret, err) == -1)
		goto out;
	if (from->grant == OAUTH_REFRESH_TOKEN &&
	    oauth_file_open(&file, from->refresh_token_file, err) == -1)
		goto out;
	r.secret = secret;
	r.refresh = file != NULL ? oauth_file_token(file) : NULL;
	if (oauth_ask(&r, &token, err) == -1)
		goto out;
	if (file != NULL && token.refresh != NULL &&
	    strcmp(token.refresh, r.refresh) != 0 &&
	    oauth_file_replace(file, token.refresh, err) == -1)
		goto out;
	*out = token;
	token.access = out->refresh = NULL; /* it is on the disk */
	rc = 0;
out:
	oauth_file_close(file);
	secret_free(secret);
	oauth_token_done(&token);
	return rc;
}
