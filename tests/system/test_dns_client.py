# SPDX-License-Identifier: BSD-2-Clause
"""The DNS client (src/dns/dns_client.h) against real and broken servers.  It is
run by tests/unit/dns_client.c, which says what was answered and counts."""

import ctypes
import json
import os
import shutil
import subprocess
import threading
import time
from collections import namedtuple

import pytest

import nameserver as dns
from patience import PATIENCE

SOURCE = os.path.abspath(os.environ.get('RUAD_SRC', '.'))
VALGRIND = ('valgrind', '-q', '--error-exitcode=99', '--leak-check=full',
            '--errors-for-leak-kinds=definite,indirect,possible',
            '--track-fds=no')
QUESTIONS = ('TXT example.org', 'MX example.org', 'A www.example.org',
             'PTR 1.2.0.192.in-addr.arpa', 'CNAME www.example.org',
             'AAAA example.org', 'SPF example.org', 'NS example.org')

# What the sanitizers take says nothing.
IS_MEASURED = not os.environ.get('RUAD_BUILD', '').endswith('asan')

def cares_version():
    libcares = ctypes.CDLL('libcares.so.2')
    libcares.ares_version.restype = ctypes.c_char_p
    return [int(n) for n in libcares.ares_version(None).split(b'.')]


# Where 1.18 looks at the head of a reply, 1.34 takes all of it apart: what it
# cannot is the answer, and none that follows.  It has room for longer ones.
IS_STRICT = cares_version() >= [1, 20]

Asked = namedtuple('Asked', 'answers counts')


@pytest.fixture(scope='session')
def program(build):
    variant = os.path.basename(build)
    path = 'tests/unit/dns_client'
    subprocess.run(
        ['make', '-s', '-f', SOURCE + '/Makefile', 'srcdir=' + SOURCE,
         'B=' + variant, 'build/%s/%s' % (variant, path)],
        cwd=os.path.dirname(os.path.dirname(build)), check=True,
        env={'PATH': os.environ['PATH']}, stdout=subprocess.DEVNULL)
    return os.path.join(build, path)


@pytest.fixture
def ask(program):
    def run(server, questions, *, under=(), env=None, **options):
        # A busy machine may be slow where there is an answer to wait for.
        options = {'wait': 60000, **options}
        words = ['servers=' + server] if server else []
        words += ['%s=%s' % (name, value) for name, value in options.items()]
        done = subprocess.run(
            [*under, program, *words], input=''.join(
                q + '\n' for q in questions), capture_output=True, text=True,
            timeout=PATIENCE, check=False, env={**os.environ, **(env or {})})
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr
        *answers, counts = [json.loads(line)
                            for line in done.stdout.splitlines()]
        assert counts['asked'] == counts['answered'] + counts['failed']
        return Asked({(a['type'], a['name']): a for a in answers}, counts)
    return run


def records(asked, kind, name):
    answer = asked.answers[kind, name]
    assert answer['status'] == 'ok', answer
    return answer['records'].split('\n')


# --- what a good server says ------------------------------------------------

