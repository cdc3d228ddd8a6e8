# SPDX-License-Identifier: BSD-2-Clause
"""A database whose every record is known: reports of gen.py, imported."""

import datetime
from collections import Counter, namedtuple

import gen
from ctl import DAY, Ctl

DOMAINS = 'example.org', 'shop.example', 'club.example'
FIRST, DAYS = DAY, 45
LAST = FIRST + (DAYS - 1) * 86400

# One record with its report.
Row = namedtuple('Row', 'report record')


def date(seconds):
    return datetime.datetime.fromtimestamp(
        seconds, datetime.timezone.utc).strftime('%Y-%m-%d')


class Truth:
    def __init__(self, build, directory, count=200):
        self.ctl = Ctl(build, directory)
        self.reports = []
        for i in range(count):
            mail = gen.mail('truth', i, domain=DOMAINS[i % len(DOMAINS)],
                            day=FIRST + i * 7 % DAYS * 86400)
            self.ctl.put('in/%d.eml' % i, mail.data)
            self.reports.append(mail.report)
        self.ctl('import', 'in')
        self.rows = [Row(report, record) for report in self.reports
                     for record in report.records]

    def find(self, domain=None, first=FIRST, last=LAST):
        return [row for row in self.rows if domain in (None, row.report.domain)
                and first <= row.report.day <= last]


def messages(rows):
    return sum(row.record.messages for row in rows)


def passes(row):
    return 'pass' in (row.record.dkim, row.record.spf)


def total(rows, key):
    """{key: messages}"""
    sums = Counter()
    for row in rows:
        sums[key(row)] += row.record.messages
    return sums


def group(rows, key):
    groups = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def failing(rows):
    return [row for row in rows if not passes(row)]
