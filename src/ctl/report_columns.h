/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The columns of reports that go to other programs, in the order of ruactl
 * export, for it and for ruactl feed: rep is report, f is failure, and s its
 * source.
 */
#ifndef RUAD_CTL_REPORT_COLUMNS_H
#define RUAD_CTL_REPORT_COLUMNS_H

#define REPORT_COLUMNS \
	"rep.filename, rep.org_name, rep.org_email, rep.extra_contact," \
	" rep.external_id, rep.begin_ts, rep.end_ts, rep.day," \
	" date(rep.day, 'unixepoch') AS date, rep.domain, rep.p, rep.sp," \
	" rep.np, rep.adkim, rep.aspf, rep.pct, rep.fo, rep.testing," \
	" rep.discovery_method, rep.generator, rep.version, rep.errors," \
	" iif(json_valid(rep.quirks), rep.quirks, NULL) AS quirks," \
	" rep.partial, rep.conflict, rep.counted, rep.reporter," \
	" rep.content_sha256, rep.imported_ts"

#define FAILURE_COLUMNS \
	"f.arrival_ts, f.reported_domain, f.feedback_type, s.ip," \
	" f.auth_failure, f.delivery_result, f.mail_from, f.rcpt_to," \
	" f.header_from, f.subject, f.msgid, f.dkim_domain," \
	" f.dkim_selector, f.auth_results, f.identity_alignment," \
	" f.user_agent, f.incidents, f.sample," \
	" iif(json_valid(f.quirks), f.quirks, NULL) AS quirks"

#endif
