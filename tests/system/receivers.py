# SPDX-License-Identifier: BSD-2-Clause
"""Who takes what ruad tells: a mail server and an HTTP server on loopback."""

import glob
import http.server
import socketserver
import threading


class Mail:
    """One message as a server has it."""

    def __init__(self):
        self.sender, self.recipients, self.data = None, [], b''


class SmtpHandler(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line + b'\r\n')

    def handle(self):
        mail = Mail()
        self.say(b'220 test ESMTP')
        for line in self.rfile:
            word, _, rest = line.strip().partition(b' ')
            word = word.upper()
            if word in (b'EHLO', b'HELO'):
                self.say(b'250 test')
            elif word == b'MAIL':
                mail.sender = rest.decode()
                self.say(b'250 ok')
            elif word == b'RCPT':
                mail.recipients.append(rest.decode())
                self.say(b'250 ok')
            elif word == b'DATA':
                self.take(mail)
                mail = Mail()
            elif word == b'QUIT':
                self.say(b'221 bye')
                return
            else:
                self.say(b'502 what?')

    def take(self, mail):
        self.say(b'354 go on')
        for line in self.rfile:
            if line == b'.\r\n':
                break
            assert line.endswith(b'\r\n')
            mail.data += line[1:] if line.startswith(b'.') else line
        if self.server.refuses:
            self.say(b'451 not now')
        else:
            self.server.got.append(mail)
            self.say(b'250 taken')


def command_lines():
    """Of all processes, as anybody sees them."""
    found = []
    for path in glob.glob('/proc/[0-9]*/cmdline'):
        try:
            with open(path, 'rb') as f:
                found.append(f.read().decode(errors='replace'))
        except OSError:
            pass
    return found


class HttpHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.server.asked.append(self.path)
        self.server.seen += command_lines()
        self.send_response(403 if self.server.refuses else 204)
        self.end_headers()
        if not self.server.refuses:
            self.server.got.append((self.path, self.headers, body))

    def log_message(self, *args):
        pass


class Receiver:
    """server.got: what was taken; while server.refuses is set, nothing is."""

    def __init__(self, handler):
        self.server = socketserver.ThreadingTCPServer(
            ('127.0.0.1', 0), handler, bind_and_activate=False)
        self.server.daemon_threads = True
        self.server.server_bind()
        self.server.server_activate()
        self.server.got, self.server.asked, self.server.seen = [], [], []
        self.server.refuses = False
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    @property
    def got(self):
        return self.server.got

    def close(self):
        self.server.shutdown()
        self.server.server_close()
