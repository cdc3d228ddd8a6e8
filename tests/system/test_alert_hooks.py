# SPDX-License-Identifier: BSD-2-Clause
"""The hooks of ruactl alerts, which fail, hang and are not to be trusted, and
the file in which it remembers what it has told."""

import fcntl
import json
import os
import random
import subprocess
import time

import pytest

from alertworld import own, world_so            # noqa: F401
from ctl import PASS
from longform import SHORT
from patience import PATIENCE, Stopwatch, wait_until

OWN = '192.0.2.1'


# --- hooks ------------------------------------------------------------------

@pytest.fixture
def hooked(own):
    """A silent reporter is to be told, and two hooks write what they get to
    files that are called as they are."""
    own.hooks = own.directory / 'hooks.d'
    own.hooks.mkdir(mode=0o755)

    def hook(name, end='', mode=0o755):
        path = own.hooks / name
        path.write_text('#!/bin/sh\ncat >>%s/%s.got\n%s\n' % (
            own.directory, name, end))
        path.chmod(mode)
    own.hook = hook
    own.fill(30, lambda day: [(OWN, 9, PASS)], orgs=['Big'])
    own.at(40)
    return own


def tell(own, code=0, **options):
    return own.told('--exec=hooks.d', code=code, **options)


def got(own, name):
    """The events that a hook got, run by run."""
    path = own.directory / (name + '.got')
    if not path.exists():
        return []
    return [json.loads(line)['object'] for line in
            path.read_text().splitlines()]


SILENT = [('silent_reporter', 'on', 'Big')]


def test_hooks_get_lines_of_json_in_the_order_of_their_names(hooked):
    for name in '20-second', '10-first', '30_third':
        hooked.hook(name, 'echo %s >>%s/order' % (name, hooked.directory))
    assert tell(hooked) == SILENT
    assert (hooked.directory / 'order').read_text().split() == [
        '10-first', '20-second', '30_third']
    lines = (hooked.directory / '10-first.got').read_text()
    assert list(json.loads(lines)) == [
        'time', 'event', 'state', 'key', 'domain', 'object', 'since', 'text',
        'command']
    # Without anything to tell none is run.
    assert tell(hooked) == []
    assert len((hooked.directory / 'order').read_text().split()) == 3


def test_a_hook_that_fails_is_told_again_and_the_others_are_not(hooked):
    hooked.hook('good')
    hooked.hook('sick', 'test ! -e %s/ill' % hooked.directory)
    (hooked.directory / 'ill').touch()
    assert tell(hooked, code=75) == SILENT
    assert 'hooks.d/sick exited with 1' in hooked.error
    assert '1 of 2 hooks failed' in hooked.error
    assert tell(hooked, code=75) == []
    # What comes meanwhile is told after it.
    hooked.change('INSERT INTO mailbox (name, server, username, folder)'
                  " VALUES ('rua', 'h', 'u', 'INBOX')")
    assert len(tell(hooked, code=75)) == 1
    (hooked.directory / 'ill').unlink()
    # A run without hooks takes nothing from them.
    assert hooked.told() == []
    assert tell(hooked) == tell(hooked) == []
    assert got(hooked, 'good') == ['Big', 'rua']
    assert got(hooked, 'sick') == [
        'Big', 'Big', 'Big', 'rua', 'Big', 'rua']


def test_a_hook_that_is_gone_is_forgotten(hooked):
    hooked.hook('sick', 'exit 1')
    assert tell(hooked, code=75) == SILENT
    (hooked.hooks / 'sick').chmod(0o644)
    assert tell(hooked) == []
    (hooked.hooks / 'sick').chmod(0o755)
    assert tell(hooked) == []
    assert got(hooked, 'sick') == ['Big']


def test_who_is_killed_between_hook_and_state_tells_it_again(hooked):
    hooked.hook('one', 'test -e %s/once || { touch %s/once; '
                'kill -9 $PPID; }' % ((hooked.directory,) * 2))
    tell(hooked, code=-9)
    assert not hooked.state.exists()
    assert tell(hooked) == SILENT
    assert tell(hooked) == []
    assert got(hooked, 'one') == ['Big', 'Big']


