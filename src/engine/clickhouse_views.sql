-- SPDX-License-Identifier: BSD-2-Clause
-- The views of ruad.db(5) for ruad-feed-clickhouse.  A record has no number
-- here: its id is the key of its report and its place in it; a source's is its
-- address.  Each view asks record_held for sums, which
-- the shards of a cluster make, and adds what is known of sources to these.
-- ClickHouse takes the name of a result for the column in the same SELECT:
-- sums have other names until the last step.

DROP TABLE IF EXISTS ruad.record @ON_CLUSTER@;
CREATE VIEW ruad.record @ON_CLUSTER@ AS -- of a report that counts
SELECT concat(lower(hex(key)), '-', toString(n)) AS id,
    lower(hex(key)) AS report_id, nullIf(ip, '') AS source_id, messages,
    disposition, dkim, spf, dmarc, cause, header_from, envelope_from,
    envelope_to, raw
FROM ruad.record_held;

DROP TABLE IF EXISTS ruad.auth_dkim @ON_CLUSTER@;
CREATE VIEW ruad.auth_dkim @ON_CLUSTER@ AS -- DKIM results of a record
SELECT concat(lower(hex(key)), '-', toString(n)) AS record_id, i - 1 AS seq,
    domain_i AS domain, selector_i AS selector, result_i AS result,
    human_i AS human_result
FROM (SELECT key, n, dkim_domain, dkim_selector, dkim_result,
        dkim_human_result, arrayEnumerate(dkim_result) AS numbers
    FROM ruad.record_held)
ARRAY JOIN dkim_domain AS domain_i, dkim_selector AS selector_i,
    dkim_result AS result_i, dkim_human_result AS human_i, numbers AS i;

DROP TABLE IF EXISTS ruad.auth_spf @ON_CLUSTER@;
CREATE VIEW ruad.auth_spf @ON_CLUSTER@ AS -- SPF results of a record
SELECT concat(lower(hex(key)), '-', toString(n)) AS record_id, i - 1 AS seq,
    domain_i AS domain, scope_i AS scope, result_i AS result,
    human_i AS human_result
FROM (SELECT key, n, spf_domain, spf_scope, spf_result, spf_human_result,
        arrayEnumerate(spf_result) AS numbers
    FROM ruad.record_held)
ARRAY JOIN spf_domain AS domain_i, spf_scope AS scope_i, spf_result AS result_i,
    spf_human_result AS human_i, numbers AS i;

DROP TABLE IF EXISTS ruad.override @ON_CLUSTER@;
CREATE VIEW ruad.override @ON_CLUSTER@ AS -- why a policy was not applied
SELECT concat(lower(hex(key)), '-', toString(n)) AS record_id, i - 1 AS seq,
    type_i AS type, comment_i AS comment, forwarding_i AS forwarding,
    changed_i AS changed
FROM (SELECT key, n, override_type, override_comment, override_forwarding,
        override_changed, arrayEnumerate(override_type) AS numbers
    FROM ruad.record_held)
ARRAY JOIN override_type AS type_i, override_comment AS comment_i,
    override_forwarding AS forwarding_i, override_changed AS changed_i,
    numbers AS i;

DROP TABLE IF EXISTS ruad.failure @ON_CLUSTER@;
CREATE VIEW ruad.failure @ON_CLUSTER@ AS -- a failure report
SELECT lower(hex(key)) AS id, arrival_ts, reported_domain, feedback_type,
    ip AS source_id, auth_failure, delivery_result, mail_from, rcpt_to,
    header_from, subject, msgid, dkim_domain, dkim_selector, auth_results,
    identity_alignment, user_agent, incidents, sample, quirks,
    lower(hex(key)) AS content_sha256
FROM ruad.failure_held
ORDER BY key, collector
LIMIT 1 BY key;

DROP TABLE IF EXISTS ruad.tls_policy @ON_CLUSTER@;
CREATE VIEW ruad.tls_policy @ON_CLUSTER@ AS -- policies of a TLS report
SELECT concat(tls_report_id, '-', toString(n)) AS id, tls_report_id, domain,
    type, policy, mx_hosts, ok, failed
