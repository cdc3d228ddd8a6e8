# SPDX-License-Identifier: BSD-2-Clause
"""More of attacks.py: as much as a mail may hold of what takes longest, byte
for byte.  Alone each is harmless; what stops them is the work that may be done
for one mail (parse/cost.h)."""

import base64
import bz2
import gzip
import lzma
import random
import struct
import tarfile
import zipfile
import zlib

from attacks import (ATTACKS, HEAD, META, MIB, RECORD, attack, tarred,
                     zip_around, zipped)
from attacks_repair import many, many_packed

# Repairs of many documents; those of attacks_repair.py are single ones.
REPAIRS = ('less_than', 'ampersands', 'quotes_without_end',
           'tags_without_end', 'junk_before_and_behind', 'unknown_elements',
           'ends_without_start', 'crossed_elements', 'many_broken_documents',
           'many_schemas', 'invalid_utf8')


def large(piece, head=b'', size=63 * MIB):
    """Two of these fill a mail."""
    start, end = head + b'<feedback>' + META, b'</feedback>'
    n = (size - len(start) - len(end)) // len(piece)
    return many_packed(gzip_repeated(start, piece, n, end), 2)


def gzip_repeated(start, piece, n, end):
    """gzip.compress(start + piece * n + end), packed a block at a time: equal
    blocks are packed once."""
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    each = max(1, MIB // len(piece))
    block, rest = piece * each, piece * (n % each) + end
    packed = [c.compress(data) + c.flush(zlib.Z_FULL_FLUSH)
              for data in (start, block)]
    packed[1:] = packed[1:] * (n // each) + [c.compress(rest) + c.flush()]
    crc = zlib.crc32(start)
    for _ in range(n // each):
        crc = zlib.crc32(block, crc)
    size = len(start) + len(piece) * n + len(end)
    return (b'\x1f\x8b\x08' + bytes(6) + b'\xff' + b''.join(packed) +
            struct.pack('<II', zlib.crc32(rest, crc), size))


LATIN = b'<?xml version="1.0" encoding="iso-8859-15"?>'
NAMED = RECORD.replace(b'</record>', b'<identifiers><header_from>%b.example'
                       b'</header_from></identifiers></record>')
PIECES = {
    'empty_elements': b'<a/>',
    'elements': b'<a></a>',
    'elements_like_ours': b'<aspfx/>',
    'elements_like_lists': b'<rereasorereasorereaso/>',
    'elements_elsewhere': b'<domain/>',
    'attributes': b'<a b=""/>',
    'many_attributes': b'<a ' + b' '.join(
        b'a%d=""' % i for i in range(200)) + b'/>',
    'namespaces': b'<a xmlns="b"/>',
    'references': b'<a>' + b'&amp;' * 10000 + b'</a>',
    'records': RECORD,
    # Names that must be converted.
    'names_of_marks': NAMED % ('a' + '\u0300\u0323' * 60).encode(),
    'names_of_letters': NAMED % '.'.join(['\u00fc' * 60] * 3).encode(),
    'records_of_comments': RECORD.replace(b'<count>', b'<!----><count>'),
}


def packed_parts(data, n, head=HEAD):
    return (head + b'Content-Type: multipart/mixed; boundary=b\r\n\r\n' +
            (b'--b\r\nContent-Type: application/zip\r\n'
             b'Content-Transfer-Encoding: base64\r\n\r\n' +
             base64.encodebytes(data)) * n + b'--b--\r\n')


def nested(data, depth=2):
    """64 times 64, or once more, of the same."""
    method = zipfile.ZIP_STORED
    for _ in range(depth):
        data = zipped(*(('%d' % i, data) for i in range(64)), method=method)
        method = zipfile.ZIP_DEFLATED
    return data


def add_all():
    for name in REPAIRS:
        def repairs(name=name):
            return many(ATTACKS['repair_' + name]())
        repairs.__name__ = 'work_repair_' + name
        attack(repairs)
    for name, piece in PIECES.items():
        def xml(piece=piece):
            return large(piece)
        xml.__name__ = 'work_xml_' + name
        attack(xml)

        def latin(piece=piece):
            return large(piece, LATIN)
        latin.__name__ = 'work_latin_' + name
        attack(latin)


add_all()


@attack
def work_tiny_documents():
    return packed_parts(nested(b'<feedback>'), 100)


@attack
def work_tiny_documents_deeper():
    return packed_parts(nested(b'<feedback>', 3), 20)


# Each asks for tables or a dictionary of megabytes to unpack one byte.
for _name, _tiny in {
        'bzip2': bz2.compress(b'x'), 'xz': lzma.compress(b'x'),
        'zstd': b'\x28\xb5\x2f\xfd\0\x68\x09\0\0x'}.items():
    def tiny(data=_tiny):
        return packed_parts(nested(data), 100)
    tiny.__name__ = 'work_tiny_' + _name
    attack(tiny)


@attack
def work_tiny_entries_of_lzma():
    entries = (('%d' % i, b'x') for i in range(64))
    return packed_parts(
        nested(zipped(*entries, method=zipfile.ZIP_LZMA), 1), 40)


@attack
def work_tiny_json_in_a_mail_of_a_large_header():
    """Its fields are looked at for each."""
    return packed_parts(nested(b'{}'), 100, HEAD + b'X: y\r\n' * 40000)


@attack
def work_tiny_json_in_a_part_of_a_large_header():
    """Its character set is looked for."""
    return (HEAD + b'Content-Transfer-Encoding: base64\r\n'
            b'Content-Type: application/zip' + b'; a=b' * 45000 +
            b'\r\n\r\n' + base64.encodebytes(nested(b'{}', 3)))


@attack
def work_blanks_before_an_archive():
    """To be passed over to know what is in the file."""
    return b' ' * (30 * MIB) + nested(b'<a/>', 3)


@attack
def work_bzip2_of_many_streams():
    data = bz2.compress(b' ')
    return many(data * (30 * MIB // len(data)))


@attack
def work_bzip2_of_noise():
    noise = random.Random(1).randbytes(10 * MIB)
    return packed_parts(bz2.compress(noise), 2)


def two_letters(size):
    """Random, and yet packed to a sixth."""
    table = [bytes(b'ab'[byte >> bit & 1] for bit in range(8))
             for byte in range(256)]
    return b''.join(table[byte] for byte in random.Random(1).randbytes(
        size // 8))


@attack
def work_zip_of_bzip2():
    return zipped(('a.xml', two_letters(30 * MIB)), method=zipfile.ZIP_BZIP2)


@attack
def work_zip_of_lzma():
    """Packed in haste, which takes longer to unpack."""
    text = two_letters(8 * MIB)
    data = lzma.compress(text, lzma.FORMAT_ALONE, preset=1)
    # What such a file begins with is elsewhere in a zip file.
    packed = b'\x09\x04\x05\0' + data[:5] + data[13:]
    return zip_around(packed, text, zipfile.ZIP_LZMA, flags=2)


@attack
def work_xz_of_many_streams():
    data = lzma.compress(b' ')
    return many(data * (30 * MIB // len(data)))


@attack
def work_tar_of_nothing():
    entry = tarred(('a', tarfile.REGTYPE, '', b''))[:512]
    return many(gzip.compress(entry * (60 * 2048), 1))
