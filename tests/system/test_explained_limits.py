# SPDX-License-Identifier: BSD-2-Clause
"""What a message can cost ruad-parse --explain and ruactl explain: the largest
and the nastiest end in an answer, in little memory and time.  pytest -s shows
what each took."""

import base64
import os
import subprocess

import pytest

from hostile import PEAK, measure, table, yardstick     # noqa: F401

AFTER = b'From: a@example.org\nSubject: x\n\nx\n'
SIGNATURE = (b'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; '
             b'd=a.example; s=a; h=from; bh=eA==; b=eA==\n')
RESULTS = (b'Authentication-Results: mx.example.org;'
           + b';'.join([b' dkim=pass (c) header.d=a.example header.s=k'] * 60)
           + b'\n')
HOP = (b'Received: from ' + b'a' * 900 + b' (a.example [192.0.2.1]) (using '
       b'TLSv1.3 ' + b'c' * 900 + b') by b.example with ESMTPS id x; Fri, 27 '
       b'Nov 2026 09:15:08 +0000\n')
STATUS = (b'From: mailer-daemon@a.example\nContent-Type: multipart/report; '
          b'report-type=delivery-status; boundary=b\n\n--b\nContent-Type: '
          b'message/delivery-status\n\nReporting-MTA: dns; a.example\n\n')
RECIPIENT = (b'Final-Recipient: rfc822; u@b.example\nAction: failed\nStatus: '
             b'5.7.26\nDiagnostic-Code: smtp; 550 5.7.26 ' + b'no ' * 300
             + b'- gsmtp\n\n')
ATTACKS = {
    'the largest message': lambda: AFTER + b'x  y\n' * (6 << 20),
    'a signed body of 15 MiB': lambda:
        SIGNATURE + AFTER + b'x  y\n' * (3 << 20),
    '100 signatures of 5 MiB': lambda:
        SIGNATURE * 100 + AFTER + b'x y\n' * (5 << 18),
    '2000 long fields': lambda: (b'X-F: ' + b'v' * 4000 + b'\n') * 2000 + AFTER,
    'a million short fields': lambda: b'a: b\n' * (1 << 20) + AFTER,
    'one line of 24 MiB': lambda: b'a' * (24 << 20),
    'results': lambda: RESULTS * 200 + AFTER,
    'comments in comments': lambda:
        b'Authentication-Results: ' + b'(' * (200 << 10) + b'\n' + AFTER,
    'hops': lambda: HOP * 300 + AFTER,
    'filters': lambda:
        (b'X-Forefront-Antispam-Report: ' + b'SCL:5;SFV:SPM;BCL:9;' * 200
         + b'\n') * 100 + AFTER,
    'recipients': lambda: STATUS + RECIPIENT * 5000 + b'--b--\n',
    'answers': lambda: b'550-5.7.1 ' + b'x ' * 200 + b'\n' * (1 << 20),
    'parts in parts': lambda: b'From: a@a.example\nContent-Type: '
        b'multipart/report; boundary=b0\n\n' + b''.join(
            b'--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n'
            % (i, i + 1) for i in range(3000)),
    'quoted lines': lambda: (b'> ' * 200 + b'From: a\n') * (20 << 10),
    'a header of many addresses': lambda:
        b'From: ' + b'a@b.example, ' * (16 << 10) + b'\n\nx\n',
    'a message in base64': lambda:
        base64.encodebytes(AFTER + b'x  y\n' * (1 << 21)),
    'a header in quoted-printable': lambda:
        b'Authentication-Results: a; spf=3Dpass\n'
        + b'X-A: =3D=\n' * (1 << 19),
    'nothing but NUL': lambda: b'\0' * (8 << 20),
}


def check(measure, yardstick, name, program, *args):
    data = ATTACKS[name]()
    p, (status, killed, cpu, peak) = measure(data, program, *args)
    table.append((name, cpu / 1000, peak / 1024, os.path.basename(program),
                  '%d of %d bytes' % (len(p.stdout), len(data))))
    assert killed == 0
    assert peak <= PEAK * 1024
    assert not yardstick.is_dear(cpu), cpu
    return p, status


@pytest.mark.parametrize('name', ATTACKS)
def test_the_facts_cost_little(measure, yardstick, build, name):
    p, status = check(measure, yardstick, name,
                      os.path.join(build, 'ruad-parse'), '--explain')
    assert status in (0, 1) and p.stderr == b''
    assert p.stdout.endswith(b'{"type":"end"}\n')
    assert len(p.stdout) < 4 << 20


@pytest.mark.parametrize('name', ATTACKS)
def test_so_does_the_answer(measure, yardstick, build, tmp_path, name):
    p, status = check(measure, yardstick, name, os.path.join(build, 'ruactl'),
                      '-d', str(tmp_path / 'ruad.db'), 'explain', '-')
    assert status in (0, 65)
    assert bool(p.stdout) == (status == 0)
    assert bool(p.stderr) == (status != 0)
    # A person is to read it.
    assert len(p.stdout) < 64 << 10


def test_a_closed_standard_input_is_named(build, tmp_path):
    p = subprocess.run(['sh', '-c', 'exec "$@" <&-', 'sh',
                        os.path.join(build, 'ruactl'), '-d',
                        str(tmp_path / 'ruad.db'), 'explain', '-'],
                       capture_output=True, encoding='utf-8')
    assert (p.returncode, p.stdout) == (66, '')
    assert p.stderr.startswith('ruactl: standard input is closed: ')
