#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""ruad for a working day: mails trickle into several mailboxes, everything
that runs is killed now and then, the server restarts, the configuration
changes.  At the end all must be as if nothing had happened, and ruad no larger
than at the beginning.  Environment: SOAK_SECONDS (28800), SOAK_SEED (1),
RUAD_BUILD (build/dev).  docs/HACKING says more."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE),
                os.path.join(os.path.dirname(HERE), 'system')]

import attacks                          # noqa: E402
import attacks_packed                   # noqa: E402,F401
import gen                              # noqa: E402
import rig as rigs                      # noqa: E402
from dovecot import Dovecot, tied       # noqa: E402

SECONDS = float(os.environ.get('SOAK_SECONDS', '28800'))
SEED = int(os.environ.get('SOAK_SEED', '1'))
BUILD = os.path.abspath(os.environ.get(
    'RUAD_BUILD', os.path.join(HERE, '../../build/dev')))
MAILBOXES = ('own', 'parent', 'daughter', 'last')
MAIL_EVERY, KILL_EVERY, ASK_EVERY = 1.5, 15, 60
RESTART = 2                     # seconds, as RestartSec= would
GOLDEN = os.path.join(os.path.dirname(HERE), 'golden')
BOMBS = ('zip_in_zip', 'gzip_in_gzip', 'xz_huge_dictionary',
         'xml_entity_bomb', 'zip_says_small', 'zip_1_gib_of_zeros')
GOLDEN_OF = {'tls': 't-06-mx.json', 'failure': 'f-5-derived.eml'}
QUESTIONS = (('check',), ('status',), ('summary',), ('reports',),
             ('metrics',), ('reporters',))


