# SPDX-License-Identifier: BSD-2-Clause
"""The figures of the HTML report, against the same computed here from what was
generated."""

import datetime
import functools
import re
import shlex
import sqlite3
from collections import Counter

import pytest

import gen
import reasons
from ctl import report
from webpage import Asked, number, year

DAYS, DOMAINS, REPORTERS = 100, 3, 7
PERIOD = ['--since=2025-01-11', '--until=2025-04-10']
FIRST, LAST = 10, 99                    # the days of it


def date(day):
    return str(datetime.date(2025, 1, 1) + datetime.timedelta(day))


def share(part, whole):
    tenths = 1000 * part // whole
    return 'under 0.1%' if part and not tenths else \
        '100%' if part == whole else '%d.%d%%' % divmod(tenths, 10)


class Row:
    """A record with what its report says."""

    def __init__(self, one, kind, messages):
        self.domain, self.org, self.report = one.domain, one.org, one.ident
        self.day = (one.day - year.FIRST_DAY) // 86400
        self.kind, self.n, self.ip = kind, messages, kind.ip
        self.p = one.policy
        self.failed = 'pass' not in (kind.dkim, kind.spf)
        self.who = next((name for name, rule in (
            ('own', '198.18.'), ('own', '2001:db8:0:25:'),
            ('service', '198.19.10.'), ('service', '198.19.20.'),
            ('service', '198.19.30.'), ('forwarder', '198.19.40.'))
            if self.ip.startswith(rule) and not re.match(
                r'198\.1[89]\.(1[2-9]\d|2\d\d)\.', self.ip)), None)
        self.type = 'compliant' if not self.failed else \
            'known' if self.who in ('own', 'service') else \
            'forwarded' if self.who == 'forwarder' or any(
                reasons.forwarding(*o) for o in kind.overrides) else 'unknown'


@functools.cache
def all_rows():
    """Made when a test needs them: each process imports this file."""
    return [Row(one, kind, n)
            for one in year.reports(DOMAINS, REPORTERS, 0, DAYS)
            for kind, n in one.rows]


def total(rows):
    return sum(row.n for row in rows)


def failing(rows):
    return total(row for row in rows if row.failed)


def by(rows, key):
    groups = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


@pytest.fixture(scope='module')
def asked(build, tmp_path_factory):
    ctl = Asked(build, tmp_path_factory.mktemp('report'))
    year.make(build, str(ctl.directory / 'db'), DOMAINS, REPORTERS, DAYS)
    return ctl


@pytest.fixture(scope='module', params=['example.org', None])
def both(request, asked):
    """A page about one domain and one about all, with their rows."""
    domain = request.param
    page = asked.page(*PERIOD, *([domain] if domain else []))
    page.domain, page.html = domain, asked.html
    page.rows = [row for row in all_rows() if FIRST <= row.day <= LAST and
                 domain in (None, row.domain)]
    page.month = [row for row in page.rows if row.day > LAST - 30]
    return page


# --- figures ----------------------------------------------------------------

def test_the_verdict_is_that_of_ready(asked, both):
    verdict = both.sections['verdict']
    args = [both.domain] if both.domain else []
    ready = {row['domain']: row for row in asked.json(
        'ready', '--since=' + date(LAST - 29), '--until=' + date(LAST),
        *args)}
    assert len(ready) == (1 if both.domain else DOMAINS)
    if both.domain:
        assert ready[both.domain]['verdict'] == 'fix_senders'
        assert verdict.lead.startswith('! fix known senders first')
        assert '%s messages from your named senders failed' % '{:,}'.format(
            ready[both.domain]['lost']) in verdict.lead
        assert not verdict.tables
        return
    assert verdict.lead == (
        '3 domains, all of which have known senders to fix first.')
    groups = by(both.rows, lambda row: row.domain)
    assert [(row['Domain'], number(row['Messages']), row['Compliant'],
             number(row['Failing'])) for row in verdict.table] == sorted((
                 (domain, total(rows), share(
                     total(rows) - failing(rows), total(rows)), failing(rows))
                 for domain, rows in groups.items()), key=lambda row: -row[1])
    for row in verdict.table:
        assert row['Policy'] == ready[row['Domain']]['policy']


