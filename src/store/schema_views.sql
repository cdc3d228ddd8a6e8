-- SPDX-License-Identifier: BSD-2-Clause
-- Their names and columns are public, see ruad.db(5).  A change needs no
-- migration: every database gets it when it is opened for writing.
-- What is between two @ is SQL of rules.h.
-- The last day of data is the newest that is not in the future: anybody may
-- send a report that is dated next year.

-- What the tables of schema.c keep together, apart again.  record reads one
-- table, so that SQLite makes it part of any question: the right side of a LEFT
-- JOIN it would copy as a whole if that were a join.  CROSS JOIN: in the order
-- for which there are indexes; SQLite would rather read all records than those
-- of the reports of some days.
DROP VIEW IF EXISTS record_words;
CREATE VIEW record_words AS -- ours: record_row, in words
SELECT id, report_id, source_id, messages,
    CASE disposition WHEN 0 THEN 'none' WHEN 1 THEN 'pass'
        WHEN 2 THEN 'quarantine' WHEN 3 THEN 'reject' END AS disposition,
    CASE dkim WHEN 1 THEN 'pass' WHEN 0 THEN 'fail' END AS dkim,
    CASE spf WHEN 1 THEN 'pass' WHEN 0 THEN 'fail' END AS spf,
    iif(dkim = 1 OR spf = 1, 'pass', 'fail') AS dmarc,
    CASE cause WHEN 0 THEN 'aligned' WHEN 1 THEN 'dkim_only'
        WHEN 2 THEN 'spf_only' WHEN 3 THEN 'dkim_unaligned'
        WHEN 4 THEN 'spf_unaligned' WHEN 5 THEN 'dkim_broken'
        ELSE 'no_auth' END AS cause,
    profile_id, dkim_list_id, envelope_to
FROM record_row;

-- Whatever must not count a report twice has nothing to do but to ask record.
DROP VIEW IF EXISTS record_any;
CREATE VIEW record_any AS -- ours: also of reports that are not counted
SELECT id, report_id, source_id, messages,
    CASE disposition WHEN 0 THEN 'none' WHEN 1 THEN 'pass'
        WHEN 2 THEN 'quarantine' WHEN 3 THEN 'reject' END AS disposition,
    CASE dkim WHEN 1 THEN 'pass' WHEN 0 THEN 'fail' END AS dkim,
    CASE spf WHEN 1 THEN 'pass' WHEN 0 THEN 'fail' END AS spf,
    iif(dkim = 1 OR spf = 1, 'pass', 'fail') AS dmarc,
    CASE cause WHEN 0 THEN 'aligned' WHEN 1 THEN 'dkim_only'
        WHEN 2 THEN 'spf_only' WHEN 3 THEN 'dkim_unaligned'
        WHEN 4 THEN 'spf_unaligned' WHEN 5 THEN 'dkim_broken'
        ELSE 'no_auth' END AS cause,
    profile_id, dkim_list_id, envelope_to
FROM (SELECT id, report_id, source_id, messages, cause, disposition, dkim,
        spf, profile_id, dkim_list_id, envelope_to FROM record_row
    UNION ALL SELECT -id, report_id, source_id, messages, cause, disposition,
        dkim, spf, profile_id, dkim_list_id, envelope_to FROM record_aside);

DROP VIEW IF EXISTS record;
CREATE VIEW record AS -- one row for each record of a report that counts
SELECT r.id, r.report_id, r.source_id, r.messages, r.disposition, r.dkim,
    r.spf, r.dmarc, r.cause,
    (SELECT p.header_from FROM profile p WHERE p.id = r.profile_id)
        AS header_from,
    (SELECT p.envelope_from FROM profile p WHERE p.id = r.profile_id)
        AS envelope_from,
    r.envelope_to,
    (SELECT p.raw FROM profile p WHERE p.id = r.profile_id) AS raw
FROM record_words r;

DROP VIEW IF EXISTS auth_dkim;
CREATE VIEW auth_dkim AS -- DKIM results of a record
SELECT r.id AS record_id, i.seq, i.domain, i.selector, i.result,
    i.human_result
