# SPDX-License-Identifier: BSD-2-Clause
"""ruactl explain: what filters wrote into a header, and who can have."""

import json

import pytest

from ctl import Ctl

TOP = b"""Authentication-Results: spf=pass (sender IP is 192.0.2.50)
 smtp.mailfrom=example.com; dkim=pass header.d=example.com;dmarc=pass
 action=none header.from=example.com;compauth=pass reason=100
Received: from mail.example.com (192.0.2.50) by
 DB5PEPF00014B88.mail.protection.outlook.com (10.167.8.216) with Microsoft SMTP
 Server id 15.20.9073.11; Fri, 27 Nov 2026 09:15:04 +0000
"""
FROM = b"""From: shop@example.com
Subject: x
"""
FINE = b"""X-Forefront-Antispam-Report: CIP:192.0.2.50;SCL:1;SFV:NSPM;CAT:NONE;
"""
BAD = b"""X-Forefront-Antispam-Report: CIP:192.0.2.50;SCL:9;SFV:SPM;CAT:PHSH;
"""
PLAIN = b"""Authentication-Results: mx.firm.example; spf=pass
 smtp.mailfrom=example.com; dkim=pass header.d=example.com
Received: from mail.example.com (mail.example.com [192.0.2.50]) by
 mx.firm.example (Postfix) with ESMTPS id 1; Fri, 27 Nov 2026 09:15:04 +0000
"""


@pytest.fixture
def own(build, tmp_path):
    return Ctl(build, tmp_path)


def explain(own, *parts):
    return json.loads(own('--format=json', 'explain', '-',
                          stdin=b''.join(parts) + b'\nx\n'))


@pytest.mark.parametrize('field, said', [
    (b'CIP:192.0.2.50;SCL:5;SFV:SPM;CAT:SPM;', 'CAT: SPM'),
    (b'SCL:8;SFV:SPM;CAT:HPHISH;SFTY:9.25;', 'CAT: HPHISH'),
    (b'SCL:6;SFV:BLK;CAT:NONE;', 'SFV: BLK'),
    (b'SCL:5;SFV:SKB;CAT:SPM;', 'SFV: SKB'),
    (b'SCL:1;SFV:NSPM;CAT:NONE;SFTY:9.20;', 'SFTY: 9.20'),
    (b'SCL:6;SFV:;CAT:;', 'SCL: 6'),
    (b'SCL:1;SFV:NSPM;CAT:SPOOF;', 'CAT: SPOOF'),
])
def test_the_most_telling_word_of_microsoft_is_told(own, field, said):
    got = explain(own, TOP, FROM, b'X-Forefront-Antispam-Report: ', field,
                  b'\n')
    assert (got['outcome'], got['ground']) == ('spam', 'filter')
    assert 'So says Microsoft (%s).' % said in got['headline']
    assert ('not a matter of authentication' in got['headline']) == \
        (said != 'CAT: SPOOF')


@pytest.mark.parametrize('field, note', [
    (b'X-Forefront-Antispam-Report: SCL:-1;SFV:SKA;', 'allowed senders'),
    (b'X-Forefront-Antispam-Report: SCL:1;IPV:CAL;', 'allowed addresses'),
    (b'X-Forefront-Antispam-Report: SCL:1;SFTY:9.25;', 'first message'),
    (b'X-Microsoft-Antispam: BCL:7;', 'some complain'),
    (b'X-Microsoft-Antispam-Mailbox-Delivery: dest:I;', 'the inbox, probably'),
])
def test_what_speaks_not_against_it_is_a_note(own, field, note):
    got = explain(own, TOP, FROM, field, b'\n')
    assert (got['outcome'], got['ground']) == ('passed', 'results')
    assert len(got['notes']) == 1 and note in got['notes'][0]


def test_into_the_junk_folder(own):
    got = explain(own, TOP, FROM, FINE,
                  b'X-Microsoft-Antispam-Mailbox-Delivery: ucf:0;dest:J;\n')
    assert got['outcome'] == 'spam'
    assert 'junk folder, probably' in got['headline']


