# SPDX-License-Identifier: BSD-2-Clause
"""configure says what is missing, as the system calls it on which it runs."""

import os
import re
import shutil
import subprocess

import pytest

from patience import PATIENCE

SOURCE = os.path.abspath(os.environ.get('RUAD_SRC', '.'))
COMMANDS = {'Debian': 'apt-get install', 'Fedora': 'dnf install',
            'Arch': 'pacman -S', 'Alpine': 'apk add'}


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """What autoconf makes, and what configure needs beside it."""
    where = tmp_path_factory.mktemp('made')
    for name in ('configure.ac', 'config.mk.in', 'src/report/report.h'):
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(os.path.join(SOURCE, name), where / name)
    subprocess.run(['autoconf'], cwd=where, check=True)
    return where


@pytest.fixture
def configure(made, tmp_path):
    """Run it out of tree, with this in the environment."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)

    def run(*args, **env):
        return subprocess.run(
            ['./configure', *args], cwd=tmp_path, env={**os.environ, **env},
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=PATIENCE, check=False)
    return run


def script(path, text):
    path.write_text('#!/bin/sh\n' + text)
    path.chmod(0o755)
    return str(path)


def packages(text):
    """What it says to install, by distribution."""
    found = {}
    for name, command in COMMANDS.items():
        line, = re.findall('^%s: +%s (.*)$' % (name, command), text, re.M)
        found[name] = line.split()
    return found


def test_nothing_is_missing(configure):
    done = configure()
    assert (done.returncode, done.stderr) == (0, '')


def test_one_library_is_missing(configure, tmp_path):
    pkg_config = script(tmp_path / 'pkg-config', '''
case $* in
*libcares) exit 1 ;;
esac
exec %s "$@"
''' % shutil.which('pkg-config'))
    done = configure(PKG_CONFIG=pkg_config)
    assert done.returncode == 1
    assert done.stderr.startswith(
        'configure: error: missing or too old: libcares 1.18\n')
    assert packages(done.stderr) == {
        'Debian': ['libc-ares-dev'], 'Fedora': ['c-ares-devel'],
        'Arch': ['c-ares'], 'Alpine': ['c-ares-dev']}
    assert not (tmp_path / 'config.mk').exists()


def test_all_that_is_missing_is_said_at_once(configure, tmp_path):
    done = configure(PKG_CONFIG=script(tmp_path / 'none', 'exit 1\n'),
                     ac_cv_header_libetpan_libetpan_h='no',
                     ac_cv_header_linux_landlock_h='no')
    assert done.returncode == 1
    missing = re.search('missing or too old: (.*)$', done.stderr,
                        re.M)[1].split(', ')
    with open(SOURCE + '/configure.ac', encoding='ascii') as f:
        text = f.read()
    assert [m.split()[0] for m in missing] == re.findall(
        r'^RUAD_PKG\(\[\w+\], \[([\w.-]+)\]', text, re.M) + [
            'libetpan', 'linux/landlock.h']
    found = packages(done.stderr)
    assert {len(names) for names in found.values()} == {len(missing)}
    # "make deps" installs them; the kernel's headers come with libc6-dev.
    with open(SOURCE + '/Makefile', encoding='ascii') as f:
        deps = re.search(r'^PACKAGES = ((?:.*\\\n)*.*)', f.read(), re.M)[1]
    assert set(found['Debian']) - set(deps.split()) == {'linux-libc-dev'}


def test_ruad_web_is_left_out_or_what_it_needs_is_said(configure, tmp_path):
    without = {'PKG_CONFIG': script(tmp_path / 'pkg-config', '''
case $* in
*libmicrohttpd) exit 1 ;;
esac
exec %s "$@"
''' % shutil.which('pkg-config'))}
    done = configure(**without)
    assert done.returncode == 0
    assert 'ruad-web is not built' in done.stdout + done.stderr
    assert '\nWEB = no\n' in (tmp_path / 'config.mk').read_text()
    done = configure('--with-web', **without)
    assert done.returncode == 1
    assert packages(done.stderr) == {
        'Debian': ['libmicrohttpd-dev', 'libcrypt-dev'],
        'Fedora': ['libmicrohttpd-devel', 'libxcrypt-devel'],
        'Arch': ['libmicrohttpd', 'libxcrypt'],
        'Alpine': ['libmicrohttpd-dev', 'musl-dev']}


def test_without_pkg_config(configure, tmp_path):
    tools = tmp_path / 'tools'
    tools.mkdir()
    for directory in os.environ['PATH'].split(':'):
        for name in os.listdir(directory) if os.path.isdir(directory) else ():
            if 'pkg' not in name and not (tools / name).exists():
                (tools / name).symlink_to(os.path.join(directory, name))
    done = configure(PATH=str(tools), CC='/usr/bin/gcc')
    assert done.returncode == 1
    assert packages(done.stderr) == {
        'Debian': ['pkg-config'], 'Fedora': ['pkgconf-pkg-config'],
        'Arch': ['pkgconf'], 'Alpine': ['pkgconf']}


def test_another_system_is_refused_in_a_sentence(configure):
    done = configure(CC='gcc -U__linux__')
    assert done.returncode == 1
    assert done.stderr == (
        'configure: error: ruad is for Linux only: seccomp and Landlock lock '
        'in what parses mail\n')
