# SPDX-License-Identifier: BSD-2-Clause
"""ruactl as people and scripts meet it: import, the questions, the exits."""

import gzip
import os
import re
import signal
import sqlite3
import subprocess
import time
from email.message import EmailMessage

import pytest

from ctl import DAY, FAIL, PASS, Ctl, mail, report, tarred, zipped
from longform import some
from patience import PATIENCE


@pytest.fixture
def ctl(build, tmp_path):
    return Ctl(build, tmp_path)


@pytest.fixture
def filled(ctl):
    """Two domains, three reporters, five reports, one damaged file."""
    ctl.put('in/1.xml', report(
        'Big Mail', 'example.org', 'b1', 0, p='reject',
        rows=(('192.0.2.1', 990, PASS), ('203.0.113.9', 10, FAIL))))
    ctl.put('in/2.xml', report(
        'Big Mail', 'example.org', 'b2', 1, p='quarantine',
        rows=(('192.0.2.1', 500, ('pass', 'fail')),)))
    ctl.put('in/3.xml', report('Little Mail', 'example.org', 'l1', 1,
                               p='quarantine'))
    ctl.put('in/4.xml', report(
        'Little Mail', 'example.com', 'l2', 0,
        rows=(('2001:db8::1', 3, FAIL), ('192.0.2.1', 1, PASS))))
    ctl.put('in/old.xml', report(
        'Old Mail', 'example.com', 'o1', -40,
        rows=(('192.0.2.1', 100000, PASS),)))
    ctl.put('in/bad.xml.gz', gzip.compress(report(ident='x' * 2000))[:60])
    ctl('import', 'in', code=65)
    return ctl


# --- import -----------------------------------------------------------------

FORMS = {
    'xml': lambda x: x,
    'gz': gzip.compress,
    'zip': zipped,
    'tar.gz': tarred,
    'mail': mail,
    'mbox': lambda x: b'From a@b Sat Nov 21 10:00:00 2026\n' + mail(x) + b'\n',
}


@pytest.mark.parametrize('form', FORMS)
@pytest.mark.parametrize('way', ['file', 'directory', 'stdin'])
def test_a_report_is_the_same_in_every_form_and_by_every_way(ctl, form, way):
    path = ctl.put('in/report', FORMS[form](report()))
    if way == 'stdin':
        out = ctl('import', '-', stdin=path.read_bytes())
    else:
        out = ctl('import', path if way == 'file' else 'in')
    noun = 'message' if form == 'mbox' else 'file'
    assert out == '1 %s: 1 stored, 0 known, 0 other, 0 failed\n' % noun
    assert ctl.query('SELECT org_name, external_id, domain, p, begin_ts '
                     'FROM report') == [
        ('Receiver Inc.', 'r1', 'example.org', 'none', DAY)]
    assert ctl.query('SELECT messages, dmarc FROM record') == [(10, 'pass')]
    suffix = '#1' if form == 'mbox' else ''
    assert ctl.query('SELECT mailbox_id, path, status FROM message') == [
        (None, ('-' if way == 'stdin' else str(path)) + suffix, 'stored')]


def test_all_mails_of_mboxes_maildirs_and_directories_are_read(ctl):
    reports = [report(ident='r%d' % i) for i in range(8)]
    separator = b'From a@b Sat Nov 21 10:00:00 2026\n'
    ctl.put('in/box', b''.join(separator + mail(x) + b'\n'
                               for x in reports[:3]))
    ctl.put('in/Maildir/cur/1:2,S', mail(reports[3]))
    ctl.put('in/Maildir/new/2', mail(reports[4]))
    ctl.put('in/Maildir/tmp/3', b'half a mail')
    ctl.put('in/Maildir/dovecot-uidlist', b'3 V1 N1')
    ctl.put('in/deep/er/x.xml', reports[5])
    ctl.put('in/two.tar.gz', tarred(*reports[6:]))
    os.symlink('..', ctl.directory / 'in/deep/loop')
    assert ctl('import', 'in') == (
        '7 messages: 7 stored, 0 known, 0 other, 0 failed\n')
    assert ctl.query('SELECT count(*) FROM report') == [(8,)]
    names = [path[len(str(ctl.directory)) + 4:] for path, in
             ctl.query('SELECT path FROM message ORDER BY id')]
    assert names == ['Maildir/new/2', 'Maildir/cur/1:2,S', 'box#1', 'box#2',
                     'box#3', 'deep/er/x.xml', 'two.tar.gz']


