# SPDX-License-Identifier: BSD-2-Clause
"""ruad-quickstart(7) does what it says: its commands are run, word for word,
on a machine with ruad.service, its configurations are loaded.  Only names of
hosts and what a person types are put in."""

import os
import random
import re
import subprocess
import time

import pytest

import certs
import checker
import dovecotconf
import gen
from dovecot import PASSWORD, Dovecot
from patience import PATIENCE
from test_systemd import booted     # noqa: F401  a fixture
from tokend import CLIENT_SECRET, SECRETS, Tokend

only_root = pytest.mark.skipif(
    os.getuid() != 0, reason='to boot a systemd, one must be root')
PAGE = os.path.join(os.environ.get('RUAD_SRC', '.'),
                    'docs/ruad-quickstart.7')
CERT = '/etc/dovecot/private/dovecot'
# There is no sudo here: root runs what it would run.
SUDO = """#!/bin/sh
case $1 in
-u) user=$2; shift 2; exec runuser -u "$user" -- "$@" ;;
esac
exec "$@"
"""
SUDOEDIT = '#!/bin/sh\ncat /root/typed >"$1"\n'
# Of a machine in the state in which Debian installs it, but for the network.
ADDRESS = '127.%d.%d.%d' % tuple(random.SystemRandom().choices(
    range(2, 250), k=3))
STOCK = 'listen = %s\n' % ADDRESS
FRESH = """set -e
mkdir -p /etc/dovecot/private
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=imap.example.org \
    -addext basicConstraints=CA:FALSE \
    -addext subjectAltName=DNS:imap.example.org \
    -keyout {cert}.key -out {cert}.pem 2>/dev/null
useradd -m dmarc
echo dmarc:{password} | chpasswd
echo {address} imap.example.org >>/etc/hosts
"""


def blocks(section):
    """The literal blocks of a section, as they are printed."""
    with open(PAGE, encoding='utf-8') as f:
        text = f.read()
    parts = re.split(r'^\.S[sh] (.*)\n', text, flags=re.M)
    body = parts[parts.index(section) + 1]
    return [b.replace('\\e', '\\') for b in re.findall(
        r'^\.Bd -literal.*\n((?:.*\n)*?)\.Ed$', body, flags=re.M)]


def all_sections():
    with open(PAGE, encoding='utf-8') as f:
        return re.findall(r'^\.Ss (.*)$', f.read(), flags=re.M)


CONFIGS = [(s, b) for s in all_sections() for b in blocks(s)
           if re.search(r'^ +\{ name = ', b, flags=re.M)]


def whole(block):
    block = block.replace('DIRECTORY_ID', 'example.org')
    return block if 'mailboxes' in block else \
        'mailboxes = (\n%s);\n' % block


@pytest.mark.parametrize('section, block', CONFIGS,
                         ids=[s.replace(' ', '-') for s, _ in CONFIGS])
def test_every_configuration_of_the_page_is_right(rig, section, block):
    rig.write('ruad.conf', whole(block))
    result = rig.run('-t', config=False)
    assert result.code == 0, (section, result.log)
    for line in result.lines:           # its files are not there
        assert ' warning: ' in line and 'cannot read' in line


def test_there_is_a_configuration_for_each_provider():
    assert len(CONFIGS) == 7


def test_folders_of_a_shared_mailbox_are_understood(rig):
    """Those of DavMail, put into its configuration, are right."""
    section = 'Exchange, through DavMail'
    config, folders = blocks(section)
    text = whole(config).replace('pass"; }', 'pass";\n%s }' % folders)
    assert '/users/' in text
    rig.write('ruad.conf', text)
    assert rig.run('-t', config=False).code == 0


