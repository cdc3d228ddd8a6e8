# SPDX-License-Identifier: BSD-2-Clause
"""Messages in archives, as files to import and attached to a message."""

import base64
import bz2
import gzip
import json
import lzma
import os
import subprocess

import pytest

from ctl import Ctl, mail, report
from formats import attached, multipart, seven_zip, tars, zips, zstd
from patience import PATIENCE
from test_encodings import FIELDS, HEAD, JSON, SAMPLE

PERSON = (b'From: a@example.org\nTo: b@example.org\nSubject: lunch\n\n'
          b'Shall we?\n')


def message(i):
    return mail(report(ident='r%d' % i))


def mbox(*mails, eol=b'\n'):
    return b''.join(b'From a@b.example Sat Mar  8 02:03:04 2025' + eol
                    + m.replace(b'\r\n', b'\n').replace(b'\n', eol) + eol
                    for m in mails)


A, B, C = (message(i) for i in (1, 2, 3))
# What there is, and how many reports are in it.
ARCHIVES = {
    'zip of eml': (zips(('a.eml', A), ('b.eml', B)), 2),
    'zip of any name': (zips(('INBOX/1', A), ('2.msg.txt', B)), 2),
    'eml.gz': (gzip.compress(A), 1),
    # The usual preset is in formats.py.
    'eml.xz': (lzma.compress(A, preset=0), 1),
    'eml.bz2': (bz2.compress(A), 1), 'eml.zst': (zstd(A), 1),
    '7z of eml': (seven_zip('a.eml', A), 1),
    'zip of eml.gz': (zips(('a.eml.gz', gzip.compress(A)),
                           ('b.eml.gz', gzip.compress(B))), 2),
    'tar.gz of a Maildir': (tars(
        ('new', None), ('new/1.a', A), ('cur', None), ('cur/2.b:2,S', B),
        ('cur/3.c:2,S', PERSON), mode='w:gz'), 2),
    'mbox.gz': (gzip.compress(mbox(A, PERSON, B, C)), 3),
    'mbox.gz, CR LF': (gzip.compress(mbox(A, B, eol=b'\r\n')), 2),
    'zip of mbox': (zips(('a.mbox', mbox(A, B)), ('c.eml', C)), 3),
    'mail and report': (zips(('a.eml', A), ('b.xml', report(ident='r9')),
                             ('c.xml.gz', gzip.compress(report(ident='r8')))),
                        3),
    'archive in a mail in an archive': (zips(
        ('fwd.eml', attached(zips(('a.eml', A), ('b.eml', B)))),), 2),
    'forwarded mail': (zips(('a.eml', multipart(
        b'Content-Type: message/rfc822\r\n\r\n' + B)),), 1),
    'eml in base64': (base64.encodebytes(gzip.compress(A)), 1),
}


def run(build, data, *args, name='a'):
    p = subprocess.run([os.path.join(build, 'ruad-parse'), '-n', name, *args],
                       input=data, capture_output=True, timeout=PATIENCE)
    return [json.loads(line) for line in p.stdout.splitlines()]


def kinds(lines, kind='aggregate'):
    return [x for x in lines if x['type'] == kind]


@pytest.fixture
def ctl(build, tmp_path):
    return Ctl(build, tmp_path)


@pytest.mark.parametrize('form', ARCHIVES)
def test_for_import(ctl, form):
    data, n = ARCHIVES[form]
    out = ctl('import', ctl.put('in/archive', data))
    assert out == '1 file: 1 stored, 0 known, 0 other, 0 failed\n'
    assert ctl.query('SELECT count(*) FROM report') == [(n,)]
    assert ctl.query('SELECT status, reason FROM message') == [
        ('stored', None)]


@pytest.mark.parametrize('form', ARCHIVES)
def test_attached(build, form):
    data, n = ARCHIVES[form]
    lines = run(build, attached(data, name='mails.bin'))
    assert len(kinds(lines)) == n
    assert lines[-1] == {'type': 'verdict', 'status': 'report'}


