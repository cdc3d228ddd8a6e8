# SPDX-License-Identifier: BSD-2-Clause
"""ruactl export, against what ruad-parse is known to say (tests/golden)."""

import csv
import io
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

import truth
from ctl import Ctl, report
from patience import PATIENCE

GOLDEN = os.path.join(os.path.dirname(__file__), '../golden')
WHATS = 'records', 'reports', 'failures', 'tls'


@pytest.fixture(scope='module')
def golden():
    """[(document, its parts)], each document once."""
    found = {}
    for name in sorted(os.listdir(GOLDEN)):
        if not name.endswith('.jsonl'):
            continue
        with open(os.path.join(GOLDEN, name), encoding='utf-8') as lines:
            for line in map(json.loads, lines):
                if line['type'] in ('aggregate', 'tls', 'failure'):
                    parts = []
                    found.setdefault(line['content_sha256'], (line, parts))
                elif line['type'] in ('record', 'tls_policy'):
                    parts.append(line)
    return found


@pytest.fixture(scope='module')
def ctl(build, tmp_path_factory):
    made = Ctl(build, tmp_path_factory.mktemp('export'))
    os.mkdir(made.directory / 'in')
    for name in os.listdir(GOLDEN):
        if not name.endswith(('.jsonl', '.py')):
            path = os.path.join(GOLDEN, name)
            if os.path.isfile(path):
                shutil.copy(path, made.directory / 'in')
    made('import', '-q', 'in', code=65)
    return made


def export(ctl, what, *args):
    text = ctl('export', what, '--format=jsonl', *args)
    return [json.loads(line) for line in text.splitlines()]


def test_all_reports_are_what_the_parser_said(ctl, golden):
    rows = export(ctl, 'reports')
    assert len(rows) == ctl.query('SELECT count(*) FROM report')[0][0] > 30
    assert [row['id'] for row in rows] == sorted(row['id'] for row in rows)
    for row in rows:
        head, _ = golden[row['content_sha256']]
        for column in ('org_name', 'org_email', 'external_id', 'begin_ts',
                       'end_ts', 'domain', 'p', 'sp', 'np', 'adkim', 'aspf',
                       'pct', 'fo', 'testing', 'version', 'generator',
                       'reporter', 'quirks'):
            assert row[column] == head.get(column), column
        assert row['partial'] == int(head.get('partial', False))


def test_all_records_are_what_the_parser_said(ctl, golden):
    reports = export(ctl, 'reports')
    shas = {row['id']: row['content_sha256'] for row in reports}
    # Many have one identity: what contradicts the first is not counted.
    aside = {row['id'] for row in reports if not row['counted']}
    assert aside
    of = {}
    for row in export(ctl, 'records'):
        of.setdefault(row['report_id'], []).append(row)
    assert len(of) > 15
    for ident, sha in shas.items():
        if ident in aside:
            assert ident not in of
            continue
        head, said = golden[sha]
        rows = of.get(ident, [])
        assert len(rows) == len(said)
        for row, record in zip(rows, said):
            for column in ('messages', 'disposition', 'dkim', 'spf', 'cause',
                           'header_from', 'envelope_from', 'envelope_to'):
                assert row[column] == record.get(column), column
            assert row['ip'] == record.get('source_ip')
            assert row['domain'] == head['domain']
            assert row['dmarc'] == ('pass' if 'pass' in (
                record.get('dkim'), record.get('spf')) else 'fail')
            for column, name in (('auth_dkim', 'auth_dkim'),
                                 ('auth_spf', 'auth_spf'),
                                 ('override', 'overrides')):
                full = [{key: value for key, value in item.items()
                         if value is not None} for item in row[column]]
                assert full == record.get(name, []), column


def test_all_failures_and_tls_reports_are_what_the_parser_said(ctl, golden):
    rows = export(ctl, 'failures')
    assert len(rows) > 5
    for row in rows:
        said, _ = golden[row['content_sha256']]
        for column in ('arrival_ts', 'reported_domain', 'feedback_type',
                       'auth_failure', 'mail_from', 'subject', 'msgid',
                       'incidents', 'auth_results', 'quirks'):
            assert row[column] == said.get(column), column
        assert row['ip'] == said.get('source_ip')
    said = sorted((head['external_id'], policy['domain'],
                   policy['policy_type'], policy['ok'], policy['failed'],
                   str(policy.get('policy')), str(policy.get('mx_hosts')),
                   len(policy.get('details', policy.get('failures', []))))
                  for head, policies in golden.values()
                  if head['type'] == 'tls' for policy in policies)
    rows = export(ctl, 'tls')
    assert len(rows) > 10
    assert said == sorted(
        (row['external_id'], row['domain'], row['type'], row['ok'],
         row['failed'], str(row['policy']), str(row['mx_hosts']),
         len(row['tls_failure'])) for row in rows)


