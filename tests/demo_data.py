# SPDX-License-Identifier: BSD-2-Clause
"""The reports of the demo: thirty days of three domains, told by four
reporters, with senders of each kind.  The same on each machine, but that the
last day is yesterday."""

import random

import gen
from gen import Record

DAYS = 30
REPORTERS = [r for r in gen.REPORTERS
             if r.org in ('google.com', 'Yahoo', 'Enterprise Outlook', 'GMX')]
OWN, PASSES, FAILS = '{d}', 'pass', 'fail'


def policy(domain, day):
    """p= of a day, 0 to DAYS - 1."""
    if domain == 'club.example':
        return 'quarantine' if day < 10 else 'reject'
    return {'example.org': 'none', 'shop.example': 'quarantine'}[domain]


# Addresses; messages a day by domain, to all reporters; the DKIM signatures as
# (d, selector, result); (envelope sender, SPF result); what a receiver says.
MAIL_SERVERS = (['198.51.100.%d' % i for i in (10, 11, 12)],
                {'example.org': 640, 'shop.example': 410, 'club.example': 150},
                [(OWN, 's1', PASSES)], (OWN, PASSES), ())
MAILCHIMP = (['198.18.30.%d' % i for i in (11, 12, 21, 34)],
             {'example.org': 210, 'shop.example': 90},
             [(OWN, 'k1', PASSES), ('mailchimpapp.net', 'k1', PASSES)],
             ('mail30.mcsv.net', PASSES), ())
WEB_SERVER = (['198.51.100.77'], {'example.org': 26}, [],
              (OWN, FAILS), ())
ALUMNI = (['192.0.2.25'], {'example.org': 4, 'shop.example': 2,
                           'club.example': 1},
          [(OWN, 's1', FAILS)], ('alumni.example', PASSES),
          (('forwarded', None),))
ABUSER = (['203.0.113.%d' % i for i in range(40, 80)],
          {'shop.example': 44, 'club.example': 30, 'example.org': 9}, [],
          ('cheap.example', 'softfail'), ())
SENDERS = (MAIL_SERVERS, MAILCHIMP, WEB_SERVER, ALUMNI, ABUSER)
DOMAINS = ('example.org', 'shop.example', 'club.example')


def records(rng, reporter, domain, day):
    for sender in SENDERS:
        addresses, daily, signatures, (envelope, spf), reasons = sender
        if domain not in daily:
            continue
        share = daily[domain] / len(REPORTERS) * rng.uniform(0.8, 1.2)
        if sender is ABUSER:
            addresses = rng.sample(addresses, 3)
        counts = [int(share / len(addresses) + rng.random())
                  for _ in addresses]
        for ip, n in zip(addresses, counts):
            if n > 0:
                yield record(ip, n, reporter.style, domain,
                             policy(domain, day),
                             [(d.format(d=domain), s, result, None)
                              for d, s, result in signatures],
                             (envelope.format(d=domain), spf), reasons)


def record(ip, messages, style, domain, p, dkim, spf, reasons):
    """One row; what passes counts if it is for the domain itself."""
    signed = any(d == domain and result == PASSES for d, _, result, _ in dkim)
    sent = spf == (domain, PASSES)
    disposition = 'none' if signed or sent or reasons else p
    if style.modern and (signed or sent):
        disposition = 'pass'
    return Record(
        ip, messages, disposition, PASSES if signed else FAILS,
        PASSES if sent else FAILS, None, domain,
        spf[0],
        'example.com' if style.envelope_to else None,
        [(d, s if style.selector else None, result, comment)
         for d, s, result, comment in dkim],
        [(spf[0], 'mfrom', spf[1], None)], reasons)


def mails(today):
    """All of them, with the newest last; today is the second of 00:00 UTC."""
    found = []
    for day in range(DAYS):
        for domain in DOMAINS:
            for reporter in REPORTERS:
                rng = random.Random('%s %s %d' % (domain, reporter.org, day))
                p = policy(domain, day)
                rows = list(records(rng, reporter, domain, day))
                r = gen.make_report(rng, reporter, 0, domain,
                                    today - (DAYS - day) * 86400)
                r = r._replace(p=p, sp=r.sp and p, np=r.np and p, adkim='r',
                               aspf='r', records=rows)
                found.append(gen.send(rng, reporter, len(found), r).data)
    return found
