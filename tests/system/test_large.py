# SPDX-License-Identifier: BSD-2-Clause
"""A mailbox with thousands of mails; tests/torture has 100,000 of them."""

import pytest

import flood
from sampler import Sampler

COUNT = 5000


@pytest.fixture
def large(rig, special_dovecot):
    """A mailbox of a server that is fast enough."""
    rig.check_rows = False              # flood.all_stored() looks at them
    server = special_dovecot(**flood.OPTIONS)
    return lambda name, **options: rig.mailbox(name, server, **options)


def test_thousands_of_mails_take_little_memory(rig, large):
    m = large('big')
    flood.fill(m.server, m.user, 0, COUNT)
    flood.poll(rig, Sampler())
    flood.all_stored(rig, m, COUNT)


def test_thousands_of_mails_that_stay_are_read_once(rig, large):
    m = large('big', archive='')
    flood.fill(m.server, m.user, 0, COUNT)
    flood.poll(rig, Sampler())
    flood.fill(m.server, m.user, COUNT, 1)
    assert '1 mail: 1 new' in rig.once().log
    flood.all_stored(rig, m, COUNT + 1, 'INBOX')


def test_a_first_poll_that_is_interrupted_goes_on(rig, large):
    flood.interrupt(rig, large('big'), COUNT)


def test_another_mailbox_is_polled_meanwhile(rig, large):
    waits = flood.beside(
        rig, large('big'), large('other', interval='1s'), 2 * COUNT)
    assert waits and max(waits) < 15, waits
