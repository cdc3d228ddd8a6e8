# SPDX-License-Identifier: BSD-2-Clause
"""Attacks on the real ruad-parse, in its sandbox: it ends by itself with a
documented status, in time, in little memory, and says in a sentence why.  On
a machine on which 10 s of CPU are not enough for some of them, these are ended
by that limit."""

import base64
import bz2
import gzip
import json
import os
import subprocess
import sys
import zipfile

import pytest

import attacks
import attacks_packed
import attacks_work
from hostile import (CPU, OTHER, PEAK, attack_gets_nowhere, measure, table,
                     yardstick)         # noqa: F401  two are fixtures
from longform import some
from patience import PATIENCE

# Its first words are the environment that ruad gives ruad-parse.
SERVE = ('/usr/bin/env', '-i', 'TZ=UTC0', 'LC_ALL=C',
         'GLIBC_TUNABLES=glibc.malloc.tcache_count=0')

# What takes most memory; large answers are kept waiting beside it.
HUNGRY = ('xml_more_records_than_the_limit', 'mime_quoted_printable',
          'json_long_string', 'tar_million_entries', 'repair_invalid_utf8',
          'json_as_many_policies_as_may_be', 'plain_noise', 'xml_utf16',
          'repair_cut_in_a_large_report', 'xml_many_long_domains')


def test_the_measure_is_not_of_python(measure):
    _, (status, killed, _, peak) = measure(b'', '/bin/true')
    assert (status, killed) == (0, 0)
    assert peak < 4096


def test_an_honest_report_is_far_from_the_limit(yardstick):
    """On a machine ten times as slow as those of today, too."""
    assert yardstick.usual < CPU * 1000


def test_an_honest_report_costs_about_what_reading_its_xml_does(yardstick):
    """Else the yardstick grows with what it is to measure.  Expat is nobody's
    of ours, and reads the same bytes on the same machine now: 1.1 to 1.3 times
    its time here."""
    code = ('import sys, xml.parsers.expat as expat\n'
            'sys.path.insert(0, %r)\nimport attacks, time\n'
            'data = attacks.feedback(attacks.RECORD * 100000)\n'
            'start = time.process_time()\n'
            'expat.ParserCreate().Parse(data, True)\n'
            'print(time.process_time() - start)\n' % os.path.dirname(__file__))
    expat = max(float(subprocess.run(
        [sys.executable, '-c', code], stdout=subprocess.PIPE, check=True,
        timeout=PATIENCE).stdout) for _ in range(3))
    assert yardstick.usual < 8 * 1000 * expat


@pytest.mark.parametrize('name', OTHER)
def test_an_attack_gets_nowhere(measure, yardstick, build, name):
    attack_gets_nowhere(measure, yardstick, build, name)


TLS_FAILURE = (b'{"result-type":"certificate-expired","sending-mta-ip":'
               b'"192.0.2.1","failed-session-count":%d}')


def largest(kind):
    """The largest that is honest: 100,000 records, or as many values."""
    if kind == 'tls':
        policy = attacks_packed.POLICY[:-1] + b',"failure-details":[' + (
            b','.join(TLS_FAILURE % i for i in range(990))) + b']}'
        return attacks_packed.JSON + b','.join([policy] * 48) + b']}'
    record = b'<record>\n' + attacks.ROW + (
        b'<auth_results>\n<dkim>\n<domain>example.org</domain>\n<selector>s1'
        b'</selector>\n<result>pass</result>\n</dkim>\n<spf>\n<domain>'
        b'example.org</domain>\n<result>pass</result>\n</spf>\n'
        b'</auth_results>\n</record>\n').replace(b'\n', b'\n      ')
    if kind == 'plain':
        record = record.replace(b'<count>', b'<!-- --><count>')
    text = attacks.feedback(record * 100000)
    return attacks_work.LATIN + text if kind == 'latin' else text


@pytest.mark.parametrize('kind', ['xml', 'plain', 'latin', 'tls'])
def test_the_largest_honest_report_is_read(measure, yardstick, build, kind):
    data = (attacks.HEAD + b'Content-Transfer-Encoding: base64\r\n\r\n' +
            base64.encodebytes(gzip.compress(largest(kind))))
    p, (status, killed, cpu, peak) = measure(
        data, os.path.join(build, 'ruad-parse'))
    assert not yardstick.is_dear(cpu), cpu
    assert (status, killed, p.stderr) == (0, 0, b'')
    lines = p.stdout.splitlines()
    assert json.loads(lines[-1]) == {'type': 'verdict', 'status': 'report'}
    assert len(lines) == 3 + (48 if kind == 'tls' else 100000)
    assert peak <= PEAK * 1024
    table.append(('honest: ' + kind, cpu / 1000, peak / 1024, 'report', ''))


def large_report():
    """XML of 20 MB."""
    text = largest('xml')
    start, record = text[:text.index(b'<record>')], b'</record>'
    records = text[len(start):text.rindex(record)].split(record)[:45000]
    # bzip2 needs many times as long for what is all the same.
    records = [one.replace(b'>192.0.2.1<', b'>10.%d.%d.%d<' % (
        n >> 12, n >> 6 & 63, n & 63)) for n, one in enumerate(records)]
    text = start + record.join(records) + record + b'</feedback>'
    assert len(text) > 20_000_000
    return text


@pytest.mark.parametrize('method', ['zip of lzma', 'zip of bzip2', 'bzip2'])
def test_an_honest_report_is_read_however_it_is_packed(build, method):
    """What costs more to unpack may be less."""
    text = large_report()
    if method == 'zip of lzma':
        data = attacks.zipped(('a.xml', text), method=zipfile.ZIP_LZMA)
    else:
        data = bz2.compress(text)
        if method == 'zip of bzip2':
            data = attacks.zip_around(data, text, zipfile.ZIP_BZIP2)
    p = subprocess.run([os.path.join(build, 'ruad-parse')], input=data,
                       capture_output=True, timeout=PATIENCE, check=True)
    lines = p.stdout.splitlines()
    assert json.loads(lines[-1]) == {'type': 'verdict', 'status': 'report'}
    assert sum(line.startswith(b'{"type":"record"') for line in lines) == 45000


def test_one_server_survives_one_after_the_other(measure, build):
    """Nothing is left of an attack that the next mail could miss."""
    data = [attacks.ATTACKS[name]() for name in some(HUNGRY, 4)]
    requests = b''.join(b'%d\n' % len(d) + d for d in data + data[::-1])
    p, (status, killed, _, peak) = measure(
        requests, *SERVE, os.path.join(build, 'ruad-parse'), '--serve')
    assert (status, killed, p.stderr) == (0, 0, b'')
    verdicts = [line for line in p.stdout.splitlines()
                if line.startswith(b'{"type":"verdict"')]
    assert len(verdicts) == 2 * len(data)
    assert verdicts[len(data):] == verdicts[:len(data)][::-1]
    assert peak <= PEAK * 1024