def test_compliance_over_time_is_that_of_the_records(both):
    section = both.sections['compliance']
    days = by(both.rows, lambda row: row.day)
    assert len(section.table) == LAST - FIRST + 1
    for day, row in enumerate(section.table, FIRST):
        groups = Counter()
        for one in days[day]:
            groups[one.kind.dkim, one.kind.spf] += one.n
        every = total(days[day])
        assert row == {
            'From': date(day), 'Messages': '{:,}'.format(every),
            'DKIM and SPF': '{:,}'.format(groups['pass', 'pass']),
            'DKIM only': '{:,}'.format(groups['pass', 'fail']),
            'SPF only': '{:,}'.format(groups['fail', 'pass']),
            'Failing': '{:,}'.format(groups['fail', 'fail']),
            'Compliant': share(every - groups['fail', 'fail'], every)}
    all_of_it, failed = total(both.rows), failing(both.rows)
    assert section.lead.startswith('%s of %s messages passed.' % (
        share(all_of_it - failed, all_of_it), '{:,}'.format(all_of_it)))
    for words, first in ('%%s in the 28 days from %s' % date(FIRST),
                         FIRST), ('%s in the last 28 days', LAST - 27):
        rows = [row for day in range(first, first + 28) for row in days[day]]
        assert words % share(total(rows) - failing(rows), total(rows)) in \
            section.lead


def test_kinds_of_mail_are_those_of_the_senders(both):
    rows = both.sections['classes'].table
    groups = by(both.rows, lambda row: row.type)
    assert [number(row['Messages']) for row in rows] == [
        total(groups.get(name, [])) for name in (
            'compliant', 'known', 'forwarded', 'hostile', 'unknown')]
    assert all(number(row['Messages']) > 0 for row in rows
               if row['Kind'] != 'Hostile')
    for row in rows:
        assert row['Share'] == share(number(row['Messages']),
                                     total(both.rows))


@pytest.fixture(scope='module')
def senders(asked, both):
    """What ruactl says of each (domain, sender) of the page."""
    return {(row['domain'], row['who']): row
            for domain in ([both.domain] if both.domain else
                           year.DOMAINS[:DOMAINS])
            for row in asked.json('sources', *PERIOD, domain)}


def check_senders(both, senders, rows, heads):
    for row in rows:
        one = senders[row.get('Domain', both.domain), row['Sender']]
        assert ('Domain' in row) == (both.domain is None)
        want = {'Class': one['class'], 'Failing': '{:,}'.format(one['fail']),
                'Messages': '{:,}'.format(one['messages']),
                'Compliant': share(one['pass'], one['messages']),
                'First day': one['first_date'], 'Last day': one['last_date']}
        assert {head: row[head] for head in heads} == {
            head: want[head] for head in heads}


ALL_HEADS = ['Class', 'Failing', 'Messages', 'Compliant', 'First day',
             'Last day']
CLEAN_HEADS = ['Class', 'Messages', 'First day', 'Last day']


def test_sources_are_the_senders_failing_first(both, senders):
    section = both.sections['sources']
    bad = [one for one in senders.values() if one['fail']]
    good = [one for one in senders.values() if not one['fail']]
    shown = section.tables['Senders with failing mail']
    check_senders(both, senders, shown, ALL_HEADS)
    assert [number(row['Failing']) for row in shown] == sorted(
        (one['fail'] for one in bad), reverse=True)[:20]
    clean = section.tables['Senders without failing mail']
    check_senders(both, senders, clean, CLEAN_HEADS)
    assert [number(row['Messages']) for row in clean] == sorted(
        (one['messages'] for one in good), reverse=True)[:10]
    assert section.lead == '%s of %s sent mail that failed: %s in all.' % (
        '{:,}'.format(len(bad)), '{:,} senders'.format(len(senders)),
        '{:,} messages'.format(failing(both.rows)))
    assert section.notes[0].startswith('and {:,} more: ruactl sources --failing'
                                       ' %s --since=2025-01-11 --until='
                                       '2025-04-10'.format(len(bad) - 20)
                                       % (both.domain or 'DOMAIN'))


