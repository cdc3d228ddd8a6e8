# SPDX-License-Identifier: BSD-2-Clause
"""The rules of a verdict, at and on both sides of each limit: what ruactl ready
says of reports, and that the view and the page say the same."""

import json
import shlex
import sqlite3

import pytest

from test_why import GOOD_DKIM, document, one_record
from webpage import Asked, number

DAYS, REPORTERS = 14, 3
ORGS = ['One', 'Two', 'Three']
PASSED = dict(dkim=[GOOD_DKIM], verdict=('pass', 'fail'))
OWN, OTHER = '192.0.2.1', '203.0.113.9'
PARTS = ['lost', 'suffers', 'stopped', 'unknown']
KINDS = ['own', 'service', 'forwarder', 'hostile', None]
# A sender of each kind, and whether a receiver says that it was forwarded:
# other counts, so that sums tell what is in them.
SENT = [(kind, forwarded, 1 << i) for i, (kind, forwarded) in enumerate(
    (kind, forwarded) for kind in KINDS for forwarded in (False, True))]
TITLES = {
    'too_little': ('too little data', '\u2026 too little data'),
    'fix_senders': ('fix senders', '! fix known senders first'),
    'name_senders': ('name senders', '? name your senders first'),
    'check_unknown': ('check unknown', '? check unknown senders'),
    'ready_quarantine': ('quarantine only', '\u2713 ready for p=quarantine'),
    'ready': ('ready', '\u2713 ready for p=reject'),
    'at_risk': ('at risk', '! at risk: own mail is being lost'),
    'protected': ('protected', '\u2713 protected')}


class World(Asked):
    def put_reports(self, records, days, reporters=REPORTERS, p='none',
                    more='', domain='example.org'):
        """more: elements beside <p>; pct, if it is not in there, is 100."""
        for day in days:
            for org in ORGS[:reporters]:
                xml = document(records, domain, p=p, org=org, day=day,
                               ident='%s %d %s' % (org, day, domain)).decode()
                if 'pct' in more:
                    xml = xml.replace('<pct>100</pct>', '')
                self.put('in/%s%d%s.xml' % (org, day, domain), xml.replace(
                    '</p>', '</p>' + more).encode())
        self('import', 'in')

    def fill(self, records, days=DAYS, reporters=REPORTERS, **policy):
        self.put_reports(records, range(days), reporters, **policy)

    def name(self, kind, ip):
        self('sender', 'add', 'The ' + kind, kind, ip)

    def ask(self, *args):
        """What ready says; that of the view and the page is compared."""
        row, = self.json('ready', *args)
        assert row['fail'] == sum(row[part] for part in PARTS)
        assert row['messages'] == row['pass'] + row['fail']
        assert sum(task['messages'] for task in row['todo']) == (
            row['lost'] + row['unknown'])
        assert row['reject'] in (row['quarantine'], False)
        title, badge = TITLES[row['verdict']]
        out = self('ready', *args)
        assert [line for line in out.splitlines()
                if line.endswith(' ' + title)], out
        if args:
            return row
        with sqlite3.connect(self.database) as db:
            db.row_factory = sqlite3.Row
            view = dict(db.execute('SELECT * FROM v_readiness').fetchone())
        assert view == {key: row[key] for key in view}
        assert set(PARTS) | {'fail', 'messages', 'policy'} <= set(view)
        page = self.page()
        got, = page.sections['readiness'].table
        assert [number(got[head]) for head in (
            'Failing', 'Lost', 'Suffers', 'Stopped', 'Unknown')] == [
            row[key] for key in ['fail', *PARTS]]
        got, = page.sections['verdict'].table
        assert got['Verdict'].startswith(badge)
        assert ('on little data' in got['Verdict']) == row['thin']
        return row

    def verdict(self, *args):
        return self.ask(*args)['verdict']


@pytest.fixture
def world(build, tmp_path):
    return World(build, tmp_path)


def passing(count=100, ip=OWN):
    return one_record(count=count, ip=ip, **PASSED)


# --- classes ----------------------------------------------------------------