FROM record_row r CROSS JOIN dkim_item i ON i.dkim_list_id = r.dkim_list_id;

DROP VIEW IF EXISTS auth_spf;
CREATE VIEW auth_spf AS -- SPF results of a record
SELECT r.id AS record_id, i.seq, i.domain, i.scope, i.result, i.human_result
FROM record_row r CROSS JOIN spf_item i ON i.profile_id = r.profile_id;

-- What a receiver takes for forwarding, and whether a reason changed anything,
-- is said here and nowhere else.  That ARC passed comes as a local policy (RFC
-- 8617 7.2.2) whose comment begins with "arc=pass", after blanks, quotes or
-- brackets, or so with another separator; "as[1].d=..." may follow.
DROP VIEW IF EXISTS override_words;
CREATE VIEW override_words AS -- ours: override_item, and what it means
SELECT i.profile_id, i.seq, i.type, i.comment,
    (i.type IN ('forwarded', 'trusted_forwarder', 'mailing_list')
        OR (i.type = 'local_policy' AND (
            SELECT word GLOB 'arc[^a-z0-9]*' AND ltrim(substr(word, 4),
                char(9, 10, 13) || ' "''(:=-') || ' ' GLOB 'pass[^a-z0-9]*'
            FROM (SELECT lower(ltrim(i.comment,
                char(9, 10, 13) || ' "''`(<[{')) AS word)))) IS TRUE
        AS forwarding
FROM override_item i;

DROP VIEW IF EXISTS override;
CREATE VIEW override AS -- why a receiver did not apply the policy
SELECT r.id AS record_id, i.seq, i.type, i.comment, i.forwarding,
    (SELECT CASE WHEN r.dkim = 1 OR r.spf = 1 THEN r.disposition > 1
            WHEN p.header_from <> rep.domain
                THEN done NOT IN (coalesce(rep.sp, rep.p, 'none'),
                    coalesce(rep.np, rep.sp, rep.p, 'none'))
            ELSE done <> coalesce(rep.p, 'none') END
        FROM report rep, profile p, (SELECT CASE r.disposition
            WHEN 3 THEN 'reject' WHEN 2 THEN 'quarantine'
            ELSE 'none' END AS done)
        WHERE rep.id = r.report_id AND p.id = r.profile_id
            AND r.disposition IS NOT NULL) IS TRUE
        AS changed
FROM record_row r CROSS JOIN override_words i ON i.profile_id = r.profile_id;

-- As RFC 5952 writes them, but for zeros that do not end the network.
DROP VIEW IF EXISTS source_network;
CREATE VIEW source_network AS -- the /24 or /64 of each source
SELECT id, CASE WHEN family = 4 THEN rtrim(ip, '0123456789') || '0/24'
    WHEN text LIKE '%:0:0:0' THEN substr(text, 1, length(text) - 6) || '::/64'
    WHEN text LIKE '%:0:0' THEN substr(text, 1, length(text) - 4) || '::/64'
    WHEN text LIKE '%:0' THEN substr(text, 1, length(text) - 2) || '::/64'
    ELSE text || '::/64' END AS network
FROM (SELECT id, ip, family, lower(iif(g1 = '', 0, g1) || ':'
        || iif(g2 = '', 0, g2) || ':' || iif(g3 = '', 0, g3) || ':'
        || iif(g4 = '', 0, g4)) AS text
    FROM (SELECT id, ip, family, ltrim(substr(hex(ip_key), 1, 4), '0') AS g1,
            ltrim(substr(hex(ip_key), 5, 4), '0') AS g2,
            ltrim(substr(hex(ip_key), 9, 4), '0') AS g3,
            ltrim(substr(hex(ip_key), 13, 4), '0') AS g4
        FROM source));

