#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What each kind of page of ruad-web takes, on a year of reports (see
year.py), and what ingest loses while 50 clients ask for them.

    web.py [--scale 1] [--scale 10] ...

A scale of 1 is about 1 million records.  CPU is that of the worker, as the
scheduler counts it; it and the time by the clock are medians, and no answer
comes from the worker's cache.  Where others compute, CPU is up to twice that
of a quiet machine.
Then pairs of an import, without and with clients: ruad-web has the CPU that
its unit leaves it (by a control group, so that this part needs root); clients
yield to everybody, since they are elsewhere as a rule.  BENCH_RUNS (5) and
BENCH_PAIRS (5) can be set.  Exits 1 when a limit is missed.
"""

import argparse
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE),
                os.path.join(os.path.dirname(HERE), 'system')]
sys.dont_write_bytecode = True

import year                             # noqa: E402
from share import Share                 # noqa: E402
from webserver import Web               # noqa: E402

DAY = 86400
RUNS = int(os.environ.get('BENCH_RUNS', 5))
PAIRS = int(os.environ.get('BENCH_PAIRS', 5))
CLIENTS = 50
MEMORY = 48                     # MB of a worker
SLOWER = 1.1                    # ingest with clients, at most
# For one domain, for / and 90 days, for / and a year: milliseconds.
LIMITS = {1: (60, 150, 300), 10: (250, None, 1500)}
# With pages; what Debian has about reports is for the command line.
PEERS = ('dmarc-srg', 'dmarc-report-viewer', 'dmarc-viewer', 'parsedmarc',
         'opendmarc-reports', 'open-dmarc-analyzer', 'dmarcts-report-viewer')


class Pages:
    """Targets by kind; what they are about is in every year."""

    def __init__(self, path):
        db = sqlite3.connect('file:%s?mode=ro' % path, uri=True)
        self.last = db.execute('SELECT max(day) FROM report').fetchone()[0]
        self.domain = year.DOMAINS[0]
        self.report = db.execute(
            "SELECT date(day, 'unixepoch'),"
            ' lower(hex(substr(content_sha256, 1, 8))) FROM report'
            ' WHERE domain = ? AND org_name = ? ORDER BY day DESC LIMIT 1',
            [self.domain, year.REPORTERS[0].org]).fetchone()
        db.close()

    def date(self, days):
        return time.strftime('%Y-%m-%d', time.gmtime(
            self.last - (days - 1) * DAY))

    def targets(self):
        """(target, its limit: 0 one domain, 1 and 2 the overview)"""
        d = '/d/' + self.domain
        for days in 30, 90, year.DAYS:
            span = 'since=%s&until=%s' % (self.date(days), self.date(1))
            yield '/?' + span, {90: 1, year.DAYS: 2}.get(days)
            for page in ('?', '/senders?', '/senders?by=address&',
                         '/sender?who=CRM+Cloud&', '/failures?'):
                yield d + page + span, 0
            for page in ('ready', 'reports', 'tls'):
                yield '/%s?domain=%s&%s' % (page, self.domain, span), 0
            for page in ('all?', 'ready?', 'reports?', 'reports?result=fail&',
                         'reporters?', 'tls?', 'a/198.18.0.10?'):
                yield '/' + page + span, None
        yield '%s/day/%s' % (d, self.date(1)), 0
        yield d + '/dns', 0
        yield '/r/%s/%s/%s' % (self.domain, *self.report), 0
        yield '/collection', None
        yield '/unreadable', None


def spell(target, n):
    """The same target in other bytes, so that no cache knows it."""
    path, mark, query = target.partition('?')
    out = ''
    for c in (query or path):
        if c.isalnum() and c.isascii():
            out += '%%%02X' % ord(c) if n & 1 else c
            n >>= 1
        else:
            out += c
    return path + mark + out if query else out


class Worker:
    """The only one of a ruad-web."""

    def __init__(self, web):
        while not web.children():
            time.sleep(.01)
        self.at = '/proc/%d/' % web.children()[0]

    def cpu_ms(self):
        with open(self.at + 'schedstat', encoding='ascii') as f:
            return int(f.read().split()[0]) / 1e6

    def peak_mb(self):
        with open(self.at + 'status', encoding='ascii') as f:
            return int(next(line for line in f if line.startswith(
                'VmHWM')).split()[1]) / 1024


def measure(build, path, scale):
    """Print the table; how many limits are missed."""
    limits, bad, n = LIMITS.get(scale, (None,) * 3), 0, 0
    print('%-58s %7s %7s %6s %6s' % ('', 'CPU ms', 'ms', 'kB', 'MB'))
    with tempfile.TemporaryDirectory() as directory:
        web = Web(build, Path(directory), path, '--workers=1',
                  '--show-failures')
        try:
            worker = Worker(web)
            for target, which in Pages(path).targets():
                cpu, clock = [], []
                while len(cpu) < RUNS and sum(cpu) < 20000:
                    n += 1
                    before, start = worker.cpu_ms(), time.monotonic()
                    reply = web.ask(spell(target, n))
                    if reply.status != 200:
                        break
                    clock.append((time.monotonic() - start) * 1000)
                    cpu.append(worker.cpu_ms() - before)
                if reply.status != 200:
                    bad += which is not None
                    print('%-58s refused: %d' % (target, reply.status))
                    worker = Worker(web)    # of too long an answer
                    continue
                limit = None if which is None else limits[which]
                missed = limit is not None and statistics.median(cpu) > limit
                bad += missed
                print('%-58s %7.1f %7.1f %6.0f %6.1f%s' % (
                    target, statistics.median(cpu), statistics.median(clock),
                    len(reply.text) / 1024, worker.peak_mb(),
                    '  over %d' % limit if missed else ''), flush=True)
            peak = worker.peak_mb()
        finally:
            web.stop()
    print('peak of the worker: %.1f MB (at most %d) %s' % (
        peak, MEMORY, 'met' if peak <= MEMORY else 'MISSED'))
    return bad + (peak > MEMORY)


class Clients:
    """Threads that ask for all pages in turn, until they are stopped."""

    def __init__(self, web, targets):
        self.web, self.targets, self.end = web, targets, False
        self.asked, self.errors = 0, []
        self.threads = [threading.Thread(target=self.run, args=(i,))
                        for i in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def run(self, n):
        os.sched_setscheduler(threading.get_native_id(), os.SCHED_IDLE,
                              os.sched_param(0))
        while not self.end:
            n += CLIENTS
            target = spell(self.targets[n % len(self.targets)], n)
            try:
                reply = self.web.ask(target)
                if reply.status != 200:
                    self.errors.append('%s: %d' % (target, reply.status))
            except (OSError, ValueError, IndexError) as error:
                self.errors.append('%s: %r' % (target, error))
            self.asked += 1

    def stop(self):
        self.end = True
        for thread in self.threads:
            thread.join()


def ingest(build, path, files):
    """Seconds of the clock, and of CPU, that an import takes."""
    start = time.monotonic()
    process = subprocess.Popen(
        [build + '/ruactl', '-d', path, 'import', '-q', files],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit('import: exit status %d' % process.returncode)
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime


def copy_database(path, copy):
    """With what is still in its -wal."""
    for suffix in '', '-wal', '-shm':
        Path(copy + suffix).unlink(missing_ok=True)
    there = sqlite3.connect('file:%s?mode=ro' % path, uri=True)
    here = sqlite3.connect(copy)
    there.backup(here)
    here.close()
    there.close()


def write_new(directory):
    """Files of reports that the year does not have: of other domains; how
    many records they have."""
    os.mkdir(directory)
    records = 0
    for i, one in enumerate(year.reports(40, 15, year.DAYS - 120,
                                             year.DAYS)):
        if one.domain not in year.DOMAINS[:20]:
            records += len(one.rows)
            with open('%s/%d.xml' % (directory, i), 'wb') as f:
                f.write(year.xml(one))
    return records


def crowd(build, path):
    """Imports, without and with clients; how many limits are missed."""
    pairs, asked, errors = [], 0, []
    if os.geteuid() != 0:
        print('\nclients beside an import: not measured, it needs root')
        return 1
    with tempfile.TemporaryDirectory() as directory, \
            Share('ruad-web.service') as share:
        files, copy = directory + '/new', directory + '/ruad.db'
        records = write_new(files)
        for i in range(2 * PAIRS):
            copy_database(path, copy)
            web = Web(build, Path(directory), copy)
            for pid in (web.process.pid, *web.workers()):
                share.take(pid)
            targets = [t for t, _ in Pages(copy).targets()]
            if i % 2 == 0:
                pairs.append([ingest(build, copy, files)])
                web.stop()
                continue
            clients = Clients(web, targets)
            try:
                pairs[-1].append(ingest(build, copy, files))
            finally:
                clients.stop()
                web.stop()
            asked += clients.asked
            errors += clients.errors
    slower = [[b / a for a, b in zip(*pair)] for pair in pairs]
    clock, cpu = (statistics.median(s[i] for s in slower) for i in (0, 1))
    print('\n%d clients while %d records come, ruad-web as its unit says, '
          'in %d pairs: %d requests, %d errors%s' % (
              CLIENTS, records, PAIRS, asked, len(errors),
              ''.join('\n  ' + error for error in errors[:5])))
    print('import: %.2f s without, %.2f with: x %.2f of the clock (%s), x %.2f'
          ' of CPU (at most %.1f) %s' % (
              *(statistics.median(pair[i][0] for pair in pairs)
                for i in (0, 1)), clock,
              ', '.join('%.2f' % s[0] for s in slower), cpu, SLOWER,
              'met' if clock <= SLOWER else 'MISSED'))
    return (clock > SLOWER) + (len(errors) > 0)


def say_peers():
    found = [name for name in PEERS if subprocess.run(
        ['apt-cache', 'show', name], check=False, capture_output=True)
        .stdout]
    print('\nNo peer can be run from packages of Debian alone: it has none of '
          '%s.' % ', '.join(PEERS) if not found else
          '\nDebian has %s: compare it.' % ', '.join(found))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', 1)[0])
    parser.add_argument('--scale', type=int, action='append')
    parser.add_argument('--year', default='build/year',
                        help='where the databases are')
    args = parser.parse_args()
    build = os.path.abspath(os.environ.get('RUAD_BUILD', 'build/release'))
    bad = 0
    for scale in args.scale or [1]:
        path, made = year.database(build, scale=scale, directory=args.year)
        print('%d records, %.0f MB' % (
            made['records'], os.path.getsize(path) / 1e6))
        bad += measure(build, path, scale)
        if scale == 1:
            bad += crowd(build, path)
        print(flush=True)
    say_peers()
    print('%d missed' % bad)
    return int(bad > 0)


if __name__ == '__main__':
    sys.exit(main())
