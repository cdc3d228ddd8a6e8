# SPDX-License-Identifier: BSD-2-Clause
"""An IMAP server that does what it is told, for what Dovecot will not do.

By itself it is an honest little server with its mail in memory.  A hook takes
over one command: hooks['MOVE'] = f, called as f(session, tag, arguments);
what f returns true for is not answered any further.  cut_after and
stall_after end or freeze a connection after so many bytes sent.
"""

import base64
import re
import select
import socket
import ssl
import threading
import time
from collections import Counter

import dovecot
from patience import wait_until

CAPABILITY = 'IMAP4rev1 AUTH=PLAIN SASL-IR NAMESPACE UIDPLUS MOVE'


class Gone(Exception):
    """The connection has ended."""


def members(uid_set, uids):
    """Those of uids that a sequence set names, in order."""
    wanted = set()
    top = max(uids, default=0)
    for part in uid_set.split(','):
        first, _, last = part.partition(':')
        first = top if first == '*' else int(first)
        last = first if not last else top if last == '*' else int(last)
        wanted.update(range(min(first, last), max(first, last) + 1))
    return [uid for uid in uids if uid in wanted]


def arguments(text):
    """Words and quoted strings; what is in brackets stays one argument."""
    found = re.findall(r'"((?:\\.|[^"\\])*)"|(\([^)]*\))|([^\s"()]+)', text)
    return [re.sub(r'\\(.)', r'\1', q) if q else p or w for q, p, w in found]


