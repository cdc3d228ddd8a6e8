-- SPDX-License-Identifier: BSD-2-Clause
-- As v_readiness, but of any period, ?1 to ?2, and with the subdomains that are
-- policy domains under their organization; dom is that of SCOPE_WITH in scope.h.
-- What fails is known, forwarded or unknown, as which hostile counts; the first
-- to look at comes with each domain: known senders before all others, then the
-- most messages.  What is between two @ is SQL of store/rules.h; title is for
-- words that are not.
-- MATERIALIZED: SQLite would ask it twice.  f adds up before it looks up, and
-- sorts by numbers first, which is cheaper.
WITH dom(name, shown) AS MATERIALIZED (
    SELECT value ->> 0, value ->> 1 FROM json_each(?9)),
per_report AS MATERIALIZED (
    SELECT dom.shown AS domain, rep.day, rep.org_name,
        (SELECT sum(rec.messages) FROM record rec
            WHERE rec.report_id = rep.id) AS messages
    FROM dom CROSS JOIN report rep ON rep.domain = dom.name
        AND rep.day BETWEEN ?1 AND ?2),
sent AS (
    SELECT domain, count(DISTINCT day) AS days,
        count(DISTINCT lower(org_name)) AS reporters, sum(messages) AS messages
    FROM per_report WHERE messages IS NOT NULL GROUP BY domain),
f AS MATERIALIZED (
    SELECT g.domain, g.source_id, g.cause, g.messages, replace(
        @RULE_CLASS(snd.kind, g.override)@, 'hostile', 'unknown') AS class
    FROM (SELECT dom.shown AS domain, rec.source_id, rec.cause, EXISTS (
            SELECT 1 FROM override o WHERE o.record_id = rec.id
                AND o.forwarding) AS override,
            sum(rec.messages) AS messages
        FROM dom CROSS JOIN report rep ON rep.domain = dom.name
            AND rep.day BETWEEN ?1 AND ?2
        CROSS JOIN record rec ON rec.report_id = rep.id AND rec.dmarc = 'fail'
        GROUP BY rec.source_id, override, rec.cause, dom.shown) g
    LEFT JOIN source s ON s.id = g.source_id
    LEFT JOIN sender snd ON snd.id = s.sender_id),
lost AS (
    SELECT domain, sum(iif(class = 'known', messages, 0)) AS known,
        sum(iif(class = 'forwarded', messages, 0)) AS forwarded,
        sum(iif(class = 'unknown', messages, 0)) AS unknown
    FROM f GROUP BY domain),
a AS (
    SELECT sent.domain, days, reporters, messages,
        messages - coalesce(known + forwarded + unknown, 0) AS pass,
        coalesce(known, 0) AS lose_known,
        coalesce(forwarded, 0) AS lose_forwarded,
        coalesce(unknown, 0) AS stop_unknown
    FROM sent LEFT JOIN lost ON lost.domain = sent.domain),
w AS (
    SELECT domain, class, source_id, cause, sum(messages) AS messages,
        row_number() OVER (PARTITION BY domain ORDER BY class = 'known' DESC,
            sum(messages) DESC, source_id) AS place
    FROM f GROUP BY domain, class, source_id, cause)
SELECT a.domain,
    coalesce((SELECT x.p FROM report x WHERE x.domain = a.domain
            AND x.day <= ?2 AND x.counted = 1
        ORDER BY x.day DESC, x.id DESC LIMIT 1),
        (SELECT x.p FROM dom CROSS JOIN report x ON x.domain = dom.name
            AND x.day <= ?2 WHERE dom.shown = a.domain AND x.counted = 1
        ORDER BY x.day DESC, x.id DESC LIMIT 1)) AS policy,
    days, reporters, a.messages,
    10000 * pass / nullif(a.messages, 0) / 100.0 AS pass_pct,
    lose_known, lose_forwarded, stop_unknown,
    @RULE_VERDICT(days, reporters, lose_known)@ AS verdict,
    @RULE_FORWARDING_SUFFERS(lose_forwarded, a.messages)@
        AS forwarding_suffers, NULL AS title,
    w.class AS first_class, s.ip AS first_ip,
    coalesce(snd.label, s.ptr, s.as_name) AS first_who,
    w.cause AS first_cause, w.messages AS first_messages
FROM a LEFT JOIN w ON w.domain = a.domain AND w.place = 1
LEFT JOIN source s ON s.id = w.source_id
LEFT JOIN sender snd ON snd.id = s.sender_id
ORDER BY a.messages DESC, a.domain;