DROP VIEW IF EXISTS v_record;
CREATE VIEW v_record AS -- everything about one record on one line
SELECT rec.id, rep.day, date(rep.day, 'unixepoch') AS date,
    rep.domain, p.header_from, rep.org_name, rep.external_id,
    s.ip, s.ptr, s.ptr_domain, s.asn, s.as_name, s.country,
    snd.label AS sender, snd.kind AS sender_kind,
    rec.messages, rec.dmarc, rec.dkim, rec.spf, rec.cause,
    rec.disposition, p.envelope_from, rec.envelope_to,
    (SELECT group_concat(coalesce(a.domain, '') || '/' ||
         coalesce(a.selector, '') || '=' ||
         coalesce(a.result, ''), ' ')
     FROM dkim_item a WHERE a.dkim_list_id = rec.dkim_list_id) AS dkim_auth,
    (SELECT group_concat(coalesce(a.domain, '') || '=' ||
         coalesce(a.result, ''), ' ')
     FROM spf_item a WHERE a.profile_id = rec.profile_id) AS spf_auth,
    (SELECT group_concat(o.type, ' ')
     FROM override_item o WHERE o.profile_id = rec.profile_id) AS overrides
FROM record_words rec
JOIN report rep ON rep.id = rec.report_id
CROSS JOIN profile p ON p.id = rec.profile_id
LEFT JOIN source s ON s.id = rec.source_id
LEFT JOIN sender snd ON snd.id = s.sender_id;

DROP VIEW IF EXISTS v_daily;
CREATE VIEW v_daily AS -- compliance of each domain, day by day
SELECT day, date(day, 'unixepoch') AS date, domain,
    sum(messages) AS messages,
    coalesce(sum(messages) FILTER (WHERE dmarc = 'pass'), 0)
        AS pass,
    coalesce(sum(messages) FILTER (WHERE dmarc = 'fail'), 0)
        AS fail,
    @RULE_PERCENT(sum(messages) FILTER (WHERE dmarc = 'pass'), sum(messages))@
        AS pass_pct,
    coalesce(sum(messages) FILTER (WHERE dkim = 'pass'), 0)
        AS dkim_aligned,
    coalesce(sum(messages) FILTER (WHERE spf = 'pass'), 0)
        AS spf_aligned,
    coalesce(sum(messages)
        FILTER (WHERE disposition = 'quarantine'), 0)
        AS quarantined,
    coalesce(sum(messages)
        FILTER (WHERE disposition = 'reject'), 0) AS rejected
FROM report rep CROSS JOIN record ON report_id = rep.id
GROUP BY day, domain;

-- Numbers are sorted sooner than names: they come first in its GROUP BY.
-- The class is that of all mail of a source: unknown if nobody has judged some
-- of what failed.
DROP VIEW IF EXISTS v_source;
CREATE VIEW v_source AS -- who sends as each domain
SELECT g.domain, s.ip, s.ptr, s.ptr_domain, s.as_name, s.country,
    snd.label AS sender, snd.kind AS sender_kind,
    CASE WHEN snd.kind IS NULL AND g.messages = g.pass THEN 'compliant'
        ELSE @RULE_CLASS(snd.kind, g.unknown = 0)@ END AS class,
    g.messages, g.pass, g.messages - g.pass AS fail,
    date(g.first_day, 'unixepoch') AS first_date,
    date(g.last_day, 'unixepoch') AS last_date
FROM (SELECT rep.domain, rec.source_id, sum(rec.messages) AS messages,
        sum(iif(rec.dkim = 1 OR rec.spf = 1, rec.messages, 0)) AS pass,
        sum(CASE WHEN rec.dkim = 1 OR rec.spf = 1 THEN 0
            WHEN EXISTS (SELECT 1 FROM override_words o
                WHERE o.profile_id = rec.profile_id AND o.forwarding) THEN 0
            ELSE rec.messages END) AS unknown,
        min(rep.day) AS first_day, max(rep.day) AS last_day
    FROM report rep CROSS JOIN record_row rec ON rec.report_id = rep.id
    GROUP BY rec.source_id, rep.domain) g
LEFT JOIN source s ON s.id = g.source_id
LEFT JOIN sender snd ON snd.id = s.sender_id;

DROP VIEW IF EXISTS v_unknown;
CREATE VIEW v_unknown AS -- mail of them failed, and nobody has judged it
SELECT domain, ip, ptr, as_name, country, messages, fail,
    first_date, last_date
