# SPDX-License-Identifier: BSD-2-Clause
"""Every character set that "ruad-parse -V" names, under the live sandbox: in
a header, in a file's name, declared by XML, declared by the part only."""

import base64
import json
import os
import subprocess
import urllib.parse

import pytest

from formats import HEAD
from patience import PATIENCE
from test_encodings import JSON, XML, answer

HERE = os.path.dirname(os.path.abspath(__file__))

# Name: Python's codec, and a text that it can write.
CHARSETS = {
    'utf-8': ('utf-8', 'Grüße 😀'), 'us-ascii': ('ascii', 'plain'),
    'utf-16': ('utf-16', 'Grüße'), 'utf-16le': ('utf-16-le', 'Grüße'),
    'utf-16be': ('utf-16-be', 'Grüße'), 'windows-1252': ('cp1252', 'Grüße €'),
    'iso-8859-1': ('latin-1', 'Grüße'), 'iso-8859-2': ('iso8859-2', 'Łódź'),
    'iso-8859-3': ('iso8859-3', 'Ĝis'), 'iso-8859-4': ('iso8859-4', 'Ēģija'),
    'iso-8859-5': ('iso8859-5', 'Счёт'), 'iso-8859-6': ('iso8859-6', 'فاتورة'),
    'iso-8859-7': ('iso8859-7', 'Τιμή'), 'iso-8859-8': ('iso8859-8', 'חשבון'),
    'iso-8859-9': ('iso8859-9', 'İşğ'), 'iso-8859-10': ('iso8859-10', 'Þíŋ'),
    'iso-8859-11': ('iso8859-11', 'ใบ'), 'iso-8859-13': ('iso8859-13', 'Ąžė'),
    'iso-8859-14': ('iso8859-14', 'Ŵŷ'), 'iso-8859-15': ('iso8859-15', '5 €'),
    'iso-8859-16': ('iso8859-16', 'Țară'), 'windows-1250': ('cp1250', 'Łódź'),
    'windows-1251': ('cp1251', 'Счёт'), 'windows-1253': ('cp1253', 'Τιμή'),
    'windows-1254': ('cp1254', 'İşğ'), 'windows-1255': ('cp1255', 'חשבון'),
    'windows-1256': ('cp1256', 'فاتورة'), 'windows-1257': ('cp1257', 'Ąžė'),
    'windows-1258': ('cp1258', 'Đơn'), 'windows-874': ('cp874', 'ใบ'),
    'tis-620': ('tis-620', 'ใบ'), 'koi8-r': ('koi8-r', 'Счёт'),
    'koi8-u': ('koi8-u', 'Їжак'), 'cp437': ('cp437', 'Grüße'),
    'cp850': ('cp850', 'Grüße'), 'cp852': ('cp852', 'Łódź'),
    'cp855': ('cp855', 'Счёт'), 'cp857': ('cp857', 'İşğ'),
    'cp866': ('cp866', 'Счёт'), 'macintosh': ('mac_roman', 'Grüße'),
    'gb18030': ('gb18030', '发票'), 'gbk': ('gbk', '發票'),
    'gb2312': ('gb2312', '发票'), 'big5': ('big5', '發票'),
    'big5-hkscs': ('big5-hkscs', '發票'), 'euc-tw': (None, '中'),
    'euc-kr': ('euc-kr', '청구서'), 'ks_c_5601-1987': ('euc-kr', '청구서'),
    'windows-949': ('cp949', '똠방'), 'shift_jis': ('shift_jis', '請求書'),
    'windows-31j': ('cp932', '①請求書'), 'euc-jp': ('euc-jp', '請求書'),
    'iso-2022-jp': ('iso2022-jp', '請求書'),
    'iso-2022-kr': ('iso2022-kr', '청구서'), 'iso-2022-cn': (None, '中'),
    'utf-7': ('utf-7', 'Grüße'),
}
BYTES = {'euc-tw': b'\xc4\xe3', 'iso-2022-cn': b'\x1b$)A\x0eVP\x0f'}
# XML is not declared to be in these, or is none that libxml2 begins with.
NOT_XML = {'utf-7', 'utf-16', 'utf-16le', 'utf-16be', 'iso-2022-kr',
           'iso-2022-cn'}


