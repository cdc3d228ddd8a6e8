/* SPDX-License-Identifier: BSD-2-Clause */
#include "mail/oauth.h"

#include <stdlib.h>
#include <string.h>

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

static int
oauth_ask(
    const struct oauth_request *r, struct oauth_token *out, struct err *err)
{
	const struct oauth_source *from = r->from;
	struct buf form = { 0 }, answer = { 0 };
	long status = 0;
	int rc;

	/* Room for all, so that no copy is left behind by growing. */
	buf_reserve(&form, (size_t)8 * SECRET_MAX);
	form_add(&form, "grant_type",
	    r->refresh != NULL ? "refresh_token" : "client_credentials");
	form_add(&form, "client_id", from->client_id);
	form_add(&form, "client_secret", r->secret);
	form_add(&form, "refresh_token", r->refresh);
	form_add(&form, "scope", from->scope);
	rc = oauth_post(r, &form, &status, &answer, err);
	if (rc == 0)
		rc = oauth_parse_answer(
		    r, status, answer.at, answer.len, out, err);
	buf_wipe(&form);
	buf_wipe(&answer);
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
