# SPDX-License-Identifier: BSD-2-Clause
"""Zones of SPF records by chance, with questions about them: right ones and
wrong ones, in all the ways in which people write them."""

import random

DOMAINS = ['d%d.example.org' % i for i in range(7)]
HOSTS = ['h%d.example.org' % i for i in range(6)]
GONE = ['gone%d.example.org' % i for i in range(3)]
QUALIFIERS = ('', '', '', '', '+', '-', '~', '?')
# Read as a whole these are right; what is wrong, see WRONG.
MACROS = ('%{d}', '%{o}', '%{i}', '%{ir}', '%{l}', '%{l-}', '%{lr-}', '%{s}',
          '%{v}', '%{h}', '%{h2}', '%{d2}', '%{d1r}', '%{D}', '%{p}', '%{h-}',
          '%{or-}', '%{i2}', '%{d7}', '%{d2r}', '%{dR}', '%{hr-.}')
WRONG = ('moo', 'ipv4:192.0.2.1', 'all.', 'all:x', '-all/8', 'ip4', 'ip4:',
         'ip4:192.0.2', 'ip4:192.0.2.256', 'ip4:192.0.2.1/33',
         'ip4:192.0.2.1/', 'ip4:192.0.2.1/024', 'ip4:192.0.2.1//32',
         'ip4:2001:db8::1', 'ip4:192.0.2.01', 'ip6:192.0.2.1',
         'ip6:2001:db8::/129', 'ip6:2001:db8:::1', 'ip6', 'include',
         'include:', 'include:x', 'include:d1.example.org/24', 'a:', 'a/33',
         'a//129', 'a/24/64', 'a:x', 'a:192.0.2.1', 'a:example.123',
         'a:example.-org', 'a:h1.example.org:25', 'mx:', 'mx/-1', 'ptr:',
         'ptr/24', 'exists', 'exists:', 'exists:h1.example.org/24',
         'redirect:d1.example.org', 'redirect=', 'redirect=-all', 'exp=',
         'exp=-all', '1up=x', '=all', 'x/y=z', '-', '- all', '--all', '!all',
         '-redirect=d1.example.org', 'ip4:192.0.2.1,', 'x=%', 'x=%a',
         'exists:%{x}.example.org', 'exists:%{i.example.org', 'x=%{}',
         'exists:%(i).example.org', 'exists:%{r}.example.org', 'a:%{d0}',
         'exists:%{d!}.example.org', 'exists:%{dx}.example.org',
         '\u2013all', 'a\tmx', 'all\x01', 'x=\xe4', 'include:%{d}x',
         'a:%{dr2}.h1.example.org', 'a:%{o-r}.h1.example.org',
         'exists:%%%q.example.org', 'exists:%{i}%.example.org')
ODD = ('REDIRECT=d1.example.org', 'x=1 x=2', 'default=pass', 'x=%{d}', 'IP4:'
       '192.0.2.3', 'A', 'x.y-z_1=man:dog/cat', 'exp=h1.example.org',
       'Exp=h1.example.org', 'exp=%{p}.example.org', 'include:D1.Example.ORG.',
       'a:foo:bar.example.org', 'a:foo..example.org', 'exists:under_score.'
       'example.org', 'a:%s.example.org' % ('x' * 64), 'a:.example.org',
       'include:foo..example.org', 'redirect=foo..example.org', 'a:%{d}/28',
       'mx:%{d}//124', 'ptr:%{d}', 'ip6:::ffff:192.0.2.1', 'ip6:::/0',
       'ip4:0.0.0.0/0', 'exists:%%.example.org', 'exists:a%_b.example.org',
       'a:%s' % '.'.join(['%{d}'] * 20))


