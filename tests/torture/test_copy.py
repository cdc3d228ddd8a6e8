# SPDX-License-Identifier: BSD-2-Clause
"""A server without MOVE: a fetcher that is killed anywhere between COPY and
EXPUNGE leaves no mail twice."""

from collections import Counter

import pytest

import torture
from dovecot import digest
from longform import SHORT
from test_copies import PLAIN


@pytest.fixture
def scene(rig, fake):
    return torture.Scene(rig, fake(tls='none',
                                   capability=PLAIN + ' UIDPLUS'))


def test_killed_at_every_system_call_without_move(request, scene, inject):
    scene.new()
    scene.run(inject(scene.report, 'fetcher', 'all', 0, 'kill'))
    total, _ = scene.counted()
    scene.finish('undisturbed')
    killed = twice = 0
    for n in torture.points(total, 2 * torture.FEW):
        scene.new()
        scene.run(inject(scene.report, 'fetcher', 'all', n, 'kill'))
        if scene.counted()[1] == 0:
            continue
        killed += 1
        have = Counter()
        for mails in scene.server.folders.values():
            have.update(map(digest, mails.values()))
        assert set(have) == set(map(digest, scene.mails)), n
        twice += max(have.values()) > 1
        scene.finish(n)
    assert killed > (1 if SHORT else 2)
    torture.note(request.node.name, kills=killed, calls=total,
                 **{'of them between COPY and EXPUNGE': twice})
