# SPDX-License-Identifier: BSD-2-Clause
"""A private ruad-web, asked by raw HTTP, and its pages taken apart."""

import html
import os
import re
import signal
import socket
import subprocess
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from dovecot import tied
from patience import PATIENCE, wait_until

LANDMARKS = {'header', 'nav', 'main', 'form', 'aside', 'footer', 'title'}
VOID = {'meta', 'br', 'wbr', 'input'}


class Reply:
    def __init__(self, data):
        head, _, self.body = data.partition(b'\r\n\r\n')
        first, *lines = head.decode('latin-1').split('\r\n')
        self.status = int(first.split()[1]) if first.startswith('HTTP/') else 0
        self.headers = {name.lower(): value for name, _, value in (
            line.partition(': ') for line in lines)}
        self.raw = data

    @property
    def text(self):
        return self.body.decode()


class Table:
    def __init__(self, caption=''):
        self.caption, self.heads, self.rows = caption, [], []


class Page(HTMLParser):
    """Fails on tags that do not match."""

    def __init__(self, text):
        super().__init__()
        self.stack, self.elements, self.tables = [], [], []
        self.hrefs, self.words, self.titles = [], '', []
        self.outside = []       # words in no landmark
        self.source = text
        self.cell = self.row = self.table = None
        self.outer = []         # tables around the one at hand
        self.feed(text)
        self.close()
        assert not self.stack, self.stack
        found = re.search('<code id="command">(.*?)</code>', text)
        self.command = html.unescape(found[1]) if found else None

    def handle_startendtag(self, tag, attrs):
        assert tag in ('rect', 'line', 'path'), tag
        self.elements.append((tag, dict(attrs)))

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        assert len(attributes) == len(attrs), attrs
        self.elements.append((tag, attributes))
        if tag not in VOID:
            self.stack.append(tag)
        if tag == 'a':
            self.hrefs.append(attributes['href'])
        elif tag == 'table':
            self.outer.append((self.table, self.row))
            self.table = Table()
            self.tables.append(self.table)
        elif tag == 'tr':
            self.row = []
        elif tag in ('th', 'td', 'caption', 'h1', 'h2'):
            self.cell = ''

    def handle_data(self, data):
        if 'style' not in self.stack:
            self.words += data
            if data.strip() and not LANDMARKS & set(self.stack):
                self.outside.append(data)
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag):
        opened = self.stack.pop()
        assert opened == tag, (opened, tag, self.getpos())
        if tag in ('h1', 'h2'):
            self.titles.append(self.cell)
        elif tag == 'caption':
            self.table.caption = self.cell
        elif tag in ('th', 'td'):
            self.row.append(self.cell)
        elif tag == 'tr' and self.table.heads:
            self.table.rows.append(self.row)
        elif tag == 'tr':
            self.table.heads = self.row
        elif tag == 'table':
            self.table, self.row = self.outer.pop()
            self.cell = ''
        if tag in ('th', 'td', 'caption', 'h1', 'h2'):
            self.cell = None


class Web:
    """ruad-web of a database, at a socket in a directory or at a port."""

    def __init__(self, build, directory, db, *options, listen=None, fds=None,
                 within=()):
        self.path = str(directory / 'http.sock')
        self.listen = listen or self.path
        self.log = directory / 'web.log'
        self.program = os.path.join(build, 'ruad-web')
        args = [*within, self.program, '-d', str(db), *options]
        if fds is None:
            args.append('--listen=' + self.listen)
        else:
            # Its number is not known before there is the process.
            args = ['bash', '-c', 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@" 3<&%d'
                    % fds, 'web', *args]
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(
                **tied(args), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=() if fds is None else (fds,))
        wait_until(lambda: self.process.poll() is not None or
                   self.is_up())

    def is_up(self):
        try:
            self.connect().close()
            return True
        except OSError:
            return False

    def connect(self):
        if self.listen.startswith('/'):
            s = socket.socket(socket.AF_UNIX)
            address = self.listen
        else:
            s = socket.socket()
            host, _, port = self.listen.rpartition(':')
            address = host, int(port)
        try:
            s.connect(address)      # waits where others wait, too
        except OSError:
            s.close()
            raise
        s.settimeout(PATIENCE)
        return s

    def send(self, data):
        """What comes back until the other side closes."""
        with self.connect() as s:
            try:
                s.sendall(data)
            except OSError:
                pass            # it has had enough already
            return receive(s)

    def ask(self, target, *headers, method='GET', host='localhost'):
        lines = ['%s %s HTTP/1.1' % (method, target), 'Connection: close',
                 *headers]
        if host is not None:
            lines.append('Host: ' + host)
        return Reply(self.send('\r\n'.join([*lines, '', '']).encode()))

    def get(self, target, status=200):
        reply = self.ask(target)
        assert reply.status == status, (target, reply.status, reply.text[-900:])
        return reply

    def page(self, target, status=200):
        return Page(self.get(target, status).text)

    def workers(self):
        """Both of them, as soon as they are there."""
        wait_until(lambda: len(self.children()) == 2)
        return self.children()

    def children(self):
        path = '/proc/%d/task/%d/children' % ((self.process.pid,) * 2)
        with open(path, encoding='ascii') as f:
            return [int(pid) for pid in f.read().split()]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait()
        said = self.log.read_text(encoding='utf-8', errors='replace')
        assert 'Sanitizer' not in said and 'runtime error' not in said, said
        return code


def receive(s):
    parts = []
    try:
        while data := s.recv(1 << 16):
            parts.append(data)
    except OSError:
        pass
    return b''.join(parts)


def follow(target, href, below=''):
    """Where a link of a page leads to, if all of it is below a path."""
    assert not href.startswith(('/', '//')) and ':' not in href.split('/')[0]
    url = urlsplit(urljoin('http://h' + below + target, href))
    assert url.netloc == 'h' and url.path.startswith(below + '/'), (
        target, href)
    return url.path[len(below):] + ('?' + url.query if url.query else '')


def kind_of(target):
    """A page without its domain, address, report and filter."""
    parts = target.partition('?')[0].split('/')
    for i in range(2, len(parts)):
        if parts[1] in ('a', 'r') or i == 2 or (
                parts[1] == 'd' and parts[i - 1] == 'day'):
            parts[i] = 'X'
    return '/'.join(parts)


def crawl(web, first='/', most=400, each=10):
    """Every page that links lead to, as (target, page); CSV and JSON apart.  Of
    each kind so many, as there are days without end."""
    todo, seen, kinds = [first], {first}, {}
    while todo and most:
        target = todo.pop(0)
        kind = kind_of(target)
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] > each:
            continue
        most -= 1
        page = web.page(target)
        yield target, page
        for href in page.hrefs:
            if href.startswith('#'):
                continue
            link = follow(target, href)
            assert link == follow(target, href, '/sub/path')
            if 'format=' not in link and link not in seen:
                seen.add(link)
                todo.append(link)
