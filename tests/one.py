#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""one.py T [K]: build and run one unit test, one file of pytest, or one of its
tests.  "make test T=... K=..." calls this; MAKE and B are in the environment.

  wire                 tests/unit/wire.c
  system/test_trust    tests/system/test_trust.py; K is what pytest calls -k
  golden               all files of a directory"""

import difflib
import os
import pathlib
import shlex
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent
DIRECTORIES = 'golden', 'explain', 'system', 'torture', 'cyrus'
# What the tests of a directory run; of the others, all programs.
PROGRAMS = {'golden': ['ruad-parse'], 'explain': ['ruad-parse']}


def known():
    """The names that T may be, and the file or directory of each."""
    names = {path.stem: path for path in (TESTS / 'unit').glob('*.c')}
    for directory in DIRECTORIES:
        names[directory] = TESTS / directory
        for path in (TESTS / directory).glob('test_*.py'):
            names['%s/%s' % (directory, path.stem)] = path
    return names


def find(wanted):
    """The file that is meant, or a sentence on what may be."""
    names = known()
    name = wanted.strip('/').removeprefix('tests/').removeprefix('unit/')
    name = name.removesuffix('.py').removesuffix('.c')
    if name in names:
        return names[name], None
    same = sorted(n for n in names if n.endswith(('/' + name,
                                                  '/test_' + name)))
    if len(same) == 1:
        return names[same[0]], None
    near = same or sorted(n for n in names if name and name in n) or [
        n for n in names if difflib.get_close_matches(
            name.rpartition('/')[2].removeprefix('test_'),
            [n.rpartition('/')[2].removeprefix('test_')])]
    if not wanted:
        return None, ('T names the test: make test T=wire, or '
                      'T=system/test_trust K=wrong_password')
    if near:
        return None, 'no test is named "%s"; did you mean %s?' % (
            wanted, ' or '.join(near[:6]))
    return None, ('no test is named "%s": use the name of a file in '
                  'tests/unit, or system/NAME, torture/NAME, golden, explain'
                  % wanted)


def main():
    wanted, chosen = (sys.argv[1:] + ['', ''])[:2]
    path, problem = find(wanted)
    unit = path is not None and path.parent.name == 'unit'
    if unit and chosen:
        problem = 'K chooses among the tests of pytest; "%s" runs whole' % wanted
    if problem:
        print('test:', problem, file=sys.stderr)
        return 64
    build = pathlib.Path('build', os.environ['B'])
    directory = path.name if path.is_dir() else path.parent.name
    if unit:
        needed = [build / 'tests/unit' / path.stem]
    else:
        needed = [build / name for name in PROGRAMS.get(
            directory, ('ruad', 'ruad-parse', 'ruactl'))]
    make = shlex.split(os.environ['MAKE'])
    made = subprocess.run([*make, '-s', 'B=' + os.environ['B'], *map(str, needed)])
    if made.returncode:
        return made.returncode
    environment = {**os.environ, 'RUAD_SRC': str(TESTS.parent),
                   'RUAD_BUILD': str(build.resolve()),
                   'PYTHONDONTWRITEBYTECODE': '1'}
    for name in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL', 'B'):
        environment.pop(name, None)
    environment['MAKE'] = make[0]
    command = [str(needed[0])] if unit else [
        sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider',
        str(path), *(['-k', chosen] if chosen else [])]
    sys.stdout.flush()
    status = subprocess.run(command, env=environment).returncode
    if chosen and status == 5:
        print('test: K=%s chooses none of these tests' % chosen)
    return status


if __name__ == '__main__':
    sys.exit(main())
