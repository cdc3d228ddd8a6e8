# SPDX-License-Identifier: BSD-2-Clause
"""The programs, their --help, their manual pages and the completions of the
shells name the same commands and options."""

import os
import pty
import re
import select
import shutil
import sqlite3
import subprocess

import pytest

from ctl import FAIL, Ctl, report
from longform import some
from patience import PATIENCE

HERE = os.path.dirname(os.path.abspath(__file__))
DOCS = os.path.join(HERE, '../../docs')
COMPLETION = os.path.join(HERE, '../../etc/completion')
VALUES = {'database': 'x.db', 'format': 'csv', 'since': '7d',
          'until': '2026-01-01', 'day': 'yesterday', 'limit': '1',
          'output': 'x.html', 'poll': '2h', 'after': '1',
          'columns': 'parsedmarc', 'older-than': '400d',
          'limits': 'unpacked=256M', 'by': 'network', 'reporter': 'x',
          'server': '127.0.0.1', 'selector': 's1', 'our-id': 'mx.example.org',
          'state': 'x', 'exec': 'x', 'class': 'known', 'find': 'x',
          'sort': 'name', 'id': 'x', 'result': 'fail'}


def run(*args, **env):
    return subprocess.run(args, capture_output=True, text=True, timeout=PATIENCE,
                          check=False, stdin=subprocess.DEVNULL,
                          env={'PATH': '/usr/bin:/bin', 'LANG': 'C.UTF-8',
                               'TERM': 'dumb', **env})


def help_text(build, program):
    return run(os.path.join(build, program), '--help').stdout


def long_options(text):
    return set(re.findall(r'(?<![\w-])--([a-z][a-z-]+)', text))


def page(name):
    with open(os.path.join(DOCS, name), encoding='utf-8') as f:
        return f.read()


def shown_page(name):
    """As people read it, without what has other programs."""
    text = run('mandoc', '-T', 'ascii', os.path.join(DOCS, name)).stdout
    text = re.sub('.\b', '', text)
    assert '\nEXAMPLES\n' in text
    return re.split(r'\n(?:SYSTEMD|EXAMPLES)\n', text)[0]


def commands_of_help(build):
    return re.findall(r'^  ruactl (\w+) ', help_text(build, 'ruactl'), re.M)


@pytest.mark.parametrize('program, name', [
    ('ruactl', 'ruactl.1'), ('ruad', 'ruad.8'),
    ('ruad-parse', 'ruad-parse.8'), ('ruad-web', 'ruad-web.8')])
def test_help_and_manual_name_the_same_options(build, program, name):
    told, text = help_text(build, program), shown_page(name)
    assert long_options(text) == long_options(told)
    assert set(re.findall(r'(?<![\w-])-(\w)(?![\w-])', text)) == set(
        re.findall(r'^ +-(\w)\b', told, re.M))
    assert all(len(line) <= 80 for line in told.splitlines())


def test_help_and_manual_name_the_same_commands(build):
    part = page('ruactl.1').split('The commands are:')[1]
    part = part.split('\n.Sh ')[0]
    # Lists within the list name no commands.
    flat = re.sub(r'(?s)(?<=\n)\.Bl (?!-tag -width Ds\n\.It Cm).*?\n\.El', '',
                  part)
    names = re.findall(r'^\.It (?:Xo )?Cm (\w+)', flat, re.M)
    assert list(dict.fromkeys(names)) == [
        name for name in dict.fromkeys(names)
        if name in commands_of_help(build)]
    assert set(names) == set(commands_of_help(build))


# --- what the program takes -------------------------------------------------

@pytest.fixture(scope='module')
def accepted(build, tmp_path_factory):
    """{command: the long options that it takes}, of some in the short form"""
    directory = tmp_path_factory.mktemp('names')
    options = long_options(help_text(build, 'ruactl'))
    result = {}
    commands = commands_of_help(build)
    for command in sorted({*some(commands, 5), 'export', 'sources', 'summary'},
                          key=commands.index):
        result[command] = set()
        for option in options:
            word = '--' + option
            if option in VALUES:
                word += '=' + VALUES[option]
            done = subprocess.run(
                [os.path.join(build, 'ruactl'), command, word],
                capture_output=True, text=True, timeout=PATIENCE, check=False,
                cwd=directory, stdin=subprocess.DEVNULL,
                env={'RUAD_DB': str(directory / 'none.db')})
            # The last: --limit, which getopt takes for --limits.
            if not any(no in done.stderr for no in (
                    'unrecognized option', 'takes no --', 'is not a limit:')):
                result[command].add(option)
    # Refused once it is known what to export, with what to use.
    result['export'] -= {'after', 'follow'}
    assert result['sources'] > {'unknown', 'failing', 'new', 'limit', 'since'}
    assert 'limit' not in result['summary']
    return result


