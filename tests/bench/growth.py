#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How fast a database that is large already takes more.

The mails of bench.py are imported into databases of 0, 1 and 10 million
records.  These are copies of the same mails under other identities and
digests, with their own addresses where a mail's are not the domain's usual
ones: a third of all records brings a new one, which is far more than real
mail does.  Times are medians; each run starts from the same file.
GROWTH_RUNS (3) can be set.  Exits 1 when a limit is missed.
"""

import json
import os
import random
import shutil
import socket
import sqlite3
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE]
sys.dont_write_bytecode = True

import bench                            # noqa: E402
import gen                              # noqa: E402

SIZES = 0, 1000000, 10000000
RUNS = int(os.environ.get('GROWTH_RUNS', 3))
WORK = os.path.abspath('build/growth')
LEAST = 0.6                     # of the rate of an empty database
BYTES = 150                     # of a record, all told


def key_of(ip):
    if ':' in ip:
        return socket.inet_pton(socket.AF_INET6, ip)
    return bytes(10) + b'\xff\xff' + socket.inet_aton(ip)


def other_address(rng, ip):
    """One that no mail has: not of 198.18.0.0/15 or 2001:db8::/32."""
    if ':' in ip:
        return socket.inet_ntop(socket.AF_INET6, b'\x24' + rng.randbytes(15))
    return socket.inet_ntoa(bytes([rng.randrange(11, 100)])
                            + rng.randbytes(3))


def new_addresses(db, seed, ips):
    """One each, that is in no mail and not in the database."""
    rng, new = random.Random(seed), []
    seen = {row[0] for row in db.execute('SELECT ip FROM source')}
    for ip in ips:
        other = other_address(rng, ip)
        while other in seen:
            other = other_address(rng, ip)
        seen.add(other)
        new.append(other)
    return new


def passing_sources(db, last):
    """Sources that are nobody's usual ones: id, address, days."""
    usual = {ip for domain in gen.DOMAINS for ip in gen.known_addresses(domain)}
    return [row for row in db.execute(
        'SELECT id, ip, first_day, last_day FROM source WHERE id <= ?',
        (last,)) if row[1] not in usual]


def columns(db, table, **change):
    """Names and values of a copy of all columns that are stored."""
    names = [row[1] for row in db.execute('PRAGMA table_xinfo(%s)' % table)
             if row[6] == 0]
    return ', '.join(names), ', '.join(change.get(n, n) for n in names)


def disguise(db):
    """So that the same mails are new to this database."""
    db.execute('UPDATE message SET sha256 = lower(hex(randomblob(32)))')
    db.execute('UPDATE report SET content_sha256 = randomblob(32),'
               ' external_id = lower(hex(randomblob(16)))')
    rows = passing_sources(db, 1 << 60)
    new = new_addresses(db, 0, [row[1] for row in rows])
    db.executemany('UPDATE source SET ip = ?, ip_key = ? WHERE id = ?',
                   [(ip, key_of(ip), row[0]) for row, ip in zip(rows, new)])


def copy(db, k, size):
    """The first rows of all tables once more; size: how many they are."""
    def plus(table, column='id'):
        return '%s + %d' % (column, k * size[table])

    def copy_table(table, **change):
        db.execute('INSERT INTO %s (%s) SELECT %s FROM %s WHERE id <= %d' % (
            (table,) + columns(db, table, id=plus(table), **change)
            + (table, size[table])))
    copy_table('message', path="path || '-%d'" % k,
               sha256='lower(hex(randomblob(32)))')
    copy_table('report', message_id=plus('message', 'message_id'),
               external_id='lower(hex(randomblob(16)))',
               content_sha256='randomblob(32)')
    rows = passing_sources(db, size['source'])
    new = new_addresses(db, k, [row[1] for row in rows])
    first = db.execute('SELECT max(id) + 1 FROM source').fetchone()[0]
    db.executemany('INSERT INTO source (id, ip, ip_key, first_day, last_day)'
                   ' VALUES (?, ?, ?, ?, ?)',
                   [(i, ip, key_of(ip)) + row[2:]
                    for i, (row, ip) in enumerate(zip(rows, new), first)])
    db.execute('CREATE TEMP TABLE moved (old INTEGER PRIMARY KEY, new)')
    db.executemany('INSERT INTO moved VALUES (?, ?)',
                   [(row[0], i) for i, row in enumerate(rows, first)])
    copy_table('record_row', report_id=plus('report', 'report_id'),
               source_id='coalesce((SELECT new FROM moved'
               ' WHERE old = source_id), source_id)')
    db.execute('DROP TABLE moved')


def grow(path, size, target):
    """Copies until there are so many records."""
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;'
                     'PRAGMA cache_size = -2000000')
    db.execute('BEGIN')
    k = db.execute('SELECT max(id) FROM record_row').fetchone()[0] \
        // size['record_row']
    if k == 1:
        disguise(db)
    while k * size['record_row'] < target:
        copy(db, k, size)
        k += 1
    db.execute('COMMIT')
    db.execute('PRAGMA journal_mode = WAL')
    db.close()


def sizes(path):
    db = sqlite3.connect(path)
    size = {table: db.execute('SELECT max(id) FROM ' + table).fetchone()[0]
            for table in ('message', 'report', 'source', 'record_row')}
    db.close()
    return size


def count(path):
    """Records and bytes."""
    db = sqlite3.connect('file:%s?mode=ro' % path, uri=True)
    numbers = db.execute(
        'SELECT (SELECT count(*) FROM record_row), page_count * page_size'
        ' FROM pragma_page_count, pragma_page_size').fetchone()
    db.close()
    return numbers


def fresh(path, start):
    for name in os.listdir(WORK):
        if name.startswith(os.path.basename(path)):
            os.unlink(os.path.join(WORK, name))
    if start:
        shutil.copyfile(start, path)
    os.sync()


def main():
    os.makedirs(bench.WORK, exist_ok=True)
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    mails, made = bench.prepare()
    path, start = WORK + '/ruad.db', None
    rates, widths = {}, {}
    print('%10s %9s %8s %9s %8s %7s   %s' % (
        'records', 'MB', 'seconds', 'range', 'CPU', 'rate', 'bytes a record'))
    for size in SIZES:
        if size:
            if start is None:
                start = shutil.copyfile(path, WORK + '/start.db')
                first = sizes(start)
            grow(start, first, size)
        runs = []
        for _ in range(RUNS):
            fresh(path, start)
            before = count(start)[0] if start else 0
            runs.append(bench.timed([bench.BUILD + '/ruactl', '-d', path,
                                     'import', '-q', mails]))
            records, data = count(path)
            assert records - before == made['records'], 'not all is new'
        seconds = statistics.median(run[0] for run in runs)
        rates[size] = made['records'] / seconds
        widths[size] = data / records
        print('%10d %9.1f %8.2f %4.2f-%4.2f %8.2f %7d   %.1f' % (
            before, (os.path.getsize(start) if start else 0) / 1e6, seconds,
            min(run[0] for run in runs), max(run[0] for run in runs),
            statistics.median(run[1] for run in runs), rates[size],
            widths[size]), flush=True)
    shutil.rmtree(WORK)
    ratio = rates[SIZES[-1]] / rates[0]
    print()
    missed = sum((
        bench.judge('rate of the largest / of an empty one', ratio, LEAST,
                    True),
        bench.judge('bytes of database a record', max(widths.values()),
                    BYTES)))
    print(json.dumps({'rates': {str(k): round(v) for k, v in rates.items()},
                      'ratio': round(ratio, 3),
                      'bytes': {str(k): round(v, 1)
                                for k, v in widths.items()}}))
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
