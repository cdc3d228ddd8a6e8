# SPDX-License-Identifier: BSD-2-Clause
"""A message that announces a report and has none is told by every command
that tells what failed; what people, lists and bounces say of reports is not."""

import json
import os
import sqlite3
import subprocess
import time

import pytest

from ctl import Ctl, mail, report
from patience import PATIENCE

NAME = 'receiver.example!example.org!1741305600!1741391999.xml.gz'
FORM = ('Report Domain: example.org Submitter: receiver.example '
        'Report-ID: <r1>')
PGP = ('-----BEGIN PGP MESSAGE-----\n\nhQEMAyjXsGSJ0W8jAQf+\n'
       '-----END PGP MESSAGE-----\n')


def message(text, subject=FORM, sender='dmarc@receiver.example', fields='',
            kind='text/plain; charset=utf-8'):
    return ('From: Somebody <%s>\nTo: rua@example.org\nSubject: %s\n'
            'Date: Sat, 08 Mar 2025 02:03:04 +0000\nMIME-Version: 1.0\n'
            '%sContent-Type: %s\n\n%s' % (sender, subject, fields, kind, text)
            ).encode()


ANNOUNCED = {
    'encrypted': (message(PGP), 'encrypted with PGP'),
    'removed': (message('The attachment "%s" was removed.\n' % NAME),
                'was removed on the way'),
    'linked': (message('Download it: https://files.example/%s\n' % NAME),
               'a link in place'),
    'elsewhere': (message('Content-Type: application/gzip\n',
                          kind='message/external-body; access-type=URL'),
                  'message/external-body'),
    'half': (message('x', kind='message/partial; id=1; number=2; total=2'),
             'message/partial'),
    'not separated': (message(
        '--b\nContent-Type: application/gzip\nH4sIAAAA\n\n--b--\n',
        kind='multipart/mixed; boundary=b'), 'not separated by an empty line'),
    'empty': (message('--b\nContent-Type: application/gzip\n\n\n--b--\n',
                      kind='multipart/mixed; boundary=b'), 'is empty'),
    'nothing': (message('Hello\n', subject='TLS',
                        fields='TLS-Report-Domain: example.org\n'),
                'nothing is attached'),
}
OTHERS = {
    'question': message('Why was the attachment removed?\n',
                        'DMARC report for example.org', 'alice@example.net'),
    'reply': message('Thanks\n', 'Re: ' + FORM, 'alice@example.net'),
    'forward': message('FYI\n', 'Fwd: ' + FORM, 'alice@example.net'),
    'away': message('Gone\n', 'Out of office: ' + FORM, 'alice@example.net',
                    'Auto-Submitted: auto-replied\n'),
    'newsletter': message('Read on: https://x.example/\n',
                          'Your weekly DMARC report', 'dmarc@x.example',
                          'List-Unsubscribe: <https://x.example/>\n'),
}


def verdict(build, data):
    p = subprocess.run([os.path.join(build, 'ruad-parse')], input=data,
                       capture_output=True, timeout=PATIENCE, check=False)
    return p.returncode, p.stdout.decode().splitlines()[-1]


@pytest.mark.parametrize('name', ANNOUNCED)
def test_what_is_announced_and_not_there_is_failed(build, name):
    data, reason = ANNOUNCED[name]
    status, line = verdict(build, data)
    assert status == 65 and '"failed"' in line and reason in line


@pytest.mark.parametrize('name', OTHERS)
def test_what_is_said_about_reports_is_not(build, name):
    status, line = verdict(build, OTHERS[name])
    assert status == 1 and '"other"' in line


def test_every_command_tells_it(build, tmp_path):
    ctl = Ctl(build, tmp_path)
    for name, (data, _) in ANNOUNCED.items():
        ctl.put('in/%s.eml' % name, data)
    for name, data in OTHERS.items():
        ctl.put('in/%s.eml' % name, data)
    ctl.put('in/good.eml', mail(report()))
    ctl('import', 'in', code=65)
    rows = ctl.query('SELECT status, count(*) FROM message GROUP BY 1 '
                     'ORDER BY 1')
    n = len(ANNOUNCED)
    assert rows == [('failed', n), ('other', len(OTHERS)), ('stored', 1)]

    out = ctl('status')
    for _, reason in ANNOUNCED.values():
        assert reason in ' '.join(out.split())
    digest = json.loads(ctl('--format=json', 'digest', code=1))
    assert [row['kind'] for row in digest['problems']
            if row['what'].startswith('%d ' % n)] == ['unreadable']

    db = sqlite3.connect(ctl.database)
    db.execute("INSERT INTO mailbox (name, server, username, folder, "
               "active, last_ok_ts) VALUES ('own', 's', 'u', 'f', 1, ?)", (int(time.time()),))
    db.commit()
    db.close()
    assert "'failed'=%d;" % n in ctl('check', code=1)
