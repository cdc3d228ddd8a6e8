# SPDX-License-Identifier: BSD-2-Clause
"""An OAuth 2.0 token endpoint on loopback, which also tells Dovecot whether a
token is good.

By itself it is honest: the right client gets a token for lifetime seconds.
answer = (status, body) is said instead, whatever is asked; answers = [...]
likewise, one after the other.  rotate: each refresh token is good once;
keep: the old ones stay good beside the new one, as with Microsoft.
"""

import http.server
import json
import ssl
import threading
import time
import urllib.parse

CLIENT_SECRET = 'canary-Cl4rinet+77&x y%'       # must appear nowhere
REFRESH = 'canary-Re4resh-'                     # each, with a number behind
ACCESS = 'canary-Acc3ss-'
SECRETS = (CLIENT_SECRET, REFRESH, ACCESS)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def say(self, status, body, headers=()):
        data = body if isinstance(body, bytes) else (
            body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        server = self.server.owner
        token = self.headers.get('Authorization', '')[len('Bearer '):]
        server.introspected.append(token)
        user, end = server.tokens.get(token, ('', 0))
        good = end > time.monotonic()
        self.say(200 if good else 401,
                 {'active': good, **({'user': user} if good else {})})

    def do_POST(self):
        server = self.server.owner
        size = int(self.headers.get('Content-Length', 0))
        form = dict(urllib.parse.parse_qsl(
            self.rfile.read(size).decode(), keep_blank_values=True))
        server.requests.append((self.path, form, dict(self.headers)))
        if server.hook and server.hook(self):
            return
        answer = server.answers.pop(0) if server.answers else server.answer
        if answer is None:
            answer = server.honest(form)
        self.say(*answer)


class Tokend:
    """user: whose mailbox the tokens are for.  cert: name of a certificate
    of certs.py, None for http."""

    def __init__(self, user='', certificates=None, cert=None):
        self.user = user
        self.lifetime = 3600
        self.rotate = self.keep = False
        self.refresh = REFRESH + '0'
        self.old = []
        self.secret, self.tail = CLIENT_SECRET, ''
        self.answer, self.answers, self.hook = None, [], None
        self.requests, self.introspected, self.tokens = [], [], {}
        self.connections = 0
        self.count = 0
        self.http = http.server.ThreadingHTTPServer(
            ('127.0.0.1', 0), Handler)
        self.http.daemon_threads = True
        self.http.owner = self
        self.http.verify_request = self.note_connection
        self.http.handle_error = lambda *_: None
        if cert is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            base = '%s/%s' % (certificates, cert)
            context.load_cert_chain(base + '.crt', base + '.key')
            self.http.socket = context.wrap_socket(
                self.http.socket, server_side=True,
                do_handshake_on_connect=False)
        self.port = self.http.server_address[1]
        self.url = '%s://localhost:%d' % (
            'http' if cert is None else 'https', self.port)
        threading.Thread(target=self.http.serve_forever, args=(0.05,),
                         daemon=True).start()

    def note_connection(self, *_):
        self.connections += 1
        return True

    def make(self, user=None):
        """An access token, good for Dovecot as long as it lives."""
        self.count += 1
        token = '%s%d.%s' % (ACCESS, self.count, 'x' * 2000)
        self.tokens[token] = (self.user if user is None else user,
                              time.monotonic() + self.lifetime)
        return token

    def honest(self, form):
        grant = form.get('grant_type')
        if form.get('client_secret') != self.secret:
            return 401, {'error': 'invalid_client'}
        if grant == 'refresh_token' and \
                form.get('refresh_token') not in [self.refresh] + self.old:
            return 400, {'error': 'invalid_grant'}
        body = {'token_type': 'Bearer', 'expires_in': self.lifetime,
                'access_token': self.make()}
        if grant == 'refresh_token' and self.rotate:
            if self.keep:
                self.old.append(self.refresh)
            self.refresh = '%s%d%s' % (REFRESH, self.count, self.tail)
            body['refresh_token'] = self.refresh
        return 200, body

    def close(self):
        self.http.shutdown()
        self.http.server_close()

    def grants(self):
        return [form.get('grant_type') for _, form, _ in self.requests]
