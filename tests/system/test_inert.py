# SPDX-License-Identifier: BSD-2-Clause
"""Hostile text in every place that a stranger can fill, through every command
of ruactl in every form: nothing of it drives a terminal, makes a line of its
own, or is a formula or a number that was never said."""

import base64
import csv
import io
import json
import re
import time
from xml.sax.saxutils import escape

import pytest

from ctl import Ctl

# What XML can carry; a byte that it cannot is the business of other tests.
EVIL = {
    'c1 control': '\u009b31mred', 'bidi': 'a\u202egnp.exe',
    'newline': 'x\nruad_reports_total{a="b"} 666', 'tab': 'a\tb',
    'formula': '=cmd|\'/c calc\'!A1', 'plus': '+1+1', 'minus': '-2+3',
    'at': '@SUM(A1)', 'quotes': '"a", \'b\' \\', 'tag': '<script>x()</script>',
    'zero width': 'a\u200bb', 'delete': 'a\x7fb', 'tags': 'a\U000e0041b',
    'separator': 'a\u2028b', 'isolate': 'a\u2066b', 'format': '%n%s%d',
}
UNSAFE = re.compile('[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f'
                    '\u2028-\u202e\u2060-\u206f\ufeff'
                    '\U000e0000-\U000e0fff]')
NOW = int(time.time()) // 86400 * 86400 - 86400


def aggregate(e):
    e = escape(e, {'"': '&quot;'})
    return ('<?xml version="1.0" encoding="UTF-8"?><feedback><version>{e}'
            '</version><report_metadata><org_name>{e}</org_name><email>{e}'
            '</email><extra_contact_info>{e}</extra_contact_info><report_id>'
            '{e}</report_id><date_range><begin>{b}</begin><end>{n}</end>'
            '</date_range><error>{e}</error></report_metadata>'
            '<policy_published><domain>example.org</domain><adkim>{e}</adkim>'
            '<p>none</p><pct>{e}</pct><fo>{e}</fo></policy_published><record>'
            '<row><source_ip>192.0.2.1</source_ip><count>2</count>'
            '<policy_evaluated><disposition>{e}</disposition><dkim>fail</dkim>'
            '<spf>fail</spf><reason><type>{e}</type><comment>{e}</comment>'
            '</reason></policy_evaluated></row><identifiers><header_from>{e}'
            '</header_from><envelope_from>{e}</envelope_from><envelope_to>{e}'
            '</envelope_to></identifiers><auth_results><dkim><domain>{e}'
            '</domain><selector>{e}</selector><result>{e}</result>'
            '<human_result>{e}</human_result></dkim><spf><domain>{e}</domain>'
            '<scope>{e}</scope><result>{e}</result></spf></auth_results>'
            '</record></feedback>').format(e=e, b=NOW, n=NOW + 86399).encode()


def tls(e):
    day = time.strftime('%Y-%m-%dT', time.gmtime(NOW))
    return json.dumps({
        'organization-name': e, 'contact-info': e, 'report-id': e,
        'date-range': {'start-datetime': day + '00:00:00Z',
                       'end-datetime': day + '23:59:59Z'},
        'policies': [{
            'policy': {'policy-type': 'sts', 'policy-string': [e],
                       'policy-domain': 'example.org', 'mx-host': [e]},
            'summary': {'total-successful-session-count': 1,
                        'total-failure-session-count': 2},
            'failure-details': [{
                'result-type': e, 'sending-mta-ip': '192.0.2.7',
                'receiving-mx-hostname': e, 'receiving-mx-helo': e,
                'failed-session-count': 2, 'additional-information': e,
                'failure-reason-code': e}]}]}).encode()


def word(e):
    return '=?utf-8?B?%s?=' % base64.b64encode(e.encode()).decode()


def failure(e):
    line = e.replace('\n', ' ')
    return ('From: {w} <x@evil.example>\r\nSubject: {w}\r\nMessage-ID: <{l}>'
            '\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; '
            'report-type=feedback-report; boundary=b\r\n\r\n--b\r\n'
            'Content-Type: text/plain\r\n\r\nx\r\n--b\r\nContent-Type: '
            'message/feedback-report\r\n\r\nFeedback-Type: auth-failure\r\n'
            'User-Agent: {l}\r\nVersion: 1\r\nAuth-Failure: dmarc\r\n'
            'Source-IP: 192.0.2.9\r\nReported-Domain: example.org\r\n'
            'Original-Mail-From: {l}\r\nOriginal-Rcpt-To: {l}\r\n'
            'Authentication-Results: {l}\r\nDKIM-Domain: {l}\r\n'
            'DKIM-Selector: {l}\r\n\r\n--b\r\nContent-Type: '
            'text/rfc822-headers\r\n\r\nFrom: {w} <a@example.org>\r\nSubject: '
            '{w}\r\nMessage-ID: <{l}>\r\n\r\n--b--\r\n'
            ).format(w=word(e), l=line).encode()


