# SPDX-License-Identifier: BSD-2-Clause
"""The truth that the other tests compare with is itself true."""

import email
import gzip
import io
import zipfile
from xml.etree import ElementTree

import pytest

import gen


def unpack(mail):
    for part in email.message_from_bytes(mail.data).walk():
        data = part.get_payload(decode=True)
        if data is None or part.get_content_type() == 'text/plain':
            continue
        if data[:2] == b'PK':
            z = zipfile.ZipFile(io.BytesIO(data))
            return z.read(z.namelist()[0])
        return gzip.decompress(data) if data[:2] == b'\x1f\x8b' else data
    raise AssertionError('no report')


def text(element, path):
    """Local names only; None if there is no such element, '' if empty."""
    for name in path.split('/'):
        element = next((e for e in element
                        if e.tag.rpartition('}')[2] == name), None)
        if element is None:
            return None
    return (element.text or '').strip()


@pytest.mark.parametrize('reporter', gen.REPORTERS, ids=lambda r: r.org)
def test_the_truth_is_what_the_mail_says(reporter):
    mail = gen.mail('truth', 1, 25, reporter)
    root = ElementTree.fromstring(unpack(mail))
    truth = mail.report
    for path, value in (
            ('report_metadata/org_name', truth.org_name),
            ('report_metadata/report_id', truth.external_id),
            ('report_metadata/date_range/begin', str(truth.begin_ts)),
            ('policy_published/domain', truth.domain),
            ('policy_published/sp', truth.sp), ('version', truth.version),
            ('policy_published/testing', truth.testing)):
        assert text(root, path) == value, path
    rows = [e for e in root if e.tag.endswith('record')]
    assert len(rows) == len(truth.records) == 25
    for row, record in zip(rows, truth.records):
        assert text(row, 'row/source_ip') == record.ip
        assert text(row, 'row/count') == str(record.messages)
        assert text(row, 'row/policy_evaluated/dkim') == record.dkim
        assert text(row, 'identifiers/envelope_from') == record.envelope_from


def test_a_mail_is_the_same_whenever_it_is_made():
    first = [gen.mail('same', i) for i in range(3)]
    again = [gen.mail('same', i) for i in (2, 1, 0)]
    assert first == again[::-1]
    assert gen.mail('other', 0) != first[0]


def test_mails_have_the_size_of_real_ones():
    sizes = [gen.mail('size', i) for i in range(400)]
    mean = sum(len(m.data) for m in sizes) / 400
    records = sum(len(m.report.records) for m in sizes) / 400
    assert 4500 < mean < 7000
    assert 6 < records < 14
