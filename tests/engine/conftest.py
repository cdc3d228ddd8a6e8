# SPDX-License-Identifier: BSD-2-Clause
"""Engines of their own, for as long as the tests of a file."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, HERE + '/../system', os.path.dirname(HERE)]

import pytest                           # noqa: E402

import pgserver                         # noqa: E402


@pytest.fixture(scope='session')
def build():
    """The directory with the programs under test."""
    return os.path.abspath(os.environ.get('RUAD_BUILD') or
                           HERE + '/../../build/dev')


@pytest.fixture(scope='module')
def postgres():
    if not pgserver.programs():
        pytest.skip('PostgreSQL is missing: make deps-engines')
    with pgserver.Postgres() as server:
        yield server
