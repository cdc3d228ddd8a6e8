#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Report mails of our own making, and the truth about each of them.

Deterministic: mail(seed, i) is the same on every machine, whatever was made
before it.  The mails have the shapes of the large reporters; the addresses in
them are reserved for documentation and benchmarks.

    gen.py [--seed N] [--processes N] COUNT MAILDIR
"""

import argparse
import base64
import functools
import io
import math
import multiprocessing
import os
import random
import socket
import struct
import sys
import time
import zipfile
import zlib
from collections import namedtuple
from html import escape

FIRST_DAY = 1704067200          # 2024-01-01
BIG_EVERY, BIG_RECORDS = 3333, 20000

# What the database must hold.  Texts are as normalised, None is NULL.
Report = namedtuple(
    'Report', 'filename org_name org_email extra_contact external_id begin_ts'
    ' end_ts day domain p sp np adkim aspf pct fo testing discovery_method'
    ' generator version reporter records')
Record = namedtuple(
    'Record', 'ip messages disposition dkim spf cause header_from'
    ' envelope_from envelope_to auth_dkim auth_spf overrides')
Mail = namedtuple('Mail', 'data report msgid sender subject sent_ts')

# One sender of reports.  box: how the report is packed; whole: the mail is
# nothing but the report; style: how its XML is written.
Reporter = namedtuple(
    'Reporter', 'org email submitter box whole type subject style')
Style = namedtuple(
    'Style', 'head root version eol indent np envelope_from envelope_to'
    ' scope selector spf_first modern')

DECL = '<?xml version="1.0" encoding="UTF-8" ?>'
PLAIN = Style(DECL, '<feedback>', None, '\n', '  ', True, False, False,
              False, True, False, False)


def style(**changes):
    return PLAIN._replace(**changes)


SUBJECT = 'Report Domain: {d} Submitter: {s} Report-ID: <{id}>'
REPORTERS = (
    Reporter('google.com', 'noreply-dmarc-support@google.com', 'google.com',
             'zip', True, 'application/zip',
             'Report domain: {d} Submitter: {s} Report-ID: {id}', PLAIN),
    Reporter('emailsrvr.com', 'dmarc_reports@emailsrvr.com', 'emailsrvr.com',
             'zip', False, 'application/x-zip-compressed', SUBJECT,
             style(version='1.0', spf_first=True, selector=False, np=False)),
    Reporter('Yahoo', 'dmarchelp@yahooinc.com', 'yahooinc.com',
             'gz', False, 'application/gzip', SUBJECT,
             style(eol='\t\n', np=False)),
    Reporter('Enterprise Outlook', 'dmarcreport@microsoft.com',
             'enterprise.protection.outlook.com',
             'gz', False, 'application/gzip', 'base64:' + SUBJECT,
             style(version='1.0', eol='\r\n', envelope_from=True,
                   envelope_to=True, scope=True, np=False,
                   head='<?xml version="1.0"?>',
                   root='<feedback xmlns:xsd="http://www.w3.org/2001/'
                   'XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-'
                   'instance">')),
    Reporter('AMAZON-SES', 'postmaster@amazonses.com', 'amazonses.com',
             'gz', False, 'application/octet-stream',
             'Dmarc Aggregate Report Domain: {{{d}}}  Submitter: {{Amazon '
             'SES}}  Date: {{{date}}}  Report-ID: {{{id}}}',
             style(version='0.1', envelope_from=True, selector=False)),
    Reporter('Mail.Ru', 'dmarc_support@corp.mail.ru', 'Mail.Ru',
             'gz', False, 'application/gzip',
             'Report Domain: {d}; Submitter: {s}; Report-ID: {id}',
             style(head="<?xml version='1.0' encoding='utf-8'?>", eol='',
                   indent='', np=False)),
    Reporter('GMX', 'noreply-dmarc@sicher.gmx.net', 'gmx.net',
             'gz', False, 'application/gzip', SUBJECT,
             style(root='<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">',
                   version='1.0', indent='   ', envelope_from=True,
                   scope=True, modern=True)),
    Reporter('mx.example.net', 'postmaster@mx.example.net', 'mx.example.net',
             'xml', False, 'text/xml', SUBJECT,
             style(version='1.0', envelope_from=True, scope=True)),
)
BY_BOX = {box: [r for r in REPORTERS if r.box == box]
          for box in ('gz', 'zip', 'xml')}
DOMAINS = ['example%02d.org' % i for i in range(40)]
SELECTORS = ('s1', 's2', 'selector1', 'google', 'k1')


def address(rng):
    """A source address: 198.18.0.0/15 or 2001:db8::/32."""
    if rng.random() < 0.15:
        return socket.inet_ntop(socket.AF_INET6, struct.pack(
            '>HHHHQ', 0x2001, 0xdb8, rng.randrange(16), rng.randrange(256),
            rng.randrange(1, 1 << 32)))
    return socket.inet_ntoa(struct.pack(
        '>I', (198 << 24 | 18 << 16) + rng.randrange(1, 1 << 17)))


@functools.lru_cache
def known_addresses(domain):
    """Most mail of a domain comes from the same few hosts."""
    rng = random.Random(domain)
    return [address(rng) for _ in range(30)]


def cause(dkim, spf, auth_dkim, auth_spf):
    if dkim == 'pass':
        return 'aligned' if spf == 'pass' else 'dkim_only'
    if spf == 'pass':
        return 'spf_only'
    if any(a[2] == 'pass' for a in auth_dkim):
        return 'dkim_unaligned'
    if any(a[2] == 'pass' for a in auth_spf):
        return 'spf_unaligned'
    return 'dkim_broken' if auth_dkim else 'no_auth'


def make_record(rng, domain, s):
    """A record that hangs together: results, alignment, disposition."""
    other = rng.choice(('bounce.example.com', 'mail.example.net'))
    kind = rng.random()
    aligned_dkim = kind < 0.75
    aligned_spf = kind < 0.65 or 0.75 <= kind < 0.82
    signers = []
    if aligned_dkim:
        signers.append((domain, 'pass'))
    if rng.random() < 0.3:
        signers.append((other, 'pass' if rng.random() < 0.5 else 'fail'))
    if not aligned_dkim and rng.random() < 0.4:
        signers.append((domain, rng.choice(
            ('fail', 'permerror', 'temperror', 'neutral'))))
    auth_dkim = tuple(
        (d, rng.choice(SELECTORS) if s.selector else None, result, None)
        for d, result in signers)
    envelope = domain if aligned_spf else other
    result = 'pass' if aligned_spf else rng.choice(
        ('pass', 'fail', 'softfail', 'none', 'neutral'))
    auth_spf = ((envelope, 'mfrom' if s.scope else None, result, None),)
    dkim = 'pass' if aligned_dkim else 'fail'
    spf = 'pass' if aligned_spf else 'fail'
    passed = aligned_dkim or aligned_spf
    disposition = 'none'
    if passed and s.modern:
        disposition = 'pass'
    elif not passed:
        disposition = rng.choice(('none', 'quarantine', 'reject'))
    overrides = ()
    if disposition == 'none' and not passed:
        overrides = ((rng.choice(('local_policy', 'mailing_list', 'other')),
                      rng.choice((None, 'arc=pass', 'trusted & <known>'))),)
    ip = rng.choice(known_addresses(domain)) if rng.random() < 0.6 \
        else address(rng)
    envelope_from = None
    if s.envelope_from:
        envelope_from = '' if rng.random() < 0.05 else envelope
    return Record(
        ip, max(1, int(rng.lognormvariate(1.0, 1.5))), disposition, dkim, spf,
        cause(dkim, spf, auth_dkim, auth_spf),
        domain if rng.random() < 0.9 else 'news.' + domain, envelope_from,
        'example.com' if s.envelope_to else None, auth_dkim, auth_spf,
        overrides)


def element(name, value):
    return '' if value is None else '<%s>%s</%s>' % (
        name, escape(str(value), quote=False), name)


def record_lines(r, s):
    """XML of a record as (depth, text) lines."""
    yield 1, '<record>'
    yield 2, '<row>'
    yield 3, element('source_ip', r.ip)
    yield 3, element('count', r.messages)
    yield 3, '<policy_evaluated>'
    yield 4, element('disposition', r.disposition)
    yield 4, element('dkim', r.dkim)
    yield 4, element('spf', r.spf)
    for kind, comment in r.overrides:
        yield 4, '<reason>%s%s</reason>' % (
            element('type', kind), element('comment', comment))
    yield 3, '</policy_evaluated>'
    yield 2, '</row>'
    yield 2, '<identifiers>'
    yield 3, element('envelope_to', r.envelope_to)
    yield 3, element('envelope_from', r.envelope_from)
    yield 3, element('header_from', r.header_from)
    yield 2, '</identifiers>'
    yield 2, '<auth_results>'
    dkim = [(3, '<dkim>%s%s%s</dkim>' % (
        element('domain', a[0]), element('result', a[2]),
        element('selector', a[1]))) for a in r.auth_dkim]
    spf = [(3, '<spf>%s%s%s</spf>' % (
        element('domain', a[0]), element('scope', a[1]),
        element('result', a[2]))) for a in r.auth_spf]
    yield from spf + dkim if s.spf_first else dkim + spf
    yield 2, '</auth_results>'
    yield 1, '</record>'


def report_lines(r, s):
    yield 0, s.head
    yield 0, s.root
    yield 1, element('version', r.version)
    yield 1, '<report_metadata>'
    yield 2, element('org_name', r.org_name)
    yield 2, element('email', r.org_email)
    yield 2, element('extra_contact_info', r.extra_contact)
    yield 2, element('report_id', r.external_id)
    yield 2, '<date_range>%s%s</date_range>' % (
        element('begin', r.begin_ts), element('end', r.end_ts))
    yield 2, element('generator', r.generator)
    yield 1, '</report_metadata>'
    yield 1, '<policy_published>'
    for name in ('domain', 'discovery_method', 'adkim', 'aspf', 'p', 'sp',
                 'np', 'pct', 'fo', 'testing'):
        yield 2, element(name, getattr(r, name))
    yield 1, '</policy_published>'
    for record in r.records:
        yield from record_lines(record, s)
    yield 0, '</feedback>'


def xml(r, s):
    return ''.join(s.indent * depth + text + s.eol
                   for depth, text in report_lines(r, s) if text).encode()


def make_report(rng, reporter, records, domain=None, day=None):
    s = reporter.style
    by_chance = rng.choice(DOMAINS), FIRST_DAY + 86400 * rng.randrange(365)
    domain, day = domain or by_chance[0], day or by_chance[1]
    inclusive = reporter.org not in ('Enterprise Outlook', 'emailsrvr.com')
    host = reporter.email.split('@')[1]
    identity = '%032x' % rng.getrandbits(128) if rng.random() < 0.5 \
        else str(rng.randrange(10 ** 17, 10 ** 19))
    p = rng.choice(('none', 'quarantine', 'reject', 'reject'))
    return Report(
        None, reporter.org, reporter.email,
        'https://support.%s/?id=1&topic=dmarc' % host, identity, day,
        day + (86399 if inclusive else 86400), day, domain, p,
        None if reporter.org == 'Yahoo' else p, p if s.np else None,
        rng.choice('rrs'), rng.choice('rrs'), None if s.modern else 100,
        '1' if s.scope and not s.modern else None,
        'n' if s.modern else None, 'psl' if s.modern else None,
        'reporter 2.1' if s.modern else None, s.version, host,
        [make_record(rng, domain, s) for _ in range(records)])


def pack(reporter, name, data):
    """(file name of the attachment, its bytes, the report's own name)"""
    if reporter.box == 'xml':
        return name + '.xml', data, name + '.xml'
    if reporter.box == 'gz':
        z = zlib.compressobj(6, zlib.DEFLATED, 31)
        return (name + '.xml.gz', z.compress(data) + z.flush(),
                name + '.xml.gz')
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        info = zipfile.ZipInfo(name + '.xml', (2024, 1, 1, 0, 0, 0))
        info.compress_type = zipfile.ZIP_DEFLATED
        z.writestr(info, data)
    return name + '.zip', out.getvalue(), name + '.xml'


def base64_lines(data, width=76, join='\r\n'):
    text = base64.b64encode(data).decode()
    return join.join(text[i:i + width] for i in range(0, len(text), width))


def word(rng, size, width=64):
    """So many random bytes, as the folded base64 of a signature."""
    return base64_lines(rng.randbytes(size), width, '\r\n\t')


def encode_subject(text):
    if not text.startswith('base64:'):
        return text
    data = text[len('base64:'):].encode()
    return '\r\n '.join(
        '=?utf-8?B?%s?=' % base64.b64encode(data[i:i + 45]).decode()
        for i in range(0, len(data), 45))


def header(rng, reporter, r, subject, msgid, sent):
    """About 4 KB: what a mail collects on its way through two large hosts."""
    date = time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime(sent))
    lines = ['Return-Path: <%s>' % r.org_email,
             'Delivered-To: rua@%s' % r.domain]
    for hop in range(3):
        lines.append(
            'Received: from out%d.%s (out%d.%s [%s])\r\n\tby mx%d.%s (Postfix)'
            ' with ESMTPS id %012X\r\n\t(using TLSv1.3 with cipher'
            ' TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n\tfor <rua@%s>; %s' % (
                hop, r.reporter, hop, r.reporter, address(rng), hop, r.domain,
                rng.getrandbits(48), r.domain, date))
    lines.append(
        'Authentication-Results: mx0.%s;\r\n\tdkim=pass header.d=%s'
        ' header.s=20230601;\r\n\tspf=pass smtp.mailfrom=%s;\r\n\tdmarc=pass'
        ' header.from=%s' % (r.domain, r.reporter, r.org_email, r.reporter))
    for name in ('DKIM-Signature', 'ARC-Message-Signature', 'ARC-Seal'):
        lines.append(
            '%s: v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s;\r\n\ts=20230601;'
            ' t=%d; bh=%s;\r\n\th=to:from:subject:message-id:date;\r\n\tb=%s'
            % (name, r.reporter, sent, word(rng, 32), word(rng, 256)))
    for i in range(rng.randrange(5)):
        lines.append('X-Antispam-Report-%d: %s' % (i, word(rng, 300)))
    lines += ['Date: ' + date, 'Message-ID: <%s>' % msgid,
              'From: %s <%s>' % (r.org_name.split('.')[0], r.org_email),
              'To: rua@%s' % r.domain, 'Subject: ' + encode_subject(subject),
              'MIME-Version: 1.0']
    return lines


