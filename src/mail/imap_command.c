/* SPDX-License-Identifier: BSD-2-Clause */
/* One command and its answer: what the verbs of imap.h are made of. */
#include <string.h>
#include <strings.h>

#include "mail/imap_priv.h"

#define ANSWER_SECONDS 60

/* --- one command, one answer ------------------------------------- */

void
imap_expect(struct imap *imap)
{
	guard_expect(imap->guard, ANSWER_SECONDS, IMAP_ANSWER_BYTES,
	    IMAP_ANSWER_LITERAL);
}

int
imap_lost(struct imap *imap, struct err *err)
{
	const char *fault = guard_fault(imap->guard);

	if (fault[0] == '\0')
		fault = "the server violated the IMAP protocol";
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
		    "%s: %s can log in but has no mailbox: %s (is this account "
		    "or application allowed to read it, and is IMAP enabled "
		    "for it? See ruad-quickstart(7))",
		    imap->host, imap->user, reply->text);
	/* Exchange throttles with BAD. */
	if (reply->status == GUARD_BAD &&
	    imap_class_of_no(reply, ERR_NET) == ERR_AGAIN)
		return imap_refused(reply, ERR_AGAIN, what, err);
	/* libetpan has read it, and calls it so. */
	if (reply->status == GUARD_BAD && imap->lenient &&
	    rc == MAILIMAP_ERROR_PROTOCOL) {
		err_set(
		    err, on_no, "%s: the server rejected the command", what);
		return err_quote(err, reply->code, reply->text);
	}
	if (reply->status == GUARD_BAD) {
		err_set(err, ERR_NET, "%s: %s: the server rejected the command",
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

/* --- capabilities ------------------------------------------------ */

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

void
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
	    "the server does not list its capabilities", err);
}

/* --- what an answer contains ------------------------------------ */

const struct mailimap_mailbox_list *
imap_find_listed(const struct imap *imap, const char *name)
{
	const struct mailimap_response_info *info = imap->session
	                                                ->imap_response_info;
	const struct mailimap_mailbox_list *mb;
	clistiter *it;

	if (info == NULL || info->rsp_mailbox_list == NULL)
		return NULL;
	for (it = clist_begin(info->rsp_mailbox_list); it != NULL;
	     it = clist_next(it)) {
		mb = clist_content(it);
		/* Some servers know "Archive", and call it "ARCHIVE". */
		if (name == NULL || strcasecmp(mb->mb_name, name) == 0)
			return mb;
	}
	return NULL;
}
