# SPDX-License-Identifier: BSD-2-Clause
"""No line says "1 mailboxes": a number that can be one has a noun that knows
it, and what is zero is said in words or not at all."""

import glob
import os
import re

import pytest

import gen
from patience import wait_until

SRC = os.environ.get('RUAD_SRC', '.')
NOUNS = ('mailboxes|mails|messages|reports|records|polls|lines|days|hours|'
         'minutes|seconds|domains|sources|senders|reporters|files|folders|'
         'rows|times|entries|policies|connections|bytes')
NUMBER = r"%'?(?:zu|d|u|ld|lld|llu|\{PRI\})"
WRONG = re.compile(r'%s (?:[a-z-]+ |TLS )?(?:%s)\b' % (NUMBER, NOUNS))
# These numbers are constants or limits, or are said of more than one only.
RIGHT = re.compile(
    r'(more|larger|longer|less) than ((the|its) limit of )?' + NUMBER +
    r'|(the|last) %d days|1 to %d bytes|was killed %d times'
    r'|after %d days with|for ' + NUMBER + ' days'
    r'|%zu messages were refused|\{PRI\} days to %s|of the %d reports'
    r'|^%\{PRI\} days$|%d polls in a row|has %\{PRI\} bytes, more'
    r'|of %zu messages%s|of unknown sources|%d times at most|the first %d rows'
    r'|is %lld days old: AS|of %d days tells|in %d days of reports'
    r'|In %d days, reports have|after %\{PRI\} days of attempts')


def literals(path):
    """The strings of a file, those that follow each other as one."""
    with open(path, encoding='utf-8') as f:
        text = f.read()
    text = re.sub(r'/\*.*?\*/', ' ', text, flags=re.S)
    string = r'"(?:\\.|[^"\\\n])*"'
    for run in re.finditer(r'(?:%s|PRI[diux]\w+|\s+)+' % string, text):
        parts = re.findall(string + r'|PRI[diux]\w+', run[0])
        yield ''.join('{PRI}' if p.startswith('PRI') else p[1:-1]
                      for p in parts)


def test_every_count_has_a_noun_that_fits():
    wrong, seen = [], 0
    for path in glob.glob(SRC + '/src/*/*.c'):
        for text in literals(path):
            seen += '%' in text
            if WRONG.search(text) and not RIGHT.search(text):
                wrong.append('%s: "%s"' % (path, text))
    assert seen > 500
    assert not wrong, '\n'.join(wrong)


@pytest.mark.parametrize('text, wrong', [
    ('%zu mailboxes', True), ('{PRI} mails', False), ('%{PRI} mails', True),
    ('%{PRI} new mails', True), ('%d mail%s', False), ('%zu %s', False),
    ('in %d days', True), ('more than %d reports', False)])
def test_the_pattern_itself(text, wrong):
    assert bool(WRONG.search(text) and not RIGHT.search(text)) == wrong


def test_one_of_everything(rig, fake):
    """One mailbox, one message, a report of one record and one message."""
    server = fake(capability='IMAP4rev1 AUTH=PLAIN SASL-IR NAMESPACE UIDPLUS '
                             'MOVE IDLE')
    m = rig.mailbox(server=server, user='rua')
    m.deliver(gen.mail('one', 0))
    said = rig.run('-t', '-m', 'own').out
    d = rig.start()
    wait_until(lambda: m.counts() == {'Archive': 1})
    wait_until(lambda: ('IDLE', '') in server.commands)
    assert d.stop() == 0
    texts = [said, '\n'.join(d.lines)]
    for args in (['status'], ['check'], ['summary'], ['summary', '--days=1'],
                 ['reports'], ['digest'], ['prune', '--dry-run',
                                           '--older-than=1d']):
        texts.append(rig.ruactl(*args).out)
    for text in texts:
        found = re.findall(r'(?<![\d.,])(1 (?:[a-z]+ )?(?:%s)|(?:in|last|for) 0 '
                           r'(?:s|days|min|h))\b' % NOUNS, text)
        assert not found, (found, text)
