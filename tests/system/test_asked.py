# SPDX-License-Identifier: BSD-2-Clause
"""What "ruactl help" and ruad-questions(7) tell people to type works, against
the reports of the demo."""

import os
import re
import shlex
import sys
import time

import pytest

from ctl import Ctl

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..'))

import demo_data                        # noqa: E402

TODAY = int(time.time()) // 86400 * 86400


@pytest.fixture(scope='module')
def own(build, tmp_path_factory):
    """The month of the demo."""
    ctl = Ctl(build, tmp_path_factory.mktemp('asked'))
    for i, data in enumerate(demo_data.mails(TODAY)):
        ctl.put('in/%d.eml' % i, data)
    ctl('import', 'in')
    return ctl


def test_help_has_ten_questions_whose_commands_work(own):
    text = own('help')
    commands = re.findall(r'^  .*\? +ruactl (.*)$', text, re.M)
    assert len(commands) == 10
    assert max(map(len, text.splitlines())) <= 80
    for command in commands:
        if not command.startswith('sender suggest'):
            own(*shlex.split(command))
    assert 'man ruad-questions' in text
    own('help', 'x', code=64)
