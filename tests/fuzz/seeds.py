#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""seeds.py SOURCE OUTPUT: what the harnesses start from, OUTPUT/HARNESS/*.

Made of our own golden mails and files, and of the texts in the unit tests."""

import ast
import bz2
import email
import hashlib
import io
import itertools
import lzma
import os
import re
import sys
import tarfile
import zipfile
import zlib

SIZE = 16384
STRING = r'"(?:\\.|[^"\\\n])*"'


def opened(data):
    """What is in a container, one level deep."""
    try:
        if data[:2] == b'PK':
            z = zipfile.ZipFile(io.BytesIO(data))
            return [z.read(name) for name in z.namelist()]
        if data[:2] == b'\x1f\x8b':
            return [zlib.decompress(data, 31)]
        if data[:3] == b'BZh':
            return [bz2.decompress(data)]
        if data[:6] == b'\xfd7zXZ\0':
            return [lzma.decompress(data)]
        if data[257:262] == b'ustar':
            t = tarfile.open(fileobj=io.BytesIO(data))
            return [t.extractfile(m).read() for m in t if m.isfile()]
        if data[:1] == b'x':
            return [zlib.decompress(data)]
    except (OSError, EOFError, ValueError, RuntimeError, KeyError,
            zlib.error, lzma.LZMAError, zipfile.BadZipFile,
            tarfile.TarError):
        pass
    return []


def harnesses_of(data):
    """Which harnesses read such bytes."""
    start = data.lstrip(b'\xef\xbb\xbf \t\r\n')
    if start[:1] == b'{':
        return ['tlsrpt']
    if start[:1] == b'<' or data[:2] in (b'\xff\xfe', b'\xfe\xff'):
        return ['aggregate', 'repair']
    return []


def payload_of(part):
    if part.is_multipart():
        return b''.join(p.as_bytes() for p in part.get_payload())
    return part.get_payload(decode=True) or b''


class Seeds:
    def __init__(self, out):
        self.out = out

    def put(self, harness, data):
        if not 0 < len(data) <= SIZE:
            return
        where = os.path.join(self.out, harness)
        os.makedirs(where, exist_ok=True)
        name = hashlib.sha256(data).hexdigest()[:16]
        with open(os.path.join(where, name), 'wb') as f:
            f.write(data)

    def blob(self, data, depth=3):
        self.put('unpack', data)
        for harness in harnesses_of(data):
            self.put(harness, data)
        for inner in opened(data) if depth else []:
            self.blob(inner, depth - 1)

    def mail(self, data):
        self.put('mime', data)
        self.put('authres', re.split(br'\r?\n\r?\n', data)[0])
        message = email.message_from_bytes(data)
        self.failure(message)
        for part in message.walk():
            payload = part.get_payload(decode=True)
            if payload:
                self.blob(payload)
            if payload and part.get_content_maintype() == 'text':
                self.put('words', payload)

    def failure(self, message):
        """As tests/fuzz/failure.c splits it: choices, report, NUL, sample."""
        report, sample = b'\3', b''
        for part in message.walk():
            kind = part.get_content_type()
            if kind == 'message/feedback-report':
                report = b'\1' + payload_of(part)
            elif kind in ('message/rfc822', 'text/rfc822-headers'):
                sample = b'\0' + payload_of(part)
            elif kind == 'text/plain' and len(report) == 1:
                report += payload_of(part)
        if len(report) > 1:
            self.put('failure', report + sample)

    def file(self, name, data):
        self.put('dissect', data)
        if name.endswith('.jsonl'):
            self.put('wire', data)
        elif name.endswith('.eml'):
            self.mail(data)
        else:
            self.blob(data)

    def texts(self, name, source):
        harness = name.split('_')[0]
        for text in texts_of(source):
            self.put(harness, text)
            self.put('dissect', text)
            for other in harnesses_of(text):
                self.put(other, text)


def texts_of(source):
    """Each run of adjacent string literals is a text."""
    source = re.sub(r'/\*.*?\*/', '', source, flags=re.S)
    source = re.sub(r'\b(?:[A-Z_]+)\b(?=[ \t\n\\]+")', '', source)
    for run in re.findall(r'(?:%s[\s\\]*)+' % STRING, source):
        text = b''
        for literal in re.findall(STRING, run):
            try:
                text += ast.literal_eval('b' + literal)
            except (SyntaxError, ValueError):
                continue
        if len(text) >= 12:
            yield text


def read(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def replies(seeds, source):
    """As tests/fuzz/dns_reply.c takes them: type, header, records."""
    sys.path[:0] = [source + '/tests/system', source + '/tests']
    import nameserver
    for number, kind in enumerate(('A', 'NS', 'CNAME', 'PTR', 'MX', 'TXT',
                                   'AAAA', 'SPF')):
        question = nameserver.Question(1, 'example.org', kind, tcp=True)
        section = len(question.section())
        for answer, _ in nameserver.BEHAVIOURS.values():
            data = answer(question) if answer else None
            if data and len(data) >= 12:
                seeds.put('dns_reply', bytes([number]) + data[:12] +
                          data[12 + section:])
                seeds.put('dns_reply', bytes([8 + number]) + data)


def records(seeds, unit):
    """Records of DNS, and answers to a walk in the order of its questions."""
    for name in ('dmarc_record', 'dkim_key', 'mta_sts', 'tlsrpt_record'):
        for text in texts_of(read(os.path.join(unit, name + '.c'))):
            seeds.put('records', text)
    sys.path.insert(0, unit)
    import dmarc_walk
    for levels in itertools.product(dmarc_walk.LEVELS.values(), repeat=3):
        answers = '\n'.join(
            '!' if texts is None else '0' if not texts else
            '\n'.join('+' + t for t in texts[:-1]) + ' ' + texts[-1]
            for texts in levels)
        seeds.put('discovery',
                  ('a.b.zz\nx.b.zz\n%s\n' % answers).encode())


def spf(seeds, source):
    """Zones by chance, and each record of the unit tests by itself."""
    sys.path.insert(0, os.path.join(source, 'tests/system'))
    import spf_zones
    types = {'TXT': 'T', 'A': 'A', 'AAAA': '6', 'MX': 'M', 'PTR': 'P'}
    for seed in range(200):
        zone = spf_zones.Zone(seed)
        rows = ['%s %s %s' % (types[kind], name, '|'.join(value)
                              if kind == 'TXT' else value[1]
                              if kind == 'MX' else value)
                for name, kinds in zone.records.items()
                for kind, values in kinds.items() for value in values]
        rows += ['F %s ' % name for name, kind in zone.failing
                 if kind == 'TXT']
        for ip, domain, _, _ in zone.questions():
            seeds.put('spf', '\n'.join([ip, domain, *rows]).encode())
    for name in ('records', 'mechanisms', 'modifiers', 'map'):
        for text in texts_of(read(os.path.join(
                source, 'tests/unit/spf_%s.c' % name))):
            if text[:6].lower() == b'v=spf1':
                seeds.put('spf', b'192.0.2.1\nexample.org\nT example.org '
                          + text + b'\nA example.org 192.0.2.1')


def signed(seeds, source):
    """A key and a message, signed with it or changed since; a chain."""
    sys.path.insert(0, os.path.join(source, 'tests/system'))
    import dkim_arc
    import dkim_mail
    keys = dkim_mail.Keys()
    for seed in range(30):
        mail = dkim_mail.Mail(seed, keys)
        for damage in (dkim_mail.intact, *dkim_mail.DAMAGES):
            one = mail.copy()
            if damage(one) is not None:
                key = ''.join(filter(None, one.records().values()))
                seeds.put('dkim', key.encode() + b'\n' + one.bytes())
    for sets in (1, 2, 5):
        chain = dkim_arc.Chain(sets, keys, sets)
        key = min(chain.records.values())
        seeds.put('dkim', key.encode() + b'\n' + chain.mail.bytes())


def explained(seeds, source):
    """As tests/fuzz/explain.c, received.c and dsn.c take them."""
    where = os.path.join(source, 'tests/explain')
    for name in sorted(os.listdir(where)):
        if name.endswith(('.py', '.answer')) or not os.path.isfile(
                os.path.join(where, name)):
            continue
        with open(os.path.join(where, name), 'rb') as f:
            data = f.read()
        if name.endswith('.jsonl'):
            seeds.put('explain_wire', data)
            continue
        for choice in range(4):
            seeds.put('explain', bytes([choice]) + data)
        for choice in range(3):
            seeds.put('dsn', bytes([choice]) + data)
        message = email.message_from_bytes(data)
        seeds.put('received', '\n'.join(
            ' '.join(str(field).split())
            for field in message.get_all('Received', [])).encode())
        for part in message.walk():
            if part.get_content_type() == 'message/delivery-status':
                seeds.put('dsn', b'\0' + payload_of(part))


def answers(seeds, unit):
    """What servers answer: host, codes, the bounce's code and the text."""
    text = read(os.path.join(unit, 'status_code_texts.h'))
    names = dict(re.findall(r'#define (\w+) "(.*)"', text))
    for entry in re.findall(r'\{ ?(\w+|"[^"]*"), (\d+), (NULL|"[^"]*"),'
                            r'\s*((?:%s\s*)+)' % STRING, text):
        host, code, enhanced, words = entry
        host = names.get(host, host.strip('"'))
        words = ''.join(ast.literal_eval(w) for w in re.findall(STRING, words))
        seeds.put('status', '\n'.join(
            (host, code, enhanced.strip('"'), '5.0.0', words)).encode())


def main():
    source, out = sys.argv[1:]
    seeds = Seeds(out)
    replies(seeds, source)
    golden = os.path.join(source, 'tests/golden')
    unit = os.path.join(source, 'tests/unit')
    for name in sorted(os.listdir(golden)):
        path = os.path.join(golden, name)
        if name.endswith(('.py', '.answer')) or not os.path.isfile(path):
            continue
        with open(path, 'rb') as f:
            seeds.file(name, f.read())
    for name in ('aggregate', 'aggregate_meta', 'aggregate_record', 'authres',
                 'failure', 'mime', 'repair', 'tlsrpt', 'unpack', 'wire'):
        path = os.path.join(unit, name + '.c')
        if os.path.exists(path):
            seeds.texts(name, read(path))
    for text in texts_of(read(os.path.join(unit, 'web_route.c'))):
        seeds.put('route', text)
    records(seeds, unit)
    spf(seeds, source)
    answers(seeds, unit)
    signed(seeds, source)
    explained(seeds, source)


if __name__ == '__main__':
    main()
