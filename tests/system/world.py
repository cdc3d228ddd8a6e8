# SPDX-License-Identifier: BSD-2-Clause
"""A world of senders whose truth is known: three domains, six reporters, 90
days; and what must be said of them, whoever of them is named.

The truth is computed here, from what made the reports, by the rules of
ruactl(1), and never from the database.  Everything is the same on each
machine and day, except that the last day is yesterday.
"""

import functools
import ipaddress
import time
from collections import Counter, defaultdict, namedtuple

from test_why import one_record

DAYS, WINDOW, LOOK_BACK = 90, 30, 60
STEADY = 7              # days of what comes again and again
STOPPED_DAYS = 3        # that passed, and as many after that did not
FIRST = (int(time.time()) // 86400 - DAYS) * 86400
DOMAINS = {'example.org': 'none', 'shop.example': 'quarantine',
           'club.example': 'reject'}
REPORTERS = ('google.com', 'Enterprise Outlook', 'Yahoo', 'GMX', 'Mail.Ru',
             'mx.example.net')
MIN_DAYS, MIN_REPORTERS = 14, 3
UNKNOWN_QUARANTINE_PERCENT, UNKNOWN_PERCENT, FORWARDED_PERCENT = 5, 1, 1
KNOWN = 'own', 'service'

# How mail is sent: dkim as (d, selector, result), spf as (domain, scope,
# result), what is in From:, and by reporter the reason not to apply the
# policy.  {d} is the policy domain.
Mail = namedtuple('Mail', 'dkim spf header reasons')
# rules: what names it to ruactl; by_day: the messages of a day by domain;
# phases: (first day, last day, Mail); evidence: what names it if nobody does,
# with the name, when all 90 days are looked at.
Sender = namedtuple(
    'Sender', 'key label kind rules addresses by_day phases evidence name')
Row = namedtuple('Row', 'sender domain reporter day ip messages mail')


def mail(dkim=(), spf=None, header='{d}', reasons=()):
    return Mail(tuple(dkim), spf, header, dict(reasons))


def span(network, first, count):
    base = ipaddress.ip_address(network)
    return [str(base + first + i) for i in range(count)]


def sender(key, label, kind, rules, addresses, by_day, *phases, evidence,
           name=None):
    if isinstance(by_day, int):
        by_day = dict.fromkeys(DOMAINS, by_day)
    return Sender(key, label, kind, rules, addresses, by_day,
                  [(one if len(one) == 3 else (0, DAYS - 1, *one))
                   for one in phases], evidence, name)


ORG, SHOP, CLUB = DOMAINS
ROTATED, NEW_SINCE, STOPPED = 60, 70, 50
OLD_KEY, NEW_KEY = 's1', 's2'


def good(selector, header='{d}'):
    return mail([(header, selector, 'pass')], (header, 'mfrom', 'pass'),
                header)


# Who says of what is forwarded that it was, and how.
ARC = 'arc=pass as[1].d=relay.example'
SAY_FORWARDED = {0: ('local_policy', ARC), 1: ('forwarded', None)}
SAY_LIST = {0: ('local_policy', ARC), 2: ('mailing_list', None),
            4: ('mailing_list', 'list-id'), 5: ('trusted_forwarder', None)}

SENDERS = [
    sender('mx', 'Mail servers', 'own',
           ['198.51.100.10-198.51.100.20', '2001:db8:25::/64'],
           span('198.51.100.0', 10, 3) + span('2001:db8:25::', 0x25, 2), 240,
           (0, ROTATED - 1, good(OLD_KEY)), (ROTATED, DAYS - 1, good(NEW_KEY)),
           evidence='own', name='own SPF'),
    sender('news', 'Mail of subdomains', 'own', ['198.51.102.5'],
           ['198.51.102.5'], 20,
           (good(NEW_KEY, 'news.{d}'),), evidence='own', name='own SPF'),
    # In the network of the mail servers, and never authenticated.
    sender('forgotten', 'Old web server', 'own', ['198.51.100.77'],
           ['198.51.100.77'], {ORG: 4, CLUB: 3},
           (mail(spf=('web3.localdomain', 'mfrom', 'none')),),
           evidence='address'),
    # SPF lets it pass; nobody gave it the new key.
    sender('rotated', 'Accounting', 'own', ['203.0.113.5'], ['203.0.113.5'],
           {ORG: 25, SHOP: 15}, (0, ROTATED - 1, good(OLD_KEY)),
           (ROTATED, DAYS - 1, mail([('{d}', OLD_KEY, 'fail')],
                                    ('{d}', 'mfrom', 'pass'))),
           evidence='own', name='own SPF'),
    # Its administrator told nobody.
    sender('new', 'Ticket system', 'own', ['192.0.2.128/25'], ['192.0.2.140'],
           {ORG: 6}, (NEW_SINCE, DAYS - 1, mail(
               spf=('{d}', 'mfrom', 'fail'))), evidence='address'),
    # It fell out of the SPF record, and signs no more.
    sender('stopped', 'Nightly batch', 'own', ['198.18.50.9'], ['198.18.50.9'],
           {ORG: 8, CLUB: 6}, (0, STOPPED - 1, good(OLD_KEY)),
           (STOPPED, DAYS - 1, mail(
               spf=('batch.localdomain', 'mfrom', 'none'))),
           evidence='own', name='own SPF'),
    sender('esp', 'Shop mail', 'service', ['spf=sendgrid.net'],
           span('198.19.10.0', 11, 2) + ['198.19.11.4'], {ORG: 40, SHOP: 40},
           (mail([('{d}', 'em1', 'pass'), ('sendgrid.net', 'smtpapi', 'pass')],
                 ('sendgrid.net', 'mfrom', 'pass')),),
           evidence='spf', name='SendGrid'),
    sender('letter', 'Newsletter', 'service', ['d=mailjet.com'],
           span('198.19.20.0', 5, 2), {ORG: 12},
           (mail([('mailjet.com', 'mailjet', 'pass')],
                 ('bnc3.mailjet.com', 'mfrom', 'pass')),),
           evidence='spf', name='Mailjet'),
    sender('small', 'Surveys', 'service', ['d=news.smallesp.example'],
           span('198.19.30.0', 7, 2), {ORG: 30},
           (mail([('news.smallesp.example', 'x', 'pass')],
                 ('mta7.localdomain', 'mfrom', 'none')),),
           evidence='dkim', name='smallesp.example'),
    # Without SRS: the envelope sender stays, the signature too.
    sender('alias', 'University', 'forwarder', ['198.19.40.0/24'],
           span('198.19.40.0', 1, 3), 5,
           (mail([('{d}', OLD_KEY, 'pass')], ('{d}', 'mfrom', 'fail'),
                 reasons={1: ('forwarded', None)}),), evidence='network',
           name='198.19.40.0/24'),
    sender('srs', 'Alumni', 'forwarder', ['spf=srs.alumni.example'],
           ['198.19.41.3'], {ORG: 3, SHOP: 1, CLUB: 2},
           (mail([('{d}', OLD_KEY, 'fail')],
                 ('srs.alumni.example', 'mfrom', 'pass'),
                 reasons=SAY_FORWARDED),),
           evidence='spf', name='alumni.example'),
    sender('list', 'Mailing lists', 'forwarder', ['d=lists.talk.example'],
           ['198.19.42.4', '198.19.42.5'], {ORG: 3, SHOP: 1, CLUB: 1},
           (mail([('{d}', OLD_KEY, 'fail'),
                  ('lists.talk.example', 'l1', 'pass')],
                 ('lists.talk.example', 'mfrom', 'pass'), reasons=SAY_LIST),),
           evidence='spf', name='talk.example'),
    # Mailchimp wrote it, example.net hands it over.
    sender('handed', 'Old provider', 'forwarder', ['spf=example.net'],
           ['198.19.43.9'], {ORG: 2},
           (mail([('mcsv.net', 'k2', 'pass')],
                 ('example.net', 'mfrom', 'pass')),),
           evidence='spf', name='example.net'),
    sender('abuser', 'Abuser', 'hostile', ['198.19.66.0/24'],
           span('198.19.66.0', 100, 40), {ORG: 20, SHOP: 25, CLUB: 30},
           (40, DAYS - 1, mail(spf=('cheap.example', 'mfrom', 'softfail'))),
           evidence='network', name='198.19.66.0/24'),
    # A claim is no evidence.
    sender('claimer', 'Impostor', 'hostile', ['198.19.77.0/24'],
           span('198.19.77.0', 1, 5), {ORG: 5, SHOP: 8},
           (20, DAYS - 1, mail([('google.com', '20230601', 'fail')],
                               ('google.com', 'mfrom', 'fail'))),
           evidence='network', name='198.19.77.0/24'),
    # One message each, from everywhere.
    sender('bots', 'Bots', 'hostile',
           span('198.18.100.0', 0x10b, 60),
           ['198.18.%d.%d' % (100 + i, 11 + 3 * i) for i in range(60)],
           2, (DAYS - WINDOW, DAYS - 1, mail(
               spf=('{ip}.bot.example', 'mfrom', 'none'))),
           evidence='address')]
SENDERS[-1] = SENDERS[-1]._replace(rules=list(SENDERS[-1].addresses))
BY_KEY = {one.key: one for one in SENDERS}

# Domains that the built-in table has: of services that send for
# organizations, and of those that people have mailboxes at.
SERVICES = 'sendgrid.net', 'mailjet.com', 'mcsv.net'
MAILBOXES = 'gappssmtp.com',


def under(name, domain):
    """Whether name is domain, or a name in it."""
    return name == domain or name.endswith('.' + domain)


@functools.lru_cache(None)
def network(ip):
    """What a neighbour shares: /24, /64."""
    return ipaddress.ip_network(
        (ip, 64 if ':' in ip else 24), strict=False)


def passes(row):
    """(dkim, spf): aligned, and good"""
    header = row.domain
    return (any(result == 'pass' and under(d, header)
                for d, _, result in row.mail.dkim),
            bool(row.mail.spf) and row.mail.spf[2] == 'pass'
            and under(row.mail.spf[0], header))


def is_forwarded(row):
    """Whether the receiver says so."""
    return row.reporter in row.mail.reasons


def fill(form, domain, ip):
    return form.replace('{d}', domain).replace('{ip}', ip.replace(
        '.', '-').replace(':', '-'))


def fill_mail(form, domain, ip):
    return Mail([(fill(d, domain, ip), s, result)
                 for d, s, result in form.dkim],
                form.spf and (fill(form.spf[0], domain, ip), *form.spf[1:]),
                fill(form.header, domain, ip), form.reasons)


def make_rows(senders=SENDERS):
    """A reporter sees one address of a sender a day, and its share of the
    mail; a sender of few messages is seen by other reporters each day."""
    rows = []
    for one in senders:
        for domain, total in one.by_day.items():
            turn = 0
            for first, last, form in one.phases:
                for day in range(first, last + 1):
                    seen = Counter()
                    for i in range(min(total, len(REPORTERS))):
                        seen[(day + i) % len(REPORTERS)] += (
                            (total + i) // len(REPORTERS)
                            if total >= len(REPORTERS) else 1)
                    for reporter, messages in sorted(seen.items()):
                        ip = one.addresses[turn % len(one.addresses)]
                        turn += 1
                        rows.append(Row(
                            one.key, domain, reporter, day, ip, messages,
                            fill_mail(form, domain, ip)))
    return rows


def write_record(row, p):
    dkim, spf = passes(row)
    reason = row.mail.reasons.get(row.reporter)
    return one_record(
        count=row.messages, ip=row.ip, dkim=row.mail.dkim,
        spf=[row.mail.spf] if row.mail.spf else [],
        verdict=('pass' if dkim else 'fail', 'pass' if spf else 'fail'),
        header_from=row.mail.header, reasons=[reason] if reason else [],
        disposition='none' if dkim or spf or reason else p)


def write_report(rows, domain, reporter, day, policy, ident=''):
    """policy: the XML of what is published"""
    begin = FIRST + day * 86400
    org = REPORTERS[reporter]
    p = policy.partition('<p>')[2].partition('<')[0]
    return (
        '<?xml version="1.0"?><feedback><report_metadata><org_name>%s'
        '</org_name><email>dmarc@r%d.example</email><report_id>%s%s.%d.%d'
        '</report_id><date_range><begin>%d</begin><end>%d</end></date_range>'
        '</report_metadata><policy_published><domain>%s</domain><adkim>r'
        '</adkim><aspf>r</aspf>%s</policy_published>%s</feedback>' % (
            org, reporter, ident, domain, reporter, day, begin, begin + 86399,
            domain, policy,
            ''.join(write_record(row, p) for row in rows))).encode()


def publish(p, pct=100):
    return '<p>%s</p><sp>%s</sp><pct>%d</pct>' % (p, p, pct)


def write(ctl, rows, policies=DOMAINS, directory='in'):
    """One file for each report."""
    groups = defaultdict(list)
    for row in rows:
        groups[row.domain, row.reporter, row.day].append(row)
    for (domain, reporter, day), some in groups.items():
        ctl.put('%s/%s.%d.%d.xml' % (directory, domain, reporter, day),
                write_report(some, domain, reporter, day,
                             publish(policies[domain])))


# --- what must be said of it -------------------------------------------------

class Source:
    """What one address sent as one domain."""

    def __init__(self):
        self.messages = self.passed = self.failed = self.forwarded = 0
        self.own_spf = False            # passed by the domain's own SPF
        self.envelope = self.name = self.regular = False
        self.envelope_days, self.regular_days = set(), set()
        self.services = set()           # as which it passes
        self.pass_days, self.fail_days = set(), set()
        self.neighbours = []            # in its network, itself included


Answer = namedtuple(
    'Answer', 'messages fail lost suffers stopped unknown verdict')


def organization(name):
    """Of a name of this world: its last two labels."""
    return '.'.join(name.split('.')[-2:])


def is_regular(row, domain):
    """Whether it passes as another organization that sends on its own: the
    domain signs nothing, and who signs is who hands it over."""
    mfrom, scope, result = row.mail.spf or ('', '', '')
    if any(under(d, domain) for d, _, _ in row.mail.dkim):
        return False
    signers = {organization(d) for d, _, word in row.mail.dkim if word == 'pass'}
    if scope == 'mfrom' and result == 'pass' and not under(mfrom, domain):
        return signers <= {organization(mfrom)}
    if result in ('fail', 'softfail') and organization(mfrom) in signers:
        return False
    return bool(signers)


def read_sources(rows, domain, first, last):
    """{(sender, ip): Source} of a domain and some days"""
    sources = defaultdict(Source)
    for row in rows:
        if row.domain != domain or not last - LOOK_BACK < row.day <= last:
            continue
        dkim, spf = passes(row)
        one = sources[row.sender, row.ip]
        (one.pass_days if dkim or spf else one.fail_days).add(row.day)
        mfrom, scope, result = row.mail.spf or ('', '', '')
        envelope = scope != 'helo' and under(mfrom, domain)
        regular = is_regular(row, domain)
        if not (dkim or spf) and envelope:
            one.envelope_days.add(row.day)
        if not (dkim or spf) and regular:
            one.regular_days.add(row.day)
        one.own_spf |= spf
        others = [d for d, _, word in row.mail.dkim
                  if word == 'pass' and not under(d, domain)]
        if result == 'pass' and not under(mfrom, domain):
            others = [mfrom]            # who hands it over, whoever wrote it
        one.services |= {known for known in SERVICES + MAILBOXES
                         if any(under(d, known) for d in others)}
        if row.day < first:
            continue
        one.messages += row.messages
        if dkim or spf:
            one.passed += row.messages
            continue
        one.failed += row.messages
        if is_forwarded(row):
            one.forwarded += row.messages
        one.envelope |= envelope
        one.regular |= regular
        one.name |= scope == 'helo' and under(mfrom, domain)
    sources = {key: one for key, one in sources.items() if one.messages}
    for (_, ip), one in sources.items():
        one.neighbours = [
            other for other, source in sources.items() if source.passed
            and network(other[1]) == network(ip)]
    return sources


def signs(sources, kinds, key):
    """Why a source that fails may be the admin's own, if nobody named it.
    kinds: of the senders that are named"""
    one = sources[key]
    in_use = set().union(*(other.services for other in sources.values()
                           if other.passed)).union(SERVICES)
    return {word for word, holds in (
        ('network', any(kinds[owner] == 'own' if owner in kinds
                        else sources[owner, ip].own_spf
                        and not sources[owner, ip].services
                        for owner, ip in one.neighbours)),
        ('envelope', one.envelope and len(one.envelope_days) >= STEADY),
        ('regular', one.regular and len(set().union(*(
            other.regular_days for (owner, _), other in sources.items()
            if owner == key[0]))) >= STEADY),
        ('name', one.name),
        ('service', one.services & in_use),
        ('stopped', has_stopped(one))) if holds}


def has_stopped(one):
    """It passed on days enough, and on days enough after all of them not."""
    later = [day for day in one.fail_days
             if day > max(one.pass_days, default=DAYS)]
    return min(len(one.pass_days), len(later)) >= STOPPED_DAYS


def is_more(part, percent, whole):
    return 100 * part > percent * whole


def judge_numbers(p, n, days, reporters, sends_known, has_sign, pct=100,
                  age=0):
    """The word; n: an Answer but for its verdict; age: days since the first
    report about the domain"""
    if (days < MIN_DAYS or reporters < MIN_REPORTERS) and age < WINDOW:
        return 'too_little'
    if p == 'reject' and pct == 100:
        return ('at_risk' if n.lost else 'check_unknown' if has_sign
                else 'protected')
    if n.lost:
        return 'fix_senders'
    if n.unknown and not sends_known:
        return 'name_senders'
    if has_sign or is_more(n.unknown, UNKNOWN_QUARANTINE_PERCENT, n.messages):
        return 'check_unknown'
    if (is_more(n.unknown, UNKNOWN_PERCENT, n.messages)
            or is_more(n.suffers, FORWARDED_PERCENT, n.messages)):
        return 'ready_quarantine'
    return 'ready'


class Truth:
    """Of rows that were imported; the days are the last 30."""

    def __init__(self, rows, senders=None, policies=None):
        self.rows, self.policies = rows, policies or DOMAINS
        self.senders = {one.key: one for one in senders or SENDERS}
        self.last = max(row.day for row in rows)
        self.first = self.last - WINDOW + 1
        self.sources, self.spread = {}, {}
        for domain in self.policies:
            self.sources[domain] = read_sources(
                rows, domain, self.first, self.last)
            some = [row for row in rows if row.domain == domain
                    and row.day >= self.first]
            self.spread[domain] = (
                len({row.day for row in some}),
                len({row.reporter for row in some}),
                self.last - min(row.day for row in rows
                                if row.domain == domain))

    def kinds(self, named):
        return {key: self.senders[key].kind for key in named}

    def todo(self, domain, named):
        """{(sender, ip): signs} of unknown sources that fail"""
        sources, kinds = self.sources[domain], self.kinds(named)
        return {key: signs(sources, kinds, key)
                for key, one in sources.items()
                if key[0] not in kinds and one.failed > one.forwarded}

    def judge(self, domain, named):
        sums, kinds = Counter(), self.kinds(named)
        for (owner, _), one in self.sources[domain].items():
            kind = kinds.get(owner)
            sums['messages'] += one.messages
            sums['fail'] += one.failed
            if kind:
                sums['lost' if kind in KNOWN else 'suffers'
                     if kind == 'forwarder' else 'stopped'] += one.failed
                sums['known'] += kind in KNOWN
            else:
                sums['suffers'] += one.forwarded
                sums['unknown'] += one.failed - one.forwarded
        n = Answer(*(sums[word] for word in Answer._fields[:-1]), None)
        days, reporters, age = self.spread[domain]
        return n._replace(verdict=judge_numbers(
            self.policies[domain], n, days, reporters, bool(sums['known']),
            any(self.todo(domain, named).values()), age=age))

    def loses_own(self, domain):
        """Messages of own senders and services that fail, named or not."""
        return sum(one.failed for (owner, _), one
                   in self.sources[domain].items()
                   if self.senders[owner].kind in KNOWN)

    def stand(self, domain, named, first=0):
        """{who: Standing} of the senders of a domain from a day on: with
        their names, or by evidence of all days"""
        groups, kinds = defaultdict(list), self.kinds(named)
        for row in self.rows:
            if row.domain != domain or row.day < first:
                continue
            one = self.senders[row.sender]
            if row.sender in kinds:
                who = one.label, 'rule', kinds[row.sender]
            elif one.evidence == 'address':
                who = row.ip, 'address', None
            else:
                who = one.name, one.evidence, None
            groups[who].append(row)
        return {who: Standing(evidence, len({row.ip for row in rows}),
                              *count_rows(rows), class_of(kind, rows),
                              min(row.day for row in rows),
                              max(row.day for row in rows))
                for (who, evidence, kind), rows in groups.items()}


Standing = namedtuple(
    'Standing', 'evidence addresses messages passed word first last')


def count_rows(rows):
    """(messages, passed)"""
    return (sum(row.messages for row in rows),
            sum(row.messages for row in rows if any(passes(row))))


def class_of(kind, rows):
    failing = [row for row in rows if not any(passes(row))]
    return {'own': 'known', 'service': 'known', 'forwarder': 'forwarded',
            'hostile': 'hostile'}.get(kind) or (
        'compliant' if not failing else 'forwarded'
        if all(map(is_forwarded, failing)) else 'unknown')
