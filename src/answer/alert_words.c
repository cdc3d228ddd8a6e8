/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/alert_words.h"

#include <string.h>

#include "answer/ready_words.h"

const char *const alert_words[] = { "mailbox_failing", "unreadable_messages",
	"silent_reporter", "dns_broken", "stopped_passing", "failures_up",
	"tls_failing", "verdict_changed", "policy_changed", "new_source",
	NULL };

const char *const alert_states[] = { "on", "off", "once", NULL };

const char *
alert_verdict_title(const char *word)
{
	struct ready r = { 0 };
	int i;

	for (i = 0; ready_verdict_words[i] != NULL; i++)
		if (strcmp(word, ready_verdict_words[i]) == 0) {
			r.verdict = (enum ready_verdict)i;
			return ready_title(&r);
		}
	return word;
}

const char *
alert_result_title(const char *word)
{
	if (strcmp(word, "dkim") == 0)
		return "DKIM";
	return strcmp(word, "spf") == 0 ? "SPF" : "mail";
}

/* What a state file lacks, which nobody should have changed. */
static const char *
or_unknown(const char *text)
{
	return text != NULL ? text : "unknown";
}

static void
add_mailbox_end(struct buf *b, const struct alert_mark *m)
{
	const char *name = or_unknown(m->object);

	if (m->detail == NULL)
		buf_printf(b,
		    "%s: polled without error, or not polled any more", name);
	else if (strcmp(m->detail, "unfiled") == 0)
		buf_printf(b, "%s: no messages stay unfiled any more", name);
	else
		buf_printf(b, "%s: the server hands over all messages", name);
}

void
alert_add_end(struct buf *b, const struct alert_mark *m)
{
	const char *domain = or_unknown(m->domain);
	const char *object = or_unknown(m->object);

	switch (m->kind) {
	case ALERT_MAILBOX_FAILING:
		add_mailbox_end(b, m);
		break;
	case ALERT_UNREADABLE_MESSAGES:
		buf_add_str(b, "no message that could not be read in 7 days");
		break;
	case ALERT_SILENT_REPORTER:
		buf_printf(b, "%s: reports again", object);
		break;
	case ALERT_DNS_BROKEN:
		buf_printf(
		    b, "DNS: %s is right again, or is not needed", object);
		break;
	case ALERT_STOPPED_PASSING:
		buf_printf(b,
		    "%s of %s as %s passes again, does not come any more, or "
		    "is not yours",
		    alert_result_title(or_unknown(m->detail)), object, domain);
		break;
	case ALERT_FAILURES_UP:
		buf_printf(b, "%s: no more failures than before", domain);
		break;
	case ALERT_TLS_FAILING:
		buf_printf(b,
		    "%s: less than 1%% of TLS connections failed (%s)", domain,
		    object);
		break;
	case ALERT_VERDICT_CHANGED:
		buf_printf(b, "%s: no longer \"%s\"", domain,
		    alert_verdict_title(object));
		break;
	case ALERT_NEW_SOURCE:
		if (m->object == NULL)
			buf_printf(
			    b, "%s: no more new sources than are told", domain);
		else
			buf_printf(b,
			    "%s: the new source %s is named, or nothing of it "
			    "fails any more",
			    domain, object);
		break;
	case ALERT_POLICY_CHANGED:
	case ALERT_KINDS:
		break;
	}
}
