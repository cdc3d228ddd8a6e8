# SPDX-License-Identifier: BSD-2-Clause
"""Messages made by chance, signed by python3-dkim, and what can happen to them
on their way, each with what becomes of the signature then."""

import base64
import copy
import random
import subprocess

import dkim
import nacl.encoding
import nacl.signing

DOMAIN = b'example.org'
NOW = 1700000000
REPEATED = (b'Received', b'X-Tag', b'List-Post')
WORDS = (b'alpha', b'Beta', b'gamma', b'gr\xc3\xbc\xc3\x9fe', b'\xe4\xf6\xfc',
         b'x=y;', b'a:b', b'--', b'<i@example.org>', b'"quoted  text"', b'.')
BLANKS = (b' ', b' ', b' ', b'  ', b'\t', b' \t ')
ALGORITHMS = (b'rsa-sha256', b'ed25519-sha256', b'rsa-sha1')


def rsa_key(bits):
    """A private key, and p= of its public half."""
    pem = subprocess.run(['openssl', 'genrsa', str(bits)], check=True,
                         capture_output=True).stdout
    der = subprocess.run(['openssl', 'rsa', '-pubout', '-outform', 'DER'],
                         input=pem, check=True, capture_output=True).stdout
    return pem, base64.b64encode(der).decode()


def ed25519_key(seed):
    key = nacl.signing.SigningKey(bytes([seed] * 32))
    encoder = nacl.encoding.Base64Encoder
    return key.encode(encoder), key.verify_key.encode(encoder).decode()


class Keys:
    """What is signed with, and what replaces it."""

    def __init__(self):
        self.rsa = [rsa_key(bits) for bits in (2048, 1024, 1024)]
        self.short = rsa_key(768)
        self.edwards = [ed25519_key(n) for n in (1, 2)]

    def choose(self, r, algorithm):
        """The private key, the record, and the record of another key."""
        if algorithm == b'ed25519-sha256':
            private, public = self.edwards[0]
            record, other = 'v=DKIM1; k=ed25519; p=', self.edwards[1][1]
        else:
            private, public = r.choice(self.rsa[:2])
            record, other = r.choice(('v=DKIM1; k=rsa; p=', 'p=')), \
                self.rsa[2][1]
        return private, record + public, record + other


def text(r, most):
    out = b''
    for _ in range(r.randrange(most)):
        out += r.choice(WORDS) + r.choice(BLANKS)
    return out


def folded(r, value):
    """A field's value over several lines, some of them of blanks at the end."""
    parts = value.split(b' ')
    out = parts[0]
    for part in parts[1:]:
        out += (r.choice((b'\r\n ', b'\r\n\t', b' \r\n  ')) if part.strip()
                and r.random() < .15 else b' ') + part
    return out