def test_behind_a_sender_are_its_addresses(both, senders):
    """Those of the records, the failing ones first, twenty at most."""
    groups = by(both.rows, lambda row: (row.domain, row.ip))
    many = 0
    for row, behind in both.sections['sources'].behind:
        domain = row.get('Domain', both.domain)
        one = senders[domain, row['Sender']]
        if not behind.addresses:
            assert one['addresses'] == 1
            continue
        many += one['addresses'] > 20
        assert len(behind.addresses) == min(one['addresses'], 20)
        fails = []
        for line in behind.addresses:
            rows = groups[domain, line['Address']]
            fails.append(failing(rows))
            assert (number(line['Failing']), number(line['Messages']),
                    line['First day'], line['Last day']) == (
                failing(rows), total(rows), date(rows[0].day),
                date(max(r.day for r in rows)))
        assert fails == sorted(fails, reverse=True)
        if one['addresses'] <= 20:
            assert sum(fails) == one['fail']
        assert any(line.startswith('and %d more: ruactl sources %s ' % (
            one['addresses'] - 20, domain)) for line in behind.commands) == (
                one['addresses'] > 20)
    assert many


SAID = {
    'dkim_unaligned': 'DKIM signs for another domain',
    'spf_unaligned': 'SPF passes for another domain',
    'dkim_broken': 'the DKIM signature is bad',
    'no_auth': 'no DKIM signature, and SPF does not pass'}


def test_behind_a_sender_is_why_it_fails(asked, both, senders):
    """The words of ruactl why about the address that fails most alike."""
    count = 0
    for row, behind in both.sections['sources'].behind:
        domain = row.get('Domain', both.domain)
        if senders[domain, row['Sender']]['fail'] == 0:
            assert not behind.prose
            assert re.fullmatch('\\d+ address(es)?', behind.summary)
            continue
        assert any(behind.summary.startswith('Why: ' + words)
                   for words in SAID.values())
        first = re.fullmatch(
            '([0-9,]+) messages? from (\\S+) failed alike:', behind.prose[0])
        ip = first.group(2)
        assert behind.commands[0].startswith(
            'Whatever else failed: ruactl why %s %s --since=' % (
                domain, shlex.quote(row['Sender'])))
        if count == 6:
            continue
        count += 1
        text = ' '.join(asked('why', *PERIOD, domain, ip).split())
        assert first.group(1) + ' message' in text
        for paragraph in behind.prose[1:]:
            assert ' '.join(paragraph.split()) in text
    assert count > 3


def test_new_senders_are_those_that_no_earlier_report_named(
        asked, both, senders):
    section = both.sections['new']
    first = {}
    for row in all_rows():
        first[row.ip] = min(row.day, first.get(row.ip, 999))
    ips = {row.ip for row in both.rows if first[row.ip] > LAST - 7}
    want = {(domain, row['who']): row['messages'] for domain in {
        domain for domain, _ in senders} for row in asked.json(
            'sources', '--new', '--since=' + date(LAST - 6),
            '--until=' + date(LAST), domain)}
    new = {(row.get('Domain', both.domain), row['Sender']):
           number(row['Messages']) for row in section.table}
    assert len(new) > 1 and new.items() <= want.items()
    # The page remembers more days than ruactl sources of a week does.
    nets = {(row.domain, row.ip.rsplit('.', 1)[0]) for row in all_rows()
            if row.day <= LAST - 7}
    assert {(domain, who.rsplit('.', 1)[0]) for domain, who in new}.isdisjoint(
        nets)
    assert {(domain, who.rsplit('.', 1)[0])
            for domain, who in want.keys() - new.keys()} <= nets
    check_senders(both, senders, section.table, ALL_HEADS)
    assert all(row['First day'] > date(LAST - 7) for row in section.table)
    above = [row for row, behind in section.behind if behind.link]
    for row, behind in section.behind:
        if behind.link:
            assert 'id="%s"' % behind.link[1:] in both.html
        elif not behind.addresses:
            assert row['Sender'] in ips
        assert {line['Address'] for line in behind.addresses} <= ips
    shown = {(row.get('Domain'), row['Sender']) for row in
             both.sections['sources'].tables['Senders with failing mail']}
    assert {(row.get('Domain'), row['Sender']) for row in above} == shown & {
        (row.get('Domain'), row['Sender']) for row in section.table}
    lead = re.fullmatch(
        '([0-9,]+) senders were seen for the first time in the last 7 days, '
        'with ([0-9,]+) messages; ([0-9,]+) failed.', section.lead)
    assert [number(n) for n in lead.groups()] == [
        len(new), sum(new.values()), sum(
            number(row['Failing']) for row in section.table)]