FROM ruad.tls_policy_row
ANY INNER JOIN (SELECT batch, seq, id AS tls_report_id FROM ruad.tls_report)
USING batch, seq;

DROP TABLE IF EXISTS ruad.tls_failure @ON_CLUSTER@;
CREATE VIEW ruad.tls_failure @ON_CLUSTER@ AS -- failures under a policy
SELECT concat(tls_report_id, '-', toString(n)) AS tls_policy_id, m - 1 AS seq,
    result, failed, sending_ip, mx, mx_helo, receiving_ip, reason_code, info
FROM (SELECT batch, seq AS change, n, m, result, failed, sending_ip, mx,
        mx_helo, receiving_ip, reason_code, info FROM ruad.tls_failure_row)
ANY INNER JOIN (SELECT batch, seq AS change, id AS tls_report_id
    FROM ruad.tls_report) USING batch, change;

-- As RFC 5952 writes them, but for zeros that do not end the network.
DROP TABLE IF EXISTS ruad.source_network @ON_CLUSTER@;
CREATE VIEW ruad.source_network @ON_CLUSTER@ AS -- the /24 or /64 of a source
SELECT ip AS id, multiIf(
    position(ip, ':') = 0, replaceRegexpOne(ip, '[0-9]*$', '0/24'),
    match(network64, ':0:0:0$'),
        replaceRegexpOne(network64, ':0:0:0$', '::/64'),
    match(network64, ':0:0$'), replaceRegexpOne(network64, ':0:0$', '::/64'),
    match(network64, ':0$'), replaceRegexpOne(network64, ':0$', '::/64'),
    concat(network64, '::/64')) AS network
FROM (SELECT ip, replaceRegexpAll(lower(concat(substring(digits, 1, 4), ':',
        substring(digits, 5, 4), ':', substring(digits, 9, 4), ':',
        substring(digits, 13, 4))), '(^|:)0{1,3}', '\\1') AS network64
    FROM (SELECT ip, hex(IPv6StringToNum(ip)) AS digits FROM ruad.source));

DROP TABLE IF EXISTS ruad.v_record @ON_CLUSTER@;
CREATE VIEW ruad.v_record @ON_CLUSTER@ AS -- all about one record on one line
SELECT concat(lower(hex(key)), '-', toString(n)) AS id, day, date,
    domain, header_from, org_name, external_id,
    nullIf(ip, '') AS ip, ptr, ptr_domain, asn, as_name, country, sender,
    sender_kind, messages, dmarc, dkim, spf, cause, disposition, envelope_from,
    envelope_to,
    nullIf(arrayStringConcat(arrayMap((d, s, r) -> concat(ifNull(d, ''), '/',
        ifNull(s, ''), '=', ifNull(r, '')), dkim_domain, dkim_selector,
        dkim_result), ' '), '') AS dkim_auth,
    nullIf(arrayStringConcat(arrayMap((d, r) -> concat(ifNull(d, ''), '=',
        ifNull(r, '')), spf_domain, spf_result), ' '), '') AS spf_auth,
    nullIf(arrayStringConcat(override_type, ' '), '') AS overrides
FROM ruad.record_held
ANY LEFT JOIN ruad.source_named USING ip;

DROP TABLE IF EXISTS ruad.v_daily @ON_CLUSTER@;
CREATE VIEW ruad.v_daily @ON_CLUSTER@ AS -- compliance of each domain by day
SELECT day, date, domain, total AS messages, passed AS pass,
    total - passed AS fail, @PIECE_PERCENT(passed, total)@ AS pass_pct,
    dkim_aligned, spf_aligned, quarantined, rejected
FROM (SELECT day, date, domain, sum(messages) AS total,
        sumIf(messages, dmarc = 'pass') AS passed,
        sumIf(messages, ifNull(dkim, '') = 'pass') AS dkim_aligned,
        sumIf(messages, ifNull(spf, '') = 'pass') AS spf_aligned,
        sumIf(messages, ifNull(disposition, '') = 'quarantine') AS quarantined,
        sumIf(messages, ifNull(disposition, '') = 'reject') AS rejected
    FROM ruad.record_held GROUP BY day, date, domain);

