# SPDX-License-Identifier: BSD-2-Clause
"""The same mail gives the same rows, whoever compiled ruad and how."""

import os
import subprocess

import pytest

import same
import torture

SOURCE = os.path.abspath(os.environ.get('RUAD_SRC', '.'))
COMPILERS = {'gcc-O0': ('gcc', '-O0'), 'gcc-O3': ('gcc', '-O3'),
             'clang-O0': ('clang', '-O0'), 'clang-O3': ('clang', '-O3')}
ENVIRONMENT = {'LC_ALL': 'C', 'TZ': 'UTC'}


@pytest.mark.parametrize('name', COMPILERS)
def test_a_compiler_changes_nothing(build, tmp_path, name):
    if not torture.SECONDS:
        pytest.skip('builds all of ruad; make torture does it')
    compiler, level = COMPILERS[name]
    top = os.path.dirname(os.path.dirname(build))
    subprocess.run(
        ['make', '-s', '-f', SOURCE + '/Makefile', 'srcdir=' + SOURCE,
         '-j%d' % os.cpu_count(), 'B=' + name, 'CC=' + compiler,
         'CFLAGS=-g ' + level, 'all'], cwd=top, check=True,
        env={'PATH': os.environ['PATH']}, stdout=subprocess.DEVNULL)
    same.inputs(str(tmp_path / 'in'))
    ours, theirs = [
        same.outcome(os.path.join(top, 'build', which), str(tmp_path / 'in'),
                     str(tmp_path / which), ENVIRONMENT)
        for which in (os.path.basename(build), name)]
    assert same.differences(ours, theirs) == []
