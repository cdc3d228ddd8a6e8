# SPDX-License-Identifier: BSD-2-Clause
"""ruad-web as a server: what it refuses, what it tells of itself, and that
nobody who is hostile keeps others from being answered."""

import base64
import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import threading
import time

import pytest

from browser import PROGRAM, Browser
from ctl import Ctl, mail, report
from dovecot import free_ports
from longform import some
from patience import PATIENCE, wait_until
from webserver import Page, Web
from test_web import needs_web

# "secret", as crypt(3) has it.
ANNA = ('anna:$6$rounds=1000$saltsalt$LAV5VE5Y7w1d73x1mFNspYWUpazfmwv2SoepNXNK'
        'J/otop/Zok96Hr8Q13LEv0DRY/x8v0/crpIjl8NJSAqXV/\n')


@pytest.fixture(scope='module')
def ctl(build, tmp_path_factory):
    needs_web(build)
    one = Ctl(build, tmp_path_factory.mktemp('http'))
    one.put('a.eml', mail(report()))
    one('import', 'a.eml')
    return one


@pytest.fixture
def start(build, ctl, tmp_path):
    servers = []

    def make(*options, **how):
        one = Web(build, tmp_path, how.pop('db', ctl.database), *options,
                  **how)
        servers.append(one)
        return one
    yield make
    for one in servers:
        one.stop()


@pytest.fixture
def web(start):
    return start()


def local():
    return '127.0.0.1:%d' % free_ports()


# --- what it says of itself -------------------------------------------------

def test_every_answer_has_the_headers_that_lock_a_browser_in(web):
    for reply, status in (
            (web.ask('/'), 200), (web.ask('/?format=json'), 200),
            (web.ask('/?format=csv'), 200), (web.ask('/nope'), 404),
            (web.ask('/?x=1'), 400), (web.ask('/', method='POST'), 405),
            (web.ask('/health'), 200), (web.ask('/' + 'a' * 4000), 414)):
        assert reply.status == status
        policy = reply.headers['content-security-policy']
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert policy.endswith("; base-uri 'none'; form-action 'self'; "
                               "frame-ancestors 'none'")
        assert reply.headers['x-content-type-options'] == 'nosniff'
        assert reply.headers['referrer-policy'] == 'no-referrer'
        assert reply.headers['cache-control'] == 'private, no-cache'
        assert reply.headers['cross-origin-resource-policy'] == 'same-origin'
        assert not {'set-cookie', 'server', 'access-control-allow-origin'} & \
            set(reply.headers)
    assert web.ask('/', method='PUT').headers['allow'] == 'GET, HEAD'
    assert web.ask('/?format=csv').headers['content-disposition'] == \
        'attachment; filename="ruad.csv"'


def test_head_is_get_without_a_body(web):
    for target in '/', '/nope', '/?format=json':
        head, get = web.ask(target, method='HEAD'), web.ask(target)
        assert not head.body and get.body
        assert head.status == get.status
        assert head.headers['content-length'] == str(len(get.body))


def test_an_answer_is_kept_until_something_changes(ctl, web, tmp_path):
    db = ctl.database

    def tag():
        return web.ask('/reports').headers.get('etag')
    # What was just written may be written once more in the same moment.
    wait_until(lambda: tag() is not None)
    first = tag()
    reply = web.ask('/reports', 'If-None-Match: ' + first)
    if reply.status != 304:         # the time of 5 minutes was over
        first = reply.headers['etag']
        reply = web.ask('/reports', 'If-None-Match: ' + first)
    assert reply.status == 304 and not reply.body
    assert reply.headers['etag'] == first
    assert web.ask('/reporters').headers['etag'] != first
    assert web.ask('/nope', 'If-None-Match: ' + first).status == 404
    before = len(web.page('/reports').tables[0].rows)
    ctl.put('b.eml', mail(report(ident='another', day=1)))
    ctl('import', 'b.eml')
    reply = web.ask('/reports', 'If-None-Match: ' + first)
    assert reply.status == 200
    assert len(Page(reply.text).tables[0].rows) == before + 1
    assert os.path.exists(db)


def test_it_answers_while_there_is_no_database_yet(build, start, tmp_path):
    own = Ctl(build, tmp_path)
    os.mkdir(tmp_path / 'db')
    web = start(db=own.database)
    assert web.get('/health', 503).text == 'no database\n'
    page = web.page('/', 503)
    assert page.titles == ['Unavailable']
    assert own.database not in page.words
    assert own.database in web.log.read_text()
    for _ in range(20):
        assert web.ask('/').status == 503
    assert 0 < web.log.read_text().count('there is no database') <= 4
    own.put('a.eml', mail(report()))
    own('import', 'a.eml')
    assert web.get('/health').text == 'ok\n'
    assert [row[0] for row in web.page('/').tables[0].rows] == ['example.org']


