# SPDX-License-Identifier: BSD-2-Clause
"""Unit tests that wait for a limit to its end; else they are skipped."""

import os
import subprocess

import pytest

import torture
from patience import PATIENCE

SOURCE = os.path.abspath(os.environ.get('RUAD_SRC', '.'))


@pytest.mark.parametrize('name', ['sandbox'])
def test_a_limit_is_reached(build, name):
    if not torture.SECONDS:
        pytest.skip('takes ten seconds and more; make torture does it')
    variant = os.path.basename(build)
    subprocess.run(
        ['make', '-s', '-f', SOURCE + '/Makefile', 'srcdir=' + SOURCE,
         'B=' + variant, 'build/%s/tests/unit/%s' % (variant, name)],
        cwd=os.path.dirname(os.path.dirname(build)), check=True,
        env={'PATH': os.environ['PATH']}, stdout=subprocess.DEVNULL)
    done = subprocess.run(
        [os.path.join(build, 'tests/unit', name)], capture_output=True,
        text=True, timeout=PATIENCE, check=False,
        env={**os.environ, 'RUAD_SLOW_TESTS': '1'})
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'SKIPPED' not in done.stdout + done.stderr
