# SPDX-License-Identifier: BSD-2-Clause
"""ruad-lookup.service, its timer and ruad-dns.service under a real systemd: not
enabled, locked in, and able to do their work."""

import json
import os

import pytest

import mmdb
from ctl import report, FAIL
from nameserver import SERVFAIL, address, failing, pack_name, reply, table, txt
from test_systemd import booted         # noqa: F401

# pylint: disable=redefined-outer-name

pytestmark = pytest.mark.skipif(
    os.getuid() != 0, reason='to boot a systemd, one must be root')
CONF = '''lookup = { server = "%s"; mmdb = [ "/var/lib/GeoIP/lite.mmdb" ]; };
mailboxes = ( { name = "own"; host = "imap.example.org"; user = "u";
    password_file = "/etc/ruad/own.pass"; } );
'''


@pytest.fixture
def unit(booted):
    """Starts the unit with this name server, and says how it ended."""
    def start(server):
        booted.write('/etc/ruad/ruad.conf', CONF % server, 0o640, 'root:ruad')
        booted.write('/etc/ruad/own.pass', 'x\n', 0o600, 'ruad:ruad')
        os.makedirs(booted.path('/var/lib/GeoIP'), exist_ok=True)
        mmdb.write(booted.path('/var/lib/GeoIP/lite.mmdb'), {
            '198.18.0.0/24': mmdb.flat(64500, 'Example Hosting', 'NL')})
        booted.write('/var/tmp/a.xml', report(rows=[
            ('198.18.0.1', 5, FAIL)]).decode())
        booted.must('sh', '-c', 'install -d -o ruad -g ruad -m 750 '
                    '/var/lib/ruad && runuser -u ruad -- '
                    '/usr/local/bin/ruactl import /var/tmp/a.xml')
        booted.run('systemctl', 'start', 'ruad-lookup.service')
        return booted.show('Result', 'ExecMainStatus',
                           unit='ruad-lookup.service')
    yield start
    booted.must('rm', '-rf', '/var/lib/ruad')


def test_it_does_its_work(booted, unit, fake_nameserver):
    asked = fake_nameserver(table({
        ('1.0.18.198.in-addr.arpa', 'PTR'): [pack_name('mx.host.example')],
        ('mx.host.example', 'A'): [address('198.18.0.1')]}))
    assert unit(asked.server) == {'Result': 'success', 'ExecMainStatus': '0'}, \
        booted.log()
    (row,) = json.loads(booted.must(
        'runuser', '-u', 'ruad', '--', '/usr/local/bin/ruactl',
        '--format=json', 'sources', '--by=address', 'example.org'))
    assert (row['ptr'], row['asn'], row['country']) == (
        'mx.host.example', 64500, 'NL')
    said = [entry['MESSAGE'] for entry in booted.journal(
        '_SYSTEMD_UNIT=ruad-lookup.service')]
    assert any('1 asked at ' + asked.server in line for line in said), said


def test_what_dns_says_is_kept(booted, unit, fake_nameserver):
    asked = fake_nameserver(table({
        ('_dmarc.example.org', 'TXT'): [
            txt('v=DMARC1; p=none; rua=mailto:rua@example.org')]}))
    unit(asked.server)
    booted.write('/etc/systemd/system/ruad-dns.service.d/test.conf',
                 '[Service]\nEnvironment=RUAD_OPTIONS=--server=%s\n'
                 % asked.server)
    booted.must('systemctl', 'daemon-reload')
    booted.run('systemctl', 'start', 'ruad-dns.service')
    # It finds errors, which is no failure of the unit.
    assert booted.show('Result', 'ExecMainStatus', unit='ruad-dns.service') == {
        'Result': 'success', 'ExecMainStatus': '0'}, booted.log()
    said = booted.must(
        'runuser', '-u', 'ruad', '--', '/usr/local/bin/ruactl',
        '--format=csv', 'query', 'dns', 'example.org')
    assert 'p=none' in said


def lame(question):
    """It knows loopback, as every resolver, and has no answer for others."""
    if question.name.startswith('1.0.0.127.'):
        return reply(question)
    return failing(SERVFAIL)(question)


@pytest.mark.parametrize('answer, result, status', [
    (lame, 'success', '0'), ('closed', 'exit-code', '69')])
def test_without_an_answer_it_waits(booted, unit, fake_nameserver, answer,
                                    result, status):
    """One failure is no reason to stop, and none to fail unless the name server
    is dead; the journal says what did not answer."""
    assert unit(fake_nameserver(answer).server) == {
        'Result': result, 'ExecMainStatus': status}, booted.log()
    said = [entry['MESSAGE'] for entry in booted.journal(
        '_SYSTEMD_UNIT=ruad-lookup.service')]
    assert any('did not answer (again in an hour, or later)' in line
               for line in said), said


def test_nothing_is_enabled_by_itself(booted):
    assert booted.run('systemctl', 'is-enabled',
                      'ruad-lookup.timer').stdout == 'disabled\n'
    booted.must('systemctl', 'enable', 'ruad-lookup.timer')
    booted.must('systemctl', 'start', 'ruad-lookup.timer')
    shown = booted.show('ActiveState', 'NextElapseUSecRealtime',
                        unit='ruad-lookup.timer')
    assert shown['ActiveState'] == 'active'
    assert shown['NextElapseUSecRealtime']
    booted.must('systemctl', 'disable', '--now', 'ruad-lookup.timer')


def test_systemd_finds_no_mistake_in_the_units(booted):
    done = booted.run('systemd-analyze', 'verify', '--man=no',
                      'ruad-lookup.service', 'ruad-lookup.timer')
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')
    said = booted.must('systemd-analyze', 'security', '--no-pager',
                       'ruad-lookup.service')
    level = said.rpartition('level for ruad-lookup.service:')[2].split()[0]
    assert float(level) <= 1.2, said
