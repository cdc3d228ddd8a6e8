# SPDX-License-Identifier: BSD-2-Clause
"""ruad-parse --explain gives for every input here exactly the JSON Lines beside
it, under the live sandbox.

RUAD_GOLDEN_UPDATE=1 writes the lines anew: read the difference before you
commit it."""

import json
import os
import re
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get('RUAD_BUILD',
                       os.path.join(HERE, '..', '..', 'build', 'release'))
PARSE = os.path.join(BUILD, 'ruad-parse')
UPDATE = bool(os.environ.get('RUAD_GOLDEN_UPDATE'))
PATIENCE = 600                  # as tests/system/patience.py has it

INPUTS = sorted(name for name in os.listdir(HERE)
                if not name.startswith(('.', '_'))
                and not name.endswith(('.jsonl', '.answer', '.py')))
TRUSTED = ('ours', 'receiver', 'border')


def read(name):
    with open(os.path.join(HERE, name), 'rb') as f:
        return f.read()


def explain(data, *options):
    p = subprocess.run([PARSE, '--explain', *options], input=data,
                       capture_output=True, timeout=PATIENCE)
    assert p.stderr == b''
    return p


def lines_of(data, *options):
    p = explain(data, *options)
    assert p.returncode in (0, 1)
    return [json.loads(line) for line in p.stdout.splitlines()]


def trust(lines, kind='ar'):
    return [line['trust'] for line in lines
            if line['type'] == 'authres' and line['kind'] == kind]


@pytest.mark.parametrize('name', INPUTS)
def test_the_facts_are_the_lines_beside_the_input(name):
    p = explain(read(name))
    if UPDATE:
        with open(os.path.join(HERE, name + '.jsonl'), 'wb') as f:
            f.write(p.stdout)
    assert p.stdout.decode() == read(name + '.jsonl').decode()
    form = json.loads(p.stdout.splitlines()[0])['form']
    assert p.returncode == (1 if form == 'none' else 0)


def test_there_is_no_line_file_without_an_input():
    lines = {name for name in os.listdir(HERE) if name.endswith('.jsonl')}
    assert lines == {name + '.jsonl' for name in INPUTS}


@pytest.mark.parametrize('change', [
    lambda data: data.replace(b'\n', b'\r\n'),
    lambda data: data.replace(b'\n', b'\r'),
    lambda data: b'\xef\xbb\xbf' + data,
    lambda data: b'\n\n' + data,
    lambda data: b'From x@example.org Fri Nov 27 09:15:08 2026\n' + data,
    lambda data: b''.join(b'> ' + line for line in data.splitlines(True)),
    lambda data: b''.join(b'    ' + line for line in data.splitlines(True)),
], ids=['CRLF', 'CR', 'mark', 'empty lines', 'mbox', 'quoted', 'indented'])
def test_the_way_that_a_header_came_changes_no_fact(change):
    """But whether signatures can be verified."""
    apart = {'intact', 'form', 'mbox', 'was_lf', 'body', 'header_hash',
             'hash_problem'}
    for name in ('google.eml', 'seed-microsoft365.eml', 'opendmarc.eml'):
        data = read(name)
        plain, changed = lines_of(data), lines_of(change(data))
        for line in plain + changed:
            for key in apart:
                line.pop(key, None)
        assert changed == plain


def test_lost_folding_is_found_again():
    for name in ('seed-microsoft365.eml', 'google.eml', 'rspamd.eml'):
        data = read(name)
        pasted = b'\n'.join(line.strip()
                            for line in data.split(b'\n\n')[0].splitlines())
        plain, changed = lines_of(data), lines_of(pasted)
        assert changed[0] == {'type': 'input', 'form': 'pasted', 'messages': 1}
        for kind in ('header', 'received', 'authres', 'vendor'):
            assert ([line for line in changed if line['type'] == kind]
                    == [line for line in plain if line['type'] == kind])


def test_no_forged_field_is_trusted():
    assert not set(trust(lines_of(read('forged.eml')))) & set(TRUSTED)
    # What the forger wrote below the border cannot make it another one.
    border = [line for line in lines_of(read('forged.eml'))
              if line.get('border')]
    assert [line['position'] for line in border] == [1]


def test_a_named_id_is_ours_above_and_nowhere_else():
    data = read('forged.eml')
    named = lines_of(data, '--authserv-id=mx.example.org')
    assert trust(named) == ['foreign', 'foreign']
    named = lines_of(data, '--authserv-id=mx.example.org',
                     '--received-hops=2')
    assert trust(named) == ['receiver', 'ours']
    assert trust(named, 'orig') == ['foreign']
    named = lines_of(read('seed-microsoft365.eml'),
                     '--authserv-id=microsoft365')
    assert trust(named) == ['ours']
    named = lines_of(read('google.eml'), '--authserv-id=MX.google.com')
    assert trust(named) == ['ours']


