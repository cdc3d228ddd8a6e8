# SPDX-License-Identifier: BSD-2-Clause
"""What the database must hold, against what it holds.

Both sides become the same plain tuples: a report with its records, these in
any order.  Nothing of ruad's is used to read the database.
"""

import sqlite3
from collections import Counter, defaultdict

import gen

REPORT = ('filename org_name org_email extra_contact external_id begin_ts'
          ' end_ts day domain p sp np adkim aspf pct fo testing'
          ' discovery_method generator version reporter').split()


def connect(path):
    # Not mode=ro: without a writer nobody has made the -shm file yet.
    db = sqlite3.connect('file:%s?mode=rw' % path, uri=True)
    db.execute('PRAGMA query_only = 1')
    return db


def expected(reports):
    """Counter of plain reports; copies of a report count once."""
    return Counter(set(plain(r) for r in reports))


def plain(report):
    values = tuple(getattr(report, name) for name in REPORT)
    return values + (tuple(sorted(map(repr, report.records))),)


def actual(db):
    # Not the names of the columns only: a Record prints them as well.
    found = Counter()
    details = {}
    for table, columns in (('auth_dkim', 'domain, selector, result,'
                            ' human_result'),
                           ('auth_spf', 'domain, scope, result,'
                            ' human_result'),
                           ('override', 'type, comment')):
        rows = defaultdict(list)
        for row in db.execute('SELECT record_id, %s FROM %s'
                              ' ORDER BY record_id, seq' % (columns, table)):
            rows[row[0]].append(row[1:])
        details[table] = rows
    records = defaultdict(list)
    for row in db.execute(
            'SELECT r.id, report_id, s.ip, messages, disposition, dkim, spf,'
            ' cause, header_from, envelope_from, envelope_to FROM record r'
            ' LEFT JOIN source s ON s.id = source_id'):
        records[row[1]].append(repr(gen.Record(
            *row[2:], *(tuple(details[table][row[0]]) for table in
                        ('auth_dkim', 'auth_spf', 'override')))))
    for row in db.execute('SELECT id, %s FROM report' % ', '.join(REPORT)):
        found[row[1:] + (tuple(sorted(records[row[0]])),)] += 1
    return found


def differences(path, reports, limit=3):
    """Lines that say what is missing or too much; empty when all is right."""
    db = connect(path)
    try:
        have = actual(db)
    finally:
        db.close()
    want = expected(reports)
    lines = []
    for word, rest in (('missing', want - have), ('too much', have - want)):
        if rest:
            lines.append('%d reports %s' % (sum(rest.values()), word))
            lines += ['  %s: %s' % (word, str(r)[:2000])
                      for r in list(rest)[:limit]]
    return lines