def test_each_file_gets_one_line_if_it_was_not_stored(ctl):
    ctl.put('in/a.xml', report())
    ctl.put('in/b.xml', report())
    ctl.put('in/c.eml', b'From: a@example.org\nSubject: hello\n\nHow are you?')
    ctl.put('in/d.zip', zipped(report(ident='x' * 999))[:90])
    out = ctl('import', 'in', code=65).splitlines()
    assert len(out) == 3
    assert out[0].startswith('in/c.eml: other: ')
    assert out[1].startswith('in/d.zip: failed: ')
    assert out[2] == '4 files: 1 stored, 1 known, 1 other, 1 failed'
    assert ctl.query('SELECT status, count(*) FROM message GROUP BY 1') == [
        ('duplicate', 1), ('failed', 1), ('other', 1), ('stored', 1)]
    verbose = ctl('import', '-v', 'in/b.xml')
    assert verbose.splitlines()[0] == 'in/b.xml: known'


def test_several_processors_store_in_the_order_of_the_files(ctl):
    for i in range(80):
        # Some take much longer than those beside them.
        ctl.put('in/%03d.xml' % i, report(
            ident='r%03d' % i, rows=[('192.0.2.1', 1, PASS)] * (
                2000 if i % 9 == 4 else 1 + i)))
    ctl('import', *('in/%03d.xml' % i for i in range(80)))
    db = sqlite3.connect(ctl.database)
    assert [row[0] for row in db.execute(
        'SELECT external_id FROM report ORDER BY id')] == [
            'r%03d' % i for i in range(80)]
    reports = [row[0] for row in db.execute(
        'SELECT report_id FROM record ORDER BY id')]
    assert reports == sorted(reports)


def test_import_again_changes_nothing(filled):
    reports = filled.query('SELECT * FROM report')
    records = filled.query('SELECT * FROM record')
    out = filled('import', 'in', code=65)
    assert out.endswith('6 files: 0 stored, 5 known, 0 other, 1 failed\n')
    assert filled.query('SELECT * FROM report') == reports
    assert filled.query('SELECT * FROM record') == records


def test_a_dry_run_needs_no_database_and_writes_none(ctl):
    ctl.put('a.xml', report())
    assert ctl('import', '-n', 'a.xml') == (
        '1 file: 1 readable, 0 known, 0 other, 0 failed\n')
    assert not os.path.exists(ctl.database)


def test_what_is_missing_is_said_and_the_rest_imported(ctl):
    ctl.put('a.xml', report())
    out = ctl('import', 'none.xml', 'a.xml', code=66)
    assert out == '1 file: 1 stored, 0 known, 0 other, 0 failed\n'
    assert ctl.error == ('ruactl: none.xml: cannot open: No such file or '
                         'directory\n')


def test_a_file_over_the_limit_is_recorded_and_not_read(ctl):
    path = ctl.put('big.xml', report())
    os.truncate(path, 40 << 20)
    ctl.put('small.xml', report())
    out = ctl('import', 'big.xml', 'small.xml', code=65)
    assert ('big.xml: failed: 41943040 bytes, more than the limit of '
            '33554432; limits.message in ruad.conf, or --limits=message=..., '
            'raises it\n') in out
    assert '2 files: 1 stored, 0 known, 0 other, 1 failed\n' in out
    assert ctl.query('SELECT size, sha256 FROM message '
                     "WHERE status = 'failed'") == [(40 << 20, '')]


