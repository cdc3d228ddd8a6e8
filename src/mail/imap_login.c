/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>

#include "base/mem.h"
#include "mail/imap_priv.h"
#include "mail/oauth.h"

/* libetpan keeps what it sent in the buffer of its stream. */
static void
login_wipe_stream(struct imap *imap)
{
	mailstream *s = imap->session->imap_stream;

	explicit_bzero(s->write_buffer, s->buffer_max_size);
	s->write_buffer_len = 0;
}

static bool
login_is_ascii(const char *s)
{
	while (*s != '\0')
		if ((unsigned char)*s++ >= 0x80)
			return false;
	return true;
}

/* Return whether the server's last words contain part of the secret. */
static bool
login_is_repeated(const struct imap *imap, const char *secret)
{
	return secret_is_in(secret, guard_reply(imap->guard)->text) ||
	    secret_is_in(secret, guard_fault(imap->guard));
}

static int
login_hide(const struct imap *imap, struct err *err)
{
	return err_set(err, err->class,
	    "%s: the login of %s by %s failed (the server's answer is not "
	    "shown: it contains part of the secret)",
	    imap->host, imap->user, imap->method);
}

/*
 * NO and BAD mean that these credentials are refused.  With BAD some servers
 * repeat what they were sent: its words are never quoted.
 */
static int
login_refused(struct imap *imap, struct err *err)
{
	const struct guard_reply *r = guard_reply(imap->guard);

	if (r->status != GUARD_NO && r->status != GUARD_BAD)
		return imap_lost(imap, err);
	return err_set(err, imap_class_of_no(r, ERR_AUTH),
	    "the server refused the login of %s by %s: %s", imap->user,
	    imap->method,
	    r->status == GUARD_BAD ? "it rejected the command" : r->text);
}

static int
login_by_login(struct imap *imap, const char *password, struct err *err)
{
	struct buf line = { 0 };
	int rc;

	imap_expect(imap);
	/* Room for all, so that no copy is left behind by growing. */
	buf_reserve(&line, 2 * (strlen(imap->user) + strlen(password)) + 64);
	buf_printf(&line, "%d LOGIN ", ++imap->session->imap_tag);
	imap_add_quoted(&line, imap->user);
	buf_add_char(&line, ' ');
	imap_add_quoted(&line, password);
	buf_add_str(&line, "\r\n");
	rc = imap_send(imap, line.at, line.len, err);
	buf_wipe(&line);
	login_wipe_stream(imap);
	if (rc == -1)
		return -1;
	if (mailstream_read_line(imap->session->imap_stream,
	        imap->session->imap_stream_buffer) == NULL)
		return imap_lost(imap, err);
	if (imap_await(imap, ERR_AUTH, "LOGIN", err) == -1)
		return login_refused(imap, err);
	return 0;
}

/* A line in base64; none of it stays in memory. */
static int
login_send_base64(
    struct imap *imap, const gnutls_datum_t *line, struct err *err)
{
	int rc;

	if (mailstream_write(imap->session->imap_stream, line->data,
	        line->size) != (ssize_t)line->size)
		rc = imap_lost(imap, err);
	else
		rc = imap_send(imap, "\r\n", 2, err);
	login_wipe_stream(imap);
	return rc;
}

/* Read the answer to this command; untagged lines are skipped. */
static const char *
login_read_line(struct imap *imap)
{
	const char *line;

	do {
		line = mailstream_read_line(imap->session->imap_stream,
		    imap->session->imap_stream_buffer);
	} while (line != NULL && line[0] == '*');
	return line;
}

/*
 * AUTHENTICATE with one message in base64.  *status: what the server says to
 * it before the NO, as a number (XOAUTH2), or 0.
 */
static int
login_exchange(struct imap *imap, const gnutls_datum_t *message, int *status,
    struct err *err)
{
	struct buf line = { 0 };
	const char *answer;
	int rc;