FROM v_source WHERE class = 'unknown';

DROP VIEW IF EXISTS v_failing;
CREATE VIEW v_failing AS -- failing mail by source and receiver
SELECT rep.day, date(rep.day, 'unixepoch') AS date,
    rep.domain, rep.org_name, s.ip,
    @RULE_WHO(snd, s)@ AS who,
    rec.cause, rec.disposition, sum(rec.messages) AS messages
FROM report rep
CROSS JOIN record rec ON rec.report_id = rep.id
LEFT JOIN source s ON s.id = rec.source_id
LEFT JOIN sender snd ON snd.id = s.sender_id
WHERE rec.dmarc = 'fail'
GROUP BY rep.day, rep.domain, rep.org_name, s.id, rec.cause,
    rec.disposition;

DROP VIEW IF EXISTS v_cause;
CREATE VIEW v_cause AS -- how mail of each domain was (not) aligned
SELECT day, domain, cause, sum(messages) AS messages
FROM report rep CROSS JOIN record ON report_id = rep.id
GROUP BY day, domain, cause;

-- Who has an envelope of his own, for which SPF passes, writes the mail himself,
-- as services do, unless somebody says that he forwards it.
DROP VIEW IF EXISTS v_forwarded;
CREATE VIEW v_forwarded AS -- probable forwarding
SELECT rep.day, date(rep.day, 'unixepoch') AS date,
    rep.domain, s.ip, s.ptr_domain, rec.envelope_from,
    rec.dmarc, rec.cause, sum(rec.messages) AS messages
FROM report rep
CROSS JOIN record rec ON rec.report_id = rep.id
LEFT JOIN source s ON s.id = rec.source_id
LEFT JOIN sender snd ON snd.id = s.sender_id
WHERE @RULE_CLASS(snd.kind, 0)@ = 'forwarded'
   OR (snd.kind IS NULL AND (EXISTS (SELECT 1 FROM override o
           WHERE o.record_id = rec.id AND o.forwarding)
       OR (rec.cause = 'dkim_only' AND NOT EXISTS (SELECT 1 FROM auth_spf a
           WHERE a.record_id = rec.id AND a.scope IS NOT 'helo'
               AND a.result = 'pass'))))
GROUP BY rep.day, rep.domain, s.id, rec.envelope_from, rec.dmarc,
    rec.cause;

DROP VIEW IF EXISTS v_readiness;
CREATE VIEW v_readiness AS -- what p=reject would have stopped
WITH span AS (
    SELECT max(day) AS until,
        max(day) - (@RULE_SQL(RULE_READY_DAYS)@ - 1) * 86400 AS since
    FROM report WHERE day <= CAST(strftime('%s', 'now') AS INTEGER)),
f AS (
    SELECT rep.domain, rep.day, rec.messages, rec.dmarc,
        rep.org_name, snd.kind,
        EXISTS (SELECT 1 FROM override o
            WHERE o.record_id = rec.id AND o.forwarding) AS fwd
    FROM report rep
    CROSS JOIN record rec ON rec.report_id = rep.id
    LEFT JOIN source s ON s.id = rec.source_id
    LEFT JOIN sender snd ON snd.id = s.sender_id
    WHERE rep.day >= (SELECT since FROM span)
        AND rep.day <= (SELECT until FROM span)),
a AS (
    SELECT domain, count(DISTINCT day) AS days,
        count(DISTINCT lower(org_name)) AS reporters,
        sum(messages) AS messages,
        coalesce(sum(messages) FILTER (WHERE dmarc = 'fail'), 0)
            AS fail,
        coalesce(sum(messages) FILTER (WHERE dmarc = 'fail'
            AND @RULE_CLASS(kind, fwd)@ = 'known'), 0) AS lost,
        coalesce(sum(messages) FILTER (WHERE dmarc = 'fail'
            AND @RULE_CLASS(kind, fwd)@ = 'forwarded'), 0) AS suffers,
        coalesce(sum(messages) FILTER (WHERE dmarc = 'fail'
            AND @RULE_CLASS(kind, fwd)@ = 'hostile'), 0) AS stopped
    FROM f GROUP BY domain)
