#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A year of reports about many domains, as files, as a database and as the
truth about both.

Deterministic, and the same for a domain, reporter and day whatever else is
made.  The database is made by "ruactl import" and kept in build/year until
this file, or what is asked for, changes.

    year.py [--domains 20] [--reporters 15] [--days 365] [--scale 1]

prints where it is.  A scale of 10 has ten times the records.
"""

import argparse
import functools
import hashlib
import json
import math
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import time
from collections import namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE)]
# Beside the sources none is wanted.
sys.dont_write_bytecode = sys.pycache_prefix is None

import gen                              # noqa: E402

FIRST_DAY = 1735689600          # 2025-01-01
DAYS = 365
DOMAINS = ['example.org', 'example.com', 'shop.example', 'paper.example',
           'club.example', 'example.net', 'bank.example'] + [
               'brand%02d.example' % i for i in range(1, 100)]

# Reporters: name, domain of the address, records in a report of a domain of
# middle size, share of the mail, first day, last day.
Reporter = namedtuple('Reporter', 'org host records share first last')
REPORTERS = [Reporter(*row) for row in (
    ('google.com', 'google.com', 36, 40, 0, DAYS),
    ('Enterprise Outlook', 'microsoft.com', 26, 22, 0, DAYS),
    ('Outlook.com', 'microsoft.com', 19, 9, 0, DAYS),
    ('Yahoo', 'yahooinc.com', 16, 9, 0, DAYS),
    ('Mail.Ru', 'corp.mail.ru', 9, 3, 0, DAYS),
    ('GMX', 'sicher.gmx.net', 7, 5, 0, DAYS),
    ('WEB.DE', 'sicher.web.de', 7, 4, 0, DAYS),
    ('Comcast', 'comcast.net', 5, 2, 0, DAYS),
    ('AMAZON-SES', 'amazonses.com', 4, 2, 0, DAYS),
    ('emailsrvr.com', 'emailsrvr.com', 3, 1, 0, DAYS),
    ('Mimecast', 'mimecastreport.com', 3, 1, 0, DAYS),
    ('Fastmail Pty Ltd', 'fastmaildmarc.com', 3, 1, 0, DAYS),
    ('seznam.cz a.s.', 'seznam.cz', 2, .5, 60, DAYS),
    ('University of Example', 'example.edu', 2, .3, 0, 300),
    ('mx.example.net', 'mx.example.net', 2, .2, 0, DAYS))]

# What the admin would say of the sources: name, kind, rules.
SENDERS = (
    ('our servers', 'own', '198.18.0.0/18', '2001:db8:0:25::/64'),
    ('Newsletter Inc.', 'service', '198.19.10.0/24'),
    ('CRM Cloud', 'service', '198.19.20.0/24'),
    ('Helpdesk', 'service', '198.19.30.0/24'),
    ('alumni forwarding', 'forwarder', '198.19.40.0/26'))

# One row of a report without its count; xml has a %d for it.
Kind = namedtuple(
    'Kind', 'ip disposition dkim spf cause header_from auth_dkim auth_spf'
    ' overrides xml')
Report = namedtuple('Report', 'org host domain day ident policy rows')
Policy = namedtuple('Policy', 'p sp pct')

RECORD = ('<record><row><source_ip>%s</source_ip><count>%%d</count>'
          '<policy_evaluated><disposition>%s</disposition><dkim>%s</dkim><spf>'
          '%s</spf>%s</policy_evaluated></row><identifiers><header_from>%s'
          '</header_from></identifiers><auth_results>%s</auth_results>'
          '</record>\n')
HEAD = ('<?xml version="1.0" encoding="UTF-8"?>\n<feedback><version>1.0'
        '</version><report_metadata><org_name>%s</org_name><email>dmarc@%s'
        '</email><report_id>%s</report_id><date_range><begin>%d</begin><end>'
        '%d</end></date_range></report_metadata><policy_published><domain>%s'
        '</domain><adkim>r</adkim><aspf>r</aspf><p>%s</p><sp>%s</sp><pct>%d'
        '</pct></policy_published>\n')


def policy(domain, day):
    """The first domain went from none to reject in this year."""
    number = DOMAINS.index(domain)
    if number == 0:
        return Policy('none', 'none', 100) if day < 90 else \
            Policy('quarantine', 'none', 25) if day < 120 else \
            Policy('quarantine', 'quarantine', 100) if day < 210 else \
            Policy('reject', 'reject', 100)
    p = ('reject', 'none', 'quarantine')[number % 3]
    return Policy(p, p, 100)


def disposition(p, passed, override):
    return 'none' if passed or override else p


@functools.lru_cache(None)
def kind(ip, p, header_from, dkim, spf, override):
    """dkim: (d, s, result) or None; spf: (domain, result)."""
    domain = header_from[header_from.startswith('news.') and 5:]

    def ours(name):
        return name == domain or name.endswith('.' + domain)
    aligned = ['pass' if one and one[-1] == 'pass' and ours(one[0])
               else 'fail' for one in (dkim, spf)]
    auth_dkim, auth_spf = (dkim,) if dkim else (), (spf,)
    cause = gen.cause(*aligned, [a for a in auth_dkim],
                      [(d, None, result) for d, result in auth_spf])
    what = disposition(p, 'pass' in aligned, override)
    reason = '<reason><type>%s</type><comment>%s</comment></reason>' % \
        override if override else ''
    auth = ''.join('<dkim><domain>%s</domain><selector>%s</selector><result>'
                   '%s</result></dkim>' % one for one in auth_dkim)
    auth += '<spf><domain>%s</domain><result>%s</result></spf>' % spf
    return Kind(ip, what, *aligned, cause, header_from, auth_dkim, auth_spf,
                (override,) if override else (),
                RECORD % (ip, what, *aligned, reason, header_from, auth))


@functools.lru_cache(8)
def senders_of(domain, day):
    """What the domain itself has sent: [(share, kind)]."""
    n = DOMAINS.index(domain)
    p = policy(domain, day).p
    letter = (domain, 's2' if day > 180 else 's1')
    fixed = day > 40 + 23 * (n % 9)         # they turned on signing
    own = [(40, kind('198.18.%d.%d' % (n, 10 + i), p, domain,
                     (*letter, 'pass'), (domain, 'pass'), None))
           for i in (0, 1)]
    own.append((8, kind('2001:db8:0:25::%x' % (n + 1), p, domain,
                        (*letter, 'pass'), (domain, 'pass'), None)))
    own.append((1, kind('198.18.%d.99' % n, p, domain,
                        (domain, 'old', 'fail') if n % 4 == 0 and day < 300
                        else (*letter, 'pass'),
                        ('printer.example', 'none'), None)))
    own += [(9, kind('198.19.10.%d' % (8 * (n % 8) + i), p,
                     ('news.' if n % 2 == 0 else '') + domain,
                     ((domain, 'nl1', 'pass') if fixed else
                      ('newsletter.example', 'k1', 'pass')),
                     ('bounce.newsletter.example', 'pass'), None))
            for i in range(4)]
    own.append((4, kind('198.19.20.%d' % (n + 1), p, domain,
                        (domain, 'crm', 'pass') if day > 150 else None,
                        ('crm.example', 'pass'), None)))
    own.append((3, kind('198.19.30.%d' % (n + 1), p, domain, None,
                        (domain, 'pass'), None)))
    return own


@functools.lru_cache(8)
def others_of(domain, day, org, scale):
    """Forwarders and forgers: [kind]."""
    n = DOMAINS.index(domain)
    p = policy(domain, day).p
    letter = (domain, 's2' if day > 180 else 's1')
    found = []
    for i in range(24 * scale):
        ip = '198.19.%d.%d' % (40 + i // 200, 1 + i % 200)
        elsewhere = ('forward%d.example' % (i % 7), 'pass')
        if i % 4:
            found.append(kind(ip, p, domain, (*letter, 'pass'), elsewhere,
                              None))
        else:
            found.append(kind(
                ip, p, domain, (*letter, 'fail'), elsewhere,
                ('forwarded', 'looks forwarded, downgraded')
                if org == 'google.com' else
                ('local_policy', 'arc=pass') if 'Outlook' in org else None))
    rng = random.Random('%s %d' % (domain, day // 5))
    for i in range(26 * scale):     # they move on after a few days
        ip = '198.%d.%d.%d' % (18 + i % 2, rng.randrange(128, 256),
                               rng.randrange(1, 255))
        found.append(kind(ip, p, domain, None, (domain, rng.choice(
            ('fail', 'softfail'))), None))
    for i in range(3):
        ip = '203.0.113.%d' % (1 + (n * 5 + i + day // 30) % 250)
        found.append(kind(ip, p, domain, ('bulk.example', 'x', 'pass'),
                          ('bulk.example', 'pass'), None))
    return found


def weight(domain):
    """How large a domain is; 1 on average over the first 20."""
    return 4.2 / (1.6 + DOMAINS.index(domain) * .35)


def report(domain, reporter, day, scale=1):
    """The report of a day after FIRST_DAY; None: there is none."""
    if not reporter.first <= day < reporter.last:
        return None
    rng = random.Random('%s %s %d' % (domain, reporter.org, day))
    own = senders_of(domain, day)
    others = others_of(domain, day, reporter.org, scale)
    n = max(1, round(reporter.records * scale * math.sqrt(weight(domain)) *
                     (.75 + .5 * rng.random())))
    if n < len(own):
        own = rng.sample(own, max(1, n - 1))
    others = rng.sample(others, min(len(others), max(1, n - len(own))))
    volume = 40 * weight(domain) * reporter.share * (1 + day / 500)
    volume *= 1 if (day + 2) % 7 < 5 else .3
    wave = 12 if day % 61 in (17, 18, 19) else 1    # of forged mail
    rows = [(one, max(1, int(volume * share / 100 * (.6 + .8 * rng.random()))))
            for share, one in own]
    rows += [(one, max(1, int(rng.expovariate(.4) * (
        wave if one.cause == 'no_auth' else 1)))) for one in others]
    stamp = FIRST_DAY + day * 86400
    return Report(reporter.org, reporter.host, domain, stamp,
                  '%d.%08x' % (stamp, rng.getrandbits(32)),
                  policy(domain, day), rows)


def reports(domains, reporters, first, last, scale=1):
    """All of these days; the last one is not meant."""
    for day in range(first, last):
        for domain in DOMAINS[:domains]:
            for reporter in REPORTERS[:reporters]:
                one = report(domain, reporter, day, scale)
                if one:
                    yield one


def xml(r):
    return ''.join([HEAD % (r.org, r.host, r.ident, r.day, r.day + 86399,
                            r.domain, *r.policy)]
                   + [one.xml % count for one, count in r.rows]
                   + ['</feedback>\n']).encode()


def tls_report(domain, day, org):
    """What the sender org says of its way to the domain."""
    n = DOMAINS.index(domain)
    rng = random.Random('tls %s %d %s' % (domain, day, org))
    ok = rng.randrange(200, 400) * 4 // (n + 1)
    bad = rng.randrange(20, 60) if 200 <= day < 206 else \
        rng.randrange(3) * (rng.random() < .1)
    date = time.strftime('%Y-%m-%d', time.gmtime(FIRST_DAY + day * 86400))
    return {
        'organization-name': org, 'contact-info': 'tls@reporter.example',
        'date-range': {'start-datetime': date + 'T00:00:00Z',
                       'end-datetime': date + 'T23:59:59Z'},
        'report-id': '%s %s %s' % (org, domain, date),
        'policies': [{
            'policy': {'policy-type': 'sts' if n < 4 else 'no-policy-found',
                       'policy-domain': domain},
            'summary': {'total-successful-session-count': ok,
                        'total-failure-session-count': bad},
            'failure-details': [{
                'result-type': 'certificate-expired' if 200 <= day < 206
                else 'starttls-not-supported',
                'receiving-mx-hostname': 'mx%d.%s' % (1 + day % 2, domain),
                'failed-session-count': bad}] if bad else []}]}


TLS_SENDERS = ('Google Inc.', 'Microsoft Corporation')

FAILURE = """From: arf@receiver.example
To: ruf@%(domain)s
Subject: DMARC failure: %(domain)s
Date: %(date)s
Message-ID: <%(id)s@receiver.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: text/plain

