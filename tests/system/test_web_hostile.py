# SPDX-License-Identifier: BSD-2-Clause
"""HTTP of somebody hostile, at a socket of either kind: nothing is served that
should not be, and nobody else is kept waiting."""

import base64
import os
import re
import socket
import struct
import time

import pytest

from ctl import FAIL, Ctl, mail, report
from dovecot import free_ports
from patience import PATIENCE, wait_until
from test_web import needs_web
from test_web_http import ANNA
from webserver import Reply, Web, receive

HOST = b'Host: localhost\r\n'
END = b'Connection: close\r\n\r\n'
GET = b'GET /health HTTP/1.1\r\n'
SECRET = '192.0.2.1'            # what the database has


@pytest.fixture(scope='module')
def ctl(build, tmp_path_factory):
    needs_web(build)
    one = Ctl(build, tmp_path_factory.mktemp('hostile'))
    one.put('a.eml', mail(report()))
    one('import', 'a.eml')
    return one


@pytest.fixture(scope='module', params=['unix', 'tcp'])
def web(build, ctl, request):
    listen = None if request.param == 'unix' else \
        '127.0.0.1:%d' % free_ports()
    one = Web(build, ctl.directory, ctl.database, listen=listen)
    yield one
    assert one.ask('/').status == 200
    assert one.stop() == 0
    assert 'killed' not in one.log.read_text()


def statuses(data):
    """Of every answer."""
    return [int(status) for status in re.findall(
        rb'(?m)^HTTP/1\.[01] (\d+)', data)]


