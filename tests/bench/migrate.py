#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A database of a year that ruad 0.1 made, brought up to date by this build:
what that took, and that every sum is the same.

Builds the old commit beside, from this repository's history; that needs
libsmartcols-dev, too."""

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(HERE + '/../..')
OLD = '1a18a65'                 # the last commit of schema version 1
SUMS = (
    'SELECT count(*) FROM report',
    'SELECT count(*), sum(messages) FROM record',
    'SELECT domain, sum(messages), sum(pass) FROM v_daily GROUP BY domain',
    'SELECT cause, sum(messages) FROM v_cause GROUP BY cause',
    'SELECT domain, count(*), sum(messages) FROM v_source GROUP BY domain',
    'SELECT domain, sum(ok), sum(failed) FROM v_tls_daily GROUP BY domain',
    "SELECT status, count(*) FROM message WHERE status <> 'other'"
    ' GROUP BY status',
    'SELECT count(*) FROM failure',
)


def run(*command, **more):
    subprocess.run(command, check=True, **more)


def old_build(directory):
    """The programs and the generator of the old commit."""
    if not os.path.exists(directory + '/build/release/ruactl'):
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        archive = subprocess.run(['git', '-C', ROOT, 'archive', OLD],
                                 check=True, capture_output=True).stdout
        run('tar', 'x', '-C', directory, input=archive)
        run('make', '-s', '-j%d' % os.cpu_count(), 'all', cwd=directory)
    return directory


def sums(path):
    db = sqlite3.connect(path)
    try:
        return [db.execute(sql).fetchall() for sql in SUMS]
    finally:
        db.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--domains', default='20')
    parser.add_argument('--reporters', default='15')
    parser.add_argument('--scale', default='1')
    args = parser.parse_args()
    build = os.path.abspath(os.environ.get('RUAD_BUILD', 'build/release'))
    old = old_build(os.path.abspath('build/0.1'))
    run(sys.executable, 'tests/bench/year.py', '--domains', args.domains,
        '--reporters', args.reporters, '--scale', args.scale, cwd=old,
        env={**os.environ, 'RUAD_BUILD': old + '/build/release'})
    made = '%s/build/year/%s-%s-365-%s/ruad.db' % (
        old, args.domains, args.reporters, args.scale)
    copy = os.path.abspath('build/migrated.db')
    shutil.copy(made, copy)
    before = sums(copy)
    start = time.monotonic()
    # No report, but the database is opened for writing.
    run(build + '/ruactl', '-d', copy, 'import', '-q', '-',
        input=b'From: a@example.org\n\nHello.\n', stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - start
    db = sqlite3.connect(copy)
    version, = db.execute('PRAGMA user_version').fetchone()
    whole = db.execute('PRAGMA integrity_check').fetchall()
    keys = db.execute('PRAGMA foreign_key_check').fetchall()
    db.close()
    after = sums(copy)
    print('%d records: schema version %d in %.1f s' % (
        before[1][0][0], version, seconds))
    for sql, old_rows, new_rows in zip(SUMS, before, after):
        if old_rows != new_rows:
            print('%s:\n  %r\n  %r' % (sql, old_rows[:5], new_rows[:5]))
    return whole != [('ok',)] or bool(keys) or before != after


if __name__ == '__main__':
    sys.exit(main())
