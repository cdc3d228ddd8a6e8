# SPDX-License-Identifier: BSD-2-Clause
"""What is the same report again and what only looks like it (spec 6F): names
and ids collide in the wild, so nothing is dropped that is not the same."""

import bz2
import gzip
import io
import zipfile
from email.message import EmailMessage

import pytest

import gen
from ctl import DAY, FAIL, PASS, Ctl, mail, report, zipped
from formats import attached

ROWS = [('192.0.2.%d' % i, i, PASS if i % 2 else FAIL) for i in range(1, 6)]


@pytest.fixture
def ctl(build, tmp_path):
    return Ctl(build, tmp_path)


def fill(ctl, *documents):
    """Import each of them; returns (reports, conflicting ones, messages)."""
    for i, data in enumerate(documents):
        ctl('import', ctl.put('in/%d' % i, data))
    return ctl.query(
        'SELECT count(*), sum(conflict),'
        ' (SELECT sum(messages) FROM record) FROM report')[0]


def statuses(ctl):
    return [row[0] for row in
            ctl.query('SELECT status FROM message ORDER BY id')]


def test_q90_three_brands_share_organization_and_id(ctl):
    """GMO Pepabo: the same org_name and the id "domain.begin.end"."""
    ident = 'example.org.%d.%d' % (DAY, DAY + 86400)
    brands = ('lolipop.example', 'heteml.example', 'muumuu.example')
    assert fill(ctl, *[
        report('Brands, Inc.', ident=ident, rows=ROWS[i:i + 1],
               email='postmaster@' + brand)
        for i, brand in enumerate(brands)]) == (3, 0, 1 + 2 + 3)
    assert statuses(ctl) == ['stored'] * 3
    assert ctl.query('SELECT reporter FROM report ORDER BY id') == [
        (brand,) for brand in brands]


def test_q90_three_brands_share_even_the_address(ctl):
    """Then they contradict each other: none is lost, one is counted."""
    assert fill(ctl, *[
        report('Brands, Inc.', ident='x', rows=ROWS[i:i + 1])
        for i in range(3)]) == (3, 3, 1)
    assert statuses(ctl) == ['stored'] * 3


def test_q91_one_id_for_every_day(ctl):
    """Google and Mimecast: ids that are made from the content."""
    assert fill(ctl, *[report(ident='abc', day=day, rows=ROWS[:1])
                       for day in range(4)]) == (4, 0, 4)
    assert statuses(ctl) == ['stored'] * 4


def test_q91_one_id_for_two_domains(ctl):
    assert fill(ctl, *[report(ident='abc', domain=domain, rows=ROWS[:1])
                       for domain in ('example.org', 'example.com')]) == (
        2, 0, 2)


def test_q92_one_id_and_period_with_other_content(ctl):
    """rspamd, run twice a day: both are kept and marked, one is counted."""
    one, two = report(rows=ROWS[:2]), report(rows=ROWS[1:4])
    assert fill(ctl, one, two) == (2, 2, 1 + 2)
    assert statuses(ctl) == ['stored', 'stored']
    # Each of them is known from now on.
    assert fill(ctl, two, one, one) == (2, 2, 1 + 2)
    assert statuses(ctl) == ['stored'] * 2 + ['duplicate'] * 3


@pytest.mark.parametrize('what', ['count', 'result', 'address'])
def test_q92_the_smallest_difference_is_a_difference(ctl, what):
    other = {
        'count': [('192.0.2.1', 2, PASS)],
        'result': [('192.0.2.1', 1, ('pass', 'fail'))],
        'address': [('192.0.2.10', 1, PASS)],
    }[what]
    assert fill(ctl, report(rows=ROWS[:1]), report(rows=other)) == (2, 2, 1)


def test_q93_two_reporters_use_one_id(ctl):
    ident = 'example.org.%d.%d' % (DAY, DAY + 86400)
    assert fill(ctl, *[
        report('Mail of ' + name, ident=ident, rows=ROWS[:1],
               email='dmarc@' + name)
        for name in ('one.example', 'two.example')]) == (2, 0, 2)
    assert statuses(ctl) == ['stored'] * 2


# The same report on its second way to us.
def forwarded(xml):
    message = EmailMessage()
    message['From'] = 'someone@example.org'
    message['Subject'] = 'Fwd: report'
    message.set_content('See below.')
    message.add_attachment(mail(xml), 'application', 'octet-stream',
                           filename='forwarded message')
    return message.as_bytes()


def spread(xml):
    """Pretty-printed anew, by another gateway."""
    return xml.replace(b'><', b'>\r\n\t<')


def reordered(xml):
    head, *records = xml.split(b'<record>')
    records[-1], tail = records[-1].split(b'</feedback>')
    return head + b''.join(
        b'<record>' + r for r in reversed(records)) + b'</feedback>' + tail


def two_in_a_zip(xml):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        z.writestr('one.xml', xml)
        z.writestr('two.xml', xml)
    return out.getvalue()


AGAIN = {
    'the same file': lambda x: x,
    'the same mail': mail,
    'another subject': lambda x: mail(x, subject='b'),
    'another file name': lambda x: mail(x, name='x.gz'),
    'gz': gzip.compress,
    'zip': zipped,
    'bzip2': bz2.compress,
    'twice in one zip': two_in_a_zip,
    'forwarded': forwarded,
    'quoted-printable': lambda x: attached(x, cte="quoted-printable"),
    'pretty-printed': spread,
    'reordered': reordered,
    'reordered in a mail': lambda x: mail(reordered(x)),
}


@pytest.mark.parametrize('way', AGAIN)
@pytest.mark.parametrize('first', ['file', 'mail'])
def test_q94_a_report_that_comes_again_counts_once(ctl, way, first):
    xml = report(rows=ROWS)
    again = AGAIN[way](xml)
    assert fill(ctl, mail(xml) if first == 'mail' else xml, again) == (
        1, 0, 15)
    assert statuses(ctl) == ['stored', 'duplicate']
    # The first one is what the report points to.
    assert ctl.query('SELECT message_id FROM report') == [(1,)]


def test_q94_one_report_twice_in_one_mail(ctl):
    """rua= that names one mailbox twice, gateways that merge."""
    assert fill(ctl, two_in_a_zip(report(rows=ROWS))) == (1, 0, 15)
    assert statuses(ctl) == ['stored']


def test_q94_through_two_mailboxes(rig):
    """rua= that names both; each has its own copy, with its own header."""
    copy = gen.mail('two ways', 0)
    one, two = rig.mailbox('one'), rig.mailbox('two')
    one.deliver(copy)
    two.deliver(copy.data.replace(b'Delivered-To: rua', b'Delivered-To: two'))
    rig.once()
    assert rig.statuses() == {'stored': 1, 'duplicate': 1}
    assert rig.query('SELECT count(*), sum(conflict) FROM report') == [(1, 0)]
    assert one.counts() == two.counts() == {'Archive': 1}
