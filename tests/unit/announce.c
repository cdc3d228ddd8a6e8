/* SPDX-License-Identifier: BSD-2-Clause */
/* announce, missing: which words announce a report, which say it is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "parse/announce.h"
#include "parse/announce_word.h"
#include "parse/missing.h"
#include "parse/missing_word.h"

static void
subjects_are_told_apart(void **state)
{
	static const struct {
		const char *subject;
		enum announce_subject kind;
	} rows[] = {
		{ "Report Domain: a.example Submitter: b.example Report-ID: "
		  "<1>",
		    SUBJECT_FORM },
		{ "report domain:a.example submitter:b report-id:1",
		    SUBJECT_FORM },
		{ "Report Domain: a.example; Submitter: B; Report-ID: 1",
		    SUBJECT_FORM },
		{ "Report Domain: {a.example} Submitter: {B}", SUBJECT_FORM },
		{ "Report Domain: a.example", SUBJECT_FORM },
		{ "DMARC Aggregate Report Domain: {a.example} Submitter: {b}",
		    SUBJECT_FORM },
		{ "An Aggregate Report Domain: a.example Submitter: b",
		    SUBJECT_FORM_WITHIN },
		{ "Domaine du rapport : a.example "
		  "\xc3\x89metteur : b.example",
		    SUBJECT_FORM },
		{ "Berichtsdomain: a.example Einsender: b Berichts-ID: 1",
		    SUBJECT_FORM },
		{ "Informe de dominio: a.example Remitente: b ID: 1",
		    SUBJECT_FORM },
		{ "\xe3\x83\xac\xe3\x83\x9d\xe3\x83\xbc\xe3\x83\x88\xe3\x83\x89"
		  "\xe3\x83\xa1\xe3\x82\xa4\xe3\x83\xb3\xef\xbc\x9a"
		  "a.example"
		  " \xe9\x80\x81\xe4\xbf\xa1\xe8\x80\x85\xef\xbc\x9a"
		  "b",
		    SUBJECT_FORM },
		{ "Undeliverable: Report Domain: a.example Submitter: b",
		    SUBJECT_FORM_WITHIN },
		{ "x: y: Report Domain: a.example Submitter: b",
		    SUBJECT_FORM_WITHIN },
		{ "SPAM*** Report Domain: a.example Submitter: b",
		    SUBJECT_FORM },
		{ "A question on Report Domain: a.example Submitter: b",
		    SUBJECT_FORM_WITHIN },
		{ "DMARC Failure Report for a.example (ip=192.0.2.1)",
		    SUBJECT_TITLE },
		{ "Rapport DMARC pour a.example", SUBJECT_TITLE },
		{ "SMTP TLS Report for a.example", SUBJECT_TITLE },
		{ "", SUBJECT_ABOUT },
		{ "DMARC", SUBJECT_ABOUT },
		{ "A report", SUBJECT_ABOUT },
		{ "Your DMARC report for a.example", SUBJECT_TALK },
		{ "Weekly DMARC report: a.example", SUBJECT_TALK },
		{ "DMARC report for a.example?", SUBJECT_TALK },
		/* A sentence, no form. */
		{ "Report domain: a.example is broken", SUBJECT_ABOUT },
		{ "Report domain: none", SUBJECT_ABOUT },
		{ "Report on the domain, part 1: x, part 2: y", SUBJECT_ABOUT },
		{ "Hello: a.example", SUBJECT_OTHER },
		{ "::::::::::", SUBJECT_OTHER },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (announce_subject(rows[i].subject) != rows[i].kind)
			fail_msg("%s: %d", rows[i].subject,
			    announce_subject(rows[i].subject));
}