class Mail:
    """fields: each as it is in the message; body; sign() puts a signature on
    top of them, whose settings are attributes afterwards."""

    def __init__(self, seed, keys):
        self.r = r = random.Random(seed)
        self.fields = self.some_fields()
        self.body = self.some_body()
        self.is_lf = r.random() < .15
        self.algorithm = r.choice(ALGORITHMS[:2] * 4 + ALGORITHMS[2:])
        self.canon = (r.choice((b'simple', b'relaxed')),
                      r.choice((b'simple', b'relaxed')))
        self.has_length = r.random() < .3
        self.keys = keys
        self.private, self.record, self.other = keys.choose(
            r, self.algorithm)
        self.selector = b's%d' % seed
        self.signed = self.some_names()
        self.sign()

    def some_fields(self):
        r = self.r
        fields = [
            b'From: "A ' + r.choice(WORDS[:5]) + b'" <user@example.org>',
            b'To: ' + folded(r, b'b@example.net, "C  D" <c@example.com>'),
            b'Subject:' + r.choice((b' ', b'', b'  ')) +
            folded(r, b'about ' + text(r, 9) + b'end'),
            b'Date: Tue, 14 Nov 2023 22:13:20 +0000',
            b'Message-ID: <%d@example.org>' % r.randrange(1 << 40)]
        for name in REPEATED:
            fields += [name + b': ' + folded(r, text(r, 9) + b'%d' % i)
                       for i in range(r.randrange(4))]
        if r.random() < .3:
            fields.append(b'X-Empty:' + r.choice((b'', b' ', b'\t')))
        if r.random() < .3:
            fields.append(b'x-blanks:\t' + text(r, 6) + b'end \t')
        if r.random() < .3:
            fields.append(b'X.Odd!Name: ' + text(r, 3))
        r.shuffle(fields)
        return [field + b'\r\n' for field in fields]

    def some_body(self):
        r = self.r
        if r.random() < .08:
            return b''
        lines = []
        for _ in range(r.randrange(1, 12)):
            line = text(r, 12)
            if r.random() < .7:
                line = line.rstrip()
            lines.append(r.choice((line, line, b'', b' \t', b'>From x')))
        lines += [b''] * r.choice((0, 0, 0, 1, 3))
        body = b'\r\n'.join(lines)
        # What is of blanks only up to its end has no end of its own.
        return body if r.random() < .1 and body.strip() == body \
            else body + b'\r\n'

    def some_names(self):
        """h=: repeated, more often than they are there, not there at all."""
        r = self.r
        names = sorted({name_of(f) for f in self.fields} - {b'from'})
        names = r.sample(names, r.randrange(len(names) + 1)) + [b'from']
        for name in REPEATED + (b'To',):
            if r.random() < .3:
                names += [name.lower()] * r.randrange(3)
        if r.random() < .3:
            names += r.choice(([b'from'], [b'subject'], [b'x-none'],
                               [b'from', b'subject', b'cc']))
        r.shuffle(names)
        return names

    def sign(self, t=NOW, x=None):
        d = dkim.DKIM(self.bytes())
        d.should_not_sign.clear()
        d.signature_algorithm = self.algorithm
        key = nacl.signing.SigningKey(
            self.private, encoder=nacl.encoding.Base64Encoder) \
            if self.algorithm == b'ed25519-sha256' \
            else dkim.parse_pem_private_key(self.private)
        policy = dkim.CanonicalizationPolicy.from_c_value(
            b'/'.join(self.canon))
        body = policy.canonicalize_body(d.body)
        d.hasher = dkim.HASH_ALGORITHMS[self.algorithm]
        h = d.hasher()
        h.update(body)
        tags = [(b'v', b'1'), (b'a', self.algorithm),
                (b'c', policy.to_c_value()), (b'd', DOMAIN),
                (b'i', self.r.choice((b'@', b'user@', b'user@news.')) +
                 DOMAIN),
                (b'q', b'dns/txt'), (b's', self.selector),
                (b't', b'%d' % t)]
        if x is not None:
            tags.append((b'x', b'%d' % x))
        if self.has_length:
            tags.append((b'l', b'%d' % len(body)))
        self.r.shuffle(tags)
        # Without blanks it would be folded within a name, if it is long.
        between = b':' if len(self.signed) < 4 else b' : '
        tags += [(b'h', between.join(self.signed)),
                 (b'bh', base64.b64encode(h.digest())), (b'b', b'0' * 60)]
        value = d.gen_header(tags, tuple(self.signed), policy,
                             b'DKIM-Signature', key)
        self.fields.insert(0, b'DKIM-Signature: ' + value)

    def bytes(self):
        message = b''.join(self.fields) + b'\r\n' + self.body
        return message.replace(b'\r\n', b'\n') if self.is_lf else message

    def records(self):
        return {'%s._domainkey.example.org' % self.selector.decode():
                self.record}

    def copy(self):
        """One that can be changed."""
        other = copy.copy(self)
        other.r = random.Random(self.selector)
        other.fields = list(self.fields)
        return other

    def is_signed(self, name):
        return name in self.signed

    def settings(self):
        return '%s %s %s h=%s' % (
            self.algorithm.decode(), b'/'.join(self.canon).decode(),
            'l' if self.has_length else '-',
            b':'.join(self.signed).decode())


def name_of(field):
    return field.split(b':', 1)[0].lower()


# --- what happens on the way: each changes a Mail, and returns what the result
# --- is; None: it cannot happen to this one

