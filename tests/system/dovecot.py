# SPDX-License-Identifier: BSD-2-Clause
"""A private Dovecot on loopback, for one test run.

Everything it has is in one directory under /tmp.  Started by root it serves
mail as an unused uid; started by anybody else it is all that user's.  It dies
with the process that started it, however that ends.
"""

import atexit
import grp
import hashlib
import os
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import certs
import dovecotconf
import gen
from patience import PATIENCE

MAIL_UID = 20143
PASSWORD = 'canary-Tr0mbone-8f1e'      # of every user; must appear nowhere


def tied(command, env=os.environ):
    """Arguments of Popen for what gets SIGTERM when this process ends.  With a
    function of its own between fork and exec Python would copy itself, which
    costs more than most of what is run; so a small program is before it."""
    env = dict(env)
    tie = ['setpriv', '--pdeathsig', 'TERM', '--']
    if 'LD_PRELOAD' in env:             # into the command, and nothing else
        tie += ['env', 'LD_PRELOAD=' + env.pop('LD_PRELOAD')]
    return {'args': [*tie, *command], 'env': env}


def free_ports(count=2):
    """Neighbouring ports below the range that outgoing connections take."""
    for _ in range(200):
        first = random.SystemRandom().randrange(20000, 32000)
        held = []
        try:
            for port in range(first, first + count):
                for address in certs.ADDRESSES:
                    s = socket.socket()
                    held.append(s)
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    s.bind((address, port))
            return first
        except OSError:
            continue
        finally:
            for s in held:
                s.close()
    raise RuntimeError('no free ports')


def digest(data):
    """Of a mail, whichever line ends the server keeps."""
    return hashlib.sha256(data.replace(b'\r\n', b'\n')).hexdigest()