def mail(seed, index, records=None, reporter=None, domain=None, day=None):
    """Mail number index; the other arguments overrule what chance says."""
    rng = random.Random('%s %d' % (seed, index))
    box = rng.choices(('gz', 'zip', 'xml'), (60, 35, 5))[0]
    reporter = reporter or rng.choice(BY_BOX[box])
    if records is None:
        records = min(300, max(1, round(
            rng.lognormvariate(math.log(4), 1.3))))
        if index % BIG_EVERY == 1234:
            records = BIG_RECORDS
    return send(rng, reporter, index,
                make_report(rng, reporter, records, domain, day))


def send(rng, reporter, index, r):
    """The mail in which that reporter sends a report."""
    name = '%s!%s!%d!%d' % (r.reporter, r.domain, r.begin_ts, r.end_ts)
    filename, data, inner = pack(reporter, name, xml(r, reporter.style))
    r = r._replace(filename=inner)
    sent = r.end_ts + 3600 + rng.randrange(30000)
    msgid = '%s.%d@%s' % (r.external_id[:20], index, r.reporter)
    subject = reporter.subject.format(
        d=r.domain, s=reporter.submitter, id=r.external_id,
        date=time.strftime('%Y-%m-%d', time.gmtime(sent)))
    lines = header(rng, reporter, r, subject, msgid, sent)
    part = ['Content-Type: %s;\r\n\tname="%s"' % (reporter.type, filename),
            'Content-Transfer-Encoding: base64',
            'Content-Disposition: attachment;\r\n\tfilename="%s"' % filename,
            '', base64_lines(data)]
    if reporter.whole:
        lines += part
    else:
        mark = '=_%024x' % rng.getrandbits(96)
        lines += ['Content-Type: multipart/mixed;\r\n\tboundary="%s"' % mark,
                  '', 'This is a multi-part message in MIME format.',
                  '--' + mark, 'Content-Type: text/plain; charset=utf-8', '',
                  'This is a DMARC aggregate report from %s for %s.' % (
                      r.org_name, r.domain), '', '--' + mark]
        lines += part + ['', '--%s--' % mark]
    whole = '\r\n'.join(lines) + '\r\n'
    if subject.startswith('base64:'):
        subject = subject[len('base64:'):]
    return Mail(whole.encode(), r, msgid, r.org_email, subject, sent)


