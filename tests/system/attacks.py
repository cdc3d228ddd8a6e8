# SPDX-License-Identifier: BSD-2-Clause
"""Mails and files made to hurt whoever reads them: {name: function}."""

import base64
import gzip
import io
import struct
import tarfile
import zipfile
import zlib

MIB = 1 << 20
HEAD = (b'From: d@reporter.example\r\nSubject: Report domain: example.org\r\n'
        b'Date: Sat, 21 Nov 2026 02:03:04 +0000\r\n'
        b'Message-ID: <h@reporter.example>\r\nMIME-Version: 1.0\r\n')
META = (b'<report_metadata><org_name>O</org_name><email>d@reporter.example'
        b'</email><report_id>1</report_id><date_range><begin>1795219200'
        b'</begin><end>1795305599</end></date_range></report_metadata>'
        b'<policy_published><domain>example.org</domain><p>none</p>'
        b'</policy_published>')
ROW = (b'<row><source_ip>192.0.2.1</source_ip><count>1</count>'
       b'<policy_evaluated><disposition>none</disposition></policy_evaluated>'
       b'</row><identifiers><header_from>example.org</header_from>'
       b'</identifiers>')
RECORD = b'<record>' + ROW + b'</record>'
REPORT = b'<feedback>' + META + RECORD + b'</feedback>'

ATTACKS = {}


def attack(make):
    ATTACKS[make.__name__] = make
    return make


# --- helpers ----------------------------------------------------------------

def mail(kind, body, more=b'', encode=True):
    if encode:
        body = base64.encodebytes(body)
        more += b'Content-Transfer-Encoding: base64\r\n'
    return HEAD + b'Content-Type: ' + kind + b'\r\n' + more + b'\r\n' + body


