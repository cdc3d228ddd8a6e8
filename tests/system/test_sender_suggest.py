# SPDX-License-Identifier: BSD-2-Clause
"""ruactl sender suggest: commands that can be pasted, until none is left."""

import os
import shlex
import subprocess

import pytest

from ctl import DAY, Ctl
from patience import PATIENCE
from test_ruactl import EVIL, UNSAFE
from test_why import GOOD_DKIM, GOOD_SPF, document, one_record
from xml.sax.saxutils import escape

PASSES = dict(dkim=[GOOD_DKIM], spf=[GOOD_SPF], verdict=('pass', 'pass'))
# What passes by DKIM alone, with somebody else's envelope sender.
THROUGH = dict(dkim=[GOOD_DKIM], verdict=('pass', 'fail'))
MAILCHIMP = dict(dkim=[('mcsv.net', 'k2', 'pass')],
                 spf=[('mail1.mcsv.net', 'mfrom', 'pass')])
BROKEN = [('example.org', 's1', 'fail')]


def fill(own, records, domain='example.org', ident='a', days=1):
    for day in range(1 - days, 1):
        own.put('in/%s%d.xml' % (ident, day), document(
            records, domain, ident='%s%d' % (ident, day), day=day))
    own('import', 'in')
    return own


@pytest.fixture
def own(build, tmp_path):
    return Ctl(build, tmp_path)


GUESS = '# ruactl sender add '


def commands(out):
    """All of them, guesses too."""
    return [line.removeprefix('# ') for line in out.splitlines()
            if not line.startswith('#') or line.startswith(GUESS)]


def paste(own, text, guesses=True):
    """Give the answer to a shell, as it is or with its guesses."""
    if guesses:
        text = text.replace(GUESS, GUESS[2:])
    tools = own.directory / 'bin'
    tools.mkdir(exist_ok=True)
    if not (tools / 'ruactl').exists():
        os.symlink(own.program, tools / 'ruactl')
    done = subprocess.run(
        ['/bin/sh', '-eu'], input=text.encode(), capture_output=True,
        timeout=PATIENCE, check=False, cwd=own.directory,
        env={**own.env, 'PATH': '%s:/usr/bin:/bin' % tools})
    assert done.returncode == 0, done.stderr.decode()


# --- one kind of sender each ------------------------------------------------

def test_a_service_is_named_by_what_passed(own):
    fill(own, [
        one_record(900, ip='198.51.100.1', **MAILCHIMP),
        one_record(100, ip='198.51.100.2', verdict=('pass', 'fail'),
                   dkim=[GOOD_DKIM, *MAILCHIMP['dkim']],
                   spf=MAILCHIMP['spf'])])
    assert own('sender', 'suggest', 'example.org').splitlines() == [
        '# example.org, 30 days to 2025-03-07',
        '# why: 1,000 messages, 900 failing, passes as Mailchimp by SPF, it is '
        'a service that organizations use',
        'ruactl sender add Mailchimp service spf=mcsv.net']
    row, = own.json('sender', 'suggest')
    assert row == {
        'command': 'ruactl sender add Mailchimp service spf=mcsv.net',
        'domain': 'example.org', 'who': 'Mailchimp', 'kind': 'service',
        'rule': 'spf=mcsv.net', 'messages': 1000, 'fail': 900,
        'signs': ['service'], 'condition': None,
        'reason': 'passes as Mailchimp by SPF, it is a service that '
                  'organizations use'}


def test_by_signature_where_the_envelope_is_the_domains_own(own):
    fill(own, [one_record(
        50, ip='198.51.100.1', dkim=MAILCHIMP['dkim'], spf=[GOOD_SPF],
        verdict=('fail', 'pass'))])
    assert commands(own('sender', 'suggest')) == [
        'ruactl sender add Mailchimp service d=mcsv.net']


def test_a_service_of_which_nothing_passed_is_a_guess(own):
    fill(own, [one_record(9, ip='198.51.100.1', **MAILCHIMP)])
    row, = own.json('sender', 'suggest')
    assert row['condition'] == 'if it is yours'
    assert own('sender', 'suggest').splitlines()[1].endswith(
        '; only if it is yours')


def test_neighbours_are_a_range_only_if_nothing_lies_between(own):
    fill(own, [
        *(one_record(10, ip='192.0.2.%d' % n, **PASSES)
          for n in (5, 6, 9, 20, 30, 31, 32)),
        one_record(1, ip='192.0.2.25'),
        *(one_record(1, ip='2001:db8::%d' % n, **PASSES) for n in (1, 2, 3)),
        one_record(1, ip='192.0.3.1', **PASSES)])
    assert commands(own('sender', 'suggest')) == [
        "ruactl sender add 'own servers' own 192.0.2.25",
        "ruactl sender add 'own servers' own 192.0.2.5-192.0.2.20 "
        '192.0.2.30-192.0.2.32',
        "ruactl sender add 'own servers' own 2001:db8::1-2001:db8::3",
        "ruactl sender add 'own servers' own 192.0.3.1"]