RAISED_BY = '; limits.%s in ruad.conf, or --limits=%s=..., raises it'
MANY = [('192.0.2.%d' % (i % 250), i, PASS) for i in range(300)]


@pytest.mark.parametrize('limit, low, high', [
    ('unpacked', '50k', '1M'), ('records', '299', '300'),
    ('message', '1k', '1M')])
def test_what_a_limit_refused_is_read_when_it_is_raised(ctl, limit, low, high):
    ctl.put('a.eml', mail(report(rows=MANY)))
    out = ctl('import', '--limits=%s=%s' % (limit, low), 'a.eml', code=65)
    assert out.startswith('a.eml: failed: ')
    assert out.splitlines()[0].endswith(RAISED_BY % (limit, limit))
    assert ctl.query('SELECT count(*) FROM record') == [(0,)]
    assert ctl('import', '--limits', limit + '=' + high, 'a.eml') == (
        '1 file: 1 stored, 0 known, 0 other, 0 failed\n')
    assert ctl.query('SELECT count(*) FROM record') == [(300,)]


def test_the_limit_of_all_attachments_is_one_of_its_own(ctl):
    message = EmailMessage()
    for i in range(3):
        message.add_attachment(gzip.compress(report(
            ident=str(i), rows=MANY)), 'application', 'gzip')
    ctl.put('a.eml', b'From: d@receiver.example\r\n' + message.as_bytes())
    limits = 'unpacked=200k,mail_unpacked=300k'
    assert ctl('import', '-v', '--limits=' + limits, 'a.eml').splitlines()[
        0].endswith(RAISED_BY % ('mail_unpacked', 'mail_unpacked'))
    assert ctl.query('SELECT count(*) FROM report') == [(2,)]
    # One attachment may have no more than all of them.
    ctl('import', '--limits=unpacked=600k', 'a.eml')
    assert ctl.query('SELECT count(*) FROM report') == [(3,)]


@pytest.mark.parametrize('limits', ['', 'unpacked', 'records=x', 'all=1M'])
def test_limits_that_are_none_are_told(ctl, limits):
    ctl.put('a.xml', report())
    assert ctl('import', '--limits=' + limits, 'a.xml', code=64) == ''
    assert 'limit' in ctl.error


def test_import_prints_foreign_names_safely(ctl):
    ctl.put('in/a\033[31m\nb', b'no report\n')
    out = ctl('import', 'in')
    assert '\033' not in out
    assert out.startswith('in/a\\x1b[31m\\x0ab: other')


def test_a_pipe_delivery_is_asked_to_come_again(ctl):
    ctl.put('db/ruad.db', b'this is somebody else\'s file, not a database\n')
    data = mail(report())
    ctl('import', '-', stdin=data, code=75)
    assert ctl.error.startswith('ruactl: ')
    ctl.put('a.eml', data)
    ctl('import', 'a.eml', code=78)


def test_a_signal_finishes_the_batch_and_says_how_far_it_came(ctl):
    for i in range(30):
        ctl.put('in/%d.xml' % i, report(ident='r%d' % i))
    process = subprocess.Popen(
        [ctl.program, 'import', 'in', '-'], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, cwd=ctl.directory, env=ctl.env)
    # More than a pipe holds: when it is written, the directory was read.
    process.stdin.write(b'x' * 200000)
    process.stdin.flush()
    process.send_signal(signal.SIGTERM)
    out = process.stdout.read().decode()
    assert process.wait(PATIENCE) == 75
    process.stdin.close()
    process.stdout.close()
    assert out == ('interrupted, run it again to continue: 30 files: 30 stored, '
                   '0 known, 0 other, 0 failed\n')
    assert ctl.query('SELECT count(*) FROM report') == [(30,)]