# What is sent, and the statuses of all that is answered.
SENT = {
    'plain': (GET + HOST + END, [200]),
    'no host': (GET + END, [400]),
    'two hosts': (GET + HOST + b'Host: evil.example\r\n' + END, [400]),
    'one host twice': (GET + HOST + HOST + END, [400]),
    'host in capitals': (GET + b'HOST: LOCALHOST:80\r\n' + END, [200]),
    'folded host': (GET + b'Host:\r\n localhost\r\n' + END, [400]),
    'blank before colon': (GET + b'Host : localhost\r\n' + END, [400]),
    # A proxy may have taken it for what it seems to be.
    'blank before colon of a body': (
        GET + HOST + b'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n' + GET
        + HOST + END, [400]),
    'a name of two words': (GET + HOST + b'Content Length: 9\r\n' + END,
                            [400]),
    'absolute': (b'GET http://localhost/ HTTP/1.1\r\n' + HOST + END, [400]),
    'of another': (b'GET http://evil.example/ HTTP/1.1\r\n' + HOST + END,
                   [400]),
    'two slashes': (b'GET //evil.example/ HTTP/1.1\r\n' + HOST + END, [404]),
    'dots': (b'GET /../../../etc/passwd HTTP/1.1\r\n' + HOST + END, [404]),
    'dots in hex': (b'GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n' + HOST + END,
                    [404]),
    'backslashes': (b'GET /..\\..\\etc\\passwd HTTP/1.1\r\n' + HOST + END,
                    [400]),
    'NUL in hex': (b'GET /d/%00 HTTP/1.1\r\n' + HOST + END, [400]),
    'not UTF-8': (b'GET /d/%ff%c0%80 HTTP/1.1\r\n' + HOST + END, [400]),
    'post': (b'POST / HTTP/1.1\r\nContent-Length: 5\r\n' + HOST
             + b'\r\nhello', [405]),
    'post in chunks': (b'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n'
                       + HOST + b'\r\nffffffffffffffff\r\n', [405]),
    'star': (b'GET * HTTP/1.1\r\n' + HOST + END, [400]),
    'connect': (b'CONNECT localhost:80 HTTP/1.1\r\n' + HOST + END, [405]),
    'trace': (b'TRACE / HTTP/1.1\r\nX-Word: echo\r\n' + HOST + END, [405]),
    'options': (b'OPTIONS /health HTTP/1.1\r\n' + HOST + END, [405]),
    'preflight': (b'OPTIONS / HTTP/1.1\r\nOrigin: http://evil.example\r\n'
                  b'Access-Control-Request-Method: GET\r\n' + HOST + END,
                  [405]),
    'get in small': (b'get /health HTTP/1.1\r\n' + HOST + END, [405]),
    'delete': (b'DELETE / HTTP/1.1\r\n' + HOST + END, [405]),
    'override': (GET + HOST + b'X-HTTP-Method-Override: DELETE\r\n' + END,
                 [200]),
    'chunks': (GET + HOST + b'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
               + GET + HOST + END, [400]),
    'both lengths': (GET + HOST + b'Content-Length: 4\r\nTransfer-Encoding: '
                     b'chunked\r\n\r\n0\r\n\r\n' + GET + HOST + END, [400]),
    'a length twice': (GET + HOST + b'Content-Length: 0\r\nContent-Length: 5'
                       b'\r\n\r\nGET /' + GET + HOST + END, [400]),
    'a body': (GET + HOST + b'Content-Length: 30\r\n\r\n' + GET + HOST + END,
               [400]),
    'empty body': (GET + HOST + b'Content-Length: 0\r\n' + END, [200]),
    'range': (GET + HOST + b'Range: bytes=0-0\r\n' + END, [200]),
    'ranges': (GET + HOST + b'Range: bytes=' + b'0-,' * 2000 + b'0-\r\n' + END,
               [200]),
    'upgrade': (GET + HOST + b'Upgrade: h2c, websocket\r\nHTTP2-Settings: AA'
                b'\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\r\n',
                [200]),
    # Without a body, libmicrohttpd 1.0 does not say 100.
    'expect': (GET + HOST + b'Expect: 100-continue\r\n' + END,
               [100, 200], [200]),
    # libmicrohttpd ends a field at a NUL; 1.0 refuses it.
    'a NUL in a field': (GET + b'Host: localhost\0.example\r\n' + END, [200],
                         [400]),
    'cookie': (GET + HOST + b'Cookie: a=' + b'b' * 8000 + b'\r\n' + END,
               [200]),
    'forwarded': (GET + HOST + b'X-Forwarded-For: 1.2.3.4\r\nForwarded: host='
                  b'evil.example\r\nX-Forwarded-Prefix: //evil\r\n' + END,
                  [200]),
    'cross-site': (GET + HOST + b'Sec-Fetch-Site: cross-site\r\n' + END,
                   [403]),
    'cross-site, no-cors': (
        GET + HOST + b'Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors'
        b'\r\nSec-Fetch-Dest: script\r\n' + END, [403]),
    'in a frame': (
        GET + HOST + b'Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate'
        b'\r\nSec-Fetch-Dest: iframe\r\n' + END, [403]),
    'a link of elsewhere': (
        GET + HOST + b'Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate'
        b'\r\nSec-Fetch-Dest: document\r\n' + END, [200]),
    'pipelined': ((GET + HOST + b'\r\n') * 30 + GET + HOST + END, [200] * 31),
    'pipelined, one is none': (
        (GET + HOST + b'\r\n') * 3 + b'BREW / HTTP/1.1\r\n' + HOST + END
        + GET + HOST + END, [200, 200, 200, 405]),
    'of 2048 bytes': (b'GET /' + b'a' * 2047 + b' HTTP/1.1\r\n' + HOST + END,
                      [414]),
}


@pytest.mark.parametrize('name', SENT)
def test_all_is_answered_in_one_way(web, name):
    sent, *expected = SENT[name]
    data = web.send(sent)
    if b'header required' in data:      # libmicrohttpd 0.9 sends its head twice
        data = data[data.rindex(b'HTTP/1.1 4'):]
    assert statuses(data) in expected, data[:2000]
    assert SECRET.encode() not in data and b'root:' not in data
    assert b'evil' not in data
    assert b'Access-Control' not in data and b'X-Word' not in data
    assert b'Content-Range' not in data and b'\r\nUpgrade' not in data


