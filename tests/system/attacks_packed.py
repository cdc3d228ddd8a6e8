# SPDX-License-Identifier: BSD-2-Clause
"""More of attacks.py: archives, JSON, failure reports, and nothing at all."""

import bz2
import email
import gzip
import io
import lzma
import os
import random
import struct
import tarfile
import zlib

from attacks import (HEAD, META, MIB, REPORT, attack, deflated, local_header,
                     tarred, zipped)

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      '../golden')


# --- archives ---------------------------------------------------------------

@attack
def zip_same_bytes_by_many_entries():
    """Central directory: 10,000 times the one local file."""
    kernel = deflated(16 * MIB)
    local = local_header(b'a.xml', 8, len(kernel), 16 * MIB) + kernel
    entry = struct.pack('<4s6H3I5H2I', b'PK\1\2', 20, 20, 0, 8, 0, 0, 0,
                        len(kernel), 16 * MIB, 5, 0, 0, 0, 0, 0, 0) + b'a.xml'
    return local + entry * 10000 + struct.pack(
        '<4s4H2IH', b'PK\5\6', 0, 0, 10000, 10000, len(entry) * 10000,
        len(local), 0)


@attack
def zip_quoted_overlap():
    """Each local header is the stored start of the entry before it."""
    out = b''
    for i in range(2000):
        out = local_header(b'%d.xml' % i, 0, len(out), len(out)) + out
    return out


@attack
def zip_in_zip():
    data = REPORT
    for i in range(20):
        data = zipped(('%d.zip' % i, data))
    return data


@attack
def zip_wide_and_deep():
    """16 times 16 times 16 times 1 MiB."""
    data = zipped(*(('%d.xml' % i, bytes(MIB)) for i in range(16)))
    for _ in range(2):
        data = zipped(*(('%d.zip' % i, data) for i in range(16)))
    return data


@attack
def gzip_in_gzip():
    data = REPORT
    for _ in range(1000):
        data = gzip.compress(data, 1)
    return data


@attack
def zip_says_small():
    packed = deflated(256 * MIB)
    return local_header(b'a.xml', 8, len(packed), 1) + packed


@attack
def zip_says_huge():
    return local_header(b'a.xml', 8, 0xfffffffe, 0xfffffffe) + b'x' * 100


@attack
def zip64_says_more_than_there_is():
    extra = struct.pack('<2H2Q', 1, 16, 2**63, 2**63)
    return (struct.pack('<4s5H3I2H', b'PK\3\4', 45, 0, 0, 0, 0, 0, 0xffffffff,
                        0xffffffff, 5, len(extra)) + b'a.xml' + extra +
            b'x' * 100)


@attack
def zip_encrypted():
    return local_header(b'a.xml', 8, 100, 1000, flags=1) + bytes(range(100))


@attack
def zip_million_entries():
    return b''.join(local_header(b'', 0, 0, 0) for _ in range(MIB))


@attack
def zip_path_tricks():
    names = [b'../../../../etc/passwd', b'/etc/passwd', b'a\0b.xml',
             b'..\\..\\x.xml', b'C:\\x.xml', b'\x1b[31m.xml', b'.', b'..', b'',
             b'\xff\xfe.xml', b'\xe2\x80\xaelmx.a', b'a/' * 20000 + b'x.xml',
             b'x' * 60000]
    return b''.join(local_header(n, 0, len(REPORT), len(REPORT),
                                 crc=zlib.crc32(REPORT)) + REPORT
                    for n in names)


@attack
def zip_1_gib_of_zeros():
    packed = deflated(1024 * MIB)
    return local_header(b'a.xml', 8, len(packed), 1024 * MIB) + packed


@attack
def gzip_1_gib_of_zeros():
    return (b'\x1f\x8b\x08\0\0\0\0\0\0\3' + deflated(1024 * MIB) +
            struct.pack('<2I', 0, 1024 * MIB))