static void
prefixes_are_told_apart(void **state)
{
	static const struct {
		const char *prefix;
		enum announce_prefix kind;
	} rows[] = {
		{ "Re", PREFIX_ANSWER },
		{ "RE[2]", PREFIX_ANSWER },
		{ "Aw (3)", PREFIX_ANSWER },
		{ "Automatic reply", PREFIX_ANSWER },
		{ "Undeliverable", PREFIX_ANSWER },
		{ "\xe5\x9b\x9e\xe5\xa4\x8d", PREFIX_ANSWER },
		{ "\xd0\x9e\xd1\x82\xd0\xb2\xd0\xb5\xd1\x82", PREFIX_ANSWER },
		{ "Fwd", PREFIX_FORWARD },
		{ "WG", PREFIX_FORWARD },
		{ "\xe8\xbd\xac\xe5\x8f\x91", PREFIX_FORWARD },
		{ "EXTERNAL", PREFIX_WARNING },
		{ "Possible spam", PREFIX_WARNING },
		{ "Report Domain", PREFIX_OTHER },
		{ "DMARC failure report", PREFIX_OTHER },
		{ "Remark", PREFIX_OTHER },
		{ "[", PREFIX_OTHER },
		{ "", PREFIX_OTHER },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (announce_prefix(rows[i].prefix) != rows[i].kind)
			fail_msg("%s: %d", rows[i].prefix,
			    announce_prefix(rows[i].prefix));
}

static void
senders_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(
	    announce_sender("noreply-dmarc-support@a.example"), SENDER_REPORTS);
	assert_int_equal(
	    announce_sender("DMARCreport@a.example"), SENDER_REPORTS);
	assert_int_equal(
	    announce_sender("tlsrpt-noreply@a.example"), SENDER_REPORTS);
	assert_int_equal(
	    announce_sender("dmarc_support@a.example"), SENDER_DMARC);
	assert_int_equal(
	    announce_sender("noreply@dmarc.a.example"), SENDER_DMARC);
	assert_int_equal(announce_sender("no-reply@a.example"), SENDER_MACHINE);
	assert_int_equal(announce_sender("alice@a.example"), SENDER_OTHER);
	assert_int_equal(announce_sender("alice"), SENDER_OTHER);
	assert_int_equal(announce_sender(""), SENDER_OTHER);
	assert_int_equal(announce_sender("@dmarc"), SENDER_OTHER);
}

static const char *
file_name(const char *text)
{
	static char found[64];
	const char *p;
	size_t n = 0;

	p = announce_find_file_name(text, strlen(text), &n);
	if (p == NULL)
		return "";
	assert_true(n < sizeof(found));
	memcpy(found, p, n);
	found[n] = '\0';
	return found;
}

static void
names_of_reports_are_found_in_texts(void **state)
{
	(void)state;
	assert_string_equal(
	    file_name("the file \"r.example!a.example!1795219200!1795305599"
	              ".xml.gz\" is gone"),
	    "r.example!a.example!1795219200!1795305599.xml.gz");
	assert_string_equal(
	    file_name("https://x.example/r!a!1795219200!1795305599!001.json."),
	    "r!a!1795219200!1795305599!001.json");
	assert_string_equal(
	    file_name("!a!1795219200!1795305599"), "!a!1795219200!1795305599");
	assert_string_equal(file_name("a!1795219200!1795305599.xml"), "");
	assert_string_equal(file_name("Hello! World! 1! 2!"), "");
	assert_string_equal(file_name("a!b!12345!1795305599"), "");
	assert_string_equal(file_name("a!b!1795219200!"), "");
	assert_string_equal(file_name("!!!!"), "");
	assert_string_equal(file_name(""), "");
}

static bool
says(const char *text, bool *first)
{
	return announce_sentence(text, strlen(text), first);
}

static void
sentences_of_reporters_are_known(void **state)
{
	bool first;

	(void)state;
	assert_true(
	    says("This is a DMARC aggregate report for a.example", &first));
	assert_true(first);
	assert_true(says(
	    "\n  This is an aggregate TLS report from b.example\n", &first));
	assert_true(first);
	assert_true(says("CAUTION: external\n\nDies ist ein aggregierter "
	                 "DMARC-Bericht",
	    &first));
	assert_false(first);
	assert_true(says("This is an authentication failure report for an\n"
	                 "email message received from IP 192.0.2.1",
	    &first));
	assert_false(says("This is a DMARC report I got", &first));
	assert_false(says("This is a DMARC aggregate report guide", &first));
	assert_false(says("This is an email abuse report for", &first));
	assert_false(
	    says("We read that this is a DMARC aggregate report", &first));
	assert_false(says("This is a report.", &first));
	assert_false(says("", &first));
}