def test_records_of_every_type(ask, nameserver):
    long = ' '.join('"%s"' % (letter * 250) for letter in 'abcdefgh')
    ns = nameserver({'example.org': '''
        @      MX    20 Mail.example.org.
        @      MX    10 mx
        @      TXT   "v=spf1 " "-all"
        @      TXT   "other \\"text\\""
        @      SPF   "v=spf1 ?all"
        null   MX    0 .
        mx     A     192.0.2.25
        mx     A     192.0.2.7
        mx     AAAA  2001:DB8::25
        www    CNAME web
        web    CNAME mx
        gone   CNAME nothing
        long   TXT   %s
        *.wild TXT   "wild"
        ''' % long, '2.0.192.in-addr.arpa': '25 PTR mx.example.org.'})
    got = ask(ns.server, [
        'MX example.org', 'TXT example.org', 'SPF example.org',
        'NS example.org', 'A mx.example.org', 'AAAA mx.example.org',
        'CNAME www.example.org', 'A www.example.org', 'TXT www.example.org',
        'TXT long.example.org', 'TXT a.b.wild.example.org',
        'PTR 25.2.0.192.in-addr.arpa', 'MX null.example.org',
        'A nothing.example.org', 'A gone.example.org', 'TXT EXAMPLE.ORG.'])
    assert records(got, 'MX', 'example.org') == [
        '10 mx.example.org', '20 mail.example.org']
    assert records(got, 'TXT', 'example.org') == [
        '"other \\"text\\""', '"v=spf1 " "-all"']
    assert records(got, 'TXT', 'EXAMPLE.ORG.') == records(
        got, 'TXT', 'example.org')
    assert records(got, 'SPF', 'example.org') == ['"v=spf1 ?all"']
    assert records(got, 'NS', 'example.org') == ['ns.invalid']
    assert records(got, 'A', 'mx.example.org') == ['192.0.2.25', '192.0.2.7']
    assert records(got, 'AAAA', 'mx.example.org') == ['2001:db8::25']
    assert records(got, 'CNAME', 'www.example.org') == ['web.example.org']
    assert records(got, 'A', 'www.example.org') == [
        '192.0.2.25', '192.0.2.7']
    assert got.answers['A', 'www.example.org']['canonical'] == \
        'mx.example.org'
    assert got.answers['TXT', 'www.example.org']['status'] == 'none'
    assert records(got, 'TXT', 'long.example.org') == [long]
    assert records(got, 'TXT', 'a.b.wild.example.org') == ['"wild"']
    assert records(got, 'PTR', '25.2.0.192.in-addr.arpa') == [
        'mx.example.org']
    assert records(got, 'MX', 'null.example.org') == ['0 .']
    assert got.answers['A', 'nothing.example.org']['status'] == 'no name'
    gone = got.answers['A', 'gone.example.org']
    assert (gone['status'], gone['canonical']) == (
        'no name', 'nothing.example.org')
    assert got.counts['servers'] == ns.server
    assert got.counts['asked'] == got.counts['sent'] == 15
    assert got.counts['error'] is None


def test_a_zone_that_does_not_load_says_nothing(ask, nameserver):
    ns = nameserver({'example.org': None, 'example.net': '''
        away CNAME www.example.com.
        '''})
    got = ask(ns.server, ['A www.example.org', 'A www.example.com',
                          'A away.example.net'])
    assert [got.answers['A', name]['failure'] for name in (
        'www.example.org', 'www.example.com', 'away.example.net')] == [
            'answered SERVFAIL', 'refused to answer',
            'sent an alias that it did not follow, as a resolver does']


def test_a_question_is_asked_once(ask, fake_nameserver):
    server = fake_nameserver('good')
    for how in ({}, {'source': 1}):
        before = server.count()
        got = ask(server.server, ['TXT example.org', 'TXT Example.org.',
                                  'A example.org', 'TXT example.org'], **how)
        assert server.count() - before == got.counts['asked'] == 2
        assert records(got, 'TXT', 'Example.org.') == ['"v=spf1 -all"']
    got = ask(server.server, ['TXT example.org'] * 3, forget=1)
    assert got.counts['asked'] == 3


def test_it_is_asked_what_is_validated(ask, fake_nameserver):
    """RFC 6840, 5.7 and 5.8."""
    answers = {('example.org', 'TXT'): [dns.txt('x')]}
    for authentic in (False, True):
        server = fake_nameserver(dns.table(answers, authentic=authentic))
        got = ask(server.server, ['TXT example.org'])
        assert got.answers['TXT', 'example.org']['authentic'] == authentic
        question, = server.questions
        assert question.flags == 0x0120     # recursion, and AD
        assert question.has_edns()


# --- what is not an answer --------------------------------------------------

FAILURES = {
    'servfail': 'answered SERVFAIL',
    'refused': 'refused to answer',
    'notimp': 'answered NOTIMP',
    'wrong_id': 'did not answer within 0.2 s',
    'wrong_question': 'did not answer within 0.2 s',
    'noise': 'sent an answer that cannot be read' if IS_STRICT else
             'did not answer within 0.2 s',
    'silent': 'did not answer within 0.2 s',
    'garbage': 'sent an answer that cannot be read',
    'echo': 'sent an answer that cannot be read',
    'truncated_without_tcp': 'takes no TCP connection for a long answer',
    'referral': 'named other servers, as no resolver does',
    'closed': 'nobody listens at SERVER',
}
ALIASES = {
    'endless_cname':
        'sent an alias that it did not follow, as a resolver does',
    'cname_circle': 'sent aliases without an end',
}


