# SPDX-License-Identifier: BSD-2-Clause
"""ruactl failures ID: a failure report explained as a message is."""

import re
import sqlite3
import time

import pytest

from ctl import DAY, FAIL, Ctl, report

REPORT = """From: Reports <ruf@receiver.example>
To: ruf@example.org
Subject: a failure
Date: Fri, 07 Mar 2025 12:00:00 +0000
Message-ID: <%(id)s@receiver.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: message/feedback-report

Feedback-Type: auth-failure
Version: 1
User-Agent: x/1
%(fields)s
--b
Content-Type: text/rfc822-headers

%(sample)s
--b--
"""
RESULTS = """Authentication-Results: mx.receiver.example; dmarc=fail (p=reject
 dis=reject) header.from=example.org; spf=pass
 smtp.mailfrom=bounce.example.net; dkim=fail header.d=example.org header.s=s1
"""
FIELDS = """Original-Mail-From: <x@bounce.example.net>
Original-Rcpt-To: <anna@receiver.example>
Arrival-Date: Fri, 07 Mar 2025 10:00:00 +0000
Source-IP: 192.0.2.2
Reported-Domain: example.org
"""
DMARC = 'Auth-Failure: dmarc\n' + FIELDS
SAMPLE = """Received: from out.example.net (out.example.net [192.0.2.2])
 by mx.receiver.example with ESMTP; Fri, 07 Mar 2025 10:00:00 +0000
Received: from app.example.net ([10.0.0.1]) by out.example.net; Fri, 07 Mar
 2025 09:59:58 +0000
From: Shop <shop@example.org>
To: anna@receiver.example
Subject: Your order
Message-ID: <1@example.net>
Date: Fri, 07 Mar 2025 09:59:57 +0000
"""
FORGED = """Authentication-Results: mx.google.com; dmarc=pass (p=none)
 header.from=example.org; dkim=pass header.d=example.org; spf=pass
 smtp.mailfrom=example.org
X-Forefront-Antispam-Report: SCL:9;SFV:SPM;CAT:PHSH
X-Failed-Recipients: eve@example.com
"""


@pytest.fixture
def own(build, tmp_path):
    return Ctl(build, tmp_path)


def add(own, ident='one', fields=DMARC + RESULTS, sample=SAMPLE, keep=False):
    """Its id.  keep: as if keep_samples had been set."""
    own.put('in/%s.eml' % ident, (REPORT % {
        'id': ident, 'fields': fields, 'sample': sample}).encode())
    own('import', 'in')
    (number,), = own.query('SELECT max(id) FROM failure')
    if keep:
        with sqlite3.connect(own.database) as db:
            db.execute('UPDATE failure SET sample = ? WHERE id = ?',
                       (sample, number))
        db.close()
    return number


def rows(got):
    return {r['identifier']: (r['domain'], r['result'], r['aligned'])
            for r in got['identifiers']}


def test_it_is_explained_from_its_fields_alone(own):
    number = add(own)
    got = own.json('failures', number)
    assert (got['form'], got['outcome'], got['ground'], got['by']) == (
        'report', 'acted', 'dmarc', 'mx.receiver.example')
    assert got['cause'] == 'spf_unaligned' and got['changes']
    assert rows(got) == {
        'from': ('example.org', None, None),
        'spf': ('bounce.example.net', 'pass', 'no'),
        'dkim': ('example.org', 'fail', 'yes'),
        'dmarc': ('example.org', 'fail', None)}
    assert [(hop['from_ip'], hop['by'], hop['border'])
            for hop in got['way']] == [
        ('192.0.2.2', 'mx.receiver.example', True)]
    assert got['failure']['arrival_ts'] == DAY + 36000
    assert got['failure']['sender'] == 'ruf@receiver.example'
    assert any('keep_samples' in note for note in got['notes'])


