# SPDX-License-Identifier: BSD-2-Clause
"""ruactl dns: every check against a zone that is wrong in just that way, served
by a private NSD; and the zone that is right, of which nothing is said."""

import os
import re
import subprocess

import pytest

from ctl import Ctl
from dnszones import (TXT, ask, good, key, private_key, put_report,
                      reports, told, zone_text)
from nameserver import NameServer

def dmarc(text):
    return {'_dmarc': TXT(text)}


def policy(tags):
    return dmarc('v=DMARC1; %s; rua=mailto:dmarc@{domain}' % tags)


def rua(uris):
    return dmarc('v=DMARC1; p=reject; rua=' + uris)


def spf(*texts, **others):
    return {'@': ['MX 10 mx'] + TXT(*texts), **others}


def dkim(text):
    return {'s1._domainkey': TXT(text)}


NETS = ' '.join('ip4:192.0.2.%d' % n for n in range(100, 120))
# What breaks the good zone, and what is told of it: ids with E, W or I.
WRONG = {
    # DMARC
    'd1': ({'_dmarc': []}, 'D1E B1I'),
    'd2': ({'_dmarc': TXT('v=DMARC1; p=none', 'v=DMARC1; p=reject')},
           'D2E B1I'),
    'd3-case': (dmarc('v=dmarc1; p=reject'), 'D3E B1I'),
    'd3-first': (dmarc('p=reject; v=DMARC1'), 'D3E B1I'),
    'd3-bad': (dmarc('v=DMARC1 p=reject'), 'D3E B1I'),
    'd3-spf': (dmarc('v=spf1 -all'), 'D1E D3W B1I'),
    'd3-quoted': (dmarc('"v=DMARC1; p=reject; rua=mailto:d@{domain}"'),
                  'D3E B1I'),
    'd3-colon': (dmarc('v=DMARC1: p=reject: rua=mailto:d@{domain}'),
                 'D3E B1I'),
    'd4': ({'_dmarc': [], '@': ['MX 10 mx'] + TXT(
        'v=spf1 mx -all', 'v=DMARC1; p=reject')}, 'D4E B1I'),
    'd5-none': (dmarc('v=DMARC1; rua=mailto:dmarc@{domain}'), 'D5E B1I P1I'),
    'd5-bad': (policy('p=rejekt'), 'D5E B1I P1I'),
    'd5-ignored': (dmarc('v=DMARC1; p=rejekt'), 'D5E R1E B1I'),
    'd5-nothing': (dmarc('v=DMARC1; adkim=r'), 'D5E R1E B1I'),
    'd5-second': (dmarc('v=DMARC1; rua=mailto:dmarc@{domain}; p=reject'),
                  'D5I'),
    'd7-sp': (policy('p=reject; sp=quarantine'), 'D7W P1I'),
    'd7-equal': (policy('p=reject; sp=reject; np=reject'), ''),
    'd7-np': (policy('p=reject; sp=none'), 'D7W D7W B1I P1I'),
    'd9': (policy('p=reject; t=y'), 'D9W B1I'),
    'd10-pct': (policy('p=reject; pct=50'), 'D10W B1I P1I'),
    'd10-zero': (policy('p=reject; pct=0'), 'D10W B1I P1I'),
    'd10-all': (policy('p=reject; pct=100'), 'D10I'),
    'd10-rf': (policy('p=reject; rf=afrf; ri=86400'), 'D10I D10I'),
    'd11': (policy('p=reject; rub=x'), 'D11W'),
    'd11-twice': (policy('p=reject; p=none'), 'D11W'),
    'd11-equals': (policy('p=reject; none'), 'D11W'),
    'd11-blank': (dmarc(' v=DMARC1; p=reject; rua=mailto:dmarc@{domain}'),
                  'D11W'),
    'd11-empty': (policy('p=reject;; adkim=r'), 'D11I'),
    'd12': (policy('p=reject; adkim=x'), 'D12W'),
    'd12-aspf': (policy('p=reject; aspf=strict'), 'D12W'),
    'd12-fo': (policy('p=reject; fo=1'), 'D12I'),
    'd13': (policy('p=reject; psd=y'), 'D13E'),
    'd13-no': (policy('p=reject; psd=n'), 'D13I'),
    'd16': ({'_dmarc': ['CNAME dmarc.hosted.example.']}, 'D1E D16W B1I'),
    'd16-hosted': ({'_dmarc': ['CNAME ours.hosted.example.']}, 'D16I R4E'),
    'd16-own': ({'_dmarc': ['CNAME here'], 'here': TXT(
        'v=DMARC1; p=reject; rua=mailto:dmarc@{domain}')}, ''),
    # reports
    'r1': (dmarc('v=DMARC1; p=reject'), 'R1E'),
    'r2-scheme': (rua('https://{domain}/x,mailto:dmarc@{domain}'), 'R2E'),
    'r2-none': (rua('dmarc@{domain},mailto:dmarc@{domain}'), 'R2E'),
    'r2-slashes': (rua('mailto://dmarc@{domain},mailto:a@{domain}'), 'R2E'),
    'r3': (rua('mailto:dmarc@{domain}!10m'), 'R3I'),
    'r4': (rua('mailto:dmarc@silent.example'), 'R4E'),
    'r4-ruf': (dmarc('v=DMARC1; p=reject; rua=mailto:dmarc@{domain}; '
                     'ruf=mailto:f@silent.example'), 'R4E'),
    'r4-wild': (rua('mailto:dmarc@wild.example'), ''),
    'r4-away': (rua('mailto:dmarc@away.example'), 'R4E'),
    'r4-long': (rua('mailto:dmarc@' + '.'.join([60 * 'a'] * 4)
                    + '.example'), 'R4E R5E'),
    'r5': (rua('mailto:dmarc@nomx.{domain}'), 'R5E'),
    'r5-null': ({**rua('mailto:dmarc@null.{domain}'),
                 'null': ['MX 0 .']}, 'R5E'),
    'r5-server': ({**rua('mailto:dmarc@lost.{domain}'),
                   'lost': ['MX 10 nix']}, 'R5E'),
    'r7': (rua('mailto:a@{domain},mailto:b@{domain},mailto:c@{domain}'),
           'R7I'),
    # SPF
    's1': ({'@': ['MX 10 mx']}, 'S1E'),
    's1-implicit': ({'@': ['A 192.0.2.9']}, 'S1E X1I'),
    's1-unused': ({'@': ['TXT "x"'], 'mx': []}, 'R5E S1E X1W'),
    's1-several': (spf('v=spf1 mx -all', 'v=spf1 a -all'), 'S1E'),
    's1-version': (spf('v=spf1; mx -all'), 'S1E'),
    's2': (spf('v=spf1 mx foo:bar -all'), 'S2E'),
    's2-ip': (spf('v=spf1 ip4:192.0.2.300 -all'), 'S2E'),
    's2-name': (spf('v=spf1 mx include:.. -all'), 'S2E'),
    's2-label': (spf('v=spf1 mx include:a..b.example -all'), 'S2E'),
    's2-modifier': (spf('v=spf1 mx foo=bar -all'), 'S2I'),
    's3': (spf('v=spf1 ' + ' '.join(
        'a:a%d.{domain}' % n for n in range(11)) + ' -all',
        **{'a%d' % n: ['A 192.0.2.%d' % n, 'AAAA 2001:db8::1']
           for n in range(11)}), 'S3E'),
    's3-deep': (spf('v=spf1 include:i0.{domain} -all', **{
        'i%d' % n: TXT('v=spf1 include:i%d.{domain} ?all' % (n + 1))
        for n in range(11)}, i11=TXT('v=spf1 ?all')), 'S3E S3W'),
    's3-mx': ({'@': TXT('v=spf1 mx:many.{domain} -all') + ['MX 10 mx'],
               'many': ['MX 10 m%d' % n for n in range(11)],
               **{'m%d' % n: ['A 192.0.2.%d' % n] for n in range(11)}},
              'S3E'),
    's3-twice': (spf('v=spf1 mx ip4:192.0.2.1 ip4:192.0.2.1 -all'), 'S3I'),
    's4': (spf('v=spf1 ' + ' '.join(
        'a:a%d.{domain}' % n for n in range(9)) + ' -all',
        **{'a%d' % n: ['A 192.0.2.%d' % n, 'AAAA 2001:db8::1']
           for n in range(9)}), 'S4W'),
    's5': (spf('v=spf1 mx a:x.{domain} a:y.{domain} a:z.{domain} -all'),
           'S5E'),
    's5-one': (spf('v=spf1 mx a:x.{domain} -all'), 'S5W'),
    's5-ipv6': (spf('v=spf1 a:x.{domain} a:y.{domain} a:z.{domain} '
                    'ip6:2001:db8::/32 -all',
                    **{n: ['A 192.0.2.1'] for n in 'xyz'}), 'S5W'),
    's6': (spf('v=spf1 mx include:mx.{domain} -all'), 'S6E'),
    's6-several': (spf('v=spf1 mx include:two.{domain} -all',
                       two=TXT('v=spf1 -all', 'v=spf1 ?all')), 'S6E'),
    's7-pass': (spf('v=spf1 mx +all'), 'S7E'),
    's7-alone': (spf('v=spf1 ?ip4:192.0.2.1 +all'), 'S7E'),
    's7-neutral': (spf('v=spf1 mx ?all'), 'S7W'),
    's7-soft': (spf('v=spf1 mx ~all'), 'S7I'),
    's7-none': (spf('v=spf1 mx'), 'S7W'),
    's8': (spf('v=spf1 mx -all a:mx.{domain}'), 'S8W'),
    's8-redirect': (spf('v=spf1 mx -all redirect=spf.{domain}',
                        spf=TXT('v=spf1 -all')), 'S8W'),
    's9': (spf('v=spf1 mx ptr -all'), 'S9W'),
    's10': (spf('v=spf1 ip4:10.0.0.0/8 -all'), 'S10W'),
    's10-6': (spf('v=spf1 ip6:2001::/16 -all'), 'S10W'),
    's10-family': (spf('v=spf1 ip4:2001:db8::1 -all'), 'S10E'),
    's11': ({'@': ['MX 10 mx', 'TXT "v=spf1 mx ip4:192.0.2.1" "-all"']},
            'S11E S7W'),
    's11-glued': ({'@': ['MX 10 mx', 'TXT "v=spf1 mx a:mx.s11" '
                         '"ip4:192.0.2.1 -all"']}, 'S11E'),
    's11-size': (spf('v=spf1 mx %s -all' % NETS, 'x' * 200), 'S11W'),
    's12': ({'@': ['MX 10 mx', 'SPF "v=spf1 mx -all"']}, 'S12E'),
    's12-all': ({'@': ['MX 10 mx', 'SPF "v=spf1 mx +ALL"']}, 'S12E'),
    's13': (spf('v=spf1 mx exists:%{p}._spf.{domain} -all'), 'S13W'),
    's13-sender': (spf('v=spf1 mx exists:%{l}._spf.{domain} -all'), 'S13W'),
    's16': (spf('v=spf1 include:loop.{domain} -all',
                loop=TXT('v=spf1 include:{domain} -all')), 'S16E'),
    # keys
    'k1': ({'s1._domainkey': []}, 'K1E'),
    'k2': (dkim('v=DKIM1; p='), 'K2W'),
    'k3': (dkim('v=DKIM1; p=' + key(512)), 'K3E'),
    'k3-short': (dkim('v=DKIM1; p=' + key(1024)), 'K3W'),
    'k3-long': (dkim('v=DKIM1; p=' + key(4104)), 'K3W'),
    'k4': (dkim('v=DKIM1; t=y; p=' + key()), 'K4W'),
    'k4-strict': (dkim('v=DKIM1; t=s; p=' + key()), 'K4I'),
    'k4-both': (dkim('v=DKIM1; t=y:s; p=' + key()), 'K4I K4W'),
    'k5': (dkim('v=DKIM1; p=%%%'), 'K5E'),
    'k5-der': (dkim('v=DKIM1; p=AAAA'), 'K5E'),
    'k5-several': ({'s1._domainkey': TXT('v=DKIM1; p=' + key(),
                                         'v=DKIM1; p=' + key(1024))}, 'K5E'),
    'k5-type': (dkim('v=DKIM1; k=dsa; p=' + key()), 'K5E'),
    'k5-hash': (dkim('v=DKIM1; h=sha1; p=' + key()), 'K5E'),
    'k5-use': (dkim('v=DKIM1; s=tlsrpt; p=' + key()), 'K5E'),
    'k5-other': (dkim('hello'), 'K5E'),
    'k5-first': (dkim('p=%s; v=DKIM1' % key()), 'K5W'),
    'k5-private': (dkim('v=DKIM1; p=' + private_key()), 'K5E'),
    'k5-old': (dkim('v=DKIM1; g=*; p=' + key()), 'K5I'),
    # TLS reports, MTA-STS, MX, BIMI, name servers
    't1': ({'_smtp._tls': TXT('v=TLSRPTv1; rua=mailto:a@{domain}',
                              'v=TLSRPTv1; rua=mailto:b@{domain}')}, 'T1E'),
    't1-bad': ({'_smtp._tls': TXT('v=TLSRPTv1; rua=a@{domain}')}, 'T1E'),
    't1-tag': ({'_smtp._tls': TXT(
        'v=TLSRPTv1; rua=mailto:a@{domain}; rua=mailto:b@{domain}')}, 'T1W'),
    't1-uri': ({'_smtp._tls': TXT('v=TLSRPTv1; rua=mailto:a@{domain},'
                                  'b@{domain}')}, 'T1W'),
    't2': ({'_smtp._tls': []}, 'T2I'),
    't3': ({'_smtp._tls': TXT('v=TLSRPTv1; rua=https://{domain}/t')}, 'T3W'),
    'm1': ({'_mta-sts': TXT('v=STSv1; id=2026-11-29')}, 'M1E'),
    'm1-several': ({'_mta-sts': TXT('v=STSv1; id=1', 'v=STSv1; id=2')},
                   'M1E'),
    'm1-tag': ({'_mta-sts': TXT('v=STSv1; id=1; id=2')}, 'M1W'),
    'x1-none': ({'@': TXT('v=spf1 -all'), 'mx': [], '_dmarc': TXT(
        'v=DMARC1; p=reject; rua=mailto:d@good.example')}, 'X1W R4E'),
    'x1-null': ({'@': TXT('v=spf1 -all') + ['MX 0 .'], '_dmarc': TXT(
        'v=DMARC1; p=reject; rua=mailto:d@wild.example')}, 'X1W'),
    'x1-mixed': ({'@': TXT('v=spf1 mx:mx.{domain} mx -all') + [
        'MX 0 .', 'MX 10 mx']}, 'X1E S5W'),
    'x1-alias': ({'@': ['MX 10 al'] + TXT('v=spf1 mx -all'),
                  'al': ['CNAME mx']}, 'X1W'),
    'x1-target': ({'@': ['MX 10 mx', 'MX 20 nix'] + TXT('v=spf1 mx -all')},
                  'S5W X1W'),
    'x1-targets': ({'@': ['MX 10 nix'] + TXT(
        'v=spf1 ip4:192.0.2.1 -all'), '_dmarc': TXT(
            'v=DMARC1; p=reject; rua=mailto:d@wild.example')}, 'X1E'),
    'x1-implicit': ({'@': ['A 192.0.2.1'] + TXT('v=spf1 a -all')}, 'X1I'),
    'x1-address': ({'@': ['MX 10 mx', 'MX 20 192.0.2.1.'] + TXT(
        'v=spf1 a:mx.{domain} -all')}, 'X1E'),
    'b1': ({'default._bimi': TXT('v=BIMI1; l=http://{domain}/x.svg; '
                                 'a=https://{domain}/vmc.pem')}, 'B1I'),
    'b1-cert': ({'default._bimi': TXT('v=BIMI1; l=https://{domain}/x.svg')},
                'B1I'),
    'b1-policy': (policy('p=none'), 'B1I P1I'),
    'b1-several': ({'default._bimi': TXT(
        'v=BIMI1; l=https://{domain}/a.svg',
        'v=BIMI1; l=https://{domain}/b.svg')}, 'B1I'),
    'g1': ({'@': ['MX 10 mx', 'NS nix'] + TXT('v=spf1 mx -all')}, 'G1W'),
    'g1-alias': ({'@': ['MX 10 mx', 'NS al'] + TXT('v=spf1 mx -all'),
                  'al': ['CNAME mx']}, 'G1W'),
}
OTHERS = {
    'example': 'nothing TXT "here"',
    'good.example': zone_text(good(), 'good.example'),
    'silent.example': '@ MX 10 mx\nmx A 192.0.2.1',
    'wild.example': '@ MX 10 mx\nmx A 192.0.2.1\n'
                    '*._report._dmarc TXT "v=DMARC1"',
    'away.example': '@ MX 10 mx\nmx A 192.0.2.1\n*._report._dmarc TXT '
                    '"v=DMARC1; rua=mailto:x@elsewhere.example"',
    'hosted.example': 'ours TXT "v=DMARC1; p=reject; '
                      'rua=mailto:d@silent.example"',
}