def test_every_option_of_help_is_one_of_a_command(build, accepted):
    assert set.union(*accepted.values()) == long_options(
        help_text(build, 'ruactl'))


# --- bash -------------------------------------------------------------------

def bash(build, *lines, program='ruactl', **env):
    """{line: what bash would offer behind it}"""
    script = '. %s/%s.bash\n' % (COMPLETION, program)
    script += ('for line; do COMP_LINE=$line COMP_POINT=${#line}\n'
               '_%s || exit; printf "%%s\\n" "${COMPREPLY[@]}"\n'
               'echo "=end"; done' % program.replace('-', '_'))
    done = subprocess.run(
        ['bash', '-c', script, 'bash', *lines],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
        env={'PATH': build + ':/usr/bin:/bin', **env})
    assert done.returncode == 0 and done.stderr == '', done.stderr
    parts = done.stdout.split('=end\n')[:-1]
    return {line: sorted(part.split()) for line, part in zip(lines, parts)}


def test_bash_offers_what_the_program_takes(build, accepted):
    lines = ['ruactl %s --' % command for command in accepted]
    told = bash(build, 'ruactl ', 'ruactl --', *lines)
    assert told['ruactl '] == sorted(commands_of_help(build))
    for command, options in accepted.items():
        offered = {word.rstrip('=')[2:]
                   for word in told['ruactl %s --' % command]}
        assert offered == options, command
    assert {word[2:].rstrip('=') for word in told['ruactl --']} == {
        'database', 'format', 'help', 'version', 'since', 'until', 'day'}
    for program in 'ruad', 'ruad-web':
        assert {word[2:].rstrip('=') for word in bash(
            build, program + ' --', program=program)[program + ' --']
            } == long_options(help_text(build, program))


def test_bash_says_that_it_completes(build):
    done = run('bash', '-c', 'cd %s && . ./ruactl.bash && . ./ruad.bash && '
               '. ./ruad-web.bash && complete -p ruactl ruad ruad-web'
               % COMPLETION)
    assert done.returncode == 0 and '-F _ruactl ruactl' in done.stdout


@pytest.fixture(scope='module')
def filled(build, tmp_path_factory):
    own = Ctl(build, tmp_path_factory.mktemp('filled'))
    evil = '$(touch${IFS}evil)', '`touch evil`.example', 'a b.example', ';x'
    for i, domain in enumerate(('example.org', 'shop.example', *evil)):
        own.put('in/%d.xml' % i, report(domain=domain, ident=str(i), rows=[
            ('192.0.2.%d' % (i + 1), 3, FAIL), ('2001:db8::%x' % (i + 1), 2,
                                                FAIL)]))
    own('import', 'in')
    for name in 'Shop', 'our servers', '$(touch evil)', 'a"b', ';x':
        own('sender', 'add', name, 'own', '192.0.2.%d' % ord(name[0]))
    db = sqlite3.connect(own.database)
    for name in 'own', 'other box', '$(touch${IFS}evil)':
        db.execute('INSERT INTO mailbox (name, server, username, folder)'
                   " VALUES (?, 's', 'u', 'f')", (name,))
    db.commit()
    db.close()
    return own


DOMAINS = ['example.org', 'shop.example']
OFFERS = [
    ('ruactl sources ', DOMAINS), ('ruactl sources e', DOMAINS[:1]),
    ('ruactl why ', DOMAINS), ('ruactl query failing ', DOMAINS),
    ('ruactl tls shop', DOMAINS[1:]), ('ruactl summary example.org ', []),
    ('ruactl why example.org 192', ['192.0.2.1']),
    ('ruactl export re', ['records', 'reports']),
    ('ruactl query tls', ['tls-failures']), ('ruactl status ', []),
    ('ruactl sender add Shop ', ['forwarder', 'hostile', 'own', 'service']),
    ('ruactl sender ', ['add', 'list', 'remove', 'suggest']),
    ('ruactl sender suggest ', DOMAINS),
    ('ruactl sender remove S', ['Shop']),
    ('ruactl sender remove Shop ', []), ('ruactl sender add ', []),
]