@pytest.mark.parametrize('kind', [*FAILURES, *ALIASES])
def test_what_is_no_answer_is_never_no_record(ask, fake_nameserver, kind):
    server = fake_nameserver(kind)
    questions = [q for q in QUESTIONS
                 if kind in FAILURES or not q.startswith('CNAME')]
    expected = {**FAILURES, **ALIASES}[kind].replace('SERVER', server.server)
    got = ask(server.server, questions, give_up=0, wait=(
        100 if 'did not' in expected or kind == 'closed' else 60000))
    for answer in got.answers.values():
        assert (answer['status'], answer['failure']) == ('failed', expected)
        assert answer['n'] == 0 and answer['asked'] == 1
    assert got.counts['failed'] == len(questions)
    assert got.counts['in_a_row'] == len(questions)


@pytest.mark.parametrize('kind', ['good', 'truncated', 'no_edns', 'large'])
def test_what_is_an_answer_after_all(ask, fake_nameserver, kind):
    server = fake_nameserver(kind)
    got = ask(server.server, QUESTIONS)
    for answer in got.answers.values():
        assert answer['status'] == 'ok', answer
        assert answer['n'] == (100 if kind == 'large' else 1)
        assert answer['cut'] == (kind == 'large')
    assert records(got, 'TXT', 'example.org')[0] == '"v=spf1 -all"'


def test_nothing_foreign_gets_through(ask, fake_nameserver):
    got = ask(fake_nameserver('escape_codes').server, QUESTIONS)
    for (kind, _), answer in got.answers.items():
        if kind == 'TXT':
            assert answer['records'].startswith('"evil\\027[2J')
        elif kind == 'PTR':
            assert answer['status'] == 'none'
        elif kind not in ('A', 'AAAA', 'SPF'):
            assert answer['failure'] == 'sent a name with impossible letters'
        assert answer['records'].isprintable()
    got = ask(fake_nameserver('nul_in_text').server, ['TXT example.org'])
    assert records(got, 'TXT', 'example.org') == ['"v=spf1 ?+all" "?? -all"']


def test_a_tcp_connection_that_says_nothing(ask, fake_nameserver):
    server = fake_nameserver(
        lambda question: None if question.tcp else dns.truncated(question))
    got = ask(server.server, ['TXT example.org'], wait=100)
    assert got.answers['TXT', 'example.org']['failure'] == \
        'did not answer within 0.2 s'


def test_a_reply_longer_than_was_asked_for(ask, fake_nameserver):
    server = fake_nameserver(dns.oversize)
    got = ask(server.server, ['TXT example.org'])
    assert (got.answers['TXT', 'example.org']['n'],
            [q.tcp for q in server.questions]) == (
                (12, [False]) if IS_STRICT else (3, [False, True]))


def test_replies_that_are_none_beside_the_one(ask, fake_nameserver):
    """Strangers' packets: an empty one, others' ids and questions, twice."""
    def answer(question):
        return [dns.wrong_id(question), dns.wrong_question(question),
                *([] if IS_STRICT else [dns.noise(question)]),
                dns.good(question), dns.good(question),
                dns.failing(dns.NXDOMAIN)(question)]
    server = fake_nameserver(answer)
    got = ask(server.server, ['TXT a%d.example' % n for n in range(20)],
              wait=60000)
    assert got.counts['answered'] == got.counts['sent'] == 20
    assert {a['status'] for a in got.answers.values()} == {'ok'}
    server = fake_nameserver(lambda question: [b'', dns.good(question)])
    got = ask(server.server, ['TXT example.org'], wait=300)
    assert got.answers['TXT', 'example.org']['status'] in ('ok', 'failed')


@pytest.mark.parametrize('kind', ['garbage', 'echo'])
def test_a_reply_that_is_none_costs_no_other_question(
        ask, fake_nameserver, kind):
    """Anybody may have such a record, and a resolver may pass it on."""
    def answer(question):
        if question.name == 'a7.example':
            return dns.BEHAVIOURS[kind][0](question)
        return dns.good(question)
    server = fake_nameserver(dns.slow(0.2, answer))
    got = ask(server.server, ['TXT a%d.example' % n for n in range(40)],
              in_flight=40)
    assert got.counts['sent'] == 40
    failed = [name for (_, name), a in got.answers.items()
              if a['status'] != 'ok']
    assert failed == ['a7.example']