@pytest.mark.parametrize('what', WHATS)
def test_the_formats_say_the_same(ctl, what):
    rows = export(ctl, what)
    assert json.loads(ctl('export', what, '--format=json')) == rows
    text = ctl('export', what, '--format=csv')
    assert text == ctl('export', what)
    table = list(csv.DictReader(io.StringIO(text, newline='')))
    assert [list(row) for row in table] == [list(row) for row in rows]
    for flat, row in zip(table, rows):
        for column, value in row.items():
            if isinstance(value, int) or value is None:
                assert flat[column] == ('' if value is None else str(value))


@pytest.mark.parametrize('what', WHATS)
def test_after_gives_what_is_new(ctl, what):
    rows = export(ctl, what)
    last = rows[len(rows) // 2]['id']
    assert export(ctl, what, '--after=%d' % last) == [
        row for row in rows if row['id'] > last]
    assert export(ctl, what, '--after', str(rows[-1]['id'])) == []
    assert ctl('export', what, '--after', '9' * 18, '--format=json') == '[]\n'


def add_records(ctl, count):
    db = sqlite3.connect(ctl.database)
    with db:
        db.execute('WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1'
                   ' FROM n WHERE i < ?) INSERT INTO record_row'
                   ' (report_id, messages, cause, profile_id, envelope_to)'
                   " SELECT 1, i, 6, 1, printf('%.100c', 'x') FROM n",
                   (count,))
    db.close()


def test_memory_does_not_grow_with_the_database(build, tmp_path):
    ctl = Ctl(build, tmp_path)
    ctl.put('a.xml', report(rows=[('192.0.2.1', 1, ('pass', 'pass'))]))
    ctl('import', 'a.xml')
    add_records(ctl, 200000)
    for form in 'csv', 'json', 'jsonl':
        done = subprocess.run(
            [ctl.program, 'export', 'records', '--format=' + form],
            env=ctl.env, stdout=subprocess.PIPE, timeout=PATIENCE, check=True,
            preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_AS, (96 << 20, 96 << 20)))
        assert len(done.stdout) > 200001 * 200


def test_wrong_words(ctl):
    ctl('export', code=64)
    ctl('export', 'mails', code=64)
    assert 'use records, reports, failures or tls' in ctl.error
    ctl('export', 'tls', '--after=x', code=64)
    assert '--after needs the id' in ctl.error
    ctl('export', 'tls', '--columns=parsedmarc', code=64)
    only = ': there is only --columns=parsedmarc, for records'
    assert only in ctl.error
    ctl('export', 'records', '--columns=nix', code=64)
    assert only in ctl.error
    ctl('export', 'records', '--follow', '--format=csv', code=64)
    assert '--follow needs --format=jsonl' in ctl.error


# --- as parsedmarc ----------------------------------------------------------

PARSEDMARC = (
    'xml_schema,org_name,org_email,org_extra_contact_info,report_id,'
    'begin_date,end_date,errors,domain,adkim,aspf,p,sp,pct,fo,'
    'source_ip_address,source_country,source_reverse_dns,source_base_domain,'
    'source_name,source_type,count,spf_aligned,dkim_aligned,dmarc_aligned,'
    'disposition,policy_override_reasons,policy_override_comments,'
    'envelope_from,header_from,envelope_to,dkim_domains,dkim_selectors,'
    'dkim_results,spf_domains,spf_scopes,spf_results')


def stamp(seconds):
    return time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(seconds))


def joined(results, i, default='none'):
    return ','.join(one[i] or default for one in results)


def as_parsedmarc(row, shop):
    rep, rec = row
    dkim, spf = rec.dkim == 'pass', rec.spf == 'pass'
    return dict(zip(PARSEDMARC.split(','), (
        rep.version or 'draft', rep.org_name, rep.org_email,
        rep.extra_contact, rep.external_id, stamp(rep.begin_ts),
        stamp(rep.end_ts), '', rep.domain, rep.adkim, rep.aspf, rep.p,
        rep.sp or rep.p, 100 if rep.pct is None else rep.pct, rep.fo or '0',
        rec.ip, None, None, None, 'Shop' if rec.ip == shop else None,
        'service' if rec.ip == shop else None, rec.messages, spf, dkim,
        spf or dkim, rec.disposition, joined(rec.overrides, 0),
        '|'.join(one[1] or 'none' for one in rec.overrides),
        rec.envelope_from, rec.header_from, rec.envelope_to,
        joined(rec.auth_dkim, 0), joined(rec.auth_dkim, 1),
        joined(rec.auth_dkim, 2), joined(rec.auth_spf, 0),
        joined(rec.auth_spf, 1, 'mfrom'), joined(rec.auth_spf, 2))))


