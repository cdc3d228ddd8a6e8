# SPDX-License-Identifier: BSD-2-Clause
"""What the short form leaves out is there to be run in the long one."""

import os
from pathlib import Path

import pytest

import longform

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')


@pytest.mark.parametrize('where', sorted({**longform.SOME, **longform.NONE}))
def test_each_name_is_that_of_a_test(where):
    paths = [os.path.join(TESTS, kind, where + '.py')
             for kind in ('system', 'torture', 'engine')]
    text = ''.join(Path(path).read_text(encoding='utf-8') for path in paths
                   if os.path.exists(path))
    some, none = longform.SOME.get(where, {}), longform.NONE.get(where, ())
    for name in (*some, *none):
        assert 'def test_%s(' % name in text
    assert not {*some} & {*none} and all(n > 1 for n in some.values())


def test_one_of_so_many_is_left_and_the_first_always():
    left = [n for n in range(10) if not longform.is_left_out(
        'test_formats', 'a_mail', n)]
    assert left == [0, 3, 6, 9]
    assert longform.is_left_out('test_idle', longform.NONE['test_idle'][0], 0)
    assert not longform.is_left_out('test_idle', 'any_other', 7)
