-- SPDX-License-Identifier: BSD-2-Clause
-- Records with the column names and the words of parsedmarc's CSV, for
-- programs that were made for it.  Along the primary key, as in export.c.
SELECT coalesce(rep.version, 'draft') AS xml_schema,
    rep.org_name, rep.org_email,
    rep.extra_contact AS org_extra_contact_info,
    rep.external_id AS report_id,
    datetime(rep.begin_ts, 'unixepoch') AS begin_date,
    datetime(rep.end_ts, 'unixepoch') AS end_date,
    coalesce(replace(rep.errors, '; ', '|'), '') AS errors,
    rep.domain,
    coalesce(rep.adkim, 'r') AS adkim,
    coalesce(rep.aspf, 'r') AS aspf,
    rep.p,
    coalesce(rep.sp, rep.p) AS sp,
    coalesce(rep.pct, 100) AS pct,
    coalesce(rep.fo, '0') AS fo,
    s.ip AS source_ip_address,
    s.country AS source_country,
    s.ptr AS source_reverse_dns,
    s.ptr_domain AS source_base_domain,
    snd.label AS source_name,
    snd.kind AS source_type,
    rec.messages AS count,
    coalesce(rec.spf = 'pass', 0) AS spf_aligned,
    coalesce(rec.dkim = 'pass', 0) AS dkim_aligned,
    rec.dmarc = 'pass' AS dmarc_aligned,
    rec.disposition,
    (SELECT coalesce(group_concat(type, ','), '') FROM
        (SELECT type FROM override WHERE record_id = rec.id ORDER BY seq))
        AS policy_override_reasons,
    (SELECT coalesce(group_concat(coalesce(comment, 'none'), '|'), '') FROM
        (SELECT comment FROM override WHERE record_id = rec.id ORDER BY seq))
        AS policy_override_comments,
    rec.envelope_from, rec.header_from, rec.envelope_to,
    (SELECT coalesce(group_concat(coalesce(domain, 'none'), ','), '') FROM
        (SELECT domain FROM auth_dkim WHERE record_id = rec.id ORDER BY seq))
        AS dkim_domains,
    (SELECT coalesce(group_concat(coalesce(selector, 'none'), ','), '') FROM
        (SELECT selector FROM auth_dkim WHERE record_id = rec.id ORDER BY seq))
        AS dkim_selectors,
    (SELECT coalesce(group_concat(coalesce(result, 'none'), ','), '') FROM
        (SELECT result FROM auth_dkim WHERE record_id = rec.id ORDER BY seq))
        AS dkim_results,
    (SELECT coalesce(group_concat(coalesce(domain, 'none'), ','), '') FROM
        (SELECT domain FROM auth_spf WHERE record_id = rec.id ORDER BY seq))
        AS spf_domains,
    (SELECT coalesce(group_concat(coalesce(scope, 'mfrom'), ','), '') FROM
        (SELECT scope FROM auth_spf WHERE record_id = rec.id ORDER BY seq))
        AS spf_scopes,
    (SELECT coalesce(group_concat(coalesce(result, 'none'), ','), '') FROM
        (SELECT result FROM auth_spf WHERE record_id = rec.id ORDER BY seq))
        AS spf_results
FROM record rec CROSS JOIN report rep ON rep.id = rec.report_id
LEFT JOIN source s ON s.id = rec.source_id
LEFT JOIN sender snd ON snd.id = s.sender_id
ORDER BY rec.id