@pytest.fixture(scope='module')
def zones():
    all_of_it = dict(OTHERS)
    for name, (changes, _) in WRONG.items():
        domain = name + '.example'
        all_of_it[domain] = zone_text({**good(), **changes}, domain)
    with NameServer(all_of_it) as server:
        yield server


@pytest.fixture(scope='module')
def ruactl(build, tmp_path_factory):
    """With a report about each domain: all are signed with s1."""
    ctl = Ctl(build, tmp_path_factory.mktemp('dns'))
    ctl('import', *[put_report(ctl, name + '.example', rows=(
        ('192.0.2.25', 100, ('pass', 'pass')),)) for name in ['good', *WRONG]])
    return ctl


def test_of_a_domain_that_is_right_nothing_is_said(ruactl, zones):
    answer = ask(ruactl, zones, 'good.example')
    assert answer['checks'] == [] and answer['unknown'] == []
    assert answer['server'] == zones.server
    facts = {(f['group'], f['key']): f['value'] for f in answer['facts']}
    assert facts['dmarc', 'policy'] == 'reject'
    assert facts['dkim', 'bits'] == '2048'
    assert facts['spf', 'lookups'] == '1'
    assert facts['seen', 'same'] == '1'
    text = ruactl('dns', '--server=' + zones.server, 'good.example')
    assert text.endswith('\n0 errors, 0 warnings\n')
    assert not re.search(r'^  (ERROR|warn|info|\?) ', text, re.M)


