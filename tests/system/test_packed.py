# SPDX-License-Identifier: BSD-2-Clause
"""What was packed of each report is only a faster way to the same answers."""

import re
import shutil
import sqlite3

import pytest

from ctl import DAY, FAIL, PASS, Ctl, report
from test_questions import REPORTS, date

NEWS = 'news.example.org'
DAYS = ['--since=' + date(0), '--until=' + date(39)]
QUESTIONS = [
    ['summary'], ['reporters'], ['reporters', 'example.org'], ['ready'],
    ['ready', NEWS], ['sources', 'example.org'], ['sources', NEWS],
    ['failures', 'example.org'], ['failures', NEWS],
    ['failures', 'example.org', '--reporter=Big Mail'],
    ['why', 'example.org', '203.0.113.9'], ['why', NEWS, '192.0.2.7'],
    ['digest'], ['reports', '-n', '99']]


@pytest.fixture(scope='module')
def both(build, tmp_path_factory):
    """(with packs, without)"""
    ctl = Ctl(build, tmp_path_factory.mktemp('packed'))
    for i, (org, domain, day, records) in enumerate(REPORTS):
        ctl.put('in/%d.xml' % i, report(org, domain, 'r%d' % i, day, records))
    part = report('Big Mail', 'example.org', 'part', 20,
                  [('192.0.2.8', 21, PASS), ('192.0.2.7', 6, FAIL),
                   ('192.0.2.9', 4, FAIL)])
    assert '<header_from>example.org<' in part.decode()
    ctl.put('in/part.xml', part.replace(
        b'<header_from>example.org<', b'<header_from>news.example.org<', 2))
    # Another report of the same name, which is not counted.
    ctl.put('in/rival.xml', report('Big Mail', 'example.org', 'r3', 3,
                                   [('192.0.2.77', 5000, FAIL)]))
    ctl('import', 'in')
    bare = Ctl(build, tmp_path_factory.mktemp('bare'))
    shutil.copytree(ctl.directory, bare.directory, dirs_exist_ok=True)
    with sqlite3.connect(bare.database) as db:
        assert db.execute('DELETE FROM report_pack').rowcount > 50
    db.close()
    return ctl, bare


@pytest.mark.parametrize('args', QUESTIONS, ids=' '.join)
def test_an_answer_is_the_same_without(both, args):
    there, bare = (one.json(*args, *(DAYS if args[0] != 'digest' else ()))
                   for one in both)
    assert there == bare
    assert there


def test_of_a_part_it_is_said_who_failed(both):
    """Its records are in reports about the whole domain."""
    row, = both[0].json('failures', NEWS, *DAYS)['failing']
    assert (row['who'], row['ip'], row['addresses'], row['messages']) == (
        '192.0.2.7', '192.0.2.7', 1, 6)


@pytest.mark.parametrize('domain', [[], ['example.org'], [NEWS]],
                         ids=['all', 'domain', 'part'])
def test_a_page_is_the_same_without(both, domain):
    pages = []
    for one in both:
        one('report', '-o', 'page.html', *domain, *DAYS)
        pages.append(re.sub(
            r'Made on [^<]*', '', (one.directory / 'page.html').read_text()))
    assert pages[0] == pages[1]


def test_who_deletes_or_changes_a_record_is_told_the_truth(both):
    own = both[0]
    with sqlite3.connect(own.database) as db:
        db.execute("UPDATE record_row SET messages = 1000000 WHERE id ="
                   ' (SELECT min(id) FROM record_row)')
        assert db.execute(
            'DELETE FROM record_row WHERE report_id = (SELECT id FROM report'
            " WHERE external_id = 'r5')").rowcount > 2
        left = dict(db.execute(
            'SELECT domain, sum(messages) FROM record_row JOIN report rep'
            ' ON rep.id = report_id WHERE day BETWEEN ? AND ?'
            ' GROUP BY domain', [DAY, DAY + 39 * 86400]))
    db.close()
    assert {row['domain']: row['messages']
            for row in own.json('summary', *DAYS)} == left
