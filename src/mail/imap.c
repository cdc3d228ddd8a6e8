/* SPDX-License-Identifier: BSD-2-Clause */
#include "mail/imap.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "mail/imap_priv.h"

#define GREETING_SECONDS 30
#define GOODBYE_SECONDS 5

static void
imap_on_progress(size_t now, size_t all, void *arg)
{
	(void)now;
	(void)all;
	(void)arg;
}

static void
imap_on_mail(struct mailimap_msg_att *att, void *arg)
{
	struct imap *imap = arg;

	if (imap->job != NULL)
		imap->job->fn(imap->job, att);
}

/* The greeting, and libetpan's session around the guard. */
static int
imap_greet(struct imap *imap, struct err *err)
{
	mailimap *session;

	guard_expect(imap->guard, GREETING_SECONDS, IMAP_ANSWER_BYTES, 0);
	if (guard_greet(imap->guard, err) == -1)
		return -1;
	if ((session = mailimap_new(0, NULL)) == NULL)
		return err_set(err, ERR_AGAIN, "out of memory");
	/* libetpan calls the handler only if there is progress to tell. */
	mailimap_set_progress_callback(
	    session, imap_on_progress, imap_on_progress, NULL);
	mailimap_set_msg_att_handler(session, imap_on_mail, imap);
	imap->session = session;
	if (mailimap_connect(session, guard_stream(imap->guard)) !=
	    MAILIMAP_NO_ERROR_NON_AUTHENTICATED)
		return imap_lost(imap, err);
	return 0;
}

static int
imap_start_tls(struct imap *imap, struct err *err)
{
	guard_begin(imap->guard, GUARD_STEP_TLS);
	imap_expect(imap);
	if (imap_command(imap, "STARTTLS", ERR_AUTH,
	        "the server refused STARTTLS", err) == -1) {
		if (guard_reply(imap->guard)->status != GUARD_NONE)
			err->class = ERR_AUTH;
		guard_kill(imap->guard, "no TLS");
		return -1;
	}
	if (guard_start_tls(imap->guard, imap->session->imap_stream, err) == -1)
		return -1;
	imap_forget_capability(imap);
	return 0;
}

/* The ways to log in. */
static void
imap_add_offers(const struct imap *imap, struct buf *out)
{
	static const char *const mechanisms[] = { "SCRAM-SHA-256", "PLAIN",
		"XOAUTH2", "OAUTHBEARER", "LOGIN", "CRAM-MD5", "GSSAPI" };
	size_t i;

	for (i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
		if (imap_has_auth(imap, mechanisms[i]))
			buf_printf(out, "%sAUTH=%s", out->len > 0 ? ", " : "",
			    mechanisms[i]);
	if (!imap_has(imap, "LOGINDISABLED"))
		buf_printf(out, "%sLOGIN", out->len > 0 ? ", " : "");
	if (out->len == 0)
		buf_add_str(out, "no way to log in");
}

static void
imap_tell_capability(const struct imap *imap)
{
	static const char *const names[] = { "MOVE", "UIDPLUS", "IDLE",
		"NAMESPACE" };
	struct buf text = { 0 };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (imap_has(imap, names[i]))
			buf_printf(
			    &text, "%s%s", text.len > 0 ? ", " : "", names[i]);
	buf_add_str(&text, text.len > 0 ? " (" : "nothing beyond IMAP4rev1 (");
	imap_add_spaces(imap, &text);
	buf_add_char(&text, ')');
	guard_tell(imap->guard, GUARD_STEP_CAPABILITY,
	    imap->can_move || imap->can_uidplus
	        ? NULL
	        : "the server can neither MOVE nor expunge single messages: "
	          "they "
	          "are copied, flagged as deleted, and stay visible until you "
	          "expunge",
	    "%s", buf_str(&text));
	buf_done(&text);
}

/* What is told before and after the login. */
static int
imap_start_login(struct imap *imap, const char *password, enum imap_auth auth,
    struct err *err)
{
	struct buf offers = { 0 };
	const char *alert;

	guard_begin(imap->guard, GUARD_STEP_SERVER);
	if (imap_ask_capability(imap, err) == -1)
		return -1;
	imap_add_offers(imap, &offers);
	guard_tell(imap->guard, GUARD_STEP_SERVER, NULL,
	    "speaks IMAP, offers %s", buf_str(&offers));
	buf_done(&offers);
	guard_begin(imap->guard, GUARD_STEP_LOGIN);
	if (imap_login(imap, password, auth, err) == -1)
		return -1;
	alert = guard_alert(imap->guard);
	guard_tell(imap->guard, GUARD_STEP_LOGIN,
	    alert[0] != '\0' ? alert : NULL, "logged in as %s by %s",
	    imap->user, imap->method);
	return 0;
}

static int
imap_start(struct imap *imap, const struct guard_peer *peer,
    const char *password, enum imap_auth auth, struct err *err)
{
	if (guard_open(&imap->guard, peer, err) == -1)
		return -1;
	guard_begin(imap->guard, GUARD_STEP_SERVER);
	if (imap_greet(imap, err) == -1)
		return -1;
	if (peer->tls == GUARD_TLS_STARTTLS && imap_start_tls(imap, err) == -1)
		return -1;
	if (imap_start_login(imap, password, auth, err) == -1)
		return -1;
	guard_begin(imap->guard, GUARD_STEP_CAPABILITY);
	/* Most servers tell what they offer from now on with that OK. */
	if (!imap_has(imap, "IMAP4rev1") &&
	    imap_ask_capability(imap, err) == -1)
		return -1;
	imap->can_move = imap_has(imap, "MOVE");
	imap->can_uidplus = imap_has(imap, "UIDPLUS");
	if (imap_ask_namespace(imap, err) == -1)
		return -1;
	snprintf(imap->describe, sizeof(imap->describe), "%s, %s, %s",
	    guard_tls_version(imap->guard), imap->method,
	    imap->can_move          ? "MOVE"
	        : imap->can_uidplus ? "UIDPLUS"
	                            : "neither MOVE nor UIDPLUS");
	imap_tell_capability(imap);
	return 0;
}

int
imap_open(struct imap **out, const struct guard_peer *peer, const char *user,
    const char *password, enum imap_auth auth, struct err *err)
{
	struct imap *imap = xcalloc(1, sizeof(*imap));

	imap->host = xstrdup(peer->host);
	imap->user = xstrdup(user);
	imap->method = "";
	imap->stall = IMAP_STALL;
	imap->list_max = IMAP_LIST_MAX;
	if (imap_start(imap, peer, password, auth, err) == -1) {
		imap_close(imap);
		return -1;
	}
	*out = imap;
	return 0;
}

void
imap_close(struct imap *imap)
{
	if (imap == NULL)
		return;
	if (imap->session != NULL) {
		guard_expect(imap->guard, GOODBYE_SECONDS, IMAP_ANSWER_BYTES,
		    IMAP_ANSWER_LITERAL);
		mailimap_free(imap->session); /* says LOGOUT if it can */
	} else
		guard_close(imap->guard);
	free(imap->host);
	free(imap->user);
	free(imap->prefix);
	imap_forget_spaces(imap);
	free(imap);
}

void
imap_set_idle(struct imap *im, guard_idle_fn idle, void *arg)
{
	guard_set_idle(im->guard, idle, arg);
}

const char *
imap_alert(const struct imap *imap)
{
	return guard_alert(imap->guard);
}

const char *
imap_describe(const struct imap *imap)
{
	return imap->describe;
}
