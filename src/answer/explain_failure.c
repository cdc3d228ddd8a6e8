/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/explain_failure.h"

#include <string.h>

#include "base/text.h"

static const char sql[] =
    "SELECT f.id, coalesce(f.arrival_ts, 0) AS arrival_ts, f.reported_domain,"
    " s.ip, f.auth_failure, f.delivery_result, f.mail_from, f.rcpt_to,"
    " f.header_from, f.subject, f.msgid, f.dkim_domain, f.dkim_selector,"
    " f.auth_results, f.sample, f.incidents,"
    " coalesce(f.quirks, '') LIKE '%\"derived-results\"%' AS is_derived,"
    " msg.sender, msg.from_domain,"
    " strftime('%Y-%m-%d %H:%M UTC', nullif(f.arrival_ts, 0), 'unixepoch')"
    "   AS arrival,"
    " coalesce(msg.verified, '') IN ('pass', 'other') AS is_verified"
    " FROM failure f LEFT JOIN source s ON s.id = f.source_id"
    " LEFT JOIN message msg ON msg.id = f.message_id WHERE f.id = ?1";

static const char *
copy(struct explain_failure *f, struct query *q, const char *name)
{
	const char *text = query_named_text(q, name);

	return text != NULL ? arena_strndup(&f->text, text, strlen(text))
	                    : NULL;
}

int
explain_failure_load(
    struct explain_failure *f, struct query_db *db, int64_t id, struct err *err)
{
	struct query *q;
	int rc;

	if (query_new(&q, db, sql, err) == -1)
		return -1;
	query_bind_int(q, 1, id);
	if ((rc = query_step(q, err)) == 1) {
		f->id = query_named_int(q, "id");
		f->arrival_ts = query_named_int(q, "arrival_ts");
		f->arrival = copy(f, q, "arrival");
		f->reported_domain = copy(f, q, "reported_domain");
		f->source_ip = copy(f, q, "ip");
		f->auth_failure = copy(f, q, "auth_failure");
		f->delivery_result = copy(f, q, "delivery_result");
		f->mail_from = copy(f, q, "mail_from");
		f->rcpt_to = copy(f, q, "rcpt_to");
		f->header_from = copy(f, q, "header_from");
		f->subject = copy(f, q, "subject");
		f->msgid = copy(f, q, "msgid");
		f->dkim_domain = copy(f, q, "dkim_domain");
		f->dkim_selector = copy(f, q, "dkim_selector");
		f->auth_results = copy(f, q, "auth_results");
		f->is_derived = query_named_int(q, "is_derived") != 0;
		f->sample = copy(f, q, "sample");
		f->incidents = query_named_int(q, "incidents");
		f->sender = copy(f, q, "sender");
		f->from_domain = copy(f, q, "from_domain");
		f->is_verified = query_named_int(q, "is_verified") != 0;
	}
	query_free(q);
	return rc;
}

void
explain_failure_done(struct explain_failure *f)
{
	arena_done(&f->text);
	memset(f, 0, sizeof(*f));
}

/* What was unfolded is one line, whatever is in it. */
static void
add_unfolded(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		buf_add_char(b, *text == '\r' || *text == '\n' ? ' ' : *text);
	buf_add_char(b, '\n');
}

void
explain_failure_add_text(const struct explain_failure *f, struct buf *b)
{
	if (f->auth_results != NULL) {
		buf_add_str(b, "Authentication-Results: ");
		add_unfolded(b, f->auth_results);
	}
	if (f->sample != NULL)
		buf_add_str(b, f->sample);
	if (b->len > 0)
		buf_add_str(b, "\n"); /* the header is whole */
}

/* --- facts ---------------------------------------------------------------- */

static bool
is_word(const char *word, const char *other)
{
	return word != NULL && strcmp(word, other) == 0;
}

/* The failing message was a bounce itself, and is to be explained as such. */
static void
drop_bounce(struct explain_facts *facts)
{
	if (!facts->is_bounce)
		return;
	explain_header_done(&facts->header);
	facts->header = facts->outer;
	memset(&facts->outer, 0, sizeof(facts->outer));
	array_done(&facts->bounce.recipients);
	memset(&facts->bounce, 0, sizeof(facts->bounce));
	facts->is_bounce = false;
}

/*
 * Nothing shows who wrote a field of the message that was reported, nor that
 * the report has it as it was signed.
 */
static void
distrust(struct explain_header *h)
{
	struct explain_signature *s = h->signatures.at;
	struct explain_authres *a = h->authres.at;
	struct explain_vendor *v = h->vendors.at;
	size_t i;

	for (i = 0; i < h->authres.n; i++)
		a[i].place.trust = "foreign";
	for (i = 0; i < h->vendors.n; i++)
		v[i].place.trust = "foreign";
	for (i = 0; i < h->signatures.n; i++)
		s[i].hash = (struct explain_hash) {
			.problem = "the report may have changed it"
		};
}