def changed(mail, header=False, body=False):
    if header:
        return 'both' if body else 'header'
    if body:
        return 'header_only' if not mail.body else 'body'
    return 'obsolete' if mail.algorithm == b'rsa-sha1' else 'pass'


def intact(mail):
    return changed(mail)


def of_name(mail, name):
    for i, field in enumerate(mail.fields):
        if name_of(field) == name:
            return i
    raise KeyError(name)


def replace(mail, i, old, new):
    assert old in mail.fields[i]
    mail.fields[i] = mail.fields[i].replace(old, new, 1)


def header(mail):
    name = mail.r.choice((b'from', b'to', b'message-id'))
    replace(mail, of_name(mail, name), b'example.', b'example2.')
    return changed(mail, header=mail.is_signed(name))


def subject(mail):
    """A list puts its name first."""
    replace(mail, of_name(mail, b'subject'), b'about', b'[list] about')
    return changed(mail, header=mail.is_signed(b'subject'))


def added_field(mail):
    """One more, above: a change if h= has it more often than it was there."""
    name = mail.r.choice((b'X-Tag', b'X-None', b'Subject', b'Received'))
    had = sum(name_of(f) == name.lower() for f in mail.fields)
    mail.fields.insert(1, name + b': added\r\n')
    return changed(mail, header=mail.signed.count(name.lower()) > had)


def second_from(mail):
    mail.fields.insert(0, b'From: <evil@example.net>\r\n')
    return changed(mail, header=mail.signed.count(b'from') > 1)


def removed_field(mail):
    name = mail.r.choice((b'to', b'date', b'subject'))
    del mail.fields[of_name(mail, name)]
    return changed(mail, header=mail.is_signed(name))


def turned(mail):
    """Repeated fields the other way round."""
    i = [i for i, f in enumerate(mail.fields) if name_of(f) == b'x-tag']
    if len(i) < 2:
        return None
    a, b = mail.fields[i[0]], mail.fields[i[-1]]
    same = [b' '.join(f.split()) for f in (a, b)]
    if same[0] == same[1]:
        return None
    mail.fields[i[0]], mail.fields[i[-1]] = b, a
    return changed(mail, header=mail.is_signed(b'x-tag'))


def moved(mail):
    """Fields of different names the other way round: h= has the order."""
    i, j = of_name(mail, b'to'), of_name(mail, b'date')
    mail.fields[i], mail.fields[j] = mail.fields[j], mail.fields[i]
    return changed(mail)


def case(mail):
    name = mail.r.choice((b'From', b'To', b'Date', b'Subject'))
    replace(mail, of_name(mail, name.lower()), name, name.upper())
    return changed(mail, header=mail.is_signed(name.lower()) and
                   mail.canon[0] == b'simple')


def value_case(mail):
    replace(mail, of_name(mail, b'date'), b'Nov', b'NOV')
    return changed(mail, header=mail.is_signed(b'date'))


def header_blanks(mail):
    replace(mail, of_name(mail, b'date'), b' 22', b'\r\n  22')
    return changed(mail, header=mail.is_signed(b'date') and
                   mail.canon[0] == b'simple')


def missing_blank(mail):
    replace(mail, of_name(mail, b'date'), b'14 Nov', b'14Nov')
    return changed(mail, header=mail.is_signed(b'date'))


def refolded(mail):
    """The signature itself."""
    mail.fields[0] = b'DKIM-Signature:  ' + \
        b';\r\n\t'.join(mail.fields[0][16:].split(b'; ')).rstrip() + b'\r\n'
    return changed(mail, header=mail.canon[0] == b'simple')


def body(mail):
    at = mail.body.find(b'a')
    if at < 0:
        return None
    mail.body = mail.body[:at] + b'A' + mail.body[at + 1:]
    return changed(mail, body=True)


def both(mail):
    return changed(mail, True, True) if body(mail) and \
        header(mail) in ('both', 'header') else None


def footer(mail):
    """A list puts its words last; with l= nobody sees that they are new."""
    if not mail.body.endswith(b'\n') or not mail.body.strip():
        return None
    mail.body += b'-- \r\nfooter of a list\r\n'
    return changed(mail, body=not mail.has_length)


