# SPDX-License-Identifier: BSD-2-Clause
"""The fixtures of the system tests, and a Cyrus IMAP server."""

import importlib.util
import os
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
build, certificates = system.build, system.certificates
dovecot, special_dovecot = system.dovecot, system.special_dovecot
fake, rig = system.fake, system.rig

from cyrus import Cyrus, unpack         # noqa: E402


@pytest.fixture(scope='session')
def root(tmp_path_factory):
    """The programs of Cyrus, unpacked and not installed."""
    return unpack(str(tmp_path_factory.mktemp('cyrus-root')))


@pytest.fixture
def cyrus(root, certificates):
    """Makes a server."""
    servers = []

    def make(**options):
        server = Cyrus(root, certificates, **options)
        servers.append(server)
        return server
    yield make
    for server in servers:
        server.stop()