def coded(name, text=None):
    codec, own = CHARSETS[name]
    if codec is None:
        before, _, after = (text or own).partition(own)
        return before.encode() + BYTES[name] + after.encode()
    return (text or own).encode(codec)


def run(build, *args, data=b'', **env):
    return subprocess.run([build + '/ruad-parse', *args], input=data,
                          capture_output=True, timeout=PATIENCE,
                          env={**os.environ, **env})


def names(build, which='character sets', **env):
    for line in run(build, '-V', **env).stdout.decode().splitlines():
        if line.startswith(which + ': '):
            return line.split(': ', 1)[1].split(' (')[0].split()
    return []


def mail(subject, *parts):
    return (b'From: dmarc@reporter.example\r\nSubject: ' + subject + b'\r\n'
            b'Date: Sat, 08 Mar 2025 02:03:04 +0000\r\nMIME-Version: 1.0\r\n'
            b'Content-Type: multipart/mixed; boundary="=_c"\r\n\r\n'
            + b''.join(b'--=_c\r\n' + p + b'\r\n' for p in parts)
            + b'--=_c--\r\n')


def xml(name, text, declared):
    head = f' encoding="{name}"' if declared else ''
    return coded(name, XML.decode().replace(
        ' encoding="UTF-8"', head).replace(
            '<org_name>reporter.example', '<org_name>' + text))


def part(data, params=b''):
    return (b'Content-Type: text/xml' + params + b'\r\n'
            b'Content-Transfer-Encoding: base64\r\n\r\n'
            + base64.encodebytes(data).replace(b'\n', b'\r\n'))


def read(build, data):
    lines = answer(build, data)
    return ({x['type']: x for x in lines},
            [q for x in lines for q in x.get('quirks', [])])


def test_what_is_there_is_said_and_tried(build):
    assert set(names(build)) == set(CHARSETS)
    assert names(build, 'missing') == []


@pytest.mark.parametrize('name', CHARSETS)
def test_a_subject_and_the_name_of_a_file(build, name):
    text = CHARSETS[name][1]
    word = (f'=?{name.upper()}?B?'.encode() + base64.b64encode(coded(name))
            + b'?=')
    filename = (f"; name*={name}''".encode()
                + urllib.parse.quote(coded(name)).encode() + b'.xml')
    lines, quirks = read(build, mail(word, part(XML, filename)))
    assert lines['mail']['subject'] == text
    if not name.startswith('utf-16'):    # its ".xml" would be Chinese
        assert lines['aggregate']['filename'] == text + '.xml'
        assert quirks == []


@pytest.mark.parametrize('name', CHARSETS)
def test_what_the_document_declares(build, name):
    if name not in NOT_XML:
        text = CHARSETS[name][1]
        for data in (xml(name, text, True),
                     mail(b'x', part(xml(name, text, True)))):
            lines, quirks = read(build, data)
            assert lines['aggregate']['org_name'] == text
            assert quirks == []


@pytest.mark.parametrize('name', CHARSETS)
def test_what_only_the_part_declares(build, name):
    if name in NOT_XML - {'iso-2022-kr', 'iso-2022-cn', 'utf-16'}:
        return
    text = CHARSETS[name][1]
    params = f'; charset="{name}"'.encode()
    lines, quirks = read(build, mail(b'x', part(xml(name, text, False),
                                                params)))
    assert lines['aggregate']['org_name'] == text
    assert quirks == []


@pytest.mark.parametrize('name', CHARSETS)
def test_json(build, name):
    if name == 'utf-7':
        return
    text = CHARSETS[name][1]
    data = coded(name, JSON.decode().replace('"reporter.example"',
                                             f'"{text}"'))
    params = f'; charset={name}'.encode()
    lines, quirks = read(build, mail(b'x', part(data, params)))
    assert lines['tls']['org_name'] == text
    assert quirks == []


