/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gnutls/gnutls.h>
#include <jansson.h>

#include "base/mem.h"
#include "base/text.h"
#include "mail/oauth_priv.h"

#define TOKEN_MAX (SECRET_MAX - 2) /* with a line end it is a secret */
#define SECONDS_MAX (366 * 86400)  /* nothing is good for longer */
#define WORDS_MAX 160              /* bytes quoted of the endpoint */
#define CHALLENGE_MAX 1000         /* bytes of it in base64 */

/* --- what went wrong --------------------------------------------- */

enum what {
	WHAT_ID = 1 << 0,   /* name the client_id */
	WHAT_FILE = 1 << 1, /* say where a new refresh token goes */
};

struct meaning {
	const char *code;
	enum err_class class;
	enum what what;
	const char *text;
};

/* "AADSTS" and a number, of Microsoft Entra. */
static const struct meaning microsoft[] = {
	{ "7000222", ERR_AUTH, WHAT_ID,
	    "the client secret has expired: make a new one under "
	    "\"Certificates & secrets\" of the app registration" },
	{ "7000215", ERR_AUTH, WHAT_ID,
	    "the client secret is wrong: it must be the secret's Value, not "
	    "its Secret ID" },
	{ "7000218", ERR_AUTH, WHAT_ID,
	    "this application must send its secret: set client_secret_file" },
	{ "700025", ERR_AUTH, WHAT_ID,
	    "this is a public client, which has no secret: remove "
	    "client_secret_*" },
	{ "700016", ERR_AUTH, WHAT_ID,
	    "the tenant has no such application: check client_id (the "
	    "Application ID of the app registration) and tenant" },
	{ "7000112", ERR_AUTH, WHAT_ID, "the application is disabled" },
	{ "90002", ERR_AUTH, 0,
	    "unknown tenant: tenant must be the Directory ID or one of your "
	    "domains" },
	{ "900021", ERR_AUTH, 0,
	    "unknown tenant: tenant must be the Directory ID or one of your "
	    "domains" },
	{ "900023", ERR_AUTH, 0,
	    "unknown tenant: tenant must be the Directory ID or one of your "
	    "domains" },
	{ "65001", ERR_AUTH, WHAT_ID,
	    "consent is missing: an administrator must grant it under \"API "
	    "permissions\" of the app registration" },
	{ "70011", ERR_AUTH, 0,
	    "the scope is wrong: remove it, the preset knows the right one" },
	{ "1002012", ERR_AUTH, 0,
	    "the scope is wrong: remove it, the preset knows the right one" },
	{ "500011", ERR_AUTH, 0,
	    "the tenant does not have what scope names: does it have Exchange "
	    "Online?" },
	{ "700082", ERR_AUTH, WHAT_FILE,
	    "the refresh token has expired: it was not used for too long" },
	{ "700084", ERR_AUTH, WHAT_FILE, "the refresh token has expired" },
	{ "70008", ERR_AUTH, WHAT_FILE, "the refresh token has expired" },
	{ "50173", ERR_AUTH, WHAT_FILE,
	    "the refresh token was revoked, perhaps by a new password" },
	{ "50076", ERR_AUTH, WHAT_FILE, "a second factor is required" },
	{ "50079", ERR_AUTH, WHAT_FILE, "a second factor is required" },
	{ "53003", ERR_AUTH, 0,
	    "a Conditional Access policy of the tenant forbids it" },
	{ "50057", ERR_AUTH, 0, "the account is disabled" },
	{ "90033", ERR_AGAIN, 0, "the service failed temporarily" },
};

