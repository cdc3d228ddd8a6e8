# SPDX-License-Identifier: BSD-2-Clause
"""ruactl alerts: a year day by day, hooks that fail, and state files that are
not what they should be."""

import fcntl
import json
import os
import signal
import subprocess
import time

import pytest

from alertworld import HOUR, Alerted, compile_world
from ctl import DAY, FAIL, PASS, report
from patience import PATIENCE, wait_until
from test_questions import tlsrpt
from test_ruactl import EVIL, UNSAFE


@pytest.fixture(scope='session')
def world_so(tmp_path_factory):
    return compile_world(tmp_path_factory.mktemp('world'))


@pytest.fixture
def own(build, tmp_path, world_so):
    return Alerted(build, tmp_path, world_so)


# --- a year -----------------------------------------------------------------

OWN, SECOND = '192.0.2.1', '192.0.2.2'
KEY = 's1._domainkey.example.org'
POLICIES = {0: 'none', 100: 'quarantine', 150: 'reject', 250: 'none',
            300: 'reject'}


def policy(p):
    return 'p=%s sp=%s adkim=r aspf=r pct=100' % (p, p)


# (day of the reports, or of what is done before the run; event, state,
# object).  What is of day 60 is seen on day 61 at 8:00.
YEAR = [
    # 14 days by 3 reporters, and then it lasts for 3 days.
    (16, 'verdict_changed', 'on', 'ready'),
    # The second server fails as all others on days 60 to 79.
    (60, 'failures_up', 'on', None),
    (62, 'stopped_passing', 'on', 'Own'),
    (63, 'verdict_changed', 'off', 'ready'),
    (63, 'verdict_changed', 'on', 'fix_senders'),
    (84, 'stopped_passing', 'off', 'Own'),
    (86, 'failures_up', 'off', None),
    (100, 'policy_changed', 'once', policy('quarantine')),
    # Day 79 is 30 days ago, for 3 days.
    (112, 'verdict_changed', 'off', 'fix_senders'),
    (112, 'verdict_changed', 'on', 'ready'),
    # Days 120 to 124, 6 a day.
    (121, 'new_source', 'on', '203.0.113.9'),
    (150, 'policy_changed', 'once', policy('reject')),
    (153, 'verdict_changed', 'off', 'ready'),
    (153, 'verdict_changed', 'on', 'protected'),
    (158, 'new_source', 'off', '203.0.113.9'),
    (170, 'unreadable_messages', 'on', None),
    (177, 'unreadable_messages', 'off', None),
    # Days 180 to 189; a week later they are forgotten, for 4 days.
    (180, 'tls_failing', 'on', 'sts'),
    (200, 'tls_failing', 'off', 'sts'),
    # Three does not report days 200 to 219.
    (203, 'silent_reporter', 'on', 'Three'),
    (220, 'silent_reporter', 'off', 'Three'),
    (230, 'mailbox_failing', 'on', 'rua'),
    (237, 'mailbox_failing', 'off', 'rua'),
    (250, 'policy_changed', 'once', policy('none')),
    (253, 'verdict_changed', 'off', 'protected'),
    (253, 'verdict_changed', 'on', 'ready'),
    (270, 'dns_broken', 'on', KEY),
    (277, 'dns_broken', 'off', KEY),
    (300, 'policy_changed', 'once', policy('reject')),
    (303, 'verdict_changed', 'off', 'ready'),
    (303, 'verdict_changed', 'on', 'protected'),
]


def rows_of(day):
    """Own servers, a new source, and forgers that nobody need care for."""
    rows = [(OWN, 200, PASS), (SECOND, 50, FAIL if 60 <= day < 80 else PASS)]
    if day % 2:
        rows.append(('198.18.%d.7' % (day % 200), 1 + day % 3, FAIL))
    if 120 <= day < 125:
        rows.append(('203.0.113.9', 2, FAIL))
    return rows