def test_bash_offers_names_of_the_database(build, filled):
    env = {'RUAD_DB': filled.database}
    more = [('ruactl --format=j', ['json', 'jsonl']),
            ('ruactl import --limits=un', ['unpacked=']),
            ('ruactl import --limits records=9 %s/_r' % COMPLETION,
             [COMPLETION + '/_ruactl']),
            ('ruactl sources --format t', ['table']),
            ('ruactl why shop.example 2001:db8:', [':2']),
            ('ruactl sources --since=30d -n 7 ex', DOMAINS[:1]),
            ('ruactl sender remove ', ['Shop', 'our\\', 'servers']),
            ('ruactl sender remove -n S', ['Shop']),
            ('ruactl sender remove our\\ se', ['our\\', 'servers']),
            ('ruactl sender remove "our se', ['our', 'servers']),
            ('ruactl sender remove our\\ servers ', []),
            ('ruactl sender remove "our servers" ', []),
            ('ruactl sender add -n Shop h', ['hostile']),
            ('ruactl prune -n --ol', ['--older-than='])]
    told = bash(build, *[line for line, _ in OFFERS + more], **env)
    for line, want in OFFERS + more:
        assert told[line] == want, line
    # The database of the command line
    line = 'ruactl -d %s sources ' % filled.database
    assert bash(build, line, RUAD_DB='/none')[line] == DOMAINS
    assert bash(build, 'ruactl sources ', RUAD_DB='/none') == {
        'ruactl sources ': []}
    assert bash(build, 'ruad -m ', 'ruad --mailbox=o', program='ruad',
                **env) == {'ruad -m ': ['own'], 'ruad --mailbox=o': ['own']}
    assert not os.path.exists('evil')
    assert not (filled.directory / 'evil').exists()


def test_bash_offers_files(build, filled):
    name = '%s/in/0' % filled.directory
    for line in ('ruactl import -n ' + name, 'ruactl explain ' + name,
                 'ruactl explain --dns --our-id mx.example.org ' + name):
        assert bash(build, line)[line] == [name + '.xml']
    line = 'ruactl explain %s.xml %s' % (name, name)
    assert bash(build, line)[line] == []


def test_bash_writes_what_is_meant(build, filled):
    """On a real line, where readline has rules of its own."""
    typed = [('sou\t', 'sources '), ('sources ex\t', 'sources example.org '),
             ('sources --form\t', 'sources --format='),
             ('--format=ta\t', '--format=table '),
             ('feed --af\t', 'feed --after='),
             ('why shop.example 2001:db8:\t',
              'why shop.example 2001:db8::2 '),
             ('sender remove ou\t', 'sender remove our\\ servers '),
             ('sender remove our\\ s\t', 'sender remove our\\ servers '),
             ("sender remove 'our s\t", "sender remove 'our servers' "),
             ('import %s/in/0\t' % filled.directory,
              'import %s/in/0.xml ' % filled.directory)]
    ours, theirs = pty.openpty()
    shell = subprocess.Popen(
        ['bash', '--norc', '--noprofile', '-i'], stdin=theirs, stdout=theirs,
        stderr=theirs, start_new_session=True,
        env={'PATH': build + ':/usr/bin:/bin', 'RUAD_DB': filled.database,
             'TERM': 'dumb', 'HOME': str(filled.directory), 'COLUMNS': '200'})
    os.close(theirs)

    def expect(text):
        seen = ''
        while text not in seen:
            assert select.select([ours], [], [], 20)[0], (text, seen)
            seen += os.read(ours, 65536).decode()
    try:
        os.write(ours, b'stty cols 200; . %s/ruactl.bash; PS1=READY; echo\n'
                 % COMPLETION.encode())
        expect('\nREADY')
        for keys, line in typed:
            os.write(ours, b'ruactl ' + keys.encode())
            expect('ruactl ' + line)
            os.write(ours, b'\x15')
    finally:
        shell.kill()
        shell.wait()
        os.close(ours)