def test_reports_of_other_kinds(build):
    failure = (HEAD + b'Content-Type: multipart/report; boundary="=_e";'
               b' report-type=feedback-report\r\n\r\n--=_e\r\n'
               b'Content-Type: message/feedback-report\r\n\r\n' + FIELDS
               + b'\r\n--=_e\r\n' + SAMPLE + b'\r\n--=_e--\r\n')
    tls = (HEAD.replace(b'MIME', b'TLS-Report-Domain: example.com\r\nMIME')
           + b'Content-Type: application/tlsrpt+json\r\n\r\n'
           + JSON.replace(b'"policy-domain": "example.org"', b'"x": 1'))
    lines = run(build, zips(('1.eml', failure), ('2.eml', tls), ('3.eml', A),
                            ('4.eml', failure.replace(b'.0.2.9', b'.0.2.8'))))
    assert [x['source_ip'] for x in kinds(lines, 'failure')] == [
        '192.0.2.9', '192.0.2.8']
    assert kinds(lines, 'tls_policy')[0]['domain'] == 'example.com'
    assert len(kinds(lines)) == 1
    assert kinds(lines, 'problem') == []


def test_each_has_its_own_header_for_hints(build):
    def nameless(domain):
        return (b'From: dmarc@reporter.example\nSubject: Report Domain: '
                + domain + b' Submitter: x\nMIME-Version: 1.0\n'
                b'Content-Type: text/xml\n\n' + report().replace(
                    b'<domain>example.org</domain>', b'', 1))
    lines = run(build, gzip.compress(mbox(nameless(b'one.example'),
                                          nameless(b'two.example'))))
    assert [x['domain'] for x in kinds(lines)] == ['one.example',
                                                   'two.example']


def test_what_is_no_report_is_other(build):
    for data in (zips(('a.eml', PERSON)), gzip.compress(mbox(PERSON, PERSON)),
                 attached(zips(('a.eml', PERSON))).replace(
                     b'dmarc@', b'me@').replace(b'Report Domain', b'Hi')):
        assert run(build, data)[-1]['status'] == 'other'


def test_a_problem_says_where_it_is(build):
    bad = mail(report()[:200])
    lines = run(build, zips(('a.eml', A), ('b.mbox', mbox(B, bad))),
                name='mails.zip')
    assert len(kinds(lines)) == 2
    where = [x['where'] for x in kinds(lines, 'problem')]
    assert where == ['mails.zip: b.mbox#2: part 2: '
                     'receiver.example!example.org!1!2.xml.gz']


def test_text_with_a_colon_is_no_message(build):
    lines = run(build, zips(('readme.txt', b'Note: From: x\n\n' + b'x ' * 400
                             + report()),
                            ('a.xml', report())))
    assert len(kinds(lines)) == 1


def test_a_whole_year_of_messages_is_one_file(ctl):
    n = 400
    mails = [message(i) for i in range(n)]
    for name, data in (
            ('a.zip', zips(*[('%d.eml' % i, m)
                             for i, m in enumerate(mails)])),
            ('b.mbox.gz', gzip.compress(mbox(*mails)))):
        out = ctl('import', ctl.put('in/' + name, data))
        assert out == ('1 file: %d stored, %d known, 0 other, 0 failed\n'
                       % ((1, 0) if name == 'a.zip' else (0, 1)))
        assert ctl.query('SELECT count(*) FROM report') == [(n,)]


def test_limits_hold(build):
    many = [message(i) for i in range(101)]
    lines = run(build, attached(gzip.compress(mbox(*many))))
    assert len(kinds(lines)) == 100
    assert 'more than 100' in lines[-1]['reason']
    people = [PERSON] * 101
    lines = run(build, attached(gzip.compress(mbox(*people))))
    assert 'more than 100 messages' in lines[-1]['reason']
    large = PERSON + b'x' * (17 << 20) + b'\n'
    lines = run(build, gzip.compress(mbox(A, large, B)))
    assert len(kinds(lines)) == 2
    assert [x['kind'] for x in kinds(lines, 'problem')] == ['limit']
    nested = A
    for i in range(4):
        nested = attached(zips(('a.eml', nested)))
    assert kinds(run(build, nested)) == []
    nested = A
    for i in range(2):
        nested = attached(zips(('a.eml', nested)))
    assert len(kinds(run(build, nested))) == 1


def test_a_mail_that_ends_in_the_archive_is_cut_off_there(build):
    data = gzip.compress(mbox(A, B))
    lines = run(build, data[:len(data) - 40])
    assert len(kinds(lines)) >= 1
    assert 'cut off' in lines[-1]['reason']


def test_import_tells_what_is_unreadable_beside_what_is_stored(
        build, tmp_path):
    """A thousand messages in one archive must not hide one that failed."""
    made = Ctl(build, tmp_path)
    bad = message(1)
    made.put('two.zip', zips(('1.eml', message(0)),
                             ('2.eml', bad[:len(bad) * 2 // 3])))
    out = made('import', 'two.zip')
    assert 'two.zip: stored: ' in out and '2.eml' in out