def other(e):
    return ('From: {w} <x@evil.example>\r\nSubject: Report domain: {w}\r\n'
            'Content-Type: application/zip; name*=utf-8\'\'{w}.zip\r\n'
            'Content-Transfer-Encoding: base64\r\n\r\nUEsDBAo=\r\n'
            ).format(w=word(e)).encode()


@pytest.fixture(scope='module')
def full(build, tmp_path_factory):
    """A database where every text of a stranger is hostile."""
    ctl = Ctl(build, tmp_path_factory.mktemp('inert'))
    for i, e in enumerate(EVIL.values()):
        ctl.put('in/%02d.xml' % i, aggregate(e))
        ctl.put('in/%02d.json' % i, tls(e))
        ctl.put('in/%02df.eml' % i, failure(e))
        ctl.put('in/%02do.eml' % i, other(e))
    ctl.said = ctl('import', '-v', 'in', code=65)
    counts = dict(ctl.query('SELECT status, count(*) FROM message GROUP BY 1'))
    assert counts['stored'] >= 3 * len(EVIL) - 2 and counts['failed'] > 10
    return ctl


def commands(ctl):
    names = [line.split()[0] for line in ctl('query').splitlines()]
    assert len(names) > 10
    shown = [('show', str(i)) for i, in ctl.query('SELECT id FROM report')]
    return [(), ('status',), ('reports',), ('reporters',), ('ready',),
            ('tls',), ('sources', 'example.org'), ('failures', 'example.org'),
            ('why', 'example.org', '192.0.2.1'), ('sender',)] + shown + [
                ('failures', str(i)) for i, in ctl.query(
                    'SELECT id FROM failure')] + [
                ('query', name, *(('192.0.2.1',) if name == 'address' else
                                  ('example.org',) if 'DOMAIN' in line else ()
                                  )) for name, line in zip(
                                      names, ctl('query').splitlines())]


def no_formula(text):
    for row in csv.reader(io.StringIO(text, newline='')):
        for cell in row:
            assert not re.match(r'[=+@\t\r]|-(?![\d.])', cell), row


def test_import_says_hostile_names_safely(full):
    assert not UNSAFE.search(full.said)


@pytest.mark.parametrize('form', ['table', 'csv', 'json', 'jsonl'])
def test_every_command_is_inert(full, form):
    for args in commands(full):
        if form == 'csv' and re.match(r'failures \d', ' '.join(args)):
            continue            # one message is no table
        out = full('--format=' + form, *args)
        if form == 'csv':
            no_formula(out)
            out = out.replace('\r\n', '\n')
        assert not UNSAFE.search(out), (args, UNSAFE.search(out), out)
        if form in ('json', 'jsonl'):
            for document in [out] if form == 'json' else out.splitlines():
                json.loads(document)


@pytest.mark.parametrize('what', ['records', 'reports', 'failures', 'tls'])
def test_every_export_is_inert(full, what):
    for form in 'csv', 'json', 'jsonl':
        out = full('--format=' + form, 'export', what)
        assert len(out) > 100
        if form == 'csv':
            no_formula(out)
            out = out.replace('\r\n', '\n')
        assert not UNSAFE.search(out), (form, UNSAFE.search(out))


def test_letters_and_checks_are_inert(full):
    for args, code in (('digest', 1), ('metrics', 0), ('check', 3)):
        out = full(args, code=code)
        assert out and not UNSAFE.search(out), args
        assert args != 'check' or len(out.splitlines()) == 1


def test_no_text_makes_a_metric_of_its_own(full):
    for line in full('metrics').splitlines():
        assert line.startswith('# ') or re.fullmatch(
            r'[a-z_]+(\{([a-z_]+="([^"\\]|\\["\\n])*",?)*\})? -?[\d.e+]+',
            line), line
        assert '666' not in line