@pytest.mark.parametrize('own_field, forged', [(FINE, BAD), (BAD, FINE)])
@pytest.mark.parametrize('is_above', [True, False])
def test_of_two_fields_of_microsoft_a_forged_one_decides_nothing(
        own, own_field, forged, is_above):
    parts = (TOP, forged, FROM, own_field) if is_above else \
        (TOP, FROM, own_field, forged)
    got = explain(own, *parts)
    assert (got['outcome'], got['ground']) == ('unknown', 'filter')
    assert not got['trusted'] and got['changes'] == []
    assert 'is not known' in got['headline']
    # What Microsoft says elsewhere still does.
    got = explain(own, *parts, b'X-MS-Exchange-Organization-SCL: 9\n')
    assert got['outcome'] == 'spam' and got['trusted']
    assert '(SCL: 9)' in got['headline']
    assert any('none of them was believed' in n for n in got['notes'])


def test_the_same_twice_is_no_contradiction(own):
    assert explain(own, TOP, BAD, FROM, BAD)['outcome'] == 'spam'
    assert explain(own, TOP, FINE, FROM, FINE)['outcome'] == 'passed'


FILTERS = [
    (b'X-Spam-Flag: YES', 'SpamAssassin (X-Spam-Flag: YES)'),
    (b'X-Spam-Status: Yes, score=8.1 required=5.0 tests=A,\n\tB',
     'SpamAssassin (X-Spam-Status: Yes)'),
    (b'X-Spamd-Result: default: True [12.30 / 15.00]; A(1.0)[x]', 'Rspamd'),
    (b'X-Rspamd-Action: add header', 'Rspamd (X-Rspamd-Action: add header)'),
    (b'X-Spam: Yes', 'Rspamd (X-Spam: Yes)'),
    (b'X-Barracuda-Spam-Status: Yes, SCORE=6.40 using TAG_LEVEL=3.5',
     'Barracuda (X-Barracuda-Spam-Status: Yes)'),
    (b'X-Proofpoint-Spam-Details: rule=inbound_spam score=97',
     'Proofpoint (rule: inbound_spam)'),
    (b'X-YahooFilteredBulk: 192.0.2.50', 'Yahoo'),
    (b'X-Gm-Spam: 1', 'Google'),
    (b'X-Gm-Phishy: 1', 'Google'),
]


@pytest.mark.parametrize('field, said', FILTERS)
def test_each_filter_counts_above_the_border_only(own, field, said):
    got = explain(own, field + b'\n', PLAIN, FROM)
    assert (got['outcome'], got['ground']) == ('spam', 'filter')
    assert got['trusted'] and 'So says ' + said in got['headline']
    got = explain(own, PLAIN, field + b'\n', FROM)
    assert (got['outcome'], got['ground']) == ('passed', 'results')
    name = field.split(b':')[0].decode()
    assert any(name in n and 'anybody before' in n for n in got['notes'])


@pytest.mark.parametrize('field', [
    b'X-Spam-Flag: NO',
    b'X-Spam-Status: No, score=-1.9 required=5.0 tests=YES,Yes autolearn=ham',
    b'X-Spamd-Result: default: False [1.00 / 15.00]; TRUE(1.0)[x: True]',
    b'X-Rspamd-Action: no action', b'X-Spam: No', b'X-Gm-Spam: 0',
    b'X-Barracuda-Spam-Status: No, SCORE=0.00 using Yes',
    b'X-Proofpoint-Spam-Details: rule=inbound_notspam score=0',
    b'X-Mimecast-Spam-Score: 9', b'X-Spamd-Result: True',
])
def test_what_is_no_verdict_against_it_is_none(own, field):
    got = explain(own, field + b'\n', PLAIN, FROM)
    assert (got['outcome'], got['notes']) == ('passed', [])


def test_pasted_alone_it_is_what_the_header_says(own):
    got = explain(own, BAD)
    assert got['outcome'] == 'spam' and not got['trusted']
    assert 'which cannot be checked here' in got['headline']