def test_each_kind_of_sender_is_in_one_class(world):
    world.fill([one_record(
        count=n, ip='192.0.2.%d' % n if n < 256 else '198.51.100.%d' % (n >> 8),
        reasons=[('forwarded', None)] if forwarded else [])
        for kind, forwarded, n in SENT])
    with sqlite3.connect(world.database) as db:
        ips = dict(db.execute(
            'SELECT messages, ip FROM record JOIN source s ON'
            ' s.id = source_id GROUP BY messages'))
    classes = {}
    for kind, forwarded, n in SENT:
        if kind:
            world.name(kind, ips[n])
        classes[n] = {
            'own': 'known', 'service': 'known', 'forwarder': 'forwarded',
            'hostile': 'hostile',
            None: 'forwarded' if forwarded else 'unknown'}[kind]
    row = world.ask()
    want = dict.fromkeys(PARTS, 0)
    for n, name in classes.items():
        want[{'known': 'lost', 'forwarded': 'suffers', 'hostile': 'stopped',
              'unknown': 'unknown'}[name]] += n * DAYS * REPORTERS
    assert {key: row[key] for key in want} == want
    assert row['verdict'] == 'fix_senders'
    shown = {one['Kind']: number(one['Messages'])
             for one in world.page().sections['classes'].table}
    assert sorted(shown.values()) == sorted([*want.values(), 0])
    with sqlite3.connect(world.database) as db:
        assert dict(db.execute('SELECT ip, class FROM v_source')) == {
            ips[n]: name for n, name in classes.items()}
        assert [ip for ip, in db.execute('SELECT ip FROM v_unknown')] == [
            ips[n] for n in ips if classes[n] == 'unknown']


# --- too little -------------------------------------------------------------

@pytest.mark.parametrize('days, reporters, want', [
    (DAYS, REPORTERS, 'ready'), (DAYS - 1, REPORTERS, 'too_little'),
    (DAYS, REPORTERS - 1, 'too_little')])
def test_a_verdict_needs_days_and_reporters(world, days, reporters, want):
    world.fill([one_record(**PASSED)], days, reporters)
    row = world.ask()
    assert (row['verdict'], row['days'], row['reporters']) == (
        want, days, reporters)
    assert ('a verdict needs 14 days by 3 reporters.' in world('ready')) == (
        want == 'too_little') == (
            'a verdict needs 14 days by 3 reporters.' in world.html)
    answer = None if want == 'too_little' else True
    assert (row['quarantine'], row['reject']) == (answer, answer)


@pytest.mark.parametrize('last, want', [(29, 'too_little'), (30, 'ready')])
def test_waiting_ends_after_thirty_days(world, last, want):
    world.put_reports([passing()], [0, last], 1)
    row = world.ask()
    assert (row['verdict'], row['thin']) == (want, want == 'ready')
    assert ('This rests on little: %d day' % row['days'] in world('ready')) == (
        want == 'ready')


# --- before p=reject --------------------------------------------------------

@pytest.mark.parametrize('forwarded, want', [(1, 'ready'),
                                             (2, 'ready_quarantine')])
def test_forwarding_suffers_above_one_percent(world, forwarded, want):
    world.fill([one_record(count=forwarded, reasons=[('mailing_list', None)]),
                passing(100 - forwarded)])
    row = world.ask()
    assert (row['verdict'], row['quarantine'], row['reject']) == (
        want, True, want == 'ready')
    assert ('are more than 1% of all mail, too much for p=reject' in ' '.join(
        row['text'])) == (want != 'ready')


@pytest.mark.parametrize('unknown, want', [
    (1, 'ready'), (2, 'ready_quarantine'), (5, 'ready_quarantine'),
    (6, 'check_unknown')])
def test_little_may_be_unknown(world, unknown, want):
    world.fill([passing(100 - unknown), one_record(count=unknown, ip=OTHER)])
    world.name('own', OWN)
    row = world.ask()
    assert (row['verdict'], row['like_own']) == (want, 0)
    task, = row['todo']
    assert task == {
        'task': 'name', 'who': OTHER, 'messages': row['unknown'],
        'addresses': 1, 'signs': [], 'why': '',
        'look': 'ruactl why example.org ' + OTHER,
        'command': 'ruactl sender add NAME KIND ' + OTHER}


@pytest.mark.parametrize('unknown, forged, want', [
    (3, 10 ** 9, 'more than 99% of all messages. In the other reports 3% of the'
     ' messages failed from unknown senders, too much for p=reject.'),
    (9, 4000, 'In the other reports 9% of the messages failed from unknown'
     ' senders, too much for p=quarantine.'),
    (1, 10 ** 9, None), (3, 0, None)])
def test_one_reporter_cannot_make_a_verdict_unsaid(
        world, unknown, forged, want):
    """Anybody can mail a report of a billion messages that passed."""
    world.fill([passing(100 - unknown), one_record(count=unknown, ip=OTHER)])
    world.name('own', OWN)
    before = world.verdict()
    if forged:
        world.put('forged.xml', document(
            [passing(forged)], 'example.org', p='none', org='Forged', day=0))
        world('import', 'forged.xml')
    row = world.ask()
    text = ' '.join(row['text'])
    assert (want or 'This rests on') in text or not want
    assert ('This rests on Forged, which reports ' in text) == bool(want)
    assert 'This rests on' not in text or row['verdict'] != before
    assert ('see ruactl reporters example.org' in ' '.join(
        world('ready').split())) == bool(want)