def test_records_with_the_columns_of_parsedmarc(build, tmp_path):
    known = truth.Truth(build, tmp_path, count=60)
    shop = known.rows[0].record.ip
    known.ctl('sender', 'add', 'Shop', 'service', shop)
    args = 'export', 'records', '--columns=parsedmarc'
    want = [as_parsedmarc(row, shop) for row in known.rows]
    got = [json.loads(line) for line in
           known.ctl(*args, '--format=jsonl').splitlines()]
    assert sorted(map(str, got)) == sorted(map(str, want))
    assert known.ctl.json(*args) == got
    text = known.ctl(*args)
    assert text.partition('\r\n')[0] == PARSEDMARC
    table = list(csv.DictReader(io.StringIO(text, newline='')))
    assert table == [{key: '' if value is None else str(value)
                      for key, value in row.items()} for row in got]
    assert {row['dmarc_aligned'] for row in table} == {'True', 'False'}
    ids = [row['id'] for row in export(known.ctl, 'records')]
    after = known.ctl(*args, '--format=jsonl', '--after=%d' % ids[-4])
    assert [json.loads(line) for line in after.splitlines()] == got[-3:]


# --- follow -----------------------------------------------------------------

class Follower:
    def __init__(self, ctl, *args):
        self.process = subprocess.Popen(
            [ctl.program, 'export', '--follow', *args], env=ctl.env,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def lines(self, count):
        return [json.loads(self.process.stdout.readline())
                for _ in range(count)]

    def end(self):
        """Its exit status, the rest of its output, and what it said."""
        rest, error = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, rest, error


@pytest.fixture
def follow(request):
    followers = []

    def start(*args):
        followers.append(Follower(*args))
        return followers[-1]
    yield start
    for one in followers:
        one.process.kill()
        one.process.wait()


@pytest.fixture
def growing(build, tmp_path):
    own = Ctl(build, tmp_path)

    def add(*days):
        for day in days:
            own.put('%d.xml' % day, report(ident=str(day), day=day, rows=[
                ('192.0.2.%d' % n, day + 1, ('pass', 'pass'))
                for n in range(3)]))
            own('import', '%d.xml' % day)
    own.add = add
    return own


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_follow_goes_on_until_it_is_told_to_stop(growing, follow, number):
    growing.add(0, 1)
    follower = follow(growing, 'records')
    got = follower.lines(6)
    for day in 2, 3:
        growing.add(day)
        got += follower.lines(3)
    assert follower.process.poll() is None
    follower.process.send_signal(number)
    assert follower.end() == (0, b'', b'')
    assert got == export(growing, 'records')
    assert [row['messages'] for row in got] == [1] * 3 + [2] * 3 + [3] * 3 + [
        4] * 3


def test_follow_begins_after_the_row_you_have(growing, follow):
    growing.add(0, 1)
    rows = export(growing, 'reports')
    follower = follow(growing, 'reports', '--after', str(rows[0]['id']))
    assert follower.lines(1) == rows[1:]
    growing.add(2)
    assert follower.lines(1) == export(growing, 'reports')[2:]
    follower.process.terminate()
    assert follower.end() == (0, b'', b'')


def test_follow_ends_when_nobody_reads_any_more(growing, follow):
    growing.add(0)
    idle = follow(growing, 'records')
    idle.lines(3)
    idle.process.stdout.close()
    assert idle.process.wait(PATIENCE) == 0
    assert idle.process.stderr.read() == b''
    db = sqlite3.connect(growing.database)      # more than a pipe holds
    with db:
        db.execute('WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1'
                   ' FROM n WHERE i < 3000) INSERT INTO mailbox (name, server,'
                   " username, folder) SELECT 'm' || i, 's', 'u', 'f' FROM n")
        db.execute('INSERT INTO failure (id, incidents, sample,'
                   ' content_sha256) SELECT id, 1, hex(randomblob(500)),'
                   ' randomblob(32) FROM mailbox')
    db.close()
    busy = follow(growing, 'failures')
    assert busy.lines(1)[0]['incidents'] == 1
    busy.process.stdout.close()
    assert busy.process.wait(PATIENCE) == 0
    assert busy.process.stderr.read() == b''


def test_follow_with_other_columns_and_in_batches(growing, follow):
    growing.add(0)
    follower = follow(growing, 'records', '--columns=parsedmarc')
    assert [row['count'] for row in follower.lines(3)] == [1] * 3
    growing.add(4)
    assert [row['count'] for row in follower.lines(3)] == [5] * 3
    add_records(growing, 10001)
    assert [row['count'] for row in follower.lines(10001)] == list(
        range(1, 10002))
    follower.process.terminate()
    assert follower.end()[0] == 0


def test_follow_of_a_full_disk_is_an_error(growing):
    growing.add(0)
    with open('/dev/full', 'w', encoding='ascii') as full:
        done = subprocess.run(
            [growing.program, 'export', '--follow', 'records'],
            env=growing.env, stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE,
            check=False)
    assert done.returncode == 75 and b'cannot write' in done.stderr