	imap_expect(imap);
	guard_let_continue(imap->guard, true);
	buf_printf(&line, "%d AUTHENTICATE %s\r\n", ++imap->session->imap_tag,
	    imap->method);
	rc = imap_send(imap, line.at, line.len, err);
	buf_done(&line);
	if (rc == -1)
		return -1;
	answer = login_read_line(imap);
	if (answer != NULL && answer[0] == '+') {
		if (login_send_base64(imap, message, err) == -1)
			return -1;
		answer = login_read_line(imap);
	}
	if (answer != NULL && answer[0] == '+') {
		*status = oauth_parse_challenge(answer + 1);
		if (imap_send(imap, "\r\n", 2, err) == -1)
			return -1;
		answer = login_read_line(imap);
	}
	guard_let_continue(imap->guard, false);
	if (answer == NULL || answer[0] == '+')
		return imap_lost(imap, err);
	if (imap_await(imap, ERR_AUTH, "AUTHENTICATE", err) == -1)
		return login_refused(imap, err);
	return 0;
}

/* Without libsasl2, whose plug-ins may not be installed.  Wipes the text. */
static int
login_by_sasl(struct imap *imap, struct buf *text, int *status, struct err *err)
{
	gnutls_datum_t in, out = { NULL, 0 };
	int rc;

	in.data = (unsigned char *)text->at;
	in.size = (unsigned int)text->len;
	if (gnutls_base64_encode2(&in, &out) != 0) {
		rc = err_set(err, ERR_AGAIN, "out of memory");
	} else {
		rc = login_exchange(imap, &out, status, err);
		/* gnutls ends it with a NUL. */
		if (rc == -1 && login_is_repeated(imap, (char *)out.data))
			rc = login_hide(imap, err);
		explicit_bzero(out.data, out.size);
	}
	gnutls_free(out.data);
	buf_wipe(text);
	return rc;
}

/* RFC 4616. */
static int
login_by_plain(struct imap *imap, const char *password, struct err *err)
{
	struct buf text = { 0 };
	int status = 0;

	/* Room for all, here and below: nothing is left behind by growing. */
	buf_reserve(&text, strlen(imap->user) + strlen(password) + 3);
	buf_add_char(&text, '\0');
	buf_add(&text, imap->user, strlen(imap->user) + 1);
	buf_add(&text, password, strlen(password));
	return login_by_sasl(imap, &text, &status, err);
}

/* Of Google and Microsoft; no RFC.  The secret is an access token. */
static int
login_by_xoauth2(struct imap *imap, const char *token, struct err *err)
{
	const struct guard_reply *reply = guard_reply(imap->guard);
	struct buf text = { 0 };
	char said[16] = "";
	int status = 0;

	buf_reserve(&text, strlen(imap->user) + strlen(token) + 32);
	buf_add_str(&text, "user=");
	buf_add_str(&text, imap->user);
	buf_add_str(&text, "\001auth=Bearer ");
	buf_add_str(&text, token);
	buf_add_str(&text, "\001\001");
	if (login_by_sasl(imap, &text, &status, err) == 0)
		return 0;
	if (err->class != ERR_AUTH || reply->status == GUARD_NONE)
		return -1;
	if (status != 0)
		snprintf(said, sizeof(said), " (%d)", status);
	return err_set(err, ERR_EXPIRED,
	    "%s%s: is the account or application of the token allowed to read "
	    "this mailbox by IMAP? See ruad-quickstart(7)",
	    err->text, said);
}

