/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/store_priv.h"

/* 1: the admin's mail server authenticated the message of a report; else 0. */
#define VERIFIED \
	"coalesce((SELECT verified = 'pass' FROM message" \
	" WHERE message.id = message_id), 0)"

/* Report ?1 was verified by message ?2. */
#define TAKE(table) \
	"UPDATE " table " SET message_id = ?2 WHERE id = ?1 AND NOT " VERIFIED

#define IDENTITY \
	" WHERE external_id = ?1 AND domain = ?2 AND reporter = ?3" \
	" AND begin_ts = ?4 AND end_ts = ?5 AND day = ?6"

#define RECORD_ADD(table) \
	"INSERT INTO " table " (report_id, source_id, messages, cause," \
	" disposition, dkim, spf, profile_id, dkim_list_id, envelope_to)" \
	" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"

/*
 * By the index message_sha256: + keeps SQLite from others, in which a whole
 * mailbox is alike, and from putting the digest where its begin must stand.
 */
#define OF_BYTES(hex) \
	" WHERE +sha256 = " hex " AND substr(sha256, 1, 16) = substr(" hex \
	", 1, 16)" \
	" AND filed_ts IS NULL"

/*
 * What passed for a domain that has that of a rule in its name: more than the
 * rule matches, see store_rule_has_record().
 */
#define PASSING(key, method) \
	" (SELECT i." key " AS id FROM sender_rule r CROSS JOIN " method \
	"_item i ON instr(lower(i.domain), lower(r.value)) > 0" \
	" WHERE r.match = '" method "_domain' AND i.result = 'pass')"

/* What naming sources by records needs of them. */
#define RECORD_LOOK(from) \
	"SELECT source_id, profile_id, dkim_list_id FROM " from \
	" WHERE source_id IS NOT NULL"

/*
 * Nearly all records are of no use: those that may be are chosen by the few
 * lists and profiles in which a rule's domain passed.
 */
/* clang-format off */
#define RECORDS_OF_RULES \
	"WITH list AS MATERIALIZED" PASSING("dkim_list_id", "dkim") "," \
	" prof AS MATERIALIZED" PASSING("profile_id", "spf") "," \
	" some AS MATERIALIZED (SELECT 1 FROM list UNION ALL" \
	"   SELECT 1 FROM prof LIMIT 1) " \
	RECORD_LOOK("some CROSS JOIN record_row") \
	" AND (dkim_list_id IN (SELECT id FROM list)" \
	"   OR profile_id IN (SELECT id FROM prof))"
/* clang-format on */

