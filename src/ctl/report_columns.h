/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What goes to other programs, in the order of ruactl export, for it and for
 * ruactl feed: rep is report, f is failure, s is source, snd its sender, and
 * pol is tls_policy.
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

#define SOURCE_COLUMNS \
	"s.ip, s.ptr, s.ptr_domain, s.asn, s.as_name, s.country," \
	" snd.label AS sender, snd.kind AS sender_kind"

#define POLICY_COLUMNS \
	"pol.domain, pol.type," \
	" iif(json_valid(pol.policy), pol.policy, NULL) AS policy," \
	" iif(json_valid(pol.mx_hosts), pol.mx_hosts, NULL) AS mx_hosts," \
	" pol.ok, pol.failed"

/* Arrays of DKIM and SPF results. */
#define DKIM_RESULTS \
	"json_group_array(json_object('domain', domain, 'selector', selector," \
	" 'result', result, 'human_result', human_result))"
#define SPF_RESULTS \
	"json_group_array(json_object('domain', domain, 'scope', scope," \
	" 'result', result, 'human_result', human_result))"

#endif