class Soak:
    def __init__(self, server):
        self.rng = random.Random(SEED)
        self.server = server
        self.rig = rigs.Rig(BUILD, server, 'soak')
        self.rig.settings['interval'] = '10s'
        for name in MAILBOXES:
            self.rig.mailbox(name)
        self.poison = self.preload_poison()
        self.bombs = [attacks.mail(b'application/octet-stream',
                                   attacks.ATTACKS[b]()) for b in BOMBS]
        self.done, self.where = Counter(), Counter()
        self.next_report, self.old = 0, []
        self.log = open(self.rig.path('ruad.log'), 'wb')
        self.process = None
        self.lives, self.unexpected = [], []
        self.start = time.monotonic()

    def preload_poison(self):
        """A ruad-parse with a bug."""
        path = self.rig.path('poison.so')
        subprocess.run([os.environ.get('CC', 'cc'), '-shared', '-fPIC', '-O2',
                        '-D_GNU_SOURCE', '-o', path,
                        os.path.join(HERE, 'poison.c')], check=True)
        self.rig.replace_parser(
            '#!/bin/sh\nLD_PRELOAD=%s exec REAL "$@"\n' % path)

    def age(self):
        return time.monotonic() - self.start

    # --- mail ---------------------------------------------------------------

    def deliver(self):
        box = self.rng.choice(self.rig.mailboxes)
        kind = self.rng.choices(
            ('report', 'again', 'other', 'broken', 'bomb', 'poison', 'tls',
             'failure'), (60, 12, 8, 6, 4, 2, 4, 4))[0]
        if kind == 'again' and not self.old:
            kind = 'report'
        n = self.next_report
        self.next_report += 1
        folder = 'Archive'
        if kind == 'report':
            mail = gen.mail('soak%d' % SEED, n)
            if len(self.old) < 500:
                self.old.append(mail)
        elif kind == 'again':
            mail = self.rng.choice(self.old)
        elif kind == 'other':
            mail, folder = gen.person_mail('person%d' % n), 'INBOX'
        elif kind == 'broken':
            mail, folder = gen.broken_mail('soak', n), 'Failed'
        elif kind == 'bomb':
            mail = b'X-Number: %d\r\n' % n + self.bombs[
                self.rng.randrange(len(BOMBS))]
            folder = 'Failed'
        elif kind == 'poison':
            mail = b'X-Mark: Poison-a1b2c3\r\n' + gen.mail('poison', n).data
            folder = 'Failed'
        else:
            with open(os.path.join(GOLDEN, GOLDEN_OF[kind]), 'rb') as f:
                mail = f.read()
            if kind == 'tls':
                mail = attacks.mail(b'application/tlsrpt+json', mail)
            mail = b'X-Number: %d\r\n' % n + mail
        if isinstance(mail, bytes):
            mail = mail.replace(b'\r\n', b'\n').replace(b'\n', b'\r\n')
        box.deliver(mail)
        self.done['mails: ' + kind] += 1
        self.where[folder] += 1

    # --- trouble ------------------------------------------------------------

    def run(self):
        self.process = subprocess.Popen(
            **tied([self.rig.program, '-c', self.rig.conf, '-v'],
                   self.rig.environment()),
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            start_new_session=True)
        self.lives.append([time.monotonic(), None, None])

    def measure(self):
        """RSS in KiB and descriptors of the supervisor, when it has settled
        and ever after."""
        try:
            base = '/proc/%d/' % self.process.pid
            with open(base + 'status', encoding='ascii') as f:
                rss = [int(line.split()[1]) for line in f
                       if line.startswith('VmRSS')][0]
            now = (rss, len(os.listdir(base + 'fd')))
        except (OSError, IndexError):
            return
        life = self.lives[-1]
        if time.monotonic() - life[0] > 20:
            life[1] = life[1] or now
            life[2] = now

    def mend(self):
        """What systemd does."""
        if self.process.poll() is not None:
            if self.process.returncode != -signal.SIGKILL:
                self.unexpected.append(self.process.returncode)
            time.sleep(RESTART)
            self.rig.write_config()
            self.run()

    def hit(self, what, pids, number=signal.SIGKILL):
        if pids:
            try:
                os.kill(self.rng.choice(pids), number)
                self.done['kills: ' + what] += 1
            except ProcessLookupError:
                pass

    def trouble(self):
        # Only in the first half: in the other one life is long enough to grow.
        kinds = {'fetcher': 45, 'parser': 25, 'reload': 12, 'dovecot': 4}
        if self.age() < SECONDS / 2:
            kinds['supervisor'] = 14
        kind = self.rng.choices(list(kinds), list(kinds.values()))[0]
        if kind == 'supervisor':
            self.hit(kind, [self.process.pid])
        elif kind == 'fetcher':
            self.hit(kind, [p for p, _ in rigs.children(self.process.pid)])
        elif kind == 'parser':
            self.hit_parser()
        elif kind == 'reload':
            self.reload()
        else:
            self.server.halt()
            time.sleep(self.rng.choice((0, 3)))
            self.server.start()
            self.done['restarts of dovecot'] += 1

    def hit_parser(self):
        """It lives only while there is mail: bring some and wait for it."""
        for _ in range(5):
            self.deliver()
        end = time.monotonic() + 3
        while time.monotonic() < end:
            found = [p for f, _ in rigs.children(self.process.pid)
                     for p, _ in rigs.children(f)]
            if found:
                self.hit('parser', found)
                return
            time.sleep(0.001)

    def reload(self):
        self.rig.settings['interval'] = self.rng.choice(('5s', '10s', '20s'))
        boxes = list(self.rig.mailboxes)
        bad = self.rng.random() < 0.2
        if not bad and self.rng.random() < 0.5:
            self.rig.mailboxes.pop(self.rng.randrange(len(boxes)))
        self.rig.write_config()
        self.rig.mailboxes[:] = boxes
        if bad:
            self.rig.write('ruad.conf', 'database = ;\n')
        self.process.send_signal(signal.SIGHUP)
        self.done['reloads, bad' if bad else 'reloads'] += 1
        if bad:                 # a restart would find it
            time.sleep(1)
            self.rig.write_config()

    def ask(self):
        question = self.rng.choice(QUESTIONS)
        result = self.rig.ruactl(*question)
        # check warns of mails that failed.
        assert result.code == 0 or question == ('check',), (question, result)
        self.done['questions'] += 1
        if self.rng.random() < 0.1:
            path = self.rig.path('backup%d.db' % self.done['backups'])
            result = self.rig.ruactl('backup', path)
            assert result.code == 0, result
            os.unlink(path)
            self.done['backups'] += 1

    # --- from beginning to end ----------------------------------------------

    def soak(self):
        self.rig.write_config()
        self.run()
        due = {self.deliver: 0, self.trouble: 30, self.ask: 20,
               self.measure: 5}
        every = {self.deliver: MAIL_EVERY, self.trouble: KILL_EVERY,
                 self.ask: ASK_EVERY, self.measure: 5}
        while self.age() < SECONDS:
            self.mend()
            for act in due:
                if self.age() >= due[act]:
                    due[act] = self.age() + every[act] * \
                        self.rng.uniform(0.5, 1.5)
                    act()
            time.sleep(0.05)
        self.mend()
        self.finish()

    def finish(self):
        """All mail is where it belongs, soon after the last trouble."""
        self.rig.write_config()
        self.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 120
        while time.monotonic() < end:
            counts = Counter()
            for m in self.rig.mailboxes:
                counts.update(m.counts())
            if counts == self.where and self.rig.query(
                    'SELECT count(*) FROM message WHERE filed_ts IS NULL'
                    " AND status <> 'other'") == [(0,)]:
                break
            time.sleep(1)
            self.mend()
        self.measure()
        self.process.terminate()
        status = self.process.wait(10)
        self.log.close()
        with open(self.rig.path('ruad.log'), encoding='utf-8',
                  errors='replace') as f:
            lines = f.readlines()
        self.tell(lines)
        assert counts == self.where, (counts, self.where)
        assert status == 0, status
        assert not self.unexpected, self.unexpected
        bad = [line for line in lines if 'the fetcher died' in line and
               'Killed' not in line or 'out of memory' in line or
               'made no progress' in line]
        assert not bad, bad
        self.rig.check()

    def tell(self, lines):
        for what in sorted(self.done):
            print('%-24s %d' % (what, self.done[what]))
        print('%-24s %d' % ('lives of the supervisor', len(self.lives)))
        print('%-24s %s' % ('statuses', dict(self.rig.statuses())))
        print('%-24s %d' % ('lines of log', len(lines)))
        began, first, last = max(self.lives, key=lambda x: (
            x[1] is not None, -x[0]))
        ended = min([x[0] for x in self.lives if x[0] > began],
                    default=time.monotonic())
        print('the longest life, %d s: RSS %d KiB and %d descriptors at its '
              'start, %d KiB and %d at its end' % (
                  ended - began, *(first or (0, 0)), *(last or (0, 0))))
        sys.stdout.flush()


def main():
    with Dovecot() as server:
        soak = Soak(server)
        try:
            soak.soak()
        except BaseException:
            print('seed %d, after %d s: %s is kept' % (
                SEED, soak.age(), soak.rig.dir))
            if soak.process.poll() is None:
                os.killpg(soak.process.pid, signal.SIGKILL)
            raise
        soak.rig.stop()
    print('all is well')


if __name__ == '__main__':
    main()