const char *const store_stmt_sql[STMTS] = {
	[STMT_BEGIN] = "BEGIN IMMEDIATE",
	[STMT_COMMIT] = "COMMIT",
	[STMT_ROLLBACK] = "ROLLBACK",
	[STMT_SAVEPOINT] = "SAVEPOINT mail",
	[STMT_RELEASE] = "RELEASE mail",
	[STMT_ROLLBACK_TO] = "ROLLBACK TO mail",
	[STMT_DATA_VERSION] = "PRAGMA data_version",
	[STMT_VIEWS_SAME] = "SELECT 1 FROM meta WHERE key = 'views'"
	                    " AND value = ?1",

	[STMT_MAILBOX_FIND] =
	    "SELECT id, server IS ?2 AND username IS ?3,"
	    " server IS ?2 AND username IS ?3 AND folder IS ?4 AND active"
	    " FROM mailbox WHERE name = ?1",
	[STMT_MAILBOX_SET] =
	    "INSERT INTO mailbox (name, server, username, folder)"
	    " VALUES (?1, ?2, ?3, ?4)"
	    " ON CONFLICT (name) DO UPDATE SET server = ?2, username = ?3,"
	    " folder = ?4, active = 1 RETURNING id",
	[STMT_MAILBOX_LIST] = "SELECT id, name FROM mailbox WHERE active = 1",
	[STMT_MAILBOX_RETIRE] = "UPDATE mailbox SET active = 0 WHERE id = ?1",
	[STMT_MAILBOX_POLLED] =
	    "UPDATE mailbox SET last_poll_ts = ?2,"
	    " last_ok_ts = iif(?3 IS NULL, ?2, last_ok_ts), last_error = ?3,"
	    " uidvalidity = coalesce(?4, uidvalidity),"
	    " last_uid = coalesce(?5, last_uid),"
	    " unfiled_error = iif(?6, ?7, unfiled_error),"
	    " alert = coalesce(?8, alert),"
	    " last_error_class = iif(?3 IS NULL, NULL, ?9),"
	    " unfiled_key = iif(?6, ?10, unfiled_key) WHERE id = ?1",
	[STMT_MAILBOX_SAID] =
	    "SELECT unfiled_key, alert FROM mailbox WHERE id = ?1",
	[STMT_POLL_ADD] =
	    "INSERT INTO poll (mailbox_id, start_ts, end_ts, messages,"
	    " reports, duplicates, invalid, error)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",

	[STMT_LEDGER_FORGET] =
	    "UPDATE message SET uidvalidity = NULL WHERE mailbox_id = ?1",
	[STMT_LEDGER_UIDS] =
	    "SELECT uid FROM message WHERE mailbox_id = ?1 AND folder = ?2"
	    " AND uidvalidity = ?3 AND uid >= ?4 ORDER BY uid",
	[STMT_LEDGER_OPEN] =
	    "SELECT uid FROM message WHERE mailbox_id = ?1 AND folder = ?2"
	    " AND uidvalidity = ?3 AND uid >= ?4 AND filed_ts IS NULL"
	    " ORDER BY uid",
	[STMT_LEDGER_LOOK] =
	    "SELECT id, coalesce(size, 0), sha256, filed_to IS folder"
	    " FROM message WHERE mailbox_id = ?1 AND folder = ?2"
	    " AND uidvalidity = ?3 AND uid = ?4",
	[STMT_LEDGER_UNFILE] =
	    "UPDATE message SET filed_to = NULL, filed_ts = NULL"
	    " WHERE id = ?1",
	[STMT_LEDGER_RELEASE] =
	    "UPDATE message SET uidvalidity = NULL WHERE id = ?1",
	[STMT_LEDGER_UNFILED] =
	    "SELECT id, uid, status, filed_to IS NOT NULL FROM message"
	    " WHERE mailbox_id = ?1 AND folder = ?2 AND uidvalidity = ?3"
	    " AND filed_ts IS NULL AND instr(?4, substr(status, 1, 1)) > 0"
	    " ORDER BY uid",
	[STMT_LEDGER_COPIED] = "UPDATE message SET filed_to = ?2 WHERE id = ?1",
	[STMT_LEDGER_COPY] =
	    "UPDATE message SET filed_to = ?5 WHERE id ="
	    " (SELECT min(id) FROM message WHERE sha256 = ?4"
	    " AND mailbox_id = ?1 AND folder = ?2 AND uidvalidity = ?3"
	    " AND filed_ts IS NULL AND filed_to IS NULL)"
	    " AND (SELECT count(*) FROM message WHERE sha256 = ?4"
	    " AND filed_to = ?5) < ?6 RETURNING id",
	[STMT_LEDGER_FILED] =
	    "UPDATE message SET filed_to = coalesce(filed_to, ?2),"
	    " filed_ts = ?3 WHERE id = ?1",
	[STMT_LEDGER_STAYS] =
	    "UPDATE message SET filed_to = ?2, filed_ts = ?3 WHERE id = ?1",
	[STMT_LEDGER_ADOPT] =
	    "UPDATE message SET uidvalidity = ?3, uid = ?4 WHERE id ="
	    " (SELECT min(id) FROM message" OF_BYTES(
	        "?5") " AND mailbox_id = ?1 AND folder = ?2 AND uidvalidity IS "
	              "NOT ?3)"
	              " RETURNING id",

	[STMT_UNDELIVERED_FORGET] =
	    "DELETE FROM undelivered WHERE mailbox_id = ?1",
	[STMT_UNDELIVERED_LOAD] =
	    "SELECT uid, tries, next_ts, folder IS ?2 AND uidvalidity IS ?3"
	    " FROM undelivered WHERE mailbox_id = ?1"
	    " ORDER BY folder, uidvalidity, uid",
	[STMT_UNDELIVERED_SET] =
	    "INSERT INTO undelivered (mailbox_id, folder, uidvalidity, uid,"
	    " size, reason, tries, first_ts, last_ts, next_ts)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)"
	    " ON CONFLICT (mailbox_id, folder, uidvalidity, uid) DO UPDATE"
	    " SET size = ?5, reason = ?6, tries = ?7, last_ts = ?8,"
	    " next_ts = ?9",
	[STMT_UNDELIVERED_DELETE] =
	    "DELETE FROM undelivered WHERE mailbox_id = ?1 AND folder = ?2"
	    " AND uidvalidity = ?3 AND uid = ?4",

	[STMT_FILE_FIND] = "SELECT id FROM message" OF_BYTES(
	    "?1") " AND path IS ?2 AND mailbox_id IS NULL",
	[STMT_MAIL_FIND] =
	    "SELECT id FROM message WHERE mailbox_id = ?1 AND folder = ?2"
	    " AND uidvalidity = ?3 AND uid = ?4",
	/* No RETURNING here or below: it would cost as much as the row. */
	[STMT_MESSAGE_ADD] =
	    "INSERT INTO message (id, mailbox_id, folder, uidvalidity, uid,"
	    " path, fetched_ts, size, sha256, msgid, sender, from_domain,"
	    " subject, sent_ts, verified, status, attempts)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
	    " ?14, ?15, 'stored', 1)"
	    " ON CONFLICT (id) DO UPDATE SET fetched_ts = ?7, size = ?8,"
	    " sha256 = ?9, msgid = ?10, sender = ?11, from_domain = ?12,"
	    " subject = ?13, sent_ts = ?14, verified = ?15, status = 'stored',"
	    " attempts = 1, reason = NULL, filed_to = NULL, filed_ts = NULL",
	[STMT_MESSAGE_DISOWN] =
	    "UPDATE message SET verified = 'other' WHERE id = ?1",
	[STMT_MESSAGE_END] =
	    "UPDATE message SET status = ?2, reason = ?3, attempts = ?4"
	    " WHERE id = ?1",

	[STMT_REPORT_SAME] = "SELECT id, partial, " VERIFIED
	                     " FROM report" IDENTITY " AND content_sha256 = ?7",
	[STMT_REPORT_TAKE] = TAKE("report"),
	[STMT_REPORT_RIVAL] = "SELECT 1 FROM report" IDENTITY " LIMIT 1",
	[STMT_REPORT_DELETE] = "DELETE FROM report WHERE id = ?1",
	[STMT_REPORT_ADD] =
	    "INSERT INTO report (external_id, domain, reporter, begin_ts,"
	    " end_ts, day, message_id, filename, org_name, org_email,"
	    " extra_contact, p, sp, np, adkim, aspf, pct, fo, testing,"
	    " discovery_method, generator, version, errors, quirks, partial,"
	    " conflict, content_sha256, imported_ts, raw, counted)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
	    " ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25,"
	    " ?26, ?27, ?28, ?29, NOT ?26)",

	[STMT_RECORD_ADD] = RECORD_ADD("record_row"),
	[STMT_RECORD_ADD_ASIDE] = RECORD_ADD("record_aside"),
	[STMT_PACK_SET] = "INSERT OR REPLACE INTO report_pack"
	                  " (report_id, messages, pass, records)"
	                  " VALUES (?1, ?2, ?3, ?4)",
	[STMT_PROFILE_FIND] = "SELECT id FROM profile WHERE digest = ?1",
	[STMT_PROFILE_ADD] =
	    "INSERT INTO profile (digest, header_from, envelope_from, raw)"
	    " VALUES (?1, ?2, ?3, ?4)",
	[STMT_SPF_ITEM_ADD] =
	    "INSERT INTO spf_item (profile_id, seq, domain, scope, result,"
	    " human_result) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[STMT_OVERRIDE_ITEM_ADD] =
	    "INSERT INTO override_item (profile_id, seq, type, comment)"
	    " VALUES (?1, ?2, ?3, ?4)",
	[STMT_DKIM_LIST_FIND] = "SELECT id FROM dkim_list WHERE digest = ?1",
	[STMT_DKIM_LIST_ADD] = "INSERT INTO dkim_list (digest) VALUES (?1)",
	[STMT_DKIM_ITEM_ADD] =
	    "INSERT INTO dkim_item (dkim_list_id, seq, domain, selector,"
	    " result, human_result) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",

	[STMT_TLS_SAME] = "SELECT id, " VERIFIED
	                  " FROM tls_report WHERE content_sha256 = ?1",
	[STMT_TLS_TAKE] = TAKE("tls_report"),
	[STMT_TLS_RIVAL] = "SELECT id FROM tls_report WHERE external_id = ?1"
	                   " AND org_name = ?2 COLLATE NOCASE AND begin_ts = ?3"
	                   " AND end_ts = ?4 LIMIT 1",
	[STMT_TLS_ADD] =
	    "INSERT INTO tls_report (external_id, org_name, begin_ts, end_ts,"
	    " message_id, filename, contact, day, quirks, conflict,"
	    " content_sha256, imported_ts, counted)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
	    " NOT ?10)",
	[STMT_TLS_POLICY_ADD] =
	    "INSERT INTO tls_policy (tls_report_id, domain, type, policy,"
	    " mx_hosts, ok, failed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[STMT_TLS_FAILURE_ADD] =
	    "INSERT INTO tls_failure (tls_policy_id, seq, result, failed,"
	    " sending_ip, mx, mx_helo, receiving_ip, reason_code, info)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",

	[STMT_FAILURE_SAME] =
	    "SELECT id FROM failure WHERE content_sha256 = ?1",
	[STMT_FAILURE_TAKE] = TAKE("failure"),
	[STMT_FAILURE_ADD] =
	    "INSERT INTO failure (message_id, arrival_ts, feedback_type,"
	    " reported_domain, source_id, auth_failure, delivery_result,"
	    " mail_from, rcpt_to, header_from, subject, msgid, dkim_domain,"
	    " dkim_selector, auth_results, identity_alignment, user_agent,"
	    " incidents, sample, quirks, content_sha256)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
	    " ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",

	[STMT_SOURCE_FIND] =
	    "SELECT id, coalesce(first_day, ?2), coalesce(last_day, ?2)"
	    " FROM source WHERE ip = ?1",
	[STMT_SOURCE_ADD] =
	    "INSERT INTO source (ip_key, first_day, last_day, ip)"
	    " VALUES (?1, ?2, ?2, ?3)",
	[STMT_SOURCE_WIDEN] =
	    "UPDATE source SET first_day = min(coalesce(first_day, ?2), ?2),"
	    " last_day = max(coalesce(last_day, ?2), ?2) WHERE id = ?1",
	[STMT_SOURCE_LIST] =
	    "SELECT id, ip_key, ptr, ptr_domain, asn, sender_id, rule_id"
	    " FROM source",
	[STMT_SOURCE_RULE] = "SELECT rule_id FROM source WHERE id = ?1",
	[STMT_SOURCE_NAME] =
	    "UPDATE source SET sender_id = ?2, rule_id = ?3 WHERE id = ?1",
	[STMT_SOURCE_LOOKUP] =
	    "UPDATE source SET lookup_status = ?2, lookup_ts = ?3,"
	    " lookup_next_ts = ?4, lookup_tries = 0, ptr = ?5,"
	    " ptr_domain = ?6, ptr_claim = ?7 WHERE id = ?1",
	[STMT_SOURCE_FAILED] =
	    "UPDATE source SET lookup_status = ?2, lookup_next_ts = ?3,"
	    " lookup_tries = ?4 WHERE id = ?1",
	/* The name is that of the number, of which it may be all that lacks. */
	[STMT_SOURCE_AS] =
	    "UPDATE source SET as_name = CASE WHEN ?2 IS NULL THEN as_name"
	    " WHEN asn IS ?2 THEN coalesce(?3, as_name) ELSE ?3 END,"
	    " asn = coalesce(?2, asn), country = coalesce(?4, country)"
	    " WHERE id = ?1",
	[STMT_RECORDS_ALL] = RECORDS_OF_RULES,
	[STMT_RECORDS_OF] = RECORD_LOOK("record_row") " AND report_id = ?1",
	[STMT_PROFILE_READ] =
	    "SELECT p.header_from, i.domain, i.scope, i.result FROM profile p"
	    " LEFT JOIN spf_item i ON i.profile_id = p.id WHERE p.id = ?1",
	[STMT_DKIM_LIST_READ] = "SELECT domain, result FROM dkim_item"
	                        " WHERE dkim_list_id = ?1",

	[STMT_SENDER_FIND] = "SELECT id FROM sender WHERE label = ?1",
	[STMT_SENDER_SET] =
	    "INSERT INTO sender (label, kind) VALUES (?1, ?2)"
	    " ON CONFLICT (label) DO UPDATE SET kind = ?2 RETURNING id",
	[STMT_SENDER_REMOVE] = "DELETE FROM sender WHERE id = ?1",
	[STMT_SENDER_COUNT] =
	    "SELECT (SELECT count(*) FROM source WHERE sender_id = ?1),"
	    " coalesce((SELECT sum(rec.messages) FROM report rep"
	    "   CROSS JOIN record_row rec ON rec.report_id = rep.id"
	    "   WHERE EXISTS (SELECT 1 FROM source WHERE sender_id = ?1)"
	    "   AND rep.day BETWEEN ?2 AND ?3 AND rec.source_id IN"
	    "     (SELECT id FROM source WHERE sender_id = ?1)), 0)",
	[STMT_RULE_LIST] = "SELECT id, sender_id, match, value, ip_lo, ip_hi"
	                   " FROM sender_rule",
	[STMT_RULE_FIND] =
	    "SELECT id, sender_id FROM sender_rule WHERE match = ?1"
	    " AND value = ?2",
	[STMT_RULE_ADD] =
	    "INSERT INTO sender_rule (sender_id, match, value, ip_lo, ip_hi)"
	    " VALUES (?1, ?2, ?3, ?4, ?5)",
	[STMT_RULE_REMOVE] = "DELETE FROM sender_rule WHERE id = ?1",

	[STMT_DNS_NEWEST] =
	    "SELECT id, status = ?3 AND value IS ?4 FROM dns_record"
	    " WHERE name = ?1 AND type = ?2 ORDER BY id DESC LIMIT 1",
	[STMT_DNS_SEEN] = "UPDATE dns_record SET last_ts = ?2 WHERE id = ?1",
	[STMT_DNS_ADD] =
	    "INSERT INTO dns_record (name, type, status, value, first_ts,"
	    " last_ts) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
	[STMT_DNS_TRIM] =
	    "DELETE FROM dns_record WHERE id IN (SELECT id FROM dns_record"
	    " WHERE name = ?1 AND type = ?2 ORDER BY id DESC"
	    " LIMIT -1 OFFSET ?3)",
};
