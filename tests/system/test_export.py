# SPDX-License-Identifier: BSD-2-Clause
"""ruactl export, against what ruad-parse is known to say (tests/golden)."""

import csv
import io
import json
import os
import resource
import shutil
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


@pytest.mark.parametrize('option', ['--after=1', '--follow'])
def test_what_came_since_is_left_to_the_feed(ctl, option):
    ctl('export', 'records', option, code=64)
    assert 'ruactl feed' in ctl.error


def test_a_record_has_what_joins_databases(ctl):
    reports = {row['id']: row for row in export(ctl, 'reports')}
    for row in export(ctl, 'records'):
        for column in 'content_sha256', 'reporter', 'imported_ts':
            assert row[column] == reports[row['report_id']][column]
    assert all(len(row['content_sha256']) == 64 for row in export(ctl, 'tls'))


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
    ctl('export', 'tls', '--columns=parsedmarc', code=64)
    only = ': there is only --columns=parsedmarc, for records'
    assert only in ctl.error
    ctl('export', 'records', '--columns=nix', code=64)
    assert only in ctl.error


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
