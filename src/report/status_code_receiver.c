/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose servers gave an answer. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/status_code_table.h"

#define MAX_HOST 253

struct receiver_name {
	const char *word;
	const char *name;
};

static const struct receiver_name receivers[STATUS_RECEIVERS] = {
	[STATUS_ANY] = { "unknown", "the receiving server" },
	[STATUS_GOOGLE] = { "google", "Google" },
	[STATUS_MICROSOFT] = { "microsoft", "Microsoft" },
	[STATUS_YAHOO] = { "yahoo", "Yahoo" },
	[STATUS_APPLE] = { "apple", "Apple iCloud" },
	[STATUS_GMX] = { "gmx", "GMX/WEB.DE/IONOS" },
	[STATUS_T_ONLINE] = { "t_online", "T-Online" },
	[STATUS_MAILRU] = { "mailru", "Mail.ru" },
	[STATUS_YANDEX] = { "yandex", "Yandex" },
	[STATUS_PROOFPOINT] = { "proofpoint", "Proofpoint" },
	[STATUS_MIMECAST] = { "mimecast", "Mimecast" },
	[STATUS_BARRACUDA] = { "barracuda", "Barracuda" },
	[STATUS_CISCO] = { "cisco", "Cisco Secure Email" },
	[STATUS_TREND_MICRO] = { "trend_micro", "Trend Micro" },
	[STATUS_SYMANTEC] = { "symantec", "Symantec Email Security" },
	[STATUS_HORNETSECURITY] = { "hornetsecurity", "Hornetsecurity" },
	[STATUS_SPAMEXPERTS] = { "spamexperts", "SpamExperts" },
	[STATUS_CLOUDFLARE] = { "cloudflare", "Cloudflare" },
	[STATUS_SPECTRUM] = { "spectrum", "Spectrum" },
	[STATUS_ORANGE] = { "orange", "Orange" },
	[STATUS_FREE] = { "free", "Free" },
	[STATUS_LAPOSTE] = { "laposte", "La Poste" },
	[STATUS_TENCENT] = { "tencent", "Tencent QQ" },
	[STATUS_NETEASE] = { "netease", "NetEase" },
	[STATUS_NAVER] = { "naver", "Naver" },
	[STATUS_SEZNAM] = { "seznam", "Seznam" },
	[STATUS_ZOHO] = { "zoho", "Zoho" },
	[STATUS_FASTMAIL] = { "fastmail", "Fastmail" },
	[STATUS_PROTON] = { "proton", "Proton Mail" },
	[STATUS_GODADDY] = { "godaddy", "GoDaddy" },
	[STATUS_RACKSPACE] = { "rackspace", "Rackspace" },
	[STATUS_AMAZON] = { "amazon", "Amazon" },
};

const char *
status_receiver_word(enum status_receiver receiver)
{
	return receivers[receiver].word;
}

const char *
status_receiver_name(enum status_receiver receiver)
{
	return receivers[receiver].name;
}

/* --- by the name of a host ------------------------------------------------ */

/*
 * Names as MX records and bounces have them, which are
 * public; none below which customers of the receiver have servers of their own.
 */