def test_a_server_with_an_address_of_ipv6(ask, fake_nameserver):
    try:
        server = fake_nameserver('truncated', host='::1')
    except (OSError, RuntimeError):
        pytest.skip('this machine has no ::1')
    got = ask(server.server, QUESTIONS)
    assert got.counts['answered'] == len(QUESTIONS)
    assert got.counts['servers'] == server.server
    server.close()
    got = ask(server.server, ['TXT example.org'], wait=300)
    assert got.answers['TXT', 'example.org']['failure'] == \
        'nobody listens at ' + server.server


def test_a_slow_server_is_waited_for(ask, fake_nameserver):
    server = fake_nameserver(dns.slow(0.3, dns.good))
    got = ask(server.server, ['TXT example.org'])
    assert records(got, 'TXT', 'example.org') == ['"v=spf1 -all"']
    assert got.counts['sent'] == 1
    server = fake_nameserver(dns.slow(3, dns.good))
    got = ask(server.server, ['TXT example.org'], wait=50)
    assert got.answers['TXT', 'example.org']['failure'] == \
        'did not answer within 0.1 s'
    assert got.counts['sent'] == 2


def test_no_network_is_not_an_empty_one(ask):
    unshare = ['unshare', '-rn']
    if subprocess.run([*unshare, 'true'], check=False).returncode:
        pytest.skip('this machine makes no network namespaces')
    got = ask('192.0.2.1,[2001:db8::1]:53', ['TXT example.org'],
              under=unshare)
    assert got.answers['TXT', 'example.org']['failure'] == \
        'there is no network to 192.0.2.1:53, [2001:db8::1]:53'


# --- several servers --------------------------------------------------------

@pytest.mark.parametrize('kind', ['silent', 'closed', 'servfail', 'refused',
                                  'garbage', 'referral', 'wrong_id',
                                  'truncated_without_tcp'])
def test_the_next_server_is_asked(ask, fake_nameserver, kind):
    bad, good = fake_nameserver(kind), fake_nameserver('good')
    got = ask(bad.server + ',' + good.server, [
        'TXT a%d.example.org' % n for n in range(9)], source=1, wait=(
            3000 if kind in ('silent', 'wrong_id') else 60000))
    assert got.counts['answered'] == 9
    # Then the one that answered comes first.
    assert got.counts['sent'] == 10
    assert good.count() == 9
    if kind != 'closed':
        assert bad.count() == 1


def test_what_all_servers_did(ask, fake_nameserver):
    silent, closed, servfail = (fake_nameserver(kind) for kind in (
        'silent', 'closed', 'servfail'))
    for servers, wait, failure in (
            ((silent, silent), 100, 'did not answer within 0.4 s'),
            ((closed, silent), 100, 'did not answer within 0.2 s'),
            ((silent, closed), 100, 'did not answer within 0.2 s'),
            ((silent, servfail, closed), 2000, 'answered SERVFAIL')):
        got = ask(','.join(s.server for s in servers), ['TXT example.org'],
                  wait=wait)
        assert got.answers['TXT', 'example.org']['failure'] == failure
        assert got.counts['patience'] == 2 * wait * len(servers)


# --- limits -----------------------------------------------------------------

def test_a_silent_server_costs_what_is_said(ask, fake_nameserver):
    server = fake_nameserver('silent')
    names = ['PTR %d.2.0.192.in-addr.arpa' % n for n in range(64)]
    got = ask(server.server, names, wait=100, tries=3, give_up=0,
              in_flight=32)
    assert got.counts['asked'] == got.counts['failed'] == 64
    assert got.counts['sent'] == server.count() == 3 * 64
    assert set(server.counts().values()) == {3}
    assert got.counts['patience'] == 300
    assert {a['failure'] for a in got.answers.values()} == {
        'did not answer within 0.3 s'}


def test_it_gives_up(ask, fake_nameserver):
    for kind, wait, failure in (
            ('silent', 50, 'did not answer within 0.1 s'),
            ('servfail', 60000, 'answered SERVFAIL')):
        server = fake_nameserver(kind)
        for how in ({}, {'source': 1}):
            got = ask(server.server, ['A a%d.example' % n
                                      for n in range(20)],
                      wait=wait, give_up=3, in_flight=1, **how)
            assert got.counts['asked'] == got.counts['failed'] == 3
            assert got.counts['not_asked'] == 17
            assert got.counts['error'] == (
                '3 questions in a row failed at %s; the last one: %s' % (
                    server.server, failure))
            assert [a['asked'] for a in got.answers.values()].count(0) == 17
            assert {a['failure'] for a in got.answers.values()
                    if not a['asked']} == {
                        'not asked: 3 others in a row failed'}