@pytest.mark.parametrize('name, said', [
    ('d5-none', 'treat it as p=none'), ('d5-bad', 'the record as p=none'),
    ('d5-ignored', 'ignore the record'), ('d5-nothing', 'ignore the record')])
def test_without_a_policy_a_record_counts_if_it_has_rua(ruactl, zones, name,
                                                        said):
    text, = [check['text'] for check in ask(
        ruactl, zones, name + '.example')['checks'] if check['id'] == 'D5']
    assert said in text


@pytest.mark.parametrize('name', WRONG)
def test_what_is_wrong_is_told_and_nothing_else(ruactl, zones, name):
    answer = ask(ruactl, zones, name + '.example')
    expected = WRONG[name][1].split()
    assert told(answer) == sorted(expected), answer['checks']
    assert answer['unknown'] == []
    for check in answer['checks']:
        assert (name if check['id'][0] != 'P' else 'receiver') + \
            '.example' in check['name']
        assert name + '.example' in check['text']


# --- records to paste: what follows when they are published ------------------

PASTED = {      # the finding, and whether it has a record
    'd3-quoted': ('D3', True), 'd3-colon': ('D3', False),
    's7-alone': ('S7', False), 's11': ('S7', False),
    's12': ('S12', True), 's12-all': ('S12', False),
    'k4-both': ('K4', True)}


