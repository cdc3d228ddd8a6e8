/* SPDX-License-Identifier: BSD-2-Clause */
#include "mail/imap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "mail/imap_priv.h"

#define ANSWER_SECONDS 60
#define ANSWER_BYTES (1 << 20)
#define ANSWER_LITERAL 8192
#define GREETING_SECONDS 30
#define GOODBYE_SECONDS 5

/* --- one command, one answer ------------------------------------------------
 */

void
imap_expect(struct imap *imap)
{
	guard_expect(imap->guard, ANSWER_SECONDS, ANSWER_BYTES, ANSWER_LITERAL);
}

int
imap_lost(struct imap *imap, struct err *err)
{
	const char *fault = guard_fault(imap->guard);

	if (fault[0] == '\0')
		fault = "the server does not keep to IMAP";
	err_set(err, ERR_NET, "%s: %s", imap->host, fault);
	guard_kill(imap->guard, fault);
	return -1;
}

int
imap_send(struct imap *imap, const void *data, size_t n, struct err *err)
{
	mailstream *s = imap->session->imap_stream;

	if (mailstream_write(s, data, n) != (ssize_t)n ||
	    mailstream_flush(s) == -1)
		return imap_lost(imap, err);
	return 0;
}

enum err_class
imap_class_of_no(const struct guard_reply *r, enum err_class otherwise)
{
	/* RFC 5530, and RFC 9208 for OVERQUOTA. */
	static const struct {
		const char *code;
		enum err_class class;
	} codes[] = {
		{ "UNAVAILABLE", ERR_AGAIN },
		{ "THROTTLED", ERR_AGAIN },
		{ "INUSE", ERR_AGAIN },
		{ "LIMIT", ERR_AGAIN },
		{ "OVERQUOTA", ERR_AGAIN },
		{ "SERVERBUG", ERR_AGAIN },
		{ "CORRUPTION", ERR_AGAIN },
		{ "EXPUNGEISSUED", ERR_AGAIN },
		{ "AUTHENTICATIONFAILED", ERR_AUTH },
		{ "AUTHORIZATIONFAILED", ERR_AUTH },
		{ "EXPIRED", ERR_AUTH },
		{ "PRIVACYREQUIRED", ERR_AUTH },
		{ "CONTACTADMIN", ERR_AUTH },
		{ "NOPERM", ERR_AUTH },
		{ "NONEXISTENT", ERR_CONF },
		{ "CANNOT", ERR_CONF },
	};
	static const char *const passing[] = { "too many", "try again",
		"temporar", "unavailable", "timed out", "internal error",
		"throttled", "bandwidth limit" };
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(r->code, codes[i].code) == 0)
			return codes[i].class;
	for (i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (strcasestr(r->text, passing[i]) != NULL)
			return ERR_AGAIN;
	return otherwise;
}

/* By a code whose words may not say it: imap_wait_asked() sees words only. */
static bool
imap_throttles(const struct guard_reply *r)
{
	return strcmp(r->code, "THROTTLED") == 0 ||
	    strcmp(r->code, "LIMIT") == 0;
}

static int
imap_refused(const struct guard_reply *r, enum err_class class,
    const char *what, struct err *err)
{
	err_set(
	    err, class, "%s%s", what, imap_throttles(r) ? ": throttled" : "");
	return err_quote(err, r->code, r->text);
}

int
imap_await(
    struct imap *imap, enum err_class on_no, const char *what, struct err *err)
{
	const struct guard_reply *reply = guard_reply(imap->guard);
	struct mailimap_response *response = NULL;
	int rc;

	rc = mailimap_parse_response(imap->session, &response);
	if (rc == MAILIMAP_NO_ERROR)
		mailimap_response_free(response);
	/* Microsoft 365, whose token opens another mailbox than this. */
	if (reply->status == GUARD_BAD &&
	    strcasestr(reply->text, "authenticated but not connected") != NULL)
		return err_set(err, ERR_AUTH,
		    "%s: the login of %s opens no mailbox: %s (may this "
		    "account or application read it, and is IMAP on for it? "
		    "See ruad-quickstart(7))",
		    imap->host, imap->user, reply->text);
	/* Exchange throttles with BAD. */
	if (reply->status == GUARD_BAD &&
	    imap_class_of_no(reply, ERR_NET) == ERR_AGAIN)
		return imap_refused(reply, ERR_AGAIN, what, err);
	/* libetpan has read it, and calls it so. */
	if (reply->status == GUARD_BAD && imap->lenient &&
	    rc == MAILIMAP_ERROR_PROTOCOL) {
		err_set(err, on_no, "%s: the server calls it a mistake", what);
		return err_quote(err, reply->code, reply->text);
	}
	if (reply->status == GUARD_BAD) {
		err_set(err, ERR_NET, "%s: %s: the server calls it a mistake",
		    imap->host, what);
		return err_quote(err, reply->code, reply->text);
	}
	if (rc != MAILIMAP_NO_ERROR || reply->status == GUARD_NONE)
		return imap_lost(imap, err);
	if (reply->status == GUARD_NO)
		return imap_refused(
		    reply, imap_class_of_no(reply, on_no), what, err);
	return 0;
}

