# SPDX-License-Identifier: BSD-2-Clause
"""A transfer encoding that is not declared, misspelt, done twice or damaged:
the bytes decide, for reports of every kind."""

import base64
import gzip
import json
import os
import quopri
import subprocess
import textwrap

import pytest

from formats import HEAD, zips
from patience import PATIENCE

XML = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<feedback>\n'
    b'<report_metadata><org_name>reporter.example</org_name>'
    b'<email>dmarc@reporter.example</email><report_id>e1</report_id>'
    b'<date_range><begin>1741305600</begin><end>1741391999</end>'
    b'</date_range></report_metadata>\n<policy_published>'
    b'<domain>example.org</domain><p>none</p></policy_published>\n<record>'
    b'<row><source_ip>192.0.2.1</source_ip><count>3</count>'
    b'<policy_evaluated><disposition>none</disposition><dkim>fail</dkim>'
    b'<spf>pass</spf></policy_evaluated></row><identifiers>'
    b'<header_from>example.org</header_from></identifiers><auth_results>'
    b'<spf><domain>example.org</domain><result>pass</result></spf>'
    b'</auth_results></record>\n</feedback>\n')
JSON = json.dumps({
    'organization-name': 'reporter.example', 'report-id': 't1',
    'date-range': {'start-datetime': '2025-03-07T00:00:00Z',
                   'end-datetime': '2025-03-07T23:59:59Z'},
    'policies': [{
        'policy': {'policy-type': 'sts', 'policy-domain': 'example.org'},
        'summary': {'total-successful-session-count': 5,
                    'total-failure-session-count': 0}}]}).encode()
FIELDS = (b'Feedback-Type: auth-failure\r\nVersion: 1\r\n'
          b'User-Agent: test/1\r\nAuth-Failure: dmarc\r\n'
          b'Source-IP: 192.0.2.9\r\nReported-Domain: example.org\r\n'
          b'Authentication-Results: mx.reporter.example; dmarc=fail\r\n')
SAMPLE = (b'Content-Type: text/rfc822-headers\r\n\r\nFrom: a@example.org\r\n'
          b'Subject: x\r\n')

KINDS = {
    'xml': ('text/xml', XML), 'gzip': ('application/gzip', gzip.compress(XML)),
    'zip': ('application/zip', zips(('a.xml', XML))),
    'json': ('application/tlsrpt+json', JSON),
    'json gzip': ('application/tlsrpt+gzip', gzip.compress(JSON)),
    'fields': ('message/feedback-report', FIELDS),
}
TYPE = {'json': 'tls', 'json gzip': 'tls', 'fields': 'failure'}


def lines(data, width=76, end=b'\r\n'):
    text = base64.b64encode(data).decode()
    return b''.join(x.encode() + end for x in textwrap.wrap(text, width))


def pieces(data, size=60, end=b'\r\n'):
    """Each with its own padding."""
    return b''.join(base64.b64encode(data[i:i + size]) + end
                    for i in range(0, len(data), size))


def undeclared(spelling):
    return lambda data: (spelling, lines(data))


def url(data, pad=True):
    text = base64.urlsafe_b64encode(data)
    return text if pad else text.rstrip(b'=')


def qp(data):
    if b'\0' in data:
        text = ''.join(f'={c:02X}' for c in data)
        return b'=\r\n'.join(x.encode() for x in textwrap.wrap(text, 75))
    return quopri.encodestring(data).replace(b'\n', b'\r\n')


ENCODINGS = {
    'none': undeclared(None),
    **{repr(x): undeclared(x) for x in (
        '', '7bit', '8bit', 'binary', '"base64"', "'base64'", 'x-base64',
        'base-64', 'Base 64', 'b64', 'base64;', '(x) base64', 'mime', 'x-gzip',
        'x-uuencode', 'quoted-printable')},
    'base64url': lambda d: ('base64', url(d)),
    'base64url without padding': lambda d: ('base64url', url(d, False)),
    'base64url, undeclared': lambda d: (None, url(d, False)),
    'pieces': lambda d: ('base64', pieces(d, 58)),
    'pieces, undeclared': lambda d: (None, pieces(d, 59)),
    'pieces in one line': lambda d: ('base64', pieces(d, 100, b'')),
    'short pieces': lambda d: ('base64', pieces(d, 10)),
    'one line': lambda d: (None, lines(d, 10 ** 6, b'')),
    'LF': lambda d: (None, lines(d, 64, b'\n')),
    'empty lines between': lambda d: (None, lines(d, 76, b'\r\n\r\n')),
    'CR CR LF': lambda d: (None, lines(d, 76, b'\r\r\n')),
    'short lines': lambda d: (None, lines(d, 20)),
    'indented': lambda d: (None, b'  ' + lines(d, 72, b'\r\n  ')),
    'twice': lambda d: ('base64', lines(lines(d))),
    'twice, undeclared': lambda d: (None, lines(lines(d))),
    'then quoted-printable': lambda d: ('base64', qp(lines(d))),
    'then quoted-printable, as lines too long': lambda d: (
        None, qp(lines(d, 200))),
    'noise': lambda d: ('base64', lines(d, 60).replace(b'A', b'A!', 2)),
    'words before': lambda d: (None, b'Dear postmaster,\r\n\r\nhere it is:'
                               b'\r\n\r\n' + lines(d)),
    'words before, declared': lambda d: (
        'base64', b'This is a report.\r\n\r\n' + lines(d)),
    'a header in the body': lambda d: (
        None, b'Content-Transfer-Encoding: base64\r\n\r\n' + lines(d)),
    'begin-base64': lambda d: (None, b'begin-base64 644 a.xml\r\n' + lines(d)
                               + b'====\r\n'),
    'quoted': lambda d: (None, b'> ' + lines(d, 72, b'\r\n> ')),
    'words after': lambda d: (None, lines(d) + b'\r\n-- \r\nThe list\r\n'),
    'words after, declared': lambda d: (
        'base64', lines(d) + b'_____________\r\nThe list of people\r\n'),
    'qp, undeclared': lambda d: (None, qp(d)),
    'qp, misspelt': lambda d: ('quotedprintable', qp(d)),
    'qp, upper case in quotes': lambda d: ('"QUOTED-PRINTABLE"', qp(d)),
    'qp of base64': lambda d: ('quoted-printable', qp(lines(d, 100))),
    'as it is, called base64': lambda d: ('base64', d),
    'as it is, called quoted': lambda d: ('quoted-printable', d),
}
# Ambiguous or no text at all.
NOT = {('as it is, called quoted', 'fields')}