def test_a_signal_at_any_moment_ends_the_wait_for_a_mail(ctl):
    for delay in range(30):
        process = subprocess.Popen(
            [ctl.program, 'import', '-'], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, cwd=ctl.directory, env=ctl.env)
        time.sleep(delay / 1000)
        process.send_signal(signal.SIGTERM)
        # Before it listens to signals, one just ends it.
        assert process.wait(PATIENCE) in (75, -signal.SIGTERM)
        process.stdin.close()


def test_progress_is_for_terminals_only(ctl):
    for i in range(300):
        ctl.put('in/%d.xml' % i, report(ident='r%d' % i))
    shown = ctl.terminal('import', 'in', stderr=True)
    assert re.match(r'\r[0-9]+ read, [0-9]+ stored\x1b\[K', shown)
    assert '\n' not in shown
    assert ctl.terminal('import', '-q', 'in', stderr=True) == ''
    ctl('import', 'in')
    assert ctl.error == ''


# --- the questions, on a pipe -----------------------------------------------

def test_summary_has_a_row_for_each_domain(filled):
    assert filled() == filled('summary') == (
        'DMARC, 30 days to 2025-03-08\n'
        '\n'
        'domain      policy     messages compliant failing reports reporters'
        ' last day\n'
        'example.org quarantine     1510     99.3%      10       3         2'
        ' 2025-03-08\n'
        'example.com none              4     25.0%       3       1         1'
        ' 2025-03-07\n'
        '\n'
        '! 1 message could not be read in the last 30 days: ruactl query '
        'unreadable\n')


def test_summary_of_one_domain(filled):
    out = filled('summary', 'EXAMPLE.com.').splitlines()
    assert out[0] == 'DMARC, 30 days to 2025-03-07'
    assert out[3].split() == ['example.com', 'none', '4', '25.0%', '3', '1',
                              '1', '2025-03-07']
    assert 'No reports about nix.example' in filled('summary', 'nix.example')
    assert filled.json('summary', 'nix.example') == []


def test_a_report_from_the_future_hides_nothing(filled):
    filled.put('future.xml', report(ident='f', day=40000))
    filled('import', 'future.xml')
    assert filled().startswith('DMARC, 30 days to 2025-03-08\n')
    assert filled.json()[0]['messages'] == 1510


def test_summary_for_programs(filled):
    want = {'domain': 'example.org', 'policy': 'quarantine',
            'messages': 1510, 'pass_pct': 99.33, 'fail': 10, 'reports': 3,
            'reporters': 2, 'last_day': DAY + 86400,
            'last_date': '2025-03-08', 'subdomains': 0}
    rows = filled.json('summary')
    assert rows[0] == want
    assert len(rows) == 2
    rows = filled.csv('summary')
    assert rows[0] == {key: str(value) for key, value in want.items()}
    assert filled('--format=csv').splitlines()[0] == ','.join(want)


def test_reports_are_listed_newest_first(filled):
    out = filled('reports').splitlines()
    assert out[0].split() == ['id', 'date', 'domain', 'reporter', 'report',
                              'id', 'records', 'messages', 'pass', 'notes']
    assert [line.split()[1] for line in out[1:]] == [
        '2025-03-08', '2025-03-08', '2025-03-07', '2025-03-07', '2025-01-26']
    rows = filled.json('reports', '-n', '2', 'example.org')
    assert [row['external_id'] for row in rows] == ['l1', 'b2']
    assert rows[1] == {
        'id': rows[1]['id'], 'day': DAY + 86400, 'date': '2025-03-08',
        'domain': 'example.org', 'org_name': 'Big Mail',
        'external_id': 'b2', 'records': 1, 'messages': 500,
        'pass_pct': 100.0, 'partial': 0, 'conflict': 0, 'counted': 1,
        'quirks': rows[1]['quirks']}


def test_conflicts_are_marked(filled):
    filled.put('again.xml', report('Big Mail', 'example.org', 'b2', 1))
    filled('import', 'again.xml')
    marked = [line for line in filled('reports').splitlines()
              if ' conflict' in line]
    assert len(marked) == 2 and all(' b2 ' in line for line in marked)