const struct status_host status_hosts[] = {
	{ "126.com", STATUS_NETEASE },
	{ "163.com", STATUS_NETEASE },
	{ "antispamcloud.com", STATUS_SPAMEXPERTS },
	{ "antispameurope.com", STATUS_HORNETSECURITY },
	{ "aol.com", STATUS_YAHOO },
	{ "apple.com", STATUS_APPLE },
	{ "barracudanetworks.com", STATUS_BARRACUDA },
	{ "charter.net", STATUS_SPECTRUM },
	{ "email.cz", STATUS_SEZNAM },
	{ "emailsrvr.com", STATUS_RACKSPACE },
	{ "exchangelabs.com", STATUS_MICROSOFT },
	{ "fastmail.com", STATUS_FASTMAIL },
	{ "free.fr", STATUS_FREE },
	{ "gmail.com", STATUS_GOOGLE },
	{ "gmx.com", STATUS_GMX },
	{ "gmx.de", STATUS_GMX },
	{ "gmx.net", STATUS_GMX },
	{ "google.com", STATUS_GOOGLE },
	{ "googlemail.com", STATUS_GOOGLE },
	{ "hornetsecurity.com", STATUS_HORNETSECURITY },
	{ "hotmail.com", STATUS_MICROSOFT },
	{ "icloud.com", STATUS_APPLE },
	{ "inbound-smtp.eu-west-1.amazonaws.com", STATUS_AMAZON },
	{ "inbound-smtp.us-east-1.amazonaws.com", STATUS_AMAZON },
	{ "inbound-smtp.us-west-2.amazonaws.com", STATUS_AMAZON },
	{ "ionos.com", STATUS_GMX },
	{ "ionos.de", STATUS_GMX },
	{ "iphmx.com", STATUS_CISCO },
	{ "kundenserver.de", STATUS_GMX },
	{ "laposte.net", STATUS_LAPOSTE },
	{ "mac.com", STATUS_APPLE },
	{ "mail.com", STATUS_GMX },
	{ "mail.protonmail.ch", STATUS_PROTON },
	{ "mail.ru", STATUS_MAILRU },
	{ "mailsec.protonmail.ch", STATUS_PROTON },
	{ "mailstore1.secureserver.net", STATUS_GODADDY },
	{ "me.com", STATUS_APPLE },
	{ "messagelabs.com", STATUS_SYMANTEC },
	{ "messagingengine.com", STATUS_FASTMAIL },
	{ "mimecast.co.za", STATUS_MIMECAST },
	{ "mimecast.com", STATUS_MIMECAST },
	{ "mx.cloudflare.net", STATUS_CLOUDFLARE },
	{ "mx.microsoft", STATUS_MICROSOFT },
	{ "naver.com", STATUS_NAVER },
	{ "office365.com", STATUS_MICROSOFT },
	{ "orange.fr", STATUS_ORANGE },
	{ "outlook.com", STATUS_MICROSOFT },
	{ "ppe-hosted.com", STATUS_PROOFPOINT },
	{ "pphosted.com", STATUS_PROOFPOINT },
	{ "prodigy.net", STATUS_YAHOO },
	{ "qq.com", STATUS_TENCENT },
	{ "seznam.cz", STATUS_SEZNAM },
	{ "smtp-in.wanadoo.fr", STATUS_ORANGE },
	{ "smtp.secureserver.net", STATUS_GODADDY },
	{ "spamexperts.com", STATUS_SPAMEXPERTS },
	{ "t-online.de", STATUS_T_ONLINE },
	{ "trendmicro.com", STATUS_TREND_MICRO },
	{ "trendmicro.eu", STATUS_TREND_MICRO },
	{ "web.de", STATUS_GMX },
	{ "yahoo.com", STATUS_YAHOO },
	{ "yahoodns.net", STATUS_YAHOO },
	{ "yandex.net", STATUS_YANDEX },
	{ "yandex.ru", STATUS_YANDEX },
	{ "zoho.com", STATUS_ZOHO },
	{ "zoho.eu", STATUS_ZOHO },
	{ "zohomail.com", STATUS_ZOHO },
};
const size_t status_hosts_size = sizeof(status_hosts) / sizeof(status_hosts[0]);

static int
compare(const void *domain, const void *host)
{
	return strcmp(domain, ((const struct status_host *)host)->domain);
}

/* The host that a text begins with: "mx.example.org [192.0.2.1]". */
static enum status_receiver
find_host(const char *s)
{
	char name[MAX_HOST + 1];
	const struct status_host *found;
	const char *label = name;
	size_t n = 0;

	if (s == NULL)
		return STATUS_ANY;
	while (n < MAX_HOST &&
	    (text_is_alnum(s[n]) || (s[n] != '\0' && strchr(".-_", s[n]))))
		n++;
	memcpy(name, s, n);
	name[n] = '\0';
	if (n > 0 && name[n - 1] == '.')
		name[n - 1] = '\0';
	text_lower(name);
	while (label != NULL) {
		found = bsearch(label, status_hosts, status_hosts_size,
		    sizeof(status_hosts[0]), compare);
		if (found != NULL)
			return found->receiver;
		label = strchr(label, '.');
		label = label != NULL ? label + 1 : NULL;
	}
	return STATUS_ANY;
}

