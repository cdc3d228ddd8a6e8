# SPDX-License-Identifier: BSD-2-Clause
"""AS and country of sources, by files and by Team Cymru; rules for host names
and autonomous systems; and that every answer shows what was looked up."""

import json
import re
import sqlite3
import subprocess
import time

import pytest

import mmdb
from ctl import Ctl, DAY as CTL_DAY, FAIL, PASS, report
from nameserver import (SERVFAIL, address, failing, pack_name, record, reply,
                        table, txt)
from test_lookup import fill, many

DAY = 86400
FILES = {'198.18.0.0/24': (64500, 'Example Hosting', 'NL'),
         '198.18.1.0/24': (64501, 'Other Networks', 'DE'),
         '2001:2::/48': (4200000000, 'Six', 'SE')}


@pytest.fixture
def ctl(build, tmp_path):
    return Ctl(build, tmp_path)


def write(ctl, name='lite.mmdb', how=mmdb.flat, **more):
    return mmdb.write(ctl.directory / name, {
        network: how(*facts) for network, facts in FILES.items()}, **more)


def places(ctl):
    return {row[0]: row[1:] for row in ctl.query(
        'SELECT ip, asn, as_name, country FROM source')}


@pytest.fixture
def quiet(fake_nameserver):
    """Nobody has a name."""
    return fake_nameserver('nxdomain')


@pytest.mark.parametrize('how', [mmdb.flat, mmdb.nested])
def test_as_and_country_come_from_a_file(ctl, quiet, how):
    fill(ctl, ['198.18.0.1', '198.18.1.1', '198.18.2.1', '2001:2::25'])
    path = write(ctl, how=how)
    said = ctl('lookup', '--server=' + quiet.server, '--mmdb=' + path)
    assert said.endswith('4 have none\nAS and country of 3: %s, of %s\n' % (
        path, time.strftime('%Y-%m-%d', time.gmtime())))
    assert places(ctl) == {
        '198.18.0.1': (64500, 'Example Hosting', 'NL'),
        '198.18.1.1': (64501, 'Other Networks', 'DE'),
        '198.18.2.1': (None, None, None),
        '2001:2::25': (4200000000, 'Six', 'SE')}


def test_a_file_tells_of_those_that_were_asked_before(ctl, quiet):
    """It asks nobody, so that what is due does not matter."""
    fill(ctl, many(3))
    ctl('lookup', '--server=' + quiet.server)
    asked = quiet.count()
    ctl('lookup', '--server=' + quiet.server, '--mmdb=' + write(ctl))
    assert quiet.count() == asked
    assert {row[0] for row in places(ctl).values()} == {64500}
    # What no file knows now stays known.
    ctl('lookup', '--server=' + quiet.server,
        '--mmdb=' + mmdb.write(ctl.directory / 'e.mmdb', {}))
    assert {row for row in places(ctl).values()} == {
        (64500, 'Example Hosting', 'NL')}
    # And what it says otherwise changes.
    ctl('lookup', '--server=' + quiet.server, '--mmdb=' + mmdb.write(
        ctl.directory / 'n.mmdb', {'198.18.0.0/15': mmdb.flat(64510)}))
    assert {row for row in places(ctl).values()} == {(64510, None, 'NL')}


def test_several_files_complete_each_other(ctl, quiet):
    fill(ctl, ['198.18.0.1'])
    asn = mmdb.write(ctl.directory / 'asn.mmdb', {
        '198.18.0.0/24': mmdb.nested(64500, 'Example Hosting')})
    country = mmdb.write(ctl.directory / 'country.mmdb', {
        '198.18.0.0/24': mmdb.nested(country='NL')})
    (row,) = ctl.json('lookup', '--server=' + quiet.server, '--mmdb=' + asn,
                      '--mmdb=' + country)
    assert [f['path'] for f in row['files']] == [asn, country]
    assert row['with_as'] == 1 and row['warnings'] == []
    assert places(ctl)['198.18.0.1'] == (64500, 'Example Hosting', 'NL')


