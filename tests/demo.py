#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Show ruad at work: a mail server of its own, a mailbox with a month of
reports, one poll, and what an admin asks afterwards.  "make demo" calls this.
"""

import fcntl
import os
import pty
import shlex
import shutil
import struct
import subprocess
import sys
import termios
import textwrap
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, 'system')]
# Beside the sources none is wanted.
sys.dont_write_bytecode = sys.pycache_prefix is None

import demo_data                        # noqa: E402
import demo_dns                         # noqa: E402
import demo_mail                        # noqa: E402
import gen                              # noqa: E402
from dovecot import PASSWORD, Dovecot   # noqa: E402
from nameserver import NameServer       # noqa: E402

BUILD = os.path.relpath(os.environ.get('RUAD_BUILD', 'build/release'))
DIRECTORY = 'build/demo'
DATABASE = DIRECTORY + '/ruad.db'
COLUMNS = 80
DAY = 86400

CONFIG = """database = "{path}/ruad.db";
mailboxes = (
  {{ name = "demo";
    host = "localhost";
    port = {port};
    ca_file = "{path}/ca.crt";
    user = "rua@example.org";
    password_file = "{path}/password"; }}
);
"""


def write(name, text):
    path = os.path.join(DIRECTORY, name)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
    os.chmod(path, 0o600)
    return path


def sample_mails():
    """The reports of a month, one of a failure, a bounce, and a report that
    arrived damaged."""
    today = int(time.time()) // DAY * DAY
    return demo_data.mails(today) + [
        demo_mail.failure(today), gen.bounce_mail(), gen.broken_mail(
            'demo', 0, domain='example.org', day=today - DAY)]


def say(text):
    print(text, flush=True)


def answer(args):
    """What a command says on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ,
                struct.pack('HHHH', 24, COLUMNS, 0, 0))
    env = {**os.environ, 'PATH': BUILD + ':' + os.environ['PATH'],
           'RUAD_DB': DATABASE, 'LC_ALL': 'C.UTF-8'}
    env.pop('COLUMNS', None)
    if not sys.stdout.isatty():
        env['NO_COLOR'] = '1'
    with subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=theirs,
                          stderr=theirs, env=env) as process:
        os.close(theirs)
        parts = []
        try:
            while data := os.read(ours, 65536):
                parts.append(data)
        except OSError:
            pass                # the other end is closed
    os.close(ours)
    return process.returncode, b''.join(parts).decode().replace('\r\n', '\n')


def run(command):
    """Show a command and what it says."""
    say('$ ' + command)
    code, text = answer(shlex.split(command))
    say(text.strip('\n') + '\n')
    if code != 0:
        sys.exit('demo: this ended with exit status %d' % code)


def poll(command):
    """The same of ruad, whose log is long: both ends of it."""
    say('$ ' + command)
    done = subprocess.run(
        [BUILD + '/ruad', *shlex.split(command)[1:]], check=True, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    lines = done.stdout.splitlines()
    lines[2:-2] = ['... %d more lines ...' % (len(lines) - 4)]
    for line in lines:
        say(textwrap.fill(line, COLUMNS, subsequent_indent='  '))


def collect():
    """A mailbox full of reports, and one poll of it."""
    user = 'rua@example.org'
    with Dovecot() as server:
        mails = sample_mails()
        server.deliver(user, mails)
        shutil.copy(server.ca, DIRECTORY + '/ca.crt')
        write('password', PASSWORD + '\n')
        write('ruad.conf', CONFIG.format(path=os.path.abspath(DIRECTORY),
                                         port=server.tls_port))
        say('A private Dovecot with %d messages: a month of DMARC reports, a\n'
            'bounce, and a report that arrived damaged. ruad polls it once:'
            % len(mails))
        poll('ruad -c %s/ruad.conf -1' % DIRECTORY)
        counts = {name: sum(found.values())
                  for name, found in server.read_folders(user).items()}
    say('Now %d stored reports are in the folder Archive, %d damaged one in '
        'Failed,\nand the bounce is left in INBOX (%d message).\n'
        % tuple(counts.get(name, 0) for name in ('Archive', 'Failed',
                                                 'INBOX')))


def ask():
    """From numbers to a decision: each question with its answer."""
    say('How the domains do, and who sends as one of them:')
    run('ruactl')
    run('ruactl sources example.org')
    say('Say which of them are yours, then ask for a verdict:')
    run('ruactl sender suggest shop.example')
    run("ruactl sender add 'own servers' own 198.51.100.10-198.51.100.12")
    run('ruactl ready shop.example')
    say('Nobody here knows that network, so:')
    run('ruactl sender add Spammer hostile 203.0.113.0/24')
    run('ruactl ready shop.example')
    say('And what is wrong with the host next to the servers?')
    run('ruactl why example.org 198.51.100.77')


def look():
    """Keep the DNS records of these domains, for "ruactl dns --offline"."""
    server = NameServer(demo_dns.ZONES).start()
    code, text = answer(['ruactl', 'dns', '--server=' + server.server])
    server.stop()
    if code != 0:
        sys.exit('demo: ' + text)


def main():
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    os.makedirs(DIRECTORY)
    collect()
    ask()
    look()
    write('message.eml', demo_mail.MESSAGE.decode())
    write('bounce.eml', demo_mail.BOUNCE.decode())
    say('The mail server is gone, the database stays. Try:\n'
        '  export PATH=$PWD/%s:$PATH RUAD_DB=$PWD/%s\n'
        '  ruactl help\n'
        '  ruactl dns --offline example.org\n'
        '  ruactl explain %s/bounce.eml\n'
        '  ruactl report -o page.html' % (BUILD, DATABASE, DIRECTORY))
    if os.path.exists(BUILD + '/ruad-web'):
        print('  make demo-web                 walk through it in a browser')
    return 0


if __name__ == '__main__':
    sys.exit(main())
