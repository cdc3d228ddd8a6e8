# SPDX-License-Identifier: BSD-2-Clause
"""The ways in which a report travels: containers, encodings, mails."""

import base64
import binascii
import bz2
import gzip
import io
import lzma
import quopri
import struct
import tarfile
import zipfile
import zlib

HEAD = (b'From: Reporter <dmarc@receiver.example>\r\nTo: rua@example.org\r\n'
        b'Subject: Report Domain: example.org Submitter: receiver.example\r\n'
        b'Date: Sat, 08 Mar 2025 02:03:04 +0000\r\n'
        b'Message-ID: <1@receiver.example>\r\nMIME-Version: 1.0\r\n')


# --- containers -----------------------------------------------------------

def zips(*entries, method=zipfile.ZIP_DEFLATED):
    """A zip of (name, data); data None makes a directory."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as z:
        for name, data in entries:
            z.writestr(name, data or b'')
    return out.getvalue()


def tars(*entries, mode='w'):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            if data is None:
                info.type = tarfile.DIRTYPE
            else:
                info.size = len(data)
            tar.addfile(info, io.BytesIO(data or b''))
    return out.getvalue()


def zstd(data):
    """One frame of raw blocks: all that the format asks for."""
    out = b'\x28\xb5\x2f\xfd\xa0' + struct.pack('<I', len(data))
    size = 100000
    for i in range(0, len(data), size):
        piece = data[i:i + size]
        last = i + size >= len(data)
        out += struct.pack('<I', last | len(piece) << 3)[:3] + piece
    return out


def seven_zip(name, data):
    """One stored entry: the coder "copy"."""
    def number(n):
        assert n < 0x4000
        return bytes([n]) if n < 0x80 else bytes([0x80 | n >> 8, n & 0xff])
    crc = struct.pack('<I', binascii.crc32(data))
    names = b'\0' + (name + '\0').encode('utf-16-le')
    header = (b'\x01\x04'                                   # streams
              b'\x06\0\x01\x09' + number(len(data)) + b'\0'  # packed
              + b'\x07\x0b\x01\0\x01\x01\0'                 # folder: copy
              + b'\x0c' + number(len(data)) + b'\0'
              + b'\x08\x0a\x01' + crc + b'\0\0'           # its content
              b'\x05\x01\x11' + number(len(names)) + names + b'\0\0')
    start = struct.pack('<QQI', len(data), len(header),
                        binascii.crc32(header))
    return (b'7z\xbc\xaf\x27\x1c\0\4'
            + struct.pack('<I', binascii.crc32(start)) + start + data + header)


# --- mails ----------------------------------------------------------------

def encoded(data, cte):
    if cte == 'base64':
        return base64.encodebytes(data).replace(b'\n', b'\r\n')
    if cte == 'quoted-printable':
        return quopri.encodestring(data).replace(b'\n', b'\r\n')
    return data


def part(data, kind='application/octet-stream', cte='base64', name='a.xml',
         disposition='attachment'):
    head = b'Content-Type: ' + kind.encode()
    if disposition:
        head += b'\r\nContent-Disposition: ' + disposition.encode()
        if name:
            head += b'; filename="' + name.encode() + b'"'
    return (head + b'\r\nContent-Transfer-Encoding: ' + cte.encode()
            + b'\r\n\r\n' + encoded(data, cte))


def multipart(*parts, kind='mixed', more=''):
    """A whole mail of these parts, each with its own header."""
    return (HEAD + b'Content-Type: multipart/' + kind.encode()
            + b'; boundary="=_b"' + more.encode() + b'\r\n\r\n'
            + b''.join(b'--=_b\r\n' + p + b'\r\n' for p in parts)
            + b'--=_b--\r\n')


WARNING = (b'CAUTION: This message came from outside. Do not open links or '
           b'attachments\r\nunless you expect them.\r\n\r\n')
TEXT = b'Content-Type: text/plain\r\n\r\nA report is attached.\r\n'


def undeclared(mail):
    return mail.replace(b'Content-Transfer-Encoding: ', b'X-Encoding: ')


def uuencoded(data):
    return (b'begin 644 a.gz\r\n' + b''.join(
        binascii.b2a_uu(data[i:i + 45]).replace(b'\n', b'\r\n')
        for i in range(0, len(data), 45)) + b'`\r\nend\r\n')


def html_escaped(data):
    for c, name in ((b'&', b'amp'), (b'<', b'lt'), (b'>', b'gt')):
        data = data.replace(c, b'&' + name + b';')
    return data


def attached(data, **options):
    return multipart(TEXT, part(data, **options))


def body(data, **options):
    """The mail is nothing but the report."""
    return HEAD + part(data, **options)


def forwarded(mail, cte='7bit'):
    return (b'From: admin@example.org\r\nSubject: Fwd: report\r\n'
            b'MIME-Version: 1.0\r\n'
            b'Content-Type: multipart/mixed; boundary="=_f"\r\n\r\n'
            b'--=_f\r\nContent-Type: text/plain\r\n\r\nPlease look.\r\n'
            b'--=_f\r\nContent-Type: message/rfc822\r\n'
            b'Content-Transfer-Encoding: ' + cte.encode() + b'\r\n\r\n'
            + encoded(mail, cte) + b'\r\n--=_f--\r\n')


def signed(mail_part):
    return multipart(
        mail_part, part(b'\x30\x82not really', name='smime.p7s',
                        kind='application/pkcs7-signature'),
        kind='signed', more='; micalg=sha-256;'
        ' protocol="application/pkcs7-signature"')


# --- the table: every line of FORMATS in ruad-parse(8) ----------------------
# For one report's XML, the bytes that bring it.  The values are the same in
# each: what differs is said in test_formats.py.

def two_members(x):
    return gzip.compress(x[:500]) + gzip.compress(x[500:])


def declared(x, name, codec):
    return x.replace(b'UTF-8', name.encode()).decode().encode(codec)


CONTAINERS = {
    'plain XML': lambda x: x,
    'gzip': gzip.compress,
    'gzip of several members': two_members,
    'gzip within gzip': lambda x: gzip.compress(gzip.compress(x)),
    'gzip with bytes after its end': lambda x: gzip.compress(x) + b'\r\n\r\n',
    'zlib': zlib.compress,
    'bzip2': bz2.compress,
    'xz': lzma.compress,
    'zstd': zstd,
    'zip': lambda x: zips(('a.xml', x)),
    'zip, stored': lambda x: zips(('a.xml', x), method=zipfile.ZIP_STORED),
    'zip with directories': lambda x: zips(
        ('in/', None), ('in/er/', None), ('in/er/a.xml', x)),
    'zip with files of other kinds': lambda x: zips(
        ('__MACOSX/._a.xml', b'\0\5\x16\7Mac OS X'), ('readme.txt', b'hi'),
        ('a.xml', x)),
    'gzip within zip': lambda x: zips(('a.xml.gz', gzip.compress(x))),
    'zip within gzip': lambda x: gzip.compress(zips(('a.xml', x))),
    'tar': lambda x: tars(('in', None), ('in/a.xml', x)),
    'tar.gz': lambda x: tars(('a.xml', x), mode='w:gz'),
    'tar.bz2': lambda x: tars(('a.xml', x), mode='w:bz2'),
    'tar.xz': lambda x: tars(('a.xml', x), mode='w:xz'),
    'tar.zst': lambda x: zstd(tars(('a.xml', x))),
    '7-Zip': lambda x: seven_zip('a.xml', x),
}
ENCODINGS = {
    'UTF-8 with a byte order mark': lambda x: b'\xef\xbb\xbf' + x,
    'UTF-16': lambda x: declared(x, 'UTF-16', 'utf-16'),
    'UTF-16, big endian': lambda x: b'\xfe\xff' + declared(
        x, 'UTF-16', 'utf-16-be'),
    'ISO-8859-1': lambda x: declared(x, 'ISO-8859-1', 'latin-1'),
    'any other character set that is declared': lambda x: declared(
        x, 'windows-1250', 'cp1250'),
    'CR LF line ends': lambda x: x.replace(b'><', b'>\r\n<'),
    'no XML declaration': lambda x: x.split(b'\n', 1)[1],
}
MAILS = {
    'base64': lambda x: attached(gzip.compress(x)),
    'quoted-printable': lambda x: attached(
        x, cte='quoted-printable', kind='text/xml'),
    '8bit': lambda x: attached(
        x.replace(b'><', b'>\r\n<'), cte='8bit', kind='text/xml'),
    'binary': lambda x: attached(gzip.compress(x), cte='binary'),
    'an inline part': lambda x: attached(
        gzip.compress(x), disposition='inline', kind='application/gzip'),
    'a part without disposition or name': lambda x: attached(
        x, disposition='', kind='text/xml'),
    'application/octet-stream': lambda x: attached(
        gzip.compress(x), kind='application/octet-stream', name='report'),
    'a wrong type': lambda x: attached(
        gzip.compress(x), kind='image/png', name='a.zip'),
    'a wrong name': lambda x: attached(
        zips(('a', x)), kind='application/gzip', name='a.xml.gz'),
    'text/plain': lambda x: attached(
        x.replace(b'><', b'>\n<'), kind='text/plain', name='a.txt'),
    'the body is the XML': lambda x: body(
        x.replace(b'><', b'>\r\n<'), cte='8bit', kind='text/xml',
        disposition=''),
    'the body is the zip': lambda x: body(
        zips(('a.xml', x)), kind='application/zip'),
    'the body is the gzip': lambda x: body(
        gzip.compress(x), kind='application/gzip'),
    'multipart/related': lambda x: multipart(
        TEXT, part(gzip.compress(x)), kind='related'),
    'forwarded as message/rfc822': lambda x: forwarded(
        attached(gzip.compress(x))),
    'forwarded as message/rfc822 in base64': lambda x: forwarded(
        attached(gzip.compress(x)), 'base64'),
    'forwarded as a file': lambda x: attached(
        attached(gzip.compress(x)), name='mail.eml'),
    'forwarded as a file of any name': lambda x: attached(
        attached(gzip.compress(x)), name='forwarded message'),
    'signed with S/MIME': lambda x: signed(part(gzip.compress(x))),
    'LF line ends': lambda x: attached(
        gzip.compress(x)).replace(b'\r\n', b'\n'),
    'no closing boundary': lambda x: attached(
        gzip.compress(x)).replace(b'--=_b--\r\n', b''),
    'no boundary, or a wrong one': lambda x: attached(
        gzip.compress(x)).replace(b'boundary="=_b"', b"boundary='=_B'"),
    'a part of multipart/digest': lambda x: multipart(
        b'\r\n' + attached(gzip.compress(x)).replace(b'=_b', b'=_i'),
        kind='digest'),
    "below a gateway's warning": lambda x: body(
        WARNING * 5 + x.replace(b'><', b'>\r\n<'), cte='8bit',
        kind='text/xml', disposition=''),
    'within text or a web page, also quoted': lambda x: body(
        b'<html><body><p>See:</p><pre>' + html_escaped(
            b'> ' + x.replace(b'><', b'>\r\n> <')) +
        b'</pre></body></html>', cte='8bit', kind='text/html',
        disposition=''),
    'uuencode, as encoding or within text': lambda x: body(
        b'The report:\r\n\r\n' + uuencoded(gzip.compress(x)), cte='7bit',
        kind='text/plain', disposition=''),
    'base64 that is not declared': lambda x: undeclared(
        attached(gzip.compress(x))),
    'base64 in pieces, with - and _': lambda x: attached(b'\r\n'.join(
        base64.urlsafe_b64encode(x[i:i + 40])
        for i in range(0, len(x), 40)), cte='7bit'),
    'base64 twice': lambda x: attached(encoded(x, 'base64')),
    'quoted-printable that is not declared': lambda x: undeclared(
        attached(x, cte='quoted-printable')),
    'in a zip': lambda x: zips(('a.eml', attached(gzip.compress(x)))),
    'compressed': lambda x: gzip.compress(attached(gzip.compress(x))),
    'in an mbox that is compressed': lambda x: gzip.compress(
        b'From a@b.example Sat Mar  8 02:03:04 2025\n'
        + attached(gzip.compress(x))),
}
MANY = {
    'several zip entries': lambda x, y: zips(('a.xml', x), ('b.xml', y)),
    'several tar entries': lambda x, y: tars(
        ('a.xml', x), ('b.xml', y), mode='w:gz'),
    'several attachments': lambda x, y: multipart(
        TEXT, part(gzip.compress(x)), part(zips(('b.xml', y)))),
    'several forwarded messages': lambda x, y: multipart(
        TEXT, *[b'Content-Type: message/rfc822\r\n\r\n' + attached(
            gzip.compress(z)).replace(b'=_b', b'=_c') for z in (x, y)]),
}