/* The "error" of RFC 6749, 5.2, and some of Google. */
static const struct meaning words[] = {
	{ "invalid_client", ERR_AUTH, WHAT_ID,
	    "client_id or the client secret is wrong" },
	{ "invalid_grant", ERR_AUTH, WHAT_FILE,
	    "the refresh token has expired or was revoked" },
	{ "unauthorized_client", ERR_AUTH, WHAT_ID,
	    "the client may not use this grant" },
	{ "unsupported_grant_type", ERR_AUTH, 0,
	    "the grant is not supported: are grant and token_url correct?" },
	{ "invalid_scope", ERR_AUTH, 0, "the scope is wrong" },
	{ "invalid_request", ERR_AUTH, 0,
	    "invalid request: is a setting of oauth2 missing?" },
	{ "deleted_client", ERR_AUTH, WHAT_ID, "the client was deleted" },
	{ "disabled_client", ERR_AUTH, WHAT_ID, "the client is disabled" },
	{ "admin_policy_enforced", ERR_AUTH, 0,
	    "an administrator of the Workspace forbids it" },
	{ "org_internal", ERR_AUTH, 0,
	    "the client accepts only accounts of its own organisation" },
	{ "access_denied", ERR_AUTH, 0, "access is denied" },
	{ "temporarily_unavailable", ERR_AGAIN, 0, "temporarily unavailable" },
	{ "server_error", ERR_AGAIN, 0, "the service failed temporarily" },
	{ "rate_limit_exceeded", ERR_AGAIN, 0, "too many requests" },
};

static const struct meaning *
answer_find(const struct meaning *table, size_t n, const char *code)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(table[i].code, code) == 0)
			return &table[i];
	return NULL;
}

/* The number behind "AADSTS" as text, "" without one. */
static void
answer_number(const char *description, char *out, size_t size)
{
	const char *at = strstr(description, "AADSTS");
	size_t n = 0;

	if (at != NULL)
		for (at += 6; isdigit((unsigned char)at[n]) && n + 1 < size;
		     n++)
			out[n] = at[n];
	out[n] = '\0';
}

/*
 * What the endpoint says, as far as a person wants to read it: the first
 * sentence or line.  Nothing at all if it repeats what it was sent.
 */
static void
answer_quote(const struct oauth_request *r, const char *description, char *out,
    size_t size)
{
	const char *const secrets[] = { r->secret, r->refresh };
	size_t n = strcspn(description, "\r\n"), i;
	const char *end = strstr(description, " Trace ID:");

	out[0] = '\0';
	for (i = 0; i < 2; i++)
		if (secrets[i] != NULL && secret_is_in(secrets[i], description))
			return;
	if (end != NULL && (size_t)(end - description) < n)
		n = (size_t)(end - description);
	text_safe_len(out, size, description, n);
}

static int
answer_say(const struct oauth_request *r, const struct meaning *m,
    const char *quote, struct err *err)
{
	const struct oauth_source *from = r->from;
	char more[600] = "";

	if (m->what == WHAT_ID)
		snprintf(
		    more, sizeof(more), " (client_id %.80s)", from->client_id);
	else if (m->what == WHAT_FILE && from->refresh_token_file != NULL)
		snprintf(more, sizeof(more),
		    ": get a new one and write it to %.300s, see "
		    "ruad-quickstart(7)",
		    from->refresh_token_file);
	return err_set(err, m->class, "no token from %s: %s%s [%s]", r->host,
	    m->text, more, quote);
}

/* The object has an "error". */
static int
answer_explain(const struct oauth_request *r, const char *error,
    const char *description, struct err *err)
{
	const struct meaning *m;
	struct meaning unknown = { NULL, ERR_AUTH, 0, "refused" };
	char number[12], word[40], quote[WORDS_MAX], all[220];

	answer_number(description, number, sizeof(number));
	answer_quote(r, description, quote, sizeof(quote));
	answer_quote(r, error, word, sizeof(word));
	m = answer_find(
	    microsoft, sizeof(microsoft) / sizeof(*microsoft), number);
	if (m != NULL) {
		snprintf(all, sizeof(all), "AADSTS%s", number);
		return answer_say(r, m, all, err);
	}
	m = answer_find(words, sizeof(words) / sizeof(*words), error);
	/* Only a refresh token can expire. */
	if (m == NULL || (m->what == WHAT_FILE && r->refresh == NULL))
		m = &unknown;
	snprintf(all, sizeof(all), "%s%s%s", word, quote[0] != '\0' ? ": " : "",
	    quote);
	return answer_say(r, m, all, err);
}