/* Return the field that stands for the report's own, which is the first. */
static struct explain_authres *
own_results(struct explain_failure *f, struct explain_header *h)
{
	struct explain_authres *a = h->authres.at;

	if (f->auth_results != NULL && h->authres.n > 0 &&
	    a[0].place.position == 1 && is_word(a[0].kind, "ar"))
		return &a[0];
	if (f->auth_results != NULL)
		return NULL;
	a = array_add(&h->authres, sizeof(*a));
	a->kind = "ar";
	return a;
}

static struct explain_property *
add_result(struct explain_authres *a, const char *method)
{
	struct explain_result *result = array_add(&a->results, sizeof(*result));

	result->method = method;
	result->result = "fail";
	return array_add(&result->properties, sizeof(struct explain_property));
}

static void
set_property(struct explain_property *p, const char *ptype,
    const char *property, const char *value)
{
	p->ptype = ptype;
	p->property = property;
	p->value = value;
}

/* It has none written out, but says what failed. */
static void
add_results(struct explain_failure *f, struct explain_authres *a)
{
	if (is_word(f->auth_failure, "spf")) {
		set_property(
		    add_result(a, "spf"), "smtp", "mailfrom", f->mail_from);
	} else if (is_word(f->auth_failure, "signature") ||
	    is_word(f->auth_failure, "bodyhash") ||
	    is_word(f->auth_failure, "revoked")) {
		struct explain_result *result;

		set_property(
		    add_result(a, "dkim"), "header", "d", f->dkim_domain);
		result = a->results.at;
		set_property(array_add(&result->properties,
		                 sizeof(struct explain_property)),
		    "header", "s", f->dkim_selector);
	}
}

static void
add_signature(struct explain_failure *f, struct explain_header *h)
{
	struct explain_signature *s;

	if (f->dkim_domain == NULL || h->signatures.n > 0)
		return;
	s = array_add(&h->signatures, sizeof(*s));
	s->kind = "dkim";
	s->place.trust = "foreign";
	s->d = f->dkim_domain;
	s->s = f->dkim_selector;
	s->t = s->x = s->l = -1;
	s->hash.problem = "the report only names it";
}

static void
add_from(struct explain_failure *f, struct explain_header *h)
{
	const char *address = f->header_from, *at;
	struct explain_address *from;

	if (h->from.n > 0)
		return;
	/* The domain that it is about belongs to that in From:. */
	if (address == NULL)
		address = f->reported_domain;
	if (address == NULL)
		return;
	from = array_add(&h->from, sizeof(*from));
	h->from_fields = 1;
	from->address = address;
	if (f->header_from == NULL)
		from->domain = f->reported_domain;
	else if ((at = strrchr(address, '@')) != NULL && at[1] != '\0')
		from->domain = text_lower(
		    arena_strndup(&f->text, at + 1, strlen(at + 1)));
}

/* Where it came to the receiver is where the reported address gave it. */
static void
place_border(struct explain_failure *f, struct explain_header *h,
    const struct explain_authres *own)
{
	struct explain_hop *hop = h->received.at;
	size_t i, border = h->received.n;

	for (i = 0; i < h->received.n; i++) {
		hop[i].is_border = false;
		if (border == h->received.n && f->source_ip != NULL &&
		    is_word(hop[i].from_ip, f->source_ip))
			border = i;
	}
	if (border == h->received.n && f->source_ip != NULL) {
		array_add(&h->received, sizeof(*hop));
		hop = h->received.at;
		memmove(hop + 1, hop, border * sizeof(*hop));
		memset(hop, 0, sizeof(*hop));
		border = 0;
		hop->from_ip = f->source_ip;
		hop->time = f->arrival_ts;
		hop->by = f->from_domain;
		if (own != NULL && !f->is_derived && own->results.n > 0 &&
		    own->id != NULL)
			hop->by = own->id;
	}
	for (i = 0; i < h->received.n; i++) {
		hop[i].is_border = i == border;
		hop[i].place.trust = i <= border && border < h->received.n
		    ? "receiver"
		    : "foreign";
	}
}

static void
set(const char **fact, const char *said)
{
	if (said != NULL)
		*fact = said;
}

void
explain_failure_add_facts(
    struct explain_failure *f, struct explain_facts *facts)
{
	struct explain_header *h = &facts->header;
	struct explain_authres *own;

	drop_bounce(facts);
	facts->form = "report";
	facts->reason = NULL;
	facts->is_intact = false;
	distrust(h);
	add_from(f, h);
	add_signature(f, h);
	if ((own = own_results(f, h)) != NULL) {
		if (f->auth_results == NULL)
			add_results(f, own);
		own->place.trust = f->is_derived ? "unknown" : "receiver";
	}
	place_border(f, h, own);
	set(&h->return_path, f->mail_from);
	set(&h->delivered_to, f->rcpt_to);
	if (h->msgid == NULL)
		h->msgid = f->msgid;
	if (h->subject == NULL)
		h->subject = f->subject;
}
