# SPDX-License-Identifier: BSD-2-Clause
"""Private name servers on loopback: a real NSD, and servers that misbehave.

A test asks for the fixtures:

    def test_x(nameserver, fake_nameserver):
        ns = nameserver({'example.org': '''
            @       MX   10 mx
            @       TXT  "v=spf1 mx -all"
            _dmarc  TXT  "v=DMARC1; p=reject"
            mx      A    192.0.2.25
            www     CNAME there.example.net.
            ''', '2.0.192.in-addr.arpa': '25 PTR mx.example.org.'})
        ruactl('dns', '--server=' + ns.server, 'example.org')
        ns.change({'example.org': '@ TXT "v=spf1 -all"'})   # the others go
        bad = fake_nameserver('silent')                     # see BEHAVIOURS
        ruactl('dns', '--server=' + bad.server, 'example.org')
        assert bad.count() == 2

A zone is its records as text, names relative to the zone; $TTL, SOA and NS are
put before it, and blanks in front of a line do not matter.  None for a zone:
NSD answers SERVFAIL for all of it.  A name in no zone is REFUSED.  What NSD
answers is authoritative and never recursive: an alias to another zone is not
followed, and the client takes such an answer for none.

A fake server is an answer function, given by name (BEHAVIOURS) or by itself:
it takes a Question and returns the bytes to send, a list of several, or None.
table({('example.org', 'TXT'): [txt('v=spf1 -all')]}) makes one that knows a few
answers.  Behaviours go through another: FakeServer(slow(1, empty)).

Everything dies with the test process: NSD by its pid, also if that is killed.
"""

import atexit
import collections
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import textwrap
import threading
import time

from dovecot import tied
from patience import PATIENCE

NSD = '/usr/sbin/nsd'
TYPES = {'A': 1, 'NS': 2, 'CNAME': 5, 'SOA': 6, 'PTR': 12, 'MX': 15,
         'TXT': 16, 'AAAA': 28, 'SPF': 99}
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)

CONFIG = """server:
  ip-address: 127.0.0.1@{port}
  username: ""
  chroot: ""
  zonesdir: "{root}"
  database: ""
  pidfile: "{root}/nsd.pid"
  logfile: "{root}/log"
  xfrdfile: "{root}/xfrd.state"
  zonelistfile: "{root}/zone.list"
  xfrdir: "{root}"
  server-count: 1
  rrl-ratelimit: 0
  rrl-size: 1
  tcp-count: 8
  xfrd-tcp-max: 1
  refuse-any: no
remote-control:
  control-enable: no
"""
ZONE = """zone:
  name: "{name}"
  zonefile: "{file}"
"""
HEAD = """$ORIGIN {name}.
$TTL 60
@ SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 60
@ NS ns.invalid.
"""


def bind_pair(port, host):
    """A UDP and a TCP socket at one port of an address."""
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    udp = socket.socket(family, socket.SOCK_DGRAM)
    tcp = socket.socket(family)
    try:
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        udp.bind((host, port))
        tcp.bind((host, port))
    except OSError:
        udp.close()
        tcp.close()
        raise
    return udp, tcp


def free_pair(host='127.0.0.1'):
    """The same at a free port, below those of outgoing connections."""
    for _ in range(200):
        try:
            return bind_pair(random.SystemRandom().randrange(20000, 32000),
                             host)
        except OSError:
            continue
    raise RuntimeError('no free port')


def free_port():
    udp, tcp = free_pair()
    port = udp.getsockname()[1]
    udp.close()
    tcp.close()
    return port