SELECT a.domain,
    (SELECT p FROM report r WHERE r.domain = a.domain AND r.counted = 1
        AND r.p IS NOT NULL AND r.day <= (SELECT until FROM span)
     ORDER BY r.day DESC, r.id DESC LIMIT 1) AS policy,
    days, reporters, messages,
    @RULE_PERCENT(messages - fail, messages)@ AS pass_pct,
    fail, lost, suffers, stopped, fail - lost - suffers - stopped AS unknown
FROM a;

-- Of a source that is new all records are: rep.day spares the old ones.
DROP VIEW IF EXISTS v_new_source;
CREATE VIEW v_new_source AS -- first seen in the last 7 days of data
SELECT rep.domain, s.ip, s.ptr, s.as_name, snd.label AS sender,
    date(s.first_day, 'unixepoch') AS first_date,
    sum(rec.messages) AS messages,
    coalesce(sum(rec.messages) FILTER (WHERE rec.dmarc = 'pass'), 0)
        AS pass
FROM (SELECT max(day) AS until, max(day) - 6 * 86400 AS since FROM report
    WHERE day <= CAST(strftime('%s', 'now') AS INTEGER)) span
JOIN report rep ON rep.day BETWEEN span.since AND span.until
JOIN record rec ON rec.report_id = rep.id
JOIN source s ON s.id = rec.source_id
LEFT JOIN sender snd ON snd.id = s.sender_id
WHERE s.first_day >= span.since
GROUP BY rep.domain, s.id;

DROP VIEW IF EXISTS v_reporter;
CREATE VIEW v_reporter AS -- who reports, and who stopped
SELECT rep.org_name, count(DISTINCT rep.domain) AS domains,
    count(*) AS reports,
    sum((SELECT sum(rec.messages) FROM record rec
        WHERE rec.report_id = rep.id)) AS messages,
    date(min(rep.day), 'unixepoch') AS first_date,
    date(max(rep.day), 'unixepoch') AS last_date,
    max(0, ((SELECT max(day) FROM report
        WHERE day <= CAST(strftime('%s', 'now') AS INTEGER))
        - max(rep.day)) / 86400) AS days_silent,
    round(avg(@RULE_DELAY(msg, rep)@) / 3600.0, 1) AS avg_delay_hours
FROM report rep LEFT JOIN message msg ON msg.id = rep.message_id
WHERE rep.counted = 1
GROUP BY rep.org_name COLLATE NOCASE;

-- Today's report comes tomorrow, and yesterday's may still be on its way: they
-- are not missed.  Who is silent for a month has gone.
DROP VIEW IF EXISTS v_silent_reporter;
CREATE VIEW v_silent_reporter AS -- reported on 14 days in a row, then stopped
WITH today AS (
    SELECT CAST(strftime('%s', 'now', 'start of day') AS INTEGER) AS day),
last AS (
    SELECT org_name, max(day) AS day, count(DISTINCT domain) AS domains
    FROM report
    WHERE day BETWEEN (SELECT day - 46 * 86400 FROM today)
        AND (SELECT day FROM today) AND counted = 1
    GROUP BY org_name COLLATE NOCASE)
SELECT last.org_name, last.domains, date(last.day, 'unixepoch') AS last_date,
    (today.day - last.day) / 86400 - 2 AS days_silent
FROM last, today
WHERE (today.day - last.day) / 86400 - 2
        BETWEEN @RULE_SQL(RULE_SILENT_DAYS)@ AND 30
    AND (SELECT count(DISTINCT rep.day) FROM report rep
        WHERE rep.day > last.day - @RULE_SQL(RULE_DAILY_DAYS)@ * 86400
        AND rep.day <= last.day AND rep.counted = 1
        AND rep.org_name = last.org_name COLLATE NOCASE)
        = @RULE_SQL(RULE_DAILY_DAYS)@;

