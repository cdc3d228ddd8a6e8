# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of OAuth share: a token server on loopback, a real Dovecot
that asks it whether a token is good, and mailboxes that log in so."""

import base64

import pytest

import checker
import dovecotconf
from dovecot import Dovecot
from patience import PATIENCE
from tokend import CLIENT_SECRET, REFRESH, SECRETS, Tokend


@pytest.fixture(scope='module')
def place(tmp_path_factory, certificates):
    """A token server and a Dovecot that trusts it, for all tests of a file."""
    tokend = Tokend()
    path = str(tmp_path_factory.mktemp('oauth') / 'dovecot-oauth2.conf')
    with Dovecot(certificates=certificates, mechanisms='plain xoauth2',
                 extra=dovecotconf.oauth2(tokend.url, path)) as server:
        yield tokend, server
    tokend.close()


@pytest.fixture
def tokend(place, rig):
    """The token server as if new, for this rig's mailbox "own"."""
    t, rig.server = place
    t.__dict__.update(
        user=rig.user + '-own', lifetime=3600, rotate=False, answer=None,
        answers=[], hook=None, requests=[], introspected=[], tokens={},
        refresh=REFRESH + '0')
    rig.secret_file = rig.write('own.secret', CLIENT_SECRET + '\n')
    rig.refresh_file = rig.path('own.refresh')
    yield t
    for d in rig.daemons:
        if d.process.poll() is None:
            d.kill()
        d.reader.join(PATIENCE)
        rig.outputs.append('\n'.join(d.lines))
    for secret in SECRETS:
        checker.no_secret(rig.outputs, [rig.dir], secret,
                          own=[rig.secret_file, rig.refresh_file])


def oauth2(rig, tokend, **options):
    """What stands in oauth2 = { }; None leaves a key out."""
    group = {'grant': 'client_credentials', 'client_id': 'the client',
             'client_secret_file': rig.secret_file, 'scope': 'mail all',
             'token_url': tokend.url + '/token'}
    group.update(options)
    return {k: v for k, v in group.items() if v is not None}


def mailbox(rig, tokend, **options):
    return rig.mailbox(auth='xoauth2', password_file=None,
                       oauth2=oauth2(rig, tokend, **options))


def refreshing(rig, tokend, **options):
    rig.write('own.refresh', tokend.refresh + '\n')
    return mailbox(rig, tokend, grant='refresh_token',
                   refresh_token_file=rig.refresh_file, **options)


def fails(rig, code, *words):
    """The poll ends like this, with one line that says all of these; what
    the configuration is warned of comes before."""
    rig.check_rows = False
    result = rig.run('-1')
    assert result.code == code, result.log
    said = [line for line in result.lines if ': warning: ' not in line]
    assert len(said) == 1, result.log
    assert len(said[0]) < 520
    for word in words:
        assert word in result.log
    return result.log


def xoauth2(first):
    """An IMAP server that goes through XOAUTH2, with this as its answer."""
    def hook(session, tag, rest):
        assert rest == 'XOAUTH2'
        session.send('+ \r\n')
        session.heard = base64.b64decode(session.line())
        first(session, tag)
        return True
    return hook
