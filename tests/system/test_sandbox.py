# SPDX-License-Identifier: BSD-2-Clause
"""No sandbox, no service: on machines where ruad-parse cannot be locked in,
nothing is read by it, and ruad does not start."""

import os
import subprocess

import pytest

import gen
from patience import PATIENCE

HERE = os.path.dirname(os.path.abspath(__file__))

# How it is broken: exit status or signal of ruad-parse, words it must say.
BROKEN = {
    'hollow': (70, 'the sandbox does not hold: a file could be opened'),
    'no seccomp': (70, 'cannot enter the seccomp filter'),
    'old kernel': (70, 'cannot close descriptors'),
    'new libc': (-31, ''),                      # SIGSYS
}


@pytest.fixture(scope='module')
def preload(tmp_path_factory, build):
    said = subprocess.run([build + '/ruad-parse', '-V'], capture_output=True,
                          text=True, check=True).stdout
    if 'sandbox: none' in said:
        pytest.skip(said.strip())
    path = str(tmp_path_factory.mktemp('preload') / 'nosandbox.so')
    subprocess.run([os.environ.get('CC', 'cc'), '-std=c17', '-D_GNU_SOURCE',
                    '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-o',
                    path, HERE + '/nosandbox.c', '-ldl'], check=True)
    return path


def parse(build, preload, how, *args):
    return subprocess.run(
        [build + '/ruad-parse', *args], input=gen.mail('sandbox', 0).data,
        capture_output=True, timeout=PATIENCE, check=False,
        env={'LD_PRELOAD': preload, 'BROKEN': how})


@pytest.mark.parametrize('how', BROKEN)
def test_nothing_is_read_without_a_sandbox(build, preload, how):
    status, words = BROKEN[how]
    for args in (), ('--serve',):
        p = parse(build, preload, how, *args)
        assert p.returncode == status, p.stderr
        assert p.stdout == b'' and words in p.stderr.decode()


def test_it_works_when_nothing_is_broken(build, preload):
    """Else the others would prove nothing."""
    p = parse(build, preload, 'nothing')
    assert p.returncode == 0 and b'"status":"report"' in p.stdout


def test_without_landlock_seccomp_must_do(build, preload):
    p = parse(build, preload, 'no landlock')
    assert p.returncode == 0 and b'"status":"report"' in p.stdout
    p = parse(build, preload, 'no landlock', '-V')
    assert p.stdout.splitlines()[0].endswith(b'sandbox: seccomp')


@pytest.mark.parametrize('how', BROKEN)
def test_ruad_does_not_start_without_a_sandbox(rig, fake, preload, how):
    server = fake()
    m = rig.mailbox(server=server, user='rua')
    m.deliver(gen.mail('sandbox', 0), stored=False)
    rig.check_rows = False
    rig.replace_parser('#!/bin/sh\nLD_PRELOAD=%s BROKEN="%s" exec REAL "$@"\n'
                       % (preload, how))
    for args in ('-1',), ():
        result = rig.run(*args)
        assert result.code == 78, result.log
        assert 'sandbox' in result.log
    assert not server.sessions, 'it logged in all the same'
    assert not os.path.exists(rig.database)