CAUSES = {
    'dkim_only': 'only DKIM passes for the domain',
    'spf_only': 'only SPF passes for the domain',
    'dkim_unaligned': 'DKIM signs for another domain',
    'spf_unaligned': 'SPF passes for another domain',
    'dkim_broken': 'the DKIM signature is bad',
    'no_auth': 'no DKIM signature, and SPF does not pass'}


def test_causes_have_their_counts_and_advice(both):
    section = both.sections['causes']
    groups = by(both.rows, lambda row: (row.failed, row.kind.cause))
    failed, passed = failing(both.rows), total(both.rows) - failing(
        both.rows)
    want = []
    for bad, whole in (True, failed), (False, passed):
        want += sorted((
            (CAUSES[cause], total(rows), share(total(rows), whole))
            for (is_bad, cause), rows in groups.items()
            if is_bad == bad and cause != 'aligned'), key=lambda one: -one[1])
    names = [name for name in section.heads if name[:1] not in 'W']
    assert list(zip(names, section.counts)) == [
        (name, '{:,} {}, {}'.format(n, 'messages', part))
        for name, n, part in want]
    assert len(want) == 6
    assert any('forged, and p=reject stops it' in note
               for note in section.notes)


def test_causes_name_the_senders_that_have_most(asked, both, senders):
    """Those whose failing mail has most of the largest cause."""
    section = both.sections['causes']
    notes = [note for note in section.notes if note.startswith('Most of it')]
    assert len(notes) == len({
        row.kind.cause for row in both.rows if row.failed}) > 2
    for note in notes:
        named = re.findall(r'(?:from|,|and) (.*?)(?: as (\S+))? \(([0-9,]+)\)',
                           note)
        assert 0 < len(named) <= 3
        counts = [number(n) for _, _, n in named]
        assert counts == sorted(counts, reverse=True)
        for who, domain, n in named:
            assert bool(domain) == (both.domain is None)
            assert number(n) <= senders[domain or both.domain, who]['fail']
    # What one sender failed of all causes is what it failed.
    ips = by(both.rows, lambda row: (row.domain, row.ip, row.kind.cause))
    alone = [(who, domain or both.domain, number(n)) for note in notes
             for who, domain, n in re.findall(
                 r'(?:from|,|and) ([0-9.]+)(?: as (\S+))? \(([0-9,]+)\)', note)]
    for who, domain, n in alone:
        assert n in [failing(rows) for (d, ip, _), rows in ips.items()
                     if (d, ip) == (domain, who)]


def parts_of(rows):
    """The messages of each class, which add up to those that failed."""
    types = by(rows, lambda one: one.type)
    parts = [total(types.get(name, []))
             for name in ('known', 'forwarded', 'hostile', 'unknown')]
    assert sum(parts) == failing(rows)
    return parts


def test_failing_is_the_sum_of_its_parts(both):
    (line,) = [note for note in both.sections['verdict'].notes
               if ' failing' in note and '=' in note]
    assert [number(n) for n in re.findall('[0-9,]+', line)] == [
        failing(both.rows), *parts_of(both.rows)]
    assert ' '.join(re.sub('[0-9,]+', 'N', line).split()) == (
        'N failing = N lost + N suffers + N stopped + N unknown')


def test_readiness_is_of_the_last_month(both):
    section = both.sections['readiness']
    rows = section.table
    groups = by(both.month, lambda row: row.domain)
    assert [number(n) for n in re.findall('[0-9][0-9,]*', section.lead)] == [
        total(both.month), 30, failing(both.month), *parts_of(both.month)]
    if both.domain:
        assert not rows         # the lead has said it
        return
    assert {row['Domain'] for row in rows} == set(groups)
    for row in rows:
        assert [number(row[name]) for name in (
            'Lost', 'Suffers', 'Stopped', 'Unknown')] == parts_of(
                groups[row['Domain']])
        assert number(row['Failing']) == failing(groups[row['Domain']])
        assert row['First thing to do'].startswith('First fix: ')