def test_an_old_file_is_told(ctl, quiet):
    fill(ctl, ['198.18.0.1'])
    path = write(ctl, built=time.time() - 420 * DAY - 60)
    said = ctl('lookup', '--server=' + quiet.server, '--mmdb=' + path)
    assert said.endswith('Warning: %s is 420 days old: AS and country may be '
                         'wrong\n' % path)
    (row,) = ctl.json('lookup', '--server=' + quiet.server, '--mmdb=' + path)
    assert len(row['warnings']) == 1 and '420 days' in row['warnings'][0]


def test_a_file_that_is_none_is_told(ctl, quiet):
    fill(ctl, ['198.18.0.1'])
    path = str(ctl.put('x.mmdb', b'ip,country\n'))
    ctl('lookup', '--server=' + quiet.server, '--mmdb=' + path, code=65)
    assert ctl.error == ('ruactl: --mmdb: %s is not a MaxMind database, or is '
                         'damaged: get it again\n' % path)
    assert quiet.count() == 0
    path = mmdb.write(ctl.directory / 'deep.mmdb', {
        '198.18.0.0/15': mmdb.deep(1000000)})
    said = ctl('lookup', '--server=' + quiet.server, '--mmdb=' + path)
    assert 'Warning: %s is damaged: get it again' % path in said
    assert places(ctl)['198.18.0.1'] == (None, None, None)


# --- settings -----------------------------------------------------------------

CONF = '''database = "%s";
lookup = { %s };
mailboxes = ( { name = "own"; host = "imap.example.org"; user = "u";
    password_file = "own.pass"; } );
'''


def configure(ctl, settings, mode=0o644):
    ctl.put('own.pass', b'x\n').chmod(0o600)
    path = ctl.put('ruad.conf', (CONF % (ctl.database, settings)).encode())
    path.chmod(mode)
    return str(path)


def test_settings_come_from_ruad_conf(ctl, quiet):
    fill(ctl, ['198.18.0.1'])
    write(ctl)
    path = configure(ctl, 'mmdb = [ "lite.mmdb" ]; server = "%s";'
                     % quiet.server)
    said = ctl('lookup', '-c', path, env={'RUAD_DB': ''})
    assert '1 asked at %s\n' % quiet.server in said
    assert 'AS and country of 1: %s/lite.mmdb' % ctl.directory in said
    assert places(ctl)['198.18.0.1'][0] == 64500
    # Options take their place.
    other = mmdb.write(ctl.directory / 'o.mmdb', {
        '198.18.0.0/24': mmdb.flat(64509)})
    ctl('lookup', '--config=' + path, '--mmdb=' + other)
    assert places(ctl)['198.18.0.1'][0] == 64509


@pytest.mark.parametrize('settings, error', [
    ('mmbd = [ "x" ];', '%s has errors: ruad -t -c %s shows them'),
    ('mmdb = [ "none.mmdb" ];', 'lookup.mmdb: DIR/none.mmdb does not exist'),
    ('server = "x";', '"x" is not the address of a name server')])
def test_wrong_settings_are_told(ctl, settings, error):
    fill(ctl, ['198.18.0.1'])
    path = configure(ctl, settings)
    code = 78 if 'errors' in error else 66 if 'exist' in error else 64
    ctl('lookup', '-c', path, code=code)
    assert error.replace('%s', path).replace('DIR', str(ctl.directory)) in \
        ctl.error


# --- Team Cymru ---------------------------------------------------------------

CYMRU = {
    ('1.0.18.198.origin.asn.cymru.com', 'TXT'): [txt(
        '64500 64999 | 198.18.0.0/24 | NL | ripencc | 2001-01-01')],
    ('as64500.asn.cymru.com', 'TXT'): [txt(
        '64500 | NL | ripencc | 2001-01-01 | EXAMPLE-AS Example, NL')],
    ('1.1.18.198.origin.asn.cymru.com', 'TXT'): [
        txt('64501 | 198.18.0.0/15 |  | ripencc | '),
        txt('64502 | 198.18.1.0/24 | DE | ripencc | ')]}