def test_show_tells_all_of_one_report(filled):
    ident = filled.query("SELECT id FROM report WHERE external_id = 'b1'")
    out = filled('show', ident[0][0])
    fields, table = out.split('\n\n')
    for line in ('report       %d' % ident[0][0], 'from         Big Mail',
                 'report id    b1', 'domain       example.org',
                 'policy       p=reject sp=reject adkim=r aspf=r pct=100',
                 'period       2025-03-07 00:00:00 to 2025-03-07 23:59:59 '
                 'UTC', 'message      %s/in/1.xml' % filled.directory):
        assert line in fields.splitlines()
    assert table == (
        'ip          messages disposition dkim spf  cause         header from '
        'results\n'
        '203.0.113.9       10 none        fail fail bad signature example.org '
        'dkim example.org/s1=fail, spf example.org=fail\n'
        '192.0.2.1        990 none        pass pass DKIM and SPF  example.org '
        'dkim example.org/s1=pass, spf example.org=pass\n')
    whole = filled.json('show', ident[0][0])
    assert whole['external_id'] == 'b1' and whole['p'] == 'reject'
    assert whole['records'][0] == {
        'id': whole['records'][0]['id'], 'ip': '203.0.113.9', 'messages': 10,
        'disposition': 'none', 'dmarc': 'fail', 'dkim': 'fail', 'spf': 'fail',
        'cause': 'dkim_broken', 'header_from': 'example.org',
        'envelope_from': None, 'envelope_to': None,
        'auth_dkim': [{'domain': 'example.org', 'selector': 's1',
                       'result': 'fail', 'human_result': None}],
        'auth_spf': [{'domain': 'example.org', 'scope': 'mfrom',
                      'result': 'fail', 'human_result': None}],
        'overrides': [], 'raw': None}
    assert [row['messages'] for row in filled.csv('show', ident[0][0])] == [
        '10', '990']


def test_status_lists_what_failed(filled):
    out = filled('status')
    assert out.startswith('No mailboxes yet')
    assert '\n\nImported files\nfiles no report failed last\n    6' in out
    assert '\n\nMessages that could not be read\n' in out
    assert re.search(r'(ago|now) +bad\.xml\.gz +\w', out)
    assert 's ago' in out or 'now' in out
    whole = filled.json('status')
    assert whole['mailboxes'] == [] and whole['polls'] == []
    assert whole['failed'][0]['path'].endswith('/in/bad.xml.gz')
    assert whole['failed'][0]['reason']


def test_status_lists_mailboxes_and_their_errors(filled):
    now = int(time.time())
    db = sqlite3.connect(filled.database)
    db.executescript('''
        INSERT INTO mailbox (id, name, server, username, folder, last_poll_ts,
            last_ok_ts, last_error) VALUES
            (1, 'own', 'imap.example.org', 'u', 'INBOX', %d, %d, NULL),
            (2, 'two', 'mx.example.com', 'u', 'rua', %d, NULL, 'no route');
        INSERT INTO poll (mailbox_id, start_ts, error)
            VALUES (2, %d, 'no route');
        INSERT INTO message (mailbox_id, folder, uidvalidity, uid, fetched_ts,
            sha256, status) VALUES (1, 'INBOX', 1, 1, 0, '', 'stored');
        ''' % (now - 130, now - 130, now - 7300, now - 7300))
    db.close()
    out = filled('status')
    assert re.search(r'^own +imap.example.org +INBOX +yes +2 min ago +2 min '
                     r'ago +1 +0 +1 +-$', out, re.M)
    assert re.search(r'^two +mx.example.com +rua +yes +2 h ago +- +0 +0 +0 '
                     r'+no route$', out, re.M)
    assert '\n\nPolls that failed\n' in out
    assert filled().endswith(
        '\n! 1 message could not be read in the last 30 days: ruactl query '
        'unreadable\n! 1 mailbox needs attention: ruactl status\n')
    rows = filled.csv('status')
    assert [row['name'] for row in rows] == ['own', 'two']
    assert rows[0]['last_poll_ts'] == str(now - 130)
    assert rows[1]['last_error'] == 'no route'