def test_dispositions_and_overrides_are_those_of_the_records(both):
    section = both.sections['dispositions']
    groups = by(both.rows, lambda row: (row.kind.disposition, row.failed))
    rows = section.tables['Dispositions, in messages']
    assert [(number(row['Failing mail']), number(row['Compliant mail']))
            for row in rows] == [
        (total(groups.get((name, True), [])),
         total(groups.get((name, False), [])))
        for name in ('none', 'quarantine', 'reject', None)]
    want = Counter()
    for row in both.rows:
        for kind, _ in row.kind.overrides:
            if reasons.changed(
                    not row.failed, row.kind.disposition,
                    row.kind.header_from == row.domain, row.p.p, row.p.sp):
                want[kind, row.org] += row.n
    rows = section.tables['Overrides, most messages first']
    assert [(row['Reason'], row['Reporter'], number(row['Messages']))
            for row in rows] == [
        (*key, n) for key, n in want.most_common()]
    assert rows


def test_keys_are_those_of_the_signatures(both):
    section = both.sections['keys']
    good, bad, days = Counter(), Counter(), {}
    for row in both.rows:
        for d, s, result in row.kind.auth_dkim:
            key = s, d, row.domain
            (good if result == 'pass' else bad)[key] += row.n
            days.setdefault(key, []).append(row.day)
    want = {True: [], False: []}
    for key, seen in days.items():
        want[key[1] == key[2]].append((
            *key[:2], '{:,}'.format(good[key] + bad[key]),
            '{:,}'.format(bad[key]),
            share(good[key], good[key] + bad[key]), date(min(seen)),
            date(max(seen))))
    for own, caption in (True, 'Keys of your domains, most used first'), (
            False, 'Keys of other domains, most used first'):
        shown = section.tables[caption]
        assert [(row['Selector'], row['Domain (d=)'], row['Messages'],
                 row['Bad'], row['Good'], row['First day'], row['Last day'])
                for row in shown] == sorted(
            want[own], key=lambda one: (-number(one[2]), one[1]))[:len(shown)]
        assert len(shown) == min(len(want[own]), 15 if own else 8) > 1


def test_a_key_of_the_same_organization_is_own(build, tmp_path):
    """As in relaxed alignment, also if neither domain is below the other."""
    own = Asked(build, tmp_path)
    own.put('a.xml', report(domain='news.example.org').replace(
        b'<dkim><domain>news.example.org<', b'<dkim><domain>mx.example.org<'))
    own('import', 'a.xml')
    keys = own.page('news.example.org').sections['keys']
    assert keys.lead.startswith('1 key of your own; 0 messages')
    assert [row['Domain (d=)'] for row in keys.table] == ['mx.example.org']


def test_reporters_are_those_of_the_reports(both):
    section = both.sections['reporters']
    want = []
    for org, rows in by(both.rows, lambda row: row.org).items():
        days = {row.day for row in rows}
        want.append((org, '{:,}'.format(total(rows)),
                     str(len({(row.domain, row.day) for row in rows})),
                     share(total(rows) - failing(rows), total(rows)),
                     '%d of 90' % len(days), date(max(days))))
    assert [(row['Reporter'], row['Messages'], row['Reports'],
             row['Compliant'], row['Days'], row['Last day'])
            for row in section.table] == sorted(
        want, key=lambda one: -number(one[1]))


def test_subdomains_are_those_of_the_senders(both):
    want = []
    for (domain, name), rows in by(both.rows, lambda row: (
            row.domain, row.kind.header_from)).items():
        if name != domain:
            want.append((name, domain, '{:,}'.format(total(rows)),
                         '{:,}'.format(failing(rows))))
    assert [(row['Domain in From:'], row['Policy domain'], row['Messages'],
             row['Failing']) for row in both.sections['subdomains'].table] == \
        sorted(want, key=lambda one: -number(one[2]))
    assert want


def test_policy_changes_are_those_of_the_domain(both):
    section = both.sections['policy']
    rows = [row for row in section.table if row['Domain'] == 'example.org']
    assert [(row['Policy (p)'], row['Subdomains (sp)'],
             row['Applied to (pct)'], row['From'], row['To'])
            for row in rows] == [
        ('quarantine', 'none', '25%', date(90), date(LAST)),
        ('none', 'none', '100%', '\u2264 ' + date(FIRST), date(89))]
    assert '1 change in this period' in section.lead
    if both.domain:
        assert section.lead.startswith('p=quarantine since %s; ' % date(90))
    assert len(section.table) == (2 if both.domain else DOMAINS + 1)


