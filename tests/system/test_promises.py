# SPDX-License-Identifier: BSD-2-Clause
"""ruad-promises(7) is true: every promise names tests, and they exist."""

import os
import re

import pytest

NUMBER = 23
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..')


def promises():
    """{'P1': [(file, name)]} as the manual page has them."""
    found, where, path = {}, None, None
    with open(os.path.join(ROOT, 'docs/ruad-promises.7'),
              encoding='ascii') as f:
        for line in f:
            head = re.match(r'\.Ss (P\d+): ', line)
            if head:
                where = found.setdefault(head[1], [])
            elif line.startswith('.Sh'):
                where = path = None
            elif where is not None and re.match(r'\.Pa tests/\S+( :)?$', line):
                path = line.split()[1]
            elif where is not None and path and line.startswith('.Li '):
                where.append((path, line.split()[1]))
            elif line.startswith('.El'):
                path = None
    return found


def test_none_is_left_out():
    assert list(promises()) == ['P%d' % n for n in range(1, NUMBER + 1)]


@pytest.mark.parametrize('number', range(1, NUMBER + 1))
def test_each_names_tests_that_exist(number):
    named = promises()['P%d' % number]
    assert named
    for path, name in named:
        with open(os.path.join(ROOT, path), encoding='utf-8') as f:
            text = f.read()
        pattern = r'^def %s\(' if path.endswith('.py') else r'^%s\(void '
        assert re.search(pattern % name, text, re.M), (path, name)