@attack
def gzip_1_gib_report():
    """It starts like a report and goes on with white space."""
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = c.compress(b'<feedback>' + META) + c.flush(zlib.Z_FULL_FLUSH)
    piece = c.compress(b' ' * 16 * MIB) + c.flush(zlib.Z_FULL_FLUSH)
    return b'\x1f\x8b\x08\0\0\0\0\0\0\3' + start + piece * 64


@attack
def bzip2_1_gib_of_zeros():
    return bz2.compress(bytes(64 * MIB)) * 16


@attack
def xz_1_gib_of_zeros():
    return lzma.compress(bytes(64 * MIB), preset=1) * 16


@attack
def zstd_1_gib_of_zeros():
    block = struct.pack('<I', 128 << 10 << 3 | 1 << 1)[:3] + b'\0'
    return b'\x28\xb5\x2f\xfd\0\x58' + block * 8192


@attack
def zlib_1_gib_of_zeros():
    return b'\x78\xda' + deflated(1024 * MIB)


@attack
def zstd_huge_window():
    return b'\x28\xb5\x2f\xfd\0\xff' + b'\3\0\0' * 10


@attack
def xz_huge_dictionary():
    data = bytearray(lzma.compress(REPORT))
    size = (data[12] + 1) * 4
    at = data.index(b'\x21\x01', 12) + 2
    data[at] = 40                       # 4 GiB - 1
    data[12 + size - 4:12 + size] = struct.pack(
        '<I', zlib.crc32(bytes(data[12:12 + size - 4])))
    return bytes(data)


@attack
def sevenzip_huge_dictionary():
    """One of our own making, its LZMA2 with 4 GiB - 1."""
    with open(os.path.join(GOLDEN, 'xz_zstd_bzip2_7z.eml'), 'rb') as f:
        parts = [part.get_payload(decode=True) or b''
                 for part in email.message_from_bytes(f.read()).walk()]
    data = next(part for part in parts if part[:2] == b'7z')
    at = 32 + struct.unpack('<Q', data[12:20])[0]
    head = data[at:].replace(b'\x21\x21\x01\0', b'\x21\x21\x01\x28')
    where = data[12:28] + struct.pack('<I', zlib.crc32(head))
    return (data[:8] + struct.pack('<I', zlib.crc32(where)) + where +
            data[32:at] + head)


@attack
def gzip_lies_about_its_size():
    good = gzip.compress(REPORT)
    return good[:-4] + struct.pack('<I', 0xffffffff)


@attack
def gzip_header_without_end():
    return b'\x1f\x8b\x08\x08\0\0\0\0\0\3' + b'n' * (20 * MIB)


@attack
def gzip_million_members():
    return gzip.compress(b'') * MIB


@attack
def bzip2_many_streams():
    return bz2.compress(b' ') * 500000


@attack
def xz_many_streams():
    return lzma.compress(b' ') * 300000


@attack
def tar_million_entries():
    t = tarred(('a', tarfile.REGTYPE, '', b''))[:512]
    return gzip.compress(t * MIB, 1)


@attack
def tar_links_and_devices():
    return tarred(('a.xml', tarfile.SYMTYPE, '/etc/passwd', b''),
                  ('b.xml', tarfile.LNKTYPE, '/etc/shadow', b''),
                  ('c.xml', tarfile.CHRTYPE, '', b''),
                  ('d.xml', tarfile.FIFOTYPE, '', b''),
                  ('../../e.xml', tarfile.REGTYPE, '', REPORT))


@attack
def tar_sparse():
    """PAX 1.0: a hole of 2^62 bytes."""
    t = io.BytesIO()
    with tarfile.open(fileobj=t, mode='w', format=tarfile.PAX_FORMAT) as f:
        info = tarfile.TarInfo('GNUSparseFile.0/a.xml')
        data = b'1\n%d\n512\n' % 2**61
        data += bytes(512 - len(data)) + REPORT.ljust(512)
        info.size = len(data)
        info.pax_headers = {'GNU.sparse.major': '1', 'GNU.sparse.minor': '0',
                            'GNU.sparse.name': 'a.xml',
                            'GNU.sparse.realsize': str(2**62)}
        f.addfile(info, io.BytesIO(data))
    return t.getvalue()