# What libmicrohttpd refuses, or drops without a word.
NONE = {
    'of 0.9': b'GET /\r\n', 'of 0.9 with a host': b'GET /all\r\n' + HOST + END,
    'of 2': b'GET / HTTP/2.0\r\n' + HOST + END,
    'of 1.11': b'GET / HTTP/1.11\r\n' + HOST + END,
    'of 3': b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'cookies': GET + HOST + b'Cookie: ' + b'a=b; ' * 20000 + b'\r\n' + END,
    'a line': b'GET /' + b'a' * 100000 + b' HTTP/1.1\r\n' + HOST + END,
    'a field': GET + HOST + b'X: ' + b'a' * 100000 + b'\r\n' + END,
    'a name': GET + HOST + b'X' * 100000 + b': a\r\n' + END,
    'fields': GET + HOST + b'A: b\r\n' * 20000 + END,
    'a length below 0': GET + HOST + b'Content-Length: -1\r\n' + END,
    'TLS': b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + b'\0' * 500,
    'nothing': b'', 'no colon': GET + HOST + b'nothing\r\n' + END,
    'bytes': bytes(range(256)) * 200, 'lines': b'\r\n' * 30000,
    'no end': b'a' * 60000,
}


@pytest.mark.parametrize('name', NONE)
def test_what_is_no_request_is_not_served(web, name):
    with web.connect() as s:
        try:
            s.sendall(NONE[name])
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass                # it has had enough already
        data = receive(s)
    assert not data or statuses(data)[0] >= 400, data[:500]
    assert SECRET.encode() not in data and b'root:' not in data


def test_who_has_said_all_is_answered(web):
    """Half of a connection may be closed before the answer comes."""
    with web.connect() as s:
        s.sendall(b'GET / HTTP/1.1\r\n' + HOST + END)
        s.shutdown(socket.SHUT_WR)
        reply = Reply(receive(s))
    assert reply.status == 200 and '</html>' in reply.text


def descriptors(web):
    return sum(len(os.listdir('/proc/%d/fd' % pid)) for pid in web.workers())


def test_who_goes_away_leaves_nothing(web):
    """In the middle of a request, of an answer, and by a reset."""
    assert web.ask('/').status == 200
    before = descriptors(web)
    for turn in range(300):
        with web.connect() as s:
            if turn % 3 == 0 and s.family != socket.AF_UNIX:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack('ii', 1, 0))
            s.sendall((b'GET /', b'GET / HTTP/1.1\r\n' + HOST + b'\r\n',
                       (GET + HOST + b'\r\n') * 9)[turn % 3])
            if turn % 3 == 1:
                s.recv(1)
    assert web.ask('/').status == 200
    wait_until(lambda: descriptors(web) <= before)


def test_a_thousand_at_once(web):
    """They have a second each when there are many; others come in between."""
    held = []
    for _ in range(1000):
        s = socket.socket(socket.AF_UNIX if web.listen[0] == '/' else
                          socket.AF_INET)
        s.setblocking(False)
        try:
            s.connect(web.path if web.listen[0] == '/' else
                      (web.listen.partition(':')[0],
                       int(web.listen.partition(':')[2])))
        except OSError:
            pass                # under way, or the backlog is full
        held.append(s)
    for s in held:
        try:
            s.send(b'GET / HTTP/1.1\r\n')
        except OSError:
            pass
    assert web.ask('/').status == 200
    for s in held:
        s.close()
    wait_until(lambda: web.ask('/health').status == 200 and
               descriptors(web) < 100)


def test_who_reads_slowly_keeps_nobody_waiting(web):
    """A byte of the answer now and then."""
    held = []
    for _ in range(60):
        s = web.connect()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        s.sendall((b'GET /all HTTP/1.1\r\n' + HOST + b'\r\n') * 10)
        held.append(s)
    for _ in range(3):
        for s in held:
            assert len(s.recv(1)) == 1
        assert web.ask('/').status == 200
    for s in held:
        s.close()