def zipped(*entries, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as z:
        for name, data in entries:
            z.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def tarred(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.GNU_FORMAT) as t:
        for name, kind, link, data in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, link, len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def deflated(size):
    """Zeros, compressed; made from one piece."""
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = c.compress(bytes(16 * MIB)) + c.flush(zlib.Z_FULL_FLUSH)
    return piece * (size // (16 * MIB)) + c.flush()


def local_header(name, method, packed, size, flags=0, crc=0):
    return struct.pack('<4s5H3I2H', b'PK\3\4', 20, flags, method, 0, 0, crc,
                       packed, size, len(name), 0) + name


def zip_around(packed, data, method, flags=0):
    """A whole archive of what has been packed already."""
    local = local_header(b'a.xml', method, len(packed), len(data), flags,
                         zlib.crc32(data))
    entry = (b'PK\1\2' + struct.pack('<H', 20) + local[4:30] + bytes(14) +
             b'a.xml')
    end = struct.pack('<4s4H2LH', b'PK\5\6', 0, 0, 1, 1, len(entry),
                      len(local) + len(packed), 0)
    return local + packed + entry + end


def feedback(inside):
    return b'<feedback>' + META + inside + b'</feedback>'


# --- XML --------------------------------------------------------------------

@attack
def xml_entity_bomb():
    lines = [b'<!ENTITY a0 "lol">']
    lines += [b'<!ENTITY a%d "%s">' % (i, b'&a%d;' % (i - 1) * 10)
              for i in range(1, 12)]
    return (b'<?xml version="1.0"?><!DOCTYPE feedback [' + b''.join(lines) +
            b']>' + REPORT.replace(b'<org_name>O', b'<org_name>&a11;'))


@attack
def xml_quadratic_entity():
    return (b'<!DOCTYPE feedback [<!ENTITY a "' + b'A' * MIB + b'">]>' +
            REPORT.replace(b'>O<', b'>' + b'&a;' * MIB + b'<'))


@attack
def xml_external_entity():
    return (b'<!DOCTYPE feedback [<!ENTITY a SYSTEM "file:///etc/passwd">]>' +
            REPORT.replace(b'>O<', b'>&a;<'))


@attack
def xml_long_name():
    return feedback(b'<' + b'n' * (20 * MIB) + b'/>')


@attack
def xml_many_names():
    return feedback(b''.join(b'<n%d/>' % i for i in range(1000000)))


@attack
def xml_many_attributes():
    return feedback(b'<record ' + b' '.join(
        b'a%d=""' % i for i in range(1000000)) + b'/>')


@attack
def xml_same_length_attributes():
    """Names that a poor hash puts into one place."""
    return feedback(b'<record ' + b' '.join(
        b'a%06x=""' % i for i in range(500000)) +
        b'/>')


@attack
def xml_many_namespaces():
    return feedback(b'<record ' + b' '.join(
        b'xmlns:n%d="u%d"' % (i, i) for i in range(300000)) + b'/>')


@attack
def xml_deep():
    return feedback(b'<a>' * 3000000)


@attack
def xml_comment_without_end():
    return feedback(b'<!--' + b'- ' * (10 * MIB))


@attack
def xml_long_attribute():
    return feedback(b'<record a="' + b'x' * (20 * MIB) + b'"/>')


@attack
def xml_long_text():
    return REPORT.replace(b'>O<', b'>' + b'x' * (30 * MIB) + b'<')


@attack
def xml_character_references():
    return REPORT.replace(b'>O<', b'>' + b'&#65;' * (5 * MIB) + b'<')


@attack
def xml_bare_ampersands():
    return REPORT.replace(b'>O<', b'>' + b'& ' * (10 * MIB) + b'<')


@attack
def xml_many_sections():
    return REPORT.replace(b'>O<', b'>' + b'<![CDATA[]]>' * (2 * MIB) + b'<')


@attack
def xml_many_instructions():
    return feedback(b'<?a?>' * (5 * MIB))


@attack
def xml_many_records():
    return zipped(('a.xml', feedback(RECORD * 300000)))


@attack
def xml_more_records_than_the_limit():
    return gzip.compress(feedback(b'<record/>' * 1200000), 1)


@attack
def xml_many_results():
    return gzip.compress(feedback(
        b'<record>' + ROW + b'<auth_results>' +
        b'<dkim><domain>a</domain></dkim>' * 1000000 +
        b'</auth_results></record>'), 1)


@attack
def xml_many_documents():
    return REPORT * (30 * MIB // len(REPORT))


@attack
def xml_many_feedbacks():
    return b'<feedback>' * (3 * MIB)


@attack
def xml_utf16():
    text = REPORT.decode().replace('>O<', '>' + 'x' * (12 * MIB) + '<')
    return ('<?xml version="1.0" encoding="UTF-16"?>' + text).encode('utf-16')


@attack
def xml_invalid_utf8():
    return REPORT.replace(b'>O<', b'>' + b'\xff\xfe\x80' * (10 * MIB) + b'<')


# --- mail -------------------------------------------------------------------

@attack
def mime_10000_parts():
    return (HEAD + b'Content-Type: multipart/mixed; boundary=b\r\n\r\n' +
            b'--b\r\n\r\nx\r\n' * 10000 + b'--b--\r\n')


@attack
def mime_deep():
    levels = b''.join(
        b'Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n' %
        (i, i) for i in range(10000))
    return HEAD + levels + b'\r\nx\r\n'


@attack
def mime_deep_messages():
    return HEAD + b'Content-Type: message/rfc822\r\n\r\n' * 100000


@attack
def mime_near_boundaries():
    b = b'b' * 70
    return (HEAD + b'Content-Type: multipart/mixed; boundary=' + b +
            b'\r\n\r\n' + (b'--' + b[:-1] + b'\n') * (20 * MIB // 72))


@attack
def mime_long_boundary():
    return (HEAD + b'Content-Type: multipart/mixed; boundary="' +
            b'b' * (10 * MIB) + b'"\r\n\r\n--' + b'b' * (10 * MIB))


@attack
def mime_header_line_of_20_mib():
    return b'X-Long: ' + b'x' * (20 * MIB) + b'\r\n' + HEAD + b'\r\nx\r\n'


@attack
def mime_folded_header():
    return HEAD + b'Subject: x\r\n' + b' x\r\n' * (5 * MIB) + b'\r\nx\r\n'


@attack
def mime_header_flood():
    return HEAD + b'X: y\r\n' * (4 * MIB) + b'\r\nx\r\n'


@attack
def mime_encoded_words():
    return (b'Subject: ' + b'=?utf-8?q?=41?= ' * 15000 + b'\r\n' + HEAD +
            b'\r\nx\r\n')


@attack
def mime_broken_encoded_words():
    return b'Subject: ' + b'=?' * 120000 + b'\r\n' + HEAD + b'\r\nx\r\n'


@attack
def mime_continued_parameters():
    return (HEAD + b'Content-Type: application/zip' + b''.join(
        b';\r\n name*%d=x' % i for i in range(15000)) + b'\r\n\r\nx')


@attack
def mime_nested_comments():
    deep = b'(' * 60000
    return (b'From: ' + deep + b'a@example.org\r\nDate: ' + deep +
            b'\r\nContent-Type: ' + deep + b'text/plain\r\n\r\nx')


@attack
def mime_base64_of_base64_mails():
    body = mail(b'application/zip', zipped(('a.xml', REPORT)))
    for _ in range(12):
        body = mail(b'message/rfc822', body)
    return body


@attack
def mime_quoted_mails_of_17_mib():
    """Each as large as the mail around it, to be decoded once more."""
    head = (b'From: a@b\r\nContent-Type: message/rfc822\r\n'
            b'Content-Transfer-Encoding: quoted-printable\r\n\r\n')
    return HEAD + head * 31 + b'x' * (17 * MIB)


@attack
def mime_unnamed_mails_of_20_mib():
    head = (b'From: a@b\r\nMIME-Version: 1.0\r\n'
            b'Content-Type: application/octet-stream\r\n\r\n')
    return HEAD + head * 40 + b'x' * (20 * MIB)


@attack
def mime_wrong_boundaries():
    """Each is looked for up to the end, and another one found at once."""
    levels = b''.join(
        b'Content-Type: multipart/mixed; boundary=a%d\r\n\r\n--%d\r\n' %
        (i, i) for i in range(30))
    return HEAD + levels + b'\r\n' + b'--\n--a\n' * (4 * MIB)


@attack
def mime_no_boundary_at_all():
    return (HEAD + b'Content-Type: multipart/digest\r\n\r\n' +
            b'--' + b'b' * 201 + b'\r\n\r\n' + b'--b\n' * (7 * MIB))


@attack
def mime_parameters_of_comments():
    return (HEAD + b'Content-Type: multipart/mixed' +
            b'; (a;b=c) boundary (' * 12000 + b'\r\n\r\n--b\r\n\r\nx')


@attack
def mime_quoted_printable():
    return mail(b'text/xml', b'=' * (30 * MIB),
                b'Content-Transfer-Encoding: quoted-printable\r\n', False)


@attack
def mime_10000_attachments_of_a_bomb():
    gz = base64.encodebytes(gzip.compress(b'<feedback>' + b' ' * MIB, 9))
    return (HEAD + b'Content-Type: multipart/mixed; boundary=b\r\n\r\n' +
            (b'--b\r\nContent-Type: application/gzip\r\n'
             b'Content-Transfer-Encoding: base64\r\n\r\n' + gz) * 10000)


@attack
def mime_many_reports():
    return mail(b'application/x-tar', tarred(*(
        ('%d.xml' % i, tarfile.REGTYPE, '', REPORT) for i in range(1000))))


@attack
def mime_results_of_20_mib():
    return (b'Authentication-Results: mx.example.org; ' +
            b'dkim=pass header.d=a; ' * MIB + b'\r\n' + HEAD + b'\r\nx')


@attack
def mime_results_flood():
    field = b'Authentication-Results: mx.example.org;dkim=pass header.d=a\r\n'
    return field * (255000 // len(field)) + HEAD + b'\r\nx'


@attack
def mime_results_with_nested_comments():
    return (b'Authentication-Results: mx.example.org;' +
            b' dkim=pass (((' * 15000 + b'\r\n' + HEAD + b'\r\nx')


@attack
def mime_results_with_quotes():
    return (b'Authentication-Results: mx.example.org; dkim=pass reason="' +
            b'\\"' * 100000 + b'\r\n' + HEAD + b'\r\nx')


@attack
def mime_results_of_many_domains():
    return (b'Authentication-Results: mx.example.org' + b''.join(
        b';dkim=pass header.d=%d.reporter.example' % i for i in range(6000)) +
        b'\r\n' + HEAD + b'\r\nx')


@attack
def mime_results_of_long_domain():
    return (b'Authentication-Results: mx.example.org;dkim=pass header.d=' +
            b'a.' * 120000 + b'example\r\n' + HEAD + b'\r\nx')


@attack
def xml_long_domains():
    """For the search of organizational domains."""
    return REPORT.replace(b'>example.org<', b'>' + b'a.' * 2000 + b'org<')


@attack
def xml_many_long_domains():
    dkim = (b'<dkim><domain>' + b'a.' * 2000 +
            b'org</domain><result>pass</result></dkim>')
    return gzip.compress(feedback(
        (b'<record>' + ROW + b'<auth_results>' + dkim * 1000 +
         b'</auth_results></record>') * 15), 1)