class NameServer:
    """NSD with these zones, {name: text}.  See above."""

    def __init__(self, zones):
        self.root = tempfile.mkdtemp(prefix='ruad-nsd-', dir='/tmp')
        atexit.register(self.stop)
        self.port = free_port()
        self.server = '127.0.0.1:%d' % self.port
        self.process = None
        self.write(zones)

    def write(self, zones):
        config = CONFIG.format(root=self.root, port=self.port)
        for number, (name, text) in enumerate(zones.items()):
            path = '%s/%d.zone' % (self.root, number)
            if text is None:
                path += '.missing'
            else:
                with open(path, 'w', encoding='ascii') as f:
                    f.write(HEAD.format(name=name.rstrip('.')) +
                            ''.join(line.strip() + '\n' for line in
                                    textwrap.dedent(text).split('\n')))
            config += ZONE.format(name=name, file=path)
        with open(self.root + '/nsd.conf', 'w', encoding='ascii') as f:
            f.write(config)

    def log(self):
        try:
            with open(self.root + '/log', encoding='utf-8',
                      errors='replace') as f:
                return f.read()
        except FileNotFoundError:
            return ''

    def answers(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.1)
            s.connect(('127.0.0.1', self.port))
            try:
                s.send(Question(1, 'invalid', 'SOA').wire())
                return len(s.recv(512)) > 0
            except OSError:
                return False

    def start(self):
        self.process = subprocess.Popen(
            **tied([NSD, '-d', '-c', self.root + '/nsd.conf']),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            if self.process.poll() is not None:
                raise RuntimeError('nsd ended: %s %s' % (
                    self.process.stdout.read().decode(), self.log()))
            if time.monotonic() > deadline:
                raise RuntimeError('nsd does not come up: ' + self.log())
            time.sleep(0.02)
        # A record that it cannot read is left out of the zone: not here.
        bad = [line for line in self.log().split('\n') if '.zone:' in line]
        if bad:
            raise RuntimeError('a zone is wrong: ' + '\n'.join(bad))
        return self

    def halt(self):
        if self.process is None:
            return
        # All of its processes are of one session and group.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    def change(self, zones):
        """These zones instead, at the same address."""
        self.halt()
        for name in ('log', 'nsd.pid'):
            os.unlink(os.path.join(self.root, name))
        self.write(zones)
        self.start()

    def stop(self):
        self.halt()
        shutil.rmtree(self.root, ignore_errors=True)
        atexit.unregister(self.stop)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


# --- messages of DNS (RFC 1035, 4), as far as fake servers need them --------

def pack_name(name):
    """"\\x1b" and other odd characters are sent as they are."""
    out = b''
    for label in name.rstrip('.').split('.') if name.rstrip('.') else ():
        raw = label.encode('latin-1')
        out += bytes([len(raw)]) + raw
    return out + b'\0'


class Question:
    """data: the message as it came, tcp: how it came."""

    def __init__(self, ident, name, kind, *, flags=0x0100, data=b'',
                 tcp=False):
        self.id, self.name, self.kind = ident, name, kind
        self.flags, self.tcp = flags, tcp
        self.data = data or self.wire()

    @classmethod
    def read(cls, data, tcp):
        ident, flags = struct.unpack('!HH', data[:4])
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1:at + 1 + data[at]].decode('latin-1'))
            at += 1 + data[at]
        number = struct.unpack('!H', data[at + 1:at + 3])[0]
        kind = {n: word for word, n in TYPES.items()}.get(number, str(number))
        return cls(ident, '.'.join(labels), kind, flags=flags, data=data,
                   tcp=tcp)

    def has_edns(self):
        return struct.unpack('!H', self.data[10:12])[0] > 0

    def section(self):
        return pack_name(self.name) + struct.pack('!HH', TYPES[self.kind], 1)

    def wire(self):
        return struct.pack('!6H', self.id, self.flags, 1, 0, 0, 0) + \
            self.section()


def record(name, kind, rdata, *, ttl=60):
    """name None: the one that was asked for."""
    owner = b'\xc0\x0c' if name is None else pack_name(name)
    return owner + struct.pack('!HHIH', TYPES[kind], 1, ttl,
                               len(rdata)) + rdata


def txt(*strings):
    """A TXT record's data; strings of text or bytes."""
    raw = [s.encode() if isinstance(s, str) else s for s in strings]
    return b''.join(bytes([len(s)]) + s for s in raw)


def mx(preference, name):
    return struct.pack('!H', preference) + pack_name(name)


def address(ip):
    return socket.inet_pton(socket.AF_INET6 if ':' in ip else socket.AF_INET,
                            ip)


