# SPDX-License-Identifier: BSD-2-Clause
"""What "make demo" shows: names, a verdict that a command changes, advice."""

import os
import re
import sqlite3
import subprocess
import sys

import pytest
from patience import PATIENCE

HERE = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture(scope='module')
def shown(build, tmp_path_factory):
    """(what it prints, the directory where it ran)"""
    directory = tmp_path_factory.mktemp('demo')
    done = subprocess.run(
        [sys.executable, os.path.join(HERE, '../demo.py')], cwd=directory,
        env={**os.environ, 'RUAD_BUILD': os.path.abspath(build)},
        stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
        check=False)
    text = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b''), text
    return text, directory


def answer_to(text, command, nth=0):
    """The paragraphs after a command, up to the next."""
    parts = re.split(r'^\$ (.*)\n', text, flags=re.M)
    return [said for asked, said in zip(parts[1::2], parts[2::2])
            if asked == command][nth]


def test_it_fits_on_the_screen(shown):
    text, _ = shown
    assert [line for line in text.splitlines()
            if len(line) > 80 and 'export PATH' not in line] == []
    assert len(text.splitlines()) <= 115


def test_it_polls_and_says_where_the_messages_are(shown):
    text, _ = shown
    assert '363 messages: 361 new reports, 1 failed' in text
    assert 'Now 361 stored reports are in the folder Archive' in text


def test_senders_have_names_by_evidence(shown):
    said = answer_to(shown[0], 'ruactl sources example.org')
    assert re.search(r'^Mailchimp +service +by SPF +4 ', said, re.M)
    assert re.search(r'^alumni\.example .* 0\.0% ', said, re.M)
    assert re.search(r'^203\.0\.113\.0/24 .* 40 .* 0\.0% ', said, re.M)
    assert re.search(r'^198\.51\.100\.77 .* 1 .* 0\.0% ', said, re.M)


def test_what_is_suggested_is_done(shown):
    said = answer_to(shown[0], 'ruactl sender suggest shop.example')
    command = "ruactl sender add 'own servers' own 198.51.100.10-198.51.100.12"
    assert command in said.splitlines()
    assert '0 -> 3 sources' in answer_to(shown[0], command)


def test_a_suggested_command_makes_the_verdict_better(shown):
    before = answer_to(shown[0], 'ruactl ready shop.example')
    after = answer_to(shown[0], 'ruactl ready shop.example', 1)
    assert re.search(r'^shop\.example .* check unknown$', before, re.M)
    assert 'ruactl sender add NAME KIND 203.0.113.0/24\n' in before
    assert '$ ruactl sender add Spammer hostile 203.0.113.0/24\n' in shown[0]
    assert re.search(r'^shop\.example .* ready$', after, re.M)


def test_why_gives_advice(shown):
    said = answer_to(shown[0], 'ruactl why example.org 198.51.100.77')
    assert '> Sign its mail with DKIM, d=example.org.\n' in said


def test_the_records_of_its_domains_are_kept(build, shown):
    done = subprocess.run(
        [build + '/ruactl', '-d', 'build/demo/ruad.db', 'dns', '--offline',
         'example.org'], cwd=shown[1], timeout=PATIENCE, check=True,
        capture_output=True, text=True)
    assert '  ruactl dns --offline example.org\n' in shown[0]
    assert 'DMARC  v=DMARC1; p=none;' in done.stdout
    assert done.stdout.endswith('0 errors, 1 warning\n')


def test_its_messages_can_be_explained(build, shown):
    asked = {'bounce.eml': 'Refused by Google', 'message.eml': 'spam'}
    for name, words in asked.items():
        done = subprocess.run(
            [build + '/ruactl', '-d', 'build/demo/ruad.db', 'explain',
             'build/demo/' + name], cwd=shown[1], timeout=PATIENCE,
            check=True, capture_output=True, text=True)
        assert words in done.stdout
    assert '  ruactl explain build/demo/bounce.eml\n' in shown[0]


def test_policies_change_once_at_most(shown):
    db = sqlite3.connect(str(shown[1] / 'build/demo/ruad.db'))
    policies = {}
    for domain, p in db.execute('SELECT domain, p FROM report ORDER BY day'):
        known = policies.setdefault(domain, [])
        if known[-1:] != [p]:
            known.append(p)
    db.close()
    assert policies == {'example.org': ['none'],
                        'shop.example': ['quarantine'],
                        'club.example': ['quarantine', 'reject']}