def cymru(extra=()):
    known = table({**CYMRU, **dict(extra)})

    def answer(question):
        if 'cymru' in question.name:
            return known(question)
        return reply(question)
    return answer


def test_team_cymru_is_asked_only_if_one_says_so(ctl, fake_nameserver):
    asked = fake_nameserver(cymru())
    fill(ctl, many(40) + ['198.18.1.1'])
    ctl('lookup', '--server=' + asked.server)
    assert not [q for q in asked.questions if 'cymru' in q.name]
    said = ctl('lookup', '--all', '--cymru', '--server=' + asked.server)
    assert said.endswith('AS and country of 41: Team Cymru\n')
    told = [q.name for q in asked.questions if 'cymru' in q.name]
    # Each network once, though 40 addresses are in one.
    assert len([n for n in told if 'origin' in n]) == 2
    assert len([n for n in told if n.startswith('as')]) == 2
    assert places(ctl)['198.18.0.40'] == (
        64500, 'EXAMPLE-AS Example, NL', 'NL')
    assert places(ctl)['198.18.1.1'] == (64502, None, 'DE')


def test_what_a_file_knows_team_cymru_is_not_told(ctl, fake_nameserver):
    asked = fake_nameserver(cymru())
    fill(ctl, ['198.18.0.1', '198.18.9.1'])
    path = configure(ctl, 'mmdb = [ "%s" ]; cymru = true; server = "%s";' % (
        write(ctl), asked.server))
    said = ctl('lookup', '-c', path)
    assert [q.name for q in asked.questions if 'cymru' in q.name] == [
        '1.9.18.198.origin.asn.cymru.com']
    assert 'AS and country of 1: ' in said
    assert said.endswith('; Team Cymru\n')


@pytest.mark.parametrize('text', [
    b'', b'|', b'| 198.18.0.0/24 | NL', b'x | 198.18.0.0/24 | NL',
    b'64500 | 198.18.9.0/24 | NL', b'64500 | 0.0.0.0/0 | NL',
    b'64500 | 198.18.0.0/33 | NL', b'64500 | 198.18.0.0 | NL',
    b'64500 | ::/0 | NL', b'4294967296 | 198.18.0.0/24 | NL',
    b'64500' * 60, b'-1 | 198.18.0.0/24 | NL'])
def test_lies_of_the_service_are_not_believed(ctl, fake_nameserver, text):
    lies = {(name, kind): [txt(text[:255])] for name, kind in CYMRU}
    asked = fake_nameserver(cymru(lies))
    fill(ctl, ['198.18.0.1'])
    ctl('lookup', '--cymru', '--server=' + asked.server)
    assert places(ctl)['198.18.0.1'] == (None, None, None)


def test_the_service_may_fail(ctl, fake_nameserver):
    def answer(question):
        if 'cymru' in question.name:
            return failing(SERVFAIL)(question)
        return reply(question)
    asked = fake_nameserver(answer)
    fill(ctl, ['198.18.%d.1' % n for n in range(60)])
    said = ctl('lookup', '--cymru', '--rate=1000', '--server=' + asked.server)
    assert '60 have none' in said
    assert 'Warning: Team Cymru was not asked for the rest: 20 questions in ' \
        'a row failed' in ' '.join(said.split())
    assert len([q for q in asked.questions if 'cymru' in q.name]) <= 36


# --- rules --------------------------------------------------------------------

REVERSE = {('%d.0.18.198.in-addr.arpa' % n, 'PTR'): [
    pack_name('mx%d.host.example' % n)] for n in range(1, 6)}
HOSTS = {('mx%d.host.example' % n, 'A'): [address('198.18.0.%d' % n)]
         for n in range(1, 6)}


@pytest.fixture
def hosts(fake_nameserver):
    return fake_nameserver(table({**REVERSE, **HOSTS}))


def senders(ctl):
    return dict(ctl.query('SELECT ip, label FROM source LEFT JOIN sender ON '
                          'sender.id = sender_id'))