# --- who is refused ---------------------------------------------------------

def test_only_its_own_names_are_its_host(start):
    web = start(listen=local())
    port = web.listen.partition(':')[2]
    for host in 'localhost', 'LOCALHOST:' + port, '127.0.0.1', '[::1]:1':
        assert web.ask('/', host=host).status == 200
    for host in 'example.org', 'localhost.example.org', '127.0.0.1.example':
        assert web.ask('/', host=host).status == 421
    assert web.ask('/', host=None).status == 400
    own = start('--host=reports.example', listen=local())
    assert own.ask('/', host='reports.example:443').status == 200
    assert own.ask('/', host='localhost').status == 421
    assert start().ask('/', host='what.ever').status == 200


def test_pages_of_elsewhere_cannot_read(web):
    cross = 'Sec-Fetch-Site: cross-site'
    assert web.ask('/', cross, 'Sec-Fetch-Mode: no-cors').status == 403
    assert web.ask('/', cross, 'Sec-Fetch-Mode: cors').status == 403
    assert web.ask('/', cross).status == 403
    assert web.ask('/', cross, 'Sec-Fetch-Mode: navigate').status == 200
    assert web.ask('/', 'Sec-Fetch-Site: same-origin').status == 200


def test_what_others_can_reach_needs_a_word(build, ctl, tmp_path):
    users = ctl.put('users', ANNA.encode())
    os.chmod(users, 0o640)
    for options, code in ((), 78), (('--auth-file=/nonexistent',), 78):
        web = Web(build, tmp_path, ctl.database, *options,
                  listen='0.0.0.0:%d' % free_ports())
        assert web.process.wait() == code
    assert 'cannot open' in web.log.read_text()
    for option in '--no-auth', '--auth-file=%s' % users:
        port = free_ports()
        web = Web(build, tmp_path, ctl.database, option,
                  listen='0.0.0.0:%d' % port)
        assert web.ask('/').status == (200 if option == '--no-auth' else 401)
        assert web.stop() == 0


def test_who_has_a_password_may_look(ctl, start):
    users = ctl.put('users', ANNA.encode())
    os.chmod(users, 0o640)
    web = start('--auth-file=%s' % users, '--workers=1')

    def ask(word):
        return web.ask('/', 'Authorization: Basic ' + base64.b64encode(
            word.encode()).decode())
    reply = web.ask('/')
    assert reply.status == 401 and 'example.org' not in reply.text
    assert reply.headers['www-authenticate'].startswith('Basic realm="ruad"')
    assert ask('anna:secret').status == 200
    assert web.get('/health').text == 'ok\n'
    assert web.ask('/health?x').status == 401
    assert ask('anna:guess').status == 401
    assert ask('anna:guess').status in (401, 429)
    assert ask('anna:secret').status == 200
    assert 'secret' not in web.log.read_text()


@pytest.mark.parametrize('options', [
    ['--listen=x'], ['--listen=127.0.0.1'], ['--listen=[::1]:99999'],
    ['--workers=0'], ['--idle=0'], ['--idle=1m'], ['--host='],
    ['--host=a b'], ['--host=a:8461'], ['--host=::1'], ['--host=[::1]:8461'],
    ['--nope'], ['extra']])
