# SPDX-License-Identifier: BSD-2-Clause
"""A certificate authority made on the spot, and what can be wrong with the
certificates of a mail server: one per loopback address."""

import os
import subprocess
import time

NAME = 'imap.test'
# address: name of its certificate.  All but 'wrongname' are made out to NAME,
# localhost and the address itself.
ADDRESSES = {
    '127.0.0.1': 'good',
    '127.0.0.2': 'wrongname',
    '127.0.0.3': 'selfsigned',
    '127.0.0.4': 'expired',
    '127.0.0.5': 'otherca',
    '127.0.0.6': 'soon',                # expires in five days
    '127.0.0.7': 'client',              # its key is not for servers
    '127.0.0.8': 'anypurpose',          # no word on what its key is for
}
OF = {name: address for address, name in ADDRESSES.items()}

KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
AIA = 'authorityInfoAccess=caIssuers;URI:http://ca.test/between.crt'
CA_LINES = ('basicConstraints=critical,CA:TRUE',
            'keyUsage=critical,keyCertSign,cRLSign')
CA_CONFIG = """[ca]
default_ca = own
[own]
dir = {dir}
new_certs_dir = {dir}
database = {dir}/index.txt
serial = {dir}/serial
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
"""


def openssl(*args):
    done = subprocess.run(['openssl', *args], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError('openssl %s: %s' % (args[0], done.stderr))
    return done.stdout


def write(path, text):
    with open(path, 'w', encoding='ascii') as f:
        f.write(text)


def make_authority(directory, name):
    base = os.path.join(directory, name)
    openssl('req', '-x509', *KEY, '-keyout', base + '.key', '-out',
            base + '.crt', '-days', '3650', '-subj', '/CN=ruad tests: ' + name,
            '-addext', 'basicConstraints=critical,CA:TRUE',
            '-addext', 'keyUsage=critical,keyCertSign,cRLSign')


def make(directory, name, names, issuer='ca', end='20450101000000Z',
         purpose='serverAuth', common=NAME, more=()):
    base = os.path.join(directory, name)
    issuer = os.path.join(directory, issuer)
    openssl('req', *KEY, '-keyout', base + '.key', '-out', base + '.csr',
            '-subj', '/CN=' + common)
    lines = [] if more == CA_LINES else ['basicConstraints=CA:FALSE']
    if names:
        lines.append('subjectAltName=' + names)
    lines += more
    if purpose:
        lines.append('extendedKeyUsage=' + purpose)
    write(base + '.ext', '\n'.join(lines) + '\n')
    openssl('ca', '-batch', '-notext', '-config', directory + '/ca.conf',
            '-cert', issuer + '.crt', '-keyfile', issuer + '.key',
            '-in', base + '.csr', '-out', base + '.crt',
            '-extfile', base + '.ext',
            '-startdate', '20200101000000Z', '-enddate', end)


def add_chain(directory, name, *of):
    """name: the first of these with its key, and the others behind it."""
    for end in '.key', '.crt':
        text = ''
        for each in of if end == '.crt' else of[:1]:
            with open(os.path.join(directory, each + end),
                      encoding='ascii') as f:
                text += f.read()
        write(os.path.join(directory, name + end), text)


def names_for(name):
    return 'DNS:%s,DNS:localhost,IP:%s' % (NAME, OF[name])


def make_all(directory):
    """ca.crt is the authority to trust; NAME.crt and NAME.key the others."""
    os.makedirs(directory, exist_ok=True)
    write(directory + '/ca.conf', CA_CONFIG.format(dir=directory))
    write(directory + '/index.txt', '')
    write(directory + '/serial', '1000\n')
    make_authority(directory, 'ca')
    make_authority(directory, 'unknown')
    make(directory, 'good', names_for('good'))
    make(directory, 'wrongname', 'DNS:other.test')
    make(directory, 'expired', names_for('expired'), end='20210101000000Z')
    make(directory, 'soon', names_for('soon'), end=time.strftime(
        '%Y%m%d%H%M%SZ', time.gmtime(time.time() + 5.5 * 86400)))
    make(directory, 'otherca', names_for('otherca'), 'unknown')
    make(directory, 'client', names_for('client'), purpose='clientAuth')
    make(directory, 'commonname', None, common='localhost')
    make(directory, 'anypurpose', names_for('anypurpose'), purpose=None)
    make(directory, 'between', None, common='ruad tests: between',
         purpose=None, more=CA_LINES)
    for name, more in (('nochain', [AIA]), ('nochain-private', [])):
        make(directory, name, 'DNS:localhost', 'between', more=more)
    add_chain(directory, 'chain', 'nochain', 'between')
    add_chain(directory, 'otherchain', 'otherca', 'unknown')
    base = os.path.join(directory, 'selfsigned')
    openssl('req', '-x509', *KEY, '-keyout', base + '.key', '-out',
            base + '.crt', '-days', '3650', '-subj', '/CN=' + NAME,
            '-addext', 'subjectAltName=' + names_for('selfsigned'))


def pin(directory, name):
    """Base64 of the SHA-256 of a certificate's public key."""
    text = openssl('x509', '-in', '%s/%s.crt' % (directory, name), '-noout',
                   '-pubkey')
    done = subprocess.run(
        'openssl pkey -pubin -outform der | openssl dgst -sha256 -binary'
        ' | openssl base64', shell=True, input=text.encode(),
        stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().strip()
