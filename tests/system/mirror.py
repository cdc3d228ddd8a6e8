# SPDX-License-Identifier: BSD-2-Clause
"""What somebody has who applies the lines of ruactl feed, and small reports."""

import json
import os
import re
import shutil
import sqlite3

from ctl import PASS, report

GOLDEN = os.path.join(os.path.dirname(__file__), '../golden')
HEAD = re.compile(
    r'\{"op":"(put|del)","kind":"(report|failure|tls|source|record|tls_policy|'
    r'tls_failure)","key":"([0-9a-f]{64}|[0-9a-f.:]+)","epoch":"[0-9a-f]{16}",'
    r'"seq":\d+,"cursor":"([0-9a-f]{16}(?:\.\d+){2,3})","collector":"mx1"')


def feed(ctl, *args, code=0):
    text = ctl('feed', '--collector=mx1', *args, code=code)
    lines = []
    for line in text.splitlines():
        assert HEAD.match(line), line[:300]
        assert len(line) < 1100000
        lines.append(json.loads(line))
    return lines


class Mirror:
    """What somebody has who applies each line, in order."""

    def __init__(self):
        self.rows = {'report': {}, 'failure': {}, 'tls': {}, 'source': {}}
        self.cursor = '0'
        self.open = None

    def apply(self, lines):
        for line in lines:
            rows = self.rows[line['kind']]
            key = line['key']
            if line['op'] == 'del':
                rows.pop(key, None)
            else:
                self.put(rows, key, line)
            self.cursor = line['cursor']
        assert self.open is None

    def put(self, rows, key, line):
        whole = {name: line[name] for name in
                 ('report', 'failure', 'source') if name in line}
        items = {'report': 'records', 'tls': 'policies'}.get(line['kind'])
        if items is None:
            rows[key] = whole
            return
        if line['part'] == 1:
            self.open = dict(whole, **{items: []})
        assert self.open is not None
        for item in line[items]:
            last = self.open[items][-1:]
            if last and last[0]['n'] == item['n']:
                last[0]['failures'] += item['failures']
            else:
                self.open[items].append(item)
        if line['last']:
            rows[key] = self.open
            self.open = None

    def follow(self, ctl, *args):
        self.apply(feed(ctl, '--after=' + self.cursor, *args))
        return self


def export(ctl, what):
    text = ctl('export', what, '--format=jsonl')
    return [json.loads(line) for line in text.splitlines()]


def same(ctl, mirror):
    """The mirror has what export prints, which other tests hold to truth."""
    reports = export(ctl, 'reports')
    assert sorted(mirror.rows['report']) == sorted(
        row['content_sha256'] for row in reports)
    keys = {}
    for row in reports:
        keys[row['id']] = row['content_sha256']
        mine = mirror.rows['report'][row['content_sha256']]['report']
        for column, value in row.items():
            if column not in ('id', 'message_id'):
                assert mine[column] == value, column
    records = {}
    for row in export(ctl, 'records'):
        records.setdefault(keys[row['report_id']], []).append(row)
    for key, mine in mirror.rows['report'].items():
        assert [one['n'] for one in mine['records']] == list(
            range(1, len(mine['records']) + 1))
        if not mine['report']['counted']:
            assert key not in records
            continue
        theirs = records.pop(key, [])
        assert len(mine['records']) == len(theirs)
        for one, row in zip(mine['records'], theirs):
            # What is known of the source may be newer than the line.
            source = mirror.rows['source'].get(one['ip'], {'source': one})
            one = dict(one, **source['source'])
            for column, value in row.items():
                if column in one and column not in ('override', 'class'):
                    assert one[column] == value, column
            assert [(o['type'], o['comment']) for o in one['override']] == [
                (o['type'], o['comment']) for o in row['override']]
    assert not records
    failures = {row['content_sha256']: row for row in export(ctl, 'failures')}
    assert sorted(failures) == sorted(mirror.rows['failure'])
    for key, row in failures.items():
        for column, value in mirror.rows['failure'][key]['failure'].items():
            if column in row:
                assert row[column] == value
    policies = {}
    for row in export(ctl, 'tls'):
        policies.setdefault(row['content_sha256'], []).append(row)
    assert sorted(mirror.rows['tls']) == sorted(policies)
    for key, rows in policies.items():
        mine = mirror.rows['tls'][key]['policies']
        assert [(p['domain'], p['ok'], p['failed'], p['policy']) for p in mine
                ] == [(row['domain'], row['ok'], row['failed'], row['policy'])
                      for row in rows]
        assert [[dict(f, m=None) for f in p['failures']] for p in mine] == [
            [dict(f, m=None) for f in row['tls_failure']] for row in rows]


def add(ctl, name, data, code=0):
    ctl.put(name, data)
    ctl('import', '-q', name, code=code)


def change(ctl, sql):
    db = sqlite3.connect(ctl.database)
    with db:
        db.execute('PRAGMA foreign_keys = ON')
        db.executescript(sql)
    db.close()


def rows(count, first=1):
    return [('192.0.2.%d' % i, i, PASS) for i in range(first, first + count)]


WHOLE = report(ident='r1', rows=rows(6))
CUT = WHOLE[:WHOLE.index(b'<source_ip>192.0.2.4')]
OTHER = report(ident='r2', day=1, rows=rows(3, 4))


def import_golden(ctl):
    os.mkdir(ctl.directory / 'in')
    for name in os.listdir(GOLDEN):
        path = os.path.join(GOLDEN, name)
        if not name.endswith(('.jsonl', '.py')) and os.path.isfile(path):
            shutil.copy(path, ctl.directory / 'in')
    ctl('import', '-q', 'in', code=65)
    ctl('sender', 'add', 'known', 'own', '192.0.2.0/24')