def test_a_bridge_with_a_certificate_of_its_own(rig, fake):
    """As the page says: STARTTLS on loopback, trusted by its certificate."""
    base = rig.path('bridge')
    subprocess.run(
        ['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days',
         '30', '-subj', '/CN=127.0.0.1', '-addext',
         'subjectAltName=IP:127.0.0.1', '-keyout', base + '.key', '-out',
         base + '.crt'], check=True, capture_output=True)
    server = fake(tls='starttls', cert='bridge',
                  capability='IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR MOVE')
    server.certs = rig.dir
    server.folders['Folders'] = {}
    text = blocks('Proton Mail, through its Bridge')[0]
    options = dict(re.findall(r'(\w+) = "([^"]*)"', text))
    assert (options['host'], options['tls']) == ('127.0.0.1', 'starttls')
    m = rig.mailbox(
        server=server, user='rua', host=options['host'], tls=options['tls'],
        archive=options['archive'], failed=options['failed'],
        ca_file=base + '.crt')
    m.deliver(gen.mail('bridge', 0))
    rig.once()
    assert m.counts() == {options['archive']: 1}


@pytest.fixture
def machine(booted):                    # noqa: F811
    booted.write('/usr/local/bin/sudo', SUDO, 0o755)
    booted.write('/usr/local/bin/sudoedit', SUDOEDIT, 0o755)
    booted.run('systemctl', 'stop', 'ruad')
    booted.run('sh', '-c', 'rm -rf /var/lib/ruad/* /etc/ruad/*')
    yield booted
    booted.run('systemctl', 'stop', 'ruad')


def type_in(machine, commands, typed=''):
    """Run what the page says; typed is what a person writes in an editor."""
    machine.write('/root/typed', typed, 0o600)
    return machine.must(
        'sh', '-euc', 'export PATH=/usr/local/bin:/usr/local/sbin:$PATH; '
        'cd /root\n' + commands)


@only_root
def test_a_server_of_ones_own(machine, rig):
    """Debian's Dovecot as it is installed, a user of the system, mbox."""
    password, config, trust, more, look, run = blocks('A server of your own')
    machine.must('sh', '-c', FRESH.format(
        cert=CERT, password=PASSWORD, address=ADDRESS))
    machine.write('/etc/dovecot/local.conf', STOCK)
    machine.must('systemctl', 'start', 'dovecot')
    mail = gen.mail('own', 0).data.replace(b'\r\n', b'\n')
    machine.write('/var/mail/dmarc', 'From x@y Mon Nov  9 00:00:00 2026\n'
                  + mail.decode() + '\n', 0o600, 'dmarc:mail')

    type_in(machine, password, PASSWORD + '\n')
    assert machine.must('stat', '-c', '%a %U', '/etc/ruad/own.pass'
                        ) == '600 ruad\n'
    type_in(machine, trust)
    config = config.replace('dmarc@example.org', 'dmarc').replace(
        'own.pass"; }', 'own.pass";\n%s }' % more)
    machine.write('/etc/ruad/ruad.conf', config, 0o640, 'root:ruad')
    said = type_in(machine, look)
    rig.outputs.append(said)
    assert 'INBOX' in said and 'example.org' in said
    assert machine.run('sqlite3', '/var/lib/ruad/ruad.db',
                       'SELECT count(*) FROM report').stdout == '1\n'
    said = type_in(machine, run)
    assert 'active (running)' in said
    assert machine.must('systemctl', 'is-enabled', 'ruad') == 'enabled\n'
    assert '/var/lib/ruad/ruad.db' in machine.must(
        'sh', '-c', 'ls -l /var/lib/ruad/*')
    machine.must('systemctl', 'disable', '--now', 'ruad', 'dovecot')


class Authority(Tokend):
    """Also what the pages say to change for a refresh token."""

    def honest(self, form):
        grant = form['grant_type']
        if form.get('code') == 'CODE' or form.get('device_code') == \
                'DEVICE_CODE':
            assert form['client_id'].isupper()
            assert (grant, form.get('redirect_uri')) in (
                ('authorization_code', 'http://127.0.0.1:8765/'),
                ('urn:ietf:params:oauth:grant-type:device_code', None))
            assert form.get('client_secret') in (None, CLIENT_SECRET)
            return 200, {'access_token': self.make(), 'expires_in': 3599,
                         'refresh_token': self.refresh}
        form = dict(form)
        if form.get('refresh_token'):       # a public client has no secret
            form.setdefault('client_secret', CLIENT_SECRET)
        return super().honest(form)


