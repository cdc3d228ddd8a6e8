# SPDX-License-Identifier: BSD-2-Clause
"""Reports that other readers are known to reject, to halve or to change (spec
6G), each read whole.  The name says which reader, the comment where it is
known from."""

import gzip

import pytest

from ctl import DAY, FAIL, PASS, Ctl, report
from formats import attached, multipart, part, zips

ROWS = (('192.0.2.1', 10, PASS), ('192.0.2.2', 3, FAIL))
BOTH = [('192.0.2.1', 10, 'pass'), ('192.0.2.2', 3, 'fail')]
XML = report(rows=ROWS)
OTHER = report(ident='r2', rows=(('192.0.2.9', 5, PASS),))


@pytest.fixture
def ctl(build, tmp_path):
    return Ctl(build, tmp_path)


def change(old, new, xml=XML):
    """The report with the first of these words replaced."""
    old, new = (x if isinstance(x, bytes) else x.encode() for x in (old, new))
    assert old in xml
    return xml.replace(old, new, 1)


HTML = b'Content-Type: text/html\r\n\r\n<html><p>Preview</p></html>\r\n'
FOOTER = b'Content-Type: text/plain\r\n\r\n-- \r\nscanned for viruses\r\n'

# What must be in the database: (address, messages, dmarc) of all records.
WHOLE = {
    # parsedmarc #626: Microsoft's "[Preview]" mails of 2025
    'parsedmarc: HTML before the report': lambda: multipart(
        HTML, part(gzip.compress(XML))),
    # parsedmarc 6.0.3: gateways append a part
    'parsedmarc: a footer after the report': lambda: multipart(
        part(gzip.compress(XML)), FOOTER),
    # takes the first name of a zip, which is the directory's
    'parsedmarc: a directory is first in the zip': lambda: zips(
        ('reports/', None), ('reports/a.xml', XML)),
    # parsedmarc #607, up to 8.18.7
    'parsedmarc: an attachment that is not packed': lambda: attached(
        XML.replace(b'><', b'>\r\n<'), cte='8bit', kind='text/xml'),
    # parsedmarc 8.15.3 refused more than a day
    'parsedmarc: a period of a week': lambda: change(
        '<end>%d<' % (DAY + 86399), '<end>%d<' % (DAY + 7 * 86400)),
    'parsedmarc: an encoding that nobody knows': lambda: change(
        'UTF-8', 'x-unknown'),
    # parsedmarc PR #122
    'parsedmarc: bytes that are not UTF-8': lambda: change(
        b'Receiver Inc.', b'Receiver \x91Inc.'),
    # parsedmarc 8.6.2, dmarcts #121: Mimecast
    'parsedmarc: bytes after the gzip': lambda: attached(
        gzip.compress(XML) + b'\r\n'),
    # parsedmarc 8.6.4: unipi.it
    'parsedmarc: identities for identifiers': lambda: XML.replace(
        b'identifiers>', b'identities>'),
    # parsedmarc 9.1.0
    'parsedmarc: times with a fraction': lambda: change(
        '<begin>%d<' % DAY, '<begin>%d.25<' % DAY),
    # dmarcts #54: Trustwave
    'dmarcts: a header "ContentType:"': lambda: attached(
        gzip.compress(XML)).replace(b'Content-Type: application',
                                    b'ContentType: application'),
    # dmarc-srg #72: sfr.fr
    'dmarc-srg: times in milliseconds': lambda: change(
        '<begin>%d<' % DAY, '<begin>%d000<' % DAY,
        change('<end>%d<' % (DAY + 86399), '<end>%d000<' % (DAY + 86399))),
    # dmarc-srg #60
    'dmarc-srg: a zip with directories': lambda: attached(zips(
        ('in/', None), ('in/er/', None), ('in/er/a.xml', XML))),
    # DmarcAnalyzerApp: plesk4.lg.dynavee.net, every report
    'DmarcAnalyzerApp: the last character is missing':
        lambda: XML.rstrip()[:-1],
    # dmarc-report-viewer #79: serde wants lower case
    'dmarc-report-viewer: words in upper case': lambda: change(
        '<dkim>pass</dkim>', '<dkim>Pass</dkim>'),
    'dmarc-report-viewer: a disposition of no list': lambda: change(
        '<disposition>none<', '<disposition>15<'),
    # dmarc-report-viewer #21, DmarcRua #5: KDDI, docomo
    'dmarc-report-viewer: hardfail and an empty reason': lambda: change(
        '</spf></policy_evaluated>',
        '</spf><reason><type/><comment/></reason></policy_evaluated>',
        change('<scope>mfrom</scope><result>fail',
               '<scope>mfrom</scope><result>hardfail')),
    # dmarc-report-viewer #15, #73
    'dmarc-report-viewer: a zip that is called gz': lambda: attached(
        zips(('a.xml', XML)), kind='application/gzip', name='a.xml.gz'),
    # mail-dmarc #146: rspamd before 1.7
    'mail-dmarc: a type of no sense': lambda: attached(
        gzip.compress(XML), kind='multipart/alternative'),
    # dmarc-metrics-exporter 0.9.3: Google in June 2023
    'dmarc-metrics-exporter: elements that are new': lambda: change(
        '<p>none</p>', '<p>none</p><np>none</np><future><x/></future>'),
    # mailcow-logs-viewer #12: GMX
    'mailcow-logs-viewer: the namespace of RFC 9990': lambda: change(
        '<feedback>', '<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">'),
    # parsedmarc #18: IKEA in 2018
    'parsedmarc: a schema around the report': lambda: change(
        '<feedback>', '<xs:schema xmlns:xs="x" targetNamespace="y">'
        '<feedback>'),
    'several: an "&" that is not escaped': lambda: change(
        'Receiver Inc.', 'Receiver & Co.'),
    'several: white space before the declaration': lambda: b'\r\n ' + XML,
    'several: the report_id is an address': lambda: change(
        '<report_id>r1<', '<report_id>&lt;r1!x@receiver.example&gt;<'),
}


