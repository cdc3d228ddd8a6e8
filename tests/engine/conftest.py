# SPDX-License-Identifier: BSD-2-Clause
"""Engines and a history, which all tests share: who changes the history takes a
copy."""

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, HERE + '/../system', os.path.dirname(HERE)]

import pytest                           # noqa: E402

import chfeed                           # noqa: E402
import chserver                         # noqa: E402
import longform                         # noqa: E402
import pgserver                         # noqa: E402
import world                            # noqa: E402

# Of "make check-engines": all tests, and a longer history.
ALL = os.environ.get('RUAD_ENGINES') == 'all'


def pytest_collection_modifyitems(config, items):
    longform.leave_out(config, items)


@pytest.fixture(scope='session')
def build():
    """The directory with the programs under test."""
    return os.path.abspath(os.environ.get('RUAD_BUILD') or
                           HERE + '/../../build/dev')


@pytest.fixture(scope='session')
def postgres():
    if not pgserver.programs():
        pytest.skip('PostgreSQL is missing: make deps-engines')
    with pgserver.Postgres() as server:
        yield server


@pytest.fixture(scope='session')
def clickhouse():
    chfeed.skip_without(pytest)
    with chserver.One() as engine:
        yield engine


@pytest.fixture(scope='session')
def made(build, tmp_path_factory):
    """Two collectors with what has happened to them."""
    one = world.World(build, tmp_path_factory.mktemp('world'),
                      size=60 if ALL else 40)
    one.run()
    return one


@pytest.fixture
def copy(made, build, tmp_path):
    """copy(collector): a database of theirs that may be changed."""
    count = iter(range(100))

    def make(name):
        path = str(tmp_path / ('%s-%d.db' % (name, next(count))))
        subprocess.run(
            [build + '/ruactl', '-d', made.databases()[name], 'backup', path],
            check=True, stdout=subprocess.DEVNULL)
        return path
    return make