static void
notices_of_gateways_are_known(void **state)
{
	static const char *const gone[] = {
		"The attachment was removed by the mail filter.",
		"A non-text attachment was scrubbed...",
		"[Non-text portions of this message have been removed]",
		"Malware was found.\nAll of it has been deleted.",
		"r!a!1795219200!1795305599.xml.gz was blocked",
		"Die Anlage wurde entfernt.",
		"La pi\xc3\xa8"
		"ce jointe a \xc3\xa9t\xc3\xa9 supprim\xc3\xa9"
		"e.",
		"El archivo adjunto ha sido eliminado.",
		"De bijlage is verwijderd.",
		"\xd0\x92\xd0\xbb\xd0\xbe\xd0\xb6\xd0\xb5\xd0\xbd\xd0\xb8\xd0"
		"\xb5 \xd1\x83\xd0\xb4\xd0\xb0\xd0\xbb\xd0\xb5\xd0\xbd\xd0\xbe",
		"\xe9\x99\x84\xe4\xbb\xb6\xe5\xb7\xb2\xe5\x88\xa0\xe9\x99\xa4",
	};
	static const char *const not_gone[] = {
		"The report is attached.",
		"Do not open attachments unless you know the sender.",
		"We removed a domain.",
		"This message was checked for viruses by a gateway.",
		"",
	};
	char far[1024];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(gone) / sizeof(*gone); i++)
		if (!missing_says_removed(gone[i], strlen(gone[i])))
			fail_msg("%s", gone[i]);
	for (i = 0; i < sizeof(not_gone) / sizeof(*not_gone); i++)
		if (missing_says_removed(not_gone[i], strlen(not_gone[i])))
			fail_msg("%s", not_gone[i]);
	/* What stands far away belongs to something else. */
	memset(far, ' ', sizeof(far));
	memcpy(far, "attachment", 10);
	memcpy(far + 900, "removed", 7);
	assert_false(missing_says_removed(far, sizeof(far)));
	memcpy(far + 300, "removed", 7);
	assert_true(missing_says_removed(far, sizeof(far)));

	assert_true(missing_says_it_is_removed("It was blocked.", 15));
	assert_false(missing_says_it_is_removed("It was.", 7));
	assert_true(missing_says_linked("Download: https://x", 19));
	assert_false(missing_says_linked("See https://x", 13));
	assert_false(missing_says_linked("Download it", 11));
}

/* What a header alone announces. */
static enum announce_level
level_of(const char *mail)
{
	struct mail_facts facts = { 0 };
	struct announce a = { 0 };
	struct arena arena = { 0 };
	enum announce_level level;

	mime_read_facts(mail, strlen(mail), &arena, &facts);
	announce_by_header(&a, mail, strlen(mail), &facts);
	level = announce_level(&a);
	arena_done(&arena);
	return level;
}

#define FORM "Report Domain: a.example Submitter: b.example\n"

static void
headers_announce(void **state)
{
	(void)state;
	assert_int_equal(level_of("Subject: " FORM), ANNOUNCE_CLEAR);
	assert_int_equal(
	    level_of("Subject: [list] EXTERNAL: " FORM), ANNOUNCE_CLEAR);
	assert_int_equal(
	    level_of("TLS-Report-Domain: a.example\n"), ANNOUNCE_CLEAR);
	assert_int_equal(level_of("Subject: FW: x\nContent-Type: "
	                          "multipart/report; boundary=b; report-type="
	                          "\"feedback-report\"\n"),
	    ANNOUNCE_CLEAR);
	assert_int_equal(
	    level_of("Subject: DMARC Failure Report for a.example\n"
	             "From: noreply@b.example\n"),
	    ANNOUNCE_CLEAR);
	assert_int_equal(level_of("From: noreply-dmarc-support@b.example\n"),
	    ANNOUNCE_CLEAR);
	assert_int_equal(
	    level_of("From: MAILER-DAEMON@b.example\nSubject: " FORM),
	    ANNOUNCE_CLEAR);

	assert_int_equal(level_of("Subject: Fwd: " FORM), ANNOUNCE_MAYBE);
	assert_int_equal(level_of("Subject: Hello\nFrom: dmarc@a.example\n"),
	    ANNOUNCE_MAYBE);

	assert_int_equal(level_of("Subject: Re: " FORM), ANNOUNCE_NOT);
	assert_int_equal(
	    level_of("In-Reply-To: <1>\nSubject: " FORM), ANNOUNCE_NOT);
	assert_int_equal(
	    level_of("Auto-Submitted: auto-replied\nSubject: " FORM),
	    ANNOUNCE_NOT);
	assert_int_equal(level_of("Auto-Submitted: auto-generated\n"
	                          "Subject: " FORM),
	    ANNOUNCE_CLEAR);
	assert_int_equal(level_of("From: MAILER-DAEMON@b.example\n"
	                          "Subject: DMARC Report for a.example\n"),
	    ANNOUNCE_NOT);
	assert_int_equal(level_of("Subject: DMARC Report for a.example\n"
	                          "From: alice@b.example\n"),
	    ANNOUNCE_NOT);
	assert_int_equal(level_of("Subject: Your DMARC report for a.example\n"
	                          "From: dmarc-reports@b.example\n"),
	    ANNOUNCE_NOT);
	assert_int_equal(level_of("Subject: x\nContent-Type: multipart/report; "
	                          "report-type=delivery-status\n"),
	    ANNOUNCE_NOT);
	assert_int_equal(level_of("Subject: x\n"), ANNOUNCE_NOT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subjects_are_told_apart),
		cmocka_unit_test(prefixes_are_told_apart),
		cmocka_unit_test(senders_are_told_apart),
		cmocka_unit_test(names_of_reports_are_found_in_texts),
		cmocka_unit_test(sentences_of_reporters_are_known),
		cmocka_unit_test(notices_of_gateways_are_known),
		cmocka_unit_test(headers_announce),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
