#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Show ruad at work: a mail server of its own, a mailbox full of reports, one
poll, and what there is to see afterwards.  "make demo" calls this."""

import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, 'system')]
sys.dont_write_bytecode = True

import gen                              # noqa: E402
from dovecot import PASSWORD, Dovecot   # noqa: E402

BUILD = os.path.relpath(os.environ.get('RUAD_BUILD', 'build/release'))
DIRECTORY = 'build/demo'
DOMAINS = ('example.org', 'shop.example', 'club.example', 'example.com')
REPORTS = 40

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
    """Two weeks of reports, a bounce, and a report that arrived damaged."""
    today = int(time.time()) // 86400 * 86400
    mails = [gen.mail('demo', i, domain=DOMAINS[i % 7 % len(DOMAINS)],
                      day=today - 86400 * (14 - i * 13 // REPORTS)).data
             for i in range(REPORTS)]
    return mails + [gen.bounce_mail(), gen.broken_mail(
        'demo', REPORTS, domain=DOMAINS[0], day=today - 86400)]


def run(*args, most=None):
    """Show a command and what it says; of long output the two ends."""
    print('\n$ ' + ' '.join(args), flush=True)
    done = subprocess.run(args, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    lines = done.stdout.splitlines()
    if most and len(lines) > most:
        first, last = most // 2, most - most // 2
        lines[first:-last] = ['... and %d lines more ...'
                              % (len(lines) - most)]
    print('\n'.join(lines), flush=True)
    if done.returncode != 0:
        sys.exit('demo: this ended with exit status %d' % done.returncode)


def say(text):
    print(text, flush=True)


def main():
    shutil.rmtree(DIRECTORY, ignore_errors=True)
    os.makedirs(DIRECTORY)
    program, ctl = BUILD + '/ruad', BUILD + '/ruactl'
    database = DIRECTORY + '/ruad.db'
    user = 'rua@example.org'
    say('Starting a private Dovecot on loopback, with a certificate of its '
        'own ...')
    with Dovecot() as server:
        say('Writing two weeks of reports into its mailbox ...')
        mails = sample_mails()
        server.deliver(user, mails)
        shutil.copy(server.ca, DIRECTORY + '/ca.crt')
        write('password', PASSWORD + '\n')
        conf = write('ruad.conf', CONFIG.format(
            path=os.path.abspath(DIRECTORY), port=server.tls_port))
        print('A private Dovecot holds %d mails: %d DMARC reports as large\n'
              'providers send them, a bounce, and a damaged report.  ruad '
              'polls it once:' % (len(mails), REPORTS))
        run(program, '-c', conf, '-1', most=12)
        counts = {name: sum(found.values())
                  for name, found in server.read_folders(user).items()}
        print('\nWhere the mails are now:')
        for name, why in (('Archive', 'reports, after they were stored'),
                          ('Failed', 'looked like a report, is unreadable'),
                          ('INBOX', 'no report: left where it was')):
            print('  %-8s %3d  (%s)' % (name, counts.get(name, 0), why))
    run(ctl, '-d', database, 'summary')
    run(ctl, '-d', database, 'status')
    print('\nThe mail server is gone; the database stays in %s.  Try:\n'
          '  %s -d %s digest\n'
          '  %s -d %s report -o build/demo/report.html\n'
          '  sqlite3 -box %s "SELECT date, domain, messages, pass_pct'
          ' FROM v_daily"' % (
              database, ctl, database, ctl, database, database))
    return 0


if __name__ == '__main__':
    sys.exit(main())
