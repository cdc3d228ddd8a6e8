# SPDX-License-Identifier: BSD-2-Clause
"""The service where MemoryMax= is too small for one of its mails: the kernel
kills, and nothing is lost."""

import pytest

import rig as rigs
import torture
from test_bounds import MIB, noise
from test_systemd import DROP_IN, booted, service    # noqa: F401

# pylint: disable=redefined-outer-name

ID_CRASH = 'MESSAGE_ID=0782d33ce359c86010a440a8ec751b03'


@pytest.mark.skipif(not torture.SECONDS,
                    reason='waits for several tries; make torture does it')
def test_a_service_without_memory_loses_nothing(service):
    service.drop_in('[Service]\nMemoryMax=32M\nMemorySwapMax=0\n')
    m = service.mailbox()
    m.deliver(*rigs.reports('memory', 20))
    m.deliver(noise(22 * MIB, 1), stored=False)
    m.deliver(*rigs.reports('memory', 20, first=20))
    service.start()
    # Those before the large one come in all the same, one by one.
    service.wait(lambda: len(service.lines(ID_CRASH)) >= 2)
    service.wait(lambda: m.counts().get('Archive', 0) >= 20)
    assert service.machine.show('ActiveState') == {'ActiveState': 'active'}
    service.machine.must('rm', '-r', DROP_IN)
    service.machine.must('systemctl', 'daemon-reload')
    service.machine.must('systemctl', 'restart', 'ruad')
    service.wait(lambda: m.counts() == {'Archive': 40, 'Failed': 1})
