# SPDX-License-Identifier: BSD-2-Clause
"""Zones, names in them, and what RFC 9989 (4.7, 4.10) and RFC 7489 (6.6.3) say
of each, worked out by reading these and nothing else.  For tests/unit/
dmarc_find.c, which reads lines of fields with tabs between:

Z name type value     a record; "!": the question about it fails
N domain names organization place found policy tag acts place found policy tag
                      names asked in order, RFC 9989, then RFC 7489; "?": DNS
                      failed, so nobody can tell; "-": there is none
A one two answer      whether the two are in relaxed alignment
E                     end of the zone"""

import itertools
import os
import random
import re

SUFFIXES = {'co.uk', 'gov.uk'}  # of more than one label; of the list
POLICIES = ('none', 'quarantine', 'reject')


class Failed(Exception):
    """A transient DNS error."""


class Zone:
    def __init__(self):
        self.txt, self.a, self.failing = {}, set(), set()

    def owners(self):
        return ({'_dmarc.' + d for d in self.txt} | self.a | {
            n for n, _ in self.failing})

    def exists(self, name):
        return any(o == name or o.endswith('.' + name) for o in self.owners())

    def texts(self, domain):
        if ('_dmarc.' + domain, 'TXT') in self.failing:
            raise Failed
        return self.txt.get(domain, [])

    def lines(self):
        for domain, texts in self.txt.items():
            for text in texts:
                yield 'Z', '_dmarc.' + domain, 'TXT', text
        for name in sorted(self.a):
            yield 'Z', name, 'A', '192.0.2.1'
        for name, kind in sorted(self.failing):
            yield 'Z', name, kind, '!'


# --- 4.7, 4.8: a record ------------------------------------------------------

def tags_of(text):
    found = {}
    for item in text.split(';'):
        match = re.fullmatch(r'\s*([a-z]+)\s*=\s*(.*?)\s*', item)
        if match:
            found.setdefault(match.group(1), match.group(2))
    return found


def is_record(text):
    """"v" is the first tag, and its value is exactly this."""
    return re.match(r'v\s*=\s*DMARC1\s*(;|$)', text) is not None


def valid_record(zone, domain):
    """Steps 2 and 6: others are discarded, several are all discarded."""
    records = [t for t in zone.texts(domain) if is_record(t)]
    return tags_of(records[0]) if len(records) == 1 else None


def psd_of(record):
    value = record.get('psd', 'u')
    return value if value in ('y', 'n') else 'u'


# --- 4.10: the walk ----------------------------------------------------------

def shorten(domain):
    """Step 4, for the name where a walk starts."""
    labels = domain.split('.')
    x = len(labels)
    return '.'.join(labels[1:] if x < 8 else labels[-7:])


def tree_walk(zone, start, asked):
    """[(domain, record)], from the longest to the shortest."""
    retrieved, target = [], start
    while target:
        asked.append(target)
        record = valid_record(zone, target)
        if record is not None:
            retrieved.append((target, record))
            if psd_of(record) != 'u':
                break
        if target == start:
            target = shorten(start)
        else:
            target = target.partition('.')[2]
    return retrieved


def organization_of(zone, start, asked):
    """4.10.2"""
    retrieved = tree_walk(zone, start, asked)
    for domain, record in retrieved:
        if psd_of(record) == 'n':
            return domain
        if psd_of(record) == 'y' and domain != start:
            above = len(domain.split('.'))
            return '.'.join(start.split('.')[-above - 1:])
    if retrieved:
        return min((d for d, _ in retrieved), key=lambda d: d.count('.'))
    return start


def discovered(zone, author):
    """4.10.1: (place, domain, record) of the record that applies."""
    own = valid_record(zone, author)
    if own is not None:
        return 'domain', author, own
    if len(author.split('.')) <= 8:
        start = author.partition('.')[2]
    else:
        start = shorten(author)
    if not start:
        return 'none', '-', None
    walked = dict(tree_walk(zone, start, []))
    organization = organization_of(zone, start, [])
    psd = [d for d, r in walked.items() if psd_of(r) == 'y']
    if organization in walked and organization not in psd:
        return 'organization', organization, walked[organization]
    if psd:
        return 'suffix', psd[0], walked[psd[0]]
    return 'none', '-', None