def reports_of(own, day):
    p = POLICIES[max(first for first in POLICIES if first <= day)]
    orgs = ['Big', 'Two'] + ['Three'] * (not 200 <= day < 220)
    documents = own.usual(day, rows_of(day), p, orgs)
    if day == 170:
        documents.append(b'<feedback><report_metadata>')
    failed = 10 if 180 <= day < 190 else 0
    documents.append(tlsrpt('Big', day, [
        ('example.org', 'sts', 100 - failed,
         [('certificate-expired', 'mx.example.org', failed)] * bool(failed))]))
    return documents


def see_dns(own, day):
    """What ruactl dns keeps when it looks each day."""
    for name, value in (
            ('_dmarc.example.org', '"v=DMARC1; p=none; '
             'rua=mailto:rua@example.org"'),
            ('example.org', '"v=spf1 ip4:192.0.2.0/24 -all"'),
            (KEY, None if 270 <= day < 276 else '"v=DKIM1; p=%s"' % GOOD_KEY)):
        status = 'ok' if value else 'no_name'
        if own.query("SELECT 1 FROM (SELECT status FROM dns_record WHERE name"
                     " = '%s' ORDER BY id DESC LIMIT 1) WHERE status = '%s'"
                     % (name, status)):
            own.change('UPDATE dns_record SET last_ts = ? WHERE id = (SELECT'
                       ' max(id) FROM dns_record WHERE name = ?)', own.now,
                       name)
        else:
            own.change('INSERT INTO dns_record (name, type, status, value,'
                       " first_ts, last_ts) VALUES (?, 'TXT', ?, ?, ?, ?)",
                       name, status, value, own.now, own.now)


# A public key, of 2048 bits, that nobody has the other half of.
GOOD_KEY = (
    'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAkEigVlR1j74rDbMN'
    'zDKxbkWNIO2f7/FrfFOWd569vaFe/7TqOLYgL/2YFe2ygeoR9BZ8/zOhs7ZI'
    'yEk2SJHdXpWKTOkjJRSsjcUrqoAKnpGuLfcvaDoxt/kNnJpnY8kkXZypU+NG'
    'jVu5RyZfnnEVPxN+UI5D0jyWOdZbBYVCUnSIAcRZyJZn1hK/zTX45odkiY92'
    'FWGfNmHiTrovrK063uUWEc7tp/5Abu77KChRmIrd+fgI+wGRKl7PPTEnSL8F'
    '2edtOMcukfNW6u1opVN73bN8FXddevva1s6wnXzpS1h5/mWR2a7pZ9GBYBQ5'
    'sbOmPqHEg+OAPLI3p0FeZYTCEwIDAQAB')


def poll(own, day):
    """The mailbox is polled at every hour, but not on days 230 to 235."""
    if not own.query('SELECT 1 FROM mailbox'):
        own.change('INSERT INTO mailbox (name, server, username, folder)'
                   " VALUES ('rua', 'h', 'rua@example.org', 'INBOX')")
    if not 230 <= day < 236:
        own.change('UPDATE mailbox SET last_ok_ts = ?', own.now)


def test_a_year_tells_each_event_once_when_it_begins_and_once_when_it_ends(
        own):
    told = []
    keys = {}
    for day in range(365):
        own.at(day + 1, 6)
        # The unreadable one is what ruactl exits with 65 for.
        paths = [own.put('in/%d-%d' % (day, i), data)
                 for i, data in enumerate(reports_of(own, day))]
        own('import', *paths, code=65 if day == 170 else 0)
        if day == 0:
            own('sender', 'add', 'Own', 'own', '192.0.2.0/24')
        for hour in (8, 20) if day % 30 == 0 else (8,):
            # A minute later each day: a day has passed, however busy it is.
            own.at(day + 1, hour, day)
            poll(own, day)
            see_dns(own, day)
            for a in own.alerts():
                told.append((day, a['event'], a['state'], a['object']))
                assert a['time'].startswith(
                    time.strftime('%Y-%m-%dT', time.gmtime(own.now)))
                keys.setdefault(a['key'], []).append((a['state'], a['since']))
    assert told == YEAR
    # An event that ends has the key and the time of the one that began.
    for states in keys.values():
        for on, off in zip(states[::2], states[1::2]):
            assert on[0] == off[0] == 'once' or (on[0], off[0]) == (
                'on', 'off') and on[1] == off[1]
