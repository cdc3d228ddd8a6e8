# SPDX-License-Identifier: BSD-2-Clause
"""Every mail and file here gives exactly the JSON Lines beside it, under the
live sandbox: one by one, and all of them through one ruad-parse --serve.
q-N in a name is the number of a quirk in our catalogue of deviations.

RUAD_GOLDEN_UPDATE=1 writes the lines anew: read the difference before you
commit it."""

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
STATUS = {'report': 0, 'other': 1, 'failed': 65}

INPUTS = sorted(name for name in os.listdir(HERE)
                if not name.startswith(('.', '_'))
                and not name.endswith(('.jsonl', '.py')))


# Transport, containers, XML, structure and values.
QUIRKS = {str(n) for first, last in ((1, 17), (20, 28), (30, 55), (70, 86),
                                      (115, 124))
          for n in range(first, last + 1)} | {'39b', '39c', '39d'}
# What is not there, parts, texts.
QUIRKS |= {str(n) for n in range(97, 107)}
# Transfer encodings, JSON, character sets.
QUIRKS |= {'107', '108', '109', '110', '111', '112', '113', '114'}
QUIRKS |= {'125', '126'}  # internationalised domains
QUIRKS |= {'129'}  # domains that cannot be


def read(name):
    with open(os.path.join(HERE, name), 'rb') as f:
        return f.read()


def frame(name):
    """A request of ruad-parse(8); only bare files have a name."""
    data = read(name)
    words = [str(len(data))] + ([] if name.endswith('.eml') else [name])
    return ' '.join(words).encode() + b'\n' + data


def status_of(lines):
    verdict = lines.rstrip(b'\n').rsplit(b'\n', 1)[-1]
    word = verdict.split(b'"status":"')[1].split(b'"')[0]
    return STATUS[word.decode()]


@pytest.mark.parametrize('name', INPUTS)
def test_filter_gives_the_lines_beside_the_input(name):
    p = subprocess.run([PARSE, '-n', name], input=read(name),
                       capture_output=True, timeout=PATIENCE)
    assert p.stderr == b''
    if UPDATE:
        with open(os.path.join(HERE, name + '.jsonl'), 'wb') as f:
            f.write(p.stdout)
    assert p.stdout.decode() == read(name + '.jsonl').decode()
    assert p.returncode == status_of(p.stdout)


def test_there_is_no_line_file_without_an_input():
    lines = {name for name in os.listdir(HERE) if name.endswith('.jsonl')}
    assert lines == {name + '.jsonl' for name in INPUTS}


def test_every_quirk_of_an_aggregate_report_has_an_input():
    seen = {q for name in INPUTS for q in re.findall(r'q-(\d+[a-z]?)\b', name)}
    assert QUIRKS <= seen, f'without an input: {sorted(QUIRKS - seen)}'


# A message without anything, one that is not a report, a file that is not one,
# and one with a report: what is left of the input before would show in these.
PLAIN = ['q-15-empty.eml', 'q-15-person-with-a-zip.eml', 'other.json',
         'q-98-person.eml', 'bad_beside_good.eml']
ORDERS = {
    'in order': INPUTS,
    'backwards': INPUTS[::-1],
    'each before plain ones': [name for first in INPUTS
                               for name in [first] + PLAIN],
    'plain ones before each': [name for first in INPUTS
                               for plain in PLAIN for name in (plain, first)],
}


@pytest.mark.parametrize('order', ORDERS)
def test_one_server_gives_each_the_answer_that_it_gets_alone(order):
    """Nothing of one input is left for the next."""
    names = ORDERS[order]
    p = subprocess.run([PARSE, '--serve'], input=b''.join(map(frame, names)),
                       capture_output=True, timeout=PATIENCE)
    assert p.stderr == b''
    assert p.returncode == 0
    expected = b''.join(read(name + '.jsonl') for name in names)
    assert p.stdout.decode() == expected.decode()


def test_server_answers_each_request_before_the_next_is_sent():
    """Nobody may wait for an answer that waits for the next request."""
    with subprocess.Popen([PARSE, '--serve'], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as p:
        for name in INPUTS:
            p.stdin.write(frame(name))
            p.stdin.flush()
            lines = []
            while not lines or not lines[-1].startswith(b'{"type":"verdict"'):
                lines.append(p.stdout.readline())
                assert lines[-1] != b''
            assert b''.join(lines) == read(name + '.jsonl')
        p.stdin.close()
        assert p.wait(PATIENCE) == 0


def test_output_can_be_a_regular_file(tmp_path):
    name = INPUTS[0]
    with open(tmp_path / 'out', 'wb') as out:
        p = subprocess.run([PARSE, '-n', name], input=read(name), stdout=out)
    assert p.returncode == status_of(read(name + '.jsonl'))
    assert (tmp_path / 'out').read_bytes() == read(name + '.jsonl')


def test_a_mail_over_the_limit_is_refused_and_passed_over():
    requests = b'70000\n' + b'x' * 70000 + frame(INPUTS[0])
    p = subprocess.run([PARSE, '--serve', '--limits=message=60000'],
                       input=requests, capture_output=True, timeout=PATIENCE)
    first, second, rest = p.stdout.split(b'\n', 2)
    assert b'"kind":"limit"' in first
    assert second.startswith(b'{"type":"verdict","status":"failed"')
    assert rest == read(INPUTS[0] + '.jsonl')
    assert p.returncode == 0
    p = subprocess.run([PARSE, '-l', 'message=60000'], input=b'x' * 70000,
                       capture_output=True, timeout=PATIENCE)
    assert p.stdout == first + b'\n' + second + b'\n'
    assert p.returncode == 65


@pytest.mark.parametrize('requests', [
    b'x\n', b'-1\n', b'\n', b'10\nshort', b'10', b'5 ' + b'n' * 5000 + b'\n'])
def test_requests_that_are_none_end_the_server(requests):
    p = subprocess.run([PARSE, '--serve'], input=requests,
                       capture_output=True, timeout=PATIENCE)
    assert p.returncode == 74
    assert p.stdout == b''
    assert b'requests' in p.stderr


@pytest.mark.parametrize('arguments', [
    ['-x'], ['--limits=message'], ['--limits=message=0'], ['-l', 'x=1'],
    ['-l', 'records=-1'], ['file.eml'], ['-n']])
def test_a_wrong_command_line_says_so(arguments):
    p = subprocess.run([PARSE] + arguments, input=b'', capture_output=True,
                       timeout=PATIENCE)
    assert p.returncode == 64
    assert p.stdout == b''
    assert p.stderr != b''


def test_the_sandbox_is_live():
    p = subprocess.run([PARSE, '-V'], capture_output=True, timeout=PATIENCE)
    assert p.returncode == 0
    assert b'sandbox: ' in p.stdout
    if b'sandbox: none' in p.stdout:
        pytest.skip(p.stdout.decode().strip())
    assert b'seccomp' in p.stdout


def test_no_start_without_a_sandbox():
    """An older kernel, simulated: seccomp(2) is refused from outside."""
    v = subprocess.run([PARSE, '-V'], capture_output=True, timeout=PATIENCE)
    if b'sandbox: none' in v.stdout:
        pytest.skip(v.stdout.decode().strip())
    p = subprocess.run(
        ['strace', '-f', '-o', os.devnull, '-e',
         'inject=seccomp,prctl:error=EINVAL', PARSE],
        input=read(INPUTS[0]), capture_output=True, timeout=PATIENCE)
    assert p.returncode == 70
    assert p.stdout == b''
    assert b'ruad-parse: ' in p.stderr
