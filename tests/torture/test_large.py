# SPDX-License-Identifier: BSD-2-Clause
"""100,000 mails in one mailbox (fewer if it must be short): bounded memory,
no longer for each mail than when they are few, interrupted without harm, and in
nobody's way."""

import time

import pytest

import flood
import longform
import torture
from sampler import Sampler

FEW, MANY = (10000, 100000) if torture.SECONDS else (
    3000, 5000 if longform.SHORT else 10000)
SLOWER = 1.5


@pytest.fixture
def large(rig, special_dovecot):
    rig.check_rows = False              # flood.all_stored() looks at them
    server = special_dovecot(**flood.OPTIONS)
    return lambda name, **options: rig.mailbox(name, server, **options)


def measure(rig, m, first, count):
    """Seconds of wall and of our CPU for each mail."""
    flood.fill(m.server, m.user, first, count)
    start = time.monotonic()
    cpu = flood.poll(rig, Sampler())
    wall = time.monotonic() - start
    flood.all_stored(rig, m, count)
    rig.mailboxes.remove(m)
    return wall / count, sum(cpu.values()) / count


def test_a_mail_takes_as_long_among_many_as_among_few(request, rig, large):
    few_wall, few = measure(rig, large('few'), 0, FEW)
    many_wall, many = measure(rig, large('many'), FEW, MANY)
    torture.note(request.node.name, few='%.0f us' % (few * 1e6),
                 many='%.0f us' % (many * 1e6),
                 wall='%.0f us, %.0f us' % (few_wall * 1e6, many_wall * 1e6))
    assert many < SLOWER * few


def test_many_mails_that_stay_are_read_once(request, rig, large):
    m = large('big', archive='')
    empty = sum(flood.poll(rig, Sampler()).values())
    flood.fill(m.server, m.user, 0, MANY)
    first = sum(flood.poll(rig, Sampler()).values())
    flood.fill(m.server, m.user, MANY, 1)
    start = time.monotonic()
    cpu = sum(flood.poll(rig, Sampler()).values())
    torture.note(request.node.name, wall='%.2f s' % (time.monotonic() - start),
                 cpu='%.2f s' % cpu, first='%.2f s' % first,
                 empty='%.2f s' % empty)
    flood.all_stored(rig, m, MANY + 1, 'INBOX')
    # A poll begins with what costs as much as reading some thousand messages;
    # the empty one also makes the database.
    assert cpu - empty < (first - empty) / 4


def test_a_first_poll_of_many_mails_can_be_interrupted(request, rig, large):
    stopped, killed = flood.interrupt(rig, large('big'), MANY)
    torture.note(request.node.name, stored=MANY, **{
        'when stopped': stopped, 'when killed': killed})


def test_another_mailbox_is_polled_meanwhile(request, rig, large):
    # On a fast machine fewer are stored within the second of its interval; and
    # who waits to write may have bad luck, but not each time.
    for i in range(3):
        waits, shares = flood.beside(
            rig, large('big%d' % i), large('other%d' % i, interval='1s'),
            max(MANY, 40000), 1000000 * i)
        if shares[0] < 0.9:
            break
    torture.note(request.node.name, mails=len(waits),
                 longest='%.1f s' % max(waits))
    # None of them had to wait for what was left of the flood.
    assert shares[0] < 0.9, shares
    if MANY >= 100000:
        assert max(shares) < 0.5, shares
