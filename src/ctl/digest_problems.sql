-- SPDX-License-Identifier: BSD-2-Clause
-- What somebody should look at: (kind, subject, what, command).  ?1 to ?2 is
-- the period, and ?3 the first day of the one before.  Mailboxes and reporters
-- are as they are now, the rest is of the period.
-- CROSS JOIN: from the reports of these days, not through all records.
WITH sent AS (
    SELECT rep.domain,
        sum(iif(rep.day >= ?1, rec.messages, 0)) AS messages,
        sum(iif(rep.day >= ?1 AND rec.dmarc = 'pass', rec.messages, 0))
            AS pass,
        sum(iif(rep.day < ?1, rec.messages, 0)) AS before,
        sum(iif(rep.day < ?1 AND rec.dmarc = 'pass', rec.messages, 0))
            AS before_pass
    FROM report rep CROSS JOIN record rec ON rec.report_id = rep.id
    WHERE rep.day BETWEEN ?3 AND ?2 GROUP BY rep.domain),
known AS (
    SELECT rep.domain, snd.label, sum(rec.messages) AS messages,
        sum(iif(rec.dmarc = 'fail', rec.messages, 0)) AS fail
    FROM report rep CROSS JOIN record rec ON rec.report_id = rep.id
    JOIN source s ON s.id = rec.source_id
    JOIN sender snd ON snd.id = s.sender_id
    WHERE rep.day BETWEEN ?1 AND ?2 AND snd.kind IN ('own', 'service')
    GROUP BY rep.domain, snd.id),
tls AS (
    SELECT p.domain, p.type, sum(p.ok) AS ok, sum(p.failed) AS failed
    FROM tls_report r JOIN tls_policy p ON p.tls_report_id = r.id
    WHERE r.counted = 1 AND r.day BETWEEN ?1 AND ?2
    GROUP BY p.domain, p.type),
-- command: with a domain in the place of %, if a shell sees a word in it.
problem(place, size, kind, subject, what, command, domain) AS (
    SELECT 1, 0, 'mailbox', name,
        'mailbox ' || name || iif(last_ok_ts IS NULL, ' was never read',
            ' was last read at ' || datetime(last_ok_ts, 'unixepoch')
            || ' UTC') || coalesce(': ' || last_error, ''),
        'ruactl status', NULL
    FROM mailbox WHERE active AND (last_error IS NOT NULL
        OR last_ok_ts IS NULL OR last_ok_ts < unixepoch() - 86400)
    UNION ALL
    SELECT 1, 1, 'unfiled', name,
        'messages stay in the folder of ' || name || ': ' || unfiled_error,
        'ruactl status', NULL
    FROM mailbox WHERE active AND unfiled_error IS NOT NULL
        AND unfiled_error IS NOT last_error
    UNION ALL
    SELECT 1, 2, 'undelivered', box.name,
        count(*) || iif(count(*) = 1, ' message', ' messages')
            || ' of mailbox ' || box.name
            || iif(count(*) = 1, ' is', ' are')
            || ' not handed over by the server',
        'ruactl status', NULL
    FROM undelivered u JOIN mailbox box ON box.id = u.mailbox_id
    WHERE box.active GROUP BY box.id
    UNION ALL
    SELECT 2, -count(*), 'unreadable', NULL,
        count(*) || iif(count(*) = 1, ' mail', ' mails')
            || ' could not be read',
        'ruactl query unreadable', NULL
    FROM message WHERE status = 'failed' AND fetched_ts >= ?1
        AND fetched_ts < ?2 + 86400 HAVING count(*) > 0
    UNION ALL
    SELECT 2, 0, 'conflict', NULL,
        n || iif(n = 1, ' report contradicts', ' reports contradict')
            || ' another of the same id',
        'ruactl query conflicts', NULL
    FROM (SELECT (SELECT count(*) FROM report WHERE counted = 0
            AND day BETWEEN ?1 AND ?2) + (SELECT count(*) FROM tls_report
            WHERE counted = 0 AND day BETWEEN ?1 AND ?2) AS n)
    WHERE n > 0
    UNION ALL
    SELECT 3, pass - messages, 'compliance', domain,
        printf('%s: %d.%d%% compliant, %d.%d%% in the days before', domain,
            1000 * pass / messages / 10, 1000 * pass / messages % 10,
            1000 * before_pass / before / 10,
            1000 * before_pass / before % 10),
        'ruactl failures %', domain
    FROM sent WHERE messages - pass >= 10 AND before > 0
        AND 100.0 * pass / messages <= 100.0 * before_pass / before - 2
    UNION ALL
    SELECT 4, -fail, 'sender', domain,
        fail || ' of ' || messages || iif(messages = 1, ' message',
            ' messages') || ' of your sender ' || label || ' failed as '
            || domain,
        'ruactl sources % --failing', domain
    FROM known WHERE fail > 0
    UNION ALL
    SELECT 5, -failed, 'tls', domain,
        domain || ': ' || failed || ' of ' || (ok + failed)
            || ' TLS connections failed (' || type || ')',
        'ruactl tls %', domain
    FROM tls WHERE failed > 0 AND 100 * failed >= ok + failed
    UNION ALL
    SELECT 6, -days_silent, 'silent', org_name,
        org_name || ' reported every day, and then not for ' || days_silent
            || ' days',
        'ruactl reporters', NULL
    FROM v_silent_reporter
    UNION ALL
    SELECT 7, 0, 'reports', NULL, 'no report about these days came',
        'ruactl status', NULL
    WHERE NOT EXISTS (SELECT 1 FROM report WHERE day BETWEEN ?1 AND ?2))
SELECT kind, subject, what, CASE
    WHEN domain IS NULL THEN command
    WHEN domain GLOB '*[^a-z0-9._-]*' OR domain GLOB '-*' THEN 'ruactl summary'
    ELSE replace(command, '%', domain) END AS command
FROM problem ORDER BY place, size, subject, what;