def test_tls_is_what_its_reports_say(both):
    section = both.sections['tls']
    rows = section.tables['TLS connections by time']
    domains = [both.domain] if both.domain else year.DOMAINS[:DOMAINS]
    ok = failed = 0
    for day, row in enumerate(rows, FIRST):
        found = [year.tls_report(domain, day, org)['policies'][0]['summary']
                 for domain in domains for org in year.TLS_SENDERS]
        good = sum(one['total-successful-session-count'] for one in found)
        bad = sum(one['total-failure-session-count'] for one in found)
        assert row == {'From': date(day), 'Good': '{:,}'.format(good),
                       'Failed': '{:,}'.format(bad)}
        ok, failed = ok + good, failed + bad
    assert section.lead == (
        '%s of %s connections to your mail servers were encrypted as required; '
        '%d failed.' % (share(ok, ok + failed), '{:,}'.format(ok + failed),
                        failed))
    want = Counter()
    for day in range(FIRST, LAST + 1):
        for domain in domains:
            for org in year.TLS_SENDERS:
                one = year.tls_report(domain, day, org)['policies'][0]
                for bad in one['failure-details']:
                    want[bad['result-type'], bad['receiving-mx-hostname'],
                         domain, org] += bad['failed-session-count']
    shown = section.tables['TLS failures, most connections first']
    assert len(shown) == min(10, len(want))
    for row, (_, n) in zip(shown, want.most_common()):
        assert number(row['Failed']) == n == want[
            row['Failure'], row['Mail server'], row['Domain'],
            row['Reporter']]


def test_failure_samples_are_the_newest(both):
    section = both.sections['failures']
    days = [(day, n) for day in range(FIRST, LAST + 1)
            for n in range(1 if both.domain else DOMAINS) if day % 16 == n]
    assert section.lead == '%d failure reports about single messages, newest ' \
        'first.' % len(days)
    assert [row['When'] for row in section.table] == [
        date(day) + ' 10:00 UTC' for day, _ in sorted(days, reverse=True)][:10]
    assert section.table[0]['Subject'] == 'Overdue invoice %d' % (
        1 + max(days)[0])


def test_health_says_what_could_not_be_read(build, tmp_path):
    own = Asked(build, tmp_path)
    own.put('in/good.xml', report())
    own('import', 'in')
    assert own.page().sections['health'].lead == (
        'No mailbox is polled: see ruad.conf(5). All mail of the last 30 days '
        'could be read.')
    own.put('bad/broken.eml', gen.broken_mail('report', 1))
    own('import', 'bad', code=65)
    health = own.page().sections['health']
    assert health.lead.endswith(
        '1 message or file of the last 30 days could not be read.')
    assert [row['Message or file'] for row in health.table] == ['broken.eml']


def test_health_says_how_the_mailboxes_fare(build, tmp_path):
    own = Asked(build, tmp_path)
    own.put('in/good.xml', report())
    own('import', 'in')

    def health(sql):
        db = sqlite3.connect(own.database)
        db.executescript(
            'INSERT INTO mailbox (name, server, username, folder, active,'
            " last_poll_ts, last_ok_ts, last_error) VALUES " + sql)
        db.close()
        return own.page().sections['health']
    assert health("('own', 's', 'u', 'INBOX', 1, 1795219260, 1795219260, NULL)"
                  ).lead.startswith('1 mailbox is polled without errors. ')
    section = health("('b', 's', 'u', 'INBOX', 1, 1795219260, NULL,"
                     " '<b>no route'), ('gone', 's', 'u', 'INBOX', 0, 1, 1,"
                     " 'old'), ('new', 's', 'u', 'INBOX', 1, NULL, NULL, NULL)")
    assert section.lead.startswith(
        'The last poll of 1 of 3 mailboxes ended with an error. ')
    assert section.table == [
        {'Mailbox': name, 'Last poll': poll, 'Last good poll': good,
         'Messages': '0', 'Unreadable': '0', 'Error': error}
        for name, poll, good, error in (
            ('b', '2026-11-21 00:01 UTC', 'never', '<b>no route'),
            ('new', 'never', 'never', '-'),
            ('own', '2026-11-21 00:01 UTC', '2026-11-21 00:01 UTC', '-'))]
