# SPDX-License-Identifier: BSD-2-Clause
"""Foreign text of any length: no line of any command for people is longer than
400 columns in a pipe, and what is cut as a key is kept."""

import json
import re
import sqlite3
import subprocess
import unicodedata
from email.message import EmailMessage

import pytest

from ctl import Ctl
from longform import SHORT, some
from patience import PATIENCE
from test_questions import tlsrpt
from test_report_form import hostile_report
from webpage import year

MOST = 400
LONG = ('x' * 4000, 'long-label.' * 400 + 'example', '\u6f22' * 1300,
        'word ' * 800, 'e' + '\u0301' * 1900, '\u202e' * 1300,
        'a|b"\\' * 800, '\U0001f4e8' * 1000, "'" * 4000, '\u00e4' * 2000,
        '=' * 4000, '-' + ' ' * 3000 + 'x', ('d' * 60 + '.') * 4 + 'example')


def columns(line):
    """As a terminal has them; many accents on one letter count, too."""
    wide, accents = 0, 0
    for c in line:
        w = 2 if unicodedata.east_asian_width(c) in 'WF' else \
            0 if unicodedata.combining(c) else 1
        accents = accents + 1 if w == 0 else 0
        wide += 1 if accents > 4 else w
    return wide


def assert_short(text, what):
    for line in text.splitlines():
        assert columns(line) <= MOST, (what, columns(line), line[:500])


def failing_mail(name):
    message = EmailMessage()
    message['From'] = 'dmarc@receiver.example'
    message['Subject'] = 'Report Domain: example.org ' + name[:300]
    message.set_content('A report is attached.')
    message.add_attachment(b'PK\x03\x04broken' + name.encode(), 'application',
                           'zip', filename=name[:900] + '.zip')
    return message.as_bytes()


@pytest.fixture(scope='module')
def ctl(build, tmp_path_factory):
    own = Ctl(build, tmp_path_factory.mktemp('lines'))
    for i, text in enumerate(LONG):
        own.put('in/%02d.xml' % i, hostile_report(text, i))
        own.put('in/%02d.json' % i, tlsrpt(text, i, [
            (text if i % 2 else 'example.org', 'sts', 1, [(text, text, 2)])]))
        own.put('in/%02d.eml' % i, year.FAILURE.replace(
            'Overdue invoice', text[:900]).replace(
                '%(domain)s', 'example.org').replace('%(id)s', str(i)).replace(
                '%(ip)d', '9').replace(
                '%(date)s', 'Fri, 07 Mar 2025 10:00:00 +0000').encode())
        own.put('in/%02d-bad.eml' % i, failing_mail(text))
        own.put('in/%s.xml' % ('\x07' * 100 + '%02d' % i), b'<feedback>' +
                text.encode())
    own.out = own('import', '-v', 'in', code=65)
    own('sender', 'add', '--', 'x' * 100, 'service', '192.0.2.1')
    with sqlite3.connect(own.database) as db:
        db.execute(
            'INSERT INTO mailbox (name, server, username, folder, last_error)'
            " VALUES ('own', 'imap.example', 'me', 'INBOX', ?)",
            ('the server said ' + 'no ' * 160,))
        db.execute('INSERT INTO poll (mailbox_id, start_ts, error)'
                   ' VALUES (1, 1741305600, ?)', ('x' * 500,))
    return own


def commands(own):
    domains = [row[0] for row in own.query(
        'SELECT DISTINCT domain FROM report')]
    for name in ('summary', 'status', 'check', 'metrics', 'reporters',
                 'reports', 'ready', 'tls', 'digest', 'sender list', 'query'):
        yield name.split()
    for name in own('query').splitlines():
        words = name.split()[:3]
        if 'IP' in words:
            yield ['query', words[0], '192.0.2.1']
        elif 'DOMAIN' not in words:
            yield ['query', words[0]]
    for (number,) in own.query('SELECT id FROM report'):
        yield ['show', number]
    for (number,) in own.query('SELECT id FROM failure'):
        yield ['failures', number]
    for domain in domains[:8] + ['x' * 3000, 'no such ' * 300]:
        for name in 'summary', 'failures', 'ready', 'tls', 'sources', 'digest':
            yield [name, domain]
        yield ['query', 'failing', domain]
        for ip in '192.0.2.2', '192.0.2.5', '192.0.2.14', '203.0.113.1':
            yield ['why', domain, ip]