@pytest.fixture(scope='module')
def place(tmp_path_factory, certificates):
    # Dovecot asks without TLS.
    tokend = Authority()
    tokend.secure = Authority(certificates=certificates, cert='good')
    tokend.secure.__dict__.update(
        tokens=tokend.tokens, requests=tokend.requests)
    tokend.secure.url = 'https://%s:%d' % (certs.NAME, tokend.secure.port)
    path = str(tmp_path_factory.mktemp('oauth') / 'dovecot-oauth2.conf')
    with Dovecot(certificates=certificates, mechanisms='xoauth2',
                 extra=dovecotconf.oauth2(tokend.url, path)) as server:
        yield tokend, server
    tokend.secure.close()
    tokend.close()


SECRET_FILES = ('/etc/ruad/gmail.secret', '/etc/ruad/m365.secret')
OAUTH = {
    'Gmail and Google Workspace, with OAuth 2.0': 1,
    'Microsoft 365': 0,
    'Outlook.com, and Microsoft 365 in the name of a person': 2,
}


@only_root
@pytest.mark.parametrize('section', OAUTH, ids=['google', 'microsoft',
                                                'device'])
def test_oauth_under_the_unit(machine, rig, place, section):
    """With a token server in the place of theirs."""
    tokend, rig.server = place
    m = rig.mailbox('x')
    for each in tokend, tokend.secure:
        each.user, each.rotate, each.keep = m.user, True, True
    machine.must('sh', '-c', 'echo 127.0.0.1 %s >>/etc/hosts' % certs.NAME)
    rig.check_rows = False              # the database is in the machine
    rig.mailboxes.clear()
    for path in SECRET_FILES:
        machine.write(path, CLIENT_SECRET + '\n', 0o600, 'ruad:ruad')
    machine.write('/etc/ruad/ca.crt', open(
        rig.server.ca, encoding='ascii').read())

    here = blocks(section)
    if OAUTH[section]:
        commands = [b for b in here if 'grant_type=' in b][0]
        assert 'CODE' in commands
        said = type_in(machine, re.sub(
            r'https://(oauth2|login)\S+token', tokend.url + '/token',
            commands))
        tokend.secure.refresh = tokend.refresh
        rig.outputs.append(said)
        assert machine.must('sh', '-c', 'stat -c "%a %U" '
                            '/var/lib/ruad/*.refresh') == '600 ruad\n'
        assert machine.run('sh', '-c', 'ls /root/*.refresh').returncode != 0

    config = [b for b in here if '{ name =' in b][0]
    config = re.sub('host = "[^"]*"', 'host = "localhost"; port = %d; '
                    'ca_file = "/etc/ruad/ca.crt"' % rig.server.tls_port,
                    config)
    config = re.sub('user = "[^"]*"', 'user = "%s"' % m.user, config)
    config = config.replace('oauth2 = {', 'oauth2 = { token_url = "%s/token"; '
                            'ca_file = "/etc/ruad/ca.crt";'
                            % tokend.secure.url)
    config = config.replace('{ name', '{ interval = "1s"; idle = false; name')
    machine.write('/etc/ruad/ruad.conf', whole(config), 0o640, 'root:ruad')
    rig.server.deliver(m.user, [gen.mail('quick', 0).data])
    since = len(tokend.requests)
    machine.must('systemctl', 'start', 'ruad')
    deadline = time.monotonic() + PATIENCE
    # The second time with the token that the first one got.
    while m.counts() != {'Archive': 1} or len(tokend.requests) < since + 3:
        assert time.monotonic() < deadline, machine.log()
        time.sleep(0.1)
    machine.must('systemctl', 'stop', 'ruad')
    if OAUTH[section]:
        used = [f['refresh_token'] for _, f, _ in tokend.requests[since:]]
        assert len(set(used)) == len(used) >= 3
    log = machine.run('journalctl', '-o', 'export', '--no-pager').stdout
    for secret in SECRETS:
        checker.no_secret(rig.outputs + [log], [rig.dir], secret)