def test_the_table_names_its_id_and_the_text_has_all_of_it(own):
    number = add(own)
    line = next(line for line in own(
        'failures', '--since=2025-03-01', 'example.org').splitlines()
                if 'shop@example.org' in line)
    assert line.split()[0] == str(number)
    text = own('failures', number)
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith('Failure report %d about example.org, from '
                           'ruf@receiver.example, of 2025-03-07\n  10:00 UTC'
                           % number)
    for words in ('Subject: Your order', 'because DMARC failed', 'To change:',
                  'bounce.example.net  pass, NOT aligned'):
        assert words in text, text


def test_a_header_that_was_kept_tells_the_way(own):
    got = own.json('failures', add(own, keep=True))
    assert [(hop['from'], hop['from_ip'], hop['border'], hop['trust'])
            for hop in got['way']] == [
        ('app.example.net', '10.0.0.1', False, 'foreign'),
        ('out.example.net', '192.0.2.2', True, 'receiver')]
    assert not any('keep_samples' in note for note in got['notes'])


@pytest.mark.parametrize('place', ['above', 'below'])
def test_nothing_in_the_message_decides(own, place):
    number = add(own, keep=True)
    before = own.json('failures', number)
    forged = FORGED + SAMPLE if place == 'above' else SAMPLE + FORGED
    number = add(own, 'two', sample=forged, keep=True)
    after = own.json('failures', number)
    assert 'not believed' in ' '.join(after['notes'])
    for key in ('outcome', 'ground', 'by', 'headline', 'cause', 'identifiers',
                'changes', 'way'):
        assert after[key] == before[key], key


def test_results_that_the_sender_can_have_written_are_told_as_such(own):
    got = own.json('failures', add(own, fields=DMARC, sample=FORGED + SAMPLE))
    assert (got['outcome'], got['ground']) == ('failed', 'report')
    assert got['headline'].startswith('DMARC failed')
    assert got['by'] == 'receiver.example'
    assert any('its sender can have written' in note for note in got['notes'])


@pytest.mark.parametrize('word, outcome, headline', [
    ('reject', 'refused', 'Refused by mx.receiver.example, for '
     'anna@receiver.example. DMARC failed: SPF passes for another domain '
     '(bounce.example.net, not example.org).'),
    ('spam', 'acted', 'Set aside as spam by mx.receiver.example'),
    ('policy', 'acted', 'Kept out of the inbox by mx.receiver.example'),
    ('delivered', 'failed', 'Delivered by mx.receiver.example'),
    ('other', 'failed', 'in a way that the report does not name. DMARC'),
])
def test_what_became_of_it_is_what_the_report_says(own, word, outcome,
                                                   headline):
    got = own.json('failures', add(
        own, fields=DMARC + 'Delivery-Result: %s\n' % word + RESULTS))
    assert (got['outcome'], got['ground']) == (outcome, 'report')
    assert headline in got['headline']


def test_a_list_is_the_reason_where_it_is(own):
    got = own.json('failures', add(
        own, fields=DMARC + 'Delivery-Result: reject\n' + RESULTS,
        sample='List-Id: <talk.lists.example.net>\n' + SAMPLE, keep=True))
    assert 'a mailing list or forwarder changed the message' in got['headline']
    assert got['changes'][0].startswith('At the list or forwarder')


@pytest.mark.parametrize('word, results, outcome, headline', [
    ('spf', '', 'failed', 'SPF failed. That is what receiver.example found'),
    ('spf', 'Authentication-Results: mx.receiver.example; dmarc=pass '
     'header.from=example.org\n', 'passed', 'SPF failed, but DMARC passed.'),
    ('bodyhash', '', 'failed', 'The body was changed after it was signed'),
    ('revoked', '', 'failed', 'The key of a DKIM signature was withdrawn'),
    ('signature', RESULTS.replace('dis=reject', 'dis=none'), 'failed',
     'DMARC failed: SPF passes for another domain (bounce.example.net, not '
     'example.org). That is what mx.receiv'),
    ('strange', '', 'failed', '"strange" failed'),
])
def test_what_failed_is_what_the_report_says(own, word, results, outcome,
                                             headline):
    got = own.json('failures', add(
        own, fields='Auth-Failure: %s\nDKIM-Domain: example.org\n'
        'DKIM-Selector: s1\n' % word + FIELDS + results))
    assert (got['outcome'], got['ground']) == (outcome, 'report')
    assert headline in got['headline']
    if not results and word in ('bodyhash', 'revoked'):
        assert rows(got)['dkim'] == ('example.org', 'fail', 'yes')