@attack
def tar_huge_size():
    t = bytearray(tarred(('a.xml', tarfile.REGTYPE, '', REPORT)))
    t[124:136] = b'\x80' + bytes(3) + struct.pack('>Q', 2**63 - 1)
    t[148:156] = b' ' * 8
    t[148:156] = b'%06o\0 ' % sum(t[:512])
    return bytes(t)


@attack
def tar_long_name():
    return gzip.compress(tarred(
        ('x' * (20 * MIB), tarfile.REGTYPE, '', REPORT)), 1)


# --- JSON -------------------------------------------------------------------

JSON = (b'{"organization-name":"o","date-range":{"start-datetime":'
        b'"2026-11-21T00:00:00Z","end-datetime":"2026-11-21T23:59:59Z"},'
        b'"contact-info":"a@b.example","report-id":"1","policies":[')
POLICY = (b'{"policy":{"policy-type":"sts","policy-domain":"example.org"},'
          b'"summary":{"total-successful-session-count":1,'
          b'"total-failure-session-count":0}}')


@attack
def json_deep():
    return JSON + b'[' * (10 * MIB)


@attack
def json_deep_objects():
    return JSON + b'{"a":' * (2 * MIB)


@attack
def json_many_keys():
    return JSON + b'{' + b','.join(
        b'"k%d":1' % i for i in range(1000000)) + b'}]}'


@attack
def json_as_many_keys_as_may_be():
    return JSON + b'{' + b','.join(
        b'"k%d":1' % i for i in range(199000)) + b'}]}'


@attack
def json_same_keys():
    return JSON + b']' + b',"policies":[]' * MIB + b'}'


@attack
def json_long_string():
    return JSON + b'"' + b'x' * (15 * MIB) + b'"]}'


@attack
def json_larger_than_the_limit():
    return JSON + b'"' + b'x' * (30 * MIB) + b'"]}'


@attack
def json_many_policies():
    return gzip.compress(JSON + b','.join([POLICY] * 300000) + b']}', 1)


@attack
def json_as_many_policies_as_may_be():
    return gzip.compress(JSON + b','.join([POLICY] * 28000) + b']}', 1)


@attack
def json_empty_policies():
    return JSON + b'{},' * 180000 + b'{}]}'


@attack
def json_huge_number():
    return JSON + POLICY.replace(b'1,', b'9' * (10 * MIB) + b',') + b']}'


@attack
def json_huge_exponent():
    return JSON + POLICY.replace(b'1,', b'1e999999999,') + b']}'


@attack
def json_escapes():
    return (JSON + b'],"contact-info":"' + b'\\ud83d\\ude00' * MIB + b'"}')


@attack
def json_quotes_without_end():
    return JSON + b'"\\' * (7 * MIB)


# --- failure reports --------------------------------------------------------

def failure(fields, sample=b'From: a@example.org\r\n\r\n'):
    return (HEAD + b'Content-Type: multipart/report; boundary=b;'
            b' report-type=feedback-report\r\n\r\n--b\r\n\r\nx\r\n'
            b'--b\r\nContent-Type: message/feedback-report\r\n\r\n'
            b'Feedback-Type: auth-failure\r\nVersion: 1\r\n'
            b'User-Agent: x/1\r\n' + fields +
            b'\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n' + sample +
            b'\r\n--b--\r\n')


@attack
def failure_long_field():
    return failure(b'Reported-Domain: ' + b'x' * (20 * MIB) + b'\r\n')


@attack
def failure_many_fields():
    return failure(b'Original-Rcpt-To: a@example.org\r\n' * (MIB // 2))


@attack
def failure_long_sample():
    return failure(b'', b'X: y\r\n' * (4 * MIB) + b'\r\n')


@attack
def failure_nested_in_itself():
    data = failure(b'')
    for _ in range(200):
        data = failure(b'', data)
    return data


# --- nothing at all ---------------------------------------------------------

@attack
def plain_zeros():
    return bytes(30 * MIB)


@attack
def plain_noise():
    return random.Random(1).randbytes(30 * MIB)


@attack
def plain_larger_than_the_limit():
    return bytes(33 * MIB)
