# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 at every system call of every process, then another poll."""

import pytest

import torture
from longform import SHORT

ROLES = ('main', 'opener', 'fetcher', 'parser')


@pytest.mark.parametrize('role', ROLES)
def test_killed_at_every_system_call(request, scene, inject, role):
    """Killed as it enters the call; N + 1 is "killed when N was done"."""
    kill_everywhere(request, scene, inject, role)


def test_killed_at_every_system_call_of_a_session_with_tls(
        request, tls_scene, inject):
    kill_everywhere(request, tls_scene, inject, 'fetcher')


@pytest.mark.parametrize('kind', range(3))
@pytest.mark.parametrize('calls, n', torture.AROUND)
def test_killed_where_a_message_is_filed(scene, inject, kind, calls, n):
    """At these points in any case, however many others are tried."""
    scene.new()
    calls += '@UID MOVE %d' % scene.uids()[kind]
    result = scene.run(inject(scene.report, 'fetcher', calls, n, 'kill'))
    assert scene.counted()[1] == 1
    assert result.code in CODES['fetcher'], result
    scene.look(calls)
    scene.finish(calls)


def kill_everywhere(request, scene, inject, role):
    scene.new()
    scene.run(inject(scene.report, role, 'all', 0, 'kill'))
    total, _ = scene.counted()
    assert total > 50
    scene.finish('undisturbed')
    killed, codes = 0, set()
    for n in torture.points(total):
        scene.new()
        result = scene.run(inject(scene.report, role, 'all', n, 'kill'))
        if scene.counted()[1] == 0:
            continue
        killed += 1
        codes.add(result.code)
        assert result.code in CODES[role], (n, result)
        scene.look(n)
        scene.finish(n)
    # A poll is not always as long as the one that was counted.
    assert killed > (1 if SHORT else 2)
    torture.note(request.node.name, kills=killed, calls=total, codes=codes)


# The main process dies of it; a dead fetcher is a crash (70); a parser that
# was killed is started again.
CODES = {'main': {137}, 'opener': {70}, 'fetcher': {70}, 'parser': {0, 75}}
