# SPDX-License-Identifier: BSD-2-Clause
"""ruactl explain says of every input of tests/explain what is in the file
NAME.answer beside it, and of every answer of a server what replies.txt has.

RUAD_GOLDEN_UPDATE=1 writes them anew: read the difference before you commit
it."""

import json
import os
import textwrap

import pytest

from ctl import Ctl
from test_explained import NAMES, NOTHING

HERE = os.path.dirname(os.path.abspath(__file__))
INPUTS = os.path.join(HERE, '..', 'explain')
REPLIES = os.path.join(HERE, 'replies.txt')
UPDATE = bool(os.environ.get('RUAD_GOLDEN_UPDATE'))


@pytest.fixture
def own(build, tmp_path):
    return Ctl(build, tmp_path)


def answer(own, path):
    """What is printed, or the sentence that refuses the input."""
    code = 65 if os.path.basename(path) in NOTHING else 0
    text = own('explain', path, code=code)
    return text or own.error.replace(os.path.dirname(path) + '/', '')


@pytest.mark.parametrize('name', NAMES)
def test_the_answer_is_the_text_beside_the_input(own, name):
    path = os.path.join(INPUTS, name)
    text = answer(own, path)
    if UPDATE:
        with open(path + '.answer', 'w', encoding='utf-8') as f:
            f.write(text)
    with open(path + '.answer', encoding='utf-8') as f:
        assert text == f.read()


def test_there_is_no_answer_without_an_input():
    answers = {name for name in os.listdir(INPUTS) if name.endswith('.answer')}
    assert answers == {name + '.answer' for name in NAMES}


def told(own, reply):
    got = json.loads(own('--format=json', 'explain', stdin=reply.encode()))
    lines = [got['headline'], 'class: ' + got['status']['class']]
    lines += ['change: ' + change for change in got['changes']]
    assert got['ground'] == 'status' and not got['trusted']
    return '\n'.join(textwrap.fill(line, 78, initial_indent='  ',
                                   subsequent_indent='    ')
                     for line in lines)


def test_each_answer_of_a_server_is_told_as_it_is_meant(own):
    with open(REPLIES, encoding='utf-8') as f:
        replies = [line[2:].rstrip('\n') for line in f if line[:2] == '> ']
    assert len(replies) >= 70
    text = ''.join('> %s\n%s\n\n' % (reply, told(own, reply))
                   for reply in replies)
    if UPDATE:
        with open(REPLIES, 'w', encoding='utf-8') as f:
            f.write(text)
    with open(REPLIES, encoding='utf-8') as f:
        assert text == f.read()