int
imap_command(struct imap *imap, const char *line, enum err_class on_no,
    const char *what, struct err *err)
{
	struct buf buf = { 0 };
	int rc;

	buf_printf(&buf, "%d %s\r\n", ++imap->session->imap_tag, line);
	rc = imap_send(imap, buf.at, buf.len, err);
	buf_done(&buf);
	if (rc == -1)
		return -1;
	if (mailstream_read_line(imap->session->imap_stream,
	        imap->session->imap_stream_buffer) == NULL)
		return imap_lost(imap, err);
	return imap_await(imap, on_no, what, err);
}

int
imap_try(struct imap *imap, const char *line, enum err_class on_no,
    const char *what, struct err *err)
{
	int rc;

	imap->lenient = true;
	rc = imap_command(imap, line, on_no, what, err);
	imap->lenient = false;
	return rc;
}

/* What a person must change; else it may pass. */
static enum imap_refusal
imap_refusal_for_good(const struct guard_reply *r)
{
	static const char *const codes[] = { "NOPERM", "READ-ONLY", "CANNOT",
		"AUTHORIZATIONFAILED", "CONTACTADMIN", "PRIVACYREQUIRED" };
	static const char *const words[] = { "permission", "denied",
		"read-only", "read only", "readonly", "not allowed",
		"not permitted" };
	size_t i;

	if (strcmp(r->code, "OVERQUOTA") == 0 ||
	    (r->code[0] == '\0' && strcasestr(r->text, "quota") != NULL))
		return IMAP_OVER_QUOTA;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(r->code, codes[i]) == 0)
			return IMAP_REFUSED_FOR_GOOD;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (r->code[0] == '\0' && strcasestr(r->text, words[i]) != NULL)
			return IMAP_REFUSED_FOR_GOOD;
	return IMAP_REFUSED;
}

enum imap_refusal
imap_refusal(const struct imap *imap)
{
	const struct guard_reply *r = guard_reply(imap->guard);
	enum imap_refusal for_good;

	if ((r->status != GUARD_NO && r->status != GUARD_BAD) ||
	    guard_fault(imap->guard)[0] != '\0')
		return IMAP_NOT_REFUSED;
	if ((for_good = imap_refusal_for_good(r)) != IMAP_REFUSED)
		return for_good;
	if (r->code[0] != '\0' || imap_class_of_no(r, ERR_NONE) == ERR_AGAIN)
		return IMAP_REFUSED_FOR_NOW;
	return IMAP_REFUSED;
}

/* --- capabilities
 * ------------------------------------------------------------- */

static bool
imap_has_any(const struct imap *imap, int type, const char *name)
{
	const struct mailimap_connection_info
	    *info = imap->session->imap_connection_info;
	const struct mailimap_capability *cap;
	clistiter *it;

	if (info == NULL || info->imap_capability == NULL)
		return false;
	for (it = clist_begin(info->imap_capability->cap_list); it != NULL;
	     it = clist_next(it)) {
		cap = clist_content(it);
		if (cap->cap_type == type &&
		    strcasecmp(type == MAILIMAP_CAPABILITY_AUTH_TYPE
		            ? cap->cap_data.cap_auth_type
		            : cap->cap_data.cap_name,
		        name) == 0)
			return true;
	}
	return false;
}

bool
imap_has(const struct imap *imap, const char *name)
{
	return imap_has_any(imap, MAILIMAP_CAPABILITY_NAME, name);
}

bool
imap_has_auth(const struct imap *imap, const char *mechanism)
{
	return imap_has_any(imap, MAILIMAP_CAPABILITY_AUTH_TYPE, mechanism);
}

/* What was offered before TLS or login counts no more after it. */
static void
imap_forget_capability(struct imap *imap)
{
	struct mailimap_connection_info *info = imap->session
	                                            ->imap_connection_info;

	if (info != NULL && info->imap_capability != NULL) {
		mailimap_capability_data_free(info->imap_capability);
		info->imap_capability = NULL;
	}
}

int
imap_ask_capability(struct imap *imap, struct err *err)
{
	imap_expect(imap);
	return imap_command(imap, "CAPABILITY", ERR_NET,
	    "the server does not tell its capabilities", err);
}

/* --- opening and closing
 * --------------------------------------------------------- */

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

	guard_expect(imap->guard, GREETING_SECONDS, ANSWER_BYTES, 0);
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
	        "the server refuses STARTTLS", err) == -1) {
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
	        : "the server can neither MOVE nor expunge single mails: mails "
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
	    alert[0] != '\0' ? alert : NULL, "%s is let in by %s", imap->user,
	    imap->method);
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
		guard_expect(
		    imap->guard, GOODBYE_SECONDS, ANSWER_BYTES, ANSWER_LITERAL);
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
