# SPDX-License-Identifier: BSD-2-Clause
"""What ruactl answers, against the same computed here from its records."""

import datetime
import time

import pytest

from ctl import DAY, FAIL, PASS, Ctl, report

DKIM, SPF = ('pass', 'fail'), ('fail', 'pass')
TODAY = int(time.time()) // 86400 - DAY // 86400    # in days after DAY


def date(day):
    return str(datetime.date(2025, 3, 7) + datetime.timedelta(day))


# (reporter, domain, day after DAY, [(address, messages, results)])
REPORTS = [
    ('Big Mail', 'example.org', day, [
        ('192.0.2.1', 100 + day, PASS),
        ('192.0.2.2', 10, DKIM),
        ('2001:db8::25', 3, FAIL)] + ([('203.0.113.9', 7, FAIL)]
                                      if day > 34 else []))
    for day in range(40)] + [
    ('Little Mail', 'example.org', day, [('192.0.2.1', 5, SPF),
                                         ('2001:db8::25', 2, FAIL)])
    for day in range(20, 40, 2)] + [
    ('Third Mail', 'example.com', 12, [('192.0.2.1', 1, PASS),
                                       ('198.51.100.4', 50, FAIL)]),
    ('Third Mail', 'example.com', TODAY - 1, [('192.0.2.1', 4, PASS)]),
    ('Third Mail', 'example.com', TODAY - 2, [('192.0.2.1', 8, PASS)]),
    ('Liar', 'example.org', 40000, [('192.0.2.66', 1000, FAIL)]),
]


class Row:
    """One record with what its report says."""

    def __init__(self, org, domain, day, ip, messages, results):
        self.org, self.domain, self.day, self.ip = org, domain, day, ip
        self.messages, self.results = messages, results
        self.passed = 'pass' in results


ROWS = [Row(org, domain, day, *record)
        for org, domain, day, records in REPORTS for record in records]


def rows(domain=None, first=-100000, last=TODAY):
    return [row for row in ROWS if first <= row.day <= last and
            domain in (None, row.domain)]


def messages(those):
    return sum(row.messages for row in those)


@pytest.fixture(scope='module')
def asked(build, tmp_path_factory):
    ctl = Ctl(build, tmp_path_factory.mktemp('asked'))
    for i, (org, domain, day, records) in enumerate(REPORTS):
        ctl.put('in/%d.xml' % i, report(org, domain, 'r%d' % i, day, records))
    ctl('import', 'in')
    return ctl


# --- days -------------------------------------------------------------------

PERIODS = [
    (['--since=' + date(5), '--until=' + date(14)], 5, 14,
     '%s to %s' % (date(5), date(14))),
    (['--since=7d', '--until=' + date(14)], 8, 14, '7 days to ' + date(14)),
    (['--until=' + date(14)], -15, 14, '30 days to ' + date(14)),
    (['--day=' + date(12)], 12, 12, date(12)),
    (['--since=' + date(30)], 30, TODAY,
     '%s to %s' % (date(30), date(TODAY))),
    (['--since=5d'], TODAY - 4, TODAY, '5 days to ' + date(TODAY)),
    (['--since=1d'], TODAY, TODAY, date(TODAY)),
    (['--day=yesterday'], TODAY - 1, TODAY - 1, date(TODAY - 1)),
]


@pytest.mark.parametrize('options, first, last, text', PERIODS)
def test_a_period_has_both_its_ends_and_nothing_else(
        asked, options, first, last, text):
    want = {}
    for row in rows(first=first, last=last):
        want.setdefault(row.domain, []).append(row)
    got = {row['domain']: row['messages']
           for row in asked.json('summary', *options)}
    assert got == {domain: messages(those) for domain, those in want.items()}
    assert {row['external_id'] for row in
            asked.json('reports', '-n', 999, *options)} == {
        'r%d' % i for i, one in enumerate(REPORTS) if first <= one[2] <= last}
    assert asked(*options).startswith('DMARC, %s\n' % text)


def test_without_a_period_a_domain_ends_with_its_newest_report(asked):
    out = asked('summary', 'example.org')
    assert out.startswith('DMARC, 30 days to %s\n' % date(39))
    assert asked.json('summary', 'example.org')[0]['messages'] == messages(
        rows('example.org', 10, 39))


def test_an_empty_period_says_where_the_reports_are(asked):
    out = asked('summary', 'example.org', '--day=' + date(41))
    assert 'No reports about example.org in these days.\n' in out
    assert 'There are some from %s to ' % date(0) in out
    assert max(map(len, out.splitlines())) <= 80
    assert 'No reports about nix.example.\n' in asked(
        'summary', 'nix.example', '--day=' + date(1))


@pytest.mark.parametrize('args, word', [
    (['--since=30'], 'not "30"'),
    (['--since=0d'], 'not "0d"'),
    (['--since=2025-02-30'], 'not "2025-02-30"'),
    (['--until=7d'], 'not "7d"'),
    (['--until=2025-03-07T10:00'], 'not "2025-03-07T10:00"'),
    (['--day=today'], 'not "today"'),
    (['--day=yesterday', '--since=7d'], '--day does not go with'),
    (['--since=2025-03-08', '--until=2025-03-07'], 'later than --until'),
    (['--since=9999-01-01'], 'later than today'),
    (['show', '1', '--day=yesterday'], 'unrecognized option'),
    (['--since=7d', 'status'], 'status takes no --since'),
])
def test_a_period_that_cannot_be_is_wrong_usage(asked, args, word):
    assert asked(*args, code=64) == ''
    assert word in asked.error