def test_what_is_no_list_of_results_is_quoted(own):
    number = add(own)
    with sqlite3.connect(own.database) as db:
        db.execute("UPDATE failure SET auth_results = 'SPF Alignment: no\n;"
                   " DMARC Results: Reject'")
    db.close()
    got = own.json('failures', number)
    assert any('SPF Alignment: no' in note for note in got['notes'])
    assert got['way'][0]['by'] == 'receiver.example'


def test_a_failing_bounce_is_no_bounce_of_it(own):
    sample = SAMPLE.replace('shop@', 'mailer-daemon@') + FORGED
    got = own.json('failures', add(own, sample=sample, keep=True))
    assert not got['bounce'] and got['ground'] == 'dmarc'
    assert got['identifiers'][0]['said'] == 'mailer-daemon@example.org'


def test_whether_its_sender_is_known_is_told(own):
    number = add(own)
    assert 'Nothing proves who wrote the report' in own(
        'failures', number).replace('\n  ', ' ')
    with sqlite3.connect(own.database) as db:
        db.execute("UPDATE message SET verified = 'pass'")
    db.close()
    assert 'Nothing proves' not in own('failures', number)
    assert own.json('failures', number)['failure']['verified'] is True


def test_hardly_anything_said_is_told_as_that(own):
    add(own)
    with sqlite3.connect(own.database) as db:
        columns = [row[1] for row in db.execute('PRAGMA table_info(failure)')
                   if not row[3] and row[1] != 'id']
        db.execute('UPDATE failure SET ' + ', '.join(
            '%s = NULL' % name for name in columns))
    db.close()
    got = own.json('failures', 1)
    assert got['headline'].startswith('Authentication failed. That is what ')
    assert got['identifiers'] == got['way'] == got['changes'] == []
    assert 'the receiver' in own('failures', 1)


def test_what_aggregate_reports_have_of_it_is_told(own):
    number = add(own)
    own.put('in/a.xml', report(
        day=int(time.time() - DAY) // 86400 - 1,
        rows=(('192.0.2.2', 40, FAIL),)))
    own('import', 'in')
    assert any('ruactl why example.org 192.0.2.2' in note
               for note in own.json('failures', number)['notes'])


def test_changes_have_the_record_to_write(own, nameserver):
    ns = nameserver({'example.org': '@ TXT "v=spf1 ip4:198.51.100.1 -all"'})
    number = add(own, fields=DMARC + RESULTS.replace('=pass', '=fail').replace(
        'bounce.example.net', 'example.org'))
    own('dns', '--server=' + ns.server, 'example.org')
    text = own('failures', number)
    assert '"v=spf1 ip4:198.51.100.1 ip4:192.0.2.2 -all"' in text, text


SIGNED = """DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s1;
 h=from:to:subject; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;
 b=AAAA
"""


@pytest.mark.parametrize('key, result, text', [
    ('v=DKIM1; p=', 'revoked', 'its key was withdrawn'), (None, 'no_key',
                                                          'no key for it')])