@pytest.mark.parametrize('name', PASTED)
def test_a_record_that_would_do_harm_is_not_proposed(ruactl, zones, name):
    ident, has_record = PASTED[name]
    answer = ask(ruactl, zones, name + '.example')
    [check] = [c for c in answer['checks']
               if (c['id'], c['severity']) != ('K4', 'info') and
               c['id'] == ident]
    assert (check['record'] is not None) == has_record, check
    assert bool(re.search(r'ublish [^.]*$', check['text'])) == has_record


@pytest.mark.parametrize('name', ['d3-quoted', 'd3-case', 'd3-first', 'd3-bad',
                                  'd5-bad', 'd7-np', 'd9', 'd10-rf', 'd13',
                                  'k4', 'k4-both', 's7-pass', 's7-none',
                                  's1', 's1-implicit', 's12'])
def test_what_is_pasted_settles_its_finding(ruactl, nameserver, name):
    domain = name + '.example'
    zone = {**good(), **WRONG[name][0]}
    with NameServer({**OTHERS, domain: zone_text(zone, domain)}) as server:
        before = ask(ruactl, server, domain)
        for check in before['checks']:
            if check['record'] is None or ' TXT ' not in check['record']:
                continue
            at, value = check['record'].split(' TXT ')
            at = at[:-len(domain)].rstrip('.') or '@'
            kept = [r for r in zone.get(at, []) if r[:3] not in ('TXT', 'SPF')]
            server.change({**OTHERS, domain: zone_text(
                {**zone, at: kept + ['TXT ' + value]}, domain)})
            after = ask(ruactl, server, domain)
            assert check['text'] not in [c['text'] for c in after['checks']]
            new = {c['id'] for c in after['checks']
                   if c['severity'] != 'info'} - {
                       c['id'] for c in before['checks']}
            assert new <= {'R1'}, (check, after['checks'])


