# SPDX-License-Identifier: BSD-2-Clause
"""The file of a refresh token that is new at each poll, when the fetcher is
killed or the disk fails at any point: it holds a token that is good."""

import base64
import errno
import os
import stat

import pytest

import checker
import torture
from longform import SHORT
from tokend import CLIENT_SECRET, SECRETS, Tokend

CALLS = 'openat,fallocate,write,fsync,fdatasync,rename,ftruncate,unlink'


@pytest.fixture
def tokens(rig, fake):
    """A mailbox, empty, that is opened by such a token."""
    tokend = Tokend(user='rua')
    tokend.rotate = tokend.keep = True
    server = fake(tls='none', capability='IMAP4rev1 AUTH=XOAUTH2 MOVE')

    def log_in(session, tag, _):
        session.send('+ \r\n')
        text = base64.b64decode(session.line()).decode()
        token = text.partition('Bearer ')[2].rstrip('\1')
        if token in tokend.tokens:
            session.ok(tag)
        else:
            session.send('%s NO [AUTHENTICATIONFAILED] no\r\n' % tag)
        return True

    server.hooks['AUTHENTICATE'] = log_in
    rig.mailbox(
        server=server, user='rua', tls='none', ca_file=None,
        auth='xoauth2', password_file=None, oauth2={
            'grant': 'refresh_token', 'client_id': 'x',
            'token_url': tokend.url + '/token',
            'client_secret_file': rig.write('secret', CLIENT_SECRET),
            'refresh_token_file': rig.write('refresh', tokend.refresh)})
    rig.write_config()
    yield tokend
    tokend.close()
    for secret in SECRETS:
        checker.no_secret(rig.outputs, [rig.dir], secret,
                          own=[rig.path('secret'), rig.path('refresh')])


def look(rig, tokend, where):
    path = rig.path('refresh')
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600, where
    with open(path, encoding='ascii') as f:
        text = f.read().strip()
    assert text in [tokend.refresh] + tokend.old, (where, text)


@pytest.mark.parametrize('action', ['kill', errno.ENOSPC, errno.EIO])
def test_a_refresh_token_survives(request, rig, tokens, inject, action):
    report = rig.path('injected')
    server = rig.mailboxes[0].server

    def count():
        with open(report, encoding='ascii') as f:
            return tuple(map(int, f.read().split()))

    for _ in range(2):                  # the first makes the database
        torture.run(rig, server, inject(report, 'fetcher', CALLS, 0, 'kill'))
    total, _ = count()
    assert total > 10
    disturbed, codes = 0, set()
    for n in torture.points(total):
        result = torture.run(rig, server,
                             inject(report, 'fetcher', CALLS, n, action))
        if count()[1] == 0:
            continue
        disturbed += 1
        codes.add(result.code)
        look(rig, tokens, n)
        # What does not matter, such as a trace of a library, may fail.
        assert result.code in ((70,) if action == 'kill' else
                               (0, 69, 70, 71, 73, 75, 77, 78)), (n, result)
        undisturbed = rig.run('-1', config=False)
        assert undisturbed.code == 0, (n, undisturbed.log)
        look(rig, tokens, n)
        assert not os.path.exists(rig.path('refresh.new'))
    # A poll is not always as long as the one that was counted.
    assert disturbed > (1 if SHORT else 2)
    torture.note(request.node.name, disturbed=disturbed, calls=total,
                 codes=codes)