def test_nobody_is_ready_who_named_no_sender(world):
    world.fill([passing(9999), one_record(ip=OTHER)])
    row = world.ask()
    assert (row['verdict'], row['quarantine'], row['reject']) == (
        'name_senders', False, False)
    out = world('ready')
    assert 'cannot be said' in out
    assert '\n  ruactl sender suggest example.org\n' in out
    # It is hostile: nothing is unknown any more.
    world.name('hostile', OTHER)
    assert world.verdict() == 'ready'


def test_a_named_sender_of_another_domain_does_not_count(world):
    world.fill([passing(9999), one_record(ip=OTHER)])
    world.fill([passing(ip='192.0.2.200')], domain='example.com')
    world.name('own', '192.0.2.200')
    assert world.verdict('example.org') == 'name_senders'
    world.name('own', OWN)
    assert world.verdict('example.org') == 'ready'


def test_mail_of_a_named_sender_is_fixed_first(world):
    world.fill([passing(9999), one_record(ip=OTHER), one_record(
        ip='198.51.100.1')])
    world.name('own', OWN)
    assert world.verdict() == 'ready'
    world.name('service', OTHER)
    row = world.ask()
    assert (row['verdict'], row['lost'], row['unknown']) == (
        'fix_senders', 42, 42)
    assert [(task['task'], task['who']) for task in row['todo']] == [
        ('fix', 'The service'), ('name', '198.51.100.1')]
    assert row['todo'][0]['look'] == "ruactl why example.org 'The service'"
    assert '42 messages from your named senders would go to spam' in ' '.join(
        row['text'])
    assert "\n    ruactl why example.org 'The service'\n" in world('ready')


# --- signs ------------------------------------------------------------------

SIGNS = {
    'network': dict(ip='192.0.2.77'),
    'envelope': dict(spf=[('bounce.example.org', 'mfrom', 'fail')]),
    'name': dict(spf=[('mail.example.org', 'helo', 'fail')]),
    'service': dict(spf=[('bounce.mcsv.net', 'mfrom', 'pass')])}
PLAIN = {
    'network': dict(ip='192.0.3.77'),
    'envelope': dict(spf=[('example.com', 'mfrom', 'fail')]),
    'name': dict(spf=[('mail.example.com', 'helo', 'fail')]),
    'service': dict(spf=[('bounce.mcsv.net', 'mfrom', 'fail')])}


@pytest.mark.parametrize('p, good, bad', [
    ('none', 'ready', 'fix_senders'), ('reject', 'protected', 'at_risk')])
@pytest.mark.parametrize('sign', SIGNS)
def test_what_looks_like_own_mail_is_checked_first(world, sign, p, good, bad):
    one = {'ip': OTHER, **SIGNS[sign]}
    world.fill([passing(9999), one_record(**one)], p=p)
    world.name('own', OWN)
    row = world.ask()
    task, = row['todo']
    # What passes as a service on so many days does so again and again.
    assert (row['verdict'], task['signs'], row['like_own']) == (
        'check_unknown', [sign] + ['regular'] * (sign == 'service'),
        row['unknown'])
    assert task['why'] in ' '.join(world('ready').split())
    kind = 'service' if sign == 'service' else 'KIND'
    rule = 'spf=mcsv.net' if sign == 'service' else one['ip']
    assert task['command'] == 'ruactl sender add %s %s %s' % (
        'Mailchimp' if sign == 'service' else 'NAME', kind, rule)
    assert '    %s\n' % task['command'] in world('ready')
    if kind != 'KIND':
        world(*shlex.split(task['command'])[1:])
        assert world.verdict() == bad
        world('sender', 'remove', 'Mailchimp' if sign == 'service' else 'NAME')
    assert ('\nKIND is own, service' in world('ready')) == (kind == 'KIND')
    # The admin's word settles it, for good or bad.
    for word, want in ('hostile', good), ('own', bad), ('hostile', good):
        world('sender', 'add', 'Settled', word, one['ip'])
        assert world.verdict() == want
        world('sender', 'remove', 'Settled')
        assert world.verdict() == 'check_unknown'


@pytest.mark.parametrize('p, good', [('none', 'ready'),
                                     ('reject', 'protected')])