# --- what applies ------------------------------------------------------------

def has_good_uri(record):
    return any(re.fullmatch(r'mailto:[a-z]+@[a-z.]+', u.strip())
               for u in record.get('rua', '').split(','))


def applied(record, is_own, exists, knows_np):
    """(policy, tag); None: no DMARC processing."""
    known = ['p', 'sp'] + ['np'] * knows_np
    wrong = [t for t in known if t in record and
             record[t].lower() not in POLICIES]
    if wrong or 'p' not in record:
        if not has_good_uri(record):
            return None
        record = {'p': 'none'} if wrong else dict(record, p='none')
    tag = 'p'
    if not is_own:
        if 'sp' in record:
            tag = 'sp'
        if knows_np and not exists and 'np' in record:
            tag = 'np'
    return record[tag].lower(), tag


def existence(zone, author):
    if (author, 'A') in zone.failing:
        return None
    return zone.exists(author)


def outcome(zone, author, place, record, knows_np):
    """[policy, tag]"""
    if record is None:
        return ['-', '-']
    is_own = place == 'domain'
    exists = True if is_own else existence(zone, author)
    if exists is None:
        either = {applied(record, is_own, e, knows_np) for e in (True, False)}
        policies = {a and a[0] for a in either}
        if len(policies) > 1:
            return ['-', '-']
        exists = True
    result = applied(record, is_own, exists, knows_np)
    return list(result) if result else ['-', '-']


def by_9989(zone, author):
    asked = []
    try:
        organization = organization_of(zone, author, asked)
    except Failed:
        organization = '?'
    try:
        place, found, record = discovered(zone, author)
    except Failed:
        place, found, record = 'unknown', '-', None
    policy, tag = outcome(zone, author, place, record, True)
    acts = policy
    if record and record.get('t', '').lower() == 'y' and policy in POLICIES:
        acts = POLICIES[max(POLICIES.index(policy) - 1, 0)]
    return [','.join('_dmarc.' + d for d in asked), organization, place, found,
            policy, tag, acts]


def listed_organization(author):
    labels = author.split('.')
    n = 2 if '.'.join(labels[-2:]) in SUFFIXES else 1
    return '.'.join(labels[-n - 1:])


def by_7489(zone, author):
    try:
        for place, domain in (('domain', author),
                              ('organization', listed_organization(author))):
            left = [t for t in zone.texts(domain) if is_record(t)]
            if left or domain == listed_organization(author):
                break
    except Failed:
        return ['unknown', '-', '-', '-']
    if len(left) != 1:
        return ['none', '-', '-', '-']
    record = tags_of(left[0])
    return [place, domain] + outcome(zone, author, place, record, False)


def aligned(zone, one, two):
    if one == two:
        return 'yes'
    try:
        a = organization_of(zone, one, [])
        b = organization_of(zone, two, [])
    except Failed:
        return '?'
    return 'yes' if a == b else 'no'


# --- zones -------------------------------------------------------------------

def random_text(rng):
    def one_of(*values):
        return rng.choice(values)

    tags = ['v=DMARC1']
    if rng.random() < 0.9:
        tags.append('p=' + one_of('none', 'quarantine', 'reject', 'Reject',
                                  'nonsense', 'reject'))
    for tag in ('sp', 'np'):
        if rng.random() < 0.4:
            tags.append(tag + '=' + one_of('none', 'quarantine', 'reject',
                                           'reject', 'x'))
    if rng.random() < 0.5:
        tags.append('rua=' + one_of('mailto:d@example.org', 'nobody',
                                    'mailto:d@example.org'))
    if rng.random() < 0.35:
        tags.append('psd=' + one_of('y', 'n', 'u', 'maybe'))
    if rng.random() < 0.3:
        tags.append('t=' + one_of('y', 'n', 'Y'))
    if rng.random() < 0.1:
        tags.append('pct=20')
    return one_of('; ', ';', ' ; ').join(tags)


