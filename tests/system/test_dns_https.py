# SPDX-License-Identifier: BSD-2-Clause
"""ruactl dns --https: the policy file of MTA-STS from a private web server, by
ruad-fetch, which ruactl starts for that alone."""

import http.server
import os
import shutil
import ssl
import subprocess
import threading

import pytest

import certs
from ctl import Ctl
from dnszones import TXT, ask, good, reports, told, zone_text
from nameserver import NameServer

POLICY = 'version: STSv1\r\nmode: %s\r\nmx: %s\r\nmax_age: %d\r\n'
OK = POLICY % ('enforce', 'mx.{domain}', 2592000)
PLAIN = 'text/plain; charset=utf-8'
# name: (status, type, body), and what is told.
FILES = {
    'right': ((200, PLAIN, OK), ''),
    'wildcard': ((200, PLAIN, OK.replace('mx.{', '*.{')), ''),
    'testing': ((200, PLAIN, OK.replace('enforce', 'testing')), 'M3W'),
    'nothing': ((200, PLAIN, OK.replace('enforce', 'none')), 'M3I'),
    'short': ((200, PLAIN, OK.replace('2592000', '3600')), 'M3W'),
    'other-mx': ((200, PLAIN, OK.replace('mx.{domain}', 'mail.example')),
                 'M3W'),
    'bad-mode': ((200, PLAIN, OK.replace('enforce', 'enforced')), 'M3E'),
    'no-version': ((200, PLAIN, OK.split('\r\n', 1)[1]), 'M3E'),
    'unknown-key': ((200, PLAIN, OK + 'color: red\r\n'), 'M3I'),
    'html': ((200, 'text/html', OK), 'M2W'),
    'missing': ((404, PLAIN, 'no'), 'M2E'),
    'redirect': ((301, PLAIN, ''), 'M2E'),
    'long': ((200, PLAIN, OK + '\n' * 70000), 'M2E'),
    'no-host': (None, 'M2E'),
    'bad-name': ((200, PLAIN, OK), 'M2E'),      # not in the certificate
    'escape': ((200, 'text/\x1b[31m', OK), 'M2W'),
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):       # pylint: disable=invalid-name
        host = self.headers['Host'].split(':')[0]
        domain = host.removeprefix('mta-sts.')
        self.server.asked.append((host, self.path))
        status, kind, body = self.server.files[domain.split('.')[0]]
        body = body.replace('{domain}', domain).encode()
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        if status == 301:
            self.send_header('Location', 'https://%s/other' % host)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass            # it has read enough

    def log_message(self, *args):   # pylint: disable=arguments-differ
        pass


@pytest.fixture(scope='module')
def web(certificates):
    names = ','.join('DNS:mta-sts.%s.example' % name for name in FILES
                     if name != 'bad-name')
    certs.make(certificates, 'mta-sts', names)
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates + '/mta-sts.crt',
                            certificates + '/mta-sts.key')
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.asked = []
    server.files = {name: answer for name, (answer, _) in FILES.items()}
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope='module')
def zones():
    everything = {'example': 'nothing TXT "here"'}
    for name in [*FILES, 'silent', 'plain']:
        records = good()
        if name not in ('no-host', 'plain'):
            records['mta-sts'] = [
                'A 127.0.0.%d' % (1 if name != 'silent' else 99)]
        if name == 'plain':
            records['_mta-sts'] = []
        everything[name + '.example'] = zone_text(records, name + '.example')
    with NameServer(everything) as server:
        yield server


@pytest.fixture(scope='module')
def ruactl(build, web, certificates, tmp_path_factory):
    """Beside it, a ruad-fetch that goes to the private server's port."""
    directory = tmp_path_factory.mktemp('https')
    ctl = Ctl(build, directory)
    for name in [*FILES, 'silent', 'plain']:
        reports(ctl, name + '.example',
                rows=(('192.0.2.25', 100, ('pass', 'pass')),))
    (directory / 'bin').mkdir()
    shutil.copy(build + '/ruactl', directory / 'bin/ruactl')
    script = directory / 'bin/ruad-fetch'
    script.write_text('#!/bin/sh\nexec %s/ruad-fetch --ca-file=%s/ca.crt '
                      '"$1" "$2:%d" "$3"\n' % (build, certificates,
                                          web.server_address[1]))
    os.chmod(script, 0o755)
    ctl.program = str(directory / 'bin/ruactl')
    return ctl


@pytest.mark.parametrize('name', FILES)
def test_the_policy_file_is_judged(ruactl, zones, web, name):
    web.asked.clear()
    answer = ask(ruactl, zones, '--https', name + '.example')
    assert told(answer) == FILES[name][1].split(), answer['checks']
    assert answer['unknown'] == []
    for check in answer['checks']:
        assert 'https://mta-sts.%s.example/.well-known/mta-sts.txt' % name \
            in check['text']
    if name not in ('no-host', 'bad-name'):
        assert web.asked == [('mta-sts.%s.example' % name,
                              '/.well-known/mta-sts.txt')]


def test_it_is_not_fetched_without_the_option_or_a_record(ruactl, zones, web):
    web.asked.clear()
    assert told(ask(ruactl, zones, 'missing.example')) == []
    assert told(ask(ruactl, zones, '--https', 'plain.example')) == []
    assert web.asked == []


def test_of_a_web_server_that_does_not_answer_nothing_is_said(ruactl, zones):
    answer = ask(ruactl, zones, '--https', 'silent.example')
    assert told(answer) == []
    assert [u['name'] for u in answer['unknown']] == [
        'https://mta-sts.silent.example/.well-known/mta-sts.txt']


def test_a_new_file_needs_a_new_id(ruactl, zones, web):
    assert told(ask(ruactl, zones, '--https', 'right.example')) == []
    status, kind, body = web.files['right']
    try:
        web.files['right'] = (status, kind, body.replace('2592000', '2592001'))
        for _ in range(2):
            assert told(ask(ruactl, zones, '--https', 'right.example')) == [
                'M4W']
        assert told(ask(ruactl, zones, 'right.example')) == []
    finally:
        web.files['right'] = (status, kind, body)


def test_ruad_fetch_takes_https_only(build):
    """And for a form http to this machine, see url_check()."""
    for args in ([], ['--post', 'http://example.org/'],
                 ['--post', 'file:///etc/passwd'],
                 ['--seconds=0', 'https://a/'],
                 ['http://example.org/'], ['file:///etc/passwd'],
                 ['https://a/', 'https://b/'], ['--what', 'https://a/']):
        done = subprocess.run([build + '/ruad-fetch', *args], check=False,
                              capture_output=True)
        assert (done.returncode, done.stdout) == (64, b''), args


def test_only_ruad_fetch_needs_libcurl(ruactl, zones):
    """An installation without it says so, and of the file nothing."""
    os.rename(os.path.dirname(ruactl.program) + '/ruad-fetch',
              os.path.dirname(ruactl.program) + '/away')
    try:
        answer = ask(ruactl, zones, '--https', 'right.example')
    finally:
        os.rename(os.path.dirname(ruactl.program) + '/away',
                  os.path.dirname(ruactl.program) + '/ruad-fetch')
    assert told(answer) == []
    assert 'ruad-fetch' in answer['unknown'][0]['failure']