# --- the terminal -----------------------------------------------------------

COLOR = re.compile('\033\\[[0-9;]*m')


@pytest.mark.parametrize('columns', [80, 100, 200])
def test_no_table_wraps_on_a_terminal(filled, columns):
    filled.put('long.xml', report('A' * 200, 'a' * 60 + '.example',
                                  'i' * 300, rows=[('2001:db8:1:2:3:4:5:6',
                                                    1234567, FAIL)] * 3))
    filled('import', 'long.xml')
    for args in ((), ('reports',)):
        shown = COLOR.sub('', filled.terminal(*args, columns=columns))
        assert max(map(len, shown.splitlines())) <= columns
        assert '1,234,567' not in shown and '3,703,701' in shown
    ident = filled.query('SELECT max(id) FROM report')[0][0]
    shown = filled.terminal('show', ident, columns=columns)
    table = COLOR.sub('', shown.split('\n\n')[1])
    assert max(map(len, table.splitlines())) <= columns
    shown = COLOR.sub('', filled.terminal('status', columns=columns))
    assert max(map(len, shown.splitlines())) <= columns


def test_colours_are_for_terminals_that_want_them(filled):
    assert '\033[31m' in filled.terminal()
    assert '\033' not in filled.terminal(env={'NO_COLOR': '1'})
    assert '\033' not in filled.terminal(env={'TERM': 'dumb'})
    assert '\033' not in filled()


def test_a_terminal_without_utf8_gets_ascii(filled):
    filled.put('u.xml', report('Z\u00fcrich \u2603 Mail', 'example.net'))
    filled('import', 'u.xml')
    for locale in 'C', 'nonsense':
        shown = filled.terminal('reports', env={'LANG': locale},
                                columns=150)
        assert shown.isascii() and 'Z\\u{00fc}rich' in shown
        assert 'Z\u00fcrich \u2603 Mail' in filled(
            'reports', env={'LANG': locale})


# --- hostile text -----------------------------------------------------------

EVIL = ['\u009b31mred', 'a\u202egnp.exe', 'two\nlines', 'tab\there',
        '=cmd|\'/c calc\'!A1', '+1+1', '-2+3', '@SUM(A1)', '"quoted", too',
        '<script>alert(1)</script>', '\u200bzero', '\\x1b[31m', '\U000e0001x',
        '\x7fdel', "'; DROP TABLE report; --", '%n%s', 'e\u0301\u4e2d']
UNSAFE = re.compile('[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e'
                    '\u2060-\u206f\ufeff\U000e0000-\U000e0fff]')


def test_hostile_text_is_inert_in_every_form(ctl):
    for i, text in enumerate(EVIL):
        ctl.put('in/%02d.xml' % i, report(text, ident='%02d %s' % (i, text),
                                          email='x@evil.example'))
    assert ctl('import', 'in').startswith('17 files: 17 stored')
    ids = [ident for ident, in ctl.query('SELECT id FROM report')]
    commands = [(), ('reports',), ('status',)]
    commands += [('show', ident) for ident in some(ids, 3)]
    for args in commands:
        for form in 'table', 'csv', 'json':
            out = ctl('--format=' + form, *args)
            if form == 'csv':
                out = out.replace('\r\n', '\n')
            assert not UNSAFE.search(out), (form, args, out)
            shown = ctl.terminal('--format=' + form, *args,
                                 env={'NO_COLOR': '1'})
            if form == 'csv':
                shown = shown.replace('\r', '')
            assert not UNSAFE.search(shown), (form, args, shown)
    rows = ctl.csv('reports')
    assert len(rows) == len(EVIL)
    for row in rows:
        assert row['org_name'][0] not in '=+-@\t\r'
    stored = {name for name, in ctl.query('SELECT org_name FROM report')}
    assert {row['org_name'] for row in ctl.json('reports')} == stored
    assert len(ctl('reports').splitlines()) == len(EVIL) + 1