-- The class is that of all mail of a source: unknown if nobody has judged some
-- of what failed.
DROP TABLE IF EXISTS ruad.v_source @ON_CLUSTER@;
CREATE VIEW ruad.v_source @ON_CLUSTER@ AS -- who sends as each domain
SELECT domain, nullIf(ip, '') AS ip, ptr, ptr_domain, as_name, country, sender,
    sender_kind,
    if(isNull(sender_kind) AND total = passed, 'compliant',
        @RULE_CLASS(ifNull(sender_kind, ''), (doubtful = 0))@) AS class,
    total AS messages, passed AS pass, total - passed AS fail,
    since AS first_date, until AS last_date
FROM (SELECT domain, ip, sum(messages) AS total,
        sumIf(messages, dmarc = 'pass') AS passed,
        sumIf(messages, dmarc = 'fail' AND NOT forwarding) AS doubtful,
        min(date) AS since, max(date) AS until
    FROM ruad.record_held GROUP BY domain, ip)
ANY LEFT JOIN ruad.source_named USING ip;

DROP TABLE IF EXISTS ruad.v_source_daily @ON_CLUSTER@;
CREATE VIEW ruad.v_source_daily @ON_CLUSTER@ AS -- v_source by day
SELECT day, domain, nullIf(ip, '') AS ip,
    coalesce(@PIECE_WHO@, nullIf(ip, '')) AS who, sender_kind,
    if(isNull(sender_kind) AND total = passed, 'compliant',
        @RULE_CLASS(ifNull(sender_kind, ''), (doubtful = 0))@) AS class,
    total AS messages, passed AS pass, total - passed AS fail,
    if(isNull(sender_kind), doubtful, 0) AS unknown
FROM (SELECT day, domain, ip, sum(messages) AS total,
        sumIf(messages, dmarc = 'pass') AS passed,
        sumIf(messages, dmarc = 'fail' AND NOT forwarding) AS doubtful
    FROM ruad.record_held GROUP BY day, domain, ip)
ANY LEFT JOIN ruad.source_named USING ip;

DROP TABLE IF EXISTS ruad.v_unknown @ON_CLUSTER@;
CREATE VIEW ruad.v_unknown @ON_CLUSTER@ AS -- failed, and nobody has judged it
SELECT domain, ip, ptr, as_name, country, messages, fail, first_date, last_date
FROM ruad.v_source WHERE class = 'unknown';

DROP TABLE IF EXISTS ruad.v_failing @ON_CLUSTER@;
CREATE VIEW ruad.v_failing @ON_CLUSTER@ AS -- failing mail by source, receiver
SELECT day, date, domain, org_name, nullIf(ip, '') AS ip,
    @PIECE_WHO@ AS who, cause, disposition, total AS messages
FROM (SELECT day, date, domain, org_name, ip, cause, disposition,
        sum(messages) AS total
    FROM ruad.record_held WHERE dmarc = 'fail'
    GROUP BY day, date, domain, org_name, ip, cause, disposition)
ANY LEFT JOIN ruad.source_named USING ip;

DROP TABLE IF EXISTS ruad.v_cause @ON_CLUSTER@;
CREATE VIEW ruad.v_cause @ON_CLUSTER@ AS -- how mail was (not) aligned
SELECT day, domain, cause, sum(messages) AS messages
FROM ruad.record_held GROUP BY day, domain, cause;

-- Who has an envelope of his own, for which SPF passes, writes the mail
-- himself, as services do, unless somebody says that he forwards it.
DROP TABLE IF EXISTS ruad.v_forwarded @ON_CLUSTER@;
CREATE VIEW ruad.v_forwarded @ON_CLUSTER@ AS -- probable forwarding
SELECT day, date, domain, nullIf(address, '') AS ip, ptr_domain,
    envelope_from, dmarc, cause, sum(part) AS messages