def test_failures_here_and_there_are_no_reason_to_give_up(
        ask, fake_nameserver):
    server = fake_nameserver(dns.table({
        ('a%d.example' % n, 'A'): dns.SERVFAIL if n % 3 else
        [dns.address('192.0.2.1')] for n in range(30)}))
    got = ask(server.server, ['A a%d.example' % n for n in range(30)],
              give_up=3, in_flight=1)
    assert (got.counts['answered'], got.counts['failed']) == (10, 20)
    assert got.counts['error'] is None


def test_the_number_of_questions_is_limited(ask, fake_nameserver):
    server = fake_nameserver('nxdomain')
    for how in ({}, {'source': 1}):
        before = server.count()
        got = ask(server.server, ['A a%d.example' % n for n in range(50)],
                  most=20, **how)
        assert server.count() - before == got.counts['asked'] == 20
        assert got.counts['not_asked'] == 30
        assert [a['status'] for a in got.answers.values()] == \
            20 * ['no name'] + 30 * ['failed'] or not how
        assert {a['failure'] for a in got.answers.values()} == {
            None, 'not asked: 20 questions are the limit'}
        assert got.counts['error'] is None


def test_the_rate_and_the_time_are_limited(ask, fake_nameserver):
    """Both by the client's clock: so many can be, on whatever machine."""
    server = fake_nameserver('nxdomain')
    got = ask(server.server, ['A a%d.example' % n for n in range(100)],
              per_second=20, deadline=1000)
    assert 1 <= got.counts['asked'] <= 20 + 5 + 1
    assert got.counts['not_asked'] == 100 - got.counts['asked']
    assert 'not asked: 1 s are the limit' in {
        a['failure'] for a in got.answers.values()}


def test_so_many_are_asked_at_a_time(ask, fake_nameserver):
    lock, now, most = threading.Lock(), [0], [0]

    def answer(question):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.05)
        with lock:
            now[0] -= 1
        return dns.good(question)
    server = fake_nameserver(answer)
    got = ask(server.server, ['A a%d.example' % n for n in range(60)],
              in_flight=7)
    assert got.counts['answered'] == 60
    assert 1 < most[0] <= 7


def test_memory_is_limited(ask, fake_nameserver):
    """200 answers of 60,000 bytes, of strings of one letter each."""
    big = dns.txt(*(['x'] * 1000))

    def answer(question):
        if not question.tcp:
            return dns.reply(question, truncated=True)
        return dns.reply(question, [dns.record(None, 'TXT', big)] * 30)
    server = fake_nameserver(answer)
    got = ask(server.server, ['TXT a%d.example' % n for n in range(200)],
              most=0, source=1)
    assert 130 < got.counts['asked'] < 145
    assert got.counts['not_asked'] == 200 - got.counts['asked']
    assert {a['failure'] for a in got.answers.values()} == {
        None, 'not asked: 8 MB of answers are the limit'}
    if IS_MEASURED:
        assert got.counts['peak_kb'] < 64 << 10


# --- nothing else changes the questions -------------------------------------

def test_the_environment_changes_nothing(ask, fake_nameserver, tmp_path):
    server = fake_nameserver('nxdomain')
    (tmp_path / 'aliases').write_text('www elsewhere.example.net\n')
    env = {'RES_OPTIONS': 'ndots:9 rotate retry:9 retrans:1',
           'LOCALDOMAIN': 'example.net', 'HOSTALIASES': str(
               tmp_path / 'aliases')}
    got = ask(server.server, ['A www', 'TXT www.example.org', 'A localhost'],
              env=env)
    assert got.counts['answered'] == 3
    assert server.counts() == {
        ('www', 'A'): 1, ('www.example.org', 'TXT'): 1,
        ('localhost', 'A'): 1}


