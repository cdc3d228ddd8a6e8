# SPDX-License-Identifier: BSD-2-Clause
"""TLS reports and failure reports, from a mailbox to rows, log and status."""

import json
import os
import re

GOLDEN = os.path.join(os.path.dirname(__file__), '..', 'golden')


def golden(name):
    with open(os.path.join(GOLDEN, name), 'rb') as f:
        return f.read()


def lines_with(result, words):
    return [line for line in result.lines if words in line]


def test_all_kinds_are_stored_logged_and_filed(rig):
    m = rig.mailbox()
    tls, failure = golden('tls_report.eml'), golden('f-6-source-with-name.eml')
    m.deliver(tls, failure)
    result = rig.once()
    assert m.counts() == {'Archive': 2}
    assert rig.query('SELECT org_name, external_id FROM tls_report') == [
        ('Reporter Example', 't1')]
    assert rig.query('SELECT domain, type, ok, failed FROM tls_policy'
                     ' ORDER BY id') == [
        ('example.org', 'sts', 5326, 3),
        ('example.com', 'no-policy-found', 7, 0)]
    assert rig.query('SELECT count(*) FROM tls_failure') == [(2,)]
    [(domain, ip)] = rig.query(
        'SELECT reported_domain, ip FROM failure JOIN source'
        ' ON source.id = source_id')
    assert lines_with(result, 'TLS report of Reporter Example for example.org'
                              ' 2026-11-21: 2 policies')
    assert lines_with(result, 'failure report for %s from %s' % (domain, ip))
    assert lines_with(result, ': 2 messages: 2 new reports')


def test_copies_of_all_kinds_are_known(rig):
    m = rig.mailbox()
    mails = [golden('tls_report.eml'), golden('f-6-source-with-name.eml')]
    m.deliver(*mails)
    rig.once()
    m.deliver(*(b'X-Copy: 1\n' + mail for mail in mails))
    result = rig.once()
    assert m.counts() == {'Archive': 4}
    assert rig.query('SELECT status, count(*) FROM message GROUP BY 1') == [
        ('duplicate', 2), ('stored', 2)]
    assert rig.query('SELECT count(*) FROM tls_report') == [(1,)]
    assert rig.query('SELECT count(*) FROM failure') == [(1,)]
    assert lines_with(result, 'a TLS report that is already stored')
    assert lines_with(result, 'a failure report that is already stored')


def test_a_broken_tls_report_is_filed_as_failed(rig):
    m = rig.mailbox()
    m.deliver(golden('tls_broken.eml'))
    result = rig.once()
    assert re.search('failed: part 2: .*not well-formed JSON',
                     '\n'.join(result.lines))
    assert rig.query('SELECT status FROM message') == [('failed',)]
    assert rig.query('SELECT count(*) FROM tls_report') == [(0,)]


def test_the_answer_names_each_key_once():
    """A policy's type is not the line's."""
    def once(pairs):
        assert len(pairs) == len(dict(pairs))
        return dict(pairs)

    for name in sorted(os.listdir(GOLDEN)):
        if name.endswith('.jsonl'):
            for line in golden(name).splitlines():
                json.loads(line, object_pairs_hook=once)