def test_rules_begin_to_work(ctl, hosts):
    fill(ctl, ['198.18.0.1', '198.18.0.2', '198.18.1.1', '198.18.2.1'])
    for sender, rule in (('Host', 'host.example'), ('Other', 'AS64501')):
        said = ctl('sender', 'add', sender, 'own', rule)
        assert 'look-up, and none was made' in ' '.join(said.split())
    assert set(senders(ctl).values()) == {None}
    ctl('lookup', '--server=' + hosts.server, '--mmdb=' + write(ctl))
    assert senders(ctl) == {'198.18.0.1': 'Host', '198.18.0.2': 'Host',
                            '198.18.1.1': 'Other', '198.18.2.1': None}
    # Now a rule that matches nothing is one that matches nothing.
    said = ctl('sender', 'add', 'x', 'own', 'other.example', 'AS64510')
    assert 'other.example: no source has a host name in that domain' in said
    assert 'AS64510: no source is in that AS' in said
    assert 'look-up' not in said
    # A later report changes nothing of it.
    fill(ctl, ['198.18.0.1', '198.18.1.1'], 'later')
    assert senders(ctl)['198.18.0.1'] == 'Host'
    assert senders(ctl)['198.18.1.1'] == 'Other'


def test_a_rule_ends_with_the_name(ctl, fake_nameserver, hosts, quiet):
    fill(ctl, ['198.18.0.1'])
    ctl('sender', 'add', 'Host', 'own', 'host.example')
    ctl('lookup', '--server=' + hosts.server)
    assert senders(ctl)['198.18.0.1'] == 'Host'
    broken = fake_nameserver('servfail')
    ctl('lookup', '--all', '--server=' + broken.server, code=69)
    assert senders(ctl)['198.18.0.1'] == 'Host'
    ctl('lookup', '--all', '--server=' + quiet.server)
    assert senders(ctl)['198.18.0.1'] is None


def test_a_name_that_is_only_claimed_is_no_evidence(ctl, fake_nameserver):
    lies = fake_nameserver(table({**REVERSE, **{
        key: [address('203.0.113.9')] for key in HOSTS}}))
    fill(ctl, ['198.18.0.1'])
    ctl('sender', 'add', 'Host', 'own', 'host.example')
    ctl('lookup', '--server=' + lies.server)
    assert senders(ctl)['198.18.0.1'] is None
    assert 'host.example' not in ctl('sources', 'example.org')


def test_what_was_not_finished_is_by_the_next_run(ctl, hosts):
    """An earlier run was killed after it had learned the names."""
    fill(ctl, ['198.18.0.1'])
    ctl('sender', 'add', 'Host', 'own', 'host.example')
    ctl('lookup', '--server=' + hosts.server)
    db = sqlite3.connect(ctl.database)
    with db:
        db.execute('UPDATE source SET sender_id = NULL, rule_id = NULL')
    db.close()
    ctl('lookup', '--server=' + hosts.server)
    assert senders(ctl)['198.18.0.1'] == 'Host'


# --- what is shown ------------------------------------------------------------

