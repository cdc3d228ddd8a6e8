#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A year of reports (see year.py) as a feed, and in each engine that is
installed: how long it takes, how large it is, and how fast it answers, beside
SQLite.

    feed.py [--database FILE]

A database that is named is copied first.  Seconds are of the clock and of CPU
(of the consumer and of the engine together).  Answers are milliseconds of the
clock, the best of some, and what each took of CPU in the engine on average: the
clock is for a machine that does nothing else.  Exits 1 if the feed needs more
than a second of CPU for 50,000 records.
"""

import argparse
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, HERE + '/../engine', HERE + '/../system']
sys.dont_write_bytecode = True

import chfeed                           # noqa: E402
import chserver                         # noqa: E402
import pgserver                         # noqa: E402
import year                             # noqa: E402
from pgfeed import Feed                 # noqa: E402

DAY = 86400
RUNS = int(os.environ.get('BENCH_RUNS', 5))
LEAST = 50000                   # records in a second of CPU
TICKS = os.sysconf('SC_CLK_TCK')


def used():
    """Seconds of CPU of processes that were waited for."""
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def used_by(pid):
    """Those of a running process, its children and those that ended."""
    def one(pid):
        with open('/proc/%d/stat' % pid, encoding='utf-8') as f:
            fields = f.read().rpartition(')')[2].split()
        return sum(map(int, fields[11:15])) / TICKS
    with open('/proc/%d/task/%d/children' % (pid, pid),
              encoding='ascii') as f:
        return one(pid) + sum(map(one, map(int, f.read().split())))


def ask_all(engine, asked):
    """[(the best by the clock, CPU)], in ms, of each question."""
    answers = []
    for _, view, where in asked:
        times, cpu = [], engine.used()
        while len(times) < RUNS and sum(times) < 20000:
            start = time.monotonic()
            engine.ask(view, where)
            times.append((time.monotonic() - start) * 1000)
        answers.append((min(times),
                        (engine.used() - cpu) * 1000 / len(times)))
    return answers


def questions(last):
    """[(what, view, where)], of standard SQL."""
    month = 'day BETWEEN %d AND %d' % (last - 29 * DAY, last)
    return [('v_daily, 1 domain, 30 days', 'v_daily',
             "domain = '%s' AND %s" % (year.DOMAINS[0], month)),
            ('v_daily, all', 'v_daily', '1 = 1'),
            ('v_source, all', 'v_source', '1 = 1'),
            ('v_readiness, all', 'v_readiness', '1 = 1')]


class SQLite:
    name = 'SQLite'

    def __init__(self, path):
        self.path = path
        self.db = sqlite3.connect('file:%s?mode=ro' % path, uri=True)

    @staticmethod
    def used():
        return time.process_time()

    def size(self):
        return os.path.getsize(self.path)

    def ask(self, view, where):
        for _ in self.db.execute('SELECT * FROM %s WHERE %s' % (view, where)):
            pass


class PostgreSQL:
    name = 'PostgreSQL'

    def __init__(self, build):
        self.server = pgserver.Postgres()
        self.server.__enter__()
        self.feed = Feed(build, self.server)
        self.feed.patience = None
        self.feed('--create')

    @staticmethod
    def missing():
        return not pgserver.programs()

    def load(self, path):
        self.feed(*self.feed.args('bench', path))

    def used(self):
        return used_by(self.server.process.pid)

    def ready(self):
        self.server.psql('VACUUM ANALYZE')

    def size(self):
        return int(self.server.psql(
            'SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c'
            ' JOIN pg_namespace n ON n.oid = relnamespace'
            " WHERE nspname = 'ruad' AND relkind = 'r'"))

    def ask(self, view, where):
        self.server.psql('SELECT * FROM ruad.%s WHERE %s' % (view, where))

    def close(self):
        self.server.stop()


class ClickHouse:
    """One server."""

    name = 'ClickHouse'

    def __init__(self, build):
        self.engine = chserver.One()
        self.engine.__enter__()
        self.feed = chfeed.Feed(build, self.engine)
        self.feed.patience = None
        self.feed.create()

    @staticmethod
    def missing():
        return chserver.missing()

    def load(self, path):
        self.feed(*self.feed.args('bench', path))

    def used(self):
        return used_by(self.engine.first.process.pid)

    def ready(self):
        """It merges by itself, sooner or later."""
        for table in ('record_row', 'report_row', 'seen_row'):
            self.engine.first.query('OPTIMIZE TABLE ruad.%s FINAL' % table)

    def size(self):
        return int(self.engine.first.query(
            "SELECT sum(bytes_on_disk) FROM system.parts"
            " WHERE database = 'ruad' AND active")[0][0])

    def ask(self, view, where):
        """As ruad-feed(8) tells readers to."""
        self.engine.first.ask(
            'SELECT * FROM ruad.%s WHERE %s' % (view, where),
            enable_optimize_predicate_expression=1)

    def close(self):
        self.engine.__exit__()


ENGINES = [PostgreSQL, ClickHouse]


def feed(build, path, *more):
    """Seconds of the clock and of CPU for all of it, into a pipe."""
    start, cpu = time.monotonic(), used()
    with subprocess.Popen(
            [build + '/ruactl', '-d', path, 'feed', *more],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        size = 0
        while data := process.stdout.read(1 << 20):
            size += len(data)
    assert process.returncode == 0
    return time.monotonic() - start, used() - cpu, size


def show_feed(build, path, records):
    bad = 0
    for more in ((), ('--flat',)):
        seconds, cpu, size = feed(build, path, *more)
        rate = records / cpu
        print('%-28s %7.1f s, %6.1f s of CPU (%.0f records/s), %.0f MB%s' % (
            'ruactl feed ' + ' '.join(more), seconds, cpu, rate, size / 1e6,
            '' if rate >= LEAST else '  too slow'), flush=True)
        bad += rate < LEAST
    return bad


def show_engine(engine, path, asked):
    engines_cpu, start, cpu = engine.used(), time.monotonic(), used()
    engine.load(path)
    print('%-28s %7.1f s, %6.1f s of CPU' % (
        'into ' + engine.name, time.monotonic() - start,
        used() - cpu + engine.used() - engines_cpu), flush=True)
    engine.ready()
    return engine.size() / 1e6, ask_all(engine, asked)


def database(build, directory, named):
    """A copy of a year's, of the newest schema."""
    path = directory + '/ruad.db'
    shutil.copy(named or year.database(build)[0], path)
    subprocess.run([build + '/ruactl', '-d', path, 'import', '-q', directory],
                   check=False, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return path


def measure(build, directory, named):
    path = database(build, directory, named)
    sqlite = SQLite(path)
    records, last = sqlite.db.execute(
        'SELECT (SELECT count(*) FROM record), max(day) FROM report').fetchone()
    print('%d records, %d reports' % (records, sqlite.db.execute(
        'SELECT count(*) FROM report').fetchone()[0]))
    bad = show_feed(build, path, records)
    asked = questions(last)
    columns = [('SQLite', (sqlite.size() / 1e6, ask_all(sqlite, asked)))]
    for kind in ENGINES:
        if kind.missing():
            print('%s is not installed: make deps-engines' % kind.name)
            continue
        engine = kind(build)
        try:
            columns.append((kind.name, show_engine(engine, path, asked)))
        finally:
            engine.close()
    print('\n%-28s' % '' + ''.join('%16s' % name for name, _ in columns))
    print('%-28s' % 'MB' + ''.join('%16.0f' % size
                                   for _, (size, _) in columns))
    print('%-28s' % 'ms' + '%9s%7s' % ('clock', 'CPU') * len(columns))
    for i, (what, _, _) in enumerate(asked):
        print('%-28s' % what + ''.join('%9.0f%7.0f' % answers[i]
                                       for _, (_, answers) in columns))
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--database')
    build = os.path.abspath(os.environ.get('RUAD_BUILD', 'build/release'))
    with tempfile.TemporaryDirectory(prefix='ruad-bench-') as directory:
        return measure(build, directory, parser.parse_args().database)


if __name__ == '__main__':
    sys.exit(main())