@pytest.mark.parametrize('name', ['iso-8859-1', 'windows-1251', 'gbk'])
def test_a_document_that_was_recoded_and_still_declares_it(build, name):
    text = CHARSETS[name][1]
    data = xml(name, text, True).decode(CHARSETS[name][0]).encode()
    lines, quirks = read(build, mail(b'x', part(data, b'; charset=utf-8')))
    assert lines['aggregate']['org_name'] == text
    assert quirks == []
    if name != 'gbk':                       # by chance it might be both
        for bare in (data, mail(b'x', part(data))):
            lines, quirks = read(build, bare)
            assert lines['aggregate']['org_name'] == text
            assert quirks == ['bad-encoding']


def test_bytes_that_are_utf8_by_chance_are_what_is_declared(build):
    data = xml('iso-8859-4', 'Ķēde', True)
    data.decode()
    lines, quirks = read(build, data)
    assert lines['aggregate']['org_name'] == 'Ķēde'
    assert quirks == []


def test_bytes_that_are_not_utf8_are_windows_1252(build):
    data = xml('utf-8', 'Sue@o', True).replace(b'@o', b'\xf1o')
    for params in (b'', b'; charset=utf-8', b'; charset=x-none'):
        lines, quirks = read(build, mail(b'x', part(data, params)))
        assert lines['aggregate']['org_name'] == 'Sueño'
        assert quirks == ['bad-characters']
    lines, quirks = read(build, mail(b'x', part(
        JSON.replace(b'"reporter.example"', b'"Sue\xf1o"'))))
    assert lines['tls']['org_name'] == 'Sueño'
    assert quirks == ['bad-characters']


@pytest.mark.parametrize('subject, text', [
    (b'\xb7\xa2\xc6\xb1', '·¢Æ±'), (b'Sue\xf1o', 'Sueño'),
    (b'=?x-none?B?t6I=?=', '=?x-none?B?t6I=?='),
    (b'=?big5?Q?=FF=FF?=', '=?big5?Q?=FF=FF?='),
])
def test_what_cannot_be_decoded_stays_with_a_quirk(build, subject, text):
    lines, quirks = read(build, mail(subject, part(XML)))
    assert lines['mail']['subject'] == text
    assert quirks == ['bad-charset']
    failure = (HEAD + b'Content-Type: multipart/report; boundary="=_c";'
               b' report-type=feedback-report\r\n\r\n--=_c\r\n'
               b'Content-Type: message/feedback-report\r\n\r\n'
               b'Feedback-Type: auth-failure\r\nAuth-Failure: dmarc\r\n'
               b'Source-IP: 192.0.2.1\r\nReported-Domain: example.org\r\n'
               b'Arrival-Date: Sat, 08 Mar 2025 02:03:04 +0000\r\n'
               b'\r\n--=_c\r\nContent-Type: text/rfc822-headers\r\n\r\n'
               b'From: a@example.org\r\nSubject: ' + subject
               + b'\r\n\r\n--=_c--\r\n')
    lines, quirks = read(build, failure)
    assert lines['failure']['subject'] == text
    assert quirks == ['bad-charset']


@pytest.fixture(scope='module')
def few(tmp_path_factory, build):
    if 'sandbox: none' in run(build, '-V').stdout.decode():
        pytest.skip('a sanitizer wants to be loaded first')
    path = str(tmp_path_factory.mktemp('preload') / 'fewiconv.so')
    subprocess.run([os.environ.get('CC', 'cc'), '-std=c17', '-Wall', '-Wextra',
                    '-Werror', '-shared', '-fPIC', '-o', path,
                    HERE + '/fewiconv.c'], check=True)
    return {'LD_PRELOAD': path}


def test_without_the_files_of_iconv_it_starts_and_says_so(build, few):
    there = names(build, **few)
    assert {'utf-8', 'utf-16', 'iso-8859-1', 'koi8-r'} <= set(there)
    assert set(names(build, 'missing', **few)) == set(CHARSETS) - set(there)
    data = mail(b'=?gbk?B?t6I=?=', part(XML))
    lines = [json.loads(line) for line in
             run(build, data=data, **few).stdout.splitlines()]
    assert lines[0]['subject'] == '=?gbk?B?t6I=?='
    assert lines[1]['quirks'] == ['bad-charset']
    assert lines[-1] == {'type': 'verdict', 'status': 'report'}
