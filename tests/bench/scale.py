#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What becomes slow, and from where on, when a database grows.

    scale.py [1 10 100 ...]

Databases of about so many million records: years of 20 domains (see year.py),
and from 20 on that of 10 million, as often as needed: 100 is 200 domains.  Each
copy has its own domains and, but for the senders that somebody named, its own
addresses; rows are in the order in which they would have come, day by day.
Figures are CPU of all processes, since others may use the machine; of what
asks, the best of some runs.  Needs 13 GB for 100.
"""

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), 'system')]
sys.dont_write_bytecode = True

import bench                            # noqa: E402
import growth                           # noqa: E402
import queries                          # noqa: E402
import rig as rigs                      # noqa: E402
import year                             # noqa: E402
from dovecot import Dovecot             # noqa: E402

BUILD = os.path.abspath(os.environ.get('RUAD_BUILD', 'build/release'))
WORK = os.path.abspath('build/scale')
CHANGES = 5000                  # of the feed, at its beginning and its end

SLICE = 300                     # reports that came together: about a day


def spread(column, times, k):
    """Ids of the k-th copy, so that all copies of a slice come together."""
    return '(({0} - 1) / {1}) * {2} + {3} + ({0} - 1) % {1} + 1'.format(
        column, SLICE, SLICE * times, SLICE * k)


class Grown:
    """Tables of one database, copied into another several times."""

    def __init__(self, source, path, times):
        self.times = times
        db = sqlite3.connect(path, isolation_level=None)
        db.execute('ATTACH ? AS old', [source])
        db.executescript('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;'
                         'PRAGMA cache_size = -400000')
        db.create_function('key_of', 1, growth.key_of, deterministic=True)
        self.db, self.k = db, 0
        self.max = {name: db.execute('SELECT coalesce(max(id), 0) FROM old.'
                                     + name).fetchone()[0]
                    for name in ('source', 'profile', 'dkim_list')}

    def make(self, kinds):
        """What is not here yet of the old one's tables, indexes ..."""
        for (sql,) in self.db.execute(
                'SELECT sql FROM old.sqlite_schema WHERE type IN (%s)'
                " AND sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%%'"
                " ESCAPE '\\' AND name NOT IN"
                ' (SELECT name FROM main.sqlite_schema)' % kinds).fetchall():
            self.db.execute(sql)

    def copy(self, table, where='', **change):
        names = [row[1] for row in self.db.execute(
            'PRAGMA old.table_xinfo(%s)' % table) if row[6] == 0]
        change = {n: e for n, e in change.items() if e is not None}
        if change.get('id') == '':
            names.remove('id')
        self.db.execute('INSERT INTO main.%s (%s) SELECT %s FROM old.%s %s' % (
            table, ', '.join(names), ', '.join(change.get(n, n) for n in names),
            table, where))

    def spread(self, column):
        return spread(column, self.times, self.k)

    def plus(self, table, column):
        return '%s + %d' % (column, self.k * self.max[table])

    def named(self, column):
        """The same name, and not the same domain."""
        if self.k == 0:
            return None
        return ("iif({0} LIKE 'news.%', 'news.g{1}-' || substr({0}, 6),"
                " 'g{1}-' || {0})").format(column, self.k)

    def source(self, column):
        return ('iif((SELECT sender_id FROM old.source s WHERE s.id = {0})'
                ' IS NULL, {1}, {0})').format(
                    column, self.plus('source', column))

    def common(self):
        """What records have in common."""
        for self.k in range(self.times):
            first = self.k == 0
            ip = None if first else (
                "CASE WHEN ip LIKE '198.%%' THEN '%d' || substr(ip, 4) WHEN ip"
                " LIKE '203.%%' THEN '%d' || substr(ip, 4) END" % (
                    20 + self.k, 60 + self.k))
            self.copy('source', '' if first else 'WHERE sender_id IS NULL',
                      id=self.plus('source', 'id'), ip=ip,
                      ip_key=ip and 'key_of(%s)' % ip)
            digest = None if first else 'randomblob(16)'
            self.copy('profile', id=self.plus('profile', 'id'), digest=digest,
                      header_from=self.named('header_from'))
            self.copy('dkim_list', id=self.plus('dkim_list', 'id'),
                      digest=digest)
            profile = self.plus('profile', 'profile_id')
            self.copy('spf_item', profile_id=profile,
                      domain=self.named('domain'))
            self.copy('override_item', profile_id=profile)
            self.copy('dkim_item', domain=self.named('domain'),
                      dkim_list_id=self.plus('dkim_list', 'dkim_list_id'))

    def slice(self, first, last):
        """What came together, for each copy."""
        here = 'WHERE %%s BETWEEN %d AND %d' % (first, last)
        for self.k in range(self.times):
            digest = None if self.k == 0 else 'randomblob(32)'
            message = self.spread('message_id')
            self.copy('message', here % 'id', id=self.spread('id'),
                      sha256=digest and 'lower(hex(%s))' % digest)
            self.copy('report', here % 'id', id=self.spread('id'),
                      message_id=message, domain=self.named('domain'),
                      content_sha256=digest)
            self.copy('record_row', here % 'report_id', id='',
                      report_id=self.spread('report_id'),
                      source_id=self.source('source_id'),
                      profile_id=self.plus('profile', 'profile_id'),
                      dkim_list_id=self.plus('dkim_list', 'dkim_list_id'))
            self.copy('failure', here % 'id', id=self.spread('id'),
                      message_id=message, content_sha256=digest,
                      source_id=self.source('source_id'),
                      reported_domain=self.named('reported_domain'))
            self.copy('tls_report', here % 'id', id=self.spread('id'),
                      message_id=message, content_sha256=digest)
            self.copy('tls_policy', here % 'id', id=self.spread('id'),
                      tls_report_id=self.spread('tls_report_id'),
                      domain=self.named('domain'))
            self.copy('tls_failure', here % 'tls_policy_id',
                      tls_policy_id=self.spread('tls_policy_id'))

    def all(self):
        db = self.db
        self.make("'table'")
        for name in 'meta', 'sender', 'sender_rule':
            self.copy(name)
        self.common()
        # Ids that are given in order: the index may grow with its table.
        for (sql,) in db.execute(
                "SELECT sql FROM old.sqlite_schema WHERE name IN"
                " ('record_report', 'tls_policy_report')").fetchall():
            db.execute(sql)
        last, = db.execute('SELECT max(id) FROM old.message').fetchone()
        for first in range(1, last + 1, SLICE):
            self.slice(first, first + SLICE - 1)
        if db.execute("SELECT 1 FROM sqlite_schema"
                      " WHERE name = 'change'").fetchone():
            db.execute(
                "INSERT INTO change (ts, kind, op, row_id, token)"
                " SELECT imported_ts, 'report', 'put', id,"
                " random() & 2147483647 FROM report ORDER BY id")
        self.make("'index'")
        self.make("'trigger', 'view'")
        for name in 'user_version', 'application_id':
            db.execute('PRAGMA %s = %d' % (name, db.execute(
                'PRAGMA old.%s' % name).fetchone()[0]))
        db.execute('DETACH old')
        db.execute('PRAGMA journal_mode = WAL')
        db.close()