class Session(threading.Thread):
    def __init__(self, server, sock):
        super().__init__(daemon=True)
        self.server, self.sock = server, sock
        self.encrypted = False
        self.sent = 0
        self.user = None
        self.selected = None
        self.buffer = b''
        self.received = b''             # all that the client said, decrypted
        self.commands = []

    # --- transport -------------------------------------------------------

    def send(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        for limit, end in ((self.server.cut_after, self.close),
                           (self.server.stall_after, self.stall)):
            if limit is not None and self.sent + len(data) >= limit:
                self.raw(data[:limit - self.sent])
                end()
                raise Gone
        self.raw(data)

    def raw(self, data):
        try:
            self.sock.sendall(data)
        except (OSError, ValueError):
            raise Gone from None
        self.sent += len(data)

    def stall(self):
        while self.server.open and self.recv():
            pass

    def recv(self):
        try:
            data = self.sock.recv(65536)
        except (OSError, ValueError):
            return b''
        self.received += data
        return data

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()

    def secure(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        base = '%s/%s' % (self.server.certs, self.server.cert)
        context.load_cert_chain(base + '.crt', base + '.key')
        try:
            self.sock = context.wrap_socket(self.sock, server_side=True)
        except (OSError, ssl.SSLError) as e:
            self.server.failed_handshakes.append(str(e))
            raise Gone from None
        self.encrypted = True

    def line(self):
        """A command, its literals in place."""
        text = b''
        while True:
            while b'\n' not in self.buffer:
                data = self.recv()
                if not data:
                    raise Gone
                self.buffer += data
            line, _, self.buffer = self.buffer.partition(b'\n')
            text += line.rstrip(b'\r')
            literal = re.search(rb'\{(\d+)(\+?)\}$', text)
            if not literal:
                return text.decode()
            if not literal[2]:
                self.send('+ go on\r\n')
            size = int(literal[1])
            while len(self.buffer) < size:
                data = self.recv()
                if not data:
                    raise Gone
                self.buffer += data
            text = text[:literal.start()] + b'"' + self.buffer[:size] + b'"'
            self.buffer = self.buffer[size:]

    # --- the dialogue ------------------------------------------------------

    def run(self):
        try:
            if self.server.tls == 'implicit':
                self.secure()
            self.send(self.server.greeting + '\r\n')
            while True:
                tag, _, rest = self.line().partition(' ')
                name, _, rest = rest.partition(' ')
                name = name.upper()
                if name == 'UID':
                    name, _, rest = rest.partition(' ')
                    name = 'UID ' + name.upper()
                self.commands.append((name, rest))
                hook = self.server.hooks.get(name)
                if hook and hook(self, tag, rest):
                    continue
                method = getattr(self, 'do_' + name.lower().replace(
                    ' ', '_'), None)
                if method is None:
                    self.send('%s BAD what is %s?\r\n' % (tag, name))
                else:
                    method(tag, rest)
        except Gone:
            pass
        finally:
            self.close()

    def ok(self, tag, text='done'):
        self.send('%s OK %s\r\n' % (tag, text))

    def do_capability(self, tag, _):
        self.send('* CAPABILITY %s\r\n' % self.server.capability)
        self.ok(tag)

    def do_noop(self, tag, _):
        self.ok(tag)

    do_subscribe = do_close = do_check = do_unselect = do_noop

    def do_id(self, tag, _):
        self.send('* ID NIL\r\n')
        self.ok(tag)

    def do_logout(self, tag, _):
        self.send('* BYE see you\r\n')
        self.ok(tag)
        raise Gone

    def do_starttls(self, tag, _):
        self.ok(tag)
        self.secure()

    def do_login(self, tag, rest):
        user, password = arguments(rest)[:2]
        self.admit(tag, user, password)

    def do_authenticate(self, tag, rest):
        words = rest.split()
        if words[0].upper() != 'PLAIN':
            self.send('%s NO no such mechanism\r\n' % tag)
            return
        if len(words) < 2:
            self.send('+ \r\n')
            words.append(self.line())
        parts = base64.b64decode(words[1]).split(b'\0')
        self.admit(tag, parts[1].decode(), parts[2].decode())

    def admit(self, tag, user, password):
        self.user = user
        self.server.logins.append(user)
        if password != dovecot.PASSWORD:
            self.send('%s NO [AUTHENTICATIONFAILED] no\r\n' % tag)
        else:
            self.ok(tag, '[CAPABILITY %s] welcome' % self.server.capability)

    def do_namespace(self, tag, _):
        self.send('* NAMESPACE (("" "/")) NIL NIL\r\n')
        self.ok(tag)

    def do_list(self, tag, rest):
        pattern = arguments(rest)[-1] if '""' != rest[-2:] else ''
        if not pattern:
            self.send('* LIST (\\Noselect) "/" ""\r\n')
        for name in list(self.server.folders):
            if pattern in ('*', '%', name):
                self.send('* LIST () "/" "%s"\r\n' % name)
        self.ok(tag)

    do_lsub = do_list

    def do_create(self, tag, rest):
        self.server.folders.setdefault(arguments(rest)[0], {})
        self.ok(tag)

    def do_select(self, tag, rest):
        name = arguments(rest)[0]
        if name not in self.server.folders:
            self.send('%s NO [NONEXISTENT] no such folder\r\n' % tag)
            return
        self.selected = self.server.folders[name]
        self.send('* FLAGS (\\Seen \\Deleted)\r\n'
                  '* %d EXISTS\r\n* 0 RECENT\r\n'
                  '* OK [UIDVALIDITY %d] valid\r\n* OK [UIDNEXT %d] next\r\n'
                  % (len(self.selected), self.server.uidvalidity,
                     max(self.selected, default=0) + 1))
        self.ok(tag, '[READ-WRITE] selected')

    do_examine = do_select

    def do_status(self, tag, rest):
        name = arguments(rest)[0]
        mails = self.server.folders.get(name, {})
        self.send('* STATUS "%s" (MESSAGES %d)\r\n' % (name, len(mails)))
        self.ok(tag)

    def do_uid_search(self, tag, rest):
        uids = sorted(self.selected)
        found = re.search(r'UID ([\d:*,]+)', rest)
        if found:
            uids = members(found[1], uids)
        self.send('* SEARCH%s\r\n' % ''.join(' %d' % u for u in uids))
        self.ok(tag)

    def do_uid_fetch(self, tag, rest):
        uid_set, _, items = rest.partition(' ')
        order = sorted(self.selected)
        for uid in members(uid_set, order):
            self.send_mail(order.index(uid) + 1, uid, items)
        self.ok(tag)

    def do_fetch(self, tag, rest):
        numbers, _, items = rest.partition(' ')
        order = sorted(self.selected)
        for number in members(numbers, range(1, len(order) + 1)):
            self.send_mail(number, order[number - 1], items)
        self.ok(tag)

    def send_mail(self, number, uid, items):
        data = self.selected[uid]
        answer = 'UID %d' % uid
        if 'RFC822.SIZE' in items:
            answer += ' RFC822.SIZE %d' % len(data)
        if 'FLAGS' in items:
            answer += ' FLAGS (%s)' % (
                '\\Deleted' if uid in self.server.deleted else '')
        head = '* %d FETCH (%s' % (number, answer)
        if 'BODY.PEEK[HEADER]' in items:
            first, blank, rest = data.partition(b'\r\n\r\n')
            first += blank
            self.send(b'%s BODY[HEADER] {%d}\r\n%s BODY[TEXT] {%d}\r\n%s)\r\n'
                      % (head.encode(), len(first), first, len(rest), rest))
        elif 'BODY' in items:
            part = re.search(r'<(\d+)\.(\d+)>', items)
            where = ''
            if part:
                first = int(part[1])
                data, where = data[first:first + int(part[2])], '<%d>' % first
            self.send((head + ' BODY[]%s {%d}\r\n' % (where, len(data)))
                      .encode() + data + b')\r\n')
        else:
            self.send(head + ')\r\n')

    def copy(self, rest):
        uid_set, _, name = rest.partition(' ')
        target = self.server.folders.get(arguments(name)[0])
        uids = members(uid_set, sorted(self.selected))
        for uid in uids if target is not None else ():
            target[max(target, default=0) + 1] = self.selected[uid]
        return None if target is None else uids

    def do_uid_copy(self, tag, rest):
        if self.copy(rest) is None:
            self.send('%s NO [TRYCREATE] no such folder\r\n' % tag)
        else:
            self.ok(tag)

    def do_uid_move(self, tag, rest):
        uids = self.copy(rest)
        if uids is None:
            self.send('%s NO [TRYCREATE] no such folder\r\n' % tag)
            return
        numbers = []
        for uid in uids:
            numbers.append(sorted(self.selected).index(uid) + 1)
            del self.selected[uid]
        # Who asked may have gone: that must not leave half of it undone.
        for number in numbers:
            self.send('* %d EXPUNGE\r\n' % number)
        self.ok(tag)

    def do_idle(self, tag, _):
        """Until the client says DONE; new mails are announced meanwhile."""
        told = len(self.selected)
        self.send('+ idling\r\n')
        while b'\n' not in self.buffer:
            if len(self.selected) > told:
                self.send('* %d EXISTS\r\n' % len(self.selected))
            told = len(self.selected)
            if self.has_input(0.1):
                data = self.recv()
                if not data:
                    raise Gone
                self.buffer += data
        line = self.line()
        self.commands.append((line.upper(), ''))
        if line.upper() == 'DONE':
            self.ok(tag)
        else:
            self.send('%s BAD not DONE\r\n' % tag)

    def has_input(self, seconds):
        if not self.server.open:
            raise Gone
        try:
            return ((self.encrypted and self.sock.pending() > 0) or
                    select.select([self.sock], [], [], seconds)[0])
        except (OSError, ValueError):
            raise Gone from None

    def do_uid_store(self, tag, rest):
        self.server.stored.append(rest)
        if '\\Deleted' in rest:           # of whatever folder: INBOX
            self.server.deleted.update(
                members(rest.partition(' ')[0], sorted(self.selected)))
        self.ok(tag)

    def do_uid_expunge(self, tag, rest):
        for uid in members(rest, sorted(self.selected)):
            del self.selected[uid]
        self.ok(tag)

    def do_expunge(self, tag, _):
        self.ok(tag, 'but nobody should have asked')


class FakeImap:
    """user is whatever logs in: there is one account.  It also has what a
    rig asks of a Dovecot."""

    def __init__(self, certificates, mails=(), *, tls='implicit',
                 cert='good', capability=CAPABILITY, greeting=None):
        self.certs, self.cert, self.tls = certificates, cert, tls
        self.ca = certificates + '/ca.crt'
        self.capability = capability
        self.greeting = greeting or '* OK [CAPABILITY %s] hello' % capability
        self.folders, self.last = {'INBOX': {}}, {}
        self.uidvalidity = 7
        self.hooks = {}
        self.cut_after = self.stall_after = None
        self.sessions, self.logins, self.stored = [], [], []
        self.deleted = set()            # UIDs
        self.failed_handshakes = []
        self.open = True
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=50)
        self.port = self.tls_port = self.listener.getsockname()[1]
        self.deliver(None, [getattr(m, 'data', m) for m in mails])
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while self.open:
            try:
                sock = self.listener.accept()[0]
            except OSError:
                return
            session = Session(self, sock)
            self.sessions.append(session)
            session.start()

    def close(self):
        self.open = False
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for session in self.sessions:
            session.close()
        for session in self.sessions:
            session.join(5)

    def deliver(self, _user, mails, folder='INBOX'):
        target = self.folders[folder]
        for data in mails:
            # A UID is not given to another mail when its mail has gone.
            uid = max(max(target, default=0), self.last.get(folder, 0)) + 1
            target[uid] = data
            self.last[folder] = uid

    def read_folders(self, _user):
        # Copies: a session may change them while they are looked at.
        return {name: Counter(map(dovecot.digest, list(mails.values())))
                for name, mails in list(self.folders.items())}

    def count_folders(self, _user):
        return {name: len(mails) for name, mails in list(self.folders.items())}

    @property
    def received(self):
        """All bytes of all clients."""
        return b''.join(s.received for s in self.sessions)

    @property
    def commands(self):
        """(name, arguments) of all clients."""
        return [c for s in self.sessions for c in s.commands]

    def names(self):
        return [name for name, _ in self.commands]

    def wait_for_session(self, count=1):
        wait_until(lambda: len(self.sessions) >= count)