/* No "error" and no token. */
static int
answer_odd(
    const struct oauth_request *r, long status, bool is_json, struct err *err)
{
	if (status == 429 || status >= 500)
		return err_set(err, ERR_AGAIN,
		    "no token from %s: %s (HTTP %ld)", r->host,
		    status == 429 ? "too many requests" : "the service failed",
		    status);
	if (status >= 300 && status < 400)
		return err_set(err, ERR_CONF,
		    "no token from %s: it redirects to another URL (HTTP %ld): "
		    "token_url must be the endpoint itself",
		    r->host, status);
	return err_set(err, ERR_CONF,
	    "no token from %s: its answer %s (HTTP %ld): is token_url correct?",
	    r->host, is_json ? "is not a token response" : "is not JSON",
	    status);
}

/* --- what went well ---------------------------------------------- */

/* A token as it may stand in a header, a SASL message and a file. */
static bool
answer_is_token(const char *text)
{
	size_t n = strlen(text), i;

	for (i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] >= 0x7f)
			return false;
	return n > 0 && n <= TOKEN_MAX;
}

/* A number, or one as text as some endpoints have it. */
static int64_t
answer_seconds(const json_t *root)
{
	const json_t *value = json_object_get(root, "expires_in");
	int64_t n = 0;

	if (json_is_integer(value))
		n = json_integer_value(value);
	else if (json_is_string(value) &&
	    !text_read_int(json_string_value(value), 0, SECONDS_MAX, &n))
		n = 0;
	return n < 0 ? 0 : n > SECONDS_MAX ? SECONDS_MAX : n;
}

static const char *
answer_text(const json_t *root, const char *key)
{
	return json_string_value(json_object_get(root, key));
}

static int
answer_take(const struct oauth_request *r, long status, const json_t *root,
    struct oauth_token *out, struct err *err)
{
	const char *access = answer_text(root, "access_token");
	const char *refresh = answer_text(root, "refresh_token");
	const char *type = answer_text(root, "token_type");
	const char *error = answer_text(root, "error");
	const char *description = answer_text(root, "error_description");

	if (error != NULL)
		return answer_explain(
		    r, error, description != NULL ? description : "", err);
	if (status != 200 || !json_is_object(root))
		return answer_odd(r, status, true, err);
	if (access == NULL)
		return err_set(err, ERR_CONF,
		    "no token from %s: its answer has no access_token: is "
		    "token_url correct?",
		    r->host);
	if (type != NULL && strcasecmp(type, "Bearer") != 0)
		return err_set(err, ERR_CONF,
		    "no token from %s: it issues tokens of a type other than "
		    "Bearer",
		    r->host);
	if (!answer_is_token(access) ||
	    (refresh != NULL && !answer_is_token(refresh)))
		return err_set(err, ERR_NET,
		    "no token from %s: the token is empty, longer than %d "
		    "bytes, "
		    "or not ASCII",
		    r->host, TOKEN_MAX);
	out->access = xstrdup(access);
	out->refresh = xstrdup_null(refresh);
	out->seconds = answer_seconds(root);
	return 0;
}

/* jansson's copies of the tokens go with it. */
static void
answer_free(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

int
oauth_parse_answer(const struct oauth_request *r, long http_status,
    const char *data, size_t len, struct oauth_token *out, struct err *err)
{
	json_t *root;
	int rc;

	json_set_alloc_funcs(malloc, answer_free);
	root = json_loadb(data, len, JSON_REJECT_DUPLICATES, NULL);
	if (root == NULL)
		return answer_odd(r, http_status, false, err);
	rc = answer_take(r, http_status, root, out, err);
	json_decref(root);
	return rc;
}

void
oauth_token_done(struct oauth_token *token)
{
	secret_free(token->access);
	secret_free(token->refresh);
	memset(token, 0, sizeof(*token));
}

int
oauth_parse_challenge(const char *base64)
{
	gnutls_datum_t in, out = { NULL, 0 };
	const char *text;
	json_t *root;
	int64_t n = 0;

	while (text_is_space(*base64))
		base64++;
	in.data = (unsigned char *)(uintptr_t)base64;
	in.size = (unsigned int)strcspn(base64, "\r\n");
	if (in.size > CHALLENGE_MAX || gnutls_base64_decode2(&in, &out) != 0)
		return 0;
	root = json_loadb((char *)out.data, out.size, 0, NULL);
	text = answer_text(root, "status");
	if (text == NULL || !text_read_int(text, 100, 999, &n))
		n = 0;
	json_decref(root);
	gnutls_free(out.data);
	return (int)n;
}
