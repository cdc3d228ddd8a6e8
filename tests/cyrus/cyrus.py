# SPDX-License-Identifier: BSD-2-Clause
"""A private Cyrus IMAP server on loopback.

Debian's package excludes that of Dovecot, so that it is not installed: apt-get
downloads it and what it needs, dpkg -x unpacks it, and it runs from there, as
the user nobody.  Needs root.
"""

import glob
import imaplib
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections import Counter

import dovecot

PACKAGES = ('cyrus-imapd', 'cyrus-common', 'libical3', 'libxapian30',
            'sasl2-bin')
RIGHTS = 'lrswipkxtecda'
ADMIN = 'cyrus'

IMAPD = """configdirectory: {top}/lib
partition-default: {top}/spool
defaultpartition: default
admins: cyrus
cyrus_user: nobody
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {top}/sasldb2
sasl_mech_list: PLAIN
allowplaintext: no
altnamespace: {alternative}
unixhierarchysep: {slash}
autocreate_quota: -1
servername: localhost
tls_server_cert: {top}/tls.crt
tls_server_key: {top}/tls.key
lmtpsocket: {top}/sock/lmtp
idlesocket: {top}/sock/idle
notifysocket: {top}/sock/notify
temp_path: {top}/sock
"""

SERVICES = """START {{
  recover cmd="{bin}/ctl_cyrusdb -C {top}/imapd.conf -r"
}}
SERVICES {{
  imaps cmd="{bin}/imapd -C {top}/imapd.conf -s" listen="127.0.0.1:{port}"
}}
EVENTS {{
}}
"""


def unpack(directory):
    # apt's own user must be able to write there.
    os.chmod(directory, 0o777)
    subprocess.run(['apt-get', '-q', 'download', *PACKAGES], cwd=directory,
                   check=True, stdout=subprocess.DEVNULL)
    for package in glob.glob(directory + '/*.deb'):
        subprocess.run(['dpkg', '-x', package, directory + '/root'],
                       check=True)
    for path, _, _ in os.walk(directory + '/root'):
        os.chmod(path, 0o755)
    # nobody has to reach it, through the directories that pytest made.
    parent = directory
    while parent.startswith(tempfile.gettempdir() + '/'):
        os.chmod(parent, 0o755)
        parent = os.path.dirname(parent)
    return directory + '/root'


class Cyrus:
    """alternative: the namespaces that Cyrus calls so.  slash: "/" between
    levels, not "."."""

    def __init__(self, root, certificates, *, alternative=False, slash=False):
        self.root = root
        self.ca = certificates + '/ca.crt'
        self.top = tempfile.mkdtemp(prefix='ruad-cyrus-', dir='/tmp')
        self.separator = '/' if slash else '.'
        self.port = self.tls_port = dovecot.free_ports(1)
        self.environment = dict(os.environ, LD_LIBRARY_PATH=':'.join(
            (root + '/usr/lib/x86_64-linux-gnu', root + '/usr/lib')))
        for name in ('lib', 'spool', 'sock'):
            os.mkdir(os.path.join(self.top, name))
        words = {'top': self.top, 'bin': root + '/usr/lib/cyrus/bin',
                 'port': self.port, 'slash': 'yes' if slash else 'no',
                 'alternative': 'yes' if alternative else 'no'}
        for name, text in (('imapd.conf', IMAPD), ('cyrus.conf', SERVICES)):
            with open(os.path.join(self.top, name), 'w',
                      encoding='ascii') as f:
                f.write(text.format(**words))
        for end in '.crt', '.key':
            shutil.copy(certificates + '/good' + end, self.top + '/tls' + end)
        for user in ADMIN, 'rua', 'eve':
            self.run('/usr/sbin/saslpasswd2', '-p', '-c', '-f',
                     self.top + '/sasldb2', '-u', 'localhost', user,
                     text=dovecot.PASSWORD)
        nobody = pwd.getpwnam('nobody')
        for path, _, names in os.walk(self.top):
            for each in [path] + [os.path.join(path, n) for n in names]:
                os.chown(each, nobody.pw_uid, nobody.pw_gid)
        self.process = subprocess.Popen(
            **dovecot.tied([root + '/usr/lib/cyrus/bin/master', '-D', '-C',
                            self.top + '/imapd.conf', '-M',
                            self.top + '/cyrus.conf', '-p', self.top + '/pid'],
                           self.environment),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        self.wait()

    def run(self, program, *args, text=''):
        subprocess.run([self.root + program, *args], input=text, text=True,
                       check=True, env=self.environment)

    def wait(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                self.login(ADMIN).logout()
                return
            except (OSError, imaplib.IMAP4.error):
                assert self.process.poll() is None, 'Cyrus has ended'
                time.sleep(0.1)
        raise RuntimeError('Cyrus does not come up')

    def login(self, user):
        context = ssl.create_default_context(cafile=self.ca)
        session = imaplib.IMAP4_SSL('localhost', self.port,
                                    ssl_context=context)
        session.sock.settimeout(60)
        session.login(user, dovecot.PASSWORD)
        return session

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        shutil.rmtree(self.top, ignore_errors=True)

    def create(self, *names, rights_of='rua'):
        """By the administrator, who sees all names without a namespace."""
        session = self.login(ADMIN)
        for name in names:
            name = name.replace('/', self.separator)
            assert session.create('"%s"' % name)[0] == 'OK', name
            assert session.setacl('"%s"' % name, rights_of, RIGHTS)[0] == 'OK'
        session.logout()

    def deliver(self, user, mails, folder='INBOX'):
        """folder: as the administrator calls it, or INBOX."""
        name = 'user/' + user if folder == 'INBOX' else folder
        session = self.login(ADMIN)
        name = '"%s"' % name.replace('/', self.separator)
        for right in (ADMIN, user):
            session.setacl(name, right, RIGHTS)
        for data in mails:
            assert session.append(name, None, None, data)[0] == 'OK', name
        session.logout()

    def read_folders(self, user):
        """{folder: {digest: number}}, INBOX and those below by their end, all
        others as the administrator calls them."""
        session = self.login(ADMIN)
        found = {}
        for line in session.list()[1]:
            name = line.decode().rpartition(' ')[2].strip('"')
            session.setacl('"%s"' % name, ADMIN, RIGHTS)
            assert session.select('"%s"' % name, True)[0] == 'OK'
            count = Counter()
            for part in session.fetch('1:*', '(BODY.PEEK[])')[1]:
                if isinstance(part, tuple):
                    count[dovecot.digest(part[1])] += 1
            plain = name.replace(self.separator, '/')
            own = 'user/' + user
            if plain == own:
                plain = 'INBOX'
            elif plain.startswith(own + '/'):
                plain = plain[len(own) + 1:]
            found[plain] = dict(count)
        session.logout()
        return found

    def count_folders(self, user):
        return {name: sum(mails.values())
                for name, mails in self.read_folders(user).items()}