def plain_mail(name, subject, body, headers=()):
    """A mail that is no report: bounces, people."""
    lines = ['Return-Path: <>', 'Date: Mon, 01 Jan 2024 12:00:00 +0000',
             'Message-ID: <%s@mx.example.net>' % name,
             'From: Somebody <somebody@example.net>',
             'To: rua@example01.org', 'Subject: ' + subject,
             'MIME-Version: 1.0', *headers, '', body, '']
    return '\r\n'.join(lines).replace('\r\n', '\n').replace(
        '\n', '\r\n').encode()


def bounce_mail(name='bounce'):
    return plain_mail(
        name, 'Undelivered Mail Returned to Sender',
        '--b\nContent-Type: text/plain\n\nI am sorry. Your message could not'
        ' be delivered.\n--b\nContent-Type: message/delivery-status\n\n'
        'Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822;'
        ' nobody@example.net\nAction: failed\nStatus: 5.1.1\n--b--',
        ('Content-Type: multipart/report; report-type=delivery-status;'
         ' boundary=b', 'Auto-Submitted: auto-replied'))


def person_mail(name='person'):
    return plain_mail(name, 'lunch?', 'Are you coming?',
                      ('Content-Type: text/plain; charset=utf-8',))


def broken_mail(seed, index, **choices):
    """A report with gzip data that are damaged from the first byte on: of one
    that is merely cut off, ruad would store what is there."""
    m = mail(seed, index, 40, BY_BOX['gz'][0], **choices)
    head, _, rest = m.data.partition(b'filename=')
    name, _, rest = rest.partition(b'\r\n\r\n')
    body, _, rest = rest.partition(b'\r\n\r\n')
    data = base64.b64decode(body)
    damaged = base64_lines(data[:10] + b'\xff' * (len(data) - 10)).encode()
    return b''.join((head, b'filename=', name, b'\r\n\r\n', damaged,
                     b'\r\n\r\n', rest))


