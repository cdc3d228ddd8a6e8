# SPDX-License-Identifier: BSD-2-Clause
"""python3-spf, an SPF of other people, asked about a table instead of DNS; and
where it keeps to RFC 7208 less than it should, corrections, one by one, so that
what differs can be explained."""

import re
import sys

import spf

# What each correction is for.
WHY = {
    'redirect': 'counts redirect= among the ten when it reads it, though '
                'something before matches (4.6.4: terms that are evaluated)',
    'mx': 'asks for the addresses of all MX before it compares one: more '
          'void look-ups, and failures that do not matter (5.4)',
    'ptr': 'a failure of DNS in ptr is temperror, and all names are asked, '
           'not those that can match (5.5: no match, that name is skipped)',
    'p': '%{p} counts void look-ups and failures, when it is read, and is '
         'remembered for other domains (7.2, 7.3)',
    'macros': 'takes macros that are none, such as %{d!} and %{dr2}, does not '
              'know %{dR}, joins parts with what was between them instead of '
              'dots, and cuts long names once only (7.1, 7.3)',
    'case': 'knows redirect= and exp= in small letters only (RFC 5234, 2.3)',
    'repeated': 'refuses modifiers that it does not know when they are '
                'repeated (6: only redirect= and exp=)',
    'bytes': 'takes control characters in the value of a modifier (7.1)',
    'self': 'a record that includes itself is wrong when it is read, though '
            'something before matches (4.6.4)',
    'names': 'asks for names with other signs than letters, digits, "-" and '
             '"_", and for single labels; ruad does not, and so has fewer '
             'void look-ups',
}
NAME = re.compile(r'[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+')
LETTER = re.compile(r'\{([slodipvh])([0-9]*)(r?)([.,+/_=-]*)\}', re.I)
MODIFIER = re.compile(r'([A-Za-z][A-Za-z0-9_.-]*)=(.*)', re.S)


def below(name, domain):
    return ('.' + name.lower()).endswith('.' + domain.lower())