class Waiting(threading.Thread):
    """Somebody who wants to write again and again, as ruad does: how long the
    longest wait was."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.longest, self.ended = path, 0, threading.Event()

    def run(self):
        db = sqlite3.connect(self.path, 600, isolation_level=None)
        while not self.ended.wait(0.02):
            start = time.monotonic()
            db.execute('BEGIN IMMEDIATE')
            db.execute('ROLLBACK')
            self.longest = max(self.longest, time.monotonic() - start)
        db.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()


class Measured:
    def __init__(self, path):
        self.path = path
        with sqlite3.connect(path) as db:
            self.version, = db.execute('PRAGMA user_version').fetchone()
        db.close()

    def say(self, what, value, unit):
        print('%-40s %12.2f %s' % (what, value, unit), flush=True)

    def ruactl(self, *args, codes=(0,)):
        """CPU and time that this took."""
        used, start = queries.used(), time.monotonic()
        done = subprocess.run(
            [BUILD + '/ruactl', '-d', self.path, *args], check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        if done.returncode not in codes:
            raise SystemExit('ruactl %s: %d' % (args, done.returncode))
        return queries.used() - used, time.monotonic() - start

    def count(self, sql, *values):
        db = sqlite3.connect('file:%s?mode=ro' % self.path, uri=True)
        try:
            return db.execute(sql, values).fetchone()[0]
        finally:
            db.close()

    def migrate(self):
        with tempfile.TemporaryDirectory() as empty:
            cpu, _ = self.ruactl('import', '-q', empty)
        now = self.count('PRAGMA user_version')
        if now != self.version:
            self.say('from schema version %d to %d' % (self.version, now),
                     cpu, 's')
        records = self.count('SELECT count(*) FROM record_row')
        size = os.path.getsize(self.path)
        self.say('records', records / 1e6, 'million')
        self.say('reports', self.count('SELECT count(*) FROM report') / 1e6,
                 'million')
        self.say('file', size / 1e6, 'MB')
        self.say('a record', size / records, 'bytes')

    def ask(self):
        asked = queries.Asked(BUILD, self.path)
        for name, one, every in queries.COMMANDS:
            if name in ('summary', 'sources', 'failures', 'why', 'ready',
                        'sender suggest', 'digest', 'metrics', 'check',
                        'status', 'report', ''):
                for args, word in (one, 'one'), (every, 'all'):
                    if args is not None:
                        self.say('%s, %s' % (name or 'IP', word),
                                 asked.command(name, args), 'ms')
        asked.db.close()

    def feed(self):
        last = self.count("SELECT seq FROM change WHERE kind = 'report'"
                          ' ORDER BY seq DESC LIMIT 1 OFFSET ?', CHANGES)
        for after, word in (0, 'beginning'), (last, 'end'):
            n = self.count(
                'SELECT count(*) FROM record_row WHERE report_id IN (SELECT'
                " row_id FROM change WHERE seq > ? AND kind = 'report'"
                ' ORDER BY seq LIMIT ?)', after, CHANGES)
            cpu, _ = self.ruactl('feed', '--after=%d' % after,
                                 '--limit=%d' % CHANGES, 'report')
            self.say('feed, from its ' + word, n / cpu, 'records a second')

    def backup(self):
        copy = self.path + '.copy'
        cpu, seconds = self.ruactl('backup', copy)
        os.unlink(copy)
        self.say('backup', cpu, 's')
        self.say('backup, by the clock', seconds, 's')

    def more(self):
        """A day of 80 domains that are new, 15 reports of each."""
        records = 0
        with tempfile.TemporaryDirectory(dir=WORK) as new:
            for domain in year.DOMAINS[-80:]:
                for i, reporter in enumerate(year.REPORTERS):
                    one = year.report(domain, reporter, 290, 10)
                    records += len(one.rows)
                    with open('%s/%s-%d.xml' % (new, domain, i), 'wb') as f:
                        f.write(year.xml(one))
            before = self.count('SELECT count(*) FROM record_row')
            cpu, _ = self.ruactl('import', '-q', new)
        assert self.count('SELECT count(*) FROM record_row') == before + records
        self.say('import of %d records' % records, records / cpu,
                 'records a second')

    def prune(self):
        first = self.count('SELECT min(day) FROM report')
        days = (int(time.time()) - first) // 86400
        for n, what in (days + 1, 'nothing'), (days - 1, 'a day'):
            before = self.count('SELECT count(*) FROM report')
            with Waiting(self.path) as other:
                cpu, _ = self.ruactl('prune', '--older-than=%dd' % n)
            gone = before - self.count('SELECT count(*) FROM report')
            self.say('prune of %s: %d reports' % (what, gone), cpu, 's')
            self.say('  another writer waited', other.longest, 's')

    def all(self):
        for part in (self.migrate, self.ask, self.feed, self.backup,
                     self.more, self.prune):
            part()


def take_over():
    """A database made anew from the archive, and once more with what it
    knows: as a standby with a backup of yesterday, at worst."""
    os.makedirs(bench.WORK, exist_ok=True)
    mails, made = bench.prepare()
    with Dovecot() as server:
        user = bench.Bench(server, mails, made['bytes']).fresh_user()
        rig = rigs.Rig(BUILD, server)
        rig.mailbox(user=user)
        command = [BUILD + '/ruactl', '-d', rig.database, 'import', '-q',
                   '-c', rig.write_config(), '--mailbox=own',
                   '--folder=INBOX']
        for what in 'nothing', 'all':
            seconds, cpu = bench.timed(command)
            print('%d messages, %d records, to a standby that has %s: %.2f s,'
                  ' CPU %.2f s' % (made['mails'], made['records'], what,
                                   seconds, cpu), flush=True)
        rig.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('millions', type=int, nargs='*', default=[1, 10, 100])
    os.makedirs(WORK, exist_ok=True)
    take_over()
    for n in parser.parse_args().millions:
        path = '%s/%d.db' % (WORK, n)
        source, _ = year.database(BUILD, scale=min(n, 10))
        if n > 10:
            Grown(source, path, round(n / 10)).all()
        else:
            shutil.copyfile(source, path)
        print('\n%d million' % n)
        Measured(path).all()
        os.unlink(path)


if __name__ == '__main__':
    sys.exit(main())