def maildir_name(index, data):
    """S= and W= spare Dovecot reading the file.  It stores bare LF."""
    return '%d.M%06dP1.gen,S=%d,W=%d:2,' % (
        1700000000 + index // 100, index, len(data) - data.count(b'\r\n'),
        len(data))


def write_mail(directory, index, data):
    path = os.path.join(directory, maildir_name(index, data))
    with open(path, 'wb') as f:
        f.write(data.replace(b'\r\n', b'\n'))
    return path


def write_range(seed, first, last, directory):
    totals = [0, 0, 0]
    for i in range(first, last):
        m = mail(seed, i)
        write_mail(directory, i, m.data)
        totals[0] += len(m.data)
        totals[1] += len(m.report.records)
        totals[2] += sum(r.messages for r in m.report.records)
    return totals


def generate(n, seed, out_maildir, processes=None):
    """Fill out_maildir/cur.  Returns bytes, records and messages."""
    for sub in ('cur', 'new', 'tmp'):
        os.makedirs(os.path.join(out_maildir, sub), exist_ok=True)
    cur = os.path.join(out_maildir, 'cur')
    step = 250
    jobs = [(seed, i, min(i + step, n), cur) for i in range(0, n, step)]
    with multiprocessing.Pool(processes) as pool:
        parts = pool.starmap(write_range, jobs)
    return dict(zip(('bytes', 'records', 'messages'),
                    (sum(column) for column in zip(*parts))), mails=n)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--seed', default='1')
    parser.add_argument('--processes', type=int)
    parser.add_argument('count', type=int)
    parser.add_argument('maildir')
    args = parser.parse_args()
    made = generate(args.count, args.seed, args.maildir, args.processes)
    print(' '.join('%s=%d' % item for item in sorted(made.items())))


if __name__ == '__main__':
    sys.exit(main())