def records(ctl):
    return ctl.query(
        'SELECT ip, messages, dmarc FROM record LEFT JOIN source'
        ' ON source.id = source_id ORDER BY record.id')


@pytest.mark.parametrize('name', WHOLE)
def test_a_whole_report_is_read_whole(ctl, name):
    data = WHOLE[name]()
    ctl('import', ctl.put('in/report', data))
    assert records(ctl) == BOTH
    assert ctl.query('SELECT domain, partial, conflict FROM report') == [
        ('example.org', 0, 0)]


# Peers lose the neighbours of a bad row, or the report.
ROW = '<source_ip>192.0.2.1</source_ip>'
BAD_ROWS = {
    # parsedmarc 8.14.0, dmarcts: GoDaddy
    'no address': (lambda: change(ROW, ''), (None, 10, 'pass')),
    'an address that is none': (lambda: change(
        ROW, '<source_ip>unknown</source_ip>'), (None, 10, 'pass')),
    # dmarcts rolls the report back, parsedmarc 8.15.2 failed: veeam
    'no results': (lambda: change(
        XML[XML.index(b'<auth_results>'):XML.index(b'</record>')], ''),
        ('192.0.2.1', 10, 'pass')),
    # mail-dmarc makes it a pass, DmarcRua 2.0.1 too: FortiMail
    'aligned results that are none': (lambda: change(
        '<dkim>pass</dkim><spf>pass</spf>',
        '<dkim>none</dkim><spf>softfail</spf>'), ('192.0.2.1', 10, 'fail')),
    'no count': (lambda: change('<count>10</count>', ''),
                 ('192.0.2.1', 1, 'pass')),
    # mail-dmarc guesses, parsedmarc says ''
    'no header_from': (lambda: change(
        '<header_from>example.org</header_from>', ''),
        ('192.0.2.1', 10, 'pass')),
}


@pytest.mark.parametrize('name', BAD_ROWS)
def test_a_bad_row_costs_nobody(ctl, name):
    make, row = BAD_ROWS[name]
    ctl('import', ctl.put('in/report', make()))
    assert records(ctl) == [row, BOTH[1]]


@pytest.mark.parametrize('name', BAD_ROWS)
def test_a_bad_row_alone_costs_not_the_report(ctl, name):
    """parsedmarc drops a report whose only row is bad."""
    make, row = BAD_ROWS[name]
    xml = make()
    start, end = xml.rindex(b'<record>'), xml.rindex(b'</feedback>')
    ctl('import', ctl.put('in/report', xml[:start] + xml[end:]))
    assert records(ctl) == [row]


# parsedmarc and mail-auth stop at the first report, dmarc-srg and mox want
# exactly one.
MANY = {
    'two attachments': lambda: multipart(
        part(gzip.compress(XML)), part(gzip.compress(OTHER))),
    'two in a zip': lambda: attached(zips(('a.xml', XML), ('b.xml', OTHER))),
    'one after the other': lambda: XML + OTHER,
    'two gzip members': lambda: gzip.compress(XML) + gzip.compress(OTHER),
    'a broken one is first': lambda: multipart(
        part(gzip.compress(report(ident='x' * 500))[:90]),
        part(gzip.compress(XML)), part(gzip.compress(OTHER))),
}


@pytest.mark.parametrize('name', MANY)
def test_every_report_of_a_mail_is_read(ctl, name):
    ctl('import', ctl.put('in/report', MANY[name]()))
    assert records(ctl) == BOTH + [('192.0.2.9', 5, 'pass')]


def test_a_report_without_records_is_a_report(ctl):
    """dmarc-srg, parsedmarc and dmarc-report-viewer refuse those of wp.pl."""
    ctl('import', ctl.put('in/report', report(rows=())))
    assert ctl.query('SELECT domain, quirks FROM report') == [
        ('example.org', '["no-records"]')]


def test_a_large_report_is_read(ctl):
    """dmarc-srg takes 1 MiB."""
    data = attached(report(rows=[
        ('10.1.%d.%d' % (i >> 8, i & 255), 1, PASS) for i in range(8000)]),
        cte='8bit')
    assert len(data) > 3 << 20
    ctl('import', ctl.put('in/report', data))
    assert ctl.query('SELECT count(*) FROM record') == [(8000,)]


def test_the_report_id_is_kept_as_it_is(ctl):
    """parsedmarc cuts it at "@": then ids collide."""
    for i, host in enumerate(('one', 'two')):
        ctl('import', ctl.put('in/%d' % i, change(
            '<report_id>r1<', '<report_id>r1@%s.example<' % host)))
    assert ctl.query('SELECT external_id, conflict FROM report') == [
        ('r1@one.example', 0), ('r1@two.example', 0)]