PLACES = ['share/bash-completion/completions/ruactl',
          'share/bash-completion/completions/ruad',
          'share/bash-completion/completions/ruad-web',
          'share/fish/vendor_completions.d/ruactl.fish',
          'share/fish/vendor_completions.d/ruad.fish',
          'share/fish/vendor_completions.d/ruad-web.fish']


@pytest.mark.parametrize('prefix, zsh_place', [
    ('/usr', 'share/zsh/vendor-completions/_ruactl'),
    ('/usr/local', 'share/zsh/site-functions/_ruactl')])
def test_they_are_installed_where_shells_look(build, tmp_path, prefix,
                                              zsh_place):
    top, variant = os.path.split(build)
    args = ['make', '-s', '-C', os.path.dirname(top), 'B=' + variant,
            'prefix=' + prefix, 'DESTDIR=%s' % tmp_path]
    done = run(*args, 'install')
    assert done.returncode == 0, done.stderr
    for place in PLACES + [zsh_place]:
        assert os.path.getsize('%s%s/%s' % (tmp_path, prefix, place)) > 100
    done = run(*args, 'uninstall')
    assert done.returncode == 0, done.stderr
    left = [name for _, _, names in os.walk(tmp_path) for name in names]
    assert not [name for name in left if 'rua' in name and
                name != 'ruad.conf'], left


# --- fish and zsh, where they are -------------------------------------------

fish = pytest.mark.skipif(not shutil.which('fish'), reason='no fish here')
zsh = pytest.mark.skipif(not shutil.which('zsh'), reason='no zsh here')


def fish_offers(build, home, *lines, **env):
    script = 'for name in ruactl ruad ruad-web; source %s/$name.fish; end\n' % (
        COMPLETION)
    script += 'for line in $argv; complete -C $line; echo "=end"; end'
    done = run('fish', '--no-config', '-c', script, *lines,
               **{'HOME': str(home), **env, 'PATH': build + ':/usr/bin:/bin'})
    assert done.returncode == 0 and done.stderr == '', done.stderr
    return {line: sorted(word.split('\t')[0] for word in part.splitlines())
            for line, part in zip(lines, done.stdout.split('=end\n'))}


@fish
def test_fish_offers_the_same(build, accepted, filled, tmp_path):
    lines = ['ruactl %s --' % command for command in accepted]
    told = fish_offers(build, tmp_path, 'ruactl ', 'ruad --', 'ruad-web --',
                       *lines)
    assert told['ruactl '] == sorted(commands_of_help(build))
    for command, options in accepted.items():
        assert {word[2:] for word in told['ruactl %s --' % command]} == \
            options, command
    for program in 'ruad', 'ruad-web':
        assert {word[2:] for word in told[program + ' --']} == long_options(
            help_text(build, program))
    told = fish_offers(build, tmp_path, 'ruad -m ', *[
        line for line, _ in OFFERS], RUAD_DB=filled.database)
    assert told.pop('ruad -m ') == ['own']
    assert told == dict(OFFERS)


def zsh_offers(state, command, service='ruactl'):
    """What _ruactl gives to zsh, told instead of given."""
    with open(os.path.join(COMPLETION, '_ruactl'), encoding='utf-8') as f:
        text = f.read().replace('local curcontext=$curcontext state line',
                                'local curcontext line')
    script = ('_arguments() { print -rl -- "$@"; }\n'
              '_describe() { print -rl -- ${(P)2}; }\n'
              'state=%s; words=(%s); service=%s\n' % (
                  state, command, service))
    done = run('zsh', '-fc', script + text)
    assert done.returncode == 0 and done.stderr == '', done.stderr
    return done.stdout


@zsh
def test_zsh_offers_the_same(build, accepted):
    told = zsh_offers('command', '')
    assert sorted(re.findall(r'^([a-z]+):[a-z]', told, re.M)) == sorted(
        commands_of_help(build))
    first = len(zsh_offers('none', ''))
    for command, options in accepted.items():
        told = zsh_offers('argument', command)[first:]
        found = set(re.findall(r'(?:^|\)|\*)--([a-z][a-z-]+)', told, re.M))
        assert found == options, command
    for program in 'ruad', 'ruad-web':
        told = zsh_offers('none', '', program)
        assert set(re.findall(r'(?:^|\)|\*)--([a-z][a-z-]+)', told, re.M)
                   ) == long_options(help_text(build, program))
