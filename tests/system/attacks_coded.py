# SPDX-License-Identifier: BSD-2-Clause
"""More of attacks.py: transfer encodings, character sets, and messages in
archives."""

import base64
import gzip

from attacks import HEAD, META, MIB, RECORD, REPORT, attack, mail, zipped

FROM = b'From a@b.example Sat Mar  8 02:03:04 2025\n'


def parts(*bodies, head=b'Content-Type: application/gzip\r\n'):
    return (HEAD + b'Content-Type: multipart/mixed; boundary=b\r\n\r\n'
            + b''.join(b'--b\r\n' + head + b'\r\n' + x + b'\r\n'
                       for x in bodies) + b'--b--\r\n')


def twice(data, n=2):
    for _ in range(n):
        data = base64.encodebytes(data)
    return data


@attack
def coded_base64_in_base64():
    return parts(twice(b'<feedback>' + b'A' * (6 * MIB), 4))


@attack
def coded_lines_like_base64():
    return parts(*[b'AAAAAAAAAAAAAAAAA\n' * 16000] * 99)


@attack
def coded_lines_like_documents():
    """Each line might be where XML begins."""
    return parts(*[b'words\n' + b'PCEtLSAtLT48IS0tIC0tPg@\n' * 12000] * 99)


@attack
def coded_pieces():
    return parts(b'PGE+' + b'AA==' * (7 * MIB))


@attack
def coded_soft_line_breaks():
    return parts(b'<a b=3D"' + b'=\r\n' * (8 * MIB))


@attack
def charset_words_in_names():
    """Each part's name is 23,000 words in another character set each."""
    word = b''.join(b'=?%s?Q?=B0?=' % c for c in (
        b'big5', b'gbk', b'euc-kr', b'sjis', b'koi8-r', b'iso-2022-jp'))
    return parts(*[b'x'] * 99, head=b'Content-Type: a/b; name="'
                 + word * (240000 // len(word)) + b'"\r\n')


@attack
def charset_words_in_a_sample():
    field = b'Subject: ' + b'=?utf-7?Q?+?= ' * 15000 + b'\r\n'
    return (HEAD + b'Content-Type: multipart/report; boundary=b; report-type='
            b'feedback-report\r\n\r\n--b\r\nContent-Type: message/'
            b'feedback-report\r\n\r\nFeedback-Type: auth-failure\r\n\r\n'
            b'--b\r\nContent-Type: text/rfc822-headers\r\n\r\n' + field
            + b'\r\n--b--\r\n')


def xml_in(charset, char, size=60 * MIB):
    return gzip.compress(
        b'<?xml version="1.0" encoding="' + charset + b'"?><feedback>' + META
        + RECORD + (b'<a>' + char * 4000 + b'</a>') * (size // len(char)
                                                       // 4000)
        + b'</feedback>', 1)


@attack
def charset_xml_in_gb18030():
    return xml_in(b'gb18030', b'\x81\x30\x81\x30')


@attack
def charset_xml_in_iso_2022_jp():
    return xml_in(b'iso-2022-jp', b'\x1b$B@A\x1b(B')


@attack
def charset_xml_that_is_repaired():
    return mail(b'text/xml; charset=shift_jis', b'<feedback>' + META + RECORD
                + (b'<a>' + b'\x83\x41' * 4000 + b'</a>') * 1000
                + b'</feedback>')


@attack
def charset_xml_called_latin():
    return mail(b'text/xml', b'<?xml version="1.0" encoding="iso-8859-3"?>'
                b'<feedback>' + META + RECORD + ('<a>' + 'ü' * 4000 + '</a>')
                .encode() * 990 + b'</feedback>')


@attack
def charset_json_in_utf16():
    return mail(b'application/json', ('[' + '{"a":[]},' * 60000
                                      + '"' + 'x' * 7000000 + '"]').encode(
                                          'utf-16'))


@attack
def json_objects_without_end():
    return mail(b'application/json', b'{\n' * 90000)


@attack
def json_one_after_the_other():
    return mail(b'application/json', b'{"report-id":1,"policies":[]}\n' * 90000)


@attack
def archive_of_small_messages():
    return gzip.compress(FROM + (FROM + b'X-A: b\n\n') * 700000)


@attack
def archive_of_small_messages_attached():
    return mail(b'application/gzip', archive_of_small_messages())


@attack
def archive_of_lines_like_from():
    return gzip.compress(FROM + b'X-A: b\n\n' + b'\nFrom a 1:00' * 4000000, 1)


@attack
def archive_of_large_messages():
    """As large as they may be, within each other."""
    data = REPORT + b' ' * (6 * MIB)
    for _ in range(4):
        data = mail(b'application/zip', zipped(('a.eml', data), method=0))
    return data


@attack
def archive_of_messages_of_many_parts():
    one = FROM + parts(*[b'x'] * 99) + b'\n'
    return gzip.compress(one * (60 * MIB // len(one)))
