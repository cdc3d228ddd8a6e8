# SPDX-License-Identifier: BSD-2-Clause
"""The helpers of the system tests."""

import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '../system'), os.path.join(HERE, '..')]


@pytest.fixture(scope='session')
def build():
    return os.path.abspath(os.environ['RUAD_BUILD'])