def test_what_sends_as_another_domain_is_in_no_range(own):
    fill(own, [one_record(1, ip='192.0.2.%d' % n, **PASSES)
               for n in (1, 2, 3)])
    fill(own, [one_record(1, ip='192.0.2.2')], 'other.example', 'b')
    assert "own 192.0.2.1-192.0.2.3" in own('sender', 'suggest', 'example.org')
    fill(own, [one_record(1, ip='192.0.2.9', **PASSES)], ident='c')
    fill(own, [one_record(1, ip='192.0.2.5')], 'other.example', 'd')
    assert 'own 192.0.2.1-192.0.2.3 192.0.2.9' in own(
        'sender', 'suggest', 'example.org')


@pytest.mark.parametrize('record, kind, rule, condition', [
    # a receiver says so
    (dict(dkim=BROKEN, reasons=[('mailing_list', None)]), 'forwarder',
     '192.0.2.7', None),
    (dict(dkim=BROKEN, spf=[('lists.forwarder.example', 'mfrom', 'pass')],
          reasons=[('forwarded', None)]), 'forwarder', 'spf=forwarder.example',
     None),
    # only DKIM passes
    (dict(spf=[('forwarder.example', 'mfrom', 'pass')], **THROUGH),
     'forwarder', 'spf=forwarder.example', 'if it forwards your mail'),
    (dict(spf=[('nobody.example', 'mfrom', 'fail')], **THROUGH),
     'forwarder', '192.0.2.7', 'if it forwards your mail'),
    # signs
    (dict(dkim=BROKEN, spf=[('example.org', 'mfrom', 'softfail')]), 'own',
     '192.0.2.7', 'if it is yours'),
    (dict(spf=[('host.example.org', 'helo', 'fail')]), 'own', '192.0.2.7',
     'if it is yours'),
])
def test_kinds(own, record, kind, rule, condition):
    fill(own, [one_record(5, **record)], days=7)
    row, = own.json('sender', 'suggest')
    assert (row['kind'], row['rule'], row['condition']) == (
        kind, rule, condition)


def test_strangers_get_no_suggestion_and_nobody_is_called_hostile(own):
    fill(own, [
        one_record(5000, ip='203.0.113.1'),
        one_record(50, ip='203.0.113.2', spf=[('spam.example', 'mfrom',
                                               'pass')])])
    assert own('sender', 'suggest').splitlines() == [
        '# 30 days to 2025-03-07',
        '# Nothing to suggest: whatever passes is named, and nothing that '
        'fails looks like yours.']
    assert own.json('sender', 'suggest') == []


# --- order, and until nothing is left ---------------------------------------

@pytest.fixture
def world(own):
    fill(own, [
        *(one_record(400, ip='192.0.2.%d' % n, **PASSES) for n in range(1, 5)),
        one_record(40, ip='192.0.2.77', dkim=BROKEN),
        one_record(900, ip='198.51.100.1', **MAILCHIMP),
        one_record(60, ip='203.0.113.5', spf=[('forwarder.example', 'mfrom',
                                               'pass')], **THROUGH),
        one_record(20, ip='203.0.113.9', dkim=BROKEN,
                   reasons=[('mailing_list', None)]),
        one_record(3000, ip='203.0.113.66')])
    fill(own, [one_record(1, ip='203.0.113.80', dkim=BROKEN, spf=[
        ('example.org', 'mfrom', 'fail')])], ident='c', days=7)
    return fill(own, [
        one_record(30, ip='198.51.100.9', **MAILCHIMP),
        one_record(10, ip='192.0.2.1')], 'other.example', 'b')


def test_the_riskiest_and_largest_come_first(world):
    rows = world.json('sender', 'suggest', 'example.org')
    assert [(row['who'], row['messages'], row['fail']) for row in rows] == [
        ('Mailchimp', 900, 900), ('own servers', 40, 40), ('own servers', 7, 7),
        ('own servers', 1600, 0), ('forwarder.example', 60, 0),
        ('forwarders', 20, 20)]
    assert [row['signs'] for row in rows] == [
        ['service'], ['network'], ['envelope'], [], [], []]


def test_the_same_command_for_two_domains_is_one(world):
    row = world.json('sender', 'suggest')[0]
    assert (row['who'], row['messages']) == ('Mailchimp', 930)