@pytest.mark.parametrize('name, ident, kept', [
    ('d2', 'D2', '_dmarc.{domain} TXT "v=DMARC1; p=none"'),
    ('t1-bad', 'T1', '_smtp._tls.{domain} TXT '
                     '"v=TLSRPTv1; rua=mailto:a@{domain}"'),
    ('t3', 'T3', '_smtp._tls.{domain} TXT "v=TLSRPTv1; '
                 'rua=https://{domain}/t,mailto:tls-reports@{domain}"')])
def test_what_is_pasted_keeps_what_was_there(ruactl, zones, name, ident, kept):
    domain = name + '.example'
    [check] = [c for c in ask(ruactl, zones, domain)['checks']
               if c['id'] == ident]
    assert check['record'] == kept.replace('{domain}', domain)


@pytest.mark.parametrize('name, ident, begins', [
    ('d2', 'D2', False), ('d3-case', 'D3', True), ('d4', 'D4', True),
    ('d5-none', 'D5', False), ('d5-bad', 'D5', True),
    ('d5-ignored', 'D5', True), ('d10-pct', 'D10', True),
    ('d10-rf', 'D10', False)])
def test_before_a_policy_takes_effect_somebody_should_look(
        ruactl, zones, name, ident, begins):
    """Receivers ignore what is there; what is pasted may lose mail."""
    for check in ask(ruactl, zones, name + '.example')['checks']:
        if check['id'] == ident:
            assert (begins == check['text'].endswith(
                'record (p=reject takes effect with it: see ruactl ready '
                'first)' if ident != 'D4' else 'one name below (p=reject '
                'takes effect with it: see ruactl ready first)')), check


