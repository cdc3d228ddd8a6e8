# SPDX-License-Identifier: BSD-2-Clause
"""More of attacks.py: XML as large as it may be to be repaired, and broken in
ways that make a careless repair look at everything again and again."""

import base64
import gzip

from attacks import (ATTACKS, HEAD, META, MIB, RECORD, REPORT, attack,
                     feedback)
from attacks_packed import JSON, POLICY

SIZE = 8 * MIB - 4096               # LIMIT_REPAIR


def filled(piece, start=b'<feedback>' + META, end=b'</feedback>'):
    n = (SIZE - len(start) - len(end)) // len(piece)
    return start + piece * n + end


@attack
def repair_ampersands():
    """In pieces, so that no one of them is too long a silence."""
    return feedback(RECORD + (b'<a>' + b'& ' * 10000 + b'</a>') * 400)


@attack
def repair_invalid_utf8():
    return feedback(RECORD + (b'<a>' + b'\xff\xe2' * 10000 + b'</a>') * 400)


@attack
def repair_less_than():
    return filled(b'< ', b'<feedback>' + META + RECORD)


@attack
def repair_tags_without_end():
    return filled(b'<a b="" ', b'<feedback>' + META + RECORD)


@attack
def repair_quotes_without_end():
    return filled(b'<a b="', b'<feedback>' + META + RECORD)


@attack
def repair_comments_without_end():
    return filled(b'<!-- <a> ', b'<feedback>' + META + RECORD)


@attack
def repair_sections_without_end():
    return filled(b'<![CDATA[ ', b'<feedback>' + META + RECORD)


@attack
def repair_records_without_end():
    return filled(b'<record>')


@attack
def repair_ends_without_start():
    return filled(b'</record>', b'<feedback>' + META + RECORD)


@attack
def repair_crossed_elements():
    return filled(RECORD.replace(b'</row>', b'<b></row></b>'))


@attack
def repair_every_second_record():
    return filled(RECORD + RECORD.replace(b'</row>', b''))


@attack
def repair_unknown_elements():
    return filled(b'<source_ip><x></source_ip>',
                  b'<feedback>' + META + b'<record>')


@attack
def repair_many_documents():
    return filled(REPORT, b'', b'')


@attack
def repair_many_broken_documents():
    return filled(REPORT.replace(b'</record>', b''), b'', b'')


@attack
def repair_one_report_within_another():
    return filled(b'<feedback>' + META + RECORD)


@attack
def repair_many_good_records():
    """Beside those: nothing to be repaired."""
    return filled(RECORD)


@attack
def repair_cut_in_a_large_report():
    return filled(RECORD, end=b'<record><row><sou')


@attack
def repair_junk_before_and_behind():
    return filled(b'x<', b'<!-- -->' + b'x' * MIB + REPORT)


@attack
def repair_many_schemas():
    return filled(b'<xs:schema>', b'', REPORT + b'</xs:schema>')


@attack
def repair_utf16():
    text = filled(b'& ').decode()[:SIZE // 2 - 8]
    return ('<?xml version="1.0" encoding="utf-16"?>' + text).encode('utf-16')


# --- as many as a mail may hold ---------------------------------------------

def many(data, budget=126 * MIB):
    """A mail of up to 100 parts of this, packed, within mail_unpacked."""
    return many_packed(gzip.compress(data), min(100, budget // len(data)))


def many_packed(data, n):
    part = (b'--b\r\nContent-Type: application/gzip\r\n'
            b'Content-Transfer-Encoding: base64\r\n\r\n' +
            base64.encodebytes(data))
    return (HEAD + b'Content-Type: multipart/mixed; boundary=b\r\n\r\n' +
            part * n + b'--b--\r\n')


@attack
def many_large_reports():
    return many(ATTACKS['repair_many_good_records']())


@attack
def many_cut_reports():
    return many(ATTACKS['repair_cut_in_a_large_report']())


@attack
def many_damaged_reports():
    return many(ATTACKS['repair_every_second_record']())


@attack
def many_reports_in_utf16():
    return many(ATTACKS['repair_utf16']())


@attack
def many_tls_reports():
    return many(JSON + b','.join([POLICY] * 28000) + b']}')


@attack
def many_json_of_small_objects():
    return many(JSON + b'[' + b'{},' * 99000 + b'0]]}')


@attack
def many_json_of_keys():
    return many(JSON + b'{' + b','.join(
        b'"%x":{}' % i for i in range(99000)) + b'}]}')
