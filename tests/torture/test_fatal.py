# SPDX-License-Identifier: BSD-2-Clause
"""A mail that crashes whoever reads it, while ruad is killed and stopped all
the time: it is tried twice, and no other mail is blamed for anything."""

import os
import random
import signal
import subprocess
import time

import longform
import rig as rigs
import torture
from test_careful import CRASHED, crash, deliver_with_poison, die_at, failures

assert crash                            # a fixture


def disturb(rng, d):
    """Perhaps end the fetcher, all, or the supervisor; whether it was done."""
    try:
        d.process.wait(rng.uniform(0, 0.35))
        return False
    except subprocess.TimeoutExpired:
        pass
    fetchers = [pid for pid, name in rigs.children(d.pid) if name == 'ruad']
    victims = rng.choice([fetchers, fetchers + [d.pid], [d.pid]])
    number = rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM])
    for pid in victims:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
    return bool(victims)


def poll(rng, rig):
    """One, disturbed or not: its exit status, and whether it crashed."""
    d = rig.start('-1')
    disturbed = rng.random() < 0.7 and disturb(rng, d)
    code = d.wait()
    d.kill()
    time.sleep(0.03)                    # who was orphaned ends, too
    return None if disturbed else code, d.count('Segmentation|Aborted')


def test_a_fatal_mail_is_tried_twice_however_often_all_is_killed(
        request, rig, crash):
    rng = random.Random(4)
    end = time.monotonic() + torture.SECONDS / 3
    rounds, polls, mails = 0, 0, 30 if longform.SHORT else 60
    rig.check_rows = False
    while rounds < (2 if longform.SHORT else 3) or time.monotonic() < end:
        m = rig.mailbox('m%d' % rounds)
        good, bad = deliver_with_poison(
            m, 'fatal%d' % rounds, mails, rng.randrange(mails + 1))
        die_at(rig, crash, rng.choice(['sendmsg', 'recv']),
               rng.choice(['segv', 'abort']))
        code, crashes = CRASHED, 0
        while code != 0:
            code, crashed = poll(rng, rig)
            crashes += crashed
            polls += 1
            assert crashes <= 2
        assert m.holds('Archive', *good), rounds
        assert m.holds('Failed', *bad), rounds
        assert [n for n, _ in failures(rig)] == [2] * (rounds + 1)
        rig.mailboxes.remove(m)
        rounds += 1
    torture.note(request.node.name, mails=rounds, polls=polls)