def reply(question, records=(), *, rcode=NOERROR, ident=None, section=None,
          truncated=False, authentic=False, authority=(), recursive=True):
    """A reply of a resolver; records of record()."""
    flags = 0x8000 | (question.flags & 0x0100) | rcode
    flags |= 0x0200 * truncated | 0x0080 * recursive | 0x0020 * authentic
    return struct.pack(
        '!6H', question.id if ident is None else ident, flags, 1,
        len(records), len(authority), 0) + (
            question.section() if section is None else section) + \
        b''.join(records) + b''.join(authority)


# --- answer functions -------------------------------------------------------

def table(answers, *, otherwise=NXDOMAIN, authentic=False):
    """answers: {(name, type): [data of records]}; an RCODE instead of a list.
    Names that are there with another type have no such record."""
    known = {(name.lower(), kind): data for (name, kind), data in
             answers.items()}
    names = {name for name, _ in known}

    def answer(question):
        name = question.name.lower()
        data = known.get((name, question.kind))
        if isinstance(data, int):
            return reply(question, rcode=data)
        if data is None:
            return reply(question, authentic=authentic,
                         rcode=NOERROR if name in names else otherwise)
        return reply(question, [record(None, question.kind, each)
                                for each in data], authentic=authentic)
    return answer


def slow(seconds, then):
    def answer(question):
        time.sleep(seconds)
        return then(question)
    return answer


def empty(question):
    """The name is there, without such a record."""
    return reply(question)


def good(question):
    """Some record of any type that is asked for."""
    data = {'A': address('192.0.2.1'), 'AAAA': address('2001:db8::1'),
            'TXT': txt('v=spf1 -all'), 'SPF': txt('v=spf1 -all'),
            'MX': mx(10, 'mx.example.org')}.get(
                question.kind, pack_name('host.example.org'))
    return reply(question, [record(None, question.kind, data)])


def failing(rcode):
    return lambda question: reply(question, rcode=rcode)


def wrong_id(question):
    """Then nothing: what asks must wait for the right one in vain."""
    data = good(question)
    return bytes([data[0] ^ 0x55]) + data[1:]


def wrong_question(question):
    other = Question(question.id, 'other.' + question.name, question.kind,
                     flags=question.flags)
    return good(other)


def truncated(question):
    """All of it over TCP only."""
    if question.tcp:
        return good(question)
    return reply(question, truncated=True)


def garbage(question):
    """The right id and question, and then bytes that are no records."""
    noise = random.Random(question.name).randbytes(80)
    head = bytearray(reply(question))
    struct.pack_into('!H', head, 6, 3)          # of three answers, it says
    return bytes(head) + noise


def noise(question):
    """Not even a header."""
    return random.Random(question.name).randbytes(40)


