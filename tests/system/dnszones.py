# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of ruactl dns share: zones that are right, reports of
yesterday, and the answer in short."""

import base64
import json
import subprocess
import time

from ctl import DAY, report

TODAY = int(time.time()) // 86400 * 86400
LETTER = {'error': 'E', 'warning': 'W', 'info': 'I'}


def der(tag, body):
    size = len(body)
    length = bytes([size]) if size < 128 else \
        bytes([0x82, size >> 8, size & 255])
    return bytes([tag]) + length + body


def number(value):
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, 'big'))


def modulus(bits):
    """An odd number; a product of two primes would take long to find."""
    return (1 << (bits - 1)) + 1


def key(bits=2048):
    """The p= of an RSA key, as openssl rsa -pubout writes it."""
    rsa = bytes.fromhex('06092a864886f70d0101010500')
    numbers = der(0x30, number(modulus(bits)) + number(65537))
    return base64.b64encode(der(0x30, der(0x30, rsa) + der(
        3, b'\0' + numbers))).decode()


def private_key(bits=1024):
    """What must not be published, as openssl rsa -traditional writes it."""
    numbers = [0, modulus(bits), 65537, modulus(bits - 1)] + \
        5 * [modulus(bits // 2)]
    return base64.b64encode(der(0x30, b''.join(
        number(one) for one in numbers))).decode()


def quoted(text):
    text = text.replace('\\', '\\\\').replace('"', '\\"')
    parts = [text[i:i + 250] for i in range(0, len(text), 250)] or ['']
    return ' '.join('"%s"' % part for part in parts)


def TXT(*texts):
    return ['TXT ' + quoted(text) for text in texts]


def good():
    """{name: records} of a domain of which nothing can be said."""
    return {
        '@': ['MX 10 mx'] + TXT('v=spf1 mx -all'),
        'mx': ['A 192.0.2.25', 'AAAA 2001:db8::25'],
        '_dmarc': TXT('v=DMARC1; p=reject; rua=mailto:dmarc@{domain}'),
        's1._domainkey': TXT('v=DKIM1; p=' + key()),
        '_smtp._tls': TXT('v=TLSRPTv1; rua=mailto:tls@{domain}'),
        '_mta-sts': TXT('v=STSv1; id=20261129T01'),
        'default._bimi': TXT('v=BIMI1; l=https://{domain}/logo.svg; '
                             'a=https://{domain}/vmc.pem'),
    }


def zone_text(records, domain):
    return ''.join('%s %s\n' % (name, record.replace('{domain}', domain))
                   for name, all_of_it in records.items()
                   for record in all_of_it)


def told(answer):
    return sorted(c['id'] + LETTER[c['severity']] for c in answer['checks'])


def put_report(ruactl, domain, **how):
    """The file with it."""
    day = (TODAY - DAY) // 86400 - how.pop('ago', 1)
    ident = '%s-%s-%s' % (domain, day, how.get('org', 'r'))
    return ruactl.put(ident + '.xml', report(
        domain=domain, ident=ident, day=day, p=how.pop('p', 'reject'),
        **how))


def reports(ruactl, domain, **how):
    ruactl('import', put_report(ruactl, domain, **how))


def ask(ruactl, zones, *args, offline=False):
    """The answer in JSON; whether it has errors decides on the status."""
    server = ['--offline'] if offline else ['--server=' + zones.server]
    done = subprocess.run(
        [ruactl.program, '--format=json', 'dns', *server, *args],
        capture_output=True, check=False, env=ruactl.env)
    assert done.stderr == b'', done.stderr
    answer = json.loads(done.stdout)
    assert done.returncode == (1 if answer['errors'] else 0)
    return answer
