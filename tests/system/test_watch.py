# SPDX-License-Identifier: BSD-2-Clause
"""What watches ruad: ruactl check."""

import re
import sqlite3
import time

import pytest

from ctl import Ctl, report

DAY = 86400
TODAY = int(time.time()) // DAY * DAY


@pytest.fixture
def ctl(build, tmp_path):
    """A database with reports on no day, and no mailbox."""
    made = Ctl(build, tmp_path)
    made.put('old.xml', report(day=-300))
    made('import', 'old.xml')
    return made


def change(ctl, sql, *values):
    db = sqlite3.connect(ctl.database)
    with db:
        db.execute(sql, values)
    db.close()


def add_mailbox(ctl, name, age, active=1, error=None):
    change(ctl, 'INSERT INTO mailbox (name, server, username, folder, active,'
           ' last_ok_ts, last_error) VALUES (?, ?, ?, ?, ?, ?, ?)', name,
           'imap.example.org', 'rua', 'INBOX', active,
           None if age is None else int(time.time()) - age, error)


def add_reports(ctl, org, last, days=14, gap=None):
    """One on each day; the last so many days before today."""
    for i in range(days):
        if i != gap:
            change(ctl, 'INSERT INTO report (org_name, external_id, begin_ts,'
                   ' end_ts, day, domain, reporter, content_sha256,'
                   " imported_ts) VALUES (?1, ?2, ?3, ?3 + 86399, ?3,"
                   " 'example.org', ?1, randomblob(32), ?3)", org, str(i),
                   TODAY - (last + i) * DAY)


def perf(line):
    """The performance data, as a monitoring system takes it apart."""
    text = line.rstrip('\n').partition('|')[2].strip()
    found = re.findall(r"'([^'=]+)'=(U|\d+)s?;(\d*);(\d*);0(?: |$)", text)
    assert ' '.join(re.findall(r"'[^']+'=\S+", text)) == text
    assert len(found) == text.count('=')
    return {label: value for label, value, _, _ in found}


def test_well(ctl):
    add_mailbox(ctl, 'main', 300)
    add_reports(ctl, 'Big Mail', 1)
    line = ctl('check')
    assert re.fullmatch(r"RUAD OK: 1 mailbox, last good poll 5 min ago \| "
                        r"'good_poll_main'=30\ds;;7200;0 'failed'=0;0;;0 "
                        r"'silent_reporters'=0;0;;0\n", line), line
    add_mailbox(ctl, 'other', 90)
    assert ctl('check').startswith(
        'RUAD OK: 2 mailboxes, last good poll 5 min ago or less |')


@pytest.mark.parametrize('age, option, code', [
    (7100, [], 0), (7300, [], 2), (7300, ['--poll=3h'], 0),
    (120, ['--poll=1m'], 2), (None, [], 2), (-7300, [], 2), (-60, [], 0)])
def test_a_mailbox_without_a_good_poll_is_critical(ctl, age, option, code):
    add_mailbox(ctl, 'well', 0)
    add_mailbox(ctl, 'main', age, error='login failed | badly')
    line = ctl('check', *option, code=code)
    assert line.startswith('RUAD CRITICAL: main: ' if code else 'RUAD OK: ')
    if code:
        assert '(login failed / badly) | ' in line
    assert line.count('\n') == 1 and line.count('|') == 1
    assert set(perf(line)) == {'good_poll_main', 'good_poll_well', 'failed',
                               'silent_reporters'}


def test_a_mailbox_that_is_not_active_is_not_watched(ctl):
    add_mailbox(ctl, 'main', 60)
    add_mailbox(ctl, 'gone', 10**6, active=0)
    assert 'gone' not in ctl('check')


def test_mails_that_failed_lately_are_a_warning(ctl):
    add_mailbox(ctl, 'main', 60)
    ctl.put('bad.xml', b'<feedback><report_metadata>')
    ctl('import', 'bad.xml', code=65)
    line = ctl('check', code=1)
    assert line.startswith('RUAD WARNING: 1 mail could not be read in 24 h: '
                           'ruactl status | ')
    assert perf(line)['failed'] == '1'
    change(ctl, "UPDATE message SET fetched_ts = unixepoch() - 86460")
    assert perf(ctl('check'))['failed'] == '0'


@pytest.mark.parametrize('last, days, gap, silent', [
    (4, 14, None, None), (5, 14, None, 3), (32, 14, None, 30),
    (33, 14, None, None), (5, 13, None, None), (5, 14, 6, None),
    (5, 15, 14, 3), (-3, 14, None, None)])
def test_a_daily_reporter_that_stopped_is_a_warning(ctl, last, days, gap,
                                                    silent):
    add_mailbox(ctl, 'main', 60)
    add_reports(ctl, 'Big | Mail', last, days, gap)
    line = ctl('check', code=0 if silent is None else 1)
    if silent is not None:
        assert line.startswith('RUAD WARNING: Big / Mail silent for %d days |'
                               % silent)
    assert perf(line)['silent_reporters'] == str(int(silent is not None))


def test_many_silent_reporters_stay_one_line(ctl):
    add_mailbox(ctl, 'main', 10**5)
    for i in range(5):
        add_reports(ctl, 'Org %d' % i, 6)
    line = ctl('check', code=2)
    assert ('RUAD CRITICAL: main: no good poll for 27 h; Org 0 silent for 4 '
            'days; Org 1 silent for 4 days; Org 2 silent for 4 days; 2 more '
            'reporters silent | ') in line
    assert perf(line)['silent_reporters'] == '5'


def test_what_cannot_be_checked_is_unknown(ctl):
    assert ctl('check', code=3) == (
        'RUAD UNKNOWN: no mailbox was polled yet: see ruad.conf(5)\n')
    assert ctl('-d', 'none.db', 'check', code=3).startswith(
        'RUAD UNKNOWN: there is no database at ')
    ctl('check', '--poll=soon', code=64)
    assert '--poll takes a time such as' in ctl.error
    ctl('check', '--poll=0', code=64)


def test_a_hostile_name_forges_nothing(ctl):
    add_mailbox(ctl, "a'b|c=d\n\033[31m", 10**6)
    line = ctl('check', code=2)
    assert line.count('\n') == 1 and '\033' not in line
    assert line.count('|') == 1
    assert perf(line)['good_poll_a_b_c_d__[31m']