def test_pasting_it_and_asking_again_ends_with_nothing(world):
    left = [len(world.json('sender', 'suggest'))]
    while left[-1] > 0:
        paste(world, world('sender', 'suggest'))
        left.append(len(world.json('sender', 'suggest')))
        assert left[-1] < left[-2], left
    assert len(left) <= 3
    assert world.query('SELECT count(*) FROM sender WHERE kind = "hostile"') == [
        (0,)]
    assert world.query(
        "SELECT count(*) FROM source WHERE ip = '203.0.113.66'"
        ' AND sender_id IS NOT NULL') == [(0,)]


def test_a_guess_is_a_comment(world):
    rows = world.json('sender', 'suggest')
    sure = [row['command'] for row in rows if row['condition'] is None]
    out = world('sender', 'suggest')
    assert [line for line in out.splitlines()
            if line.startswith('ruactl')] == sure
    assert 0 < len(sure) < len(rows)
    assert out.count('\n' + GUESS) == len(rows) - len(sure)
    assert out.endswith('only if you know that it is true.\n')
    paste(world, out, guesses=False)
    assert [row['command'] for row in world.json('sender', 'suggest')] == [
        row['command'] for row in rows if row['condition'] is not None]


def test_one_by_one_the_list_grows_shorter(world):
    before = world.json('sender', 'suggest', 'example.org')
    while before:
        world(*shlex.split(before[0]['command'])[1:])
        after = world.json('sender', 'suggest', 'example.org')
        assert [row['command'] for row in after] == [
            row['command'] for row in before[1:]]
        before = after


def test_a_name_of_another_kind_is_not_changed(world):
    world('sender', 'add', 'Mailchimp', 'hostile', '203.0.113.66')
    assert world.json('sender', 'suggest')[0]['command'] == (
        "ruactl sender add 'Mailchimp, service' service spf=mcsv.net")
    paste(world, world('sender', 'suggest'))
    assert world.query('SELECT kind FROM sender WHERE label = "Mailchimp"') == [
        ('hostile',)]


# --- whatever is in reports -------------------------------------------------

def test_foreign_text_is_safe_to_paste(own):
    for i, text in enumerate([*map(escape, EVIL), '$(touch x).example',
                              '`touch x`.example', "a'b.example", '-n.example',
                              'a;b.example', 'com', 'co.uk']):
        fill(own, [one_record(
            3, ip='198.51.100.%d' % i, verdict=('pass', 'fail'),
            dkim=[GOOD_DKIM, (text, 's', 'pass')],
            spf=[(text, 'mfrom', 'pass')])], ident='e%d' % i)
    fill(own, [one_record(3, **PASSES)], '$(touch x).example', 'd')
    out = own('sender', 'suggest')
    assert not UNSAFE.search(out)
    assert all(line.startswith(('# ', 'ruactl sender add '))
               for line in out.splitlines())
    for line in commands(out):
        assert not set(line) & set('$`;|&<>"\\*?~!(){}'), line
    assert '# Left out: ' in out
    paste(own, out)
    assert not (own.directory / 'x').exists()
    assert own('sender', 'suggest').count('\nruactl') == 0


def test_lines_are_not_broken_at_the_width_of_the_terminal(world):
    out = world.terminal('sender', 'suggest', columns=30,
                         env={'NO_COLOR': '1'})
    assert out == world('sender', 'suggest')


def test_long_lists_are_several_commands(own):
    fill(own, [one_record(1, ip='192.0.2.%d' % n,
                          **(PASSES if n % 2 else {})) for n in range(1, 256)])
    out = own('sender', 'suggest', 'example.org')
    assert max(map(len, out.splitlines())) < 380
    for _ in range(6):
        paste(own, own('sender', 'suggest'))
    assert commands(own('sender', 'suggest')) == []
    assert own.query('SELECT count(*) FROM source WHERE sender_id IS NULL'
                     ) == [(0,)]


def test_no_reports_and_wrong_words(own):
    own.put('empty/x', b'nothing')
    own('import', 'empty')
    # All of it can be pasted, also when there is nothing.
    assert own('sender', 'suggest') == (
        '# No reports: poll the mailboxes with ruad -1, or read files with '
        'ruactl import PATH\n')
    assert own.json('sender', 'suggest', 'example.org') == []
    fill(own, [one_record(3, **PASSES)])
    assert own('sender', 'suggest', 'nix.example') == (
        '# No reports about nix.example. All domains: ruactl summary\n')
    own('sender', 'suggest', 'a', 'b', code=64)
    assert 'sender suggest [DOMAIN]' in own.error
    assert own.csv('sender', 'suggest')[0]['kind'] == 'own'
