# SPDX-License-Identifier: BSD-2-Clause
"""The figures count a report once, in whatever forms and order it comes, and
say so where reports contradict each other."""

import itertools
import json
import re
import shutil
import sqlite3

import pytest

from ctl import FAIL, PASS, Ctl, report
from mirror import Mirror

A, B, C = ('192.0.2.1', 3, PASS), ('192.0.2.2', 5, FAIL), ('192.0.2.3', 2, PASS)


def form(rows, **more):
    return report(ident='same', rows=rows, **more)


def damaged(rows, lost):
    """Of one record only half is left."""
    head, *records = form(rows).split(b'<record>')
    records[lost] = records[lost].replace(b'</policy_evaluated>', b'</polic<')
    return b'<record>'.join([head, *records])


WHOLE = form([A, B, C])
PART = form([A, B])
FORMS = {
    'reordered': form([C, B, A]),
    'regrouped': form([('192.0.2.1', 1, PASS), B, C, ('192.0.2.1', 2, PASS)]),
    'another policy': form([A, B, C], p='reject'),
    'other metadata': WHOLE.replace(b'</email>', b'</email><extra_contact_info>'
                                    b'x</extra_contact_info>'),
    'capitals': form([A, B, C], org='RECEIVER INC.',
                     email='Other@RECEIVER.example'),
    'a new format': WHOLE.replace(
        b'<feedback>', b'<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">'
    ).replace(b'<pct>100</pct>', b'<testing>n</testing>'),
    'a part': PART,
    'the first record damaged': damaged([A, B, C], 0),
    'another record damaged': damaged([A, B, C], 1),
}


@pytest.fixture
def own(build, tmp_path):
    return Ctl(build, tmp_path)


def fill(own, *documents):
    for data in documents:
        own('import', own.put('in.xml', data))


def figures(own):
    """The messages of the period, from everywhere."""
    options = '--since=2025-03-01', '--until=2025-03-31'
    summary, = own.json('summary', *options)
    problems = own.query('SELECT count(*) > 0 FROM v_conflict')[0][0]
    digest = json.loads(own('digest', *options, '--format=json',
                            code=problems))
    metrics = own('metrics')
    own('report', '-o', 'page.html', *options)
    page = (own.directory / 'page.html').read_text(encoding='utf-8')
    found = {
        summary['messages'],
        sum(row['messages'] for row in
            own.json('sources', 'example.org', *options)),
        sum(row['messages'] for row in digest['domains']),
        sum(map(int, re.findall(r'^ruad_messages\{.*\} (\d+)$', metrics,
                                re.M))),
        sum(row['messages'] for row in own.json('reporters', *options)),
        sum(row['messages'] for row in
            own.json('query', 'compliance', *options)),
        sum(row['messages'] for row in own.json('export', 'records')),
        sum(record['messages'] for one in
            Mirror().follow(own).rows['report'].values()
            if one['report']['counted'] for record in one['records']),
    }
    for view in ('record', 'v_record', 'v_daily', 'v_source', 'v_cause',
                 'v_reporter', 'v_source_daily', 'v_selector'):
        found |= set(own.query('SELECT sum(messages) FROM ' + view)[0])
    total, = found
    assert re.search(r'\b%d\b' % total, page)
    assert summary['reports'] == summary['reporters'] == 1
    return total


@pytest.mark.parametrize('name', FORMS)
def test_a_report_in_another_form_counts_once(own, name):
    for documents in itertools.permutations([WHOLE, FORMS[name]]):
        fill(own, *documents)
        assert own.query('SELECT count(*), sum(conflict), sum(counted)'
                         ' FROM report') == [(1, 0, 1)]
        assert figures(own) == 10
        shutil.rmtree(own.directory / 'db')


def test_all_forms_together_count_once(own):
    fill(own, *FORMS.values(), WHOLE, *reversed(FORMS.values()))
    assert figures(own) == 10
    assert own.query('SELECT count(*), sum(partial) FROM report') == [(1, 0)]


def test_another_id_is_another_report(own):
    fill(own, WHOLE, report(ident='other', rows=[A, B, C]))
    assert own.query('SELECT sum(messages) FROM record') == [(20,)]


def test_a_contradiction_is_counted_once_and_named(own):
    other = form([B, ('192.0.2.9', 70, PASS)])
    fill(own, WHOLE, other, WHOLE, other)
    assert figures(own) == 10
    # Both are there, and can be looked at.
    rows = own.json('reports', '--since=2025-03-01')
    assert [(row['messages'], row['conflict'], row['counted'])
            for row in rows] == [(75, 1, 0), (10, 1, 1)]
    shown = own.json('show', rows[0]['id'])
    assert sorted(row['messages'] for row in shown['records']) == [5, 70]
    assert all(row['auth_dkim'] for row in shown['records'])
    assert 'not this one' in own('show', rows[0]['id'])
    assert 'is not counted' in own('show', rows[1]['id'])
    assert [row[0] for row in own.query(
        'SELECT messages FROM v_conflict ORDER BY counted')] == [75, 10]
    # And everybody says so.
    period = '--since=2025-03-01', '--until=2025-03-31'
    word = '1 report contradicts another'
    assert word + ' of the same id' in own(
        'summary', *period)
    # Of those that count, and no other: not "2 of 1".
    assert 'did not authenticate: 1 of 1<' in own('report', '-o', '-', *period)
    assert word in own('digest', *period, code=1)
    db = sqlite3.connect(own.database)
    db.execute("INSERT INTO mailbox (name, server, username, folder,"
               " last_ok_ts) VALUES ('a', 'b', 'c', 'd', unixepoch())")
    db.commit()
    db.close()
    assert word in own('check', code=1)
    assert 'ruad_conflicts{type="aggregate"} 1\n' in own('metrics')
    assert own.json('query', 'conflicts')[0]['reports'] == 2


def test_one_that_has_all_of_both_ends_a_contradiction(own):
    fill(own, form([A, B]), form([B, C]))
    assert own.query('SELECT sum(conflict), sum(counted) FROM report') == [
        (2, 1)]
    fill(own, WHOLE)
    assert own.query('SELECT count(*), sum(conflict) FROM report') == [(1, 0)]
    assert figures(own) == 10


def test_what_is_pruned_is_pruned_whole(own):
    fill(own, WHOLE, form([B, ('192.0.2.9', 70, PASS)]))
    assert own.query('SELECT count(*) FROM record_aside') == [(2,)]
    own('prune', '--older-than=1d')
    for table in ('report', 'record_row', 'record_aside', 'profile',
                  'dkim_list'):
        assert own.query('SELECT count(*) FROM ' + table) == [(0,)], table