def test_received_hops_say_where_the_border_is():
    data = read('opendmarc.eml')
    for hops, positions in (1, [3]), (2, [7]), (3, []), (0, []):
        lines = lines_of(data, '--received-hops=%d' % hops)
        assert [line['position'] for line in lines
                if line.get('border')] == positions


def test_too_much_of_anything_is_cut_and_told():
    many = {
        'received': b'Received: from a.example ([192.0.2.1]) by b.example; '
                    b'Fri, 27 Nov 2026 09:15:08 +0000\n' * 300,
        'authres': b'Authentication-Results: a.example; spf=pass\n' * 300,
        'signature': b'DKIM-Signature: v=1; d=example.org\n' * 300,
        'vendor': b'X-Spam-Flag: YES\n' * 300,
    }
    for kind, fields in many.items():
        lines = lines_of(fields + b'From: a@example.org\n\nx\n')
        assert lines[1]['cut']
        assert 0 < len([1 for line in lines if line['type'] == kind]) <= 100
    lines = lines_of(b'From: ' + b'a@example.org, ' * 99 + b'b@example.org\n')
    assert lines[1]['cut'] and len(lines[1]['from']) == 20
    lines = lines_of(b'Subject: x\n' + b'X-A: b\n' * 5000)
    assert lines[1]['cut'] and lines[1]['fields'] == 2000


def test_an_input_over_the_limit_is_refused_in_words():
    p = explain(b'From: a@example.org\n\n' + b'x' * 70000,
                '--limits=message=60000')
    assert p.returncode == 65
    first, last = p.stdout.splitlines()
    assert json.loads(first)['form'] == 'none'
    assert 'limit of 60000 bytes' in json.loads(first)['reason']
    assert json.loads(last) == {'type': 'end'}


def test_it_is_not_for_a_server():
    for options in (['--explain', '--serve'], ['--serve', '--explain']):
        p = subprocess.run([PARSE, *options], input=b'', capture_output=True,
                           timeout=PATIENCE)
        assert p.returncode == 64
        assert p.stdout == b'' and p.stderr != b''


HOSTILE = {
    'one line': b'a' * (8 << 20),
    'colons': b'a:\nx\n' * (1 << 20),
    'comments': b'Authentication-Results: ' + b'(' * (200 << 10),
    'brackets': b'From: ' + b'<' * (200 << 10) + b'\n',
    'quotes': b'From: ' + b'"' * (200 << 10) + b'\n',
    'lists': b'X-Spam-Status: ' + b'a=[' * (60 << 10) + b'\n',
    'received': b'Received: ' + b'from (by ' * (20 << 10) + b'\n',
    'status': b'From: mailer-daemon@a.example\nContent-Type: multipart/report;'
              b' report-type=delivery-status; boundary=b\n\n--b\nContent-Type:'
              b' message/delivery-status\n\n' + b'Action: x\ny\n' * (1 << 20),
    'words': b'From: mailer-daemon@a.example\n\n' + b'<a@b.example>\n' *
             (1 << 20),
    'signatures': (b'DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=a; '
                   b'c=relaxed/relaxed; bh=eA==; b=eA==; h=from'
                   + b':zz' * 560 + b'\n') * 100 + b'z:\n' * (20 << 10)
                  + b'From: a@a.example\n\n' + b'x y\n' * (1 << 20),
    'replies': b'550-\n' * (1 << 20),
    'blanks': b' \n' * (4 << 20),
    'bytes': bytes(range(256)) * (1 << 14),
    'nul': b'From: a\0b@example.org\nSubject: \0\0\n\n\0',
}


@pytest.mark.parametrize('name', HOSTILE)
def test_hostile_input_ends_in_an_answer(name):
    p = explain(HOSTILE[name])
    assert p.returncode in (0, 1)
    assert p.stdout.endswith(b'{"type":"end"}\n')
    for line in p.stdout.splitlines():
        json.loads(line)


def keys(value):
    if isinstance(value, dict):
        yield from value
        value = value.values()
    if not isinstance(value, str) and hasattr(value, '__iter__'):
        for one in value:
            yield from keys(one)


def test_the_manual_has_all_keys_and_kinds_of_lines():
    page = os.path.join(HERE, '..', '..', 'docs', 'ruad-parse.8')
    with open(page, encoding='utf-8') as f:
        text = f.read().split('.Ss One message explained\n')[1]
    named = set(re.findall(r'\w+', text))
    lines = [json.loads(line) for name in INPUTS
             for line in read(name + '.jsonl').splitlines()]
    found = set(keys(lines)) | {line['type'] for line in lines}
    assert len(found) > 80
    assert found <= named | {'type'}, found - named
    assert {'body', 'header_hash', 'hash_problem', 'was_lf'} <= found