def test_one_record_settles_all_findings_of_dmarc(ruactl, nameserver):
    """What is pasted for one of them does not bring back another one."""
    domain = 'faults.example'
    zone = {**good(), '_dmarc': TXT(
        'v=DMARC1; adkim=x; p=rejekt; pct=50; rf=afrf; sp=none; fo=1; '
        'rua=dmarc@{domain},mailto:b@{domain}!10m')}
    server = nameserver({**OTHERS, domain: zone_text(zone, domain)})
    answer = ask(ruactl, server, domain)
    found = {c['id'] for c in answer['checks'] if c['record'] is not None and
             c['record'].startswith('_dmarc.')}
    assert found == {'D5', 'D10', 'D12', 'R2', 'R3'}
    [record] = {c['record'] for c in answer['checks'] if c['id'] in found}
    assert record == (
        '_dmarc.faults.example TXT "v=DMARC1; p=reject; sp=none; '
        'rua=mailto:dmarc@faults.example,mailto:b@faults.example"')
    # Whichever of them is read: what begins with that record.
    assert {c['id'] for c in answer['checks'] if c['text'].endswith(
        ' (p=reject takes effect with it: see ruactl ready first)')} == found
    text = ruactl('dns', '--server=' + server.server, domain, code=1)
    assert ' '.join(text.split()).count('(p=reject takes effect') == 1
    # What is a matter of taste changes nothing of the others.
    zone['_dmarc'] = TXT('v=DMARC1; p=quarantine; sp=none; aspf=x; t=y; '
                         'rua=mailto:dmarc@{domain}')
    server.change({**OTHERS, domain: zone_text(zone, domain)})
    answer = ask(ruactl, server, domain)
    records = {(c['id'], c['record'].split('"')[1][10:].split('; rua')[0])
               for c in answer['checks'] if c['id'] in ('D7', 'D9', 'D12')}
    assert records == {
        ('D7', 'p=quarantine; sp=quarantine; t=y'),
        ('D7', 'p=quarantine; sp=none; t=y'),
        ('D9', 'p=quarantine; sp=none'), ('D12', 'p=quarantine; sp=none; t=y')}
    # The same record is not printed twice.
    text = ruactl('dns', '--server=' + server.server, domain, code=0)
    assert text.count(' TXT "v=DMARC1; p=quarantine; sp=none; t=y') == 1
    assert text.count('see above') == 1
    # What has its effect already is no news.
    assert 'takes effect' not in text
    # But all of it, instead of a half, is.
    zone['_dmarc'] = TXT('v=DMARC1; p=quarantine; pct=50; rf=afrf; '
                         'rua=mailto:dmarc@{domain}')
    server.change({**OTHERS, domain: zone_text(zone, domain)})
    answer = ask(ruactl, server, domain)
    assert [c['text'].endswith(' (p=quarantine takes effect with it: see '
                               'ruactl ready first)')
            for c in answer['checks'] if c['id'] == 'D10'] == [True, True]