@pytest.mark.parametrize('sign', PLAIN)
def test_what_only_resembles_a_sign_is_none(world, sign, p, good):
    world.fill([passing(9999), one_record(**{'ip': OTHER, **PLAIN[sign]})],
               p=p)
    world.name('own', OWN)
    row = world.ask()
    assert (row['verdict'], row['like_own'], row['todo'][0]['signs']) == (
        good, 0, [])


def test_what_stopped_passing_is_checked_first(world):
    world.put_reports([passing(9999), passing(1, OTHER)], range(3))
    world.put_reports([passing(9999), one_record(ip=OTHER)], range(3, 20))
    world.name('own', OWN)
    row = world.ask()
    assert row['verdict'] == 'check_unknown'
    task, = row['todo']
    assert task['signs'] == ['stopped']
    assert 'it passed before and stopped passing' in world('ready')


@pytest.mark.parametrize('n, rules', [
    (1, '192.0.2.77'), (2, '192.0.2.77 192.0.2.78'), (3, '192.0.2.0/24')])
def test_a_command_names_a_network_for_many_addresses(world, n, rules):
    world.fill([passing(9999), *(one_record(
        10 - i, ip='192.0.2.%d' % (77 + i)) for i in range(n))])
    world.name('own', OWN)
    task, = world.ask()['todo']
    assert (task['command'], task['addresses']) == (
        'ruactl sender add NAME KIND ' + rules, n)
    world(*shlex.split(task['command'].replace('KIND', 'own'))[1:])
    assert world.verdict() == 'fix_senders'


def test_the_riskiest_comes_first(world):
    world.fill([passing(99999), *(
        one_record(count=n, ip=one.get('ip', '198.51.%d.1' % n), **{
            key: value for key, value in one.items() if key != 'ip'})
        for n, one in enumerate([
            SIGNS['envelope'], PLAIN['name'], SIGNS['name'], SIGNS['service'],
            {**SIGNS['network'], **SIGNS['envelope']}, SIGNS['network'],
            PLAIN['service']], 1))])
    world.name('own', OWN)
    assert [task['signs'] for task in world.ask()['todo']] == [
        ['network', 'envelope'], ['name'], ['service', 'regular'],
        ['envelope'], [], []]
    out = world('ready')
    assert out.count('    ruactl why ') == 4
    assert '\n  and 2 more: ruactl sources example.org --unknown\n' in out


# --- p=reject ---------------------------------------------------------------

def test_p_reject_protects_or_loses_mail(world):
    world.fill([passing(50), one_record(ip=OTHER, count=50)], p='reject')
    row = world.ask()
    # Nothing that is unknown looks like the own: it is what it is for.
    assert (row['verdict'], row['quarantine'], row['reject']) == (
        'protected', None, None)
    world.name('service', OTHER)
    row = world.ask()
    assert (row['verdict'], row['lost']) == ('at_risk', 2100)
    assert ('2,100 messages from your named senders failed: receivers that '
            'obey it rejected that mail.') in ' '.join(row['text'])


@pytest.mark.parametrize('more, words', [
    ('<pct>50</pct>', 'pct=50 asks receivers to apply it to 50%'),
    ('<testing>y</testing>', 't=y says that it is a test')])
def test_p_reject_of_a_part_or_a_test_is_not_in_force(world, more, words):
    world.fill([passing(49), one_record(ip=OTHER)], p='reject', more=more)
    world.name('own', OWN)
    row = world.ask()
    assert (row['verdict'], row['policy']) == ('ready_quarantine', 'reject')
    assert 'p=reject is not in force: ' + words in ' '.join(row['text'])
    world.name('service', OTHER)
    assert world.verdict() == 'fix_senders'


# --- subdomains -------------------------------------------------------------

@pytest.mark.parametrize('sp, want', [
    ('<sp>none</sp>', 'sp=none: 84 failing messages as subdomains are not '
     'stopped.'),
    ('<sp>quarantine</sp>', 'sp=quarantine: 84 failing messages as subdomains '
     'go to spam folders.'),
    ('<sp>reject</sp>', None), ('', None)])
def test_subdomains_have_a_policy_of_their_own(world, sp, want):
    world.fill([passing(97), one_record(ip=OTHER), one_record(
        ip=OTHER, count=2, header_from='news.example.org')], p='reject',
        more=sp)
    text = ' '.join(world.ask()['text'])
    assert ('as subdomains' in text) == (want is not None)
    assert want is None or want in text


def test_own_mail_as_subdomains_that_sp_spares_is_not_lost(world):
    world.fill([passing(48), one_record(
        ip=OWN, count=2, header_from='news.example.org')], p='reject',
        more='<sp>none</sp>')
    world.name('own', OWN)
    assert world.verdict() == 'protected'
    row = world.ask('news.example.org')
    assert (row['verdict'], row['policy'], row['policy_domain']) == (
        'fix_senders', 'none', 'example.org')


