#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How long the answers take: every command of ruactl that asks, and every
view, on a year of reports (see year.py), warm.

    queries.py [--scale 1] [--scale 10] ...

A scale of 1 is about 1 million records.  "one" is one domain and 30 days,
"all" is all domains.  Views without a day are asked for all of their days
(marked *): for one domain they have no limit.  Figures are milliseconds of
CPU, the best of some runs: others may use the machine.  Exits 1 when one is over its limit: one 50 ms and all 2 s for a
million records, 200 ms and 5 s for ten, the page 3 s.
"""

import argparse
import itertools
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE]
sys.dont_write_bytecode = True

import year                             # noqa: E402

DAY = 86400
RUNS = int(os.environ.get('BENCH_RUNS', 5))
LIMITS = {1: (50, 2000), 10: (200, 5000)}
PAGE_LIMIT = 3000
# Each with the arguments for one domain, and for all; None: there is no such.
COMMANDS = [
    ('summary', ['D'], []),
    ('sources', ['D'], None),
    ('sources --unknown', ['D'], None),
    ('sources --failing', ['D'], None),
    ('sources --new', ['D'], None),
    ('failures', ['D'], None),
    ('failures --reporter=Yahoo', ['D'], None),
    ('why', ['D', 'IP'], None),
    ('why', ['D'], None),
    ('why --format=json', ['D'], None),
    ('ready', ['D'], []),
    ('reports', ['D'], []),
    ('tls', ['D'], []),
    ('reporters', None, []),
    ('digest', None, []),
    ('status', None, []),
    ('check', None, []),
    ('metrics', None, []),
    ('report', ['D'], []),
    ('query networks', ['D'], None),
    ('sender', None, []),
    ('sender suggest', ['D'], []),
    ('sender add -n X service d=news.example', None, []),
    ('', None, ['IP']),
]


def used():
    """Seconds of CPU, of this process and of those that it waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (
        resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def best_ms(ask):
    """Fewer runs of what takes long."""
    times = []
    while len(times) < RUNS and sum(times) < 20000:
        start = used()
        ask()
        times.append((used() - start) * 1000)
    return min(times)


class Asked:
    def __init__(self, build, path):
        self.ruactl, self.path = build + '/ruactl', path
        self.db = sqlite3.connect('file:%s?mode=ro' % path, uri=True)
        # What was dropped in the meantime is renewed by who may write.
        with tempfile.TemporaryDirectory() as empty:
            subprocess.run([self.ruactl, '-d', path, 'import', '-q', empty],
                           check=False, stdout=subprocess.DEVNULL)
        self.domain, self.last = year.DOMAINS[0], self.db.execute(
            'SELECT max(day) FROM report').fetchone()[0]
        self.ip = self.db.execute(
            'SELECT ip FROM v_source_daily WHERE domain = ? AND day = ?'
            ' ORDER BY fail DESC LIMIT 1',
            [self.domain, self.last]).fetchone()[0]

    def command(self, name, args):
        args = [{'D': self.domain, 'IP': self.ip}.get(a, a) for a in args]
        line = [self.ruactl, '-d', self.path, *name.split(), *args]
        if name == 'report':
            line += ['-o', '-']
        if not name.startswith(('status', 'check', 'metrics', 'sender')):
            until = time.strftime('%Y-%m-%d', time.gmtime(self.last))
            since = time.strftime('%Y-%m-%d',
                                  time.gmtime(self.last - 29 * DAY))
            line += ['--since=' + since, '--until=' + until]

        def ask():
            done = subprocess.run(line, capture_output=True, check=False,
                                  stdin=subprocess.DEVNULL)
            if done.returncode not in {'check': range(4), 'digest': (0, 1)}.get(
                    name, (0,)):
                raise SystemExit('%s: %s' % (
                    ' '.join(line), done.stderr.decode()))
        return best_ms(ask)

    def view(self, name, columns, one):
        where, values = [], []
        if one and 'domain' in columns:
            where, values = ['domain = ?'], [self.domain]
        if one and 'day' in columns:
            where.append('day BETWEEN ? AND ?')
            values += [self.last - 29 * DAY, self.last]
        elif not one and 'day' in columns:
            where.append('day BETWEEN ? AND ?')
            values += [self.last - 29 * DAY, self.last]
        if one and not where:
            return None
        sql = 'SELECT * FROM %s' % name
        if where:
            sql += ' WHERE ' + ' AND '.join(where)

        def ask():
            for _ in self.db.execute(sql, values):
                pass
        return best_ms(ask)

    def views(self):
        for (name,) in self.db.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'view' AND name"
                " LIKE 'v\\_%' ESCAPE '\\' ORDER BY name").fetchall():
            columns = [row[1] for row in self.db.execute(
                'PRAGMA table_info(%s)' % name)]
            yield (name + ('' if 'day' in columns else ' *'),
                   self.view(name, columns, True),
                   self.view(name, columns, False))


def measure(build, scale):
    """Print the table; how many were too slow."""
    path, made = year.database(build, scale=scale)
    asked = Asked(build, path)
    one_limit, all_limit = LIMITS.get(scale, LIMITS[10])
    bad = 0
    print('\n%d records, %d messages they stand for, %.0f MB; limits %d and %d ms'
          '\n\n%-38s %8s %8s' % (
              made['records'], made['messages'],
              os.path.getsize(path) / 1e6, one_limit, all_limit,
              '', 'one', 'all'))
    rows = ((name, one and asked.command(name, one),
             None if every is None else asked.command(name, every))
            for name, one, every in COMMANDS)
    for name, one, every in itertools.chain(rows, asked.views()):
        over = [limit for ms, limit in (
            (None if name.endswith('*') else one,
             PAGE_LIMIT if name == 'report' else one_limit),
            (every, PAGE_LIMIT if name == 'report' else all_limit))
            if ms is not None and ms > limit]
        bad += bool(over)
        print('%-38s %8s %8s%s' % (name or 'IP', *(
            '' if ms is None else '%.1f' % ms for ms in (one, every)),
            '  too slow' if over else ''), flush=True)
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--scale', type=int, action='append')
    scales = parser.parse_args().scale or [1]
    build = os.path.abspath(os.environ.get('RUAD_BUILD', 'build/release'))
    bad = sum(measure(build, scale) for scale in scales)
    print('\n%d too slow' % bad)
    return int(bad > 0)


if __name__ == '__main__':
    sys.exit(main())