def random_texts(rng):
    junk = ['v=spf1 -all', 'hello', 'v=dmarc1; p=reject', 'p=reject',
            'p=reject; v=DMARC1', 'v=DMARC11; p=none']
    roll = rng.random()
    if roll < 0.70:
        return [random_text(rng)]
    if roll < 0.80:
        return [random_text(rng), rng.choice(junk)]
    if roll < 0.88:
        return [rng.choice(junk)]
    return [random_text(rng), random_text(rng)]


def random_zone(rng):
    zone, nodes = Zone(), {'com', 'org', 'uk', 'co.uk', 'zz'}
    for _ in range(45):
        parent = rng.choice(sorted(nodes))
        nodes.add(rng.choice('abc') + '.' + parent)
    deep = 'com'
    for _ in range(13):
        deep = rng.choice('abc') + '.' + deep
        nodes.add(deep)
    for node in sorted(nodes):
        if rng.random() < (0.15 if '.' not in node else 0.4):
            zone.txt[node] = random_texts(rng)
        if rng.random() < 0.03:
            zone.failing.add(('_dmarc.' + node, 'TXT'))
            zone.txt.pop(node, None)
        if rng.random() < 0.3:
            zone.a.add(node)
        elif rng.random() < 0.1:
            zone.failing.add((node, 'A'))
    for node in sorted(nodes):
        if rng.random() < 0.3:
            nodes.add('nosuch.' + node)
    return zone, sorted(nodes)


# One level of a name, in all the ways that matter to the walk.
LEVELS = {
    'none': [],
    'plain': ['v=DMARC1; p=quarantine; sp=reject; np=none'],
    'psd=y': ['v=DMARC1; p=quarantine; sp=reject; np=none; psd=y'],
    'psd=n': ['v=DMARC1; p=quarantine; sp=reject; np=none; psd=n'],
    'several': ['v=DMARC1; p=none; psd=n', 'v=DMARC1; p=reject; psd=y'],
    'failed': None,
}


def leveled_zone(levels, domain):
    zone = Zone()
    for level in levels:
        if LEVELS[level] is None:
            zone.failing.add(('_dmarc.' + domain, 'TXT'))
        elif LEVELS[level]:
            zone.txt[domain] = LEVELS[level]
        domain = domain.partition('.')[2]
    return zone


def show(zone, names, pairs):
    for line in zone.lines():
        print(*line, sep='\t')
    for name in names:
        print('N', name, *by_9989(zone, name), *by_7489(zone, name), sep='\t')
    for one, two in pairs:
        print('A', one, two, aligned(zone, one, two), sep='\t')
    print('E')


def main():
    rng = random.Random(9989)
    for _ in range(int(os.environ.get('DMARC_ZONES', '20'))):
        zone, names = random_zone(rng)
        pairs = [(rng.choice(names), rng.choice(names)) for _ in range(40)]
        show(zone, names, pairs)
    for levels in itertools.product(LEVELS, repeat=4):
        name = 'a.b.c.zz'
        show(leveled_zone(levels, name), [name],
             [(name, 'x.b.c.zz'), (name, 'b.c.zz'), ('y.c.zz', name)])
    # Seven and more labels: the record at each place, alone and with another.
    for length in (6, 7, 8, 9, 10, 14):
        labels = ['l%d' % i for i in range(length - 1)] + ['zz']
        name = '.'.join(labels)
        for i, j in itertools.combinations_with_replacement(
                range(length), 2):
            for kinds in itertools.product(('plain', 'psd=y', 'psd=n'),
                                           repeat=2):
                zone = Zone()
                for at, kind in zip((i, j), kinds):
                    zone.txt['.'.join(labels[at:])] = LEVELS[kind]
                show(zone, [name], [])


if __name__ == '__main__':
    main()