# --- exits ------------------------------------------------------------------

def test_an_empty_database_says_what_to_do(ctl):
    ctl.put('empty/x', b'nothing')
    ctl('import', 'empty')
    for args in (), ('reports',):
        out = ctl(*args)
        assert out.startswith('No reports in %s yet.\n' % ctl.database)
        assert 'ruad -1' in out and 'ruactl import' in out
        assert ctl.json(*args) == []
    assert ctl('--format=csv').count('\n') == 1


def test_no_database_is_exit_66(ctl):
    for command in 'summary', 'status', 'reports':
        ctl(command, code=66)
        assert 'there is no database' in ctl.error
        assert ctl.error.count('\n') == 1
    ctl('show', '1', code=66)


def test_the_database_is_d_then_environment(filled, tmp_path):
    other = str(tmp_path / 'other' / 'x.db')
    filled.put('o.xml', report(domain='other.example'))
    filled('import', '-d', other, 'o.xml')
    assert 'other.example' in filled('summary', env={'RUAD_DB': other})
    assert 'other.example' not in filled('-d', filled.database,
                                         env={'RUAD_DB': other})
    assert 'other.example' in filled('summary', '--database=' + other)


def test_options_may_stand_anywhere_and_be_long(filled):
    want = filled('--format=json', 'reports', '-n', '1', 'example.org')
    assert want == filled('reports', 'example.org', '--limit=1',
                          '--format', 'json')
    assert filled('import', 'in/1.xml', '--dry-run', '--quiet', '--verbose',
                  '-d', '/nonexistent/x').startswith('1 file: 1 readable')


@pytest.mark.parametrize('args, word', [
    (['sumary'], 'did you mean "summary"?'),
    (['faliures'], 'did you mean "failures"?'),
    (['example.org'], 'did you mean "summary example.org"?'),
    (['./mails'], 'did you mean "import ./mails"?'),
    (['frobnicate'], 'ruactl -h lists the commands'),
    (['-z'], "invalid option -- 'z'"),
    (['summary', '--zz'], "unrecognized option '--zz'"),
    (['summary', 'a', 'b'], 'usage: ruactl summary'),
    (['show'], 'usage: ruactl show'),
    (['show', 'x'], 'not "x"'),
    (['import'], 'usage: ruactl import'),
    (['reports', '--quiet'], "unrecognized option '--quiet'"),
    (['--format=xml'], 'unknown format "xml"'),
    (['reports', '-n', '0'], 'not "0"'),
    (['reports', '-n', 'many'], 'not "many"'),
])
def test_wrong_usage_is_exit_64_and_says_why(filled, args, word):
    assert filled(*args, code=64) == ''
    assert word in filled.error


def test_other_errors_have_the_exits_of_the_manual(filled):
    filled('show', '999', code=66)
    assert 'no report 999' in filled.error
    filled.put('text.db', b'not a database, but long enough to be looked at')
    filled('-d', 'text.db', code=78)
    with open('/dev/full', 'wb') as full:
        done = subprocess.run([filled.program, 'reports'], stdout=full,
                              stderr=subprocess.PIPE, env=filled.env,
                              check=False)
    assert done.returncode == 75
    assert b'No space left' in done.stderr


def test_help_and_version(ctl):
    usage = ctl('-h')
    assert usage == ctl('summary', '--help')
    for command in ('summary', 'status', 'check', 'metrics',
                    'reports', 'show', 'sender', 'export',
                    'import', 'backup', 'prune'):
        assert 'ruactl ' + command in usage
    assert max(map(len, usage.splitlines())) <= 80
    assert re.match(r'ruactl \d+\.\d+\.\d+\n', ctl('-V'))