@pytest.mark.parametrize('more, disposition, lost', [
    ('<sp>none</sp>', 'reject', 0),
    ('<sp>none</sp><np>none</np>', 'reject', 0),
    ('<sp>none</sp><np>reject</np>', 'none', 0),
    ('<sp>none</sp><np>reject</np>', 'reject', 84),
    ('<sp>none</sp><np>quarantine</np>', 'quarantine', 84),
    ('<np>none</np>', 'none', 210), ('<sp>reject</sp>', 'reject', 210)])
def test_own_mail_that_np_refuses_is_lost_whatever_sp_spares(
        world, more, disposition, lost):
    world.fill([passing(45), one_record(
        ip=OWN, count=2, header_from='gone.example.org',
        disposition=disposition), one_record(
        ip=OWN, count=3, header_from='news.example.org')], p='reject',
        more=more)
    world.name('own', OWN)
    row = world.ask()
    assert row['lost'] == 210
    assert row['verdict'] == ('at_risk' if lost else 'protected')
    told = [text for text in row['text'] if 'receivers that obey it' in text]
    assert [text.split(' messages')[0] for text in told] == [
        'p=reject is in force. %d' % lost] * bool(lost)
    problems = json.loads(world(
        'digest', '--format=json', '--since=2025-03-01', '--until=2025-04-01',
        code=1))['problems']
    alarm = [one['what'] for one in problems
             if one['what'].startswith('example.org: p=reject, and ')]
    assert [text.split()[3] for text in alarm] == [str(lost)] * bool(lost)


@pytest.mark.parametrize('more, policy, want', [
    ('', 'reject', 'protected'), ('<sp>none</sp>', 'none', 'name_senders')])
def test_a_subdomain_is_judged_by_the_policy_that_applies(
        world, more, policy, want):
    world.fill([passing(48), one_record(
        ip=OTHER, header_from='news.example.org')], p='reject', more=more)
    row = world.ask('news.example.org')
    assert (row['domain'], row['policy'], row['verdict'], row['fail'],
            row['messages'], row['days'], row['reporters']) == (
        'news.example.org', policy, want, 42, 42, DAYS, REPORTERS)
    assert 'Its policy is that of example.org: %s=%s.' % (
        'sp' if more else 'p', policy) in row['text']
    # Reports of its own tell a policy of its own.
    world.put_reports([one_record(
        ip=OTHER, header_from='news.example.org')], [DAYS], p='quarantine',
        domain='news.example.org')
    row = world.ask('news.example.org')
    assert (row['policy'], row['policy_domain'], row['fail']) == (
        'quarantine', 'news.example.org', 45)


# --- for people -------------------------------------------------------------

def test_details_are_of_the_first_domains_that_need_them(world):
    for i, domain in enumerate(('a.example', 'b.example', 'c.example',
                                'd.example', 'good.example')):
        world.put_reports([one_record(
            count=90 - i, ip=OWN, header_from=domain,
            **(PASSED if domain == 'good.example' else {}))],
            range(DAYS), domain=domain)
    out = world('ready')
    for domain in 'a.example', 'b.example', 'c.example':
        assert '\n%s, p=none: name your senders first\n' % domain in out
    assert '\nd.example, p=' not in out and '\ngood.example, p=' not in out
    assert '\n1 more domain has something to do: ruactl ready DOMAIN\n' in out
    assert '\nd.example, p=none: name your' in world('ready', 'd.example')


def test_the_verdict_is_never_cut(world):
    world.fill([passing(10 ** 6), *(one_record(
        count=10 ** 6, ip=ip, header_from='example.org',
        reasons=[('forwarded', None)] if ip == '198.51.100.4' else [])
        for ip in ('198.51.100.1', '198.51.100.2', '198.51.100.3',
                   '198.51.100.4'))], p='quarantine')
    world.name('own', '198.51.100.1')
    world.name('hostile', '198.51.100.2')
    for p, title in ('quarantine', 'fix senders'), ('reject', 'at risk'):
        shown = world.terminal('ready', env={'NO_COLOR': '1'})
        assert max(map(len, shown.splitlines())) <= 80
        head, row = [line.split() for line in shown.splitlines() if
                     line.startswith(('domain', 'exam'))][:2]
        for name in ('failing', 'lost', 'suffers', 'stopped', 'unknown'):
            assert name in head
        assert ' '.join(row).endswith(title), shown
        world.put_reports([passing()], [DAYS], p='reject')