def test_a_name_to_paste_is_whole(ruactl, nameserver):
    domain = '.'.join(c * 60 for c in 'abc') + '.example'
    reports(ruactl, domain)
    server = nameserver({'example': '@ TXT "x"'})
    records = [c['record'] for c in ask(ruactl, server, domain)['checks']
               if c['record'] is not None]
    assert '_dmarc.' + domain in [r.split(' ')[0] for r in records]
    assert all(r.split(' ')[0].endswith(domain) for r in records)
    assert all(re.fullmatch(r'("[^"]{1,255}" ?)+', r.split(' TXT ')[1])
               for r in records if ' TXT ' in r)


def usual_database(program):
    done = subprocess.run([program, '--help'], capture_output=True, text=True,
                          check=True)
    return re.search(r'\$RUAD_DB or (\S+)', done.stdout)[1]


def test_before_the_first_report_records_are_judged(ruactl, zones, tmp_path):
    if os.path.exists(usual_database(ruactl.program)):
        pytest.skip('this machine has a database of its own')
    env = {k: v for k, v in ruactl.env.items() if k != 'RUAD_DB'}

    def run(*args, **changed):
        done = subprocess.run(
            [ruactl.program, 'dns', '--server=' + zones.server, *args],
            capture_output=True, text=True, check=False,
            env={**env, **changed})
        return done.returncode, done.stdout, done.stderr

    code, text, error = run('--selector=s1', 'good.example')
    assert (code, error) == (0, '')
    assert '0 errors' in text and '2048' in text
    assert 'there is no database yet' in ' '.join(text.split())
    code, text, error = run('d3-bad.example')
    assert (code, error) == (1, '') and 'does not begin with' in text
    code, text, error = run('good.example', '192.0.2.25')
    assert (code, error) == (0, '') and 'Not kept' in text
    # A database that somebody named must be there.
    missing = str(tmp_path / 'none.db')
    for args, changed in (((), {}), (('--offline', 'good.example'), {}),
                          (('-d', missing, 'good.example'), {}),
                          (('good.example',), {'RUAD_DB': missing})):
        code, text, error = run(*args, **changed)
        assert code == 66 and 'database' in error, (args, error)