DROP VIEW IF EXISTS v_conflict;
CREATE VIEW v_conflict AS -- same reporter, id and period, other content
SELECT rep.reporter, rep.domain, rep.external_id, rep.day,
    date(rep.day, 'unixepoch') AS date, rep.id AS report_id, rep.org_name,
    (SELECT count(*) FROM record_row rec WHERE rec.report_id = rep.id)
        + (SELECT count(*) FROM record_aside rec
            WHERE rec.report_id = rep.id) AS records,
    (SELECT sum(messages) FROM (SELECT messages FROM record_row rec
            WHERE rec.report_id = rep.id
        UNION ALL SELECT messages FROM record_aside rec
            WHERE rec.report_id = rep.id)) AS messages,
    rep.partial, m.verified, m.sender AS mail_from,
    datetime(rep.imported_ts, 'unixepoch') AS imported, rep.counted
FROM report rep LEFT JOIN message m ON m.id = rep.message_id
WHERE rep.conflict = 1;

DROP VIEW IF EXISTS v_partial;
CREATE VIEW v_partial AS -- damaged reports: only what was certain is stored
SELECT rep.day, date(rep.day, 'unixepoch') AS date, rep.domain, rep.org_name,
    rep.external_id, rep.id AS report_id,
    (SELECT count(*) FROM record_row rec WHERE rec.report_id = rep.id)
        + (SELECT count(*) FROM record_aside rec
            WHERE rec.report_id = rep.id) AS records,
    (SELECT sum(messages) FROM (SELECT messages FROM record_row rec
            WHERE rec.report_id = rep.id
        UNION ALL SELECT messages FROM record_aside rec
            WHERE rec.report_id = rep.id)) AS messages,
    rep.quirks, m.reason, coalesce(m.path, m.folder) AS place, m.uid
FROM report rep LEFT JOIN message m ON m.id = rep.message_id
WHERE rep.partial = 1;

DROP VIEW IF EXISTS v_unverified;
CREATE VIEW v_unverified AS -- reports in mail that nobody vouches for
SELECT rep.day, date(rep.day, 'unixepoch') AS date, rep.domain, rep.org_name,
    rep.org_email, rep.external_id, rep.id AS report_id,
    coalesce(m.verified, 'none') AS verified, m.from_domain,
    m.sender AS mail_from, rep.conflict
FROM report rep LEFT JOIN message m ON m.id = rep.message_id
WHERE coalesce(m.verified, 'none') <> 'pass';

DROP VIEW IF EXISTS v_override;
CREATE VIEW v_override AS -- policy not applied, and why
SELECT rep.day, rep.domain, rep.org_name, o.type, o.comment,
    rec.disposition, sum(rec.messages) AS messages
FROM report rep
CROSS JOIN record_words rec ON rec.report_id = rep.id
CROSS JOIN override o ON o.record_id = rec.id
WHERE o.changed
GROUP BY rep.day, rep.domain, rep.org_name, o.type, o.comment,
    rec.disposition;

-- Lists first, which are few, then the keys in them.  Through a GROUP BY of the
-- keys SQLite would not hand down a domain that is asked for, through a window
-- it does.
DROP VIEW IF EXISTS v_selector;
CREATE VIEW v_selector AS -- DKIM keys seen in use
SELECT DISTINCT g.domain, i.domain AS d, i.selector AS s, i.result,
    sum(g.messages) OVER same AS messages,
    date(min(g.first_day) OVER same, 'unixepoch') AS first_date,
    date(max(g.last_day) OVER same, 'unixepoch') AS last_date
FROM (SELECT rep.domain, rec.dkim_list_id, sum(rec.messages) AS messages,
        min(rep.day) AS first_day, max(rep.day) AS last_day
    FROM report rep CROSS JOIN record_row rec ON rec.report_id = rep.id
    WHERE rec.dkim_list_id IS NOT NULL
    GROUP BY rec.dkim_list_id, rep.domain) g
JOIN dkim_item i ON i.dkim_list_id = g.dkim_list_id
WINDOW same AS (PARTITION BY g.domain, i.domain, i.selector, i.result);