def large(question):
    """60,000 bytes and more, over TCP, of any type."""
    if not question.tcp:
        return reply(question, truncated=True)
    data = good(question)
    one = data[len(reply(question)):]
    return reply(question, [one] * (60000 // len(one) + 1))


def endless_cname(question):
    """One alias, of a name that has one, and so on."""
    return reply(question, [record(None, 'CNAME', pack_name(
        'x%d.example.org' % random.SystemRandom().randrange(10 ** 9)))],
                 recursive=False)


def cname_circle(question):
    return reply(question, [
        record(None, 'CNAME', pack_name('a.example.org')),
        record('a.example.org', 'CNAME', pack_name('b.example.org')),
        record('b.example.org', 'CNAME', pack_name(question.name))])


EVIL = 'evil\x1b[2J\x1b]0;owned\x07\x9b31m"<script>\n\r\0.example.org'


def escape_codes(question):
    """In every name and text."""
    kind = question.kind
    data = txt(EVIL.encode('latin-1')) if kind in ('TXT', 'SPF') else \
        mx(10, EVIL) if kind == 'MX' else pack_name(EVIL)
    return reply(question, [record(None, kind, data)])


def nul_in_text(question):
    return reply(question, [record(None, question.kind, txt(
        b'v=spf1 \0+all', b'\0\0 -all'))])


def no_edns(question):
    """A server of the last century."""
    if question.has_edns():
        return reply(question, rcode=FORMERR)
    return good(question)


def echo(question):
    """The question itself."""
    return question.data


def oversize(question):
    """More than was asked for over UDP, without a word that it is."""
    return reply(question, [record(None, 'TXT', txt('x' * 255))] * (
        3 if question.tcp else 12))


def referral(question):
    """Of an authoritative server that knows nothing of it."""
    return reply(question, authority=[record(
        'org', 'NS', pack_name('ns.invalid'))], recursive=False)


# By name: the answer function, and whether TCP is served.  silent reads
# nothing, closed has no socket at all.
BEHAVIOURS = {
    'good': (good, True),
    'empty': (empty, True),
    'nxdomain': (failing(NXDOMAIN), True),
    'servfail': (failing(SERVFAIL), True),
    'refused': (failing(REFUSED), True),
    'notimp': (failing(NOTIMP), True),
    'wrong_id': (wrong_id, True),
    'wrong_question': (wrong_question, True),
    'truncated': (truncated, True),
    'truncated_without_tcp': (truncated, False),
    'garbage': (garbage, True),
    'noise': (noise, True),
    'echo': (echo, True),
    'large': (large, True),
    'endless_cname': (endless_cname, True),
    'cname_circle': (cname_circle, True),
    'escape_codes': (escape_codes, True),
    'nul_in_text': (nul_in_text, True),
    'no_edns': (no_edns, True),
    'referral': (referral, True),
    'silent': (None, True),
    'closed': (None, False),
}


class FakeServer:
    """answer: a function, or a name of BEHAVIOURS."""

    def __init__(self, answer, *, tcp=True, host='127.0.0.1'):
        self.kind = answer if isinstance(answer, str) else None
        if self.kind:
            answer, tcp = BEHAVIOURS[self.kind]
        self.answer, self.questions = answer, []
        self.udp, self.tcp = free_pair(host)
        self.port = self.udp.getsockname()[1]
        self.server = ('[%s]:%d' if ':' in host else '%s:%d') % (
            host, self.port)
        self.lock = threading.Lock()
        self.over = False
        self.open = []
        if self.kind == 'closed':
            self.udp.close()
        if tcp:
            self.tcp.listen(16)
        else:
            self.tcp.close()
        if answer:
            threading.Thread(target=self.serve_udp, daemon=True).start()
            if tcp:
                threading.Thread(target=self.serve_tcp, daemon=True).start()

    def ask(self, data, tcp):
        """What to send, a list."""
        try:
            question = Question.read(data, tcp)
        except (IndexError, struct.error):
            return []
        with self.lock:
            self.questions.append(question)
        found = self.answer(question)
        return [] if found is None else \
            found if isinstance(found, list) else [found]

    def serve_udp(self):
        while not self.over:
            try:
                data, peer = self.udp.recvfrom(65535)
            except OSError:
                return
            threading.Thread(target=self.say_udp, args=(data, peer),
                             daemon=True).start()

    def say_udp(self, data, peer):
        for each in self.ask(data, False):
            try:
                self.udp.sendto(each, peer)
            except OSError:
                return

    def serve_tcp(self):
        while not self.over:
            try:
                sock, _ = self.tcp.accept()
            except OSError:
                return
            with self.lock:
                self.open.append(sock)
            threading.Thread(target=self.say_tcp, args=(sock,),
                             daemon=True).start()

    def say_tcp(self, sock):
        try:
            with sock, sock.makefile('rb') as stream:
                while size := stream.read(2):
                    data = stream.read(struct.unpack('!H', size)[0])
                    for each in self.ask(data, True):
                        sock.sendall(struct.pack('!H', len(each)) + each)
        except (OSError, struct.error):
            pass

    def count(self, name=None):
        """How many questions came, of any name or of this one."""
        if self.kind == 'silent':
            self.read_silent()
        with self.lock:
            return sum(name in (None, q.name) for q in self.questions)

    def counts(self):
        """{(name, type): how often}"""
        self.count()
        with self.lock:
            return collections.Counter((q.name, q.kind)
                                       for q in self.questions)

    def read_silent(self):
        """What lies unread in the socket."""
        self.udp.setblocking(False)
        while True:
            try:
                data = self.udp.recv(65535)
            except BlockingIOError:
                return
            self.questions.append(Question.read(data, False))

    def close(self):
        self.over = True
        for sock in (self.udp, self.tcp, *self.open):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