class Dovecot:
    """separator, prefix: of the only namespace.  capability: what the server
    says it can, None for all that it can.  location: mail_location."""

    def __init__(self, *, separator='.', prefix='', capability=None,
                 mechanisms='plain login scram-sha-256',
                 location='maildir:~/Maildir', extra='', certificates=None):
        self.separator, self.prefix = separator, prefix
        self.root = tempfile.mkdtemp(prefix='ruad-dovecot-', dir='/tmp')
        atexit.register(self.stop)
        os.chmod(self.root, 0o755)
        self.process = None
        self.certs = certificates
        if self.certs is None:
            self.certs = self.root + '/tls'
            certs.make_all(self.certs)
        self.ca = self.certs + '/ca.crt'
        for name in ('run', 'state', 'log', 'mail'):
            os.mkdir(os.path.join(self.root, name))
        self.log_path = self.root + '/log/dovecot.log'
        self.port = free_ports()
        self.tls_port = self.port + 1
        self.index = 0
        if os.getuid() == 0:
            self.uid, internal, login = MAIL_UID, 'dovecot', 'dovenull'
            os.chown(self.root + '/mail', self.uid, self.uid)
        else:
            self.uid = os.getuid()
            internal = login = pwd.getpwuid(self.uid).pw_name
        group = grp.getgrgid(pwd.getpwnam(internal).pw_gid).gr_name
        text = dovecotconf.whole(
            listen=', '.join(certs.ADDRESSES), root=self.root, port=self.port,
            tls_port=self.tls_port, internal=internal, login=login,
            group=group, uid=self.uid, location=location,
            mechanisms=mechanisms, password=PASSWORD, separator=separator,
            prefix=prefix, capability=capability,
            certs={'' if name == 'good' else address:
                   '%s/%s' % (self.certs, name)
                   for address, name in certs.ADDRESSES.items()})
        with open(self.root + '/dovecot.conf', 'w', encoding='ascii') as f:
            f.write(text + extra)

    def start(self):
        before = self.log().count(') starting up')
        self.process = subprocess.Popen(
            **tied([dovecotconf.PROGRAM, '-F', '-c',
                    self.root + '/dovecot.conf']),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError('dovecot ended: %s %s' % (
                    self.process.stdout.read().decode(), self.log()))
            # It says so when it listens at all ports, not at the first.
            if self.log().count(') starting up') > before:
                return self
            time.sleep(0.02)
        raise RuntimeError('dovecot does not come up: ' + self.log())

    def halt(self):
        """Stop the server, keep the mail."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(0.5)      # it need not end by itself
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    def stop(self):
        self.halt()
        shutil.rmtree(self.root, ignore_errors=True)
        atexit.unregister(self.stop)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # --- what it says ---------------------------------------------------

    def log(self):
        try:
            with open(self.log_path, encoding='utf-8',
                      errors='replace') as f:
                return f.read()
        except FileNotFoundError:
            return ''

    def login_attempts(self, user):
        """How often somebody tried a password for this user."""
        return sum('client passdb out:' in line and
                   'user=' + user in line.split('\t')
                   for line in self.log().splitlines())

    def logins(self, user=''):
        """A line of each that succeeded, of this user or all."""
        return [line for line in self.log().splitlines() if re.search(
            '(Login|Logged in): user=<' + re.escape(user), line)]

    def auth_requests(self):
        return self.log().count('client in: AUTH')

    # --- its mail (Maildir) ---------------------------------------------

    def maildir(self, user, folder='INBOX'):
        base = os.path.join(self.root, 'mail', user, 'Maildir')
        if folder == 'INBOX':
            return base
        return os.path.join(base, '.' + utf7(folder.replace('/', '.')))

    def own(self, *paths):
        if os.getuid() == 0:
            for path in paths:
                os.chown(path, self.uid, self.uid)

    def make_folder(self, user, folder='INBOX'):
        home = os.path.join(self.root, 'mail', user)
        path = self.maildir(user, folder)
        for each in (home, home + '/Maildir', path, path + '/cur',
                     path + '/new', path + '/tmp'):
            if not os.path.isdir(each):
                os.mkdir(each)
                self.own(each)
        if folder != 'INBOX':
            open(path + '/maildirfolder', 'w', encoding='ascii').close()
            self.own(path + '/maildirfolder')
        return path

    def deliver(self, user, mails, folder='INBOX'):
        """mails: bytes with CRLF."""
        path = self.make_folder(user, folder)
        for data in mails:
            self.own(gen.write_mail(path + '/cur', self.index, data))
            self.index += 1

    def read_folders(self, user):
        """{folder: {digest: number of mails}}, folders as ruad names them."""
        return self.each_folder(user, self.read_folder)

    def count_folders(self, user):
        """{folder: number of mails}: no mail is read for that."""
        return self.each_folder(user, lambda path: sum(
            len(os.listdir(os.path.join(path, sub))) for sub in ('cur', 'new')
            if os.path.isdir(os.path.join(path, sub))))

    def each_folder(self, user, look):
        while True:
            try:
                return self.try_each_folder(self.maildir(user), look)
            except FileNotFoundError:
                pass            # a mail was moved while we looked

    @staticmethod
    def try_each_folder(base, look):
        found = {'INBOX': look(base)}
        for name in sorted(os.listdir(base)) if os.path.isdir(base) else ():
            if name.startswith('.') and os.path.isdir(
                    os.path.join(base, name, 'cur')):
                found[from_utf7(name[1:]).replace('.', '/')] = look(
                    os.path.join(base, name))
        return found

    @staticmethod
    def read_folder(path):
        found = {}
        for sub in ('cur', 'new'):
            directory = os.path.join(path, sub)
            if not os.path.isdir(directory):
                continue
            for name in os.listdir(directory):
                with open(os.path.join(directory, name), 'rb') as f:
                    key = digest(f.read())
                found[key] = found.get(key, 0) + 1
        return found

    def flags(self, user, folder='INBOX'):
        """{digest: Maildir flags}"""
        path = self.maildir(user, folder)
        found = {}
        for sub in ('cur', 'new'):
            for name in os.listdir(os.path.join(path, sub)):
                with open(os.path.join(path, sub, name), 'rb') as f:
                    found[digest(f.read())] = name.rpartition(':2,')[2]
        return found

    def forget_uids(self, user, folder='INBOX'):
        """The folder gets a new UIDVALIDITY.  Only while it is halted."""
        path = self.maildir(user, folder)
        for name in os.listdir(path):
            if name.startswith(('dovecot.index', 'dovecot-uid')):
                os.unlink(os.path.join(path, name))


def utf7(text):
    """Modified UTF-7, RFC 3501 5.1.3."""
    out, run = '', ''
    for char in text + '\0':
        if 0x20 <= ord(char) < 0x7f or char == '\0':
            if run:
                coded = run.encode('utf-7').decode()
                out += '&' + coded[1:].rstrip('-').replace('/', ',') + '-'
                run = ''
            out += '&-' if char == '&' else char
        else:
            run += char
    return out[:-1]


def from_utf7(text):
    out = ''
    while '&' in text:
        plain, _, rest = text.partition('&')
        coded, _, text = rest.partition('-')
        out += plain + ('&' if not coded else
                        ('+' + coded.replace(',', '/') + '-').encode()
                        .decode('utf-7'))
    return out + text