@pytest.fixture
def shown(ctl, fake_nameserver):
    """.0.1 and .0.2 have names, the rest an AS; a day of reports today."""
    ips = ['198.18.0.1', '198.18.0.2', '198.18.1.1', '198.18.1.2',
           '198.18.9.1']
    today = int(time.time()) // DAY * DAY
    fill(ctl, ips, day=(today - CTL_DAY) // DAY - 1)
    names = {**REVERSE, **HOSTS,
             ('1.9.18.198.in-addr.arpa', 'PTR'): [pack_name('bank.example')]}
    ctl('lookup', '--mmdb=' + write(ctl), '--server=' + fake_nameserver(
        table(names)).server)
    return ctl


def test_sources_are_named_by_name_and_as(shown):
    rows = {row['who']: row for row in shown.json('sources', 'example.org')}
    assert {who: (row['evidence'], row['addresses'])
            for who, row in rows.items()} == {
        'host.example': ('ptr_domain', 2), 'Other Networks': ('as', 2),
        '198.18.9.1': ('address', 1)}
    said = shown('sources', 'example.org')
    assert re.search(r'^host\.example +- +by PTR, NL +2 ', said, re.M), said
    assert re.search(r'^Other Networks +- +by AS64501, DE +2 ', said, re.M)
    rows = {row['ip']: row for row in
            shown.json('sources', '--by=address', 'example.org')}
    assert {key: rows['198.18.0.1'][key] for key in (
        'ptr', 'ptr_domain', 'asn', 'as_name', 'country', 'who',
        'evidence')} == {
        'ptr': 'mx1.host.example', 'ptr_domain': 'host.example', 'asn': 64500,
        'as_name': 'Example Hosting', 'country': 'NL', 'who': 'host.example',
        'evidence': 'ptr_domain'}
    assert rows['198.18.9.1']['asn'] is None
    said = shown('sources', '--by=address', 'example.org')
    assert re.search(r'^ip +country +who', said, re.M), said
    assert re.search(r'^198\.18\.1\.1 +DE +Other Networks', said, re.M), said


def test_one_address_and_why_say_all_of_it(shown):
    told = 'mx1.host.example, AS64500 Example Hosting, NL'
    assert told in shown('198.18.0.1')
    assert told in shown('why', 'example.org', '198.18.0.1')
    (row,) = shown.json('198.18.0.1')
    assert (row['ptr'], row['asn'], row['as_name'], row['country']) == (
        'mx1.host.example', 64500, 'Example Hosting', 'NL')
    shown('sources', 'example.org', '198.18.1.1', code=66)
    assert 'ruactl 198.18.1.1 tells who it is' in shown.error
    shown('lookup', '198.18.1.0/24', code=64)
    assert 'but no network' in shown.error
    said = shown('why', 'example.org', '198.18.1.1').split('\n')
    assert said[1] == 'AS64501 Other Networks, DE'
    # A name that is not confirmed is told as such, and names nobody.
    assert 'unconfirmed name bank.example' in shown('198.18.9.1')
    assert 'bank.example' not in shown('sources', 'example.org')


def test_every_answer_has_the_same_name(shown):
    for args in (['why', 'example.org'], ['failures', 'example.org'],
                 ['ready', 'example.org'], ['sources', 'example.org'],
                 ['sources', '--unknown', 'example.org'],
                 ['sender', 'suggest', 'example.org']):
        said = shown(*args)
        assert 'host.example' in said or args[0] in ('sender', 'why'), (
            args, said)
    digest = subprocess.run([shown.program, 'digest'], env=shown.env,
                            capture_output=True, text=True, check=False).stdout
    assert 'host.example' in digest and 'Other Networks' in digest
    shown('report', '-o', 'page.html')
    page = (shown.directory / 'page.html').read_text()
    assert 'mx1.host.example, AS64500 Example Hosting, NL' in page
    assert 'Other Networks' in page and 'by AS64501, DE' in page


def test_rows_for_programs_have_all_columns(shown):
    row = next(row for row in shown.csv('export', 'records')
               if row['ip'] == '198.18.0.1')
    assert [row[key] for key in ('ptr', 'ptr_domain', 'asn', 'as_name',
                                 'country')] == [
        'mx1.host.example', 'host.example', '64500', 'Example Hosting', 'NL']
    rows = shown('export', '--columns=parsedmarc', 'records').splitlines()
    assert any('mx1.host.example' in line and 'NL' in line for line in rows)
    who = dict(shown.query('SELECT ip, who FROM v_failing'))
    assert who == {'198.18.0.1': 'host.example', '198.18.0.2': 'host.example',
                   '198.18.1.1': 'Other Networks',
                   '198.18.1.2': 'Other Networks', '198.18.9.1': None}


def test_metrics_tell_named_senders_and_countries(shown):
    def told():
        return re.findall(r'^ruad_failed_(?:sender|country)_messages({.*)$',
                          shown('metrics'), re.M)
    assert told() == ['{country="DE"} 50', '{country="NL"} 90']
    shown('sender', 'add', 'Z "host"', 'service', 'host.example')
    shown('sender', 'add', 'other', 'hostile', '198.18.1.1')
    assert told() == [
        r'{domain="example.org",sender="Z \"host\"",class="known"} 90',
        '{domain="example.org",sender="other",class="hostile"} 30',
        '{country="DE"} 50', '{country="NL"} 90']


def test_queries_by_as_and_country(shown):
    rows = shown.json('query', 'networks', 'example.org')
    assert [(row['who'], row['addresses'], row['messages']) for row in rows] \
        == [('AS64500 Example Hosting', 2, 90),
            ('AS64501 Other Networks', 2, 50), ('198.18.9.1', 1, 10)]
    rows = shown.json('query', 'countries', 'example.org')
    assert [(row['country'], row['addresses'], row['messages'], row['fail'])
            for row in rows] == [('NL', 2, 90, 90), ('DE', 2, 50, 50),
                                 (None, 1, 10, 10)]


def test_an_as_without_a_name_is_its_number(ctl, quiet):
    fill(ctl, ['198.18.0.1'])
    ctl('lookup', '--server=' + quiet.server, '--mmdb=' + mmdb.write(
        ctl.directory / 'n.mmdb', {'198.18.0.0/15': mmdb.flat(64510)}))
    (row,) = ctl.json('sources', 'example.org')
    assert (row['who'], row['evidence']) == ('AS64510', 'as')
    assert ctl.query('SELECT who FROM v_failing') == [('AS64510',)]


def test_neighbours_in_an_as_are_a_sign(ctl, quiet):
    """An own server passes; another one of its AS fails."""
    ctl.put('in/a.xml', report(rows=[
        ('198.18.0.1', 50, PASS), ('198.18.8.1', 10, FAIL),
        ('198.18.99.1', 10, FAIL)]))
    ctl('import', 'in/a.xml')
    ctl('sender', 'add', 'own', 'own', '198.18.0.1')
    ctl('lookup', '--server=' + quiet.server, '--mmdb=' + mmdb.write(
        ctl.directory / 'n.mmdb', {
            '198.18.0.0/24': mmdb.flat(64500, 'Host', 'NL'),
            '198.18.8.0/24': mmdb.flat(64500, 'Host', 'NL'),
            '198.18.99.0/24': mmdb.flat(64501, 'Else', 'NL')}))
    signs = {row['ip']: json.loads(row['signs']) if isinstance(
        row['signs'], str) else row['signs'] for row in
        ctl.json('sources', '--by=address', 'example.org')}
    assert signs == {'198.18.0.1': [], '198.18.8.1': ['network'],
                     '198.18.99.1': []}


def test_a_name_under_the_domain_is_a_sign(ctl, fake_nameserver):
    fill(ctl, ['198.18.0.1', '198.18.0.2'])
    ctl('lookup', '--server=' + fake_nameserver(table({
        ('1.0.18.198.in-addr.arpa', 'PTR'): [pack_name('web.example.org')],
        ('2.0.18.198.in-addr.arpa', 'PTR'): [pack_name('web.example.org')],
        ('web.example.org', 'A'): [address('198.18.0.1')]})).server)
    signs = {row['ip']: row['signs'] for row in
             ctl.json('sources', '--by=address', 'example.org')}
    # The other one claims it only.
    assert 'name' in signs['198.18.0.1'] and 'name' not in signs['198.18.0.2']


def test_a_service_is_named_by_its_host_name(ctl, fake_nameserver):
    fill(ctl, ['198.18.0.1'])
    ctl('lookup', '--server=' + fake_nameserver(table({
        ('1.0.18.198.in-addr.arpa', 'PTR'): [pack_name('mail1.mcsv.net')],
        ('mail1.mcsv.net', 'A'): [address('198.18.0.1')]})).server)
    (row,) = ctl.json('sources', 'example.org')
    assert (row['who'], row['evidence']) == ('Mailchimp', 'ptr')
