# SPDX-License-Identifier: BSD-2-Clause
"""The queries that come with ruad: the same in the files, in the manual and
in ruactl, and each one right about reports that are known."""

import ipaddress
import json
import os
import re
import sqlite3

import pytest

import reasons
import truth
from ctl import FAIL, PASS, Ctl, report
from test_questions import date as day_date, tlsrpt
from truth import date, failing, group, messages, passes, total

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = os.path.join(HERE, '../../docs/examples/queries')
MANUAL = os.path.join(HERE, '../../docs/ruad.db.5')
DOMAIN = 'example.org'
FIRST = truth.LAST - 29 * 86400         # of the 30 days that are usual


@pytest.fixture(scope='module')
def known(build, tmp_path_factory):
    made = truth.Truth(build, tmp_path_factory.mktemp('known'))
    put = made.ctl.put
    for i, (org, rows) in enumerate([('A', [('192.0.2.1', 3, ('pass',) * 2)]),
                                     ('B', [('192.0.2.1', 4, ('pass',) * 2)])]):
        put('more/%d.xml' % i, report('Twice', 'twice.example', 'r1', -400,
                                      rows, email='a@twice.example'))
        put('more/%d.json' % i, tlsrpt(org, 40, [
            (DOMAIN, 'sts', 10, [('certificate-expired', 'mx.example.org',
                                  3 + i)])]))
    put('more/bad.xml', b'<?xml version="1.0"?><feedback><report_metadata>')
    made.ctl('import', 'more', code=65)
    return made


def read_files():
    files = {}
    for name in os.listdir(FILES):
        assert name.endswith('.sql')
        with open(os.path.join(FILES, name), encoding='ascii') as f:
            files[name[:-4]] = f.read()
    return files


def listed(ctl):
    """{name: (arguments, description)} as ruactl says."""
    result = {}
    for line in ctl('query').splitlines():
        assert len(line) <= 80
        usage, what = re.fullmatch(r'(.{20}) (\S.*)', line).groups()
        result[usage.split()[0]] = (usage.split()[1:], what)
    return result


# --- one source -------------------------------------------------------------

def test_ruactl_knows_the_files_and_nothing_else(known):
    files = read_files()
    assert len(files) >= 12
    told = listed(known.ctl)
    assert list(told) == sorted(files)
    for name, text in files.items():
        licence, what, sql = text.split('\n', 2)
        assert licence == '-- SPDX-License-Identifier: BSD-2-Clause'
        names = dict.fromkeys(re.findall(r':([a-z]+)', sql))
        assert told[name] == ([n.upper() for n in names
                               if n not in ('since', 'until')], what[3:])


def test_the_manual_has_the_same_queries():
    with open(MANUAL, encoding='utf-8') as f:
        examples = f.read().split('.Sh EXAMPLES\n')[1].split('\n.Sh ')[0]
    found = {}
    for part in examples.split('\n.Ss ')[1:]:
        name, what, sql = re.fullmatch(
            r'(\S+)\n(.*):\n\.Bd -literal -offset 2n\n(.*)\n\.Ed(?:\n.*)?',
            part, re.S).groups()
        found[name] = '-- SPDX-License-Identifier: BSD-2-Clause\n-- %s\n' \
            '%s\n' % (what, sql)
    del found['Networks']               # an addition, for want of a range
    assert found == read_files()


def test_the_files_run_in_any_sqlite(known):
    db = sqlite3.connect('file:%s?mode=ro' % known.ctl.database, uri=True)
    for name, sql in read_files().items():
        args = {'domain': DOMAIN, 'ip': '192.0.2.1', 'since': FIRST,
                'until': truth.LAST}
        columns = [c[0] for c in db.execute(sql, args).description]
        rows = db.execute(sql, args).fetchall()
        told = known.ctl.json(
            'query', name, *[args[a.lower()] for a in listed(known.ctl)[name][0]],
            *(['--since=' + date(FIRST), '--until=' + date(truth.LAST)]
              if ':since' in sql else []))
        assert [tuple(row.values()) for row in told] == rows, name
        assert all(list(row) == columns for row in told), name
    db.close()


# --- each of them -----------------------------------------------------------

def auth(results):
    return ' '.join('/'.join(word or '' for word in result[:-2]) + '=' +
                    result[-2] for result in results) or None


def network(ip):
    address = ipaddress.ip_address(ip)
    return ipaddress.ip_network(
        '%s/%d' % (ip, 24 if address.version == 4 else 64), strict=False)


def by_network(rows):
    """Nobody is named."""
    result = []
    for name, those in group(rows, lambda row: network(row.record.ip)).items():
        days = [row.report.day for row in those]
        ips = {row.record.ip for row in those}
        result.append((str(name) if len(ips) > 1 else ips.pop(), None,
                       len({row.record.ip for row in those}),
                       messages(those), messages(failing(those)),
                       date(min(days)), date(max(days))))
    return result