def shortened(mail):
    """Less than l= counts is not what was signed, whatever is left."""
    lines = mail.body.rstrip().split(b'\r\n')
    if len(lines) < 2 or not lines[-1].strip():
        return None
    mail.body = b'\r\n'.join(lines[:-1]) + b'\r\n'
    return 'malformed' if mail.has_length else changed(mail, body=True)


def emptied(mail):
    if not mail.body.strip():
        return None
    mail.body = b''
    return changed(mail, body=True)


def last_lines(mail):
    if not mail.body.endswith(b'\n'):
        return None
    mail.body += b'\r\n' * mail.r.randrange(1, 4)
    return changed(mail)


def trailing_blanks(mail):
    lines = mail.body.split(b'\r\n')
    if len(lines) < 2:
        return None
    i = mail.r.randrange(len(lines) - 1)
    if mail.has_length and not b''.join(lines[i:]):
        return None     # perhaps behind what l= counts
    lines[i] += mail.r.choice((b' ', b'\t', b' \t '))
    mail.body = b'\r\n'.join(lines)
    return changed(mail, body=mail.canon[1] == b'simple')


def body_blanks(mail):
    if b'a ' not in mail.body:
        return None
    mail.body = mail.body.replace(b'a ', b'a  \t', 1)
    return changed(mail, body=mail.canon[1] == b'simple')


def line_ends(mail):
    """Saved by a program that writes other line ends."""
    mail.is_lf = not mail.is_lf
    return changed(mail)


def flip(mail, tag):
    """Another character of base64 in b= or bh=."""
    parts = mail.fields[0].split(tag, 1)
    at = next(i for i in range(3, len(parts[1]))
              if parts[1][i:i + 1].isalpha())
    old = parts[1][at:at + 1]
    new = b'A' if old != b'A' else b'B'
    mail.fields[0] = parts[0] + tag + parts[1][:at] + new + parts[1][at + 1:]


def flipped(mail):
    flip(mail, b' b=')
    return changed(mail, header=True)


def flipped_hash(mail):
    flip(mail, b' bh=')
    return changed(mail, header=True, body=bool(mail.body))


def replaced_key(mail):
    mail.record = mail.other
    return changed(mail, header=True)


def revoked_key(mail):
    mail.record = mail.record[:mail.record.index('p=') + 2]
    return 'revoked'


def no_key(mail):
    mail.records = lambda: {}
    return 'no_key'


def no_answer(mail):
    mail.records = lambda: {
        '%s._domainkey.example.org' % mail.selector.decode(): None}
    return 'no_answer'


def key_of_another_type(mail):
    k = 'rsa' if mail.algorithm == b'ed25519-sha256' else 'ed25519'
    public = mail.keys.rsa[0][1] if k == 'rsa' else mail.keys.edwards[0][1]
    mail.record = 'v=DKIM1; k=%s; p=%s' % (k, public)
    return 'key_type'


def short_key(mail):
    if mail.algorithm == b'ed25519-sha256':
        return None
    mail.private, public = mail.keys.short
    mail.record = 'v=DKIM1; p=' + public
    del mail.fields[0]
    mail.sign()
    return 'short_key'


def expired(mail):
    del mail.fields[0]
    mail.sign(x=NOW + 1000)
    return 'expired' if changed(mail) == 'pass' else 'obsolete'


def later(mail):
    """Not yet expired, and of a clock that is a bit fast."""
    del mail.fields[0]
    mail.sign(t=NOW + 50000 + 200, x=NOW + 200000)
    return changed(mail)


def future(mail):
    del mail.fields[0]
    mail.sign(t=NOW + 200000)
    return 'future' if changed(mail) == 'pass' else 'obsolete'


DAMAGES = (header, subject, added_field, second_from, removed_field, turned,
           moved, case, value_case, header_blanks, missing_blank, refolded,
           body, both, footer, shortened, emptied, last_lines,
           trailing_blanks, body_blanks, line_ends, flipped, flipped_hash,
           replaced_key, revoked_key, no_key, no_answer, key_of_another_type,
           short_key, expired, later, future)
SEEN = NOW + 50000      # when the message is looked at