FROM (SELECT day, date, domain, ip AS address, ptr_domain, envelope_from,
        dmarc, cause, part
    FROM (SELECT day, date, domain, ip, envelope_from, dmarc, cause,
            forwarding OR (cause = 'dkim_only' AND NOT spf_passed) AS likely,
            sum(messages) AS part
        FROM ruad.record_held
        GROUP BY day, date, domain, ip, envelope_from, dmarc, cause, likely)
    ANY LEFT JOIN ruad.source_named USING ip
    WHERE @RULE_CLASS(ifNull(sender_kind, ''), 0)@ = 'forwarded'
        OR (isNull(sender_kind) AND likely))
GROUP BY day, date, domain, address, ptr_domain, envelope_from, dmarc, cause;

DROP TABLE IF EXISTS ruad.v_readiness @ON_CLUSTER@;
CREATE VIEW ruad.v_readiness @ON_CLUSTER@ AS -- what p=reject would have stopped
SELECT domain, policy, days, reporters, messages,
    @PIECE_PERCENT((messages - fail), messages)@ AS pass_pct, fail, lost,
    suffers, stopped, fail - lost - suffers - stopped AS unknown
FROM (SELECT domain, uniqExact(day) AS days,
        uniqExact(organization) AS reporters, sum(total) AS messages,
        sumIf(total, dmarc = 'fail') AS fail,
        sumIf(total, dmarc = 'fail' AND class = 'known') AS lost,
        sumIf(total, dmarc = 'fail' AND class = 'forwarded') AS suffers,
        sumIf(total, dmarc = 'fail' AND class = 'hostile') AS stopped
    FROM (SELECT domain, day, organization, dmarc, total,
            @RULE_CLASS(ifNull(sender_kind, ''), forwarding)@ AS class
        FROM (SELECT domain, day, lower(org_name) AS organization, ip, dmarc,
                forwarding, sum(messages) AS total
            FROM ruad.record_held
            WHERE day IN (SELECT day FROM ruad.day_held)
            GROUP BY domain, day, organization, ip, dmarc, forwarding)
        ANY LEFT JOIN ruad.source_named USING ip)
    GROUP BY domain)
ANY LEFT JOIN (SELECT domain, p AS policy FROM ruad.counted_held
    WHERE isNotNull(p) AND day <= toUnixTimestamp(now())
    ORDER BY day DESC, imported_ts DESC, seq DESC
    LIMIT 1 BY domain) USING domain;

DROP TABLE IF EXISTS ruad.v_new_source @ON_CLUSTER@;
CREATE VIEW ruad.v_new_source @ON_CLUSTER@ AS -- new in the last 7 days of data
SELECT domain, ip, ptr, as_name, sender,
    toString(toDate(toUInt16(intDiv(first_day, 86400)))) AS first_date,
    total AS messages, passed AS pass
FROM (SELECT domain, ip, sum(messages) AS total,
        sumIf(messages, dmarc = 'pass') AS passed
    FROM ruad.record_held
    WHERE day IN (SELECT day FROM ruad.day_held WHERE ago < 7)
    GROUP BY domain, ip)
ANY INNER JOIN (SELECT ip, first_day, ptr, as_name, sender
    FROM (SELECT ip, first_day FROM ruad.seen_held
        WHERE first_day >= (SELECT min(day) FROM ruad.day_held WHERE ago < 7))
    ANY LEFT JOIN ruad.source_named USING ip) USING ip;

DROP TABLE IF EXISTS ruad.v_reporter @ON_CLUSTER@;
CREATE VIEW ruad.v_reporter @ON_CLUSTER@ AS -- who reports, and who stopped
SELECT name AS org_name, domains, reports, total AS messages,
    since AS first_date, last AS last_date,
    greatest(0, intDiv(silent, 86400)) AS days_silent,
    floor(delay / 360 + 0.5) / 10 AS avg_delay_hours