def countries(rows):
    """Nobody was looked up."""
    return [(None, len({row.record.ip for row in rows}), messages(rows),
             messages(failing(rows)))]


def compliance(rows):
    return [(domain, messages(those), messages(failing(those)),
             10000 * messages(filter(passes, those)) // messages(those) / 100)
            for domain, those in
            group(rows, lambda row: row.report.domain).items()]


def policies(known):
    seen = {}
    for r in known.reports:
        if r.domain == DOMAIN:
            seen.setdefault((r.p, r.sp, r.np, r.adkim, r.aspf, r.pct,
                             r.testing), []).append(r.day)
    return [(date(min(days)), date(max(days)), *policy, len(days))
            for policy, days in seen.items()]


def domains(known):
    result = {}
    for r in known.reports:
        result.setdefault(r.domain, []).append((r.day, r.p))
    return [(domain, len(those), date(max(those)[0]))
            for domain, those in result.items()]


def sums(rows, key):
    return [(*k, n) for k, n in total(rows, key).items()]


def fails(rows, key):
    return [(k, messages(those), messages(failing(those)))
            for k, those in group(rows, key).items()]


def forwarded(rows):
    """Nobody has a name here: DKIM alone, or the receiver says so."""
    rows = [row for row in rows if row.record.cause == 'dkim_only' and
            not reasons.has_envelope(row.record.auth_spf) or
            any(reasons.forwarding(*o) for o in row.record.overrides)]
    return [(ip, None, n, fail) for ip, n, fail in
            fails(rows, lambda row: row.record.ip)]


def selectors(rows):
    keys = {}
    for row in rows:
        for d, s, result, _ in row.record.auth_dkim:
            keys.setdefault((d, s, result), []).append(row)
    return [(*key, messages(those), date(max(row.report.day for row in those)))
            for key, those in keys.items()]


def overrides(rows):
    sums_of = {}
    for row in rows:
        if not reasons.changed(
                passes(row), row.record.disposition,
                row.record.header_from == row.report.domain, row.report.p,
                row.report.sp, row.report.np):
            continue
        for kind, comment in row.record.overrides:
            key = (row.report.domain, row.report.org_name, kind, comment)
            sums_of[key] = sums_of.get(key, 0) + row.record.messages
    return [(*key, n) for key, n in sums_of.items()]


def quirks(known):
    counts = {}
    for line in known.ctl('export', 'reports',
                          '--format=jsonl').splitlines():
        row = json.loads(line)
        if FIRST <= row['day'] <= truth.LAST:
            for quirk in row['quirks'] or ():
                key = row['org_name'], quirk
                counts[key] = counts.get(key, 0) + 1
    return [(*key, n) for key, n in counts.items()]


def expected(known, busy):
    """{name: rows, in any order, of 30 days}"""
    every = known.find(first=FIRST)
    rows = known.find(DOMAIN, FIRST)
    return {
        'address': [(date(row.report.day), row.report.domain,
                     row.report.org_name, row.record.messages,
                     row.record.cause, auth(row.record.auth_dkim),
                     auth([(s[0], s[2], s[3]) for s in row.record.auth_spf]))
                    for row in every if row.record.ip == busy],
        'causes': sums(rows, lambda row: (row.record.cause,)),
        'compliance': compliance(every),
        'countries': countries(rows),
        'conflicts': [('twice.example', 'twice.example', 'r1', 2)],
        'dns': [],
        'domains': domains(known) + [
            ('twice.example', 2, day_date(-400))],
        'failing': [(ip, None, cause, n) for (ip, cause), n in total(
            failing(rows),
            lambda row: (row.record.ip, row.record.cause)).items()],
        'forwarded': forwarded(rows),
        'mailboxes': [],
        'networks': by_network(rows),
        'overrides': overrides(every),
        'policies': policies(known),
        'quirks': quirks(known),
        'recipients': fails([row for row in rows if row.record.envelope_to],
                            lambda row: row.record.envelope_to),
        'selectors': selectors(rows),
        'subdomains': fails([row for row in rows
                             if row.record.header_from != DOMAIN],
                            lambda row: row.record.header_from),
        'tls-failures': [(day_date(40), DOMAIN, org, 'certificate-expired',
                          'mx.example.org', n) for org, n in
                         (('A', 3), ('B', 4))],
        'unreadable': [(None, 'bad.xml')]}


def shape(name, rows):
    """What is left of an answer where something in it cannot be known."""
    if name == 'conflicts':
        return [row[:4] for row in rows]
    if name == 'domains':
        return [(row[0], *row[2:]) for row in rows]
    if name == 'unreadable':
        return [(row[2], os.path.basename(row[1])) for row in rows]
    return rows


def test_each_query_is_right(known):
    busy = total(known.find(first=FIRST),
                 lambda row: row.record.ip).most_common(1)[0][0]
    want = expected(known, busy)
    told = listed(known.ctl)
    assert set(told) == set(want)
    assert {name for name in want if not want[name]} == {'dns', 'mailboxes'}
    for name, rows in want.items():
        args = [{'IP': busy, 'DOMAIN': DOMAIN.upper() + '.'}[word]
                for word in told[name][0]]
        got = shape(name, [tuple(row.values()) for row in
                           known.ctl.json('query', name, *args)])
        key = lambda row: [str(value) for value in row]     # noqa: E731
        assert sorted(got, key=key) == sorted(rows, key=key), name


def test_the_largest_comes_first(known):
    for name in 'causes', 'failing', 'networks':
        counts = [row['messages'] for row in
                  known.ctl.json('query', name, DOMAIN)]
        assert counts == sorted(counts, reverse=True) and len(counts) > 1


def test_what_was_looked_up_is_summed_up(build, tmp_path):
    ctl = Ctl(build, tmp_path)
    ctl.put('a.xml', report(rows=[
        ('192.0.2.1', 5, PASS), ('198.51.100.1', 4, FAIL),
        ('203.0.113.1', 3, PASS), ('203.0.113.2', 2, FAIL),
        ('2001:db8::1', 1, PASS)]))
    ctl('import', 'a.xml')
    db = sqlite3.connect(ctl.database)
    with db:
        for ip, asn, name, country in (
                ('192.0.2.1', 64500, 'Example', 'NL'),
                ('198.51.100.1', 64500, 'Example', 'DE'),
                ('2001:db8::1', 64501, None, 'NL')):
            assert db.execute(
                'UPDATE source SET asn = ?, as_name = ?, country = ?'
                ' WHERE ip = ?', (asn, name, country, ip)).rowcount == 1
    db.close()
    assert [tuple(row.values()) for row in
            ctl.json('query', 'countries', DOMAIN)] == [
        ('NL', 2, 6, 0), (None, 2, 5, 2), ('DE', 1, 4, 4)]
    assert [tuple(row.values())[:5] for row in
            ctl.json('query', 'networks', DOMAIN)] == [
        ('AS64500 Example', None, 2, 9, 4),
        ('203.0.113.0/24', None, 2, 5, 2), ('AS64501', None, 1, 1, 0)]
    ctl('sender', 'add', 'Mine', 'own', '192.0.2.1')
    assert [tuple(row.values())[:5] for row in
            ctl.json('query', 'networks', DOMAIN)][:2] == [
        ('203.0.113.0/24', None, 2, 5, 2), ('Mine', 'own', 1, 5, 0)]


def test_records_have_the_newest_first(known):
    rows = [('example.org', 'TXT', 'ok', '"v=spf1 -all"', 0, 1),
            ('example.org', 'TXT', 'ok', '"v=spf1 ~all"', 86400, 172800),
            ('_dmarc.example.org', 'TXT', 'no_name', None, 0, 0),
            ('notexample.org', 'TXT', 'none', None, 0, 0)]
    db = sqlite3.connect(known.ctl.database)
    try:
        with db:
            db.executemany(
                'INSERT INTO dns_record (name, type, status, value, first_ts,'
                ' last_ts) VALUES (?, ?, ?, ?, ?, ?)', rows)
        assert [(row['name'], row['first_date'], row['last_date'],
                 row['value']) for row in known.ctl.json(
                     'query', 'dns', 'Example.ORG')] == [
            ('_dmarc.example.org', '1970-01-01', '1970-01-01', None),
            ('example.org', '1970-01-02', '1970-01-03', '"v=spf1 ~all"'),
            ('example.org', '1970-01-01', '1970-01-01', '"v=spf1 -all"')]
    finally:
        with db:
            db.execute('DELETE FROM dns_record')
        db.close()


def test_a_mailbox_is_listed(known, tmp_path):
    db = sqlite3.connect(known.ctl.database)
    db.execute("INSERT INTO mailbox (name, server, username, folder,"
               " last_error) VALUES ('own', 'imap.example', 'u', 'INBOX',"
               " 'no route')")
    db.commit()
    try:
        assert known.ctl.json('query', 'mailboxes') == [{
            'name': 'own', 'server': 'imap.example', 'folder': 'INBOX',
            'active': 1, 'last_ok': None, 'last_error': 'no route'}]
    finally:
        db.execute('DELETE FROM mailbox')
        db.commit()
        db.close()


# --- for people -------------------------------------------------------------

def test_answers_for_people(known):
    out = known.ctl('query', 'causes', DOMAIN).splitlines()
    assert out[0] == ('How mail of a domain was aligned or not, 30 days to %s'
                      % date(truth.LAST))
    assert out[2].split() == ['cause', 'messages']
    assert known.ctl('query', 'domains').startswith(
        'Your domains, and the policy seen last\n\ndomain ')
    assert known.ctl('query', 'mailboxes') == (
        'Mailboxes, and whether they can be read\nNo rows.\n')
    assert known.ctl('query', 'failing', 'nix.example').endswith(
        '\nNo rows.\nFor more days: --since=365d\n')


def test_numbers_stand_at_the_right(known):
    """The kinds of columns are known by their names: by all of them."""
    told = listed(known.ctl)
    for name, (words, _) in told.items():
        args = [{'IP': '192.0.2.1', 'DOMAIN': DOMAIN}[word] for word in words]
        rows = known.ctl.json('query', name, *args)
        if not rows:
            continue
        head, *lines = known.ctl('query', name, *args).splitlines()[2:]
        for column, value in rows[0].items():
            if isinstance(value, (int, float)) and column != 'id':
                end = re.search(r'(?<!\S)%s(?!\S)' % column, head).end()
                assert lines[0][end - 1].strip(), (name, column)


def test_no_answer_wraps(known):
    for name, (words, _) in listed(known.ctl).items():
        args = [{'IP': '192.0.2.1', 'DOMAIN': DOMAIN}[word] for word in words]
        out = known.ctl.terminal('query', name, *args, env={'NO_COLOR': '1'})
        assert known.ctl.code == 0
        assert max(map(len, out.splitlines())) <= 80, out


def test_80_columns_have_all_of_a_record(build, tmp_path):
    ctl = Ctl(build, tmp_path)
    ctl('import', ctl.put('a.xml', report()))
    value = '"v=DKIM1;p=%s"' % ''.join(map(str, range(200)))
    db = sqlite3.connect(ctl.database)
    with db:
        db.execute('INSERT INTO dns_record (name, type, status, value,'
                   " first_ts, last_ts) VALUES ('s._domainkey.example.org',"
                   " 'TXT', 'ok', ?, 1, 2)", [value])
    db.close()
    out = ctl.terminal('query', 'dns', 'example.org', env={'NO_COLOR': '1'})
    assert value in ''.join(out.split())
    assert max(map(len, out.splitlines())) <= 80


def test_80_columns_tell_why_something_is_unreadable(build, tmp_path):
    ctl = Ctl(build, tmp_path)
    ctl.put('mails-of-last-november/' + 'x' * 60 + '/bad.xml', b'<feedback>')
    ctl('import', 'mails-of-last-november', code=65)
    row, = ctl.json('query', 'unreadable')
    assert 20 < len(row['reason']) <= 48
    out = ctl.terminal('query', 'unreadable', env={'NO_COLOR': '1'})
    assert out.splitlines()[-1].endswith(' ' + row['reason'])
    assert '  sender' not in out
    assert row['fetched'] in ctl.terminal('query', 'unreadable', columns=130)


@pytest.mark.parametrize('args, word', [
    (['nonsense'], 'ruactl query lists them'),
    (['failing'], 'usage: ruactl query failing DOMAIN'),
    (['failing', 'a', 'b'], 'usage: ruactl query failing DOMAIN'),
    (['domains', 'a'], 'usage: ruactl query domains'),
    (['address', 'host.example'], '"host.example" is not an IP address'),
    (['domains', '--since=7d'], 'query domains does not take --since'),
    (['failing', 'a', '--since=x'], '--since takes days'),
])
def test_wrong_words_are_wrong_usage(known, args, word):
    assert known.ctl('query', *args, code=64) == ''
    assert word in known.ctl.error


def test_addresses_are_known_in_every_form(known):
    put = known.ctl.put
    put('six.xml', report(ident='six', rows=[('2001:db8::25', 3,
                                              ('pass', 'pass'))], day=3))
    known.ctl('import', 'six.xml')
    for word, n in (('2001:DB8:0:0::25', 1), ('::ffff:192.0.2.1', 1)):
        assert len(known.ctl.json('query', 'address', word,
                                  '--since=2020-01-01')) == n


def test_an_empty_database_has_no_rows(build, tmp_path):
    ctl = Ctl(build, tmp_path)
    ctl.put('empty/x', b'nothing')
    ctl('import', 'empty')
    for name, (words, _) in listed(ctl).items():
        args = [{'IP': '192.0.2.1', 'DOMAIN': DOMAIN}[word] for word in words]
        assert ctl.json('query', name, *args) == []
        assert '\nNo rows.\nNo reports in ' in ctl('query', name, *args)