def test_no_file_of_the_machine_is_read(ask, fake_nameserver, tmp_path):
    server = fake_nameserver('good')
    log = str(tmp_path / 'trace')
    ask(server.server, ['A localhost'], under=[
        'strace', '-f', '-e', 'trace=openat,open', '-o', log])
    with open(log, encoding='utf-8') as f:
        opened = f.read()
    assert '/proc/self/status' in opened        # it was seen
    # New versions read for nothing what says where to look for names.
    for name in ('hosts', 'resolv.conf', 'host.conf', *(
            [] if IS_STRICT else ['nsswitch.conf'])):
        assert '/etc/' + name not in opened


def test_servers_of_the_machine(ask, nameserver, tmp_path):
    """resolv.conf knows no ports: this is the way to 53, and no further."""
    conf = tmp_path / 'resolv.conf'
    conf.write_text('search example.net\nnameserver 127.0.0.77\n')
    got = ask(None, ['A www.example.org'], resolv_conf=conf, wait=100)
    assert got.counts['servers'] == '127.0.0.77:53'
    assert got.answers['A', 'www.example.org']['status'] == 'failed'


# --- many questions ---------------------------------------------------------

HOSTS = 2000


@pytest.fixture
def many(nameserver):
    return nameserver({
        'example.org': '\n'.join('h%d A 10.9.%d.%d' % (
            n, n // 250, n % 250) for n in range(HOSTS)),
        '9.10.in-addr.arpa': '\n'.join('%d.%d PTR h%d.example.org.' % (
            n % 250, n // 250, n) for n in range(HOSTS))})


def cpu_of_python(server, names):
    """CPU seconds for as many questions, one after the other, in Python."""
    start = time.process_time()
    host, port = server.split(':')
    with dns.socket.socket(dns.socket.AF_INET, dns.socket.SOCK_DGRAM) as s:
        s.settimeout(PATIENCE)
        s.connect((host, int(port)))
        for name in names:
            for kind in ('PTR', 'A'):
                s.send(dns.Question(1, name, kind).wire())
                s.recv(1500)
    return time.process_time() - start


def test_2000_addresses_and_their_names(ask, many):
    names = ['%d.%d.9.10.in-addr.arpa' % (n % 250, n // 250)
             for n in range(HOSTS)]
    clock = time.monotonic()
    got = ask(many.server, ['PTR ' + name for name in names], again=1,
              most=0, in_flight=32)
    took = time.monotonic() - clock
    assert got.counts['answered'] == got.counts['asked'] == 2 * HOSTS
    assert got.counts['sent'] == 2 * HOSTS
    for n in (0, 251, HOSTS - 1):
        assert records(got, 'PTR', names[n]) == ['h%d.example.org' % n]
    cpu = got.counts['cpu_us'] / 1e6
    yardstick = cpu_of_python(many.server, names)
    print('\n%d questions: %.2f s, %.2f s CPU (%.2f s in Python), %d KB' % (
        2 * HOSTS, took, cpu, yardstick, got.counts['peak_kb']))
    assert cpu < (6 if IS_STRICT else 2) * yardstick
    if IS_MEASURED:
        assert got.counts['peak_kb'] < 20 << 10


# --- memory is used as it should be -----------------------------------------

@pytest.mark.skipif(not shutil.which('valgrind'), reason='no valgrind')
@pytest.mark.parametrize('kinds', [
    ('good',), ('truncated', 'servfail'), ('silent', 'closed'),
    ('truncated_without_tcp', 'silent'), ('no_edns',), ('large',),
    ('garbage', 'noise', 'good'), ('escape_codes',), ('closed',),
    ('cname_circle', 'wrong_id')], ids='-'.join)
def test_no_memory_is_lost_or_misused(ask, fake_nameserver, kinds):
    """c-ares' included."""
    servers = [fake_nameserver(kind) for kind in kinds]
    got = ask(','.join(s.server for s in servers), QUESTIONS * 2 + (
        'A a..b',), under=VALGRIND, wait=300)
    assert len(got.answers) == len(QUESTIONS) + 1


@pytest.mark.skipif(not shutil.which('valgrind'), reason='no valgrind')
def test_no_memory_is_lost_where_answers_come_late(ask, fake_nameserver):
    server = fake_nameserver(dns.slow(0.4, dns.good))
    got = ask(server.server, ['A a%d.example' % n for n in range(30)],
              under=VALGRIND, wait=300, in_flight=10, give_up=0)
    assert got.counts['asked'] == 30