FROM (SELECT lower(org_name) AS organization, argMax(org_name, day) AS name,
        uniqExact(domain) AS domains, count() AS reports,
        sum(messages) AS total, min(date) AS since, max(date) AS last,
        (SELECT max(day) FROM ruad.day_held) - max(day) AS silent,
        avg(@RULE_DELAY(rep, rep)@) AS delay
    FROM (SELECT org_name, domain, day, date, messages, begin_ts, end_ts,
            imported_ts, ifNull(sent_ts, -1) AS sent_ts
        FROM ruad.counted_held) AS rep GROUP BY organization);

-- Today's report comes tomorrow, and yesterday's may still be on its way: they
-- are not missed.  Who is silent for a month has gone.
DROP TABLE IF EXISTS ruad.v_silent_reporter @ON_CLUSTER@;
CREATE VIEW ruad.v_silent_reporter @ON_CLUSTER@ AS -- daily, then stopped
SELECT name AS org_name, domains, last AS last_date,
    intDiv(today - until, 86400) - 2 AS days_silent
FROM (SELECT lower(org_name) AS organization, argMax(org_name, day) AS name,
        uniqExact(domain) AS domains, max(day) AS until, max(date) AS last,
        groupUniqArray(day) AS all_days,
        intDiv(toUnixTimestamp(now()), 86400) * 86400 AS today
    FROM ruad.counted_held
    WHERE day <= intDiv(toUnixTimestamp(now()), 86400) * 86400
        AND day >= intDiv(toUnixTimestamp(now()), 86400) * 86400 - 46 * 86400
    GROUP BY organization)
WHERE days_silent >= @RULE_SQL(RULE_SILENT_DAYS)@ AND days_silent <= 30
    AND arrayElement(arrayReverseSort(all_days), @RULE_SQL(RULE_DAILY_DAYS)@)
        = until - (@RULE_SQL(RULE_DAILY_DAYS)@ - 1) * 86400;

DROP TABLE IF EXISTS ruad.v_conflict @ON_CLUSTER@;
CREATE VIEW ruad.v_conflict @ON_CLUSTER@ AS -- same id and period, other content
SELECT reporter, domain, external_id, day, date,
    id AS report_id, org_name, records, messages, partial, verified,
    sender AS mail_from, toDateTime(imported_ts, 'UTC') AS imported, counted
FROM ruad.report WHERE conflict;

DROP TABLE IF EXISTS ruad.v_partial @ON_CLUSTER@;
CREATE VIEW ruad.v_partial @ON_CLUSTER@ AS -- damaged: only what was certain
SELECT day, date, domain, org_name, external_id,
    id AS report_id, records, messages, quirks, reason, place, uid
FROM ruad.report WHERE partial;

DROP TABLE IF EXISTS ruad.v_unverified @ON_CLUSTER@;
CREATE VIEW ruad.v_unverified @ON_CLUSTER@ AS -- nobody vouches for it
SELECT day, date, domain, org_name, org_email, external_id,
    id AS report_id, ifNull(proof, 'none') AS verified, from_domain,
    sender AS mail_from, conflict
FROM (SELECT day, date, domain, org_name, org_email, external_id, id,
        verified AS proof, from_domain, sender, conflict FROM ruad.report)
WHERE ifNull(proof, 'none') != 'pass';

DROP TABLE IF EXISTS ruad.v_override @ON_CLUSTER@;
CREATE VIEW ruad.v_override @ON_CLUSTER@ AS -- policy not applied, and why
SELECT day, domain, org_name, type, comment, disposition,
    sum(part) AS messages
FROM (SELECT day, domain, org_name, disposition, messages AS part,
        override_type, override_comment, override_changed
    FROM ruad.record_held WHERE notEmpty(override_type))
ARRAY JOIN override_type AS type, override_comment AS comment,
    override_changed AS changed
WHERE changed
GROUP BY day, domain, org_name, type, comment, disposition;

DROP TABLE IF EXISTS ruad.v_selector @ON_CLUSTER@;
CREATE VIEW ruad.v_selector @ON_CLUSTER@ AS -- DKIM keys seen in use
SELECT domain, d, s, result, sum(part) AS messages,
    min(since) AS first_date, max(until) AS last_date
