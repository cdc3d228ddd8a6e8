# SPDX-License-Identifier: BSD-2-Clause
"""One poll of a mailbox with every kind of mail in it, to be disturbed at
any point, put right by the next poll, and checked.

TORTURE_SECONDS is what one test may take to try every point; without it, or
when the time is over, it has tried some of them, spread over all, and in the
short form (tests/system/longform.py) half of these.
"""

import os
import platform
import subprocess
import time
from collections import Counter

import pytest

import checker
import gen
import longform
from dovecot import digest, tied
from patience import PATIENCE, wait_until
from rig import Result, tail

SECONDS = float(os.environ.get('TORTURE_SECONDS', '0'))
FEW = 6                         # points without TORTURE_SECONDS
FIGURES = os.environ.get('TORTURE_FIGURES')


def only_here():
    if platform.machine() != 'x86_64':
        pytest.skip('inject.c knows the registers of x86-64 only')


def points(total, few=FEW):
    """The numbers from 1 to beyond total, until a run in which nothing fails.
    The order is such that what was tried when time is over is spread over
    all; some are tried in any case."""
    if longform.SHORT:
        few = (few + 1) // 2
    bits = total.bit_length()
    order = sorted(range(1, total + 1), key=lambda n: int(
        format(n, '0%db' % bits)[::-1], 2))
    end = time.monotonic() + SECONDS
    for count, n in enumerate(order):
        if count >= few and time.monotonic() > end:
            break
        yield n
    # How many calls there are differs a little from run to run.
    if SECONDS:
        yield total + total // 10 + 20


# What is moved when a message is filed before its rows are durable is lost
# here: a command was not sent yet; it was, and its answer is not known; the
# answer is not written down yet.
AROUND = ('all', 1), ('all', 2), ('pwrite64', 1), ('fdatasync', 1)


def note(request_or_name, **figures):
    """For the manual page: what was done, in figures."""
    line = '%s: %s' % (request_or_name, ', '.join(
        '%s %s' % (v, k) for k, v in figures.items()))
    print(line)
    if FIGURES:
        with open(FIGURES, 'a', encoding='utf-8') as f:
            f.write(line + '\n')


def run(rig, server, command, timeout=PATIENCE, env=(), program=None):
    """ruad -1 behind another command, until the server has seen its end."""
    program = program or [rig.program, '-c', rig.conf, '-1']
    done = subprocess.run(
        **tied([*command, *program], {**rig.environment(), **dict(env)}),
        timeout=timeout, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, errors='replace', check=False)
    for session in server.sessions:
        wait_until(lambda s=session: not s.is_alive())
    rig.outputs += [done.stdout, done.stderr]
    return Result(done.returncode, done.stdout, done.stderr,
                  done.stderr.splitlines())


class Scene:
    """A database and a mailbox that are new for every run."""

    def __init__(self, rig, server, tls='none', small=False):
        """small: one report and one other mail, for tests of each byte."""
        self.rig, self.server = rig, server
        rig.check_rows = False          # finish() does, each time
        self.box = rig.mailbox(
            server=server, user='rua', tls=tls, other='Other',
            **({'ca_file': None} if tls == 'none' else {}))
        reports = [gen.mail('torture', i, 1 if small else 2)
                   for i in range(1 if small else 3)]
        self.reports = [m.report for m in reports]
        self.statuses = {'stored': 1, 'other': 1} if small else {
            'stored': 3, 'duplicate': 1, 'other': 1, 'failed': 1}
        self.folders = {'Archive': 1, 'Other': 1} if small else {
            'Archive': 4, 'Other': 1, 'Failed': 1}
        again = reports[0].data.replace(b'Message-ID: <', b'Message-ID: <2.',
                                        1)
        again = b'X-Again: yes\r\n' + again
        self.mails = [m.data for m in reports] + [
            again, gen.person_mail(), gen.broken_mail('torture', 9)]
        if small:
            self.mails = [reports[0].data, gen.person_mail()]
        self.number = 0
        self.report = rig.path('injected')

    def new(self):
        """An empty database and a full INBOX."""
        self.number += 1
        self.rig.database = self.rig.path('db%d/ruad.db' % self.number)
        self.server.folders = {'INBOX': {}}
        self.server.sessions.clear()
        self.server.deliver(None, self.mails)
        self.rig.write_config()

    def uids(self):
        """Of each kind of mail that is filed: (report, of others, failed)."""
        uids = sorted(self.server.folders['INBOX'])
        return uids[0], uids[-2], uids[-1]

    def run(self, command, timeout=PATIENCE, env=(), program=None):
        return run(self.rig, self.server, command, timeout, env, program)

    def counted(self):
        """(calls, hits) of the last injection."""
        with open(self.report, encoding='ascii') as f:
            return tuple(map(int, f.read().split()))

    def look(self, where):
        """What must hold at any moment."""
        have = Counter()
        for mails in self.server.folders.values():
            have.update(map(digest, mails.values()))
        want = Counter(map(digest, self.mails))
        assert have == want, (where, want - have, have - want)
        if os.path.exists(self.rig.database) and self.rig.query(
                'SELECT count(*) FROM sqlite_schema') != [(0,)]:
            checker.database(self.rig.database)

    def finish(self, where):
        """The next poll puts everything right."""
        result = self.rig.run('-1', config=False)
        assert result.code == 0, (where, tail(result.lines))
        self.look(where)
        counts = {k: len(v) for k, v in self.server.folders.items() if v}
        assert counts == self.folders, (where, counts)
        checker.rows(self.rig.database, self.reports)
        assert self.rig.statuses() == self.statuses, where
        assert self.rig.query('SELECT count(*) FROM message'
                              ' WHERE filed_ts IS NULL') == [(0,)], where
        self.clean()

    def clean(self):
        checker.no_secret(self.rig.outputs, [self.rig.dir],
                          own=[self.rig.password_file])
        self.rig.outputs.clear()
        for suffix in ('', '-wal', '-shm', '.lock'):
            if os.path.exists(self.rig.database + suffix):
                os.unlink(self.rig.database + suffix)
        self.rig.mailboxes[0].before.clear()