def mail(kind, encoding, root):
    content_type, data = KINDS[kind]
    spelling, body = ENCODINGS[encoding](data)
    part = b'Content-Type: ' + content_type.encode() + b'\r\n'
    if spelling is not None:
        part += (b'Content-Transfer-Encoding: ' + spelling.encode() + b'\r\n')
    part += b'\r\n' + body
    if root:
        return HEAD + part
    about = (b'report; report-type=feedback-report' if kind == 'fields'
             else b'mixed')
    return (HEAD + b'Content-Type: multipart/' + about + b'; boundary="=_e"'
            b'\r\n\r\n--=_e\r\nContent-Type: text/plain\r\n\r\nA report.\r\n'
            b'--=_e\r\n' + part + b'\r\n--=_e\r\n' + SAMPLE + b'\r\n--=_e--\r\n')


def answer(build, data):
    p = subprocess.run([os.path.join(build, 'ruad-parse')], input=data,
                       capture_output=True, timeout=PATIENCE)
    return [json.loads(line) for line in p.stdout.splitlines()]


def found(lines_, kind):
    wanted = TYPE.get(kind, 'aggregate')
    return ([x for x in lines_ if x['type'] == wanted],
            [x for x in lines_ if x['type'] == 'problem'],
            lines_[-1]['status'])


@pytest.mark.parametrize('encoding', ENCODINGS)
@pytest.mark.parametrize('kind', KINDS)
def test_the_bytes_decide(build, kind, encoding):
    for root in (False, True):
        if (encoding, kind) in NOT or (root and kind == 'fields'):
            continue
        reports, problems, status = found(
            answer(build, mail(kind, encoding, root)), kind)
        assert (len(reports), problems, status) == (1, [], 'report'), root
        if kind == 'fields':
            assert reports[0]['reported_domain'] == 'example.org'
            assert reports[0]['source_ip'] == '192.0.2.9'
        else:
            assert reports[0]['org_name'] == 'reporter.example'
            assert 'quirks' not in reports[0]


@pytest.mark.parametrize('kind', KINDS)
def test_a_file_of_base64(build, kind):
    if kind != 'fields':
        reports, problems, status = found(
            answer(build, lines(KINDS[kind][1])), kind)
        assert (len(reports), problems, status) == (1, [], 'report')


def test_a_forwarded_mail_in_undeclared_base64(build):
    inner = mail('gzip', 'none', False).replace(b'=_e', b'=_f')
    data = (HEAD + b'Content-Type: multipart/mixed; boundary="=_e"\r\n\r\n'
            b'--=_e\r\nContent-Type: message/rfc822\r\n\r\n' + lines(inner)
            + b'\r\n--=_e--\r\n')
    assert found(answer(build, data), 'xml')[2] == 'report'


@pytest.mark.parametrize('text', [
    b'Thequickbrownfoxjumpsoverthelazydog\r\nandruns\r\n',
    b'commit 0123456789abcdef0123456789abcdef01234567\r\n',
    b'a=3D is how quoted-printable writes "=", = does not.\r\n',
    b'Q' * 4000 + b'\r\n', b'=' * 100 + b'\r\n', b'--\r\n-- \r\n__\r\n'])
def test_words_are_no_encoding(build, text):
    lines_ = answer(build, HEAD.replace(b'Report Domain', b'Hello')
                    .replace(b'dmarc', b'me') + b'\r\n' + text)
    assert lines_[-1] == {'type': 'verdict', 'status': 'other',
                          'reason': 'no report in this message'}