class Zone:
    """records: {name: {type: [value]}}, a value of TXT is a list of strings;
    failing: pairs of name and type that do not answer."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.records, self.failing = {}, set()
        # How much of it is strange: some zones are almost right.
        self.wrong = self.random.choice((0, 0, 0.01, 0.05))
        self.odd = self.random.choice((0, 0, 0.02, 0.1))
        self.fails = self.random.choice((0, 0, 0.1))
        for name in HOSTS:
            self.make_host(name)
        for name in DOMAINS:
            self.make_domain(name)
        for last in range(12):
            self.make_reverse(last)

    def maybe(self, share):
        return self.random.random() < share

    def add(self, name, kind, value):
        kinds = self.records.setdefault(name, {})
        if value not in kinds.setdefault(kind, []):
            kinds[kind].append(value)

    def ip4(self):
        return '192.0.2.%d' % self.random.randrange(12)

    def ip6(self):
        return '2001:db8::%x' % self.random.randrange(1, 12)

    def make_addresses(self, name):
        for _ in range(self.random.choice((0, 1, 1, 2))):
            self.add(name, 'A', self.ip4())
        for _ in range(self.random.choice((0, 0, 1, 1))):
            self.add(name, 'AAAA', self.ip6())
        for kind in ('A', 'AAAA', 'TXT', 'MX'):
            if self.maybe(self.fails / 3):
                self.failing.add((name, kind))

    def make_host(self, name):
        self.make_addresses(name)
        if self.maybe(0.2):
            self.add(name, 'TXT', ['Not you: %{i}'])
        if self.maybe(0.1):
            for prefix in ('', self.ip4() + '.', 'user.',
                           'a.b.example.org.'):
                self.add(prefix + name, 'A', '127.0.0.2')

    def make_domain(self, name):
        self.make_addresses(name)
        many = 12 if self.maybe(0.02) else self.random.randrange(4)
        for i in range(many):
            self.add(name, 'MX', (i, self.random.choice(HOSTS + GONE[:1])))
        if self.maybe(0.01):
            self.add(name, 'MX', (0, ''))
        if self.maybe(0.04):
            self.add(name, 'TXT', ['some other text'])
        if self.maybe(0.97) or name == DOMAINS[0]:
            self.add(name, 'TXT', self.cut(self.record()))
        if self.maybe(0.01):
            self.add(name, 'TXT', [self.record()])

    def make_reverse(self, last):
        for name in ('%d.2.0.192.in-addr.arpa' % last,
                     '%x.' % last + '0.' * 23 + '8.b.d.0.1.0.0.2.ip6.arpa'):
            for _ in range(self.random.choice((0, 1, 2))):
                self.add(name, 'PTR', self.random.choice(HOSTS + GONE))
            if self.maybe(self.fails / 3):
                self.failing.add((name, 'PTR'))

    def cut(self, text):
        """As one string or, as is allowed, several."""
        if self.maybe(0.8):
            return [text]
        at = self.random.randrange(len(text) + 1)
        return [text[:at], text[at:]]

    def target(self):
        if self.maybe(0.1):
            return '%s.%s' % (self.random.choice(MACROS),
                              self.random.choice(HOSTS))
        if self.maybe(0.03):
            return self.random.choice(GONE)
        return None

    def term(self):
        r = self.random
        if self.maybe(self.wrong):
            return r.choice(WRONG)
        if self.maybe(self.odd):
            return r.choice(ODD)
        kind = r.choice(('ip4', 'ip4', 'ip4', 'ip6', 'include', 'include',
                         'include', 'a', 'a', 'mx', 'exists', 'ptr', 'all'))
        term = r.choice(QUALIFIERS) + kind
        if kind == 'ip4':
            term += ':' + self.ip4() + r.choice(('', '', '/30', '/29'))
        elif kind == 'ip6':
            term += ':' + self.ip6() + r.choice(('', '', '/126', '/125'))
        elif kind == 'include':
            term += ':' + (self.target() or r.choice(DOMAINS))
        elif kind == 'a' and self.maybe(0.8):
            term += ':' + (self.target() or r.choice(HOSTS))
        elif kind == 'mx' and self.maybe(0.6):
            term += ':' + (self.target() or r.choice(DOMAINS))
        elif kind == 'exists':
            term += ':' + (self.target() or r.choice(HOSTS))
        elif kind == 'ptr' and self.maybe(0.5):
            term += ':' + r.choice(('example.org', r.choice(HOSTS)))
        if kind in ('a', 'mx'):
            term += r.choice(('', '', '/30', '//126', '/29//125'))
        return term

    def record(self):
        r = self.random
        many = 14 if self.maybe(0.1) else r.randrange(1, 6)
        terms = [self.term() for _ in range(many)]
        if self.maybe(0.15):
            terms.append('redirect=' + r.choice(DOMAINS))
        if self.maybe(0.6):
            terms.append(r.choice(('-all', '~all', '?all', '-all')))
        if self.maybe(0.05):
            r.shuffle(terms)
        version = 'V=Spf1' if self.maybe(0.02) else 'v=spf1'
        return r.choice((' ', ' ', '  ')).join([version] + terms)

    def questions(self):
        """(ip, domain, local part, HELO)"""
        r = self.random
        for _ in range(4):
            ip = r.choice((self.ip4(), self.ip4(), self.ip6(),
                           '::ffff:' + self.ip4()))
            yield (ip, DOMAINS[0],
                   r.choice(('user', 'first-second', 'a.b-c', '')),
                   r.choice(HOSTS + ['localhost', '[192.0.2.1]',
                                     'a-b.example.org']))

    def lines(self):
        """The zone as spf_says.c reads it."""
        yield 'zone'
        for name, kinds in self.records.items():
            for kind, values in kinds.items():
                for value in values:
                    if kind == 'TXT':
                        value = '|'.join(value)
                    if kind == 'MX':
                        value = '%d %s' % value
                    yield '\t'.join(('r', name, kind,
                                     value.encode('utf-8').hex()))
        for name, kind in sorted(self.failing):
            yield '\t'.join(('r', name, 'FAIL ' + kind, ''))
