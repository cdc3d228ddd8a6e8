# SPDX-License-Identifier: BSD-2-Clause
"""Between ruad and a real IMAP server, to lose what passes.

It ends TLS with the certificate of the tests and speaks plainly to the server.
cut = (n, answered): of each connection the nth command is the last: it does
not reach the server; or, answered, it does, and what the server says to it is
lost.
"""

import re
import socket
import ssl
import threading


class Proxy:
    def __init__(self, server):
        self.server, self.ca = server, server.ca
        self.cut = None
        self.commands = []              # names, of the last connection
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(server.certs + '/good.crt',
                                     server.certs + '/good.key')
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.tls_port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __getattr__(self, name):
        return getattr(self.server, name)   # deliver() and the like

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()

    def accept(self):
        while True:
            try:
                sock = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,),
                             daemon=True).start()

    def serve(self, sock):
        try:
            with self.context.wrap_socket(sock, server_side=True) as client, \
                    socket.create_connection(
                        ('127.0.0.1', self.server.port)) as server:
                self.commands = []
                self.talk(client.makefile('rwb', 0), server.makefile('rwb', 0))
        except OSError:
            pass

    def talk(self, client, server):
        """Command by command: ruad has never two under way."""
        client.write(server.readline())
        number, tag = -1, None
        for command in client:
            if tag is None:             # else more of the last one
                number += 1
                tag, *words = command.split()
                name = words[words[0] == b'UID']
                self.commands.append(name.decode())
            if self.cut == (number, False):
                return
            server.write(command)
            for line in server:
                ended = line.startswith(tag + b' ')
                done = ended or line.startswith(b'+ ')
                if self.cut == (number, True):
                    if done:
                        return
                    continue
                client.write(line)
                if ended:
                    tag = None
                if done:
                    break
                literal = re.search(rb'\{(\d+)\}\r\n$', line)
                left = int(literal[1]) if literal else 0
                while left:
                    data = server.read(left)
                    client.write(data)
                    left -= len(data)
            else:
                return