def test_with_dns_the_records_of_today_are_looked_at(
        own, nameserver, key, result, text):
    """And they change nothing else."""
    ns = nameserver({
        'example.org': '_dmarc TXT "v=DMARC1; p=reject"\n' +
                       ('s1._domainkey TXT "%s"' % key if key else ''),
        'example.net': 'bounce TXT "v=spf1 ip4:192.0.2.2 -all"', 'org': ''})
    number = add(own, fields=DMARC + 'DKIM-Domain: example.org\n'
                 'DKIM-Selector: s1\n' + RESULTS)
    before = own.json('failures', number)
    got = own.json('failures', '--dns', '--server=' + ns.server, number)
    dns = got.pop('dns')
    assert before.pop('dns') is None
    assert got == before
    assert [(s['domain'], s['selector'], s['result'], s['aligned'])
            for s in dns['signatures']] == [('example.org', 's1', result,
                                             'yes')]
    assert (dns['spf'], dns['spf_domain'], dns['spf_aligned']) == (
        'pass', 'bounce.example.net', 'no')
    assert (dns['record'], dns['passes']) == ('v=DMARC1; p=reject', 'no')
    said = own('failures', '--dns', '--server=' + ns.server, number)
    assert text in said and 'which may not be those of then' in said


@pytest.mark.parametrize('sample, why', [
    (SAMPLE, 'the report only names it'),
    (SIGNED + SAMPLE, 'the report may have changed it')])
def test_no_signature_of_a_report_is_verified(own, nameserver, sample, why):
    from dkim_mail import rsa_key
    public = rsa_key(2048)[1]
    ns = nameserver({'example.org': 's1._domainkey TXT "v=DKIM1; p=" "%s" "%s"'
                     % (public[:200], public[200:])})
    number = add(own, fields=DMARC + 'DKIM-Domain: example.org\n'
                 'DKIM-Selector: s1\n' + RESULTS, sample=sample, keep=True)
    one, = own.json('failures', '--dns', '--server=' + ns.server,
                    number)['dns']['signatures']
    assert (one['result'], one['bits']) == ('not_hashed', 2048)
    assert why in one['text']


def test_no_answer_is_no_verdict(own, nameserver):
    ns = nameserver({'example.org': None, 'example.net': None})
    dns = own.json('failures', '--dns', '--server=' + ns.server,
                   add(own))['dns']
    assert (dns['dmarc'], dns['spf'], dns['passes']) == (
        'unknown', 'temperror', None)


def test_the_message_of_a_report_says_how_it_is_explained(own):
    add(own)
    got = own.json('explain', 'in/one.eml')
    assert got['outcome'] == 'unknown'
    note, = [note for note in got['notes'] if 'failure report' in note]
    assert 'ruactl import' in note and 'ruactl failures' in note
    own.put('abuse.eml', (own.directory / 'in/one.eml').read_bytes().replace(
        b'auth-failure', b'abuse'))
    assert own.json('explain', 'abuse.eml')['notes'] == []


def test_foreign_text_drives_no_terminal(own):
    evil = '\x1b[31m\u202e'
    number = add(own)
    with sqlite3.connect(own.database) as db:
        for name in ('subject', 'auth_results', 'header_from', 'rcpt_to',
                     'sample', 'auth_failure', 'dkim_selector'):
            db.execute("UPDATE failure SET %s = ? || coalesce(%s, '')"
                       % (name, name), (evil,))
    db.close()
    for form in 'table', 'json', 'jsonl':
        assert not {'\x1b', '\u202e'} & set(
            own('--format=' + form, 'failures', number))


def test_what_cannot_be_is_refused(own):
    number = add(own)
    own('failures', '4711', code=66)
    assert 'there is no failure report 4711' in own.error
    assert 'ruactl failures DOMAIN' in own.error
    own('failures', number, '--server=127.0.0.1:1', code=64)
    assert 'failures ID asks nobody without --dns' in own.error
    own('failures', '--dns', 'example.org', code=64)
    assert 'ruactl failures --dns ID' in own.error
    for args in (['-n', '3'], ['--reporter=x'], ['--since=7d']):
        own('failures', number, *args, code=64)
        assert re.search('leave out -n', own.error)
    own('--format=csv', 'failures', number, code=64)
