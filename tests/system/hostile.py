# SPDX-License-Identifier: BSD-2-Clause
"""What test_hostile.py and test_hostile_work.py share: how an attack on the
real ruad-parse is measured, and what must have become of it."""

import json
import os
import signal
import subprocess

import pytest

import attacks
import attacks_coded    # noqa: F401  these add to attacks.ATTACKS
import attacks_packed   # noqa: F401
import attacks_repair   # noqa: F401
import attacks_work     # noqa: F401
import attacks_words    # noqa: F401
from longform import some
from patience import PATIENCE

HERE = os.path.dirname(os.path.abspath(__file__))
STATUS = {'report': 0, 'other': 1, 'failed': 65}
CPU, PEAK = 10, 192
# What an attack may cost, in honest reports of 100,000 records.
RATIO = 25

# What must have stopped it, where that is a limit of ours.
SENTENCES = {
    'xml_entity_bomb': 'document type declaration (DTD) is not allowed',
    'xml_external_entity': 'document type declaration (DTD) is not allowed',
    'xml_many_names': 'too many different names',
    'xml_many_attributes': 'a tag or comment without end',
    'xml_deep': 'nested deeper than 32 levels',
    'xml_more_records_than_the_limit': 'more than 1000000 records',
    'json_deep': 'nested more than 32 deep',
    'json_many_keys': 'more than 200000 values',
    'json_larger_than_the_limit': 'more than 16777216 bytes of JSON',
    'json_many_policies': 'more than 16777216 bytes of JSON',
    'repair_every_second_record': 'damaged records left out',
    'repair_cut_in_a_large_report': 'cut off',
    'repair_many_documents': 'more than 10000 reports',
    'mime_10000_parts': 'more than 100 parts',
    'mime_deep': 'parts are nested more than 32 deep',
    'mime_deep_messages': 'parts are nested more than 32 deep',
    'mime_header_line_of_20_mib': 'larger than 256 KiB',
    'mime_header_flood': 'larger than 256 KiB',
    'mime_quoted_mails_of_17_mib': 'decode to more than 48 MiB',
    'mime_unnamed_mails_of_20_mib': 'parts are nested more than 32 deep',
    'zip_in_zip': 'archives are nested more than 3 deep',
    'gzip_in_gzip': 'archives are nested more than 3 deep',
    'zip_wide_and_deep': 'more than the limit of 67108864 bytes',
    'zip_says_small': 'more than the limit of 67108864 bytes',
    'zip_1_gib_of_zeros': 'more than the limit of 67108864 bytes',
    'gzip_1_gib_report': 'more than the limit of 67108864 bytes',
    'zip_encrypted': 'the archive is encrypted',
    'zip_million_entries': 'more than 10000 entries',
    'zstd_huge_window': 'asks for more memory than it may have',
    'xz_huge_dictionary': 'asks for more memory than it may have',
    'sevenzip_huge_dictionary': 'asks for more memory than it may have',
    'archive_of_small_messages': 'more than 10000 messages',
    'archive_of_small_messages_attached': 'more than 100 messages',
    'archive_of_lines_like_from': 'larger than 16 MiB',
    'archive_of_large_messages': 'archives in messages are nested',
    'plain_larger_than_the_limit': 'larger than the limit',
    'work_xml_namespaces': 'more to be done than for any honest message',
    'work_tiny_json_in_a_mail_of_a_large_header': 'more to be done',
    'work_repair_less_than': 'more to be done',
    'work_zip_of_bzip2': 'more to be done',
    'work_xml_records': 'larger than 55 MiB together',
}

# Two files, so that two processes can run them.
WORK = [name for name in attacks.ATTACKS if name.startswith('work_')]
OTHER = [name for name in attacks.ATTACKS if name not in WORK]
SOME_WORK = sorted({*some(WORK, 18), *some(
    [name for name in WORK if name in SENTENCES], 2)})

table = []


@pytest.fixture(scope='module')
def measure(tmp_path_factory):
    """Runs a program: what it says, [status, signal, CPU ms, KiB]."""
    where = tmp_path_factory.mktemp('measure')
    program, figures = str(where / 'measure'), str(where / 'figures')
    subprocess.run([os.environ.get('CC', 'cc'), '-O2', '-o', program,
                    os.path.join(HERE, 'measure.c')], check=True)

    def run(data, *command):
        p = subprocess.run([program, figures, *command], input=data,
                           capture_output=True, timeout=PATIENCE, check=True)
        with open(figures, encoding='ascii') as f:
            return p, [int(word) for word in f.read().split()]
    yield run
    for line in table:
        print('\n%-34s %5.2f s %6.1f MB  %-6s %s' % line, end='')
    print()
    table.clear()


@pytest.fixture(scope='module')
def yardstick(measure, build):
    """CPU ms of an honest report of 100,000 records on this machine, now."""
    data = attacks.feedback(attacks.RECORD * 100000)

    def now():
        took = []
        for _ in range(3):
            p, (status, killed, cpu, _) = measure(
                data, os.path.join(build, 'ruad-parse'))
            assert (status, killed) == (0, 0), p.stderr
            took.append(cpu)
        table.append(('(an honest report)', min(took) / 1000, 0, '', ''))
        return max(took)
    usual = now()
    # What others do on the same cores changes what a second of CPU is worth.
    now.is_dear = lambda cpu: cpu > RATIO * usual and cpu > RATIO * now()
    now.usual = usual
    return now


def attack_gets_nowhere(measure, yardstick, build, name):
    p, (status, killed, cpu, peak) = measure(
        attacks.ATTACKS[name](), os.path.join(build, 'ruad-parse'),
        '--authserv-id', 'mx.example.org', '--keep-samples')
    assert p.stderr == b''
    assert peak <= PEAK * 1024
    assert not yardstick.is_dear(cpu), cpu
    if killed:
        # Not dear: 10 s are less than RATIO honest reports take here.
        assert killed == signal.SIGXCPU and cpu >= CPU * 1000
        assert p.stdout == b''
        table.append((name, cpu / 1000, peak / 1024, 'ended', ''))
        return
    lines = p.stdout.splitlines()
    verdict = json.loads(lines[-1])
    reason = verdict.get('reason', '')
    table.append((name, cpu / 1000, peak / 1024, verdict['status'], reason))
    assert status == STATUS[verdict['status']]
    assert SENTENCES.get(name, '') in reason
    assert 0 < len(reason) <= 800 or verdict['status'] == 'report'
    assert len(p.stdout) < 64 << 20
    for line in lines:
        assert b'root:' not in line     # of /etc/passwd