class Peer(spf.query):
    """A question; fixed: the corrections that are made."""

    def __init__(self, question, fixed):
        ip, domain, local, helo = question
        super().__init__(i=ip, s=local + '@' + domain, h=helo,
                         receiver='mx.example.net')
        self.fixed = fixed

    def caller(self, depth=2):
        """What the function that called has, if it is check0()."""
        frame = sys._getframe(depth)
        return frame.f_locals if frame.f_code.co_name == 'check0' else {}

    def check0(self, text, recursion):
        if not text:
            return super().check0(text, recursion)
        words = text.split(' ')
        kept = words[:1]
        for word in words[1:]:
            modifier = MODIFIER.match(word)
            if 'bytes' in self.fixed and re.search(r'[^!-~]', word):
                raise spf.PermError('a byte that may not be there', word)
            if modifier and modifier[1].lower() in ('redirect', 'exp'):
                if 'case' in self.fixed:
                    word = modifier[1].lower() + '=' + modifier[2]
            elif modifier and 'repeated' in self.fixed:
                self.expand(modifier[2])
                continue
            kept.append(word)
        return super().check0(' '.join(kept), recursion)

    def check_lookups(self):
        mine = self.caller()
        if 'redirect' in self.fixed and \
                mine.get('mech', '').lower().startswith('redirect='):
            return      # it counts when it is followed
        super().check_lookups()

    def dns_spf(self, domain):
        mine = self.caller()
        if 'redirect' in self.fixed and domain is mine.get('redirect'):
            super().check_lookups()
        return super().dns_spf(domain)

    def dns_mx(self, domainname):
        if 'mx' not in self.fixed:
            return super().dns_mx(domainname)
        length = self.caller()['cidrlength']
        names = sorted(self.dns(domainname, 'MX'))
        if len(names) > spf.MAX_MX:
            raise spf.PermError('too many MX')
        for _, name in names:
            found = self.dns_a(name, self.A)
            if self.cidrmatch(found, length):
                return found
        return []

    def names_back(self, wanted):
        """Validated names: errors pass over a name, or find none."""
        try:
            names = sorted(self.dns_ptr(self.i))[:spf.MAX_PTR]
        except spf.TempError:
            return
        for name in names:
            if not wanted(name):
                continue
            try:
                found = self.dns_a(name, self.A)
            except spf.TempError:
                continue
            if self.cidrmatch(found, self.cidrmax):
                yield name

    def validated_ptrs(self):
        mine = self.caller()
        if 'ptr' not in self.fixed or not mine:
            return super().validated_ptrs()
        for name in self.names_back(lambda one: below(one, mine['arg'])):
            return [name]
        return []

    def getp(self):
        if 'p' not in self.fixed:
            return super().getp()
        voids, self.void_lookups = self.void_lookups, -1000
        names = list(self.names_back(lambda name: True))
        self.void_lookups = voids
        names.sort(key=lambda one: (one != self.d, not below(one, self.d)))
        self.p = names[0] if names else 'unknown'
        return self.p

    def validate_mechanism(self, mech):
        try:
            return super().validate_mechanism(mech)
        except spf.PermError as error:
            if 'self' not in self.fixed or 'trivial' not in str(error):
                raise
        sign, target = re.match(r'([-+~?]?)include:(.*)', mech, re.I).groups()
        return (mech, 'include', self.expand_domain(target), self.cidrmax,
                spf.RESULTS.get(sign, 'pass'))

    def dns(self, name, qtype, cnames=None, ignore_void=False):
        if 'names' in self.fixed and not NAME.fullmatch(
                str(name).lower().rstrip('.')):
            return []
        return super().dns(name, qtype, cnames, ignore_void)

    def value(self, letter):
        if letter == 'p':
            return self.getp()
        return {'l': self.l, 's': self.s if self.s[0] != '@' else
                'postmaster' + self.s, 'o': self.o, 'd': self.d,
                'i': self.i, 'v': self.v, 'h': self.h}[letter]

    def expand(self, s, stripdot=True):
        if 'macros' not in self.fixed:
            return super().expand(s, stripdot)
        out, at = '', 0
        while at < len(s):
            if s[at] != '%':
                out, at = out + s[at], at + 1
                continue
            found = LETTER.match(s, at + 1)
            plain = {'%%': '%', '%_': ' ', '%-': '%20'}.get(s[at:at + 2])
            if plain:
                out, at = out + plain, at + 2
                continue
            if not found or found[2] and int(found[2]) == 0:
                raise spf.PermError('not a macro', s)
            out += self.expand_letter(*found.groups())
            at = found.end()
        if out.endswith('.'):
            out = out[:-1]
        while len(out) > 253 and '.' in out:
            out = out[out.index('.') + 1:]
        return out

    def expand_letter(self, letter, keep, turn, between):
        value = self.value(letter.lower())
        if keep or turn or between:
            parts = re.split('[%s]' % re.escape(between or '.'), value)
            if turn:
                parts.reverse()
            value = '.'.join(parts[-int(keep or 0):])
        return spf.urllibparse.quote(value, '~') if letter.isupper() \
            else value

    def get_explanation(self, spec):
        return None     # it is not what is compared


def answers(zone):
    """Instead of DNS."""
    def look_up(name, qtype, strict=True, timeout=20):
        if (name, qtype) in zone.failing:
            raise spf.TempError('did not answer')
        found = zone.records.get(name, {}).get(qtype, [])
        if qtype == 'TXT':
            found = [tuple(part.encode('utf-8') for part in value)
                     for value in found]
        return [((name, qtype), value) for value in found]
    return look_up


def judge(zone, question, fixed=frozenset()):
    spf.DNSLookup = answers(zone)
    return Peer(question, fixed).check()[0]


def explain(zone, question, result):
    """The corrections with which it says the same: the one that is enough, or
    as few as need be; None: there are none."""
    if judge(zone, question, set(WHY)) != result:
        return None
    for one in WHY:
        if judge(zone, question, {one}) == result:
            return {one}
    left = set(WHY)
    for one in WHY:
        if judge(zone, question, left - {one}) == result:
            left.discard(one)
    return left