def test_a_wrong_command_line_is_told(build, ctl, options):
    done = subprocess.run(
        [os.path.join(build, 'ruad-web'), '-d', ctl.database, *options],
        capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == 64 and done.stderr.startswith(
        (b'ruad-web: ', os.path.join(build, 'ruad-web').encode()))


@pytest.mark.parametrize('where, word', [
    ('.', 'is a directory'), ('/', 'is a directory'),
    ('missing/x.db', 'no directory'), ('a.eml/x.db', 'no directory'),
    ('dangling', 'is a link')])
def test_a_wrong_place_of_the_database_is_told(
        ctl, start, tmp_path, where, word):
    ctl.put('a.eml', b'')
    if where == 'dangling':
        os.symlink(tmp_path / 'missing' / 'x', os.path.join(
            ctl.directory, where))
    web = start(db=os.path.join(ctl.directory, where))
    assert web.process.wait(PATIENCE) == 66
    assert word in web.log.read_text()


def test_where_it_cannot_listen_is_told(ctl, start, tmp_path):
    web = start()
    for listen, word in (
            (web.listen, 'another program'), (ctl.database, 'no socket'),
            (str(tmp_path), 'no socket'),
            (str(tmp_path / 'x' / 'y'), 'No such file')):
        done = subprocess.run(
            [web.program, '-d', ctl.database, '--listen=' + listen],
            capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 73 and word in done.stderr


# --- sockets ----------------------------------------------------------------

def test_its_socket_is_for_its_user_and_group(web):
    mode = os.stat(web.path).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o660


def test_a_socket_that_was_left_is_replaced(start):
    web = start()
    web.process.kill()
    web.process.wait()
    wait_until(lambda: not web.is_up())
    assert os.path.exists(web.path)
    assert start().ask('/').status == 200


def test_systemd_gives_it_a_socket(start, tmp_path):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(tmp_path / 'http.sock'))
        s.listen(16)
        web = start(fds=s.fileno())
        assert web.ask('/').status == 200
        assert web.stop() == 0
    with socket.socket() as s:
        s.bind(('0.0.0.0', 0))
        s.listen(16)
        web = start(fds=s.fileno(), listen='127.0.0.1:%d' % (
            s.getsockname()[1]))
        assert web.process.wait() == 78
        assert 'other machines' in web.log.read_text()


def test_it_ends_when_nobody_asks(start, tmp_path):
    """Both workers, and not while somebody is connected; who asks then waits
    at the socket for the next one."""
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(tmp_path / 'http.sock'))
        s.listen(16)
        web = start('--idle=5', fds=s.fileno())
        with web.connect() as open_one:
            wait_until(lambda: len(web.children()) == 1)
            open_one.sendall(b'GET /health HTTP/1.1\r\nHost: localhost\r\n'
                             b'Connection: close\r\n\r\n')
            assert open_one.recv(99).startswith(b'HTTP/1.1 200')
        # The one that had ended is there again.
        web.workers()
        assert web.process.wait(PATIENCE) == 0
        assert 'nobody has asked for 5 s: ending' in web.log.read_text()
        with web.connect() as waiting:
            waiting.sendall(b'GET /health HTTP/1.1\r\nHost: localhost\r\n'
                            b'Connection: close\r\n\r\n')
            start('--idle=60', fds=s.fileno())
            assert waiting.recv(99).startswith(b'HTTP/1.1 200')
    # Its own socket would be gone with it.
    web = start('--idle=60', listen=str(tmp_path / 'its-own'))
    assert web.process.wait() == 64


# --- processes --------------------------------------------------------------

def status_of(pid, name):
    with open('/proc/%d/status' % pid, encoding='ascii') as f:
        return re.search('^%s:\\s*(.*)$' % name, f.read(), re.M)[1]


def test_workers_are_locked_in_before_the_first_request(build, web):
    says = subprocess.run([web.program, '-V'], capture_output=True, text=True,
                          check=True).stdout
    if 'none' in says:
        pytest.skip(says)
    for pid in web.workers():
        wait_until(lambda one=pid: status_of(one, 'Seccomp') == '2')
        assert status_of(pid, 'NoNewPrivs') == '1'
        assert status_of(pid, 'Threads') == '1'


def test_a_worker_that_dies_is_replaced(web):
    before = web.workers()
    time.sleep(2.1)             # younger ones would mean that none can work
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: before[0] not in web.children() and
               len(web.children()) == 2)
    assert all(web.ask('/health').status == 200 for _ in range(20))
    assert 'killed by signal 9' in web.log.read_text()


def test_nobody_is_left_when_it_ends(web):
    workers = web.workers()
    assert web.stop() == 0
    wait_until(lambda: not any(
        os.path.exists('/proc/%d' % pid) for pid in workers))


def test_a_worker_that_hangs_keeps_nobody(web):
    """Others answer meanwhile, and it is killed when all of them end."""
    hangs = web.workers()[0]
    os.kill(hangs, signal.SIGSTOP)
    try:
        for _ in range(20):
            assert web.ask('/health').status == 200
        web.process.terminate()
        assert web.process.wait(PATIENCE) == 0
        wait_until(lambda: not os.path.exists('/proc/%d' % hangs))
    finally:
        if web.process.poll() is None:
            os.kill(hangs, signal.SIGCONT)


def test_many_ask_while_ruad_stores(ctl, web):
    """Nobody is refused, and what was stored is seen by who asks then."""
    pages = ('/', '/all', '/d/example.org', '/d/example.org/senders',
             '/reports', '/reporters', '/ready')
    seen, stop = [], threading.Event()

    def ask(number):
        turn = number
        while not stop.is_set():
            seen.append(web.ask(pages[turn % len(pages)]).status)
            turn += 1
    clients = [threading.Thread(target=ask, args=(n,)) for n in range(50)]
    for one in clients:
        one.start()
    for n in range(12):
        ctl.put('more.eml', mail(report(ident='more-%d' % n, day=n)))
        ctl('import', 'more.eml')
        assert '>more-%d<' % n in web.get(
            '/reports?id=more-%d' % n).text
    stop.set()
    for one in clients:
        one.join()
    assert set(seen) == {200} and len(seen) > 50, web.log.read_text()
    assert 'killed' not in web.log.read_text()


