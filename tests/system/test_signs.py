# SPDX-License-Identifier: BSD-2-Clause
"""Each sign that an unknown source that fails may be the admin's own: a
little world with it and one without, and what ready says of both."""

import sqlite3

import pytest

import world
from test_world import World
from world import CLUB, DAYS, ORG, Truth, mail, sender

LAST = DAYS - 1
FIRST = DAYS - 30
OWN4, OWN6 = '192.0.2.10', '2001:db8:25::10'
FAR4, FAR6 = '198.51.100.77', '2001:db8:26::77'
POLICIES = {ORG: 'none', CLUB: 'reject'}
SILENT = mail(spf=('web.localdomain', 'mfrom', 'none'))
PASSED = mail([('{d}', 's1', 'pass')], ('{d}', 'mfrom', 'pass'))


def everywhere(count):
    return dict.fromkeys(POLICIES, count)


# In both networks; what is unknown is 0.4 percent, too little to matter.
OWN = sender('own', 'Own', 'own', [OWN4, OWN6], [OWN4, OWN6],
             everywhere(996), (FIRST, LAST, PASSED), evidence='own')


def stranger(*phases, ip=FAR4):
    return sender('stranger', 'Stranger', 'own', [ip], [ip], everywhere(4),
                  *[one if isinstance(one, tuple) and len(one) == 3
                    else (FIRST, LAST, one) for one in phases],
                  evidence=None)


def neighbour(kind, form):
    """Of the stranger, in a network without own mail servers."""
    return sender('neighbour', 'Neighbour', kind, ['198.51.100.9'],
                  ['198.51.100.9'], everywhere(40), (FIRST, LAST, form),
                  evidence=None)


def unnamed(form):
    return neighbour('own', form)._replace(key='unnamed')


GROUP = mail([('group.example', 's1', 'pass')], ('{d}', 'mfrom', 'pass'))
RETURN_PATH = mail([('sendgrid.net', 's1', 'pass')],
                   ('bounce.{d}', 'mfrom', 'pass'))
ENVELOPE = mail(spf=('{d}', 'mfrom', 'fail'))
FORWARDED = mail([('{d}', 's1', 'pass')], ('{d}', 'mfrom', 'fail'))
SERVICE = mail([('{d}', 'em1', 'pass')], ('sendgrid.net', 'mfrom', 'pass'))
OTHER = mail([('spam.example', 'x', 'pass')],
             ('spam.example', 'mfrom', 'pass'))
MAILBOX = mail([('x.20230601.gappssmtp.com', '20230601', 'pass')],
               ('a.localdomain', 'mfrom', 'none'))

# what it is, its signs or None, senders beside OWN: the stranger is the last.
# Those who are called unnamed are not named.
CASES = [
    ('a neighbour of an own server, IPv4', 'network',
     [stranger(SILENT, ip='192.0.2.77')]),
    ('the last address of its /24', 'network',
     [stranger(SILENT, ip='192.0.2.255')]),
    ('the next /24', None, [stranger(SILENT, ip='192.0.3.10')]),
    ('a neighbour of an own server, IPv6', 'network',
     [stranger(SILENT, ip='2001:db8:25::ffff:0:77')]),
    ('the next /64', None, [stranger(SILENT, ip='2001:db8:25:1::77')]),
    ('another network', None, [stranger(SILENT)]),
    ('another network, IPv6', None, [stranger(SILENT, ip=FAR6)]),
    ('a neighbour of a forwarder', None,
     [neighbour('forwarder', FORWARDED), stranger(SILENT)]),
    ('a neighbour of a service', None,
     [neighbour('service', SERVICE), stranger(SILENT)]),
    ('a neighbour of one that signs as a group of companies', 'network',
     [unnamed(GROUP), stranger(SILENT)]),
    ('a neighbour of a service in the SPF record', None,
     [unnamed(RETURN_PATH), stranger(SILENT)]),
    ('the envelope sender is the domain', 'envelope',
     [stranger(ENVELOPE)]),
    ('the envelope sender is the domain on 7 days', 'envelope',
     [stranger((FIRST, FIRST + 6, ENVELOPE), (FIRST + 7, LAST, SILENT))]),
    ('the envelope sender is the domain on 6 days', None,
     [stranger((FIRST, FIRST + 5, ENVELOPE), (FIRST + 6, LAST, SILENT))]),
    ('the envelope sender is a subdomain', 'envelope',
     [stranger(mail(spf=('bounce.{d}', 'mfrom', 'softfail')))]),
    ('the envelope sender ends like the domain', None,
     [stranger(mail(spf=('not{d}', 'mfrom', 'fail')))]),
    ('the envelope sender is another domain', 'regular',
     [stranger(mail(spf=('spam.example', 'mfrom', 'pass')))]),
    ('HELO is a name under the domain', 'name',
     [stranger(mail(spf=('web.{d}', 'helo', 'none')))]),
    ('HELO is another name', None,
     [stranger(mail(spf=('web.localdomain', 'helo', 'none')))]),
    ('it passes as a service, by DKIM', 'service regular',
     [stranger(mail([('sendgrid.net', 'x', 'pass')],
                    ('a.localdomain', 'mfrom', 'none')))]),
    ('it passes as a service, by SPF', 'service regular',
     [stranger(mail(spf=('u1.wl.sendgrid.net', 'mfrom', 'pass')))]),
    ('it claims to be a service', None,
     [stranger(mail([('sendgrid.net', 'x', 'fail')],
                    ('sendgrid.net', 'mfrom', 'fail')))]),
    ('it passes as a mailbox that nobody uses', 'regular',
     [stranger(MAILBOX)]),
    ('it passes as a mailbox that somebody uses', 'service regular',
     [neighbour('service', MAILBOX._replace(dkim=[
         ('{d}', 'g', 'pass'), *MAILBOX.dkim])), stranger(
             MAILBOX, ip='203.0.113.9')]),
    ('it passes as somebody', 'regular',
     [stranger(OTHER)]),
    ('it passes as somebody on 7 days', 'regular',
     [stranger((FIRST, FIRST + 6, OTHER), (FIRST + 7, LAST, SILENT))]),
    ('it passes as somebody on 6 days', None,
     [stranger((FIRST, FIRST + 5, OTHER), (FIRST + 6, LAST, SILENT))]),
    ('it passes as somebody, with a signature that broke', None,
     [stranger(OTHER._replace(dkim=[*OTHER.dkim, ('{d}', 's1', 'fail')]))]),
    ('it hands over what somebody signed', None,
     [stranger(mail([('mcsv.net', 'k2', 'pass')],
                    ('example.net', 'mfrom', 'pass')))]),
    ('it stopped passing', 'network stopped',
     [stranger((FIRST, FIRST + 9, PASSED), (FIRST + 10, LAST, SILENT))]),
    ('it stopped passing before these 30 days', 'stopped',
     [stranger((FIRST - 20, FIRST - 11, PASSED),
               (FIRST - 10, LAST, SILENT))]),
    ('it began to pass', 'network',
     [stranger((FIRST, LAST - 10, SILENT), (LAST - 9, LAST, PASSED))]),
    ('of a host that passes some of its mail fails', 'network',
     [stranger(SILENT, PASSED)]),
]


