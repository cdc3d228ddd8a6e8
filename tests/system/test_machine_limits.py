# SPDX-License-Identifier: BSD-2-Clause
"""A machine that gives too little: that passes, and the sentence names the
limit, so that systemd starts ruad again."""

import pytest

import gen


def run_within(rig, *limits):
    d = rig.start('-1', under=('prlimit', *limits))
    return d.wait(), '\n'.join(d.lines)


def test_a_hard_limit_of_the_address_space_is_named(rig):
    m = rig.mailbox()
    m.deliver(gen.mail('as', 0), stored=False)
    code, log = run_within(rig, '--as=%d' % (150 << 20))
    assert code == 75, log
    assert 'the hard limit of the address space is 153600 KiB' in log
    assert 'needs 196608 KiB' in log and 'LimitAS=' in log
    assert m.counts() == {'INBOX': 1}


@pytest.mark.parametrize('files', [4, 5, 6, 7, 8, 9])
def test_too_few_descriptors_pass(rig, files):
    m = rig.mailbox()
    m.deliver(gen.mail('files', files), stored=False)
    code, log = run_within(rig, '--nofile=%d' % files)
    assert code in (69, 75), log
    assert 'Too many open files' in log
    assert m.counts() == {'INBOX': 1}