def test_whenever_it_is_killed_nothing_is_lost(hooked):
    """On and off in turn: each is told, and the file is always whole."""
    path = hooked.hooks / 'one'
    path.write_text('#!/bin/sh\nexec cat >>%s/one.got\n' % hooked.directory)
    path.chmod(0o755)
    assert tell(hooked) == SILENT
    hooked.change('INSERT INTO mailbox (name, server, username, folder)'
                  " VALUES ('rua', 'h', 'u', 'INBOX')")
    hooked.change('UPDATE mailbox SET active = 0')
    watch = Stopwatch()
    hooked.told()
    took = watch.seconds()
    args = [hooked.program, 'alerts', '--state=state', '--exec=hooks.d']
    chance = random.Random(18)
    killed = 0
    for turn in range(1, 61):
        # Three hours later, so that what is gone has ended.
        hooked.change('UPDATE mailbox SET active = ?', turn // 2 % 2)
        hooked.at(41, 3 * turn)
        with subprocess.Popen(args, cwd=hooked.directory, env=hooked.env,
                              stdout=subprocess.DEVNULL) as run:
            time.sleep(chance.uniform(0, 1.2 * took))
            run.kill()
        assert run.returncode in (0, -9)
        killed += run.returncode == -9
    assert killed
    hooked.change('UPDATE mailbox SET active = 1')
    hooked.at(60)
    tell(hooked)
    hooked.change('UPDATE mailbox SET active = 0')
    for hour in 1, 4:
        hooked.at(60, 8 + hour)
        tell(hooked)
    states = [json.loads(line)['state'] for line in
              (hooked.directory / 'one.got').read_text().splitlines()
              if json.loads(line)['object'] == 'rua']
    # Told twice at most where it was killed, but never out of turn.
    turns = [state for i, state in enumerate(states)
             if i == 0 or state != states[i - 1]]
    assert turns == ['on', 'off'] * (len(turns) // 2) and len(turns) >= 2
    assert len(states) - len(turns) <= killed
    assert tell(hooked) == []


def test_a_hook_that_hangs_is_killed(hooked):
    """It makes minutes pass by itself, so that nobody has to wait."""
    hooked.hook('slow', 'printf "\\001" | dd of=%s bs=1 seek=25 conv=notrunc'
                ' 2>/dev/null; sleep 1000 & wait' % hooked.world)
    assert tell(hooked, code=75) == SILENT
    assert 'it took more than 61 s' in hooked.error
    hooked.hook('slow')
    hooked.at(40)
    assert tell(hooked) == []
    assert got(hooked, 'slow') == ['Big', 'Big']


@pytest.mark.parametrize('end, words', [
    ('kill -11 $$', 'was killed by signal 11'),
    ('exit 255', 'exited with 255')])
def test_how_a_hook_ended_is_told(hooked, end, words):
    hooked.hook('one', end)
    assert tell(hooked, code=75) == SILENT
    assert words in hooked.error


def test_a_hook_has_a_clean_environment_and_no_files(hooked):
    hooked.hook('one', 'env >%(d)s/env; ls /proc/self/fd >%(d)s/fds; pwd'
                ' >>%(d)s/env; echo out; echo err >&2' % {
                    'd': hooked.directory})
    hooked.env['RUAD_DB'] = 'db/ruad.db'
    tell(hooked, env={'SECRET': 'x', 'RUAD_ALERT_TO': 'root', 'HOME': '/x',
                      'CREDENTIALS_DIRECTORY': '/run/c'})
    env = (hooked.directory / 'env').read_text().splitlines()
    assert {line for line in env if not line.startswith(('PWD=', '_='))} == {
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        'LANG=C.UTF-8', 'CREDENTIALS_DIRECTORY=/run/c', 'RUAD_ALERT_TO=root',
        'RUAD_DB=' + hooked.database, '/'}
    # The fourth is that of ls itself.
    assert (hooked.directory / 'fds').read_text().split() == list('0123')
    assert hooked.error.splitlines() == ['out', 'err']


def test_a_hook_need_not_read(hooked):
    hooked.fill(31, lambda day: [(OWN, 9, PASS)], orgs=[
        'Org %d %s' % (i, 'x' * 200) for i in range(300)])
    hooked.at(41)
    (hooked.hooks / 'deaf').write_text('#!/bin/sh\nexit 0\n')
    (hooked.hooks / 'deaf').chmod(0o755)
    assert len(tell(hooked)) == 301


@pytest.mark.parametrize('what', ['program', 'directory', 'owner'])
def test_what_others_can_change_is_not_run(hooked, what):
    hooked.hook('a-good')
    hooked.hook('b-bad')
    path = hooked.hooks / 'b-bad'
    if what == 'program':
        path.chmod(0o775)
    elif what == 'directory':
        hooked.hooks.chmod(0o777)
    elif os.geteuid() == 0:
        os.chown(path, 12345, 12345)
    else:
        pytest.skip('needs root')
    assert tell(hooked, code=78) == []
    assert not hooked.state.exists() and got(hooked, 'a-good') == []
    assert ('belongs to another user' if what == 'owner' else
            'can be changed by others: chmod go-w') in hooked.error


def test_what_is_not_a_hook_is_not_run(hooked):
    hooked.hook('good')
    for name in 'mail.sh', '.hidden', 'old~', 'a b':
        hooked.hook(name)
    for name in 'plain', 'README', 'README.md', 'mail.off':
        hooked.hook(name, mode=0o644)
    (hooked.hooks / 'folder').mkdir()
    (hooked.hooks / 'nowhere').symlink_to('/none')
    assert tell(hooked) == SILENT
    assert sorted(hooked.error.splitlines()) == [
        'ruactl: %s/%s is not run: a name has letters, digits, - and _ only'
        % (hooked.hooks, name) for name in ('a b', 'mail.sh')] + [
        'ruactl: %s/nowhere is not run: what it leads to is not there'
        % hooked.hooks,
        'ruactl: %s/plain is not run: chmod +x it, or end its name with .off'
        % hooked.hooks]
    assert [name for name in os.listdir(hooked.directory)
            if name.endswith('.got')] == ['good.got']


def test_a_program_that_cannot_be_run_has_failed(hooked):
    (hooked.hooks / 'one').write_text('#!/no/interpreter\n')
    (hooked.hooks / 'one').chmod(0o755)
    (hooked.hooks / 'two').write_text('no head line\n')
    (hooked.hooks / 'two').chmod(0o755)
    assert tell(hooked, code=75) == SILENT
    assert hooked.error.count('cannot run ') == 2
    assert '2 of 2 hooks failed' in hooked.error


def test_a_directory_without_hooks_is_told(hooked):
    assert tell(hooked) == SILENT
    assert 'has no hook that can be run' in hooked.error
    hooked('alerts', '--state=other', '--exec=none', code=66)
    assert not (hooked.directory / 'other').exists()


# --- the state file ---------------------------------------------------------

def test_a_state_file_is_needed(own):
    own('alerts', code=64)
    assert '--state=FILE' in own.error
    own('alerts', '--state=', code=64)
    assert '--state=FILE' in own.error


def test_two_runs_do_not_use_it_at_once(hooked):
    with open(str(hooked.state) + '.lock', 'w', encoding='ascii') as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        hooked('alerts', '--state=state', code=75)
        assert 'another ruactl alerts is at work' in hooked.error
    assert hooked.told() == SILENT


def test_a_state_file_may_be_a_symlink(hooked):
    (hooked.directory / 'elsewhere').mkdir()
    real = hooked.directory / 'elsewhere' / 'real'
    assert hooked.told() == SILENT
    hooked.state.rename(real)
    hooked.state.symlink_to('elsewhere/real')
    number = real.stat().st_ino
    assert hooked.told() == []
    assert hooked.state.is_symlink() and real.stat().st_ino != number
    assert hooked.told('--state=' + str(real)) == []
    # Whatever it is called, it is used by one run at a time.
    with open(str(real) + '.lock', 'r+', encoding='ascii') as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        hooked('alerts', '--state=state', code=75)


def test_two_runs_at_once_tell_it_once(hooked):
    hooked.hook('slow', 'while test ! -e %s/go; do sleep 0.1; done'
                % hooked.directory)
    args = [hooked.program, 'alerts', '--state=state', '--exec=hooks.d']
    with subprocess.Popen(args, cwd=hooked.directory, env=hooked.env,
                          stdout=subprocess.PIPE) as first:
        wait_until(lambda: got(hooked, 'slow'))
        hooked('alerts', '--state=state', '--exec=hooks.d', code=75)
        (hooked.directory / 'go').touch()
        out, _ = first.communicate(timeout=PATIENCE)
    assert first.returncode == 0 and b'silent' in out
    assert tell(hooked) == [] and got(hooked, 'slow') == ['Big']


@pytest.mark.parametrize('text, words', [
    (b'', 'is empty'), (b'hello\n', 'is not a state file'),
    (b'\0\0\0', 'is not a state file'),
    (b'ruad-alerts 2\nend\tx\n', 'another version of ruactl'),
    (b'ruad-alerts 1\n', 'is damaged'), (b'ruad-alerts 1\nend\tx\n',
                                         'is damaged')])
def test_a_foreign_file_is_left_alone(hooked, text, words):
    hooked.hook('good')
    hooked.state.write_bytes(text)
    assert tell(hooked, code=65) == []
    assert words in hooked.error and 'nothing was changed' in hooked.error
    assert hooked.state.read_bytes() == text and got(hooked, 'good') == []


def test_a_directory_is_not_a_state_file(hooked):
    hooked.state.mkdir()
    hooked('alerts', '--state=state', code=65)
    hooked('alerts', '--state=none/state', code=73)
    assert "cannot open none/state.lock" in hooked.error


def test_every_damage_is_found(hooked):
    hooked.hook('sick', 'exit 1')
    tell(hooked, code=75)
    whole = hooked.state.read_bytes()
    assert b'\ntodo\t' in whole
    for at in range(0, len(whole), max(1, len(whole) // (20 if SHORT else 60))):
        for text in (whole[:at], whole[:at] + b'#' + whole[at + 1:],
                     whole[:at] + whole[at + 1:], whole[:at] + b'\0' +
                     whole[at + 1:]):
            if text == whole:
                continue
            hooked.state.write_bytes(text)
            hooked('alerts', '--state=state', code=65)
            assert hooked.state.read_bytes() == text
    hooked.state.write_bytes(whole)
    assert hooked.told() == []


def test_nobody_is_told_what_could_not_be_remembered(hooked):
    hooked.hook('good')
    (hooked.directory / 'state.tmp').mkdir()
    assert tell(hooked, code=73) == SILENT
    assert got(hooked, 'good') == []
    (hooked.directory / 'state.tmp').rmdir()
    assert tell(hooked) == SILENT


def test_nothing_is_remembered_that_could_not_be_printed(hooked):
    with open('/dev/full', 'wb') as full:
        done = subprocess.run(
            [hooked.program, 'alerts', '--state=state'], env=hooked.env,
            cwd=hooked.directory, stdout=full, stderr=subprocess.PIPE,
            timeout=PATIENCE, check=False)
    assert done.returncode == 75 and not hooked.state.exists()
    assert hooked.told() == SILENT


@pytest.mark.parametrize('closed', ['1>&-', '0<&- 1>&-', '0<&- 1>&- 2>&-'])
def test_nothing_is_written_where_output_is_closed(hooked, closed):
    done = subprocess.run(
        ['sh', '-c', 'exec "$0" alerts --state=state ' + closed,
         hooked.program], env=hooked.env, cwd=hooked.directory,
        timeout=PATIENCE, check=False)
    assert done.returncode == 75 and not hooked.state.exists()
    assert (hooked.directory / 'state.lock').read_bytes() == b''
    assert hooked.told() == SILENT


def test_without_a_database_nothing_is_remembered(own):
    own('alerts', '--state=state', code=66)
    assert not own.state.exists()
