# SPDX-License-Identifier: BSD-2-Clause
"""The fixtures of the system tests, and what only these tests have."""

import importlib.util
import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
SYSTEM = os.path.join(os.path.dirname(HERE), 'system')
sys.path.insert(0, HERE)

spec = importlib.util.spec_from_file_location(
    'system_conftest', os.path.join(SYSTEM, 'conftest.py'))
system = importlib.util.module_from_spec(spec)
spec.loader.exec_module(system)
pytest_runtest_makereport = system.pytest_runtest_makereport
pytest_collection_modifyitems = system.pytest_collection_modifyitems
build, certificates = system.build, system.certificates
dovecot, special_dovecot = system.dovecot, system.special_dovecot
fake, rig = system.fake, system.rig

import torture                          # noqa: E402


@pytest.fixture(scope='session')
def tools(tmp_path_factory):
    """Compiles a helper; its path."""
    where = tmp_path_factory.mktemp('tools')

    def make(name, *options):
        path = str(where / name.partition('.')[0])
        if not os.path.exists(path):
            subprocess.run([os.environ.get('CC', 'cc'), '-std=c17', '-O2',
                            '-D_GNU_SOURCE', '-Wall', '-Wextra', '-o', path,
                            os.path.join(HERE, name), *options], check=True)
        return path
    return make


@pytest.fixture
def scene(rig, fake):
    return torture.Scene(rig, fake(tls='none'))


@pytest.fixture
def tls_scene(rig, fake):
    return torture.Scene(rig, fake(), tls='implicit')


@pytest.fixture
def inject(tools):
    """The command line that makes one call of one process fail."""
    torture.only_here()
    program = tools('inject.c')

    def command(report, role, calls, when, action):
        return [program, report, role, calls, str(when), str(action)]
    return command
