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


# --- --reporter -------------------------------------------------------------

def test_one_reporter_alone(own):
    rows = own.json('failures', 'example.org', '--reporter=gmx')['failing']
    assert {row['org_name'] for row in rows} == {'GMX'}
    all_rows = own.json('failures', 'example.org')['failing']
    assert rows == [row for row in all_rows if row['org_name'] == 'GMX']
    fail = sum(row['messages'] for row in rows)
    all_messages = own.query(
        "SELECT sum(messages) FROM v_record WHERE org_name = 'GMX'"
        " AND domain = 'example.org'")[0][0]
    assert own('failures', '--reporter', 'Gmx', 'example.org').splitlines()[
        :2] == ['example.org, by GMX, %s' % period(own),
                '%d of {:,} messages failed, from 3 senders'.format(
                    all_messages) % fail]


def period(own):
    return own('sources', 'example.org').split('\n')[0].split(', ')[1]


def test_reports_of_one_reporter(own):
    rows = own.json('reports', '--reporter=YAHOO', '-n', '500')
    assert {row['org_name'] for row in rows} == {'Yahoo'}
    assert len(rows) == demo_data.DAYS * len(demo_data.DOMAINS)
    rows = own.json('reports', '--reporter=YAHOO', 'club.example', '-n', '4')
    assert [row['domain'] for row in rows] == ['club.example'] * 4


@pytest.mark.parametrize('word, near', [
    ('gogle.com', 'google.com'), ('outlook', 'Enterprise Outlook'),
    ('microsoft.com', 'Enterprise Outlook'), ('YAHOOO', 'Yahoo')])
def test_a_reporter_that_is_nearly_one(own, word, near):
    for command in ('reports',), ('failures', 'example.org'):
        own(*command, '--reporter', word, code=66)
        assert own.error == (
            'ruactl: no reporter is called "%s" (did you mean "%s"?): ruactl '
            'reporters lists them\n' % (word, near))


@pytest.mark.parametrize('word', ['example.net', '', 'x' * 5000, '\x1b[m'])
def test_a_reporter_that_nobody_is(own, word):
    own('reports', '--reporter', word, code=66)
    assert own.error.startswith('ruactl: no reporter is called "')
    assert 'did you mean' not in own.error and '\x1b' not in own.error


# --- words ------------------------------------------------------------------

def test_tables_have_causes_in_words_and_programs_their_own(own):
    for command in ('failures', 'example.org'), ('query', 'failing',
                                                 'example.org'):
        shown, data = own(*command), own('--format=csv', *command)
        assert 'no DKIM, no SPF' in shown and 'no_auth' not in shown
        assert 'no_auth' in data and 'no DKIM' not in data