/* 1: this machine has no SCRAM, and nothing was sent. */
static int
login_by_scram(struct imap *imap, const char *password, struct err *err)
{
	int tag = imap->session->imap_tag, rc;

	imap_expect(imap);
	guard_let_continue(imap->guard, true);
	rc = mailimap_authenticate(imap->session, "SCRAM-SHA-256", imap->host,
	    NULL, NULL, imap->user, imap->user, password, NULL);
	guard_let_continue(imap->guard, false);
	login_wipe_stream(imap);
	if (rc == MAILIMAP_NO_ERROR)
		return 0;
	if (imap->session->imap_tag == tag)
		return 1;
	if (guard_fault(imap->guard)[0] == '\0' &&
	    guard_reply(imap->guard)->status == GUARD_NONE) {
		guard_kill(imap->guard, "SCRAM failed");
		return err_set(err, ERR_AUTH,
		    "%s: SCRAM-SHA-256: the server did not prove that it "
		    "knows the password of %s",
		    imap->host, imap->user);
	}
	return login_refused(imap, err);
}

/* What the config or the server leaves to choose from. */
static int
login_choose(struct imap *imap, const char *password, enum imap_auth auth,
    struct err *err)
{
	bool any = auth == IMAP_AUTH_AUTO;
	int rc;

	if (imap_has_auth(imap, "SCRAM-SHA-256") &&
	    (any || auth == IMAP_AUTH_SCRAM_SHA_256)) {
		imap->method = "SCRAM-SHA-256";
		if ((rc = login_by_scram(imap, password, err)) <= 0)
			return rc;
		if (!any)
			return err_set(err, ERR_CONF,
			    "SCRAM-SHA-256 needs the plug-ins of libsasl2: "
			    "install libsasl2-modules or set auth = \"auto\"");
	}
	if (imap_has_auth(imap, "PLAIN") && (any || auth == IMAP_AUTH_PLAIN)) {
		imap->method = "PLAIN";
		return login_by_plain(imap, password, err);
	}
	if (imap_has_auth(imap, "XOAUTH2") && auth == IMAP_AUTH_XOAUTH2) {
		imap->method = "XOAUTH2";
		return login_by_xoauth2(imap, password, err);
	}
	if ((any || auth == IMAP_AUTH_LOGIN) &&
	    !imap_has(imap, "LOGINDISABLED")) {
		imap->method = "LOGIN";
		if (!login_is_ascii(imap->user) || !login_is_ascii(password))
			return err_set(err, ERR_AUTH,
			    "%s: a user or password that is not ASCII needs "
			    "AUTH=PLAIN, which the server does not offer",
			    imap->host);
		return login_by_login(imap, password, err);
	}
	return err_set(err, ERR_AUTH, "%s: the server does not offer %s",
	    imap->host,
	    auth == IMAP_AUTH_SCRAM_SHA_256 ? "SCRAM-SHA-256"
	        : auth == IMAP_AUTH_PLAIN   ? "AUTH=PLAIN"
	        : auth == IMAP_AUTH_LOGIN   ? "LOGIN"
	        : auth == IMAP_AUTH_XOAUTH2
	        ? "AUTH=XOAUTH2"
	        : "a way to log in with a password");
}

/* Where Google wants to see somebody, for instance.  Always -1. */
static int
login_add_alert(const struct imap *imap, struct err *err)
{
	const char *alert = guard_alert(imap->guard);
	char *text;

	if (alert[0] == '\0')
		return -1;
	text = xstrdup(err->text);
	err_set(err, err->class, "%.250s (%s)", text, alert);
	free(text);
	return -1;
}

int
imap_login(struct imap *imap, const char *password, enum imap_auth auth,
    struct err *err)
{
	int rc;

	if (strpbrk(imap->user, "\r\n") != NULL ||
	    strpbrk(password, "\r\n") != NULL)
		return err_set(err, ERR_CONF,
		    "a user or password cannot contain a line break");
	rc = login_choose(imap, password, auth, err);
	if (secret_is_in(password, guard_alert(imap->guard)))
		guard_forget_alert(imap->guard);
	if (rc == -1 && login_is_repeated(imap, password))
		return login_hide(imap, err);
	if (rc == -1)
		return login_add_alert(imap, err);
	/* libetpan cannot be asked whether that OK told new capabilities. */
	if (strcmp(guard_reply(imap->guard)->code, "CAPABILITY") != 0)
		imap_forget_capability(imap);
	return 0;
}