DROP VIEW IF EXISTS v_policy;
CREATE VIEW v_policy AS -- policy that receivers saw, and when
SELECT domain, p, sp, np, adkim, aspf, pct, testing,
    count(*) AS reports,
    date(min(day), 'unixepoch') AS first_date,
    date(max(day), 'unixepoch') AS last_date
FROM report WHERE counted = 1
GROUP BY domain, p, sp, np, adkim, aspf, pct, testing;

DROP VIEW IF EXISTS v_subdomain;
CREATE VIEW v_subdomain AS -- subdomains that send
SELECT domain, header_from, sum(messages) AS messages,
    coalesce(sum(messages) FILTER (WHERE dmarc = 'fail'), 0)
        AS fail
FROM record JOIN report rep ON rep.id = report_id
WHERE header_from <> domain GROUP BY domain, header_from;

DROP VIEW IF EXISTS v_tls_daily;
CREATE VIEW v_tls_daily AS -- TLS sessions, day by day
SELECT r.day, date(r.day, 'unixepoch') AS date, p.domain, p.type,
    sum(p.ok) AS ok, sum(p.failed) AS failed,
    @RULE_PERCENT(sum(p.ok), sum(p.ok) + sum(p.failed))@ AS ok_pct
FROM tls_policy p JOIN tls_report r ON r.id = p.tls_report_id
WHERE r.counted = 1
GROUP BY r.day, p.domain, p.type;

DROP VIEW IF EXISTS v_tls_failure;
CREATE VIEW v_tls_failure AS -- TLS sessions that failed, and why
SELECT r.day, date(r.day, 'unixepoch') AS date, p.domain, p.type,
    r.org_name, f.result, f.mx, f.receiving_ip, f.sending_ip,
    f.reason_code, sum(f.failed) AS failed
FROM tls_failure f
JOIN tls_policy p ON p.id = f.tls_policy_id
JOIN tls_report r ON r.id = p.tls_report_id
WHERE r.counted = 1
GROUP BY r.day, p.domain, p.type, r.org_name, f.result, f.mx,
    f.receiving_ip, f.sending_ip, f.reason_code;

DROP VIEW IF EXISTS v_mailbox;
CREATE VIEW v_mailbox AS -- is collection itself healthy
SELECT m.name, m.server, m.folder, m.active,
    datetime(m.last_ok_ts, 'unixepoch') AS last_ok, m.last_error,
    (SELECT count(*) FROM message x
     WHERE x.mailbox_id = m.id) AS messages,
    (SELECT count(*) FROM message x
     WHERE x.mailbox_id = m.id AND x.status = 'failed') AS bad
FROM mailbox m;

DROP VIEW IF EXISTS v_source_daily;
CREATE VIEW v_source_daily AS -- v_source by day, for dashboards
SELECT g.day, g.domain, s.ip,
    coalesce(@RULE_WHO(snd, s)@, s.ip) AS who,
    snd.kind AS sender_kind,
    CASE WHEN snd.kind IS NULL AND g.messages = g.pass THEN 'compliant'
        ELSE @RULE_CLASS(snd.kind, g.unknown = 0)@ END AS class,
    g.messages, g.pass, g.messages - g.pass AS fail,
    iif(snd.kind IS NULL, g.unknown, 0) AS unknown
FROM (SELECT rep.day, rep.domain, rec.source_id, sum(rec.messages) AS messages,
        sum(iif(rec.dkim = 1 OR rec.spf = 1, rec.messages, 0)) AS pass,
        sum(CASE WHEN rec.dkim = 1 OR rec.spf = 1 THEN 0
            WHEN EXISTS (SELECT 1 FROM override_words o
                WHERE o.profile_id = rec.profile_id AND o.forwarding) THEN 0
            ELSE rec.messages END) AS unknown
    FROM report rep CROSS JOIN record_row rec ON rec.report_id = rep.id
    GROUP BY rep.domain, rep.day, rec.source_id) g
LEFT JOIN source s ON s.id = g.source_id
LEFT JOIN sender snd ON snd.id = s.sender_id;
