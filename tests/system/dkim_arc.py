# SPDX-License-Identifier: BSD-2-Clause
"""Chains of ARC made by python3-dkim, and what can happen to them."""

import dkim

import dkim_mail
from dkim_mail import NOW, Mail


def host(i):
    return b'mx%d.example.net' % i


class Chain:
    """A message that some hosts sealed, each after a list of its own."""

    def __init__(self, seed, keys, sets):
        self.mail = Mail(seed, keys)
        self.mail.fields = [f for f in self.mail.fields
                            if not f.startswith(b'X.Odd')]
        self.sets = sets
        self.records = {}
        for i in range(1, sets + 1):
            cv = b'none' if i == 1 else b'pass'
            self.seal(i, keys, cv)

    def seal(self, i, keys, cv):
        private, public = keys.rsa[i % 2]
        self.records['s%d._domainkey.mx%d.example.net' % (i, i)] = \
            'v=DKIM1; k=rsa; p=' + public
        self.mail.fields.insert(
            0, b'Authentication-Results: %s; arc=%s; spf=pass '
            b'smtp.mailfrom=u@example.org\r\n' % (host(i), cv))
        d = dkim.ARC(self.mail.bytes())
        fields = d.sign(b's%d' % i, host(i), private, host(i),
                        include_headers=[b'from', b'subject', b'to'],
                        timestamp=NOW)
        assert len(fields) == 3
        self.mail.fields[:0] = [f.replace(b'\r\n', b'\n').replace(
            b'\n', b'\r\n') for f in fields]

    def place(self, name, instance):
        for n, f in enumerate(self.mail.fields):
            if f.startswith(name) and b'i=%d;' % instance in f:
                return n
        raise KeyError(name)

    def change(self, name, instance, old, new):
        replace = self.mail.fields
        n = self.place(name, instance)
        assert old in replace[n]
        replace[n] = replace[n].replace(old, new, 1)


# Each changes a chain and returns its status, the reason, the set it is of.

def arc_intact(chain, r):
    return 'pass', 'none', 0


def arc_body(chain, r):
    chain.mail.body = b'another\r\n' + chain.mail.body
    return 'fail', 'message', chain.sets


def arc_subject(chain, r):
    n = dkim_mail.of_name(chain.mail, b'subject')
    dkim_mail.replace(chain.mail, n, b'about', b'[list] about')
    return 'fail', 'message', chain.sets


def arc_other_field(chain, r):
    n = dkim_mail.of_name(chain.mail, b'date')
    dkim_mail.replace(chain.mail, n, b'Nov', b'Dec')
    return 'pass', 'none', 0


def arc_results(chain, r):
    i = r.randrange(1, chain.sets + 1)
    chain.change(b'ARC-Authentication-Results', i, b'spf=pass', b'spf=fail')
    return 'fail', 'seal', chain.sets


def arc_old_message(chain, r):
    """No longer good, as it may be, but every seal signs it."""
    if chain.sets == 1:
        return None
    chain.change(b'ARC-Message-Signature', 1, b't=1', b't=2')
    return 'fail', 'seal', chain.sets


def arc_seal(chain, r):
    i = r.randrange(1, chain.sets + 1)
    chain.change(b'ARC-Seal', i, b't=17', b't=16')
    return 'fail', 'seal', chain.sets


def arc_lost(chain, r):
    i = r.randrange(1, chain.sets + 1)
    name = r.choice((b'ARC-Authentication-Results', b'ARC-Seal',
                     b'ARC-Message-Signature'))
    del chain.mail.fields[chain.place(name, i)]
    return 'fail', 'sets', i


def arc_twice(chain, r):
    i = r.randrange(1, chain.sets + 1)
    name = r.choice((b'ARC-Authentication-Results', b'ARC-Seal',
                     b'ARC-Message-Signature'))
    n = chain.place(name, i)
    chain.mail.fields.insert(n, chain.mail.fields[n])
    return 'fail', 'sets', i


def arc_gap(chain, r):
    """One host's whole set is taken away."""
    if chain.sets < 3:
        return None
    for name in (b'ARC-Authentication-Results', b'ARC-Seal',
                 b'ARC-Message-Signature'):
        del chain.mail.fields[chain.place(name, 2)]
    return 'fail', 'sets', 2


def arc_none(chain, r):
    i = r.randrange(1, chain.sets + 1)
    chain.change(b'ARC-Seal', i, b'cv=none' if i == 1 else b'cv=pass',
                 b'cv=pass' if i == 1 else b'cv=none')
    return 'fail', 'cv', i


def arc_closed(chain, r):
    """The last host found it broken, and says so."""
    i = chain.sets + 1
    chain.mail.body = b'another\r\n' + chain.mail.body
    chain.seal(i, chain.mail.keys, b'fail')
    return 'fail', 'closed', i


def arc_no_key(chain, r):
    i = r.randrange(1, chain.sets + 1)
    del chain.records['s%d._domainkey.mx%d.example.net' % (i, i)]
    return 'fail', 'message' if i == chain.sets else 'seal', i


def arc_no_answer(chain, r):
    i = r.randrange(1, chain.sets + 1)
    chain.records['s%d._domainkey.mx%d.example.net' % (i, i)] = None
    return 'unknown', 'message' if i == chain.sets else 'seal', i


CHANGES = (arc_intact, arc_body, arc_subject, arc_other_field, arc_results,
           arc_old_message, arc_seal, arc_lost, arc_twice, arc_gap, arc_none,
           arc_closed, arc_no_key, arc_no_answer)
