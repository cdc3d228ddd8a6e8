# SPDX-License-Identifier: BSD-2-Clause
"""What every system test has: a rig with ruad in it, and mail servers."""

import os
import re
import subprocess
import sys
import time
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import pytest                           # noqa: E402
from _pytest.runner import runtestprotocol      # noqa: E402

import certs                            # noqa: E402
import longform                         # noqa: E402
from dovecot import Dovecot             # noqa: E402
from fakeimap import FakeImap           # noqa: E402
from nameserver import FakeServer, NameServer   # noqa: E402
from rig import Rig                     # noqa: E402


# What takes longest is begun first, so that nobody waits for it at the end.
LONG = ('test_hostile_work.py', 'test_hostile.py', 'test_faults.py',
        'test_stubborn.py', 'test_world.py', 'test_report_form.py',
        'test_alerted.py', 'test_timers.py')


def pytest_collection_modifyitems(config, items):
    longform.leave_out(config, items)
    items.sort(key=lambda item: LONG.index(item.path.name)
               if item.path.name in LONG else len(LONG))


def today():
    return int(time.time()) // 86400


# What tests put in is often of the days before the one on which they were
# read, while the programs ask the clock.
READ_ON = today()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    """What fails after midnight (UTC) is read anew and run once more."""
    where = {'nodeid': item.nodeid, 'location': item.location}
    item.ihook.pytest_runtest_logstart(**where)
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    bad = [one for one in reports if one.failed]
    if bad and today() != READ_ON:
        name = str(item.path) + item.nodeid[item.nodeid.index('::'):]
        done = subprocess.run(
            [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider',
             '--color=no', name], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        for one in bad:
            one.sections.append(('once more, on another day',
                                 done.stdout.decode(errors='replace')))
            if done.returncode == 0:
                one.outcome, one.longrepr = 'passed', None
    for one in reports:
        item.ihook.pytest_runtest_logreport(report=one)
    item.ihook.pytest_runtest_logfinish(**where)
    return True


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == 'call':
        item.failed = outcome.get_result().failed


@pytest.fixture(scope='session')
def build():
    """The directory with the programs under test."""
    path = os.environ.get('RUAD_BUILD')
    if not path:
        path = os.path.join(HERE, '../../build/dev')
    return os.path.abspath(path)


@pytest.fixture(scope='session')
def certificates(tmp_path_factory):
    path = str(tmp_path_factory.mktemp('certs'))
    certs.make_all(path)
    return path


@pytest.fixture(scope='session')
def dovecot(certificates):
    """The server of most tests; every test has users of its own."""
    with Dovecot(certificates=certificates) as server:
        yield server


@pytest.fixture
def special_dovecot(certificates):
    """Makes a server that is not like the others."""
    servers = []

    def make(**options):
        server = Dovecot(certificates=certificates, **options)
        servers.append(server)
        return server.start()
    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def fake(certificates):
    """Makes a scripted server."""
    servers = []

    def make(*args, **options):
        server = FakeImap(certificates, *args, **options)
        servers.append(server)
        return server
    yield make
    for server in servers:
        server.close()


@pytest.fixture
def nameserver():
    """Makes an NSD with the zones that it is given."""
    servers = []

    def make(zones):
        server = NameServer(zones)
        servers.append(server)
        return server.start()
    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def fake_nameserver():
    """Makes a name server that is not as it should be."""
    servers = []

    def make(*args, **options):
        server = FakeServer(*args, **options)
        servers.append(server)
        return server
    yield make
    for server in servers:
        server.close()


@pytest.fixture
def rig(request, build, dovecot, special_dovecot, fake):
    # The servers are asked for so that they are there until check().
    del special_dovecot, fake
    user = '%s-%08x' % (re.sub(r'\W+', '-', request.node.name)[5:40],
                        zlib.crc32(request.node.nodeid.encode()))
    r = Rig(build, dovecot, user)
    try:
        yield r
        if not getattr(request.node, 'failed', True):
            r.check()
    finally:
        r.stop()