def test_writers_that_come_and_go_are_not_in_the_way(ctl, web):
    """Each makes the -wal and -shm files, and removes them: SQLite calls the
    database read-only for a moment, for who could not make them."""
    seen, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            seen.append(web.ask('/reports').status)
    clients = [threading.Thread(target=ask) for _ in range(4)]
    for one in clients:
        one.start()
    for n in some(range(800), 2):
        db = sqlite3.connect(ctl.database)
        with db:
            db.execute('UPDATE report SET imported_ts = imported_ts + 1')
        db.close()
    stop.set()
    for one in clients:
        one.join()
    assert set(seen) == {200} and len(seen) > 50, web.log.read_text()


def test_it_can_only_read(build, ctl, web):
    """Whatever is asked, the files of the database stay as they are."""
    directory = os.path.dirname(ctl.database)

    def state():
        return {name: (os.stat(os.path.join(directory, name)).st_mtime_ns,
                       os.stat(os.path.join(directory, name)).st_size)
                for name in os.listdir(directory)}
    before = state()
    for target in '/', '/all', '/reports', '/d/example.org/senders', '/ready':
        assert web.ask(target).status == 200
    assert state() == before


# --- a browser --------------------------------------------------------------

class Walk:
    def __init__(self, browser, base):
        self.browser, self.base = browser, base
        browser.page('Emulation.setScriptExecutionDisabled', value=True)

    def open(self, url):
        self.browser.go(url)
        return self.check()

    def check(self):
        assert not self.browser.complaints()
        # Chromium has the icon of a date as such an image.
        assert not [one for one in self.browser.requests()
                    if not one.startswith((self.base, 'data:image/svg'))]
        return self

    def submit(self, **fields):
        """Fill in the filter and send it, as people do."""
        self.browser.events = []
        self.browser.evaluate(
            'for (const [name, value] of Object.entries(%s))'
            ' document.querySelector(`[name=${name}]`).value = value;'
            'document.querySelector("form button").click()' %
            json.dumps(fields))
        self.browser.loaded()
        return self.check()

    def back(self):
        self.browser.events = []
        entries = self.browser.page('Page.getNavigationHistory')
        self.browser.page('Page.navigateToHistoryEntry', entryId=entries[
            'entries'][entries['currentIndex'] - 1]['id'])
        self.browser.loaded()
        return self.check()

    @property
    def here(self):
        return self.browser.evaluate('location.href')

    @property
    def title(self):
        return self.browser.evaluate(
            'document.querySelector("h1").textContent')

    def click(self, words):
        href = self.browser.evaluate(
            '[...document.querySelectorAll("a")].filter(a => a.textContent =='
            ' %r).map(a => a.href)[0]' % words)
        assert href, words
        return self.open(href)


@pytest.mark.skipif(not os.path.exists(PROGRAM), reason='no chromium here')
def test_one_can_walk_through_without_scripts(start):
    web = start(listen=local())
    browser = Browser()
    try:
        walk = Walk(browser, 'http://' + web.listen)
        walk.open('http://%s/' % web.listen)
        assert walk.title == 'Overview'
        assert walk.click('example.org').title == 'example.org'
        assert '/d/example.org/senders?' in walk.click('Senders').here
        who = browser.evaluate(
            'document.querySelector("tbody th a").textContent')
        listed = walk.here
        assert walk.click(who).title == who
        assert walk.back().here == listed
        walk.submit(find='nobody-is-called-so')
        assert browser.evaluate('document.querySelector("tbody th")') is None
        assert 'find=nobody-is-called-so' in walk.here
        walk.submit(find=who, sort='name')
        assert browser.evaluate(
            'document.querySelector("tbody th a").textContent') == who
        assert walk.click(who).title == who
        walk.click('Reports')
        walk.submit(id='r1')
        assert walk.click('r1').here.startswith(
            'http://%s/r/example.org/' % web.listen)
        walk.submit(result='fail')
        assert walk.here.endswith('?result=fail')
        walk.click('Overview')
        assert walk.here == 'http://%s/' % web.listen
        for page in some(('/', '/all', '/reports', '/reporters', '/ready',
                          '/d/example.org/senders'), 2):
            walk.open('http://%s%s' % (web.listen, page))
            for width in 800, 2000:
                browser.look(width)
                assert browser.evaluate(
                    'document.documentElement.scrollWidth') <= width
        browser.look(1000, media='print')
        assert browser.evaluate(
            'getComputedStyle(document.querySelector("form")).display'
        ) == 'none'
    finally:
        browser.close()