def test_no_line_of_a_command_is_endless(ctl):
    assert_short(ctl.out, 'import')
    asked, longest = 0, 0
    for args in some(commands(ctl), 2):
        done = subprocess.run(
            [ctl.program, *map(str, args)], capture_output=True, timeout=PATIENCE,
            cwd=ctl.directory, env=ctl.env, check=False)
        assert done.returncode in (0, 1, 2, 64), (args, done)
        assert_short(done.stdout.decode(), args)
        assert_short(done.stderr.decode(), args)
        longest = max([longest, *map(len, done.stdout.decode().split('\n'))])
        asked += 1
    assert asked > (50 if SHORT else 100) and 300 < longest


def test_metrics_keep_apart_what_they_cut(build, tmp_path):
    own = Ctl(build, tmp_path)
    for i, last in enumerate('ab'):
        own.put('in/%d.xml' % i, hostile_report('"' * 250 + last, 3))
    own('import', 'in')
    lines = own('metrics').splitlines()
    assert_short('\n'.join(lines), 'metrics')
    names = [line.rpartition(' ')[0] for line in lines if line[0] != '#']
    assert len(names) == len(set(names)) > 6


def test_what_is_cut_as_a_key_is_kept(ctl):
    rows = ctl.query("SELECT domain, raw FROM report WHERE raw NOT NULL")
    assert rows
    for domain, raw in rows:
        assert len(domain.encode()) <= 253 and domain.endswith('...')
        word = json.loads(raw)['domain']
        assert len(word) > len(domain)
        assert word.lower().startswith(domain[:-3])
    assert not ctl.query("SELECT 1 FROM report WHERE raw IS NULL"
                         " AND length(CAST(domain AS BLOB)) > 253")
    for table in 'profile', 'tls_policy', 'dkim_item', 'spf_item':
        column = 'header_from' if table == 'profile' else 'domain'
        assert ctl.query('SELECT max(length(CAST(%s AS BLOB))) FROM %s'
                         % (column, table)) <= [(253,)]
    words = [json.loads(line) for line in
             ctl('export', 'reports', '--format=jsonl').splitlines()]
    assert [row['raw'] for row in words if row['raw']] == [
        json.loads(raw) for _, raw in rows]


def test_nothing_is_cut_that_fits(ctl, build, tmp_path):
    own = Ctl(build, tmp_path)
    own.put('a.xml', hostile_report('a reporter of eighty columns' + '.' * 52, 1))
    own('import', 'a.xml')
    assert 'eighty columns' + '.' * 52 in own('reports')
    assert '\u2026' not in own('reports') + own('failures', 'example.org')


def test_reasons_of_ruad_parse_are_short(build, ctl):
    for path in sorted(ctl.directory.glob('in/*-bad.eml')):
        out = subprocess.run([build + '/ruad-parse'], capture_output=True,
                             input=path.read_bytes(), timeout=PATIENCE, check=False)
        verdict = json.loads(out.stdout.splitlines()[-1])
        assert verdict['status'] == 'failed'
        assert columns(verdict['reason']) <= 320
        assert_short(out.stderr.decode(), path)
        for line in out.stdout.decode().splitlines():
            row = json.loads(line)
            if row['type'] == 'problem':
                assert columns(row['text']) <= 300


def test_a_failed_mail_is_told_with_its_name_and_reason(ctl):
    lines = [line for line in ctl.out.splitlines() if '-bad.eml' in line]
    assert len(lines) == len(LONG)
    for line in lines:
        assert re.match(r'in/\d\d-bad\.eml: failed: .*(zip|archive)', line)


# --- spreadsheets ---------------------------------------------------------------

@pytest.mark.parametrize('sign', [
    '=', '+', '-', '@', '\uff1d', '\uff0b', '\uff0d', '\uff20', '\u2212',
    '\ufe62', '\ufe63', '\ufe66', '\ufe6b', ' =', '\u3000\uff1d', '\u00a0@'])
def test_a_spreadsheet_finds_no_formula(build, tmp_path, sign):
    own = Ctl(build, tmp_path)
    text = sign + 'SUM(1)'
    own.put('a.xml', hostile_report('Q', 1).decode().replace(
        '<org_name>Q', '<org_name>' + text).replace(
            '<type>Q</type><comment>Q', '<type>other</type><comment>' +
            text).replace('<selector>Q', '<selector>' + text).encode())
    own('import', 'a.xml')
    shown = text.strip(' ')     # XML and the reader take blanks off
    for args in ['reports'], ['query', 'selectors', 'example.org'], [
            'reporters']:
        cells = [cell for row in own.csv(*args) for cell in row.values()]
        assert "'" + shown in cells or "'" + text in cells, (args, cells)
        assert shown not in cells and text not in cells
    for number in '-5', '+7':
        own.put('n.xml', hostile_report(number, 2))
        own('import', 'n.xml')
        assert number in [row['org_name'] for row in own.csv('reports')]