This is an authentication failure report.

--b
Content-Type: message/feedback-report

Feedback-Type: auth-failure
User-Agent: Receiver/1.0
Version: 1
Original-Mail-From: <invoice@bulk.example>
Arrival-Date: %(date)s
Source-IP: 203.0.113.%(ip)d
Reported-Domain: %(domain)s
Auth-Failure: dmarc
Delivery-Result: reject

--b
Content-Type: text/rfc822-headers

From: "Accounts" <accounts@%(domain)s>
To: victim@receiver.example
Subject: Overdue invoice %(ip)d
Message-ID: <%(id)s.original@bulk.example>

--b--
"""


def failure_mail(domain, day):
    n = DOMAINS.index(domain)
    return (FAILURE % {
        'domain': domain, 'id': '%d.%d' % (n, day), 'ip': 1 + day % 200,
        'date': time.strftime('%a, %d %b %Y 10:00:00 +0000', time.gmtime(
            FIRST_DAY + day * 86400))}).replace('\n', '\r\n').encode()


def write_days(directory, domains, reporters, first, last, scale=1):
    """All files of these days; how many records and messages they have."""
    os.makedirs(directory)
    records = messages = 0
    for i, one in enumerate(reports(domains, reporters, first, last, scale)):
        records += len(one.rows)
        messages += sum(count for _, count in one.rows)
        with open('%s/%d.xml' % (directory, i), 'wb') as f:
            f.write(xml(one))
    for day in range(first, last):
        for n, domain in enumerate(DOMAINS[:min(domains, 6)]):
            for i, org in enumerate(TLS_SENDERS):
                with open('%s/tls-%d-%d-%d.json' % (directory, day, n, i),
                          'w', encoding='ascii') as f:
                    json.dump(tls_report(domain, day, org), f)
            if day % 16 == n:
                with open('%s/failure-%d.eml' % (directory, day), 'wb') as f:
                    f.write(failure_mail(domain, day))
    return records, messages


def make(build, directory, domains, reporters, days, scale=1):
    """A database of this; [records, messages, files]."""
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    database = directory + '/ruad.db'
    parts = [(first, min(first + 15, days)) for first in range(0, days, 15)]
    totals = [0, 0]
    with multiprocessing.Pool(1) as pool:
        def start(i):
            return pool.apply_async(write_days, (
                '%s/in%d' % (directory, i), domains, reporters, *parts[i],
                scale))
        coming = start(0)
        for i in range(len(parts)):
            made = coming.get()
            totals = [a + b for a, b in zip(totals, made)]
            if i + 1 < len(parts):
                coming = start(i + 1)
            subprocess.run(
                [build + '/ruactl', '-d', database, 'import', '-q',
                 '%s/in%d' % (directory, i)], check=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            shutil.rmtree('%s/in%d' % (directory, i))
    for sender in SENDERS:
        subprocess.run([build + '/ruactl', '-d', database, 'sender', 'add',
                        *sender], check=True, stdout=subprocess.DEVNULL)
    return totals


def database(build, domains=20, reporters=15, days=DAYS, scale=1,
             directory='build/year'):
    """The path of such a database, made if it is not there, and its size."""
    directory = os.path.abspath('%s/%d-%d-%d-%d' % (
        directory, domains, reporters, days, scale))
    note = directory + '/made.json'
    key = hashlib.sha256()
    for name in __file__, gen.__file__, HERE + '/../../src/store/schema.c':
        with open(name, 'rb') as f:
            key.update(f.read())
    try:
        with open(note, encoding='ascii') as f:
            made = json.load(f)
        if made['key'] == key.hexdigest():
            return directory + '/ruad.db', made
    except (OSError, ValueError, KeyError):
        pass
    start = time.monotonic()
    records, messages = make(build, directory, domains, reporters, days, scale)
    made = {'key': key.hexdigest(), 'records': records, 'messages': messages,
            'seconds': round(time.monotonic() - start, 1)}
    with open(note, 'w', encoding='ascii') as f:
        json.dump(made, f)
    return directory + '/ruad.db', made


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--domains', type=int, default=20)
    parser.add_argument('--reporters', type=int, default=15)
    parser.add_argument('--days', type=int, default=DAYS)
    parser.add_argument('--scale', type=int, default=1)
    args = parser.parse_args()
    build = os.path.abspath(os.environ.get('RUAD_BUILD', 'build/release'))
    path, made = database(build, **vars(args))
    print('%s: %d records, %d messages, %.1f MB, made in %.1f s' % (
        path, made['records'], made['messages'],
        os.path.getsize(path) / 1e6, made['seconds']))


if __name__ == '__main__':
    sys.exit(main())
