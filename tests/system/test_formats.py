# SPDX-License-Identifier: BSD-2-Clause
"""Each line of the table in ruad-parse(8), FORMATS: a report that travels so
is in the database afterwards, whole."""

import os

import pytest

from ctl import FAIL, PASS, Ctl, report
from formats import CONTAINERS, ENCODINGS, MAILS, MANY, attached

HERE = os.path.dirname(os.path.abspath(__file__))
ORG = 'Réceiver & Söhne'
ROWS = (('192.0.2.1', 10, PASS), ('2001:db8::1', 3, FAIL))
WHOLE = [(ORG, 'r1', 'example.org', 0, None, 2, 13)]


@pytest.fixture
def ctl(build, tmp_path):
    return Ctl(build, tmp_path)


def rows(ctl):
    return ctl.query(
        'SELECT org_name, external_id, domain, partial, quirks, count(*),'
        ' sum(messages) FROM report JOIN record ON report_id = report.id'
        ' GROUP BY report.id ORDER BY external_id')


def bring(ctl, data, way='file'):
    if way == 'stdin':
        out = ctl('import', '-', stdin=data)
    else:
        out = ctl('import', ctl.put('in/report', data))
    assert out == '1 file: 1 stored, 0 known, 0 other, 0 failed\n'
    assert ctl.query('SELECT status, reason FROM message') == [
        ('stored', None)]


XML = report(ORG, rows=ROWS)


@pytest.mark.parametrize('way', ['file', 'stdin', 'attachment'])
@pytest.mark.parametrize('form', [*CONTAINERS, *ENCODINGS])
def test_a_container_by_itself_and_in_a_mail(ctl, form, way):
    data = {**CONTAINERS, **ENCODINGS}[form](XML)
    bring(ctl, attached(data) if way == 'attachment' else data, way)
    assert rows(ctl) == WHOLE


@pytest.mark.parametrize('form', MAILS)
def test_a_mail(ctl, form):
    bring(ctl, MAILS[form](XML))
    assert rows(ctl) == WHOLE


@pytest.mark.parametrize('form', MANY)
def test_several_reports_at_once(ctl, form):
    bring(ctl, MANY[form](XML, report(ORG, ident='r2', rows=ROWS)))
    assert rows(ctl) == WHOLE + [(ORG, 'r2', *WHOLE[0][2:])]


@pytest.mark.parametrize('form', ['mbox', 'Maildir', 'directory'])
def test_many_mails_at_once(ctl, form):
    mails = [attached(report(ORG, ident='r%d' % i, rows=ROWS))
             for i in range(1, 4)]
    if form == 'mbox':
        ctl.put('in/box', b''.join(
            b'From a@b Sat Nov 21 10:00:00 2026\n' + m + b'\n'
            for m in mails))
    else:
        sub = 'new/' if form == 'Maildir' else ''
        for name in ('cur', 'new', 'tmp') if sub else ():
            (ctl.directory / 'in' / name).mkdir(parents=True)
        for i, m in enumerate(mails):
            ctl.put('in/%s%d' % (sub, i), m)
    ctl('import', 'in')
    assert rows(ctl) == [(ORG, 'r%d' % i, *WHOLE[0][2:]) for i in (1, 2, 3)]


def test_the_manual_has_the_same_table():
    with open(os.path.join(HERE, '../../docs/ruad-parse.8'),
              encoding='utf-8') as f:
        table = f.read().split('.Sh FORMATS\n')[1].split('.Sh ')[0]
    written = [line[4:].strip().strip('"') for line in table.split('\n')
               if line.startswith('.It ')]
    assert written == [*CONTAINERS, *ENCODINGS, *MAILS, *MANY, 'mbox',
                       'Maildir', 'directory']
