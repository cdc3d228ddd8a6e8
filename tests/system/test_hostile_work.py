# SPDX-License-Identifier: BSD-2-Clause
"""The attacks of attacks_work.py, which cost most, as in test_hostile.py; in the
short form half of those that ruad-parse must refuse, and some of the others."""

import pytest

from hostile import (SOME_WORK, attack_gets_nowhere, measure,
                     yardstick)         # noqa: F401  two are fixtures


@pytest.mark.parametrize('name', SOME_WORK)
def test_an_attack_gets_nowhere(measure, yardstick, build, name):
    attack_gets_nowhere(measure, yardstick, build, name)