FROM (SELECT domain, dkim_domain, dkim_selector, dkim_result,
        sum(messages) AS part, min(date) AS since, max(date) AS until
    FROM ruad.record_held WHERE notEmpty(dkim_result)
    GROUP BY domain, dkim_domain, dkim_selector, dkim_result)
ARRAY JOIN dkim_domain AS d, dkim_selector AS s, dkim_result AS result
GROUP BY domain, d, s, result;

DROP TABLE IF EXISTS ruad.v_policy @ON_CLUSTER@;
CREATE VIEW ruad.v_policy @ON_CLUSTER@ AS -- policies that receivers saw
SELECT domain, p, sp, np, adkim, aspf, pct, testing, count() AS reports,
    min(date) AS first_date, max(date) AS last_date
FROM ruad.counted_held
GROUP BY domain, p, sp, np, adkim, aspf, pct, testing;

DROP TABLE IF EXISTS ruad.v_subdomain @ON_CLUSTER@;
CREATE VIEW ruad.v_subdomain @ON_CLUSTER@ AS -- subdomains that send
SELECT domain, header_from, total AS messages, failed AS fail
FROM (SELECT domain, header_from, sum(messages) AS total,
        sumIf(messages, dmarc = 'fail') AS failed
    FROM ruad.record_held WHERE ifNull(header_from, domain) != domain
    GROUP BY domain, header_from);

DROP TABLE IF EXISTS ruad.v_tls_daily @ON_CLUSTER@;
CREATE VIEW ruad.v_tls_daily @ON_CLUSTER@ AS -- TLS sessions, day by day
SELECT day, date, domain, type, good AS ok, bad AS failed,
    @PIECE_PERCENT(good, (good + bad))@ AS ok_pct
FROM (SELECT day, date, domain, type, sum(ok) AS good, sum(failed) AS bad
    FROM (SELECT batch, seq, domain, type, ok, failed
        FROM ruad.tls_policy_row)
    ANY INNER JOIN (SELECT batch, seq, day, date FROM ruad.tls_report
        WHERE counted) USING batch, seq
    GROUP BY day, date, domain, type);

DROP TABLE IF EXISTS ruad.v_tls_failure @ON_CLUSTER@;
CREATE VIEW ruad.v_tls_failure @ON_CLUSTER@ AS -- sessions that failed, and why
SELECT day, date, domain, type, org_name, result, mx,
    receiving_ip, sending_ip, reason_code, bad AS failed
FROM (SELECT day, date, domain, type, org_name, result, mx, receiving_ip,
        sending_ip, reason_code, sum(failed) AS bad
    FROM (SELECT batch, seq, n, result, failed, mx, receiving_ip, sending_ip,
            reason_code FROM ruad.tls_failure_row)
    ANY INNER JOIN (SELECT batch, seq, n, domain, type, day, date, org_name
        FROM (SELECT batch, seq, n, domain, type FROM ruad.tls_policy_row)
        ANY INNER JOIN (SELECT batch, seq, day, date, org_name
            FROM ruad.tls_report WHERE counted) USING batch, seq)
    USING batch, seq, n
    GROUP BY day, date, domain, type, org_name, result, mx, receiving_ip,
        sending_ip, reason_code);

-- How far each collector is.  One that was forgotten, or that has just begun
-- anew, has no cursor.
DROP TABLE IF EXISTS ruad.v_collector @ON_CLUSTER@;
CREATE VIEW ruad.v_collector @ON_CLUSTER@ AS
SELECT collector AS name, cursor, generation, written AS changed_at
FROM (SELECT collector, cursor, generation, written FROM ruad.cursor_row
    ORDER BY generation DESC, floor DESC, seq DESC LIMIT 1 BY collector)
WHERE cursor != '0';

-- All is here; another version has another name.
CREATE VIEW ruad.version_1 @ON_CLUSTER@ AS SELECT 1 AS version;