def test_what_is_not_taken_is_bounded(build, ctl, tmp_path):
    """Else each of 256 clients could make a worker hold as much as there is."""
    own = Ctl(build, tmp_path)
    own.put('a.eml', mail(report(rows=[
        ('10.1.%d.%d' % (n >> 8, n & 255), 1, FAIL) for n in range(1200)])))
    own('import', 'a.eml')
    for tail in '', '-wal':         # for long: the answer is made once
        os.utime(own.database + tail, (1, 1))
    web = Web(build, tmp_path, own.database)
    held = []
    try:
        target = '/d/example.org/senders?by=address&since=1000d&format=json'
        size = len(web.get(target).body)
        assert 256 << 10 < size < 512 << 10, size
        most = 2 * ((32 << 20) + size) // size
        said = []
        for _ in range(most + 20):
            s = web.connect()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            s.sendall(b'GET %s HTTP/1.1\r\n' % target.encode() + HOST
                      + b'\r\n')
            said.append(int(s.recv(12).split()[1]))
            held.append(s)
        assert set(said) == {200, 503}
        assert said.count(200) <= most
        assert web.ask('/health').status == 200
        for s in held:
            s.close()
        wait_until(lambda: {web.ask(target).status for _ in range(9)} == {200})
        assert 'too many clients' in web.log.read_text()
    finally:
        for s in held:
            s.close()
        web.stop()


def test_who_sends_slowly_is_dropped(web):
    """A line of a request every now and then, which never ends."""
    began = time.monotonic()
    slow = [web.connect() for _ in range(4)]
    for s in slow:
        s.sendall(b'GET / HTTP/1.1\r\n')
    while slow:
        assert time.monotonic() - began < PATIENCE
        assert web.ask('/health').status == 200
        time.sleep(0.3)
        for s in list(slow):
            try:
                s.sendall(b'X: a\r\n')
            except OSError:
                s.close()
                slow.remove(s)


def basic(word):
    return 'Basic ' + base64.b64encode(word).decode()


def test_no_other_word_is_a_password(build, ctl, tmp_path):
    users = ctl.put('users', ANNA.encode())
    os.chmod(users, 0o600)
    web = Web(build, tmp_path, ctl.database, '--auth-file=%s' % users)
    right = basic(b'anna:secret')
    try:
        for field in (
                '', 'Basic', 'Basic ', 'Basic =', 'Basic ' + 'A' * 4000,
                'Basic ' + 'é' * 20, right + '=', right[:-2], right + ' x',
                'Digest username="anna"', 'Bearer ' + right[6:],
                'Negotiate ' + right[6:], right.replace('Basic ', 'Basic'),
                right + ', ' + right, basic(b''), basic(b':'), basic(b'anna'),
                basic(b':secret'), basic(b'anna:'), basic(b'anna:secret\0'),
                basic(b'anna\0:secret'), basic(b'\0anna:secret'),
                basic(b'ANNA:secret'), basic(b'anna:secret\n'),
                basic(b'anna:' + b's' * 380), basic(b'\xff\xfe:\xff'),
                basic(b"' OR 1=1 --:x")):
            reply = web.ask('/', 'Authorization: ' + field)
            assert reply.status in (401, 429), field
            assert SECRET not in reply.text
        assert web.ask('/').status == 401
        # Who has it is not kept out by those who guess for long.
        wait_until(lambda: web.ask(
            '/', 'Authorization: ' + right).status == 200)
        assert web.ask('/', 'Authorization: ' + basic(b'x:y'),
                       'Authorization: ' + right).status in (401, 429)
        assert web.ask('/', 'Proxy-Authorization: ' + right).status == 401
        assert web.ask('/?user=anna&password=secret').status == 401
        assert 'secret' not in web.log.read_text()
    finally:
        web.stop()
