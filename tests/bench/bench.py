#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""ruad side by side with mbsync on one large mailbox.

Both talk TLS on loopback to a private Dovecot with a Maildir and write to the
disk that build/ is on.  Times are medians, from start to exit.  BENCH_MAILS
(10000) and BENCH_RUNS (5) can be set.

With BENCH_BESIDE=DIR, where another build of ruad is, say that of the commit
before a change, it is instead compared with that one: what each takes, in turn,
and the median of the ratios of all pairs.
"""

import functools
import hashlib
import json
import multiprocessing
import os
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE),
                os.path.join(os.path.dirname(HERE), 'system')]
sys.dont_write_bytecode = True

import gen                              # noqa: E402
import oracle                           # noqa: E402
import rig as rigs                      # noqa: E402
from delay import Far                   # noqa: E402
from dovecot import PASSWORD, Dovecot   # noqa: E402
from sampler import Sampler             # noqa: E402

MAILS = int(os.environ.get('BENCH_MAILS', 10000))
RUNS = int(os.environ.get('BENCH_RUNS', 5))
BUILD = os.path.abspath(os.environ.get('RUAD_BUILD', 'build/release'))
BESIDE = os.environ.get('BENCH_BESIDE')
WORK = os.path.abspath('build/bench')
SEED = 'bench'
AWAY = 20, 100                  # milliseconds of a round trip
RUAD = 'ruad -1: fetched, parsed, stored, archived'
MBSYNC = 'mbsync: copied to a Maildir (default)'
FILES = 'ruactl import of the same files'
REPORTS = 'ruactl import of the bare reports'
LARGE = 'ruactl import of a mail of 100,000 records'
FLOOR = 'floor: FETCH and MOVE alone, pipelined'
AWAY_NAME = 'ruad, the server %d ms away'

MBSYNCRC = """IMAPAccount there
Host localhost
Port {port}
User {user}
Pass {password}
SSLType IMAPS
CertificateFile {ca}
AuthMechs PLAIN
IMAPStore far
Account there
MaildirStore near
Path {target}/
Inbox {target}/INBOX
Channel all
Far :far:
Near :near:
Patterns INBOX
Sync Pull
Create Near
SyncState *
"""


def prepare():
    """The mails, made once and kept; what is in them."""
    mails, note = WORK + '/mails', WORK + '/mails.json'
    with open(gen.__file__, encoding='utf-8') as f:
        key = '%s %d %s, reports, a large one' % (SEED, MAILS,
                                                  hash_of(f.read()))
    try:
        with open(note, encoding='ascii') as f:
            made = json.load(f)
        if made['key'] == key:
            return mails, made
    except (OSError, ValueError, KeyError):
        pass
    print('making %d mails ...' % MAILS, flush=True)
    shutil.rmtree(mails, ignore_errors=True)
    made = gen.generate(MAILS, SEED, mails)
    made['key'] = key
    shutil.rmtree(WORK + '/reports', ignore_errors=True)
    os.mkdir(WORK + '/reports')
    with multiprocessing.Pool() as pool:
        pool.starmap(write_reports, [(i, min(i + 250, MAILS))
                                     for i in range(0, MAILS, 250)])
    shutil.rmtree(WORK + '/large', ignore_errors=True)
    os.mkdir(WORK + '/large')
    gen.write_mail(WORK + '/large', 0, gen.mail(
        SEED, 0, 100000, next(one for one in gen.REPORTERS
                              if one.org == 'google.com')).data)
    with open(note, 'w', encoding='ascii') as f:
        json.dump(made, f)
    return mails, made


def write_reports(first, last):
    for i in range(first, last):
        r = gen.mail(SEED, i).report
        style = next(one.style for one in gen.REPORTERS
                     if one.org == r.org_name)
        with open('%s/reports/%05d.xml' % (WORK, i), 'wb') as f:
            f.write(gen.xml(r, style))


def hash_of(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Bench:
    def __init__(self, server, mails, size):
        self.server, self.mails, self.size = server, mails, size
        self.users = 0
        # A copy beside the server's mail, for hard links.
        self.template = server.root + '/template'
        subprocess.run(['cp', '-r', mails, self.template], check=True)
        if os.getuid() == 0:
            subprocess.run(['chown', '-R', '%d:%d' % (server.uid, server.uid),
                            self.template], check=True)

    def fresh_user(self):
        """A mailbox with all mails in it that no one has opened yet."""
        self.users += 1
        user = 'run%d' % self.users
        home = os.path.join(self.server.root, 'mail', user)
        os.mkdir(home)
        self.server.own(home)
        subprocess.run(['cp', '-al', self.template, home + '/Maildir'],
                       check=True)
        self.server.own(home + '/Maildir')
        os.sync()
        return user

    def drop(self, user):
        shutil.rmtree(os.path.join(self.server.root, 'mail', user))

    def count(self, user, folder):
        path = self.server.maildir(user, folder)
        return sum(len(os.listdir(os.path.join(path, sub)))
                   for sub in ('cur', 'new')
                   if os.path.isdir(os.path.join(path, sub)))

    def ruad(self, sampler=None, port=None, build=BUILD):
        user = self.fresh_user()
        rig = rigs.Rig(build, self.server)
        rig.database = WORK + '/db/ruad.db'
        shutil.rmtree(WORK + '/db', ignore_errors=True)
        rig.mailbox(user=user, **({'port': port} if port else {}))
        rig.write_config()
        environment = rig.environment()
        del environment['MALLOC_PERTURB_']      # good for tests, not for time
        seconds, cpu = timed([rig.program, '-c', rig.conf, '-1'], sampler,
                             environment)
        assert self.count(user, 'Archive') == MAILS, 'not all is archived'
        assert self.count(user, 'INBOX') == 0
        self.drop(user)
        rig.stop()
        return seconds, cpu

    def mbsync(self, fsync):
        user = self.fresh_user()
        target = WORK + '/mbsync'
        shutil.rmtree(target, ignore_errors=True)
        os.mkdir(target)
        conf = WORK + '/mbsyncrc'
        with open(conf, 'w', encoding='ascii') as f:
            f.write(('' if fsync else 'FSync no\n\n') + MBSYNCRC.format(
                port=self.server.tls_port, user=user, password=PASSWORD,
                ca=self.server.ca, target=target).replace(
                    '\nIMAPStore', '\n\nIMAPStore').replace(
                    '\nMaildirStore', '\n\nMaildirStore').replace(
                    '\nChannel', '\n\nChannel'))
        seconds, cpu = timed(['mbsync', '-q', '-c', conf, 'all'])
        have = sum(len(os.listdir('%s/INBOX/%s' % (target, sub)))
                   for sub in ('cur', 'new'))
        assert have == MAILS, 'mbsync copied %d' % have
        shutil.rmtree(target)
        self.drop(user)
        return seconds, cpu

    def far(self, round_trip):
        """ruad with a server that is not next door."""
        with Far(self.server.tls_port, round_trip) as far:
            return self.ruad(port=far.port)

    def load(self, what, build=BUILD):
        """ruactl import of the mails, or of bare reports, from the disk."""
        shutil.rmtree(WORK + '/db', ignore_errors=True)
        os.sync()
        return timed([build + '/ruactl', '-d', WORK + '/db/ruad.db',
                      'import', what])

    def floor(self):
        """What IMAP alone costs: all FETCHes sent ahead, then all MOVEs,
        and nothing done with what comes."""
        user = self.fresh_user()
        context = ssl.create_default_context(cafile=self.server.ca)
        before = os.times()
        start = time.monotonic()
        with socket.create_connection(
                ('localhost', self.server.tls_port)) as plain, \
                context.wrap_socket(plain, server_hostname='localhost') as s:
            ranges = ['%d:%d' % (first, first + 999)
                      for first in range(1, MAILS + 1, 1000)]
            s.sendall(('a LOGIN %s %s\r\nb CREATE Archive\r\n'
                       'c SELECT INBOX\r\n%sd NOOP\r\n' % (
                           user, PASSWORD, ''.join(
                               'f UID FETCH %s (UID BODY.PEEK[])\r\n' % r
                               for r in ranges))).encode())
            total = wait_for(s, b'\r\nd OK')
            # Not sooner: Dovecot moves mails while it still sends them.
            s.sendall(('%sz LOGOUT\r\n' % ''.join(
                'm UID MOVE %s Archive\r\n' % r for r in ranges)).encode())
            wait_for(s, b'\r\nz OK')
        seconds = time.monotonic() - start
        after = os.times()
        assert self.count(user, 'Archive') == MAILS
        assert total > self.size, 'the server kept something'
        self.drop(user)
        return seconds, after.user + after.system - before.user \
            - before.system


def wait_for(sock, answer):
    """Read and forget until this answer; how many bytes."""
    tail, total = b'', 0
    while answer not in tail:
        data = sock.recv(1 << 20)
        if not data:
            raise RuntimeError('closed: %r' % tail)
        total += len(data)
        tail = (tail + data)[-200:]
    return total


def timed(args, sampler=None, env=None):
    """Seconds from start to exit, and CPU seconds of it and its children."""
    with open(WORK + '/output', 'w', encoding='utf-8') as log:
        start = time.monotonic()
        process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log, env=env)
        if sampler:
            sampler.start(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    if sampler:
        sampler.stop()
    if process.returncode != 0:
        with open(WORK + '/output', encoding='utf-8', errors='replace') as f:
            text = f.read()[-2000:]
        raise RuntimeError('%s: exit status %d:\n%s' % (
            args[0], process.returncode, text))
    return seconds, usage.ru_utime + usage.ru_stime


def reports_of(first, last):
    return [oracle.plain(gen.mail(SEED, i).report)
            for i in range(first, last)]


def verify():
    """Every field of every record, once."""
    jobs = [(i, min(i + 500, MAILS)) for i in range(0, MAILS, 500)]
    with multiprocessing.Pool() as pool:
        want = {r for part in pool.starmap(reports_of, jobs) for r in part}
    db = oracle.connect(WORK + '/db/ruad.db')
    have = oracle.actual(db)
    size = sum(os.path.getsize(WORK + '/db/' + name)
               for name in os.listdir(WORK + '/db'))
    db.close()
    if set(have) != want or len(have) != sum(have.values()):
        sys.exit('bench: the rows are not those of the mails: %d missing, '
                 '%d too much' % (len(want - set(have)),
                                  len(set(have) - want)))
    return size


def judge(what, value, target, least=False):
    """Say how a figure compares; whether it misses its target."""
    missed = value < target if least else value > target
    print('%-46s %7.*f  (at %s %g) %s' % (
        what, 0 if value > 50 else 2, value, 'least' if least else 'most',
        target, 'MISSED' if missed else 'met'))
    return missed


def compare(bench, mails):
    """This build and the other one, in turn."""
    builds = os.path.abspath(BESIDE), BUILD
    print('each of %s, then of %s' % builds)
    for name, run in (
            (RUAD, lambda build: bench.ruad(build=build)),
            (FILES, lambda build: bench.load(mails, build)),
            (REPORTS, lambda build: bench.load(WORK + '/reports', build))):
        for build in builds:            # warms every cache
            run(build)
        pairs = []
        for i in range(RUNS):
            # Who comes second may have it easier.
            pair = {build: run(build) for build in builds[::1 - i % 2 * 2]}
            pairs.append([pair[build] for build in builds])
        for i, what in enumerate(('seconds', 'CPU')):
            print('%-46s %7s %.3f, %.3f: x %.3f' % (
                name if i == 0 else '', what,
                *(statistics.median(pair[k][i] for pair in pairs)
                  for k in (0, 1)),
                statistics.median(pair[1][i] / pair[0][i] for pair in pairs)),
                flush=True)
    return 0


def main():
    os.makedirs(WORK, exist_ok=True)
    mails, made = prepare()
    print('%d mails, %.1f MB, %d records; %d runs of each, in turn' % (
        made['mails'], made['bytes'] / 1e6, made['records'], RUNS),
        flush=True)
    sampler = Sampler()
    with Dovecot() as server:
        bench = Bench(server, mails, made['bytes'])
        if BESIDE:
            return compare(bench, mails)
        bench.ruad(sampler)             # also warms every cache
        size = verify()
        contests = {
            RUAD: bench.ruad,
            MBSYNC: lambda: bench.mbsync(True),
            'mbsync with FSync off': lambda: bench.mbsync(False),
            FILES: lambda: bench.load(mails),
            REPORTS: lambda: bench.load(WORK + '/reports'),
            LARGE: lambda: bench.load(WORK + '/large'),
            FLOOR: bench.floor,
        }
        contests.update({
            AWAY_NAME % ms: functools.partial(bench.far, ms / 1000)
            for ms in AWAY})
        results = {name: [] for name in contests}
        for _ in range(RUNS):
            for name, run in contests.items():
                results[name].append(run())
    shutil.rmtree(WORK + '/db', ignore_errors=True)

    print('\n%-46s %7s %15s %7s' % ('', 'seconds', 'range', 'CPU'))
    seconds = {}
    for name, runs in results.items():
        times = [s for s, _ in runs]
        seconds[name] = statistics.median(times)
        print('%-46s %7.2f %6.2f .. %5.2f %7.2f' % (
            name, seconds[name], min(times), max(times),
            statistics.median(cpu for _, cpu in runs)))
    memory = sampler.summary()
    work = sum(cpu for _, _, cpu in memory.values())
    mine = seconds[RUAD]
    print()
    missed = sum([
        judge('ruad / mbsync', mine / seconds[MBSYNC], 0.2),
        judge('ruad / (floor + CPU of ruad on one core)',
              mine / (seconds[FLOOR] + work), 1.3),
        judge('mails a second', MAILS / mine, 5000, True),
        judge('bare reports a second', MAILS / seconds[REPORTS], 10000, True),
        judge('seconds for 100,000 records', seconds[LARGE], 1),
        judge('bytes of database a record', size / made['records'], 150),
        judge('MB of the largest process',
              max(peak for _, peak, _ in memory.values()), 64)] + [
        judge('round trips of %d ms' % ms,
              (seconds[AWAY_NAME % ms] - mine) / ms * 1000, 60)
        for ms in AWAY])
    print('\n%-46s %7s %15s %7s' % ('process (one run, all its starts)', 'MB',
                                    'processes', 'CPU'))
    for role, (count, peak, cpu) in memory.items():
        print('%-46s %7.1f %15d %7.2f' % (role, peak, count, cpu))
    print('\n' + json.dumps({
        'mails': MAILS, 'records': made['records'], 'runs': RUNS,
        'seconds': {name: round(s, 3) for name, s in seconds.items()},
        'rss_mb': {role: round(v[1], 1) for role, v in memory.items()},
        'cpu_s': {role: round(v[2], 2) for role, v in memory.items()},
        'database_bytes': size, 'missed': missed}))
    return 0


if __name__ == '__main__':
    sys.exit(main())