def make(build, directory, senders):
    senders = [OWN, *senders]
    one = World(build, directory,
                Truth(world.make_rows(senders), senders, POLICIES))
    for key in one.truth.senders:
        if key not in ('stranger', 'unnamed'):
            one.name(key)
    return one


def check(one, sign, ip):
    verdicts = {domain: row.verdict for domain, row in one.ready().items()}
    assert verdicts == ({ORG: 'check_unknown', CLUB: 'check_unknown'} if sign
                        else {ORG: 'ready', CLUB: 'protected'})
    for domain in POLICIES:
        assert one.signs(domain) == {ip: set((sign or '').split())}


@pytest.mark.parametrize('sign, senders', [one[1:] for one in CASES],
                         ids=[one[0] for one in CASES])
def test_a_sign_holds_a_verdict_back(build, tmp_path, sign, senders):
    one = make(build, tmp_path, senders)
    one.check()
    check(one, sign, senders[-1].addresses[0])
    # Whoever it is, the admin's word settles it.
    one.name('stranger')
    one.check()
    assert {row.verdict for row in one.ready().values()} == {
        'fix_senders', 'at_risk'}


@pytest.mark.parametrize('columns, sign', [
    ({'asn': 64500}, 'network'), ({'asn': 64501}, None), ({}, None),
    ({'ptr': 'web.%s' % ORG, 'ptr_domain': ORG}, 'name'),
    ({'ptr': 'web.example.net', 'ptr_domain': 'example.net'}, None)])
def test_a_sign_of_a_look_up_holds_a_verdict_back(
        build, tmp_path, columns, sign):
    """What a look-up says of the stranger; own servers are in AS64500."""
    one = make(build, tmp_path, [stranger(SILENT)])
    with sqlite3.connect(one.database) as db:
        db.execute('UPDATE source SET asn = 64500 WHERE ip = ?', [OWN4])
        for column, value in columns.items():
            db.execute('UPDATE source SET %s = ? WHERE ip = ?' % column,
                       [value, FAR4])
    assert one.ready()[ORG].verdict == ('check_unknown' if sign else 'ready')
    assert one.signs(ORG) == {FAR4: set((sign or '').split())}


@pytest.mark.parametrize('addresses, days, sign', [
    (28, 28, True), (28, 7, True), (24, 6, False)])
def test_a_service_may_spread_its_mail(build, tmp_path, addresses, days, sign):
    """Each of its addresses sends on a day or two."""
    ips = world.span('198.51.100.0', 1, addresses)
    one = make(build, tmp_path, [sender(
        'stranger', 'Stranger', 'service', ['d=spam.example'], ips,
        everywhere(4), (LAST - days + 1, LAST, OTHER), evidence='dkim')])
    one.check()
    assert {row.verdict for row in one.ready().values()} == (
        {'check_unknown'} if sign else {'ready', 'protected'})
    seen = {row.ip for row in one.truth.rows if row.sender == 'stranger'}
    for domain in POLICIES:
        assert one.signs(domain) == {
            ip: {'regular'} if sign else set() for ip in seen}