/* --- by its words --------------------------------------------------------- */

/*
 * Not what the name of a client can
 * contain as well: Microsoft's clients are below
 * outbound.protection.outlook.com.
 */
const struct status_mark status_marks[] = {
	{ "gsmtp", STATUS_GOOGLE },
	{ "gmail requires", STATUS_GOOGLE },
	{ "gmail has detected", STATUS_GOOGLE },
	{ "access denied, sending domain", STATUS_MICROSOFT },
	{ "access denied, banned sending ip", STATUS_MICROSOFT },
	{ "using customer block list", STATUS_MICROSOFT },
	{ "resolver.adr.recipientnotfound", STATUS_MICROSOFT },
	{ "resolver.rst.authrequired", STATUS_MICROSOFT },
	{ "resolver.rst.sendernotauthenticated", STATUS_MICROSOFT },
	{ "resolver.rst.sendernotauthenticatedforgroup", STATUS_MICROSOFT },
	{ "resolver.rst.sendernotauthenticatedformailbox", STATUS_MICROSOFT },
	{ "tenantattribution", STATUS_MICROSOFT },
	{ "tenantinboundattribution", STATUS_MICROSOFT },
	{ "prod.protection.outlook.com", STATUS_MICROSOFT },
	{ "prod.outlook.com", STATUS_MICROSOFT },
	{ "prod.exchangelabs.com", STATUS_MICROSOFT },
	{ "sender.office.com", STATUS_MICROSOFT },
	{ "yahoodns.net", STATUS_YAHOO },
	{ "yahoo requires", STATUS_YAHOO },
	{ "senders.yahooinc.com", STATUS_YAHOO },
	{ "postmaster.yahooinc.com", STATUS_YAHOO },
	{ "postmaster.yahoo.com", STATUS_YAHOO },
	{ "help.yahoo.com", STATUS_YAHOO },
	{ "support.apple.com", STATUS_APPLE },
	{ "postmaster.gmx.net", STATUS_GMX },
	{ "postmaster.gmx.com", STATUS_GMX },
	{ "postmaster.web.de", STATUS_GMX },
	{ "postmaster.1und1.de", STATUS_GMX },
	{ "postmaster.mail.com", STATUS_GMX },
	{ "nemesis esmtp service", STATUS_GMX },
	{ "postmaster.t-online.de", STATUS_T_ONLINE },
	{ "ask your postmaster for help or to contact", STATUS_T_ONLINE },
	{ "transient ip not allowed", STATUS_T_ONLINE },
	{ "help.mail.ru", STATUS_MAILRU },
	{ "ipcheck.proofpoint.com", STATUS_PROOFPOINT },
	{ "community.mimecast.com", STATUS_MIMECAST },
	{ "mimecastsupport.zendesk.com", STATUS_MIMECAST },
	{ "postmaster.free.fr", STATUS_FREE },
	{ "postmaster.laposte.net", STATUS_LAPOSTE },
	{ "postmaster.orange.fr", STATUS_ORANGE },
	{ "service.mail.qq.com", STATUS_TENCENT },
	{ "open.work.weixin.qq.com", STATUS_TENCENT },
	{ "mail.163.com", STATUS_NETEASE },
	{ "postmaster.emailsrvr.com", STATUS_RACKSPACE },
};
const size_t status_marks_size = sizeof(status_marks) / sizeof(status_marks[0]);

static enum status_receiver
find_mark(const char *s)
{
	struct status_text text;
	size_t i;

	if (s == NULL)
		return STATUS_ANY;
	status_text_read(&text, s);
	for (i = 0; i < status_marks_size; i++)
		if (status_text_has(&text, status_marks[i].words))
			return status_marks[i].receiver;
	return STATUS_ANY;
}

enum status_receiver
status_receiver_find(const struct status_question *q)
{
	enum status_receiver receiver = find_host(q->remote_mta);

	if (receiver == STATUS_ANY)
		receiver = find_host(q->host);
	if (receiver == STATUS_ANY)
		receiver = find_mark(q->text);
	if (receiver == STATUS_ANY && q->remote_mta == NULL && q->host == NULL)
		receiver = find_host(q->reporting_mta);
	return receiver;
}
