# SPDX-License-Identifier: BSD-2-Clause
"""ruactl lookup against a private NSD and servers that misbehave: what is
believed, what is kept, when it is asked again, and what it costs at most."""

import sqlite3
import time

import pytest

import mmdb
from ctl import Ctl, report, FAIL, PASS
from nameserver import (EVIL, FakeServer, address, failing, pack_name, record,
                        reply, table, txt)

DAY = 86400
HOST = '198.18.0.%d'
REVERSE = '18.198.in-addr.arpa'
FORWARD = {'host.example': '''
    mx    A 198.18.0.1
    many  A 198.18.0.4
    many  A 198.18.0.9
    lies  A 203.0.113.7
    six   AAAA 2001:2::25
    '''}
NAMES = {REVERSE: '''
    1.0   PTR mx.host.example.
    3.0   PTR lies.host.example.
    4.0   PTR many.host.example.
    4.0   PTR lies.host.example.
    5.0   TXT "no name"
    ''', '2.0.0.0.1.0.0.2.ip6.arpa': '''
    5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR six.host.example.
    '''}
TRUTH = {                       # address: status, ptr, ptr_domain, ptr_claim
    '198.18.0.1': ('ok', 'mx.host.example', 'host.example', None),
    '198.18.0.2': ('none', None, None, None),
    '198.18.0.3': ('unconfirmed', None, None, 'lies.host.example'),
    '198.18.0.4': ('ok', 'many.host.example', 'host.example', None),
    '198.18.0.5': ('none', None, None, None),
    '2001:2::25': ('ok', 'six.host.example', 'host.example', None)}


@pytest.fixture
def ctl(build, tmp_path):
    return Ctl(build, tmp_path)


def fill(ctl, ips, name='a', **more):
    """A report about each address, the first one with the most messages."""
    ips = list(ips)
    ctl.put('in/%s.xml' % name, report(ident=name, rows=[
        (ip, 10 * (len(ips) - n), FAIL) for n, ip in enumerate(ips)], **more))
    ctl('import', 'in/%s.xml' % name)


def known(ctl):
    return {row[0]: row[1:] for row in ctl.query(
        'SELECT ip, lookup_status, ptr, ptr_domain, ptr_claim FROM source')}


@pytest.fixture
def server(nameserver):
    return nameserver({**FORWARD, **NAMES}).server


def test_a_name_is_believed_if_it_leads_back(ctl, server):
    fill(ctl, TRUTH)
    said = ctl('lookup', '--server=' + server)
    assert said == (
        'All domains: 6 sources, 0 known, 6 asked at %s\n'
        '3 have a name, 2 have none, 1 has a name that does not lead back to '
        'it\n' % server)
    assert known(ctl) == TRUTH
