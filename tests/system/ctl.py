# SPDX-License-Identifier: BSD-2-Clause
"""ruactl with a database of its own, and little reports to fill it."""

import csv
import fcntl
import gzip
import io
import json
import os
import pty
import re
import sqlite3
import struct
import subprocess
import tarfile
import termios
import threading
import zipfile
from email.message import EmailMessage
from xml.sax.saxutils import escape

from patience import PATIENCE

DAY = 1741305600                # 2025-03-07 00:00 UTC
PASS, FAIL = ('pass', 'pass'), ('fail', 'fail')


def report(org='Receiver Inc.', domain='example.org', ident='r1', day=0,
           rows=(('192.0.2.1', 10, PASS),), p='none', email=None):
    """The XML of one report.  rows: (address, count, (dkim, spf))."""
    begin = DAY + day * 86400
    records = ''.join(
        '<record><row><source_ip>%s</source_ip><count>%d</count>'
        '<policy_evaluated><disposition>none</disposition><dkim>%s</dkim>'
        '<spf>%s</spf></policy_evaluated></row><identifiers><header_from>%s'
        '</header_from></identifiers><auth_results><dkim><domain>%s</domain>'
        '<selector>s1</selector><result>%s</result></dkim><spf><domain>%s'
        '</domain><scope>mfrom</scope><result>%s</result></spf>'
        '</auth_results></record>'
        % (ip, count, dkim, spf, domain, domain, dkim, domain, spf)
        for ip, count, (dkim, spf) in rows)
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<feedback><version>1.0'
            '</version><report_metadata><org_name>%s</org_name><email>%s'
            '</email><report_id>%s</report_id><date_range><begin>%d</begin>'
            '<end>%d</end></date_range></report_metadata><policy_published>'
            '<domain>%s</domain><adkim>r</adkim><aspf>r</aspf><p>%s</p>'
            '<sp>%s</sp><pct>100</pct></policy_published>%s</feedback>\n'
            % (escape(org), email or 'dmarc@receiver.example', escape(ident),
               begin, begin + 86399, domain, p, p, records)).encode()


def mail(xml, name='receiver.example!example.org!1!2.xml.gz', subject='a'):
    message = EmailMessage()
    message['From'] = 'dmarc@receiver.example'
    message['To'] = 'rua@example.org'
    message['Subject'] = subject
    message['Message-ID'] = '<%d@receiver.example>' % len(xml)
    message.set_content('A report is attached.')
    message.add_attachment(gzip.compress(xml, mtime=0), 'application', 'gzip',
                           filename=name)
    return message.as_bytes()


def zipped(xml):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr('a.xml', xml)
    return out.getvalue()


def tarred(*documents):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w:gz') as tar:
        for i, data in enumerate(documents):
            info = tarfile.TarInfo('%d.xml' % i)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


# The reports of most tests are as old as DAY, which is not what they test.
AGE = re.compile(r'\A! The newest report .*?\n\n', re.S)


class Ctl:
    def __init__(self, build, directory):
        self.program = os.path.join(build, 'ruactl')
        self.directory = directory
        self.database = str(directory / 'db' / 'ruad.db')
        self.env = {'PATH': '/usr/bin:/bin', 'LANG': 'C.UTF-8',
                    'TERM': 'xterm', 'RUAD_DB': self.database}
        self.tells_age = False

    def __call__(self, *args, stdin=b'', code=0, env=()):
        done = subprocess.run(
            [self.program, *map(str, args)], input=stdin, timeout=PATIENCE,
            capture_output=True, cwd=self.directory, check=False,
            env={**self.env, **dict(env)})
        self.error = done.stderr.decode()
        assert done.returncode == code, (done.returncode, done.stdout,
                                         self.error)
        return self.without_age(done.stdout.decode())

    def json(self, *args):
        return json.loads(self('--format=json', *args))

    def csv(self, *args):
        text = self('--format=csv', *args)
        return list(csv.DictReader(io.StringIO(text, newline='')))

    def terminal(self, *args, columns=80, stderr=False, env=()):
        """What stands on a terminal (of stdout, or of stderr alone)."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ,
                    struct.pack('HHHH', 24, columns, 0, 0))
        parts = []

        def read():
            try:
                while data := os.read(ours, 65536):
                    parts.append(data)
            except OSError:
                pass            # the other end is closed
        reader = threading.Thread(target=read)
        reader.start()
        done = subprocess.run(
            [self.program, *map(str, args)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if stderr else theirs, stderr=theirs,
            timeout=PATIENCE, cwd=self.directory, check=False,
            env={**self.env, **dict(env)})
        os.close(theirs)
        reader.join()
        os.close(ours)
        self.code = done.returncode
        return self.without_age(
            b''.join(parts).decode().replace('\r\n', '\n'))

    def without_age(self, text):
        return text if self.tells_age else AGE.sub('', text)

    def put(self, name, data):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def query(self, sql):
        db = sqlite3.connect(self.database)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()
